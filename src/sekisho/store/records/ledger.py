"""The ledger: every change of a record in one chain of hashes, written with the change in one transaction.

What stands in the database must be what the ledger says was written last; ``verify`` compares the two, row by row, and
recomputes the chain. A line holds the whole row after the change, so that the ledger alone tells the history.
"""

import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import connection, models, transaction

from sekisho.kernel.clock import now
from sekisho.kernel.errors import SekishoError
from sekisho.store.records.models import LedgerRow, Recorded

BEGINNING = "0" * 64
_BATCH = 2_000
_LOCK = 0x5E_4B_15_41
"""The advisory lock under which lines are numbered in PostgreSQL. In SQLite there is one writer anyway."""
_ACTING: ContextVar[tuple[str, str] | None] = ContextVar("acting", default=None)


@dataclass(frozen=True, slots=True)
class Verified:
    """What a check of the ledger found. ``problems``: in words, each with its place; empty when all is well."""

    line_count: int
    row_count: int
    head: str
    problems: tuple[str, ...]


@contextmanager
def acting(actor: str, action: str) -> Iterator[None]:
    """Changes inside are made by ``actor``, as ``action``; all of them or none are written."""
    token = _ACTING.set((actor, action))
    try:
        with transaction.atomic():
            yield
    finally:
        _ACTING.reset(token)


def save(row: Recorded, write: Callable[..., None]) -> None:
    """Write ``row`` and its line. Raises ``SekishoError`` outside ``acting``: a change without author."""
    doing = _ACTING.get()
    if doing is None:
        raise SekishoError("a record may only be changed by somebody, for something (ledger.acting)")
    with transaction.atomic():
        write(force_insert=row.pk is None)
        note(doing[0], doing[1], subject_of(row), as_json(row))


def note(actor: str, action: str, subject: str, content: str) -> None:
    """Add a line of its own (for what is kept in files: their fingerprints)."""
    with transaction.atomic():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        last = LedgerRow.objects.order_by("-seq").values_list("seq", "hash").first() or (0, BEGINNING)
        line = LedgerRow(
            seq=last[0] + 1,
            at=now().isoformat(timespec="milliseconds"),
            actor=actor,
            action=action,
            subject=subject,
            content=content,
        )
        line.hash = chained(last[1], line)
        line.save(force_insert=True)


def chained(previous: str, line: LedgerRow) -> str:
    """The hash of the line that follows the line with the hash ``previous``."""
    text = json.dumps(
        [previous, line.seq, line.at, line.actor, line.action, line.subject, line.content],
        ensure_ascii=False,
        separators=(",", ":"),
    )
    return hashlib.sha256(text.encode()).hexdigest()


def subject_of(row: models.Model) -> str:
    """The name of a row in the ledger: its table and key."""
    return f"{row._meta.db_table}/{row.pk}"


def as_json(row: models.Model) -> str:
    """The whole row, as it comes back from either database: canonical JSON."""
    content = {field.attname: _plain(field, field.value_from_object(row)) for field in row._meta.concrete_fields}
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _plain(field: Any, value: Any) -> Any:
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(field, models.DateTimeField):
        return value.astimezone(now().tzinfo).isoformat(timespec="microseconds")
    if isinstance(field, models.JSONField):
        return value
    return str(value)


def verify(head: str | None = None) -> Verified:
    """Recompute the chain, and compare every record with the last line about it.

    ``head``: the hash that an earlier check gave; that it is still in the chain shows that nothing was cut off since.
    """
    problems: list[str] = []
    last: dict[str, str] = {}
    previous, expected, is_there = BEGINNING, 1, head in (None, BEGINNING)
    for line in LedgerRow.objects.order_by("seq").iterator(_BATCH):
        if line.seq != expected:
            problems.append(f"record_ledger: the lines {expected} to {line.seq - 1} are missing")
        if chained(previous, line) != line.hash:
            problems.append(f"record_ledger line {line.seq}: it is not what was written (the hash differs)")
        last[line.subject] = line.content
        previous, expected = line.hash, line.seq + 1
        is_there = is_there or line.hash == head
    if not is_there:
        problems.append(
            "record_ledger: the head that was noted is not in it (lines were removed, or it is another one)"
        )
    count = 0
    for model in apps.get_app_config("records").get_models():
        if not issubclass(model, Recorded):
            continue
        for row in model._default_manager.order_by("pk").iterator(_BATCH):
            count += 1
            subject = subject_of(row)
            written = last.pop(subject, None)
            if written is None:
                problems.append(f"{subject}: it stands in the table, but no line of the ledger made it")
            elif written != as_json(row):
                problems.append(f"{subject}: {_differing(written, as_json(row))} differ from the ledger")
    tables = {model._meta.db_table for model in apps.get_app_config("records").get_models()}
    problems += [
        f"{subject}: the ledger has it, the table has not" for subject in last if subject.split("/")[0] in tables
    ]
    return Verified(expected - 1, count, previous, tuple(problems))


def _differing(written: str, found: str) -> str:
    """The names of the columns that differ, without their values."""
    before, after = json.loads(written), json.loads(found)
    return ", ".join(sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name)))
