"""The lower layer of an Outlook store (PST, OST): its two trees, and the blocks of its nodes (MS-PST 2.2, 5.1, 5.2).

Own reader, not libpff: libpff's Python binding cannot open messages attached to messages, and is native code, which
a hostile store could bring down. Here every page and block is looked at within the file and every walk is bounded.
All three layouts are known: ANSI (Outlook 97–2002), Unicode, and Unicode with pages of 4 KiB (OST since 2013).
"""

import mmap
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache

import numpy as np

from sekisho.sources.files.kinds import PST
from sekisho.sources.files.limits import RefusedError

_MAX_LEVELS = 12
_INTERNAL = 2
_PERMUTE, _CYCLIC = 1, 2
_MAX_BLOCK = 1 << 17
MAX_SUBNODES = 50_000


@dataclass(frozen=True, slots=True)
class _Layout:
    """Where things stand: page size, offset of a page's counts, sizes of entries, struct codes of identifiers."""

    page: int
    counts: int
    counts_form: str
    wide: bool
    root: int
    crypt: int
    large_heap: bool


_ANSI = _Layout(512, 496, "<BBBB", wide=False, root=0xB8, crypt=0x1CD, large_heap=False)
_UNICODE = _Layout(512, 488, "<BBBB", wide=True, root=0xD8, crypt=0x201, large_heap=False)
_LARGE = _Layout(4096, 4056, "<HHBB", wide=True, root=0xD8, crypt=0x201, large_heap=True)


@dataclass(frozen=True, slots=True)
class Node:
    """``data`` and ``subnodes`` are block identifiers (0: none)."""

    identifier: int
    data: int
    subnodes: int
    parent: int = 0


