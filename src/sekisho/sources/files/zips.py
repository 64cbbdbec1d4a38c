"""ZIP archives, and the check that every format built on ZIP passes before anything else opens it.

RefusedError from what the central directory declares first (number, sizes, ratio), then unpacked with a budget of our
own, since declared sizes can lie and other libraries believe the stream instead. Names are CP932, UTF-8 or EUC-JP
unless flagged UTF-8. Members that are encrypted are listed; their names are read, for a name may tell it all.
"""

import io
import struct
import zipfile
import zlib
from dataclasses import dataclass

from sekisho.sources.files.job import Job
from sekisho.sources.files.limits import MIB, RefusedError
from sekisho.sources.mail.charset import decode_name

MAX_DIRECTORY_BYTES = 16 * MIB
_CHUNK = 1 << 18
_ENCRYPTED_DIRECTORY = b"PK\x06\x08"
_ENCRYPTED = 0x1
_UTF8_NAMES = 0x800
_AES = 99
_STORED, _DEFLATED = zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED


@dataclass(frozen=True, slots=True)
class Member:
    """One file of an archive, as declared."""

    name: str
    info: zipfile.ZipInfo
    path: str
    """The name as office formats compare it: lower case, "/" between folders."""

    @property
    def encrypted(self) -> bool:
        return bool(self.info.flag_bits & _ENCRYPTED) or self.info.compress_type == _AES


class Archive:
    """A ZIP archive held in memory."""

    def __init__(self, data: bytes, job: Job) -> None:
        """Raises RefusedError when it is broken or its declared sizes are beyond the limits."""
        self._data = data
        self._job = job
        _check_directory(data)
        try:
            self._file = zipfile.ZipFile(io.BytesIO(data))
        except (zipfile.BadZipFile, ValueError, struct.error, EOFError, OSError, NotImplementedError) as error:
            if _ENCRYPTED_DIRECTORY in data:
                raise RefusedError("encrypted", "ZIP with an encrypted directory") from None
            raise RefusedError("broken", f"ZIP: {type(error).__name__}") from None
        self.members = [_member(info) for info in self._file.infolist() if not info.is_dir()]
        self._check_declared()

    def _check_declared(self) -> None:
        limits = self._job.limits
        total = packed = 0
        for member in self.members:
            if member.encrypted:
                continue
            total += member.info.file_size
            packed += member.info.compress_size
        packed = min(packed, len(self._data))  # members may overlap: the same packed bytes counted again and again
        if total > limits.ratio_floor and total > packed * limits.max_ratio:
            raise RefusedError("suspicious", f"would unpack to {total >> 20} MiB from {packed >> 10} KiB")
        if total > limits.max_total_bytes:
            raise RefusedError("too_big", f"would unpack to {total >> 20} MiB")

    def read(self, member: Member) -> bytes:
        """The unpacked bytes of one member, never more than declared. Raises RefusedError."""
        info = member.info
        if member.encrypted:
            raise RefusedError("encrypted")
        self._job.take_bytes(info.file_size)
        if info.compress_type == _DEFLATED:
            return self._inflate(info)
        if info.compress_type not in {_STORED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA}:
            raise RefusedError("unsupported", f"ZIP compression method {info.compress_type}")
        try:
            with self._file.open(info) as stream:
                return stream.read(info.file_size + 1)
        except (zipfile.BadZipFile, OSError, EOFError, ValueError, RuntimeError, zlib.error) as error:
            raise RefusedError("broken", f"ZIP member: {type(error).__name__}") from None

    def _inflate(self, info: zipfile.ZipInfo) -> bytes:
        """Unpack the stream itself: it ends where it ends, not where the directory says."""
        start = info.header_offset
        header = self._data[start : start + 30]
        if len(header) < 30 or not header.startswith(b"PK\x03\x04"):
            raise RefusedError("broken", "ZIP member without header")
        name_length, extra_length = struct.unpack("<HH", header[26:30])
        start += 30 + name_length + extra_length
        packed = memoryview(self._data)[start : start + info.compress_size]
        engine = zlib.decompressobj(-15)
        done: list[bytes] = []
        size = 0
        try:
            for offset in range(0, len(packed), _CHUNK):
                self._job.deadline.check()
                block = engine.decompress(packed[offset : offset + _CHUNK], info.file_size + 1 - size)
                size += len(block)
                done.append(block)
                if size > info.file_size:
                    raise RefusedError("suspicious", "unpacks to more than declared")
                if engine.eof:
                    break
        except zlib.error:
            raise RefusedError("broken", "damaged compressed data") from None
        return b"".join(done)


def _member(info: zipfile.ZipInfo) -> Member:
    name = _name(info)
    return Member(name, info, name.replace("\\", "/").lower())


def _name(info: zipfile.ZipInfo) -> str:
    if info.flag_bits & _UTF8_NAMES:
        return info.filename.replace("\x00", "")
    if info.orig_filename.isascii() and "\x1b" not in info.orig_filename:
        return info.filename
    try:
        raw = info.orig_filename.encode("cp437")
    except UnicodeEncodeError:
        return info.filename
    return info.filename if raw.isascii() and b"\x1b" not in raw else decode_name(raw)


def _check_directory(data: bytes) -> None:
    """Refuse a central directory that would by itself fill the memory, before it is parsed."""
    end = data.rfind(b"PK\x05\x06", max(0, len(data) - 66_000))
    if end < 0 or len(data) < end + 22:
        raise RefusedError("broken", "ZIP without its directory (cut off?)")
    size = int(struct.unpack("<L", data[end + 12 : end + 16])[0])
    if size == 0xFFFFFFFF and (wide := data.rfind(b"PK\x06\x06", max(0, end - 200), end)) >= 0:
        size = int.from_bytes(data[wide + 40 : wide + 48], "little")
    if size > MAX_DIRECTORY_BYTES:
        raise RefusedError("suspicious", "too many members")


def read_members(archive: Archive, part: str, job: Job) -> None:
    """Read every member of an ordinary archive, or list it; names are pieces of their own."""
    for number, member in enumerate(archive.members):
        place = f"{part}!{member.name}"
        if not job.take_part():
            job.unread(part, "too_big", f"{len(archive.members) - number} further members not looked at")
            return
        job.text(f"{place}.name", member.name)
        try:
            data = archive.read(member)
        except RefusedError as refused:
            job.unread(place, refused.reason, refused.detail)
            continue
        job.open(member.name, data, place)
