"""Own incidents beside the published figures: shares, small numbers, what is said."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.kernel.drawn import outside, spoken, texts

from sekisho.incidents.charts import share_chart
from sekisho.incidents.model import Incident, Medium
from sekisho.incidents.statistics import DIMENSIONS, Case, case_of, cases_of, categories, compare, our_mapping
from sekisho.law.causes import causes


def incident(medium: Medium, *codes: str) -> Incident:
    return Incident(0, "紛失", "KOU", codes, "loss", medium, date(2026, 4, 1))


def test_the_published_figures_of_facts_4() -> None:
    latest, older = compare("causes", []).published
    assert {code: round(100 * (latest.share(code) or 0), 1) for code in latest.counts} == {
        "lost": 26.2,
        "operation": 24.6,
        "intrusion": 20.3,
        "management": 12.2,
        "theft": 3.8,
        "setting": 3.6,
        "insider": 2.9,
        "taken_out": 2.3,
        "bug": 1.8,
    }
    assert round(100 * (older.share("intrusion") or 0)) == 8, "seed 003: 8 %"
    human = sum(older.share(code) or 0 for code in ("lost", "operation", "management"))
    assert 0.74 < human < 0.75, "seed 003: nearly 75 %"
    media = compare("media", []).published[1]
    assert (round(100 * (media.share("paper") or 0), 1), round(100 * (media.share("portable") or 0), 1)) == (51.4, 12.0)
    assert media.share("mail") is None, "not published is not 0"


def test_every_cause_and_medium_of_ours_has_a_category() -> None:
    assert set(our_mapping("causes")) == set(causes())
    assert set(our_mapping("media")) == {medium.value for medium in Medium}
    for dimension in DIMENSIONS:
        assert {one["category"] for one in our_mapping(dimension).values()} <= set(categories(dimension))


def test_three_incidents_are_no_shares() -> None:
    cases = cases_of([incident(Medium.PAPER, "G1"), incident(Medium.PAPER, "G1"), incident(Medium.FAX, "G2")])
    found = compare("causes", [("自社", cases)])
    (own,) = found.groups
    assert (own.total, own.counts["lost"], own.counts["operation"]) == (3, 2, 1)
    assert own.share("lost") is None
    assert own.interval("lost") is None
    assert found.differences() == []
    assert any("3件では割合を比べられません" in note for note in found.notes())
    assert found.as_table().column("自社 割合").null_count == found.as_table().num_rows


@pytest.mark.parametrize(("total", "comparable"), [(29, False), (30, True)])
def test_thirty_incidents_are_the_least(total: int, comparable: bool) -> None:
    (own,) = compare("causes", [("自社", [case_of(["G1"], "paper")] * total)]).groups
    assert own.is_comparable is comparable


def test_an_incident_of_several_causes_counts_under_each_category_once() -> None:
    cases = [case_of(["A1", "A2", "B1"], "mail")] * 30
    found = compare("causes", [("自社", cases)])
    (own,) = found.groups
    assert (own.total, own.counts["management"], own.counts["taken_out"]) == (30, 30, 30)
    assert any("延べ" in note for note in found.notes())


def test_what_is_unknown_is_not_counted_and_said() -> None:
    found = compare("media", [("自社", [Case(("lost",), ""), case_of(["G1"], "paper")])])
    (own,) = found.groups
    assert (own.total, own.unknown) == (1, 1)
    assert any("分からない 1件" in note for note in found.notes())


def test_a_clear_difference_is_said_and_an_unclear_one_is_not() -> None:
    many = [case_of(["G1"], "paper")] * 80 + [case_of(["G2"], "mail")] * 20
    said = compare("causes", [("自社", many)]).differences()
    assert any(one.startswith("紛失・置忘れはJNSA 2018年より多い (80.0%") for one in said)
    assert any(one.startswith("不正アクセスはJNSA 2018年より少ない") for one in said)
    assert not any(one.startswith("誤操作") for one in said), "20 of 100 is no proof against 24.6 %"


@given(st.integers(30, 5_000), st.data())
def test_the_interval_holds_the_share(total: int, data: st.DataObject) -> None:
    hits = data.draw(st.integers(0, total))
    cases = [case_of(["G1"], "paper")] * hits + [case_of(["G5"], "paper")] * (total - hits)
    (own,) = compare("causes", [("自社", cases)]).groups
    low, high = own.interval("lost") or (1.0, 0.0)
    assert 0 <= low <= hits / total <= high <= 1


@pytest.mark.parametrize("dimension", DIMENSIONS)
@pytest.mark.parametrize("own", [0, 3, 60])
def test_the_chart_writes_every_value(dimension: str, own: int) -> None:
    found = compare(
        dimension, [("自社", [case_of(["G1"], "paper")] * own), ("他社", [case_of(["F"], "internet")] * 40)]
    )
    drawn = share_chart(found).render()
    assert outside(drawn) == []
    assert set(found.categories.values()) <= set(texts(drawn))
    for one in found.published:
        for code in one.counts:
            assert f"{one.share(code):.1%}" in texts(drawn)
    assert any("件では割合を比べられません" in text for text in texts(drawn)) is (own < 30)
    assert f"自社 {own}件" in spoken(drawn)


def test_the_document_tells_totals_and_sources() -> None:
    document = compare("causes", [("自社", [case_of(["G1"], "paper")] * 3)]).as_json()
    assert document["totals"] == {"自社": 3}
    assert [one["name"] for one in document["published"]] == ["JNSA 2018年", "JNSA 2015年"]
    assert document["rows"][0]["category"] == "lost"
