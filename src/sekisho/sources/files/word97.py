"""Word 6–2003 documents (.doc): text of all stories and tables (MS-DOC).

Own bounded reader: no maintained library with a permissive licence does it. Text lies in pieces of one or two bytes a
character; where a table row ends only the paragraph properties tell. Field codes, hidden and deleted text are kept.
"""

import struct
from bisect import bisect_right
from dataclasses import dataclass

import numpy as np

from sekisho.sources.files.job import Job
from sekisho.sources.files.limits import RefusedError
from sekisho.sources.files.ole import Compound
from sekisho.sources.files.ole_objects import open_objects
from sekisho.sources.mail.charset import decode

STREAM = "WordDocument"

_WORD97 = 0xA5EC
_WORD6 = (0xA5DC, 0xA59B, 0xA59C)
_ENCRYPTED, _SECOND_TABLE = 0x0100, 0x0200
_STORIES = ("", "footnotes", "headers", "macros", "comments", "endnotes", "textboxes", "header-textboxes")
_AT_STORIES, _AT_PAPX, _AT_CLX = 0x4C, 0x0102, 0x01A2
_FKP = 512
_ROW_END = b"\x17\x24\x01"
"""sprmPFTtp = 1: the paragraph is the mark that ends a table row."""
_MARKS = str.maketrans(
    {"\r": "\n", "\x0b": "\n", "\x0c": "\n", "\x0e": "\n", "\x1e": "-", "\x1f": None, "\x13": " ", "\x14": " ",
     "\x15": " ", "\x01": None, "\x02": None, "\x03": None, "\x04": None, "\x05": None, "\x08": None, "\xa0": " ",
     "\x00": None}
)  # fmt: skip
_CELL_END = "\x07"
_ROW = "\x06"
"""Put for the cell mark that ends a row; Word has no use for this character."""
_LOCALE_CHARSETS = {0x11: "cp932", 0x12: "cp949", 0x04: "cp936", 0x19: "cp1251"}


@dataclass(frozen=True, slots=True)
class _Piece:
    """Characters ``start`` to ``end`` of the document stand at ``offset`` in the stream, ``width`` bytes each."""

    start: int
    end: int
    offset: int
    width: int


def read_word97(compound: Compound, part: str, job: Job) -> None:
    """Read a document into ``job``: text as ``part`` (further stories ``part!footnotes`` …), tables as
    ``part!table[n]``, embedded objects as ``part!object[n]``.

    Raises RefusedError: ``encrypted`` when it has a password, ``unsupported`` before Word 6, ``broken`` when damaged.
    """
    root = compound.root()
    data = root.read(STREAM)
    try:
        magic, _, _, locale, _, flags = struct.unpack_from("<6H", data)
        if flags & _ENCRYPTED:
            raise RefusedError("encrypted", "Word document with a password")
        if magic == _WORD97:
            table = root.read("1Table" if flags & _SECOND_TABLE else "0Table")
            _read_stories(data, table, part, job)
        elif magic in _WORD6:
            _read_word6(data, locale, part, job)
        else:
            raise RefusedError("unsupported", "old Word document of an unknown version")
    except (struct.error, IndexError, OverflowError):
        raise RefusedError("broken", "old Word document damaged") from None
    if pool := root.storages.get("ObjectPool"):
        open_objects(pool.storages, job.limits.max_member_bytes, part, job)


def _read_stories(data: bytes, table: bytes, part: str, job: Job) -> None:
    pieces = _pieces(data, table)
    ends = _row_ends(data, table, job)
    units, whole = _units(data, pieces, ends, job)
    lengths = struct.unpack_from("<8i", data, _AT_STORIES)
    counter = _Tables(part, job)
    position = 0
    for name, length in zip(_STORIES, lengths, strict=True):
        end = min(len(units), position + 2 * max(0, length))
        counter.story(f"{part}!{name}" if name else part, units[position:end].decode("utf-16-le", "replace"))
        position = end
    counter.story(f"{part}!rest", units[position:].decode("utf-16-le", "replace"))
    if not whole:
        job.unread(part, "broken", "old Word document damaged, read as far as possible")
    elif not counter.said and (b"\x01\x00" in units or b"\x08\x00" in units):
        job.unread(part, "no_text", "only pictures or drawings")


