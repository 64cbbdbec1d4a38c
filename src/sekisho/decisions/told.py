"""What an answer says: the decision of the rule in the words of AuthZEN, and what goes on record. Plain functions.

AuthZEN knows yes and no. "Cannot be decided" (nobody knows the viewer, the policy …) is a no that says so: ``verdict``
is ``unresolved`` and ``reason`` names what is unknown.
"""

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from json.encoder import encode_basestring
from typing import Any, NamedTuple

from sekisho.decisions.asked import Ask
from sekisho.decisions.refusal import Refusal
from sekisho.decisions.vocabulary import reason, vocabulary
from sekisho.entitlement.judgement import ENTITLED, UNRESOLVED
from sekisho.entitlement.questions import Decision
from sekisho.law.items import codes_of

REFUSED = "refused"
BEYOND = "this client may ask about the viewers of its own parties only, and this viewer is not known as one of them"


@dataclass(frozen=True, slots=True)
class Answer:
    """What is told of one question. ``insurer_id``: the policy's, as far as it is known."""

    verdict: str
    ground: str | None = None
    missing: str | None = None
    party_id: str | None = None
    person_id: str | None = None
    seconded_from: str | None = None
    insurer_id: str | None = None

    @property
    def decision(self) -> bool:
        return self.verdict == ENTITLED


def answer(ask: Ask, decided: Decision | None, parties: Collection[str] | None) -> Answer | Refusal:
    """What the caller is told. ``decided``: of the rule, None where ``ask.unknown`` says why it was not asked.
    ``parties``: those whose viewers the caller may ask about, None = anybody's."""
    if decided is None:
        return Answer(UNRESOLVED, missing=ask.unknown)
    if parties is not None and _beyond(decided, parties):
        return Refusal(403, BEYOND)
    if not _of_kind(ask, decided):
        return Answer(UNRESOLVED, missing="subject_type", insurer_id=decided.insurer_id)
    return Answer(
        decided.verdict,
        decided.ground,
        decided.missing,
        decided.party_id,
        decided.person_id,
        decided.seconded_from,
        decided.insurer_id,
    )


class Told(NamedTuple):
    """What is told of one question: the answer (None: a set, described beside); as text or refusal; ``said``: its
    members in the record."""

    answer: Answer | Refusal | None
    text: str | Refusal
    said: str


NOTHING_TOLD = Told(None, "", "")


def told_of(answered: Answer | Refusal, text: str = "") -> Told:
    """With what goes on record of it."""
    if isinstance(answered, Refusal):
        return Told(answered, answered, members({"verdict": REFUSED, "status": answered.status}))
    return Told(answered, text, _said(answered))


class Teller:
    """Tells the answers of one batch, of one load. ``decided``: one for each ask that the rule was asked, in order.
    Many questions of a batch have one decision: what is told of it is put in words once."""

    def __init__(self, decided: Iterable[Decision], rule_version: str, load_id: str) -> None:
        self._decided = iter(decided)
        self._of = (rule_version, load_id)
        self._known: dict[
            tuple[int, date, str], tuple[Decision, Told]
        ] = {}  # by id: the decision is kept, so it stays its

    def told(self, ask: Ask | Refusal, parties: Collection[str] | None) -> Told:
        """What the caller is told of this question (``parties``: see ``answer``)."""
        if isinstance(ask, Refusal):
            return Told(ask, ask, "")
        decided = None if ask.unknown is not None else next(self._decided)
        on = ask.question.on
        if decided is None or decided.via is None or parties is not None:
            return self._worded(answer(ask, decided, parties), on)
        key = (id(decided), on, ask.kind)
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = (decided, self._worded(answer(ask, decided, None), on))
        return known[1]

    def _worded(self, answered: Answer | Refusal, on: date) -> Told:
        return told_of(answered, "" if isinstance(answered, Refusal) else evaluation_text(answered, on, *self._of))


def _of_kind(ask: Ask, decided: Decision) -> bool:
    """Whether the rule read the id as what the caller said it is: a person's number that is also a company's must not
    be answered for the company."""
    wanted = vocabulary().subjects[ask.kind]
    if not wanted or decided.via in wanted:
        return True
    if decided.via is not None:
        return False
    # nobody of the registry: it may still be the holder's own address, or one that he consented to
    return decided.verdict != ENTITLED or (ask.kind == "address" and "@" in ask.question.viewer)


def _beyond(decided: Decision, parties: Collection[str]) -> bool:
    """A caller with limits is told of viewers who stand for its parties alone, and of those who belonged to one and now
    act for nobody, as long as the answer is a no. Of all others it hears the same, known or not."""
    if decided.party_id is None:
        return decided.verdict == ENTITLED or not any(party in parties for party in decided.parties)
    return not all(party in parties for party in decided.parties)


