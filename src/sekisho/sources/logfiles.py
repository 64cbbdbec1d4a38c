"""Opening one log file as a DuckDB relation with the place of every row: CSV, JSON lines, Parquet, also gzipped."""

import codecs
import csv
import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import BinaryIO, cast
from uuid import uuid4

import duckdb
import numpy as np
import pyarrow as pa
from pyarrow import csv as arrow_csv

from sekisho.sources.files.plain import sniff_delimiter
from sekisho.sources.mail.charset import decode

_CHUNK = 1 << 20
_SAMPLED_LINES = 1_000
_JSON_ROW = 100
"""So many bytes, about, has a row in JSON."""
_UNIT = "\x1f"
"""A delimiter that no log holds: makes DuckDB's CSV reader a reader of lines."""


@dataclass(slots=True)
class LogFile:
    """``rows``: the rows, numbered by ``sekisho_row``; ``fields``: header as written → its expression; ``place``: what
    the place of a row begins with, before its number; ``row_count``: about how many there are; ``refused``: places of
    rows that could not be split into columns; ``kinds``: header → "local" (timestamp without zone) or "instant", for
    columns that are times by type."""

    shown: str
    rows: duckdb.DuckDBPyRelation
    fields: dict[str, duckdb.Expression]
    place: str
    row_count: int
    refused: list[str] = field(default_factory=list)
    kinds: dict[str, str] = field(default_factory=dict)


def open_log(path: Path, shown: str, con: duckdb.DuckDBPyConnection) -> LogFile | str:
    """The file as a relation, or the reason why it is no log. Raises duckdb.Error or OSError when it is damaged."""
    with _binary(path) as file:
        head = file.read(65_536)
    if not head.strip():
        return "empty file"
    if head.startswith(b"PAR1"):
        return _parquet(path, shown, con)
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    if start.startswith(b"{"):
        return _json_lines(path, shown, con)
    if start.startswith(b"[") and path.name.removesuffix(".gz").endswith(".json"):
        return "JSON array: write one object per line (JSON lines)"
    if b"\x00" in head and not head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "no CSV, JSON lines or Parquet"
    return _csv(path, shown, head, con)


def _binary(path: Path) -> BinaryIO:
    with path.open("rb") as file:
        packed = file.read(2) == b"\x1f\x8b"
    return cast("BinaryIO", gzip.open(path)) if packed else path.open("rb")


def _parquet(path: Path, shown: str, con: duckdb.DuckDBPyConnection) -> LogFile:
    rows = con.read_parquet(str(path), file_row_number=True)
    names = [name for name in rows.columns if name != "file_row_number"]
    kinds = dict(zip(rows.columns, map(str, rows.types), strict=True))
    counted = rows.project("* , file_row_number + 1 AS sekisho_row")
    return LogFile(
        shown,
        counted,
        {name: duckdb.ColumnExpression(name) for name in names},
        f"{shown}:",
        _count(rows),
        kinds={
            name: "instant" if "WITH TIME ZONE" in kind or "TIMESTAMPTZ" in kind else "local"
            for name, kind in kinds.items()
            if kind.startswith(("TIMESTAMP", "DATE"))
        },
    )


