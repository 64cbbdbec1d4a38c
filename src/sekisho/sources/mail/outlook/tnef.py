"""TNEF: what Outlook sends as winmail.dat (MS-OXTNEF).

Own reader: the format is a flat list of attributes over the same properties as MSG, so little is left for a library to
do, and ``tnefparse`` logs what it reads and knows neither code pages of attachments' names nor limits.
"""

import struct
from collections.abc import Iterator
from datetime import UTC, datetime
from enum import IntEnum

from sekisho.sources.files.limits import RefusedError
from sekisho.sources.mail.outlook import properties as mapi
from sekisho.sources.mail.outlook.properties import Attachment, Item, Properties, charset_of, several_texts

SIGNATURE = b"\x78\x9f\x3e\x22"
MAX_DEPTH = 20
MAX_OBJECTS = 20_000

_MESSAGE, _ATTACHMENT = 1, 2


class _Att(IntEnum):
    """Attributes (MS-OXTNEF 2.1.2.2), without their type. attMessageID is an internal key and not needed."""

    FROM = 0x8000
    SUBJECT = 0x8004
    SENT = 0x8005
    BODY = 0x800C
    ATTACH_DATA = 0x800F
    ATTACH_TITLE = 0x8010
    RENDDATA = 0x9002
    PROPERTIES = 0x9003
    RECIPIENTS = 0x9004
    ATTACH_PROPERTIES = 0x9005
    CODEPAGE = 0x9007


_SIZES = {2: 4, 3: 4, 4: 4, 5: 8, 6: 8, 7: 8, 0x0A: 4, 0x0B: 4, 0x14: 8, 0x40: 8, 0x48: 16}
_LONG = {mapi.STRING8, mapi.UNICODE, mapi.BINARY, mapi.OBJECT}
_IMESSAGE = bytes.fromhex("0703020000000000c000000000000046")


def read_item(data: bytes, depth: int = 0) -> Item:
    """The item in a TNEF stream. Raises RefusedError(broken) when it is none."""
    if not data.startswith(SIGNATURE):
        raise RefusedError("broken", "no TNEF")
    return _Reader(depth).item(data)


def _attributes(data: bytes) -> Iterator[tuple[int, int, bytes]]:
    """(level, attribute, content); the last with level −1 when the stream is damaged or cut off."""
    position = 6
    while position < len(data):
        if len(data) - position < 11:
            if data[position:].strip(b"\x00\r\n"):
                yield -1, 0, b""
            return
        level, identifier, size = struct.unpack_from("<BII", data, position)
        if level not in {_MESSAGE, _ATTACHMENT}:
            yield -1, 0, b""
            return
        position += 9
        yield level, identifier & 0xFFFF, data[position : position + size]
        if position + size + 2 > len(data):
            yield -1, 0, b""
            return
        position += size + 2


