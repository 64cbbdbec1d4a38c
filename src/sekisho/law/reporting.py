"""What a report of a case must say, what of it is told to the person, and what may stand in for a notice.

Source: ``parameters/report_items.yaml`` (Enforcement Rules art. 8(1), 10; guideline 3-5-3-3, 3-5-4).
"""

from dataclasses import dataclass
from functools import cache
from typing import Any

from sekisho.law.load import parameters


@dataclass(frozen=True, slots=True)
class ReportItem:
    """One of the nine 報告事項. ``what``: what is written there; ``notice``: told to the person, too."""

    number: int
    code: str
    ja: str
    notice: bool
    what: str
    reference: str


@dataclass(frozen=True, slots=True)
class Substitute:
    """A measure in place of a notice (代替措置)."""

    code: str
    ja: str
    what: str
    reference: str


@dataclass(frozen=True, slots=True)
class Difficulty:
    """When a notice is difficult (本人への通知が困難な場合)."""

    code: str
    ja: str
    reference: str


@dataclass(frozen=True, slots=True)
class NoticeForm:
    """How far and by what means a person is told."""

    scope: str
    means: tuple[str, ...]
    reference: str


def _data() -> dict[str, Any]:
    return parameters("report_items")


@cache
def report_items() -> tuple[ReportItem, ...]:
    """The nine items of a report, in the order of the rules."""
    return tuple(ReportItem(**row) for row in _data()["items"])


def notice_items() -> tuple[ReportItem, ...]:
    """The items that are told to the person (1, 2, 4, 5, 9)."""
    return tuple(item for item in report_items() if item.notice)


@cache
def substitutes() -> tuple[Substitute, ...]:
    """What may be done where a person cannot be told."""
    return tuple(Substitute(**row) for row in _data()["substitutes"])


@cache
def difficulties() -> tuple[Difficulty, ...]:
    """When a notice counts as difficult."""
    return tuple(Difficulty(**row) for row in _data()["difficult"])


@cache
def notice_form() -> NoticeForm:
    """Scope and means of a notice to the person."""
    row = _data()["notice"]
    return NoticeForm(scope=row["scope"], means=tuple(row["means"]), reference=row["reference"])
