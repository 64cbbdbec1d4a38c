"""The match index: the ledger's values as keyed hashes, in a form that workers share and that tells nobody anything.

What is where: ``hashing`` (hash and look-up), ``columns`` and ``collect`` (policies → hashes), ``sorting``, ``fields``
and ``build`` (hashes → index), ``folder`` and ``keys`` (files, their integrity, the secret), ``append`` (one day more).
Nothing of a customer stands in it: keyed hashes, row numbers, 16-bit tags; what identifies parties and the beginnings
of names is sealed. The key is not in the folder. REQUIREMENTS A2, D3; ``docs/adr/0003``, ``0004``; ``docs/index.md``.
"""

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from sekisho import __version__
from sekisho.kernel.clock import now
from sekisho.kernel.compiled import compiled
from sekisho.matching.canonical import POLICY_MAX
from sekisho.matching.index import columns
from sekisho.matching.index.build import Made, facts, field_states, sealing, unsealed, write_store
from sekisho.matching.index.collect import CODED, NEEDED, ROLES, ROW_TAGS, Collector
from sekisho.matching.index.columns import Column, Seen
from sekisho.matching.index.folder import (
    FORMAT,
    Header,
    locked,
    mapped,
    new_root,
    publish,
    read_header,
    unfinished,
    verify_files,
)
from sekisho.matching.index.hashing import BEGINNINGS_AT, SHAPES, SHAPES_AT, Store, find
from sekisho.matching.index.keys import NONCE_BYTES, Keys, read_key
from sekisho.matching.index.piles import Coded, FolderSink, MemoryPile, MemorySink
from sekisho.matching.parameters import parameters, word_array, words

__all__ = ["ROLES", "ROW_TAGS", "MatchIndex", "open_index"]

_SEALED = ("beginnings", "numbers", "values")


