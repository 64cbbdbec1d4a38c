"""ZIP archives, and the check that every format built on ZIP passes before anything else opens it.

RefusedError from what the central directory declares first (number, sizes, ratio), then unpacked with a budget of our
own, since declared sizes can lie and other libraries believe the stream instead. Names are CP932, UTF-8 or EUC-JP
unless flagged UTF-8. Encrypted members (ZipCrypto, WinZip AES) are opened with the job's passwords or listed; their
names are read in any case, for a name may tell it all.
"""

import bz2
import io
import lzma
import struct
import zipfile
import zlib
from dataclasses import dataclass
from typing import Any

from sekisho.sources.files import decrypt
from sekisho.sources.files.job import Job
from sekisho.sources.files.limits import MIB, RefusedError
from sekisho.sources.mail.charset import decode_name

MAX_DIRECTORY_BYTES = 16 * MIB
_CHUNK = 1 << 18
_ENCRYPTED_DIRECTORY = b"PK\x06\x08"
_ENCRYPTED = 0x1
_UTF8_NAMES = 0x800
_TIMES_IN_HEADER = 0x8
_STRONG = 0x40
_AES = 99
_AES_FIELD = 0x9901
_STORED, _DEFLATED, _BZIP2, _LZMA = zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA
_ENOUGH = 3
"""Members that no password opened, after which the others of their archive are not tried."""
_LZMA_MEMORY = 128 * MIB


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
        self._closed = 0
        _check_directory(data)
        try:
            self._file = zipfile.ZipFile(io.BytesIO(data))
        except (zipfile.BadZipFile, ValueError, struct.error, EOFError, OSError, NotImplementedError) as error:
            if _ENCRYPTED_DIRECTORY in data or _has_locked_directory(data):
                raise RefusedError("encrypted", "ZIP with an encrypted directory") from None
            raise RefusedError("broken", f"ZIP: {type(error).__name__}") from None
        self.members = [_member(info) for info in self._file.infolist() if not info.filename.endswith("/")]
        self._check_declared()

    def _check_declared(self) -> None:
        limits = self._job.limits
        total = sum(member.info.file_size for member in self.members)
        packed = sum(member.info.compress_size for member in self.members)
        packed = min(packed, len(self._data))  # members may overlap: the same packed bytes counted again and again
        if total > limits.ratio_floor and total > packed * limits.max_ratio:
            raise RefusedError("suspicious", f"would unpack to {total >> 20} MiB from {packed >> 10} KiB")
        if total > limits.max_total_bytes:
            raise RefusedError("too_big", f"would unpack to {total >> 20} MiB")

    def read(self, member: Member) -> bytes:
        """The unpacked bytes of one member, never more than declared. Raises RefusedError."""
        info = member.info
        if member.encrypted:
            return self._unlock(info)
        self._job.take_bytes(info.file_size)
        if info.compress_type == _DEFLATED:
            return self._unpack(_DEFLATED, self._packed(info), info.file_size)
        if info.compress_type not in {_STORED, _BZIP2, _LZMA}:
            raise RefusedError("unsupported", f"ZIP compression method {info.compress_type}")
        try:
            with self._file.open(info) as stream:
                return stream.read(info.file_size + 1)
        except (zipfile.BadZipFile, OSError, EOFError, ValueError, RuntimeError, zlib.error) as error:
            raise RefusedError("broken", f"ZIP member: {type(error).__name__}") from None

    def _packed(self, info: zipfile.ZipInfo) -> memoryview:
        """The bytes of a member as they lie in the archive."""
        start = info.header_offset
        header = self._data[start : start + 30]
        if len(header) < 30 or not header.startswith(b"PK\x03\x04"):
            raise RefusedError("broken", "ZIP member without header")
        name_length, extra_length = struct.unpack("<HH", header[26:30])
        start += 30 + name_length + extra_length
        return memoryview(self._data)[start : start + info.compress_size]

    def _unlock(self, info: zipfile.ZipInfo) -> bytes:
        """An encrypted member, opened with one of the job's passwords. Raises RefusedError."""
        if info.flag_bits & _STRONG:
            raise RefusedError("encrypted", "ZIP with PKWARE's strong encryption")
        packed = self._packed(info)
        strength, method = _aes_of(info) if info.compress_type == _AES else (0, info.compress_type)
        if method not in {_STORED, _DEFLATED, _BZIP2, _LZMA}:
            raise RefusedError("unsupported", f"encrypted ZIP member, compression method {method}")
        self._job.take_bytes(info.file_size)
        clock = int(getattr(info, "_raw_time", 0))
        check = (clock >> 8) & 0xFF if info.flag_bits & _TIMES_IN_HEADER else info.CRC >> 24

        def open_with(password: str) -> bytes | None:
            for secret in decrypt.spellings(password):
                if strength:
                    plain = decrypt.winzip_aes(packed, secret, strength)
                else:
                    plain = decrypt.zip_crypto(packed, secret, check)
                if plain is None:
                    continue
                if strength:  # the seal has shown that the password fits
                    return self._unpack(method, memoryview(plain), info.file_size)
                try:
                    data = self._unpack(method, memoryview(plain), info.file_size)
                except RefusedError:
                    continue
                if zlib.crc32(data) == info.CRC:
                    return data
            return None

        what = "ZIP with AES" if strength else "ZIP"
        if self._closed >= _ENOUGH:
            raise RefusedError("encrypted", f"{what}; passwords tried on its first members only")
        try:
            return decrypt.fitting(self._job, what, open_with)
        except RefusedError:
            self._closed += 1
            raise

    def _unpack(self, method: int, packed: memoryview, size: int) -> bytes:
        """Unpack the stream itself: it ends where it ends, not where the directory says."""
        if method == _STORED:
            return bytes(packed[: size + 1])
        done: list[bytes] = []
        unpacked = 0
        try:
            engine, packed = _engine(method, packed)
            for offset in range(0, len(packed), _CHUNK):
                self._job.deadline.check()
                block = engine.decompress(packed[offset : offset + _CHUNK], size + 1 - unpacked)
                unpacked += len(block)
                done.append(block)
                if unpacked > size:
                    raise RefusedError("suspicious", "unpacks to more than declared")
                if engine.eof:
                    break
        except (zlib.error, lzma.LZMAError, OSError, ValueError, EOFError, struct.error):
            raise RefusedError("broken", "damaged compressed data") from None
        return b"".join(done)


