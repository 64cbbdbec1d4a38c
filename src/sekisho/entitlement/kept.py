"""Questions asked of the rule in parts, so that what does not change with each question need not be asked each time.

``rule.sql`` puts a question together out of who asks (``acting``) and what about (``policy_candidate``), and then looks
for grounds between the two. Here the three parts are asked apart, each with the views of ``rule.sql``:

- the viewer's side, kept by viewer and day;
- the policy's side, one look-up, kept by its number and the insurer that was named;
- the answer of the whole rule to one question of each *class*, kept. Two questions are of one class when the rule reads
  the same of both (``_Side.class_of``); all else that it reads lies in the registry.

Asked as a whole, as without any of this, is whatever has a history of its own (``HISTORY``, a holder's own address),
and whoever stands for several parties, or for nobody. What is kept is of one state of the database and is
forgotten with it: every part says of which state it is, and parts of different states are never put together.
``docs/adr/0014-questions-in-parts.md``.
"""

from collections.abc import Hashable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import date
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

from sekisho.entitlement.engines.base import Engine, Session
from sekisho.entitlement.questions import Decision, Question, decide

MOST = 50_000
"""Of viewers, policies and classes, at least so many are kept, and at most twice as many."""
READ = ("insurer_id", "agency_id", "working_agency_id", "line", "office_id", "producer_id")
"""What the rule reads of a policy besides its key and its holder's address."""
HISTORY = ("transfers", "consents")
"""The tables that say something of single policies: who has rows there is asked about by himself."""

_POLICY = f"""
SELECT f.ask_id, f.insurer_id, f.agency_id, f.working_agency_id, f.line, f.office_id, f.producer_id,
       lower(f.email) AS email,
       CASE WHEN {
    " OR ".join(
        f"EXISTS (SELECT 1 FROM {name} h WHERE h.insurer_id = f.insurer_id AND h.policy_no = f.policy_no)"
        for name in HISTORY
    )
} THEN 1 ELSE 0 END AS history,
       {{state}} AS state
FROM policy_candidate f
"""  # noqa: S608  (our own names)
_POLICY_COLUMNS = ("ask_id", *READ, "email", "history", "state")
_VIEWER = """
SELECT 0 AS number, w.viewer, CAST(w.on_date AS VARCHAR) AS on_date, lower(w.viewer) AS lowered, i.via,
       w.party_id, w.person_id, w.seconded_from,
       CASE WHEN EXISTS (SELECT 1 FROM agencies g WHERE g.agency_id = w.party_id) THEN 1 ELSE 0 END AS is_agency,
       CASE WHEN EXISTS (SELECT 1 FROM duties d WHERE d.person_id = w.person_id AND d.party_id = w.party_id)
            THEN 1 ELSE 0 END AS has_duties,
       CASE WHEN EXISTS (SELECT 1 FROM supervisions v WHERE v.supervising_agency_id = w.party_id)
            THEN 1 ELSE 0 END AS supervises,
       {state} AS state
FROM acting w
LEFT JOIN (SELECT DISTINCT viewer, on_date, via FROM viewer_is) i ON i.viewer = w.viewer AND i.on_date = w.on_date
"""
_VIEWER_COLUMNS = (
    *("number", "viewer", "on_date", "lowered", "via", "party_id", "person_id", "seconded_from"),
    *("is_agency", "has_duties", "supervises", "state"),
)
_BELOW = """
SELECT v.supervising_agency_id, v.working_agency_id, {state} AS state
FROM supervisions v WHERE v.supervising_agency_id IN ({marks})
"""
_JOINT = "SELECT j.party_ids, {state} AS state FROM (SELECT 1 AS one) o LEFT JOIN joint_uses j ON 1 = 1"
_STATE = "SELECT {state} AS state"
_AT_ONCE = 100
"""Parties in one statement: always so many marks, so that it is one statement."""

_NONE: frozenset[str] = frozenset()
_OTHER = True
"""In place of an agency that is nothing to the viewer."""

