"""The rule, asked: in bulk (``judge``), who somebody is on a day (``resolve``), and one question explained (``may``).

What is decided, and how, stands in ``rule.sql`` alone (DESIGN §4; REQUIREMENTS D1, D4). Here questions are put in and
answers carried out.
"""

import sqlite3
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa

from sekisho.entitlement.engines.base import Engine, Session, in_parts
from sekisho.entitlement.engines.duck import DuckEngine
from sekisho.entitlement.engines.single import PostgresEngine, SqliteEngine
from sekisho.entitlement.engines.spark import SparkEngine
from sekisho.entitlement.inputs import ASKED, RESOLVED, STANDING, fitted
from sekisho.entitlement.judgement import UNRESOLVED, Condition, Ground, Judgement, Standing
from sekisho.entitlement.kept import Kept
from sekisho.entitlement.questions import Decision, Question, decide
from sekisho.entitlement.reading import grounds_of, names_of, standings_of
from sekisho.entitlement.script import rule_version
from sekisho.entitlement.sets import Asking, answers, holders, visible
from sekisho.kernel.errors import InputError

__all__ = ["Condition", "Decision", "Ground", "Judgement", "Question", "Rule", "Standing"]

_RESOLVE = """
SELECT q.viewer, q.on_date, w.party_id, w.person_id, w.seconded_from,
       CASE WHEN w.viewer IS NULL THEN 0 ELSE 1 END AS known
FROM asked q LEFT JOIN acting_named w ON w.viewer = q.viewer AND w.on_date = q.on_date
ORDER BY q.ask_id
"""


