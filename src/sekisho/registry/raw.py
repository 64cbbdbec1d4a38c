"""A table as a file holds it: header words and columns as written, before they are given a meaning."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc


@dataclass(frozen=True, slots=True)
class RawTable:
    """``columns`` are in the order of ``headers``: text (trimmed, empty = null), or typed when the file is typed.
    ``line_of`` gives the line (sheet row, Parquet row) of a row index, both as the user counts them."""

    table: str
    path: Path
    encoding: str
    headers: list[str]
    columns: list[pa.ChunkedArray]
    line_of: Callable[[int], int]

    @property
    def row_count(self) -> int:
        return len(self.columns[0]) if self.columns else 0

    def where(self, row: int) -> str:
        """``file:line`` of a row index."""
        return f"{self.path}:{self.line_of(row)}"


def clean_text(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Ends trimmed (any white space), empty = null."""
    trimmed = pc.utf8_trim_whitespace(column)
    empty = pc.equal(trimmed, "")
    return pc.if_else(empty, pa.scalar(None, pa.string()), trimmed) if pc.any(empty).as_py() else trimmed
