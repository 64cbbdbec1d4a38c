"""The one canonical form of each field, used for the ledger and for the text alike.

All functions read folded code points (``kernel.folding_compiled``) and write the canonical form into ``out``,
returning its length (0 = no usable value). They are compiled: a ledger of a million policies has ten million values.

* policy number: letters and digits only · name: spaces, dots and legal forms (株式会社 …) dropped
* kana: small kana made large (banks write ｼﾖｳ for ショウ) · phone: digits, +81 → 0 · postal code: seven digits
* address: prefecture, spaces, 大字 and 字 dropped; 丁目・番地・番・号・の・dashes → ``-``; 漢数字 before them →
  digits; what comes after the house number (the building) is left out. One to three numbers are kept.
"""
# Compiled code wants plain comparisons and flat arguments:
# ruff: noqa: PLR0911, PLR0917, PLR1714, SIM109, SIM110

from typing import Any

import numpy as np

from sekisho.kernel.folding_compiled import DIGIT, KANJI, KATAKANA, LETTER, OTHER
from sekisho.matching.inside import compiled_part

POLICY_MAX = 32
NAME_MAX = 40
ADDRESS_MAX = 60
_NONE = np.int64(0)
EMAIL_MAX = 100

_SPACE, _DASH, _NEWLINE = 0x20, 0x2D, 0x0A
GAPS = np.zeros(0x3100, np.uint8)
GAPS[[ord(sign) for sign in " \t・.&='"]] = 1
GAPS.flags.writeable = False
"""1 for the signs that may stand between the parts of a name; none of them is the last."""
_CHO, _ME, _BAN, _CHI, _GO, _NO, _MACHI = (ord(c) for c in "丁目番地号ノ町")
_AZA, _OO, _KEN, _HO, _KAI, _DO, _TO, _KYO, _FU, _SAKA = (ord(c) for c in "字大県北海道都京府阪")
_HIGASHI = ord("東")
_AFTER_NUMBER = np.array([ord(c) for c in "条線区町村通坊割番"], np.uint32)
_TEN, _HUNDRED = ord("十"), ord("百")
# 漢数字 by their low byte, which no two of them share: the character, and what it means
_NUMERALS, _MEANT = np.zeros(256, np.uint32), np.zeros(256, np.int64)
for _value, _numeral in zip((*range(10), 10, 100), "〇一二三四五六七八九十百", strict=True):
    _NUMERALS[ord(_numeral) & 0xFF], _MEANT[ord(_numeral) & 0xFF] = ord(_numeral), _value
_NUMERALS.flags.writeable = _MEANT.flags.writeable = False
# small kana → large, as code offsets from 0x30A0
LARGE = np.arange(0x60, dtype=np.uint32)
for _small, _big in zip("ァィゥェォッャュョヮ", "アイウエオツヤユヨワ", strict=True):
    LARGE[ord(_small) - 0x30A0] = ord(_big) - 0x30A0
LARGE.flags.writeable = False


@compiled_part
def large_kana(code: Any) -> Any:
    """A katakana with small ones made large."""
    if 0x30A0 <= code < 0x3100:
        return np.uint32(0x30A0 + LARGE[code - 0x30A0])
    return np.uint32(code)


@compiled_part
def is_name_gap(code: Any) -> Any:
    """What may stand between the parts of a name."""
    return code < 0x3100 and GAPS[code] != 0


@compiled_part
def squeeze(codes: Any, kinds: Any, begin: Any, end: Any, out: Any) -> Any:
    """Letters and digits only; 0 when longer than ``POLICY_MAX``."""
    length = 0
    for at in range(begin, end):
        if kinds[at] == DIGIT or kinds[at] == LETTER:
            if length == POLICY_MAX:
                return 0
            out[length] = codes[at]
            length += 1
    return length


@compiled_part
def _starts_with(codes: Any, begin: Any, end: Any, word: Any) -> Any:
    length = 0
    while length < len(word) and word[length]:
        if begin + length >= end or codes[begin + length] != word[length]:
            return 0
        length += 1
    return length


