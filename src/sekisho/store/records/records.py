"""The records of a workspace: incidents and what belongs to them, asked and changed in plain values.

Every change is in the name of one actor and in the ledger. Text is kept as entered. What is not there is an
``InputError`` that names it.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from sekisho.findings.model import FINDINGS, blank_findings
from sekisho.incidents.counting.decisions import Decided, Decision
from sekisho.incidents.model import Event, Incident, Measure, Reason, Statement, Task, TaskKind
from sekisho.kernel.clock import JST, now
from sekisho.kernel.errors import InputError, SekishoError
from sekisho.law.causes import causes, legal_characters
from sekisho.store.records import kept, ledger, mailings, rows
from sekisho.store.records.models import (
    EventRow,
    FindingsRow,
    IncidentRow,
    JudgementRow,
    MeasureRow,
    PairRow,
    ReasonRow,
    StatementRow,
    TaskRow,
)
from sekisho.store.records.values import Judgement, KeptFindings
from sekisho.store.workspace import Workspace


class Records:
    """Made by ``open_records`` only."""

    def __init__(self, workspace: Workspace, actor: str) -> None:
        self.workspace = workspace
        self.actor = actor

    # ---- incidents

    def open(self, incident: Incident, findings: Sequence[tuple[str, pa.Table]] = ()) -> Incident:
        """Open an incident, with the findings that it rests on (where each came from, and the table)."""
        _check(incident)
        with ledger.acting(self.actor, "open"):
            row = IncidentRow(**rows.values_of(incident), opened_at=now())
            row.save()
            for source, table in findings:
                self._keep_findings(row, source, table)
            self.note_event(row, f"事案を登録しました: {incident.title}")
        return rows.incident_of(row)

    def incidents(self, *, with_closed: bool = True) -> list[Incident]:
        """All incidents, the latest first."""
        found = IncidentRow.objects.order_by("-pk")
        return [rows.incident_of(row) for row in (found if with_closed else found.filter(closed_at__isnull=True))]

    def incident(self, number: int) -> Incident:
        """The incident with this number."""
        return rows.incident_of(self.row(number))

    def change(self, number: int, **changes: Any) -> Incident:
        """Change what people entered (fields of ``Incident``). Raises ``InputError`` when it is closed."""
        row = self.open_row(number)
        after = replace(rows.incident_of(row), **changes)
        _check(after)
        with ledger.acting(self.actor, "change"):
            for name, value in rows.values_of(after).items():
                setattr(row, name, value)
            row.save()
        return after

    def close(self, number: int, reason: str) -> Incident:
        """Close an incident. Whether it may be, is decided by ``incidents.closing``; here it is only written."""
        row = self.open_row(number)
        with ledger.acting(self.actor, "close"):
            row.closed_at, row.close_reason = now(), reason
            row.save()
            self.note_event(row, f"事案を終了しました: {reason}")
        return rows.incident_of(row)

    def reopen(self, number: int, reason: str) -> Incident:
        """Open a closed incident again."""
        row = self.row(number)
        if row.closed_at is None:
            raise InputError(f"incident {number} is open", remedy="nothing to do")
        with ledger.acting(self.actor, "reopen"):
            row.closed_at, row.close_reason = None, ""
            row.save()
            self.note_event(row, f"事案を再開しました: {reason}")
        return rows.incident_of(row)

    # ---- findings

    def add_findings(self, number: int, source: str, findings: pa.Table) -> KeptFindings:
        """Add a file of findings. The same content a second time is refused."""
        row = self.open_row(number)
        with ledger.acting(self.actor, "add findings"):
            added = self._keep_findings(row, source, findings)
            self.note_event(row, f"検知 {added.row_count:,}件を追加しました: {source}")
        return added

    def remove_findings(self, number: int, which: int, reason: str) -> None:
        """Take a file of findings out of the count, with a reason. The file and the record stay."""
        incident = self.open_row(number)
        row = FindingsRow.objects.filter(incident=incident, pk=which, removed_at__isnull=True).first()
        if row is None:
            raise InputError(f"incident {number} has no findings {which}", remedy=f"sekisho incident show {number}")
        with ledger.acting(self.actor, "remove findings"):
            row.removed_at, row.remove_reason = now(), reason
            row.save()
            self.note_event(incident, f"検知 {row.row_count:,}件を対象から外しました: {reason}")

    def kept_findings(self, number: int) -> list[KeptFindings]:
        """The files of findings that count for an incident."""
        found = FindingsRow.objects.filter(incident=self.row(number), removed_at__isnull=True).order_by("pk")
        return [KeptFindings(r.pk, r.source, r.sha256, r.row_count, r.added_at.astimezone(JST)) for r in found]

    def findings(self, number: int) -> pa.Table:
        """All findings of an incident, each once. Raises ``SekishoError`` for a file that was changed."""
        tables = [kept.read_table(self.workspace.folder, one.sha256) for one in self.kept_findings(number)]
        if not tables:
            return blank_findings()
        united = pa.concat_tables(tables)
        if len(tables) == 1:
            return united
        numbered = united.append_column("place", pa.array(range(united.num_rows), pa.int64()))
        firsts = numbered.group_by("finding_id").aggregate([("place", "min")])["place_min"].combine_chunks()
        return united.take(firsts.take(pc.array_sort_indices(firsts)))

    # ---- timeline, reasons, measures, tasks

    def note(self, number: int, text: str, at: datetime | None = None) -> None:
        """Add a line to the timeline (what happened ``at``: now, unless told)."""
        row = self.open_row(number)
        with ledger.acting(self.actor, "note"):
            self.note_event(row, _text(text), at)

    def events(self, number: int) -> list[Event]:
        found = EventRow.objects.filter(incident=self.row(number)).order_by("at", "pk")
        return [rows.event_of(row) for row in found]

    def add_reason(self, number: int, text: str, cause: str = "") -> None:
        """原因分析: add why it could happen."""
        row = self.open_row(number)
        _check_cause(cause)
        with ledger.acting(self.actor, "reason"):
            ReasonRow(incident=row, text=_text(text), cause=cause).save()

    def reasons(self, number: int) -> list[Reason]:
        found = ReasonRow.objects.filter(incident=self.row(number)).order_by("pk")
        return [rows.reason_of(row) for row in found]

    def add_measure(self, number: int, measure: Measure) -> Measure:
        """Add a measure, planned or done."""
        row = self.open_row(number)
        _check_cause(measure.cause)
        with ledger.acting(self.actor, "measure"):
            made = MeasureRow(
                incident=row,
                text=_text(measure.text),
                cause=measure.cause,
                owner=measure.owner,
                due=measure.due,
                done_on=measure.done_on,
            )
            made.save()
        return rows.measure_of(made)

    def finish_measure(self, number: int, which: int, done_on: date) -> Measure:
        """A planned measure has been done."""
        row = self._part(MeasureRow, number, which, "measure")
        with ledger.acting(self.actor, "measure done"):
            row.done_on = done_on
            row.save()
        return rows.measure_of(row)

    def measures(self, number: int) -> list[Measure]:
        found = MeasureRow.objects.filter(incident=self.row(number)).order_by("pk")
        return [rows.measure_of(row) for row in found]

    def add_tasks(self, number: int, tasks: Sequence[Task]) -> list[Task]:
        """Add tasks; one of the same kind with the same party that is there already is left as it is."""
        row = self.open_row(number)
        there = {(task.kind, task.party_id, task.text) for task in self.tasks(number)}
        made = []
        with ledger.acting(self.actor, "task"):
            for task in tasks:
                if (task.kind, task.party_id, task.text) in there:
                    continue
                added = TaskRow(
                    incident=row,
                    kind=str(task.kind),
                    party_id=task.party_id,
                    text=_text(task.text),
                    owner=task.owner,
                    due=task.due,
                    done_on=task.done_on,
                    result=task.result,
                )
                added.save()
                made.append(rows.task_of(added))
        return made

    def finish_task(self, number: int, which: int, done_on: date, result: str) -> Task:
        """A task has been done, with what came of it."""
        row = self._part(TaskRow, number, which, "task")
        with ledger.acting(self.actor, "task done"):
            row.done_on, row.result = done_on, result
            row.save()
        return rows.task_of(row)

    def tasks(self, number: int, kind: TaskKind | None = None) -> list[Task]:
        found = TaskRow.objects.filter(incident=self.row(number)).order_by("pk")
        return [rows.task_of(row) for row in (found.filter(kind=str(kind)) if kind else found)]

    # ---- duties

    def decide(self, number: int, judgement: Judgement) -> None:
        """Keep what was decided about a duty, with what was known then. Nothing of it changes later; a later decision
        about the same duty stands beside it."""
        row = self.open_row(number)
        with ledger.acting(self.actor, "decide"):
            JudgementRow(
                incident=row,
                at=now(),
                actor=self.actor,
                duty=judgement.duty,
                decision=judgement.decision,
                reason=_text(judgement.reason, "--reason"),
                facts=list(judgement.facts),
                duties=list(judgement.duties),
            ).save()
            self.note_event(
                row, f"判断を記録しました: {judgement.duty} → {judgement.decision} ({judgement.reason.strip()})"
            )

    def judgements(self, number: int) -> list[Judgement]:
        """All decisions about duties, in the order in which they were made."""
        found = JudgementRow.objects.filter(incident=self.row(number)).order_by("pk")
        return [
            Judgement(r.duty, r.decision, r.reason, r.facts, r.duties, r.actor, r.at.astimezone(JST)) for r in found
        ]

    # ---- statements

    def state(self, number: int, statement: Statement, counted: pa.Table) -> Statement:
        """Keep figures that are told to somebody, and what was counted, line by line. ``number``, ``counted_sha256``
        and ``made_at`` of the given statement are made here."""
        row = self.open_row(number)
        digest = kept.keep_table(self.workspace.folder, counted)
        with ledger.acting(self.actor, "state"):
            last = StatementRow.objects.filter(incident=row).order_by("-number").first()
            made = StatementRow(
                incident=row,
                number=last.number + 1 if last else 1,
                as_of=statement.as_of,
                told_to=statement.told_to,
                told_on=statement.told_on,
                unit=statement.unit,
                figures=statement.table.as_json(),
                counted_sha256=digest,
                rule_versions=list(statement.rule_versions),
                registry_version=statement.registry_version,
                made_at=now(),
            )
            made.save()
            self.note_event(
                row, f"第{made.number}版の件数を確定しました ({made.as_of.isoformat()}時点、{made.told_to})"
            )
        return rows.statement_of(made)

    def statements(self, number: int) -> list[Statement]:
        found = StatementRow.objects.filter(incident=self.row(number)).order_by("number")
        return [rows.statement_of(row) for row in found]

    def statement(self, number: int, which: int) -> Statement:
        row = StatementRow.objects.filter(incident=self.row(number), number=which).first()
        if row is None:
            raise InputError(f"incident {number} has no statement {which}", remedy=f"sekisho incident show {number}")
        return rows.statement_of(row)

    def counted(self, statement: Statement) -> pa.Table:
        """What was counted for a statement. Raises ``SekishoError`` when the file was changed."""
        return kept.read_table(self.workspace.folder, statement.counted_sha256)

    # ---- persons

    def decide_pair(self, left: str, right: str, same: bool, reason: str = "") -> None:
        """名寄せ: two keys (``incidents.counting.persons``) are one person, or two. A later decision about the same
        pair takes its place. Raises ``InputError`` when decisions contradict each other."""
        first, second = sorted((left, right))
        if first == second:
            raise InputError("a person is the same as himself", remedy="name two different keys")
        with ledger.acting(self.actor, "pair"):
            row = PairRow.objects.filter(first=first, second=second).first() or PairRow(first=first, second=second)
            row.is_same, row.reason, row.at, row.actor = same, reason, now(), self.actor
            row.save()
            Decided(self.decisions())  # raises, and so undoes it, when it contradicts another

    def decisions(self) -> list[Decision]:
        """All decisions about pairs, in the order in which they were first made."""
        return [
            Decision(r.first, r.second, r.is_same, r.actor, r.at.astimezone(JST).date(), r.reason)
            for r in PairRow.objects.order_by("pk")
        ]

    # ---- letters and enquiries

    def mailings(self, number: int) -> mailings.Mailings:
        """The mailings and enquiries of an incident."""
        self.row(number)
        return mailings.Mailings(self, number)

    # ---- ledger

    def verify(self, head: str | None = None) -> ledger.Verified:
        """Check the chain, every row against it, and every kept file against its fingerprint."""
        found = ledger.verify(head)
        folder = self.workspace.folder
        digests = {row.sha256 for row in FindingsRow.objects.all()}
        digests |= {row.counted_sha256 for row in StatementRow.objects.all()}
        broken = [
            f"{kept.path_of(folder, d)}: {problem}" for d in sorted(digests) if (problem := kept.check(folder, d))
        ]
        return replace(found, problems=(*found.problems, *mailings.check(), *broken))

    # ---- inside

    def row(self, number: int) -> IncidentRow:
        """For the parts of the store: the row of an incident, open or closed."""
        row: IncidentRow | None = IncidentRow.objects.filter(pk=number).first()
        if row is None:
            raise InputError(f"there is no incident {number}", remedy="sekisho incident list tells which there are")
        return row

    def open_row(self, number: int) -> IncidentRow:
        """For the parts of the store: the row of an incident that may be changed."""
        row = self.row(number)
        if row.closed_at is not None:
            raise InputError(
                f"incident {number} is closed", remedy=f"open it again first: sekisho incident reopen {number}"
            )
        return row

    def _part(self, model: Any, number: int, which: int, what: str) -> Any:
        row = model.objects.filter(incident=self.open_row(number), pk=which).first()
        if row is None:
            raise InputError(f"incident {number} has no {what} {which}", remedy=f"sekisho incident show {number}")
        return row

    def note_event(self, row: IncidentRow, text: str, at: datetime | None = None) -> None:
        """For the parts of the store: a line in the timeline, inside ``ledger.acting``."""
        EventRow(incident=row, at=at or now(), text=text, actor=self.actor).save()

    def _keep_findings(self, row: IncidentRow, source: str, findings: pa.Table) -> KeptFindings:
        if findings.schema.names != FINDINGS.names:
            raise SekishoError("these are no findings", where=source)
        digest = kept.keep_table(self.workspace.folder, findings)
        if FindingsRow.objects.filter(incident=row, sha256=digest, removed_at__isnull=True).exists():
            raise InputError("the incident has these findings already", where=source, remedy="nothing to do")
        added = FindingsRow(incident=row, source=source, sha256=digest, row_count=findings.num_rows, added_at=now())
        added.save()
        return KeptFindings(added.pk, source, digest, findings.num_rows, added.added_at)


def _check(incident: Incident) -> None:
    _text(incident.title, "--title")
    for cause in incident.causes:
        _check_cause(cause)
    if incident.legal_character not in legal_characters():
        raise InputError(
            f"unknown legal character {incident.legal_character!r}",
            where="--character",
            remedy=f"use one of {', '.join(legal_characters())}",
        )
    if incident.known_on > now().date():
        raise InputError("the day of knowing lies in the future", where="--known-on", remedy="name the day you knew")
    if incident.first_day and incident.last_day and incident.first_day > incident.last_day:
        raise InputError("the period ends before it begins", where="--first-day, --last-day", remedy="correct it")


def _check_cause(cause: str) -> None:
    if cause and cause not in causes():
        raise InputError(f"unknown cause {cause!r}", where="--cause", remedy=f"use one of {', '.join(causes())}")


def _text(text: str, where: str = "") -> str:
    if not text.strip():
        raise InputError("nothing is written here", where=where, remedy="write it in words")
    return text.strip()
