"""What a caller says and what the ledger holds, made comparable: two ways of saying the same are one.

A caller speaks, a clerk types: width, blanks, old and new characters, 丁目・番地・号 or dashes, with or without the
prefecture must not matter; a different house or flat must.
"""

import re
from functools import cache

from sekisho.kernel.folding import folded
from sekisho.registry.names import company_words

_KANJI = "〇一二三四五六七八九"
_COUNTED = re.compile(r"([〇一二三四五六七八九十]+)(?=丁目|番|号|[-ノ]|$)")
_DIVIDERS = re.compile(r"丁目|番地ノ|番地|番|号室|号棟|号|(?<=\d)[ノ階](?=\d|$)|(?<=\d)F(?![A-Z])")


def name_key(text: str) -> str:
    """山田　花子 様 → 山田花子; (株) and 株式会社 at either end are one."""
    plain = re.sub(r"[\s・,、]", "", folded(text))
    plain = re.sub(r"(様|殿|御中|サン)$", "", plain)
    for word in _companies():
        plain = plain.removeprefix(word).removesuffix(word)
    return plain


def address_key(text: str) -> str:
    """例示県見本市中央二丁目２１番９号 → 見本市中央2-21-9: without the prefecture, which many leave out."""
    plain = re.sub(r"[\s,、〒]", "", folded(text))
    plain = re.sub(r"^\d{3}-?\d{4}(?=\D)", "", plain)
    plain = _COUNTED.sub(lambda found: _digits(found[1]), plain)
    plain = _DIVIDERS.sub("-", plain)
    plain = re.sub(r"-+", "-", plain).strip("-")
    plain = re.sub(r"(?<=\D)-(?=\d)|(?<=\d)-(?=\D)", "", plain)
    return _PREFECTURE.sub("", plain, count=1)


_PREFECTURE = re.compile(r"^(?:東京都|北海道|(?:大阪|京都)府|[^市区町村郡\d]{2,3}県)(?=.)")


def phone_key(text: str) -> str:
    """Digits only, +81 as 0; "" for what is no telephone number."""
    plain = re.sub(r"[^0-9+]", "", folded(text))
    plain = re.sub(r"^(\+|00)81", "0", plain).replace("+", "")
    return plain if 9 <= len(plain) <= 11 else ""


def number_key(text: str) -> str:
    """A policy number without dashes and blanks."""
    return re.sub(r"[^0-9A-Z]", "", folded(text))


def _digits(kanji: str) -> str:
    """二十一 → 21, 二一 → 21."""
    tens, _, ones = kanji.rpartition("十")
    if "十" not in kanji:
        return "".join(str(_KANJI.index(character)) for character in kanji)
    if "十" in tens:
        return kanji
    ten = int("".join(str(_KANJI.index(character)) for character in tens)) if tens else 1
    one = int("".join(str(_KANJI.index(character)) for character in ones)) if ones else 0
    return str(ten * 10 + one)


@cache
def _companies() -> tuple[str, ...]:
    return tuple(folded(word) for word in company_words())
