"""What is known of a case at a moment, as far as duties depend on it. None means: not known yet.

Persons are living individuals (本人), not records, policies or corporations.
Source: FACTS §1–§2; act art. 26, 27; Rules 7–10.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from sekisho.kernel.errors import InputError
from sekisho.law.causes import legal_characters
from sekisho.law.duties.plain import as_plain, from_plain
from sekisho.law.items import items

PROVISION = "third_party_provision"


class Role(StrEnum):
    """As what the answering party handled the data. ``BOTH``: insurer and agency are judged, and may report jointly."""

    INSURER = "insurer"
    AGENCY = "agency"
    BOTH = "both"


@dataclass(frozen=True, slots=True)
class Facts:
    """The facts of one case, or of one insurer's part of it (``insurer_id``).

    - ``known_on``: when any department knew (day 1); ``occurred_on``, ``ended_on``: first and last day of the case.
    - ``people``: persons found so far; ``people_at_most``: the largest possible number; ``people_exact``: ``people`` is
      the number; ``people_passed_on``: when it was known that the number exceeds the threshold, if later.
    - ``items``: item codes; ``special_care`` and ``property_risk`` overrule what the items say.
    - ``improper_purpose``: may have been done with one, employees included.
    - ``encrypted``: strongly, and the key is safe; ``recovered_unseen``: all of it, before a third party
      looked (deleted unread and confirmed; a wrong setting, but the access log shows no viewing);
      ``copy_kept``: lost or damaged, the same data is kept elsewhere.
    - ``planned_data_only``: no personal data yet, only meant to become so. ``received``: we are who got the data.
    - ``provided_by`` (insurer or agency: whose own will it was), ``consented``, ``provision_exempt`` (entrustment,
      joint use …): of a third-party provision. ``own_character``: what it is for the other of the two (leak, loss,
      damage).
    - ``entrusted``: the agency handled it for the insurer; ``told_principal_on``: when it told the insurer the known
      items; ``principal_bound``: the insurer itself must report (None: judged by the same facts, where they are its).
    - ``unreachable``: some persons have no or an old contact. ``harm_unlikely``: for the amendment of 2026.
    - ``my_number_*``: the same for My Number; no count given = that of the persons.

    Raises ``InputError`` for facts that contradict each other."""

    known_on: date
    role: Role
    insurer_id: str = ""
    legal_character: str | None = None
    received: bool = False
    provided_by: Role | None = None
    own_character: str | None = None
    occurred_on: date | None = None
    ended_on: date | None = None
    people: int | None = None
    people_at_most: int | None = None
    people_exact: bool = False
    people_passed_on: date | None = None
    items: tuple[str, ...] | None = None
    special_care: bool | None = None
    property_risk: bool | None = None
    improper_purpose: bool | None = None
    planned_data_only: bool = False
    encrypted: bool | None = None
    recovered_unseen: bool | None = None
    copy_kept: bool | None = None
    consented: bool | None = None
    provision_exempt: bool | None = None
    entrusted: bool | None = None
    principal_bound: bool | None = None
    told_principal_on: date | None = None
    unreachable: bool | None = None
    harm_unlikely: bool | None = None
    my_number_people: int | None = None
    my_number_at_most: int | None = None
    my_number_exact: bool = False
    my_number_passed_on: date | None = None
    my_number_public: bool | None = None
    my_number_system: bool | None = False

    def __post_init__(self) -> None:
        for name, code in (("legal_character", self.legal_character), ("own_character", self.own_character)):
            if code is not None and code not in legal_characters():
                raise InputError(
                    f"unknown legal character {code!r}",
                    where=name,
                    remedy=f"use one of {', '.join(legal_characters())}",
                )
        if self.own_character == PROVISION:
            raise InputError(
                "whoever did not mean it did not provide it",
                where="own_character",
                remedy="use leak, loss or damage, or correct provided_by",
            )
        if unknown := [code for code in self.items or () if code not in items()]:
            raise InputError(f"unknown item {unknown[0]!r}", where="items", remedy=f"use one of {', '.join(items())}")
        if self.provided_by is Role.BOTH:
            raise InputError("a provision has one giver", where="provided_by", remedy="use insurer or agency, or none")
        _check_count("people", self.people, self.people_at_most, self.people_exact)
        _check_count("my_number", self.my_number_people, self.my_number_at_most, self.my_number_exact)
        self._check_days()

    def _check_days(self) -> None:
        if self.occurred_on and self.ended_on and self.ended_on < self.occurred_on:
            raise InputError("ended before it began", where="ended_on", remedy="check occurred_on and ended_on")
        for name, day in (("occurred_on", self.occurred_on),):
            if day and day > self.known_on:
                raise InputError("is after known_on", where=name, remedy="nobody knows of it before it happened")
        for name, day in (
            ("people_passed_on", self.people_passed_on),
            ("my_number_passed_on", self.my_number_passed_on),
        ):
            if day and day < self.known_on:
                raise InputError(
                    "is before known_on", where=name, remedy="write the day on which it was known, or none"
                )

    def as_json(self) -> dict[str, Any]:
        """Plain data for a JSON document."""
        plain: dict[str, Any] = as_plain(self)
        return plain

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Facts":
        """From ``as_json``. Raises ``InputError`` for what is no such data."""
        return from_plain(cls, data)


def _check_count(name: str, at_least: int | None, at_most: int | None, exact: bool) -> None:
    if (at_least or 0) < 0 or (at_most or 0) < 0:
        raise InputError("a number of persons is negative", where=name, remedy="count living individuals, from 0")
    if exact and at_least is None:
        raise InputError(
            "an exact number that is not given", where=name, remedy="give the number, or say it is not exact"
        )
    if at_least is not None and at_most is not None and (at_most < at_least or (exact and at_most != at_least)):
        raise InputError(
            "the largest possible number contradicts the number found",
            where=name,
            remedy="the largest possible number is at least the number found, and equal to an exact one",
        )
