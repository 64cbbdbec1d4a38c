from pathlib import Path

import pytest
from fontTools.ttLib import TTFont

from sekisho.kernel.errors import InputError
from sekisho.letters.printing.fonts.faces import Face, Faces, UnprintableError, typefaces
from tests.letters.printing.cast import small_font


@pytest.fixture(scope="module")
def serif() -> Face:
    return typefaces().body.faces[0]


@pytest.fixture
def own(tmp_path: Path) -> Face:
    return Face(small_font(tmp_path / "own.ttf"), configured=True)


def test_hard_names_are_printable_without_any_font_of_the_system(serif: Face) -> None:
    faces = Faces((serif,))
    for unit in ["髙", "﨑", "𠮷", "辻", "辻\U000e0100", "邉\U000e0101", "ｱ", "ﾞ", "Ａ", "〒", "～"]:
        assert faces.glyph(unit).number > 0


def test_a_variant_is_another_glyph_than_its_base_unless_the_font_says_that_it_is_the_default(serif: Face) -> None:
    faces = Faces((serif,))
    assert faces.glyph("邉\U000e0101").number != faces.glyph("邉").number
    table = next(table for table in serif.font["cmap"].tables if table.format == 14)
    selector, base = next(
        (selector, base) for selector, pairs in table.uvsDict.items() for base, name in pairs if name is None
    )
    assert faces.glyph(chr(base) + chr(selector)).number == faces.glyph(chr(base)).number


def test_a_sequence_that_no_font_has_is_never_another_shape(serif: Face) -> None:
    with pytest.raises(UnprintableError, match=r"U\+9089 U\+E0142"):
        Faces((serif,)).glyph("邉\U000e0142")


@pytest.mark.parametrize("unit", ["\n", "\0", "\u200d", "\ue000", "\U0010fffd", "\u0378"])
def test_what_means_nothing_is_not_printed(serif: Face, unit: str) -> None:
    with pytest.raises(UnprintableError):
        Faces((serif,)).glyph(unit)


def test_each_unit_comes_from_the_first_font_that_really_has_it(serif: Face, own: Face) -> None:
    faces = Faces((own, serif))
    assert [faces.glyph(unit).face for unit in ["辺", "辺\U000e0142", "辺\U000e0143", "辺\U000e0100", "山"]] == [
        0,
        0,
        0,
        1,
        1,
    ]
    assert faces.glyph("辺\U000e0142").number == 2
    assert faces.glyph("辺\U000e0143").number == faces.glyph("辺").number
    assert [(face.name, text) for face, text in faces.runs("辺山辺\U000e0142")] == [
        ("SekishoTest", "辺"),
        ("NotoSerifJP-Regular", "山"),
        ("SekishoTest", "辺\U000e0142"),
    ]


def test_private_characters_come_from_configured_fonts_only(tmp_path: Path) -> None:
    path = small_font(tmp_path / "own.ttf")
    assert Faces((Face(path, configured=True),)).glyph("\ue000").number == 4
    with pytest.raises(UnprintableError):
        Faces((Face(path),)).glyph("\ue000")


def test_what_is_no_font_or_may_not_be_embedded_is_refused(tmp_path: Path) -> None:
    broken = tmp_path / "broken.otf"
    broken.write_bytes(b"OTTO" + bytes(50))
    with pytest.raises(InputError, match="cannot be read as a font"):
        Face(broken)
    with pytest.raises(InputError, match="cannot be read as a font"):
        Face(tmp_path / "nowhere.ttf")
    data = small_font(tmp_path / "own.ttf")
    with TTFont(data) as restricted:
        restricted["OS/2"].fsType = 2
        restricted.save(tmp_path / "restricted.ttf")
    with pytest.raises(InputError, match="may not be embedded"):
        Face(tmp_path / "restricted.ttf")


def test_configured_fonts_come_first_and_fixed_text_keeps_the_installed_one(tmp_path: Path) -> None:
    chains = typefaces([small_font(tmp_path / "own.ttf")])
    assert chains.fields.faces[0].name == "SekishoTest"
    assert chains.body.faces[0].name == "NotoSerifJP-Regular"
    assert chains.heading.faces[0].name == "NotoSansJP-Regular"
    assert "SekishoTest Version 1.0" in chains.fields.versions
