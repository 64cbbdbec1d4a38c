"""The directory of a 7z archive: which members lie in which blocks, and how these are packed.

Every count is checked against the bytes that are there before anything of that size is made.
Format: 7zFormat.txt of the LZMA SDK.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from sekisho.sources.files.limits import RefusedError

_END, _HEADER, _PROPERTIES, _ADDITIONAL, _MAIN, _FILES = 0, 1, 2, 3, 4, 5
_PACK, _UNPACK, _SUBSTREAMS, _SIZE, _CRC, _FOLDER, _UNPACK_SIZE, _NUM = 6, 7, 8, 9, 10, 11, 12, 13
_EMPTY_STREAM, _EMPTY_FILE, _NAMES, _ENCODED = 14, 15, 17, 23
_MAX_CODERS = 8
_MAX_ENTRIES = 500_000


@dataclass(frozen=True, slots=True)
class Coder:
    method: bytes
    properties: bytes
    size: int
    """Bytes that come out of it."""


@dataclass(slots=True)
class Folder:
    """A block: one or more members packed together (solid)."""

    coders: list[Coder]
    bound: dict[int, int]
    """Coder → the coder whose output it takes; the one that is missing takes the packed bytes."""
    last: int
    """The coder whose output is the block's."""
    first_pack: int
    simple: bool
    crc: int | None = None
    streams: list[tuple[int, int | None]] = field(default_factory=list)
    """(size, CRC) of each member."""

    @property
    def size(self) -> int:
        return self.coders[self.last].size

    def chain(self) -> list[Coder]:
        """The coders in the order in which they unpack. Raises RefusedError(unsupported) when it is no chain."""
        if not self.simple:
            raise RefusedError("unsupported", "7z: block of several streams (BCJ2)")
        found, at = [self.last], self.last
        while at in self.bound and len(found) <= len(self.coders):
            at = self.bound[at]
            found.append(at)
        if len(found) != len(self.coders):
            raise RefusedError("broken", "7z: coders in a circle")
        return [self.coders[number] for number in reversed(found)]


@dataclass(frozen=True, slots=True)
class Entry:
    """A member. ``folder`` −1: without content."""

    name: str
    size: int
    crc: int | None
    folder: int


@dataclass(slots=True)
class Header:
    pack_starts: list[int] = field(default_factory=list)
    pack_sizes: list[int] = field(default_factory=list)
    folders: list[Folder] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)


