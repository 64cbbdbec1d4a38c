"""Reading CSV: UTF-8 (with or without BOM) or CP932, comma or tab, quoted newlines, at the speed of Arrow.

Everything is read as text. Line numbers are those an editor shows; they are worked out only when something is wrong.
Nothing undecodable is replaced: the first such byte is reported with its line.
"""

import codecs
import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.csv

from sekisho.kernel.errors import InputError
from sekisho.registry.problems import Problem, Problems
from sekisho.registry.raw import RawTable, clean_text

_CHUNK = 1 << 22
_BLOCK = 1 << 24
"""Bytes that Arrow parses at a time; no value may be longer."""
MAX_BYTES = 32 << 30
_NO_CHARACTER = re.compile("[\x80\uf8f0-\uf8f3]")
"""What Python's cp932 makes of the bytes 80, A0, FD, FE, FF, which are no characters (外字, E000–E757, are)."""
_TELLING = 10
"""So many characters that decode as UTF-8 beyond ASCII, and the file is UTF-8, damaged or not: CP932 is not mistaken
for it that long."""


@dataclass(frozen=True, slots=True)
class _Survey:
    """What one pass over the bytes tells."""

    encoding: str
    label: str
    newline_count: int
    quoted: bool


def read_csv(path: Path, table: str, problems: Problems) -> RawTable | None:
    """The table in ``path``, or None when nothing of it can be used (the reason is in ``problems``).

    Rows with too many or too few fields are reported and left out. Raises ``InputError`` for a file that cannot be
    read or decoded at all.
    """
    if path.stat().st_size > MAX_BYTES:
        raise InputError(f"is larger than {MAX_BYTES >> 30} GiB", where=str(path), remedy="write it as Parquet")
    survey = _survey(path)
    header = _header(path, survey)
    if header is None:
        problems.add(Problem("error", "empty_file", table, str(path), "is empty", "give it a header row, or remove it"))
        return None
    words, delimiter, blank_lines = header
    ragged, data = _read(path, survey, words, delimiter, blank_lines)
    lines = _Lines(path, survey, delimiter, len(words), len(data[0]))
    if ragged:
        for line, count in lines.scanned[1]:
            problems.add(_ragged(path, table, line, count, len(words)))
    _check_last_quote(path, table, data, lines, problems)
    columns = [clean_text(column) for column in data]
    columns, kept = without_blank_rows(columns)
    return RawTable(
        table,
        path,
        survey.label,
        [word.strip() for word in words],
        columns,
        lambda row: lines.line_of(row if kept is None else int(kept[row])),
    )


def without_blank_rows(
    columns: list[pa.ChunkedArray],
) -> tuple[list[pa.ChunkedArray], npt.NDArray[np.int64] | None]:
    """Without rows that hold nothing (spreadsheets leave them at the end), and the former indices of those kept."""
    candidates = np.flatnonzero(columns[0].is_null().to_numpy())
    for column in columns[1:]:
        if not len(candidates):
            return columns, None
        candidates = candidates[column.take(pa.array(candidates)).is_null().to_numpy()]
    if not len(candidates):
        return columns, None
    kept = np.delete(np.arange(len(columns[0]), dtype=np.int64), candidates)
    return [column.take(pa.array(kept)) for column in columns], kept


def _ragged(path: Path, table: str, line: int, count: int, expected: int) -> Problem:
    return Problem(
        "error",
        "field_count",
        table,
        f"{path}:{line}",
        f"has {count} fields, the header has {expected}",
        'put a value that holds a delimiter or a line break into "…"',
    )


def _survey(path: Path) -> _Survey:
    """Which encoding decodes the whole file. Raises ``InputError`` naming the line when none does."""
    with path.open("rb") as file:
        start = file.read(4)
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise InputError("is UTF-16", where=str(path), remedy="save it as UTF-8 (CSV UTF-8 in Excel) or CP932")
    bom = start.startswith(codecs.BOM_UTF8)
    newlines, quoted, failure = 0, False, None
    utf8 = _trial(path, "utf-8")
    if isinstance(utf8, tuple):
        newlines, quoted = utf8
        return _Survey("utf8", "UTF-8 (BOM)" if bom else "UTF-8", newlines, quoted)
    failure = utf8
    if not bom and failure.other_before < _TELLING:
        cp932 = _trial(path, "cp932")
        if isinstance(cp932, tuple):
            newlines, quoted = cp932
            return _Survey("cp932", "CP932", newlines, quoted)
        failure = max(failure, cp932, key=lambda f: f.line)
    raise InputError(
        f"byte 0x{failure.byte:02x} cannot be read as UTF-8 or CP932",
        where=f"{path}:{failure.line}",
        remedy="correct this line, or save the file anew as UTF-8",
    )


@dataclass(frozen=True, slots=True)
class _Failure:
    line: int
    byte: int
    other_before: int


