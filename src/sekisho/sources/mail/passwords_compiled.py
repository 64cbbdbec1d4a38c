"""One compiled look over all texts of a mail for the beginnings of words for "password".

Asked of every mail, answered "no" for nearly all. A module of its own, because loading the compiler takes longer than
reading many a mail, and the process that reads attachments has no use for it.
"""

from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from sekisho.kernel.compiled import compiled

Stems = tuple[tuple[str, tuple[str, ...], int], ...]
"""First sign as it may be written, stems in lower case, length of the longest (``passwords``)."""


@compiled
def _holds_a_pair(codes: Any, firsts: Any, seconds: Any) -> Any:
    before = np.uint64(0)
    for at in range(len(codes)):
        code = codes[at]
        if before & seconds[code]:
            return True
        before = firsts[code]
    return False


@cache
def _marks(stems: Stems) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.uint64]]:
    """A bit for every first sign, set for that sign; and for what may stand behind it, in large and small letters."""
    firsts, seconds = np.zeros(0x10000, np.uint64), np.zeros(0x10000, np.uint64)
    wanted: dict[str, int] = {}
    for number, (first, words, _) in enumerate(stems):
        firsts[ord(first)] |= np.uint64(1 << number)
        for word in words:
            wanted[word[1:2]] = wanted.get(word[1:2], 0) | 1 << number
    for code in range(0x10000):
        if bit := wanted.get(chr(code).lower()[0], 0):
            seconds[code] = bit
    if alone := wanted.get("", 0):
        seconds |= np.uint64(alone)
    return firsts, seconds


def may_hold(text: str, stems: Stems) -> bool:
    """False only when ``text`` holds none of the stems: their first two signs stand nowhere one after the other."""
    codes = np.frombuffer(text.encode("utf-16-le", "surrogatepass"), np.uint16)
    return bool(_holds_a_pair(codes, *_marks(stems)))
