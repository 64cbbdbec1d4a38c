"""Where a name may begin and end, and the longest name of the ledger from there (compiled)."""
# Compiled code wants plain comparisons and flat arguments:
# ruff: noqa: PLR0917

from typing import Any, NamedTuple

import numpy as np

from sekisho.kernel.folding_compiled import KATAKANA, OTHER
from sekisho.matching import canonical as form
from sekisho.matching.index.hashing import absorb, find, finish
from sekisho.matching.inside import compiled_part
from sekisho.matching.scan.hits import KANA

NAME_GAP = 2


class Words(NamedTuple):
    """Word lists as arrays. ``marks``: bits per character, what it may be the edge of (``JOINER`` comes from the
    index); ``pairs``: of ``beginnings.pair_marks``. ``before`` and ``after``: what may stand beside a name. ``heads``:
    beginning → first << 16 | count of header words in ``head_codes`` (longest first), whose last column is the number
    of the item."""

    marks: Any
    pairs: Any
    before: Any
    after: Any
    heads: Any
    head_codes: Any


BEFORE_LAST, AFTER_FIRST, JOINER = 1, 2, 4
"""Marks: the last character of a word before a name, the first of one behind it, a sign inside policy numbers."""
HEAD_FIRST, NAME_FIRST, KANA_FIRST, ADDRESS_FIRST = 8, 16, 32, 64
"""Marks: what begins with this character, in the word lists or in the ledger. Most characters of a text begin nothing:
one look at them is enough."""
LOOK = 128
"""Mark: a digit, a letter, the first character of an era, a sign at which something may stand."""


@compiled_part
def left_open(codes: Any, kinds: Any, at: Any, before: Any) -> Any:
    """A name may begin at ``at``: no character of the same script before it, or one of the words that may stand
    there."""
    if at == 0 or kinds[at - 1] != kinds[at]:
        return True
    for place in range(len(before)):
        size = 0
        while before[place, size]:
            size += 1
        if size <= at and codes[at - 1] == before[place, size - 1]:
            same = True
            for back in range(size):
                if codes[at - size + back] != before[place, back]:
                    same = False
                    break
            if same:
                return True
    return False


@compiled_part
def _right_open(codes: Any, kinds: Any, end: Any, count: Any, marks: Any, after: Any) -> Any:
    """A name may end before ``end``."""
    if end >= count or kinds[end] != kinds[end - 1]:
        return True
    first = codes[end]
    if first > 0xFFFF or not marks[first] & AFTER_FIRST:
        return False
    for place in range(len(after)):
        size = 0
        same = True
        while after[place, size]:
            if end + size >= count or codes[end + size] != after[place, size]:
                same = False
                break
            size += 1
        if same:
            return True
    return False


@compiled_part
def next_name_character(codes: Any, kinds: Any, at: Any, count: Any) -> Any:
    """The next character of a name behind ``at``, over up to two blanks or dots; −1 = none."""
    for _ in range(NAME_GAP + 1):
        at += 1
        if at >= count:
            return -1
        if kinds[at] != OTHER:
            return at
        if not form.is_name_gap(codes[at]):
            return -1
    return -1


@compiled_part
def longest_name(
    codes: Any, kinds: Any, begin: Any, count: Any, lengths: Any, kind: Any, states: Any, words: Any, starts: Any,
    marks: Any, after: Any,
) -> Any:  # fmt: skip
    """(lo, hi, end) of the longest ledger name that begins at ``begin`` and ends at a boundary; lo = hi when none."""
    kana = kind == KANA
    a, b, c, d = states[kind, 0], states[kind, 1], states[kind, 2], states[kind, 3]
    size = 0
    at = begin
    low, high, end = 0, 0, begin
    half = np.uint64(0)
    while at >= 0 and lengths >> np.uint64(size + 1):
        if kana and kinds[at] < KATAKANA:
            break
        code = np.uint64(form.large_kana(codes[at]) if kana else codes[at])
        if size % 2:
            a, b, c, d = absorb(a, b, c, d, half | (code << np.uint64(32)))
        else:
            half = code
        size += 1
        if (lengths >> np.uint64(size)) & np.uint64(1) and _right_open(codes, kinds, at + 1, count, marks, after):
            last = np.uint64((8 + 4 * size) & 0xFF) << np.uint64(56)
            if size % 2:
                last |= half
            lo, hi = find(words, starts, kind, finish(a, b, c, d, last))
            if hi > lo:
                low, high, end = lo, hi, at + 1
        if size >= form.NAME_MAX:
            break
        at = next_name_character(codes, kinds, at, count)
    return low, high, end
