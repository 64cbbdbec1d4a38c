"""The rule as a query over the tables of schema ``sekisho``: its views as common table expressions, every table named
with its schema, every view under the words that explain it in ``rule.sql``."""

import re
from collections.abc import Mapping
from functools import cache

import pyarrow as pa
import sqlglot
from sqlglot import exp

from sekisho.entitlement.dialects import POSTGRES, needed, views_in
from sekisho.entitlement.engines.base import KEPT
from sekisho.entitlement.inputs import EXTRA_POLICIES, REGISTRY
from sekisho.entitlement.rls.options import REGISTRY_SCHEMA
from sekisho.entitlement.script import rule_text

_TYPES = {pa.string(): "text", pa.date32(): "date", pa.int64(): "bigint", pa.bool_(): "boolean"}
_WIDTH = 110


def rule_query(given: Mapping[str, str], asked: str) -> str:
    """``WITH`` everything that ``asked`` needs of the rule. ``given``: name → select, in order, for the questions and
    for tables that shall not be read as they are."""
    wanted = needed(asked)
    parts = [f"{name} AS MATERIALIZED (\n{_indented(select.strip())}\n)" for name, select in given.items()]
    for view in views_in(POSTGRES):
        if view.name in wanted:
            said = _said().get(view.name, "")
            select = _indented(_qualified(view.select, frozenset(given)))
            parts.append(f"{said}{view.name} AS {'MATERIALIZED ' if view.name in KEPT else ''}(\n{select}\n)")
    # the first part has no comment of the rule's before it, so commas may begin the others' lines
    return "WITH " + ",\n".join(parts)


def no_rows(table: str) -> str:
    """A select in place of a table: its columns, no row."""
    columns = EXTRA_POLICIES if table == "extra_policies" else REGISTRY[table]
    return (
        "SELECT "
        + ", ".join(f'CAST(NULL AS {_TYPES[kind]}) AS "{name}"' for name, kind in columns.items())
        + (" WHERE false")
    )


def columns_of(table: str, alias: str) -> str:
    """The columns of a table that the rule reads, for a select list."""
    return ", ".join(f'{alias}."{name}"' for name in REGISTRY[table])


@cache
def _qualified(select: str, given: frozenset[str]) -> str:
    tree = sqlglot.parse_one(select, read=POSTGRES)
    for table in tree.find_all(exp.Table):
        if table.name in REGISTRY and table.name not in given and not table.db:
            table.set("db", exp.to_identifier(REGISTRY_SCHEMA))
    return tree.sql(POSTGRES, pretty=True, max_text_width=_WIDTH, comments=False)


@cache
def _said() -> Mapping[str, str]:
    """What ``rule.sql`` says right above each view."""
    return {name: said for said, name in re.findall(r"((?:^--[^\n]*\n)+)CREATE VIEW (\w+)", rule_text(), re.MULTILINE)}


def _indented(text: str) -> str:
    return "\n".join(f"  {line}" for line in text.splitlines())
