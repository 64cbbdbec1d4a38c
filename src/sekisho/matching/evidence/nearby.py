"""What stands near what in one message: hits of the scan, which of them share a policy, and what is taken already.

The scan's *hits* are values of the ledger (or dates and amounts that may confirm one); the compiled *pairs* say which
policy number, name or kana has another item of the same row nearby. REQUIREMENTS A2, A4, B12.
"""

import re
from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from sekisho.matching.index.columns import BIRTH, KANA, NAME, POLICY, PREMIUM, row_tag
from sekisho.matching.index.match_index import ROLES, ROW_TAGS, MatchIndex
from sekisho.matching.insurers import Insurers
from sekisho.matching.lists.cells import item_bit
from sekisho.matching.parameters import parameters, words
from sekisho.matching.scan.hits import BEGIN, END, EXTRA, HIGH, HIT_COLUMNS, KIND, LOW, PIECE

_TWELVE = re.compile(r"(?<![0-9A-Z])(?:\d{4}[- ]?){2}\d{4}(?![0-9A-Z])")
_WEIGHTS = (6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2)
_SIGNS = re.compile(r"[^0-9A-Z]")


@dataclass(frozen=True, slots=True)
class _Surroundings:
    """What stands in a window: dates and amounts, the insurers named, and whether a My Number."""

    values: Mapping[int, frozenset[int]]
    insurers: frozenset[str]
    my_number: bool


class Nearby:
    """One message: its folded ``text``, ``begins`` of its pieces in it (and behind the last), the ``hits`` (rows of
    scan columns, sorted by place) and ``pairs`` (row, anchor, other, roles)."""

    def __init__(
        self,
        index: MatchIndex,
        insurers: Insurers,
        text: str,
        *,
        begins: Sequence[int],
        hits: Sequence[Sequence[int]],
        pairs: Sequence[Sequence[int]],
    ) -> None:
        self.index, self.insurers, self.text, self.hits = index, insurers, text, hits
        self.window = int(parameters()["window"]["characters"])
        self.near: dict[int, dict[int, dict[int, int]]] = defaultdict(lambda: defaultdict(dict))
        for row, anchor, other, roles in pairs:
            self.near[anchor][row][other] = roles
        self.taken: set[int] = set()
        self._begins = begins
        self._places = [hit[BEGIN] for hit in hits]
        self._kinds_near: dict[int, Counter[int]] = {}
        self._surroundings: dict[tuple[int, int], _Surroundings] = {}

    def around(self, place: int, row: int) -> dict[int, int]:
        """The items of policy ``row`` near hit ``place``: hit → roles."""
        rows = self.near.get(place)
        return rows.get(row, {}) if rows else {}

    def rows_near(self, place: int) -> Iterable[int]:
        """The policies of which an item stands near hit ``place``."""
        return self.near.get(place, ())

    def supports(self, place: int, row: int) -> bool:
        """Whether a number, name or kana hit has another item of the policy beside it."""
        rows = self.near.get(place)
        return rows is not None and row in rows

    def between(self, begin: int, end: int) -> Iterator[int]:
        """The hits that begin in [begin, end)."""
        for place in range(bisect_left(self._places, begin), len(self.hits)):
            if self._places[place] >= end:
                return
            yield place

    def policies(self, places: Iterable[int]) -> set[int]:
        """The policies (rows of the ledger) that have these values."""
        refs = self.index.store.refs
        found: set[int] = set()
        for place in places:
            low, high = self.hits[place][LOW], self.hits[place][HIGH]
            found.update((int(refs[low]) >> 2,) if high - low == 1 else (refs[low:high] >> 2).tolist())
        return found

    def written(self, place: int) -> str:
        """Letters and digits of a hit."""
        hit = self.hits[place]
        return squeeze(self.text[hit[BEGIN] : hit[END]])

    def items(self, around: dict[int, int]) -> int:
        """The items that these hits are."""
        mask = 0
        for other, roles in around.items():
            mask |= item_mask(self.hits[other][KIND], roles >> 4)
        return mask

    def strangers(self, places: Iterable[int], row: int) -> bool:
        """Whether a person of another policy, told by name and second item, is among these hits."""
        return any(
            self.hits[place][KIND] in {NAME, KANA} and place in self.near and row not in self.near[place]
            for place in places
        )

    def kinds_near(self, place: int) -> Counter[int]:
        """How many hits of each field stand in the window of a hit, itself left out."""
        known = self._kinds_near.get(place)
        if known is None:
            inside = self.between(*self._near_in_piece(self.hits[place]))
            known = self._kinds_near[place] = Counter(self.hits[one][KIND] for one in inside if one != place)
        return known

    def confirmed(self, row: int, hit: Sequence[int]) -> int:
        """Items of this row that stand near and were no evidence themselves: start, expiry, premium, insurer, My
        Number."""
        near = self._around_hit(hit)
        mask = 0
        for tag, (kind, name) in enumerate(ROW_TAGS.items()):
            wanted = int(self.index.tags[tag, row])
            values = near.values[PREMIUM if kind == PREMIUM else BIRTH]
            if wanted and any(wanted == int(row_tag(self.index.states[kind], row, value)) for value in values):
                mask |= item_bit(name)
        if near.insurers and self.index.insurer(row) in near.insurers:
            mask |= item_bit("insurer")
        return mask | item_bit("my_number") if near.my_number else mask

    def _around_hit(self, hit: Sequence[int]) -> _Surroundings:
        begin, end = self._near_in_piece(hit)
        known = self._surroundings.get((begin, end))
        if known is None:
            values: dict[int, set[int]] = {BIRTH: set(), PREMIUM: set()}
            for place in self.between(begin, end):
                if self.hits[place][KIND] in values:
                    values[self.hits[place][KIND]].add(self.hits[place][EXTRA])
            text = self.text[begin:end]
            known = self._surroundings[begin, end] = _Surroundings(
                {kind: frozenset(found) for kind, found in values.items()},
                frozenset(insurer for _, insurer in self.insurers.mentions(text)),
                any(word in text for word in words("my_number_words")) and has_my_number(text),
            )
        return known

    def hit_at(self, kind: int, begin: int, end: int) -> list[int]:
        """A span of the text in the form of a hit that no ledger knows."""
        hit = [0] * HIT_COLUMNS
        hit[KIND], hit[BEGIN], hit[END], hit[PIECE] = kind, begin, end, bisect_right(self._begins, begin) - 1
        return hit

    def insurer_beside(self, hit: Sequence[int]) -> str:
        """The one insurer named on the line of a hit (the nearest of several when the hit is a number, which belongs
        to one of them); ``""`` when none. Another line's insurer is another policy's in a list."""
        first, last = self._piece(hit)
        begin = max(first, self.text.rfind("\n", 0, hit[BEGIN]) + 1, hit[BEGIN] - self.window)
        end = self.text.find("\n", hit[END])
        end = min(last, end if end >= 0 else last, hit[END] + self.window)
        mentions = self.insurers.mentions(self.text[begin:end])
        if len({insurer for _, insurer in mentions}) > 1 and hit[KIND] != POLICY:
            return ""
        return min(mentions, key=lambda one: abs(begin + one[0] - hit[BEGIN]))[1] if mentions else ""

    def numbers_near(self, hit: Sequence[int]) -> set[int]:
        """The policies whose numbers stand near a hit."""
        begin, end = self._near_in_piece(hit)
        return self.policies([place for place in self.between(begin, end) if self.hits[place][KIND] == POLICY])

    def _piece(self, hit: Sequence[int]) -> tuple[int, int]:
        return self._begins[hit[PIECE]], self._begins[hit[PIECE] + 1] - 1

    def _near_in_piece(self, hit: Sequence[int]) -> tuple[int, int]:
        first, last = self._piece(hit)
        return max(first, hit[BEGIN] - self.window), min(last, hit[END] + self.window)


