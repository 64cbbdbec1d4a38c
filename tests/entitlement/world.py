"""Tiny worlds for the rule's tests: tables from a few readable rows, on DuckDB (Arrow), SQLite and PostgreSQL.

A world is a mapping table → rows; a row is a mapping column → text, date, number or flag. Open ends may be left out.
"""

import sqlite3
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import pyarrow as pa

from sekisho.entitlement.inputs import ASKED, REGISTRY
from sekisho.kernel.periods import FIRST_DAY, LAST_DAY
from sekisho.law.items import ALL_ITEMS, mask_of

Rows = Sequence[Mapping[str, Any]]


def _cell(column: str, kind: pa.DataType, row: Mapping[str, Any]) -> Any:
    value = row.get(column)
    if column == "start":
        value = value or FIRST_DAY
    elif column == "end":
        value = value or LAST_DAY
    elif column == "items_mask" and value is None:
        items = row.get("items")
        value = mask_of(items) if items else ALL_ITEMS
    elif column == "party_ids" and isinstance(value, list):
        value = ";".join(value)
    if kind == pa.date32() and isinstance(value, str):
        return date.fromisoformat(value)
    return value


def arrow_tables(world: Mapping[str, Rows]) -> dict[str, pa.Table]:
    """The world as the registry gives it: one Arrow table for each name, typed, open ends filled."""
    unknown = set(world) - set(REGISTRY)
    if unknown:
        raise ValueError(f"no such table: {sorted(unknown)}")
    return {name: _table(world.get(name, ()), columns) for name, columns in REGISTRY.items()}


def _table(rows: Rows, columns: Mapping[str, pa.DataType]) -> pa.Table:
    known = set(columns) | {"items", "title"}
    for row in rows:
        if set(row) - known:
            raise ValueError(f"no such column: {sorted(set(row) - known)}")
    return pa.table(
        {name: pa.array([_cell(name, kind, row) for row in rows], type=kind) for name, kind in columns.items()}
    )


def sqlite_world(tables: Mapping[str, pa.Table]) -> sqlite3.Connection:
    """The same tables as the workspace's database keeps them: ISO text for days, 0/1 for flags."""
    connection = sqlite3.connect(":memory:")
    for name, table in tables.items():
        columns = ", ".join(f'"{column}"' for column in table.column_names)
        connection.execute(f"CREATE TABLE {name} ({columns})")
        cells = [
            [value.isoformat() if isinstance(value, date) else value for value in column.to_pylist()]
            for column in table.columns
        ]
        marks = ", ".join("?" * table.num_columns)
        connection.executemany(f"INSERT INTO {name} VALUES ({marks})", zip(*cells, strict=True))
    connection.commit()
    return connection


def questions(rows: Rows) -> pa.Table:
    """Questions numbered from 0 in the order given."""
    return pa.table(
        {
            name: pa.array(
                [number if name == "ask_id" else _question_cell(name, row) for number, row in enumerate(rows)],
                type=kind,
            )
            for name, kind in ASKED.items()
        }
    )


def _question_cell(name: str, row: Mapping[str, Any]) -> Any:
    value = row.get(name)
    if name == "on_date":
        return date.fromisoformat(value) if isinstance(value, str) else value
    if name == "items":
        return mask_of(value) if isinstance(value, list) else (value or 0)
    return value


def postgres_world(connection: Any, tables: Mapping[str, pa.Table]) -> Any:
    """The same tables in a PostgreSQL database, in place of what was there; sorted as the workspace's are."""
    kinds = {pa.string(): 'text collate "C"', pa.date32(): "date", pa.int64(): "bigint", pa.bool_(): "boolean"}
    with connection.transaction():
        for name, table in tables.items():
            columns = ", ".join(f'"{field.name}" {kinds[field.type]}' for field in table.schema)
            connection.execute(f"CREATE TABLE IF NOT EXISTS {name} ({columns})")
            connection.execute(f"DELETE FROM {name}")
            with connection.cursor().copy(f"COPY {name} FROM STDIN") as copy:
                for row in zip(*(column.to_pylist() for column in table.columns), strict=True):
                    copy.write_row(row)
    return connection
