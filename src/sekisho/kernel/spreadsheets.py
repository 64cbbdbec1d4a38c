"""Lists as CSV that spreadsheets open rightly (UTF-8 with BOM) and harmlessly: a cell that would be taken as a formula
gets a leading apostrophe."""

import csv
from collections.abc import Iterable, Sequence
from io import StringIO
from pathlib import Path

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
MARK = "\ufeff".encode()
"""What stands before everything else in a file (BOM)."""


def write_rows(path: Path, columns: Sequence[str], rows: Iterable[Iterable[object]]) -> None:
    """Write a list: its head, then its rows."""
    with path.open("w", encoding="utf-8-sig", newline="") as out:
        writer = csv.writer(out, lineterminator="\r\n")
        writer.writerow(columns)
        writer.writerows(map(harmless, row) for row in rows)


def rows_alone(rows: Iterable[Iterable[object]]) -> bytes:
    """Rows as they stand in a list: pieces made apart and joined behind ``MARK`` and a head are the same as
    ``write_rows``."""
    out = StringIO(newline="")
    csv.writer(out, lineterminator="\r\n").writerows(map(harmless, row) for row in rows)
    return out.getvalue().encode()


def harmless(cell: object) -> str:
    """A cell that no spreadsheet takes as a formula."""
    text = "" if cell is None else str(cell)
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def as_written(cell: str) -> str:
    """What a harmless cell was before."""
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(FORMULA_STARTS) else cell
