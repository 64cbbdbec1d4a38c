"""Outlook messages (.msg, .oft): an OLE file with a stream for each long property (MS-OXMSG)."""

import re
import struct
from collections.abc import Iterator

from sekisho.sources.files.limits import RefusedError
from sekisho.sources.files.ole import Compound, Storage
from sekisho.sources.files.ole_writer import compound_file, tree_of
from sekisho.sources.mail.outlook import properties as mapi
from sekisho.sources.mail.outlook.properties import Attachment, Item, Properties, several_texts

MAX_DEPTH = 20
MAX_OBJECTS = 20_000
"""Recipients and attachments of one item."""

_LONG = re.compile(r"__substg1\.0_([0-9A-Fa-f]{4})([0-9A-Fa-f]{4})(?:-([0-9A-Fa-f]{8}))?\Z")
_FIXED = "__properties_version1.0"
_OBJECT_STORAGE = "__substg1.0_3701000D"
_EMBEDDED, _OLE = 5, 6
_REFERENCES = {2, 3, 4, 7}
_SLACK = 1 << 16


def is_message(storage: Storage) -> bool:
    """Whether a storage is an Outlook message."""
    return _FIXED in storage.streams or any(name.startswith("__substg1.0_") for name in storage.streams)


def read_item(data: bytes) -> Item:
    """The item in a MSG file. Raises RefusedError(broken) when it is no OLE file."""
    return _Reader(len(data) + _SLACK).item(Compound(data).root(), 32, 0)


class _Reader:
    """Reads streams as long as all of them together are no more than the file: more means that they overlap."""

    def __init__(self, budget: int) -> None:
        self.budget = budget

    def read(self, storage: Storage, name: str) -> bytes:
        content = storage.read(name)
        self.budget -= len(content)
        if self.budget < 0:
            raise RefusedError("suspicious", "OLE streams overlap")
        return content

    def item(self, storage: Storage, skip: int, depth: int) -> Item:
        item = Item(Properties())
        item.properties = self.properties(storage, skip, item.problems)
        number = 0
        for name, inner in sorted(storage.storages.items()):
            if not name.startswith(("__recip_", "__attach_")):
                continue
            number += 1
            if number > MAX_OBJECTS:
                item.problems.append("too-many")
                break
            if name.startswith("__recip_"):
                item.recipients.append(self.properties(inner, 8, item.problems))
            else:
                item.attachments.append(self.attachment(inner, depth))
        item.settle_charsets()
        return item

    def properties(self, storage: Storage, skip: int, problems: list[str]) -> Properties:
        found = Properties()
        try:
            for identifier, kind, raw in _fixed(self.read(storage, _FIXED), skip):
                found.add(identifier, kind, raw)
        except RefusedError as refused:
            _note(problems, refused)
        several: dict[tuple[int, int], list[bytes]] = {}
        for name in sorted(storage.streams):
            shape = _LONG.match(name)
            if shape is None:
                continue
            identifier, kind = int(shape[1], 16), int(shape[2], 16)
            try:
                if not kind & mapi.SEVERAL:
                    found.values.pop(identifier, None) if kind == mapi.BINARY else None
                    found.add(identifier, kind, self.read(storage, name))
                elif shape[3] and kind & ~mapi.SEVERAL in {mapi.STRING8, mapi.UNICODE, mapi.BINARY}:
                    several.setdefault((identifier, kind), []).append(self.read(storage, name))
            except RefusedError as refused:
                _note(problems, refused)
        for (identifier, kind), raws in several.items():
            found.add(identifier, *several_texts(kind, raws))
        return found

    def attachment(self, storage: Storage, depth: int) -> Attachment:
        problems: list[str] = []
        given = self.properties(storage, 8, problems)
        made = Attachment(given)
        method = given.integer(mapi.ATTACH_METHOD)
        inner = storage.storages.get(_OBJECT_STORAGE)
        if inner is not None:
            self.object(made, inner, method, depth)
        elif mapi.ATTACH_DATA in given.values:
            made.content = given.raw(mapi.ATTACH_DATA)
            del given.values[mapi.ATTACH_DATA]
        else:
            made.problem = problems[0] if problems else "reference" if method in _REFERENCES else "no-content"
        return made

    def object(self, made: Attachment, inner: Storage, method: int, depth: int) -> None:
        try:
            if method == _EMBEDDED or is_message(inner):
                if depth >= MAX_DEPTH:
                    made.problem = "too-deep"
                else:
                    made.content = self.item(inner, 24, depth + 1)
                return
            made.content = compound_file(tree_of(inner, self.budget))
            self.budget -= len(made.content)
        except RefusedError as refused:
            made.problem = "overlapping" if refused.reason == "suspicious" else "damaged-attachment"


def _note(problems: list[str], refused: RefusedError) -> None:
    problem = "overlapping" if refused.reason == "suspicious" else "damaged"
    if problem not in problems:
        problems.append(problem)


def _fixed(raw: bytes, skip: int) -> Iterator[tuple[int, int, bytes]]:
    """(identifier, type, value) of the properties that need no stream of their own."""
    for at in range(skip, len(raw) - 15, 16):
        kind, identifier = struct.unpack_from("<HH", raw, at)
        if kind in {
            mapi.INTEGER16, mapi.INTEGER32, mapi.BOOLEAN, mapi.INTEGER64, mapi.TIME,
        }:  # fmt: skip
            yield identifier, kind, raw[at + 8 : at + 16]
