"""The decision cases of ``tests/cases/entitlement``: every one on SQLite, on PostgreSQL and on DuckDB, with the same
answer."""

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from sekisho.entitlement.rule import Rule
from sekisho.entitlement.script import views
from tests.entitlement.world import arrow_tables, postgres_world, questions, sqlite_world

FOLDER = Path(__file__).parents[1] / "cases" / "entitlement"
FIELDS = {"title", "viewer", "insurer", "policy", "day", "items", "purpose", "expect", "ground", "missing", "as"}


def load_world() -> dict[str, list[dict[str, Any]]]:
    loaded: dict[str, list[dict[str, Any]]] = yaml.safe_load((FOLDER / "world.yaml").read_text(encoding="utf-8"))
    return loaded


@cache
def load_cases() -> tuple[dict[str, Any], ...]:
    files = sorted(path for path in FOLDER.glob("*.yaml") if path.name != "world.yaml")
    return tuple(
        {**case, "file": path.name}
        for path in files
        for case in yaml.safe_load(path.read_text(encoding="utf-8"))["cases"]
    )


def question_of(case: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "viewer": case["viewer"],
        "insurer_id": case.get("insurer"),
        "policy_no": case["policy"],
        "on_date": case["day"],
        "items": case.get("items"),
        "purpose": case.get("purpose"),
    }


@pytest.mark.parametrize("engine", ["duckdb", "sqlite", "postgres"])
def test_every_case_is_answered_as_decided(engine: str, request: pytest.FixtureRequest) -> None:
    tables = arrow_tables(load_world())
    with closing(sqlite_world(tables)) as connection:
        if engine == "duckdb":
            rule = Rule.over_registry(tables)
        elif engine == "sqlite":
            rule = Rule.over_sqlite(connection)
        else:
            rule = Rule.over_postgres(postgres_world(request.getfixturevalue("worlds"), tables))
        answers = rule.judge(questions([question_of(case) for case in load_cases()])).to_pylist()
    wrong = []
    for case, answer in zip(load_cases(), answers, strict=True):
        expected = (case["expect"], case.get("ground"), case.get("missing"), case.get("as", answer["party_id"]))
        got = (answer["verdict"], answer["ground"], answer["missing"], answer["party_id"])
        if expected != got:
            wrong.append(f"{case['file']}: {case['title']}: {got} instead of {expected}")
    assert not wrong, "\n".join(wrong)


def test_the_cases_are_well_formed_and_cover_every_code() -> None:
    cases = load_cases()
    assert len(cases) >= 100
    assert len({case["title"] for case in cases}) == len(cases)
    for case in cases:
        assert set(case) <= FIELDS | {"file"}, case["title"]
        assert ("ground" in case) == (case["expect"] == "entitled"), case["title"]
        assert ("missing" in case) == (case["expect"] != "entitled"), case["title"]
    (nearness,) = (view.select for view in views() if view.name == "nearness")
    with closing(sqlite3.connect(":memory:")) as connection:
        codes = {row[0] for row in connection.execute(nearness)}
    # `agency` needs a policy that is known only from a list: tests/entitlement/test_rule.py
    assert {case["missing"] for case in cases if "missing" in case} == codes - {"agency"}
    assert {case["ground"] for case in cases if "ground" in case} == {
        "underwriter", "handling", "working", "supervising", "consent", "joint_use", "subject",
    }  # fmt: skip
