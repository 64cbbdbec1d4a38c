"""Members of an archive as its directory declares them, and what is done with each: the part that RAR, CAB, cpio and ar
have in common, and the one outside program that may unpack what no library here can.
"""

import os
import shutil
import subprocess
import threading
import zlib
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from typing import IO

from sekisho.sources.files.job import Job
from sekisho.sources.files.limits import MIB, RefusedError

PROGRAM = "bsdtar"
"""libarchive's command: permissive licence, reads RAR 4 and 5 and CAB from a pipe, and writes to a pipe."""
MAX_MEMBERS = 50_000
"""Members taken from a directory: far more than are ever read, and few enough to be kept in memory."""
_PROGRAM_BYTES = 1024 * MIB
_WALL_SECONDS = 60.0
_CHUNK = 1 << 18


@dataclass(frozen=True, slots=True)
class Declared:
    """A member. ``content``: gives its bytes, or None when only the outside program can unpack it."""

    name: str
    size: int
    packed: int
    crc: int | None = None
    content: Callable[[], bytes] | None = None
    unread: tuple[str, str] | None = None
    """Why it will not be read: (reason, detail)."""


def read_declared(members: Sequence[Declared], what: str, data: bytes, part: str, job: Job) -> None:
    """Read or list all members; names are pieces of their own. ``what`` names the format for people."""
    total = sum(member.size for member in members)
    limits = job.limits
    if total > limits.ratio_floor and total > len(data) * limits.max_ratio:
        raise RefusedError("suspicious", f"would unpack to {total >> 20} MiB from {len(data) >> 10} KiB")
    wanted = []
    for number, member in enumerate(members):
        if not job.take_part():
            job.unread(part, "too_big", f"{len(members) - number} further members not looked at")
            break
        job.text(f"{part}!{member.name}.name", member.name)
        wanted.append(member)
    outside = _outside(members, wanted, data, job)
    for member in wanted:
        place = f"{part}!{member.name}"
        try:
            content = _content(member, outside, what, job)
        except RefusedError as refused:
            job.unread(place, refused.reason, refused.detail)
            continue
        if len(content) < member.size:
            job.unread(place, "broken", f"{what}: cut off, read as far as possible")
        elif member.crc is not None and zlib.crc32(content) != member.crc:
            job.unread(place, "broken", f"{what}: checksum does not fit, read all the same")
        job.open(member.name, content, place)


def _content(member: Declared, outside: dict[int, bytes], what: str, job: Job) -> bytes:
    if member.unread:
        raise RefusedError(*member.unread)
    job.take_bytes(member.size)
    if member.content:
        return member.content()
    if not _program():
        raise RefusedError("unsupported", f"{what}, packed; it is read where {PROGRAM} (libarchive) is installed")
    if id(member) not in outside:
        raise RefusedError("unsupported", f"{what}: {PROGRAM} could not unpack it (an older method, or damaged)")
    return outside[id(member)]


def _outside(members: Sequence[Declared], wanted: Sequence[Declared], data: bytes, job: Job) -> dict[int, bytes]:
    """By id of the member, the bytes that only the outside program can unpack.

    It writes all members one after the other, without names. Declared sizes cut them; if the whole does not come out
    as declared, only those whose checksum fits are taken.
    """
    asked = {id(member) for member in wanted if not member.content and not member.unread}
    total = sum(member.size for member in members)
    if not asked or not _program():
        return {}
    if total > job.limits.max_total_bytes:
        return {}
    unpacked = _run(_program(), data, total, job)
    found, at = {}, 0
    for member in members:
        content = unpacked[at : at + member.size]
        at += member.size
        if id(member) in asked and (len(unpacked) == total or member.crc == zlib.crc32(content)):
            found[id(member)] = content
    return found


@cache
def _program() -> str:
    return shutil.which(PROGRAM) or ""


def _run(program: str, data: bytes, most: int, job: Job) -> bytes:
    """All members of an archive, up to ``most`` bytes and one more, from a process bounded in memory and time.

    Nothing is written to the disk, no shell is asked, and no name from the archive becomes an argument.
    """
    process = subprocess.Popen(
        [program, "-xOf", "-"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,  # it would print names
        env={"LC_ALL": "C.UTF-8", "PATH": os.defpath},
        cwd="/" if os.name == "posix" else None,
    )
    assert process.stdin is not None and process.stdout is not None  # noqa: S101
    _bound(process.pid, int(min(job.limits.reader_seconds, max(1.0, job.deadline.left()))) + 1)
    killer = threading.Timer(_WALL_SECONDS, process.kill)
    feeder = threading.Thread(target=_feed, args=(process.stdin, data), daemon=True)
    killer.start()
    feeder.start()
    try:
        return _drain(process.stdout, most + 1)
    finally:
        killer.cancel()
        process.kill()
        process.stdout.close()
        feeder.join(5)
        process.wait()


def _feed(stream: IO[bytes], data: bytes) -> None:
    with suppress(OSError, ValueError):  # it may have ended, or have been stopped, before the end of the data
        stream.write(data)
    with suppress(OSError, ValueError):
        stream.close()


def _drain(stream: IO[bytes], most: int) -> bytes:
    done, size = [], 0
    while size < most and (block := stream.read(min(_CHUNK, most - size))):
        done.append(block)
        size += len(block)
    return b"".join(done)


def _bound(process: int, seconds: int) -> None:
    """Limit memory and CPU time of a process (Linux; elsewhere the clock alone ends it)."""
    try:
        import resource  # noqa: PLC0415  (not on Windows)
    except ImportError:
        return
    if not hasattr(resource, "prlimit"):
        return
    with suppress(OSError, ValueError):
        resource.prlimit(process, resource.RLIMIT_AS, (_PROGRAM_BYTES, _PROGRAM_BYTES))
        resource.prlimit(process, resource.RLIMIT_CPU, (seconds, seconds))
