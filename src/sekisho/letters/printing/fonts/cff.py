"""A CFF font program with just the glyphs of one print file (Adobe Technical Notes 5176 and 5177; PDF 32000-1, 9.9:
``CIDFontType0C``).

fontTools' subsetter works on a whole font and takes seconds; a run makes some fifty subsets of the same font. So each
glyph's outline is taken out once (subroutines written in place, hints kept), remembered, and the files are put together
from these pieces. CID = glyph index = the code in the text. What is put together is compared with the source in tests.
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from fontTools.cffLib.transforms import desubroutinizeCharString
from fontTools.misc.psCharStrings import encodeFloat, encodeIntCFF

from sekisho.letters.printing.fonts.cff_source import CffSource
from sekisho.letters.printing.fonts.charstrings import Inliner, UnusualError
from sekisho.letters.printing.fonts.faces import Face

_DELTAS = {"BlueValues": b"\x06", "OtherBlues": b"\x07", "FamilyBlues": b"\x08", "FamilyOtherBlues": b"\x09",
           "StemSnapH": b"\x0c\x0c", "StemSnapV": b"\x0c\x0d"}  # fmt: skip
_NUMBERS = {"StdHW": b"\x0a", "StdVW": b"\x0b", "BlueScale": b"\x0c\x09", "BlueShift": b"\x0c\x0a",
            "BlueFuzz": b"\x0c\x0b", "ForceBold": b"\x0c\x0e", "LanguageGroup": b"\x0c\x11",
            "ExpansionFactor": b"\x0c\x12", "defaultWidthX": b"\x14", "nominalWidthX": b"\x15"}  # fmt: skip
_FIRST_OWN_STRING = 391
"""String identifiers below are the standard strings of CFF."""


@dataclass(slots=True)
class CffOutlines:
    """The outlines of one CFF font, each taken out of it when first asked for."""

    face: Face
    _opened: list[CffSource] = field(default_factory=list)
    _taken: dict[int, tuple[bytes, int]] = field(default_factory=dict)
    _inliners: dict[int, Inliner] = field(default_factory=dict)

    def program(self, numbers: Sequence[int]) -> bytes:
        """A font program in which glyph 0 is .notdef and glyph i the ``numbers[i-1]``-th of the source."""
        source = self._source()
        pieces = [self._taken.get(number) or self._outline(source, number) for number in (0, *numbers)]
        used = sorted({fd for _, fd in pieces})
        privates = [_private(source.private(fd).rawDict) for fd in used]
        renumbered = {fd: place for place, fd in enumerate(used)}
        matrix = getattr(source.top, "FontMatrix", None) if self.face.units_per_em != 1000 else None
        box = b"".join(_number(int(value)) for value in getattr(source.top, "FontBBox", (0, 0, 0, 0))) + b"\x05"
        scaled = b"".join(map(_number, matrix)) + b"\x0c\x07" if matrix else b""
        chosen = bytes(renumbered[fd] for _, fd in pieces)
        return _assembled(self.face.name, [outline for outline, _ in pieces], chosen, privates, scaled + box)

    def _source(self) -> CffSource:
        if not self._opened:
            self._opened.append(CffSource(self.face))
        return self._opened[0]

    def _outline(self, source: CffSource, number: int) -> tuple[bytes, int]:
        chosen = source.chosen(number)
        try:
            code = self._inliner(source, chosen).inlined(source.outlines[number])
        except UnusualError:
            top = source.top
            charstring = top.CharStrings[top.charset[number]]
            desubroutinizeCharString(charstring)
            charstring.compile()
            code = charstring.bytecode
        taken = self._taken[number] = (code, chosen)
        return taken

    def _inliner(self, source: CffSource, chosen: int) -> Inliner:
        if chosen not in self._inliners:
            self._inliners[chosen] = Inliner(source.subroutines(chosen), source.shared)
        return self._inliners[chosen]


def plain_program(count: int) -> bytes:
    """A font program of so many glyphs, each of them the same square."""
    square = b"".join([_number(50), b"\x16", *map(_number, (500, 500, -500)), b"\x06\x0e"])
    return _assembled("Plain", [square] * count, bytes(count), [b""], b"")


def _assembled(name: str, outlines: list[bytes], select: bytes, privates: list[bytes], extra: bytes) -> bytes:
    """Header, indexes and dictionaries, with offsets that are filled in on the second pass."""
    strings = [b"Adobe", b"Identity", *(f"{name}-{number}".encode("ascii") for number in range(len(privates)))]
    head = b"\x01\x00\x04\x02" + _index([name.encode("ascii")])
    middle = _index(strings) + _index([])
    charset = b"\x02" + struct.pack(">HH", 1, len(outlines) - 2) if len(outlines) > 1 else b"\x00"
    selector = b"\x00" + select
    body = _index(outlines)

    def top(at: int) -> bytes:
        fonts = at + len(charset) + len(selector) + len(body) + sum(map(len, privates))
        told = _number(_FIRST_OWN_STRING) + _number(_FIRST_OWN_STRING + 1) + _number(0) + b"\x0c\x1e" + extra
        told += _offset(at) + b"\x0f"
        told += _offset(at + len(charset)) + b"\x0c\x25" + _offset(at + len(charset) + len(selector)) + b"\x11"
        return told + _number(len(outlines)) + b"\x0c\x22" + _offset(fonts) + b"\x0c\x24"

    start = len(head) + len(_index([top(0)])) + len(middle)
    at = start + len(charset) + len(selector) + len(body)
    fonts = []
    for number, private in enumerate(privates):
        told = _number(_FIRST_OWN_STRING + 2 + number) + b"\x0c\x26"
        fonts.append(told + _offset(len(private)) + _offset(at) + b"\x12")
        at += len(private)
    return b"".join([head, _index([top(start)]), middle, charset, selector, body, *privates, _index(fonts)])


def _index(items: Sequence[bytes]) -> bytes:
    if not items:
        return b"\x00\x00"
    ends, at = [1], 1
    for item in items:
        at += len(item)
        ends.append(at)
    size = max(1, (at.bit_length() + 7) // 8)
    offsets = b"".join(end.to_bytes(size, "big") for end in ends)
    return struct.pack(">HB", len(items), size) + offsets + b"".join(items)


def _private(raw: dict[str, Any]) -> bytes:
    told = b""
    for key, operator in _DELTAS.items():
        values = raw.get(key)
        if values:
            steps = [values[0], *(after - before for before, after in pairwise(values))]
            told += b"".join(map(_number, steps)) + operator
    for key, operator in _NUMBERS.items():
        if raw.get(key) is not None:
            told += _number(raw[key]) + operator
    return told


def _number(value: float) -> bytes:
    return bytes(encodeIntCFF(value) if isinstance(value, int) else encodeFloat(value))


def _offset(value: int) -> bytes:
    return b"\x1d" + struct.pack(">i", value)
