"""Invented archives and locked documents for the tests, made on the spot, by other code than what is tested."""

import hashlib
import io
import struct
import zlib

import py7zr
import pyzipper
from msoffcrypto.method.ecma376_agile import ECMA376Agile

Members = dict[str, bytes]


def seven_zip(members: Members, password: str | None = None, *, names: bool = False, filters: object = None) -> bytes:
    """``names``: the directory is encrypted, too."""
    made = io.BytesIO()
    with py7zr.SevenZipFile(made, "w", password=password, header_encryption=names, filters=filters) as archive:
        for name, content in members.items():
            archive.writestr(content, name)
    return made.getvalue()


def aes_zip(members: Members, password: bytes, bits: int = 256) -> bytes:
    made = io.BytesIO()
    with pyzipper.AESZipFile(made, "w", compression=pyzipper.ZIP_DEFLATED, encryption=pyzipper.WZ_AES) as archive:
        archive.setpassword(password)
        archive.setencryption(pyzipper.WZ_AES, nbits=bits)
        for name, content in members.items():
            archive.writestr(name, content)
    return made.getvalue()


class _Keys:
    """The traditional ZIP cipher, after APPNOTE 6.1."""

    def __init__(self, password: bytes) -> None:
        self.keys = [0x12345678, 0x23456789, 0x34567890]
        for byte in password:
            self.update(byte)

    def update(self, byte: int) -> None:
        one, two, three = self.keys
        one = self.crc(one, byte)
        two = ((two + (one & 255)) * 134775813 + 1) % 2**32
        self.keys = [one, two, self.crc(three, two >> 24)]

    @staticmethod
    def crc(old: int, byte: int) -> int:
        return zlib.crc32(bytes([byte]), old ^ 0xFFFFFFFF) ^ 0xFFFFFFFF

    def encrypt(self, data: bytes) -> bytes:
        done = bytearray()
        for byte in data:
            mixed = self.keys[2] | 2
            done.append(byte ^ ((mixed * (mixed ^ 1) >> 8) & 255))
            self.update(byte)
        return bytes(done)


def locked_zip(members: Members, password: bytes, *, encoding: str = "cp932", sizes_after: bool = False) -> bytes:
    """A ZIP as Japanese packers make it: traditional encryption, names in CP932."""
    body, directory = b"", b""
    for name, content in members.items():
        crc = zlib.crc32(content)
        engine = zlib.compressobj(9, zlib.DEFLATED, -15)
        packed = engine.compress(content) + engine.flush()
        clock, flags = 0x5A21, 1 | (8 if sizes_after else 0)
        check = clock >> 8 if sizes_after else crc >> 24
        sealed = _Keys(password).encrypt(bytes(range(11)) + bytes([check]) + packed)
        raw = name.encode(encoding)
        common = struct.pack("<HHHHHIIIHH", 20, flags, 8, clock, 0x5021, crc, len(sealed), len(content), len(raw), 0)
        directory += b"PK\x01\x02\x14\x00" + common + struct.pack("<HHHII", 0, 0, 0, 0, len(body)) + raw
        body += b"PK\x03\x04" + common + raw + sealed
    count = len(members)
    return body + directory + struct.pack("<4sHHHHIIH", b"PK\x05\x06", 0, 0, count, count, len(directory), len(body), 0)


def locked_office(plain: bytes, password: str) -> bytes:
    """OOXML with Agile encryption; the key is made in fewer rounds than Office takes, for the sake of time."""
    made: bytes = ECMA376Agile.encrypt(password, io.BytesIO(plain), spin_count=1000)
    return made


# -- LZH: an encoder of its own: one fixed code, literals, and copies from one byte before -----------------------------


def crc16(data: bytes) -> int:
    value = 0
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = (value >> 1) ^ (0xA001 if value & 1 else 0)
    return value