@dataclass(frozen=True)
class MatchIndex:
    """See the module. ``arrays`` are those of the files, unsealed; ``store`` holds the fields in the order of
    ``columns.FIELDS``; ``tags[i, row]`` are 16-bit keyed tags of a row's start, expiry and premium (``ROW_TAGS``).
    ``folder`` is that of the generation which is open (None: in memory); workers that open it see just this one."""

    rows: int
    index_id: str
    folding: str
    states: npt.NDArray[np.uint64]
    store: Store
    tags: npt.NDArray[np.uint16]
    joiners: npt.NDArray[np.uint8]
    values: Mapping[str, tuple[str, ...]]
    arrays: Mapping[str, npt.NDArray[Any]] = field(repr=False)
    keys: Keys = field(repr=False)
    made: Made = field(repr=False)
    folder: Path | None = None

    @classmethod
    def build(
        cls, tables: Mapping[str, pa.Table], key: bytes | None = None, *, folding: str = "standard"
    ) -> "MatchIndex":
        """In memory, from the registry's tables (only ``policies`` is read). ``key`` is random when not given."""
        keys = Keys(key or secrets.token_bytes(32))
        sink = MemorySink()
        collector = Collector(field_states(keys), sink, folding=folding)
        policies = tables["policies"]
        try:
            for batch in policies.select([name for name in NEEDED if name in policies.column_names]).to_batches():
                collector.add(batch)
            made = write_store(collector, sink, unsealed)
        finally:
            collector.end()
        return cls._of(made, secrets.token_hex(4), folding, keys, arrays=sink.arrays())

    @classmethod
    def open(cls, folder: Path, key: bytes, *, verify: bool = False) -> "MatchIndex":
        """Map the index in ``folder``, shared with whoever else has it open. The header is proven genuine and all
        lengths are looked at; with ``verify`` every byte is (once, in the parent of the workers).

        Raises ``InputError``: no index, half-built, another format, the wrong key, a damaged file (named)."""
        keys = Keys(key)
        header, base = read_header(folder, keys)
        if verify:
            verify_files(header, base, keys)
        arrays = mapped(header, base)
        seal = sealing(keys, bytes.fromhex(header.nonce))
        for name in _SEALED:  # copy on write: opened in this process only
            part = arrays["words"][int(arrays["words"][BEGINNINGS_AT]) :] if name == "beginnings" else arrays[name]
            part[:] = seal(name, part)
        made = Made(header.rows, header.joiners, header.fields)
        return cls._of(made, header.index_id, header.folding, keys, arrays=arrays, folder=base)

    @classmethod
    def _of(
        cls, made: Made, index_id: str, folding: str, keys: Keys, *, arrays: Mapping[str, npt.NDArray[Any]],
        folder: Path | None = None,
    ) -> "MatchIndex":  # fmt: skip
        joiners = np.zeros(128, np.uint8)
        joiners[[ord(sign) for sign in made.joiners]] = 1
        values = json.loads(arrays["values"].tobytes())
        return cls(
            rows=made.rows,
            index_id=index_id,
            folding=folding,
            states=field_states(keys),
            store=Store(*(arrays[part] for part in Store._fields)),
            tags=arrays["tags"].reshape(-1, len(ROW_TAGS)).T,
            joiners=joiners,
            values={name: tuple(values[name]) for name in CODED},
            arrays=arrays,
            keys=keys,
            made=made,
            folder=folder,
        )

    def save(self, folder: Path) -> None:
        """Write the index (not the key) into ``folder``, readable by the owner only; the header comes last."""
        root = new_root(folder)
        with locked(root), unfinished(root, 1) as part:
            nonce = secrets.token_bytes(NONCE_BYTES)
            seal, sink = sealing(self.keys, nonce), FolderSink(part)
            for name, array in self.arrays.items():
                if name == "words":
                    at = int(array[BEGINNINGS_AT])
                    array = np.concatenate([array[:at], seal("beginnings", array[at:])])  # noqa: PLW2901
                sink.pile(name, array.dtype).append(seal(name, array) if name in _SEALED else array)
            header = Header(
                sekisho_index=FORMAT, sekisho=__version__, index_id=self.index_id, generation=1, folding=self.folding,
                rows=self.rows, joiners=self.made.joiners, nonce=nonce.hex(), check=self.keys.check(),
                fields=self.made.fields,
                history=[{"generation": 1, "rows": self.rows, "at": now().isoformat(timespec="seconds")}],
                files=facts(sink),
            )  # fmt: skip
            publish(root, part, header, self.keys)

    @property
    def shapes(self) -> npt.NDArray[np.uint64]:
        """The shapes of the ledger's policy numbers, sorted."""
        at, count = int(self.store.words[SHAPES_AT]), int(self.store.words[SHAPES])
        return self.store.words[at : at + count]  # type: ignore[no-any-return]

    @property
    def numbers(self) -> npt.NDArray[np.uint64]:
        """Rows of (shape, count, symbols at each place)."""
        return self.arrays["numbers"].reshape(-1, 2 + POLICY_MAX)

    @cached_property
    def density(self) -> npt.NDArray[np.float64]:
        """For each shape how likely a random string of it is in the ledger: count ÷ how many such strings there could
        be."""
        density = np.zeros(len(self.numbers))
        for place, (shape, count, *symbols) in enumerate(self.numbers.tolist()):
            capacity = 1.0
            for at in range(min(shape >> 32, POLICY_MAX)):
                if shape >> at & 1:
                    capacity *= 26
                elif count >= parameters()["policy_no"]["alphabets_from"]:
                    capacity *= symbols[at].bit_count()
                else:
                    capacity *= 10
            density[place] = min(1.0, count / capacity)
        return density

    def density_of(self, number: str) -> float:
        """How likely a random string of this squeezed number's shape is in the ledger; 0 for an unknown shape."""
        shape = (len(number) << 32) | sum(1 << at for at, symbol in enumerate(number) if symbol.isalpha())
        shapes = self.shapes
        place = int(np.searchsorted(shapes, np.uint64(shape)))
        return float(self.density[place]) if place < len(shapes) and int(shapes[place]) == shape else 0.0

    @property
    def insurer_ids(self) -> tuple[str, ...]:
        """The insurers whose policies are in the index."""
        return tuple(value for value in self.values["insurer_id"] if value)

    def insurer(self, row: int) -> str:
        """The insurer_id of a policy row."""
        return self.values["insurer_id"][int(self.arrays["insurer_id"][row])]

    def reference(self, row: int) -> str:
        """What stands for the policy number where there is no ledger: ``ref:<index id>:<row>``."""
        return f"ref:{self.index_id}:{row}"

    def policies(self, rows: list[int]) -> pa.Table:
        """What the rule needs to judge these rows without a ledger: ``policy_no`` (a reference) and the columns
        ``CODED``; an empty value is null."""
        places = np.array(rows, np.int64)
        columns_of: dict[str, pa.Array] = {"policy_no": pa.array([self.reference(row) for row in rows], pa.string())}
        for name in CODED:
            values = pa.array([value or None for value in self.values[name]], pa.string())
            columns_of[name] = values.take(pa.array(self.arrays[name][places].astype(np.int64)))
        return pa.table(columns_of)

    def rows_of(self, policies: pa.Table | pa.RecordBatch) -> npt.NDArray[np.int64]:
        """The row of each policy of a ledger (columns policy_no, insurer_id), by the keyed hash of its number and its
        insurer; −1 = not in the index. Of two policies of an insurer whose numbers differ in signs only, the first."""
        numbers = Column(policies, "policy_no").hash(
            columns.POLICY, self.states, word_array(words("legal_forms")), Seen(columns.POLICY), self.folding
        )
        known = Coded(MemoryPile(np.uint8), self.values["insurer_id"])
        insurers = policies.column("insurer_id")
        if isinstance(insurers, pa.ChunkedArray):
            insurers = pa.concat_arrays(insurers.chunks) if insurers.num_chunks else pa.nulls(0, pa.string())
        rows = np.full(policies.num_rows, -1, np.int64)
        _rows_of(*self.store, numbers.hashes, known.numbers(insurers), self.arrays["insurer_id"], rows)
        return rows


@compiled
def _rows_of(  # noqa: PLR0917
    words: Any, starts: Any, refs: Any, hashes: Any, insurers: Any, insurer_of: Any, rows: Any
) -> None:
    for place in range(len(hashes)):
        if hashes[place]:
            low, high = find(words, starts, columns.POLICY, hashes[place])
            for at in range(low, high):
                row = refs[at] >> np.uint32(2)
                if np.int64(insurer_of[row]) == insurers[place]:
                    rows[place] = row
                    break


def open_index(folder: Path, key_file: Path) -> MatchIndex:
    """Open an index of `sekisho index build`, every byte verified. Raises ``InputError`` (see ``MatchIndex.open``)."""
    return MatchIndex.open(folder, read_key(key_file), verify=True)
