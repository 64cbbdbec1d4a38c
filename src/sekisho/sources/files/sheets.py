"""Workbooks: XLSX, XLSM, XLS and XLSB, every sheet a table, hidden ones too (python-calamine).

calamine allocates the whole rectangle between the first and the last used cell: two cells in opposite corners of one
sheet are enough to end the process. So the size of that rectangle is computed here, from the file itself, before it
is opened; a workbook beyond ``Limits.max_cells`` is refused.
"""

import datetime
import io
import os
import re
import struct
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import python_calamine

from sekisho.sources.files.job import Job
from sekisho.sources.files.kinds import kind_of
from sekisho.sources.files.limits import RefusedError
from sekisho.sources.files.ole import Compound
from sekisho.sources.files.xmltext import refuse_dtd
from sekisho.sources.files.zips import Archive

_CELL = re.compile(rb"""<(?:\w+:)?c\b[^<>]*?\br=["']([A-Z]{1,3})(\d{1,7})["']""")
_ROW = re.compile(rb"""<(?:\w+:)?row\b[^<>]*?\br=["'](\d{1,7})["']""")
_PLAIN_CELLS = re.compile(rb"<(?:\w+:)?c\b")
_MAGIC_BYTES = 64
_BIFF_CELLS = {0x0006, 0x0201, 0x0203, 0x0204, 0x0205, 0x027E, 0x00FD, 0x00D6, 0x00BD, 0x00BE, 0x0001, 0x0002, 0x0003}
_BIFF_BOF, _BIFF_FILEPASS = 0x0809, 0x002F


def read_workbook(data: bytes, part: str, job: Job) -> None:
    """Every sheet of a workbook whose size has been checked. Raises RefusedError."""
    with _guarded():
        workbook = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
    for name in workbook.sheet_names:
        job.deadline.check()
        try:
            with _guarded():
                sheet = workbook.get_sheet_by_name(name)
                rows = sheet.to_python(skip_empty_area=True)
                start = sheet.start
        except python_calamine.WorksheetNotFound:  # a chart sheet has no cells
            continue
        except RefusedError as refused:
            job.unread(f"{part}!{name}", refused.reason, refused.detail)
            continue
        job.table(f"{part}!{name}", [list(map(_as_text, row)) for row in rows], (start[0] if start else 0) + 1)


@contextmanager
def _guarded() -> Iterator[None]:
    """Turn calamine's failures into RefusedError, its Rust panics too, which are BaseExceptions."""
    try:
        with _silent_stderr():
            yield
    except python_calamine.WorksheetNotFound:
        raise
    except python_calamine.PasswordError:
        raise RefusedError("encrypted") from None
    except (python_calamine.CalamineError, OSError, ValueError, KeyError) as error:
        raise RefusedError("broken", f"workbook: {type(error).__name__}") from None
    except BaseException as error:
        if type(error).__module__ != "pyo3_runtime":
            raise
        raise RefusedError("broken", "workbook: its reader failed") from None


@contextmanager
def _silent_stderr() -> Iterator[None]:
    """A Rust panic writes its message, which may quote cells, to standard error: not here."""
    try:
        kept = os.dup(2)
    except OSError:  # there is none
        yield
        return
    with open(os.devnull, "wb", buffering=0) as nothing:  # noqa: PTH123
        os.dup2(nothing.fileno(), 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)


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
    """Refuse a workbook whose rectangles of used cells together exceed the limit. ``sheets``: the XML of each."""
    total = 0
    for xml in sheets:
        job.deadline.check()
        row = max(map(int, _ROW.findall(xml)), default=0)
        column = 0
        cells = _CELL.findall(xml)
        if cells:
            letters, numbers = zip(*cells, strict=True)
            column = max(map(_column, set(letters)))
            row = max(row, *map(int, set(numbers)))
        loose = len(_PLAIN_CELLS.findall(xml)) - len(cells)
        total += row * column + max(loose, 0)
        _refuse(total, job)


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
        if kind_of("", data[:_MAGIC_BYTES]).reader != "no_text":
            if not binary:
                refuse_dtd(data)
            yield data