def lh_packed(data: bytes, method: bytes = b"-lh5-") -> bytes:
    """Packed in one block: every symbol has 9 bits but 0 and 1, which have 8; the one distance has none."""
    count_bits = 4 if method in {b"-lh4-", b"-lh5-"} else 5
    symbols: list[int] = []
    at = 0
    while at < len(data):
        symbols.append(data[at])
        at += 1
        run = 0
        while run < 256 and at + run < len(data) and data[at + run] == data[at - 1]:
            run += 1
        if run > 2:
            symbols.append(253 + run)
            at += run
    assert len(symbols) < 1 << 16
    lengths_of_lengths = "01100" + "000" * 3 + "11" + "000" * 4 + "001" * 2
    tables = lengths_of_lengths + f"{510:09b}" + "00" + "1" * 508 + "0" * 2 * count_bits
    codes = (f"{symbol:08b}" if symbol < 2 else f"{symbol + 2:09b}" for symbol in symbols)
    bits = f"{len(symbols):016b}" + tables + "".join(codes)
    bits += "0" * (-len(bits) % 8)
    return int("1" + bits, 2).to_bytes(len(bits) // 8 + 1, "big")[1:]


def lzh(name: bytes, packed: bytes, size: int, crc: int, *, method: bytes = b"-lh0-", level: int = 0) -> bytes:
    """An LZH archive of one member."""
    head = method + struct.pack("<II", len(packed), size)
    if level == 0:
        rest = head + struct.pack("<IBB", 0, 0x20, 0) + bytes([len(name)]) + name + struct.pack("<H", crc)
        return bytes([len(rest), sum(rest) & 255]) + rest + packed + b"\0"
    extension = struct.pack("<HB", len(name) + 3, 1) + name
    if level == 1:
        extension += struct.pack("<H", 0)
        head = method + struct.pack("<II", len(packed) + len(extension) - 2, size)
        rest = head + struct.pack("<IBBB", 0, 0x20, 1, 0) + struct.pack("<HB", crc, 0x4D) + extension[:2]
        return bytes([len(rest), sum(rest) & 255]) + rest + extension[2:] + packed + b"\0"
    rest = head + struct.pack("<IBBHB", 0, 0x20, 2, crc, 0x4D) + extension + struct.pack("<H", 0)
    return struct.pack("<H", len(rest) + 2) + rest + packed + b"\0"


# -- RAR and CAB -------------------------------------------------------------------------------------------------------


def rar4(members: list[tuple[bytes, bytes, int, int]]) -> bytes:
    """Members as (name, bytes as they lie there, flags, method); 0x30 is stored."""
    made = b"Rar!\x1a\x07\x00" + b"\xcf\x90\x73\x00\x00\x0d\x00" + bytes(6)
    for name, content, flags, method in members:
        head = struct.pack("<BHHII", 0x74, 0x8000 | flags, 32 + len(name), len(content), len(content))
        head += struct.pack("<BIIBBHI", 2, zlib.crc32(content), 0, 29, method, len(name), 0x20) + name
        made += struct.pack("<H", zlib.crc32(head) & 0xFFFF) + head + content
    return made + b"\xc4\x3d\x7b\x00\x40\x07\x00"


def rar5(members: list[tuple[str, bytes, int, bytes]]) -> bytes:
    """Members as (name, bytes as they lie there, method, extra records); method 0 is stored."""
    made = b"Rar!\x1a\x07\x01\x00" + _rar5_block(bytes([1, 0, 0]))
    for name, content, method, extra in members:
        raw = name.encode()
        fields = _vint(4) + _vint(len(content)) + _vint(0) + struct.pack("<I", zlib.crc32(content))
        fields += _vint(method << 7) + _vint(1) + _vint(len(raw)) + raw
        sizes = (_vint(len(extra)) if extra else b"") + _vint(len(content))
        made += _rar5_block(bytes([2, 3 if extra else 2]) + sizes + fields + extra) + content
    return made + _rar5_block(bytes([5, 0, 0]))


def _rar5_block(body: bytes) -> bytes:
    sized = _vint(len(body)) + body
    return struct.pack("<I", zlib.crc32(sized)) + sized


def _vint(value: int) -> bytes:
    done = bytearray()
    while value > 127:
        done.append(value & 127 | 128)
        value >>= 7
    return bytes([*done, value])


def cab(members: dict[bytes, bytes], *, method: int = 1, size: int | None = None) -> bytes:
    """One folder, blocks of 32 KiB; ``method`` 0 stored, 1 MSZIP, 3 LZX (then the bytes are no LZX at all)."""
    whole = b"".join(members.values())
    blocks, window = b"", b""
    for start in range(0, len(whole), 1 << 15):
        plain = whole[start : start + (1 << 15)]
        if method == 1:
            engine = zlib.compressobj(9, zlib.DEFLATED, -15, zdict=window) if window else zlib.compressobj(9, 8, -15)
            packed = b"CK" + engine.compress(plain) + engine.flush()
        else:
            packed = plain
        blocks += struct.pack("<IHH", 0, len(packed), len(plain)) + packed
        window = plain
    files, offset = b"", 0
    for name, content in members.items():
        files += struct.pack("<IIHHHH", size or len(content), offset, 0, 0, 0, 0x20) + name + b"\0"
        offset += len(content)
    count = -(-len(whole) // (1 << 15))
    start = 36 + 8 + len(files)
    head = struct.pack("<4sIIIIIBBHHHHH", b"MSCF", 0, start + len(blocks), 0, 44, 0, 3, 1, 1, len(members), 0, 0, 0)
    return head + struct.pack("<IHH", start, count, method) + files + blocks


# -- PDF: standard security handler, revision 2 (RC4, 40 bits) ---------------------------------------------------------

_PAD = bytes.fromhex("28BF4E5E4E758A4164004E56FFFA01082E2E00B6D0683E802F0CA9FE6453697A")


def rc4(key: bytes, data: bytes) -> bytes:
    state = list(range(256))
    other = 0
    for one in range(256):
        other = (other + state[one] + key[one % len(key)]) % 256
        state[one], state[other] = state[other], state[one]
    one = other = 0
    done = bytearray()
    for byte in data:
        one = (one + 1) % 256
        other = (other + state[one]) % 256
        state[one], state[other] = state[other], state[one]
        done.append(byte ^ state[(state[one] + state[other]) % 256])
    return bytes(done)


def locked_pdf(text: str, user: bytes, owner: bytes = b"owner") -> bytes:
    """A page that says ``text``; an empty ``user`` password only restricts what may be done with it."""
    identity = bytes(range(16))
    owner_key = hashlib.md5((owner + _PAD)[:32], usedforsecurity=False).digest()[:5]
    owner_value = rc4(owner_key, (user + _PAD)[:32])
    rights = struct.pack("<i", -64)
    key = hashlib.md5((user + _PAD)[:32] + owner_value + rights + identity, usedforsecurity=False).digest()[:5]
    own = hashlib.md5(key + (4).to_bytes(3, "little") + b"\0\0", usedforsecurity=False).digest()[:10]
    stream = rc4(own, f"BT /F1 12 Tf 72 720 Td ({text}) Tj ET".encode())
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [5 0 R] /Count 1 >>",
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] "
        b"/Resources << /Font << /F1 3 0 R >> >> /Contents 4 0 R >>",
        b"<< /Filter /Standard /V 1 /R 2 /O <%s> /U <%s> /P -64 >>"
        % (owner_value.hex().encode(), rc4(key, _PAD).hex().encode()),
    ]
    made, offsets = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, 1):
        offsets.append(len(made))
        made += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    xref = len(made)
    made += b"xref\n0 7\n0000000000 65535 f \n" + b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    ident = identity.hex().encode()
    return made + b"trailer\n<< /Size 7 /Root 1 0 R /Encrypt 6 0 R /ID [<%s> <%s>] >>\nstartxref\n%d\n%%%%EOF\n" % (
        ident,
        ident,
        xref,
    )


