"""Two countings compared: reasons, lines, and that the reasons always add up."""

from dataclasses import astuple
from datetime import date
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.incidents.counting.cast import LAST, finding, findings, registry_of
from tests.incidents.counting.naive import POLICIES, naive_figures, naive_lines, rows

from sekisho.incidents.counting.decisions import Decision
from sekisho.incidents.counting.difference import LISTED, REASONS, Difference, difference
from sekisho.incidents.counting.figures import Figures
from sekisho.incidents.counting.lines import counted_lines
from sekisho.incidents.counting.persons import persons_of

PLACE = "例示県見本市中央2-21-9"


def lines(told: list[dict[str, str]], as_of: date = LAST, holders: Any = (), decisions: Any = ()) -> pa.Table:
    found = findings(told)
    return counted_lines(found, persons_of(found, registry_of(*holders), decisions), as_of)


def steps(found: Difference, figure: str, kind: str = "total", name: str = "") -> list[tuple[str, int, int]]:
    change = found.change(figure, kind, name)
    return [astuple(step) for step in change.steps] if change else []


def test_nothing_changed() -> None:
    told = [finding("KOU:1"), finding("OTSU:1", cause="B1")]
    found = difference(lines(told), lines(told))
    assert (found.changes, found.lines.num_rows) == ((), 0)


def test_new_evidence_and_what_happened_since() -> None:
    before = lines([finding("KOU:1")], date(2024, 5, 31))
    after = lines(
        [finding("KOU:1"), finding("KOU:2"), finding("KOU:3", at="2024-06-01T00:00:00+09:00", agency_id="SAKURA")],
        date(2024, 6, 30),
    )
    found = difference(before, after)
    assert steps(found, "records") == [("new_evidence", 1, 0), ("happened_since", 1, 0)]
    assert steps(found, "agencies") == [("happened_since", 1, 0)]
    assert [(row["what"], row["reason"], row["policy_no"]) for row in found.lines.to_pylist()] == [
        ("came", "new_evidence", "2"),
        ("came", "happened_since", "3"),
    ]


def test_gone_because_not_found_or_after_the_day() -> None:
    told = [finding("KOU:1"), finding("KOU:2", at="2024-06-02T00:00:00+09:00"), finding("KOU:3")]
    found = difference(lines(told), lines(told[:2], date(2024, 6, 1)))
    assert steps(found, "records") == [("after_as_of", 0, 1), ("not_found", 0, 1)]


def test_a_case_of_the_staff_that_turns_out_to_be_the_agencys_too_moves_by_note_2() -> None:
    before = [finding("KOU:1", cause="A2")]
    found = difference(lines(before), lines([*before, finding("KOU:1", cause="A1")]))
    assert steps(found, "records") == []
    assert steps(found, "records", "cause", "A1") == [("counted_once", 1, 0)]
    assert steps(found, "records", "cause", "A2") == [("counted_once", 0, 1)]
    (line,) = found.lines.to_pylist()
    assert (line["what"], line["cause_before"], line["cause"]) == ("moved", "A2", "A1")


def test_another_cause_and_another_agency() -> None:
    before = [finding("KOU:1"), finding("KOU:2")]
    after = [finding("KOU:1", cause="B1"), finding("KOU:2", agency_id="SAKURA")]
    found = difference(lines(before), lines(after))
    assert [(row["reason"], row["cause"], row["agency_id"]) for row in found.lines.to_pylist()] == [
        ("recaused", "B1", "AOBA"),
        ("agency", "A1", "SAKURA"),
    ]
    assert steps(found, "agencies") == [("agency", 1, 0)]
    assert steps(found, "policies") == []


