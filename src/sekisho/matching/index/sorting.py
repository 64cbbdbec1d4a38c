"""One field's entries (hash, reference) on their way into the index: collected, spilled by their top bits, sorted.

A ledger of 100 million policies has a billion entries: they are kept in memory up to a bound, then written, grouped
by their top bits, into one spill file in the private folder of the index being built (keyed hashes and row numbers
only). Then each group is sorted by itself, and the groups follow each other in order.
"""
# Compiled code wants flat arguments:
# ruff: noqa: PLR0917

import os
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from sekisho.kernel.compiled import compiled
from sekisho.matching.index.hashing import BOTH, KEY_BITS
from sekisho.matching.inside import compiled_part

U = np.uint64
HASH_BITS = 64
PARTS_BITS = 6
HELD = 1 << 21
"""Entries of a field kept in memory (12 bytes each) before they go to the spill file."""
DIGIT_BITS = 11
FEW, MANY = 8, 192
"""Entries that share their top bits on average when sorted by those; so many are sorted one by one at most."""

Hashes = npt.NDArray[np.uint64]
Refs = npt.NDArray[np.uint32]
Counts = npt.NDArray[np.int64]
_Grouped = tuple[Hashes, Refs, Counts]
"""Entries by their top bits, and where each group begins and the last ends."""


@compiled
def _counted(roles: Any, one: Any, two: Any, three: Any, counts: Any) -> None:
    """How many entries there will be of each value of the top bits (see ``_grouped``)."""
    shift = U(HASH_BITS - PARTS_BITS)
    for row in range(len(one)):
        if one[row]:
            counts[one[row] >> shift] += 1
        if roles > 1 and two[row] and one[row] != two[row]:
            counts[two[row] >> shift] += 1
        if roles > 2 and three[row]:
            counts[three[row] >> shift] += 1


@compiled
def _grouped(
    first_row: Any, roles: Any, one: Any, two: Any, three: Any, at: Any, hashes: Any, refs: Any
) -> None:  # fmt: skip
    """The entries of each row's roles, grouped by their top bits, in the order of rows within each group; a value in
    both of the first two roles is one entry of ``BOTH``. ``at``: where each group begins; used up."""
    shift = U(HASH_BITS - PARTS_BITS)
    for row in range(len(one)):
        ref = np.uint32((first_row + row) * 4)
        same = roles > 1 and one[row] == two[row]
        if one[row]:
            place = at[one[row] >> shift]
            at[one[row] >> shift] = place + 1
            hashes[place] = one[row]
            refs[place] = ref + np.uint32(BOTH) if same else ref
        if roles > 1 and two[row] and not same:
            place = at[two[row] >> shift]
            at[two[row] >> shift] = place + 1
            hashes[place] = two[row]
            refs[place] = ref + np.uint32(1)
        if roles > 2 and three[row]:
            place = at[three[row] >> shift]
            at[three[row] >> shift] = place + 1
            hashes[place] = three[row]
            refs[place] = ref + np.uint32(2)


@compiled_part
def _pass(
    hashes: Any, refs: Any, other: Any, other_refs: Any, begin: Any, end: Any, low: Any, width: Any, at: Any
) -> None:  # fmt: skip
    """Entries ``begin`` … ``end`` in the order of ``width`` bits of the hash from ``low``, into ``other``."""
    mask = (U(1) << U(width)) - U(1)
    at[: (1 << width) + 1] = 0
    for place in range(begin, end):
        at[((hashes[place] >> U(low)) & mask) + U(1)] += 1
    at[0] = begin
    for digit in range(1 << width):
        at[digit + 1] += at[digit]
    for place in range(begin, end):
        digit = (hashes[place] >> U(low)) & mask
        to = at[digit]
        at[digit] = to + 1
        other[to] = hashes[place]
        other_refs[to] = refs[place]


