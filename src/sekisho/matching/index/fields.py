"""One field of the index from its entries: filter, keys, postings, buckets, references (``docs/adr/0004``).

Where values repeat (names, days, postal codes) each key stands once and has a list of references; where they hardly
do (policy numbers) a key stands for each reference, which is smaller. A bucket holds four to eight keys.
"""

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sekisho.matching.index.hashing import (
    BITS_AT,
    BUCKET_AT,
    FIELD_WORDS,
    FIRST_AT,
    KEY_AT,
    KEY_BITS,
    MASK,
    REF_AT,
    SHIFT,
    set_bits,
)
from sekisho.matching.index.piles import Pile
from sekisho.matching.index.sorting import HASH_BITS, Entries, laid_out, sorted_entries

BUCKET_BITS_MIN = 12
FILTER_BITS = 10
"""At least so many bits of filter for each key, up to twice as many."""
FULL = 64
"""With more keys to a bucket, chance hits would be more than about 1 in 10^9: the index must be built anew."""
_AHEAD = 3

Words = npt.NDArray[np.uint64]


@dataclass(frozen=True, slots=True)
class Piles:
    """The three arrays of the store while they grow."""

    words: Pile
    starts: Pile
    refs: Pile


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a field's entries, sorted and laid out. ``buckets`` belong to the buckets from ``first_bucket``."""

    hashes: npt.NDArray[np.uint64]
    refs: npt.NDArray[np.uint32]
    keys: npt.NDArray[np.uint32]
    counts: npt.NDArray[np.uint32]
    buckets: npt.NDArray[np.uint32]
    first_bucket: int


@dataclass(frozen=True, slots=True)
class Plan:
    """How a field is laid out. ``bits``: of its bucket numbers; ``posted``: equal keys stand once."""

    bits: int
    posted: bool
    filter_bits: int

    @property
    def shift(self) -> int:
        return HASH_BITS - self.bits

    @staticmethod
    def of(keys: int, entries: int) -> "Plan":
        """For about so many different keys among so many entries."""
        stored = keys if 2 * keys < entries else entries
        bits = max(BUCKET_BITS_MIN, stored.bit_length() - 3)
        return Plan(bits, 2 * keys < entries, max(16, (keys * FILTER_BITS).bit_length()))


def different(hashes: npt.NDArray[np.uint64]) -> int:
    """How many different values."""
    ordered = np.sort(hashes)  # np.unique takes a hundred times as long on hashes
    return int(np.count_nonzero(ordered[1:] != ordered[:-1])) + (len(ordered) > 0)


def write_field(
    kind: int, entries: Entries, piles: Piles, head: Words, *, pool: Executor, tell: Callable[[int], None]
) -> int:
    """Write one field behind the others, note its places in ``head``; returns how many keys it has. ``tell`` is called
    with the number of entries done each time."""
    first_hashes, _ = entries.part(0)
    found = different(first_hashes)
    del first_hashes
    plan = Plan.of(found if entries.part_bits == 0 else (found + 1) << entries.part_bits, entries.count)
    at = kind * FIELD_WORDS
    head[at + SHIFT], head[at + MASK] = plan.shift, (1 << plan.filter_bits) - 1
    head[at + KEY_AT], head[at + REF_AT] = piles.starts.length, piles.refs.length
    bits = np.zeros((1 << plan.filter_bits) // 64, np.uint64)
    buckets = np.zeros(1 << plan.bits, np.uint32)
    counts: list[npt.NDArray[np.uint32]] = []
    for part in _parts(entries, plan, pool):
        set_bits(part.hashes, bits, np.uint64((1 << plan.filter_bits) - 1))
        buckets[part.first_bucket : part.first_bucket + len(part.buckets)] += part.buckets
        piles.starts.append(part.keys)
        piles.refs.append(part.refs)
        if plan.posted:
            counts.append(part.counts)
        tell(len(part.refs))
    entries.drop()
    if plan.posted:
        head[at + FIRST_AT] = piles.starts.length
        piles.starts.append(running(np.concatenate(counts)))
    head[at + BUCKET_AT] = piles.starts.length
    starts = running(buckets)
    piles.starts.append(starts)
    head[at + BITS_AT] = piles.words.length
    piles.words.append(bits)
    return int(starts[-1])


def running(counts: npt.NDArray[np.uint32]) -> npt.NDArray[np.uint32]:
    """Where each of consecutive lists begins, and where the last ends."""
    sums = np.zeros(len(counts) + 1, np.uint32)
    np.cumsum(counts, dtype=np.uint32, out=sums[1:])
    return sums


def _parts(entries: Entries, plan: Plan, pool: Executor) -> Iterator[Part]:
    """All parts in order; a few are worked on ahead."""
    waiting: deque[Future[Part]] = deque()
    for number in range(1 << entries.part_bits):
        waiting.append(pool.submit(_part, entries, plan, number))
        if len(waiting) == _AHEAD:
            yield waiting.popleft().result()
    while waiting:
        yield waiting.popleft().result()


def _part(entries: Entries, plan: Plan, number: int) -> Part:
    hashes, refs = sorted_entries(*entries.part(number), max(0, plan.shift - KEY_BITS), HASH_BITS - entries.part_bits)
    first = (number << plan.bits) >> entries.part_bits
    buckets = np.zeros(max(1, (1 << plan.bits) >> entries.part_bits), np.uint32)
    keys, counts = np.empty(len(hashes), np.uint32), np.empty(len(hashes), np.uint32)
    used = laid_out(hashes, plan.shift, plan.posted, first, keys, counts, buckets)
    return Part(hashes, refs, keys[:used].copy(), counts[:used].copy(), buckets, first)
