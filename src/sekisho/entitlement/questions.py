"""Questions and decisions one by one, in plain Python: for callers that are asked by others and cannot wait for bulk
(the decision API). The rule is the same (``rule.sql``); only the way in and out is short.

REQUIREMENTS D1, D2.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from sekisho.entitlement.engines.base import Engine, Session


@dataclass(frozen=True, slots=True)
class Question:
    """May this viewer hold these items (bit mask, 0 = holding at all) of this policy on this day, for this purpose
    (None = any)? ``insurer_id`` where two insurers use the same number."""

    viewer: str
    policy_no: str
    insurer_id: str | None
    on: date
    items: int = 0
    purpose: str | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """What the rule answered (``answer`` in ``rule.sql``), and what a caller needs to know of who was asked about.

    ``insurer_id``: the policy's, None when the policy is not known or not the only one of its number. ``via``: as what
    the viewer's text was read (party, office, account, closed_account, person, address, domain), None when nothing
    knows it. ``parties``: whom he stands for that day; of somebody who acts for nobody that day, whoever he ever
    belonged to.
    """

    verdict: str
    party_id: str | None
    person_id: str | None
    seconded_from: str | None
    ground: str | None
    missing: str | None
    insurer_id: str | None
    via: str | None
    parties: tuple[str, ...]


_DECIDE = """
SELECT a.ask_id, a.verdict, a.party_id, a.person_id, a.seconded_from, a.ground, a.missing,
       m.insurer_id, i.via, m.party_id AS stands_for
FROM answer a
JOIN matter m ON m.ask_id = a.ask_id
LEFT JOIN (SELECT DISTINCT viewer, on_date, via FROM viewer_is) i ON i.viewer = m.viewer AND i.on_date = m.on_date
"""
_COLUMNS = (
    *("ask_id", "verdict", "party_id", "person_id", "seconded_from", "ground", "missing"),
    *("insurer_id", "via", "stands_for"),
)
_EVER = """
SELECT person_id, party_id FROM people WHERE person_id IN ({marks})
UNION SELECT person_id, host_agency_id FROM secondments WHERE person_id IN ({marks})
UNION SELECT account_id, party_id FROM accounts WHERE account_id IN ({marks})
ORDER BY 1, 2
"""


def decide(engine: Engine, questions: Sequence[Question]) -> list[Decision]:
    """One decision for each question, in their order. A viewer with an ``@`` is compared in lower case."""
    asked = [
        (
            number,
            question.viewer.lower() if "@" in question.viewer else question.viewer,
            question.insurer_id,
            question.policy_no,
            question.on,
            question.items,
            question.purpose,
        )
        for number, question in enumerate(questions)
    ]
    with engine.asking_rows(asked) as session:
        found = list(_grouped(session.numbered(_DECIDE, _COLUMNS)))
        if len(found) != len(questions):
            raise RuntimeError("the rule left a question without an answer")
        nobody = [number for number, one in enumerate(found) if not one.parties and one.via not in _NO_MEMBER]
        if nobody:
            names = {number: found[number].person_id or questions[number].viewer for number in nobody}
            ever = _ever(session, sorted(set(names.values())))
            for number, name in names.items():
                found[number] = _with_parties(found[number], ever.get(name, ()))
    return found


_NO_MEMBER = frozenset({None, "address", "domain"})
"""Texts that make nobody a member of anything."""


def _grouped(rows: Sequence[Sequence[object]]) -> Iterator[Decision]:
    """One decision from the rows of each question: as many as there are parties that the viewer stands for."""
    same: dict[tuple[object, ...], Decision] = {}  # many questions of a batch have one answer
    at = 0
    while at < len(rows):
        first = rows[at]
        parties = () if first[9] is None else (first[9],)
        at += 1
        while at < len(rows) and rows[at][0] == first[0]:
            if rows[at][9] is not None and rows[at][9] not in parties:
                parties = (*parties, rows[at][9])
            at += 1
        key = (*first[1:9], parties)
        found = same.get(key)
        if found is None:
            found = same[key] = Decision(*key)  # type: ignore[arg-type]
        yield found


def _ever(session: Session, names: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Person or account → every party that it ever belonged to."""
    found: dict[str, tuple[str, ...]] = {}
    for name, party in session.tuples(_EVER.format(marks=", ".join("?" * len(names))), [*names, *names, *names]):
        if party:
            found[str(name)] = (*found.get(str(name), ()), str(party))
    return found


def _with_parties(decision: Decision, parties: tuple[str, ...]) -> Decision:
    return Decision(
        verdict=decision.verdict,
        party_id=decision.party_id,
        person_id=decision.person_id,
        seconded_from=decision.seconded_from,
        ground=decision.ground,
        missing=decision.missing,
        insurer_id=decision.insurer_id,
        via=decision.via,
        parties=parties,
    )
