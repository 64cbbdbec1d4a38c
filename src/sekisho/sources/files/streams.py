"""gzip, bzip2, xz, Zstandard, compress (.Z) and tar: unpacked in steps, with a budget."""

import bz2
import io
import lzma
import tarfile
import zlib
from collections.abc import Iterator
from typing import Protocol

import pyarrow as pa

from sekisho.sources.files.job import Job
from sekisho.sources.files.limits import MIB, RefusedError
from sekisho.sources.mail.charset import decode_name

_CHUNK = 1 << 18
_XZ_MEMORY = 128 * MIB
_ENDINGS = {
    ".tgz": ".tar",
    ".tbz2": ".tar",
    ".txz": ".tar",
    ".tzst": ".tar",
    ".taz": ".tar",
    ".tz": ".tar",
    ".gz": "",
    ".bz2": "",
    ".xz": "",
    ".zst": "",
    ".z": "",
}


class _Engine(Protocol):
    @property
    def eof(self) -> bool: ...

    @property
    def unused_data(self) -> bytes: ...

    def decompress(self, data: bytes, max_length: int = ...) -> bytes: ...


def read_compressed(kind: str, name: str, data: bytes, part: str, job: Job) -> None:
    """Unpack one compressed stream and read what is in it. Raises RefusedError."""
    unpacked, whole = _unpack(kind, data, job)
    inner = _inner_name(name)
    if not whole:
        job.unread(f"{part}!{inner}", "broken", f"damaged or cut off {kind} data, read as far as possible")
    job.open(inner, unpacked, f"{part}!{inner}")


def _inner_name(name: str) -> str:
    lower = name.lower()
    for ending, replacement in _ENDINGS.items():
        if lower.endswith(ending):
            return (name[: -len(ending)] + replacement).rpartition("/")[2] or "content"
    return name.rpartition("/")[2] or "content"


def _unpack(kind: str, data: bytes, job: Job) -> tuple[bytes, bool]:
    """(unpacked bytes, whether the stream was whole). Several streams one after the other count as one."""
    if kind in {"compress", "zstd"}:
        return _collect(_lzw(data) if kind == "compress" else _zstd(data), kind, data, job)
    done: list[bytes] = []
    rest, size = data, 0
    while rest:
        engine = _engine(kind)
        feed = rest
        while not engine.eof:
            job.deadline.check()
            try:
                block = engine.decompress(feed, _CHUNK)
            except (zlib.error, OSError, EOFError, lzma.LZMAError, ValueError):
                if not done:
                    raise RefusedError("broken", f"damaged {kind} data") from None
                return b"".join(done), False
            feed = getattr(engine, "unconsumed_tail", b"")
            if not block and not feed and not engine.eof:
                return b"".join(done), False
            size += len(block)
            done.append(block)
            _check(size, len(block), len(data), job)
        rest = engine.unused_data.lstrip(b"\x00")
        if rest and not rest.startswith(data[:2]):
            return b"".join(done), True  # trailing bytes that are no further stream
    return b"".join(done), True


def _collect(blocks: Iterator[bytes], kind: str, data: bytes, job: Job) -> tuple[bytes, bool]:
    done: list[bytes] = []
    size, whole = 0, True
    try:
        for block in blocks:
            job.deadline.check()
            size += len(block)
            done.append(block)
            _check(size, len(block), len(data), job)
    except (OSError, ValueError, IndexError):
        whole = False
    if not done:
        raise RefusedError("broken", f"damaged {kind} data")
    return b"".join(done), whole


def _zstd(data: bytes) -> Iterator[bytes]:
    """Zstandard through Arrow: its windows are at most 128 MiB."""
    with pa.CompressedInputStream(pa.BufferReader(data), "zstd") as stream:
        while block := stream.read(_CHUNK):
            yield block


def _lzw(data: bytes) -> Iterator[bytes]:
    """compress(1): codes of 9 to 16 bits, read in groups of eight. Raises ValueError, IndexError."""
    most, block_mode = data[2] & 0x1F, bool(data[2] & 0x80)
    if not 9 <= most <= 16:
        raise ValueError
    first = 257 if block_mode else 256
    table: list[bytes] = [bytes([number]) for number in range(256)] + [b""] * (first - 256)
    width, at, before = 9, 3, b""
    done, size = [], 0
    while at < len(data):
        group = data[at : at + width]
        at += width
        bits = int.from_bytes(group, "little")
        for turn in range(len(group) * 8 // width):
            code = bits >> (turn * width) & ((1 << width) - 1)
            if code == 256 and block_mode:
                del table[first:]
                width, before = 9, b""
                break
            if code < len(table):
                entry = table[code]
            elif code == len(table) and before:
                entry = before + before[:1]
            else:
                raise ValueError
            done.append(entry)
            size += len(entry)
            if before and len(table) < 1 << most:
                table.append(before + entry[:1])
            before = entry
            if size >= _CHUNK:
                yield b"".join(done)
                done, size = [], 0
            if len(table) >= 1 << width and width < most:
                width += 1
                break
    yield b"".join(done)


def _check(size: int, block: int, packed: int, job: Job) -> None:
    limits = job.limits
    job.take_bytes(block)
    if size > limits.ratio_floor and size > packed * limits.max_ratio:
        raise RefusedError("suspicious", "unpacks to far more than its size")
    if size > limits.max_member_bytes:
        raise RefusedError("too_big", f"more than {limits.max_member_bytes >> 20} MiB")


def _engine(kind: str) -> _Engine:
    match kind:
        case "gzip":
            return zlib.decompressobj(31)
        case "bzip2":
            return bz2.BZ2Decompressor()
    return lzma.LZMADecompressor(memlimit=_XZ_MEMORY)


def read_tar(data: bytes, part: str, job: Job) -> None:
    """Read every regular file of a tar archive. Raises RefusedError."""
    try:
        archive = tarfile.open(fileobj=io.BytesIO(data), mode="r:", encoding="latin-1", errors="replace")  # noqa: SIM115
    except (tarfile.TarError, ValueError, EOFError, OSError) as error:
        raise RefusedError("broken", f"tar: {type(error).__name__}") from None
    try:
        for info in archive:
            job.deadline.check()
            if not info.isfile():
                continue
            name = _tar_name(info.name)
            if not job.take_part():
                job.unread(part, "too_big", "further members not looked at")
                return
            job.text(f"{part}!{name}.name", name)
            try:
                job.take_bytes(info.size)
            except RefusedError as refused:
                job.unread(f"{part}!{name}", refused.reason, refused.detail)
                continue
            start = info.offset_data
            if info.issparse() or start + info.size > len(data):
                job.unread(f"{part}!{name}", "broken", "tar member cut off")
                continue
            job.open(name, data[start : start + info.size], f"{part}!{name}")
    except (tarfile.TarError, ValueError, EOFError, OSError) as error:
        job.unread(part, "broken", f"tar: {type(error).__name__}")


def _tar_name(written: str) -> str:
    try:
        return decode_name(written.encode("latin-1"))
    except UnicodeEncodeError:
        return written  # a PAX name is already Unicode