@compiled_part
def _radix(
    hashes: Any, refs: Any, other: Any, other_refs: Any, begin: Any, end: Any, low: Any, high: Any, at: Any
) -> Any:  # fmt: skip
    """Sort entries ``begin`` … ``end`` by bits low … high−1, digit by digit from the lowest; True = they are in
    ``other`` now."""
    passes = -((low - high) // DIGIT_BITS)
    for number in range(passes):
        width = (high - low) // (passes - number)
        if number % 2:
            _pass(other, other_refs, hashes, refs, begin, end, low, width, at)
        else:
            _pass(hashes, refs, other, other_refs, begin, end, low, width, at)
        low += width
    return passes % 2 == 1


@compiled_part
def _inserted(hashes: Any, refs: Any, begin: Any, end: Any, low: Any) -> None:
    """Sort few entries by the bits from ``low``: each is moved before those above it."""
    for place in range(begin + 1, end):
        one, ref = hashes[place], refs[place]
        to = place
        while to > begin and hashes[to - 1] >> low > one >> low:
            hashes[to], refs[to] = hashes[to - 1], refs[to - 1]
            to -= 1
        hashes[to], refs[to] = one, ref


@compiled
def sorted_entries(hashes: Any, refs: Any, low: Any, high: Any) -> Any:
    """(hashes, refs) sorted by bits low … high−1 of the hash, keeping the order of equal ones; the bits above are the
    same in all. Uses up its arguments.

    Hashes are spread evenly: sorted by so many of their top bits that a few entries share them, hardly anything is left
    to do. Where many do (a value that many policies have, and another beside it), the rest is sorted digit by digit."""
    count = len(hashes)
    top = 1
    while top < high - low and (FEW << top) < count:
        top += 1
    middle = high - top
    other, other_refs = np.empty_like(hashes), np.empty_like(refs)
    at = np.zeros((1 << DIGIT_BITS) + 1, np.int64)
    if _radix(hashes, refs, other, other_refs, 0, count, middle, high, at):
        hashes, other, refs, other_refs = other, hashes, other_refs, refs
    begin = 0
    while begin < count:
        end, sorted_already = begin + 1, True
        while end < count and hashes[end] >> U(middle) == hashes[begin] >> U(middle):
            sorted_already = sorted_already and hashes[end - 1] >> U(low) <= hashes[end] >> U(low)
            end += 1
        if sorted_already:
            pass
        elif end - begin <= MANY:
            _inserted(hashes, refs, begin, end, U(low))
        elif _radix(hashes, refs, other, other_refs, begin, end, low, middle, at):
            hashes[begin:end], refs[begin:end] = other[begin:end], other_refs[begin:end]
        begin = end
    return hashes, refs


@compiled
def laid_out(hashes: Any, shift: Any, posted: Any, first_bucket: Any, keys: Any, counts: Any, buckets: Any) -> Any:
    """From sorted hashes: stored keys, how many references each has, how many keys each bucket has. ``posted``: equal
    keys are one. Returns the number of keys."""
    used = 0
    last = U(0)
    for place in range(len(hashes)):
        whole = hashes[place] >> U(shift - KEY_BITS)
        if posted and used and whole == last:
            counts[used - 1] += np.uint32(1)
            continue
        keys[used] = np.uint32(whole & U(0xFFFFFFFF))
        counts[used] = np.uint32(1)
        buckets[np.int64(hashes[place] >> U(shift)) - first_bucket] += np.uint32(1)
        used += 1
        last = whole
    return used


class Entries:
    """The entries of one field. With a ``spill`` file they go there when they become many."""

    def __init__(self, spill: Path | None) -> None:
        self._spill = spill
        self._held: list[_Grouped] = []
        self._held_count = 0
        self._groups: list[tuple[int, Counts]] = []
        self._size = 0
        self._handle = -1
        self.count = 0

    def add(self, first_row: int, roles: list[Hashes]) -> None:
        """Take the hashes of each role for the rows ``first_row`` … (0 = no value)."""
        padded = (*roles, *(3 - len(roles)) * [roles[0]])
        counts = np.zeros(1 << PARTS_BITS, np.int64)
        _counted(len(roles), *padded, counts)
        used = int(counts.sum())
        if not used:
            return
        hashes, refs = np.empty(used, np.uint64), np.empty(used, np.uint32)
        _grouped(first_row, len(roles), *padded, np.cumsum(counts) - counts, hashes, refs)
        self._held.append((hashes, refs, np.append(0, np.cumsum(counts))))
        self._held_count += used
        self.count += used
        if self._spill is not None and self._held_count >= HELD:
            self._write()

    def close(self) -> None:
        """No more entries."""
        if self._groups and self._held_count:
            self._write()

    @property
    def part_bits(self) -> int:
        """The entries come in 2 ** part_bits parts, by their top bits."""
        return PARTS_BITS if self._groups else 0

    def part(self, number: int) -> tuple[Hashes, Refs]:
        """The entries of one part, writeable; those with one hash in the order of rows."""
        if not self._groups:
            hashes = np.concatenate([np.zeros(0, np.uint64), *(one for one, _, _ in self._held)])
            return hashes, np.concatenate([np.zeros(0, np.uint32), *(one for _, one, _ in self._held)])
        many = sum(int(ends[number + 1] - ends[number]) for _, ends in self._groups)
        hashes, refs = np.empty(many, np.uint64), np.empty(many, np.uint32)
        done = 0
        for at, ends in self._groups:
            begin, end, total = int(ends[number]), int(ends[number + 1]), int(ends[-1])
            self._read(hashes[done : done + end - begin], at + 8 * begin)
            self._read(refs[done : done + end - begin], at + 8 * total + 4 * begin)
            done += end - begin
        return hashes, refs

    def drop(self) -> None:
        """Give back memory and spill file."""
        self._held, self._groups = [], []
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1
        if self._spill is not None:
            self._spill.unlink(missing_ok=True)

    def _write(self) -> None:
        """Everything held, part after part, as one group behind the others."""
        if self._handle < 0:
            assert self._spill is not None  # noqa: S101
            self._handle = os.open(self._spill, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600)
        self._groups.append((self._size, np.sum([ends for _, _, ends in self._held], axis=0)))
        for what in (0, 1):
            pieces = [(one[what], one[2]) for one in self._held]
            block = np.concatenate([
                values[ends[part] : ends[part + 1]] for part in range(1 << PARTS_BITS) for values, ends in pieces
            ])  # fmt: skip
            view = memoryview(block.view(np.uint8).data)
            while view:
                written = os.pwrite(self._handle, view, self._size)
                self._size += written
                view = view[written:]
        self._held, self._held_count = [], 0

    def _read(self, into: npt.NDArray[Any], at: int) -> None:
        view = memoryview(into.view(np.uint8).data)
        while view:
            found = os.preadv(self._handle, [view], at)
            if not found:
                raise OSError("the spill file is shorter than what was written")
            at += found
            view = view[found:]
