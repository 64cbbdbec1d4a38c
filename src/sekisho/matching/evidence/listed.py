"""The decision for rows of lists: which policy of the ledger a row is, or that it is one of a ledger we do not hold.

A row's own insurer column decides whose policy it is, also against our ledger; a caption or section line does not: an
exact number of the ledger beats it. In words: ``docs/matching.md`` §3. REQUIREMENTS A2.
"""

import re
from collections.abc import Callable, Iterable, Iterator

from sekisho.matching.evidence.judged import LEVELS, Judged
from sekisho.matching.evidence.nearby import Nearby
from sekisho.matching.evidence.patterns import Patterns
from sekisho.matching.evidence.rarity import Rarity
from sekisho.matching.index.columns import POLICY
from sekisho.matching.lists.cells import item_bit, item_set
from sekisho.matching.lists.rows import Row
from sekisho.matching.parameters import parameters
from sekisho.matching.scan.hits import BEGIN, END, EXTRA, KIND, PARTIAL

_DIGIT_BEFORE, _DIGIT_BEHIND = re.compile(r"\d[ .]?$"), re.compile(r"[ .]?\d")
BestNames = Callable[[Iterable[int]], dict[int, tuple[int, str]]]
"""Hits → for each policy that a name with a second item points to: (level, matched_by)."""


