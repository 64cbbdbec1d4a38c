"""The operational database in SQLite: one file in the folder of the workspace, replaced as a whole in one transaction.

Days are ISO text (the sentinels of ``kernel.periods`` for open ends), flags 0 and 1.
"""

import json
import os
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import pyarrow as pa

from sekisho.entitlement.rule import Rule
from sekisho.kernel.errors import InputError, SekishoError
from sekisho.registry.schema import TABLES, Table
from sekisho.store.databases.base import FORMAT, INDEXES, InForce, Load, never_null, stored_schema

NAME = "sekisho.db"
_BATCH = 20_000
_WAIT_SECONDS = 10.0

_WIDER = {"agency_id": "agency_id, insurer_id, policy_no, working_agency_id, line"}
INDEXES_HERE: Mapping[str, tuple[str, ...]] = {
    table: tuple(_WIDER.get(columns, columns) if table == "policies" else columns for columns in indexed)
    for table, indexed in INDEXES.items()
}
"""All that the list of an agency reads of its policies lies together in one index (an eighth more of the file): their
rows are strewn over the file. (PostgreSQL bounds the length of an entry: a long text must not keep a load out.)"""

_LOADS = """
create table loads (
    number integer primary key autoincrement,
    load_id text not null unique,
    at text not null,
    source text not null,
    version text not null,
    counts text not null
) strict
"""

_MEANING: dict[str, tuple[str, str]] = {
    "SQLITE_BUSY": ("another program is writing to the database", "wait until it has finished, then run again"),
    "SQLITE_LOCKED": ("another program is writing to the database", "wait until it has finished, then run again"),
    "SQLITE_FULL": ("there is no space left on the disk", "make room, then run again; the previous load is in force"),
    "SQLITE_CORRUPT": ("the database is damaged", "restore it from a backup, or make a new workspace and load again"),
    "SQLITE_NOTADB": ("this is no database", "restore it from a backup, or make a new workspace and load again"),
    "SQLITE_READONLY": ("the database may not be written to", "check who owns the workspace and its files"),
    "SQLITE_CANTOPEN": ("the database cannot be opened", "check that the file is there and may be read and written"),
    "SQLITE_IOERR": ("the disk reports an error", "check the disk; the previous load is in force"),
}


@dataclass(frozen=True, slots=True)
class Sqlite:
    """The file ``path`` (``base.Database``)."""

    path: Path

    def make(self) -> None:
        """A new, empty database, readable by the owner only. One that is there already is left as it is."""
        if self.path.exists():
            return
        handle = os.open(self.path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600)
        os.close(handle)
        with self._for_writing() as con:
            con.execute("pragma journal_mode = wal")
            con.execute("begin immediate")
            con.execute(_LOADS)
            for table in TABLES.values():
                _make_table(con, table)
            con.execute(f"pragma user_version = {FORMAT}")
            con.execute("commit")

    def current(self) -> Load | None:
        with clear_errors(self.path), closing(_open(self.path, "ro")) as con:
            found = _loads(con, 1)
        return found[0] if found else None

    def loads(self) -> list[Load]:
        with clear_errors(self.path), closing(_open(self.path, "ro")) as con:
            return _loads(con, None)

    def connect(self) -> sqlite3.Connection:
        with clear_errors(self.path):
            return _open(self.path, "ro")

    @contextmanager
    def rule(self) -> Iterator[InForce]:
        with clear_errors(self.path), closing(_open(self.path, "ro")) as con:
            con.execute("begin")
            yield InForce(Rule.over_sqlite(con), next(iter(_loads(con, 1)), None))

    @contextmanager
    def writing(self) -> Iterator["SqliteWriter"]:
        with self._for_writing() as con:
            con.execute("begin immediate")
            try:
                yield SqliteWriter(con)
                con.execute("commit")
            except BaseException:
                if con.in_transaction:
                    con.execute("rollback")
                raise

    def tidy(self) -> None:
        """Bring the write-ahead log into the database file; not now if somebody is reading (the next load does it)."""
        with suppress(sqlite3.Error), closing(_open(self.path, "rw")) as con:
            con.execute("pragma busy_timeout = 0")
            con.execute("pragma wal_checkpoint(truncate)")

    @contextmanager
    def _for_writing(self) -> Iterator[sqlite3.Connection]:
        with clear_errors(self.path), closing(_open(self.path, "rw")) as con:
            con.execute("pragma synchronous = full")
            con.execute("pragma cache_size = -131072")  # 128 MiB: indexes of a million policies fit
            yield con


