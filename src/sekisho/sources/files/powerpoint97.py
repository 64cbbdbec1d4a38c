"""PowerPoint 97–2003 presentations (.ppt): the text of slides, notes, titles and comments (MS-PPT).

Own bounded reader: one pass over the flat list of records, no maintained library with a permissive licence does it.
Text of earlier saves that the file still holds is read as well: it was sent.
"""

import re
import struct
import zlib

from sekisho.sources.files.job import Job
from sekisho.sources.files.limits import RefusedError
from sekisho.sources.files.ole import Compound

STREAM = "PowerPoint Document"

_CONTAINER = 0xF
_TEXT_WIDE, _TEXT_BYTES, _STRING, _OBJECT, _ENCRYPTION = 0x0FA0, 0x0FA8, 0x0FBA, 0x1011, 0x2F14
_LOCKED = 0xF3D1C4DF
_CHECK_EVERY = 1 << 12
_NOT_ZERO = re.compile(rb"[^\x00]")
_KINDS = range(1000, 12_100)
"""Numbers of PowerPoint's own records."""
_BREAKS = str.maketrans({"\r": "\n", "\x0b": "\n", "\x00": None})
_DEFAULTS = frozenset({"*", "___PPT10", "___PPT9", "___PPT12", "___PPT2001", "Default Design"})


def read_powerpoint97(compound: Compound, part: str, job: Job) -> None:
    """Read a presentation into ``job``: its text as ``part``, embedded objects as ``part!object[n]``.

    Raises RefusedError(encrypted) when it has a password, RefusedError(broken) when there are no records.
    """
    root = compound.root()
    user = root.read("Current User")
    if user[12:16] == _LOCKED.to_bytes(4, "little"):
        raise RefusedError("encrypted", "PowerPoint document with a password")
    data = root.read(STREAM)
    lines: dict[str, None] = {}
    objects: list[bytes] = []
    whole = _collect(data, lines, objects, job)
    job.text(part, "\n".join(lines))
    if not whole:
        job.unread(part, "broken", "PowerPoint document damaged, read as far as possible")
    for number, packed in enumerate(objects, 1):
        place = f"{part}!object[{number}]"
        if not job.take_part():
            job.unread(part, "too_big", "further embedded objects not looked at")
            return
        content = _unpacked(packed, job)
        if content is None:
            job.unread(place, "broken", "embedded object damaged or too big")
        else:
            job.open("object", content, place)


def _collect(data: bytes, lines: dict[str, None], objects: list[bytes], job: Job) -> bool:
    """Walk over all records; containers are entered simply by not skipping them. Returns whether all was well."""
    position, count, size = 0, 0, len(data)
    while position + 8 <= size:
        count += 1
        if not count % _CHECK_EVERY:
            job.deadline.check()
        shape, kind, length = struct.unpack_from("<HHI", data, position)
        if not (shape or kind or length):
            position = _after_padding(data, position + 8)
            continue
        position += 8
        if shape & 0xF == _CONTAINER:
            if kind == _ENCRYPTION:
                raise RefusedError("encrypted", "PowerPoint document with a password")
            continue
        if position + length > size:
            return False
        content = data[position : position + length]
        position += length
        if kind in {_TEXT_WIDE, _STRING}:
            _keep(content[: length & ~1].decode("utf-16-le", "replace"), lines)
        elif kind == _TEXT_BYTES:
            _keep(content.decode("latin-1"), lines)
        elif kind == _OBJECT:
            objects.append(content if shape >> 4 else b"\x00\x00\x00\x00" + content)
        elif kind == _ENCRYPTION:
            raise RefusedError("encrypted", "PowerPoint document with a password")
    return position == size or not data[position:].strip(b"\x00")


def _after_padding(data: bytes, position: int) -> int:
    """Where records go on after zeros: the header that holds the next other byte, which may begin with zeros."""
    found = _NOT_ZERO.search(data, position)
    position = found.start() if found else len(data)
    if position + 6 > len(data):
        return len(data)
    kind, length = struct.unpack_from("<HI", data, position)
    return position - 2 if kind in _KINDS and position + 6 + length <= len(data) else position


def _keep(text: str, lines: dict[str, None]) -> None:
    """Each text once: saves add the same again and again."""
    text = text.translate(_BREAKS).strip()
    if text and text not in _DEFAULTS:
        lines[text] = None


def _unpacked(packed: bytes, job: Job) -> bytes | None:
    """The OLE file of an embedded object, inflated within the limits; None when it is damaged or too big."""
    (size,) = struct.unpack_from("<I", packed.ljust(4, b"\x00"))
    if packed[4:8] == b"\xd0\xcf\x11\xe0":
        return packed[4:]
    limit = min(job.limits.max_member_bytes, max(job.limits.ratio_floor, len(packed) * job.limits.max_ratio))
    if size > limit:
        return None
    engine = zlib.decompressobj()
    try:
        content = engine.decompress(packed[4:], limit)
    except zlib.error:
        return None
    return content if content and not engine.unconsumed_tail else None
