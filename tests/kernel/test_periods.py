"""Both ends belong to a period."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.kernel.periods import FIRST_DAY, LAST_DAY, Period


def test_both_ends_belong() -> None:
    period = Period(date(2024, 4, 1), date(2025, 3, 31))
    assert [period.covers(d) for d in (date(2024, 3, 31), date(2024, 4, 1), date(2025, 3, 31), date(2025, 4, 1))] == [
        False, True, True, False,
    ]  # fmt: skip


@given(st.dates())
def test_an_open_period_covers_every_day(day: date) -> None:
    assert Period().covers(day)


@given(st.dates(max_value=LAST_DAY - timedelta(days=1)))
def test_one_day_covers_itself_only(day: date) -> None:
    assert Period(day, day).covers(day)
    assert not Period(day, day).covers(day + timedelta(days=1))


@pytest.mark.parametrize(
    ("period", "text"),
    [
        (Period(date(2024, 4, 1), date(2025, 3, 31)), "2024-04-01–2025-03-31"),
        (Period(date(2024, 4, 1)), "2024-04-01–"),
        (Period(end=date(2025, 3, 31)), "–2025-03-31"),
        (Period(FIRST_DAY, LAST_DAY), "always"),
    ],
)
def test_text_leaves_open_ends_open(period: Period, text: str) -> None:
    assert str(period) == text
