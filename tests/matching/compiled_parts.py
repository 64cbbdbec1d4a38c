"""Calling the compiled parts from tests: they have no entry from Python of their own."""

from collections.abc import Callable
from functools import cache
from typing import Any

import numba
import numpy as np
import numpy.typing as npt

from sekisho.kernel.folding import code_points, joined_kana, table
from sekisho.kernel.folding_compiled import fold_into, scripts


@cache
def outside(part: Callable[..., Any]) -> Callable[..., Any]:
    """A compiled part with an entry from Python."""

    def call(*arguments: Any) -> Any:
        return part(*arguments)

    entry: Callable[..., Any] = numba.njit(call)
    return entry


def folded_codes(text: str) -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.uint8], int]:
    """(codes, kinds, length) as the scanner sees ``text``."""
    raw = code_points(text).copy()
    codes, kinds = np.zeros(len(raw) + 1, np.uint32), np.zeros(len(raw) + 1, np.uint8)
    positions = np.zeros(len(raw) + 1, np.int32)
    length = fold_into(raw, len(raw), table(), scripts(), joined_kana(), codes, kinds, positions)
    return codes, kinds, length


def written(out: npt.NDArray[np.uint32], length: int) -> str:
    """What a part wrote into its output."""
    return "".join(map(chr, out[:length]))
