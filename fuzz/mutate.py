"""Changing containers from within: random bytes in packed data or under a checksum only ever test the checksum."""

import binascii
import gzip
import io
import random
import struct
import warnings
import zipfile
import zlib
from collections.abc import Callable

Inner = Callable[[bytes, int], bytes]
"""Changes bytes without knowing what they are: libFuzzer's mutation, or ``mangle``."""
Mutator = Callable[[bytes, int, random.Random, Inner], bytes]

_NUMBERS = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)


def mangle(data: bytes, size: int, rng: random.Random, words: tuple[bytes, ...] = ()) -> bytes:
    """A few random changes: bits, bytes, numbers, cuts, repeats, words of the format."""
    out = bytearray(data or b"\x00")
    for _ in range(rng.choice((1, 1, 2, 4, 8))):
        at = rng.randrange(len(out) + 1)
        match rng.randrange(7 if words else 6):
            case 0:
                out[min(at, len(out) - 1)] ^= 1 << rng.randrange(8)
            case 1:
                out[at : at + rng.choice((1, 2, 8, 64))] = b""
            case 2:
                out[at:at] = rng.randbytes(rng.choice((1, 2, 4, 16)))
            case 3:
                number = struct.pack(rng.choice("<>") + "I", rng.choice(_NUMBERS))[: rng.choice((1, 2, 4))]
                out[at : at + len(number)] = number
            case 4:
                start = rng.randrange(len(out))
                out[at:at] = out[start : start + rng.choice((1, 8, 64, 512))] * rng.choice((1, 1, 2, 16))
            case 5:
                start = rng.randrange(len(out))
                out = out[: max(1, start)] if rng.random() < 0.3 else out[start:] + out[:start]
            case _:
                out[at:at] = rng.choice(words)
        if not out:
            out = bytearray(b"\x00")
    return bytes(out[:size])


def raw(data: bytes, size: int, _rng: random.Random, inner: Inner) -> bytes:
    return inner(data, size)


def zipped(data: bytes, size: int, rng: random.Random, inner: Inner) -> bytes:
    """One member of a zip is changed, or dropped, or renamed; checksums are made anew."""
    if rng.random() < 0.25:
        return inner(data, size)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            files = [
                (info.filename, archive.read(info)) for info in archive.infolist()[:50] if info.file_size < 1 << 20
            ]
    except Exception:  # already broken: any change will do
        return inner(data, size)
    if not files:
        return inner(data, size)
    at = rng.randrange(len(files))
    name, member = files[at]
    match rng.randrange(10):
        case 0:
            files[at] = (inner(name.encode("utf-8", "surrogatepass"), 200).decode("latin-1"), member)
        case 1:
            del files[at]
        case 2:
            files.append((name, files[rng.randrange(len(files))][1]))
        case _:
            files[at] = (name, inner(member, size))
    out = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        warnings.simplefilter("ignore")  # the same name twice is just what is wanted
        for name, member in files:
            info = zipfile.ZipInfo(name.replace("\x00", "_") or "_", (2024, 4, 1, 0, 0, 0))
            archive.writestr(info, member, zipfile.ZIP_DEFLATED)
    return out.getvalue()[:size] if len(out.getvalue()) <= size else data[:size]


def gzipped(data: bytes, size: int, rng: random.Random, inner: Inner) -> bytes:
    """What is inside a gzip is changed."""
    try:
        body = zlib.decompressobj(31).decompress(data, 1 << 20)
    except zlib.error:
        return inner(data, size)
    if rng.random() < 0.2:
        return inner(data, size)
    return gzip.compress(inner(body, size), mtime=0)[:size]


def seven(data: bytes, size: int, _rng: random.Random, inner: Inner) -> bytes:
    """7z: the checksums of both headers are made to fit again."""
    out = bytearray(inner(data, size))
    if len(out) < 33:
        return bytes(out)
    out[:6] = b"7z\xbc\xaf\x27\x1c"
    offset, length = struct.unpack_from("<QQ", out, 12)
    header = bytes(out[32 + offset : 32 + offset + length]) if offset + length < len(out) else b""
    struct.pack_into("<I", out, 28, binascii.crc32(header))
    struct.pack_into("<I", out, 8, binascii.crc32(bytes(out[12:32])))
    return bytes(out)


def lzh(data: bytes, size: int, _rng: random.Random, inner: Inner) -> bytes:
    """LZH: the checksum of a level 0 or 1 header is made to fit again."""
    out = bytearray(inner(data, size))
    if len(out) > 22 and out[20] in {0, 1}:
        out[1] = sum(out[2 : 2 + out[0]]) & 0xFF
    return bytes(out)


def streams(data: bytes, size: int, rng: random.Random, inner: Inner) -> bytes:
    """PDF: one packed stream is changed from within."""
    start = data.find(b"stream\n", rng.randrange(len(data) or 1))
    end = data.find(b"\nendstream", start)
    if start < 0 or end < 0 or rng.random() < 0.5:
        return inner(data, size)
    try:
        body = zlib.decompressobj().decompress(data[start + 7 : end], 1 << 20)
    except zlib.error:
        return inner(data, size)
    return (data[: start + 7] + zlib.compress(inner(body, size)) + data[end:])[:size]
