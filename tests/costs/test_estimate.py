"""Estimates: quantities, prices by day, what is left out, what is said beside the figures."""

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.costs.assumptions import Assumptions, assumptions
from sekisho.costs.estimate import estimate
from sekisho.costs.model import BLOCKS_JA, Block, Estimate, Line, Spread
from sekisho.incidents.concerned import Concerned

TODAY = date(2026, 11, 28)
LIST = ("expiry_date", "holder_name", "policy_no")


def supposed(tmp_path: Path, text: str) -> Assumptions:
    path = tmp_path / "own.yaml"
    path.write_text(text, encoding="utf-8")
    return assumptions(path)


def line(found: Estimate, code: str) -> Line:
    (one,) = [one for one in found.lines if one.code == code]
    return one


def why_not(found: Estimate, code: str) -> str:
    (one,) = [one for one in found.left_out if one.code == code]
    return one.why


def test_seed_001s_size_at_the_prices_of_its_day() -> None:
    found = estimate(Concerned(((LIST, 204_783),), 0, ("A1",)), assumptions(), prices_on=date(2024, 8, 30))
    assert line(found, "letters").unit_price.expected == 130, "JNSA's figure, postage of that day"
    assert line(found, "letters").sum.expected == 204_783 * 130
    assert line(found, "voucher").sum.expected == 204_783 * 650
    assert line(found, "damages").unit_price == Spread(6_000, 6_000, 12_000)
    assert line(found, "damages").quantity == Spread(0, 204_783, 204_783)
    assert "証券番号、満期日" in line(found, "damages").assumption.replace("満期日、証券番号", "証券番号、満期日")


@pytest.mark.parametrize(
    ("day", "expected", "high"),
    [
        (date(2018, 1, 1), 46 + 84, 46 + 84 + 160),
        (date(2024, 9, 30), 46 + 84, 46 + 84 + 160),
        (date(2024, 10, 1), 46 + 110, 46 + 110 + 210),
    ],
)
def test_letters_cost_the_postage_of_the_day(day: date, expected: int, high: int) -> None:
    price = line(estimate(Concerned(((LIST, 10),)), assumptions(), prices_on=day), "letters").unit_price
    assert price == Spread(expected, expected, high)


def test_prices_before_the_oldest_known_are_said_to_be_so() -> None:
    told = [
        line(estimate(Concerned(((LIST, 10),)), assumptions(), prices_on=day), "letters").assumption
        for day in (date(2019, 9, 30), date(2019, 10, 1))
    ]
    assert ["それより前の料金は持っていない" in one for one in told] == [True, False]


def test_corporate_holders_get_letters_but_no_voucher_and_no_damages() -> None:
    found = estimate(Concerned((), 7, ("A1",)), assumptions(), prices_on=TODAY)
    assert line(found, "letters").quantity == Spread.same(7)
    assert why_not(found, "voucher") == "対象となる人・法人がいません"
    assert why_not(found, "damages") == "本人 (個人) がいません"


def test_nobody_concerned_costs_nothing_and_that_is_said() -> None:
    found = estimate(Concerned(), assumptions(), prices_on=TODAY)
    assert found.total == Spread.same(0)
    assert found.lines == ()
    assert any("対象となる人・法人がいない" in note for note in found.notes)


def test_an_upper_bound_is_said() -> None:
    found = estimate(Concerned(((LIST, 5),), people_are_upper_bound=True), assumptions(), prices_on=TODAY)
    assert any("最大値" in note for note in found.notes)
    assert found.as_json()["people_are_upper_bound"] is True


def test_people_with_other_items_have_lines_of_their_own() -> None:
    who = Concerned(((LIST, 10), (("account_no", "address", "holder_name"), 2), ((), 1)))
    found = estimate(who, assumptions(), prices_on=TODAY)
    damages = [(one.quantity.high, one.unit_price.expected) for one in found.lines if one.code == "damages"]
    assert damages == [(2, 156_000), (1, 12_000), (10, 6_000)]
    assert found.by_code()["damages"].expected == 2 * 156_000 + 12_000 + 60_000
    assert any("項目の分からない人が 1人" in note for note in found.notes)


@pytest.mark.parametrize(("people", "sets"), [(999, None), (1_000, 1), (166_667, 2), (500_000, 3)])
def test_the_call_centre_grows_with_the_calls(people: int, sets: int | None) -> None:
    found = estimate(Concerned(((LIST, people),)), assumptions(), prices_on=TODAY)
    if sets is None:
        assert "1,000名未満" in why_not(found, "call_centre")
    else:
        assert line(found, "call_centre").quantity.expected == sets


