"""Finding one value of the ledger at one place of the folded text (compiled): policy number, name, kana, phone, mail
address, postal code, date, amount, address; and the header words of lists. ``scan`` calls them at each place."""
# Compiled code wants plain comparisons and flat arguments:
# ruff: noqa: PLR0917, PLR1714, SIM109

from typing import Any

import numpy as np

from sekisho.kernel.folding_compiled import DIGIT, LETTER
from sekisho.matching import canonical as form
from sekisho.matching.index.columns import prefix_of
from sekisho.matching.index.hashing import (
    SHAPES,
    SHAPES_AT,
    beginning,
    find,
    hash_codes,
    hash_number,
)  # fmt: skip
from sekisho.matching.inside import compiled_part
from sekisho.matching.scan.dates import western_date
from sekisho.matching.scan.hits import ADDRESS, BIRTH, NONE, PHONE, POLICY, POSTAL, PREMIUM, put
from sekisho.matching.scan.names import JOINER, next_name_character

POSTAL_DIGITS = np.int64(7)
SPANS_MAX = 6
HEAD_LINE_MAX = 4000
"""A longer line is no header (text without line breaks)."""
SPACE, DASH, NEWLINE, AT, PLUS, ZERO = 0x20, 0x2D, 0x0A, 0x40, 0x2B, 0x30
POST_MARK, YEN, EN = ord("〒"), 0xA5, ord("円")
_MEIJI, _TAISHO, _SHOWA, _HEISEI, _REIWA = (ord(c) for c in "明大昭平令")
_M, _T, _S, _H, _R = (ord(c) for c in "MTSHR")
LOOKED_AT = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ\n@+明大昭平令"
"""Folded characters at which ``scan`` looks whatever the ledger holds."""


@compiled_part
def is_number(kind: Any) -> Any:
    """A digit or a letter."""
    return kind == DIGIT or kind == LETTER


@compiled_part
def is_era_letter(code: Any) -> Any:
    """M, T, S, H or R."""
    return code == _M or code == _T or code == _S or code == _H or code == _R


@compiled_part
def is_era_first(code: Any) -> Any:
    """The first character of an era's name."""
    return code == _MEIJI or code == _TAISHO or code == _SHOWA or code == _HEISEI or code == _REIWA


@compiled_part
def _has_shape(words: Any, low: Any, end: Any, wanted: Any) -> Any:
    high = end
    while low < high:
        middle = (low + high) // 2
        if words[middle] < wanted:
            low = middle + 1
        else:
            high = middle
    return low < end and words[low] == wanted


@compiled_part
def find_policy(
    codes: Any, kinds: Any, begin: Any, count: Any, states: Any, words: Any, starts: Any, marks: Any, lead: Any,
    lengths: Any, out: Any,
) -> Any:  # fmt: skip
    """(lo, hi, end) of the longest run from ``begin`` whose squeezed form is a policy number of the ledger. ``lead``
    and ``lengths``: of ``beginnings.numbers_like`` (most words of a text are told by the first)."""
    size, spans, at = 0, 0, begin
    shape = np.uint64(0)
    low, high, end = 0, 0, begin
    shapes, shape_end = np.int64(words[SHAPES_AT]), np.int64(words[SHAPES_AT] + words[SHAPES])
    longest = words[shape_end - 1] >> np.uint64(32) if shape_end > shapes else np.uint64(0)
    while spans < SPANS_MAX:
        while at < count and is_number(kinds[at]):
            if np.uint64(size) >= longest:
                return low, high, end
            out[size] = codes[at]
            if kinds[at] == LETTER:
                if size == lead and shape == (np.uint64(1) << np.uint64(size)) - np.uint64(1):
                    return low, high, end
                shape |= np.uint64(1) << np.uint64(size)
            size += 1
            at += 1
        spans += 1
        wanted = shape | (np.uint64(size) << np.uint64(32))
        fits = (np.uint64(lengths) >> np.uint64(size)) & np.uint64(1)
        if fits and _has_shape(words, shapes, shape_end, wanted):
            lo, hi = find(words, starts, POLICY, hash_codes(states, POLICY, out, size))
            if hi > lo:
                low, high, end = lo, hi, at
        if at + 1 >= count or codes[at] > 0x7F or not marks[codes[at]] & JOINER or not is_number(kinds[at + 1]):
            break
        at += 1
    return low, high, end