def _pieces(data: bytes, table: bytes) -> list[_Piece]:
    """The piece table (clx). Raises struct.error, IndexError."""
    start, size = struct.unpack_from("<II", data, _AT_CLX)
    clx = table[start : start + size]
    position = 0
    while clx[position] == 1:  # formatting of a fast save
        position += 3 + int.from_bytes(clx[position + 1 : position + 3], "little")
    if clx[position] != 2:
        raise IndexError
    (length,) = struct.unpack_from("<I", clx, position + 1)
    count = min((length - 4) // 12, (len(clx) - position - 9) // 12)
    if count < 1:
        raise IndexError
    starts = struct.unpack_from(f"<{count + 1}I", clx, position + 5)
    found: list[_Piece] = []
    for number in range(count):
        (where,) = struct.unpack_from("<I", clx, position + 5 + 4 * (count + 1) + 8 * number + 2)
        narrow = bool(where & 0x40000000)
        offset = (where & 0x3FFFFFFF) // 2 if narrow else where & 0x3FFFFFFF
        found.append(_Piece(starts[number], starts[number + 1], offset, 1 if narrow else 2))
    return found


def _units(data: bytes, pieces: list[_Piece], row_ends: "_Ranges", job: Job) -> tuple[bytes, bool]:
    """(the characters of all pieces in order, as UTF-16, in which Word counts them; whether all of them were there).
    Pieces cannot make more characters than the stream has bytes: what goes beyond is left out as damaged."""
    done: list[bytes] = []
    left = len(data)
    whole = True
    for piece in pieces:
        job.deadline.check()
        length = piece.end - piece.start
        raw = data[piece.offset : piece.offset + length * piece.width] if length > 0 else b""
        if length < 0 or len(raw) > left or len(raw) < length * piece.width:
            whole = False
            raw = raw[:left]
        left -= len(raw)
        raw = _with_rows(raw[: len(raw) // piece.width * piece.width], piece, row_ends)
        done.append(raw if piece.width == 2 else raw.decode("cp1252", "replace").encode("utf-16-le"))
    return b"".join(done), whole


def _with_rows(raw: bytes, piece: _Piece, row_ends: "_Ranges") -> bytes:
    """Mark the cell ends that end a row: by their paragraph, else (no properties) one that follows another."""
    if b"\x07" not in raw and b"\x06" not in raw:
        return raw
    units = np.frombuffer(raw, "<u1" if piece.width == 1 else "<u2").copy()
    units[units == ord(_ROW)] = ord(" ")
    before = -2
    for at in np.flatnonzero(units == ord(_CELL_END)).tolist():
        if row_ends.covers(piece.offset + at * piece.width) if row_ends else at == before + 1:
            units[at] = ord(_ROW)
            at = -2  # noqa: PLW2901  (the mark after the end of a row begins a new one)
        before = at
    return units.tobytes()


class _Ranges:
    """Byte ranges of paragraphs in the stream."""

    def __init__(self, ranges: list[tuple[int, int]]) -> None:
        self._starts = [start for start, _ in sorted(ranges)]
        self._ends = [end for _, end in sorted(ranges)]

    def __bool__(self) -> bool:
        return bool(self._starts)

    def covers(self, offset: int) -> bool:
        at = bisect_right(self._starts, offset) - 1
        return at >= 0 and offset < self._ends[at]


def _row_ends(data: bytes, table: bytes, job: Job) -> _Ranges:
    """Where the paragraphs lie that end a table row, from the pages of paragraph properties (PAPX)."""
    found: list[tuple[int, int]] = []
    start, size = struct.unpack_from("<II", data, _AT_PAPX)
    listed = table[start : start + size]
    count = max(0, (len(listed) - 4) // 8)
    numbers = struct.unpack_from(f"<{count}I", listed, 4 * (count + 1)) if count else ()
    for number in dict.fromkeys(numbers):
        job.deadline.check()
        page = data[(number & 0x3FFFFF) * _FKP : ((number & 0x3FFFFF) + 1) * _FKP]
        if len(page) == _FKP:
            found += _row_ends_of_page(page)
    return _Ranges(found)


def _row_ends_of_page(page: bytes) -> list[tuple[int, int]]:
    runs = page[511]
    if 4 * (runs + 1) + 13 * runs > 511:
        return []
    offsets = struct.unpack_from(f"<{runs + 1}I", page)
    found: list[tuple[int, int]] = []
    for run in range(runs):
        at = page[4 * (runs + 1) + 13 * run] * 2
        if at:
            size = page[at] * 2 - 1 if page[at] else page[at + 1] * 2 + 1 if at + 1 < _FKP else 0
            if _ROW_END in page[at : at + size + 1]:
                found.append((offsets[run], offsets[run + 1]))
    return found


class _Tables:
    """Parts text and tables; tables are numbered through all stories."""

    def __init__(self, part: str, job: Job) -> None:
        self.part = part
        self.job = job
        self.count = 0
        self.said = False

    def story(self, place: str, text: str) -> None:
        kept: list[str] = []
        rows: list[list[str]] = []
        *marked, rest = text.split(_ROW)
        for row in marked:  # nothing stands between the last cell and the end of the row
            before, cells = _first_cell(row.split(_CELL_END)[:-1])
            if before.strip():
                self.table(rows, kept)
                rows = []
            kept.append(_clean(before))
            rows.append([_clean(cell).strip() for cell in cells])
        self.table(rows, kept)
        kept.append(_clean(rest).replace(_CELL_END, "\t"))
        written = "".join(kept)
        self.said = self.said or bool(self.count) or bool(written.strip())
        self.job.text(place, written)

    def table(self, rows: list[list[str]], kept: list[str]) -> None:
        if len(rows) > 1 and max(map(len, rows)) > 1:
            self.count += 1
            self.job.table(f"{self.part}!table[{self.count}]", rows)
            kept.append("\n")
        elif rows:
            kept.append("\n".join("\t".join(row) for row in rows) + "\n")


def _first_cell(cells: list[str]) -> tuple[str, list[str]]:
    """(text before the table, cells): the paragraphs before a table run into its first cell, parted by their ends."""
    if not cells or "\r" not in cells[0]:
        return "", cells
    head, _, first = cells[0].rpartition("\r")
    return head + "\r", [first, *cells[1:]]


def _clean(text: str) -> str:
    return text.translate(_MARKS).replace(_ROW, "")


def _read_word6(data: bytes, locale: int, part: str, job: Job) -> None:
    """Word 6 and 95 keep their text in one run of bytes in the code page of their language."""
    start, end = struct.unpack_from("<II", data, 0x18)
    raw = data[start:end]
    decoded = decode(raw, _LOCALE_CHARSETS.get(locale & 0x3FF, "cp1252"))
    if decoded.doubtful:
        job.unread(part, "undecodable", f"best guess {decoded.charset}")
    text = decoded.text.replace(_ROW, " ").replace(_CELL_END * 2, _CELL_END + _ROW)
    _Tables(part, job).story(part, text)
