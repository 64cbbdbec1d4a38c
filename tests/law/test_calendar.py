"""Counting of days by the guideline, and holidays against a list apart from the package."""

from datetime import date, timedelta
from pathlib import Path

import jpholiday
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from sekisho.kernel.errors import InputError
from sekisho.law.calendar import (
    Roll,
    closed_because,
    holidays_known,
    is_open,
    last_day,
    last_open,
    next_open,
    written,
)
from sekisho.law.load import parameters

LISTED: dict[int, str] = yaml.safe_load((Path(__file__).parent / "holidays.yaml").read_text(encoding="utf-8"))
DAYS = st.dates(date(2019, 1, 1), date(2060, 12, 31))
CHECKED = range(parameters("holidays")["checked_from"], parameters("holidays")["checked_until"] + 1)


@pytest.mark.parametrize("year", CHECKED)
def test_holidays_of_a_checked_year_are_those_of_the_list(year: int) -> None:
    listed = {date.fromisoformat(f"{year}-{day}") for day in LISTED[year].split()}
    every = [date(year, 1, 1) + timedelta(days=n) for n in range(366)]
    assert {day for day in every if day.year == year and jpholiday.is_holiday(day)} == listed


@pytest.mark.parametrize(
    ("day", "words"),
    [
        ("2026-09-22", "祝日 (国民の休日)"),
        ("2026-05-06", "祝日 (憲法記念日 振替休日)"),
        ("2019-05-01", "祝日 (天皇の即位の日)"),
        ("2020-07-24", "祝日 (スポーツの日)"),
        ("2021-07-22", "祝日 (海の日)"),
        ("2021-07-19", ""),
        ("2021-10-11", ""),
        ("2021-08-09", "祝日 (山の日 振替休日)"),
        ("2026-11-28", "土曜日"),
        ("2026-11-29", "日曜日"),
        ("2026-12-28", ""),
        ("2026-12-29", "年末年始 (12月29日～1月3日)"),
        ("2025-01-03", "年末年始 (12月29日～1月3日)"),
        ("2027-01-04", ""),
    ],
)
def test_why_offices_are_closed(day: str, words: str) -> None:
    assert closed_because(date.fromisoformat(day)) == words


@pytest.mark.parametrize(
    ("known", "days", "counted", "due"),
    [
        ("2026-11-02", 30, "2026-12-01", "2026-12-01"),
        ("2026-11-02", 60, "2026-12-31", "2027-01-04"),
        ("2026-11-01", 30, "2026-11-30", "2026-11-30"),
        ("2026-08-21", 30, "2026-09-19", "2026-09-24"),  # Saturday, Sunday, and three holidays in a row
        ("2026-04-04", 30, "2026-05-03", "2026-05-07"),
        ("2026-11-28", 1, "2026-11-28", "2026-11-30"),
        ("2024-01-31", 30, "2024-02-29", "2024-02-29"),
    ],
)
def test_the_last_day_rolls_only_when_it_is_closed(known: str, days: int, counted: str, due: str) -> None:
    found = last_day(date.fromisoformat(known), days)
    assert (found.counted_on.isoformat(), found.on.isoformat()) == (counted, due)
    assert found.remark == ""


def test_how_it_was_counted_is_said() -> None:
    assert last_day(date(2026, 11, 2), 60).how == (
        "知った日 2026-11-02 (月) を1日目として60日目は 2026-12-31 (木)。"
        "年末年始 (12月29日～1月3日)のため次の開庁日 2027-01-04 (月)"
    )


@pytest.mark.parametrize(
    ("known", "due"),
    [
        ("2026-11-02", "2026-11-06"),
        ("2026-11-03", "2026-11-06"),  # day 5 is a Saturday: the figure may not be stretched
        ("2026-12-29", "2027-01-04"),  # no open day within the five
        ("2026-12-27", "2026-12-28"),
    ],
)
def test_a_figure_of_a_guideline_goes_back_to_the_open_day_before(known: str, due: str) -> None:
    assert last_day(date.fromisoformat(known), 5, Roll.BACK).on == date.fromisoformat(due)


def test_a_year_without_announced_holidays_is_remarked() -> None:
    assert "2028年" in last_day(date(2027, 11, 10), 60).remark
    assert last_day(date(2027, 11, 1), 60).on == date(2028, 1, 4), "day 60 is 2027-12-30"
    assert "2028年" in last_day(date(2027, 11, 1), 60).remark
    assert last_day(date(2027, 11, 1), 30).remark == ""
    assert "2018年" in last_day(date(2018, 1, 9), 30).remark
    over = last_day(date(2018, 12, 2), 30)
    assert (over.on, "2018年" in over.remark) == (date(2019, 1, 4), True), "the day counted lies in an unchecked year"
    assert [year for year in range(2015, 2032) if holidays_known(year)] == list(CHECKED)


@pytest.mark.parametrize("days", [0, -1, 401])
def test_a_period_that_cannot_be_is_refused(days: int) -> None:
    with pytest.raises(InputError, match="cannot be counted"):
        last_day(date(2026, 11, 2), days)


def test_the_end_of_the_calendar_is_refused() -> None:
    with pytest.raises(InputError, match="end of the calendar"):
        last_day(date(9999, 12, 20), 30)


@given(DAYS, st.integers(1, 60), st.sampled_from(Roll))
def test_a_deadline_is_an_open_day_and_the_nearest_in_its_direction(known: date, days: int, roll: Roll) -> None:
    found = last_day(known, days, roll)
    assert is_open(found.on)
    assert found.counted_on == known + timedelta(days=days - 1)
    assert found.on >= known or roll is Roll.FORWARD
    between = [
        min(found.on, found.counted_on) + timedelta(days=n) for n in range(abs((found.on - found.counted_on).days))
    ]
    assert all(not is_open(day) for day in between if day != found.on)


@given(DAYS, st.integers(0, 40), st.integers(1, 60), st.sampled_from(Roll))
def test_later_knowing_never_gives_an_earlier_deadline(known: date, later: int, days: int, roll: Roll) -> None:
    assert last_day(known + timedelta(days=later), days, roll).on >= last_day(known, days, roll).on


@given(DAYS)
def test_open_days_around_a_day(day: date) -> None:
    assert last_open(day) <= day <= next_open(day)
    assert is_open(last_open(day)) and is_open(next_open(day))
    assert (last_open(day) == day) == is_open(day) == (next_open(day) == day)


def test_a_day_is_written_with_its_weekday() -> None:
    assert written(date(2026, 12, 1)) == "2026-12-01 (火)"
