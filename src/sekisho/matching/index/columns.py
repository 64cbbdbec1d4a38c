"""Ledger columns → keyed hashes, straight from Arrow's buffers, batch by batch; and what the values look like."""
# Compiled code wants plain comparisons and flat arguments:
# ruff: noqa: PLR0912, PLR0917, PLR1714, SIM109

from functools import cache
from threading import Lock
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from sekisho.kernel.compiled import compiled
from sekisho.kernel.folding import (
    DASH,
    LONG_VOWEL,
    SEMIVOICED_MARK,
    STANDARD,
    TABLE_SIZE,
    VOICED_MARK,
    joined_kana,
    table,
)
from sekisho.kernel.folding_compiled import DIGIT, LETTER, OTHER, scripts
from sekisho.matching import canonical as form
from sekisho.matching.index.hashing import absorb, finish, hash_both, hash_codes, hash_number, mixed
from sekisho.matching.inside import borrowed, compiled_part

POLICY, NAME, KANA, BIRTH, PHONE, EMAIL, ADDRESS, POSTAL, START, EXPIRY, PREMIUM = range(11)
FIELDS = ("policy_no", "name", "kana", "birth_date", "phone", "email", "address", "postal_code")
TAGS = 11
CELL_MAX = 1024
"""Longer cells are read up to here (a technical limit)."""
UNUSUAL_MAX = 60
"""So much of a policy number without letters and digits, or too long, tells it from others."""
_CODE, _KIND_AT, _SPECIAL = np.uint32(0x1FFFFF), np.uint32(24), np.uint32(1 << 31)
"""An entry of the folding table: the bits of the code point, where its script stands, the mark of special ones."""
_FIRST_DAY, _LAST_DAY = (int(np.datetime64(day, "D").astype(np.int64)) for day in ("1801-01-01", "2200-01-01"))
PURPOSES = (*FIELDS, "start_date", "expiry_date", "premium")
"""For each tag the purpose of its subkey."""


@compiled_part
def fold_cell(data: Any, begin: Any, end: Any, folding: Any, joined: Any, codes: Any, kinds: Any) -> Any:
    """One cell of UTF-8 (Arrow guarantees that it is valid) decoded and folded in one go, as ``fold_into`` does;
    returns the folded length. ``folding``: see ``folding_tables``."""
    length: Any = 0
    at = begin
    most = end if end - begin <= CELL_MAX else begin  # a long cell is counted while it is read
    points = 0
    while at < end:
        if at >= most:
            if points == CELL_MAX:
                break
            points += 1
        character = np.uint32(data[at])
        if character < 0x80:
            at += 1
        elif character < 0xE0:
            character = ((character & 0x1F) << 6) | (np.uint32(data[at + 1]) & 0x3F)
            at += 2
        elif character < 0xF0:
            middle = (np.uint32(data[at + 1]) & 0x3F) << 6
            character = ((character & 0x0F) << 12) | middle | (np.uint32(data[at + 2]) & 0x3F)
            at += 3
        else:
            high = ((character & 0x07) << 18) | ((np.uint32(data[at + 1]) & 0x3F) << 12)
            character = high | ((np.uint32(data[at + 2]) & 0x3F) << 6) | (np.uint32(data[at + 3]) & 0x3F)
            at += 4
        entry = folding[character] if character < TABLE_SIZE else _beyond(character)
        if entry < _SPECIAL:
            codes[length] = entry & _CODE
            kinds[length] = entry >> _KIND_AT
            length += 1
            continue
        code = entry & _CODE
        if code == LONG_VOWEL:
            number_before = length and (kinds[length - 1] == DIGIT or kinds[length - 1] == LETTER)
            codes[length] = np.uint32(DASH) if number_before else code
            kinds[length] = OTHER if number_before else (entry >> _KIND_AT) & 7
            length += 1
        elif code and length and 0x3000 <= codes[length - 1] < 0x3100:
            whole = joined[code - VOICED_MARK, codes[length - 1] - 0x3000]
            if whole:
                codes[length - 1] = whole
    return length