class Blocks:
    """A store in memory or memory-mapped."""

    def __init__(self, data: bytes | mmap.mmap) -> None:
        """Raises RefusedError when this is no Outlook store."""
        self.data = data
        self.damaged = False
        try:
            if data[:4] != PST:
                raise RefusedError("broken", "no Outlook store")
            (version,) = struct.unpack_from("<H", data, 10)
            self.layout = _ANSI if version < 20 else _LARGE if version >= 36 else _UNICODE
            form = "<QQQQ" if self.layout.wide else "<IIII"
            _, self._nodes, _, self._blocks = struct.unpack_from(form, data, self.layout.root)
            self._crypt = data[self.layout.crypt]
        except (struct.error, IndexError):
            raise RefusedError("broken", "Outlook store cut off") from None
        if self._crypt not in {0, _PERMUTE, _CYCLIC}:
            raise RefusedError("encrypted", "Outlook store encrypted by the system")
        self._page = lru_cache(maxsize=512)(self._read_page)

    # --- trees ------------------------------------------------------------------------------------------------------

    def nodes(self) -> Iterator[Node]:
        """All nodes, by identifier. Damaged pages are left out and ``damaged`` is set."""
        waiting = [(self._nodes, _MAX_LEVELS)]
        seen: set[int] = set()
        while waiting:
            offset, level = waiting.pop()
            entries, found = self._page(offset)
            if offset in seen or found is None or found >= level:
                self.damaged = True
                continue
            seen.add(offset)
            if found:
                waiting += [(child, found) for _, child in reversed(self._children(entries))]
            else:
                yield from self._leaf_nodes(entries)

    def node(self, identifier: int) -> Node | None:
        """The node so numbered."""
        leaf = self._descend(self._nodes, identifier)
        return next((node for node in self._leaf_nodes(leaf) if node.identifier == identifier), None)

    def _descend(self, offset: int, key: int) -> bytes:
        """The entries of the leaf page that may hold ``key``; b"" when there is none."""
        last = _MAX_LEVELS
        while True:
            entries, level = self._page(offset)
            if level is None or level >= last:
                self.damaged = True
                return b""
            if not level:
                return entries
            below = [child for start, child in self._children(entries) if start <= key]
            if not below:
                return b""
            offset, last = below[-1], level

    def _read_page(self, offset: int) -> tuple[bytes, int | None]:
        """(the entries of a tree page, its level); level None when the page is damaged."""
        layout = self.layout
        page = self.data[offset : offset + layout.page]
        if offset <= 0 or len(page) < layout.page:
            return b"", None
        count, _, size, level = struct.unpack_from(layout.counts_form, page, layout.counts)
        wanted = (24 if layout.wide else 12) if level else 0
        if level >= _MAX_LEVELS or count * size > layout.counts or (wanted and size != wanted) or size < 12:
            return b"", None
        return page[: count * size], level

    def _children(self, entries: bytes) -> list[tuple[int, int]]:
        form = "<QQQ" if self.layout.wide else "<III"
        usable = len(entries) // struct.calcsize(form) * struct.calcsize(form)
        return [(key, child) for key, _, child in struct.iter_unpack(form, entries[:usable])]

    def _leaf_nodes(self, entries: bytes) -> Iterator[Node]:
        form = "<QQQII" if self.layout.wide else "<IIII"
        usable = len(entries) // struct.calcsize(form) * struct.calcsize(form)
        for entry in struct.iter_unpack(form, entries[:usable]):
            yield Node(entry[0] & 0xFFFFFFFF, entry[1], entry[2], entry[3])

    def _find_block(self, identifier: int) -> tuple[int, int, int]:
        """(offset, stored size, size). Raises RefusedError."""
        identifier &= ~1
        form = "<QQHHI" if self.layout.wide else "<IIHH"
        leaf = self._descend(self._blocks, identifier)
        usable = len(leaf) // struct.calcsize(form) * struct.calcsize(form)
        for entry in struct.iter_unpack(form, leaf[:usable]):
            if entry[0] & ~1 == identifier:
                return entry[1], entry[2], entry[3] if self.layout.large_heap else entry[2]
        raise RefusedError("broken", "block of an Outlook store not found")

    # --- blocks -----------------------------------------------------------------------------------------------------

    def _block(self, identifier: int) -> bytes:
        offset, stored, size = self._find_block(identifier)
        raw = self.data[offset : offset + stored]
        if len(raw) < stored:
            raise RefusedError("broken", "Outlook store cut off")
        if stored != size:
            try:
                raw = zlib.decompressobj().decompress(raw, _MAX_BLOCK)
            except zlib.error:
                raise RefusedError("broken", "block of an Outlook store damaged") from None
        if identifier & _INTERNAL or not self._crypt:
            return raw
        return raw.translate(_tables()[2]) if self._crypt == _PERMUTE else _cyclic(raw, identifier & 0xFFFFFFFF)

    def content(self, identifier: int, budget: int) -> list[bytes]:
        """The blocks of a node's data. Raises RefusedError: broken; too_big when beyond ``budget`` bytes."""
        if not identifier:
            return []
        done: list[bytes] = []
        waiting = [(identifier, 3)]
        while waiting:
            current, level = waiting.pop()
            block = self._block(current)
            if not current & _INTERNAL:
                budget -= len(block)
                done.append(block)
            else:
                budget -= 8
                waiting += [(child, level - 1) for child in reversed(self._listed(block, level))]
            if budget < 0:
                raise RefusedError("too_big", "content of an Outlook item")
        return done

    def _listed(self, block: bytes, level: int) -> list[int]:
        """The blocks listed in an XBLOCK or XXBLOCK."""
        if len(block) < 8 or block[0] != 1 or level <= 0:
            raise RefusedError("broken", "block list of an Outlook store damaged")
        width = 8 if self.layout.wide else 4
        count = min(int.from_bytes(block[2:4], "little"), (len(block) - 8) // width)
        return list(struct.unpack_from(f"<{count}{'Q' if width == 8 else 'I'}", block, 8))

    def subnodes(self, identifier: int) -> dict[int, Node]:
        """The nodes inside a node. Raises RefusedError."""
        found: dict[int, Node] = {}
        waiting = [(identifier, 2)] if identifier else []
        blocks = 0
        while waiting:
            current, level = waiting.pop()
            block = self._block(current)
            blocks += 1
            if len(block) < 4 or block[0] != 2 or block[1] >= level or blocks > MAX_SUBNODES:
                raise RefusedError("broken", "inner nodes of an Outlook store damaged")
            start = 8 if self.layout.wide else 4
            code = "Q" if self.layout.wide else "I"
            form = f"<{code * 2}" if block[1] else f"<{code * 3}"
            count = min(int.from_bytes(block[2:4], "little"), (len(block) - start) // struct.calcsize(form))
            for entry in struct.iter_unpack(form, block[start : start + count * struct.calcsize(form)]):
                if block[1]:
                    waiting.append((entry[1], block[1]))
                else:
                    number = entry[0] & 0xFFFFFFFF
                    found[number] = Node(number, entry[1], entry[2])
            if len(found) > MAX_SUBNODES:
                raise RefusedError("too_big", "inner nodes of an Outlook item")
        return found


def _cyclic(raw: bytes, key: int) -> bytes:
    """The "high" encoding (MS-PST 5.2): no secret, the key is the number of the block."""
    first, second, third = (np.frombuffer(table, np.uint8) for table in _tables())
    word = ((key ^ key >> 16) + np.arange(len(raw), dtype=np.uint32)).astype(np.uint16)
    low, high = (word & 0xFF).astype(np.uint8), (word >> 8).astype(np.uint8)
    data = first[np.frombuffer(raw, np.uint8) + low]
    data = second[data + high] - high
    return bytes((third[data] - low).tobytes())


@cache
def _tables() -> tuple[bytes, bytes, bytes]:
    """The three substitutions of MS-PST 5.1; the third undoes the first."""
    inverse = bytearray(256)
    for number, value in enumerate(_FIRST):
        inverse[value] = number
    return _FIRST, _SECOND, bytes(inverse)


_FIRST = bytes.fromhex(
    "41361362a8216ebbf416cc047f64e85d1ef2cb2a74c55e35d295479e962d9a884c7d843fdbac31b6485ff6c4d8398be7"
    "233b388ec8c1df25b120a546604e9cfbaad35651457c550007c92b9d859b09a08fadb30f63ab894bd7a7155a716642bf"
    "264a6b98faea7753b270052cfd593a867ece06eb827857c78d43afb41cd45bcde2e9274fc3087280cfb0eff5286dbe30"
    "4d3492d50e3c2232e5e4f99fc2d10a8112e1ee918376e397e6618a1779a4b7dc907a5c8c02a6ca69de501a1193b95287"
    "58fced1d37491b6ae0293399bd6cd994f340546ff0c673b8d63e6518441fdd6710f10c19ecae03a1147ba90bfff8a3c0"
    "a201f72ebc2468750dfeba2fb5d0da3d"
)
_SECOND = bytes.fromhex(
    "14530f56b3c87a9ceb65481716159f02cc547c83000d0c0ba262a876dbd9edc7c5a4dcac8574d6d0a79bae9a967166c3"
    "6399b8dd73928e847da55ed15d93b1575150808952944f4e0a6bbc8d7f6e47464140440111cb033ff7f4e1a98f3c3af9"
    "fbf0193082092ec99da08649ee6f4d6dc42d813425871b88aafc06a11238fd4c4272641337246a757743ffe6b44b365c"
    "e4d8353d45b92cecb7312b290768a30e697b189e2139be281a5b78f523ca2ab0af3efe048ce7e5983295d3f64ae8a6ea"
    "e9f3d52f7020f21f0567ad5510cecde3273bdabad7c226d4911dd21c2233f8faf15aefcf90b68bb5bdc0bf08971e6ce2"
    "61e0c6c159abbb58de5fdf60797eb28a"
)
