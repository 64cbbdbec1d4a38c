"""What the rule reads: tables, columns and their types, as data.

The registry (``docs/architecture.md``) has more columns; names, phones and birth dates of customers never enter the
rule. A table or optional column that a registry lacks is filled with empties, so that ``rule.sql`` runs unchanged.
"""

from collections.abc import Mapping, Sequence

import pyarrow as pa

TEXT, DAY, NUMBER, FLAG = pa.string(), pa.date32(), pa.int64(), pa.bool_()

_POLICY = {
    "policy_no": TEXT,
    "insurer_id": TEXT,
    "agency_id": TEXT,
    "working_agency_id": TEXT,
    "producer_id": TEXT,
    "office_id": TEXT,
    "line": TEXT,
    "email": TEXT,
}
_PERIOD = {"start": DAY, "end": DAY}

REGISTRY: Mapping[str, Mapping[str, pa.DataType]] = {
    "insurers": {"insurer_id": TEXT, "name": TEXT, "kind": TEXT},
    "agencies": {"agency_id": TEXT, "name": TEXT},
    "offices": {"office_id": TEXT, "party_id": TEXT, "name": TEXT},
    "appointments": {"insurer_id": TEXT, "agency_id": TEXT, "line": TEXT, **_PERIOD},
    "supervisions": {"supervising_agency_id": TEXT, "working_agency_id": TEXT, **_PERIOD},
    "people": {"person_id": TEXT, "name": TEXT, "party_id": TEXT, **_PERIOD},
    "secondments": {"person_id": TEXT, "home_insurer_id": TEXT, "host_agency_id": TEXT, **_PERIOD},
    "duties": {
        "person_id": TEXT,
        "party_id": TEXT,
        "insurer_id": TEXT,
        "line": TEXT,
        "office_id": TEXT,
        "own_only": FLAG,
        **_PERIOD,
    },
    "addresses": {"address": TEXT, "person_id": TEXT, "party_id": TEXT, **_PERIOD},
    "accounts": {"account_id": TEXT, "person_id": TEXT, "party_id": TEXT, **_PERIOD},
    "policies": _POLICY,
    "transfers": {"policy_no": TEXT, "insurer_id": TEXT, "agency_id": TEXT, "working_agency_id": TEXT, **_PERIOD},
    "consents": {
        "policy_no": TEXT,
        "insurer_id": TEXT,
        "recipient_id": TEXT,
        "purpose": TEXT,
        "items_mask": NUMBER,
        **_PERIOD,
        "withdrawn_on": DAY,
    },
    "joint_uses": {"joint_use_id": TEXT, "party_ids": TEXT, "purpose": TEXT, "items_mask": NUMBER, **_PERIOD},
}
"""Registry table → columns that the rule reads (``name``s are read for the explanation only)."""

EXTRA_POLICIES: Mapping[str, pa.DataType] = _POLICY
"""Policies known only from a list that was found: the columns of ``policies``, any but the two keys may be missing."""

ASKED: Mapping[str, pa.DataType] = {
    "ask_id": NUMBER,
    "viewer": TEXT,
    "insurer_id": TEXT,
    "policy_no": TEXT,
    "on_date": DAY,
    "items": NUMBER,
    "purpose": TEXT,
}
"""A question: may this viewer hold these items of this policy on this day for this purpose?"""

ANSWER = pa.schema(
    [
        ("ask_id", NUMBER),
        ("verdict", TEXT),
        ("party_id", TEXT),
        ("person_id", TEXT),
        ("seconded_from", TEXT),
        ("ground", TEXT),
        ("missing", TEXT),
    ]
)
RESOLVED = pa.schema(
    [
        ("viewer", TEXT),
        ("on_date", DAY),
        ("party_id", TEXT),
        ("person_id", TEXT),
        ("seconded_from", TEXT),
        ("known", FLAG),
    ]
)
STANDING = pa.schema([("viewer", TEXT), ("on_date", DAY), ("party_id", TEXT), ("person_id", TEXT), ("nobody", TEXT)])


def fitted(table: pa.Table | None, columns: Mapping[str, pa.DataType]) -> pa.Table:
    """``table`` with exactly these columns and types; a missing column (or table) is filled with nulls."""
    rows = 0 if table is None else table.num_rows
    arrays = {
        name: (
            _as(table.column(name), kind)
            if table is not None and name in table.column_names
            else pa.nulls(rows, type=kind)
        )
        for name, kind in columns.items()
    }
    return pa.table(arrays)


def _as(column: pa.ChunkedArray, kind: pa.DataType) -> pa.ChunkedArray:
    return column if column.type == kind else column.cast(kind)  # a cast that does nothing costs too


def rows_of(asked: Sequence[Sequence[object]]) -> pa.Table:
    """Questions, each with its cells in the order of ``ASKED``, as a table."""
    cells = list(zip(*asked, strict=True)) or [()] * len(ASKED)
    return pa.table(
        {name: pa.array(column, type=kind) for (name, kind), column in zip(ASKED.items(), cells, strict=True)}
    )
