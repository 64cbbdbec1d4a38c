"""Glyphs as they are put into print files, compared with the fonts by fontTools, which had no part in it."""

import random
from io import BytesIO
from pathlib import Path
from typing import Any

import pylopdf_fonts_jp
import pytest
from fontTools.cffLib import CFFFontSet
from fontTools.pens.recordingPen import DecomposingRecordingPen, RecordingPen
from fontTools.ttLib import TTFont

from sekisho.letters.printing.fonts.cff import CffOutlines
from sekisho.letters.printing.fonts.charstrings import Inliner, UnusualError
from sekisho.letters.printing.fonts.faces import Face
from sekisho.letters.printing.fonts.truetype import TrueTypeOutlines
from tests.letters.printing.cast import small_font

FONTS = [pylopdf_fonts_jp.serif_path(), pylopdf_fonts_jp.sans_path()]


def cff_glyphs(program: bytes) -> Any:
    fonts = CFFFontSet()
    fonts.decompile(BytesIO(program), None)
    return fonts.topDictIndex[0]


def drawn(glyph: Any) -> Any:
    pen = RecordingPen()
    glyph.draw(pen)
    return pen.value, glyph.width


def compare(path: Path, numbers: list[int]) -> None:
    face = Face(path)
    top = cff_glyphs(CffOutlines(face).program(numbers))
    font = TTFont(path)
    source = font["CFF "].cff.topDictIndex[0]
    for place, number in enumerate(numbers, 1):
        assert drawn(top.CharStrings[f"cid{place:05d}"]) == drawn(source.CharStrings[font.getGlyphName(number)])


@pytest.mark.parametrize("path", FONTS, ids=lambda path: path.stem)
def test_outlines_are_those_of_the_font(path: Path) -> None:
    count = Face(path).font["maxp"].numGlyphs
    compare(path, random.Random(1).sample(range(1, count), 150))


@pytest.mark.slow
@pytest.mark.parametrize("path", FONTS, ids=lambda path: path.stem)
def test_every_outline_is_that_of_the_font(path: Path) -> None:
    compare(path, list(range(1, Face(path).font["maxp"].numGlyphs)))


def test_hints_are_kept() -> None:
    face = Face(FONTS[0])
    number = face.glyph_number("邉")
    assert number
    top = cff_glyphs(CffOutlines(face).program([number]))
    glyph = top.CharStrings["cid00001"]
    glyph.decompile()
    assert {"hstemhm", "hintmask"} <= set(filter(lambda part: isinstance(part, str), glyph.program))
    font = TTFont(FONTS[0])
    source = font["CFF "].cff.topDictIndex[0]
    _, chosen = source.CharStrings.getItemAndSelector(font.getGlyphName(number))
    private = top.FDArray[top.FDSelect[1]].Private
    assert private.BlueValues == source.FDArray[chosen].Private.BlueValues


def test_what_is_not_known_is_left_to_fonttools() -> None:
    with pytest.raises(UnusualError):
        Inliner((), ()).inlined(bytes([139, 139, 12, 10, 14]))  # an addition
    with pytest.raises(UnusualError):
        Inliner((), ()).inlined(bytes([139, 10]))  # a subroutine that is not there


def test_truetype_glyphs_and_their_parts(tmp_path: Path) -> None:
    face = Face(small_font(tmp_path / "own.ttf"))
    font = TTFont(BytesIO(TrueTypeOutlines(face).program([2, 3])))
    assert font["maxp"].numGlyphs == 4  # .notdef, triangle, the composed one, and the square that is a part of it
    font.setGlyphOrder([".notdef", "triangle", "both", "square"])
    there, source = font.getGlyphSet(), TTFont(face.path).getGlyphSet()
    for name in ("triangle", "both", "square"):
        pens = [DecomposingRecordingPen(glyphs) for glyphs in (there, source)]
        there[name].draw(pens[0])
        source[name].draw(pens[1])
        assert pens[0].value == pens[1].value
        assert there[name].width == source[name].width
