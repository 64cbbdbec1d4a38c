"""The columns of a finding: the contract of DESIGN §5, the same in Parquet, CSV and JSON lines."""

import pyarrow as pa

FINDINGS = pa.schema(
    [
        (name, pa.string())
        for name in (
            "finding_id",
            "at",
            "channel",
            "cause",
            "legal_character",
            "insurer_id",
            "policy_no",
            "holder_kind",
            "sender_party",
            "sender_person",
            "recipient_party",
            "recipient_person",
            "agency_id",
            "items",
            "evidence",
            "matched_by",
            "confidence",
            "ground_missing",
            "rule_version",
        )
    ]
)
"""All text: ``at`` is ISO 8601 with offset, ``items`` and several ``recipient_person`` are joined by ``;``.
``recipient_party`` is ``?domain`` when nobody in the registry, ``?`` when the mail names no recipient;
``ground_missing`` starts with ``unresolved:`` when the
question could not be decided (what is unknown follows); ``cause`` is empty when the evidence does not tell it."""

UNRESOLVED = "unresolved:"


def blank_findings() -> pa.Table:
    """A table of no findings."""
    return FINDINGS.empty_table()