def test_a_call_centre_never_has_less_than_one_set() -> None:
    found = estimate(Concerned(((LIST, 1_000),)), assumptions(), prices_on=TODAY)
    assert line(found, "call_centre").quantity == Spread.same(1)


@pytest.mark.parametrize(("cause", "there"), [("A1", False), ("E", True), ("F", True)])
def test_outside_investigators_are_reckoned_for_intruders_and_insiders(cause: str, there: bool) -> None:
    found = estimate(Concerned(((LIST, 5),), 0, (cause,)), assumptions(), prices_on=TODAY)
    assert ("investigation" in found.by_code()) is there


@pytest.mark.parametrize(("items", "there"), [(LIST, False), (("card_no", "holder_name"), True)])
def test_cards_are_watched_when_card_numbers_leaked(items: tuple[str, ...], there: bool) -> None:
    found = estimate(Concerned(((items, 5),)), assumptions(), prices_on=TODAY)
    assert ("monitoring" in found.by_code()) is there


def test_by_awards(tmp_path: Path) -> None:
    who = Concerned(((LIST, 10), (("health", "holder_name"), 3)))
    found = estimate(who, supposed(tmp_path, "damages: {basis: awards}"), prices_on=TODAY)
    prices = [(one.quantity.high, one.unit_price) for one in found.lines if one.code == "damages"]
    assert prices == [(3, Spread(22_000, 22_000, 35_000)), (10, Spread(3_300, 5_000, 15_000))]


def test_without_damages(tmp_path: Path) -> None:
    found = estimate(Concerned(((LIST, 10),)), supposed(tmp_path, "damages: {basis: none}"), prices_on=TODAY)
    assert "見込まない" in why_not(found, "damages")


def test_the_share_of_those_who_claim_is_rounded_up_to_persons(tmp_path: Path) -> None:
    own = supposed(tmp_path, "damages: {claim_share: {low: 0.001, expected: 0.01, high: 0.1}}")
    found = estimate(Concerned(((LIST, 101),)), own, prices_on=TODAY)
    assert line(found, "damages").quantity == Spread(1, 2, 11)
    assert not any("claim_share" in note for note in found.notes)


def test_a_bad_response_doubles_the_damages(tmp_path: Path) -> None:
    own = supposed(tmp_path, "damages: {response: bad, social_responsibility: normal}")
    assert line(estimate(Concerned(((LIST, 1),)), own, prices_on=TODAY), "damages").unit_price == Spread.same(6_000)


def test_lost_profit_is_share_by_months(tmp_path: Path) -> None:
    own = supposed(
        tmp_path,
        "lost_profit: {profit_per_month: 20_000_000, share: {low: 0, expected: 0.05, high: 0.2}, months: 3,"
        " interruption_hours: 48}",
    )
    found = estimate(Concerned(((LIST, 1),)), own, prices_on=TODAY)
    assert line(found, "lost_profit").sum == Spread(0, 3_000_000, 12_000_000)
    assert found.interruption_hours == 48


def test_what_is_left_out_is_listed_with_a_reason() -> None:
    found = estimate(Concerned(((LIST, 10),), 0, ("A1",)), assumptions(), prices_on=TODAY)
    named = {one.code for one in found.left_out} | set(found.by_code())
    assert named == {item.code for item in assumptions().items}
    assert all(one.why for one in found.left_out)


def test_every_line_has_a_source_and_every_price_of_ours_a_day() -> None:
    who = Concerned(((("card_no", "holder_name"), 5_000),), 3, ("F",))
    for one in estimate(who, assumptions(), prices_on=TODAY).lines:
        assert one.source, one.code
        assert one.as_of is not None, one.code


sets = st.lists(
    st.tuples(st.sampled_from([LIST, (), ("health", "holder_name"), ("card_no",)]), st.integers(0, 300_000)), max_size=4
)


@given(sets, st.integers(0, 1_000), st.sampled_from(["A1", "C1", "E", "F", "G1"]))
def test_low_is_never_above_expected_nor_expected_above_high(
    people: list[tuple[tuple[str, ...], int]], corporate: int, cause: str
) -> None:
    found = estimate(Concerned(tuple(people), corporate, (cause,)), assumptions(), prices_on=TODAY)
    for one in found.lines:
        assert one.sum.low <= one.sum.expected <= one.sum.high
    assert found.total == sum(found.by_block().values(), Spread.same(0))
    assert set(BLOCKS_JA) == set(Block)


def test_a_spread_out_of_order_is_refused() -> None:
    with pytest.raises(ValueError, match="not in order"):
        Spread(2, 1, 3)
