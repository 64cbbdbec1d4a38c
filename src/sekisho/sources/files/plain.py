"""Text files and delimited tables (CSV, TSV, ``;`` and ``|``)."""

import csv
import re
from collections import Counter
from itertools import islice
from typing import Literal

from sekisho.sources.files.html import declared_charset, read_html
from sekisho.sources.files.job import Job
from sekisho.sources.files.limits import long_cells
from sekisho.sources.mail.charset import decode

_DELIMITERS = ",\t;|"
_SNIFF_LINES = 50
_QUOTED = re.compile(r'"[^"\n]*"')
_BLOCK = 4_096
_RUNAWAY_LINES = 200
"""A cell of more lines than this comes from a quotation mark that was never closed."""


def read_text(data: bytes, part: str, job: Job, charset: str = "") -> None:
    """A text file as running text."""
    job.text(part, decoded(data, part, job, charset))


def read_markup(data: bytes, part: str, job: Job, charset: str = "") -> None:
    """An HTML document as running text, and its data tables."""
    limit = job.limits.max_html_bytes
    if len(data) > limit:
        job.unread(part, "too_big", f"HTML beyond {limit >> 20} MiB not read")
        data = data[:limit]
    source = decoded(data, part, job, charset or declared_charset(data))
    text, tables = read_html(source)
    job.text(part, text)
    for number, rows in enumerate(tables, 1):
        job.table(f"{part}!table[{number}]", rows)


def decoded(data: bytes, part: str, job: Job, charset: str) -> str:
    """Decode by the ladder; a doubtful result is used and listed."""
    result = decode(data, charset)
    if result.doubtful:
        job.unread(part, "undecodable", f"best guess {result.charset}")
    return result.text


def read_csv(data: bytes, part: str, job: Job, charset: str = "") -> None:
    """A delimited file as one table; row positions are records, which is lines where no cell has line breaks."""
    text = decoded(data, part, job, charset).replace("\x00", "")
    delimiter = sniff_delimiter(text)
    rows = _rows(text, delimiter, csv.QUOTE_MINIMAL, job)
    if rows is None:
        rows = _rows(text, delimiter, csv.QUOTE_NONE, job)
    job.table(part, rows or [])


def sniff_delimiter(text: str) -> str:
    """The delimiter found in most of the first lines, and there equally often; "," when there is none."""
    head = text[:65_536]
    lines = [line for line in head.splitlines()[:_SNIFF_LINES] if line.strip()]
    lines = [_QUOTED.sub("", line) if '"' in line else line for line in lines]
    best, best_weight = ",", 0.0
    for delimiter in filter(head.__contains__, _DELIMITERS):
        counts = Counter([line.count(delimiter) for line in lines])
        usual = max(counts, key=lambda count: (counts[count], count), default=0)
        weight = counts[usual] + 0.1 * (len(lines) - counts[0]) if usual else 0
        if weight > best_weight:
            best, best_weight = delimiter, weight
    return best


def _rows(text: str, delimiter: str, quoting: Literal[0, 3], job: Job) -> list[list[str]] | None:
    """All records; None when quotation marks do not pair up."""
    rows: list[list[str]] = []
    reader = csv.reader(text.splitlines(keepends=True), delimiter=delimiter, quoting=quoting, strict=False)
    try:
        with long_cells():
            while block := list(islice(reader, _BLOCK)):
                rows += block
                job.deadline.check()
                if quoting != csv.QUOTE_NONE and reader.line_num - len(rows) > _RUNAWAY_LINES and _runaway(block):
                    return None
    except csv.Error:
        return None
    return rows


def _runaway(rows: list[list[str]]) -> bool:
    """Whether a cell has more lines than anybody writes into one. Asked only when there are that many more lines than
    records: without that there can be none."""
    return any(len(cell) > 400 and cell.count("\n") > _RUNAWAY_LINES for row in rows for cell in row)
