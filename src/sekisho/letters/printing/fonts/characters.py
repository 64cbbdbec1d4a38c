"""Text cut into what a font has one glyph for: a character, or a character with the variation selector that
prescribes its shape (異体字: Unicode Technical Standard 37; collections Adobe-Japan1 and Moji_Joho).

A character may be changed here in one way only: a letter and its mark written apart (か + U+3099) become the one
character that they canonically are. Kanji are never touched: the canonical equivalent of 神 (U+FA19) is another shape.
"""

import re
import unicodedata

_UNIT = re.compile(".[\ufe00-\ufe0f\U000e0100-\U000e01ef]?", re.DOTALL)
_SELECTED = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")
_MARKED = re.compile("[^\u0300-\u036f\u3099\u309a][\u0300-\u036f\u3099\u309a]")
_REFUSED = frozenset({"Cc", "Cf", "Cs", "Cn", "Zl", "Zp", "Mn", "Me", "Mc"})


def composed(text: str) -> str:
    """The text with kana and Latin letters joined to their marks."""
    return _MARKED.sub(_joined, text) if _MARKED.search(text) else text


def _joined(found: re.Match[str]) -> str:
    one = unicodedata.normalize("NFC", found.group())
    return one if len(one) == 1 else found.group()


def units(text: str) -> list[str]:
    """The text in units of one glyph each."""
    return _UNIT.findall(text) if _SELECTED.search(text) else list(text)


def refused(unit: str) -> bool:
    """Controls, formats, lone surrogates and marks, code points that mean nothing: nothing that could be printed."""
    return unicodedata.category(unit[0]) in _REFUSED


def is_private(unit: str) -> bool:
    """A private-use character (外字): its shape is known only to a font that its owner names."""
    return unicodedata.category(unit[0]) == "Co"


def code_points(unit: str) -> str:
    """``U+9089 U+E0101``: how a unit is told without telling the name that it stands in."""
    return " ".join(f"U+{ord(character):04X}" for character in unit)
