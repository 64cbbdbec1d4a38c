"""A TrueType font program with just the glyphs of one print file (PDF 32000-1, 9.9: ``FontFile2`` of a CIDFontType2).

Glyph i is the code i in the text; parts of composed glyphs follow behind. The outlines are copied byte for byte out
of the mapped font file, so that nothing of a font of 46 MB is held in memory but what is printed.
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass

from sekisho.letters.printing.fonts.faces import Face

_WORDS, _SCALE, _MORE, _XY_SCALE, _TWO_BY_TWO = 0x0001, 0x0008, 0x0020, 0x0040, 0x0080
_COPIED = ("cvt ", "fpgm", "prep")
_CHECKSUM = 0xB1B0AFBA


@dataclass(slots=True)
class TrueTypeOutlines:
    """The outlines of one TrueType font."""

    face: Face

    def program(self, numbers: Sequence[int]) -> bytes:
        """A font program in which glyph 0 is .notdef and glyph i the ``numbers[i-1]``-th of the source."""
        order = [0, *numbers]
        new_of = {number: place for place, number in enumerate(order)}
        glyphs: list[bytes] = []
        at = 0
        while at < len(order):
            glyphs.append(self._with_parts(self._outline(order[at]), order, new_of))
            at += 1
        return _font_file(self._tables(order, glyphs))

    def _outline(self, number: int) -> bytes:
        places = self.face.font["loca"].locations
        start = self.face.font.reader.tables["glyf"].offset
        return self.face.mapped[start + places[number] : start + places[number + 1]]

    def _with_parts(self, outline: bytes, order: list[int], new_of: dict[int, int]) -> bytes:
        """The outline; when it is composed of others, these are put in line and named by their new numbers."""
        if len(outline) < 10 or struct.unpack_from(">h", outline)[0] >= 0:
            return outline
        changed, at, flags = bytearray(outline), 10, _MORE
        while flags & _MORE:
            flags, part = struct.unpack_from(">HH", outline, at)
            if part not in new_of:
                new_of[part] = len(order)
                order.append(part)
            struct.pack_into(">H", changed, at + 2, new_of[part])
            at += 4 + (4 if flags & _WORDS else 2)
            at += 2 if flags & _SCALE else 4 if flags & _XY_SCALE else 8 if flags & _TWO_BY_TWO else 0
        return bytes(changed)

    def _tables(self, order: list[int], glyphs: list[bytes]) -> dict[str, bytes]:
        font = self.face.font
        padded = [glyph + b"\0" * (-len(glyph) % 4) for glyph in glyphs]
        places = [0]
        for glyph in padded:
            places.append(places[-1] + len(glyph))
        metrics = font["hmtx"].metrics
        sizes = [metrics[font.getGlyphName(number)] for number in order]
        reader = font.reader
        head, hhea, maxp = (bytearray(reader[tag]) for tag in ("head", "hhea", "maxp"))
        struct.pack_into(">I", head, 8, 0)
        struct.pack_into(">h", head, 50, 1)  # long offsets
        struct.pack_into(">H", hhea, 34, len(order))
        struct.pack_into(">H", maxp, 4, len(order))
        tables = {
            "head": bytes(head),
            "hhea": bytes(hhea),
            "maxp": bytes(maxp),
            "hmtx": b"".join(struct.pack(">Hh", advance, bearing) for advance, bearing in sizes),
            "loca": struct.pack(f">{len(places)}I", *places),
            "glyf": b"".join(padded),
        }
        return tables | {tag: bytes(reader[tag]) for tag in _COPIED if tag in reader}


def _font_file(tables: dict[str, bytes]) -> bytes:
    count = len(tables)
    power = 1 << (count.bit_length() - 1)
    head = struct.pack(">IHHHH", 0x00010000, count, power * 16, power.bit_length() - 1, (count - power) * 16)
    at = 12 + 16 * count
    entries, bodies = b"", b""
    for tag in sorted(tables):
        body = tables[tag] + b"\0" * (-len(tables[tag]) % 4)
        entries += struct.pack(">4sIII", tag.encode("ascii"), _sum(body), at, len(tables[tag]))
        bodies += body
        at += len(body)
    whole = bytearray(head + entries + bodies)
    place = (
        len(head)
        + len(entries)
        + sum(len(tables[tag]) + -len(tables[tag]) % 4 for tag in sorted(tables) if tag < "head")
    )
    struct.pack_into(">I", whole, place + 8, (_CHECKSUM - _sum(bytes(whole))) & 0xFFFFFFFF)
    return bytes(whole)


def _sum(data: bytes) -> int:
    return int(sum(struct.unpack(f">{len(data) // 4}I", data))) & 0xFFFFFFFF
