"""Policies → a new index: field by field through the spill files, in bounded memory, on all cores.

``build_index`` writes a folder; ``MatchIndex.build`` makes the same in memory for the time of one sweep.
"""

import json
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from sekisho import __version__
from sekisho.kernel.clock import now
from sekisho.matching.index.collect import Collector, tail_of
from sekisho.matching.index.columns import FIELDS, PURPOSES
from sekisho.matching.index.fields import Piles, write_field
from sekisho.matching.index.folder import FORMAT, FileFact, Header, locked, new_root, publish, unfinished
from sekisho.matching.index.hashing import (
    BEGINNINGS_AT,
    FIELD_WORDS,
    FIRST_AT,
    HEAD,
    MASK,
    SHAPES,
    SHAPES_AT,
    SHIFT,
    states,
)
from sekisho.matching.index.keys import NONCE_BYTES, Keys
from sekisho.matching.index.piles import FolderSink, Sink
from sekisho.matching.index.sorting import HASH_BITS

READING, SORTING = "reading", "sorting"
Progress = Callable[[str, int, int], None]
"""Called with (stage, done, in all): policies while ``READING`` (in all is 0: not known), values while ``SORTING``."""
Seal = Callable[[str, npt.NDArray[Any]], npt.NDArray[Any]]


@dataclass(frozen=True, slots=True)
class Made:
    """What was made: number of policies, signs inside their numbers, and sizes of the fields."""

    rows: int
    joiners: str
    fields: dict[str, dict[str, int]]


def field_states(keys: Keys) -> npt.NDArray[np.uint64]:
    """The hashing states of all fields and tags, each under its own subkey."""
    return states(keys.field_words(PURPOSES))


def build_index(
    batches: Iterable[pa.RecordBatch],
    folder: Path,
    key: bytes,
    *,
    folding: str = "standard",
    progress: Progress | None = None,
) -> Header:
    """Make the index of all policies in ``batches`` (columns ``collect.NEEDED``) in ``folder``, which must be new.

    ``key``: the master key, 32 bytes. ``folding``: one of ``kernel.folding.LEVELS``. Needs 12 bytes of disk for
    each value while it works. Raises ``InputError`` when there is an index already, and whatever ``batches`` raises:
    then nothing is left.
    """
    keys = Keys(key)
    root = new_root(folder)
    with locked(root), unfinished(root, 1) as part:
        nonce = secrets.token_bytes(NONCE_BYTES)
        sink = FolderSink(part)
        collector = Collector(field_states(keys), sink, folding=folding)
        try:
            for batch in batches:
                collector.add(batch)
                if progress is not None:
                    progress(READING, collector.rows, 0)
            made = write_store(collector, sink, sealing(keys, nonce), progress)
            files = facts(sink)
        finally:
            collector.end()
            sink.drop()
        header = Header(
            sekisho_index=FORMAT, sekisho=__version__, index_id=secrets.token_hex(4), generation=1, folding=folding,
            rows=made.rows, joiners=made.joiners, nonce=nonce.hex(), check=keys.check(), fields=made.fields,
            history=[{"generation": 1, "rows": made.rows, "at": now().isoformat(timespec="seconds")}],
            files=files,
        )  # fmt: skip
        return publish(root, part, header, keys)


def write_store(collector: Collector, sink: Sink, seal: Seal, progress: Progress | None = None) -> Made:
    """Sort what was collected and write the store, the numbers' shapes and the codes' values into ``sink``."""
    collector.close()
    total = sum(entries.count for entries in collector.entries)
    done = 0

    def tell(entries: int) -> None:
        nonlocal done
        done += entries
        if progress is not None:
            progress(SORTING, done, total)

    piles = Piles(sink.pile("words", np.uint64), sink.pile("starts", np.uint32), sink.pile("refs", np.uint32))
    head = np.zeros(HEAD, np.uint64)
    piles.words.append(head)
    fields = {}
    for kind, name in enumerate(FIELDS):
        entries = collector.entries[kind].count
        keys = write_field(kind, collector.entries[kind], piles, head, pool=collector.pool, tell=tell)
        fields[name] = field_facts(head, kind, entries, keys)
    values = {name: coded.values for name, coded in collector.coded.items()}
    finish_store(sink, piles, head, Looks(collector.beginnings(), collector.numbers(), values), seal)
    return Made(collector.rows, "".join(sorted(collector.joiners)), fields)


@dataclass(frozen=True, slots=True)
class Looks:
    """What stands in the index sealed: the beginnings with their lengths, the rows of ``Collector.numbers``, and the
    values of the coded columns."""

    beginnings: tuple[npt.NDArray[np.uint64], npt.NDArray[np.uint64]]
    numbers: npt.NDArray[np.uint64]
    values: dict[str, list[str]]


def finish_store(sink: Sink, piles: Piles, head: npt.NDArray[np.uint64], looks: Looks, seal: Seal) -> None:
    """Write what stands behind the fields, and the head of the store."""
    tail, shapes_at = tail_of(looks.beginnings, looks.numbers)
    head[BEGINNINGS_AT] = piles.words.length
    head[SHAPES_AT], head[SHAPES] = piles.words.length + shapes_at, len(looks.numbers)
    piles.words.append(seal("beginnings", tail))
    piles.words.put(0, head)
    sink.pile("numbers", np.uint64).append(seal("numbers", looks.numbers.ravel()))
    text = json.dumps(looks.values, ensure_ascii=False).encode()
    sink.pile("values", np.uint8).append(seal("values", np.frombuffer(text, np.uint8)))


def field_facts(head: npt.NDArray[np.uint64], kind: int, entries: int, keys: int) -> dict[str, int]:
    """What the header says of a field. ``bytes``: filter, keys, postings, buckets and references together."""
    at = kind * FIELD_WORDS
    bits = HASH_BITS - int(head[at + SHIFT])
    posted = bool(head[at + FIRST_AT])
    size = (int(head[at + MASK]) + 1) // 8 + 4 * ((2 * keys + 1 if posted else keys) + (1 << bits) + 1 + entries)
    return {"entries": entries, "keys": keys, "bytes": size, "bits": bits}


def sealing(keys: Keys, nonce: bytes) -> Seal:
    """How arrays of one generation are sealed; doing it twice opens them again."""

    def seal(name: str, array: npt.NDArray[Any]) -> npt.NDArray[Any]:
        return (array.view(np.uint8) ^ keys.stream(name, nonce, array.nbytes)).view(array.dtype)

    return seal


def unsealed(_name: str, array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """For an index that stays in memory."""
    return array


def facts(sink: FolderSink) -> dict[str, FileFact]:
    """The finished files."""
    return {name: FileFact(kind, length) for name, (kind, length) in sink.close().items()}