_Policy = tuple[str, str | None, str | None, str | None, str | None, str | None, str | None]
"""``READ``, and the holder's address in lower case."""
Class = tuple[object, ...]
K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Stateful(Engine, Protocol):
    """An engine that can tell whether the database still says the same. Its connection only reads."""

    state: str
    """SQL: the state that a statement saw; NULL when nobody can tell."""

    def one_state(self) -> AbstractContextManager[object]:
        """What is read inside is of one state, of which this is the number; None: each statement has its ``state``."""


class _ChangedError(Exception):
    """The database does not say the same any more. ``state``: what it was seen in, as far as that is known."""

    def __init__(self, state: object) -> None:
        super().__init__()
        self.state = state


class _Outcome(NamedTuple):
    """What the rule says to every question of a class."""

    verdict: str
    ground: str | None
    missing: str | None


class _Side:
    """A viewer on a day: the one party that he stands for, and whose policies can be something to it."""

    __slots__ = ("_below", "_bound", "_decisions", "_is_agency", "_joint", "lowered", "parties", "party", "person", "seconded", "via")  # fmt: skip  # noqa: E501

    def __init__(self, row: Sequence[Any], below: frozenset[str], joint: Iterable[str]) -> None:
        _, _, _, self.lowered, self.via, self.party, self.person, self.seconded, is_agency, has_duties, _, _ = row
        self.parties = (self.party,)
        self._is_agency, self._bound = bool(is_agency), bool(has_duties)
        self._below = below
        self._joint = tuple(listed for listed in joint if f";{self.party};" in listed)
        self._decisions: dict[tuple[_Outcome, str], Decision] = {}

    def class_of(self, question: Question, policy: _Policy) -> Class:
        """Questions with the same class have the same answer, but for the names of the viewer and of the insurer.

        Of a policy that nothing can link with the party (not its own as insurer, nor of a partner in a joint use, nor
        handled or worked by it or by an agency that it ever supervised) the rule reads whether an agency is known.
        """
        insurer, agency, working, line, office, producer, _ = policy
        party, below = self.party, self._below
        worked = working is not None and (working == party or working in below)
        handled = agency is not None and (agency == party or agency in below)
        if not (handled or worked or insurer == party or any(f";{insurer};" in listed for listed in self._joint)):
            return (question.on, question.items, question.purpose, self._is_agency, agency is None)
        by = agency if agency is None or handled or worked else _OTHER  # who is above a working agency counts too
        return (
            *(question.on, question.items, question.purpose, self._is_agency),
            *(party, insurer, by, worked and working, line),
            *((self.person, office, producer) if self._bound else ()),
        )

    def decision(self, outcome: _Outcome, insurer: str) -> Decision:
        """The outcome, said to this viewer of a policy of this insurer."""
        found = self._decisions.get((outcome, insurer))
        if found is None:
            found = self._decisions[outcome, insurer] = Decision(
                verdict=outcome.verdict,
                party_id=self.party,
                person_id=self.person,
                seconded_from=self.seconded,
                ground=outcome.ground,
                missing=outcome.missing,
                insurer_id=insurer,
                via=self.via,
                parties=self.parties,
            )
        return found


