"""Ledger columns → keyed hashes, straight from Arrow buffers (a million rows a column in about a third of a second)."""
# Compiled code wants plain comparisons and flat arguments:
# ruff: noqa: PLR0912, PLR0917, PLR1714, SIM109

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from sekisho.kernel.compiled import compiled
from sekisho.kernel.folding import joined_kana, table
from sekisho.kernel.folding_compiled import fold_into, scripts
from sekisho.matching import canonical as form
from sekisho.matching.index.hashing import absorb, finish, hash_codes
from sekisho.matching.inside import compiled_part

POLICY, NAME, KANA, BIRTH, PHONE, EMAIL, ADDRESS, POSTAL, START, EXPIRY, PREMIUM = range(11)
FIELDS = ("policy_no", "name", "kana", "birth_date", "phone", "email", "address", "postal_code")
TAGS = 11
CELL_MAX = 1024
"""Longer cells are read up to here (a technical limit)."""


@compiled_part
def _decode(data: Any, begin: Any, end: Any, out: Any) -> Any:
    """UTF-8 bytes → code points (Arrow guarantees that they are valid)."""
    length = 0
    at = begin
    while at < end and length < CELL_MAX:
        byte = np.uint32(data[at])
        if byte < 0x80:
            out[length] = byte
            at += 1
        elif byte < 0xE0:
            out[length] = ((byte & 0x1F) << 6) | (data[at + 1] & 0x3F)
            at += 2
        elif byte < 0xF0:
            out[length] = ((byte & 0x0F) << 12) | ((np.uint32(data[at + 1]) & 0x3F) << 6) | (data[at + 2] & 0x3F)
            at += 3
        else:
            high = ((byte & 0x07) << 18) | ((np.uint32(data[at + 1]) & 0x3F) << 12)
            out[length] = high | ((np.uint32(data[at + 2]) & 0x3F) << 6) | (data[at + 3] & 0x3F)
            at += 4
        length += 1
    return length


@compiled
def _hash_rows(
    kind: int, data: Any, offsets: Any, valid: Any, tables: Any, forms: Any, states: Any,
    hashes: Any, weak: Any, prefixes: Any, lengths: Any, scratch: Any,
) -> None:  # fmt: skip
    """For each valid row: ``hashes`` (0 = no value), ``weak`` (address without its third number), and for names, kana
    and addresses the first characters and the length of the canonical form; for policy numbers the shape."""
    raw, codes, kinds, positions, out, sizes, stops = scratch
    for row in range(len(valid)):
        if not valid[row] or offsets[row] == offsets[row + 1]:
            continue
        count = _decode(data, offsets[row], offsets[row + 1], raw)
        end = fold_into(raw, count, tables[0], tables[1], tables[2], codes, kinds, positions)
        length = 0
        if kind == POLICY:
            length = form.squeeze(codes, kinds, 0, end, out)
            prefixes[row] = shape_of(out, length)
        elif kind == NAME:
            length = form.name_key(codes, kinds, 0, end, forms, out)
        elif kind == KANA:
            length = form.kana_key(codes, kinds, 0, end, out)
        elif kind == PHONE:
            length = form.phone_key(codes, kinds, 0, end, out)
        elif kind == EMAIL:
            length = form.email_key(codes, kinds, 0, end, out)
        elif kind == POSTAL:
            length = form.postal_key(codes, kinds, 0, end, out)
        elif kind == ADDRESS:
            begin = form.skip_prefecture(codes, kinds, 0, end)
            numbers = form.address_key(codes, kinds, begin, end, out, sizes, stops)
            if numbers and sizes[0] >= 4:
                length = sizes[numbers - 1]
                if numbers == 3:
                    weak[row] = hash_codes(states, kind, out, sizes[1])
        if length:
            hashes[row] = hash_codes(states, kind, out, length)
            if kind == NAME or kind == KANA or kind == ADDRESS:
                lengths[row] = length
                prefixes[row] = prefix_of(kind, out[0], out[1], out[2] if kind != NAME else np.uint32(0))


@compiled
def prefix_of(kind: Any, first: Any, second: Any, third: Any) -> Any:
    """The field and two or three code points as one number (18 bits each)."""
    codes = np.uint64(first) | (np.uint64(second) << np.uint64(18)) | (np.uint64(third) << np.uint64(36))
    return codes | (np.uint64(kind + 1) << np.uint64(54))


@compiled_part
def shape_of(codes: Any, length: Any) -> Any:
    """Which places of a squeezed number are letters (low 32 bits) and its length."""
    shape = np.uint64(length) << np.uint64(32)
    for at in range(length):
        if codes[at] >= 0x41:
            shape |= np.uint64(1) << np.uint64(at)
    return shape


