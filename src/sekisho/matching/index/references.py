"""Findings of a sweep against a match index name policies by reference; who has the ledger turns them into numbers."""

from collections.abc import Iterable

import numpy as np
import pyarrow as pa

from sekisho.kernel.errors import InputError
from sekisho.matching.index.build import READING, Progress
from sekisho.matching.index.match_index import MatchIndex

REFERENCE = "ref"


def resolved(
    findings: pa.Table,
    index: MatchIndex,
    batches: Iterable[pa.RecordBatch],
    progress: Progress | None = None,
) -> tuple[pa.Table, int, int]:
    """The findings with policy numbers where there were references, in the same order and under the same ids; how many
    policies were found in ``batches`` (policy_no, insurer_id), and how many were not: their references stay.

    Raises ``InputError`` for a reference into another index."""
    told = findings.column("policy_no").to_pylist()
    rows = np.array([reference_row(number, index.index_id) for number in told], np.int64)
    wanted = np.unique(rows[rows >= 0])
    numbers: dict[int, str] = {}
    done = 0
    for batch in batches:
        found = index.rows_of(batch)
        places = np.flatnonzero(np.isin(found, wanted))
        written = batch.column("policy_no").take(pa.array(places)).to_pylist()
        for row, number in zip(found[places].tolist(), written, strict=True):
            numbers.setdefault(row, number)
        done += batch.num_rows
        if progress is not None:
            progress(READING, done, index.rows)
    answered = [numbers.get(row, number) for row, number in zip(rows.tolist(), told, strict=True)]
    place = findings.schema.get_field_index("policy_no")
    table = findings.set_column(place, "policy_no", pa.array(answered, pa.string()))
    return table, len(numbers), len(wanted) - len(numbers)


def reference_row(policy_no: str, index_id: str) -> int:
    """The row that a reference names; −1 when it is none. Raises ``InputError`` when it is one of another index."""
    kind, _, rest = policy_no.partition(":")
    found, _, row = rest.partition(":")
    if kind != REFERENCE or not row.isdecimal() or not row.isascii():
        return -1
    if found != index_id:
        raise InputError(
            f"refers to the index {found[:8]}, this one is {index_id}", where="policy_no", remedy="give that index"
        )
    return int(row)
