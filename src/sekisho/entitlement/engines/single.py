"""The rule as one statement over the tables of an operational database, SQLite or PostgreSQL.

Questions travel inside the statement as JSON, the views as common table expressions before it: nothing is written, not
even temporarily, so that a connection that may only read can ask. PostgreSQL spends most of a single
question on the start of its plan (``docs/adr/0008-postgres.md``): ask several at once where speed counts.
"""

import importlib
import json
import re
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import date
from functools import cache
from itertools import count
from typing import Any

import pyarrow as pa

from sekisho.entitlement.dialects import POSTGRES, SQLITE, statement
from sekisho.entitlement.engines.base import by_number
from sekisho.entitlement.inputs import ASKED, EXTRA_POLICIES, REGISTRY, fitted
from sekisho.kernel.memory import keep_freed_memory

_SQL_TYPES = {pa.string(): "text", pa.date32(): "date", pa.int64(): "bigint", pa.bool_(): "boolean"}
_ASKED, _EXTRA = pa.schema(ASKED.items()), pa.schema(EXTRA_POLICIES.items())
_Given = tuple[tuple[str, str], ...]


class SingleSession:
    """A batch of questions, and the connection of the DB-API that answers them. ``given``: the selects that make rows
    of what ``questions`` says (as JSON, or a cell each), in this order; ``execute``: run a statement."""

    def __init__(
        self, execute: Callable[[str, Sequence[object]], Any], dialect: str, given: _Given, questions: Sequence[object]
    ) -> None:
        self._run, self._dialect = execute, dialect
        self._given, self._questions = given, questions

    def arrow(self, sql: str, schema: pa.Schema, parameters: Sequence[object] = ()) -> pa.Table:
        found = self._execute(sql, parameters).fetchall()
        columns = list(zip(*found, strict=True)) or [()] * len(schema)
        arrays = [_array(column, kind) for column, kind in zip(columns, schema.types, strict=True)]
        return pa.Table.from_arrays(arrays, schema=schema)

    def rows(self, sql: str, parameters: Sequence[object] = ()) -> list[dict[str, object]]:
        cursor = self._execute(sql, parameters)
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def tuples(self, sql: str, parameters: Sequence[object] = ()) -> list[tuple[object, ...]]:
        found: list[tuple[object, ...]] = self._execute(sql, parameters).fetchall()
        return found

    def numbered(self, sql: str, columns: Sequence[str]) -> Sequence[Sequence[object]]:
        """From SQLite in one piece: it lets other threads go on at each row, and waits for each of them then."""
        if self._dialect != SQLITE:
            return by_number(self.tuples(sql))
        whole = f"SELECT json_group_array(json_array({', '.join(columns)})) FROM ({sql})"  # noqa: S608
        ((text,),) = self._execute(whole, ()).fetchall()
        return by_number(json.loads(text))

    def _execute(self, sql: str, parameters: Sequence[object]) -> Any:
        return self._run(statement(sql, self._dialect, self._given), (*self._questions, *parameters))


class SqliteEngine:
    """The rule over the operational database in SQLite. Nothing of the caller's is written to."""

    at_once: int | None = None
    state = "''"

    def __init__(self, connection: sqlite3.Connection) -> None:
        keep_freed_memory()
        self._connection, self._only_reads = connection, False
        present = {str(row[0]) for row in connection.execute("SELECT name FROM sqlite_master")}
        self._empty = tuple((name, _nothing(columns)) for name, columns in REGISTRY.items() if name not in present)

    @contextmanager
    def asking(self, asked: pa.Table, extra_policies: pa.Table | None = None) -> Iterator[SingleSession]:
        questions = [_json(asked, ASKED, _ASKED)]
        given = _SQLITE_GIVEN
        if extra_policies is not None and extra_policies.num_rows:
            questions.append(_json(extra_policies, EXTRA_POLICIES, _EXTRA))
            given = _SQLITE_GIVEN_EXTRA
        yield SingleSession(self._execute, SQLITE, (*given, *self._empty), questions)

    @contextmanager
    def one_state(self) -> Iterator[object]:
        """One read transaction, and a number that is another after each commit of another connection (this one only
        reads, which SQLite sees to from now on)."""
        con = self._connection
        if not self._only_reads:
            con.execute("PRAGMA query_only = ON")
            self._only_reads = True
        begins = not con.in_transaction
        if begins:
            con.execute("BEGIN")
        try:
            yield con.execute("PRAGMA data_version").fetchone()[0]
        finally:
            if begins:
                con.execute("ROLLBACK")

    def _execute(self, sql: str, parameters: Sequence[object]) -> sqlite3.Cursor:
        stored = [value.isoformat() if isinstance(value, date) else value for value in parameters]
        return self._connection.execute(sql, stored)

    @contextmanager
    def asking_rows(self, asked: Sequence[Sequence[object]]) -> Iterator[SingleSession]:
        yield SingleSession(self._execute, SQLITE, (*_SQLITE_GIVEN, *self._empty), [_lists(asked)])


