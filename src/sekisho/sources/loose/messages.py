"""Messages that people sent each other inside a system (メッセージ機能), exported as a table: they pass by every mail
server (REQUIREMENTS A9; FACTS §3: one real case went through such a function).

CSV or JSON lines, a row for each message; the columns and their usual Japanese headers are in ``columns.yaml``. A row
names sender and recipients by account, person, office or mail address, several with ``;``; ``attachments`` are files
beside the table.
"""

import csv
import io
import json
import mmap
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from sekisho.sources.columns import columns, headers_in
from sekisho.sources.loose.wrapped import MESSAGES, Shape, row_item
from sekisho.sources.mail.archive import MessageRef, UnreadArchive, Wanted, messages
from sekisho.sources.mail.charset import decode

_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_BOM = b"\xef\xbb\xbf"
_LONGEST_FIRST = 1 << 20
"""Bytes of a header, or of the first object: what has more is no table of ours."""
_SAMPLE = 1 << 20
_MISSING = "no table of messages: it needs columns at, sender, recipients (sources/columns.yaml)"


def rows(paths: Iterable[str | Path], wanted: Wanted | None = None) -> Iterator[MessageRef | UnreadArchive]:
    """A reference for each row of the tables ``paths`` (or of all tables in folders), and every file that is none.
    Raises ``InputError`` as ``archive.messages``."""
    return messages(paths, wanted=wanted, split=_rows)


def _rows(
    path: str, shown: str, head: bytes, status: os.stat_result, most: int
) -> Iterator[MessageRef | UnreadArchive]:
    if head.startswith(_UTF16):
        yield UnreadArchive(shown, "unsupported", "UTF-16: save it as UTF-8")
        return
    with Path(path).open("rb") as source, mmap.mmap(source.fileno(), 0, access=mmap.ACCESS_READ) as data:
        start = len(_BOM) if head.startswith(_BOM) else 0
        if head[start:].lstrip()[:1] == b"{":
            yield from _json(data, path, shown, start, most)
        else:
            yield from _csv(data, path, shown, start, most)


def _json(data: mmap.mmap, path: str, shown: str, start: int, most: int) -> Iterator[MessageRef | UnreadArchive]:
    """Each line an object; keys may be absent from some, so each is looked at when it is read."""
    checked = False
    for line, (begin, end) in enumerate(_lines(data, start), 1):
        if _is_blank(data, begin, end):
            continue
        if not checked and not _is_table(_keys(bytes(data[begin : min(end, begin + _LONGEST_FIRST)]))):
            yield UnreadArchive(shown, "unsupported", _MISSING)
            return
        checked = True
        yield _checked(MessageRef(shown, path, begin, end - begin, item=row_item(Shape("json", {}), line)), most)


def _keys(first: bytes) -> dict[str, str]:
    try:
        loaded = json.loads(decode(first).text)
    except (ValueError, RecursionError):
        return {}
    return headers_in(MESSAGES, loaded) if isinstance(loaded, dict) else {}


def _csv(data: mmap.mmap, path: str, shown: str, start: int, most: int) -> Iterator[MessageRef | UnreadArchive]:
    places = _records(data, start)
    first = next(places, None)
    shape = None
    if first is not None and first[2] - first[1] <= _LONGEST_FIRST:
        shape = _csv_shape(bytes(data[first[1] : first[2]]), bytes(data[start : start + _SAMPLE]))
    if shape is None:
        yield UnreadArchive(shown, "unsupported", _MISSING)
        return
    for line, begin, end in places:
        if not _is_blank(data, begin, end):
            yield _checked(MessageRef(shown, path, begin, end - begin, item=row_item(shape, line)), most)


def _csv_shape(header: bytes, sample: bytes) -> Shape | None:
    charset = decode(sample).charset
    text = decode(header, charset).text.strip("\r\n")
    delimiter = "\t" if text.count("\t") > text.count(",") else ","
    try:
        cells = next(csv.reader(io.StringIO(text), delimiter=delimiter), [])
    except csv.Error:
        return None
    found = headers_in(MESSAGES, cells)
    if not _is_table(found):
        return None
    return Shape("csv", {ours: cells.index(header) for ours, header in found.items()}, charset, delimiter)


def _is_table(found: dict[str, str]) -> bool:
    return all(column.name in found for column in columns(MESSAGES) if column.required)


def _checked(ref: MessageRef, most: int) -> MessageRef | UnreadArchive:
    """The reference, or why the row is too large to be read."""
    if ref.length > most:
        return UnreadArchive(ref.position, "too_big", f"row of {ref.length >> 20} MiB, limit {most >> 20} MiB")
    return ref


def _is_blank(data: mmap.mmap, begin: int, end: int) -> bool:
    return end - begin <= _SAMPLE and not data[begin:end].strip()


def _lines(data: mmap.mmap, start: int) -> Iterator[tuple[int, int]]:
    while start < len(data):
        end = data.find(b"\n", start)
        end = len(data) if end < 0 else end
        yield start, end
        start = end + 1


def _records(data: mmap.mmap, start: int) -> Iterator[tuple[int, int, int]]:
    """(line, begin, end) of each record: lines whose quotes are open go on with the next. In UTF-8 and CP932 neither
    a quote nor a line feed is part of another character. A quote that is no pair ties lines together that are records
    of their own: ``wrapped.fields`` refuses them, so that they are listed."""
    first, begin, quotes = 1, start, 0
    for line, (low, high) in enumerate(_lines(data, start), 1):
        quotes += sum(data[at : min(at + _SAMPLE, high)].count(b'"') for at in range(low, high, _SAMPLE))
        if quotes % 2 == 0:
            yield first, begin, high
            first, begin, quotes = line + 1, high + 1, 0
    if quotes % 2:
        yield first, begin, len(data)
