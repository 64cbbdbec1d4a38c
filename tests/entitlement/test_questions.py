"""``Rule.decide``: the short way in gives the answers of the long one, and says who was asked about."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import date

import pytest

from sekisho.entitlement.questions import Question
from sekisho.entitlement.rule import Rule
from sekisho.law.items import mask_of
from tests.entitlement.test_cases import load_cases, load_world, question_of
from tests.entitlement.world import arrow_tables, questions, sqlite_world

JUNE = date(2023, 6, 1)


@contextmanager
def over(engine: str) -> Iterator[Rule]:
    tables = arrow_tables(load_world())
    with closing(sqlite_world(tables)) as connection:
        yield Rule.over_registry(tables) if engine == "duckdb" else Rule.over_sqlite(connection)


def asked() -> list[Question]:
    """The questions of all decision cases that have a day."""
    return [
        Question(
            viewer=row["viewer"],
            policy_no=row["policy_no"],
            insurer_id=row["insurer_id"],
            on=row["on_date"] if isinstance(row["on_date"], date) else date.fromisoformat(row["on_date"]),
            items=mask_of(row["items"]) if row["items"] else 0,
            purpose=row["purpose"],
        )
        for row in map(question_of, load_cases())
        if row["on_date"]
    ]


@pytest.mark.parametrize("engine", ["duckdb", "sqlite"])
@pytest.mark.parametrize("at_once", [1, 1000])
def test_it_decides_as_it_judges(engine: str, at_once: int) -> None:
    wanted = asked()[: 40 if at_once == 1 and engine == "duckdb" else None]
    rows = [
        {
            "viewer": one.viewer.lower() if "@" in one.viewer else one.viewer,
            "policy_no": one.policy_no,
            "insurer_id": one.insurer_id,
            "on_date": one.on,
            "items": one.items,
            "purpose": one.purpose,
        }
        for one in wanted
    ]
    with over(engine) as rule:
        judged = rule.judge(questions(rows)).to_pylist()
        decided = [one for at in range(0, len(wanted), at_once) for one in rule.decide(wanted[at : at + at_once])]
    assert len(decided) == len(wanted) > 30
    names = ("verdict", "party_id", "person_id", "seconded_from", "ground", "missing")
    assert [[getattr(one, name) for name in names] for one in decided] == [
        [row[name] for name in names] for row in judged
    ]


def decide(viewer: str, policy: str = "K-100", on: date = JUNE, insurer: str | None = None) -> tuple[object, ...]:
    with over("sqlite") as rule:
        (one,) = rule.decide([Question(viewer, policy, insurer, on)])
    return one.via, one.parties, one.insurer_id


def test_it_says_as_what_the_viewer_was_read_and_for_whom_he_stands() -> None:
    assert decide("AOBA") == ("party", ("AOBA",), "KOU")
    assert decide("AOBA-HONTEN") == ("office", ("AOBA",), "KOU")
    assert decide("aoba-tanaka") == ("account", ("AOBA",), "KOU")
    assert decide("WATANABE") == ("person", ("KOU",), "KOU")
    assert decide("SATO") == ("person", ("AOBA",), "KOU")  # seconded
    assert decide("Tanaka@aoba.example.jp") == ("address", ("AOBA",), "KOU")
    assert decide("somebody@aoba.example.jp") == ("domain", ("AOBA",), "KOU")
    assert decide("NOBODY") == (None, (), "KOU")
    assert decide("yamada@example.com") == (None, (), "KOU")


def test_of_two_employers_both_are_named() -> None:
    assert decide("KATO", on=date(2022, 6, 1)) == ("person", ("MIDORI", "SAKURA"), "KOU")


def test_who_acts_for_nobody_is_named_with_whom_he_ever_belonged_to() -> None:
    assert decide("SUZUKI", on=date(2023, 7, 1)) == ("person", ("AOBA",), "KOU")  # has left
    assert decide("aoba-suzuki", on=date(2023, 7, 1)) == ("account", ("AOBA",), "KOU")
    assert decide("aoba-madoguchi", on=date(2024, 1, 1)) == ("closed_account", ("AOBA",), "KOU")
    assert decide("NAKAMURA", on=date(2030, 1, 1)) == ("person", ("AOBA", "KOU"), "KOU")  # was seconded


def test_the_insurer_is_named_as_far_as_it_is_known() -> None:
    assert decide("AOBA", "SAME-1")[2] is None
    assert decide("AOBA", "SAME-1", insurer="OTSU")[2] == "OTSU"
    assert decide("AOBA", "K-000")[2] is None


def test_no_question_no_decision() -> None:
    with over("sqlite") as rule:
        assert rule.decide([]) == []
