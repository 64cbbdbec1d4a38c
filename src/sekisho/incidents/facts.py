"""What an incident knows of the facts on which duties depend: some counted, the rest as people told them.

Source: act art. 26; Enforcement Rules art. 7; FACTS §2. A case over several insurers is split: each insurer's part
counts its own persons (an agency answers for every part; an insurer for its own).
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

import pyarrow.compute as pc

from sekisho.incidents.by_hand import table_by_hand
from sekisho.incidents.model import Dossier
from sekisho.incidents.table import DisclosureTable, disclosure_table
from sekisho.kernel.dates import DateError, parse_date
from sekisho.kernel.errors import InputError
from sekisho.law.duties import Duty, Facts, Role, State
from sekisho.registry.registry import Registry

YES_NO = (
    "special_care", "property_risk", "improper_purpose", "encrypted", "recovered_unseen", "copy_kept", "consented",
    "provision_exempt", "entrusted", "principal_bound", "unreachable", "harm_unlikely", "my_number_public",
    "my_number_system",
)  # fmt: skip
DAYS = ("people_passed_on", "told_principal_on", "my_number_passed_on")
NUMBERS = ("people_at_most", "my_number_people", "my_number_at_most")
GIVER = "provided_by"
"""Whose own will a provision to a third party was: insurer or agency."""
OWN = "own_character"
"""What a provision by the other one of insurer and agency is for this one."""
TELLABLE = (*YES_NO, *DAYS, *NUMBERS, GIVER, OWN)
_OWN = {"leak": "leak", "loss": "loss", "damage": "damage", "unknown": None, "不明": None}
_WORDS = {"yes": True, "no": False, "はい": True, "いいえ": False, "unknown": None, "不明": None}


def told_fact(text: str) -> tuple[str, Any]:
    """``name=value`` as people tell it: yes/no/unknown, a day, a number. Raises ``InputError`` for anything else."""
    name, equals, value = (part.strip() for part in text.partition("="))
    try:
        if equals and name in YES_NO:
            return name, _WORDS[value]
        if equals and name in DAYS:
            return name, parse_date(value).isoformat()
        if equals and name in NUMBERS:
            return name, int(value.replace(",", ""))
        if equals and name == GIVER:
            return name, None if value in ("unknown", "不明") else Role(value).value
        if equals and name == OWN:
            return name, _OWN[value]
    except (KeyError, ValueError, DateError):
        raise InputError(f"{name} is told as {_kind(name)}", where="--fact", remedy=f"e.g. {name}=…") from None
    raise InputError(f"unknown fact {name!r}", where="--fact", remedy=f"NAME=VALUE with {', '.join(TELLABLE)}")


def _kind(name: str) -> str:
    if name in YES_NO:
        return "yes, no or unknown"
    if name == GIVER:
        return "insurer, agency or unknown"
    if name == OWN:
        return "leak, loss, damage or unknown"
    return "a day" if name in DAYS else "a number"


def parts(dossier: Dossier, registry: Registry | None, at: date) -> dict[str, list[Facts]]:
    """Legal character → the facts of each part of the case: one for an insurer that answers; for an agency, one for
    each insurer. An incident may hold leaks beside provisions to third parties: each is judged by its own law."""
    # Findings whose cause does not tell it have the character of the incident: none is left out.
    told = pc.if_else(
        pc.equal(dossier.findings["legal_character"], ""),
        dossier.incident.legal_character,
        dossier.findings["legal_character"],
    )
    characters = sorted(set(told.to_pylist()))
    if dossier.incident.by_hand or len(characters) < 2:
        return {dossier.incident.legal_character: _parts(dossier, registry, at, dossier.incident.legal_character)}
    split = {}
    for character in characters:
        of_it = dossier.findings.filter(pc.equal(told, character))
        table = disclosure_table(of_it, as_of=at, registry=registry)
        split[character] = _parts(replace(dossier, findings=of_it, table=table), registry, at, character)
    return split


def strongest(duties: Iterable[Duty]) -> list[Duty]:
    """Each duty once, in the order in which it came: of several judgements the one that asks for more."""
    order = (State.DUE, State.UNDECIDED, State.NOT_DUE)
    best: dict[tuple[str, str, str], Duty] = {}
    for duty in duties:
        key = (duty.code, duty.by, duty.insurer_id)
        other = best.get(key)
        if other is None or (order.index(duty.state), duty.last_due or date.max) < (
            order.index(other.state),
            other.last_due or date.max,
        ):
            best[key] = duty
    return list(best.values())


def _parts(dossier: Dossier, registry: Registry | None, at: date, character: str) -> list[Facts]:
    own = dossier.incident.own_party
    if registry is None or own in registry.tables["insurers"]["insurer_id"].to_pylist():
        return [_facts(dossier, dossier.table, character, Role.INSURER, own)]
    insurers = sorted({*dossier.findings["insurer_id"].to_pylist(), *_by_hand(dossier)} - {""})
    return [
        _facts(dossier, _part(dossier, insurer, registry, at), character, Role.AGENCY, insurer) for insurer in insurers
    ] or [_facts(dossier, dossier.table, character, Role.AGENCY, "")]


def _by_hand(dossier: Dossier) -> list[str]:
    return [one.insurer_id for one in dossier.incident.by_hand]


def _part(dossier: Dossier, insurer: str, registry: Registry, at: date) -> DisclosureTable:
    """The count of one insurer's customers."""
    if dossier.incident.by_hand:
        return table_by_hand([one for one in dossier.incident.by_hand if one.insurer_id == insurer], at)
    theirs = dossier.findings.filter(pc.equal(dossier.findings["insurer_id"], insurer))
    return disclosure_table(theirs, as_of=at, registry=registry)


def _facts(dossier: Dossier, table: DisclosureTable, character: str, role: Role, insurer: str) -> Facts:
    one = dossier.incident
    unsettled = sum(records for _, records, _ in table.unresolved)
    is_counted = not table.people_are_upper_bound and not unsettled
    is_exact = is_counted and one.facts.get("people_at_most") is None  # who tells a larger number, knows of more
    no_my_number = bool(table.items) and "my_number" not in dict(table.items)
    causes = set(one.causes) if one.by_hand else {row.cause for row in table.rows}
    facts = Facts(
        known_on=one.known_on,
        role=role,
        insurer_id=insurer,
        legal_character=character,
        received=causes == {"A3"},
        occurred_on=one.first_day,
        ended_on=one.last_day,
        people=table.people_distinct if is_counted else 0,
        people_at_most=table.people_distinct + unsettled,
        people_exact=is_exact,
        items=tuple(code for code, _ in table.items) or None,
        my_number_people=0 if no_my_number else None,
        my_number_exact=no_my_number,
    )
    return replace(facts, **_told(one.facts))


def _told(facts: Mapping[str, Any]) -> dict[str, Any]:
    told: dict[str, Any] = dict(facts)
    for name, value in facts.items():
        if value and name in DAYS:
            told[name] = date.fromisoformat(value)
        elif value and name == GIVER:
            told[name] = Role(value)
    return told