def test_two_holders_that_were_decided_to_be_one() -> None:
    holders = (
        {"policy": "KOU:1", "holder_name": "山田 花子", "birth_date": date(1980, 5, 3), "address": PLACE},
        {"policy": "KOU:2", "holder_name": "山田 花子", "address": PLACE},
    )
    told = [finding("KOU:1"), finding("KOU:2")]
    (pair,) = persons_of(findings(told), registry_of(*holders)).doubts.to_pylist()
    decisions = (Decision(pair["left"], pair["right"], same=True),)
    before, after = lines(told, holders=holders), lines(told, holders=holders, decisions=decisions)
    found = difference(before, after, decisions)
    assert steps(found, "people") == [("decided", 0, 1)]
    assert [row["what"] for row in found.lines.to_pylist()] == ["changed"]
    assert steps(difference(before, after), "people") == [("holder_data", 0, 1)]
    taken_back = (Decision(pair["left"], pair["right"], same=False),)
    parted = difference(after, lines(told, holders=holders, decisions=taken_back), taken_back)
    assert steps(parted, "people") == [("parted", 1, 0)]
    assert [row["reason"] for row in parted.lines.to_pylist()] == ["parted"]


def test_a_holder_who_turns_out_to_be_a_corporation() -> None:
    def holder(kind: str) -> tuple[dict[str, str], ...]:
        return ({"policy": "KOU:1", "holder_kind": kind},)

    told = [finding("KOU:1", holder_kind="")]
    found = difference(lines(told, holders=holder("")), lines(told, holders=holder("corporate")))
    assert steps(found, "people")[0][1:] == (0, 1)
    assert steps(found, "corporate")[0][1:] == (1, 0)


def test_more_findings_of_the_same_line() -> None:
    found = difference(lines([finding("KOU:1")]), lines([finding("KOU:1"), finding("KOU:1")]))
    assert steps(found, "findings") == [("evidence", 1, 0)]
    assert [row["reason"] for row in found.lines.to_pylist()] == ["evidence"]


owners = st.lists(st.integers(0, 2), min_size=6, max_size=6)
days = st.sampled_from(("2024-04-30", "2024-05-01", "2030-01-01"))


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(rows(), rows(), days, days, owners, owners, st.booleans())
def test_the_reasons_add_up_to_the_difference_of_the_two_tables(  # noqa: PLR0917
    first: Any, second: Any, day: str, other: str, owner: list[int], later_owner: list[int], decide: bool
) -> None:
    tables, figures = [], []
    names = ("山田 花子", "髙橋 一郎", "渡邊 次郎")
    for told, as_of, owned in ((first, day, owner), (first + second, other, later_owner)):
        numbered = [row | {"finding_id": f"f{at}"} for at, row in enumerate(told)]
        named = dict(zip(POLICIES, (names[at] for at in owned), strict=True))
        holders = [{"policy": p, "holder_name": n, "birth_date": date(1980, 5, 3)} for p, n in named.items()]
        found = findings(numbered)
        keys = sorted(set(persons_of(found, registry_of(*holders)).table["person"].to_pylist()))
        decisions = [Decision(keys[0], keys[-1], same=True)] if decide and len(keys) > 1 and tables else []
        tables.append(
            counted_lines(found, persons_of(found, registry_of(*holders), decisions), date.fromisoformat(as_of))
        )
        wanted = [
            line | {"person": row["person"]}
            for line, row in zip(naive_lines(numbered, as_of, named), tables[-1].to_pylist(), strict=True)
        ]
        scopes = {("total", ""): wanted}
        for line in wanted:
            for scope in (("cause", line["cause"]), ("insurer", line["insurer_id"])):
                scopes.setdefault(scope, []).append(line)
        figures.append(
            {scope: naive_figures(lines) for scope, lines in scopes.items() if lines is not wanted or wanted}
        )
    found = difference(*tables, decisions)
    assert found.lines.schema == LISTED
    assert set(found.lines["reason"].to_pylist()) <= set(REASONS)
    none = Figures(0, 0, 0, 0, 0, 0)
    for kind, name in {*figures[0], *figures[1]}:
        old, new = (each.get((kind, name), none) for each in figures)
        for figure in Figures.__slots__:
            before, after = getattr(old, figure), getattr(new, figure)
            change = found.change(figure, kind, name)
            if change is None:
                assert before == after
            else:
                assert (change.before, change.after) == (before, after)
                assert before + sum(step.came - step.went for step in change.steps) == after
                assert all(step.came or step.went for step in change.steps)
