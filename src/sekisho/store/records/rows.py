"""Rows of the database as the plain values of ``incidents.model``, and back."""

from dataclasses import asdict
from typing import Any

from sekisho.incidents.model import (
    Event,
    HandCount,
    Incident,
    Measure,
    Medium,
    Reason,
    Statement,
    Task,
    TaskKind,
)
from sekisho.incidents.table import table_from_json
from sekisho.kernel.clock import JST
from sekisho.store.records.models import EventRow, IncidentRow, MeasureRow, ReasonRow, StatementRow, TaskRow

TEXTS = (
    "title", "own_party", "legal_character", "known_by", "outline", "secondary_damage", "publication", "response",
    "other", "close_reason",
)  # fmt: skip


def incident_of(row: IncidentRow) -> Incident:
    return Incident(
        number=row.pk,
        causes=tuple(row.causes),
        medium=Medium(row.medium),
        known_on=row.known_on,
        first_day=row.first_day,
        last_day=row.last_day,
        by_hand=tuple(HandCount(**{**one, "items": tuple(one["items"])}) for one in row.by_hand),
        facts=row.facts,
        opened_at=row.opened_at.astimezone(JST),
        closed_at=row.closed_at and row.closed_at.astimezone(JST),
        **{name: getattr(row, name) for name in TEXTS},
    )


def values_of(incident: Incident) -> dict[str, Any]:
    """The columns of an incident that people enter."""
    return {
        "causes": list(incident.causes),
        "medium": str(incident.medium),
        "known_on": incident.known_on,
        "first_day": incident.first_day,
        "last_day": incident.last_day,
        "facts": dict(incident.facts),
        "by_hand": [{**asdict(one), "items": list(one.items)} for one in incident.by_hand],
        **{name: getattr(incident, name) for name in TEXTS},
    }


def event_of(row: EventRow) -> Event:
    return Event(row.at.astimezone(JST), row.text, row.actor)


def reason_of(row: ReasonRow) -> Reason:
    return Reason(row.text, row.cause)


def measure_of(row: MeasureRow) -> Measure:
    return Measure(row.pk, row.text, row.cause, row.owner, row.due, row.done_on)


def task_of(row: TaskRow) -> Task:
    return Task(row.pk, TaskKind(row.kind), row.party_id, row.text, row.owner, row.due, row.done_on, row.result)


def statement_of(row: StatementRow) -> Statement:
    return Statement(
        number=row.number,
        as_of=row.as_of,
        told_to=row.told_to,
        told_on=row.told_on,
        unit=row.unit,
        table=table_from_json(row.figures),
        counted_sha256=row.counted_sha256,
        rule_versions=tuple(row.rule_versions),
        registry_version=row.registry_version,
        made_at=row.made_at.astimezone(JST),
    )
