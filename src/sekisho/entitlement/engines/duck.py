"""The rule in DuckDB, in memory: for bulk on one machine."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager

import duckdb
import pyarrow as pa

from sekisho.entitlement.dialects import needed
from sekisho.entitlement.engines.base import KEPT, by_number
from sekisho.entitlement.inputs import ASKED, EXTRA_POLICIES, REGISTRY, fitted, rows_of
from sekisho.entitlement.script import views
from sekisho.kernel.bulk import in_memory


class DuckSession:
    """The questions in a connection of their own, and around them the views of the rule, each made when a query first
    reads it."""

    def __init__(self, cursor: duckdb.DuckDBPyConnection) -> None:
        self._cursor = cursor
        self._made: set[str] = set()

    def _prepare(self, sql: str) -> None:
        wanted = needed(sql) - self._made
        for view in views():
            if view.name in wanted:
                kind = "TABLE" if view.name in KEPT else "VIEW"
                self._cursor.execute(f"CREATE TEMP {kind} {view.name} AS {view.select}")
        self._made |= wanted

    def arrow(self, sql: str, schema: pa.Schema, parameters: Sequence[object] = ()) -> pa.Table:
        self._prepare(sql)
        return self._cursor.sql(sql, params=list(parameters)).to_arrow_table().cast(schema)

    def rows(self, sql: str, parameters: Sequence[object] = ()) -> list[dict[str, object]]:
        self._prepare(sql)
        self._cursor.execute(sql, list(parameters))
        names = [column[0] for column in self._cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in self._cursor.fetchall()]

    def tuples(self, sql: str, parameters: Sequence[object] = ()) -> list[tuple[object, ...]]:
        self._prepare(sql)
        return self._cursor.execute(sql, list(parameters)).fetchall()

    def numbered(self, sql: str, columns: Sequence[str]) -> Sequence[Sequence[object]]:
        return by_number(self.tuples(sql))


class DuckEngine:
    """Bulk, in memory."""

    at_once: int | None = None

    def __init__(self, tables: Mapping[str, pa.Table]) -> None:
        self._connection = in_memory(ordered=False)
        self._connection.execute("SET enable_external_access = false")
        for name, columns in REGISTRY.items():
            _load(self._connection, name, fitted(tables.get(name), columns), kind="TABLE")

    @contextmanager
    def asking(self, asked: pa.Table, extra_policies: pa.Table | None = None) -> Iterator[DuckSession]:
        with self._connection.cursor() as cursor:
            _load(cursor, "asked", fitted(asked, ASKED))
            _load(cursor, "extra_policies", fitted(extra_policies, EXTRA_POLICIES))
            yield DuckSession(cursor)

    def asking_rows(self, asked: Sequence[Sequence[object]]) -> AbstractContextManager[DuckSession]:
        return self.asking(rows_of(asked))


def _load(connection: duckdb.DuckDBPyConnection, name: str, table: pa.Table, kind: str = "TEMP TABLE") -> None:
    connection.register("arriving", table)
    connection.execute(f"CREATE {kind} {name} AS SELECT * FROM arriving")  # noqa: S608  (names are our own)
    connection.unregister("arriving")
