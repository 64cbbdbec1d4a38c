"""Policies, batch by batch → entries of every field, tags, codes; on all cores (the compiled loops let go of the
interpreter). What it keeps grows with the different values, not with the rows: the rest goes to the sink."""

import os
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from sekisho.kernel.errors import InputError
from sekisho.matching.index import columns
from sekisho.matching.index.columns import FIELDS, Column, Seen, days_as_numbers, hash_days, tag_rows, yen
from sekisho.matching.index.hashing import make_beginnings
from sekisho.matching.index.piles import Coded, Sink, blocks_of
from sekisho.matching.index.sorting import Entries
from sekisho.matching.parameters import word_array, words

ROLES: dict[int, tuple[str, ...]] = {
    columns.POLICY: ("policy_no",),
    columns.NAME: ("holder_name", "insured_name", "beneficiary_name"),
    columns.KANA: ("holder_kana",),
    columns.BIRTH: ("birth_date",),
    columns.PHONE: ("phone", "mobile", "fax"),
    columns.EMAIL: ("email",),
    columns.ADDRESS: ("address", "address"),
    columns.POSTAL: ("postal_code",),
}
"""For each field the item (``law/items.yaml``) of each role. Address role 1 = without its third number."""
ROW_TAGS = {columns.START: "start_date", columns.EXPIRY: "expiry_date", columns.PREMIUM: "premium"}
CODED = (
    "insurer_id", "agency_id", "working_agency_id", "producer_id", "office_id", "line", "source", "holder_kind",
)  # fmt: skip
"""What the rule reads of a policy: no data of a customer, kept in the index as codes."""
NEEDED = tuple(dict.fromkeys((*(name for names in ROLES.values() for name in names), *ROW_TAGS.values(), *CODED)))
"""The columns of the policies table that an index is made from."""
ROWS_MAX = 1 << 30
_BATCH = 1 << 17
_AHEAD = 3
"""Pieces of so many rows are taken, and so many of them hashed while more are read: no core waits for the last column
of a piece."""
_JOINERS = "- "
_WRITTEN_JOINERS = "/._#"


