"""Pages out of a PDF that Typst wrote (version 1.4: every object in the clear), to be used again in another file.

Not a reader of any PDF: only of what the pinned Typst writes; anything else is refused.
"""

import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256

from sekisho.kernel.errors import SekishoError

_OBJECT = re.compile(rb"(\d+) 0 obj\s")
_REFERENCE = re.compile(rb"(\d+) 0 R")
_LENGTH = re.compile(rb"/Length (\d+)")


@dataclass(frozen=True, slots=True)
class Part:
    """An object: ``body`` split where it refers to others, and the names (fingerprints) of these."""

    pieces: tuple[bytes, ...]
    refers_to: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Drawn:
    """A page: what draws it, and what it draws with (entries of a resources dictionary)."""

    content: bytes
    resources: str
    """Name of the part that is the resources dictionary."""


def pages_of(pdf: bytes) -> tuple[list[Drawn], Mapping[str, Part]]:
    """The pages in their order, and the parts they use by name; equal parts of different files have equal names."""
    bodies = _bodies(pdf)
    order = re.search(rb"/Type/Pages/Count \d+/Kids\[([^\]]*)\]", pdf)
    if order is None:
        raise _strange("its list of pages")
    parts: dict[str, Part] = {}
    named: dict[int, str] = {}
    drawn = []
    for number in map(int, _REFERENCE.findall(order.group(1))):
        page = bodies[number]
        content, resources = re.search(rb"/Contents (\d+) 0 R", page), re.search(rb"/Resources (\d+) 0 R", page)
        if content is None or resources is None:
            raise _strange("a page")
        packed = bodies[int(content.group(1))]
        data = packed[packed.index(b"stream\n") + 7 :] if b"stream\n" in packed else b""
        drawn.append(
            Drawn(zlib.decompressobj().decompress(data), _named(int(resources.group(1)), bodies, parts, named))
        )
    return drawn, parts


def _bodies(pdf: bytes) -> dict[int, bytes]:
    """All objects; the data of streams is stepped over by its length."""
    found, at = {}, 0
    while (start := _OBJECT.search(pdf, at)) is not None:
        end = pdf.find(b"endobj", start.end())
        streamed = pdf.find(b"stream\n", start.end(), end if end >= 0 else None)
        if streamed >= 0:
            length = _LENGTH.search(pdf, start.end(), streamed)
            if length is None:
                raise _strange("a stream")
            end = pdf.find(b"endobj", streamed + 7 + int(length.group(1)))
        if end < 0:
            raise _strange("an object")
        found[int(start.group(1))] = pdf[start.end() : end].rstrip()
        at = end
    return found


def _named(number: int, bodies: dict[int, bytes], parts: dict[str, Part], named: dict[int, str]) -> str:
    """Take an object and all it refers to; its name is the fingerprint of all that."""
    if number in named:
        return named[number]
    head, mark, data = bodies[number].partition(b"stream\n")
    numbers = [int(found) for found in _REFERENCE.findall(head)]
    names = tuple(_named(other, bodies, parts, named) for other in numbers)
    pieces = re.split(rb"\d+ 0 R", head)
    pieces[-1] += mark + data
    digest = sha256()
    for piece in (*pieces, *(name.encode("ascii") for name in names)):
        digest.update(len(piece).to_bytes(8, "big") + piece)
    name = named[number] = digest.hexdigest()
    parts[name] = Part(tuple(pieces), names)
    return name


def _strange(what: str) -> SekishoError:
    return SekishoError(
        f"the laid-out page cannot be taken over: {what} is not as expected",
        where="typst",
        remedy="install the version of typst that Sekisho names",
    )