class PostgresEngine:
    """The rule over the operational database in PostgreSQL (a psycopg connection).

    Statements are prepared at once and sent as they stand (``RawCursor``): for a text of 15 kB it is long work to look
    for ``%s`` in it each time. The plan is made for few questions, from each along the indexes; what it joins by loops
    grows with the square of their number.
    """

    at_once: int | None = 100
    state = """CASE WHEN pg_current_xact_id_if_assigned() IS NULL AND NOT pg_is_in_recovery()
                    THEN CAST(pg_current_snapshot() AS text) END"""
    """Which transactions a statement saw. Statements that saw the same ones saw the same rows, unless their own has
    written some; a standby does not tell all of them."""

    def __init__(self, connection: Any) -> None:
        psycopg = importlib.import_module("psycopg")  # an extra; whoever has such a connection has it
        self._cursor = psycopg.RawCursor(connection, row_factory=psycopg.rows.tuple_row)

    @contextmanager
    def asking(self, asked: pa.Table, extra_policies: pa.Table | None = None) -> Iterator[SingleSession]:
        questions: list[object] = [_json(asked, ASKED, _ASKED)]
        if extra_policies is None or not extra_policies.num_rows:
            yield SingleSession(self._execute, POSTGRES, _POSTGRES_GIVEN, questions)
            return
        questions.append(_json(extra_policies, EXTRA_POLICIES, _EXTRA))
        yield SingleSession(self._execute, POSTGRES, _POSTGRES_GIVEN_EXTRA, questions)

    @contextmanager
    def asking_rows(self, asked: Sequence[Sequence[object]]) -> Iterator[SingleSession]:
        if len(asked) == 1:
            yield SingleSession(self._execute, POSTGRES, _POSTGRES_ONE, asked[0])
            return
        yield SingleSession(self._execute, POSTGRES, _POSTGRES_GIVEN, [_lists(asked)])

    @staticmethod
    def one_state() -> AbstractContextManager[object]:
        """Each statement tells its own: beginning and ending a transaction would cost more than a question."""
        return nullcontext()

    def _execute(self, sql: str, parameters: Sequence[object]) -> Any:
        return self._cursor.execute(_numbered(sql), parameters, prepare=True)


@cache
def _numbered(sql: str) -> str:
    """Question marks as PostgreSQL's own ``$1``, ``$2``, …"""
    number = count(1)
    return re.sub(r"\?", lambda _: f"${next(number)}", sql)


def _json(table: pa.Table | None, columns: Mapping[str, pa.DataType], schema: pa.Schema) -> str:
    """Rows as JSON lists, in the order of the columns; days as ISO text."""
    if table is None or not table.num_rows:
        return "[]"
    if not table.schema.equals(schema):  # for one question it costs too much to fit what fits
        table = fitted(table, columns)
    return _lists([list(row.values()) for row in table.to_pylist()])


def _lists(rows: Sequence[Sequence[object]]) -> str:
    return json.dumps(rows, ensure_ascii=False, default=date.isoformat)


def _from_sqlite(columns: Mapping[str, pa.DataType]) -> str:
    """The select that makes rows of such JSON."""
    listed = ", ".join(f"json_extract(value, '$[{place}]') AS {name}" for place, name in enumerate(columns))
    return f"SELECT {listed} FROM json_each(?)"  # noqa: S608  (our own names)


def _from_postgres(columns: Mapping[str, pa.DataType]) -> str:
    """The same for PostgreSQL. It takes any JSON for a hundred rows, and would read tables whole for them; the
    condition, which always holds, lets it expect one row, and go by the indexes."""
    listed = ", ".join(
        f"CAST(value ->> {place} AS {_SQL_TYPES[kind]}) AS {name}" for place, (name, kind) in enumerate(columns.items())
    )
    rows = f"SELECT {listed} FROM jsonb_array_elements(CAST(? AS jsonb))"  # noqa: S608
    return f"{rows} WHERE jsonb_typeof(value) = 'array'"


def _none(columns: Mapping[str, pa.DataType]) -> str:
    """No rows, known as none to the planner."""
    return (
        "SELECT "
        + ", ".join(f"CAST(NULL AS {_SQL_TYPES[kind]}) AS {name}" for name, kind in columns.items())
        + (" WHERE FALSE")
    )


def _nothing(columns: Iterable[str]) -> str:
    """No rows, for SQLite."""
    return "SELECT " + ", ".join(f'NULL AS "{column}"' for column in columns) + " WHERE 0"


_SQLITE_GIVEN = (("asked", _from_sqlite(ASKED)), ("extra_policies", _nothing(EXTRA_POLICIES)))
_SQLITE_GIVEN_EXTRA = (("asked", _from_sqlite(ASKED)), ("extra_policies", _from_sqlite(EXTRA_POLICIES)))
_POSTGRES_GIVEN = (("asked", _from_postgres(ASKED)), ("extra_policies", _none(EXTRA_POLICIES)))
_POSTGRES_ONE = (
    ("asked", "SELECT " + ", ".join(f"CAST(? AS {_SQL_TYPES[kind]}) AS {name}" for name, kind in ASKED.items())),
    ("extra_policies", _none(EXTRA_POLICIES)),
)
"""A single question needs no JSON: a tenth of its time on the server."""
_POSTGRES_GIVEN_EXTRA = (("asked", _from_postgres(ASKED)), ("extra_policies", _from_postgres(EXTRA_POLICIES)))


def _array(values: Sequence[object], kind: pa.DataType) -> pa.Array:
    """A column as Arrow. In SQLite days are ISO text, flags 0 and 1."""
    if kind in (pa.date32(), pa.bool_()):
        one = next((value for value in values if value is not None), None)
        stored = pa.string() if isinstance(one, str) else pa.int8() if type(one) is int else kind
        return pa.array(values, type=stored).cast(kind)
    return pa.array(values, type=kind)
