"""The shapes in a print file compared with the fonts they came from: text that is read back says which character
was meant, not what stands on the paper. fontTools reads both; it had no part in putting the font of the file together.

Compared: every prescribed variant, every compatibility kanji and every character beyond the basic plane (up to a
number), and a sample of the others.
"""

import re
import zlib
from collections.abc import Callable, Iterator
from io import BytesIO
from typing import Any

from fontTools.cffLib import CFFFontSet
from fontTools.pens.recordingPen import RecordingPen
from fontTools.ttLib import TTFont

from sekisho.kernel.errors import SekishoError
from sekisho.letters.printing.fonts.cff_source import drawn_by_fonttools
from sekisho.letters.printing.fonts.characters import code_points
from sekisho.letters.printing.fonts.embedding import Codes
from sekisho.letters.printing.fonts.faces import Face, Faces

_DESCRIPTOR = rb"/FontDescriptor/FontName/[A-Z]{6}\+%b/Flags 6[^>]*/FontFile[23] (\d+) 0 R"
_COMPOSED = b"\xff\xff"
"""Number of contours −1: made of other glyphs."""
_MOST_SPECIAL, _SAMPLE = 60, 15


Draw = Callable[[int, str], bool]
"""Whether a code of the file's font has the shape that the source has for a unit."""


def check_shapes(data: bytes, name: str, codes: Codes, faces: Faces) -> None:
    """Raises ``SekishoError`` with the code point whose shape is not that of its font."""
    for face, used in zip(faces.faces, codes.used, strict=True):
        if not used:
            continue
        program = _embedded(data, face)
        same = _drawn_alike(program, face) if face.is_cff else _copied(program, face)
        for code in _chosen([unit for unit, _, _ in used]):
            unit = used[code - 1][0]
            if not same(code, unit):
                raise SekishoError(f"another shape was printed for {code_points(unit)}", where=name)


def _chosen(units: list[str]) -> Iterator[int]:
    """Codes to look at."""
    special = [code for code, unit in enumerate(units, 1) if len(unit) > 1 or _is_special(unit)]
    yield from special[:_MOST_SPECIAL]
    yield from range(1, len(units) + 1, max(1, len(units) // _SAMPLE))


def _is_special(unit: str) -> bool:
    return unit >= "\U00010000" or "\uf900" <= unit <= "\ufaff"


def _embedded(data: bytes, face: Face) -> bytes:
    """The font program in the file."""
    found = re.search(_DESCRIPTOR % re.escape(face.name.encode("ascii")), data)
    stream = found and re.search(rb"\n%b 0 obj\n<<[^>]*>>stream\n" % found.group(1), data)
    if stream is None:
        raise SekishoError("a font is missing in the file", where=face.name)
    return zlib.decompressobj().decompress(data[stream.end() :])


def _drawn_alike(program: bytes, face: Face) -> Draw:
    """Both outlines drawn, curve by curve."""
    fonts = CFFFontSet()
    fonts.decompile(BytesIO(program), None)
    there, names = fonts.topDictIndex[0].CharStrings, list(fonts.topDictIndex[0].charset)
    source = drawn_by_fonttools(face)
    outlines, source_names = source.CharStrings, source.charset

    def same(code: int, unit: str) -> bool:
        return bool(_drawn(there[names[code]]) == _drawn(outlines[source_names[face.glyph_number(unit)]]))

    return same


def _drawn(glyph: Any) -> Any:
    pen = RecordingPen()
    glyph.draw(pen)
    return pen.value


def _copied(program: bytes, face: Face) -> Draw:
    """TrueType outlines are copied as they are: compared byte by byte (of composed ones, all but the numbers of parts,
    which differ). Drawing would take a font of 46 MB into memory."""
    font = TTFont(BytesIO(program), lazy=True)
    glyphs, places = font.reader["glyf"], font["loca"].locations
    again = TTFont(face.mapped, lazy=True, fontNumber=0)
    start, source = again.reader.tables["glyf"].offset, again["loca"].locations

    def same(code: int, unit: str) -> bool:
        number = face.glyph_number(unit) or 0
        wanted = face.mapped[start + source[number] : start + source[number + 1]]
        found = glyphs[places[code] : places[code + 1]]
        if wanted[:2] == _COMPOSED:
            return bool(found[:12] == wanted[:12]) and found[14:16] == wanted[14:16]
        return bool(found[: len(wanted)] == wanted) and not found[len(wanted) :].strip(b"\0")

    return same
