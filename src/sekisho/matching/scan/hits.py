"""What the scan writes: hits, heads and labels as rows of numbers (compiled), and the fields by their numbers."""
# Compiled code wants plain comparisons and flat arguments:
# ruff: noqa: PLR0917

from typing import Any

import numpy as np

from sekisho.matching.index import columns
from sekisho.matching.inside import compiled_part

KIND, BEGIN, END, LOW, HIGH, EXTRA, LINE, PIECE = range(8)
HIT_COLUMNS = 8
PARTIAL = 1
"""``EXTRA`` of a policy hit that stands inside a longer hyphenated number."""
# As numpy integers: a plain int would make Numba compile every function anew for each of them.
POLICY, NAME, KANA, BIRTH = (np.int64(kind) for kind in (columns.POLICY, columns.NAME, columns.KANA, columns.BIRTH))
PHONE, EMAIL, ADDRESS = (np.int64(kind) for kind in (columns.PHONE, columns.EMAIL, columns.ADDRESS))
POSTAL, PREMIUM = np.int64(columns.POSTAL), np.int64(columns.PREMIUM)
NONE = np.int64(0)


@compiled_part
def put(
    hits: Any, used: Any, kind: Any, begin: Any, end: Any, low: Any, high: Any, extra: Any, line: Any, piece: Any
) -> Any:
    """Write a hit if there is room; returns how many there are now."""
    if used < len(hits):
        row = hits[used]
        row[0], row[1], row[2], row[3] = kind, begin, end, low
        row[4], row[5], row[6], row[7] = high, extra, line, piece
    return used + 1


@compiled_part
def put_place(rows: Any, used: Any, begin: Any, end: Any, what: Any, piece: Any) -> Any:
    """Write a head or label if there is room; returns how many there are now."""
    if used < len(rows):
        rows[used, 0], rows[used, 1], rows[used, 2], rows[used, 3] = begin, end, what, piece
    return used + 1
