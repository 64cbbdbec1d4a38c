"""Whole columns brought into one form of writing: what two policies of one person have in common is found by equality.

The same folding and canonical forms as the index uses (``kernel.folding``, ``matching.canonical``), but as text: three
million names take less than a second. Nothing is hashed and nothing kept.
"""

from typing import Any

import numpy as np
import pyarrow as pa

from sekisho.kernel.compiled import compiled
from sekisho.kernel.folding import STANDARD
from sekisho.matching import canonical as form
from sekisho.matching.index.columns import CELL_MAX, Column, _scratch, fold_cell, folding_tables
from sekisho.matching.inside import compiled_part

_FOLDED, _NAME, _ADDRESS, _PHONE = range(4)
_BYTES = 4
"""Most bytes of a code point in UTF-8."""


def folded_column(column: pa.ChunkedArray | pa.Array, level: str = STANDARD) -> pa.Array:
    """Each text of ``column`` folded (``kernel.folding.LEVELS``), as ``large_string``; null and empty become null."""
    return _formed(column, _FOLDED, level)


def name_column(column: pa.ChunkedArray | pa.Array, level: str = STANDARD) -> pa.Array:
    """Each name folded, without what may stand between its parts (山田　太郎, ジョン・スミス)."""
    return _formed(column, _NAME, level)


def address_column(column: pa.ChunkedArray | pa.Array) -> pa.Array:
    """Each address without prefecture and building, its numbers as ``2-21-9``; null where no house number is told."""
    return _formed(column, _ADDRESS, STANDARD)


def phone_column(column: pa.ChunkedArray | pa.Array) -> pa.Array:
    """Each Japanese phone number as ten or eleven digits; null for anything else."""
    return _formed(column, _PHONE, STANDARD)


def _formed(column: pa.ChunkedArray | pa.Array, kind: int, level: str) -> pa.Array:
    cells = Column(pa.table({"cell": column}), "cell")
    rows = len(cells.valid)
    sizes = np.minimum(np.diff(cells.offsets), CELL_MAX) * _BYTES + (form.ADDRESS_MAX if kind == _ADDRESS else 0)
    room = int(sizes[cells.valid].sum()) + _BYTES
    out, ends = np.empty(room, np.uint8), np.zeros(rows + 1, np.int64)
    written = _form_rows(kind, cells.data, cells.offsets, cells.valid, *folding_tables(level), *_scratch(), out, ends)
    valid = pa.array(np.diff(ends) > 0)
    buffers = [valid.buffers()[1], pa.py_buffer(ends), pa.py_buffer(out[:written].copy())]
    return pa.Array.from_buffers(pa.large_string(), rows, buffers)


@compiled_part
def _encode(codes: Any, length: Any, out: Any, begin: Any) -> Any:
    """Code points → UTF-8 at ``out[begin:]``; returns the end. A broken surrogate becomes ``?``."""
    at = begin
    for place in range(length):
        code = codes[place]
        if 0xD800 <= code < 0xE000:
            code = np.uint32(0x3F)
        if code < 0x80:
            out[at] = code
            at += 1
        elif code < 0x800:
            out[at], out[at + 1] = 0xC0 | (code >> 6), 0x80 | (code & 0x3F)
            at += 2
        elif code < 0x10000:
            out[at], out[at + 1] = 0xE0 | (code >> 12), 0x80 | ((code >> 6) & 0x3F)
            out[at + 2] = 0x80 | (code & 0x3F)
            at += 3
        else:
            out[at], out[at + 1] = 0xF0 | (code >> 18), 0x80 | ((code >> 12) & 0x3F)
            out[at + 2], out[at + 3] = 0x80 | ((code >> 6) & 0x3F), 0x80 | (code & 0x3F)
            at += 4
    return at


@compiled
def _form_rows(  # noqa: PLR0917  (compiled code wants flat arguments)
    kind: Any, data: Any, offsets: Any, valid: Any, folding: Any, joined: Any,
    codes: Any, kinds: Any, canonical: Any, sizes: Any, stops: Any, out: Any, ends: Any,
) -> Any:  # fmt: skip
    """Every row's form into ``out``, its end into ``ends``; returns the bytes written."""
    written = np.int64(0)
    for row in range(len(valid)):
        if valid[row] and offsets[row] < offsets[row + 1]:
            end = fold_cell(data, offsets[row], offsets[row + 1], folding, joined, codes, kinds)
            if kind == _FOLDED:
                written = _encode(codes, end, out, written)
            elif kind == _NAME:
                length = 0
                for at in range(end):
                    if not form.is_name_gap(codes[at]):
                        canonical[length] = codes[at]
                        length += 1
                written = _encode(canonical, length, out, written)
            elif kind == _PHONE:
                written = _encode(canonical, form.phone_key(codes, kinds, 0, end, canonical), out, written)
            else:
                begin = form.skip_prefecture(codes, kinds, 0, end)
                numbers = form.address_key(codes, kinds, begin, end, canonical, sizes, stops)
                if numbers and sizes[0] >= 4:
                    written = _encode(canonical, sizes[numbers - 1], out, written)
        ends[row + 1] = written
    return written
