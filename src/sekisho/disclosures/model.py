"""The facts of a sweep, before any judgement.

A *disclosure* says: data of this policy (these items) came from A to B by channel C at time T. A mail with a list of
500 policies to 20 addresses holds 10,000 of them, so they are kept factored, as three Arrow tables joined by
``event_id``: what happened (events), who got it (recipients), what was in it (policies).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import pyarrow as pa

EVENTS = pa.schema(
    [
        ("event_id", pa.int64()),
        ("channel", pa.string()),  # mail | file | access | delivery
        ("at", pa.string()),  # ISO 8601 with offset; "" when the evidence does not tell
        ("on_date", pa.date32()),  # the day in Japan; null when unknown
        ("sender", pa.string()),  # mail address, or party id; "" when unknown
        ("parent_sender", pa.string()),  # who sent the message that this one answers, when it is in the archive
        ("source", pa.string()),  # archive or log the evidence lies in
        ("message_id", pa.string()),
        ("also", pa.string()),  # where else the same evidence stands; "" when nowhere
    ]
)

RECIPIENTS = pa.schema([("event_id", pa.int64()), ("viewer", pa.string())])

POLICIES = pa.schema(
    [
        ("event_id", pa.int64()),
        ("insurer_id", pa.string()),  # "" when the evidence does not tell
        ("policy_no", pa.string()),
        ("policy_row", pa.int64()),  # row of the ledger; -1: known only from the evidence itself
        ("items", pa.int64()),  # bit mask, law/items.py
        ("part", pa.string()),  # kernel/content.py
        ("position", pa.string()),
        ("matched_by", pa.string()),
        ("confidence", pa.string()),  # certain | probable | possible
    ]
)

UNREAD = pa.schema(
    [
        ("source", pa.string()),
        ("message_id", pa.string()),
        ("part", pa.string()),
        ("reason", pa.string()),  # kernel.content.REASONS
        ("detail", pa.string()),
    ]
)


@dataclass(frozen=True, slots=True)
class Disclosures:
    """What a sweep saw. ``read_count`` counts messages or log rows read, disclosing or not; ``unread`` lists what
    could not be looked into: it is part of the result, for nobody may conclude "nothing there" from it."""

    events: pa.Table
    recipients: pa.Table
    policies: pa.Table
    unread: pa.Table
    read_count: int
    gaps: tuple[tuple[str, date, date], ...] = ()
    """Days without any row in a system's log, (system, first, last): there nobody can say who looked at what."""
    settled_count: int = 0
    """Rows of a log that the rule surely allows: they are no events here."""
    known_count: int = 0
    """Messages that an earlier run had read."""
    gone_count: int = 0
    """Messages that an earlier run read and this one did not meet; what they disclosed is in here all the same."""
    gone_files_count: int = 0
    gone_files: tuple[str, ...] = ()
    """Files of earlier runs that this one did not meet (the first few by name)."""

    @staticmethod
    def of(
        events: Sequence[tuple[object, ...]],
        recipients: Sequence[tuple[object, ...]],
        policies: Sequence[tuple[object, ...]],
        unread: Sequence[tuple[object, ...]],
        read_count: int,
    ) -> "Disclosures":
        """From rows in the order of the schemas' columns."""
        return Disclosures(
            table_of(EVENTS, events),
            table_of(RECIPIENTS, recipients),
            table_of(POLICIES, policies),
            table_of(UNREAD, unread),
            read_count,
        )


def table_of(schema: pa.Schema, rows: Sequence[tuple[object, ...]]) -> pa.Table:
    """An Arrow table of ``rows`` (tuples in the order of the schema's columns)."""
    columns = list(zip(*rows, strict=True)) if rows else [() for _ in schema]
    return pa.table(
        [pa.array(column, type=field.type) for column, field in zip(columns, schema, strict=True)], schema=schema
    )
