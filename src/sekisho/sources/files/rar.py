"""RAR archives, versions 1.5 to 5: names always, stored members, and packed ones where ``bsdtar`` is installed.

RAR's packing is not free to be written anew, and the free readers of it are programs. What is read here is the list
of members: it names what was sent even where the content stays closed. Formats: RAR's technote.txt, and the notes of
version 5.
"""

import struct
from collections.abc import Iterator

from sekisho.sources.files.job import Job
from sekisho.sources.files.limits import RefusedError
from sekisho.sources.files.members import MAX_MEMBERS, Declared, read_declared
from sekisho.sources.mail.charset import decode_name

_OLD, _NEW = b"Rar!\x1a\x07\x00", b"Rar!\x1a\x07\x01\x00"
_LOCKED = ("encrypted", "RAR; passwords are not tried")
_SPLIT = ("missing", "RAR: goes on in another volume")
_STORED = 0x30
_ENCRYPTION, _LINK = 1, 5
_MAX_NAME = 2048


def read_rar(data: bytes, part: str, job: Job) -> None:
    """Read or list every member. Raises RefusedError."""
    if not data.startswith((_OLD, _NEW)):
        raise RefusedError("unsupported", "RAR archive of an unknown version")
    found: list[Declared] = []
    try:
        for member in _new(data) if data.startswith(_NEW) else _old(data):
            job.deadline.check()
            found.append(member)
            if len(found) >= MAX_MEMBERS:
                break
    except (struct.error, IndexError, ValueError):
        job.unread(part, "broken", "RAR archive damaged or cut off")
    if not found:
        raise RefusedError("broken", "RAR archive without a member")
    read_declared(found, "RAR", data, part, job)


def _old(data: bytes) -> Iterator[Declared]:
    """Members of versions 1.5 to 4. Raises struct.error, RefusedError."""
    at = len(_OLD)
    while at + 7 <= len(data):
        kind, flags, size = struct.unpack_from("<xxBHH", data, at)
        if size < 7:
            raise ValueError
        after = at + size
        if kind == 0x73 and flags & 0x80:
            raise RefusedError("encrypted", "RAR with encrypted names; passwords are not tried")
        if kind == 0x7B:
            return
        if kind in {0x74, 0x7A}:
            packed = struct.unpack_from("<I", data, at + 7)[0]
            if flags & 0x100:
                packed |= struct.unpack_from("<I", data, at + 32)[0] << 32
            if kind == 0x74 and flags & 0xE0 != 0xE0:
                yield _old_member(data, at, flags, packed)
            after += packed
        elif flags & 0x8000:
            after += struct.unpack_from("<I", data, at + 7)[0]
        at = after


def _old_member(data: bytes, at: int, flags: int, packed: int) -> Declared:
    size, _system, crc, _time, _version, method, name_size = struct.unpack_from("<IBIIBBH", data, at + 11)
    name_at = at + 32
    if flags & 0x100:
        size |= struct.unpack_from("<I", data, at + 36)[0] << 32
        name_at += 8
    name = _old_name(data[name_at : name_at + name_size], bool(flags & 0x200))
    start = at + struct.unpack_from("<H", data, at + 5)[0]
    unread = _SPLIT if flags & 3 else _LOCKED if flags & 4 else None
    content = (lambda: data[start : start + packed]) if method == _STORED else None
    return Declared(name, size, packed, crc, content, unread)


def _old_name(raw: bytes, wide: bool) -> str:
    plain, zero, packed = raw.partition(b"\0")
    name = decode_name(plain)
    if wide and zero and packed:
        name = _wide_name(plain, packed)
    elif wide:
        name = plain.decode("utf-8", "replace")
    return name.replace("\\", "/").replace("\0", "") or "?"


def _wide_name(plain: bytes, packed: bytes) -> str:
    """RAR's own packing of UTF-16: two bits say how the next character is written."""
    high, at, flags, left = packed[0], 1, 0, 0
    made: list[int] = []
    try:
        while at < len(packed) and len(made) < _MAX_NAME:
            if not left:
                flags, left, at = packed[at], 8, at + 1
                continue
            left -= 2
            way = flags >> left & 3
            if way == 0:
                made.append(packed[at])
                at += 1
            elif way == 1:
                made.append(packed[at] | high << 8)
                at += 1
            elif way == 2:
                made.append(packed[at] | packed[at + 1] << 8)
                at += 2
            else:
                count, at = packed[at], at + 1
                if count & 0x80:
                    correction, at = packed[at], at + 1
                    made += [
                        (plain[len(made) + more] + correction) & 0xFF | high << 8 for more in range((count & 0x7F) + 2)
                    ]
                else:
                    made += plain[len(made) : len(made) + count + 2]
    except IndexError:
        pass
    return struct.pack(f"<{len(made)}H", *made).decode("utf-16-le", "replace")


def _new(data: bytes) -> Iterator[Declared]:
    """Members of version 5. Raises IndexError, ValueError, RefusedError."""
    at = len(_NEW)
    while at + 7 <= len(data):
        size, begin = _number(data, at + 4)
        kind, here = _number(data, begin)
        flags, here = _number(data, here)
        extra = content = 0
        if flags & 1:
            extra, here = _number(data, here)
        if flags & 2:
            content, here = _number(data, here)
        end = begin + size
        if size < 2 or end > len(data):
            raise ValueError
        if kind == 4:
            raise RefusedError("encrypted", "RAR with encrypted names; passwords are not tried")
        if kind == 5:
            return
        if kind == 2 and (member := _new_member(data, here, end, extra=extra, packed=content, flags=flags)):
            yield member
        at = end + content


def _new_member(data: bytes, here: int, end: int, *, extra: int, packed: int, flags: int) -> Declared | None:
    file_flags, here = _number(data, here)
    size, here = _number(data, here)
    _attributes, here = _number(data, here)
    here += 4 if file_flags & 2 else 0
    crc = int.from_bytes(data[here : here + 4], "little") if file_flags & 4 else None
    here += 4 if file_flags & 4 else 0
    method, here = _number(data, here)
    _system, here = _number(data, here)
    length, here = _number(data, here)
    name = data[here : min(here + length, end)].decode("utf-8", "replace").replace("\0", "") or "?"
    if file_flags & 1:
        return None  # a folder
    locked = _has_record(data, end - extra, end, _ENCRYPTION)
    unread = _SPLIT if flags & 0x18 else _LOCKED if locked else None
    if _has_record(data, end - extra, end, _LINK):
        unread = ("missing", "RAR: a link")
        size = 0
    if file_flags & 8:
        unread = unread or ("unsupported", "RAR member of unknown size")
        size = 0
    content = (lambda: data[end : end + packed]) if not method >> 7 & 7 else None
    return Declared(name, size, packed, crc, content, unread)


def _has_record(data: bytes, at: int, end: int, wanted: int) -> bool:
    while at < end:
        size, begin = _number(data, at)
        if _number(data, begin)[0] == wanted:
            return True
        at = begin + max(size, 1)
    return False


def _number(data: bytes, at: int) -> tuple[int, int]:
    """RAR 5's variable-length number, and where it ends."""
    value = 0
    for shift in range(0, 70, 7):
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
    raise ValueError
