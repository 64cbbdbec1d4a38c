"""Whole sets for the search endpoints: what a subject may hold, who may hold a resource. Asked of the rule in one
transaction (``ledger``); what a caller with limits may not hear is left out, and the answer says so.
"""

from dataclasses import dataclass, replace
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from sekisho.decisions.asked import Ask
from sekisho.decisions.refusal import Refusal
from sekisho.decisions.told import BEYOND, answer
from sekisho.decisions.vocabulary import POLICY, VIEWER, vocabulary
from sekisho.entitlement.questions import Question
from sekisho.entitlement.rule import Rule
from sekisho.kernel.errors import InputError

SUBJECT, RESOURCE, ACTION = "subject", "resource", "action"
Parties = frozenset[str] | None


@dataclass(frozen=True, slots=True)
class Found:
    """``rows`` in their order, not yet as JSON; ``missing``: what is unknown, so that there is no set at all."""

    rows: pa.Table
    missing: str | None = None


_NOTHING = pa.table({"viewer": pa.array([], type=pa.string())})


def find(rule: Rule, sought: str, ask: Ask, parties: Parties) -> Found:
    """The set. Raises ``Refusal`` for what this search does not offer, or not to this caller."""
    if ask.unknown is not None:
        return Found(_NOTHING, ask.unknown)
    return _resources(rule, ask, parties) if sought == RESOURCE else _subjects(rule, ask, parties)


def results(found: Found, sought: str, ask: Ask, offset: int, limit: int) -> list[dict[str, Any]]:
    """One page of it as AuthZEN entities."""
    rows = found.rows.slice(offset, limit).to_pylist()
    if sought == RESOURCE:
        return [
            _entity(POLICY, row["policy_no"], row, ("insurer_id", "party_id", "person_id", "ground")) for row in rows
        ]
    facts = ("party_id", "person_id", "seconded_from", "ground")
    if ask.kind == VIEWER:
        return [_entity(VIEWER, row["viewer"], row, ("kind", *facts)) for row in rows]
    return [_entity(row["kind"], row["viewer"], row, facts) for row in rows]


def _resources(rule: Rule, ask: Ask, parties: Parties) -> Found:
    question = ask.question
    (decided,) = rule.decide([replace(question, policy_no="")])  # who the subject is
    told = answer(ask, decided, parties)
    if isinstance(told, Refusal):
        raise told
    if told.missing == "subject_type":
        return Found(_NOTHING, told.missing)
    try:
        found = rule.visible(question.viewer, on=question.on, items=question.items, purpose=question.purpose)
    except InputError:  # nobody of the registry, no holder, no recipient of a consent
        return Found(_NOTHING, "viewer")
    if question.insurer_id is not None:
        found = found.filter(pc.equal(found.column("insurer_id"), question.insurer_id))
    if parties is not None and decided.party_id is None and found.num_rows:
        raise Refusal(403, BEYOND)
    return Found(found)


def _subjects(rule: Rule, ask: Ask, parties: Parties) -> Found:
    question = ask.question
    if ask.kind not in vocabulary().searched:
        offered = ", ".join(sorted(vocabulary().searched))
        raise Refusal(400, f"subject search answers with subjects of the types {offered}")
    (decided,) = rule.decide([replace(question, viewer="")])  # which policy it is
    if decided.missing != "viewer":
        return Found(_NOTHING, decided.missing)
    found = rule.holders(
        question.policy_no,
        insurer_id=question.insurer_id,
        on=question.on,
        items=question.items,
        purpose=question.purpose,
        through=ask.kind not in _WITHOUT,
    )
    if ask.kind != VIEWER:
        found = found.filter(pc.equal(found.column("kind"), ask.kind))
    return Found(found if parties is None else _own(rule, found, question, parties))


_WITHOUT = frozenset({"party", "person", "address"})
"""Kinds for which offices and accounts need not be looked for."""


def _own(rule: Rule, found: pa.Table, question: Question, parties: frozenset[str]) -> pa.Table:
    """Those of whom this caller would hear when it asked about them one by one."""
    asked = [replace(question, viewer=viewer) for viewer in found.column("viewer").to_pylist()]
    decided = rule.decide(asked)
    return found.filter(
        pa.array([one.party_id is not None and parties.issuperset(one.parties) for one in decided], type=pa.bool_())
    )


def _entity(kind: str, name: str, row: dict[str, Any], facts: tuple[str, ...]) -> dict[str, Any]:
    return {"type": kind, "id": name, "properties": {fact: row[fact] for fact in facts if row[fact] is not None}}
