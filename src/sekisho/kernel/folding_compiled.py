"""The compiled fast path of ``folding``: same table, same result, about 400 MB of text per CPU-second.

It also tells each character's script, which the matcher needs to see where a name ends (山田太郎は: the particle is
hiragana in the original although folding makes it katakana).
"""

from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from sekisho.kernel.compiled import compiled
from sekisho.kernel.folding import (
    DASH,
    LONG_VOWEL,
    STANDARD,
    TABLE_SIZE,
    VOICED_MARK,
    Folded,
    code_points,
    joined_kana,
    table,
)

OTHER, DIGIT, LETTER, KANJI, KATAKANA, HIRAGANA = 0, 1, 2, 3, 4, 5


@cache
def scripts(level: str = STANDARD) -> npt.NDArray[np.uint8]:
    """Original code point → script of what it becomes, hiragana told from katakana."""
    folded_to = table(level)
    kinds = np.zeros(TABLE_SIZE, np.uint8)
    code = folded_to
    kinds[(code >= 0x30) & (code <= 0x39)] = DIGIT
    kinds[(code >= 0x41) & (code <= 0x5A)] = LETTER
    kinds[(code >= 0x3400) & (code <= 0x9FFF)] = KANJI
    kinds[(code >= 0x20000) & (code < TABLE_SIZE)] = KANJI
    kinds[np.isin(code, [0x3005, 0x3006, 0x3007])] = KANJI
    kinds[(code >= 0x30A1) & (code <= 0x30FE) & (code != 0x30FB)] = KATAKANA
    kinds[0x3041:0x3097] = HIRAGANA
    kinds[0x309D:0x309F] = HIRAGANA
    return kinds


@compiled
def fold_into(  # noqa: PLR0917  (compiled code wants flat arguments)
    raw: Any, count: Any, mapping: Any, kinds: Any, joined: Any, codes: Any, scripts_out: Any, positions: Any
) -> Any:
    """Fold ``raw[:count]`` into the three output arrays (each at least ``count`` long); returns the folded length."""
    length = 0
    for position in range(count):
        character = raw[position]
        if character < TABLE_SIZE:
            code = mapping[character]
            kind = kinds[character]
        else:
            code = np.uint32(0) if 0xE0100 <= character < 0xE01F0 else character
            kind = np.uint8(0)
        if code == 0:
            continue
        if code - VOICED_MARK <= 1 and code >= VOICED_MARK:
            if length and 0x3000 <= codes[length - 1] < 0x3100:
                whole = joined[code - VOICED_MARK, codes[length - 1] - 0x3000]
                if whole:
                    codes[length - 1] = whole
            continue
        if code == LONG_VOWEL and length and (scripts_out[length - 1] == 1 or scripts_out[length - 1] == 2):
            code = np.uint32(DASH)
            kind = np.uint8(0)
        codes[length] = code
        scripts_out[length] = kind
        positions[length] = position
        length += 1
    return length


def fold_fast(text: str, level: str = STANDARD) -> Folded:
    """As ``folding.fold``."""
    raw = code_points(text)
    codes = np.empty(len(raw), np.uint32)
    kinds = np.empty(len(raw), np.uint8)
    positions = np.empty(len(raw), np.int32)
    length = fold_into(raw, len(raw), table(level), scripts(level), joined_kana(), codes, kinds, positions)
    return Folded(codes[:length], positions[:length])
