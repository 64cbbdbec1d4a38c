"""Chance that is the same everywhere: the demo industry must be byte-identical for one seed on every machine.

``random`` and ``numpy.random`` promise the stream of raw bits but not what their methods make of it, so the few
methods needed stand here: for a whole column at once (``Dice.column``) and one by one (``Roll``).
"""

import zlib
from collections.abc import Sequence
from typing import TypeVar

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Words = npt.NDArray[np.uint64]
Choice = TypeVar("Choice")

_STEP = 0x9E3779B97F4A7C15
_MASK = 0xFFFFFFFFFFFFFFFF


def _mixed(words: Words) -> Words:
    """The finaliser of splitmix64 over an array of 64-bit words."""
    words = (words ^ (words >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    words = (words ^ (words >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return words ^ (words >> np.uint64(31))


class Dice:
    """Columns of chance. The value of a row depends on seed, tag and row only, not on how many rows there are."""

    def __init__(self, seed: int) -> None:
        self.seed = seed

    def column(self, tag: str, rows: Ints, below: int) -> Ints:
        """For each row number an integer from 0 to ``below`` − 1."""
        start = np.uint64((self.seed * _STEP + zlib.crc32(tag.encode()) * 0xD1B54A32D192ED03) & _MASK)
        words = _mixed(start + rows.astype(np.uint64) * np.uint64(_STEP))
        return (words % np.uint64(below)).astype(np.int64)

    def roll(self, tag: str) -> "Roll":
        """A stream of single values of its own."""
        return Roll((self.seed * _STEP + zlib.crc32(tag.encode()) * 0xD1B54A32D192ED03) & _MASK)


class Roll:
    """Single values, one after the other (splitmix64)."""

    __slots__ = ("_state",)

    def __init__(self, state: int) -> None:
        self._state = state

    def below(self, limit: int) -> int:
        """An integer from 0 to ``limit`` − 1."""
        self._state = (self._state + _STEP) & _MASK
        word = self._state
        word = ((word ^ (word >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
        word = ((word ^ (word >> 27)) * 0x94D049BB133111EB) & _MASK
        return (word ^ (word >> 31)) % limit

    def between(self, low: int, high: int) -> int:
        """An integer from ``low`` to ``high``, both included."""
        return low + self.below(high - low + 1)

    def pick(self, choices: Sequence[Choice]) -> Choice:
        """One of ``choices``."""
        return choices[self.below(len(choices))]
