"""Which hits near each other belong to the same row of the ledger (compiled: names alone are many and say nothing).

A list made to be slow must not cost the square of its length: an anchor looks at the nearest hits only, at each value
once in each direction, and two values that very many policies share are joined in full where they first meet and by
``REPEAT_ROWS`` afterwards (the policies are told already; the evidence then says no more than possible). What is not
told for that reason is said: the message is then listed as not read to its end.
"""
# Compiled code wants plain comparisons and flat arguments:
# ruff: noqa: PLR0917, PLR1714, SIM110

from typing import Any

import numpy as np

from sekisho.matching.index.columns import ADDRESS, KANA, NAME, POLICY, POSTAL
from sekisho.matching.index.hashing import ROLE_BITS
from sekisho.matching.inside import compiled_part
from sekisho.matching.scan.hits import BEGIN, END, EXTRA, HIGH, KIND, LINE, LOW, PIECE

ROW, ANCHOR, OTHER_HIT, ROLES = range(4)
NEIGHBOURS = 256
"""So many hits in each direction are looked at; a window of 200 characters holds about 50."""
FIRST_ROWS = 20_000
REPEAT_ROWS = 16
"""So many policies with both values are told where they first meet in a piece, and where they meet again."""
_MEETINGS = 1024
_PAIRS_MAX = 2_000_000


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
        roles |= ROLE_BITS[refs[begin] & np.uint32(3)]
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
def _join(hits: Any, refs: Any, anchor: Any, other: Any, pairs: Any, used: Any, most: Any) -> Any:
    """Write the rows that both hits have, up to ``most``: (row, anchor, other, anchor's roles + 16 × other's roles)."""
    kind = hits[other, KIND]
    low, high = hits[anchor, LOW], hits[anchor, HIGH]
    other_low, other_high = hits[other, LOW], hits[other, HIGH]
    few = high - low <= other_high - other_low
    begin, end = (low, high) if few else (other_low, other_high)
    last = np.int64(-1)
    full = used + most
    for place in range(begin, end):
        if used == full:
            break
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
def _seen(values: Any, count: Any, low: Any, extra: Any) -> Any:
    """Whether this value (and whether a number follows it) is among the first ``count`` rows."""
    for place in range(count):
        if values[place, 0] == low and values[place, 1] == extra:
            return True
    return False


@compiled_part
def _met(meetings: Any, count: Any, low: Any, other_low: Any, piece: Any) -> Any:
    """Whether these two values have met before in this piece."""
    for place in range(count):
        if meetings[place, 0] == low and meetings[place, 1] == other_low and meetings[place, 2] == piece:
            return True
    return False


@compiled_part
def pair(hits: Any, count: Any, refs: Any, window: Any, tables: Any, pairs: Any) -> Any:
    """The pairs of a policy number, name or kana hit with another item of the same row nearby: how many there are, and
    how many joins were cut short where policies may have been met for the first time."""
    used, met, cut = np.int64(0), np.int64(0), np.int64(0)
    values = np.empty((NEIGHBOURS, 2), np.int64)
    meetings = np.empty((_MEETINGS, 3), np.int64)
    for anchor in range(count):
        kind = hits[anchor, KIND]
        if kind != POLICY and kind != NAME and kind != KANA:
            continue
        for step in (-1, 1):
            other = anchor + step
            seen, steps = np.int64(0), np.int64(0)
            while steps < NEIGHBOURS and 0 <= other < count and _near(hits, anchor, other, window, tables):
                second, low = hits[other, KIND], hits[other, LOW]
                extra = hits[other, EXTRA] if second == ADDRESS else np.int64(0)
                useful = POLICY < second <= POSTAL and hits[other, HIGH] > low
                if (
                    useful
                    and not (kind != POLICY and second == NAME)
                    and not (kind == KANA and second == KANA)
                    and (not _seen(values, seen, low, extra))
                ):
                    values[seen, 0], values[seen, 1] = low, extra
                    seen += 1
                    told = _met(meetings, met, hits[anchor, LOW], low, hits[anchor, PIECE])
                    again = told or used > _PAIRS_MAX
                    most = REPEAT_ROWS if again else FIRST_ROWS
                    before = used
                    used = _join(hits, refs, anchor, other, pairs, used, most)
                    cut += not told and used - before == most
                    if used - before > REPEAT_ROWS and not again and met < _MEETINGS:
                        meetings[met, 0], meetings[met, 1], meetings[met, 2] = (
                            hits[anchor, LOW], low, hits[anchor, PIECE]
                        )  # fmt: skip
                        met += 1
                other += step
                steps += 1
    return used, cut