class Spans:
    """Spans of the text, to ask whether another one touches them."""

    def __init__(self, spans: Iterable[tuple[int, int]]) -> None:
        self._begins: list[int] = []
        self._ends: list[int] = []
        for begin, end in sorted(spans):
            if self._ends and begin <= self._ends[-1]:
                self._ends[-1] = max(self._ends[-1], end)
            else:
                self._begins.append(begin)
                self._ends.append(end)

    def touch(self, begin: int, end: int) -> bool:
        """Whether one of them shares a character with [begin, end)."""
        place = bisect_left(self._begins, end) - 1
        return place >= 0 and self._ends[place] > begin


def squeeze(text: str) -> str:
    """Letters and digits only."""
    return text if text.isalnum() else _SIGNS.sub("", text)


def item_mask(kind: int, roles: int) -> int:
    """The item bits of a field hit in these roles."""
    if kind == POLICY:
        return item_bit("policy_no")
    return sum({item_bit(name) for role, name in enumerate(ROLES[kind]) if roles >> role & 1})


def has_my_number(text: str) -> bool:
    """Whether twelve digits with a valid check digit stand in folded text."""
    return any(is_my_number(re.sub(r"\D", "", found.group())) for found in _TWELVE.finditer(text))


def is_my_number(digits: str) -> bool:
    """Twelve digits with a valid check digit (FACTS §2)."""
    rest = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, digits[:11], strict=True)) % 11
    return int(digits[11]) == (0 if rest <= 1 else 11 - rest)


def is_corporate_number(digits: str) -> bool:
    """Thirteen digits with a valid check digit in front (FACTS §2): 9 − (Σ Pn·Qn mod 9), Qn = 1, 2 … from the right."""
    total = sum(int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(digits[1:])))
    return int(digits[0]) == 9 - total % 9
