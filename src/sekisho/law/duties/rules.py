"""The rules about duties as typed values, read from ``law/parameters``; whoever has another version hands it in.

Source: ``duties.yaml``, ``report_grounds.yaml``, ``amendments.yaml``.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from sekisho.kernel.periods import LAST_DAY, Period
from sekisho.law.calendar import Roll
from sekisho.law.duties.duty import State
from sekisho.law.load import parameters

_FILES = ("duties", "report_grounds", "amendments", "holidays")


@dataclass(frozen=True, slots=True)
class Law:
    """An act and since when its duty stands in the data; ``before`` and its words: the answer for earlier days."""

    code: str
    ja: str
    effective_from: date
    before: State
    before_words: str
    encryption_exempts: bool
    encryption_reference: str
    reference: str


@dataclass(frozen=True, slots=True)
class Ground:
    """A ground for a report, as it reads in ``period``."""

    code: str
    law: str
    ja: str
    words: str
    condition: str
    more_than: int
    final_days: int
    characters: tuple[str, ...]
    planned_data: bool
    counts_from_passing: bool
    reference: str
    period: Period


@dataclass(frozen=True, slots=True)
class Deadline:
    """How a deadline is counted; ``days`` is empty where the ground tells them, or where there are none."""

    code: str
    ja: str
    days: tuple[int, ...]
    binding: bool
    roll: Roll
    reference: str


@dataclass(frozen=True, slots=True)
class DutyRule:
    """A duty as the data lays it down. ``kind``: how it is judged."""

    code: str
    ja: str
    law: str
    kind: str
    to: str
    by: tuple[str, ...]
    force: str
    deadline: str
    reference: str
    period: Period


@dataclass(frozen=True, slots=True)
class Amendment:
    """An amendment that is promulgated; it holds from ``in_force_from`` on, and not at all while that is None."""

    code: str
    ja: str
    words: str
    effect: str
    passed_on: date
    promulgated_on: date
    in_force_at_latest: date
    in_force_from: date | None
    reference: str

    def holds(self, day: date) -> bool:
        return self.in_force_from is not None and self.in_force_from <= day


@dataclass(frozen=True, slots=True)
class Reason:
    words: str
    reference: str

    def __str__(self) -> str:
        return f"{self.words} ({self.reference})" if self.reference else self.words


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What some causes suggest about a fact (``field`` of ``Facts``, ``value`` as in JSON), and why."""

    causes: tuple[str, ...]
    field: str
    value: bool | str
    words: str
    reference: str


@dataclass(frozen=True)
class Rules:
    """All of it, with a fingerprint of the content."""

    laws: Mapping[str, Law]
    grounds: tuple[Ground, ...]
    deadlines: Mapping[str, Deadline]
    duties: tuple[DutyRule, ...]
    amendments: tuple[Amendment, ...]
    reasons: Mapping[str, Reason]
    remarks: Mapping[str, str]
    unknowns: Mapping[str, str]
    forces: Mapping[str, str]
    facts: Mapping[str, str]
    suggestions: tuple[Suggestion, ...]
    version: str

    def duties_on(self, day: date) -> tuple[DutyRule, ...]:
        """The duties that stand in the data for ``day`` (what applied when); none of an act that was not in force."""
        return tuple(
            rule for rule in self.duties if rule.period.covers(day) and self.laws[rule.law].effective_from <= day
        )

    def grounds_on(self, law: str, day: date) -> tuple[Ground, ...]:
        """The grounds of a law in their wording of ``day``."""
        return tuple(ground for ground in self.grounds if ground.law == law and ground.period.covers(day))

    def amended(self, effect: str, day: date) -> bool:
        """Whether an amendment with this effect is in force on ``day``."""
        return any(amendment.effect == effect and amendment.holds(day) for amendment in self.amendments)


@cache
def current_rules() -> Rules:
    """The rules of this installation."""
    return read_rules(*(parameters(name) for name in _FILES))


def read_rules(
    duties: Mapping[str, Any], grounds: Mapping[str, Any], amendments: Mapping[str, Any], holidays: Mapping[str, Any]
) -> Rules:
    """Rules from the content of the four files; another version of them can be judged by, too."""
    content = json.dumps([duties, grounds, amendments, holidays], sort_keys=True, default=str, ensure_ascii=False)
    return Rules(
        laws={row["code"]: Law(**(row | {"before": State(row["before"])})) for row in duties["laws"]},
        grounds=tuple(_ground(row) for row in grounds["grounds"]),
        deadlines={row["code"]: _deadline(row) for row in duties["deadlines"]},
        duties=tuple(_duty(row) for row in duties["duties"]),
        amendments=tuple(Amendment(**row) for row in amendments["amendments"]),
        reasons={code: Reason(**row) for code, row in duties["reasons"].items()},
        remarks=dict(duties["remarks"]),
        unknowns=dict(duties["unknowns"]),
        forces=dict(duties["forces"]),
        facts=dict(duties["facts"]),
        suggestions=tuple(Suggestion(**(row | {"causes": tuple(row["causes"])})) for row in duties["suggestions"]),
        version="sha256:" + hashlib.sha256(content.encode()).hexdigest()[:16],
    )


def _period(row: Mapping[str, Any]) -> Period:
    return Period(row["effective_from"], row.get("effective_until", LAST_DAY))


def _ground(row: Mapping[str, Any]) -> Ground:
    return Ground(
        code=row["code"],
        law=row["law"],
        ja=row["ja"],
        words=row["words"],
        condition=row["condition"],
        more_than=row["more_than"],
        final_days=row["final_days"],
        characters=tuple(row["characters"]),
        planned_data=row.get("planned_data", False),
        counts_from_passing=row.get("counts_from_passing", False),
        reference=row["reference"],
        period=_period(row),
    )


def _deadline(row: Mapping[str, Any]) -> Deadline:
    return Deadline(**(row | {"days": tuple(row["days"]), "roll": Roll(row["roll"])}))  # type: ignore[operator]


def _duty(row: Mapping[str, Any]) -> DutyRule:
    return DutyRule(
        code=row["code"],
        ja=row["ja"],
        law=row["law"],
        kind=row["kind"],
        to=row["to"],
        by=tuple(row["by"]),
        force=row["force"],
        deadline=row["deadline"],
        reference=row["reference"],
        period=_period(row),
    )