def _engine(method: int, packed: memoryview) -> tuple[Any, memoryview]:
    """What unpacks a stream, and where its data begin."""
    if method == _DEFLATED:
        return zlib.decompressobj(-15), packed
    if method == _BZIP2:
        return bz2.BZ2Decompressor(), packed
    size = int.from_bytes(packed[2:4], "little")
    chosen = lzma1_filter(bytes(packed[4 : 4 + size]))
    if chosen["dict_size"] > _LZMA_MEMORY:
        raise RefusedError("too_big", "LZMA dictionary")
    return lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=[chosen]), packed[4 + size :]


def lzma1_filter(properties: bytes) -> dict[str, int]:
    """The five bytes that describe an LZMA stream (ZIP, 7z), as the lzma module wants them. Raises ValueError."""
    if len(properties) != 5 or properties[0] >= 9 * 5 * 5:
        raise ValueError
    rest, context = divmod(properties[0], 9)
    high, low = divmod(rest, 5)
    dictionary = max(4096, int.from_bytes(properties[1:], "little"))
    return {"id": lzma.FILTER_LZMA1, "dict_size": dictionary, "lc": context, "lp": low, "pb": high}


def _aes_of(info: zipfile.ZipInfo) -> tuple[int, int]:
    """(strength, compression method) from the field WinZip adds. Raises RefusedError."""
    position = 0
    while position + 4 <= len(info.extra):
        number, size = struct.unpack_from("<HH", info.extra, position)
        if number == _AES_FIELD and size >= 7 and position + 4 + size <= len(info.extra):
            _version, _vendor, strength, method = struct.unpack_from("<HHBH", info.extra, position + 4)
            return strength, method
        position += 4 + size
    raise RefusedError("broken", "ZIP member with AES that does not say which")


def _has_locked_directory(data: bytes) -> bool:
    """Whether the second version of the ZIP64 end record says that the directory itself is encrypted."""
    at = data.rfind(b"PK\x06\x06")
    return at >= 0 and int.from_bytes(data[at + 4 : at + 12], "little") > 44


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