def _trial(path: Path, encoding: str) -> tuple[int, bool] | _Failure:
    """(line breaks, whether there are quotation marks) when the file decodes, else where it does not."""
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    newlines, quoted, other = 0, False, 0
    with path.open("rb") as file:
        while True:
            chunk = file.read(_CHUNK)
            pending = decoder.getstate()[0]
            try:
                text = decoder.decode(chunk, final=not chunk)
            except UnicodeDecodeError as error:
                joined = pending + chunk
                good = joined[: error.start]
                line = newlines + good.count(b"\n") + 1
                other += _beyond_ascii(good.decode(encoding, "ignore"))
                return _Failure(line, joined[error.start] if error.start < len(joined) else 0, other)
            if encoding == "cp932" and (found := _NO_CHARACTER.search(text)):
                line = newlines + text.count("\n", 0, found.start()) + 1
                return _Failure(line, found[0].encode(encoding)[0], other)
            if not chunk:
                return newlines, quoted
            newlines += chunk.count(b"\n")
            quoted = quoted or b'"' in chunk
            if other < _TELLING:
                other += _beyond_ascii(text)


def _beyond_ascii(text: str) -> int:
    return len(text) - len(text.encode("ascii", "ignore"))


def _open(path: Path, survey: _Survey) -> io.TextIOWrapper:
    encoding = "utf-8-sig" if survey.encoding == "utf8" else survey.encoding
    return path.open(encoding=encoding, newline="")


def _header(path: Path, survey: _Survey) -> tuple[list[str], str, int] | None:
    """(header words, delimiter, blank lines before it), or None when the file holds nothing."""
    blank = 0
    with _open(path, survey) as file:
        for line in file:
            if line.strip():
                break
            blank += 1
        else:
            return None
    delimiter = "\t" if path.suffix.lower() == ".tsv" or line.count("\t") > line.count(",") else ","
    with _open(path, survey) as file:
        for _ in range(blank):
            next(file)
        try:
            words = next(csv.reader(file, delimiter=delimiter))
        except csv.Error as error:
            raise InputError(f"header cannot be read ({error})", where=f"{path}:{blank + 1}") from None
    return words, delimiter, blank


def _read(
    path: Path, survey: _Survey, words: list[str], delimiter: str, blank_lines: int
) -> tuple[int, list[pa.ChunkedArray]]:
    """(rows left out for their number of fields, the columns as text)."""
    names = [str(position) for position in range(len(words))]
    left_out = 0

    def skip(_: object) -> str:
        nonlocal left_out
        left_out += 1
        return "skip"

    if survey.newline_count <= blank_lines:  # a header and nothing after it
        return 0, [pa.chunked_array([], pa.string()) for _ in names]
    try:
        data = pa.csv.read_csv(
            path,
            read_options=pa.csv.ReadOptions(
                column_names=names,
                skip_rows=blank_lines,
                skip_rows_after_names=1,
                encoding=survey.encoding,
                block_size=_BLOCK,
            ),
            parse_options=pa.csv.ParseOptions(
                delimiter=delimiter, newlines_in_values=survey.quoted, invalid_row_handler=skip
            ),
            convert_options=pa.csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()), null_values=[""], strings_can_be_null=True
            ),
        )
    except pa.ArrowInvalid as error:
        raise InputError(
            f"cannot be read as CSV ({str(error).splitlines()[0].split(':')[0]})",
            where=str(path),
            remedy='look for a quotation mark " that is never closed, or a value of many megabytes',
        ) from None
    return left_out, data.columns


def _check_last_quote(
    path: Path, table: str, columns: list[pa.ChunkedArray], lines: "_Lines", problems: Problems
) -> None:
    """A quotation mark that is never closed swallows the rest of the file into one value: that is an error."""
    if not len(columns[0]):
        return
    last = [column[-1].as_py() or "" for column in columns]
    if any("\n" in value for value in last) and lines.ends_inside_quotes():
        problems.add(
            Problem(
                "error",
                "open_quote",
                table,
                f"{path}:{lines.line_of(len(columns[0]) - 1)}",
                'a quotation mark " is never closed',
                'close it, or write "" for a quotation mark inside a value',
            )
        )


@dataclass
class _Lines:
    """From row indices to lines of the file."""

    path: Path
    survey: _Survey
    delimiter: str
    width: int
    rows: int

    def line_of(self, row: int) -> int:
        simple = not self.survey.quoted and self.survey.newline_count in {self.rows, self.rows + 1}
        return row + 2 if simple else int(self.scanned[0][row])

    @cached_property
    def scanned(self) -> tuple[npt.NDArray[np.int64], list[tuple[int, int]]]:
        """(first line of each good row, (line, number of fields) of each bad one). A slow pass, made on need only."""
        good: list[int] = []
        bad: list[tuple[int, int]] = []
        first = True
        for line, count in self._rows():
            if first:
                first = False
            elif count == self.width:
                good.append(line)
            else:
                bad.append((line, count))
        return np.array(good, dtype=np.int64), bad

    def ends_inside_quotes(self) -> bool:
        with _open(self.path, self.survey) as file:
            try:
                for _ in csv.reader(file, delimiter=self.delimiter, strict=True):
                    pass
            except csv.Error as error:
                return "unexpected end" in str(error)
        return False

    def _rows(self) -> Iterator[tuple[int, int]]:
        with _open(self.path, self.survey) as file:
            reader = csv.reader(file, delimiter=self.delimiter)
            before = 0
            for row in reader:
                if row:
                    yield before + 1, len(row)
                before = reader.line_num
