"""What the headers of a message say: encoded words, parameters, dates, identifiers.

Everything works on the raw bytes of a header, is linear in their number and bounded, because headers are written by
anybody: raw eight-bit text, encoded words split inside a character, wrong labels, a megabyte of semicolons.
Addresses have their own module, ``addresses.py``.
"""

import binascii
import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_tz
from functools import lru_cache

from sekisho.kernel.clock import JST
from sekisho.sources.mail.charset import decode

Headers = list[tuple[str, bytes]]
"""Name in lower case and raw value, in the order of the message."""

MAX_VALUE = 1 << 20
"""Bytes of one header value that are looked at (5,000 recipients fill about 200 kB)."""
MAX_PARAMETERS = 1 << 13
MAX_DATE = 200
_SHORT = 500
_MONTHS = b"jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"

_FOLD = re.compile(rb"\r?\n(?=[ \t])")
_WORD = re.compile(r"=\?([^?\s]{1,60})\?([BbQq])\?([^?]*(?:\?(?!=)[^?]*){0,4})\?=")
_ONLY_SPACE = re.compile(r"[ \t\r\n]*")
_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/]+")
_PARAMETER = re.compile(r""";\s*([^\s=;"]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;]*))""", re.DOTALL)
_CONTINUED = re.compile(r"([^*]+)(?:\*(\d{1,3}))?(\*)?\Z")
_ESCAPED = re.compile(r'\\(["\\])')
_PERCENT = re.compile(rb"%([0-9A-Fa-f]{2})")
_USUAL_DATE = re.compile(
    rb"[ \t]*(?:[A-Za-z]{3}, )?(\d{1,2}) (" + _MONTHS + rb") ([12]\d{3}) "
    rb"(\d\d):(\d\d):(\d\d) (\+|-(?!0000))(\d\d)(\d\d)"
    rb"(?: \([A-Z]{1,5}\))?[ \t\r]*\Z",
    re.IGNORECASE,
)
_MESSAGE_ID = re.compile(r"<([^<>\s]{1,500})>")
_SINGLE_ID = re.compile(rb"<([!-;=?-~]{1,500})>")


def first(headers: Headers, name: str) -> bytes:
    """The raw value of the first header called ``name`` (lower case); b"" when there is none."""
    for key, value in headers:
        if key == name:
            return value
    return b""


def every(headers: Headers, name: str) -> list[bytes]:
    """The raw values of all headers called ``name``."""
    return [value for key, value in headers if key == name]


def raw_text(value: bytes) -> str:
    """A header value as text, unfolded, encoded words left as they are. At most MAX_VALUE bytes are read."""
    value = value[:MAX_VALUE]
    value = _FOLD.sub(b"", value).strip() if b"\n" in value else value.strip()
    return value.decode("ascii") if value.isascii() and b"\x1b" not in value else decode(value).text


def text(value: bytes) -> str:
    """A header value as a person reads it: unfolded, encoded words decoded."""
    return _remembered(value) if len(value) <= _SHORT else decode_words(raw_text(value))


@lru_cache(maxsize=4096)
def _remembered(value: bytes) -> str:
    """Subjects come again in answers, circulars and copies."""
    return decode_words(raw_text(value))


def subject_of(headers: Headers) -> str:
    """The subject in one line; several Subject headers one after the other."""
    return " ".join(" ".join(text(value).split()) for value in every(headers, "subject"))


def decode_words(value: str) -> str:
    """Decode RFC 2047 encoded words; adjacent ones of the same charset are joined as bytes first, so that a character
    split between two of them is whole again. What cannot be decoded stays as written."""
    if "=?" not in value:
        return value
    done: list[str] = []
    pending: list[tuple[str, str]] = []
    label, position = "", 0
    for found in _WORD.finditer(value):
        between = value[position : found.start()]
        charset = found[1].split("*")[0].lower()
        if pending and (charset != label or not _ONLY_SPACE.fullmatch(between)):
            done.append(_decode_run(pending, label))
            pending = []
            between = "" if _ONLY_SPACE.fullmatch(between) else between
        if not pending:
            done.append(between)
        label = charset
        pending.append((found[2].upper(), found[3]))
        position = found.end()
    done.append(_decode_run(pending, label))
    done.append(value[position:])
    return "".join(done)


def _decode_run(words: list[tuple[str, str]], label: str) -> str:
    if not words:
        return ""
    if len(words) == 1 and words[0][0] == "B":
        raw = _base64_words([words[0][1]])
    elif all(kind == "B" for kind, _ in words):
        raw = _base64_words([payload for _, payload in words])
    else:
        raw = b"".join(_quoted_word(p) if kind == "Q" else _base64_words([p]) for kind, p in words)
    return decode(raw, label).text


def _base64_words(words: list[str]) -> bytes:
    """Each word is base64 of its own; where one is not a whole number of quartets, the stream was cut anywhere."""
    parts = [_NOT_BASE64.sub(b"", word.encode("ascii", "ignore")) for word in words]
    if len(parts) > 1 and any(
        len(part) % 4 and not word.rstrip().endswith("=") for part, word in zip(parts[:-1], words[:-1], strict=True)
    ):
        parts = [b"".join(parts)]
    return b"".join(map(_base64, parts))


