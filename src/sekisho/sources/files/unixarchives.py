"""cpio and ar archives: a header and the bytes, member after member (what servers send: packages, backups)."""

import struct
from collections.abc import Iterator

from sekisho.sources.files.job import Job
from sekisho.sources.files.limits import RefusedError
from sekisho.sources.files.members import MAX_MEMBERS, Declared, read_declared
from sekisho.sources.mail.charset import decode_name

_REGULAR = 0o100000
_KIND = 0o170000
_TRAILER = b"TRAILER!!!"


def read_cpio(data: bytes, part: str, job: Job) -> None:
    """Read or list every regular file. Raises RefusedError."""
    _read("cpio", _cpio(data), data, part, job)


def read_ar(data: bytes, part: str, job: Job) -> None:
    """Read or list every member. Raises RefusedError."""
    _read("ar", _ar(data), data, part, job)


def _read(what: str, members: Iterator[Declared], data: bytes, part: str, job: Job) -> None:
    found: list[Declared] = []
    try:
        for member in members:
            job.deadline.check()
            found.append(member)
            if len(found) >= MAX_MEMBERS:
                break
    except (struct.error, ValueError, IndexError):
        job.unread(part, "broken", f"{what} archive damaged or cut off")
    if not found and not job.contents.unread:
        raise RefusedError("missing", f"{what} archive without a file")
    read_declared(found, what, data, part, job)


def _cpio(data: bytes) -> Iterator[Declared]:
    at = 0
    while at < len(data):
        if data.startswith((b"070701", b"070702"), at):
            fields = [int(data[at + 6 + 8 * turn : at + 14 + 8 * turn], 16) for turn in range(13)]
            mode, size, name_size, head, step = fields[1], fields[6], fields[11], 110, 4
        elif data.startswith(b"070707", at):
            mode, name_size = int(data[at + 18 : at + 24], 8), int(data[at + 59 : at + 65], 8)
            size, head, step = int(data[at + 65 : at + 76], 8), 76, 1
        elif data.startswith((b"\xc7\x71", b"\x71\xc7"), at):
            words = struct.unpack_from("<13H" if data[at] == 0xC7 else ">13H", data, at)
            mode, name_size, size, head, step = words[3], words[10], words[11] << 16 | words[12], 26, 2
        else:
            raise ValueError
        name = data[at + head : at + head + name_size].rstrip(b"\0")
        start = _up(at + head + name_size, at, step)
        at = _up(start + size, at, step)
        if name == _TRAILER:
            return
        if name_size <= 0 or start > len(data):
            raise ValueError
        if mode & _KIND == _REGULAR:
            yield _declared(decode_name(name), data, start, size)
    raise ValueError  # no trailer


def _up(at: int, base: int, step: int) -> int:
    return base + -(-(at - base) // step) * step if step == 2 else -(-at // step) * step


def _ar(data: bytes) -> Iterator[Declared]:
    at, long_names = 8, b""
    while at + 60 <= len(data):
        head = data[at : at + 60]
        if head[58:] != b"`\n":
            raise ValueError
        name, size, start = head[:16].rstrip(b" "), int(head[48:58]), at + 60
        if size < 0:
            raise ValueError
        at = start + size + (size & 1)
        if name == b"//":
            long_names = data[start : start + size]
            continue
        if name in {b"/", b"/SYM64/"} or name.startswith(b"__.SYMDEF"):
            continue
        if name.startswith(b"#1/"):
            length = int(name[3:])
            name, start, size = data[start : start + length].rstrip(b"\0"), start + length, size - length
        elif name.startswith(b"/"):
            name = long_names[int(name[1:]) :].partition(b"\n")[0]
        yield _declared(decode_name(name.removesuffix(b"/")) or "?", data, start, max(size, 0))


def _declared(name: str, data: bytes, start: int, size: int) -> Declared:
    return Declared(name, size, size, None, lambda: data[start : start + size])
