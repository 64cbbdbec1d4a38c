"""A file, or a row of a message function, as the bytes of a message (RFC 822).

``MessageRef.item`` tells which, and what beside the bytes must be known: ``file:`` with the time of its last change,
``row:`` with the shape of its table. Nothing is made up: the same evidence gives the same bytes.
"""

import csv
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

from sekisho.kernel.clock import JST
from sekisho.sources.columns import headers_in
from sekisho.sources.files.limits import Limits, RefusedError, long_cells
from sekisho.sources.mail.charset import decode
from sekisho.sources.mail.compose import boundary_for, part, unread_part

FILE, ROW = "file:", "row:"
MESSAGES = "messages"
"""The name of their columns in ``columns.yaml``."""
_EARLIEST = datetime(1990, 1, 1, tzinfo=JST)
_EPOCH = datetime(1970, 1, 1, 9, tzinfo=JST)
_ACCOUNT = "@account.invalid"
"""Accounts travel as addresses of a domain that no mail can have (RFC 2606), in hexadecimal, for their case counts."""


@dataclass(frozen=True, slots=True)
class Shape:
    """How a table of messages is written. ``kind``: csv or json; of csv: our column → the number of its column
    (``places``), ``charset`` and ``delimiter``."""

    kind: str
    places: Mapping[str, int]
    charset: str = "utf-8"
    delimiter: str = ","


def file_item(status: os.stat_result) -> str:
    """The ``item`` of a file."""
    return f"{FILE}{status.st_mtime_ns}"


def row_item(shape: Shape, line: int) -> str:
    """The ``item`` of the row that begins on this line of a table of this shape. It holds no content of the row: the
    journal keeps it."""
    facts = (shape.kind, dict(shape.places), shape.charset, shape.delimiter)
    return f"{ROW}{line}:{json.dumps(facts, separators=(',', ':'))}"


def is_wrapped(item: str) -> bool:
    """Whether the evidence is a file or a row, not a message of a mail archive."""
    return item.startswith((FILE, ROW))


def place_of(item: str) -> str:
    """Where in its file the evidence stands: ``:line`` of a row, nothing for a whole file."""
    return f":{item.removeprefix(ROW).partition(':')[0]}" if item.startswith(ROW) else ""


def wrapped(archive: str, path: str, item: str, raw: bytes) -> bytes:
    """The message made of ``raw``, the bytes of the file or row."""
    if item.startswith(FILE):
        return _file(archive, int(item.removeprefix(FILE)), raw)
    _line, _, facts = item.removeprefix(ROW).partition(":")
    return _message(path, fields(Shape(*json.loads(facts)), raw))


def as_address(account: str) -> str:
    """A mail address for whoever a row names: himself, or one that stands for an account."""
    plain = account.strip()
    return plain if "@" in plain else f"{plain.encode('utf-8', 'replace').hex()}{_ACCOUNT}"


def from_address(address: str) -> str:
    """Back from ``as_address``; any other address is itself."""
    if not address.endswith(_ACCOUNT):
        return address
    try:
        return bytes.fromhex(address.removesuffix(_ACCOUNT)).decode("utf-8", "replace")
    except ValueError:
        return address


def one_line(text: str) -> str:
    """A name as it may stand in a header, and as ``parts`` then shows it."""
    return " ".join(text.replace("\x00", "").split())


def fields(shape: Shape, raw: bytes) -> dict[str, str]:
    """What a row says, our columns → text. Raises RefusedError(broken): no row of this shape."""
    text = decode(raw, shape.charset).text
    if shape.kind == "json":
        return _json_fields(text)
    try:
        with long_cells():
            records = [row for row in csv.reader(_lines(text), delimiter=shape.delimiter) if row]
    except csv.Error:
        raise RefusedError("broken", "no row of a table") from None
    if len(records) > 1:
        raise RefusedError("broken", f"quotes do not pair: {len(records)} rows from here on cannot be told apart")
    cells = records[0] if records else []
    return {ours: cells[place] if place < len(cells) else "" for ours, place in shape.places.items()}


