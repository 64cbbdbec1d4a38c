import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from sekisho.letters.printing.fonts.characters import code_points, composed, is_private, refused, units


def test_a_character_and_its_selector_are_one() -> None:
    assert units("辻\U000e0100𠮷a") == ["辻\U000e0100", "𠮷", "a"]


@given(st.text())
def test_units_are_the_whole_text(text: str) -> None:
    assert "".join(units(text)) == text


def test_kana_are_joined_to_their_marks_and_kanji_are_left_alone() -> None:
    assert composed("か\u3099ハ\u309ae\u0301") == "がパé"
    assert composed("\ufa19") == "\ufa19"  # the compatibility kanji for 神: another shape than its canonical equivalent
    assert unicodedata.normalize("NFC", "\ufa19") != "\ufa19"


def test_controls_marks_and_lone_surrogates_are_refused() -> None:
    assert all(map(refused, ["\n", "\t", "\0", "\u202e", "\u200b", "\u3099", "\ud842", "\u2028", "\uffff"]))
    assert not any(map(refused, ["辻\U000e0100", "𠮷", "ｱ", " ", "\u3000", "é"]))
    assert is_private("\ue000")


def test_code_points_name_no_character() -> None:
    assert code_points("邉\U000e0101") == "U+9089 U+E0101"
