"""The decision: which hits and rows of lists say that a policy's data stands here, and how surely.

A name alone is never evidence: at a million policies every fourth or fifth outsider's name is in the ledger. A policy
number counts by how unlikely it is by chance, by its context, or by a second item of the same policy beside it; a name
or kana counts with a second item of the same row, weighed by how rare both are (``rarity``). Thresholds and reasons:
``parameters.yaml``; in words for a compliance officer: ``docs/matching.md``. REQUIREMENTS A2, A4, B12.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from sekisho.matching.evidence.judged import Judged
from sekisho.matching.evidence.listed import ListedRows
from sekisho.matching.evidence.nearby import Nearby, Spans, is_corporate_number, is_my_number, item_mask
from sekisho.matching.evidence.patterns import Candidate, Patterns
from sekisho.matching.evidence.rarity import Rarity, shared_by
from sekisho.matching.index.columns import PHONE, POLICY
from sekisho.matching.lists.cells import item_bit
from sekisho.matching.lists.rows import Row
from sekisho.matching.parameters import parameters, words
from sekisho.matching.scan.hits import BEGIN, END, EXTRA, KIND, PARTIAL, PIECE

_GOES_ON = re.compile(r" \d{1,4}(?![\d/.,:\-年月日時円件台名歳才%]| [\d/-])")
_BEGAN_BEFORE = re.compile(r"(?<![\d/.,:\-])\d{1,4} $")


class Judge:
    """Judges one message: what its lists say first, then numbers, then names in what is left."""

    def __init__(self, nearby: Nearby, patterns: Patterns) -> None:
        self._nearby, self._hits, self._index, self._text = nearby, nearby.hits, nearby.index, nearby.text
        self._rule = parameters()
        self._rarity, self._patterns = Rarity(nearby), patterns

    def judge(self, rows: Sequence[Row]) -> Iterator[Judged]:
        """Everything there is evidence for."""
        listed = ListedRows(self._nearby, self._rarity, self._patterns, self._best_names)
        taken = self._nearby.taken
        for row in rows:
            yield from listed.judge(row)
        for place, hit in enumerate(self._hits):
            if hit[KIND] == POLICY and place not in taken:
                yield from self._number(place)
        for place in sorted(self._nearby.near):
            if self._hits[place][KIND] != POLICY and place not in taken:
                yield from self._name(place)
        if self._patterns:
            yield from self._pattern_numbers(rows)

    # -- policy numbers -------------------------------------------------------------------------------------------

    def _number(self, place: int) -> Iterator[Judged]:
        hit = self._hits[place]
        number = self._nearby.written(place)
        if other_number(self._text, hit, number):
            return
        owners = self._nearby.policies([place])
        supported = owners.intersection(self._nearby.rows_near(place))
        alone = self._number_level(hit, number, owners)
        if not supported and len(owners) > 1:
            named = self._nearby.insurer_beside(hit)
            owners = {row for row in owners if self._index.insurer(row) == named} or owners
        density = self._index.density_of(number) if supported else 0.0
        for row in sorted(supported or owners):
            around = self._nearby.around(place, row)
            beside, how = self._rarity.by_number(place, around, density)
            level = max(alone, beside)
            if level < 0:
                continue
            self._nearby.taken.update(around)
            mask = item_bit("policy_no") | self._nearby.items(around) | self._nearby.confirmed(row, hit)
            level = min(level, 1) if len(supported or owners) > 1 else level
            yield Judged(row, self._index.insurer(row), number, hit[PIECE], hit[BEGIN], hit[END], mask, how, level)

    def _number_level(self, hit: Sequence[int], number: str, owners: set[int]) -> int:
        """How sure a number alone is: 2, 1, 0 or −1 (says nothing)."""
        rule = self._rule["policy_no"]
        chance = self._index.density_of(number)
        letters = any(map(str.isalpha, number))
        limit = rule["certain_letters"] if letters else rule["certain_digits"]
        if hit[EXTRA] & PARTIAL or self._goes_on(hit):
            return 0 if chance <= limit or self._context(hit) else -1
        if chance <= limit and not looks_like_something_else(self._text, hit, number):
            return 2
        if self._context(hit):
            return self._labelled_level(hit, chance, owners)
        if letters or chance <= rule["probable"]:
            return 1
        return 0 if chance <= rule["ignore"] else -1

    def _labelled_level(self, hit: Sequence[int], chance: float, owners: set[int]) -> int:
        """A number behind its label may be another insurer's of the same shape, unless the insurer stands beside."""
        rule = self._rule["policy_no"]
        if chance <= rule["certain_labelled"]:
            return 2
        if self._nearby.insurer_beside(hit) in {self._index.insurer(row) for row in owners}:
            return 2
        return 1 if chance <= rule["probable_labelled"] else 0

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

    # -- numbers of a pattern, without a ledger ---------------------------------------------------------------------

    def _pattern_numbers(self, rows: Sequence[Row]) -> Iterator[Judged]:
        """Numbers of a shape that the user gave, outside of lists and of what the ledger knows, with a context."""
        known = [(row.number_begin, row.number_end) for row in rows if row.number]
        known += [(hit[BEGIN], hit[END]) for hit in self._hits if hit[KIND] in {POLICY, PHONE}]
        spans = Spans(known)
        for one in self._patterns.candidates(self._text):
            if not spans.touch(one.begin, one.end):
                yield from self._pattern_number(one)

    def _pattern_number(self, one: Candidate) -> Iterator[Judged]:
        hit = self._nearby.hit_at(POLICY, one.begin, one.end)
        if other_number(self._text, hit, one.number):
            return
        labelled, named = self._context(hit), self._nearby.insurer_beside(hit)
        if named:
            insurers = one.insurers & {named}
        elif labelled:
            insurers = one.insurers
        else:
            return
        if not insurers or (not labelled and looks_like_something_else(self._text, hit, one.number)):
            return
        insurer = min(insurers) if len(insurers) == 1 else ""
        sure = insurer and labelled and (named or self._patterns.tells(one.number))
        mask = item_bit("policy_no") | (item_bit("insurer") if named else 0)
        how = "pattern:policy_no+" + ("context" if labelled else "insurer")
        yield Judged(-1, insurer, one.number, hit[PIECE], one.begin, one.end, mask, how, 1 if sure else 0)

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
            near = self._nearby.near[place]
            same = shared_by(near.values())
            for row, around in near.items():
                found = self._rarity.by_name(place, around, same)
                if found[0] >= 0 and found > best.get(row, (-1, "")):
                    best[row] = found
        return best

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
    """Digits that are as well a time stamp, a phone number, a corporate number or My Number: their rarity proves
    nothing."""
    written = text[hit[BEGIN] : hit[END]]
    if not number.isdigit():
        return False
    if (len(number) == 13 and is_corporate_number(number)) or (len(number) == 12 and is_my_number(number)):
        return True
    stamp = (
        len(number) >= 8 and number[:2] in {"19", "20"} and "01" <= number[4:6] <= "12" and "01" <= number[6:8] <= "31"
    )
    return stamp or (number[0] == "0" and len(number) in {10, 11} and "-" in written)


def other_number(text: str, hit: Sequence[int], number: str) -> bool:
    """A corporate number or My Number by check digit and by the word that stands nearest before it."""
    digits = number.removeprefix("T")  # 適格請求書発行事業者: T and the corporate number
    corporate = len(digits) == 13 and digits.isdigit() and is_corporate_number(digits)
    if corporate and number[0] == "T":
        return True
    personal = len(number) == 12 and number.isdigit() and is_my_number(number)
    if not (corporate or personal):
        return False
    before = text[max(0, hit[BEGIN] - parameters()["window"]["context_before"]) : hit[BEGIN]]
    other = max(before.rfind(word) for word in words("corporate_number_words" if corporate else "my_number_words"))
    return other > max(before.rfind(word) for word in words("context_words", "policy_no"))
