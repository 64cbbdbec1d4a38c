"""Facts that contradict each other, or are no facts, are refused by name."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from sekisho.kernel.errors import InputError
from sekisho.law.duties import Duty, Facts, Role

KNOWN = date(2026, 11, 2)
FACTS = Facts(known_on=KNOWN, role=Role.AGENCY)


@pytest.mark.parametrize(
    ("changes", "where", "words"),
    [
        ({"legal_character": "oops"}, "legal_character", "unknown legal character 'oops'"),
        ({"items": ("血液型",)}, "items", "unknown item '血液型'"),
        ({"provided_by": Role.BOTH}, "provided_by", "one giver"),
        ({"people": -1}, "people", "negative"),
        ({"people_at_most": -1}, "people", "negative"),
        ({"people": 5, "people_at_most": 4}, "people", "contradicts"),
        ({"people": 5, "people_at_most": 6, "people_exact": True}, "people", "contradicts"),
        ({"people_exact": True}, "people", "not given"),
        ({"my_number_people": 5, "my_number_at_most": 4}, "my_number", "contradicts"),
        ({"occurred_on": date(2026, 11, 3)}, "occurred_on", "after known_on"),
        ({"occurred_on": date(2026, 11, 1), "ended_on": date(2026, 10, 31)}, "ended_on", "before it began"),
        ({"people_passed_on": date(2026, 11, 1)}, "people_passed_on", "before known_on"),
        ({"my_number_passed_on": date(2026, 11, 1)}, "my_number_passed_on", "before known_on"),
    ],
)
def test_contradictions_are_refused(changes: dict[str, Any], where: str, words: str) -> None:
    with pytest.raises(InputError, match=words) as caught:
        replace(FACTS, **changes)
    assert caught.value.where == where


@pytest.mark.parametrize(
    ("data", "where", "words"),
    [
        ([], "Facts", "no mapping"),
        ({"known_on": "2026-11-02"}, "Facts", "'role' is missing"),
        ({"known_on": "2026-11-02", "role": "agency", "persons": 5}, "Facts", "unknown field 'persons'"),
        ({"known_on": "gestern", "role": "agency"}, "Facts.known_on", "another kind"),
        ({"known_on": None, "role": "agency"}, "Facts.known_on", "another kind"),
        ({"known_on": "2026-11-02", "role": "bank"}, "Facts.role", "another kind"),
        ({"known_on": "2026-11-02", "role": "agency", "people": True}, "Facts.people", "another kind"),
        ({"known_on": "2026-11-02", "role": "agency", "people": "5"}, "Facts.people", "another kind"),
        ({"known_on": "2026-11-02", "role": "agency", "encrypted": 1}, "Facts.encrypted", "another kind"),
        ({"known_on": "2026-11-02", "role": "agency", "items": "policy_no"}, "Facts.items", "another kind"),
        ({"known_on": "2026-11-02", "role": "agency", "items": [3]}, r"Facts.items[0]", "another kind"),
    ],
)
def test_what_is_no_facts_is_refused_by_field(data: Any, where: str, words: str) -> None:
    with pytest.raises(InputError, match=words) as caught:
        Facts.from_json(data)
    assert caught.value.where == where
    assert "gestern" not in str(caught.value), "values are not repeated"


def test_absent_fields_are_unknown() -> None:
    assert Facts.from_json({"known_on": "2026-11-02", "role": "agency"}) == FACTS
    assert FACTS.people is None and FACTS.encrypted is None


def test_a_duty_that_lacks_its_reason_is_refused() -> None:
    with pytest.raises(InputError, match="'ja' is missing"):
        Duty.from_json({"code": "ppc_final"})