class _Reader:
    def __init__(self, depth: int) -> None:
        self.depth = depth
        self.result = Item(Properties())
        self.current: Attachment | None = None
        self.charset = ""

    def item(self, data: bytes) -> Item:
        made = self.result
        level = -1
        for level, identifier, content in _attributes(data):
            if level == _MESSAGE:
                self.message(identifier, content)
            elif level == _ATTACHMENT:
                self.attachment(identifier, content)
        if level < 0:  # nothing at all, or cut off at the end
            self.note("damaged")
        made.settle_charsets(self.charset)
        if not made.properties.charset or self.charset:
            made.properties.charset = self.charset or made.properties.charset
            for attachment in made.attachments:
                attachment.properties.charset = made.properties.charset
        return made

    def note(self, problem: str) -> None:
        if problem not in self.result.problems:
            self.result.problems.append(problem)

    def message(self, identifier: int, content: bytes) -> None:
        given = self.result.properties
        match identifier:
            case _Att.CODEPAGE:
                self.charset = charset_of(int.from_bytes(content[:4], "little"))
            case _Att.SUBJECT:
                given.add(mapi.SUBJECT, mapi.STRING8, content)
            case _Att.BODY:
                given.add(mapi.BODY, mapi.STRING8, content)
            case _Att.SENT:
                if sent := _instant(content):
                    given.add(mapi.SUBMITTED, mapi.TIME, sent)
            case _Att.FROM:
                self.sender(content)
            case _Att.PROPERTIES:
                self.properties(content, 0, given, "damaged")
            case _Att.RECIPIENTS:
                self.recipients(content)

    def sender(self, content: bytes) -> None:
        """attFrom: a triple of lengths, then display name and ``SMTP:address``."""
        if len(content) < 8:
            return
        name_size, address_size = struct.unpack_from("<HH", content, 4)
        name = content[8 : 8 + name_size].rstrip(b"\x00")
        address = content[8 + name_size : 8 + name_size + address_size].rstrip(b"\x00")
        if name:
            self.result.properties.add(mapi.FROM[0], mapi.STRING8, name)
        if address:
            self.result.properties.add(mapi.FROM[1], mapi.STRING8, address.removeprefix(b"SMTP:"))

    def recipients(self, content: bytes) -> None:
        count = int.from_bytes(content[:4], "little")
        position = 4
        for _ in range(min(count, MAX_OBJECTS)):
            one = Properties()
            position = self.properties(content, position, one, "unlisted")
            if position < 0:
                return
            self.result.recipients.append(one)
        if count > MAX_OBJECTS:
            self.note("too-many")

    def attachment(self, identifier: int, content: bytes) -> None:
        if identifier == _Att.RENDDATA or self.current is None:
            if len(self.result.attachments) >= MAX_OBJECTS:
                self.note("too-many")
                return
            self.current = Attachment(Properties())
            self.result.attachments.append(self.current)
        match identifier:
            case _Att.ATTACH_DATA:
                if self.current.content is None:
                    self.current.content = content
            case _Att.ATTACH_TITLE:
                self.current.properties.add(mapi.ATTACH_NAME, mapi.STRING8, content)
            case _Att.ATTACH_PROPERTIES:
                self.properties(content, 0, self.current.properties, "damaged-attachment")
                self.object(self.current)

    def object(self, made: Attachment) -> None:
        """An embedded message or OLE object stands in the properties, behind the identifier of its interface."""
        raw = made.properties.raw(mapi.ATTACH_DATA)
        made.properties.values.pop(mapi.ATTACH_DATA, None)
        if not raw or (made.content and made.content != raw):
            return
        if raw[:16] == _IMESSAGE and raw[16:20] == SIGNATURE:
            if self.depth >= MAX_DEPTH:
                made.content, made.problem = None, "too-deep"
            else:
                made.content = _Reader(self.depth + 1).item(raw[16:])
        elif raw[16:20] == b"\xd0\xcf\x11\xe0":
            made.content = raw[16:]
        else:
            made.content = raw

    def properties(self, content: bytes, position: int, into: Properties, problem: str) -> int:
        """Read one list of properties; returns where it ends, −1 when it is damaged (then noted)."""
        try:
            (count,) = struct.unpack_from("<I", content, position)
            position += 4
            for _ in range(count):
                position = _property(content, position, into)
        except (struct.error, ValueError):
            self.note(problem)
            return -1
        return position


def _property(content: bytes, position: int, into: Properties) -> int:
    """One property; returns where the next begins. Raises struct.error or ValueError where the data end."""
    kind, identifier = struct.unpack_from("<HH", content, position)
    position += 4
    if identifier >= mapi.NAMED:
        (named_by,) = struct.unpack_from("<I", content, position + 16)
        position += 20
        if named_by:
            (size,) = struct.unpack_from("<I", content, position)
            position += size + 4 + -size % 4
        else:
            position += 4
    simple = kind & ~mapi.SEVERAL
    if simple in _LONG:
        raws, position = _long_values(content, position)
        if kind & mapi.SEVERAL:
            into.add(identifier, *several_texts(kind, raws))
        elif raws:
            into.add(identifier, kind, raws[0])
        return position
    if simple not in _SIZES:
        raise ValueError
    count = 1
    if kind & mapi.SEVERAL:
        (count,) = struct.unpack_from("<I", content, position)
        position += 4
    size = _SIZES[simple]
    if position + count * size > len(content):
        raise ValueError
    if not kind & mapi.SEVERAL:
        into.add(identifier, kind, content[position : position + size])
    return position + count * size


def _long_values(content: bytes, position: int) -> tuple[list[bytes], int]:
    (count,) = struct.unpack_from("<I", content, position)
    position += 4
    raws: list[bytes] = []
    for _ in range(count):
        (size,) = struct.unpack_from("<I", content, position)
        position += 4
        if position + size > len(content):
            raise ValueError
        raws.append(content[position : position + size])
        position += size + -size % 4
    return raws, position


def _instant(content: bytes) -> bytes:
    """attDateSent (year, month, day, hour, minute, second, weekday) as a FILETIME; b"" when it is no date."""
    try:
        year, month, day, hour, minute, second = struct.unpack_from("<6H", content)
        moment = datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    except (struct.error, ValueError):
        return b""
    ticks = (moment - datetime(1601, 1, 1, tzinfo=UTC)).total_seconds() * 10_000_000
    return int(ticks).to_bytes(8, "little") if ticks >= 0 else b""