@compiled_part
def find_phone(codes: Any, kinds: Any, begin: Any, count: Any, states: Any, words: Any, starts: Any, out: Any) -> Any:
    """(lo, hi, end) of a phone number of the ledger that begins at a 0 or a +."""
    at, size = begin, 0
    if codes[begin] == PLUS:
        if begin + 3 >= count or codes[begin + 1] != 0x38 or codes[begin + 2] != 0x31:
            return 0, 0, begin
        out[0] = ZERO
        size = 1
        at = begin + 3
        while at < count and (codes[at] == SPACE or codes[at] == DASH or codes[at] == 0x28 or codes[at] == 0x29):
            at += 1
        if at < count and codes[at] == ZERO:
            at += 1
    low, high, end = 0, 0, begin
    while at < count:
        if kinds[at] == DIGIT:
            if size == 11:
                break
            out[size] = codes[at]
            size += 1
            at += 1
            if (size == 10 or size == 11) and not _number_goes_on(codes, kinds, at, count):
                lo, hi = find(words, starts, PHONE, hash_codes(states, PHONE, out, size))
                if hi > lo:
                    low, high, end = lo, hi, at
            continue
        gap = 0
        while at < count and gap < 2 and is_phone_joiner(codes[at]):
            at += 1
            gap += 1
        if gap == 0 or at >= count or kinds[at] != DIGIT:
            break
    return low, high, end


@compiled_part
def is_phone_joiner(code: Any) -> Any:
    """What may stand between the digits of a phone number."""
    return code == DASH or code == SPACE or code == 0x28 or code == 0x29 or code == 0x2E


@compiled_part
def _number_goes_on(codes: Any, kinds: Any, at: Any, count: Any) -> Any:
    """A letter, a digit, or a hyphen with one behind it stands at ``at``."""
    if at >= count:
        return False
    return is_number(kinds[at]) or (codes[at] == DASH and at + 1 < count and is_number(kinds[at + 1]))


@compiled_part
def _postal(codes: Any, kinds: Any, begin: Any, count: Any, out: Any) -> Any:
    """The end of a postal code (123-4567; 1234567 only behind 〒) with its digits in ``out``; 0 = none."""
    at, size = begin, 0
    dash = False
    while at < count and size < 7:
        if kinds[at] == DIGIT:
            out[size] = codes[at]
            size += 1
        elif size == 3 and codes[at] == DASH and not dash:
            dash = True
        else:
            return 0
        at += 1
    marked = begin > 0 and (codes[begin - 1] == POST_MARK or (begin > 1 and codes[begin - 2] == POST_MARK))
    return at if size == 7 and (dash or marked) and not _number_goes_on(codes, kinds, at, count) else 0


@compiled_part
def _amount(codes: Any, kinds: Any, begin: Any, count: Any) -> Any:
    """(yen, end) of an amount with 円 behind or ¥ before it; 0 = none."""
    at = begin
    value: Any = 0
    while at < count and at - begin < 14:
        if kinds[at] == DIGIT:
            value = value * 10 + (np.int64(codes[at]) - ZERO)
        elif codes[at] != 0x2C:
            break
        at += 1
    after = at + 1 if at < count and codes[at] == SPACE else at
    if (after < count and codes[after] == EN) or (begin > 0 and codes[begin - 1] == YEN):
        return value, at
    return 0, at


@compiled_part
def find_email(codes: Any, kinds: Any, at: Any, count: Any, out: Any) -> Any:
    """(begin, end) of the mail address round an @ with its characters in ``out``; begin = end when there is none."""
    begin, end = at, at + 1
    while begin > 0 and at - begin < 64 and form.is_mail_character(codes[begin - 1], kinds[begin - 1]):
        begin -= 1
    while end < count and end - at < form.EMAIL_MAX - 66 and form.is_mail_character(codes[end], kinds[end]):
        end += 1
    while end > at + 1 and (codes[end - 1] == 0x2E or codes[end - 1] == DASH):
        end -= 1
    if begin == at or end == at + 1:
        return at, at
    for place in range(begin, end):
        out[place - begin] = codes[place]
    return begin, end