@compiled
def _alphabets(
    data: Any, offsets: Any, valid: Any, tables: Any, shapes: Any, seen: Any, scratch: Any
) -> None:  # fmt: skip
    """For each shape and place, the set of symbols (bit 0–9 digits, 10–35 letters) that the ledger has there."""
    raw, codes, kinds, positions, out, _, _ = scratch
    for row in range(len(valid)):
        if not valid[row]:
            continue
        count = _decode(data, offsets[row], offsets[row + 1], raw)
        end = fold_into(raw, count, tables[0], tables[1], tables[2], codes, kinds, positions)
        length = form.squeeze(codes, kinds, 0, end, out)
        if length:
            wanted = shape_of(out, length)
            place = 0
            while shapes[place] != wanted:  # few shapes, the common one found at once
                place += 1
            for at in range(length):
                symbol = out[at] - 0x30 if out[at] < 0x41 else out[at] - 0x41 + 10
                seen[place, at] |= np.uint64(1) << np.uint64(symbol)


@compiled
def tag_rows(state: Any, values: Any, valid: Any, tags: Any) -> None:
    """A 32-bit keyed tag of (row, value) per row; 0 = no value. The row is hashed in, so equal values do not show."""
    for row in range(len(values)):
        tags[row] = row_tag(state, row, values[row]) if valid[row] else np.uint32(0)


@compiled
def row_tag(state: Any, row: Any, value: Any) -> Any:
    """The keyed tag of one value of one row, never 0."""
    a, b, c, d = absorb(state[0], state[1], state[2], state[3], np.uint64(row))
    a, b, c, d = absorb(a, b, c, d, np.uint64(value))
    tag = np.uint32(finish(a, b, c, d, np.uint64(24) << np.uint64(56)) & np.uint64(0xFFFFFFFF))
    return tag if tag else np.uint32(1)


class Column:
    """One text column as buffers, and what was hashed from it."""

    def __init__(self, policies: pa.Table, name: str) -> None:
        rows = policies.num_rows
        if name in policies.column_names:
            array = policies.column(name).cast(pa.large_string()).combine_chunks()
            array = array if isinstance(array, pa.Array) else pa.concat_arrays(array.chunks)
        else:
            array = pa.nulls(rows, pa.large_string())
        _, offsets, data = array.buffers()
        self.valid: npt.NDArray[np.bool_] = np.asarray(array.is_valid().to_numpy(zero_copy_only=False), bool)
        whole = (
            np.frombuffer(offsets, np.int64)
            if offsets and offsets.size
            else np.zeros(array.offset + rows + 1, np.int64)
        )
        self.offsets = whole[array.offset : array.offset + rows + 1]
        self.data = np.frombuffer(data, np.uint8) if data and data.size else np.zeros(1, np.uint8)
        self.hashes = np.zeros(rows, np.uint64)
        self.weak = np.zeros(rows, np.uint64)
        self.prefixes = np.zeros(rows, np.uint64)
        self.lengths = np.zeros(rows, np.uint8)

    def hash(self, kind: int, states: npt.NDArray[np.uint64], forms: npt.NDArray[np.uint32]) -> "Column":
        _hash_rows(
            kind, self.data, self.offsets, self.valid, tables(), forms, states,
            self.hashes, self.weak, self.prefixes, self.lengths, _scratch(),
        )  # fmt: skip
        return self

    def alphabets(self, shapes: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
        seen = np.zeros((len(shapes), form.POLICY_MAX), np.uint64)
        _alphabets(self.data, self.offsets, self.valid, tables(), shapes, seen, _scratch())
        return seen


def _scratch() -> tuple[npt.NDArray[Any], ...]:
    """Room for one cell: raw and folded code points, scripts, positions, canonical form, address forms."""
    points = [np.empty(CELL_MAX, kind) for kind in (np.uint32, np.uint32, np.uint8, np.int32, np.uint32)]
    return (*points, np.zeros(3, np.int64), np.zeros(3, np.int64))


def tables() -> tuple[Any, Any, Any]:
    """What ``fold_into`` needs."""
    return table(), scripts(), joined_kana()


def days_as_numbers(policies: pa.Table, name: str) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    """A date column as yyyymmdd, and which rows have a usable one (sentinels of open ends are none)."""
    rows = policies.num_rows
    if name not in policies.column_names:
        return np.zeros(rows, np.int64), np.zeros(rows, bool)
    column = policies.column(name).cast(pa.date32())
    valid = np.asarray(column.is_valid().to_numpy(), bool)
    days = column.cast(pa.int32()).fill_null(0).to_numpy().astype("datetime64[D]")
    years = days.astype("datetime64[Y]").astype(np.int64) + 1970
    months = days.astype("datetime64[M]").astype(np.int64) % 12 + 1
    month_start = days.astype("datetime64[M]").astype("datetime64[D]")
    numbers = years * 10000 + months * 100 + (days - month_start).astype(np.int64) + 1
    return numbers, valid & (years > 1800) & (years < 2200)