class ListedRows:
    """Judges the rows of one message's lists and marks the hits that this uses up as taken."""

    def __init__(self, nearby: Nearby, rarity: Rarity, patterns: Patterns, best_names: BestNames) -> None:
        self._nearby, self._rarity, self._patterns, self._best_names = nearby, rarity, patterns, best_names

    def judge(self, row: Row) -> Iterator[Judged]:
        """The evidence of one row; what supports none of its policies is left to be judged by itself."""
        hits = self._nearby.hits
        inside = [
            place for place in self._nearby.between(row.begin, row.end)
            if hits[place][END] <= row.end and place not in self._nearby.taken
        ]  # fmt: skip
        numbers = [
            place for place in inside
            if hits[place][KIND] == POLICY and hits[place][BEGIN] >= row.number_begin
            and hits[place][END] <= row.number_end
        ] if row.number else []  # fmt: skip
        found = list(self._by_number(row, inside, numbers) or self._by_name(row, inside, numbers))
        if not found:
            part = self._of_insurer(self._nearby.policies(numbers), row)
            if part:  # inside a longer number: perhaps with a branch number behind it
                how = self._rarity.by_number(numbers[0], {}, 0.0)[1]
                found = [self._judged(row, one, item_bit("policy_no"), how, 0) for one in sorted(part)]
            else:
                found = list(self._without_ledger(row))
            if found:
                self._nearby.taken.update(numbers)
        yield from found

    def _by_number(self, row: Row, inside: list[int], numbers: list[int]) -> list[Judged]:
        nearby = self._nearby
        exact = [place for place in numbers if self._whole(row, place)]
        owners = self._of_insurer(nearby.policies(exact), row)
        supported = {one for place in numbers for one in nearby.rows_near(place)}
        chosen = owners & supported or owners
        if not chosen:  # only part of the longer number that stands here: it takes a second item of that policy
            chosen = self._of_insurer(nearby.policies(numbers), row) & supported
        if not chosen:
            return []
        self._take(inside, numbers, chosen)
        level = 2 if chosen <= supported else self._listed_level(row, chosen)
        if len(chosen) > 1:
            level = min(level, 1)
        return [
            self._judged(row, one, self._items(row, one, inside, numbers), self._how(numbers, one), level)
            for one in sorted(chosen)
        ]

    def _listed_level(self, row: Row, chosen: set[int]) -> int:
        """How sure a number of a list's column is by itself: it may be another insurer's of the same shape, unless the
        list names the insurer."""
        if row.known and all(self._nearby.index.insurer(one) == row.insurer for one in chosen):
            return 2
        rule, chance = parameters()["policy_no"], self._nearby.index.density_of(row.number)
        return 2 if chance <= rule["certain_labelled"] else 1 if chance <= rule["probable_labelled"] else 0

    def _how(self, numbers: list[int], one: int) -> str:
        """``matched_by`` of a number and what supports it."""
        arounds = [(place, self._nearby.around(place, one)) for place in numbers]
        place, around = max(arounds, key=lambda pair: (len(pair[1]), -pair[0]))
        return self._rarity.by_number(place, around, 0.0)[1]

    def _whole(self, row: Row, place: int) -> bool:
        """The number of the row, not a part of a longer one that stands there."""
        if self._nearby.written(place) == row.number:
            return True
        hit, text = self._nearby.hits[place], self._nearby.text
        before, behind = text[row.number_begin : hit[BEGIN]], text[hit[END] : row.number_end]
        return not (hit[EXTRA] & PARTIAL or _DIGIT_BEFORE.search(before) or _DIGIT_BEHIND.match(behind))

    def _by_name(self, row: Row, inside: list[int], numbers: list[int]) -> list[Judged]:
        nearby = self._nearby
        best = self._best_names([p for p in inside if p in nearby.near and nearby.hits[p][KIND] != POLICY])
        chosen = {one for one in best if nearby.index.insurer(one) == row.insurer} if row.known else set(best)
        if not chosen:
            return []
        self._take(inside, numbers, chosen)
        most = 2 if len(chosen) == 1 else 1
        return [
            self._judged(row, one, row.items, best[one][1], min(best[one][0], most)) for one in sorted(chosen)
        ]  # fmt: skip

    def _take(self, inside: list[int], numbers: list[int], chosen: set[int]) -> None:
        """What speaks for these policies is used up; the rest of the row is somebody else's."""
        nearby = self._nearby
        taken = set(numbers)
        for place in inside:
            for one in chosen.intersection(nearby.rows_near(place)):
                taken.add(place)
                taken.update(nearby.around(place, one))
        nearby.taken |= taken

    def _items(self, row: Row, found: int, inside: list[int], numbers: list[int]) -> int:
        """The items of the row; of a record that also holds another person's data only what is this policy's."""
        nearby = self._nearby
        if not row.record or not nearby.strangers(inside, found):
            return row.items
        mask = item_bit("policy_no")
        for place in numbers:
            mask |= nearby.items(nearby.around(place, found)) | nearby.confirmed(found, nearby.hits[place])
        return mask

    def _of_insurer(self, found: set[int], row: Row) -> set[int]:
        """Only the rows of the insurer that the list names; one that only a caption names does not exclude them."""
        if not row.known:
            return found
        named = {one for one in found if self._nearby.index.insurer(one) == row.insurer}
        return named if named or row.own else found

    def _judged(self, row: Row, found: int, items: int, how: str, level: int) -> Judged:
        span = (row.number_begin, row.number_end) if row.number else (row.begin, row.end)
        return Judged(found, self._nearby.index.insurer(found), row.number, row.piece, *span, items, how, level)

    def _without_ledger(self, row: Row) -> Iterator[Judged]:
        rule = parameters()["table"]
        if row.number and not row.insurer and self._patterns:
            fitting = self._patterns.insurers(row.number)
            if len(fitting) == 1:
                level = 1 if self._patterns.tells(row.number) else 0
                span = (row.number_begin, row.number_end)
                how = "pattern:policy_no+context"
                yield Judged(-1, min(fitting), row.number, row.piece, *span, row.items, how, level)
                return
        if row.number:
            if not (row.sure or row.known) or (row.record and not row.items & item_set("beside_number")):
                return
            how = "table:policy_no+insurer" if row.insurer else "table:policy_no"
            span = (row.number_begin, row.number_end)
        else:
            if not (row.known and row.items & item_set("contract_items") and row.items & item_bit("holder_name")):
                return
            how, span = "table:holder_name+insurer", (row.begin, row.end)
        level = LEVELS.index(rule["confidence_insurer_known" if row.known else "confidence_insurer_unknown"])
        yield Judged(-1, row.insurer, row.number, row.piece, *span, row.items, how, level)