class _Bytes:
    """Numbers from a byte string; too short raises IndexError."""

    def __init__(self, raw: bytes) -> None:
        self.raw = raw
        self.at = 0

    def byte(self) -> int:
        value = self.raw[self.at]
        self.at += 1
        return value

    def take(self, size: int) -> bytes:
        if size > len(self.raw) - self.at:
            raise IndexError
        self.at += size
        return self.raw[self.at - size : self.at]

    def number(self) -> int:
        """7z's variable-length number."""
        first, mask, value = self.byte(), 0x80, 0
        for place in range(8):
            if not first & mask:
                return value | (first & (mask - 1)) << (8 * place)
            value |= self.byte() << (8 * place)
            mask >>= 1
        return value

    def count(self) -> int:
        """A number of things of which each takes at least a bit of what follows."""
        value = self.number()
        if value > 8 * (len(self.raw) - self.at) + 8:
            raise IndexError
        return value

    def bits(self, count: int) -> list[bool]:
        raw = self.take((count + 7) // 8)
        return [bool(raw[at >> 3] & 0x80 >> (at & 7)) for at in range(count)]

    def crcs(self, count: int) -> list[int | None]:
        known = [True] * count if self.byte() else self.bits(count)
        return [int.from_bytes(self.take(4), "little") if one else None for one in known]


def parse_streams(raw: bytes) -> Header | None:
    """Where a packed directory lies; None when ``raw`` is a directory in the clear. Raises RefusedError(broken)."""
    if raw[:1] != bytes([_ENCODED]):
        return None
    header = Header()
    _guarded(raw, header, _streams)
    if not header.folders:
        raise RefusedError("broken", "7z: damaged directory")
    return header


def parse_header(raw: bytes) -> Header:
    """The directory. Raises RefusedError(broken)."""
    header = Header()
    if raw:
        _guarded(raw, header, _main)
    return header


def _guarded(raw: bytes, header: Header, parse: Callable[[_Bytes, Header], None]) -> None:
    source = _Bytes(raw)
    try:
        source.byte()
        parse(source, header)
        for folder in header.folders:
            if folder.simple and folder.first_pack >= len(header.pack_sizes):
                raise IndexError
    except (IndexError, ValueError, OverflowError):
        raise RefusedError("broken", "7z: damaged directory") from None


def _main(source: _Bytes, header: Header) -> None:
    if source.raw[0] != _HEADER:
        raise ValueError
    while (kind := source.byte()) != _END:
        if kind == _PROPERTIES:
            while source.byte() != _END:
                source.take(source.number())
        elif kind == _ADDITIONAL:
            _streams(source, Header())
        elif kind == _MAIN:
            _streams(source, header)
        elif kind == _FILES:
            _files(source, header)
        else:
            raise ValueError


def _streams(source: _Bytes, header: Header) -> None:
    divided = False
    while (kind := source.byte()) != _END:
        if kind == _PACK:
            _pack(source, header)
        elif kind == _UNPACK:
            _unpack(source, header)
        elif kind == _SUBSTREAMS:
            _substreams(source, header)
            divided = True
        else:
            raise ValueError
    for folder in [] if divided else header.folders:
        folder.streams = [(folder.size, folder.crc)]


def _pack(source: _Bytes, header: Header) -> None:
    position, count = source.number(), source.count()
    while (kind := source.byte()) != _END:
        if kind == _SIZE:
            header.pack_sizes = [source.number() for _ in range(count)]
        elif kind == _CRC:
            source.crcs(count)
        else:
            raise ValueError
    for size in header.pack_sizes:
        header.pack_starts.append(position)
        position += size


def _unpack(source: _Bytes, header: Header) -> None:
    if source.byte() != _FOLDER:
        raise ValueError
    count = source.count()
    if source.byte():
        raise ValueError  # kept elsewhere: no packer does
    first_pack = 0
    shapes = []
    for _ in range(count):
        shape = _folder(source, first_pack)
        first_pack += shape[-1]
        shapes.append(shape)
    if source.byte() != _UNPACK_SIZE:
        raise ValueError
    for coders, bound, last, pack, simple, _ in shapes:
        sized = [Coder(method, properties, source.number()) for method, properties in coders]
        header.folders.append(Folder(sized, bound, last, pack, simple))
    while (kind := source.byte()) != _END:
        if kind != _CRC:
            raise ValueError
        for folder, crc in zip(header.folders, source.crcs(count), strict=True):
            folder.crc = crc


def _folder(source: _Bytes, first_pack: int) -> tuple[list[tuple[bytes, bytes]], dict[int, int], int, int, bool, int]:
    """(coders, bindings, last coder, first packed stream, whether it is a chain, how many packed streams)."""
    count = source.number()
    if not 0 < count <= _MAX_CODERS:
        raise ValueError
    coders: list[tuple[bytes, bytes]] = []
    ins = outs = 0
    for _ in range(count):
        flags = source.byte()
        method = source.take(flags & 0x0F)
        taken, given = (source.number(), source.number()) if flags & 0x10 else (1, 1)
        if taken > _MAX_CODERS or given != 1 or flags & 0x80:
            raise ValueError
        properties = source.take(source.number()) if flags & 0x20 else b""
        coders.append((method, properties))
        ins, outs = ins + taken, outs + given
    bound: dict[int, int] = {}
    for _ in range(outs - 1):
        taker = source.number()
        bound[taker] = source.number()
    packed = ins - (outs - 1)
    if packed > 1:
        for _ in range(packed):
            source.number()
    elif packed < 1:
        raise ValueError
    free = set(range(outs)) - set(bound.values())
    if len(free) != 1 or not set(bound) <= set(range(ins)):
        raise ValueError
    return coders, bound, free.pop(), first_pack, ins == outs, packed


def _substreams(source: _Bytes, header: Header) -> None:
    counts = [1] * len(header.folders)
    kind = source.byte()
    if kind == _NUM:
        counts = [source.count() for _ in header.folders]
        kind = source.byte()
    sizes: list[list[int]] = []
    for folder, count in zip(header.folders, counts, strict=True):
        known = [source.number() for _ in range(count - 1)] if kind == _SIZE else []
        if count and (rest := folder.size - sum(known)) < 0:
            raise ValueError
        if count > 1 and kind != _SIZE:
            raise ValueError
        sizes.append([*known, rest] if count else [])
    if kind == _SIZE:
        kind = source.byte()
    known_whole = [len(own) == 1 and folder.crc is not None for folder, own in zip(header.folders, sizes, strict=True)]
    missing = sum(len(own) for own, known in zip(sizes, known_whole, strict=True) if not known)
    crcs: list[int | None] = [None] * missing
    while kind != _END:
        if kind == _CRC:
            crcs = source.crcs(missing)
        else:
            raise ValueError
        kind = source.byte()
    following = iter(crcs)
    for folder, own, complete in zip(header.folders, sizes, known_whole, strict=True):
        folder.streams = [(size, folder.crc if complete else next(following)) for size in own]


def _files(source: _Bytes, header: Header) -> None:
    count = source.count()
    if count > _MAX_ENTRIES:
        raise RefusedError("suspicious", "7z: too many members")
    names: list[str] = []
    empty = [False] * count
    no_folder: list[bool] = []
    while (kind := source.number()) != _END:
        block = _Bytes(source.take(source.number()))
        if kind == _EMPTY_STREAM:
            empty = block.bits(count)
        elif kind == _EMPTY_FILE:
            no_folder = block.bits(sum(empty))
        elif kind == _NAMES:
            if block.byte():
                raise ValueError
            names = block.raw[1:].decode("utf-16-le", "replace").split("\0")[:count]
    names += ["?"] * (count - len(names))
    streams = [(number, *stream) for number, folder in enumerate(header.folders) for stream in folder.streams]
    with_content, empties = iter(streams), iter(no_folder + [False] * sum(empty))
    for name, without in zip(names, empty, strict=True):
        if without:
            if next(empties):
                header.entries.append(Entry(name, 0, None, -1))
            continue
        found = next(with_content, None)
        if found is None:
            raise ValueError
        number, size, crc = found
        header.entries.append(Entry(name, size, crc, number))
