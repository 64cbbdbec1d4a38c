"""What one cell says: which item a header cell names, whether a cell holds a policy number, whether it is a total.
REQUIREMENTS A2; the header words are in ``law/parameters/items.yaml``, the other words in ``parameters.yaml``."""

import re
from functools import cache, lru_cache

from sekisho.kernel.folding import folded
from sekisho.law.items import items, mask_of
from sekisho.matching.insurers import compact
from sekisho.matching.parameters import parameters, words

_BRACKETED = re.compile(r"[(\[【〔<][^)\]】〕>]*[)\]】〕>]")
_NO_NUMBER = re.compile(
    r"""
    (?:\d{4}|[MTSHR]\d{1,2}|(?:明治|大正|昭和|平成|令和).{1,3})[-/.年]\d{1,2}[-/.月]\d{1,2}日?(?:[ T].*)?$  # a date
    | \(?0\d{1,4}[-() ]+\d{1,4}[-) ]+\d{3,4}$ | \+81  # a phone number
    | [^0-9A-Z]*(?:(?:TEL|FAX|PHONE|MOBILE)(?:[^0-9A-Z]|0)|電話|携帯|ファクス|ファックス|〒)  # … with its word
    | \S*@  # a mail address
    | [¥\\]?\d{1,3}(?:,\d{3})+円?$ | [¥\\]\d | \d+円  # an amount
    """,
    re.VERBOSE,
)
_FRACTION = re.compile(r"^(\d+)\.0+$")
_NUMBER_SIGNS = re.compile(r"[^0-9A-Z]+")
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")
_DIGIT = re.compile(r"[0-9]")
_STRANGE_MAX = 6
HEADER_MAX = 40
_KNOWN_MAX = 10_000
BLANK = "- \t*―"
"""What an empty cell may hold."""


def is_empty(cell: str) -> bool:
    """Nothing but blanks, dashes and asterisks."""
    return not cell.strip(BLANK)


@cache
def _head_words() -> dict[str, int]:
    known = {compact(folded(word)): item.bit for item in items().values() for word in item.columns}
    return {word: bit for word, bit in known.items() if word}  # a bare sign such as 〒 leaves nothing


@cache
def item_bit(code: str) -> int:
    """The bit of an item."""
    return items()[code].bit


@cache
def item_set(name: str) -> int:
    """The bit mask of a list of items in ``parameters.yaml``, section table."""
    return mask_of(parameters()["table"][name])


def head_item(cell: str) -> int:
    """The item bit of a folded header cell; 0 when it names none. Brackets, units and blanks do not matter."""
    return _head_item(cell) if len(cell) <= HEADER_MAX else 0


@lru_cache(_KNOWN_MAX)
def _head_item(cell: str) -> int:
    known = _head_words()
    for form in (compact(cell), compact(_BRACKETED.sub("", cell))):
        for plain in (form, form.removeprefix("ゴ").removeprefix("御"), form.removesuffix("欄")):
            if plain in known:
                return known[plain]
        if form.startswith("証券番号") or form.endswith("証券番号"):
            return item_bit("policy_no")
    return 0


def speaks_of_insurance(heads: list[tuple[int, str]]) -> bool:
    """Whether header cells (item bit, cell) are those of a list of policies: a Japanese insurance word among them, or
    two such items with the holder or the expiry among them. English "policy" and "premium" alone are not: they stand
    in price lists and privacy policies just as well."""
    insurance = item_set("insurance_items")
    mask = 0
    for bit, cell in heads:
        if bit & insurance:
            mask |= bit
            if not cell.isascii():
                return True
    return mask.bit_count() > 1 and mask & item_set("telling_items") != 0


def squeezed_number(cell: str) -> str:
    """The policy number in a folded cell of a policy-number column; ``""`` when it does not look like one (a date, a
    phone number, a mail address, an amount, too short, too long)."""
    rule = parameters()["table"]
    cell = cell.strip(" '\"")
    if "." in cell and (whole := _FRACTION.match(cell)):
        cell = whole.group(1)
    number = cell if cell.isascii() and cell.isalnum() and cell.isupper() else _NUMBER_SIGNS.sub("", cell)
    if not rule["number_min"] <= len(number) <= rule["number_max"] or _NO_NUMBER.match(cell):
        return ""
    if not cell.isascii() and len(_NOT_ASCII.findall(cell)) > _STRANGE_MAX:
        return ""
    return number if number.isdigit() or len(_DIGIT.findall(number)) >= rule["digits_min"] else ""


@cache
def _total() -> re.Pattern[str]:
    listed = "|".join(map(re.escape, words("total_words")))
    return re.compile(rf"[^0-9A-Z\u3005\u3007\u30a1-\u30fe\u3400-\u9fff]*(?:{listed})")


@cache
def _total_words() -> frozenset[str]:
    return frozenset(words("total_words"))


def is_total(filled: list[str]) -> bool:
    """Whether the first filled cells of a row say that it sums up others."""
    return any(_total().match(cell) and _plain_total(cell) for cell in filled[:2])


def _plain_total(cell: str) -> bool:
    plain = compact(cell)
    return plain in _total_words() or any(
        len(word) > 1 and plain.startswith(word) and len(plain) <= len(word) + 6 for word in _total_words()
    )
