"""The JO model by the vectors of FACTS §4; awards; the figure that seed 003 tells and no court awarded."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.costs.damages import awards, jo, levels_of, response_factor, social_responsibility, told_otherwise
from sekisho.costs.data import data
from sekisho.law.items import items


@pytest.mark.parametrize(
    ("factors", "yen"),
    [
        ((1, 1, 6, 2, 1), 12_000),
        ((1, 1, 3, 2, 1), 6_000),
        ((2, 2, 6, 2, 1), 90_000),
        ((1, 3, 6, 2, 1), 156_000),
        ((3, 1, 6, 2, 1), 606_000),
        ((3, 3, 6, 2, 2), 1_500_000),
    ],
)
def test_the_model_gives_the_published_vectors(factors: tuple[int, int, int, int, int], yen: int) -> None:
    assert jo(*factors) == yen


@pytest.mark.parametrize(("x", "y"), [(0, 1), (4, 1), (1, 0), (1, 4)])
def test_there_are_three_levels(x: int, y: int) -> None:
    with pytest.raises(ValueError, match="levels are 1 to 3"):
        jo(x, y, 6, 2, 1)


@pytest.mark.parametrize(
    ("codes", "x", "y", "identifiability"),
    [
        (("holder_name", "address"), 1, 1, 6),
        (("address", "insured_name"), 1, 1, 6),
        (("holder_name",), 1, 1, 3),
        (("address", "mobile"), 1, 1, 3),
        (("address",), 1, 1, 1),
        (("phone", "policy_no"), 1, 1, 1),
        (("holder_name", "health"), 2, 1, 3),
        (("account_no", "address", "holder_name"), 1, 3, 6),
        (("card_no", "health"), 2, 3, 1),
    ],
)
def test_a_person_has_the_worst_level_of_his_items(
    codes: tuple[str, ...], x: int, y: int, identifiability: int
) -> None:
    found = levels_of(codes)
    assert (found.x, found.y, found.identifiability) == (x, y, identifiability)


def test_where_nothing_is_known_of_the_items_name_and_address_are_supposed() -> None:
    assert levels_of(()).identifiability == 6


def test_policy_number_expiry_and_premium_are_suppositions_and_name_and_address_are_not() -> None:
    assert levels_of(("address", "expiry_date", "holder_name", "policy_no", "premium")).assumed == (
        "expiry_date",
        "policy_no",
        "premium",
    )


def test_an_item_that_is_not_listed_is_a_supposition() -> None:
    found = levels_of(("shoe_size",))
    assert (found.x, found.y, found.assumed) == (1, 1, ("shoe_size",))


def test_every_item_of_the_law_data_has_its_levels() -> None:
    assert set(data("damages")["jo"]["levels"]) == set(items())


@given(st.sets(st.sampled_from(sorted(items())), min_size=1), st.sampled_from(sorted(items())))
def test_one_item_more_never_costs_less(codes: set[str], more: str) -> None:
    def yen(chosen: set[str]) -> int:
        found = levels_of(tuple(sorted(chosen)))
        return jo(found.x, found.y, found.identifiability, 2, 1)

    assert yen(codes | {more}) >= yen(codes)


def test_the_factors_are_those_of_the_model() -> None:
    assert (social_responsibility("high"), social_responsibility("normal")) == (2, 1)
    assert (response_factor("bad"), response_factor("good"), response_factor("unknown")) == (2, 1, 1)


def test_the_awards_of_facts_4() -> None:
    assert {award.code: award.yen for award in awards()} == {
        "uji": 15_000,
        "waseda": 5_000,
        "yahoo_bb": 5_500,
        "tbc": 35_000,
        "tbc_one": 22_000,
        "benesse": 3_300,
    }
    assert [award.decided_on for award in awards()] == sorted(award.decided_on for award in awards())


def test_seed_003s_total_is_told_beside_what_was_awarded() -> None:
    (told,) = told_otherwise()
    tbc = [award for award in awards() if award.code in ("tbc", "tbc_one")]
    assert told.awarded_yen == sum(award.yen * (award.claimants or 0) for award in tbc) == 477_000
    assert told.claimants == sum(award.claimants or 0 for award in tbc) == 14
    assert told.told_yen == 23_100_000_000
    assert "裁判所が認めた額ではありません" in told.note


@pytest.mark.parametrize("name", ["damages", "response"])
def test_the_data_says_where_it_is_from_and_since_when(name: str) -> None:
    assert data(name)["reference"].strip()
    assert isinstance(data(name)["effective_from"], date)