@compiled_part
def _beyond(character: Any) -> Any:
    """The entry of a code point that has none in the table: selectors are deleted, the rest stays."""
    return _SPECIAL if 0xE0100 <= character < 0xE01F0 else np.uint32(character)


@compiled_part
def _seen_slot(keys: Any, wanted: Any) -> Any:
    """Where ``wanted`` stands in an open hash table, or the free place for it."""
    mask = np.uint64(len(keys) - 1)
    slot = mixed(wanted) & mask
    while keys[slot] and keys[slot] != wanted:
        slot = (slot + np.uint64(1)) & mask
    return slot


@compiled_part
def _note(keys: Any, values: Any, prefix: Any, length: Any) -> Any:
    """Remember a beginning with the length behind it; returns how many beginnings came new (0 or 1)."""
    slot = _seen_slot(keys, prefix)
    values[slot] |= np.uint64(1) << np.uint64(length)
    if keys[slot]:
        return 0
    keys[slot] = prefix
    return 1


@compiled_part
def _note_shape(keys: Any, values: Any, symbols: Any, shape: Any, length: Any, out: Any) -> Any:
    """Count a shape and remember the symbols at each place; returns how many shapes came new (0 or 1)."""
    slot = _seen_slot(keys, shape)
    values[slot] += np.uint64(1)
    for at in range(length):
        symbol = out[at] - 0x30 if out[at] < 0x41 else out[at] - 0x41 + 10
        symbols[slot, at] |= np.uint64(1) << np.uint64(symbol)
    if keys[slot]:
        return 0
    keys[slot] = shape
    return 1


@compiled
def _hash_rows(
    kind: int, data: Any, offsets: Any, valid: Any, begin: Any, folding: Any, joined: Any, forms: Any,
    form_sizes: Any, states: Any, hashes: Any, weak: Any, seen_keys: Any, seen_values: Any, seen_symbols: Any,
    seen_used: Any, codes: Any, kinds: Any, out: Any, sizes: Any, stops: Any,
) -> Any:  # fmt: skip
    """For each valid row from ``begin``: ``hashes`` (0 = no value), ``weak`` (address without its third number);
    ``seen_…`` collect the shapes of policy numbers, or the beginnings of names, kana and addresses. Returns the row
    reached: less than all when they have to grow first."""
    data, folding, joined, states = borrowed(data), borrowed(folding), borrowed(joined), borrowed(states)
    forms, form_sizes = borrowed(forms), borrowed(form_sizes)
    seen_keys, seen_values, seen_symbols = borrowed(seen_keys), borrowed(seen_values), borrowed(seen_symbols)
    codes, kinds, out, sizes, stops = (
        borrowed(codes), borrowed(kinds), borrowed(out), borrowed(sizes), borrowed(stops),
    )  # fmt: skip
    used = seen_used[0]
    row = begin
    while row < len(valid) and 2 * used < len(seen_keys):
        if not valid[row] or offsets[row] == offsets[row + 1]:
            row += 1
            continue
        end = fold_cell(data, offsets[row], offsets[row + 1], folding, joined, codes, kinds)
        length, numbers = 0, 0
        if kind == POLICY:
            length = form.squeeze(codes, kinds, 0, end, out)
            if length:
                used += _note_shape(seen_keys, seen_values, seen_symbols, shape_of(out, length), length, out)
            elif end:  # no number by its looks: never found in a text, but the same policy all the same
                hashes[row] = hash_codes(states, kind, codes, min(end, UNUSUAL_MAX))
        elif kind == NAME:
            length = form.name_key(codes, kinds, 0, end, forms, form_sizes, out)
        elif kind == KANA:
            length = form.kana_key(codes, kinds, 0, end, out)
        elif kind == PHONE:
            length = form.phone_key(codes, kinds, 0, end, out)
        elif kind == EMAIL:
            length = form.email_key(codes, kinds, 0, end, out)
        elif kind == POSTAL:
            length = form.postal_key(codes, kinds, 0, end, out)
        elif kind == ADDRESS:
            begin_at = form.skip_prefecture(codes, kinds, 0, end)
            numbers = form.address_key(codes, kinds, begin_at, end, out, sizes, stops)
            if numbers and sizes[0] >= 4:
                length = sizes[numbers - 1]
        if length:
            if numbers == 3:
                weak[row], hashes[row] = hash_both(states, kind, out, sizes[1], length)
            else:
                hashes[row] = hash_codes(states, kind, out, length)
            if kind == NAME or kind == KANA or kind == ADDRESS:
                prefix = prefix_of(kind, out[0], out[1], out[2] if kind != NAME else np.uint32(0))
                used += _note(seen_keys, seen_values, prefix, length)
        row += 1
    seen_used[0] = used
    return row


