"""MAPI properties: what an Outlook item consists of, whichever file it lies in (MS-OXPROPS, MS-OXCDATA)."""

import re
import struct
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from sekisho.sources.mail.charset import decode

INTEGER16, INTEGER32, BOOLEAN, OBJECT, INTEGER64, TIME = 0x0002, 0x0003, 0x000B, 0x000D, 0x0014, 0x0040
STRING8, UNICODE, BINARY, SEVERAL = 0x001E, 0x001F, 0x0102, 0x1000

MESSAGE_CLASS = 0x001A
SUBJECT, SUBJECT_PREFIX, NORMALIZED_SUBJECT = 0x0037, 0x003D, 0x0E1D
SUBMITTED, DELIVERED, CREATED = 0x0039, 0x0E06, 0x3007
HEADERS = 0x007D
MESSAGE_ID, IN_REPLY_TO, REFERENCES = 0x1035, 0x1042, 0x1039
BODY, RTF, HTML = 0x1000, 0x1009, 0x1013
DISPLAY_NAME, ADDRESS_TYPE, ADDRESS, SMTP_ADDRESS, ENTRY_ID = 0x3001, 0x3002, 0x3003, 0x39FE, 0x0FFF
RECIPIENT_TYPE = 0x0C15
DISPLAY_BCC, DISPLAY_CC, DISPLAY_TO = 0x0E02, 0x0E03, 0x0E04
CODEPAGE, INTERNET_CODEPAGE, LOCALE = 0x3FFD, 0x3FDE, 0x3FF1
ATTACH_DATA, ATTACH_NAME, ATTACH_LONG_NAME, ATTACH_METHOD = 0x3701, 0x3704, 0x3707, 0x3705
ATTACH_PATH, ATTACH_LONG_PATH, ATTACH_TYPE = 0x3708, 0x370D, 0x370E
BIRTHDAY = 0x3A42
NAMED = 0x8000

FROM = (0x0042, 0x0065, 0x5D02, 0x0041)
SENDER = (0x0C1A, 0x0C1F, 0x5D01, 0x0C19)
"""Who it is from: display name, address, SMTP address, entry identifier. "From" is whom it represents."""

_CODEPAGES = {
    65001: "utf-8",
    65000: "utf-7",
    20127: "us-ascii",
    50220: "iso-2022-jp",
    50221: "iso-2022-jp",
    50222: "iso-2022-jp",
    20932: "euc-jp",
    51932: "euc-jp",
    51949: "euc-kr",
    50225: "iso-2022-kr",
    51936: "gb2312",
    52936: "hz-gb-2312",
    54936: "gb18030",
    10001: "shift_jis",
    20866: "koi8-r",
    21866: "koi8-u",
    1200: "utf-16-le",
}
_LOCALES = {0x11: 932, 0x12: 949, 0x04: 936, 0x19: 1251, 0x15: 1250, 0x05: 1250, 0x08: 1253, 0x1F: 1254}
_EPOCH = datetime(1601, 1, 1, tzinfo=UTC)
_ONE_OFF = bytes.fromhex("812b1fa4bea310199d6e00dd010f5402")
_CONTROL = re.compile("[\x00-\x1f\x7f]+")


def charset_of(codepage: int) -> str:
    """The charset label of a Windows code page; "" for none."""
    if codepage in _CODEPAGES:
        return _CODEPAGES[codepage]
    if 28591 <= codepage <= 28605:
        return f"iso-8859-{codepage - 28590}"
    return f"cp{codepage}" if 0 < codepage < 20_000 else ""


