"""One day more: policies that are not in an index yet are merged into its next generation.

The arrays stay sorted: new entries are put between the old ones in one pass over each field. The width of the keys
stays as it was built, so that an index that has outgrown it is refused and must be built anew.
"""
# Compiled code wants flat arguments:
# ruff: noqa: PLR0917

import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from sekisho import __version__
from sekisho.kernel.clock import now
from sekisho.kernel.compiled import compiled
from sekisho.kernel.errors import InputError
from sekisho.matching.canonical import POLICY_MAX
from sekisho.matching.index.build import READING, Looks, Progress, facts, field_facts, finish_store, sealing
from sekisho.matching.index.collect import Collector, united
from sekisho.matching.index.columns import FIELDS
from sekisho.matching.index.fields import FULL, Piles, running
from sekisho.matching.index.folder import Header, locked, publish, read_header, unfinished
from sekisho.matching.index.hashing import (
    BEGINNINGS_AT,
    BITS_AT,
    BUCKET_AT,
    FIELD_WORDS,
    FIRST_AT,
    HEAD,
    KEY_AT,
    KEY_BITS,
    MASK,
    REF_AT,
    SHAPES_AT,
    SHIFT,
    Store,
    place_of,
    set_bits,
)
from sekisho.matching.index.keys import NONCE_BYTES, Keys
from sekisho.matching.index.match_index import MatchIndex
from sekisho.matching.index.piles import BLOCK, FolderSink
from sekisho.matching.index.sorting import HASH_BITS, Entries, sorted_entries

Array = npt.NDArray[Any]


def add_policies(
    batches: Iterable[pa.RecordBatch], folder: Path, key: bytes, *, progress: Progress | None = None
) -> tuple[Header, int]:
    """Add the policies in ``batches`` whose number and insurer are not in the index yet; changed data of policies that
    are in it is not looked at. Returns the header in force and how many were added.

    The index is verified first. Rows keep their numbers. Killed at any moment, the index is the one before or the one
    after; whoever has it open goes on reading what he opened. Raises ``InputError``."""
    keys = Keys(key)
    if not folder.is_dir():
        read_header(folder, keys)
    with locked(folder):
        header, _ = read_header(folder, keys)
        old = MatchIndex.open(folder, key, verify=True)
        with unfinished(folder, header.generation + 1) as part:
            sink = FolderSink(part)
            collector = Collector(old.states, sink, folding=old.folding, first_row=old.rows)
            try:
                collector.go_on(old.arrays, old.values)
                done = 0
                for batch in batches:
                    collector.add(batch.filter(pa.array(old.rows_of(batch) < 0)))
                    done += batch.num_rows
                    if progress is not None:
                        progress(READING, done, 0)
                collector.close()
                added = collector.rows - old.rows
                if not added:
                    return header, 0
                nonce = secrets.token_bytes(NONCE_BYTES)
                fields = _merge(old, collector, sink, sealing(keys, nonce))
                files = facts(sink)
            finally:
                collector.end()
                sink.drop()
            moment = now().isoformat(timespec="seconds")
            line = {"generation": header.generation + 1, "rows": collector.rows, "at": moment}
            header = replace(
                header, sekisho=__version__, generation=header.generation + 1, rows=collector.rows,
                joiners="".join(sorted(collector.joiners | set(header.joiners))), nonce=nonce.hex(), fields=fields,
                history=[*header.history, line], files=files,
            )  # fmt: skip
            return publish(folder, part, header, keys), added


def _merge(old: MatchIndex, collector: Collector, sink: FolderSink, seal: Any) -> dict[str, dict[str, int]]:
    piles = Piles(sink.pile("words", np.uint64), sink.pile("starts", np.uint32), sink.pile("refs", np.uint32))
    head = np.zeros(HEAD, np.uint64)
    piles.words.append(head)
    fields = {}
    for kind, name in enumerate(FIELDS):
        keys = _merge_field(_Field.of(old.store, kind), _sorted(collector.entries[kind], old.store, kind), piles, head)
        entries = old.made.fields[name]["entries"] + collector.entries[kind].count
        fields[name] = field_facts(head, kind, entries, keys)
        collector.entries[kind].drop()
    values = {name: coded.values for name, coded in collector.coded.items()}
    begun, new = _beginnings(old.store), collector.beginnings()
    both = united(np.concatenate([begun[0], new[0]]), np.concatenate([begun[1], new[1]]))
    finish_store(sink, piles, head, Looks(both, _numbers(old.numbers, collector.numbers()), values), seal)
    return fields


@dataclass(frozen=True, slots=True)
class _Field:
    """One field of the index that is there. ``first``: where each key's references begin (None: one each)."""

    kind: int
    store: Store
    head: Array
    keys: Array
    first: Array | None
    buckets: Array
    refs: Array

    @staticmethod
    def of(store: Store, kind: int) -> "_Field":
        head = store.words[kind * FIELD_WORDS : (kind + 1) * FIELD_WORDS].astype(np.int64)
        bucket_count = 1 << (HASH_BITS - int(head[SHIFT]))
        buckets = store.starts[head[BUCKET_AT] : head[BUCKET_AT] + bucket_count + 1]
        count = int(buckets[-1])
        first = store.starts[head[FIRST_AT] : head[FIRST_AT] + count + 1] if head[FIRST_AT] else None
        many = count if first is None else int(first[-1])
        return _Field(
            kind, store, head, store.starts[head[KEY_AT] : head[KEY_AT] + count], first, buckets,
            store.refs[head[REF_AT] : head[REF_AT] + many],
        )  # fmt: skip

    @property
    def shift(self) -> int:
        return int(self.head[SHIFT])


