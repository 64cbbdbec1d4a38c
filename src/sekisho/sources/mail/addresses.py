"""Who sent a message and to whom, from its address headers, however they are written.

An address that cannot be understood is kept as written, in lower case, never dropped: it then shows up as
unresolved (DESIGN §4) instead of vanishing. Only a display name is never taken for an address.
"""

import re
from collections.abc import Sequence
from functools import lru_cache

from sekisho.sources.mail.headers import Headers, decode_words, raw_text

FIELDS = {
    "to": "to",
    "cc": "cc",
    "bcc": "bcc",
    "resent-to": "resent-to",
    "resent-cc": "resent-cc",
    "resent-bcc": "resent-bcc",
    "x-original-to": "envelope",
    "delivered-to": "envelope",
    "envelope-to": "envelope",
    "x-envelope-to": "envelope",
    "x-delivered-to": "envelope",
    "x-rcpt-to": "envelope",
}
"""Header → field of a recipient. ``envelope``: where the message was really delivered (shows Bcc and forwarding)."""

SENDERS = ("from", "sender", "resent-from", "resent-sender", "reply-to", "x-envelope-from", "return-path")
"""Headers that name the sender, the most telling first."""

MAX_RECIPIENTS = 20_000
_SHORT = 500

_ENCODED = re.compile(r"=\?[^?\s]{1,60}\?[BbQq]\?[^?]*\?=")
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*+)(?:"(\s*@)?|\\?\Z)', re.DOTALL)
_RESERVED = str.maketrans("", "", "\x00\x01\x02")
_COMMENT = re.compile(r"\([^()]*\)")
_ANGLE = re.compile(r"<([^<>]*)>")
_BETWEEN = re.compile(r"[\s<>()\[\],;:\"]+")
_SINGLE = re.compile(r"[^\s<>()\[\],;:\"@\x00-\x02]{1,320}@[^\s<>(),;:\"@\x00-\x02]{1,320}")
_GROUP = re.compile(r"(?:\A|[,;])[^@<>,;\"]*:(?!:)")


def addresses(value: bytes) -> list[str]:
    """The addresses in one header value, in lower case and in order; display names, comments and groups left out."""
    return list(_addresses(value))


def _addresses(value: bytes) -> Sequence[str]:
    return _remembered(value) if len(value) <= _SHORT else _from_text(raw_text(value), 0)[:MAX_RECIPIENTS]


@lru_cache(maxsize=8192)
def _remembered(value: bytes) -> tuple[str, ...]:
    """In one archive the same people write to each other again and again."""
    return tuple(_from_text(raw_text(value), 0))


def recipients(headers: Headers) -> list[tuple[str, str]]:
    """(field, address) for every recipient, in the order of the headers, each pair once."""
    found: dict[tuple[str, str], None] = {}
    for name, value in headers:
        field = FIELDS.get(name)
        if field and len(found) < MAX_RECIPIENTS:
            for address in _addresses(value):
                found[field, address] = None
    return list(found)


def sender(headers: Headers) -> str:
    """The address of the sender: From, else Sender, Reply-To, Return-Path; "" when nobody is named."""
    for wanted in SENDERS:
        for name, value in headers:
            if name == wanted and (found := _addresses(value)):
                return found[0]
    return ""


def _from_text(written: str, depth: int) -> list[str]:
    simple = written.strip().lower()
    if _SINGLE.fullmatch(simple):
        return [_tidy(simple)]
    masked: list[str] = []

    def mask(found: re.Match[str]) -> str:
        masked.append(found[0])
        return f" \x00{len(masked) - 1}\x00 "

    written = written.translate(_RESERVED)
    cleaned = _ENCODED.sub(mask, written) if "=?" in written else written
    cleaned = _QUOTED.sub(_unquote, cleaned)
    for _ in range(8):
        if "(" not in cleaned:
            break
        cleaned = _COMMENT.sub(" ", cleaned)
    if ":" in cleaned:
        cleaned = _GROUP.sub(",", cleaned)
    return _from_items(_split(cleaned), masked, depth)


def _unquote(found: re.Match[str]) -> str:
    """A quoted string is a display name and vanishes, unless it is the local part of an address or is never closed."""
    if not found[0].endswith(('"', "@")) or len(found[0]) == 1:
        return " " + found[1]
    if found[2]:
        return re.sub(r'[\s<>,;:()"\\]', "_", found[1]) + "@"
    return " \x01 "


def _split(cleaned: str) -> list[str]:
    """Cut at commas and semicolons outside angle brackets."""
    protected = _ANGLE.sub(lambda found: found[0].replace(",", "\x02").replace(";", "\x02"), cleaned)
    return re.split("[,;]", protected)


def _from_items(items: list[str], masked: list[str], depth: int) -> list[str]:
    result: list[str] = []
    loose: list[str] = []
    for item in items:
        angles = [inside.strip() for inside in _ANGLE.findall(item)]
        if any(angles):
            loose.clear()  # "Yamada, Taro <taro@example.jp>": what stood before the comma belongs to the name
            result += [_tidy(angle) for angle in angles if angle]
            continue
        result += [_restore(name, masked).lower() for name in loose]
        loose.clear()
        if bare := [word for word in _BETWEEN.split(item) if 0 < word.find("@") < len(word) - 1]:
            result += [_tidy(address) for address in bare]
        elif "\x00" in item and depth == 0 and "@" in (inner := _restore(item, masked)):
            result += _from_text(inner, depth + 1)
        elif phrase := item.replace("\x01", "").strip(" \t<>"):
            loose.append(phrase)
    result += [_restore(name, masked).lower() for name in loose]
    return [address for address in result if address]


def _restore(item: str, masked: list[str]) -> str:
    whole = re.sub("\x00(\\d+)\x00", lambda found: masked[int(found[1])], item)
    return " ".join(decode_words(whole).replace("\x01", "").split())


def _tidy(address: str) -> str:
    """Lower case, without a source route (``@relay:user@host``), ``mailto:`` or white space."""
    address = "".join(address.replace("\x02", ",").split()).lower().removeprefix("mailto:").strip("'")
    if address.startswith("@") and ":" in address:
        address = address.rpartition(":")[2]
    return address.rstrip(".")