@compiled_part
def find_head(codes: Any, kinds: Any, begin: Any, second: Any, count: Any, heads: Any, head_codes: Any) -> Any:
    """(item number, end) of the longest header word at ``begin``, blanks inside allowed; −1 = none."""
    value = beginning(heads, NONE, prefix_of(NONE, codes[begin], codes[second], np.uint32(0)))
    if value == 0:
        return -1, begin
    first, many = np.int64(value >> np.uint64(16)), np.int64(value & np.uint64(0xFFFF))
    for place in range(first, first + many):
        at, size = begin, 0
        end = begin
        while at >= 0 and head_codes[place, size] and codes[at] == head_codes[place, size]:
            size += 1
            end = at + 1
            at = next_name_character(codes, kinds, at, count)
        if head_codes[place, size]:
            continue
        if kinds[begin] == LETTER and end < count and is_number(kinds[end]):
            continue
        return np.int64(head_codes[place, head_codes.shape[1] - 1]), end
    return -1, begin


@compiled_part
def is_label_end(codes: Any, at: Any, count: Any) -> Any:
    """A colon, equals sign, tab (the next cell) or closing bracket (over one blank) at ``at``."""
    if at < count and codes[at] == SPACE:
        at += 1
    if at >= count:
        return False
    code = codes[at]
    return (
        code == 0x3A
        or code == 0x3D
        or code == 0x09
        or code == 0x3011
        or code == 0x5D
        or code == 0x300F
        or code == 0x3015
    )


@compiled_part
def put_numbers(
    codes: Any, kinds: Any, at: Any, count: Any, states: Any, words: Any, starts: Any, out: Any,
    hits: Any, used: Any, line: Any, piece: Any,
) -> Any:  # fmt: skip
    """Phone, postal code, date and amount at the beginning of a run of digits. Its length tells which it may be."""
    run = at + 1
    while run < count and kinds[run] == DIGIT:
        run += 1
    size = run - at
    inside = at > 1 and codes[at - 1] == DASH and is_number(kinds[at - 2])
    if codes[at] == ZERO and not inside:
        low, high, end = find_phone(codes, kinds, at, count, states, words, starts, out)
        if high > low:
            used = put(hits, used, PHONE, at, end, low, high, NONE, line, piece)
    if not inside:
        end = _postal(codes, kinds, at, count, out) if size == 3 or size == POSTAL_DIGITS else 0
        if end:
            low, high = find(words, starts, POSTAL, hash_codes(states, POSTAL, out, POSTAL_DIGITS))
            if high > low:
                used = put(hits, used, POSTAL, at, end, low, high, NONE, line, piece)
        if size == 4 or size == 8:
            day, end = western_date(codes, kinds, at, count)
            if day and not (end < count and is_number(kinds[end])):
                used = put_day(hits, used, at, end, day, states, words, starts, line, piece)
        yen, end = _amount(codes, kinds, at, count)
        if yen > 0:
            used = put(hits, used, PREMIUM, at, end, NONE, NONE, yen, line, piece)
    return used


@compiled_part
def put_day(
    hits: Any, used: Any, begin: Any, end: Any, day: Any, states: Any, words: Any, starts: Any, line: Any, piece: Any
) -> Any:
    """Write a date, whether or not it is someone's birth date: it may confirm an expiry."""
    low, high = find(words, starts, BIRTH, hash_number(states, BIRTH, day))
    return put(hits, used, BIRTH, begin, end, low, high, day, line, piece)


@compiled_part
def put_address(
    codes: Any, kinds: Any, at: Any, count: Any, states: Any, words: Any, starts: Any, out: Any, sizes: Any, stops: Any,
    hits: Any, used: Any, line: Any, piece: Any,
) -> Any:  # fmt: skip
    """An address of the ledger from here: the longest form that is there. EXTRA = 1 when the text goes on with a number
    that the form leaves out (then only addresses without a further number count)."""
    numbers = form.address_key(codes, kinds, at, min(count, at + 100), out, sizes, stops)
    for number in range(numbers - 1, -1, -1):
        low, high = find(words, starts, ADDRESS, hash_codes(states, ADDRESS, out, sizes[number]))
        if high > low:
            used = put(hits, used, ADDRESS, at, stops[number], low, high, np.int64(number < numbers - 1), line, piece)
            return used, stops[number]
    return used, at
