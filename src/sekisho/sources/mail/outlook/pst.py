"""Outlook stores (.pst, .ost): every message, appointment, contact, task and note in them (MS-PST 2.4).

Items are found by walking over all nodes of the store, not through the folders' lists: so deleted items whose folder
has gone are found as well; their folder is called ``recovered``. Search folders hold no items of their own. Settings
that Outlook hides in folders (associated items) are no evidence and are left out.
"""

import mmap
import os
import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from sekisho.sources.files.limits import RefusedError
from sekisho.sources.mail.outlook import properties as mapi
from sekisho.sources.mail.outlook.properties import Attachment, Item, Properties
from sekisho.sources.mail.outlook.pst_blocks import Blocks, Node
from sekisho.sources.mail.outlook.pst_heap import MAX_ROWS, Heap, read_properties, read_table
from sekisho.sources.mail.outlook.rfc822 import as_rfc822, unread_message

MAX_DEPTH = 20
DEFAULT_ITEM_BYTES = 200 << 20
_FOLDER, _MESSAGE, _ATTACHMENT = 0x02, 0x04, 0x05
_ROOT_FOLDER = 0x122
_RECIPIENTS = 0x692
_RECOVERED = "recovered"
_MAX_FOLDER_NAME = 200
_EMBEDDED = 5
_REFERENCES = {2, 3, 4, 7}
_NUMBER = re.compile(r"[0-9a-f]{1,8}")
_DAMAGE = (struct.error, ValueError, LookupError, ArithmeticError)
"""What a damaged store may lead to where no check foresaw it."""
_PROBLEMS = {"too_big": "too-big"}


@dataclass(frozen=True, slots=True)
class Listing:
    """``item``: ``folder/folder/number``, to be given to ``item_as_rfc822``; ``damaged``: why a part of the store
    could not be listed ("" for an item)."""

    item: str
    damaged: str = ""


def list_items(path: str) -> Iterator[Listing]:
    """All items of the store, in the order of their numbers. Raises RefusedError when it is none, OSError."""
    store = _opened(path)
    folders: dict[int, str] = {}
    damaged = False
    try:
        for node in store.nodes():
            if node.identifier & 0x1F == _MESSAGE:
                yield Listing(f"{_folder(store, node.parent, folders)}/{node.identifier:x}")
    except _DAMAGE:
        damaged = True
    if damaged or store.damaged:
        yield Listing("", "Outlook store damaged, listed as far as possible")


def items_in(data: bytes, budget: int) -> Iterator[tuple[str, bytes]]:
    """(place, message) for every item of a store held in memory, such as one inside an archive; ``budget`` bytes of
    content each. Raises RefusedError when it is none."""
    store = Blocks(data)
    folders: dict[int, str] = {}
    for node in store.nodes():
        if node.identifier & 0x1F == _MESSAGE:
            try:
                raw = as_rfc822(_Reader(store, budget).item(node, 0))
            except RefusedError as refused:
                raw = unread_message(_PROBLEMS.get(refused.reason, "damaged"))
            yield f"{_folder(store, node.parent, folders)}/{node.identifier:x}", raw
    if store.damaged:
        yield "", unread_message("damaged")


def item_as_rfc822(path: str, item: str, budget: int = DEFAULT_ITEM_BYTES) -> bytes:
    """The item as a message. What is wrong with it is said by the message; raises OSError only.

    ``budget``: bytes of content the item may have in all.
    """
    number = item.rpartition("/")[2]
    try:
        store = _opened(path)
        node = store.node(int(number, 16)) if _NUMBER.fullmatch(number) else None
        if node is None:
            return unread_message("vanished")
        return as_rfc822(_Reader(store, budget).item(node, 0))
    except RefusedError as refused:
        return unread_message(_PROBLEMS.get(refused.reason, "damaged"))
    except _DAMAGE:
        return unread_message("damaged")


def _opened(path: str) -> Blocks:
    """The store, kept open as long as the file stays the same."""
    status = Path(path).stat()
    return _kept_open(path, status.st_size, status.st_mtime_ns)


@lru_cache(maxsize=4)
def _kept_open(path: str, size: int, changed: int) -> Blocks:
    del size, changed
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
    try:
        return Blocks(mmap.mmap(handle, 0, access=mmap.ACCESS_READ))
    except ValueError:
        raise RefusedError("broken", "Outlook store cut off") from None
    finally:
        os.close(handle)


