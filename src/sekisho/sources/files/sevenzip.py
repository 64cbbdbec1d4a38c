"""7z archives: every member is read or listed, encrypted ones (names included) with the job's passwords.

Own code over the standard library's LZMA: the header is a page of numbers, and the libraries for it unpack what a
header declares, dictionaries of 4 GiB included, before anybody can object. Here declared numbers are checked first,
dictionaries are no larger than what they are for, and a solid block goes by in steps, member by member; nothing
touches the disk. Format: 7zFormat.txt of the LZMA SDK (public domain).
"""

import bz2
import lzma
import zlib
from collections.abc import Callable, Iterator
from typing import Any

from sekisho.sources.files import decrypt
from sekisho.sources.files.job import Job
from sekisho.sources.files.limits import MIB, RefusedError
from sekisho.sources.files.sevenzip_header import Coder, Entry, Folder, Header, parse_header, parse_streams
from sekisho.sources.files.zips import lzma1_filter

SIGNATURE = b"7z\xbc\xaf\x27\x1c"
MAX_DICTIONARY = 256 * MIB
_MAX_HEADER_BYTES = 16 * MIB
_MAX_LAYERS = 4
"""A directory may itself be packed; as a rule once."""
_START = 32
_CHUNK = 1 << 18
_COPY, _AES = b"\x00", b"\x06\xf1\x07\x01"
_LZMA, _LZMA2, _DELTA = b"\x03\x01\x01", b"\x21", b"\x03"
_DEFLATE, _BZIP2 = b"\x04\x01\x08", b"\x04\x02\x02"
_BRANCH = {
    b"\x03\x03\x01\x03": lzma.FILTER_X86,
    b"\x03\x03\x02\x05": lzma.FILTER_POWERPC,
    b"\x03\x03\x04\x01": lzma.FILTER_IA64,
    b"\x03\x03\x05\x01": lzma.FILTER_ARM,
    b"\x03\x03\x07\x01": lzma.FILTER_ARMTHUMB,
    b"\x03\x03\x08\x05": lzma.FILTER_SPARC,
    b"\x04": lzma.FILTER_X86,
    b"\x05": lzma.FILTER_POWERPC,
    b"\x06": lzma.FILTER_IA64,
    b"\x07": lzma.FILTER_ARM,
    b"\x08": lzma.FILTER_ARMTHUMB,
    b"\x09": lzma.FILTER_SPARC,
}
_NAMES = {
    b"\x03\x04\x01": "PPMd",
    b"\x03\x03\x01\x1b": "BCJ2",
    b"\x04\x01\x09": "Deflate64",
    b"\x04\xf7\x11\x01": "Zstandard",
}
_DAMAGED = (lzma.LZMAError, zlib.error, OSError, EOFError, ValueError)

Stage = Callable[[bytes, int], bytes]
"""Takes packed bytes and how much may come out; gives unpacked ones. Called with b"" for what it still holds back."""


def read_seven_zip(data: bytes, part: str, job: Job) -> None:
    """Read every member of a 7z archive, or list it; names are pieces of their own. Raises RefusedError."""
    _Archive(data, job).read(part)