class Rule:
    """The entitlement rule over one registry. Make it once, ask it often; not for use by two threads at once."""

    def __init__(self, engine: Engine, kept: Kept | None = None) -> None:
        self._engine, self._kept = engine, kept

    @property
    def rule_version(self) -> str:
        return rule_version()

    @classmethod
    def over_registry(cls, tables: Mapping[str, pa.Table]) -> "Rule":
        """Over the registry's Arrow tables, in DuckDB in memory: for bulk. Absent tables count as empty."""
        return cls(DuckEngine(tables))

    @classmethod
    def over_sqlite(cls, connection: sqlite3.Connection, *, keep: bool = False) -> "Rule":
        """Over the tables of an operational database, read only: for single questions. The connection stays the
        caller's. ``keep``: ``decide`` keeps what may serve the next question (``kept``); from its first question on the
        connection only reads."""
        engine = SqliteEngine(connection)
        return cls(engine, Kept(engine) if keep else None)

    @classmethod
    def over_postgres(cls, connection: Any, *, keep: bool = False) -> "Rule":
        """The same over the tables of an operational database in PostgreSQL (a psycopg connection whose search path
        finds them)."""
        engine = PostgresEngine(connection)
        return cls(engine, Kept(engine) if keep else None)

    @classmethod
    def over_spark(cls, session: Any, tables: Mapping[str, pa.Table | str | Path]) -> "Rule":
        """The same on a Spark cluster (``engines.spark``): tables in Arrow, or as Parquet where every node sees it.
        Tens of CPU-seconds for a batch of questions, however few: for very many."""
        return cls(SparkEngine(session, tables))

    def judge(self, asked: pa.Table, extra_policies: pa.Table | None = None) -> pa.Table:
        """Answer many questions.

        In: ``asked`` (``inputs.ASKED``: ask_id unique, viewer with mail addresses in lower case, insurer_id null when
        not known, on_date a day in Japan, items a bit mask or 0, purpose null = any); ``extra_policies`` known only
        from a list that was found (the ledger's own row wins). Out: ``inputs.ANSWER``, exactly one row for each
        ask_id, ordered by it; the same input gives the same rows.
        """
        return answers(self._engine, asked, extra_policies)

    def decide(self, questions: Sequence[Question]) -> list[Decision]:
        """Answer a few questions without the way through Arrow: one decision for each, in their order. The same
        answers as ``judge`` gives; the fewer there are, the more of the time is saved."""
        if self._kept is not None:
            return self._kept.decide(questions)
        most = self._engine.at_once or len(questions)
        parts = (questions[at : at + most] for at in range(0, len(questions), most or 1))
        return [answer for part in parts for answer in decide(self._engine, part)]

    def resolve(self, viewers: pa.Table) -> pa.Table:
        """Who each ``viewer`` is on ``on_date``: party, person, home insurer if the person is seconded that day.

        One row for each row of ``viewers``, in its order. ``known`` with no party: known, but acts for nobody that
        day. Of several parties the first by party_id, person_id is named (``acting_named`` in ``rule.sql``).
        """
        numbered = fitted(viewers, ASKED).set_column(0, "ask_id", pa.array(range(viewers.num_rows), type=pa.int64()))
        found = []
        for part in in_parts(self._engine, numbered):
            with self._engine.asking(part) as session:
                found.append(session.arrow(_RESOLVE, RESOLVED))
        return pa.concat_tables(found)

    def standings(self, viewers: pa.Table) -> pa.Table:
        """Every party that each ``viewer`` stands for on ``on_date`` (``inputs.STANDING``), in no order. A viewer that
        nobody knows that day has no row; one who acts for nobody has one without a party."""
        numbered = fitted(viewers, ASKED).set_column(0, "ask_id", pa.array(range(viewers.num_rows), type=pa.int64()))
        with self._engine.asking(numbered) as session:
            return session.arrow("SELECT viewer, on_date, party_id, person_id, nobody FROM acting", STANDING)

    def may(
        self,
        viewer: str,
        policy_no: str,
        *,
        insurer_id: str | None = None,
        on: date,
        items: int = 0,
        purpose: str | None = None,
    ) -> Judgement:
        """May this viewer hold these items of this policy on this day, and why (not)?

        Raises ``InputError`` when the viewer or the policy is not known, or when the number exists at several
        insurers and none is named: neither is a "no".
        """
        viewer = viewer.lower() if "@" in viewer else viewer
        question = {
            "ask_id": 0,
            "viewer": viewer,
            "insurer_id": insurer_id,
            "policy_no": policy_no,
            "on_date": on,
            "items": items,
            "purpose": purpose,
        }
        asked = pa.table({name: pa.array([question[name]], type=kind) for name, kind in ASKED.items()})
        with self._engine.asking(asked) as session:
            (answer,) = session.rows("SELECT * FROM answer")
            _refuse_unknown(session, answer, on)
            (policy,) = session.rows("SELECT DISTINCT insurer_id, policy_no FROM matter")
            grounds = grounds_of(session)
            standings = standings_of(session)
            return Judgement(
                verdict=str(answer["verdict"]),
                viewer=viewer,
                party=_text(answer["party_id"]),
                person=_text(answer["person_id"]),
                seconded_from=_text(answer["seconded_from"]),
                insurer_id=str(policy["insurer_id"]),
                policy_no=str(policy["policy_no"]),
                on=on,
                items=items,
                purpose=purpose,
                ground=_text(answer["ground"]),
                missing=_text(answer["missing"]),
                standings=standings,
                grounds=grounds,
                names=names_of(session, str(policy["insurer_id"]), standings, grounds),
                rule_version=self.rule_version,
            )

    def visible(self, viewer: str, *, on: date, items: int = 0, purpose: str | None = None) -> pa.Table:
        """Every policy that this viewer may hold on this day (``sets.ALLOWED``). Raises ``InputError`` for a viewer
        that the registry does not know."""
        return visible(self._engine, viewer, Asking(on, items, purpose))

    def holders(
        self,
        policy_no: str,
        *,
        insurer_id: str | None = None,
        on: date,
        items: int = 0,
        purpose: str | None = None,
        through: bool = False,
    ) -> pa.Table:
        """Everybody who may hold this policy on this day (``sets.HOLDERS``; ``through``: with offices and accounts).
        Raises ``InputError`` for a policy that the registry does not know, or that needs its insurer named."""
        return holders(self._engine, policy_no, Asking(on, items, purpose), insurer_id, through=through)


def _refuse_unknown(session: Session, answer: Mapping[str, object], on: date) -> None:
    """Raise for what cannot be judged because the question names something the registry does not know."""
    if answer["verdict"] != UNRESOLVED:
        return
    if answer["missing"] == "viewer":
        raise InputError(
            f"the registry does not know this viewer on {on.isoformat()}",
            where="VIEWER",
            remedy="name a party, office, person, account or mail address of the registry, or add it there",
        )
    if answer["missing"] == "policy":
        raise InputError(
            "no policy with this number in the registry",
            where="POLICY",
            remedy="check the number as it is written in the policies table",
        )
    if answer["missing"] == "insurer":
        insurers = [
            str(row["insurer_id"]) for row in session.rows("SELECT insurer_id FROM policy_candidate ORDER BY 1")
        ]
        if insurers:
            raise InputError(
                f"this policy number exists at several insurers: {', '.join(insurers)}",
                where="POLICY",
                remedy="name the insurer",
            )
        raise InputError(
            "the registry does not know this insurer", where="INSURER", remedy="use an insurer_id of the registry"
        )


def _text(value: object) -> str | None:
    return None if value is None else str(value)
