"""One judgement, with everything that is needed to explain it (REQUIREMENTS D4)."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sekisho.entitlement.explain import explain
from sekisho.kernel.periods import FIRST_DAY, LAST_DAY
from sekisho.law.items import codes_of

ENTITLED, NOT_ENTITLED, UNRESOLVED = "entitled", "not_entitled", "unresolved"


@dataclass(frozen=True, slots=True)
class Condition:
    """One dated condition of a ground: which relation, in force when, and whether it was met on the day asked.

    ``name`` is handled, supervision, appointment, period, withdrawal, purpose, items or duty. ``first`` and ``last``
    are the relation's own days (both included); both None: there is no such relation at all, or it has no period.
    For a withdrawal ``last`` is the day of withdrawal, on which the consent no longer holds. ``facts`` are the items
    or the purpose that were given.
    """

    name: str
    met: bool
    first: date | None = None
    last: date | None = None
    facts: dict[str, str] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        return {
            "condition": self.name,
            "met": self.met,
            "first": None if self.first in (None, FIRST_DAY) else self.first.isoformat(),
            "last": None if self.last in (None, LAST_DAY) else self.last.isoformat(),
            **self.facts,
        }


@dataclass(frozen=True, slots=True)
class Ground:
    """One link between the party (or person) and the policy that entitles, or would if its conditions were met.

    ``facts``: insurer_id, line, served_by (agency through which the link runs), supervised_by, record_id (recipient of
    a consent, or joint use), given_purpose, as far as the ground has them.
    """

    name: str
    party_id: str | None
    person_id: str | None
    facts: dict[str, str]
    conditions: tuple[Condition, ...]
    missing: str | None

    @property
    def holds(self) -> bool:
        return self.missing is None

    def as_json(self) -> dict[str, Any]:
        return {
            "ground": self.name,
            "holds": self.holds,
            "missing": self.missing,
            "party_id": self.party_id,
            "person_id": self.person_id,
            **self.facts,
            "conditions": [condition.as_json() for condition in self.conditions],
        }


@dataclass(frozen=True, slots=True)
class Standing:
    """For which party the viewer stands on that day, and by which relation. ``party_id`` None: for nobody, because of
    ``nobody`` (employment: not employed that day; account: the account is closed that day)."""

    via: str
    party_id: str | None
    person_id: str | None
    seconded_from: str | None
    nobody: str | None
    acts_for_host: bool
    """Seconded, and standing for the host agency (False: a mailbox of another party, e.g. of the home insurer)."""
    period: tuple[date, date] | None
    """Period of the relation that decides: secondment, else employment, else account or address."""

    def as_json(self) -> dict[str, Any]:
        first, last = self.period or (FIRST_DAY, LAST_DAY)
        return {
            "via": self.via,
            "party_id": self.party_id,
            "person_id": self.person_id,
            "seconded_from": self.seconded_from,
            "nobody": self.nobody,
            "first": None if first == FIRST_DAY else first.isoformat(),
            "last": None if last == LAST_DAY else last.isoformat(),
        }


@dataclass(frozen=True, slots=True)
class Judgement:
    """The answer of the rule to one question. ``ground`` is set when entitled, ``missing`` otherwise
    (codes: view ``nearness`` in ``rule.sql``). ``items`` is the bit mask asked for, 0 = holding the policy at all."""

    verdict: str
    viewer: str
    party: str | None
    person: str | None
    seconded_from: str | None
    insurer_id: str
    policy_no: str
    on: date
    items: int
    purpose: str | None
    ground: str | None
    missing: str | None
    standings: tuple[Standing, ...]
    grounds: tuple[Ground, ...]
    names: dict[str, str]
    rule_version: str

    @property
    def entitled(self) -> bool:
        return self.verdict == ENTITLED

    def as_json(self) -> dict[str, Any]:
        """The whole judgement in JSON types; days as ISO text, an open end as null."""
        return {
            "verdict": self.verdict,
            "viewer": self.viewer,
            "party_id": self.party,
            "person_id": self.person,
            "seconded_from": self.seconded_from,
            "insurer_id": self.insurer_id,
            "policy_no": self.policy_no,
            "on": self.on.isoformat(),
            "items": list(codes_of(self.items)),
            "purpose": self.purpose,
            "ground": self.ground,
            "missing": self.missing,
            "standings": [standing.as_json() for standing in self.standings],
            "grounds": [ground.as_json() for ground in self.grounds],
            "rule_version": self.rule_version,
        }

    def lines(self, lang: str = "ja") -> list[str]:
        """The explanation in short lines, Japanese (``ja``) or English (``en``)."""
        return explain(self, lang)