def _json_lines(path: Path, shown: str, con: duckdb.DuckDBPyConnection) -> LogFile:
    """Lines as such, numbered; the fields are taken out of each by DuckDB. A line that is no JSON has no fields."""
    lines = _read_csv(path, con, ["line"], _UNIT, "", parallel=True)
    numbered = lines.project(
        "CASE WHEN json_valid(line) THEN line END AS line, row_number() OVER () AS sekisho_row, line AS raw"
    )
    kept = numbered.filter("raw IS NOT NULL AND trim(raw) <> ''")
    keys: dict[str, None] = {}
    with _binary(path) as file:
        for raw in islice(file, _SAMPLED_LINES):
            try:
                parsed = json.loads(raw)
            except ValueError:
                continue
            if isinstance(parsed, dict):
                keys.update(dict.fromkeys(parsed))
    fields = {
        key: duckdb.FunctionExpression(
            "json_extract_string", duckdb.ColumnExpression("line"), duckdb.ConstantExpression(_json_path(key))
        )
        for key in keys
    }
    return LogFile(shown, kept, fields, f"{shown}:", path.stat().st_size // _JSON_ROW)


def _json_path(key: str) -> str:
    return '$."' + key.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _csv(path: Path, shown: str, head: bytes, con: duckdb.DuckDBPyConnection) -> LogFile:
    encoding, newlines = _survey(path)
    text = head.decode("utf_8", "replace") if encoding == "utf_8" else decode(head, encoding).text
    text = text.removeprefix("\ufeff")
    delimiter = sniff_delimiter(text)
    header = next(csv.reader(text.splitlines(), delimiter=delimiter), [])
    names = [f"c{number}" for number in range(len(header))]
    refused: list[str] = []
    number = "row_number() OVER ()"
    if encoding == "utf_8":
        rows = _read_csv(path, con, names, delimiter, '"', parallel=True)
        try:
            count = _count(rows)
        except duckdb.Error:  # quoted line breaks in a file whose rows need padding: DuckDB then reads it in one thread
            rows = _read_csv(path, con, names, delimiter, '"', parallel=False)
            count = _count(rows)
    else:
        rows = _transcoded(path, con, shown=shown, encoding=encoding, names=names, delimiter=delimiter, refused=refused)
        count, number = _count(rows) + len(refused), "sekisho_no"
    exact = count == newlines
    numbered = rows.project(f"*, {number} {'+ 1' if exact else ''} AS sekisho_row")
    fields = {title: duckdb.ColumnExpression(name) for title, name in zip(header, names, strict=True)}
    return LogFile(shown, numbered, fields, f"{shown}{':' if exact else '#'}", count, refused)


def _count(rows: duckdb.DuckDBPyRelation) -> int:
    return int(rows.aggregate("count(*)").fetchall()[0][0])


def _read_csv(
    path: Path, con: duckdb.DuckDBPyConnection, names: list[str], delimiter: str, quote: str, *, parallel: bool
) -> duckdb.DuckDBPyRelation:
    return con.read_csv(
        str(path),
        header=len(names) > 1 or quote != "",
        sep=delimiter,
        quotechar=quote,
        escapechar=quote,
        columns=dict.fromkeys(names, "VARCHAR"),
        auto_detect=False,
        null_padding=True,
        strict_mode=False,
        parallel=parallel,
    )


def _survey(path: Path) -> tuple[str, int]:
    """(encoding, number of lines after the header), in one pass over the bytes."""
    decoder = codecs.getincrementaldecoder("utf_8")()
    encoding, newline, newlines, last, start = "utf_8", b"\n", 0, b"", True
    with _binary(path) as file:
        while block := file.read(_CHUNK):
            if start and block.startswith((b"\xff\xfe", b"\xfe\xff")):
                encoding, newline = "utf_16", b"\n\x00" if block.startswith(b"\xff") else b"\x00\n"
            start = False
            newlines += block.count(newline)
            last = (last + block)[-64:]
            if encoding == "utf_8":
                try:
                    decoder.decode(block)
                except UnicodeDecodeError:
                    encoding = "cp932"
    trailing = last[len(last.rstrip(b"\r\n\x00")) :].count(b"\n")
    return encoding, newlines - trailing


def _transcoded(
    path: Path,
    con: duckdb.DuckDBPyConnection,
    *,
    shown: str,
    encoding: str,
    names: list[str],
    delimiter: str,
    refused: list[str],
) -> duckdb.DuckDBPyRelation:
    """CP932 or UTF-16, which DuckDB cannot read by itself: through Arrow, in blocks, into a temporary table. Rows get
    their number (``sekisho_no``) on the way: a table need not keep their order."""

    def refuse(row: arrow_csv.InvalidRow) -> str:
        refused.append(f"{shown}:{row.number}" if row.number else shown)
        if row.number:
            numbers.append(row.number - 1)
        return "skip"

    numbers: list[int] = []

    with _binary(path) as file:
        reader = arrow_csv.open_csv(
            pa.PythonFile(_Utf8Stream(file, encoding), mode="r"),
            read_options=arrow_csv.ReadOptions(column_names=names, skip_rows=1, use_threads=False),
            parse_options=arrow_csv.ParseOptions(
                delimiter=delimiter, newlines_in_values=True, invalid_row_handler=refuse
            ),
            convert_options=arrow_csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string())),
        )
        table = f"sekisho_log_{uuid4().hex}"
        con.register(f"{table}_source", _numbered(reader, numbers))
        try:
            con.execute(f"CREATE TEMP TABLE {table} AS SELECT * FROM {table}_source")  # noqa: S608  (our own name)
        finally:
            con.unregister(f"{table}_source")
    return con.table(table)


def _numbered(reader: pa.RecordBatchReader, refused: list[int]) -> pa.RecordBatchReader:
    """The rows with their numbers, the first below the header being 1. ``refused``: the numbers of rows that are left
    out, each there before the batch that it would be in."""
    schema = reader.schema.append(pa.field("sekisho_no", pa.int64()))

    def batches() -> Iterator[pa.RecordBatch]:
        last = 0
        for batch in reader:
            left_out = [number for number in refused if number > last]
            numbers = np.setdiff1d(np.arange(last + 1, last + 1 + batch.num_rows + len(left_out)), left_out)
            numbers = numbers[: batch.num_rows]
            last = int(numbers[-1]) if len(numbers) else last
            yield pa.RecordBatch.from_arrays([*batch.columns, pa.array(numbers, pa.int64())], schema=schema)

    return pa.RecordBatchReader.from_batches(schema, batches())


class _Utf8Stream:
    """A binary file in another encoding, read as UTF-8."""

    closed = False

    def __init__(self, file: BinaryIO, encoding: str) -> None:
        self._file = file
        self._decoder = codecs.getincrementaldecoder(encoding)("replace")

    def read(self, size: int = -1) -> bytes:
        while True:
            block = self._file.read(max(size // 3, 1) if size >= 0 else -1)
            text = self._decoder.decode(block, final=not block)
            if text or not block:
                return text.encode("utf_8")

    def close(self) -> None:
        self.closed = True
