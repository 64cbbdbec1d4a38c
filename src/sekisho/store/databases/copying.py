"""Arrow tables as the text that PostgreSQL's COPY reads: whole columns at a time, no loop over rows.

The text format (not CSV): a line that is ``\\.`` inside a quoted CSV value ends a copy before its time in PostgreSQL
up to 17, and rows would be missing without a word.
"""

from collections.abc import Iterator

import pyarrow as pa
import pyarrow.compute as pc

_ROWS = 50_000
_ESCAPED = (("\\", "\\\\"), ("\t", "\\t"), ("\n", "\\n"), ("\r", "\\r"))
_NULL = "\\N"


def copy_text(table: pa.Table) -> Iterator[memoryview]:
    """The rows of ``table``, columns in its order, as pieces of COPY text in UTF-8."""
    for batch in table.to_batches(max_chunksize=_ROWS):
        cells = [_cell(column) for column in batch.columns]
        rows = pc.binary_join_element_wise(*cells, _text("\t"), null_handling="replace", null_replacement=_NULL)
        yield _bytes(pc.binary_join_element_wise(rows, _text(""), _text("\n")))


def _cell(column: pa.Array) -> pa.Array:
    """Values as text; in texts the characters that mean something to COPY are escaped."""
    if not pa.types.is_string(column.type):
        return column.cast(pa.large_string())
    text = column.cast(pa.large_string())
    for plain, escaped in _ESCAPED:
        if pc.any(pc.match_substring(text, plain)).as_py():
            text = pc.replace_substring(text, plain, escaped)
    return text


def _text(value: str) -> pa.Scalar:
    return pa.scalar(value, type=pa.large_string())


def _bytes(lines: pa.Array) -> memoryview:
    """The values of a text column, one behind the other as they lie in memory."""
    ends = pa.Array.from_buffers(pa.int64(), len(lines) + 1, [None, lines.buffers()[1]], offset=lines.offset)
    data = lines.buffers()[2]
    return memoryview(data)[ends[0].as_py() : ends[-1].as_py()] if data is not None else memoryview(b"")
