"""The operational database in PostgreSQL: the schema ``sekisho`` of the database that ``SEKISHO_DATABASE_URL`` names.

A load replaces what differs, in one transaction, and never a table itself: grants, row-level security and views of
others hang on the tables (``docs/adr/0008-postgres.md``). Whoever reads sees the load before until the commit, and
waits for nothing.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from sekisho.entitlement.rule import Rule
from sekisho.kernel.errors import InputError
from sekisho.registry.schema import TABLES, Table
from sekisho.store.databases.base import ADDRESS, FORMAT, INDEXES, InForce, Load, never_null, stored_schema
from sekisho.store.databases.connecting import clear_errors, connect
from sekisho.store.databases.copying import copy_text

SCHEMA = "sekisho"
LOADING = 0x5E_4B_15_40
"""The advisory lock that a load holds."""
_KINDS = {pa.string(): 'text collate "C"', pa.date32(): "date", pa.int64(): "bigint", pa.bool_(): "boolean"}
"""Collation C: sorted by code point as in SQLite and DuckDB, so that an answer names the same party everywhere."""

_LOADS = """
create table if not exists loads (
    number bigint generated always as identity primary key,
    load_id text not null unique,
    at text not null,
    source text not null,
    version text not null,
    counts jsonb not null
)
"""
_ABOUT = "create table if not exists about (format integer not null, workspace text not null)"


@dataclass(frozen=True, slots=True)
class Postgres:
    """The database at ``address``, of the workspace that is known there as ``workspace`` (``base.Database``)."""

    address: str = field(repr=False)
    workspace: str

    def make(self) -> None:
        """The schema and its empty tables. Raises ``InputError`` when they are those of another workspace."""
        with clear_errors(), closing(connect(self.address, SCHEMA, writes=True)) as con, con.transaction():
            con.execute("select pg_advisory_xact_lock(%s)", (LOADING,))
            if con.execute("show server_encoding").fetchone() != ("UTF8",):
                raise InputError(
                    "this database is not in UTF-8",
                    where=ADDRESS,
                    remedy="make one with: createdb --encoding UTF8 --template template0 NAME",
                )
            if con.execute("select to_regnamespace(%s)", (SCHEMA,)).fetchone() == (None,):
                con.execute(f"create schema {SCHEMA}")
            con.execute(_ABOUT)
            if con.execute("select from about").fetchone() is None:
                con.execute("insert into about values (%s, %s)", (FORMAT, self.workspace))
            self._check(con)
            con.execute(_LOADS)
            for table in TABLES.values():
                _make_table(con, table)

    def current(self) -> Load | None:
        with clear_errors(), closing(self.connect()) as con:
            found = _loads(con, 1)
        return found[0] if found else None

    def loads(self) -> list[Load]:
        with clear_errors(), closing(self.connect()) as con:
            return _loads(con, None)

    def connect(self) -> Any:
        with clear_errors():
            con = connect(self.address, SCHEMA)
            try:
                self._check(con)
            except BaseException:
                con.close()
                raise
            return con

    @contextmanager
    def rule(self) -> Iterator[InForce]:
        with clear_errors(), closing(self.connect()) as con:
            con.execute("begin isolation level repeatable read, read only")
            yield InForce(Rule.over_postgres(con), next(iter(_loads(con, 1)), None))

    @contextmanager
    def writing(self) -> Iterator["PostgresWriter"]:
        with clear_errors(), closing(connect(self.address, SCHEMA, writes=True)) as con, con.transaction():
            con.execute("select pg_advisory_xact_lock(%s)", (LOADING,))
            self._check(con)
            con.execute("set local statement_timeout = 0")  # many rows take long; whoever waits for the lock does not
            con.execute("set local work_mem = '128MB'")
            yield PostgresWriter(con)

    def tidy(self) -> None:
        """Rows that nobody sees any more: autovacuum takes them up by itself, and knows when."""

    def _check(self, con: Any) -> None:
        """Whether the tables are there, are ours, and are of a form that we know."""
        format_number, workspace = con.execute("select format, workspace from about").fetchone()
        if format_number > FORMAT:
            raise InputError(
                f"was made by a newer Sekisho (format {format_number})", where=ADDRESS, remedy="use that version"
            )
        if workspace != self.workspace:
            raise InputError(
                f"the schema {SCHEMA} of this database belongs to another workspace",
                where=ADDRESS,
                remedy="name a database of its own for each workspace",
            )


@dataclass(frozen=True, slots=True)
class PostgresWriter:
    """A transaction (``base.Writer``)."""

    connection: Any

    def loads(self, count: int | None = None) -> list[Load]:
        return _loads(self.connection, count)

    def replace(self, tables: Mapping[str, pa.Table], load: Load) -> None:
        for name, table in TABLES.items():
            _replace(self.connection, table, tables[name].select(stored_schema(table).names))
        self.connection.execute(
            "insert into loads (load_id, at, source, version, counts) values (%s, %s, %s, %s, %s)",
            (load.load_id, load.at, load.source, load.version, json.dumps(dict(load.counts))),
        )


def _loads(con: Any, count: int | None) -> list[Load]:
    rows = con.execute(
        "select load_id, at, source, version, counts from loads order by number desc limit %s", (count,)
    ).fetchall()
    return [Load(*row) for row in rows]


def _make_table(con: Any, table: Table) -> None:
    required = never_null(table)
    columns = ", ".join(
        f'"{column.name}" {_KINDS[column.type]}{" not null" if column.name in required else ""}'
        for column in stored_schema(table)
    )
    con.execute(f'create table if not exists "{table.name}" ({columns})')
    for number, indexed in enumerate(INDEXES.get(table.name, ()), 1):
        con.execute(f'create index if not exists "{table.name}_{number}" on "{table.name}" ({indexed})')


# What distinguishes two rows of a table: its key; where it has none, a hash of the row and, of rows alike, which one.
_PLACE_AMONG = "hash_record_extended(t, 0) AS hash, row_number() OVER (PARTITION BY hash_record_extended(t, 0)) AS nth"


def _replace(con: Any, table: Table, data: pa.Table) -> None:
    """The rows of ``data`` in the place of those in the table: what is the same is not touched."""
    columns, keys = (", ".join(table.key), table.key) if table.key else (_PLACE_AMONG, ("hash", "nth"))
    name = f'"{table.name}"'
    con.execute(f"create temp table arriving (like {SCHEMA}.{name}) on commit drop")
    with con.cursor().copy("copy arriving from stdin") as copy:
        for piece in copy_text(data):
            copy.write(piece)
    con.execute("analyze arriving")
    con.execute(
        f"""
        create temp table change on commit drop as
        select was.place as gone, comes.place as come
        from (select t.ctid as place, {columns}, t as whole from {name} t) was
        full join (select t.ctid as place, {columns}, t as whole from arriving t) comes using ({", ".join(keys)})
        where was.whole is distinct from comes.whole
        """  # noqa: S608  (names of our own schema)
    )
    con.execute("analyze change")
    con.execute(f"delete from {name} where ctid in (select gone from change)")  # noqa: S608
    con.execute(f"insert into {name} select * from arriving where ctid in (select come from change)")  # noqa: S608
    con.execute("drop table arriving, change")
    con.execute(f"analyze {name}")
