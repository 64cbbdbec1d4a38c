"""Records of provision: what they hold, when none is needed, how long they are kept."""

from datetime import date

import pytest

from sekisho.kernel.errors import InputError
from sekisho.law.record_keeping import (
    given_items,
    kept_until,
    no_records,
    provision_years,
    received_items,
    retentions,
)


def test_what_a_record_holds_depends_on_the_basis() -> None:
    assert [item.code for item in given_items()] == ["consent", "recipient", "person", "items"]
    assert [item.code for item in given_items("opt_out")] == ["provided_on", "recipient", "person", "items"]
    assert [item.code for item in received_items()] == ["consent", "giver", "acquisition", "person", "items"]
    assert "published" in [item.code for item in received_items("opt_out")]


def test_no_record_for_entrustment_and_joint_use() -> None:
    assert {row.code for row in no_records()} >= {"entrustment", "joint_use"}


@pytest.mark.parametrize(
    ("made", "day", "until"),
    [
        ("each", date(2026, 11, 2), date(2029, 11, 2)),
        ("batch", date(2026, 11, 2), date(2029, 11, 2)),
        ("contract", date(2026, 11, 2), date(2027, 11, 2)),
        ("each", date(2024, 2, 29), date(2027, 2, 28)),
    ],
)
def test_how_long_it_is_kept(made: str, day: date, until: date) -> None:
    assert kept_until(made, day) == until


def test_the_longest_is_the_one_that_the_history_keeps_to() -> None:
    assert max(row.years for row in retentions().values()) == provision_years()


def test_unknown_words_are_refused() -> None:
    with pytest.raises(InputError, match="'sold'"):
        given_items("sold")
    with pytest.raises(InputError, match="'never'"):
        kept_until("never", date(2026, 11, 2))
