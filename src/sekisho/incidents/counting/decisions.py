"""What people decided of doubtful pairs of holders: the same, or different. Applied the same way in any order."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from sekisho.kernel.errors import InputError


@dataclass(frozen=True, slots=True)
class Decision:
    """Somebody decided that two keys (``Persons.table``: ``person``) are one holder, or are not."""

    left: str
    right: str
    same: bool
    decided_by: str = ""
    decided_on: date | None = None
    reason: str = ""


class Decided:
    """Decisions joined together: who is one by them, directly or through others (union-find).

    The key of those who are one is the smallest of theirs, whether all of them occur in the findings or not, so that a
    count made earlier and one made later name them alike.
    """

    def __init__(self, decisions: Iterable[Decision]) -> None:
        """Raises ``InputError`` naming the pair by key when decisions contradict each other."""
        self._above: dict[str, str] = {}
        every = list(decisions)
        for one in every:
            if not one.left or not one.right:
                raise InputError("a decision names no key", where="decisions", remedy="give both keys of the pair")
            if one.same:
                self._join(one.left, one.right)
        self._different: set[tuple[str, str]] = set()
        for one in every:
            if not one.same:
                self._part(one.left, one.right)

    def key(self, key: str) -> str:
        """The key under which the holder is counted."""
        above = self._above.get(key, key)
        while above != self._above.get(above, above):
            above = self._above[above]
        return above

    def renamed(self) -> Mapping[str, str]:
        """Every key that is counted under another, and that other."""
        return {key: self.key(key) for key in sorted(self._above) if self.key(key) != key}

    def different(self) -> frozenset[tuple[str, str]]:
        """Pairs (smaller, larger) of counted keys that were decided to be different."""
        return frozenset(self._different)

    def _join(self, left: str, right: str) -> None:
        first, second = sorted((self.key(left), self.key(right)))
        self._above[second] = first
        self._above.setdefault(first, first)
        for key in (left, right):  # the way up stays short
            self._above[key] = first

    def _part(self, left: str, right: str) -> None:
        first, second = sorted((self.key(left), self.key(right)))
        if first == second:
            raise InputError(
                f"{left} and {right} are decided to be different, and to be the same (directly or through others)",
                where="decisions",
                remedy="withdraw one of the decisions on this pair, or on those that join it",
            )
        self._different.add((first, second))
