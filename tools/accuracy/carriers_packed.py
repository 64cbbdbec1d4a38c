"""Archives as carriers besides ZIP: 7z, LZH, RAR, tar.gz, and ZIP with a password (ZipCrypto, AES)."""

import binascii
import gzip
import io
import random
import struct
import tarfile
import zlib

# --- ZIP with a password ----------------------------------------------------------------------------------------


class _ZipCrypto:
    """The traditional encryption of ZIP (APPNOTE 6.1), which Windows can open and senders therefore use."""

    def __init__(self, password: bytes) -> None:
        self._keys = [0x12345678, 0x23456789, 0x34567890]
        for byte in password:
            self._update(byte)

    def _update(self, byte: int) -> None:
        keys = self._keys
        keys[0] = _CRC[(keys[0] ^ byte) & 0xFF] ^ (keys[0] >> 8)
        keys[1] = ((keys[1] + (keys[0] & 0xFF)) * 134775813 + 1) & 0xFFFFFFFF
        keys[2] = _CRC[(keys[2] ^ (keys[1] >> 24)) & 0xFF] ^ (keys[2] >> 8)

    def encrypt(self, data: bytes) -> bytes:
        out = bytearray()
        for byte in data:
            mask = (self._keys[2] | 2) & 0xFFFF
            out.append(byte ^ ((mask * (mask ^ 1)) >> 8) & 0xFF)
            self._update(byte)
        return bytes(out)


def _crc_table() -> list[int]:
    table = []
    for value in range(256):
        for _ in range(8):
            value = (value >> 1) ^ (0xEDB88320 if value & 1 else 0)  # noqa: PLW2901
        table.append(value)
    return table


_CRC = _crc_table()


def locked_zip(files: dict[str, bytes], password: str, *, windows_names: bool = True) -> bytes:
    """A ZIP in the traditional encryption; names in code page 932 (as Windows writes them) or UTF-8."""
    out, directory = b"", b""
    flags = 1 | (0 if windows_names else 0x800)
    for name, data in files.items():
        written = name.encode("cp932" if windows_names else "utf-8")
        packer = zlib.compressobj(9, zlib.DEFLATED, -15)
        packed = packer.compress(data) + packer.flush()
        crc = binascii.crc32(data)
        head = random.Random(crc).randbytes(11) + bytes([crc >> 24])
        sealed = _ZipCrypto(password.encode("cp932")).encrypt(head + packed)
        sizes = struct.pack("<HHHHIIIH", flags, 8, 0x4800, 0x5881, crc, len(sealed), len(data), len(written))
        directory += struct.pack("<IHH", 0x02014B50, 20, 20) + sizes + struct.pack("<HHHHII", 0, 0, 0, 0, 0, len(out))
        directory += written
        out += struct.pack("<IH", 0x04034B50, 20) + sizes + struct.pack("<H", 0) + written + sealed
    count = len(files)
    end = struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, count, count, len(directory), len(out), 0)
    return out + directory + end


def aes_zip(files: dict[str, bytes], password: str) -> bytes:
    """A ZIP in WinZip's AES-256 encryption."""
    import pyzipper  # type: ignore[import-not-found]  # noqa: PLC0415

    out = io.BytesIO()
    with pyzipper.AESZipFile(out, "w", compression=pyzipper.ZIP_DEFLATED, encryption=pyzipper.WZ_AES) as archive:
        archive.setpassword(password.encode())
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


# --- others -----------------------------------------------------------------------------------------------------


def seven_file(files: dict[str, bytes], password: str | None = None) -> bytes:
    """A 7z archive; with a password its headers stay readable, as 7-Zip does by default."""
    import py7zr  # type: ignore[import-not-found]  # noqa: PLC0415

    out = io.BytesIO()
    with py7zr.SevenZipFile(out, "w", password=password) as archive:
        for name, data in files.items():
            archive.writestr(data, name)
    return out.getvalue()


def _crc16(data: bytes) -> int:
    crc = 0
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ (0xA001 if crc & 1 else 0)
    return crc


def _lh5(data: bytes) -> bytes:
    """-lh5- data that uses literals only: one code length (8) for all bytes, so that each byte stands for itself."""
    out = b""
    for start in range(0, len(data), 0x8000):
        block = data[start : start + 0x8000]
        # block size, code lengths all "10 − 2", 256 codes, no match positions: 16 + 5+5 + 9 + 4+4 bits
        head = (len(block) << 27) | (0 << 22) | (10 << 17) | (256 << 8)
        bits = (head << (8 * len(block))) | int.from_bytes(block, "big")
        length = 43 + 8 * len(block)
        assert start == 0 or length % 8 == 0, "one block is all a carrier needs"
        out += (bits << (-length % 8)).to_bytes(-(-length // 8), "big")
    return out


def lzh_file(files: dict[str, bytes], *, level: int = 1) -> bytes:
    """An LZH archive (LHA for Windows): names in code page 932, headers of level 0, 1 or 2, method -lh5-."""
    out = b""
    for name, data in files.items():
        written, packed, crc = name.encode("cp932"), _lh5(data), struct.pack("<H", _crc16(data))
        sizes = struct.pack("<5sIII", b"-lh5-", len(packed), len(data), 0x58816C00)
        if level == 2:
            extension = struct.pack("<HB", 3 + len(written), 1) + written + b"\x00\x00"
            head = sizes + b"\x20\x02" + crc + b"M" + extension
            out += struct.pack("<H", 2 + len(head)) + head
        else:
            tail = crc + (b"M\x00\x00" if level == 1 else b"")
            head = sizes + bytes([0x20, level, len(written)]) + written + tail
            out += bytes([len(head), sum(head) & 0xFF]) + head
        out += packed
    return out + b"\x00"


def rar_file(files: dict[str, bytes]) -> bytes:
    """A RAR (version 3) archive whose members are stored, not packed: its packing is nobody's to write."""
    out = b"Rar!\x1a\x07\x00" + _rar_block(0x73, 0, bytes(6))
    for name, data in files.items():
        written = name.encode("utf-8")
        head = struct.pack(
            "<IIBIIBBHI", len(data), len(data), 2, binascii.crc32(data), 0x58816C00, 20, 0x30, len(written), 0x20
        )
        out += _rar_block(0x74, 0x8000, head + written) + data
    return out + _rar_block(0x7B, 0x4000, b"")


def _rar_block(kind: int, flags: int, data: bytes) -> bytes:
    head = struct.pack("<BHH", kind, flags, 7 + len(data)) + data
    return struct.pack("<H", binascii.crc32(head) & 0xFFFF) + head


def tar_gz_file(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.GNU_FORMAT) as archive:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return gzip.compress(out.getvalue(), mtime=0)
