"""A case over several insurers: each counts its own persons; an agency that handled the data of all of them counts all.

Source: FACTS §2; guideline 3-5-3-1 (「当該個人情報取扱事業者が取り扱う個人データのうち」), 3-5-3-2, 3-5-3-5.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from typing import TypeVar

from sekisho.kernel.errors import InputError
from sekisho.law.duties.case import Case
from sekisho.law.duties.duty import Answer, Duty
from sekisho.law.duties.facts import Facts, Role
from sekisho.law.duties.judge import duties_of
from sekisho.law.duties.reportable import principal_bound
from sekisho.law.duties.rules import Rules, current_rules

T = TypeVar("T")
ALL = ""
"""The key of what the agency owes over all insurers together."""


def duties_by_insurer(cases: Iterable[Facts], at: date, rules: Rules | None = None) -> dict[str, tuple[Duty, ...]]:
    """The duties in each insurer's part, by ``insurer_id``; beside them, under ``ALL``, the agency's own duties over
    all parts together, when an agency answers for more than one: telling the insurers frees it there only when every
    one of them is bound itself.

    Raises ``InputError`` for a part without insurer, two parts of one insurer, or no part."""
    rules = rules or current_rules()
    parts = _checked(list(cases))
    found = {part.insurer_id: duties_of(part, at, rules) for part in parts}
    agency = [_with_principal(part, at, rules) for part in parts if part.role is not Role.INSURER]
    if len(agency) > 1:
        found[ALL] = duties_of(replace(together(agency), role=Role.AGENCY), at, rules)
    return found


def together(cases: Sequence[Facts]) -> Facts:
    """The parts as one case: persons at most their sum (one person may be a customer of two insurers, so that it is
    never exact), at least the largest part; known since the first; a fact that holds in one part holds; an exemption
    must hold in every part."""
    if len(cases) == 1:
        return cases[0]
    told = [part.told_principal_on for part in cases if part.told_principal_on is not None]
    ended = [part.ended_on for part in cases if part.ended_on is not None]
    began = [part.occurred_on for part in cases if part.occurred_on is not None]
    codes = [part.items for part in cases]
    return Facts(
        known_on=min(part.known_on for part in cases),
        role=cases[0].role,
        legal_character=_alike([part.legal_character for part in cases]),
        provided_by=_alike([part.provided_by for part in cases]),
        own_character=_alike([part.own_character for part in cases]),
        received=all(part.received for part in cases),
        occurred_on=min(began) if len(began) == len(cases) else None,  # unknown in one part: not known of the whole
        ended_on=max(ended) if len(ended) == len(cases) else None,
        people=max((part.people for part in cases if part.people is not None), default=None),
        people_at_most=_sum([part.people if part.people_exact else part.people_at_most for part in cases]),
        items=None if None in codes else tuple(dict.fromkeys(code for part in codes for code in part or ())),
        special_care=_some([part.special_care for part in cases]),
        property_risk=_some([part.property_risk for part in cases]),
        improper_purpose=_some([part.improper_purpose for part in cases]),
        planned_data_only=all(part.planned_data_only for part in cases),
        encrypted=_every([part.encrypted for part in cases]),
        recovered_unseen=_every([part.recovered_unseen for part in cases]),
        copy_kept=_every([part.copy_kept for part in cases]),
        consented=_every([part.consented for part in cases]),
        provision_exempt=_every([part.provision_exempt for part in cases]),
        entrusted=_every([part.entrusted for part in cases]),
        principal_bound=_every([part.principal_bound for part in cases]),
        told_principal_on=max(told) if len(told) == len(cases) else None,
        unreachable=_some([part.unreachable for part in cases]),
        harm_unlikely=_every([part.harm_unlikely for part in cases]),
        my_number_people=max((p.my_number_people for p in cases if p.my_number_people is not None), default=None),
        my_number_at_most=_sum([p.my_number_people if p.my_number_exact else p.my_number_at_most for p in cases]),
        my_number_public=_some([part.my_number_public for part in cases]),
        my_number_system=_some([part.my_number_system for part in cases]),
    )


def _checked(parts: list[Facts]) -> list[Facts]:
    if not parts:
        raise InputError("no part of a case", remedy="give the facts of at least one insurer")
    seen: set[str] = set()
    for number, part in enumerate(parts):
        where = f"cases[{number}].insurer_id"
        if not part.insurer_id:
            raise InputError("the insurer is not named", where=where, remedy="split the case by insurer")
        if part.insurer_id in seen:
            raise InputError(f"a second part of {part.insurer_id!r}", where=where, remedy="count its persons together")
        seen.add(part.insurer_id)
    return parts


def _with_principal(part: Facts, at: date, rules: Rules) -> Facts:
    """Whether the insurer is bound itself (act art. 26), by its own number of persons, when nobody said so."""
    bound = principal_bound(Case(part, Role.AGENCY, at, rules), "appi")
    return replace(part, principal_bound={Answer.YES: True, Answer.NO: False}.get(bound))


def _alike(values: list[T | None]) -> T | None:
    """The one value of all parts; not known when they differ."""
    return values[0] if len(set(values)) == 1 else None


def _some(values: list[bool | None]) -> bool | None:
    return True if True in values else (None if None in values else False)


def _every(values: list[bool | None]) -> bool | None:
    return False if False in values else (None if None in values else True)


def _sum(values: list[int | None]) -> int | None:
    known = [value for value in values if value is not None]
    return sum(known) if len(known) == len(values) else None
