"""Writing an OLE compound file (MS-CFB, version 3): to hand on an embedded object as the file it once was.

Old Office documents and Outlook messages keep embedded workbooks as storages of their own file; the readers of such
objects want whole files.
"""

import struct

from sekisho.sources.files.limits import RefusedError
from sekisho.sources.files.ole import OLE_HEAD, Storage

Tree = dict[str, "bytes | Tree"]

_SECTOR, _MINI, _CUTOFF = 512, 64, 4096
_END, _FREE, _FAT, _DIFAT, _NONE = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD, 0xFFFFFFFC, 0xFFFFFFFF
_MAX_DEPTH = 50


def tree_of(storage: Storage, budget: int, depth: int = 0) -> Tree:
    """The streams and storages of ``storage`` as they are; at most ``budget`` bytes. Raises RefusedError."""
    if depth > _MAX_DEPTH:
        raise RefusedError("too_deep", "storages inside storages")
    tree: Tree = {}
    for name in storage.streams:
        content = storage.read(name)
        budget -= len(content)
        if budget < 0:
            raise RefusedError("suspicious", "OLE streams overlap")
        tree[name] = content
    for name, inner in storage.storages.items():
        branch = tree_of(inner, budget, depth + 1)
        budget -= _size(branch)
        tree[name] = branch
    return tree


def _size(tree: Tree) -> int:
    return sum(len(one) if isinstance(one, bytes) else _size(one) for one in tree.values())


def compound_file(tree: Tree) -> bytes:
    """A compound file with these streams (bytes) and storages (dict). Names of at most 31 characters."""
    return _Writer(tree).written()


class _Writer:
    def __init__(self, tree: Tree) -> None:
        self.sectors: list[bytes] = []
        self.fat: list[int] = []
        self.mini = bytearray()
        self.mini_fat: list[int] = []
        self.entries: list[bytearray] = [_entry("Root Entry", 5)]
        self._link(0, self._branch(tree))

    def written(self) -> bytes:
        root = self.entries[0]
        mini_fat = struct.pack(f"<{len(self.mini_fat)}I", *self.mini_fat)
        struct.pack_into("<II", root, 116, self._chain(bytes(self.mini)), len(self.mini))
        mini_fat_at = self._chain(mini_fat, _FREE)
        mini_fat_count = -(-len(mini_fat) // _SECTOR)
        directory = self._chain(b"".join(self.entries))
        table, first_difat, difats = self._fat_sectors()
        header = bytearray(_SECTOR)
        header[:8] = OLE_HEAD
        struct.pack_into("<HHHHH", header, 24, 0x3E, 3, 0xFFFE, 9, 6)
        struct.pack_into("<II", header, 44, len(table), directory)
        struct.pack_into("<IIIII", header, 56, _CUTOFF, mini_fat_at, mini_fat_count, first_difat, difats)
        struct.pack_into("<109I", header, 76, *(table[:109] + [_FREE] * (109 - len(table[:109]))))
        return bytes(header) + b"".join(self.sectors)

    def _fat_sectors(self) -> tuple[list[int], int, int]:
        """Append the FAT and, above 109 sectors of it, the list of its sectors (DIFAT)."""
        count = difats = 0
        while count * 128 < len(self.fat) + count + difats:
            count += 1
            difats = -(-max(0, count - 109) // 127)
        start = len(self.fat)
        self.fat += [_FAT] * count + [_DIFAT] * difats
        padded = self.fat + [_FREE] * (count * 128 - len(self.fat))
        self.sectors += [struct.pack("<128I", *padded[at : at + 128]) for at in range(0, count * 128, 128)]
        table = list(range(start, start + count))
        for number in range(difats):
            listed = table[109 + 127 * number : 236 + 127 * number]
            following = start + count + number + 1 if number + 1 < difats else _END
            self.sectors.append(struct.pack("<128I", *listed, *[_FREE] * (127 - len(listed)), following))
        return table, start + count if difats else _END, difats

    def _branch(self, tree: Tree) -> list[int]:
        numbers = []
        for name, content in sorted(tree.items(), key=lambda item: (len(item[0]), item[0].upper())):
            number = len(self.entries)
            numbers.append(number)
            if isinstance(content, bytes):
                entry = _entry(name, 2)
                self.entries.append(entry)
                struct.pack_into("<II", entry, 116, self._stream(content), len(content))
            else:
                self.entries.append(_entry(name, 1))
                self._link(number, self._branch(content))
        return numbers

    def _link(self, parent: int, numbers: list[int]) -> None:
        struct.pack_into("<I", self.entries[parent], 76, self._balanced(numbers))

    def _balanced(self, numbers: list[int]) -> int:
        """A search tree over entries that stand in order; its root."""
        if not numbers:
            return _NONE
        middle = len(numbers) // 2
        left, right = self._balanced(numbers[:middle]), self._balanced(numbers[middle + 1 :])
        struct.pack_into("<II", self.entries[numbers[middle]], 68, left, right)
        return numbers[middle]

    def _stream(self, content: bytes) -> int:
        if len(content) >= _CUTOFF:
            return self._chain(content)
        if not content:
            return _END
        start = len(self.mini) // _MINI
        count = -(-len(content) // _MINI)
        self.mini += content.ljust(count * _MINI, b"\x00")
        self.mini_fat += [*range(start + 1, start + count), _END]
        return start

    def _chain(self, content: bytes, fill: int = 0) -> int:
        if not content:
            return _END
        start = len(self.sectors)
        blocks = [content[at : at + _SECTOR] for at in range(0, len(content), _SECTOR)]
        blocks[-1] = blocks[-1].ljust(_SECTOR, bytes((fill & 0xFF,)))
        self.sectors += blocks
        self.fat += [*range(start + 1, start + len(blocks)), _END]
        return start


def _entry(name: str, kind: int) -> bytearray:
    raw = bytearray(128)
    written = name.encode("utf-16-le")[:62] + b"\x00\x00"
    raw[: len(written)] = written
    struct.pack_into("<HBBIII", raw, 64, len(written), kind, 1, _NONE, _NONE, _NONE)
    if kind != 2:
        struct.pack_into("<I", raw, 116, 0 if kind == 1 else _END)
    return raw
