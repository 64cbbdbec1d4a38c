"""CAB archives (Microsoft cabinets): stored and MSZIP members here, LZX ones where ``bsdtar`` is installed.

Format: [MS-CAB].
"""

import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from sekisho.sources.files.job import Job
from sekisho.sources.files.limits import RefusedError
from sekisho.sources.files.members import Declared, read_declared
from sekisho.sources.mail.charset import decode_name

_STORED, _MSZIP = 0, 1
_UTF8_NAME = 0x80
_WINDOW = 1 << 15
_BLOCK = 1 << 16


@dataclass(frozen=True, slots=True)
class _Folder:
    start: int
    blocks: int
    method: int


def read_cab(data: bytes, part: str, job: Job) -> None:
    """Read or list every member. Raises RefusedError."""
    try:
        members = _members(data, job)
    except (struct.error, IndexError, ValueError):
        raise RefusedError("broken", "CAB archive damaged or cut off") from None
    if not members:
        raise RefusedError("broken", "CAB archive without a member")
    read_declared(members, "CAB", data, part, job)


def _members(data: bytes, job: Job) -> list[Declared]:
    (first,) = struct.unpack_from("<I", data, 16)
    folder_count, file_count, flags = struct.unpack_from("<HHH", data, 26)
    at, folder_extra, block_extra = 36, 0, 0
    if flags & 4:
        header_extra, folder_extra, block_extra = struct.unpack_from("<HBB", data, 36)
        at = 40 + header_extra
    for linked in (1, 2):
        for _ in range(2 if flags & linked else 0):
            at = data.index(b"\0", at) + 1
    folders = []
    for _ in range(folder_count):
        start, blocks, method = struct.unpack_from("<IHH", data, at)
        folders.append(_Folder(start, blocks, method & 0x0F))
        at += 8 + folder_extra

    @cache
    def unpacked(number: int) -> bytes:
        return _unpack(data, folders[number], block_extra, job)

    found, at = [], first
    for _ in range(file_count):
        size, offset, number, attributes = struct.unpack_from("<IIH4xH", data, at)
        end = data.index(b"\0", at + 16)
        raw = data[at + 16 : end]
        name = raw.decode("utf-8", "replace") if attributes & _UTF8_NAME else decode_name(raw)
        at = end + 1
        content, unread = None, None
        if number >= len(folders):
            unread = ("missing", "CAB: goes on in another volume")
        elif folders[number].method in {_STORED, _MSZIP}:
            content = _slice(unpacked, number, offset, size)
        found.append(Declared(name.replace("\\", "/") or "?", size, 0, None, content, unread))
    return found


def _slice(unpacked: Callable[[int], bytes], number: int, offset: int, size: int) -> Callable[[], bytes]:
    return lambda: unpacked(number)[offset : offset + size]


def _unpack(data: bytes, folder: _Folder, block_extra: int, job: Job) -> bytes:
    """All bytes of a folder, as far as they can be read, within what the job may still unpack."""
    done: list[bytes] = []
    size, at, window = 0, folder.start, b""
    for _ in range(folder.blocks):
        job.deadline.check()
        if at + 8 > len(data):
            break
        packed, declared = struct.unpack_from("<HH", data, at + 4)
        at += 8 + block_extra
        block = data[at : at + packed]
        at += packed
        if folder.method == _MSZIP:
            try:
                block = zlib.decompressobj(-15, zdict=window).decompress(block[2:], _BLOCK)
            except zlib.error:
                break
        size += len(block)
        if size > job.limits.max_total_bytes:
            break
        done.append(block)
        if len(block) != declared:
            break
        window = (window + block)[-_WINDOW:]
    return b"".join(done)