class _Archive:
    """A 7z archive held in memory."""

    def __init__(self, data: bytes, job: Job) -> None:
        """Raises RefusedError when it is broken, locked, or its declared sizes are beyond the limits."""
        self._data = data
        self._job = job
        self._header = self._read_header()
        limits, packed = job.limits, len(data)
        total = sum(folder.size for folder in self._header.folders)
        if total > limits.ratio_floor and total > packed * limits.max_ratio:
            raise RefusedError("suspicious", f"would unpack to {total >> 20} MiB from {packed >> 10} KiB")
        if total > limits.max_total_bytes:
            raise RefusedError("too_big", f"would unpack to {total >> 20} MiB")

    def _read_header(self) -> Header:
        data = self._data
        if len(data) < _START or not data.startswith(SIGNATURE):
            raise RefusedError("broken", "7z cut off")
        offset, size = int.from_bytes(data[12:20], "little"), int.from_bytes(data[20:28], "little")
        raw = data[_START + offset : _START + offset + size] if offset + size <= len(data) else b""
        if len(raw) != size:
            raise RefusedError("broken", "7z without its directory (cut off?)")
        if zlib.crc32(raw) != int.from_bytes(data[28:32], "little"):
            raise RefusedError("broken", "7z: damaged directory")
        for _ in range(_MAX_LAYERS):
            if len(raw) > _MAX_HEADER_BYTES:
                break
            packed = parse_streams(raw)
            if packed is None:
                return parse_header(raw)
            if len(packed.folders) != 1:
                raise RefusedError("broken", "7z: directory in several pieces")
            if packed.folders[0].size > _MAX_HEADER_BYTES:
                break
            raw = self._whole(packed)
        raise RefusedError("suspicious", "7z: too large a directory")

    def _whole(self, header: Header) -> bytes:
        """All bytes of a packed directory."""
        folder = header.folders[0]

        def unpacked(password: str) -> bytes | None:
            try:
                raw = b"".join(self._unpack(header, 0, password))
            except _DAMAGED:
                return None
            return raw if _is_directory(raw, folder.crc) else None

        if _encrypted(folder):
            return decrypt.fitting(self._job, "7z with encrypted names", unpacked)
        raw = unpacked("")
        if raw is None:
            raise RefusedError("broken", "7z: damaged directory")
        return raw

    def read(self, part: str) -> None:
        """Read or list all members."""
        job, entries = self._job, self._header.entries
        members: dict[int, list[Entry]] = {}
        for number, entry in enumerate(entries):
            if not job.take_part():
                job.unread(part, "too_big", f"{len(entries) - number} further members not looked at")
                break
            job.text(f"{part}!{entry.name}.name", entry.name)
            if entry.folder >= 0:
                members.setdefault(entry.folder, []).append(entry)
            else:
                job.open(entry.name, b"", f"{part}!{entry.name}")
        for number, inside in members.items():
            try:
                self._read_folder(number, inside, part)
            except RefusedError as refused:
                for entry in inside:
                    job.unread(f"{part}!{entry.name}", refused.reason, refused.detail)

    def _read_folder(self, number: int, inside: list[Entry], part: str) -> None:
        """Read the members of one block, in their order. Raises RefusedError when none of them can be read."""
        job, password = self._job, ""
        if _encrypted(self._header.folders[number]):
            password = decrypt.fitting(job, "7z", lambda word: self._probe(number, inside[0], word))
        stream = _Members(self._unpack(self._header, number, password))
        for at, entry in enumerate(inside):
            place = f"{part}!{entry.name}"
            try:
                content = self._take(stream, entry.size)
            except RefusedError as refused:
                job.unread(place, refused.reason, refused.detail)
                continue
            except _DAMAGED:
                for rest in inside[at:]:
                    job.unread(f"{part}!{rest.name}", "broken", "7z: damaged or cut off data")
                return
            if entry.crc is not None and zlib.crc32(content) != entry.crc:
                job.unread(place, "broken", "7z: checksum does not fit, read all the same")
            job.open(entry.name, content, place)

    def _take(self, stream: "_Members", size: int) -> bytes:
        try:
            self._job.take_bytes(size)
        except RefusedError:
            stream.skip(size)
            raise
        return stream.take(size)

    def _probe(self, number: int, first: Entry, password: str) -> str | None:
        """The password, if the first member of a block unpacks with it."""
        try:
            stream = _Members(self._unpack(self._header, number, password))
            if first.size > self._job.limits.max_member_bytes:
                stream.skip(min(first.size, _CHUNK))
                return password
            content = stream.take(first.size)
        except _DAMAGED:
            return None
        return password if first.crc is None or zlib.crc32(content) == first.crc else None

    def _unpack(self, header: Header, number: int, password: str) -> Iterator[bytes]:
        """The unpacked stream of a block, in steps. Raises RefusedError at once, and _DAMAGED on the way."""
        folder = header.folders[number]
        stages = _stages(folder, password, self._job)
        start = _START + header.pack_starts[folder.first_pack]
        packed = memoryview(self._data)[start : start + header.pack_sizes[folder.first_pack]]
        return _stream(packed, stages, folder.size, self._job)


def _is_directory(raw: bytes, crc: int | None) -> bool:
    """By its checksum; without one, by whether it can be understood: else any password would fit."""
    if crc is not None:
        return zlib.crc32(raw) == crc
    try:
        return bool(raw) and (parse_streams(raw) or parse_header(raw)) is not None
    except RefusedError:
        return False


def _encrypted(folder: Folder) -> bool:
    return any(coder.method == _AES for coder in folder.coders)


class _Members:
    """Cuts the unpacked stream of a block into members."""

    def __init__(self, blocks: Iterator[bytes]) -> None:
        self._blocks = blocks
        self._rest = b""

    def take(self, size: int) -> bytes:
        """The next ``size`` bytes. Raises EOFError when the stream ends before."""
        return b"".join(self._next(size))

    def skip(self, size: int) -> None:
        for _ in self._next(size):
            pass

    def _next(self, size: int) -> Iterator[bytes]:
        while size:
            block = self._rest or next(self._blocks, b"")
            if not block:
                raise EOFError
            self._rest = block[size:]
            size -= len(block) - len(self._rest)
            yield block[: len(block) - len(self._rest)]


