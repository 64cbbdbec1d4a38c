"""Decision cases for people who do not program: ``tests/cases/duties.yaml``."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from sekisho.law.duties import Duty, Facts, Role, current_rules, duties_of
from sekisho.law.duties.plain import as_plain

CASES: list[dict[str, Any]] = yaml.safe_load(
    (Path(__file__).parents[2] / "cases" / "duties.yaml").read_text(encoding="utf-8")
)


def judged(case: dict[str, Any]) -> dict[str, Duty]:
    """The duties of one side, by code."""
    facts = Facts.from_json({name: as_plain(value) for name, value in case["facts"].items()})
    side = Role(case.get("by", facts.role))
    return {duty.code: duty for duty in duties_of(facts, case.get("at", facts.known_on)) if duty.by is side}


def told(duty: Duty, expected: str) -> str:
    """As it is written in the cases: the day only where the case names one."""
    return f"{duty.state} [{duty.last_due}]" if "[" in expected else str(duty.state)


@pytest.mark.parametrize("case", CASES, ids=[case["title"] for case in CASES])
def test_case(case: dict[str, Any]) -> None:
    found = judged(case)
    assert {code: told(found[code], expected) for code, expected in case["expect"].items()} == case["expect"]
    for code, words in case.get("why", {}).items():
        assert words in found[code].because
    for code, missing in case.get("missing", {}).items():
        assert list(found[code].missing) == missing


def test_every_undecided_duty_names_what_is_not_known() -> None:
    for case in CASES:
        for duty in judged(case).values():
            assert bool(duty.missing) == (duty.state == "undecided"), (case["title"], duty.code)
            assert set(duty.missing) <= set(current_rules().unknowns)


def test_every_duty_is_due_in_some_case() -> None:
    due = {code for case in CASES for code, duty in judged(case).items() if duty.state == "due"}
    assert {rule.code for rule in current_rules().duties} == due


def test_every_wording_of_every_ground_is_met_in_some_case() -> None:
    found = [duty for case in CASES for duty in judged(case).values()]
    met = {(ground.code, ground.words) for duty in found for ground in duty.grounds if ground.answer == "yes"}
    assert {(ground.code, ground.words) for ground in current_rules().grounds} == met
