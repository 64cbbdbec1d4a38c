"""Days in Japan on which offices are open, and the counting of days by the guideline.

The day of knowing is day 1; weekends and holidays count; only when the last day itself is closed does a deadline that
the law lays down move to the next open day (行政機関の休日に関する法律 2条; guideline 3-5-3-4 ※2). Holidays come from
jpholiday; for years that were not compared with a list apart from it a ``Counted`` carries a remark.
Source: ``parameters/holidays.yaml``, FACTS §2.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import cache

import jpholiday

from sekisho.kernel.errors import InputError
from sekisho.law.load import parameters

_WEEKDAYS = "月火水木金土日"
_LONGEST = 400
"""Days; no deadline is longer, no row of closed days is as long."""


class Roll(StrEnum):
    """What happens when the last day is closed."""

    FORWARD = "forward"
    """To the next open day: periods laid down by the law."""
    BACK = "back"
    """To the last open day before, for a figure that no law lets move; never before day 1."""


@dataclass(frozen=True, slots=True)
class Counted:
    """The last day of a period. ``counted_on`` is the n-th day as counted, ``on`` the day to act by, ``how`` says in
    Japanese how it was computed; ``remark`` is "" or says that the holidays of a year are not known yet."""

    days: int
    counted_on: date
    on: date
    how: str
    remark: str


def closed_because(day: date) -> str:
    """Why offices are closed on ``day``, in Japanese; "" when they are open."""
    if words := _weekdays().get(day.weekday(), ""):
        return words
    start, end, words = _year_end()
    if (day.month, day.day) >= start or (day.month, day.day) <= end:
        return words
    name = jpholiday.is_holiday_name(day)
    return f"祝日 ({name})" if name else ""


def is_open(day: date) -> bool:
    """Whether government offices are open on ``day``."""
    return not closed_because(day)


def next_open(day: date) -> date:
    """The first open day from ``day`` on."""
    return _walk(day, 1)


def last_open(day: date) -> date:
    """The last open day up to ``day``."""
    return _walk(day, -1)


def holidays_known(year: int) -> bool:
    """Whether the public holidays of ``year`` were compared with a list apart from it."""
    data = parameters("holidays")
    return int(data["checked_from"]) <= year <= int(data["checked_until"])


def last_day(known_on: date, days: int, roll: Roll = Roll.FORWARD) -> Counted:
    """The last day of a period of ``days`` days whose day 1 is ``known_on``.

    Raises ``InputError`` when ``days`` is not 1 to 400 or the calendar ends."""
    if not 1 <= days <= _LONGEST:
        raise InputError(f"a period of {days} days cannot be counted", remedy=f"use 1 to {_LONGEST} days")
    counted = _plus(known_on, days - 1)
    acting = _rolled(known_on, counted, roll)
    how = f"知った日 {written(known_on)} を1日目として{days}日目は {written(counted)}"
    if acting != counted:
        which = "次の開庁日" if acting > counted else "その前の開庁日 (目安には繰延べの定めがないため)"
        how += f"。{closed_because(counted)}のため{which} {written(acting)}"
    return Counted(days=days, counted_on=counted, on=acting, how=how, remark=_remark({counted.year, acting.year}))


def written(day: date) -> str:
    """``2026-12-01 (火)``."""
    return f"{day.isoformat()} ({_WEEKDAYS[day.weekday()]})"


def _rolled(known_on: date, counted: date, roll: Roll) -> date:
    if roll is Roll.BACK and (before := last_open(counted)) >= known_on:
        return before
    return next_open(counted)


def _remark(years: set[int]) -> str:
    unknown = sorted(year for year in years if not holidays_known(year))
    if not unknown:
        return ""
    names = "・".join(f"{year}年" for year in unknown)
    return f"{names}の祝日は未公表又は照合していない。期限がずれることがあるので、その年の祝日を確かめること"


def _walk(day: date, step: int) -> date:
    for _ in range(_LONGEST):
        if is_open(day):
            return day
        day = _plus(day, step)
    raise AssertionError("no open day in more than a year")  # pragma: no cover


def _plus(day: date, days: int) -> date:
    try:
        return day + timedelta(days=days)
    except OverflowError:
        raise InputError("the day is at the end of the calendar", remedy="write a day of this era") from None


@cache
def _weekdays() -> dict[int, str]:
    return {int(number): str(name) for number, name in parameters("holidays")["closed"]["weekdays"].items()}


@cache
def _year_end() -> tuple[tuple[int, int], tuple[int, int], str]:
    row = parameters("holidays")["closed"]["year_end"]
    return (row["from"][0], row["from"][1]), (row["until"][0], row["until"][1]), str(row["ja"])
