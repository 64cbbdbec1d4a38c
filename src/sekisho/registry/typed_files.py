"""Reading XLSX and Parquet into the same raw tables as CSV.

In a spreadsheet a number where an id is meant becomes its digits ("123", never "123.0"); that leading zeros may be
lost is reported. Sizes are looked at before anything is unpacked.
"""

import zipfile
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import python_calamine

from sekisho.kernel.errors import InputError
from sekisho.registry.csv_file import without_blank_rows
from sekisho.registry.headers import same_word
from sekisho.registry.problems import Problem, Problems
from sekisho.registry.raw import RawTable, clean_text

MAX_UNPACKED = 2 << 30
"""Declared bytes of an XLSX once unpacked; a sheet at Excel's own limit of rows stays below."""
MAX_ROWS = 100_000_000
_NEEDS_HEADER = "give it a header row, or remove it"

Cell = str | float | int | bool | date | datetime | time | timedelta


def read_xlsx(path: Path, table: str, problems: Problems) -> tuple[RawTable, list[int]] | None:
    """The sheet named like the table, or the first that is not empty, and how many number cells each column holds;
    None when the file holds no rows. Raises ``InputError`` for a file that is no readable XLSX."""
    _check_size(path)
    try:
        book = python_calamine.CalamineWorkbook.from_path(path)
        sheet = _sheet(book, path, table, problems)
        if sheet is None:
            problems.add(Problem("error", "empty_file", table, str(path), "is empty", _NEEDS_HEADER))
            return None
        rows: list[Sequence[Cell]] = sheet.to_python(skip_empty_area=False)
    except (python_calamine.CalamineError, OSError) as error:
        if isinstance(error, PermissionError):
            raise
        raise InputError(
            "cannot be read as XLSX (damaged, or encrypted with a password)",
            where=str(path),
            remedy="open it in a spreadsheet program and save it anew without password, or as CSV",
        ) from None
    top = next((position for position, row in enumerate(rows) if any(cell != "" for cell in row)), None)
    if top is None:
        problems.add(Problem("error", "empty_file", table, str(path), "is empty", _NEEDS_HEADER))
        return None
    width = max(position + 1 for position, cell in enumerate(rows[top]) if cell != "")
    headers = [_text(cell) or "" for cell in rows[top][:width]]
    body = rows[top + 1 :]
    for position, row in enumerate(body):
        if any(cell != "" for cell in row[width:]):
            line = top + 2 + position
            problems.add(
                Problem(
                    "error",
                    "field_count",
                    table,
                    f"{path}:{line}",
                    "has values beyond the last header",
                    "give the column a header, or clear the cells",
                )
            )
    numbers = [sum(type(row[c]) in {int, float} for row in body) for c in range(width)]
    columns = [clean_text(_strings(_text(row[c]) for row in body)) for c in range(width)]
    columns, kept = without_blank_rows(columns)
    return RawTable(
        table,
        path,
        "XLSX",
        [header.strip() for header in headers],
        columns,
        lambda row: top + 2 + (row if kept is None else int(kept[row])),
    ), numbers


def read_parquet(path: Path, table: str, problems: Problems) -> RawTable | None:
    """The table in a Parquet file. Columns keep date32, bool and int64; everything else becomes text.
    Raises ``InputError`` for a file that is no readable Parquet or holds nested columns."""
    try:
        with pq.ParquetFile(path, memory_map=True) as file:
            if file.metadata.num_rows > MAX_ROWS:
                raise InputError(f"has more than {MAX_ROWS:,} rows", where=str(path), remedy="split the registry")
            data = file.read()
    except (pa.ArrowException, OSError) as error:
        if isinstance(error, PermissionError):
            raise
        raise InputError("cannot be read as Parquet", where=str(path), remedy="write the file anew") from None
    if not data.num_columns:
        problems.add(Problem("error", "empty_file", table, str(path), "has no columns", _NEEDS_HEADER))
        return None
    columns = [plain_column(path, name, column) for name, column in zip(data.column_names, data.columns, strict=True)]
    return RawTable(table, path, "Parquet", data.column_names, columns, lambda row: row + 1)


def _check_size(path: Path) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(entry.file_size for entry in archive.infolist())
    except zipfile.BadZipFile:
        raise InputError(
            "is no XLSX (not a ZIP archive; perhaps encrypted, or an older .xls)",
            where=str(path),
            remedy="save it anew as .xlsx without password, or as CSV",
        ) from None
    if unpacked > MAX_UNPACKED:
        raise InputError(f"unpacks to more than {MAX_UNPACKED >> 30} GiB", where=str(path), remedy="save it as CSV")


def _sheet(book: Any, path: Path, table: str, problems: Problems) -> Any:
    sheets = [sheet for sheet in map(book.get_sheet_by_name, book.sheet_names) if sheet.start]
    named = [sheet for sheet in sheets if same_word(sheet.name) == same_word(table)]
    chosen = (named or sheets or [None])[0]
    if len(sheets) > 1:
        problems.add(
            Problem(
                "warning",
                "other_sheets",
                table,
                str(path),
                f"only the sheet {chosen.name!r} of {len(sheets)} is read",
                "keep one sheet in the file",
            )
        )
    return chosen


def _text(cell: Cell) -> str | None:
    """A cell as text: dates ISO, whole numbers without a decimal point."""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else repr(cell)
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time() else cell.isoformat(sep=" ", timespec="seconds")
    return str(cell) if cell != "" else None


def _strings(values: Iterable[str | None]) -> pa.ChunkedArray:
    return pa.chunked_array([pa.array(values, pa.string())])


def plain_column(path: Path, name: str, column: pa.ChunkedArray) -> pa.ChunkedArray:
    kind = column.type
    if pa.types.is_dictionary(kind):
        column, kind = column.cast(kind.value_type), kind.value_type
    if pa.types.is_timestamp(kind):
        if kind.tz is not None:
            column = pc.local_timestamp(column.cast(pa.timestamp(kind.unit, "Asia/Tokyo")))
        return pc.floor_temporal(column, unit="day").cast(pa.date32())
    if pa.types.is_date(kind):
        return column.cast(pa.date32())
    if pa.types.is_boolean(kind):
        return column
    if pa.types.is_integer(kind):
        return column.cast(pa.int64())
    if pa.types.is_floating(kind):
        return _strings(None if value is None else _text(value) for value in column.to_pylist())
    try:
        return clean_text(column.cast(pa.string()))
    except pa.ArrowException:
        raise InputError(
            f"column {name!r} is of type {kind}", where=str(path), remedy="write it as text, date, bool or int64"
        ) from None


def numbered_column(path: Path, name: str, column: pa.ChunkedArray) -> pa.ChunkedArray:
    """As ``plain_column``, but texts that come as a dictionary stay one, each different text cleaned once."""
    if not pa.types.is_dictionary(column.type) or not pa.types.is_string(column.type.value_type):
        return plain_column(path, name, column)
    chunks = []
    for chunk in column.chunks:
        words = clean_text(pa.chunked_array([chunk.dictionary])).combine_chunks()
        if words.null_count:  # a row without a value shall be told by its own null
            return plain_column(path, name, column)
        chunks.append(pa.DictionaryArray.from_arrays(chunk.indices.cast(pa.int32()), words))
    return pa.chunked_array(chunks, pa.dictionary(pa.int32(), pa.string()))
