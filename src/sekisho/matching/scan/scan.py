"""One pass over the folded text of a message: everything that is in the ledger, and where lists may begin.

Compiled. ``scan`` writes *hits* (value in the ledger, or a date or amount that may confirm one), *heads* (lines with
two or more header words) and *labels* (a header word followed by a colon or bracket). What they mean is decided in
``evidence``.

* policy numbers: runs of letters and digits joined by single hyphens or spaces, up to six, whose shape the ledger has
* names: only where the ledger's two first characters of a name stand; the longest name that ends at a boundary
* kana the same with three characters; addresses where a ledger address begins; phones, mail addresses, postal codes,
  dates
"""
# Compiled code wants plain comparisons and flat arguments:
# ruff: noqa: PLR0912, PLR0915, PLR0917

from typing import Any

import numpy as np

from sekisho.kernel.folding_compiled import DIGIT, KANJI, KATAKANA, LETTER, OTHER
from sekisho.matching import canonical as form
from sekisho.matching.index.columns import prefix_of
from sekisho.matching.index.hashing import BEGINNINGS_AT, beginning, find, hash_codes, may_begin
from sekisho.matching.inside import compiled_part
from sekisho.matching.scan.beginnings import BEGINS
from sekisho.matching.scan.dates import era_date
from sekisho.matching.scan.finders import (
    AT,
    DASH,
    HEAD_LINE_MAX,
    NEWLINE,
    PLUS,
    find_email,
    find_head,
    find_phone,
    find_policy,
    is_era_first,
    is_era_letter,
    is_label_end,
    is_number,
    put_address,
    put_day,
    put_numbers,
)
from sekisho.matching.scan.hits import ADDRESS, EMAIL, KANA, NAME, NONE, PHONE, POLICY, put, put_place
from sekisho.matching.scan.names import (
    ADDRESS_FIRST,
    BEFORE_LAST,
    HEAD_FIRST,
    KANA_FIRST,
    NAME_FIRST,
    left_open,
    longest_name,
    next_name_character,
)
from sekisho.matching.scan.places import find_places, worth_looking


