"""A database of the real server with the registry's tables in schema ``sekisho``, and sessions in it."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any

import psycopg
import pyarrow as pa
from psycopg import sql

from sekisho.entitlement.rls.options import Options, stored_columns
from sekisho.entitlement.rls.script import script
from sekisho.entitlement.rule import Rule
from sekisho.kernel.errors import InputError
from sekisho.registry.schema import TABLES
from tests.entitlement.world import Rows, arrow_tables, sqlite_world

KINDS = {pa.string(): 'text COLLATE "C"', pa.date32(): "date", pa.int64(): "bigint", pa.bool_(): "boolean"}
KEEPER = "sekisho_test_keeper"
"""The role that owns the registry's tables, as Sekisho's own role does: it may do nothing else."""
APPLICATION = "sekisho_test_app"
Keys = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Database:
    """``admin``: a superuser's connection, in autocommit."""

    name: str
    uri: str
    admin: psycopg.Connection[Any]

    @property
    def address(self) -> str:
        """Its URL as superuser."""
        return self.uri.replace("/postgres?", f"/{self.name}?")

    @contextmanager
    def session(self, role: str, viewer: str | None = None) -> Iterator[psycopg.Connection[Any]]:
        """A connection that logged in as ``role``; in an application's session, for ``viewer``."""
        with closing(psycopg.connect(self.uri, dbname=self.name, user=role, autocommit=True)) as connection:
            if viewer is not None:
                connection.execute("SELECT set_config('sekisho.viewer', %s, false)", [viewer])
            yield connection

    def role(self, name: str, member_of: Sequence[str] = (), attributes: str = "LOGIN") -> str:
        """A role of this name, made where there is none; roles are the whole server's."""
        found = self.admin.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [name]).fetchone()
        command = "ALTER" if found else "CREATE"
        self.admin.execute(sql.SQL(f"{command} ROLE {{}} {attributes}").format(sql.Identifier(name)))
        for group in member_of:
            self.admin.execute(sql.SQL("GRANT {} TO {}").format(sql.Identifier(group), sql.Identifier(name)))
        return name

    def protect(self, options: Options) -> None:
        self.admin.execute(script(options))

    def protect_again(self) -> None:
        """As at first: whatever a test replaced is what it was."""
        self.protect(Options.made(application_roles=(APPLICATION,)))

    def set_day(self, on: date) -> None:
        """What only the functions' owner can do: another day."""
        self.admin.execute(
            "CREATE OR REPLACE FUNCTION sekisho_rls.today() RETURNS date LANGUAGE plpgsql STABLE PARALLEL RESTRICTED "
            f"SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS 'BEGIN RETURN DATE ''{on.isoformat()}''; END'"
        )

    def fill(self, world: Mapping[str, Rows]) -> None:
        """These rows in place of those before; what the rule does not read is invented."""
        for name, table in arrow_tables(world).items():
            extra = {"accounts": {"system": "postgresql"}, "policies": {"holder_name": "山田 太郎"}}.get(name, {})
            names = [*table.column_names, *extra]
            self.admin.execute(sql.SQL("TRUNCATE sekisho.{}").format(sql.Identifier(name)))
            into = sql.SQL("COPY sekisho.{} ({}) FROM STDIN").format(
                sql.Identifier(name), sql.SQL(", ").join(map(sql.Identifier, names))
            )
            with self.admin.cursor().copy(into) as copy:
                for row in zip(*(column.to_pylist() for column in table.columns), strict=True):
                    copy.write_row((*row, *extra.values()))


def make_tables(admin: psycopg.Connection[Any], owner: str) -> None:
    """Schema ``sekisho`` as `sekisho load` keeps it in PostgreSQL."""
    admin.execute(sql.SQL("CREATE SCHEMA sekisho AUTHORIZATION {}").format(sql.Identifier(owner)))
    for name, table in TABLES.items():
        columns = sql.SQL(", ").join(
            sql.SQL("{} " + KINDS[table.arrow_schema.field(column).type]).format(sql.Identifier(column))
            for column in stored_columns(table)
        )
        admin.execute(sql.SQL("CREATE TABLE sekisho.{} ({})").format(sql.Identifier(name), columns))
        admin.execute(sql.SQL("ALTER TABLE sekisho.{} OWNER TO {}").format(sql.Identifier(name), sql.Identifier(owner)))


@contextmanager
def database(uri: str, name: str) -> Iterator[Database]:
    """A new database with empty tables, gone afterwards."""
    with closing(psycopg.connect(uri, autocommit=True)) as outside:
        outside.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            with closing(psycopg.connect(uri, dbname=name, autocommit=True)) as admin:
                made = Database(name, uri, admin)
                made.role(KEEPER)
                make_tables(admin, KEEPER)
                yield made
        finally:
            outside.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def seen(connection: psycopg.Connection[Any], table: str = "sekisho.policies") -> Keys:
    """The keys of all rows that a session gets."""
    found = connection.execute(f"SELECT insurer_id, policy_no FROM {table} ORDER BY 1, 2").fetchall()
    return [(str(insurer), str(number)) for insurer, number in found]


def listed(world: Mapping[str, Rows], viewers: Sequence[str], on: date, items: int) -> dict[str, Keys]:
    """What `sekisho list` says that each viewer may hold."""
    with closing(sqlite_world(arrow_tables(world))) as connection:
        rule = Rule.over_sqlite(connection)
        return {viewer: _keys(rule, viewer, on, items) for viewer in viewers}


def _keys(rule: Rule, viewer: str, on: date, items: int) -> Keys:
    try:
        found = rule.visible(viewer, on=on, items=items)
    except InputError:
        return []
    return sorted((row["insurer_id"], row["policy_no"]) for row in found.to_pylist())


def compared(got: Mapping[str, Keys], wanted: Mapping[str, Keys]) -> list[str]:
    """What differs, by viewer: rows that leaked and rows that are missing."""
    return [
        f"{viewer}: leaked {sorted(set(got[viewer]) - set(wanted[viewer]))}, "
        f"missing {sorted(set(wanted[viewer]) - set(got[viewer]))}, rows {len(got[viewer])}/{len(wanted[viewer])}"
        for viewer in wanted
        if got[viewer] != wanted[viewer]
    ]