class Collector:
    """Takes policies for the rows ``first_row`` …; ``close`` before reading what was collected."""

    def __init__(
        self, states: npt.NDArray[np.uint64], sink: Sink, *, folding: str, first_row: int = 0,
    ) -> None:  # fmt: skip
        self.states, self.folding = states, folding
        self.rows = first_row
        spill = sink.folder
        self.entries = [Entries(spill / f"{name}.spill" if spill else None) for name in FIELDS]
        self.seen = {
            (kind, name): Seen(kind) for kind, names in ROLES.items() if kind != columns.BIRTH for name in set(names)
        }
        self._piles = {name: sink.pile(name, np.uint8) for name in CODED}
        self.coded = {name: Coded(pile) for name, pile in self._piles.items()}
        self.joiners = set(_JOINERS)
        self.pool = ThreadPoolExecutor(os.cpu_count() or 1)
        self._tags = sink.pile("tags", np.uint16)
        self._forms = word_array(words("legal_forms"))
        self._hashing: deque[tuple[pa.RecordBatch, dict[Any, Future[Any]]]] = deque()
        self._taken = first_row
        self._storing: list[Future[Any]] = []

    def go_on(self, arrays: Mapping[str, npt.NDArray[Any]], values: Mapping[str, Iterable[str]]) -> None:
        """Begin with the tags and codes of an index that is there."""
        for block in blocks_of(arrays["tags"]):
            self._tags.append(block)
        for name, pile in self._piles.items():
            pile.widen(arrays[name].dtype)
            for block in blocks_of(arrays[name]):
                pile.append(block)
            self.coded[name] = Coded(pile, values[name], arrays[name].dtype.itemsize)

    def add(self, batch: pa.RecordBatch) -> None:
        """Take a batch of policies (columns ``NEEDED``, missing ones are empty)."""
        for at in range(0, batch.num_rows, _BATCH):
            piece = batch.slice(at, _BATCH)
            if self._taken + piece.num_rows > ROWS_MAX:
                raise InputError(
                    f"more than {ROWS_MAX:,} policies", where="policies", remedy="build one index for each insurer"
                )
            self._hashing.append((piece, dict(self._hash(piece))))
            self._taken += piece.num_rows
            if len(self._hashing) > _AHEAD:
                self._store()

    def close(self) -> None:
        """Finish what is under way."""
        while self._hashing:
            self._store()
        for done in self._storing:
            done.result()
        self._storing = []
        for entries in self.entries:
            entries.close()

    def end(self) -> None:
        """Stop the threads and give back what was spilled."""
        self.pool.shutdown(wait=True, cancel_futures=True)
        for entries in self.entries:
            entries.drop()

    def beginnings(self) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.uint64]]:
        """Every beginning of a name, kana or address, ascending, with the lengths behind it as bits."""
        listed = [seen.listed() for (kind, _), seen in self.seen.items() if kind != columns.POLICY]
        return united(np.concatenate([one[0] for one in listed]), np.concatenate([one[1] for one in listed]))

    def numbers(self) -> npt.NDArray[np.uint64]:
        """Rows of (shape, count, symbols at each place), shapes ascending."""
        shapes, counts, symbols = self.seen[columns.POLICY, "policy_no"].listed()
        return np.concatenate([shapes[:, None], counts[:, None], symbols], axis=1)

    def _hash(self, batch: pa.RecordBatch) -> Iterator[tuple[Any, Future[Any]]]:
        for (kind, name), seen in self.seen.items():
            yield (kind, name), self.pool.submit(self._hash_column, batch, kind, name, seen)
        yield columns.BIRTH, self.pool.submit(self._hash_births, batch)
        yield "tags", self.pool.submit(self._tag, batch, self._taken)

    def _hash_column(self, batch: pa.RecordBatch, kind: int, name: str, seen: Seen) -> Column:
        column = Column(batch, name)
        if kind == columns.POLICY:
            written = column.data[column.offsets[0] : column.offsets[-1]]
            self.joiners |= {sign for sign in _WRITTEN_JOINERS if np.any(written == ord(sign))}
        return column.hash(kind, self.states, self._forms, seen, self.folding)

    def _hash_births(self, batch: pa.RecordBatch) -> npt.NDArray[np.uint64]:
        hashes = np.zeros(batch.num_rows, np.uint64)
        hash_days(self.states, columns.BIRTH, *days_as_numbers(batch, "birth_date"), hashes)
        return hashes

    def _tag(self, batch: pa.RecordBatch, first_row: int) -> npt.NDArray[np.uint16]:
        tags = np.zeros((len(ROW_TAGS), batch.num_rows), np.uint16)
        for place, (kind, name) in enumerate(ROW_TAGS.items()):
            read = yen if kind == columns.PREMIUM else days_as_numbers
            tag_rows(self.states[kind], first_row, *read(batch, name), tags[place])
        return tags.T.ravel()

    def _store(self) -> None:
        """Wait for the hashes of the batch that waits longest, and hand them on."""
        batch, hashing = self._hashing.popleft()
        done = {what: future.result() for what, future in hashing.items()}
        for stored in self._storing:
            stored.result()
        first, self.rows = self.rows, self.rows + batch.num_rows
        self._storing = [
            self.pool.submit(self.entries[kind].add, first, _roles(kind, done)) for kind in range(len(FIELDS))
        ]
        self._storing.append(self.pool.submit(self._tags.append, done["tags"]))
        for name, coded in self.coded.items():
            column = batch.column(name) if name in batch.schema.names else None
            self._storing.append(self.pool.submit(coded.add, column, batch.num_rows))


def _roles(kind: int, done: dict[Any, Any]) -> list[npt.NDArray[np.uint64]]:
    if kind == columns.BIRTH:
        return [done[columns.BIRTH]]
    if kind == columns.ADDRESS:
        column = done[kind, "address"]
        return [column.hashes, column.weak]
    return [done[kind, name].hashes for name in ROLES[kind]]


def united(
    prefixes: npt.NDArray[np.uint64], lengths: npt.NDArray[np.uint64]
) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.uint64]]:
    """Each beginning once, ascending, with the lengths of all its occurrences."""
    order = np.argsort(prefixes, kind="stable")
    prefixes, lengths = prefixes[order], lengths[order]
    first = np.flatnonzero(np.append(True, prefixes[1:] != prefixes[:-1])) if len(prefixes) else np.zeros(0, np.int64)
    return prefixes[first], np.bitwise_or.reduceat(lengths, first) if len(first) else lengths


def tail_of(
    beginnings: tuple[npt.NDArray[np.uint64], npt.NDArray[np.uint64]], numbers: npt.NDArray[np.uint64]
) -> tuple[npt.NDArray[np.uint64], int]:
    """What stands behind the filters in ``words`` (the table of beginnings, the shapes), and how long the first is."""
    table = make_beginnings(*beginnings)
    return np.concatenate([table, numbers[:, 0]]), len(table)
