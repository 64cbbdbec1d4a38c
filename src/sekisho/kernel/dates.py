"""Dates as people write them in Japan, one whole value at a time (a cell, an option).

Carries the eras of FACTS §5 (``eras.yaml``). Finding dates inside running text is the business of ``matching``.
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib import resources
from typing import Any

import yaml

FORMS = "YYYY-MM-DD or 令和N年N月N日"
"""The forms to recommend in a remedy."""

_TIME = r"(?:[T ](?:[01]?\d|2[0-4]):[0-5]\d(?::[0-5]\d(?:\.\d+)?)?)?"
_SEPARATED = re.compile(rf"(\d{{4}})([-/.])(\d{{1,2}})\2(\d{{1,2}}){_TIME}", re.ASCII)
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})", re.ASCII)
_KANJI = re.compile(r"(\d{4})年(\d{1,2})月(\d{1,2})日", re.ASCII)
_ERA = re.compile(
    r"(?P<era>[^\W\d_]{1,2})\.?(?P<year>元|[0-9]{1,2})(?:年(?P<m1>[0-9]{1,2})月(?P<d1>[0-9]{1,2})日"
    r"|(?P<separator>[-/.])(?P<m2>[0-9]{1,2})(?P=separator)(?P<d2>[0-9]{1,2}))",
)
_DASHES = str.maketrans(dict.fromkeys("‐‑‒–—―−ー", "-"))
_MAX_LENGTH = 40


class DateError(ValueError):
    """The text is no date; the message says why, without repeating the text."""


@dataclass(frozen=True, slots=True)
class Era:
    """One era. ``end`` is None for the present one; ``written_until`` is the last day that is still read under its
    name (contracts made before a change of era)."""

    name: str
    short: str
    letter: str
    first_year: int
    start: date
    end: date | None
    written_until: date | None


@cache
def eras() -> tuple[Era, ...]:
    """The eras, latest first. Source: ``eras.yaml``."""
    text = resources.files("sekisho.kernel").joinpath("eras.yaml").read_text(encoding="utf-8")
    rows: list[dict[str, Any]] = yaml.safe_load(text)["eras"]
    return tuple(
        Era(
            name=row["name"],
            short=row["short"],
            letter=row["letter"],
            first_year=row["first_year"],
            start=row["start"],
            end=row.get("end"),
            written_until=row.get("written_until", row.get("end")),
        )
        for row in rows
    )


def parse_date(text: str) -> date:
    """The day that ``text`` names.

    Accepts 2024-08-30, 2024/8/30, 2024.8.30, 20240830, 令和6年8月30日, 令6.8.30, R6.8.30, R06/08/30, 元年,
    in any width, with spaces; a time of day after 2024-08-30 is dropped (policies expire at 16:00 on their day).
    Raises ``DateError`` for anything else, for days that do not exist and for days outside an era (``eras.yaml``).
    """
    if len(text) > _MAX_LENGTH:
        raise DateError("is no date")
    folded = unicodedata.normalize("NFKC", text).strip().translate(_DASHES)
    if found := _COMPACT.fullmatch(folded):
        return _day(int(found[1]), found[2], found[3])
    spaceless = "".join(folded.split())
    for candidate in (folded, spaceless):
        if found := _SEPARATED.fullmatch(candidate):
            return _day(int(found[1]), found[3], found[4])
    if found := _KANJI.fullmatch(spaceless):
        return _day(int(found[1]), found[2], found[3])
    if found := _ERA.fullmatch(spaceless):
        return _era_day(found)
    raise DateError("is no date")


def in_words(day: date) -> str:
    """A day as it stands in a Japanese text: 2026年11月2日."""
    return f"{day.year}年{day.month}月{day.day}日"


def _era_day(found: re.Match[str]) -> date:
    written = found["era"]
    era = next((e for e in eras() if written in {e.name, e.short} or written.upper() == e.letter), None)
    if era is None:
        raise DateError("names no era since 明治")
    year = 1 if found["year"] == "元" else int(found["year"])
    if year == 0:
        raise DateError("has the year 0; an era begins with 元年 (1)")
    day = _day(era.first_year + year - 1, found["m1"] or found["m2"], found["d1"] or found["d2"])
    if day < era.start:
        raise DateError(f"is before {era.name} began ({era.start.isoformat()})")
    if era.written_until is not None and day > era.written_until:
        raise DateError(f"is after {era.name} ended ({era.end})")
    return day


def _day(year: int, month: str, day: str) -> date:
    try:
        return date(year, int(month), int(day))
    except ValueError:
        raise DateError("is no day of the calendar") from None
