"""The decision: which hits and rows of lists say that a policy's data stands here, and how surely.

A name alone is never evidence: at a million policies every fourth or fifth outsider's name is in the ledger. A policy
number counts by how unlikely it is by chance, by its context, or by a second item of the same policy beside it; a name
or kana counts with a second item of the same row. Thresholds and reasons: ``parameters.yaml``; in words for a
compliance officer: ``docs/matching.md``. REQUIREMENTS A2, A4, B12.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from sekisho.law.items import items
from sekisho.matching import columns
from sekisho.matching.columns import ADDRESS, BIRTH, NAME, POLICY, PREMIUM, row_tag
from sekisho.matching.finders import BEGIN, END, EXTRA, HIGH, KIND, LOW, PARTIAL, PIECE
from sekisho.matching.index import ROLES, ROW_TAGS, MatchIndex
from sekisho.matching.insurers import Insurers
from sekisho.matching.parameters import parameters, words
from sekisho.matching.tables import Row

LEVELS = ("possible", "probable", "certain")
_TWELVE = re.compile(r"(?<![0-9A-Z])(?:\d{4}[- ]?){2}\d{4}(?![0-9A-Z])")
_WEIGHTS = (6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2)
STRONG = ("address", "birth_date", "phone", "email")


@dataclass(frozen=True, slots=True)
class Judged:
    """One piece of evidence: a policy row (or −1 with insurer and number as written), where (folded span), items,
    how."""

    row: int
    insurer: str
    number: str
    piece: int
    begin: int
    end: int
    items: int
    matched_by: str
    level: int


@cache
def bit(code: str) -> int:
    """The bit of an item."""
    return items()[code].bit


def is_my_number(digits: str) -> bool:
    """Twelve digits with a valid check digit (FACTS §2)."""
    rest = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, digits[:11], strict=True)) % 11
    return int(digits[11]) == (0 if rest <= 1 else 11 - rest)


class Judge:
    """Judges one message: its folded ``text``, the ``hits`` (rows of scan columns) and ``pairs`` (row, anchor, other,
    roles)."""

    def __init__(
        self,
        index: MatchIndex,
        insurers: Insurers,
        text: str,
        hits: Sequence[Sequence[int]],
        pairs: Sequence[Sequence[int]],
    ) -> None:
        self._index, self._insurers, self._text, self._hits = index, insurers, text, hits
        self._rule = parameters()
        self._window = int(self._rule["window"]["characters"])
        self._near: dict[int, dict[int, dict[int, int]]] = defaultdict(lambda: defaultdict(dict))
        for row, anchor, other, roles in pairs:
            self._near[anchor][row][other] = roles
        self._taken: set[int] = set()

    def judge(self, rows: Sequence[Row]) -> Iterator[Judged]:
        """Everything there is evidence for: rows of lists first, then numbers, then names in what is left."""
        for row in rows:
            yield from self._list_row(row)
        for place, hit in enumerate(self._hits):
            if hit[KIND] == POLICY and place not in self._taken:
                yield from self._number(place)
        anchors = [place for place in self._near if self._hits[place][KIND] != POLICY and place not in self._taken]
        for place in sorted(anchors):
            yield from self._name(place)

    # -- rows of lists --------------------------------------------------------------------------------------------

    def _list_row(self, row: Row) -> Iterator[Judged]:
        inside = self._inside(row)
        numbers = [
            place for place in inside
            if self._hits[place][KIND] == POLICY and self._hits[place][BEGIN] >= row.number_begin
            and self._hits[place][END] <= row.number_end
        ]  # fmt: skip
        names = [place for place in inside if place in self._near and self._hits[place][KIND] != POLICY]
        by_number = self._of_insurer(self._rows_of(numbers), row)
        if row.number and by_number:
            supported = {found for place in numbers for found in self._near[place]} & by_number
            chosen = supported or by_number
            level = 2 if len(chosen) == 1 else 1
            self._taken.update(inside)
            for found in sorted(chosen):
                yield self._from_row(row, found, "ledger:policy_no", level)
            return
        best = self._best_names(names)
        chosen = self._of_insurer(set(best), row)
        if chosen:
            self._taken.update(inside)
            for found in sorted(chosen):
                level, how = best[found]
                yield self._from_row(row, found, how, level if len(chosen) == 1 else min(level, 1))
            return
        unread = self._without_ledger(row)
        if unread is not None:
            self._taken.update(numbers)
            yield unread

    def _inside(self, row: Row) -> list[int]:
        return [
            place for place, hit in enumerate_between(self._hits, row.begin, row.end)
            if hit[END] <= row.end and place not in self._taken
        ]  # fmt: skip

    def _of_insurer(self, found: set[int], row: Row) -> set[int]:
        """Only the rows of the insurer that the list names."""
        return {one for one in found if self._index.insurer(one) == row.insurer} if row.known else found

    def _from_row(self, row: Row, found: int, how: str, level: int) -> Judged:
        begin, end = (row.number_begin, row.number_end) if row.number else (row.begin, row.end)
        return Judged(found, self._index.insurer(found), row.number, row.piece, begin, end, row.items, how, level)

    def _without_ledger(self, row: Row) -> Judged | None:
        rule = self._rule["table"]
        if row.number:
            how = "table:policy_no+insurer" if row.insurer else "table:policy_no"
            span = (row.number_begin, row.number_end)
        else:
            told = row.items & (bit("expiry_date") | bit("start_date") | bit("product") | bit("premium"))
            if not (row.known and told and row.items & bit("holder_name")):
                return None
            how, span = "table:holder_name+insurer", (row.begin, row.end)
        name = "confidence_insurer_known" if row.known else "confidence_insurer_unknown"
        return Judged(-1, row.insurer, row.number, row.piece, *span, row.items, how, LEVELS.index(rule[name]))

    # -- policy numbers -------------------------------------------------------------------------------------------

    def _number(self, place: int) -> Iterator[Judged]:
        hit = self._hits[place]
        number = squeeze(self._text[hit[BEGIN] : hit[END]])
        owners = self._rows_of([place])
        supported = set(self._near[place]) & owners if place in self._near else set()
        level = self._number_level(hit, number)
        if supported:
            owners, level = supported, 2
        elif len(owners) > 1:
            named = self._insurer_near(hit)
            narrowed = {row for row in owners if self._index.insurer(row) == named}
            owners = narrowed or owners
        if level < 0:
            return
        if len(owners) > 1:
            level = min(level, 1)
        for row in sorted(owners):
            around = self._near[place][row] if place in self._near and row in self._near[place] else {}
            self._taken.update(other for other in around)
            mask = bit("policy_no") | self._items(around) | self._confirmed(row, hit)
            kinds = sorted({columns.FIELDS[self._hits[other][KIND]] for other in around})
            how = "ledger:policy_no" + (f"+{kinds[0]}" if len(kinds) == 1 else "+items" if kinds else "")
            yield Judged(row, self._index.insurer(row), number, hit[PIECE], hit[BEGIN], hit[END], mask, how, level)

    def _number_level(self, hit: Sequence[int], number: str) -> int:
        """How sure a number alone is: 2, 1, 0 or −1 (says nothing)."""
        rule = self._rule["policy_no"]
        chance = self._index.density_of(number)
        letters = any(map(str.isalpha, number))
        limit = rule["certain_letters"] if letters else rule["certain_digits"]
        if hit[EXTRA] & PARTIAL and chance > limit:
            return 0 if self._context(hit) else -1
        if self._context(hit) or (chance <= limit and not looks_like_something_else(self._text, hit, number)):
            return 2
        if letters or chance <= rule["probable"]:
            return 1
        return 0 if chance <= rule["ignore"] else -1

    def _context(self, hit: Sequence[int]) -> bool:
        window = self._rule["window"]
        before = self._text[max(0, hit[BEGIN] - window["context_before"]) : hit[BEGIN]]
        behind = self._text[hit[END] : hit[END] + window["context_after"]]
        return any(word in before or word in behind for word in words("context_words", "policy_no"))

    # -- names ----------------------------------------------------------------------------------------------------

    def _name(self, place: int) -> Iterator[Judged]:
        hit = self._hits[place]
        best = self._best_names([place])
        if not best:
            return
        near = self._near[place]
        top = max(level for level, _ in best.values())
        explained = {other for row, (level, _) in best.items() if level == top for other in near[row]}
        groups: dict[tuple[str, frozenset[int]], set[int]] = defaultdict(set)
        for row, (level, how) in best.items():
            if level == top or not explained.issuperset(near[row]):  # else a namesake with less of the same
                groups[how, frozenset(near[row])].add(row)
        reported = self._reported_near(hit)
        for (how, _), rows in sorted(groups.items(), key=lambda group: min(group[1])):
            if rows & reported:  # its policy number stands beside it and is reported by that
                continue
            narrowed = self._narrow(rows, hit)
            for row in sorted(narrowed):
                roles = next(iter(near[row].values())) & 15
                mask = item_mask(hit[KIND], roles) | self._items(near[row]) | self._confirmed(row, hit)
                level = best[row][0] if len(narrowed) == 1 else min(best[row][0], 1)
                yield Judged(row, self._index.insurer(row), "", hit[PIECE], hit[BEGIN], hit[END], mask, how, level)

    def _best_names(self, places: Sequence[int]) -> dict[int, tuple[int, str]]:
        """For each policy row that a name with a second item points to: (level, matched_by)."""
        best: dict[int, tuple[int, str]] = {}
        for place in places:
            hit = self._hits[place]
            who = "name" if hit[KIND] == NAME else "kana"
            for row, around in self._near[place].items():
                kinds: dict[str, int] = {}
                for other, roles in around.items():
                    what = self._second(other, roles >> 4)
                    kinds[what] = max(kinds.get(what, -1), self._level(place, other, what))
                what = max(kinds, key=lambda one: (kinds[one], one in STRONG, one))
                level = kinds[what]
                if len(kinds) > 1 and level == 1:
                    level = 2
                if (level, what) > (best.get(row, (-1, ""))[0], ""):
                    best[row] = (level, f"ledger:{who}+{what}")
        return best

    def _second(self, other: int, roles: int) -> str:
        kind = self._hits[other][KIND]
        if kind == ADDRESS:
            return "address" if roles & 1 else "address_block"
        return columns.FIELDS[kind]

    def _level(self, place: int, other: int, what: str) -> int:
        """The level of one combination; one less when it would also fit others of that name by chance."""
        one, two = self._hits[place], self._hits[other]
        level = LEVELS.index(self._rule["name_and"][what])
        same = sum(1 for around in self._near[place].values() if other in around)
        chance = (
            (one[HIGH] - one[LOW])
            * max(0, two[HIGH] - two[LOW] - same)
            / max(self._rule["population"], self._index.rows)
        )
        return max(0, level - 1) if chance > self._rule["chance"] else level

    def _narrow(self, rows: set[int], hit: Sequence[int]) -> set[int]:
        """Of several policies of one person those whose expiry, start or premium stands near, else whose insurer
        does."""
        if len(rows) == 1:
            return rows
        confirmed = {row for row in rows if self._confirmed(row, hit) & ~bit("insurer")}
        if confirmed:
            return confirmed
        named = self._insurer_near(hit)
        return {row for row in rows if self._index.insurer(row) == named} or rows

    def _reported_near(self, hit: Sequence[int]) -> set[int]:
        begin, end = hit[BEGIN] - self._window, hit[END] + self._window
        near = [p for p, other in enumerate_between(self._hits, begin, end) if other[KIND] == POLICY]
        return self._rows_of([place for place in near if self._hits[place][PIECE] == hit[PIECE]])

    # -- shared ---------------------------------------------------------------------------------------------------

    def _rows_of(self, places: Sequence[int]) -> set[int]:
        refs = self._index.store.refs
        return {int(ref) >> 2 for place in places for ref in refs[self._hits[place][LOW] : self._hits[place][HIGH]]}

    def _items(self, around: dict[int, int]) -> int:
        mask = 0
        for other, roles in around.items():
            mask |= item_mask(self._hits[other][KIND], roles >> 4)
        return mask

    def _confirmed(self, row: int, hit: Sequence[int]) -> int:
        """Items of this row that stand near and were no evidence themselves: start, expiry, premium, insurer, My
        Number."""
        begin, end = hit[BEGIN] - self._window, hit[END] + self._window
        mask = 0
        for _, other in enumerate_between(self._hits, begin, end):
            if other[PIECE] != hit[PIECE] or other[KIND] not in (BIRTH, PREMIUM):
                continue
            for place, (kind, name) in enumerate(ROW_TAGS.items()):
                if (kind == PREMIUM) != (other[KIND] == PREMIUM):
                    continue
                if self._index.tags[place, row] == row_tag(self._index.states[kind], row, other[EXTRA]):
                    mask |= bit(name)
        near = self._text[max(0, begin) : end]
        if any(found == self._index.insurer(row) for _, found in self._insurers.mentions(near)):
            mask |= bit("insurer")
        if any(word in near for word in words("my_number_words")):
            numbers = (re.sub(r"\D", "", found.group()) for found in _TWELVE.finditer(near))
            mask |= bit("my_number") if any(map(is_my_number, numbers)) else 0
        return mask

    def _insurer_near(self, hit: Sequence[int]) -> str:
        """The insurer named nearest to a hit; ``""`` when none or not told."""
        begin = max(0, hit[BEGIN] - self._window)
        mentions = self._insurers.mentions(self._text[begin : hit[END] + self._window])
        return min(mentions, key=lambda one: abs(begin + one[0] - hit[BEGIN]))[1] if mentions else ""


def enumerate_between(hits: Sequence[Sequence[int]], begin: int, end: int) -> Iterator[tuple[int, Sequence[int]]]:
    """(place, hit) of the hits that begin in [begin, end); hits are sorted by where they begin but for mail
    addresses."""
    low, high = 0, len(hits)
    while low < high:
        middle = (low + high) // 2
        if hits[middle][BEGIN] < begin:
            low = middle + 1
        else:
            high = middle
    for place in range(low, len(hits)):
        if hits[place][BEGIN] >= end:
            return
        yield place, hits[place]


def squeeze(text: str) -> str:
    """Letters and digits only."""
    return re.sub(r"[^0-9A-Z]", "", text)


def item_mask(kind: int, roles: int) -> int:
    """The item bits of a field hit in these roles."""
    if kind == POLICY:
        return bit("policy_no")
    return sum({bit(name) for role, name in enumerate(ROLES[kind]) if roles >> role & 1})


def looks_like_something_else(text: str, hit: Sequence[int], number: str) -> bool:
    """Digits that are as well a time stamp or a phone number: their rarity proves nothing."""
    written = text[hit[BEGIN] : hit[END]]
    if not number.isdigit():
        return False
    stamp = (
        len(number) >= 8 and number[:2] in {"19", "20"} and "01" <= number[4:6] <= "12" and "01" <= number[6:8] <= "31"
    )
    return stamp or (number[0] == "0" and len(number) in {10, 11} and "-" in written)
