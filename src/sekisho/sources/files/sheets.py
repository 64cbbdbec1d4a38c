"""Workbooks: XLSX, XLSM, XLS and XLSB, every sheet a table, hidden ones too (python-calamine).

calamine allocates the whole rectangle between the first and the last used cell: two cells in opposite corners of one
sheet are enough to end the process. Where memory is bounded (``apart_child``; ``BOUNDED``) that costs one process and
hardly ever happens, so a workbook is simply opened; when its reader was lost over it, or where memory is not bounded,
the size of that rectangle is first computed here, from the file itself, and a workbook beyond ``Limits.max_cells`` is
refused. That takes longer than reading: every sheet is unpacked once more.
"""

import datetime
import io
import re
import string
import struct
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import python_calamine

from sekisho.sources.files.job import Job
from sekisho.sources.files.kinds import kind_of
from sekisho.sources.files.limits import MIB, RefusedError
from sekisho.sources.files.ole import Compound
from sekisho.sources.files.xmltext import refuse_dtd
from sekisho.sources.files.zips import Archive

_REFERENCE = re.compile(rb"""(?<![\w:.-])r\s*=\s*["']([A-Za-z]*)(\d+)""")
_TAG = r"<(?:[^\s<>/:=\"']+:)?%s(?=[\s/>])"
_ROW = re.compile((_TAG % "row").encode())
_CELL = re.compile((_TAG % "c").encode())
_LOOSE = tuple(re.compile(tag) for tag in (rb'<c(?! r=")[\s/>]', rb'<row(?! r=")[\s/>]', rb":c[\s/>]", rb":row[\s/>]"))
_SHAPES = bytes.maketrans(string.digits.encode() + string.ascii_letters.encode() + b"'", b"0" * 10 + b"A" * 52 + b'"')
"""Digits → 0, letters → A, both quotation marks → "."""
_MANY_LETTERS = re.compile(rb'"AA+0')
_ROWS, _COLUMNS = 10_000, 26
_HELD_BYTES = 32 * MIB
BOUNDED = sys.platform == "linux"
"""Whether ``limits.limit_memory`` holds on this system."""
_MAGIC_BYTES = 64
_BIFF_CELLS = {0x0006, 0x0201, 0x0203, 0x0204, 0x0205, 0x027E, 0x00FD, 0x00D6, 0x00BD, 0x00BE, 0x0001, 0x0002, 0x0003}
_BIFF_BOF, _BIFF_FILEPASS = 0x0809, 0x002F


def read_workbook(data: bytes, part: str, job: Job) -> None:
    """Every sheet of a workbook. Raises RefusedError."""
    with _guarded():
        workbook = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
    cells = 0
    for name in workbook.sheet_names:
        job.deadline.check()
        cells += _read_sheet(workbook, name, part, job, cells)


def _read_sheet(workbook: python_calamine.CalamineWorkbook, name: str, part: str, job: Job, before: int) -> int:
    """Read one sheet and return the number of its cells; ``before`` is that of the sheets before it."""
    try:
        with _guarded():
            sheet = workbook.get_sheet_by_name(name)
            cells = int(sheet.height) * int(sheet.width)
            _refuse(before + cells, job)
            rows = sheet.to_python(skip_empty_area=True)
            start = sheet.start
    except python_calamine.WorksheetNotFound:  # a chart sheet has no cells
        return 0
    except RefusedError as refused:
        job.unread(f"{part}!{name}", refused.reason, refused.detail)
        return 0
    written = [[cell if type(cell) is str else _as_text(cell) for cell in row] for row in rows]
    job.table(f"{part}!{name}", written, (start[0] if start else 0) + 1)
    return cells


@contextmanager
def _guarded() -> Iterator[None]:
    """Turn calamine's failures into RefusedError, its Rust panics too, which are BaseExceptions."""
    try:
        yield
    except (python_calamine.WorksheetNotFound, RefusedError):
        raise
    except python_calamine.PasswordError:
        raise RefusedError("encrypted") from None
    except (python_calamine.CalamineError, OSError, ValueError, KeyError) as error:
        raise RefusedError("broken", f"workbook: {type(error).__name__}") from None
    except BaseException as error:
        if type(error).__module__ != "pyo3_runtime":
            raise
        raise RefusedError("broken", "workbook: its reader failed") from None


def _as_text(value: object) -> str:
    """A cell as a person reads it: whole numbers without ``.0``, dates ISO."""
    match value:
        case str():
            return value
        case bool():
            return "TRUE" if value else "FALSE"
        case float():
            return str(int(value)) if value.is_integer() and abs(value) < 1e18 else repr(value)
        case datetime.datetime():
            midnight = value.hour == value.minute == value.second == 0
            return value.date().isoformat() if midnight else value.isoformat(" ", "seconds")
    return str(value)