@compiled_part
def name_key(codes: Any, kinds: Any, begin: Any, end: Any, legal_forms: Any, form_sizes: Any, out: Any) -> Any:
    """A name without spaces, dots, brackets and legal forms at either end; 0 when shorter than two characters.
    ``form_sizes``: the lengths of the ``legal_forms``."""
    length = 0
    at = begin
    while at < end:
        if codes[at] == 0x28 and at + 2 < end and codes[at + 2] == 0x29 and kinds[at + 1] == KANJI:
            at += 3  # (株), (有)
            continue
        if kinds[at] != OTHER:
            if length == NAME_MAX:
                return 0
            out[length] = codes[at]
            length += 1
        at += 1
    for form in range(len(legal_forms)):
        size = form_sizes[form]
        if length - size < 2:
            continue
        word = legal_forms[form]
        # nearly every name is told from nearly every form by one character
        if out[0] == word[0] and _starts_with(out, _NONE, length, word):
            for place in range(length - size):
                out[place] = out[place + size]
            length -= size
        if length - size >= 2 and out[length - 1] == word[size - 1] and _starts_with(out, length - size, length, word):
            length -= size
    return length if length >= 2 else 0


@compiled_part
def kana_key(codes: Any, kinds: Any, begin: Any, end: Any, out: Any) -> Any:
    """Katakana with small ones made large; 0 when shorter than four characters."""
    length = 0
    for at in range(begin, end):
        if kinds[at] >= KATAKANA:
            if length == NAME_MAX:
                return 0
            out[length] = large_kana(codes[at])
            length += 1
    return length if length >= 4 else 0


@compiled_part
def phone_key(codes: Any, kinds: Any, begin: Any, end: Any, out: Any) -> Any:
    """Ten or eleven digits from 0; +81 becomes 0. 0 when it is no Japanese phone number."""
    while begin < end and codes[begin] == _SPACE:
        begin += 1
    length = 0
    abroad = begin < end and codes[begin] == 0x2B
    for at in range(begin, end):
        if kinds[at] == DIGIT:
            if abroad and length == 2 and codes[at] == 0x30:
                continue
            if length == 13:
                return 0
            out[length] = codes[at]
            length += 1
    if abroad:
        if length < 3 or out[0] != 0x38 or out[1] != 0x31:
            return 0
        out[0] = 0x30
        for place in range(1, length - 1):
            out[place] = out[place + 1]
        length -= 1
    return length if (length == 10 or length == 11) and out[0] == 0x30 else 0


@compiled_part
def is_mail_character(code: Any, kind: Any) -> Any:
    """A character of a mail address (folded: upper case)."""
    return (
        kind == DIGIT or kind == LETTER or code == 0x2E or code == 0x5F or code == 0x25 or code == 0x2B or code == 0x2D
    )


@compiled_part
def email_key(codes: Any, kinds: Any, begin: Any, end: Any, out: Any) -> Any:
    """A mail address as folded; 0 when there is not exactly one @ between its characters."""
    length = 0
    ats = 0
    for at in range(begin, end):
        code = codes[at]
        if code == _SPACE:
            continue
        if code == 0x40:
            ats += 1
        elif not is_mail_character(code, kinds[at]):
            return 0
        if length == EMAIL_MAX:
            return 0
        out[length] = code
        length += 1
    return length if ats == 1 and length >= 5 else 0


@compiled_part
def postal_key(codes: Any, kinds: Any, begin: Any, end: Any, out: Any) -> Any:
    """Seven digits."""
    length = 0
    for at in range(begin, end):
        if kinds[at] == DIGIT:
            if length == 7:
                return 0
            out[length] = codes[at]
            length += 1
    return length if length == 7 else 0


@compiled_part
def _is_numeral(code: Any) -> Any:
    """Whether a number in 漢数字 may begin with this character."""
    return _NUMERALS[code & 0xFF] == code


@compiled_part
def kanji_number(codes: Any, begin: Any, end: Any) -> Any:
    """(value, end) of a run of 漢数字; value −1 when there is none."""
    total, digit, seen, plain = 0, 0, 0, 0
    at = begin
    while at < end and seen < 6:
        code = codes[at]
        if code == _TEN or code == _HUNDRED:
            total += (digit if plain else 1) * (10 if code == _TEN else 100)
            digit, plain = 0, 0
        else:
            if not _is_numeral(code):
                break
            digit = digit * 10 + _MEANT[code & 0xFF]
            plain = 1
        at += 1
        seen += 1
    if seen == 0:
        return -1, begin
    return total + digit, at


