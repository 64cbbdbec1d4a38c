"""Beside a judgement: the facts in words, what a cause suggests, what is still to be found out, and what changed.

Plain values; nothing here decides a duty. Source: ``duties.yaml`` (``facts``, ``suggestions``, ``unknowns``).
"""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import date
from typing import Any

from sekisho.kernel.errors import InputError
from sekisho.law.calendar import written
from sekisho.law.causes import causes as known_causes
from sekisho.law.causes import legal_characters
from sekisho.law.duties.duty import Duty
from sekisho.law.duties.facts import Facts, Role
from sekisho.law.duties.rules import Rules, Suggestion, current_rules
from sekisho.law.duties.words import BY, STATES
from sekisho.law.items import items


@dataclass(frozen=True, slots=True)
class Change:
    """How a duty differs between two judgements; texts in Japanese, "" when it was not there."""

    code: str
    ja: str
    by: Role
    insurer_id: str
    before: str
    after: str


def stated(facts: Facts, rules: Rules | None = None) -> tuple[tuple[str, str], ...]:
    """(name, value) in Japanese of every fact that is stated, in the order of ``Facts``; unknown ones are absent."""
    names = (rules or current_rules()).facts
    defaults = {field.name: field.default for field in fields(Facts)}
    values = [(field.name, getattr(facts, field.name)) for field in fields(Facts)]
    return tuple((names[name], _text(name, value)) for name, value in values if value != defaults[name] and value != "")


def suggested(causes: Iterable[str], rules: Rules | None = None) -> tuple[Suggestion, ...]:
    """What the causes of a case suggest about facts, for a person to confirm; nothing where causes suggest different
    things or only some of them suggest it (a suspicion of an improper purpose in one cause stands: act Rules 7(iii)).
    Raises ``InputError`` for an unknown cause."""
    codes = list(causes)
    if unknown := [code for code in codes if code not in known_causes()]:
        raise InputError(f"unknown cause {unknown[0]!r}", where="causes", remedy=f"use {', '.join(known_causes())}")
    rows = [row for row in (rules or current_rules()).suggestions if set(codes) & set(row.causes)]
    found = []
    for row in rows:
        alike = [other for other in rows if other.field == row.field]
        covered = {code for other in alike if other.value == row.value for code in other.causes}
        if row.field == "improper_purpose" or set(codes) <= covered:
            found.append(row)
    return tuple(found)


def to_find_out(duties: Iterable[Duty], rules: Rules | None = None) -> dict[str, tuple[str, ...]]:
    """What is not known yet, in Japanese, and which duties it would decide; what decides most stands first."""
    names = (rules or current_rules()).unknowns
    found: dict[str, list[str]] = {}
    for duty in duties:
        for code in duty.missing:
            found.setdefault(names[code], []).append(duty.ja)
    ordered = sorted(found.items(), key=lambda entry: -len(entry[1]))
    return {name: tuple(dict.fromkeys(decided)) for name, decided in ordered}


def changes(before: Iterable[Duty], after: Iterable[Duty]) -> tuple[Change, ...]:
    """The duties whose state or last day differs between two judgements, in the order of the later one."""
    old = {(duty.by, duty.insurer_id, duty.code): duty for duty in before}
    new = {(duty.by, duty.insurer_id, duty.code): duty for duty in after}
    found = []
    for key in (*new, *(key for key in old if key not in new)):
        was, now = old.get(key), new.get(key)
        duty = now or was
        if duty is not None and _short(was) != _short(now):
            found.append(Change(duty.code, duty.ja, duty.by, duty.insurer_id, _short(was), _short(now)))
    return tuple(found)


def _short(duty: Duty | None) -> str:
    if duty is None:
        return ""
    return STATES[duty.state] + (f" {duty.last_due.isoformat()}" if duty.last_due else "")


def _text(name: str, value: Any) -> str:
    if isinstance(value, Role):
        return BY[value]
    if isinstance(value, bool):
        return "はい" if value else "いいえ"
    if isinstance(value, int):
        return f"{value:,} 人"
    if isinstance(value, date):
        return written(value)
    if isinstance(value, tuple):
        return "、".join(items()[code].ja for code in value)
    return legal_characters()[value] if name == "legal_character" else str(value)