@compiled
def _regrow(old: Any, new: Any) -> None:
    keys, values, symbols, _ = old
    for place in range(len(keys)):
        if keys[place]:
            slot = _seen_slot(new[0], keys[place])
            new[0][slot], new[1][slot] = keys[place], values[place]
            new[2][slot] = symbols[place]


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
def tag_rows(state: Any, first: Any, values: Any, valid: Any, tags: Any) -> None:
    """A 16-bit keyed tag of (row, value) for rows ``first`` …; 0 = no value. The row is hashed in, so equal values do
    not show."""
    for row in range(len(values)):
        tags[row] = row_tag(state, first + row, values[row]) if valid[row] else np.uint16(0)


@compiled
def row_tag(state: Any, row: Any, value: Any) -> Any:
    """The keyed tag of one value of one row, never 0. 16 bits: it only confirms a day or amount that stands beside a
    policy found otherwise, and is wrong once in 65,535 times."""
    a, b, c, d = absorb(state[0], state[1], state[2], state[3], np.uint64(row))
    a, b, c, d = absorb(a, b, c, d, np.uint64(value))
    tag = np.uint16(finish(a, b, c, d, np.uint64(24) << np.uint64(56)) & np.uint64(0xFFFF))
    return tag if tag else np.uint16(1)


@compiled
def hash_days(states: Any, kind: Any, numbers: Any, valid: Any, hashes: Any) -> None:
    """The keyed hash of each valid number."""
    for row in range(len(numbers)):
        if valid[row]:
            hashes[row] = hash_number(states, kind, numbers[row])


class Seen:
    """What a column's values look like, collected over all batches: shapes of policy numbers with their counts and
    the symbols at each place, or beginnings with the lengths behind them. One batch at a time writes into it."""

    def __init__(self, kind: int) -> None:
        self._width = form.POLICY_MAX if kind == POLICY else 1
        self.lock = Lock()
        self.tables = self._room(1 << 10)

    def _room(self, size: int) -> tuple[npt.NDArray[Any], ...]:
        symbols = np.zeros((size, self._width), np.uint64)
        return np.zeros(size, np.uint64), np.zeros(size, np.uint64), symbols, np.zeros(1, np.int64)

    def grow(self) -> None:
        larger = self._room(4 * len(self.tables[0]))
        _regrow(self.tables, larger)
        larger[3][0] = self.tables[3][0]
        self.tables = larger

    def listed(self) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.uint64], npt.NDArray[np.uint64]]:
        """(shapes or beginnings, ascending; counts or lengths; symbols)."""
        keys, values, symbols, _ = self.tables
        used = np.flatnonzero(keys)
        order = used[np.argsort(keys[used], kind="stable")]
        return keys[order], values[order], symbols[order]


