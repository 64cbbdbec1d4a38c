"""Every parameter file says where its rules come from and from when they hold."""

from datetime import date
from importlib import resources

import pytest

from sekisho.kernel.errors import InputError
from sekisho.law.causes import causes, counted_once, legal_characters
from sekisho.law.items import codes_of, items, mask_of
from sekisho.law.load import parameters
from sekisho.law.record_keeping import provision_years

NAMES = sorted(
    file.name.removesuffix(".yaml")
    for file in resources.files("sekisho.law").joinpath("parameters").iterdir()
    if file.name.endswith(".yaml")
)


@pytest.mark.parametrize("name", NAMES)
def test_every_file_carries_its_reference_and_its_first_day(name: str) -> None:
    content = parameters(name)
    assert content["reference"].strip()
    assert isinstance(content["effective_from"], date)


def test_every_cause_has_a_legal_character_and_an_agency_it_is_counted_under() -> None:
    for cause in causes().values():
        assert cause.legal_character in legal_characters(), cause.code
        assert cause.counted_under in {"sender", "handling", "host", "supervising"}, cause.code


def test_the_causes_of_facts_3_are_all_there() -> None:
    codes = "A1 A2 A3 B1 B2 B3 C1 C2 C3 D E F G1 G2 G3 G4 G5 G6"
    assert " ".join(causes()) == codes


def test_note_2_keeps_the_agency_case() -> None:
    assert counted_once() == (("A1", "A2"),)


def test_item_bits_are_distinct_and_stable() -> None:
    bits = [item.bit for item in items().values()]
    assert len(set(bits)) == len(bits)
    assert items()["policy_no"].bit == 1, "the order of items.yaml is part of every stored mask"
    assert items()["holder_name"].bit == 2


def test_masks_go_there_and_back() -> None:
    assert codes_of(mask_of(["expiry_date", "証券番号"])) == ("policy_no", "expiry_date")


def test_an_unknown_item_is_refused_by_name() -> None:
    with pytest.raises(InputError, match="'血液型'"):
        mask_of(["血液型"])


def test_special_care_items_are_marked() -> None:
    assert [item.code for item in items().values() if item.special_care] == ["health"]


def test_records_of_provision_are_kept_for_three_years() -> None:
    assert provision_years() == 3
