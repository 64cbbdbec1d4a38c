"""OLE compound files (MS-CFB): what is inside, one stream out of it, and its tree of storages.

Carries old Office documents, Outlook messages and embedded objects without a further dependency. Hostile chains
(loops, sectors outside the file, storages inside themselves) end, or end in RefusedError.
"""

import struct
from dataclasses import dataclass, field

from sekisho.sources.files.limits import RefusedError

OLE_HEAD = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_END = 0xFFFFFFFA  # and above: end of chain, free, FAT sectors
_SMALL = 4096
_STORAGE, _STREAM, _ROOT = 1, 2, 5
_MAX_ENTRIES = 20_000


@dataclass(frozen=True, slots=True)
class Entry:
    name: str
    kind: int
    start: int
    size: int
    left: int = _END
    right: int = _END
    child: int = _END


@dataclass(slots=True)
class Storage:
    """A folder inside a compound file; ``read`` gives the bytes of a stream in it."""

    name: str
    compound: "Compound"
    streams: dict[str, Entry] = field(default_factory=dict)
    storages: dict[str, "Storage"] = field(default_factory=dict)

    def read(self, name: str) -> bytes:
        """The bytes of the stream; b"" when there is none. Raises RefusedError(broken)."""
        entry = self.streams.get(name)
        return b"" if entry is None else self.compound.read(entry)


class Compound:
    """A compound file held in memory."""

    def __init__(self, data: bytes) -> None:
        """Raises RefusedError(broken)."""
        self._data = data
        try:
            self._open()
        except (struct.error, IndexError, ValueError, OverflowError):
            raise RefusedError("broken", "OLE file cut off or damaged") from None

    def _open(self) -> None:
        data = self._data
        shift, self._mini_shift = struct.unpack_from("<HH", data, 30)
        if not 7 <= shift <= 16 or not 2 <= self._mini_shift <= shift:
            raise ValueError
        self._size = 1 << shift
        fat_count, directory = struct.unpack_from("<I I", data, 44)
        mini_fat, _, difat, difat_count = struct.unpack_from("<IIII", data, 60)
        listed = list(struct.unpack_from("<109I", data, 76))
        most = len(data) // self._size + 1
        for _ in range(min(difat_count, most)):
            if difat >= _END:
                break
            block = self._sector(difat)
            numbers = struct.unpack(f"<{len(block) // 4}I", block)
            listed += numbers[:-1]
            difat = numbers[-1]
        fat = b"".join(self._sector(number) for number in listed[: min(fat_count, most)] if number < _END)
        self._fat = struct.unpack(f"<{len(fat) // 4}I", fat)
        table = self._chain(directory)
        self.entries = [_entry(table[at : at + 128]) for at in range(0, min(len(table), 128 * _MAX_ENTRIES) - 127, 128)]
        small = self._chain(mini_fat) if mini_fat < _END else b""
        self._mini_fat = struct.unpack(f"<{len(small) // 4}I", small[: len(small) // 4 * 4])
        self._mini: bytes | None = None

    def names(self) -> set[str]:
        return {entry.name for entry in self.entries if entry.kind}

    def stream(self, *names: str) -> bytes:
        """The bytes of the first stream so named, wherever it lies; b"" when there is none. Raises RefusedError."""
        for entry in self.entries:
            if entry.kind == _STREAM and entry.name in names:
                return self.read(entry)
        return b""

    def read(self, entry: Entry) -> bytes:
        """The bytes of a stream. Raises RefusedError(broken)."""
        try:
            return self._read(entry)
        except (struct.error, IndexError, ValueError):
            raise RefusedError("broken", "OLE stream damaged") from None

    def root(self) -> Storage:
        """The outermost storage. Every entry stands in one storage only; what the tree does not reach (a damaged
        tree) is put into the root, so that nothing is lost."""
        entries = self.entries
        top = Storage("", self)
        seen: set[int] = set()
        waiting: list[tuple[int, Storage]] = []
        for number, entry in enumerate(entries):
            if entry.kind == _ROOT:
                seen.add(number)
                waiting.append((entry.child, top))
                break
        loose = iter(range(len(entries)))
        while True:
            while waiting:
                number, storage = waiting.pop()
                if number >= len(entries) or number in seen:
                    continue
                seen.add(number)
                entry = entries[number]
                waiting += [(entry.left, storage), (entry.right, storage)]
                if entry.kind == _STREAM:
                    storage.streams.setdefault(entry.name, entry)
                elif entry.kind == _STORAGE:
                    inner = storage.storages.setdefault(entry.name, Storage(entry.name, self))
                    waiting.append((entry.child, inner))
            lost = next((number for number in loose if number not in seen and entries[number].kind), None)
            if lost is None:
                return top
            waiting.append((lost, top))

    def _read(self, entry: Entry) -> bytes:
        if entry.size >= _SMALL:
            return self._chain(entry.start, entry.size)[: entry.size]
        if self._mini is None:
            root = next((one for one in self.entries if one.kind == _ROOT), None)
            self._mini = self._chain(root.start) if root else b""
        done: list[bytes] = []
        size, number = 1 << self._mini_shift, entry.start
        while number < _END and len(done) * size < entry.size:
            done.append(self._mini[number * size : (number + 1) * size])
            number = self._mini_fat[number]
        return b"".join(done)[: entry.size]

    def _chain(self, number: int, size: int | None = None) -> bytes:
        """The sectors of one chain; a loop cannot be longer than the file."""
        done: list[bytes] = []
        most = len(self._data) // self._size + 1 if size is None else size // self._size + 1
        while number < _END:
            done.append(self._sector(number))
            if len(done) > most:
                break
            number = self._fat[number]
        return b"".join(done)

    def _sector(self, number: int) -> bytes:
        start = (number + 1) * self._size
        if start >= len(self._data):
            raise ValueError
        return self._data[start : start + self._size].ljust(self._size, b"\x00")


def _entry(raw: bytes) -> Entry:
    length = min(max(int.from_bytes(raw[64:66], "little") - 2, 0), 62)
    left, right, child = struct.unpack_from("<III", raw, 68)
    start, size = struct.unpack_from("<II", raw, 116)
    return Entry(raw[:length].decode("utf-16-le", "replace"), raw[66], start, size, left, right, child)
