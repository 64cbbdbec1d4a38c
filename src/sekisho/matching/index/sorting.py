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

U = np.uint64
HASH_BITS = 64
PARTS_BITS = 6
HELD = 1 << 21
"""Entries of a field kept in memory (12 bytes each) before they go to the spill file."""
DIGIT_BITS = 11

Hashes = npt.NDArray[np.uint64]
Refs = npt.NDArray[np.uint32]


@compiled
def _joined(first_row: Any, roles: Any, one: Any, two: Any, three: Any, hashes: Any, refs: Any) -> Any:
    """The entries of each row's roles in order; a value in both of the first two roles is one entry of ``BOTH``."""
    used = 0
    for row in range(len(one)):
        ref = np.uint32((first_row + row) * 4)
        same = roles > 1 and one[row] == two[row]
        if one[row]:
            hashes[used] = one[row]
            refs[used] = ref + np.uint32(BOTH) if same else ref
            used += 1
        if roles > 1 and two[row] and not same:
            hashes[used] = two[row]
            refs[used] = ref + np.uint32(1)
            used += 1
        if roles > 2 and three[row]:
            hashes[used] = three[row]
            refs[used] = ref + np.uint32(2)
            used += 1
    return used


@compiled
def _grouped(hashes: Any, refs: Any, counts: Any, out_hashes: Any, out_refs: Any) -> None:
    """Entries by their top bits, in order within each group; ``counts``: how many each has."""
    shift = U(HASH_BITS - PARTS_BITS)
    for place in range(len(hashes)):
        counts[hashes[place] >> shift] += 1
    at = np.zeros(len(counts), np.int64)
    for part in range(1, len(counts)):
        at[part] = at[part - 1] + counts[part - 1]
    for place in range(len(hashes)):
        part = hashes[place] >> shift
        out_hashes[at[part]] = hashes[place]
        out_refs[at[part]] = refs[place]
        at[part] += 1


@compiled
def sorted_entries(hashes: Any, refs: Any, low: Any, high: Any) -> Any:
    """(hashes, refs) sorted by bits low … high−1 of the hash, keeping the order of equal ones (radix sort). Uses up
    its arguments."""
    other, other_refs = np.empty_like(hashes), np.empty_like(refs)
    while low < high:
        width = min(DIGIT_BITS, high - low)
        mask = (U(1) << U(width)) - U(1)
        at = np.zeros((1 << DIGIT_BITS) + 1, np.int64)
        for place in range(len(hashes)):
            at[((hashes[place] >> U(low)) & mask) + U(1)] += 1
        for digit in range(1 << DIGIT_BITS):
            at[digit + 1] += at[digit]
        for place in range(len(hashes)):
            digit = (hashes[place] >> U(low)) & mask
            other[at[digit]] = hashes[place]
            other_refs[at[digit]] = refs[place]
            at[digit] += 1
        hashes, other = other, hashes
        refs, other_refs = other_refs, refs
        low += width
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
        self._held: list[tuple[Hashes, Refs]] = []
        self._held_count = 0
        self._groups: list[tuple[int, npt.NDArray[np.int64]]] = []
        self._size = 0
        self._handle = -1
        self.count = 0

    def add(self, first_row: int, roles: list[Hashes]) -> None:
        """Take the hashes of each role for the rows ``first_row`` … (0 = no value)."""
        room = len(roles) * len(roles[0])
        hashes, refs = np.empty(room, np.uint64), np.empty(room, np.uint32)
        padded = (*roles, *(3 - len(roles)) * [roles[0]])
        used = _joined(first_row, len(roles), *padded, hashes, refs)
        self._held.append((hashes[:used].copy(), refs[:used].copy()))
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
        """The entries of one part, in the order of rows, writeable."""
        if not self._groups:
            return self._together()
        pieces = [self._piece(at, counts, number) for at, counts in self._groups]
        return np.concatenate([one for one, _ in pieces]), np.concatenate([one for _, one in pieces])

    def drop(self) -> None:
        """Give back memory and spill file."""
        self._held, self._groups = [], []
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1
        if self._spill is not None:
            self._spill.unlink(missing_ok=True)

    def _together(self) -> tuple[Hashes, Refs]:
        hashes = np.concatenate([np.zeros(0, np.uint64), *(one for one, _ in self._held)])
        return hashes, np.concatenate([np.zeros(0, np.uint32), *(one for _, one in self._held)])

    def _write(self) -> None:
        hashes, refs = self._together()
        out, out_refs = np.empty_like(hashes), np.empty_like(refs)
        counts = np.zeros(1 << PARTS_BITS, np.int64)
        _grouped(hashes, refs, counts, out, out_refs)
        if self._handle < 0:
            assert self._spill is not None  # noqa: S101
            self._handle = os.open(self._spill, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600)
        self._groups.append((self._size, counts))
        for block in (out, out_refs):
            view = memoryview(block.view(np.uint8).data)
            while view:
                written = os.pwrite(self._handle, view, self._size)
                self._size += written
                view = view[written:]
        self._held, self._held_count = [], 0

    def _piece(self, at: int, counts: npt.NDArray[np.int64], number: int) -> tuple[Hashes, Refs]:
        before, many, total = int(counts[:number].sum()), int(counts[number]), int(counts.sum())
        hashes = os.pread(self._handle, 8 * many, at + 8 * before)
        refs = os.pread(self._handle, 4 * many, at + 8 * total + 4 * before)
        return np.frombuffer(hashes, np.uint64), np.frombuffer(refs, np.uint32)