@dataclass(slots=True)
class Properties:
    """Properties of one object by identifier: (type, raw value). Values of ``SEVERAL`` texts are joined by line
    breaks. ``charset``: label for eight-bit texts ("" = unknown: then the bytes decide)."""

    values: dict[int, tuple[int, bytes]] = field(default_factory=dict)
    charset: str = ""

    def add(self, identifier: int, kind: int, raw: bytes) -> None:
        """Keep a value; a Unicode text goes before an eight-bit one, the first of several before the rest."""
        known = self.values.get(identifier)
        if known is None or (kind == UNICODE and known[0] == STRING8):
            self.values[identifier] = (kind, raw)

    def raw(self, identifier: int) -> bytes:
        """The value as it lies in the file; b"" when there is none."""
        return self.values.get(identifier, (0, b""))[1]

    def text(self, identifier: int) -> str:
        """A text, with its line breaks; "" when there is none."""
        kind, raw = self.values.get(identifier, (0, b""))
        if kind == UNICODE:
            return raw[: len(raw) & ~1].decode("utf-16-le", "replace").rstrip("\x00")
        if kind == STRING8 or (kind == BINARY and identifier in {HTML, BODY}):
            return decode(raw.rstrip(b"\x00"), self.charset).text
        return ""

    def line(self, identifier: int) -> str:
        """A text in one line, without control characters."""
        return " ".join(_CONTROL.sub(" ", self.text(identifier)).split())

    def integer(self, identifier: int) -> int:
        """A number; 0 when there is none."""
        kind, raw = self.values.get(identifier, (0, b""))
        return int.from_bytes(raw[: 2 if kind in {INTEGER16, BOOLEAN} else 8], "little")

    def time(self, identifier: int) -> datetime | None:
        """An instant; None when there is none or it is out of range."""
        kind, raw = self.values.get(identifier, (0, b""))
        if kind != TIME or len(raw) < 8:
            return None
        ticks = int.from_bytes(raw[:8], "little")
        try:
            instant = _EPOCH + timedelta(microseconds=ticks // 10)
        except OverflowError:
            return None
        return instant if 1900 < instant.year < 2200 else None

    def settle_charset(self, inherited: str = "") -> None:
        """Find the label for eight-bit texts: the message's code page, the internet code page, the language."""
        codepage = self.integer(CODEPAGE) or self.integer(INTERNET_CODEPAGE)
        if not codepage or codepage == 20127:
            codepage = _LOCALES.get(self.integer(LOCALE) & 0x3FF, 0)
        self.charset = charset_of(codepage) or inherited


@dataclass(slots=True)
class Attachment:
    """``content``: its bytes, or the message it is; ``problem``: why there is neither (a key of rfc822.PROBLEMS)."""

    properties: Properties
    content: "bytes | Item | None" = None
    problem: str = ""


@dataclass(slots=True)
class Item:
    """A message, appointment, contact, task or note. ``problems``: keys of rfc822.PROBLEMS."""

    properties: Properties
    recipients: list[Properties] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def settle_charsets(self, inherited: str = "") -> None:
        """Give recipients and attachments the code page of the item."""
        self.properties.settle_charset(inherited)
        for one in (*self.recipients, *(attachment.properties for attachment in self.attachments)):
            one.charset = self.properties.charset


def one_off(raw: bytes) -> tuple[str, str]:
    """(display name, address) in a one-off entry identifier (MS-OXCDATA 2.2.5.1); empty when it is none."""
    if raw[4:20] != _ONE_OFF or len(raw) < 24:
        return "", ""
    wide = int.from_bytes(raw[22:24], "little") & 0x8000
    if wide:
        texts = raw[24 : 24 + (len(raw) - 24) // 2 * 2].decode("utf-16-le", "replace").split("\x00")
    else:
        texts = [decode(one).text for one in raw[24:].split(b"\x00")]
    return (texts[0], texts[2]) if len(texts) > 2 else ("", "")


def several_texts(kind: int, raws: list[bytes]) -> tuple[int, bytes]:
    """The values of a multi-valued property as one text, a line each: texts, and the members of a distribution list
    (one-off entry identifiers). Other binary values say nothing."""
    simple = kind & ~SEVERAL
    if simple == BINARY:
        members = [" ".join(one_off(raw)).strip() for raw in raws]
        return UNICODE, "\n".join(filter(None, members)).encode("utf-16-le", "replace")
    if simple == UNICODE:
        texts = [raw[: len(raw) & ~1].removesuffix(b"\x00\x00") for raw in raws]
        return UNICODE, "\n".encode("utf-16-le").join(texts)
    return STRING8, b"\n".join(raw.rstrip(b"\x00") for raw in raws)


def listed_values(raw: bytes) -> list[bytes]:
    """The values of a multi-valued property as PST files keep them: a count, offsets, then the values."""
    if len(raw) < 4:
        return []
    count = min(int.from_bytes(raw[:4], "little"), len(raw) // 4 - 1)
    offsets = [*struct.unpack_from(f"<{count}I", raw, 4), len(raw)]
    bounds = list(pairwise(offsets))
    if sum(max(0, end - start) for start, end in bounds) > len(raw):
        return []
    return [raw[start:end] for start, end in bounds]