class Kept:
    """The rule over an engine, with what is kept of it. As much for one thread as the engine."""

    def __init__(self, engine: Stateful, most: int = MOST) -> None:
        self._engine, self._most = engine, most
        self._ask_policies, self._ask_viewers, self._ask_joint, self._ask_state = (
            sql.format(state=engine.state) for sql in (_POLICY, _VIEWER, _JOINT, _STATE)
        )
        self._number: object = None
        self._forget(None)

    def decide(self, questions: Sequence[Question]) -> list[Decision]:
        """As ``questions.decide``: one decision for each question, in their order."""
        with self._engine.one_state() as number:
            if number != self._number:
                self._number = number
                self._forget("" if number is not None else None)
            try:
                return self._in_parts(questions)
            except _ChangedError as changed:
                self._forget(changed.state)
                return self._whole(questions)

    def _forget(self, state: object) -> None:
        self._state = state
        self._sides: _Lately[tuple[str, date], _Side | None] = _Lately(self._most)
        self._outcomes: _Lately[Class, _Outcome] = _Lately(self._most)
        self._known: _Lately[tuple[str | None, str], _Policy | None] = _Lately(self._most)
        self._below: _Lately[str, frozenset[str]] = _Lately(self._most)
        self._joint: tuple[str, ...] | None = None

    def _in_parts(self, questions: Sequence[Question]) -> list[Decision]:
        policies = self._policies(questions)
        sides = self._sides_of(questions, policies)
        found: list[Decision | None] = [None] * len(questions)
        whole: list[int] = []
        waiting: dict[Class, list[int]] = {}
        outcomes = self._outcomes
        for number, question in enumerate(questions):
            policy, side = policies[number], sides[number]
            if policy is None or side is None or policy[6] == side.lowered:
                whole.append(number)
                continue
            class_of_it = side.class_of(question, policy)
            outcome = outcomes.get(class_of_it)
            if outcome is None:
                waiting.setdefault(class_of_it, []).append(number)
            else:
                found[number] = side.decision(outcome, policy[0])
        first = [numbers[0] for numbers in waiting.values()]
        if first or whole:
            asked = [*first, *whole]
            for number, decision in zip(asked, self._whole([questions[at] for at in asked]), strict=True):
                found[number] = decision
        if first:
            self._check()
        for class_of_it, numbers in waiting.items():
            told, side = found[numbers[0]], sides[numbers[0]]
            if told is None or side is None:
                raise RuntimeError("a question was left without an answer")
            outcome = outcomes[class_of_it] = _Outcome(told.verdict, told.ground, told.missing)
            for number in numbers[1:]:
                other, policy = sides[number], policies[number]
                if other is not None and policy is not None:
                    found[number] = other.decision(outcome, policy[0])
        return [one for one in found if one is not None]

    def _whole(self, questions: Sequence[Question]) -> list[Decision]:
        return [one for part in _parts(questions, self._engine.at_once) for one in decide(self._engine, part)]

    def _policies(self, questions: Sequence[Question]) -> list[_Policy | None]:
        """The policy of each question, None where it is not one, or one with a history of its own."""
        known = self._known
        found: list[_Policy | None] = [None] * len(questions)
        unknown: dict[tuple[str | None, str], list[int]] = {}
        for number, question in enumerate(questions):
            key = (question.insurer_id, question.policy_no)
            try:
                found[number] = known[key]
            except KeyError:
                unknown.setdefault(key, []).append(number)
        if unknown:
            for numbers, (key, policy) in zip(unknown.values(), self._found_policies(list(unknown)), strict=True):
                known[key] = policy
                for number in numbers:
                    found[number] = policy
        elif self._number is None:
            self._check()
        return found

    def _found_policies(
        self, keys: Sequence[tuple[str | None, str]]
    ) -> Iterator[tuple[tuple[str | None, str], _Policy | None]]:
        asked = [(number, None, insurer, policy_no, None, 0, None) for number, (insurer, policy_no) in enumerate(keys)]
        with self._engine.asking_rows(asked) as session:
            rows = self._of_one_state(session.numbered(self._ask_policies, _POLICY_COLUMNS))
        found: dict[int, _Policy | None] = {}
        for number, insurer, agency, working, line, office, producer, email, history, _ in rows:
            single = not history and number not in found
            found[number] = (insurer, agency, working, line, office, producer, email) if single else None
        return ((key, found.get(number)) for number, key in enumerate(keys))

    def _sides_of(self, questions: Sequence[Question], policies: Sequence[_Policy | None]) -> list[_Side | None]:
        """The viewer's side of each question about such a policy, kept or found now."""
        sides = self._sides
        found: list[_Side | None] = [None] * len(questions)
        unknown: dict[tuple[str, date], list[int]] = {}
        for number, question in enumerate(questions):
            if policies[number] is None:
                continue
            viewer = question.viewer
            key = (viewer.lower() if "@" in viewer else viewer, question.on)
            try:
                found[number] = sides[key]
            except KeyError:
                unknown.setdefault(key, []).append(number)
        for part in _parts(list(unknown), self._engine.at_once):
            for key, side in self._found_sides(part):
                sides[key] = side
                for number in unknown[key]:
                    found[number] = side
        return found

    def _found_sides(self, keys: Sequence[tuple[str, date]]) -> Iterator[tuple[tuple[str, date], _Side | None]]:
        asked = [(number, viewer, None, None, on, 0, None) for number, (viewer, on) in enumerate(keys)]
        rows: dict[tuple[str, str], list[Sequence[Any]]] = {}
        with self._engine.asking_rows(asked) as session:
            for row in self._of_one_state(session.numbered(self._ask_viewers, _VIEWER_COLUMNS)):
                rows.setdefault((row[1], row[2]), []).append(row)
            single = {key: row for key, (row, *more) in rows.items() if not more and row[5] is not None}
            below = self._learn_below(session, {row[5] for row in single.values() if row[10]})
            joint = self._joint_uses(session)
        for viewer, on in keys:
            found = single.get((viewer, on.isoformat()))
            yield (viewer, on), None if found is None else _Side(found, below.get(found[5], _NONE), joint)

    def _learn_below(self, session: Session, parties: set[str]) -> dict[str, frozenset[str]]:
        """Which agencies each of these ever supervised."""
        known = {party: below for party in parties if (below := self._below.get(party)) is not None}
        for part in _parts(sorted(parties - known.keys()), _AT_ONCE):
            marks = list(part) if len(part) == 1 else [*part, *[part[-1]] * (_AT_ONCE - len(part))]
            sql = _BELOW.format(state=self._engine.state, marks=", ".join("?" * len(marks)))
            found: dict[str, set[str]] = {}
            for party, below, _ in self._of_one_state(session.tuples(sql, marks)):
                found.setdefault(party, set()).add(below)
            for party in part:
                if party not in found:
                    raise _ChangedError(None)  # a moment ago it did
                known[party] = self._below[party] = frozenset(found[party])
        return known

    def _joint_uses(self, session: Session) -> tuple[str, ...]:
        """The members of each joint use, as ``joint_use_member`` reads them."""
        if self._joint is None:
            rows = self._of_one_state(session.tuples(self._ask_joint))
            self._joint = tuple({f";{str(row[0]).replace(' ', '')};" for row in rows if row[0] is not None})
        return self._joint

    def _check(self) -> None:
        """Raises ``_ChangedError`` when the state is not that of the other parts any more."""
        with self._engine.asking_rows([]) as session:
            self._of_one_state(session.tuples(self._ask_state))

    def _of_one_state(self, rows: Sequence[Sequence[Any]]) -> Sequence[Sequence[Any]]:
        """The rows, when they are of the state of which the rest is."""
        for row in rows:
            if row[-1] != self._state or row[-1] is None:
                raise _ChangedError(row[-1])
        return rows


class _Lately(Generic[K, V]):
    """What was used lately: at least ``most`` entries, at most twice as many."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._new: dict[K, V] = {}
        self._old: dict[K, V] = {}

    def __getitem__(self, key: K) -> V:
        """Raises ``KeyError``."""
        new = self._new
        if key in new:
            return new[key]
        value = self._old[key]
        self[key] = value
        return value

    def get(self, key: K) -> V | None:
        try:
            return self[key]
        except KeyError:
            return None

    def __setitem__(self, key: K, value: V) -> None:
        if len(self._new) >= self._most:
            self._old, self._new = self._new, {}
        self._new[key] = value


def _parts(listed: Sequence[V], most: int | None) -> Iterator[Sequence[V]]:
    size = most or max(1, len(listed))
    return (listed[at : at + size] for at in range(0, len(listed), size))
