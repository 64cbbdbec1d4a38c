"""Dates in text, any notation, as yyyymmdd: 1980-03-04, 1980/3/4, 1980.3.4, 1980年3月4日, 19800304, 昭和55年3月4日,
S55.3.4, S550304, 昭和五十五年三月四日.

Eras: FACTS §5 (a birth date is compared as written; whether the day belongs to the era is not checked here).
"""
# Compiled code wants plain comparisons and flat arguments:
# ruff: noqa: PLR1714

from typing import Any

import numpy as np

from sekisho.kernel.folding_compiled import DIGIT, KANJI, LETTER
from sekisho.matching.canonical import kanji_number
from sekisho.matching.inside import compiled_part

_YEAR, _MONTH, _DAY, _FIRST = (np.int64(ord(c)) for c in "年月日元")
_LETTERS = np.array([ord(c) for c in "MTSHR"], np.uint32)
_ERAS = np.array([[ord(c) for c in name] for name in ("明治", "大正", "昭和", "平成", "令和")], np.uint32)
_OFFSETS = np.array([1867, 1911, 1925, 1988, 2018])
_SPACE = 0x20


@compiled_part
def _part(codes: Any, kinds: Any, at: Any, end: Any, most: Any) -> Any:
    """(value, end) of up to ``most`` digits or of 漢数字; −1 = none."""
    while at < end and codes[at] == _SPACE:
        at += 1
    value: Any = 0
    size = 0
    while at < end and kinds[at] == DIGIT:
        value = value * 10 + (np.int64(codes[at]) - 0x30)
        at += 1
        size += 1
    if size:
        return (value, at) if size <= most else (-1, at)
    if at < end and codes[at] == _FIRST:
        return 1, at + 1
    if at < end and kinds[at] == KANJI:
        return kanji_number(codes, at, end)
    return -1, at


@compiled_part
def _separator(codes: Any, at: Any, end: Any, mark: Any) -> Any:
    """(which, end): the sign or 年/月 after a part; 0 = none."""
    while at < end and codes[at] == _SPACE:
        at += 1
    if at < end:
        code = codes[at]
        if code == mark:
            return np.int64(mark), at + 1
        if code == 0x2D or code == 0x2F or code == 0x2E:
            return np.int64(code), at + 1
    return 0, at


@compiled_part
def _month_and_day(codes: Any, kinds: Any, at: Any, end: Any, year: Any) -> Any:
    """From behind the year: (yyyymmdd or 0, end)."""
    first, at = _separator(codes, at, end, _YEAR)
    if first == 0:
        return 0, at
    month, at = _part(codes, kinds, at, end, 2)
    second, at = _separator(codes, at, end, _MONTH)
    if month < 1 or month > 12 or second == 0 or (first == _YEAR) != (second == _MONTH):
        return 0, at
    day, at = _part(codes, kinds, at, end, 2)
    if day < 1 or day > 31:
        return 0, at
    if at < end and codes[at] == _DAY:
        at += 1
    return year * 10000 + month * 100 + day, at


@compiled_part
def _compact(number: Any) -> Any:
    month, day = number // 100 % 100, number % 100
    return number if 1 <= month <= 12 and 1 <= day <= 31 else 0


@compiled_part
def western_date(codes: Any, kinds: Any, begin: Any, end: Any) -> Any:
    """(yyyymmdd or 0, end) of a date that begins with its year in digits."""
    value: Any = 0
    size = 0
    at = begin
    while at < end and kinds[at] == DIGIT and size < 9:
        value = value * 10 + (np.int64(codes[at]) - 0x30)
        at += 1
        size += 1
    if size == 8:
        return (_compact(value), at) if 18000000 < value < 21000000 else (0, at)
    if size != 4 or value < 1800 or value > 2200:
        return 0, at
    return _month_and_day(codes, kinds, at, end, value)


@compiled_part
def era_date(codes: Any, kinds: Any, begin: Any, end: Any) -> Any:
    """(yyyymmdd or 0, end) of a date that begins with an era: its letter, its name or the name's first character."""
    code = codes[begin]
    for era in range(5):
        at = begin
        if kinds[begin] == LETTER:
            if code != _LETTERS[era]:
                continue
            at += 1
        elif code == _ERAS[era, 0]:
            at += 2 if begin + 1 < end and codes[begin + 1] == _ERAS[era, 1] else 1
        else:
            continue
        while at < end and codes[at] == _SPACE:
            at += 1
        size = 0
        while at + size < end and kinds[at + size] == DIGIT:
            size += 1
        if size == 6:
            value: Any = 0
            for place in range(6):
                value = value * 10 + (np.int64(codes[at + place]) - 0x30)
            return _compact(value + _OFFSETS[era] * 10000), at + 6
        year, at = _part(codes, kinds, at, end, 2)
        if year < 1:
            return 0, begin
        return _month_and_day(codes, kinds, at, end, year + _OFFSETS[era])
    return 0, begin
