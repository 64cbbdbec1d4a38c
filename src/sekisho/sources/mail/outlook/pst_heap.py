"""The middle layer of an Outlook store: heaps, and the properties and tables kept in them (MS-PST 2.3)."""

import struct
from collections.abc import Iterator

from sekisho.sources.files.limits import RefusedError
from sekisho.sources.mail.outlook import properties as mapi
from sekisho.sources.mail.outlook.properties import Properties, listed_values, several_texts
from sekisho.sources.mail.outlook.pst_blocks import Blocks, Node

MAX_ROWS = 20_000
_HEAP, _TREE, _TABLE = 0xEC, 0xB5, 0x7C
_MAX_RECORDS = 20_000
_INLINE = {0x0001: 0, mapi.INTEGER16: 2, mapi.INTEGER32: 4, 0x0004: 4, 0x000A: 4, mapi.BOOLEAN: 1}
_EIGHT = {0x0005, 0x0006, 0x0007, mapi.INTEGER64, mapi.TIME}
_SEVERAL = {mapi.SEVERAL | one for one in (mapi.UNICODE, mapi.STRING8, mapi.BINARY)}


class Heap:
    """The data of one node, cut into items; larger ones lie in nodes inside it."""

    def __init__(self, blocks: Blocks, node: Node, budget: int) -> None:
        """Raises RefusedError."""
        self.store = blocks
        self.budget = budget
        self.node = node
        self._pages = blocks.content(node.data, budget)
        self._inner: dict[int, Node] | None = None
        if not self._pages or len(self._pages[0]) < 12 or self._pages[0][2] != _HEAP:
            raise RefusedError("broken", "heap of an Outlook item damaged")
        (self.root,) = struct.unpack_from("<I", self._pages[0], 4)

    @property
    def inner(self) -> dict[int, Node]:
        """The nodes inside the node. Raises RefusedError."""
        if self._inner is None:
            self._inner = self.store.subnodes(self.node.subnodes)
        return self._inner

    def item(self, identifier: int) -> bytes:
        """An item of the heap; b"" for 0. Raises RefusedError."""
        if not identifier:
            return b""
        bits = (19, 0x3FFF) if self.store.layout.large_heap else (16, 0x7FF)
        page, number = identifier >> bits[0], identifier >> 5 & bits[1]
        try:
            raw = self._pages[page]
            (at,) = struct.unpack_from("<H", raw)
            start, end = struct.unpack_from("<HH", raw, at + 4 + 2 * (number - 1))
        except (IndexError, struct.error):
            raise RefusedError("broken", "heap of an Outlook item damaged") from None
        return raw[start:end]

    def value(self, identifier: int) -> bytes:
        """An item of the heap or the data of a node inside. Raises RefusedError."""
        return b"".join(self.pieces(identifier))

    def pieces(self, identifier: int) -> list[bytes]:
        """The same, in blocks."""
        if not identifier & 0x1F:
            return [self.item(identifier)]
        node = self.inner.get(identifier)
        if node is None:
            raise RefusedError("broken", "value of an Outlook item not found")
        pieces = self.store.content(node.data, self.budget)
        self.budget -= sum(map(len, pieces))
        return pieces

    def tree(self, identifier: int, key: int, entry: int) -> Iterator[bytes]:
        """The records (``key`` + ``entry`` bytes) of a tree on the heap. Raises RefusedError."""
        head = self.item(identifier)
        if len(head) < 8 or head[0] != _TREE or (head[1], head[2]) != (key, entry):
            raise RefusedError("broken", "tree of an Outlook item damaged")
        waiting = [(int.from_bytes(head[4:8], "little"), min(head[3], 8))]
        visits = 0
        while waiting:
            current, level = waiting.pop()
            raw = self.item(current)
            size = key + (4 if level else entry)
            for at in range(0, len(raw) // size * size, size):
                visits += 1
                if visits > _MAX_RECORDS:
                    raise RefusedError("too_big", "properties of an Outlook item")
                record = raw[at : at + size]
                if level:
                    waiting.append((int.from_bytes(record[key:], "little"), level - 1))
                else:
                    yield record


def read_properties(heap: Heap) -> tuple[Properties, str]:
    """(the properties of an object, why some could not be read: "", ``broken`` or ``too_big``). Objects inside give
    the number of their node and their size. Raises RefusedError when there are none."""
    found, refusal = Properties(), ""
    for record in heap.tree(heap.root, 2, 6):
        identifier, kind = struct.unpack_from("<HH", record)
        try:
            _keep(found, identifier, kind, record[4:], heap)
        except RefusedError as refused:
            refusal = refused.reason
    return found, refusal


def _keep(found: Properties, identifier: int, kind: int, raw: bytes, heap: Heap) -> None:
    """``raw``: the four bytes that are the value, or say where it lies."""
    value = int.from_bytes(raw, "little")
    if kind in _INLINE:
        found.add(identifier, kind, raw[: _INLINE[kind]])
    elif kind in _EIGHT or kind == mapi.OBJECT:
        found.add(identifier, kind, heap.item(value)[:8])
    elif kind in {mapi.STRING8, mapi.UNICODE, mapi.BINARY}:
        found.add(identifier, kind, heap.value(value))
    elif kind in _SEVERAL:
        found.add(identifier, *several_texts(kind, listed_values(heap.value(value))))


def read_table(heap: Heap) -> Iterator[Properties]:
    """The rows of a table, as properties. Raises RefusedError."""
    head = heap.item(heap.root)
    if len(head) < 22 or head[0] != _TABLE:
        raise RefusedError("broken", "table of an Outlook item damaged")
    count = min(head[1], (len(head) - 22) // 8)
    columns = [struct.unpack_from("<HHHBB", head, 22 + 8 * number) for number in range(count)]
    present, width = struct.unpack_from("<HH", head, 6)
    (rows_at,) = struct.unpack_from("<I", head, 14)
    if not width or present > width:
        raise RefusedError("broken", "table of an Outlook item damaged")
    rows = 0
    for block in heap.pieces(rows_at) if rows_at else []:
        for start in range(0, len(block) // width * width, width):
            rows += 1
            if rows > MAX_ROWS:
                raise RefusedError("too_big", "table of an Outlook item")
            yield _row(heap, columns, block[start : start + width], present)


def _row(heap: Heap, columns: list[tuple[int, ...]], raw: bytes, present: int) -> Properties:
    found = Properties()
    for kind, identifier, offset, size, bit in columns:
        mask = raw[present + bit // 8 : present + bit // 8 + 1]
        if not mask or not mask[0] & 0x80 >> bit % 8:
            continue
        cell = raw[offset : offset + size]
        if kind in _INLINE or kind in _EIGHT:
            found.add(identifier, kind, cell)
        elif kind in {mapi.STRING8, mapi.UNICODE, mapi.BINARY}:
            found.add(identifier, kind, heap.value(int.from_bytes(cell[:4], "little")))
    return found