def _sorted(entries: Entries, store: Store, kind: int) -> tuple[Array, Array]:
    low = max(0, int(store.words[kind * FIELD_WORDS + SHIFT]) - KEY_BITS)
    parts = [
        sorted_entries(*entries.part(number), low, HASH_BITS - entries.part_bits)
        for number in range(1 << entries.part_bits)
    ]
    return np.concatenate([one for one, _ in parts]), np.concatenate([one for _, one in parts])


def _merge_field(field: _Field, new: tuple[Array, Array], piles: Piles, head: Array) -> int:
    """Write the field with the new entries among the old; returns its number of keys."""
    hashes, refs = new
    places, there = np.zeros(len(hashes), np.int64), np.zeros(len(hashes), np.bool_)
    _places(field.store.words, field.store.starts, field.kind, hashes, field.first is None, places, there)
    leads = _leads(hashes >> np.uint64(field.shift - KEY_BITS)) if field.first is not None else np.arange(len(hashes))
    fresh = leads[~there[leads]]  # the entries that bring a key
    at = field.kind * FIELD_WORDS
    head[at + SHIFT], head[at + KEY_AT], head[at + REF_AT] = field.shift, piles.starts.length, piles.refs.length
    if len(field.keys) + len(fresh) > FULL * (len(field.buckets) - 1):
        raise InputError(
            f"the index has outgrown its field {FIELDS[field.kind]}",
            where="policies",
            remedy="build it anew from the whole ledger with `sekisho index build`",
        )
    suffixes = ((hashes[fresh] >> np.uint64(field.shift - KEY_BITS)) & np.uint64(0xFFFFFFFF)).astype(np.uint32)
    for block in _inserted(field.keys, places[fresh], suffixes):
        piles.starts.append(block)
    ref_places = places
    if field.first is not None:
        ref_places = field.first[places + there].astype(np.int64)
        counts = np.diff(field.first)
        many = np.diff(np.append(leads, len(hashes))).astype(np.uint32)
        old = there[leads]
        counts[places[leads[old]]] += many[old]
        head[at + FIRST_AT] = piles.starts.length
        piles.starts.append(running(np.insert(counts, places[fresh], many[~old])))
    for block in _inserted(field.refs, ref_places, refs):
        piles.refs.append(block)
    buckets = (hashes[fresh] >> np.uint64(field.shift)).astype(np.int64)
    head[at + BUCKET_AT] = piles.starts.length
    more = running(np.bincount(buckets, minlength=len(field.buckets) - 1).astype(np.uint32))
    piles.starts.append(field.buckets + more)
    words = (int(field.head[MASK]) + 1) // 64
    bits = field.store.words[field.head[BITS_AT] : field.head[BITS_AT] + words].copy()
    set_bits(hashes, bits, np.uint64(field.head[MASK]))
    head[at + MASK], head[at + BITS_AT] = field.head[MASK], piles.words.length
    piles.words.append(bits)
    return len(field.keys) + len(fresh)


@compiled
def _places(words: Any, starts: Any, kind: Any, hashes: Any, behind: Any, places: Any, there: Any) -> None:
    """For each hash its place among the keys of the field; ``behind``: behind all keys like it, as if not there."""
    for one in range(len(hashes)):
        low, end, found = place_of(words, starts, kind, hashes[one])
        if behind and found:
            base = np.int64(words[kind * FIELD_WORDS + KEY_AT])
            wanted = starts[base + low]
            while low < end and starts[base + low] == wanted:
                low += 1
            found = False
        places[one], there[one] = low, found


def _leads(ordered: Array) -> Array:
    """The first of each run of equal ones."""
    return np.flatnonzero(np.append(True, ordered[1:] != ordered[:-1])) if len(ordered) else np.zeros(0, np.int64)


def _inserted(old: Array, places: Array, values: Array) -> Iterator[Array]:
    """``old`` with ``values`` put in before the ``places`` (ascending), block by block."""
    for begin in range(0, max(1, len(old)), BLOCK):
        end = begin + BLOCK
        low = np.searchsorted(places, begin)
        high = np.searchsorted(places, end) if end < len(old) else len(places)
        yield np.insert(old[begin:end], places[low:high] - begin, values[low:high])


def _beginnings(store: Store) -> tuple[Array, Array]:
    """Beginnings and lengths out of the table (``hashing.make_beginnings``)."""
    table = store.words[int(store.words[BEGINNINGS_AT]) : int(store.words[SHAPES_AT])]
    at, size = 2 + (int(table[0]) + 1) // 64, int(table[1]) + 1
    prefixes, lengths = table[at : at + size], table[at + size : at + 2 * size]
    return prefixes[prefixes != 0], lengths[prefixes != 0]


def _numbers(old: Array, new: Array) -> Array:
    """Rows of (shape, count, symbols) of both."""
    rows = np.concatenate([old, new])
    rows = rows[np.argsort(rows[:, 0], kind="stable")]
    first = _leads(rows[:, 0])
    if not len(first):
        return rows.reshape(0, 2 + POLICY_MAX)
    counts = np.add.reduceat(rows[:, 1:2], first, axis=0)
    return np.concatenate([rows[first, :1], counts, np.bitwise_or.reduceat(rows[:, 2:], first, axis=0)], axis=1)
