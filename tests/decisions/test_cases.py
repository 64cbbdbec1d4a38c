"""The cases of ``tests/cases/decisions``: requests as other systems send them, answers as they were decided."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.decisions.schema import problems
from tests.decisions.world import PATHS, Served

FOLDER = Path(__file__).parents[1] / "cases" / "decisions"
FIELDS = {"title", "ask", "client", "body", "status", "expect"}


@cache
def cases() -> tuple[dict[str, Any], ...]:
    return tuple(
        {**case, "file": path.stem}
        for path in sorted(FOLDER.glob("*.yaml"))
        for case in yaml.safe_load(path.read_text(encoding="utf-8"))["cases"]
    )


def differences(expected: object, got: object, at: str = "") -> list[str]:
    """What of ``expected`` is not in ``got``. Lists must be as long."""
    if isinstance(expected, dict) and isinstance(got, dict):
        return [line for key in expected for line in differences(expected[key], got.get(key), f"{at}.{key}")]
    if isinstance(expected, list) and isinstance(got, list) and len(expected) == len(got):
        return [line for n, one in enumerate(expected) for line in differences(one, got[n], f"{at}[{n}]")]
    return [] if expected == got else [f"{at}: {got!r} instead of {expected!r}"]


@pytest.mark.parametrize("case", cases(), ids=lambda case: f"{case['file']}: {case['title']}")
def test_every_case_is_answered_as_decided(shared: Served, case: dict[str, Any]) -> None:
    body = json.loads(json.dumps(case["body"], default=str))
    answer = shared.post(case["ask"], body, case.get("client", "everybody"), **{"X-Request-ID": "case"})
    assert (answer.status_code, answer.headers["content-type"]) == (case.get("status", 200), "application/json")
    assert answer.headers["x-request-id"] == "case"
    assert differences(case["expect"], answer.json()) == []
    assert problems(shared, PATHS[case["ask"]], body, answer) == []


def test_the_cases_are_well_formed() -> None:
    assert len(cases()) >= 90
    assert len({(case["file"], case["title"]) for case in cases()}) == len(cases())
    for case in cases():
        assert set(case) <= FIELDS | {"file"}, case["title"]
        assert case["ask"] in PATHS
