"""The text of the rule in the dialect of each engine, and whole statements made of it.

``rule.sql`` is written in the SQL that SQLite and DuckDB share. For PostgreSQL and Spark its views are translated by
sqlglot; nobody writes them a second time (``docs/adr/0007-one-text-every-engine.md``).
"""

import re
from dataclasses import dataclass
from functools import cache

import sqlglot
from sqlglot import exp

from sekisho.entitlement.engines.base import KEPT
from sekisho.entitlement.script import View, views

SQLITE, DUCKDB, POSTGRES, SPARK = "sqlite", "duckdb", "postgres", "spark"
_AS_WRITTEN = frozenset({SQLITE, DUCKDB})
_KEPT = {POSTGRES: KEPT | {"person_acts"}}
"""Where an engine had better keep more: PostgreSQL computes this one again for each viewer."""


@cache
def views_in(dialect: str) -> tuple[View, ...]:
    """The views of the rule, translated, in order."""
    if dialect in _AS_WRITTEN:
        return views()
    return tuple(View(view.name, translated(view.select, dialect)) for view in views())


def translated(select: str, dialect: str) -> str:
    """One statement of ours, written as for SQLite, in another dialect."""
    if dialect in _AS_WRITTEN:
        return select
    parsed = sqlglot.parse_one(select, read=SQLITE)
    if dialect == POSTGRES:
        # Its columns are `text`. Branches of a union that do not agree in every type it runs one inside the other.
        for kind in list(parsed.find_all(exp.DataType)):
            if kind.is_type(exp.DataType.Type.VARCHAR):
                kind.replace(exp.DataType.build("TEXT"))
    return parsed.sql(dialect, comments=False)


@cache
def needed(select: str) -> frozenset[str]:
    """The views of the rule that a query reads, itself or through others."""
    texts = {view.name: view.select for view in views()}
    found: set[str] = set()
    waiting = [select]
    while waiting:
        mentioned = set(re.findall(r"\w+", waiting.pop())) & texts.keys()
        waiting += [texts[name] for name in mentioned - found]
        found |= mentioned
    return frozenset(found)


@cache
def statement(select: str, dialect: str, given: tuple[tuple[str, str], ...]) -> str:
    """One statement that answers by itself: before ``select``, as common table expressions, what is ``given`` (name,
    select: the questions, and whatever else the views read that is no table) and the views that it needs."""
    wanted = needed(select)
    # What is read from nothing (one question, or none) the planner puts in its place: a table fewer to make.
    parts = [f"{name} AS {'MATERIALIZED ' if ' FROM ' in source else ''}({source})" for name, source in given]
    for view in views_in(dialect):
        if view.name in wanted:
            parts.append(
                f"{view.name} AS {'MATERIALIZED ' if view.name in _KEPT.get(dialect, KEPT) else ''}({view.select})"
            )
    return f"WITH {', '.join(parts)} {select}"


@dataclass(frozen=True, slots=True)
class Created:
    """One ``CREATE TEMP VIEW|TABLE name AS select`` of a script; ``stored``: a table, computed once."""

    name: str
    select: str
    stored: bool


def created(script: str, dialect: str) -> tuple[Created, ...]:
    """The statements of a script of ours, in order, their selects in another dialect. Written in what SQLite and
    DuckDB share, as ``rule.sql`` is; nothing but views and tables made of selects."""
    found = []
    for parsed in sqlglot.parse(script, read=SQLITE):
        if parsed is None:
            continue
        if not (isinstance(parsed, exp.Create) and parsed.kind in {"VIEW", "TABLE"} and parsed.expression):
            raise ValueError(f"only CREATE … AS SELECT is expected, not {parsed.sql()[:60]!r}")
        for cte in parsed.find_all(exp.CTE):
            cte.set("materialized", None)  # advice to two engines, unknown to the third
        select = parsed.expression.sql(dialect, comments=False)
        found.append(Created(parsed.this.name, select, stored=parsed.kind == "TABLE"))
    return tuple(found)
