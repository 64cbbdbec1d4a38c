"""Charts of costs and cover: well formed, every value written, nothing outside the picture, no script or style."""

from dataclasses import replace
from datetime import date

from tests.kernel.drawn import outside, spoken, texts

from sekisho.costs.assumptions import assumptions
from sekisho.costs.charts import cost_chart, cover_chart
from sekisho.costs.cover import BlockCover, Cover, ItemCover
from sekisho.costs.estimate import estimate
from sekisho.costs.model import SCENARIOS, Block, Estimate
from sekisho.costs.money import about, yen
from sekisho.costs.settlement import settle
from sekisho.incidents.concerned import Concerned

PLAN = Cover("プラン<A> & 例", "", None, None, False, {Block.LIABILITY: BlockCover(10**6, 0, {"damages": ItemCover()})})


def found(people: int) -> Estimate:
    who = Concerned(((("holder_name",), people),) if people else (), 0, ("F",), people_are_upper_bound=True)
    return estimate(who, assumptions(), prices_on=date(2026, 11, 28))


def test_every_cost_stands_as_text_with_its_three_values() -> None:
    one = found(204_783)
    drawn = cost_chart(one).render()
    for line in one.lines:
        assert any(line.ja.startswith(text.rstrip("…")) for text in texts(drawn)), line.ja
        assert any(about(line.sum.expected) in text for text in texts(drawn)), line.code
    assert any("最大 204,783人" in text for text in texts(drawn))
    assert about(one.total.high) in spoken(drawn)
    assert outside(drawn) == []


def test_nobody_concerned_can_be_drawn() -> None:
    assert outside(cost_chart(found(0)).render()) == []
    assert outside(cover_chart([[settle(PLAN, found(0), scenario) for scenario in SCENARIOS]]).render()) == []


def test_plans_stand_side_by_side_with_what_is_paid_and_what_stays() -> None:
    one = found(5_000)
    other = replace(PLAN, name="プランB", blocks={})
    drawn = cover_chart([[settle(plan, one, scenario) for scenario in SCENARIOS] for plan in (PLAN, other)]).render()
    assert texts(drawn).count("A プラン<A> & 例") == len(SCENARIOS)
    assert texts(drawn).count("B プランB") == len(SCENARIOS)
    stays = settle(PLAN, one, "high").stays
    assert f"支払 {about(10**6)}、残る {about(stays)}" in texts(drawn)
    assert f"支払われる {about(0)}、自社に残る {about(one.total.low)}" in spoken(drawn)
    assert outside(drawn) == []


def test_yen_for_the_reader() -> None:
    assert yen(1_234_567) == "1,234,567円"
    assert [about(n) for n in (0, 6_500, 9_999, 12_345, 26_634_790, 1_228_698_000, 23_100_000_000)] == [
        "0円",
        "6,500円",
        "9,999円",
        "1.23万円",
        "2,663万円",
        "12.3億円",
        "231億円",
    ]