def _json_fields(text: str) -> dict[str, str]:
    try:
        loaded = json.loads(text)
    except (ValueError, RecursionError):
        loaded = None
    if not isinstance(loaded, dict):
        raise RefusedError("broken", "no JSON object")
    return {ours: _plain(loaded[header]) for ours, header in headers_in(MESSAGES, loaded).items()}


def _lines(text: str) -> list[str]:
    """With their ends, cut at line feeds alone: a text may hold any other separator."""
    return [f"{line}\n" for line in text.split("\n")]


def _plain(value: object) -> str:
    """A JSON value as the text of a cell; of a list its members, as in a cell with several."""
    if value is None:
        return ""
    if isinstance(value, list):
        return ";".join(_plain(one) for one in value)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _file(archive: str, changed_ns: int, raw: bytes) -> bytes:
    """The file as the only part. A time before 1990 is none: disks and archives without a clock say 1970 or 1980."""
    changed = _EPOCH + timedelta(microseconds=changed_ns // 1000)
    dated = f"Date: {format_datetime(changed)}\r\n" if changed >= _EARLIEST else ""
    folder = archive.rpartition("/")[0].encode("utf-8", "replace").hex()
    beside = f"In-Reply-To: <{folder[-400:]}@folder.invalid>\r\n"  # a file beside it may name its password
    return (dated + beside).encode() + part("application/octet-stream", raw, one_line(archive), encoded=False)


def _message(path: str, row: Mapping[str, str]) -> bytes:
    parts = [part('text/plain; charset="utf-8"', row.get("body", "").encode("utf-8", "replace"))]
    parts += [_attached(path, name.strip()) for name in row.get("attachments", "").split(";") if name.strip()]
    boundary = boundary_for(parts)
    head = [f'Content-Type: multipart/mixed; boundary="{boundary.decode()}"']
    for name, value in _headers(row):
        head.append(f"{name}: {one_line(value)}")
    body = b"".join(b"--" + boundary + b"\r\n" + one + b"\r\n" for one in parts)
    return "\r\n".join([*head, "", ""]).encode("utf-8", "replace") + body + b"--" + boundary + b"--\r\n"


def _headers(row: Mapping[str, str]) -> list[tuple[str, str]]:
    told = {name: row.get(name, "").strip() for name in ("at", "sender", "subject", "message_id", "in_reply_to")}
    found = [("From", as_address(told["sender"]))] if told["sender"] else []
    found += [("To", as_address(one)) for one in _several(row.get("recipients", ""))]
    if told["at"]:
        found.append(("Date", _date(told["at"])))
    if told["subject"]:
        found.append(("Subject", told["subject"]))
    for name, key in (("Message-ID", "message_id"), ("In-Reply-To", "in_reply_to")):
        if told[key]:
            found.append((name, f"<{told[key].strip('<>')}>"))
    return found


def _several(cell: str) -> list[str]:
    return [one for one in map(str.strip, cell.replace("\n", ";").split(";")) if one]


def _date(written: str) -> str:
    """ISO 8601 or ``2026/4/6 9:30`` as a mail header says it; anything else as it is: it will then be no date."""
    try:
        instant = datetime.fromisoformat(written.replace("Z", "+00:00"))
    except ValueError:
        try:
            instant = datetime.strptime(written[:16].strip(), "%Y/%m/%d %H:%M")
        except ValueError:
            return written
    return format_datetime(instant if instant.tzinfo else instant.replace(tzinfo=JST))


def _attached(path: str, name: str) -> bytes:
    """A file that a row names: only one that lies in the folder of the table, or below it, is opened."""
    folder = Path(path).resolve().parent
    try:
        place = (folder / name.replace("\\", "/")).resolve()
        if not place.is_relative_to(folder) or not place.is_file():
            return unread_part("no-content", one_line(name))
        if place.stat().st_size > Limits().max_member_bytes:
            return unread_part("too-big", one_line(name))
        return part("application/octet-stream", place.read_bytes(), one_line(name))
    except (OSError, ValueError):
        return unread_part("no-content", one_line(name))
