"""The one text normalisation: two ways of writing the same value become the same string.

Width (Ａ→A, ｱ→ア), case (a→A), half-width voiced marks (ｶﾞ→ガ), hiragana→katakana, every dash→``-`` (the long-vowel
mark ー only after a digit or letter), every blank→space, compatibility ideographs (神→神), era ligatures (㍼→S);
variation selectors (辻󠄀) and zero-width characters are deleted. One character becomes one character or none, so that a
position in the folded text leads back to the original (REQUIREMENTS A1: evidence names the place).
``unicodedata`` NFKC alone is 5–14 times slower than the table and leaves dashes and voiced marks apart.

Which kanji are one is a choice of three levels, each holding the one before (``variants.tsv`` names level and source):

* ``strict``: none beyond the above
* ``standard``: old and new and variant shapes of what a clerk calls one character (髙→高, 邊→辺, 國→国, 斎→斉)
* ``wide``: different characters that are mixed up in names as well (坂/阪, 荻/萩, 菅/管)
"""

import ctypes
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib import resources

import numpy as np
import numpy.typing as npt

LEVELS = ("strict", "standard", "wide")
STANDARD = "standard"
"""The folding levels, and the one that counts where nobody chose."""

TABLE_SIZE = 0x30000
"""Code points from here on have no entry: variation selectors are deleted, the rest stays as it is."""

VOICED_MARK = 0x3099
SEMIVOICED_MARK = 0x309A
LONG_VOWEL = 0x30FC
DASH = 0x2D

_DASHES = (
    "\u2010\u2011\u2012\u2013\u2014\u2015\u2043\u2212\u207b\u208b"
    "\u02d7\u2500\u2501\u23af\u30a0\ufe58\ufe63\uff0d\u2e3a\u2e3b"
)
_BLANKS = "\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000\r\x0b\x0c"
_DELETED = (
    *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2065), *range(0xFE00, 0xFE10),
    *range(0x180B, 0x180E), 0xFEFF, 0x00AD,
)  # fmt: skip
_VARIATION_SELECTORS = range(0xE0100, 0xE01F0)
_OTHERS = {"\u309b": "\u3099", "\u309c": "\u309a", "㍾": "M", "㍽": "T", "㍼": "S", "㍻": "H", "㋿": "R", "〜": "~"}
_CHANGED = {*_DASHES, *_OTHERS, *map(chr, range(0x3041, 0x30A0))}
"""What folding changes although normalising and capital letters leave it: dashes, hiragana."""
_BLOCK = 64
# Enclosed and circled characters stay: ① is an ordinal, not part of the number that follows it.
_KEPT = (range(0x2460, 0x2500), range(0x2776, 0x2794), range(0x3200, 0x3400), range(0x1F100, 0x1F200))


@dataclass(frozen=True, slots=True)
class Folded:
    """Folded code points (uint32) and, for each, the index of the original character it came from (int32)."""

    codes: npt.NDArray[np.uint32]
    positions: npt.NDArray[np.int32]

    def __str__(self) -> str:
        return self.codes.tobytes().decode("utf-32-le", "surrogatepass")


@cache
def variants(level: str = STANDARD) -> dict[str, str]:
    """Variant character → common form at a folding level (``variants.tsv``). Raises ``ValueError`` for no level."""
    most = LEVELS.index(level)
    text = resources.files("sekisho.kernel").joinpath("variants.tsv").read_text(encoding="utf-8")
    pairs: dict[str, str] = {}
    for line in text.splitlines():
        if line and not line.startswith("#"):
            common, others, joined_from, _kind = line.split("\t")
            if LEVELS.index(joined_from) <= most:
                pairs.update(dict.fromkeys(others, common))
    return pairs


@cache
def table(level: str = STANDARD) -> npt.NDArray[np.uint32]:
    """Code point → folded code point for the first ``TABLE_SIZE``; 0 = delete."""
    codes = _plain_table().copy()
    for variant, common in variants(level).items():
        codes[codes == ord(variant)] = ord(common)
    return codes