def _stream(packed: memoryview, stages: list[Stage], left: int, job: Job) -> Iterator[bytes]:
    for offset in range(0, len(packed), _CHUNK):
        block = bytes(packed[offset : offset + _CHUNK])
        for piece in _through(stages, block, left, job):
            left -= len(piece)
            yield piece
            if left <= 0:
                return


def _through(stages: list[Stage], block: bytes, most: int, job: Job) -> Iterator[bytes]:
    """Pass one packed block through all stages; each may be asked again for more of the same."""
    if not stages:
        yield block[:most]
        return
    first, rest = stages[0], stages[1:]
    while most > 0:
        job.deadline.check()
        made = first(block, _CHUNK)
        block = b""
        if not made:
            return
        for piece in _through(rest, made, most, job):
            most -= len(piece)
            yield piece


def _stages(folder: Folder, password: str, job: Job) -> list[Stage]:
    """The coders of a block in the order in which they undo it. Raises RefusedError for methods not known here."""
    stages: list[Stage] = []
    coders = folder.chain()
    at = 0
    while at < len(coders):
        coder = coders[at]
        at += 1
        if coder.method == _COPY:
            continue
        if coder.method == _AES:
            stages.append(_aes_stage(coder, password, job))
        elif coder.method == _DEFLATE:
            stages.append(_deflate_stage())
        elif coder.method == _BZIP2:
            stages.append(_bounded(bz2.BZ2Decompressor()))
        elif coder.method in {_LZMA, _LZMA2}:
            filters = [_lzma_filter(coder)]
            while at < len(coders) and (coders[at].method in _BRANCH or coders[at].method == _DELTA):
                filters.insert(0, _prefilter(coders[at], coder))
                at += 1
            stages.append(_bounded(lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=filters)))
        else:
            raise RefusedError("unsupported", f"7z method {_NAMES.get(coder.method, coder.method.hex())}")
    return stages


def _lzma_filter(coder: Coder) -> dict[str, int]:
    """The filter, its dictionary cut down to what can be in it: the bytes that come out of it."""
    try:
        if coder.method == _LZMA:
            chosen = lzma1_filter(coder.properties)
        else:
            (code,) = coder.properties
            if code > 40:
                raise ValueError
            chosen = {"id": lzma.FILTER_LZMA2, "dict_size": min((2 | code & 1) << (code // 2 + 11), 0xFFFFFFFF)}
    except ValueError:
        raise RefusedError("broken", "7z: LZMA properties") from None
    if chosen.get("lc", 0) + chosen.get("lp", 0) > 4:
        raise RefusedError("unsupported", "7z: LZMA with more than 4 literal bits")
    chosen["dict_size"] = max(4096, min(chosen["dict_size"], coder.size))
    if chosen["dict_size"] > MAX_DICTIONARY:
        raise RefusedError("too_big", f"7z: dictionary of {chosen['dict_size'] >> 20} MiB")
    return chosen


def _prefilter(coder: Coder, before: Coder) -> dict[str, int]:
    if coder.method == _DELTA:
        return {"id": lzma.FILTER_DELTA, "dist": (coder.properties[:1] or b"\0")[0] + 1}
    if before.method == _LZMA:  # LZMA has no end mark, without which liblzma keeps the last bytes to itself
        raise RefusedError("unsupported", "7z: program filter (BCJ) over LZMA")
    return {"id": _BRANCH[coder.method]}


def _bounded(engine: Any) -> Stage:
    def stage(block: bytes, most: int) -> bytes:
        if engine.eof or (not block and engine.needs_input):
            return b""
        made: bytes = engine.decompress(block, most)
        return made

    return stage


def _deflate_stage() -> Stage:
    engine = zlib.decompressobj(-15)
    return lambda block, most: engine.decompress(block or engine.unconsumed_tail, most)


def _aes_stage(coder: Coder, password: str, job: Job) -> Stage:
    """Properties: rounds, sizes of salt and initial vector, both values."""
    raw = coder.properties
    if len(raw) < 2:
        raise RefusedError("unsupported", "7z: encryption without salt")
    salt_size = (raw[0] >> 7 & 1) + (raw[1] >> 4)
    iv_size = (raw[0] >> 6 & 1) + (raw[1] & 15)
    salt, iv = raw[2 : 2 + salt_size], raw[2 + salt_size : 2 + salt_size + iv_size]
    key = decrypt.seven_zip_key(password, salt, raw[0] & 0x3F, job)
    update = decrypt.aes_cbc(key, iv.ljust(16, b"\0"))
    return lambda block, _most: update(block) if block else b""