@compiled_part
def scan(
    codes: Any, kinds: Any, count: Any, positions: Any, bounds: Any, states: Any, words: Any, starts: Any,
    marks: Any, pairs: Any, before: Any, after: Any, heads: Any, head_codes: Any, key_items: Any,
    lead: Any, known: Any,
    hits: Any, found_heads: Any, labels: Any, out: Any, sizes: Any, stops: Any, places: Any,
) -> Any:  # fmt: skip
    """Scan ``codes[:count]``. ``bounds[i]`` is the original position where piece i begins (a newline stands before it).
    ``states``, ``words``, ``starts``: the index; ``marks`` … ``head_codes``: ``Words``; a line with ``key_items`` and
    another item is a head; ``lead``, ``known``: of ``numbers_like``; ``places``: room for ``count`` numbers.
    Returns how many hits, heads and labels there are; more than fit means: call again with larger arrays."""
    used, used_heads, used_labels = NONE, NONE, NONE
    line: Any = NONE
    piece: Any = NONE
    line_begin: Any = NONE
    items: Any = NONE
    policy_to: Any = NONE
    head_to: Any = NONE
    address_to: Any = NONE
    begins = np.int64(words[BEGINNINGS_AT])
    found = find_places(codes, kinds, count, marks, places)
    for place in range(worth_looking(codes, kinds, marks, pairs, known, places, found)):
        at = np.int64(places[place])
        kind = kinds[at]
        code = codes[at]
        if kind == OTHER:
            if code == NEWLINE:
                if items & key_items and items & (items - 1) and at - line_begin <= HEAD_LINE_MAX:
                    used_heads = put_place(found_heads, used_heads, line_begin, at, items, piece)
                line += 1
                line_begin = at + 1
                items = NONE
                while piece + 1 < len(bounds) and positions[at] >= bounds[piece + 1] - 1:
                    piece += 1
            elif code == AT:
                begin, end = find_email(codes, kinds, at, count, out)
                if end > begin:
                    low, high = find(words, starts, EMAIL, hash_codes(states, EMAIL, out, end - begin))
                    if high > low:
                        used = put(hits, used, EMAIL, begin, end, low, high, NONE, line, piece)
            elif code == PLUS:
                low, high, end = find_phone(codes, kinds, at, count, states, words, starts, out)
                if high > low:
                    used = put(hits, used, PHONE, at, end, low, high, NONE, line, piece)
            continue
        number = kind <= LETTER
        before_kind = kinds[at - 1] if at else np.uint8(OTHER)
        if number and is_number(before_kind):
            continue
        mark = marks[code] if code <= 0xFFFF else BEGINS
        second: Any = -1
        if mark & BEGINS:
            second = at + 1
            if second >= count or kinds[second] == OTHER:
                second = next_name_character(codes, kinds, at, count)
        inside_kana = kind >= KATAKANA and kind == before_kind  # header words and places begin where a run begins
        if second >= 0 and mark & HEAD_FIRST and at >= head_to and not inside_kana:
            prefix = prefix_of(NONE, code, codes[second], np.uint32(0))
            if may_begin(heads, NONE, prefix):
                item, end = find_head(codes, kinds, at, second, count, heads, head_codes)
                if item >= 0:
                    items |= np.int64(1) << item
                    head_to = end
                    if is_label_end(codes, end, count):
                        used_labels = put_place(labels, used_labels, at, end, item, piece)
        if number:
            if at >= policy_to:
                low, high, end = find_policy(codes, kinds, at, count, states, words, starts, marks, lead, known, out)
                if high > low:
                    ahead = at > 1 and codes[at - 1] == DASH and is_number(kinds[at - 2])
                    behind = end + 1 < count and codes[end] == DASH and is_number(kinds[end + 1])
                    used = put(hits, used, POLICY, at, end, low, high, np.int64(ahead or behind), line, piece)
                    policy_to = end
            if kind == DIGIT:
                used = put_numbers(codes, kinds, at, count, states, words, starts, out, hits, used, line, piece)
                continue
            era = is_era_letter(code)
        else:
            era = kind == KANJI and is_era_first(code)
        if era:
            day, end = era_date(codes, kinds, at, count)
            if day:
                used = put_day(hits, used, at, end, day, states, words, starts, line, piece)
        if second < 0:
            continue
        third: Any = -1
        if mark & (ADDRESS_FIRST | KANA_FIRST):
            third = second + 1
            if third >= count or kinds[third] == OTHER:
                third = next_name_character(codes, kinds, second, count)
        if kind >= KANJI and third >= 0 and mark & ADDRESS_FIRST and at >= address_to and not inside_kana:
            prefix = prefix_of(ADDRESS, code, codes[second], codes[third])
            if may_begin(words, begins, prefix) and beginning(words, begins, prefix):
                used, end = put_address(
                    codes, kinds, at, count, states, words, starts, out, sizes, stops, hits, used, line, piece
                )
                address_to = max(address_to, end)
        if before_kind == kind and (codes[at - 1] > 0xFFFF or not marks[codes[at - 1]] & BEFORE_LAST):
            continue
        prefix = prefix_of(NAME, code, codes[second], np.uint32(0))
        if mark & NAME_FIRST and may_begin(words, begins, prefix):
            lengths = beginning(words, begins, prefix)
            if lengths and left_open(codes, kinds, at, before):
                low, high, end = longest_name(
                    codes, kinds, at, count, lengths, NAME, states, words, starts, marks, after
                )
                if high > low:
                    used = put(hits, used, NAME, at, end, low, high, NONE, line, piece)
        if kind >= KATAKANA and third >= 0 and mark & KANA_FIRST:
            prefix = prefix_of(
                KANA, form.large_kana(code), form.large_kana(codes[second]), form.large_kana(codes[third])
            )
            if may_begin(words, begins, prefix):
                lengths = beginning(words, begins, prefix)
                if lengths and left_open(codes, kinds, at, before):
                    low, high, end = longest_name(
                        codes, kinds, at, count, lengths, KANA, states, words, starts, marks, after
                    )
                    if high > low:
                        used = put(hits, used, KANA, at, end, low, high, NONE, line, piece)
    if items & key_items and items & (items - 1) and count - line_begin <= HEAD_LINE_MAX:
        used_heads = put_place(found_heads, used_heads, line_begin, np.int64(count), items, piece)
    return used, used_heads, used_labels
