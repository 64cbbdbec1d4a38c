"""Many tiny worlds as one: every name of a world gets the world's number, so that none of them knows another.

One job then judges the questions of all of them. The worlds are Hypothesis's, always the same ones.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa
from hypothesis import HealthCheck, Phase, given, settings

from tests.entitlement.test_reference import VIEWERS, asking, small_worlds
from tests.entitlement.world import arrow_tables, questions

World = Mapping[str, Sequence[Mapping[str, Any]]]
_PLAIN = frozenset({"kind", "line", "name", "purpose", "items_mask", "own_only", "start", "end", "withdrawn_on"})
MARK = "himitsu"
"""Stands in every name, so that a name can be looked for where it must not be."""


def some_worlds(number: int) -> list[tuple[World, dict[str, Any]]]:
    """``number`` worlds, and how each is asked: day, items, purpose."""
    found: list[tuple[World, dict[str, Any]]] = []

    @settings(
        max_examples=number,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(world=small_worlds, how=asking)
    def collect(world: World, how: dict[str, Any]) -> None:
        found.append((world, how))

    collect()
    return found


def renamed(value: str, number: int) -> str:
    """``KOU`` → ``KOU-himitsu7``, ``x@kou.example.jp`` → ``x@himitsu7.kou.example.jp``; lists member by member."""
    if "@" in value:
        return value.replace("@", f"@{MARK}{number}.")
    return ";".join(f"{name}-{MARK}{number}" for name in value.split(";"))


def united(number: int) -> tuple[dict[str, pa.Table], pa.Table]:
    """The tables of all worlds, and every viewer's question about every policy of his world; four of five questions
    name the insurer."""
    tables: dict[str, list[dict[str, Any]]] = {}
    asked = []
    for place, (world, how) in enumerate(some_worlds(number)):
        for name, rows in world.items():
            tables.setdefault(name, []).extend(_row(row, place) for row in rows)
        for policy in world["policies"]:
            for viewer in VIEWERS:
                names = {"viewer": viewer, "policy_no": policy["policy_no"]}
                if len(asked) % 5:
                    names["insurer_id"] = policy["insurer_id"]
                asked.append({**{name: renamed(value, place) for name, value in names.items()}, **how})
    return arrow_tables(tables), questions(asked)


def _row(row: Mapping[str, Any], place: int) -> dict[str, Any]:
    return {
        column: renamed(value, place) if isinstance(value, str) and column not in _PLAIN else value
        for column, value in row.items()
    }
