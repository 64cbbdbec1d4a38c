"""The customer barcode of Japan Post: postcode and address number as 67 bars, and back from the bars.

Source: 郵便番号・バーコードマニュアル, p11 (code table), p17–p22 (what of an address goes in), p21 (check character),
p25 (worked examples, all of them in ``tests/letters/addressing``). The manual cuts an address at the end of the
town (町域) first; a ledger does not tell where that is. Without ``town`` three habits of writing are therefore known
to belong to a town's name and not to the number: 八丁西町, 二の丸, 1番町 and 北6条.
"""

import re
from dataclasses import dataclass
from functools import cache

from sekisho.kernel.errors import InputError
from sekisho.kernel.folding import STANDARD, table
from sekisho.letters.model import Recipient

BARS = 67
POSTAL_LENGTH = 7
NUMBER_LENGTH = 13
START, STOP = "13", "31"

_PADDING = "CC4"
_CODES = {
    **dict(zip("0123456789", ["144", "114", "132", "312", "123", "141", "321", "213", "231", "411"], strict=True)),
    **{"-": "414", "CC1": "324", "CC2": "342", "CC3": "234", "CC4": "432"},
    **{"CC5": "243", "CC6": "423", "CC7": "441", "CC8": "111"},
}
"""Character → three bars (p11). 1 long, 2 upper half, 3 lower half, 4 timing."""
_CHARACTERS = list(_CODES)
_VALUES = {character: value for value, character in enumerate(_CHARACTERS)}
"""Values for the check character (p21): 0–9, ``-`` = 10, CC1–CC8 = 11–18."""
_READ = {code: character for character, code in _CODES.items()}
_LETTERS = {chr(ord("A") + n): (f"CC{n // 10 + 1}", str(n % 10)) for n in range(26)}
_PAIRS = {pair: letter for letter, pair in _LETTERS.items()}

_DIGITS = {character: value for value, character in enumerate("〇一二三四五六七八九")}
_UNITS = {"十": 10, "百": 100, "千": 1000}
_KANJI = "〇一二三四五六七八九十百千"
_MARKED = re.compile(rf"([{_KANJI}]+)(?=丁目|丁|番地|番|号|地割|線|[のノ])")
_NUMBER_FOLLOWS = rf"(?=[\d\s{_KANJI}-]|$)"
_MARKED_SURELY = re.compile(
    rf"([{_KANJI}]+)(?=丁目|番地|地割|号|丁{_NUMBER_FOLLOWS}|番{_NUMBER_FOLLOWS}|線{_NUMBER_FOLLOWS}"
    rf"|[のノ](?=[\d{_KANJI}]))"
)
_DROPPED = re.compile(r"[&/・.]")
_OTHER = re.compile(r"[A-Z]{2,}|[^0-9A-Z-]+")
_FLOOR = re.compile(r"(?<=[0-9])F")
_DASHES = re.compile(r"--+")
_LETTER = re.compile(r"-?([A-Z])-?")
_LONG_VOWEL = re.compile(r"(?<=[0-9A-Za-z])ー")
_IN_TOWN_NAMES = re.compile(r"\d+(?=条|番[町丁]|丁[町堀])")


@dataclass(frozen=True, slots=True)
class Read:
    """What bars say. ``number`` is the address number with its letters (``3-20-5B604``); it may have been cut at 13
    characters. Two addresses, and all who live at one, may carry the same bars."""

    postal_code: str
    number: str


def bars(postal_code: str, address: str, *, town: str = "", individual: bool = False) -> str:
    """67 digits 1–4, or "" where none may be printed: no postcode of seven digits, or one that stands for a whole
    municipality (代表番号, ending in 00: p18).

    ``town``: the address up to the end of the town, where it is known (the manual's 住所A). ``individual``: the
    postcode is a large office's own (大口事業所): nothing else goes in (p22).
    """
    code = postal_digits(postal_code)
    if not code or code.endswith("00"):
        return ""
    number = "" if individual else address_number(address, town=town)
    characters = _coded(code, number)
    return START + "".join(_CODES[character] for character in [*characters, _check(characters)]) + STOP


def bars_of(recipient: Recipient) -> str:
    """The bars of a recipient's letter: what a print run asks for each."""
    return bars(recipient.postal_code, recipient.address)


