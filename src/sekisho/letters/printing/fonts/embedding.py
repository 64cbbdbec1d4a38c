"""Fonts as they stand in a print file: codes given in order of first use, outlines of just these, and a map back to
text.

A code stands for a unit of text, not for a glyph: 辻 and 辻 with a selector may share a shape, and each is read
back as itself.
"""

from dataclasses import dataclass, field
from hashlib import sha256
from itertools import groupby, product
from operator import itemgetter

from sekisho.letters.printing.fonts.cff import CffOutlines
from sekisho.letters.printing.fonts.faces import Face, Faces, Glyph
from sekisho.letters.printing.fonts.truetype import TrueTypeOutlines
from sekisho.letters.printing.pdf import Pdf, stream

BARS = b"B"
"""Name of the barcode's font in the resources; those of text are F0, F1, ... in the order of the chain."""
_BAR_PITCH, _BAR_WIDTH, _BAR_THIRD = 340.16, 170.08, 340.16
"""Of the customer barcode at 10 pt, in thousandths: pitch 1.2 mm, width 0.6 mm, long 3.6 mm = three thirds."""
_BARS = {"1": (0, 3), "2": (1, 3), "3": (0, 2), "4": (1, 2)}
"""Which thirds a bar covers, from below: 1 long, 2 upper, 3 lower, 4 timing."""
_THREES = ["".join(three) for three in product(_BARS, repeat=3)]
_BAR_CODES = {bars: f"{code:02X}" for code, bars in enumerate([*_BARS, *_THREES], 1)}
"""A glyph for each bar and for each three of them: a reader has a third of the characters to look at."""
_USUAL = 1000
"""Advance of kanji and kana."""
_AT_ONCE = 100
"""Most entries of one ``bfchar`` block (Adobe Technical Note 5014)."""


@dataclass(slots=True)
class Outlines:
    """The outlines of all fonts of a chain; lives as long as a worker, so that each glyph is taken out once."""

    faces: Faces
    sources: list[CffOutlines | TrueTypeOutlines] = field(init=False)

    def __post_init__(self) -> None:
        self.sources = [CffOutlines(face) if face.is_cff else TrueTypeOutlines(face) for face in self.faces.faces]


class Codes(dict[str, str]):
    """unit → code as four hexadecimal digits, in one print file, for the first font of the chain; a unit of another
    font is no key (``KeyError``) and asked of ``coded``."""

    def __init__(self, faces: Faces) -> None:
        super().__init__()
        self._faces = faces
        self._others: dict[str, tuple[int, str]] = {}
        self.used: list[list[tuple[str, int, int]]] = [[] for _ in faces.faces]
        """By font: (unit, glyph number, advance) of the codes 1, 2, 3 …"""

    def __missing__(self, unit: str) -> str:
        glyph = self._faces.glyph(unit)
        if glyph.face:
            raise KeyError(unit)
        code = self[unit] = self._given(unit, glyph)
        return code

    def _given(self, unit: str, glyph: Glyph) -> str:
        mine = self.used[glyph.face]
        mine.append((unit, glyph.number, glyph.advance))
        return f"{len(mine):04X}"

    def coded(self, unit: str) -> tuple[int, str]:
        """The font and the code of any unit."""
        glyph = self._faces.glyph(unit)
        if not glyph.face:
            return 0, self[unit]
        if unit not in self._others:
            self._others[unit] = (glyph.face, self._given(unit, glyph))
        return self._others[unit]


def embed(pdf: Pdf, codes: Codes, outlines: Outlines) -> bytes:
    """Write the fonts into the file; give the entries of the resources' font dictionary."""
    entries = b"/%b %d 0 R" % (BARS, _bar_font(pdf))
    for number, used in enumerate(codes.used):
        if used:
            program = outlines.sources[number].program([glyph for _, glyph, _ in used])
            entries += b"/F%d %d 0 R" % (number, _text_font(pdf, outlines.faces.faces[number], used, program))
    return entries


def _text_font(pdf: Pdf, face: Face, used: list[tuple[str, int, int]], program: bytes) -> int:
    letters = sha256(program).digest()[:6]
    name = b"%b+%b" % (bytes(65 + byte % 26 for byte in letters), face.name.encode("ascii"))
    if face.is_cff:
        file = b"/FontFile3 %d 0 R" % pdf.add(stream(program, b"/Subtype/CIDFontType0C"))
        kind, extra = b"CIDFontType0", b""
    else:
        file = b"/FontFile2 %d 0 R" % pdf.add(stream(program, b"/Length1 %d" % len(program)))
        kind, extra = b"CIDFontType2", b"/CIDToGIDMap/Identity"
    scale = 1000 / face.units_per_em
    head, hhea = face.font["head"], face.font["hhea"]
    box = b" ".join(b"%d" % round(value * scale) for value in (head.xMin, head.yMin, head.xMax, head.yMax))
    descriptor = pdf.add(
        b"<</Type/FontDescriptor/FontName/%b/Flags 6/FontBBox[%b]/ItalicAngle 0"
        b"/Ascent %d/Descent %d/CapHeight 700/StemV 80%b>>"
        % (name, box, round(hhea.ascent * scale), round(hhea.descent * scale), file)
    )
    descendant = pdf.add(
        b"<</Type/Font/Subtype/%b/BaseFont/%b/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>"
        b"/FontDescriptor %d 0 R/DW %d/W[%b]%b>>" % (kind, name, descriptor, _USUAL, _widths(used), extra)
    )
    mapping = pdf.add(stream(_to_unicode([unit for unit, _, _ in used])))
    base = name + b"-Identity-H" if face.is_cff else name
    return pdf.add(
        b"<</Type/Font/Subtype/Type0/BaseFont/%b/Encoding/Identity-H/DescendantFonts[%d 0 R]/ToUnicode %d 0 R>>"
        % (base, descendant, mapping)
    )


