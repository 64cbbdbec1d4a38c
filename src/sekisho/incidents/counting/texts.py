"""Texts as numbers, exactly: the same text (beside the same number) has the same number, in the order of appearance.

An open hash table over Arrow's own buffers: no text is copied, equality is told by the bytes, never by a hash alone.
"""

import secrets
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from sekisho.kernel.compiled import compiled
from sekisho.matching.inside import compiled_part

Integers = npt.NDArray[np.int64]
_SEED = np.uint64(secrets.randbits(64))
"""Texts that meet in one place of the table cannot be chosen by who writes them."""


class Texts:
    """``numbers``: for each row of a column its number, −1 where ``beside`` is below 0; ``firsts``: for each number the
    row where it first appears."""

    def __init__(self, column: pa.ChunkedArray | pa.Array, beside: Integers) -> None:
        """``column``: text (null is as empty); ``beside``: a number that a row is told apart by as well, below 0 to
        leave the row out."""
        self._data, self._offsets = _buffers(column)
        self._beside = beside
        rows = len(beside)
        self._slots = np.zeros(1 << max(4, (2 * rows).bit_length()), np.uint64)
        self.numbers = np.empty(rows, np.int64)
        firsts = np.empty(rows, np.int64)
        count = _number(self._data, self._offsets, beside, _SEED, self._slots, firsts, self.numbers)
        self.firsts = firsts[:count].copy()

    def __len__(self) -> int:
        return len(self.firsts)

    def places(self, column: pa.ChunkedArray | pa.Array, beside: Integers) -> Integers:
        """The number that each row of another column has here; −1 = none."""
        data, offsets = _buffers(column)
        found = np.empty(len(beside), np.int64)
        held = (self._data, self._offsets, self._beside)
        _find(held, _SEED, self._slots, self.firsts, data, offsets, beside, found)
        return found


def numbers_of(column: pa.ChunkedArray | pa.Array) -> Integers:
    """A column of text as numbers from 0 on; null is −1."""
    valid = np.asarray(column.is_valid().to_numpy(zero_copy_only=False) if isinstance(column, pa.Array)
                       else column.is_valid().to_numpy(), bool)  # fmt: skip
    return Texts(column, np.where(valid, 0, -1)).numbers


def joined(*columns: Integers) -> Integers:
    """Several columns of numbers as one, from 0 on: the same numbers are the same number; −1 where one is below 0."""
    first = columns[0]
    for column in columns[1:]:
        none = (first < 0) | (column < 0)
        packed = np.where(none, 0, first * (int(column.max(initial=0)) + 1) + column)
        first = pa.array(packed).dictionary_encode().indices.to_numpy().astype(np.int64)
        first[none] = -1
    return first


def _buffers(column: pa.ChunkedArray | pa.Array) -> tuple[npt.NDArray[np.uint8], Integers]:
    """The bytes of all texts, and where each begins and ends."""
    whole = column.cast(pa.large_string())
    rows = len(whole)
    array = whole
    if isinstance(whole, pa.ChunkedArray):
        array = whole.chunk(0) if whole.num_chunks == 1 else pa.concat_arrays(whole.chunks) if rows else None
    offsets, data = array.buffers()[1:] if rows else (None, None)
    begins = np.zeros(rows + 1, np.int64)
    if offsets is not None and offsets.size:
        begins = np.frombuffer(offsets, np.int64)[array.offset : array.offset + rows + 1]
    return np.frombuffer(data if data is not None and data.size else b"\0", np.uint8), begins


@compiled_part
def _hash(data: Any, begin: Any, end: Any, state: Any) -> Any:
    """64 bits of a text and a state."""
    at = begin
    while at < end:
        word = np.uint64(0)
        for place in range(min(8, end - at)):
            word |= np.uint64(data[at + place]) << np.uint64(8 * place)
        state = (state ^ word) * np.uint64(0x9E3779B97F4A7C15)
        state ^= state >> np.uint64(29)
        at += 8
    state = (state ^ np.uint64(end - begin)) * np.uint64(0xBF58476D1CE4E5B9)
    state ^= state >> np.uint64(32)
    state *= np.uint64(0x94D049BB133111EB)
    return state ^ (state >> np.uint64(29))


@compiled_part
def _same(data: Any, begin: Any, end: Any, others: Any, from_: Any, to: Any) -> Any:  # noqa: PLR0917  (compiled)
    if end - begin != to - from_:
        return False
    for place in range(end - begin):  # noqa: SIM110  (compiled)
        if data[begin + place] != others[from_ + place]:
            return False
    return True


@compiled
def _number(  # noqa: PLR0917  (compiled code wants flat arguments)
    data: Any, offsets: Any, beside: Any, seed: Any, slots: Any, firsts: Any, numbers: Any
) -> Any:
    """Number every row; a slot holds half of the hash and the number plus one. Returns how many there are."""
    low, mask, count = np.uint64(0xFFFFFFFF), np.uint64(len(slots) - 1), 0
    for row in range(len(beside)):
        if beside[row] < 0:
            numbers[row] = -1
            continue
        code = _hash(
            data, offsets[row], offsets[row + 1], seed ^ (np.uint64(beside[row]) * np.uint64(0xD6E8FEB86659FD93))
        )
        slot = code & mask
        while True:
            held = slots[slot]
            if held == 0:
                slots[slot] = (code & ~low) | np.uint64(count + 1)
                firsts[count], numbers[row] = row, count
                count += 1
                break
            if (held ^ code) & ~low == 0:
                number = np.int64(held & low) - 1
                first = firsts[number]
                if beside[first] == beside[row] and _same(
                    data, offsets[row], offsets[row + 1], data, offsets[first], offsets[first + 1]
                ):
                    numbers[row] = number
                    break
            slot = (slot + np.uint64(1)) & mask
    return count


@compiled
def _find(  # noqa: PLR0917  (compiled code wants flat arguments)
    held: Any, seed: Any, slots: Any, firsts: Any, data: Any, offsets: Any, beside: Any, found: Any
) -> None:
    """As ``_number``, of other texts, and without adding any."""
    held_data, held_offsets, held_beside = held
    low, mask = np.uint64(0xFFFFFFFF), np.uint64(len(slots) - 1)
    for row in range(len(beside)):
        found[row] = -1
        if beside[row] < 0:
            continue
        code = _hash(
            data, offsets[row], offsets[row + 1], seed ^ (np.uint64(beside[row]) * np.uint64(0xD6E8FEB86659FD93))
        )
        slot = code & mask
        while slots[slot] != 0:
            if (slots[slot] ^ code) & ~low == 0:
                number = np.int64(slots[slot] & low) - 1
                first = firsts[number]
                if held_beside[first] == beside[row] and _same(
                    data, offsets[row], offsets[row + 1], held_data, held_offsets[first], held_offsets[first + 1]
                ):
                    found[row] = number
                    break
            slot = (slot + np.uint64(1)) & mask
