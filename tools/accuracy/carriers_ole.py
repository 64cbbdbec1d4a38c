"""A writer of OLE compound files (MS-CFB, version 3), for MSG and XLS carriers. Small files only."""

import struct
from dataclasses import dataclass, field

SECTOR, MINI, CUTOFF = 512, 64, 4096
_FREE, _END, _FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
_NONE = 0xFFFFFFFF


@dataclass(slots=True)
class Storage:
    """A folder of a compound file: names to bytes or to further folders."""

    entries: "dict[str, bytes | Storage]" = field(default_factory=dict)


@dataclass(slots=True)
class _Entry:
    name: str
    kind: int
    data: bytes = b""
    child: int = _NONE
    left: int = _NONE
    right: int = _NONE
    start: int = _END


def compound_file(root: Storage) -> bytes:
    """The bytes of a compound file with the entries of ``root``."""
    entries = [_Entry("Root Entry", 5)]
    entries[0].child = _lay_out(root, entries)
    mini, mini_fat = _mini_stream([e for e in entries if e.kind == 2 and len(e.data) < CUTOFF])
    entries[0].data = mini
    chains: list[bytes] = []
    fat: list[int] = []

    def put(data: bytes) -> int:
        if not data:
            return _END
        start, count = len(fat), -(-len(data) // SECTOR)
        chains.append(data.ljust(count * SECTOR, b"\x00"))
        fat.extend([*range(start + 1, start + count), _END])
        return start

    for entry in entries:
        if entry.kind == 5 or len(entry.data) >= CUTOFF:
            entry.start = put(entry.data)
    mini_start = put(struct.pack(f"<{len(mini_fat)}I", *mini_fat))
    directory = b"".join(map(_directory_entry, entries))
    directory += _directory_entry(_Entry("", 0)) * (-len(entries) % 4)
    directory_start = put(directory)
    fat_sectors = 1
    while (len(fat) + fat_sectors) * 4 > fat_sectors * SECTOR:
        fat_sectors += 1
    first_fat = len(fat)
    fat += [_FAT] * fat_sectors
    fat += [_FREE] * (fat_sectors * SECTOR // 4 - len(fat))
    header = struct.pack(
        "<8s16sHHHHHHIIIIIIIIII", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", bytes(16), 0x3E, 3, 0xFFFE, 9, 6, 0, 0,
        0, fat_sectors, directory_start, 0, CUTOFF, mini_start, -(-len(mini_fat) * 4 // SECTOR), _END, 0,
    )  # fmt: skip
    listed = [*range(first_fat, first_fat + fat_sectors), *([_FREE] * (109 - fat_sectors))]
    return header + struct.pack("<109I", *listed) + b"".join(chains) + struct.pack(f"<{len(fat)}I", *fat)


def _lay_out(storage: Storage, entries: list[_Entry]) -> int:
    """Append the entries of a storage; the number of the root of their (balanced) tree."""
    numbers = []
    # the order of MS-CFB: shorter names first, then by upper case
    for name in sorted(storage.entries, key=lambda n: (len(n), n.upper())):
        value = storage.entries[name]
        number = len(entries)
        if isinstance(value, bytes):
            entries.append(_Entry(name, 2, value))
        else:
            entries.append(_Entry(name, 1, start=0))
            entries[number].child = _lay_out(value, entries)
        numbers.append(number)
    return _balanced(numbers, entries)


def _balanced(numbers: list[int], entries: list[_Entry]) -> int:
    if not numbers:
        return _NONE
    middle = len(numbers) // 2
    entry = entries[numbers[middle]]
    entry.left, entry.right = _balanced(numbers[:middle], entries), _balanced(numbers[middle + 1 :], entries)
    return numbers[middle]


def _mini_stream(small: list[_Entry]) -> tuple[bytes, list[int]]:
    data, fat = b"", []
    for entry in small:
        count = -(-len(entry.data) // MINI)
        if count:
            entry.start = len(fat)
            fat += [*range(len(fat) + 1, len(fat) + count), _END]
            data += entry.data.ljust(count * MINI, b"\x00")
    return data, fat


def _directory_entry(entry: _Entry) -> bytes:
    name = entry.name.encode("utf-16-le")
    length = len(name) + 2 if entry.kind else 0
    return struct.pack(
        "<64sHBBIII16sIQQIQ", name, length, entry.kind, 1, entry.left, entry.right, entry.child, bytes(16), 0, 0, 0,
        entry.start if entry.kind else 0, len(entry.data),
    )  # fmt: skip