@compiled_part
def _unit(codes: Any, at: Any, end: Any) -> Any:
    """What follows a number of an address: (characters it takes, 1 = more numbers may follow | 2 = last)."""
    code = codes[at] if at < end else np.uint32(0)
    after = codes[at + 1] if at + 1 < end else np.uint32(0)
    if code == _CHO:
        return (2, 1) if after == _ME else (1, 1)
    if code == _BAN:
        if after == _CHI:
            return 2, 1
        return (0, 0) if after == _MACHI else (1, 1)
    if code == _GO:
        return 1, 2
    if code == _DASH or code == _NO:
        return 1, 1
    return 0, 0


@compiled_part
def _in_place_name(code: Any) -> Any:
    """What follows a number inside a place name: 北24条西, 一番町."""
    for place in range(len(_AFTER_NUMBER)):
        if _AFTER_NUMBER[place] == code:
            return True
    return False


@compiled_part
def _write_number(value: Any, out: Any, length: Any) -> Any:
    size = 1
    power = 10
    while power <= value:
        size += 1
        power *= 10
    rest = value
    for place in range(size):
        out[length + size - 1 - place] = 0x30 + rest % 10
        rest //= 10
    return length + size


@compiled_part
def _number(codes: Any, kinds: Any, at: Any, end: Any, expected: Any) -> Any:
    """(value, end) of a number in digits, or in 漢数字 when a unit follows or a number is expected; −1 = none."""
    if kinds[at] == DIGIT:
        value: Any = 0
        stop = at
        while stop < end and kinds[stop] == DIGIT:
            value = value * 10 + (np.int64(codes[stop]) - 0x30)
            stop += 1
            if stop - at > 6:
                return -1, at
        return value, stop
    if kinds[at] == KANJI:
        value, stop = kanji_number(codes, at, end)
        if value >= 0 and (
            expected or _unit(codes, stop, end)[1] > 0 or (stop < end and codes[stop] == _AFTER_NUMBER[0])
        ):
            return value, stop
    return -1, at


@compiled_part
def _skip_spaces(codes: Any, at: Any, end: Any) -> Any:
    skipped = 0
    while at < end and codes[at] == _SPACE and skipped < 2:
        at += 1
        skipped += 1
    return at


@compiled_part
def address_key(codes: Any, kinds: Any, begin: Any, end: Any, out: Any, lengths: Any, stops: Any) -> Any:
    """Canonical address from ``begin``: how many numbers it has (0–3). ``lengths[i]`` is the length of the form that
    ends with number i, ``stops[i]`` the place in the text behind it."""
    at, length, numbers = begin, np.int64(0), np.int64(0)
    expected = np.int64(0)
    while length < ADDRESS_MAX - 8:
        at = _skip_spaces(codes, at, end)
        if at >= end or (kinds[at] == OTHER and not expected):
            break
        value, stop = np.int64(-1), at
        if kinds[at] == DIGIT or _is_numeral(codes[at]):
            value, stop = _number(codes, kinds, at, end, expected)
        if value >= 0:
            follows = _skip_spaces(codes, stop, end)
            size, more = _unit(codes, follows, end)
            if more == 0 and numbers == 0 and follows < end and _in_place_name(codes[follows]):
                length = _write_number(value, out, length)  # 北24条西: a number inside the place name
                at = stop
                continue
            if numbers:
                out[length] = _DASH
                length += 1
            length = _write_number(value, out, length)
            lengths[numbers] = length
            stops[numbers] = stop
            numbers += 1
            if more != 1 or numbers == 3:
                break
            at = follows + size
            if at < end and size == 2 and (codes[at] == _NO or codes[at] == _DASH):
                at += 1
            expected = np.int64(1)
            continue
        if expected or numbers or kinds[at] == OTHER:
            break
        if codes[at] == _OO and at + 1 < end and codes[at + 1] == _AZA:
            at += 2
            continue
        if codes[at] != _AZA:
            out[length] = codes[at]
            length += 1
        at += 1
    return numbers


@compiled_part
def skip_prefecture(codes: Any, kinds: Any, begin: Any, end: Any) -> Any:
    """Behind a leading postal code and prefecture of an address."""
    at = begin
    while at < end and (kinds[at] == DIGIT or kinds[at] == OTHER):
        at += 1
    if end - at < 4:
        return at
    first, second, third = codes[at], codes[at + 1], codes[at + 2]
    if third == _KEN:
        return at + 3
    if codes[at + 3] == _KEN:
        return at + 4
    if first == _HO and second == _KAI and third == _DO:
        return at + 3
    if first == _HIGASHI and second == _KYO and third == _TO:
        return at + 3
    if third == _FU and ((first == _KYO and second == _TO) or second == _SAKA):
        return at + 3
    return at
