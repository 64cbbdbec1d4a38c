"""The decision: which hits and rows of lists say that a policy's data stands here, and how surely.

A name alone is never evidence: at a million policies every fourth or fifth outsider's name is in the ledger. A policy
number counts by how unlikely it is by chance, by its context, or by a second item of the same policy beside it; a name
or kana counts with a second item of the same row. Thresholds and reasons: ``parameters.yaml``; in words for a
compliance officer: ``docs/matching.md``. REQUIREMENTS A2, A4, B12.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from sekisho.matching.evidence.judged import LEVELS, Judged
from sekisho.matching.evidence.listed import ListedRows
from sekisho.matching.evidence.nearby import Nearby, item_mask
from sekisho.matching.index import columns
from sekisho.matching.index.columns import ADDRESS, NAME, POLICY
from sekisho.matching.lists.cells import item_bit
from sekisho.matching.lists.rows import Row
from sekisho.matching.parameters import parameters, words
from sekisho.matching.scan.hits import BEGIN, END, EXTRA, HIGH, KIND, LOW, PARTIAL, PIECE

STRONG = ("address", "birth_date", "phone", "email")
_GOES_ON = re.compile(r" \d{1,4}(?![\d/.,:\-年月日時円件台名歳才%]| [\d/-])")
_BEGAN_BEFORE = re.compile(r"(?<![\d/.,:\-])\d{1,4} $")


class Judge:
    """Judges one message: what its lists say first, then numbers, then names in what is left."""

    def __init__(self, nearby: Nearby) -> None:
        self._nearby, self._hits, self._index, self._text = nearby, nearby.hits, nearby.index, nearby.text
        self._rule = parameters()

    def judge(self, rows: Sequence[Row]) -> Iterator[Judged]:
        """Everything there is evidence for."""
        listed = ListedRows(self._nearby, self._best_names)
        taken = self._nearby.taken
        for row in rows:
            yield from listed.judge(row)
        for place, hit in enumerate(self._hits):
            if hit[KIND] == POLICY and place not in taken:
                yield from self._number(place)
        for place in sorted(self._nearby.near):
            if self._hits[place][KIND] != POLICY and place not in taken:
                yield from self._name(place)

    # -- policy numbers -------------------------------------------------------------------------------------------

    def _number(self, place: int) -> Iterator[Judged]:
        hit = self._hits[place]
        number = self._nearby.written(place)
        owners = self._nearby.policies([place])
        supported = owners.intersection(self._nearby.rows_near(place))
        level = self._number_level(hit, number)
        if supported:
            owners, level = supported, 2
        elif len(owners) > 1:
            named = self._nearby.insurer_beside(hit)
            owners = {row for row in owners if self._index.insurer(row) == named} or owners
        if level < 0:
            return
        if len(owners) > 1:
            level = min(level, 1)
        for row in sorted(owners):
            around = self._nearby.around(place, row)
            self._nearby.taken.update(around)
            mask = item_bit("policy_no") | self._nearby.items(around) | self._nearby.confirmed(row, hit)
            kinds = sorted({columns.FIELDS[self._hits[other][KIND]] for other in around})
            how = "ledger:policy_no" + (f"+{kinds[0]}" if len(kinds) == 1 else "+items" if kinds else "")
            yield Judged(row, self._index.insurer(row), number, hit[PIECE], hit[BEGIN], hit[END], mask, how, level)

    def _number_level(self, hit: Sequence[int], number: str) -> int:
        """How sure a number alone is: 2, 1, 0 or −1 (says nothing)."""
        rule = self._rule["policy_no"]
        chance = self._index.density_of(number)
        letters = any(map(str.isalpha, number))
        limit = rule["certain_letters"] if letters else rule["certain_digits"]
        if hit[EXTRA] & PARTIAL or self._goes_on(hit):
            return 0 if chance <= limit or self._context(hit) else -1
        if self._context(hit) or (chance <= limit and not looks_like_something_else(self._text, hit, number)):
            return 2
        if letters or chance <= rule["probable"]:
            return 1
        return 0 if chance <= rule["ignore"] else -1

    def _goes_on(self, hit: Sequence[int]) -> bool:
        """A number written in groups with blanks between them, with another such group beside it: part of a longer
        one."""
        if " " not in self._text[hit[BEGIN] : hit[END]]:
            return False
        ahead = _BEGAN_BEFORE.search(self._text, max(0, hit[BEGIN] - 6), hit[BEGIN])
        return ahead is not None or _GOES_ON.match(self._text, hit[END]) is not None

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
        near = self._nearby.near[place]
        top = max(level for level, _ in best.values())
        explained = {other for row, (level, _) in best.items() if level == top for other in near[row]}
        groups: dict[tuple[str, frozenset[int]], set[int]] = defaultdict(set)
        for row, (level, how) in best.items():
            if level == top or not explained.issuperset(near[row]):  # else a namesake with less of the same
                groups[how, frozenset(near[row])].add(row)
        reported = self._nearby.numbers_near(hit)
        for (how, _), rows in sorted(groups.items(), key=lambda group: min(group[1])):
            if rows & reported:  # its policy number stands beside it and is reported by that
                continue
            narrowed = self._narrow(rows, hit)
            for row in sorted(narrowed):
                roles = next(iter(near[row].values())) & 15
                mask = item_mask(hit[KIND], roles) | self._nearby.items(near[row]) | self._nearby.confirmed(row, hit)
                level = best[row][0] if len(narrowed) == 1 else min(best[row][0], 1)
                yield Judged(row, self._index.insurer(row), "", hit[PIECE], hit[BEGIN], hit[END], mask, how, level)

    def _best_names(self, places: Iterable[int]) -> dict[int, tuple[int, str]]:
        """For each policy row that a name with a second item points to: (level, matched_by)."""
        best: dict[int, tuple[int, str]] = {}
        for place in places:
            who = "name" if self._hits[place][KIND] == NAME else "kana"
            for row, around in self._nearby.near[place].items():
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
        same = sum(1 for around in self._nearby.near[place].values() if other in around)
        chance = (
            (one[HIGH] - one[LOW])
            * max(0, two[HIGH] - two[LOW] - same)
            / max(self._rule["population"], self._index.rows)
        )
        return max(0, level - 1) if chance > self._rule["chance"] else level

    def _narrow(self, rows: set[int], hit: Sequence[int]) -> set[int]:
        """Of several policies of one person those whose expiry, start or premium stands near, else those of the one
        insurer named on the same line, else all."""
        if len(rows) == 1:
            return rows
        confirmed = {row for row in rows if self._nearby.confirmed(row, hit) & ~item_bit("insurer")}
        if confirmed:
            return confirmed
        named = self._nearby.insurer_beside(hit)
        return {row for row in rows if self._index.insurer(row) == named} or rows


def looks_like_something_else(text: str, hit: Sequence[int], number: str) -> bool:
    """Digits that are as well a time stamp or a phone number: their rarity proves nothing."""
    written = text[hit[BEGIN] : hit[END]]
    if not number.isdigit():
        return False
    stamp = (
        len(number) >= 8 and number[:2] in {"19", "20"} and "01" <= number[4:6] <= "12" and "01" <= number[6:8] <= "31"
    )
    return stamp or (number[0] == "0" and len(number) in {10, 11} and "-" in written)