def _base64(part: bytes) -> bytes:
    if len(part) % 4 == 1:
        part = part[:-1]
    try:
        return binascii.a2b_base64(part + b"=" * (-len(part) % 4))
    except binascii.Error:
        return b""


def _quoted_word(payload: str) -> bytes:
    raw = payload.encode("utf-8", "surrogateescape") if not payload.isascii() else payload.encode("ascii")
    return binascii.a2b_qp(raw.replace(b"_", b" "))


# --- parameters (Content-Type, Content-Disposition) ---------------------------------------------------------------


def parameters(value: bytes) -> tuple[str, dict[str, str]]:
    """The main value in lower case and the parameters of a structured header, RFC 2231 and its absence included.

    Names in lower case; a value is decoded from whatever way it was written in: ``name*0*=``, ``name*=``, encoded
    words, raw bytes.
    """
    return _parameters(value[:MAX_PARAMETERS]) if value else ("", {})


@lru_cache(maxsize=4096)
def _parameters(value: bytes) -> tuple[str, dict[str, str]]:
    """The same few values stand in thousands of messages. The dict is shared: read only."""
    written = raw_text(value)
    main, semicolon, _ = written.partition(";")
    main = main.strip().lower()
    if not semicolon:
        return main, {}
    plain: dict[str, str] = {}
    pieces: dict[str, list[tuple[int, bool, str]]] = {}
    for found in _PARAMETER.finditer(written, len(written) - len(written.partition(";")[2]) - 1):
        name = found[1].lower()
        content = _ESCAPED.sub(r"\1", found[2]) if found[2] is not None else found[3].strip().strip('"')
        if "*" not in name:
            plain.setdefault(name, content)
        elif shape := _CONTINUED.match(name):
            pieces.setdefault(shape[1], []).append((int(shape[2] or 0), bool(shape[3]), content))
    result = {name: decode_words(content) for name, content in plain.items()}
    for name, listed in pieces.items():
        result[name] = _join_continued(listed)
    return main, result


def _join_continued(listed: list[tuple[int, bool, str]]) -> str:
    listed.sort(key=lambda piece: piece[0])
    label, raw = "", b""
    for number, (_, extended, content) in enumerate(listed):
        rest = content
        if number == 0 and extended and content.count("'") >= 2:
            label, _, rest = content.split("'", 2)
        encoded = rest.encode("utf-8", "surrogateescape")
        raw += _PERCENT.sub(lambda code: bytes((int(code[1], 16),)), encoded) if extended else encoded
    return decode_words(decode(raw, label).text)


# --- dates ----------------------------------------------------------------------------------------------------------


def date_of(headers: Headers) -> datetime | None:
    """When the message was sent, in Japanese time: its Date, else the newest Received date, else None."""
    for value in every(headers, "date"):
        if instant := parse_date(value):
            return instant
    received = [parse_date(value.rpartition(b";")[2]) for value in every(headers, "received")[:100]]
    return max((instant for instant in received if instant), default=None)


def parse_date(value: bytes) -> datetime | None:
    """A date-time header (RFC 5322 and obsolete forms, or ISO 8601) in Japanese time; None when it is none.

    An instant without a zone is UTC (RFC 5322 "-0000"), but for "JST", which the standard library does not know.
    """
    try:
        if usual := _USUAL_DATE.match(value):
            return _usual_date(usual)
        written = raw_text(value[: MAX_DATE * 2])[:MAX_DATE]
        parsed = parsedate_tz(written)
        if parsed is not None and parsed[0]:
            offset = parsed[9]
            if offset is None or (offset == 0 and "JST" in written and "+" not in written):
                offset = 9 * 3600 if "JST" in written else 0
            naive = datetime(*parsed[:5], min(parsed[5], 59), tzinfo=UTC)
            return (naive - timedelta(seconds=offset)).astimezone(JST)
        instant = datetime.fromisoformat(written)
        return (instant if instant.tzinfo else instant.replace(tzinfo=JST)).astimezone(JST)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None


def _usual_date(found: re.Match[bytes]) -> datetime:
    """RFC 5322 as nearly every program writes it. Raises ValueError."""
    day, month, year, hour, minute, second, sign, hours, minutes = found.groups()
    number = _MONTHS.index(month.lower()) // 4 + 1
    clock = (int(year), number, int(day), int(hour), int(minute), min(int(second), 59))
    if (sign, hours, minutes) == (b"+", b"09", b"00"):
        return datetime(*clock, tzinfo=JST)
    offset = timedelta(hours=int(hours), minutes=int(minutes))
    naive = datetime(*clock, tzinfo=UTC)
    return (naive - offset if sign == b"+" else naive + offset).astimezone(JST)


# --- identifiers ----------------------------------------------------------------------------------------------------


def message_ids(value: bytes) -> tuple[str, ...]:
    """The identifiers in a Message-ID, In-Reply-To or References header, bare, in order, once each."""
    if single := _SINGLE_ID.fullmatch(value):
        return (single[1].decode("ascii"),)
    written = raw_text(value[:MAX_PARAMETERS])
    found = _MESSAGE_ID.findall(written)
    if not found and (bare := written.split()) and "@" in bare[0]:
        found = [bare[0].strip("<>")]
    return tuple(dict.fromkeys(found))