def _widths(used: list[tuple[str, int, int]]) -> bytes:
    """The advances that are not the usual one, by ranges of codes (9.7.4.3): readers look through them from the start
    for every character."""
    ranges, first = [], 1
    for advance, run in groupby(used, key=itemgetter(2)):
        last = first + sum(1 for _ in run) - 1
        if advance != _USUAL:
            ranges.append(b"%d %d %d" % (first, last, advance))
        first = last + 1
    return b" ".join(ranges)


def _to_unicode(all_units: list[str]) -> bytes:
    """The map from codes to text (ISO 32000-1, 9.10.3); a variation sequence is both its characters."""
    entries = [f"<{code:04X}> <{unit.encode('utf-16-be').hex().upper()}>" for code, unit in enumerate(all_units, 1)]
    blocks = [entries[at : at + _AT_ONCE] for at in range(0, len(entries), _AT_ONCE)]
    body = "\n".join(f"{len(block)} beginbfchar\n" + "\n".join(block) + "\nendbfchar" for block in blocks)
    return (
        "/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n"
        "/CIDSystemInfo <</Registry (Adobe) /Ordering (UCS) /Supplement 0>> def\n/CMapName /Adobe-Identity-UCS def\n"
        "/CMapType 2 def\n1 begincodespacerange\n<0000> <FFFF>\nendcodespacerange\n"
        f"{body}\nendcmap\nCMapName currentdict /CMap defineresource pop\nend\nend\n"
    ).encode("ascii")


def _bar_font(pdf: Pdf) -> int:
    """Bars as a Type 3 font."""
    glyphs = names = b""
    for bars in _BAR_CODES:
        drawn = f"{len(bars) * _BAR_PITCH:.2f} 0 0 0 {bars_width(len(bars), 1000):.2f} {3 * _BAR_THIRD:.2f} d1\n"
        for place, bar in enumerate(bars):
            low, high = _BARS[bar]
            drawn += f"{place * _BAR_PITCH:.2f} {low * _BAR_THIRD:.2f} {_BAR_WIDTH} {(high - low) * _BAR_THIRD:.2f} re "
        name = b"/b" + bars.encode("ascii")
        names += name
        glyphs += b"%b %d 0 R" % (name, pdf.add(stream((drawn + "f").encode("ascii"))))
    mapped = [f"<{code}> <{bars.encode('utf-16-be').hex()}>" for bars, code in _BAR_CODES.items()]
    mapping = pdf.add(stream((
        "/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n/CMapName /Bars def\n/CMapType 2 def\n"
        f"1 begincodespacerange\n<00> <FF>\nendcodespacerange\n{len(mapped)} beginbfchar\n" + "\n".join(mapped) +
        "\nendbfchar\nendcmap\nend\nend\n").encode("ascii")))  # fmt: skip
    widths = " ".join(f"{len(bars) * _BAR_PITCH:.2f}" for bars in _BAR_CODES).encode("ascii")
    return pdf.add(
        b"<</Type/Font/Subtype/Type3/FontBBox[0 0 851 1021]/FontMatrix[.001 0 0 .001 0 0]/FirstChar 1/LastChar %d"
        b"/Widths[%b]/Encoding<</Type/Encoding/Differences[1%b]>>/CharProcs<<%b>>"
        b"/Resources<<>>/ToUnicode %d 0 R>>" % (len(_BAR_CODES), widths, names, glyphs, mapping)
    )


def coded_bars(bars: str) -> str:
    """Bars as codes of their font, in hexadecimal digits."""
    whole = len(bars) - len(bars) % 3
    threes = [_BAR_CODES[bars[at : at + 3]] for at in range(0, whole, 3)]
    return "".join([*threes, *(_BAR_CODES[bar] for bar in bars[whole:])])


def bar_height(size: float) -> float:
    """Height of a long bar in points at a type size."""
    return 3 * _BAR_THIRD * size / 1000


def bars_width(count: int, size: float) -> float:
    """Length in points of so many bars."""
    return ((count - 1) * _BAR_PITCH + _BAR_WIDTH) * size / 1000
