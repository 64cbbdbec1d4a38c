"""The match index: the ledger's values as keyed hashes, in a form that workers share and that tells nobody anything.

Per field one sorted array of 64-bit keyed hashes, row references, bucket starts and a bit filter (about 12–16 bytes a
value), as plain ``.npy`` files that are memory-mapped. In the clear stand only: how many rows, insurer ids, the shapes
of policy numbers, and which two- or three-character beginnings names, kana and addresses have (surnames and places,
no persons). The key is not in the folder. REQUIREMENTS A2, D3; ``docs/adr/0003-keyed-hash-windows.md``.
"""

import json
import secrets
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from sekisho.kernel.compiled import compiled
from sekisho.kernel.errors import InputError
from sekisho.kernel.files import private_folder, whole_file
from sekisho.matching.canonical import POLICY_MAX
from sekisho.matching.index import columns
from sekisho.matching.index.columns import FIELDS, Column, days_as_numbers, tag_rows
from sekisho.matching.index.hashing import SHAPES, SHAPES_AT, Store, hash_number, make_beginnings, make_store, states
from sekisho.matching.parameters import parameters, word_array, words

VERSION = 1
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


def _beginnings(listed: list[Column]) -> npt.NDArray[np.uint64]:
    # one table for all: the field is part of the number
    prefixes = np.concatenate([column.prefixes for column in listed])
    lengths = np.concatenate([column.lengths for column in listed])
    used = lengths > 0
    prefixes, lengths = prefixes[used], lengths[used]
    order = np.argsort(prefixes, kind="stable")
    prefixes, masks = prefixes[order], np.left_shift(np.uint64(1), lengths[order].astype(np.uint64))
    first = np.flatnonzero(np.append(True, prefixes[1:] != prefixes[:-1])) if len(prefixes) else np.zeros(0, np.int64)
    masks = np.bitwise_or.reduceat(masks, first) if len(first) else masks
    return make_beginnings(prefixes[first], masks)


