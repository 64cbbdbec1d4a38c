"""Mailings of an incident and what became of each letter; enquiries (REQUIREMENTS B5–B7).

Letters are many: they are written in bulk, and the mailing's row carries a digest over all of them, so that the ledger
knows every state that they were in. What may follow what, is decided by ``letters.status``.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from django.db import transaction

from sekisho.kernel.clock import JST, now
from sekisho.kernel.errors import InputError
from sekisho.letters.enquiries.asking import LoggedEnquiry, Outcome
from sekisho.letters.model import Held, HeldBack
from sekisho.letters.sending.status import Sent
from sekisho.store.records import kept, ledger
from sekisho.store.records.models import EnquiryRow, HeldRow, LetterRow, MailingRow

if TYPE_CHECKING:
    from sekisho.store.records.records import Records

_BATCH = 5_000
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Mailing:
    """One run of letters."""

    number: int
    folder: str
    made_at: datetime
    letter_count: int
    held_count: int
    last_change: str


class Mailings:
    """The mailings and enquiries of one incident."""

    def __init__(self, records: "Records", incident: int) -> None:
        self._records = records
        self._number = incident

    def add(self, folder: Path, print_ledger: Path, letters: Iterable[Sent], held: Sequence[HeldBack]) -> Mailing:
        """Keep a run: its letters as printed, and what was held back."""
        incident = self._records.open_row(self._number)
        with ledger.acting(self._records.actor, "print"):
            last = MailingRow.objects.filter(incident=incident).order_by("-number").first()
            row = MailingRow(
                incident=incident,
                number=last.number + 1 if last else 1,
                folder=str(folder.absolute()),
                made_at=now(),
                letter_count=0,
                held_count=len(held),
                print_ledger_sha256=kept.fingerprint(print_ledger),
                letters_sha256="",
            )
            row.save()
            count = 0
            for batch in _batches(letters):
                LetterRow.objects.bulk_create([_row_of(row, one) for one in batch])
                count += len(batch)
            for batch_held in _batches(held):
                HeldRow.objects.bulk_create(
                    [HeldRow(mailing=row, person=h.person, reason=str(h.reason), detail=h.detail) for h in batch_held]
                )
            row.letter_count, row.last_change = count, "printed"
            row.letters_sha256 = digest(row)
            row.save()
            self._records.note_event(incident, f"通知文書 {count:,}通を作成しました (保留 {len(held):,}件)")
        return _mailing_of(row)

    def all(self) -> list[Mailing]:
        """The mailings, the first one first."""
        found = MailingRow.objects.filter(incident_id=self._number).order_by("number")
        return [_mailing_of(row) for row in found]

    def letters(self, which: int) -> list[Sent]:
        """The letters of a mailing, by serial."""
        rows = LetterRow.objects.filter(mailing=self._row(which)).order_by("serial")
        return [_sent_of(row) for row in rows.iterator(_BATCH)]

    def every_letter(self) -> list[Sent]:
        """The letters of all mailings."""
        return [letter for mailing in self.all() for letter in self.letters(mailing.number)]

    def held(self) -> list[HeldBack]:
        """What was held back in the latest mailing (a later run may have printed what an earlier one could not)."""
        mailings = self.all()
        if not mailings:
            return []
        rows = HeldRow.objects.filter(mailing=self._row(mailings[-1].number)).order_by("pk")
        return [HeldBack(row.person, Held(row.reason), row.detail) for row in rows]

    def update(self, which: int, letters: Sequence[Sent], what: str) -> None:
        """Write letters in their new states; ``what`` is said in the ledger and timeline."""
        incident, row = self._records.open_row(self._number), self._row(which)
        with ledger.acting(self._records.actor, "letters"):
            keys = dict(LetterRow.objects.filter(mailing=row).values_list("serial", "pk"))
            for batch in _batches(letters):
                changed = [_row_of(row, one, keys.get(one.serial)) for one in batch]
                LetterRow.objects.bulk_update(changed, ["state", "since", "reason"], batch_size=500)
            row.last_change = what
            row.letters_sha256 = digest(row)
            row.save()
            self._records.note_event(incident, f"通知文書 {len(letters):,}通: {what}")

    def log(self, entry: LoggedEnquiry) -> None:
        """Keep an enquiry, also after the incident was closed: people go on asking."""
        incident = self._records.row(self._number)
        with ledger.acting(self._records.actor, "enquiry"):
            EnquiryRow(
                incident=incident,
                at=entry.at,
                clerk=entry.clerk,
                caller=entry.caller,
                said=list(entry.said),
                outcome=str(entry.outcome),
                person=entry.person,
            ).save()

    def enquiries(self, since: timedelta | None = None) -> list[LoggedEnquiry]:
        """The enquiries, the first one first; only those of the last ``since``."""
        rows = EnquiryRow.objects.filter(incident_id=self._number).order_by("pk")
        if since is not None:
            rows = rows.filter(at__gte=now() - since)
        return [
            LoggedEnquiry(
                r.at.astimezone(JST), self._number, r.clerk, r.caller, tuple(r.said), Outcome(r.outcome), r.person
            )
            for r in rows
        ]

    def _row(self, which: int) -> MailingRow:
        row: MailingRow | None = MailingRow.objects.filter(incident_id=self._number, number=which).first()
        if row is None:
            raise InputError(
                f"incident {self._number} has no mailing {which}", remedy=f"sekisho mailing show {self._number}"
            )
        return row


def digest(row: MailingRow) -> str:
    """The SHA-256 over all letters of a mailing and what it holds back, as they stand."""
    total = hashlib.sha256()
    columns = ("serial", "person", "postal_code", "number", "has_bars", "state", "since", "reason")
    for values in LetterRow.objects.filter(mailing=row).order_by("serial").values_list(*columns).iterator(_BATCH):
        total.update("\x1f".join(str(value) for value in values).encode() + b"\x1e")
    for values in HeldRow.objects.filter(mailing=row).order_by("pk").values_list("person", "reason", "detail"):
        total.update("\x1f".join(values).encode() + b"\x1e")
    return total.hexdigest()


def check() -> list[str]:
    """Mailings whose letters are not what the ledger knows."""
    with transaction.atomic():
        return [
            f"mailing/{row.pk}: its letters are not what was written last (the digest differs)"
            for row in MailingRow.objects.order_by("pk")
            if digest(row) != row.letters_sha256
        ]


def _row_of(mailing: MailingRow, one: Sent, key: int | None = None) -> LetterRow:
    return LetterRow(
        pk=key,
        mailing=mailing,
        serial=one.serial,
        person=one.person,
        postal_code=one.postal_code,
        number=one.number,
        has_bars=one.has_bars,
        state=one.state,
        since=one.since,
        reason=one.reason,
    )


def _sent_of(row: LetterRow) -> Sent:
    return Sent(row.serial, row.person, row.postal_code, row.number, row.has_bars, row.state, row.since, row.reason)


def _mailing_of(row: MailingRow) -> Mailing:
    return Mailing(
        row.number, row.folder, row.made_at.astimezone(JST), row.letter_count, row.held_count, row.last_change
    )


def _batches(values: Iterable[T]) -> Iterable[list[T]]:
    batch: list[T] = []
    for value in values:
        batch.append(value)
        if len(batch) == _BATCH:
            yield batch
            batch = []
    if batch:
        yield batch