def evaluation_text(told: Answer, on: date, rule_version: str, load_id: str) -> str:
    """The JSON of one ``evaluation``, of pieces: all but the names is the same in many."""
    names = _named(told, "party_id", "person_id")
    return f"{_text_before(told.verdict, told.ground, told.missing)}{names}{_text_after(on, rule_version, load_id)}"


@lru_cache(maxsize=256)
def _text_before(verdict: str, ground: str | None, missing: str | None) -> str:
    found = {"verdict": verdict, "ground": ground, "missing": missing, "reason": reason(verdict, ground, missing)}
    known = {name: value for name, value in found.items() if value is not None}
    return _json({"decision": verdict == ENTITLED, "context": known})[:-2]


@lru_cache(maxsize=256)
def _text_after(on: date, rule_version: str, load_id: str) -> str:
    return f",{_json({'on': on.isoformat(), 'rule_version': rule_version, 'load_id': load_id})[1:]}}}"


def _named(told: Answer, party: str, person: str) -> str:
    """The names as further members of a JSON object; in an answer and in the record they are called differently."""
    found = f',"{party}":{encode_basestring(told.party_id)}' if told.party_id is not None else ""
    if told.person_id is not None:
        found += f',"{person}":{encode_basestring(told.person_id)}'
    if told.seconded_from is not None:
        found += f',"seconded_from":{encode_basestring(told.seconded_from)}'
    return found


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def evaluation(told: Answer, on: date, rule_version: str, load_id: str) -> dict[str, Any]:
    return {"decision": told.decision, "context": context(told, on, rule_version, load_id)}


def context(told: Answer, on: date, rule_version: str, load_id: str) -> dict[str, Any]:
    """``context`` of a decision; members without a value are left out."""
    found: dict[str, Any] = {
        "verdict": told.verdict,
        "ground": told.ground,
        "missing": told.missing,
        "reason": reason(told.verdict, told.ground, told.missing),
        "party_id": told.party_id,
        "person_id": told.person_id,
        "seconded_from": told.seconded_from,
        "on": on.isoformat(),
        "rule_version": rule_version,
        "load_id": load_id,
    }
    return {name: value for name, value in found.items() if value is not None}


def refused(refusal: Refusal) -> dict[str, Any]:
    """One evaluation of a batch that has no decision: closed, and why."""
    return {"decision": False, "context": {"error": refusal.as_json()}}


def record(ask: Ask, told: Told) -> str:
    """What goes on record of one question: about whom and what, and what was told. The members of a JSON object
    (``members``)."""
    question = ask.question
    about = _about(ask.action, ask.kind, question.viewer, question.on, question.items, question.purpose)
    insurer_id = question.insurer_id
    if isinstance(told.answer, Answer):
        insurer_id = told.answer.insurer_id or insurer_id
    parts = [about]
    if insurer_id:
        parts.append(f'"insurer_id":{encode_basestring(insurer_id)}')
    if question.policy_no:
        parts.append(f'"policy_no":{encode_basestring(question.policy_no)}')
    if told.said:
        parts.append(told.said)
    return ",".join(parts)


def _about(action: str, kind: str, viewer: str, on: date, items: int, purpose: str | None) -> str:  # noqa: PLR0917
    said = f'"viewer":{encode_basestring(viewer)},' if viewer else ""
    return f"{_asked_as(action, kind)}{said}{_asked_for(on, items, purpose)}"


@lru_cache(maxsize=256)
def _asked_as(action: str, kind: str) -> str:
    found = members({"action": action, "type": kind})
    return f"{found}," if found else ""


@lru_cache(maxsize=256)
def _asked_for(on: date, items: int, purpose: str | None) -> str:
    return members({"on": on.isoformat(), "items": list(codes_of(items)) if items else None, "purpose": purpose})


def _said(told: Answer) -> str:
    return _said_first(told.verdict, told.ground, told.missing) + _named(told, "party", "person")


@lru_cache(maxsize=256)
def _said_first(verdict: str, ground: str | None, missing: str | None) -> str:
    return members({"verdict": verdict, "ground": ground, "missing": missing})


def members(found: Mapping[str, object]) -> str:
    """The members of a JSON object that have a value, without its braces."""
    return ",".join(
        [
            f'"{name}":{encode_basestring(value) if type(value) is str else json.dumps(value, ensure_ascii=False)}'
            for name, value in found.items()
            if value is not None and value != ""
        ]
    )
