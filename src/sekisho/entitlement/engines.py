"""Where the rule runs: DuckDB for bulk, SQLite for the workspace. Both run the same text.

An engine puts the questions into the table ``asked``, the views of ``rule.sql`` around it, and lets the caller read.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import date
from typing import Protocol

import duckdb
import pyarrow as pa

from sekisho.entitlement.inputs import ASKED, EXTRA_POLICIES, REGISTRY, fitted
from sekisho.entitlement.script import views

KEPT = frozenset({"asked_viewer", "viewer_link", "viewer_is", "acting", "matter", "joint_use_member"})
"""Views that DuckDB computes once for each batch of questions instead of at each mention. Same text, same rows."""


class Session(Protocol):
    """The rule with a batch of questions in it."""

    def arrow(self, sql: str, schema: pa.Schema, parameters: Sequence[object] = ()) -> pa.Table:
        """Many rows, as an Arrow table of this schema."""

    def rows(self, sql: str, parameters: Sequence[object] = ()) -> list[dict[str, object]]:
        """A few rows, by column name. Days are ``date``."""


class Engine(Protocol):
    def asking(self, asked: pa.Table, extra_policies: pa.Table | None = None) -> AbstractContextManager[Session]:
        """The views of the rule around these questions, for as long as the context lasts."""


class DuckSession:
    def __init__(self, cursor: duckdb.DuckDBPyConnection) -> None:
        self._cursor = cursor

    def arrow(self, sql: str, schema: pa.Schema, parameters: Sequence[object] = ()) -> pa.Table:
        return self._cursor.sql(sql, params=list(parameters)).to_arrow_table().cast(schema)

    def rows(self, sql: str, parameters: Sequence[object] = ()) -> list[dict[str, object]]:
        self._cursor.execute(sql, list(parameters))
        names = [column[0] for column in self._cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in self._cursor.fetchall()]


class DuckEngine:
    """Bulk, in memory. Nothing is ever spilled to disk: customers' data must not be left in temporary files."""

    def __init__(self, tables: Mapping[str, pa.Table]) -> None:
        self._connection = duckdb.connect(":memory:")
        for setting in ("temp_directory = ''", "preserve_insertion_order = false", "enable_external_access = false"):
            self._connection.execute(f"SET {setting}")
        for name, columns in REGISTRY.items():
            _load(self._connection, name, fitted(tables.get(name), columns), kind="TABLE")

    @contextmanager
    def asking(self, asked: pa.Table, extra_policies: pa.Table | None = None) -> Iterator[DuckSession]:
        with self._connection.cursor() as cursor:
            _load(cursor, "asked", fitted(asked, ASKED))
            _load(cursor, "extra_policies", fitted(extra_policies, EXTRA_POLICIES))
            for view in views():
                kind = "TABLE" if view.name in KEPT else "VIEW"
                cursor.execute(f"CREATE TEMP {kind} {view.name} AS {view.select}")
            yield DuckSession(cursor)


def _load(connection: duckdb.DuckDBPyConnection, name: str, table: pa.Table, kind: str = "TEMP TABLE") -> None:
    connection.register("arriving", table)
    connection.execute(f"CREATE {kind} {name} AS SELECT * FROM arriving")  # noqa: S608  (names are our own)
    connection.unregister("arriving")


class SqliteSession:
    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def arrow(self, sql: str, schema: pa.Schema, parameters: Sequence[object] = ()) -> pa.Table:
        found = self._connection.execute(sql, tuple(_stored(value) for value in parameters)).fetchall()
        columns = list(zip(*found, strict=True)) or [()] * len(schema)
        return pa.table(
            [_array(column, field.type) for column, field in zip(columns, schema, strict=True)], schema=schema
        )

    def rows(self, sql: str, parameters: Sequence[object] = ()) -> list[dict[str, object]]:
        cursor = self._connection.execute(sql, tuple(_stored(value) for value in parameters))
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


class SqliteEngine:
    """The rule over the operational database, as temporary views on the caller's connection.

    Questions live inside a savepoint that is rolled back: the caller's transaction is left as it was.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        present = {
            str(row[0])
            for row in connection.execute(
                "SELECT name FROM sqlite_master UNION ALL SELECT name FROM sqlite_temp_master"
            )
        }
        filled = []
        for name, columns in {**REGISTRY, "asked": ASKED, "extra_policies": EXTRA_POLICIES}.items():
            if name not in present:
                listed = ", ".join(f'"{column}"' for column in columns)
                connection.execute(f"CREATE TEMP TABLE {name} ({listed})")
                filled.append(name)
        for view in views():
            kind = "TABLE" if view.name in KEPT else "VIEW"
            connection.execute(f"CREATE TEMP {kind} IF NOT EXISTS {view.name} AS {view.select}")
        self._tell_planner([*filled, *KEPT])

    def _tell_planner(self, temporary: Iterable[str]) -> None:
        """Make SQLite know that the temporary tables hold a row or so, not the million it assumes without statistics:
        else it walks through all policies and looks each up in the one question."""
        self._connection.execute("SAVEPOINT sekisho_statistics")
        for name in sorted(temporary):
            self._connection.execute(f"INSERT INTO temp.{name} DEFAULT VALUES")
        self._connection.execute("ANALYZE temp")
        for name in sorted(temporary):
            self._connection.execute(f"DELETE FROM temp.{name}")  # noqa: S608
        self._connection.execute("RELEASE sekisho_statistics")

    @contextmanager
    def asking(self, asked: pa.Table, extra_policies: pa.Table | None = None) -> Iterator[SqliteSession]:
        self._connection.execute("SAVEPOINT sekisho_asking")
        try:
            self._fill("asked", fitted(asked, ASKED))
            self._fill("extra_policies", fitted(extra_policies, EXTRA_POLICIES))
            for view in views():
                if view.name in KEPT:
                    self._connection.execute(f"INSERT INTO temp.{view.name} {view.select}")
            yield SqliteSession(self._connection)
        finally:
            self._connection.execute("ROLLBACK TO sekisho_asking")
            self._connection.execute("RELEASE sekisho_asking")

    def _fill(self, name: str, table: pa.Table) -> None:
        if table.num_rows:
            marks = ", ".join("?" * table.num_columns)
            columns = [[_stored(value) for value in column.to_pylist()] for column in table.columns]
            self._connection.executemany(
                f"INSERT INTO temp.{name} VALUES ({marks})",  # noqa: S608  (names are our own)
                zip(*columns, strict=True),
            )


def _stored(value: object) -> object:
    return value.isoformat() if isinstance(value, date) else value


def _array(values: Sequence[object], kind: pa.DataType) -> pa.Array:
    """SQLite's values as Arrow: days are ISO text there, flags 0 and 1."""
    if kind == pa.date32():
        return pa.array(values, type=pa.string()).cast(kind)
    if kind == pa.bool_():
        return pa.array(values, type=pa.int8()).cast(kind)
    return pa.array(values, type=kind)
