"""Findings proposed as incidents."""

from datetime import date

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.incidents.counting.cast import finding, findings
from tests.incidents.counting.naive import naive_figures, naive_lines, rows

from sekisho.incidents.counting.grouping import By, Grouping, grouped
from sekisho.kernel.errors import InputError

NAMES = {"AOBA": "青葉保険サービス", "SAKURA": "さくら保険代理店"}


def at(day: str) -> str:
    return f"{day}T09:00:00+09:00"


def titles(found: Grouping) -> list[str]:
    return [proposal.title for proposal in found.proposals]


def test_one_agency_one_period_is_one_incident_with_its_figures() -> None:
    told = [
        finding("KOU:1", at=at("2024-03-02")),
        finding("KOU:2", at=at("2024-05-31"), cause="A2"),
        finding("KOU:2", at=at("2024-05-30")),
    ]
    found = grouped(findings(told), names=NAMES)
    (proposal,) = found.proposals
    assert proposal.title == "青葉保険サービスによる事案 (A1・A2) 2024年3月〜5月"
    assert (proposal.first_day, proposal.last_day) == (date(2024, 3, 2), date(2024, 5, 31))
    assert (proposal.agency_id, proposal.finding_count, proposal.figures.records) == ("AOBA", 3, 2)
    assert found.finding_ids(1) == ["f0000", "f0001", "f0002"]


def test_a_longer_gap_begins_another() -> None:
    told = [
        finding("KOU:1", at=at("2023-12-31")),
        finding("KOU:1", at=at("2024-01-10")),
        finding("KOU:1", at=at("2024-01-21")),
    ]
    assert titles(grouped(findings(told), gap_days=10, names=NAMES)) == [
        "青葉保険サービスによる事案 (A1) 2023年12月〜2024年1月",
        "青葉保険サービスによる事案 (A1) 2024年1月",
    ]
    assert len(grouped(findings(told), gap_days=11).proposals) == 1
    with pytest.raises(InputError, match="0 days"):
        grouped(findings(told), gap_days=0)


def test_families_and_agencies_are_kept_apart() -> None:
    told = [
        finding("KOU:1"),
        finding("KOU:1", cause="B1"),
        finding("KOU:1", agency_id="SAKURA"),
        finding("KOU:1", cause="", agency_id=""),
    ]
    assert titles(grouped(findings(told), names=NAMES)) == [
        "取扱代理店不明に係る原因未特定の事案 2024年5月",
        "青葉保険サービスによる事案 (A1) 2024年5月",
        "さくら保険代理店による事案 (A1) 2024年5月",
        "青葉保険サービスへの出向者による事案 (B1) 2024年5月",
    ]
    assert titles(grouped(findings(told[:3]), by=By.FAMILY)) == [
        "複数の代理店による事案 (A1) 2024年5月",
        "複数の代理店への出向者による事案 (B1) 2024年5月",
    ]
    assert titles(grouped(findings(told[:1]), by=By.RECIPIENT, names={"OTSU": "乙損保"})) == [
        "複数の代理店による事案・乙損保宛て (A1) 2024年5月"
    ]


def test_undated_ones_join_the_only_period_or_stand_alone() -> None:
    undated = finding("KOU:2", at="")
    assert [p.finding_count for p in grouped(findings([finding("KOU:1"), undated])).proposals] == [2]
    two = [finding("KOU:1"), finding("KOU:1", at=at("2020-01-01")), undated]
    assert [(p.finding_count, p.first_day) for p in grouped(findings(two)).proposals][-1] == (1, None)
    assert titles(grouped(findings([undated]), names=NAMES)) == ["青葉保険サービスによる事案 (A1) 日付不明"]


@pytest.mark.slow
@settings(max_examples=25, deadline=None)
@given(rows(), st.integers(1, 3), st.sampled_from(By), st.randoms())
def test_every_finding_is_in_one_proposal_or_unresolved(
    told: list[dict[str, str]], gap: int, by: By, dice: object
) -> None:
    found = grouped(findings(told), gap_days=gap, by=by)
    inside = found.members["finding_id"].to_pylist()
    apart = [one for group in found.unresolved for one in group.finding_ids]
    assert sorted(inside + apart) == [row["finding_id"] for row in told]
    assert sorted(apart) == [row["finding_id"] for row in told if row["ground_missing"].startswith("unresolved:")]
    assert [p.number for p in found.proposals] == list(range(1, len(found.proposals) + 1))
    assert sum(p.finding_count for p in found.proposals) == len(inside)
    for proposal in found.proposals:  # each counted as if nothing else were there
        own = set(found.finding_ids(proposal.number))
        mine = naive_lines([row for row in told if row["finding_id"] in own], "9999-12-31", {})
        assert proposal.figures == naive_figures(mine)
    assert grouped(findings(dice.sample(told, len(told))), gap_days=gap, by=by) == found  # type: ignore[attr-defined]


def test_what_is_missing_is_as_empty_and_no_finding_is_lost() -> None:
    told = findings([finding("KOU:1", finding_id="f1"), finding("KOU:2", finding_id="f2")])
    for name in ("at", "agency_id", "cause", "ground_missing"):
        place = told.schema.get_field_index(name)
        blank, missing = (
            told.set_column(place, name, pa.array([told[name][0].as_py(), value], pa.string())) for value in ("", None)
        )
        assert grouped(missing) == grouped(blank)
        assert sorted(grouped(missing).members["finding_id"].to_pylist()) == ["f1", "f2"]