@dataclass(frozen=True, slots=True)
class MatchIndex:
    """See the module. ``store`` holds the fields in the order of ``columns.FIELDS``; ``density`` is, for each shape
    of a policy number, how likely a random string of that shape is in the ledger; ``tags`` are 32-bit keyed tags of a
    row's start, expiry and premium (``ROW_TAGS``)."""

    rows: int
    states: npt.NDArray[np.uint64]
    store: Store
    density: npt.NDArray[np.float64]
    insurer_of: npt.NDArray[np.uint16]
    insurer_ids: tuple[str, ...]
    tags: npt.NDArray[np.uint32]
    joiners: npt.NDArray[np.uint8]

    @classmethod
    def build(cls, tables: Mapping[str, pa.Table], key: bytes | None = None) -> "MatchIndex":
        """From the registry's tables (only ``policies`` is read). ``key`` is 16 bytes, random when not given."""
        policies = tables["policies"]
        if policies.num_rows >= 1 << 30:
            raise InputError("too many policies for one index", where="policies", remedy="build one index per insurer")
        keyed = states(_key_words(key or secrets.token_bytes(16)), columns.TAGS)
        forms = word_array(words("legal_forms"))
        with ThreadPoolExecutor() as cores:  # the compiled loops let go of the interpreter
            working = {
                kind: [
                    cores.submit(Column(policies, name).hash, kind, keyed, forms) for name in dict.fromkeys(ROLES[kind])
                ]
                for kind in ROLES
                if kind != columns.BIRTH
            }
            hashed = {kind: [column.result() for column in those] for kind, those in working.items()}
        shapes, density = _shapes(hashed[columns.POLICY][0])
        insurer_of, insurer_ids = _insurers(policies)
        return cls(
            rows=policies.num_rows,
            states=keyed,
            store=make_store(
                [_field(kind, hashed, policies, keyed) for kind in range(len(FIELDS))],
                _beginnings(hashed[columns.NAME] + hashed[columns.KANA] + hashed[columns.ADDRESS]),
                shapes,
            ),
            density=_still(density),
            insurer_of=_still(insurer_of),
            insurer_ids=insurer_ids,
            tags=_still(_row_tags(policies, keyed)),
            joiners=_still(_joiners(hashed[columns.POLICY][0])),
        )

    @property
    def shapes(self) -> npt.NDArray[np.uint64]:
        """The shapes of the ledger's policy numbers, sorted."""
        at, count = int(self.store.words[SHAPES_AT]), int(self.store.words[SHAPES])
        return self.store.words[at : at + count]  # type: ignore[no-any-return]

    def insurer(self, row: int) -> str:
        """The insurer_id of a policy row."""
        return self.insurer_ids[int(self.insurer_of[row])]

    def density_of(self, number: str) -> float:
        """How likely a random string of this squeezed number's shape is in the ledger; 0 for an unknown shape."""
        shape = (len(number) << 32) | sum(1 << at for at, symbol in enumerate(number) if symbol.isalpha())
        shapes = self.shapes
        place = int(np.searchsorted(shapes, np.uint64(shape)))
        return float(self.density[place]) if place < len(shapes) and int(shapes[place]) == shape else 0.0

    def save(self, folder: Path) -> None:
        """Write the index (not the key) into ``folder``, readable by the owner only; the header comes last."""
        private_folder(folder)
        for name, array in self._arrays().items():
            with whole_file(folder / f"{name}.npy") as path, path.open("wb") as file:
                np.save(file, array)
        header = {"sekisho_index": VERSION, "rows": self.rows, "insurer_ids": list(self.insurer_ids)}
        with whole_file(folder / "index.json") as path:
            path.write_text(json.dumps(header, ensure_ascii=False), encoding="utf-8")

    @classmethod
    def open(cls, folder: Path, key: bytes) -> "MatchIndex":
        """Map a saved index; ``key`` must be the one it was built with."""
        try:
            header = json.loads((folder / "index.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            header = None
        if not isinstance(header, dict) or header.get("sekisho_index") != VERSION:
            raise InputError("no match index here", where=str(folder), remedy="make one with `sekisho index build`")

        def array(name: str) -> npt.NDArray[Any]:
            return np.load(folder / f"{name}.npy", mmap_mode="c").view(np.ndarray)  # type: ignore[no-any-return]

        keyed = states(_key_words(key), columns.TAGS)
        if int(hash_number(keyed, 0, 0)) != int(array("check")[0]):
            raise InputError(
                "this is not the key of this index", where=str(folder), remedy="give the key it was built with"
            )
        return cls(
            rows=int(header["rows"]),
            states=keyed,
            store=Store(*(array(f"store.{part}") for part in Store._fields)),
            density=array("density"),
            insurer_of=array("insurer_of"),
            insurer_ids=tuple(header["insurer_ids"]),
            tags=array("tags"),
            joiners=array("joiners"),
        )

    def _arrays(self) -> dict[str, npt.NDArray[Any]]:
        arrays = {f"store.{part}": array for part, array in self.store._asdict().items()}
        check = np.array([hash_number(self.states, 0, 0)], np.uint64)
        return arrays | {
            "density": self.density, "insurer_of": self.insurer_of, "tags": self.tags,
            "check": check, "joiners": self.joiners,
        }  # fmt: skip


def _still(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    array.flags.writeable = False
    return array


def _key_words(key: bytes) -> npt.NDArray[np.uint64]:
    if len(key) != 16:
        raise InputError("an index key has 16 bytes", where="key", remedy="give the key the index was built with")
    return np.frombuffer(key, "<u8").astype(np.uint64)


def _field(
    kind: int, hashed: Mapping[int, list[Column]], policies: pa.Table, keyed: npt.NDArray[np.uint64]
) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.uint32]]:
    """Keys and references of one field, unsorted."""
    rows = policies.num_rows
    if kind == columns.BIRTH:
        numbers, valid = days_as_numbers(policies, "birth_date")
        roles = [np.zeros(rows, np.uint64)]
        _hash_numbers(keyed, kind, numbers, valid, roles[0])
    elif kind == columns.ADDRESS:
        roles = [hashed[kind][0].hashes, hashed[kind][0].weak]
    else:
        roles = [column.hashes for column in hashed[kind]]
    keys = np.stack(roles, axis=1).ravel()
    refs = (
        (np.arange(rows, dtype=np.uint32)[:, None] * 4 + np.arange(len(roles), dtype=np.uint32))
        .astype(np.uint32)
        .ravel()
    )
    used = keys != 0
    return keys[used], refs[used]


@compiled
def _hash_numbers(states: Any, kind: Any, numbers: Any, valid: Any, hashes: Any) -> None:
    for row in range(len(numbers)):
        if valid[row]:
            hashes[row] = hash_number(states, kind, numbers[row])


def _shapes(numbers: Column) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.float64]]:
    """The shapes of the ledger's policy numbers and their densities: count ÷ how many such strings there could be."""
    found = np.sort(numbers.prefixes[numbers.hashes != 0])
    first = np.flatnonzero(np.append(True, found[1:] != found[:-1])) if len(found) else np.zeros(0, np.int64)
    shapes = found[first]
    counts = np.diff(np.append(first, len(found))).astype(np.float64)
    seen = numbers.alphabets(shapes)
    density = np.zeros(len(shapes))
    for place, (shape, count) in enumerate(zip(shapes.tolist(), counts.tolist(), strict=True)):
        capacity = 1.0
        for at in range(min(shape >> 32, POLICY_MAX)):
            if shape >> at & 1:
                capacity *= 26
            elif count >= parameters()["policy_no"]["alphabets_from"]:
                capacity *= int(seen[place, at]).bit_count()
            else:
                capacity *= 10
        density[place] = min(1.0, count / capacity)
    return shapes, density


def _joiners(numbers: Column) -> npt.NDArray[np.uint8]:
    """Which ASCII signs may join the parts of a policy number: hyphen, space, and those the ledger itself writes."""
    joiners = np.zeros(128, np.uint8)
    joiners[[ord(sign) for sign in "- "]] = 1
    used = numbers.data[numbers.offsets[0] : numbers.offsets[-1]]
    for sign in "/._#":
        joiners[ord(sign)] = np.any(used == ord(sign))
    return joiners


def _insurers(policies: pa.Table) -> tuple[npt.NDArray[np.uint16], tuple[str, ...]]:
    encoded = policies.column("insurer_id").combine_chunks().dictionary_encode()
    if isinstance(encoded, pa.ChunkedArray):
        encoded = encoded.combine_chunks()
    if isinstance(encoded, pa.ChunkedArray):  # no chunk at all
        return np.zeros(0, np.uint16), ()
    return encoded.indices.fill_null(0).to_numpy().astype(np.uint16), tuple(encoded.dictionary.to_pylist())


def _row_tags(policies: pa.Table, keyed: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint32]:
    tags = np.zeros((len(ROW_TAGS), policies.num_rows), np.uint32)
    for place, (kind, name) in enumerate(ROW_TAGS.items()):
        if kind == columns.PREMIUM:
            if name not in policies.column_names:
                continue
            column = policies.column(name).cast(pa.int64())
            numbers = column.fill_null(0).to_numpy().copy()  # writeable as the others: compiled once
            valid = numbers > 0
        else:
            numbers, valid = days_as_numbers(policies, name)
        tag_rows(keyed[kind], numbers, valid, tags[place])
    return tags