# -- XLS: RC4 encryption of Excel 97 ([MS-OFFCRYPTO] 2.3.6) ----------------------------------------------------------


def locked_biff(book: bytes, password: str) -> bytes:
    """A Workbook stream encrypted: all but record headers, BOF, FILEPASS and the place in BOUNDSHEET."""
    salt = bytes(range(16))
    start = hashlib.md5(password.encode("utf-16-le"), usedforsecurity=False).digest()[:5]
    base = hashlib.md5((start + salt) * 16, usedforsecurity=False).digest()[:5]

    def key(block: int) -> bytes:
        return hashlib.md5(base + struct.pack("<I", block), usedforsecurity=False).digest()

    verifier = bytes(range(50, 66))
    sealed = rc4(key(0), verifier + hashlib.md5(verifier, usedforsecurity=False).digest())
    first = 4 + struct.unpack_from("<H", book, 2)[0]
    locked = struct.pack("<HHHHH", 0x2F, 54, 1, 1, 1) + salt + sealed
    plain = bytearray(book[:first] + locked + book[first:])
    clear: list[tuple[int, int]] = []
    at = 0
    while at + 4 <= len(plain):
        kind, size = struct.unpack_from("<HH", plain, at)
        if kind == 0x85:  # its first four bytes say where the sheet begins, in the clear
            moved = struct.unpack_from("<I", plain, at + 4)[0] + len(locked)
            struct.pack_into("<I", plain, at + 4, moved)
        clear.append((at, 4 + size if kind in {0x809, 0x2F} else 8 if kind == 0x85 else 4))
        at += 4 + size
    done = bytearray()
    for block in range(0, len(plain), 1024):
        done += rc4(key(block // 1024), bytes(plain[block : block + 1024]))
    for at, size in clear:
        done[at : at + size] = plain[at : at + size]
    return bytes(done)
