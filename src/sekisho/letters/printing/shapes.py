"""The shapes in a print file compared with the fonts they came from: text that is read back says which character
was meant, not what stands on the paper. fontTools draws both; it had no part in putting the font of the file together.

Compared: every prescribed variant, every compatibility kanji and every character beyond the basic plane (up to a
number), and a sample of the others.
"""

import re
import zlib
from collections.abc import Iterator
from io import BytesIO
from typing import Any

from fontTools.cffLib import CFFFontSet
from fontTools.pens.recordingPen import DecomposingRecordingPen
from fontTools.ttLib import TTFont

from sekisho.kernel.errors import SekishoError
from sekisho.letters.printing.characters import code_points
from sekisho.letters.printing.embedding import Codes
from sekisho.letters.printing.faces import Face, Faces

_DESCRIPTOR = rb"/FontDescriptor/FontName/[A-Z]{6}\+%b/Flags 6[^>]*/FontFile(\d) (\d+) 0 R"
_MOST_SPECIAL, _SAMPLE = 60, 15


def check_shapes(data: bytes, name: str, codes: Codes, faces: Faces) -> None:
    """Raises ``SekishoError`` with the code point whose shape is not that of its font."""
    for face, used in zip(faces.faces, codes.used, strict=True):
        if not used:
            continue
        there, source = _embedded(data, face), face.drawn.getGlyphSet()
        for code in _chosen([unit for unit, _, _ in used]):
            unit = used[code - 1][0]
            if _drawn(there, there.names[code]) != _drawn(source, face.glyph_name(unit)):
                raise SekishoError(f"another shape was printed for {code_points(unit)}", where=name)


def _chosen(units: list[str]) -> Iterator[int]:
    """Codes to look at."""
    special = [code for code, unit in enumerate(units, 1) if len(unit) > 1 or _is_special(unit)]
    yield from special[:_MOST_SPECIAL]
    yield from range(1, len(units) + 1, max(1, len(units) // _SAMPLE))


def _is_special(unit: str) -> bool:
    return unit >= "\U00010000" or "\uf900" <= unit <= "\ufaff"


class _Embedded(dict[str, Any]):
    """Glyphs of the file's font by name; ``names`` by code."""

    names: list[str]


def _embedded(data: bytes, face: Face) -> _Embedded:
    found = re.search(_DESCRIPTOR % re.escape(face.name.encode("ascii")), data)
    if found is None:
        raise SekishoError("a font is missing in the file", where=face.name)
    stream = re.search(rb"\n%b 0 obj\n<<[^>]*>>stream\n" % found.group(2), data)
    if stream is None:
        raise SekishoError("a font is missing in the file", where=face.name)
    program = zlib.decompressobj().decompress(data[stream.end() :])
    if found.group(1) == b"3":
        fonts = CFFFontSet()
        fonts.decompile(BytesIO(program), None)
        outlines = fonts.topDictIndex[0].CharStrings
        there = _Embedded({glyph: outlines[glyph] for glyph in outlines.keys()})  # noqa: SIM118 (no mapping)
        there.names = list(fonts.topDictIndex[0].charset)
        return there
    font = TTFont(BytesIO(program), lazy=True)
    order = [f"glyph{number}" for number in range(font["maxp"].numGlyphs)]
    font.setGlyphOrder(order)
    glyphs = font.getGlyphSet()
    there = _Embedded({glyph: glyphs[glyph] for glyph in order})
    there.names = order
    return there


def _drawn(glyphs: Any, name: str | None) -> Any:
    pen = DecomposingRecordingPen(glyphs)
    glyphs[name].draw(pen)
    return pen.value