@dataclass(frozen=True, slots=True)
class SqliteWriter:
    """A transaction (``base.Writer``)."""

    connection: sqlite3.Connection

    def loads(self, count: int | None = None) -> list[Load]:
        return _loads(self.connection, count)

    def replace(self, tables: Mapping[str, pa.Table], load: Load) -> None:
        con = self.connection
        for name, table in TABLES.items():
            con.execute(f'drop table if exists "{name}"')
            _make_table(con, table)
            _fill(con, table, tables[name])
            for number, columns in enumerate(INDEXES_HERE.get(name, ()), 1):
                con.execute(f'create index "{name}_{number}" on "{name}" ({columns})')
        con.execute(
            "insert into loads (load_id, at, source, version, counts) values (?, ?, ?, ?, ?)",
            (load.load_id, load.at, load.source, load.version, json.dumps(load.counts)),
        )


def _loads(con: sqlite3.Connection, count: int | None) -> list[Load]:
    rows = con.execute(
        "select load_id, at, source, version, counts from loads order by number desc limit ?",
        (-1 if count is None else count,),
    ).fetchall()
    return [Load(load_id, at, source, version, json.loads(counts)) for load_id, at, source, version, counts in rows]


@contextmanager
def clear_errors(path: Path) -> Iterator[None]:
    """SQLite's errors as ``SekishoError``: what it means and what to do, never the statement or its values."""
    try:
        yield
    except sqlite3.Error as error:
        name = getattr(error, "sqlite_errorname", "") or ""
        known = next((value for code, value in _MEANING.items() if name.startswith(code)), None)
        message, remedy = known or (
            f"the database reports {name or 'an error'}",
            "try again; if it stays, make a new workspace with sekisho init and load the registry into it",
        )
        raise SekishoError(message, where=str(path), remedy=remedy) from None


def _open(path: Path, mode: str) -> sqlite3.Connection:
    con = sqlite3.connect(
        f"file:{quote(str(path.absolute()))}?mode={mode}", uri=True, timeout=_WAIT_SECONDS, isolation_level=None
    )
    try:
        con.execute("pragma temp_store = memory")  # temporary tables hold customer data: never in files
        found = con.execute("pragma user_version").fetchone()[0]
        if found > FORMAT:
            raise InputError(
                f"was made by a newer Sekisho (format {found})", where=str(path), remedy="use that version"
            )
    except BaseException:
        con.close()
        raise
    return con


def _make_table(con: sqlite3.Connection, table: Table) -> None:
    required = never_null(table)
    columns = ", ".join(
        f'"{field.name}" {_sql_type(field.type)}{" not null" if field.name in required else ""}'
        for field in stored_schema(table)
    )
    con.execute(f'create table "{table.name}" ({columns}) strict')


def _sql_type(kind: pa.DataType) -> str:
    return "integer" if pa.types.is_boolean(kind) or pa.types.is_integer(kind) else "text"


def _fill(con: sqlite3.Connection, table: Table, data: pa.Table) -> None:
    names = stored_schema(table).names
    marks = ", ".join("?" * len(names))
    statement = f'insert into "{table.name}" values ({marks})'  # noqa: S608  (names and marks of our schema)
    for batch in data.select(names).to_batches(max_chunksize=_BATCH):
        con.executemany(statement, zip(*(_values(column) for column in batch.columns), strict=True))


def _values(column: pa.Array) -> list[object]:
    if pa.types.is_date32(column.type):
        column = column.cast(pa.string())
    elif pa.types.is_boolean(column.type):
        column = column.cast(pa.int64())
    values: list[object] = column.to_pylist()
    return values