@cache
def _plain_table() -> npt.NDArray[np.uint32]:
    """The table of the strictest level."""
    codes = np.arange(TABLE_SIZE, dtype=np.uint32)
    for start in range(0, TABLE_SIZE, _BLOCK):
        block = range(max(start, 0x21), start + _BLOCK)
        if 0xD800 <= start < 0xF900 or _stay(block):  # surrogates and private use
            continue
        codes[block.start : block.stop] = [ord(_one_character(chr(code))) for code in block]
    for blank in _BLANKS:
        codes[ord(blank)] = 0x20
    for newline in "\u0085\u2028\u2029":
        codes[ord(newline)] = 0x0A
    codes[list(_DELETED)] = 0
    return codes


def _stay(block: range) -> bool:
    """Whether every character of a block becomes itself, asked for all at once: most of Unicode does."""
    text = "\n".join(map(chr, block))  # behind a line break nothing composes
    return unicodedata.is_normalized("NFKC", text) and text.upper() == text and _CHANGED.isdisjoint(text)


def _one_character(character: str) -> str:
    code = ord(character)
    if character in _OTHERS:
        return _OTHERS[character]
    if any(code in block for block in _KEPT):
        return character
    plain = unicodedata.normalize("NFKC", character)
    if len(plain) == 1:
        character = plain
    if character in _DASHES:
        return "-"
    code = ord(character)
    if 0x3041 <= code <= 0x3096 or code in (0x309D, 0x309E):
        return chr(code + 0x60)
    upper = character.upper()
    return upper if len(upper) == 1 else character


@cache
def joined_kana() -> npt.NDArray[np.uint16]:
    """Two rows of 256: katakana (code − 0x3000) with the voiced (row 0) or semi-voiced (row 1) mark joined; 0 =
    none."""
    joined = np.zeros((2, 256), np.uint16)
    for row, mark in enumerate((VOICED_MARK, SEMIVOICED_MARK)):
        for code in range(0x30A1, 0x30FF):
            whole = unicodedata.normalize("NFC", chr(code) + chr(mark))
            if len(whole) == 1:
                joined[row, code - 0x3000] = ord(whole)
    return joined


def code_points(text: str) -> npt.NDArray[np.uint32]:
    """The code points of ``text``; broken surrogates are kept as they are."""
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)


def code_points_into(text: str, room: npt.NDArray[np.uint32]) -> None:
    """As ``code_points``, written into ``room`` (at least as long as ``text``) without a copy between."""
    if len(room) < len(text) or room.dtype != np.uint32 or not room.flags.c_contiguous or not room.flags.writeable:
        raise ValueError("no room for the code points")
    _as_ucs4()(text, room.ctypes.data, len(room), 0)


@cache
def _as_ucs4() -> Callable[[str, int, int, int], int]:
    function = ctypes.pythonapi.PyUnicode_AsUCS4  # of the stable interface of Python
    function.argtypes = (ctypes.py_object, ctypes.c_void_p, ctypes.c_ssize_t, ctypes.c_int)
    function.restype = ctypes.c_void_p
    return function


def fold(text: str, level: str = STANDARD) -> Folded:
    """``text`` folded, with positions. The reference in plain Python; ``folding_compiled`` does the same fast."""
    mapping = table(level)
    joined = joined_kana()
    codes: list[int] = []
    positions: list[int] = []
    for position, character in enumerate(text):
        raw = ord(character)
        code = int(mapping[raw]) if raw < TABLE_SIZE else (0 if raw in _VARIATION_SELECTORS else raw)
        if code in (VOICED_MARK, SEMIVOICED_MARK):
            last = codes[-1] - 0x3000 if codes and 0x3000 <= codes[-1] < 0x3100 else 0
            whole = int(joined[code - VOICED_MARK, last])
            if whole:
                codes[-1] = whole
            continue
        if code == LONG_VOWEL and codes and codes[-1] < 128 and chr(codes[-1]).isalnum():
            code = DASH
        if code:
            codes.append(code)
            positions.append(position)
    return Folded(np.array(codes, np.uint32), np.array(positions, np.int32))


def folded(text: str, level: str = STANDARD) -> str:
    """``text`` folded, as a string: for headers, aliases and word lists."""
    return str(fold(text, level))
