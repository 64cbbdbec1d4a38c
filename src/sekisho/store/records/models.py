"""The tables of records.

Every row of a ``Recorded`` model is changed by ``save()`` only, and each change goes into the ledger, the whole row.
What was told to others, what was judged, and the ledger itself never change at all: triggers refuse it (migration 2).
"""

from typing import Any

from django.db import models

from sekisho.kernel.errors import SekishoError


class RecordedQuerySet(models.QuerySet):
    """Refuses what would pass the ledger by."""

    def update(self, **values: Any) -> int:
        raise SekishoError("records are changed one by one, with a line in the ledger")

    def delete(self) -> tuple[int, dict[str, int]]:
        raise SekishoError("records are never deleted")

    def bulk_create(self, objs: Any, *args: Any, **options: Any) -> list[Any]:
        raise SekishoError("records are made one by one, with a line in the ledger")

    bulk_update = update


class Recorded(models.Model):
    """A row whose every change stands in the ledger."""

    objects = RecordedQuerySet.as_manager()

    class Meta:
        abstract = True
        base_manager_name = "objects"

    def save(self, *args: Any, **options: Any) -> None:
        """Write the row and its line in the ledger, or neither. Only inside ``ledger.acting``."""
        from sekisho.store.records import ledger  # noqa: PLC0415  (it reads this module)

        ledger.save(self, super().save)

    def delete(self, *args: Any, **options: Any) -> tuple[int, dict[str, int]]:
        raise SekishoError("records are never deleted")


class LedgerRow(models.Model):
    """One change, in a chain: ``hash`` is over the hash before and this line (``ledger.chained``)."""

    seq = models.BigIntegerField(primary_key=True)
    at = models.TextField()
    actor = models.TextField()
    action = models.TextField()
    subject = models.TextField(db_index=True)
    content = models.TextField()
    hash = models.CharField(max_length=64)

    class Meta:
        db_table = "record_ledger"


class IncidentRow(Recorded):
    """事案."""

    title = models.TextField()
    own_party = models.TextField()
    causes = models.JSONField(default=list)
    legal_character = models.TextField()
    medium = models.TextField()
    known_on = models.DateField()
    known_by = models.TextField(default="")
    first_day = models.DateField(null=True)
    last_day = models.DateField(null=True)
    outline = models.TextField(default="")
    secondary_damage = models.TextField(default="")
    publication = models.TextField(default="")
    response = models.TextField(default="")
    other = models.TextField(default="")
    by_hand = models.JSONField(default=list)
    facts = models.JSONField(default=dict)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    close_reason = models.TextField(default="")

    class Meta:
        db_table = "incident"


class OfIncident(Recorded):
    """Something that belongs to an incident."""

    incident = models.ForeignKey(IncidentRow, on_delete=models.PROTECT, related_name="+")

    class Meta(Recorded.Meta):
        abstract = True


class FindingsRow(OfIncident):
    """A file of findings that an incident rests on, kept in the workspace under the name of its fingerprint."""

    source = models.TextField()
    sha256 = models.CharField(max_length=64)
    row_count = models.BigIntegerField()
    added_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True)
    remove_reason = models.TextField(default="")

    class Meta:
        db_table = "incident_findings"


class EventRow(OfIncident):
    """A line of the timeline."""

    at = models.DateTimeField()
    text = models.TextField()
    actor = models.TextField(default="")

    class Meta:
        db_table = "incident_event"


class ReasonRow(OfIncident):
    """原因分析."""

    text = models.TextField()
    cause = models.TextField(default="")

    class Meta:
        db_table = "incident_reason"


class MeasureRow(OfIncident):
    """再発防止策."""

    text = models.TextField()
    cause = models.TextField(default="")
    owner = models.TextField(default="")
    due = models.DateField(null=True)
    done_on = models.DateField(null=True)

    class Meta:
        db_table = "incident_measure"


class TaskRow(OfIncident):
    """Interview, recovery, confirmation of deletion … with one party."""

    kind = models.TextField()
    party_id = models.TextField()
    text = models.TextField()
    owner = models.TextField(default="")
    due = models.DateField(null=True)
    done_on = models.DateField(null=True)
    result = models.TextField(default="")

    class Meta:
        db_table = "incident_task"


class StatementRow(OfIncident):
    """A snapshot: figures that were told to somebody. Never changed (a trigger refuses it)."""

    number = models.IntegerField()
    as_of = models.DateField()
    told_to = models.TextField()
    told_on = models.DateField(null=True)
    unit = models.TextField()
    figures = models.JSONField()
    counted_sha256 = models.CharField(max_length=64)
    rule_versions = models.JSONField(default=list)
    registry_version = models.TextField(default="")
    made_at = models.DateTimeField()

    class Meta:
        db_table = "incident_statement"
        constraints = (models.UniqueConstraint(fields=("incident", "number"), name="one_statement_a_number"),)


class JudgementRow(OfIncident):
    """Report or not, on which ground, decided with the facts known then. Never changed."""

    at = models.DateTimeField()
    actor = models.TextField()
    duty = models.TextField()
    decision = models.TextField()
    reason = models.TextField(default="")
    facts = models.JSONField()
    duties = models.JSONField()

    class Meta:
        db_table = "incident_judgement"


class PairRow(Recorded):
    """名寄せ: two person keys, decided to be one person or two."""

    first = models.TextField()
    second = models.TextField()
    is_same = models.BooleanField()
    reason = models.TextField(default="")
    actor = models.TextField(default="")
    at = models.DateTimeField()

    class Meta:
        db_table = "person_pair"
        constraints = (models.UniqueConstraint(fields=("first", "second"), name="one_decision_a_pair"),)


class MailingRow(OfIncident):
    """A run of letters. ``letters_sha256`` is over all its letters as they stand: so each change of theirs is in the
    ledger, without a line for each of 204,783 letters."""

    number = models.IntegerField()
    folder = models.TextField()
    made_at = models.DateTimeField()
    letter_count = models.BigIntegerField()
    held_count = models.BigIntegerField()
    print_ledger_sha256 = models.CharField(max_length=64)
    letters_sha256 = models.CharField(max_length=64)
    last_change = models.TextField(default="")

    class Meta:
        db_table = "mailing"
        constraints = (models.UniqueConstraint(fields=("incident", "number"), name="one_mailing_a_number"),)


class LetterRow(models.Model):
    """One letter and what became of it; changed in bulk, under the digest of its mailing."""

    mailing = models.ForeignKey(MailingRow, on_delete=models.PROTECT, related_name="+")
    serial = models.TextField()
    person = models.TextField()
    postal_code = models.TextField(default="")
    number = models.TextField(default="")
    has_bars = models.BooleanField(default=False)
    state = models.TextField()
    since = models.DateField(null=True)
    reason = models.TextField(default="")

    class Meta:
        db_table = "mailing_letter"
        constraints = (models.UniqueConstraint(fields=("mailing", "serial"), name="one_letter_a_serial"),)


class HeldRow(models.Model):
    """A letter that was held back, with the reason; under the same digest."""

    mailing = models.ForeignKey(MailingRow, on_delete=models.PROTECT, related_name="+")
    person = models.TextField()
    reason = models.TextField()
    detail = models.TextField(default="")

    class Meta:
        db_table = "mailing_held"


class EnquiryRow(OfIncident):
    """An enquiry as it is kept: a keyed digest of the caller, never what was said."""

    at = models.DateTimeField()
    clerk = models.TextField()
    caller = models.TextField(db_index=True)
    said = models.JSONField(default=list)
    outcome = models.TextField()
    person = models.TextField(default="")

    class Meta:
        db_table = "incident_enquiry"
