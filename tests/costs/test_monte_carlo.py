"""The simulated range: repeatable, inside what was supposed, and honest about itself."""

from dataclasses import replace
from datetime import date

import pytest

from sekisho.costs.assumptions import assumptions
from sekisho.costs.cover import BlockCover, Cover, ItemCover
from sekisho.costs.estimate import estimate
from sekisho.costs.model import Block, Estimate, Spread
from sekisho.costs.monte_carlo import SHAPES, WHAT_IT_IS_NOT, simulate
from sekisho.incidents.concerned import Concerned


def found() -> Estimate:
    who = Concerned(((("holder_name",), 2_000),), 5, ("F",))
    return estimate(who, assumptions(), prices_on=date(2026, 11, 28))


@pytest.mark.parametrize("shape", SHAPES)
def test_percentiles_rise_and_lie_between_low_and_high(shape: str) -> None:
    one = found()
    amounts = [amount for _, amount in simulate(one, draws=500, shape=shape).total]
    assert amounts == sorted(amounts)
    assert one.total.low <= amounts[0] < amounts[-1] <= one.total.high


def test_the_same_seed_gives_the_same_figures_and_another_others() -> None:
    assert simulate(found(), draws=200) == simulate(found(), draws=200)
    assert simulate(found(), draws=200, seed=1).total != simulate(found(), draws=200).total


def test_where_nothing_is_uncertain_all_percentiles_are_the_sum() -> None:
    one = found()
    fixed = replace(
        one,
        lines=tuple(
            replace(
                line, quantity=Spread.same(line.quantity.expected), unit_price=Spread.same(line.unit_price.expected)
            )
            for line in one.lines
        ),
    )
    assert {amount for _, amount in simulate(fixed, draws=50).total} == {one.total.expected}


def test_what_stays_is_never_above_the_total() -> None:
    cover = Cover("P", "", None, None, False, {Block.LIABILITY: BlockCover(10**6, 0, {"damages": ItemCover()})})
    run = simulate(found(), [cover], draws=200)
    ((name, stays),) = run.stays
    assert name == "P"
    for (_, left), (_, total) in zip(stays, run.total, strict=True):
        assert total - 10**6 <= left <= total


def test_nobody_concerned_has_no_range() -> None:
    nobody = estimate(Concerned(), assumptions(), prices_on=date(2026, 11, 28))
    assert {amount for _, amount in simulate(nobody, draws=10).total} == {0}


def test_it_says_what_it_is_not() -> None:
    assert simulate(found(), draws=10).as_json()["what_it_is_not"] == list(WHAT_IT_IS_NOT)
    assert "確率ではありません" in WHAT_IT_IS_NOT[0]