def postal_digits(text: str) -> str:
    """Seven digits, or "" when it is no postcode: 〒０００－０００１ → 0000001."""
    digits = _plain(text).replace("-", "").replace("〒", "").strip()
    return digits if re.fullmatch(r"[0-9]{7}", digits) else ""


def address_number(address: str, *, town: str = "") -> str:
    """The 住所表示番号 of an address, uncut: ``3丁目-20-5 郵便・A&bコーポB604号`` → ``3-20-5B604`` (p19)."""
    rest = _plain(address).upper()
    if town:
        rest = rest.removeprefix(_plain(town).upper())
        rest = _MARKED.sub(lambda found: str(_number(found[1])), rest)
    else:
        rest = _MARKED_SURELY.sub(lambda found: str(_number(found[1])), _IN_TOWN_NAMES.sub("", rest))
    rest = _OTHER.sub("-", _DROPPED.sub("", rest))
    rest = _DASHES.sub("-", _FLOOR.sub("-", rest)).strip("-")
    return _LETTER.sub(r"\1", rest)


def read_bars(text: str) -> Read:
    """What 67 bars say, also when they were read upside down. Raises ``InputError`` when they are no customer barcode
    or their check character does not agree."""
    digits = "".join(text.split())
    if re.fullmatch(r"[1-4]{67}", digits) is None:
        raise InputError("is no customer barcode", remedy="give 67 digits 1–4, one for each bar")
    if digits.startswith("12") and digits.endswith("21"):
        digits = digits[::-1].translate(str.maketrans("23", "32"))
    inner = digits[len(START) : -len(STOP)]
    read = [_READ.get(inner[place : place + 3], "") for place in range(0, len(inner), 3)]
    if digits[:2] != START or digits[-2:] != STOP or not all(read) or _check(read[:-1]) != read[-1]:
        raise InputError("a bar was misread", remedy="read it again, or enter the letter's serial number")
    postal_code = "".join(read[:POSTAL_LENGTH])
    if not postal_code.isdecimal():
        raise InputError("a bar was misread", remedy="read it again, or enter the letter's serial number")
    return Read(postal_code, _lettered(read[POSTAL_LENGTH:-1]))


def printed_number(address: str, *, town: str = "", individual: bool = False) -> str:
    """The address number as the bars carry it: cut at 13 characters, a letter counting two (what ``read_bars``
    gives)."""
    number = "" if individual else address_number(address, town=town)
    return _lettered(_coded("0" * POSTAL_LENGTH, number)[POSTAL_LENGTH:])


def _coded(code: str, number: str) -> list[str]:
    characters = list(code)
    for character in number:
        characters.extend(_LETTERS.get(character, (character,)))
    whole = POSTAL_LENGTH + NUMBER_LENGTH
    return (characters + [_PADDING] * NUMBER_LENGTH)[:whole]


def _lettered(characters: list[str]) -> str:
    number, place = "", 0
    while place < len(characters) and characters[place] != _PADDING:
        letter = _PAIRS.get((characters[place], characters[place + 1] if place + 1 < len(characters) else ""))
        number += letter or (characters[place] if len(characters[place]) == 1 else "")
        place += 2 if letter else 1
    return number


def _check(characters: list[str]) -> str:
    """The character that makes the sum a multiple of 19."""
    return _CHARACTERS[-sum(_VALUES[character] for character in characters) % len(_CHARACTERS)]


def _number(kanji: str) -> int:
    """十九 → 19, 二一 → 21, 二十一 → 21, 百二 → 102."""
    total = digits = 0
    pending = False
    for character in kanji:
        if character in _UNITS:
            total += (digits if pending else 1) * _UNITS[character]
            digits, pending = 0, False
        else:
            digits, pending = digits * 10 + _DIGITS[character], True
    return total + digits


def _plain(text: str) -> str:
    """Digits, letters and dashes of any width as ASCII; a long vowel after a digit or letter is a dash."""
    return _LONG_VOWEL.sub("-", text.translate(_ascii()))


@cache
def _ascii() -> dict[int, int | None]:
    folded = table(STANDARD)
    plain: dict[int, int | None] = {
        int(code): int(folded[code]) for code in range(0x80, len(folded)) if 0 < folded[code] < 0x80
    }
    return plain | {ord("ｰ"): ord("ー"), ord("･"): ord("・")}
