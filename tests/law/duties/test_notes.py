"""What is known in words, what causes suggest, what is to be found out, what changed."""

from dataclasses import fields, replace
from datetime import date

import pytest

from sekisho.kernel.errors import InputError
from sekisho.law.duties import Facts, Role, changes, current_rules, duties_of, stated, suggested, to_find_out

KNOWN = date(2026, 11, 2)
FACTS = Facts(
    known_on=KNOWN,
    role=Role.INSURER,
    insurer_id="KOU",
    legal_character="leak",
    people=900,
    items=("policy_no", "holder_name"),
    improper_purpose=False,
)


def test_every_fact_has_a_japanese_name() -> None:
    assert list(current_rules().facts) == [field.name for field in fields(Facts)]


def test_what_is_known_is_said_and_what_is_not_is_left_out() -> None:
    assert stated(FACTS) == (
        ("知った日", "2026-11-02 (月)"),
        ("立場", "保険会社"),
        ("保険会社", "KOU"),
        ("法的性質", "漏えい"),
        ("本人の数", "900 人"),
        ("項目", "証券番号、契約者氏名"),
        ("不正の目的のおそれ", "いいえ"),
    )
    assert ("提供した者", "代理店") in stated(replace(FACTS, provided_by=Role.AGENCY))


@pytest.mark.parametrize(
    ("causes", "expected"),
    [
        (["B1"], [("improper_purpose", True)]),
        (["F"], [("improper_purpose", True)]),
        (["A1"], [("provided_by", "agency")]),
        (["A2"], [("provided_by", "insurer")]),
        (["A1", "D"], [("provided_by", "agency")]),
        (["A1", "A2"], []),
        (["A3"], [("received", True)]),
        (["A3", "A1"], []),
        (["A1", "B1"], [("improper_purpose", True)]),
        (["G2"], []),
        ([], []),
    ],
)
def test_causes_suggest_facts(causes: list[str], expected: list[tuple[str, object]]) -> None:
    assert list(dict.fromkeys((row.field, row.value) for row in suggested(causes))) == expected


def test_every_suggestion_can_be_taken_over_as_it_stands() -> None:
    for row in current_rules().suggestions:
        taken = Facts.from_json(FACTS.as_json() | {row.field: row.value})
        assert getattr(taken, row.field) == row.value


def test_an_unknown_cause_is_refused() -> None:
    with pytest.raises(InputError, match="'Z9'"):
        suggested(["Z9"])


def test_what_is_to_be_found_out() -> None:
    found = to_find_out(duties_of(FACTS, KNOWN))
    assert list(found) == ["本人の数 (最大で何人か)", "連絡先の分からない・古い本人がいるか"]
    assert "確報" in found["本人の数 (最大で何人か)"]


def test_what_changed_between_two_judgements() -> None:
    before, after = duties_of(FACTS, KNOWN), duties_of(replace(FACTS, people=1_001), KNOWN)
    changed = {change.code: (change.before, change.after) for change in changes(before, after)}
    assert changed["ppc_final"] == ("未定 2026-12-01", "要 2026-12-01")
    assert changed["ppc_voluntary"] == ("要", "不要")
    assert "fsa_report" not in changed, "it was due before"
    assert changes(after, after) == ()
    assert {change.before for change in changes((), after)} == {""}
    assert {change.after for change in changes(before, ())} == {""}
