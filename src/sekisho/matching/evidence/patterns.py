"""Policy numbers of insurers whose ledger is not at hand, told by the patterns that the user gives for each.

``9`` stands for a digit, ``A`` for a letter, ``\\9`` and ``\\A`` and other letters and digits for themselves; hyphens
and blanks may be left out or put in where the pattern has one: ``A9999999``, ``999-9999999``. A pattern proves
little (a phone number has a shape as well), so such a number counts with context only, and never where a ledger of that
insurer already decides which numbers of that shape are policies. REQUIREMENTS A2.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sekisho.kernel.errors import InputError
from sekisho.kernel.folding import folded
from sekisho.matching.index.match_index import MatchIndex
from sekisho.matching.parameters import parameters

_PART = re.compile(r"\\[9A]|[0-9A-Z]|[-/. ]")
_GAP, _DIGIT, _LETTER = "[-/. ]?", "[0-9]", "[A-Z]"
_REMEDY = "write 9 for a digit, A for a letter, hyphens where they may stand: A9999999"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A number of a pattern's shape: its span in folded text, squeezed, and the insurers it may be of."""

    begin: int
    end: int
    number: str
    insurers: frozenset[str]


class Patterns:
    """``given``: insurer_id → its patterns. Raises ``InputError`` for a pattern that cannot be."""

    def __init__(self, given: Mapping[str, Sequence[str]], index: MatchIndex) -> None:
        self._index = index
        self._held = frozenset(index.insurer_ids)
        self._shapes: list[tuple[str, re.Pattern[str], bool]] = []
        whole = []
        for insurer, listed in sorted(given.items()):
            for written in listed:
                parts = _parts(written, insurer)
                squeezed = [part for part in parts if part != _GAP]
                letters = any(part == _LETTER or part.isalpha() for part in squeezed)
                self._shapes.append((insurer, re.compile("".join(squeezed)), letters))
                whole.append("".join(parts))
        whole.sort(key=lambda pattern: (-len(pattern), pattern))
        inside = "|".join(whole)
        self._search = re.compile(rf"(?<![0-9A-Z])(?<![0-9A-Z]-)(?:{inside})(?![0-9A-Z]|-[0-9A-Z])") if whole else None

    def __bool__(self) -> bool:
        return self._search is not None

    def candidates(self, text: str) -> Iterator[Candidate]:
        """The numbers in folded text that no ledger at hand decides."""
        if self._search is None:
            return
        for found in self._search.finditer(text):
            number = re.sub("[-/. ]", "", found.group())
            insurers = self.insurers(number)
            if insurers:
                yield Candidate(found.start(), found.end(), number, insurers)

    def insurers(self, number: str) -> frozenset[str]:
        """Whose a squeezed number may be; empty when it has no pattern's shape."""
        decided = self._held if self._index.density_of(number) > 0 else frozenset()
        return frozenset(
            insurer for insurer, shape, _ in self._shapes if insurer not in decided and shape.fullmatch(number)
        )

    def tells(self, number: str) -> bool:
        """Whether the shape is telling by itself: it has a letter."""
        return any(letters and shape.fullmatch(number) for _, shape, letters in self._shapes)


def _parts(written: str, insurer: str) -> list[str]:
    """The pattern as pieces of a regular expression, one for each place."""
    plain = folded(written.strip())
    parts = _PART.findall(plain)
    rule = parameters()["table"]
    size = sum(part not in "-/. " for part in parts)
    if "".join(parts) != plain or not rule["number_min"] <= size <= rule["number_max"]:
        raise InputError(
            f"{written!r} is no pattern of a policy number of {rule['number_min']} to {rule['number_max']} places",
            where=f"policy_numbers, {insurer}",
            remedy=_REMEDY,
        )
    if sum(part == "9" for part in parts) < rule["digits_min"]:
        raise InputError(
            f"{written!r} has fewer than {rule['digits_min']} digits",
            where=f"policy_numbers, {insurer}",
            remedy=_REMEDY,
        )
    shapes = {"9": _DIGIT, "A": _LETTER}
    return [_GAP if part in "-/. " else shapes.get(part, part[-1]) for part in parts]


def check_patterns(given: Mapping[str, Sequence[str]]) -> None:
    """Raise ``InputError`` for a pattern that cannot be, before hours of work."""
    for insurer, listed in given.items():
        for written in listed:
            _parts(written, insurer)
