"""The rule as one statement over the tables of an operational database, SQLite or PostgreSQL.

Questions travel inside the statement as JSON, the views as common table expressions before it: nothing is written, not
even temporarily, so that a connection that may only read can ask. SQLite answers one question in some 0.2 ms.
"""

import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from functools import cache
from typing import Any

import pyarrow as pa

from sekisho.entitlement.dialects import POSTGRES, SQLITE, statement
from sekisho.entitlement.inputs import ASKED, EXTRA_POLICIES, REGISTRY, fitted

_SQL_TYPES = {pa.string(): "text", pa.date32(): "date", pa.int64(): "bigint", pa.bool_(): "boolean"}


class SingleSession:
    """A batch of questions, and a connection of the DB-API that answers them."""

    def __init__(
        self, connection: Any, dialect: str, questions: Sequence[str], empty: Sequence[tuple[str, str]]
    ) -> None:
        self._connection, self._dialect = connection, dialect
        self._questions = questions
        self._given = (*zip(("asked", "extra_policies"), _sources(dialect), strict=True), *empty)

    def arrow(self, sql: str, schema: pa.Schema, parameters: Sequence[object] = ()) -> pa.Table:
        found = self._execute(sql, parameters).fetchall()
        columns = list(zip(*found, strict=True)) or [()] * len(schema)
        return pa.table(
            [_array(column, field.type) for column, field in zip(columns, schema, strict=True)], schema=schema
        )

    def rows(self, sql: str, parameters: Sequence[object] = ()) -> list[dict[str, object]]:
        cursor = self._execute(sql, parameters)
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def tuples(self, sql: str, parameters: Sequence[object] = ()) -> list[tuple[object, ...]]:
        found: list[tuple[object, ...]] = self._execute(sql, parameters).fetchall()
        return found

    def _execute(self, sql: str, parameters: Sequence[object]) -> Any:
        text = statement(sql, self._dialect, self._given)
        if self._dialect == POSTGRES:
            return self._connection.execute(text.replace("?", "%s"), (*self._questions, *parameters))
        stored = (value.isoformat() if isinstance(value, date) else value for value in parameters)
        return self._connection.execute(text, (*self._questions, *stored))


class SqliteEngine:
    """The rule over the operational database in SQLite. Nothing of the caller's is written to."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        present = {str(row[0]) for row in connection.execute("SELECT name FROM sqlite_master")}
        self._empty = tuple(
            (name, "SELECT " + ", ".join(f'NULL AS "{column}"' for column in columns) + " WHERE 0")
            for name, columns in REGISTRY.items()
            if name not in present
        )

    @contextmanager
    def asking(self, asked: pa.Table, extra_policies: pa.Table | None = None) -> Iterator[SingleSession]:
        yield SingleSession(self._connection, SQLITE, _questions(asked, extra_policies), self._empty)

    @contextmanager
    def asking_rows(self, asked: Sequence[Sequence[object]]) -> Iterator[SingleSession]:
        yield SingleSession(self._connection, SQLITE, (_lists(asked), "[]"), self._empty)


class PostgresEngine:
    """The rule over the operational database in PostgreSQL (a psycopg connection)."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    @contextmanager
    def asking(self, asked: pa.Table, extra_policies: pa.Table | None = None) -> Iterator[SingleSession]:
        yield SingleSession(self._connection, POSTGRES, _questions(asked, extra_policies), ())

    @contextmanager
    def asking_rows(self, asked: Sequence[Sequence[object]]) -> Iterator[SingleSession]:
        yield SingleSession(self._connection, POSTGRES, (_lists(asked), "[]"), ())


def _questions(asked: pa.Table, extra_policies: pa.Table | None) -> tuple[str, str]:
    return _json(asked, ASKED), _json(extra_policies, EXTRA_POLICIES)


def _json(table: pa.Table | None, columns: Mapping[str, pa.DataType]) -> str:
    """Rows as JSON lists, in the order of the columns; days as ISO text."""
    if table is None or not table.num_rows:
        return "[]"
    cells = [column.to_pylist() for column in fitted(table, columns).columns]
    return _lists(list(zip(*cells, strict=True)))


def _lists(rows: Sequence[Sequence[object]]) -> str:
    return json.dumps(rows, ensure_ascii=False, default=date.isoformat)


@cache
def _sources(dialect: str) -> tuple[str, str]:
    """Selects that turn such JSON into rows: of the questions, of the extra policies."""
    return _source(dialect, ASKED), _source(dialect, EXTRA_POLICIES)


def _source(dialect: str, columns: Mapping[str, pa.DataType]) -> str:
    if dialect == SQLITE:
        listed = ", ".join(f"json_extract(value, '$[{place}]') AS {name}" for place, name in enumerate(columns))
        return f"SELECT {listed} FROM json_each(?)"  # noqa: S608  (our own names)
    listed = ", ".join(
        f"CAST(value ->> {place} AS {_SQL_TYPES[kind]}) AS {name}" for place, (name, kind) in enumerate(columns.items())
    )
    return f"SELECT {listed} FROM jsonb_array_elements(CAST(? AS jsonb))"  # noqa: S608


def _array(values: Sequence[object], kind: pa.DataType) -> pa.Array:
    """A column as Arrow. In SQLite days are ISO text, flags 0 and 1."""
    if kind == pa.date32() and any(isinstance(value, str) for value in values):
        return pa.array(values, type=pa.string()).cast(kind)
    if kind == pa.bool_() and not any(isinstance(value, bool) for value in values):
        return pa.array(values, type=pa.int8()).cast(kind)
    return pa.array(values, type=kind)