# --- how big would it be? -------------------------------------------------------------------------------------------


def check_xlsx(sheets: Iterable[bytes], job: Job) -> None:
    """Refuse a workbook whose rectangles of used cells together exceed the limit. ``sheets``: the XML of each.

    First by the longest references alone, without a look at single cells; exactly only when that leaves it open.
    """
    exact = at_most = held_bytes = 0
    held: list[bytes] = []
    for xml in sheets:
        job.deadline.check()
        held.append(xml)
        at_most += _most_cells(xml)
        held_bytes += len(xml)
        if exact + at_most > job.limits.max_cells or held_bytes > _HELD_BYTES:
            for sheet in held:
                exact += _cells(sheet)
                _refuse(exact, job)
            held.clear()
            at_most = held_bytes = 0


def _most_cells(xml: bytes) -> int:
    """At least as many cells as ``_cells`` counts, quickly: 26 columns and 9,999 rows where every row and cell has a
    reference and none has more letters or digits; otherwise ``_cells``."""
    if b"sheetData" not in xml:
        return 0
    shape = xml.translate(_SHAPES)
    if b"A00000" in shape or b'"00000' in shape or _MANY_LETTERS.search(shape):
        return _cells(xml)
    return _cells(xml) if any(tag.search(xml) for tag in _LOOSE) else _ROWS * _COLUMNS


def _cells(xml: bytes) -> int:
    """Cells of the rectangle up to the last row and column that calamine may see: attributes called ``r`` wherever
    they stand, and rows and cells without one counted on from there."""
    references = _REFERENCE.findall(xml)
    letters = {letter for letter, _ in references if letter}
    numbered = sum(1 for letter, _ in references if not letter)
    row = max((int(number[:10]) for number in {number for _, number in references}), default=0)
    column = max((_column(letter[:10].upper()) for letter in letters), default=0)
    row += max(len(_ROW.findall(xml)) - numbered, 0)
    if len(_CELL.findall(xml)) > len(references) - numbered:
        column += max(len(_CELL.findall(line)) for line in _ROW.split(xml))
    return max(row, 1) * column


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def check_xlsb(sheets: Iterable[bytes], job: Job) -> None:
    """Walk the records of binary sheets: row headers carry the row, cell records begin with the column."""
    total = 0
    for data in sheets:
        position = row = column = 0
        while position < len(data):
            kind, position = _varint(data, position, 2)
            size, position = _varint(data, position, 4)
            if kind == 0 and size >= 4:
                row = max(row, int.from_bytes(data[position : position + 4], "little") + 1)
            elif 1 <= kind <= 11 and size >= 4:
                column = max(column, int.from_bytes(data[position : position + 4], "little") + 1)
            position += size
        total += row * column
        _refuse(total, job)


def _varint(data: bytes, position: int, most: int) -> tuple[int, int]:
    value = 0
    for shift in range(most):
        if position >= len(data):
            break
        byte = data[position]
        position += 1
        value |= (byte & 0x7F) << (7 * shift)
        if byte < 0x80:
            break
    return value, position


def check_xls(compound: Compound, job: Job) -> None:
    """Walk the BIFF records. Raises RefusedError(encrypted) for a password, (too_big) for a huge rectangle."""
    book = compound.stream("Workbook", "Book")
    total = row = column = position = 0
    unpack = struct.Struct("<HH").unpack_from
    while position + 4 <= len(book):
        kind, size = unpack(book, position)
        if kind in _BIFF_CELLS and size >= 4:
            at_row, at_column = unpack(book, position + 4)
            row, column = max(row, at_row + 1), max(column, at_column + 1)
            if kind in {0x00BD, 0x00BE}:
                column = max(column, at_column + (size - 4) // (6 if kind == 0x00BD else 2))
        elif kind == _BIFF_BOF:
            total += row * column
            row = column = 0
        elif kind == _BIFF_FILEPASS:
            raise RefusedError("encrypted")
        position += 4 + size
    _refuse(total + row * column, job)


def _refuse(cells: int, job: Job) -> None:
    if cells > job.limits.max_cells:
        raise RefusedError("too_big", f"workbook of more than {job.limits.max_cells:,} cells")


def check_zipped(archive: Archive, job: Job) -> None:
    """Check every member of a workbook in a ZIP: which of them are sheets is decided by relations anybody can write."""
    check_xlsx(_members(archive, binary=False), job)
    check_xlsb(_members(archive, binary=True), job)


def _members(archive: Archive, *, binary: bool) -> Iterable[bytes]:
    for member in archive.members:
        if member.name.lower().endswith(".bin") != binary:
            continue
        data = archive.read(member)
        if data.startswith(b"<") or kind_of("", data[:_MAGIC_BYTES]).reader != "no_text":
            if not binary:
                refuse_dtd(data)
            yield data