class Column:
    """One text column of a batch as buffers, and the hashes of its values."""

    def __init__(self, policies: pa.RecordBatch | pa.Table, name: str) -> None:
        rows = policies.num_rows
        array = pa.nulls(rows, pa.large_string())
        if name in policies.schema.names:
            column = policies.column(name).cast(pa.large_string())
            array = pa.concat_arrays(column.chunks) if isinstance(column, pa.ChunkedArray) and rows else column
            array = pa.nulls(0, pa.large_string()) if not rows else array
        _, offsets, data = array.buffers()
        self.valid: npt.NDArray[np.bool_] = np.array(array.is_valid().to_numpy(zero_copy_only=False), bool)
        self.offsets = np.zeros(rows + 1, np.int64)
        if offsets and offsets.size:
            self.offsets[:] = np.frombuffer(offsets, np.int64)[array.offset : array.offset + rows + 1]
        self.data = np.frombuffer(data, np.uint8) if data and data.size else np.frombuffer(b"\0", np.uint8)
        self.hashes = np.zeros(rows, np.uint64)
        self.weak = np.zeros(rows if name == "address" else 1, np.uint64)

    def hash(
        self, kind: int, states: npt.NDArray[np.uint64], forms: npt.NDArray[np.uint32], seen: Seen, level: str
    ) -> "Column":
        """Hash every value under field ``kind``, collecting what they look like in ``seen``."""
        row, scratch, folding = 0, _scratch(), folding_tables(level)
        form_sizes = np.count_nonzero(forms, axis=1)
        with seen.lock:
            while True:
                row = _hash_rows(
                    kind, self.data, self.offsets, self.valid, row, *folding, forms, form_sizes, states,
                    self.hashes, self.weak, *seen.tables, *scratch,
                )  # fmt: skip
                if row == len(self.valid):
                    return self
                seen.grow()


def _scratch() -> tuple[npt.NDArray[Any], ...]:
    """Room for one cell: folded code points, scripts, canonical form, address forms."""
    points = [np.empty(CELL_MAX, kind) for kind in (np.uint32, np.uint8, np.uint32)]
    return (*points, np.zeros(3, np.int64), np.zeros(3, np.int64))


@cache
def folding_tables(level: str = STANDARD) -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.uint16]]:
    """What ``fold_cell`` needs at a folding level (``kernel.folding.LEVELS``): for each code point its folded one with
    the script above it (``_KIND_AT``), and the voiced kana. ``_SPECIAL`` marks what depends on the character before."""
    folded_to = table(level)
    entries = folded_to | (scripts(level).astype(np.uint32) << _KIND_AT)
    entries[np.isin(folded_to, [0, VOICED_MARK, SEMIVOICED_MARK, LONG_VOWEL])] |= _SPECIAL
    return entries, joined_kana()


def days_as_numbers(
    policies: pa.RecordBatch | pa.Table, name: str
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    """A date column as yyyymmdd, and which rows have a usable one (sentinels of open ends are none)."""
    rows = policies.num_rows
    if name not in policies.schema.names:
        return np.zeros(rows, np.int64), np.zeros(rows, bool)
    column = policies.column(name).cast(pa.date32())
    valid = _as_numpy(column.is_valid(), bool)
    places = _as_numpy(column.cast(pa.int32()).fill_null(0), np.int64) - _FIRST_DAY
    known = _numbers_of_days()
    valid &= (places >= 0) & (places < len(known))
    return known[np.where(valid, places, 0)], valid


@cache
def _numbers_of_days() -> npt.NDArray[np.int64]:
    """yyyymmdd of every day that a person or policy may have."""
    days = np.arange(_FIRST_DAY, _LAST_DAY, dtype=np.int64).astype("datetime64[D]")
    months = days.astype("datetime64[M]")
    in_year = months.astype(np.int64) % 12 + 1
    years = days.astype("datetime64[Y]").astype(np.int64) + 1970
    numbers: npt.NDArray[np.int64] = years * 10000 + in_year * 100 + (days - months).astype(np.int64) + 1
    return numbers


def yen(policies: pa.RecordBatch | pa.Table, name: str) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    """An amount column, and which rows have one above 0."""
    if name not in policies.schema.names:
        return np.zeros(policies.num_rows, np.int64), np.zeros(policies.num_rows, bool)
    numbers = _as_numpy(policies.column(name).cast(pa.int64()).fill_null(0), np.int64)
    return numbers, numbers > 0


def _as_numpy(column: pa.Array | pa.ChunkedArray, kind: Any) -> npt.NDArray[Any]:
    """A writeable copy: read-only arrays would compile everything anew."""
    found = column.to_numpy() if isinstance(column, pa.ChunkedArray) else column.to_numpy(zero_copy_only=False)
    return np.array(found, kind)
