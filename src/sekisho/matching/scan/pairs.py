"""Which hits near each other belong to the same row of the ledger (compiled: names alone are many and say nothing)."""
# Compiled code wants plain comparisons and flat arguments:
# ruff: noqa: PLR0917, PLR1714

from typing import Any

import numpy as np

from sekisho.matching.index.columns import ADDRESS, KANA, NAME, POLICY, POSTAL
from sekisho.matching.inside import compiled_part
from sekisho.matching.scan.hits import BEGIN, END, EXTRA, HIGH, KIND, LINE, LOW, PIECE

ROW, ANCHOR, OTHER_HIT, ROLES = range(4)


@compiled_part
def _roles(refs: Any, low: Any, high: Any, row: Any) -> Any:
    """The roles (bits) under which ``row`` stands in ``refs[low:high]``; 0 = it does not."""
    wanted = np.uint32(row) << np.uint32(2)
    begin, end = low, high
    while begin < end:
        middle = (begin + end) // 2
        if refs[middle] < wanted:
            begin = middle + 1
        else:
            end = middle
    roles: Any = 0
    while begin < high and refs[begin] >> np.uint32(2) == np.uint32(row):
        roles |= 1 << np.int64(refs[begin] & np.uint32(3))
        begin += 1
    return roles


@compiled_part
def _near(hits: Any, one: Any, other: Any, window: Any, tables: Any) -> Any:
    """Within the window, or in the same row of a table; always in the same piece."""
    if hits[one, PIECE] != hits[other, PIECE]:
        return False
    gap = max(hits[one, BEGIN], hits[other, BEGIN]) - min(hits[one, END], hits[other, END])
    return gap <= window or (tables[hits[one, PIECE]] and hits[one, LINE] == hits[other, LINE])


@compiled_part
def _join(hits: Any, refs: Any, anchor: Any, other: Any, pairs: Any, used: Any) -> Any:
    """Write every row that both hits have: (row, anchor, other, anchor's roles + 16 × other's roles)."""
    kind = hits[other, KIND]
    low, high = hits[anchor, LOW], hits[anchor, HIGH]
    other_low, other_high = hits[other, LOW], hits[other, HIGH]
    few = high - low <= other_high - other_low
    begin, end = (low, high) if few else (other_low, other_high)
    last = np.int64(-1)
    for place in range(begin, end):
        row = np.int64(refs[place] >> np.uint32(2))
        if row == last:
            continue
        last = row
        first_roles = _roles(refs, low, high, row)
        if not first_roles:
            continue
        roles = _roles(refs, other_low, other_high, row)
        if kind == ADDRESS and hits[other, EXTRA]:
            roles &= 1  # another house of the same block is no match
        if roles:
            if used < len(pairs):
                pairs[used, 0], pairs[used, 1], pairs[used, 2] = row, anchor, other
                pairs[used, 3] = first_roles | roles << 4
            used += 1
    return used


@compiled_part
def pair(hits: Any, count: Any, refs: Any, window: Any, tables: Any, pairs: Any) -> Any:
    """All pairs of a policy number, name or kana hit with another item of the same row nearby."""
    used = np.int64(0)
    for anchor in range(count):
        kind = hits[anchor, KIND]
        if kind != POLICY and kind != NAME and kind != KANA:
            continue
        for step in (-1, 1):
            other = anchor + step
            while 0 <= other < count and _near(hits, anchor, other, window, tables):
                second = hits[other, KIND]
                useful = POLICY < second <= POSTAL and hits[other, HIGH] > hits[other, LOW]
                if useful and not (kind != POLICY and second == NAME) and not (kind == KANA and second == KANA):
                    used = _join(hits, refs, anchor, other, pairs, used)
                other += step
    return used
