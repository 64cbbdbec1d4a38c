"""Where the scan has something to look at (compiled): most characters of a text begin nothing.

Two passes with few branches, because wrong guesses of the processor cost more than all the rest: ``find_places`` goes
by single characters and their scripts, ``worth_looking`` by pairs of characters, and for digits by how many they are
and what stands beside them. Both may leave a place too many, never one too few: ``scan`` decides.
"""
# Compiled code wants plain comparisons and flat arguments:
# ruff: noqa: PLR0917, PLR1714, SIM109

from typing import Any

import numpy as np
import numpy.typing as npt

from sekisho.kernel.folding_compiled import DIGIT, HIRAGANA, KANJI, KATAKANA, LETTER, OTHER
from sekisho.matching import canonical as form
from sekisho.matching.inside import compiled_part
from sekisho.matching.scan.beginnings import BEGINS, pair_slot
from sekisho.matching.scan.finders import (
    DASH,
    EN,
    POST_MARK,
    POSTAL_DIGITS,
    SPACE,
    YEN,
    ZERO,
    is_number,
    is_phone_joiner,
)
from sekisho.matching.scan.names import (
    ADDRESS_FIRST,
    BEFORE_LAST,
    HEAD_FIRST,
    JOINER,
    KANA_FIRST,
    LOOK,
    NAME_FIRST,
)

PADDING = 3
"""So many zeros stand behind the folded text: what comes next can be read everywhere."""
_EDGE = 3
"""Bit of a state (below its bits a script): a name may begin behind this character whatever its script."""
_COMMA, _DOT, _SLASH, _YEAR = 0x2C, 0x2E, 0x2F, ord("年")


def _masks() -> npt.NDArray[np.uint8]:
    """[state of the character before, script] → the marks for which a character is to be looked at."""
    masks = np.zeros((2 << _EDGE, 1 << _EDGE), np.uint8)
    for before in range(1 << _EDGE):
        for edge in (0, 1):
            for kind in (OTHER, DIGIT, LETTER, KANJI, KATAKANA, HIRAGANA):
                number, same = kind in {DIGIT, LETTER}, kind == before
                wanted = 0 if number and before in {DIGIT, LETTER} else LOOK
                if kind >= KANJI and (kind == KANJI or not same):  # header words and places begin where a run begins
                    wanted |= HEAD_FIRST | ADDRESS_FIRST
                if kind >= KANJI and (edge or not same):
                    wanted |= NAME_FIRST | KANA_FIRST
                masks[before | edge << _EDGE, kind] = wanted
    return masks


_MASKS = _masks()
_OVER = form.GAPS * BEGINS  # what may begin where a gap inside a name is the second character
_OVER_END = np.uint32(len(_OVER) - 1)


@compiled_part
def find_places(codes: Any, kinds: Any, count: Any, marks: Any, places: Any) -> Any:
    """Write into ``places`` where there may be something to look at; returns how many there are."""
    used, state = np.uint64(0), np.uint64(OTHER)
    for place in range(count):
        at = np.uint64(place)  # unsigned: nothing to do for indexes from the end
        code, kind = codes[at], np.uint64(kinds[at])
        mark = marks[code] if code <= 0xFFFF else BEGINS
        places[used] = at
        used += np.uint64(mark & _MASKS[state, kind] != 0)
        state = kind | (np.uint64(mark & BEFORE_LAST) << np.uint64(_EDGE))
    return np.int64(used)


@compiled_part
def worth_looking(codes: Any, kinds: Any, marks: Any, pairs: Any, lengths: Any, places: Any, count: Any) -> Any:
    """Of ``places[:count]`` keep those where something of the ledger or a header word may begin; returns how many.
    ``pairs``: of ``beginnings.pair_marks``; ``lengths``: bit n is set if a policy number has n letters and digits.
    Behind the text stand ``PADDING`` zeros in ``codes`` and ``kinds``."""
    used = np.uint64(0)
    for place in range(count):
        at = np.uint64(places[place])
        kind, code, second = kinds[at], codes[at], codes[at + np.uint64(1)]
        mark = marks[code] if code <= 0xFFFF else BEGINS
        begins = pairs[pair_slot(code, second)] & mark
        places[used] = at
        if kind >= KANJI:
            over = _OVER[min(second, _OVER_END)] & mark
            used += np.uint64(begins | over | (mark & LOOK) != 0)
        elif kind == DIGIT:
            used += np.uint64(begins != 0 or _is_value(codes, kinds, np.int64(at), marks, lengths))
        else:
            used += np.uint64(1)
    return np.int64(used)


@compiled_part
def _is_value(codes: Any, kinds: Any, at: Any, marks: Any, lengths: Any) -> Any:
    """The digits at ``at`` may be, or begin, a policy number, phone, postal code, date or amount: no for most."""
    end = at + 1
    while kinds[end] == DIGIT:
        end += 1
    size, behind = end - at, codes[end]
    if kinds[end] == LETTER or (size < 64 and (np.uint64(lengths) >> np.uint64(size)) & np.uint64(1)):
        return True
    if behind <= 0x7F and marks[behind] & JOINER and is_number(kinds[end + 1]):
        return True
    if codes[at] == ZERO and (size >= 10 or is_phone_joiner(behind)):
        return True
    if size == 3 or size == POSTAL_DIGITS:
        if behind == DASH or (at > 0 and codes[at - 1] == POST_MARK) or (at > 1 and codes[at - 2] == POST_MARK):
            return True
    elif size == 8 or (
        size == 4 and (behind == _YEAR or behind == _SLASH or behind == _DOT or behind == DASH or behind == SPACE)
    ):
        return True
    amount = behind == EN or behind == _COMMA or (behind == SPACE and codes[end + 1] == EN)
    return amount or (at > 0 and codes[at - 1] == YEN)
