"""Records of a provision of personal data to, or a receipt from, a third party: what they hold, how long they are kept.

Source: ``parameters/record_keeping.yaml`` (act art. 29, 30; Enforcement Rules art. 19–25).
"""

import calendar
from dataclasses import dataclass
from datetime import date
from functools import cache

from sekisho.kernel.errors import InputError
from sekisho.law.load import parameters


def provision_years() -> int:
    """Years for which the record of a provision of personal data to a third party must be kept."""
    return int(parameters("record_keeping")["provision_years"])


@dataclass(frozen=True, slots=True)
class RecordItem:
    """One thing that a record must hold. ``by``: on which basis (``consent`` 法27条1項, ``opt_out`` 27条2項)."""

    code: str
    by: tuple[str, ...]
    ja: str
    reference: str


@dataclass(frozen=True, slots=True)
class Retention:
    """How long a record is kept. ``counted_from``: ``made`` or ``last_provision``; ``ja_from`` says it in Japanese."""

    code: str
    ja: str
    years: int
    counted_from: str
    ja_from: str
    reference: str


@dataclass(frozen=True, slots=True)
class NoRecord:
    """A provision of which no record is needed."""

    code: str
    ja: str
    reference: str


def given_items(basis: str = "consent") -> tuple[RecordItem, ...]:
    """What the record of a provision holds (act art. 29; Rules art. 20). Raises ``InputError`` for an unknown basis."""
    return _items("given", basis)


def received_items(basis: str = "consent") -> tuple[RecordItem, ...]:
    """What the record of a receipt holds (act art. 30; Rules art. 24). Raises ``InputError`` for an unknown basis."""
    return _items("received", basis)


@cache
def retentions() -> dict[str, Retention]:
    """By how the record was made: ``contract``, ``batch``, ``each``."""
    return {row["code"]: Retention(**row) for row in parameters("record_keeping")["retention"]}


@cache
def no_records() -> tuple[NoRecord, ...]:
    """Provisions that need no record (entrustment, joint use …)."""
    return tuple(NoRecord(**row) for row in parameters("record_keeping")["exempt"])


def kept_until(made: str, day: date) -> date:
    """The last day on which a record must still be there: the day of the same date, some years after ``day`` (the day
    of the last provision or of making, ``Retention.counted_from``). Never a day too early. Raises ``InputError`` for
    an unknown way of making."""
    retention = retentions().get(made)
    if retention is None:
        raise InputError(f"unknown way of making a record {made!r}", remedy=f"use one of {', '.join(retentions())}")
    year = day.year + retention.years
    return date(year, day.month, min(day.day, calendar.monthrange(year, day.month)[1]))


def _items(side: str, basis: str) -> tuple[RecordItem, ...]:
    rows = [RecordItem(**(row | {"by": tuple(row["by"])})) for row in parameters("record_keeping")[side]]
    known = {name for row in rows for name in row.by}
    if basis not in known:
        raise InputError(f"unknown basis of a provision {basis!r}", remedy=f"use one of {', '.join(sorted(known))}")
    return tuple(row for row in rows if basis in row.by)
