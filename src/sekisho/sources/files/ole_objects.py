"""Embedded objects: the packages and OLE 1 wrappers in which old Office formats carry other files."""

import struct

from sekisho.sources.files.job import Job
from sekisho.sources.files.limits import RefusedError
from sekisho.sources.files.ole import OLE_HEAD, Storage
from sekisho.sources.files.ole_writer import compound_file, tree_of
from sekisho.sources.mail.charset import decode_name

PACKAGE = "\x01Ole10Native"
CONTENTS = ("Package", "CONTENTS", "EmbeddedOdf")
_MAX_NAME = 1_000


def packaged(data: bytes) -> tuple[str, bytes] | None:
    """(file name, content) of a package (MS-OLEDS, the native data of class ``Package``); None when it is none."""
    if len(data) > 6 and data[4:6] == b"\x02\x00":
        data = data[4:]
    if data[:2] != b"\x02\x00":
        return None
    label_end = data.find(b"\x00", 2, 2 + _MAX_NAME)
    path_end = data.find(b"\x00", label_end + 1, label_end + 1 + _MAX_NAME)
    try:
        (temporary,) = struct.unpack_from("<I", data, path_end + 5)
        start = path_end + 9 + temporary
        (size,) = struct.unpack_from("<I", data, start)
    except struct.error:
        return None
    if label_end < 0 or path_end < 0 or start + 4 + size > len(data):
        return None
    return decode_name(data[2:label_end]) or "object", data[start + 4 : start + 4 + size]


def unwrapped(data: bytes) -> tuple[str, bytes]:
    """(name, content) of an OLE 1 object as RTF holds it: a package, or the OLE file of its server, or what it is."""
    position = 8
    native = b""
    try:
        for _ in range(3):  # class, topic, item
            (length,) = struct.unpack_from("<I", data, position)
            position += 4 + length
        (length,) = struct.unpack_from("<I", data, position)
        native = data[position + 4 : position + 4 + length]
    except struct.error:
        pass
    if native and (found := packaged(native)):
        return found
    if not native.startswith(OLE_HEAD) and (start := data.find(OLE_HEAD, 0, 4096)) >= 0:
        native = data[start:]
    return "object", native or data


def open_objects(storages: dict[str, Storage], budget: int, part: str, job: Job) -> None:
    """Read each storage (of an ObjectPool, say) as the file that it is; all together at most ``budget`` bytes."""
    for number, (_, storage) in enumerate(sorted(storages.items()), 1):
        place = f"{part}!object[{number}]"
        if not job.take_part():
            job.unread(part, "too_big", "further embedded objects not looked at")
            return
        try:
            data = compound_file(tree_of(storage, budget))
        except RefusedError as refused:
            job.unread(place, refused.reason, refused.detail)
            continue
        budget -= len(data)
        job.open("object", data, place)


def read_contents(root: Storage, part: str, job: Job) -> bool:
    """Read an OLE file that is nothing but the wrapping of another file; False when it is not."""
    name, data = "object", next((root.read(one) for one in CONTENTS if one in root.streams), b"")
    if not data and PACKAGE in root.streams:
        native = root.read(PACKAGE)
        name, data = packaged(native) or ("object", native[4:])
    if not data:
        return False
    job.text(f"{part}!{name}.name", name if name != "object" else "")
    job.open(name, data, f"{part}!{name}")
    return True
