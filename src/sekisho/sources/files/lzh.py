"""LZH (LHA) archives: the format of Japanese attachments before ZIP, still in old archives and in some habits.

Own code: the one library for it is a C extension whose last word on damaged input is not known, and the methods that
ever mattered (-lh0-, -lh4- to -lh7-) are a page of Huffman codes. Python unpacks about 2 MiB a CPU-second, which is
enough for what was packed in that time. Header levels 0 to 3; names are CP932, or Unicode in an extension.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache

from sekisho.sources.files.job import Job
from sekisho.sources.files.limits import RefusedError
from sekisho.sources.mail.charset import decode_name

_STORED = frozenset({b"-lh0-", b"-lz4-"})
_FOLDER = b"-lhd-"
_METHODS = {b"-lh4-": (12, 14, 4), b"-lh5-": (13, 14, 4), b"-lh6-": (15, 16, 5), b"-lh7-": (16, 17, 5)}
"""Method → (bits of the window, position codes, bits of their number)."""
_FILE_NAME, _FOLDER_NAME, _WIDE_SIZES, _UNICODE_NAME, _UNICODE_FOLDER = 0x01, 0x02, 0x42, 0x44, 0x45
_SYMBOLS, _LENGTHS, _SHORTEST = 510, 19, 253
_MAX_CODE = 16
_BLOCK = 4096


@dataclass(frozen=True, slots=True)
class _Member:
    name: str
    method: bytes
    size: int
    crc: int | None
    packed: bytes


def read_lzh(data: bytes, part: str, job: Job) -> None:
    """Read every member of an LZH archive, or list it; names are pieces of their own. Raises RefusedError."""
    found = False
    for member in _members(data, part, job):
        found = True
        if member.method == _FOLDER:
            continue
        if not job.take_part():
            job.unread(part, "too_big", "further members not looked at")
            return
        place = f"{part}!{member.name}"
        job.text(f"{place}.name", member.name)
        try:
            content, whole = _content(member, job)
        except RefusedError as refused:
            job.unread(place, refused.reason, refused.detail)
            continue
        if not whole:
            job.unread(place, "broken", "LZH member damaged or cut off, read as far as possible")
        job.open(member.name, content, place)
    if not found:
        raise RefusedError("broken", "LZH archive without a member")


def _content(member: _Member, job: Job) -> tuple[bytes, bool]:
    """(bytes of a member, whether they are whole). Raises RefusedError."""
    packed = len(member.packed)
    if member.method not in _STORED and member.method not in _METHODS:
        raise RefusedError("unsupported", f"LZH method {member.method.decode('latin-1')}")
    if member.size > job.limits.ratio_floor and member.size > packed * job.limits.max_ratio:
        raise RefusedError("suspicious", f"would unpack to {member.size >> 20} MiB from {packed >> 10} KiB")
    job.take_bytes(member.size)
    if member.method in _STORED:
        content = member.packed[: member.size]
    else:
        content = unpack(member.packed, member.method, member.size, job.deadline.check)
    if not content and member.size:
        raise RefusedError("broken", "damaged LZH data")
    return content, len(content) == member.size and member.crc in {None, crc16(content)}


# -- headers ----------------------------------------------------------------------------------------------------------


def _members(data: bytes, part: str, job: Job) -> Iterator[_Member]:
    at = 0
    while at + 21 <= len(data) and data[at]:
        try:
            member, at = _member(data, at)
        except (IndexError, ValueError):
            job.unread(part, "broken", "LZH archive damaged or cut off")
            return
        yield member


def _member(data: bytes, at: int) -> tuple[_Member, int]:
    """The member whose header lies at ``at``, and where the next one begins. Raises ValueError, IndexError."""
    method, level = data[at + 2 : at + 7], data[at + 20]
    if method[:1] != b"-" or method[-1:] != b"-":
        raise ValueError
    packed, size = _number(data, at + 7, 4), _number(data, at + 11, 4)
    if level <= 1:
        length = data[at + 21]
        end = at + 22 + length
        name, crc = data[at + 22 : end], _number(data, end, 2)
        after = at + 2 + data[at]
        extensions, start = _extensions(data, after, 2) if level else ([], after)
        packed -= start - after if level else 0
    elif level in {2, 3}:
        width, first = (2, 24) if level == 2 else (4, 28)
        name, crc = b"", _number(data, at + 21, 2)
        extensions, _ = _extensions(data, at + first + width, width)
        start = at + _number(data, at + (0 if level == 2 else 24), width)
    else:
        raise ValueError
    kept = dict(extensions)
    if wide := kept.get(_WIDE_SIZES):
        packed, size = _number(wide, 0, 8), _number(wide, 8, 8)
    if start <= at or packed < 0:
        raise ValueError
    member = _Member(_name(name, kept), method, size, crc, data[start : start + packed])
    return member, start + packed


def _extensions(data: bytes, at: int, width: int) -> tuple[list[tuple[int, bytes]], int]:
    """(type and content of each extended header, where they end). The size of the first stands before ``at``."""
    found = []
    while size := _number(data, at - width, width):
        if size < width + 1 or at + size > len(data):
            raise ValueError
        found.append((data[at], data[at + 1 : at + size - width]))
        at += size
    return found, at


def _number(data: bytes, at: int, width: int) -> int:
    if at < 0 or at + width > len(data):
        raise IndexError
    return int.from_bytes(data[at : at + width], "little")


def _name(written: bytes, extensions: dict[int, bytes]) -> str:
    if _UNICODE_NAME in extensions:
        name = extensions[_UNICODE_NAME].decode("utf-16-le", "replace")
    else:
        name = _decoded(extensions.get(_FILE_NAME, written))
    if _UNICODE_FOLDER in extensions:
        folder = extensions[_UNICODE_FOLDER].decode("utf-16-le", "replace").replace("\uffff", "/")
    else:
        folder = _decoded(extensions.get(_FOLDER_NAME, b""))
    return (folder + name).replace("\\", "/").replace("\x00", "") or "?"


def _decoded(name: bytes) -> str:
    return decode_name(name.replace(b"\xff", b"/")) if name else ""


# -- unpacking --------------------------------------------------------------------------------------------------------


@cache
def _crc_table() -> list[int]:
    made = []
    for number in range(256):
        value = number
        for _ in range(8):
            value = (value >> 1) ^ (0xA001 if value & 1 else 0)
        made.append(value)
    return made


def crc16(data: bytes) -> int:
    """CRC-16/ARC, as LHA keeps it."""
    table, value = _crc_table(), 0
    for byte in data:
        value = (value >> 8) ^ table[(value ^ byte) & 0xFF]
    return value


class _Bits:
    """A bit stream, most significant first. Far beyond its end: EOFError."""

    __slots__ = ("at", "count", "data", "value")

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = self.count = self.value = 0

    def fill(self) -> None:
        """At least 64 bits at hand; zeros after the end."""
        if self.at > len(self.data) + 64:
            raise EOFError
        block = self.data[self.at : self.at + 8]
        self.value = (self.value & ((1 << self.count) - 1)) << 64 | int.from_bytes(block.ljust(8, b"\0"), "big")
        self.at += 8
        self.count += 64

    def peek(self, width: int) -> int:
        if self.count < width:
            self.fill()
        return (self.value >> (self.count - width)) & ((1 << width) - 1)

    def take(self, width: int) -> int:
        value = self.peek(width)
        self.count -= width
        return value


Codes = tuple[list[int], int]
"""(table: the next bits → symbol << 5 | length of its code, how many bits it looks at)."""


def _table(lengths: list[int]) -> Codes:
    """A look-up table of the canonical code with these lengths. Raises ValueError when there is no such code."""
    width = max(lengths, default=0)
    if not 0 < width <= _MAX_CODE:
        raise ValueError
    table: list[int] = []
    for length in range(1, width + 1):
        span = 1 << (width - length)
        for symbol, own in enumerate(lengths):
            if own == length:
                table += [symbol << 5 | length] * span
        if len(table) > 1 << width:
            raise ValueError
    if len(table) != 1 << width:
        raise ValueError
    return table, width


def _short_lengths(bits: _Bits, most: int, width: int, pause: int) -> Codes:
    """The code for lengths, or for positions. ``pause``: after so many lengths stands a number of zeros."""
    count = bits.take(width)
    if count == 0:
        return [bits.take(width) << 5], 0
    if count > most:
        raise ValueError
    lengths: list[int] = []
    while len(lengths) < count:
        length = bits.take(3)
        if length == 7:
            while bits.take(1):
                length += 1
                if length > _MAX_CODE:
                    raise ValueError
        lengths.append(length)
        if len(lengths) == pause:
            lengths += [0] * bits.take(2)
    return _table(lengths)


def _symbol_lengths(bits: _Bits, codes: Codes) -> Codes:
    count = bits.take(9)
    if count == 0:
        return [bits.take(9) << 5], 0
    if count > _SYMBOLS:
        raise ValueError
    table, width = codes
    lengths: list[int] = []
    while len(lengths) < count:
        entry = table[bits.peek(width) if width else 0]
        bits.count -= entry & 31
        length = entry >> 5
        if length > 2:
            lengths.append(length - 2)
        else:
            lengths += [0] * (1, bits.take(4) + 3 if length == 1 else 0, bits.take(9) + 20 if length == 2 else 0)[
                length
            ]
    return _table(lengths[:_SYMBOLS])


def unpack(data: bytes, method: bytes, size: int, check: Callable[[], None]) -> bytes:
    """Up to ``size`` unpacked bytes; fewer when the data are damaged or cut off. ``check`` may raise."""
    window, positions, width = _METHODS[method]
    out = bytearray(b" " * (1 << window))
    whole = len(out) + size
    bits = _Bits(data)
    try:
        while len(out) < whole:
            check()
            count = bits.take(16) or 1 << 16
            symbols = _symbol_lengths(bits, _short_lengths(bits, _LENGTHS, 5, 3))
            _block(bits, count, symbols, _short_lengths(bits, positions, width, -1), out, whole=whole, check=check)
    except (EOFError, ValueError, IndexError):
        pass
    return bytes(memoryview(out)[1 << window : whole])


def _block(
    bits: _Bits, count: int, symbols: Codes, places: Codes, out: bytearray, *, whole: int, check: Callable[[], None]
) -> None:
    """Unpack one block of ``count`` symbols. Everything is in local names: the loop runs once for each of them."""
    table, width = symbols
    place_table, place_width = places
    mask, place_mask = (1 << width) - 1, (1 << place_width) - 1
    value, left, last = bits.value, bits.count, bits.at > len(bits.data)
    append = out.append
    for turn in range(count):
        if left < 64:
            bits.value, bits.count = value, left
            bits.fill()
            value, left = bits.value, bits.count
            last = bits.at > len(bits.data)
        entry = table[(value >> (left - width)) & mask]
        left -= entry & 31
        if last and bits.at - left // 8 > len(bits.data):
            raise EOFError
        symbol = entry >> 5
        if symbol < 256:
            append(symbol)
            continue
        entry = place_table[(value >> (left - place_width)) & place_mask]
        left -= entry & 31
        distance = entry >> 5
        if distance > 1:
            extra = distance - 1
            left -= extra
            distance = 1 << extra | (value >> left) & ((1 << extra) - 1)
        distance += 1
        length = symbol - _SHORTEST
        if distance >= length:
            start = len(out) - distance
            out += out[start : start + length]
        else:
            out += (out[-distance:] * (length // distance + 1))[:length]
        if not turn % _BLOCK:
            check()
        if len(out) >= whole:
            break
    bits.value, bits.count = value, left