def _folder(store: Blocks, identifier: int, known: dict[int, str]) -> str:
    """The path of a folder below the root; ``recovered`` where the way up is cut."""
    names: list[str] = []
    current = identifier
    seen: set[int] = set()
    while current not in known and current != _ROOT_FOLDER:
        node = store.node(current) if current & 0x1F == _FOLDER and current not in seen and len(seen) < 100 else None
        if node is None:
            names.append(_RECOVERED)
            break
        seen.add(current)
        names.append(_folder_name(store, node))
        current = node.parent
    above = [known[current]] if current in known else []
    path = "/".join([*above, *reversed(names)])
    if identifier not in known and len(known) < 100_000:
        known[identifier] = path
    return path


def _folder_name(store: Blocks, node: Node) -> str:
    try:
        name = read_properties(Heap(store, node, 1 << 20))[0].line(mapi.DISPLAY_NAME)
    except RefusedError:
        name = ""
    return name.replace("/", "_").replace("#", "_")[:_MAX_FOLDER_NAME] or f"folder-{node.identifier:x}"


class _Reader:
    """Reads one item with all inside it."""

    def __init__(self, store: Blocks, budget: int) -> None:
        self.store = store
        self.budget = budget

    def item(self, node: Node, depth: int) -> Item:
        heap = Heap(self.store, node, self.budget)
        given, refusal = read_properties(heap)
        self.budget = heap.budget
        _without_prefix_mark(given)
        made = Item(given)
        if refusal:
            made.problems.append(_PROBLEMS.get(refusal, "damaged"))
        try:
            inner = heap.inner
        except RefusedError:
            inner = {}
            made.problems.append("unlisted")
        self.recipients(made, inner.get(_RECIPIENTS))
        for number, child in sorted(inner.items()):
            if number & 0x1F == _ATTACHMENT:
                if len(made.attachments) >= MAX_ROWS:
                    made.problems.append("too-many")
                    break
                made.attachments.append(self.attachment(child, depth))
        made.settle_charsets()
        return made

    def recipients(self, made: Item, table: Node | None) -> None:
        if table is None:
            return
        try:
            made.recipients += read_table(Heap(self.store, table, self.budget))
        except RefusedError:
            made.problems.append("unlisted")

    def attachment(self, node: Node, depth: int) -> Attachment:
        made = Attachment(Properties())
        try:
            heap = Heap(self.store, node, self.budget)
            made.properties, refusal = read_properties(heap)
            self.budget = heap.budget
            self.content(made, heap, depth, refusal)
        except RefusedError as refused:
            made.problem = _PROBLEMS.get(refused.reason, "damaged-attachment")
        return made

    def content(self, made: Attachment, heap: Heap, depth: int, refusal: str) -> None:
        given = made.properties
        method = given.integer(mapi.ATTACH_METHOD)
        kind, raw = given.values.pop(mapi.ATTACH_DATA, (0, b""))
        if kind == mapi.OBJECT:
            inner = heap.inner.get(int.from_bytes(raw[:4], "little"))
            if inner is None:
                made.problem = "damaged-attachment"
            elif method == _EMBEDDED or inner.identifier & 0x1F == _MESSAGE:
                if depth >= MAX_DEPTH:
                    made.problem = "too-deep"
                else:
                    made.content = self.item(inner, depth + 1)
            else:
                made.content = b"".join(self.store.content(inner.data, self.budget))
                self.budget -= len(made.content)
        elif kind:
            made.content = raw
        elif refusal:
            made.problem = _PROBLEMS.get(refusal, "damaged-attachment")
        else:
            made.problem = "reference" if method in _REFERENCES else "no-content"


def _without_prefix_mark(given: Properties) -> None:
    """In a store a subject begins with 1 and the length of its prefix ("RE: ")."""
    kind, raw = given.values.get(mapi.SUBJECT, (0, b""))
    width = 2 if kind == mapi.UNICODE else 1
    if raw[:width] == b"\x01".ljust(width, b"\x00"):
        given.values[mapi.SUBJECT] = (kind, raw[2 * width :])
