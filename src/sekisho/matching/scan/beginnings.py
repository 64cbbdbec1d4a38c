"""With which characters header words and the ledger's names, kana and addresses begin: tables that turn away most of a
text before anything is hashed."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from sekisho.matching import canonical as form
from sekisho.matching.index import columns
from sekisho.matching.index.hashing import BEGINNINGS_AT
from sekisho.matching.inside import compiled_part
from sekisho.matching.scan.names import ADDRESS_FIRST, HEAD_FIRST, KANA_FIRST, NAME_FIRST

BEGINS = np.uint8(HEAD_FIRST | NAME_FIRST | KANA_FIRST | ADDRESS_FIRST)
_OF_LEDGER = {columns.NAME: NAME_FIRST, columns.KANA: KANA_FIRST, columns.ADDRESS: ADDRESS_FIRST}
_OF_HEADS = {0: HEAD_FIRST}
_BITS, _FIELD_AT = np.uint64(18), np.uint64(54)  # of ``columns.prefix_of``
_CODE = np.uint64(0x3FFFF)
_SPREAD, _SLOT = np.uint64(0x9E3779B97F4A7C15), np.uint64(48)
_KANA = np.arange(0x30A0, 0x3100)
_LARGE = 0x30A0 + form.LARGE.astype(np.int64)

Codes = npt.NDArray[np.int64]


def first_marks(store_words: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint8]:
    """The marks of the characters with which names, kana and addresses of the ledger begin (``Store.words``)."""
    marks = np.zeros(0x10000, np.uint8)
    for mark, firsts, _ in _beginnings(store_words[int(store_words[BEGINNINGS_AT]) :], _OF_LEDGER):
        marks[firsts[firsts < len(marks)]] |= mark
    marks[_KANA] |= marks[_LARGE] & np.uint8(KANA_FIRST)  # a small one begins as a large one
    return marks


def pair_marks(heads: npt.NDArray[np.uint64], store_words: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint8]:
    """At ``pair_slot`` of two characters: the marks of what begins with them, in the table of header words and in the
    ledger. Pairs may share a place: what is not marked begins nothing, what is marked may."""
    table = np.zeros(1 << 16, np.uint8)
    of_ledger = _beginnings(store_words[int(store_words[BEGINNINGS_AT]) :], _OF_LEDGER)
    for mark, firsts, seconds in (*_beginnings(heads, _OF_HEADS), *of_ledger):
        spelt = [(firsts, seconds)]
        if mark == KANA_FIRST:
            spelt = [(first, second) for first in (firsts, _small(firsts)) for second in (seconds, _small(seconds))]
        for first, second in spelt:
            table[_slots(first, second)] |= np.uint8(mark)
    return table


def _beginnings(table: npt.NDArray[np.uint64], marks: Mapping[int, int]) -> Iterator[tuple[int, Codes, Codes]]:
    """(mark, first, second characters) of the prefixes in a table of ``make_beginnings``, field by field."""
    keys = 2 + (int(table[0]) + 1) // 64
    prefixes = table[keys : keys + int(table[1]) + 1]
    prefixes = prefixes[prefixes != 0]
    fields = (prefixes >> _FIELD_AT).astype(np.int64) - 1
    firsts, seconds = ((prefixes >> shift & _CODE).astype(np.int64) for shift in (np.uint64(0), _BITS))
    for field, mark in marks.items():
        yield mark, firsts[fields == field], seconds[fields == field]


def _small(codes: Codes) -> Codes:
    """Katakana made small where there is a small one."""
    small = np.arange(len(_KANA)) + 0x30A0
    changed = _LARGE != _KANA
    small[_LARGE[changed] - 0x30A0] = _KANA[changed]
    kana = (codes >= 0x30A0) & (codes < 0x3100)
    return np.where(kana, small[np.where(kana, codes - 0x30A0, 0)], codes)


def _slots(firsts: Codes, seconds: Codes) -> npt.NDArray[np.int64]:
    """``pair_slot`` of many."""
    pairs = firsts.astype(np.uint64) | seconds.astype(np.uint64) << _BITS
    return (pairs * _SPREAD >> _SLOT).astype(np.int64)


@compiled_part
def pair_slot(first: Any, second: Any) -> Any:
    """The place of two characters in a table of ``pair_marks``."""
    return ((np.uint64(first) | (np.uint64(second) << _BITS)) * _SPREAD) >> _SLOT


def numbers_like(shapes: npt.NDArray[np.uint64]) -> tuple[int, int]:
    """What policy numbers of these shapes look like: with how many letters one begins at most, and a bit for each
    length there is."""
    lead, lengths = 0, 0
    for shape in shapes.tolist():
        letters = shape & 0xFFFFFFFF
        lead = max(lead, (~letters & letters + 1).bit_length() - 1)
        lengths |= 1 << (shape >> 32)
    return lead, lengths
