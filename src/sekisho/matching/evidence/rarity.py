"""How much values of the ledger prove: how many policies have each, and how often chance would bring them together.

Judged is the *number of coincidences to be expected*: if as many other people are written about as the ledger has
policies, how many of them bear this name and stand beside this second item although it is not them? (``chance`` in
``parameters.yaml`` with its arithmetic; in words: ``docs/matching.md``). Policies are counted, not people: an index
without customer data cannot tell two namesakes from one person with two policies. Those that share both values are
taken for one person. REQUIREMENTS A2, A4.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from sekisho.matching.evidence.judged import LEVELS
from sekisho.matching.evidence.nearby import Nearby
from sekisho.matching.index.columns import ADDRESS, BIRTH, EMAIL, KANA, NAME, PHONE, POLICY, POSTAL
from sekisho.matching.index.match_index import ROLES
from sekisho.matching.parameters import parameters
from sekisho.matching.scan.hits import BEGIN, HIGH, KIND, LINE, LOW
from sekisho.matching.scan.pairs import FIRST_ROWS, REPEAT_ROWS

BLOCK = "address_block"
"""An address without its last number."""
_ONE_ROLE = {POLICY, KANA, BIRTH, EMAIL, POSTAL}
_SAYS_THE_SAME = {NAME: "person", KANA: "person", ADDRESS: "place", POSTAL: "place"}
"""The reading follows from the name and the postal code from the address: of these only the rarer counts."""
_CONTACTS = {PHONE, EMAIL}


@dataclass(frozen=True, slots=True)
class _Second:
    """One second item: what it is called, its field, how many policies have it, by how much chance brings it, and the
    highest level it can support."""

    name: str
    kind: int
    count: int
    chance: float
    cap: int

    def __str__(self) -> str:
        return f"{self.name}({self.count})"


class Rarity:
    """Weighs the evidence of one message."""

    def __init__(self, nearby: Nearby) -> None:
        self._nearby, self._hits, self._index = nearby, nearby.hits, nearby.index
        self._rule = parameters()
        self._people = max(int(self._rule["chance"]["population"]), self._index.rows)
        self._counts: dict[int, int] = {}
        self._known: dict[tuple[int, int, tuple[tuple[int, int], ...]], tuple[int, str]] = {}

    def count(self, place: int) -> int:
        """How many policies of the ledger have the value of this hit, in whatever role."""
        low, high, kind = self._hits[place][LOW], self._hits[place][HIGH], self._hits[place][KIND]
        if high - low <= 1 or kind in _ONE_ROLE:
            return high - low
        known = self._counts.get(low)
        if known is None:
            rows = np.asarray(self._index.store.refs[low:high]) >> 2  # ascending
            known = self._counts[low] = 1 + int(np.count_nonzero(rows[1:] != rows[:-1]))
        return known

    def level_of(self, chance: float) -> int:
        """The level that this many expected coincidences allow."""
        limits = self._rule["chance"]
        return 2 if chance <= limits["certain"] else 1 if chance <= limits["probable"] else 0

    def by_name(self, place: int, around: Mapping[int, int], same: Mapping[int, int]) -> tuple[int, str]:
        """(level, matched_by) of a name or kana with the second items ``around`` it (hit → roles) of one policy; level
        −1 when they prove nothing.
        ``same``: of how many policies each of them stands beside this name."""
        key = place, next(iter(around.values())) & 15, tuple((other, roles >> 4) for other, roles in around.items())
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = self._by_name(place, around, same)
        return known

    def _by_name(self, place: int, around: Mapping[int, int], same: Mapping[int, int]) -> tuple[int, str]:
        own = self.count(place)
        seconds = self._seconds(place, around, same)
        if not seconds:
            return -1, ""
        telling = [one for one in seconds if one.kind not in {NAME, KANA}]
        chance = float(max(1, own - min(same[other] for other in around) + 1))
        for one in telling:
            chance *= one.chance
        caps = sorted((one.cap for one in seconds), reverse=True)
        cap = 2 if len(caps) > 1 and caps[1] >= 1 else caps[0]
        level = min(cap, self.level_of(chance)) if telling else 0
        if any(
            same[other] in {FIRST_ROWS, REPEAT_ROWS} and min(own, self.count(other)) > same[other] for other in around
        ):
            level = 0  # more policies have both than were looked at
        who = item_name(self._hits[place][KIND], next(iter(around.values())) & 15)
        return level, "+".join([f"ledger:{who}({own})", *map(str, telling or seconds)])

    def by_number(self, place: int, around: Mapping[int, int], density: float) -> tuple[int, str]:
        """(level, matched_by) of a policy number with the items ``around`` it; level −1 when there are none.
        ``density``: how likely a random number of that shape is in the ledger."""
        seconds = self._seconds(place, around, {}) if around else []
        chance = density
        for one in seconds:
            chance *= one.chance
        how = "+".join([f"ledger:policy_no({self.count(place)})", *map(str, seconds)])
        return self.level_of(chance) if seconds else -1, how

    def _seconds(self, place: int, around: Mapping[int, int], same: Mapping[int, int]) -> list[_Second]:
        """The second items that prove anything, of those that say the same only the rarest; in the order of fields."""
        best: dict[object, _Second] = {}
        for other, roles in around.items():
            one = self._second(place, other, roles >> 4, same.get(other, 1))
            if one is None:
                continue
            group = _SAYS_THE_SAME.get(one.kind, one.name)
            if group not in best or (-one.cap, one.chance, one.name) < (
                -best[group].cap, best[group].chance, best[group].name,
            ):  # fmt: skip
                best[group] = one
        return sorted(best.values(), key=lambda one: (one.kind, one.name))

    def _second(self, place: int, other: int, roles: int, same: int) -> _Second | None:
        kind, count = self._hits[other][KIND], self.count(other)
        others = max(0, count - same)
        if kind in _CONTACTS and others > self._rule["chance"]["shared"]:
            return None  # the sender's own number or an office's: it stands in the mail whoever is written about
        what = rule_name(kind, roles)
        share = max(others / self._people, 1 / self._rule["chance"]["values"][what])
        chance = min(1.0, self._tries(place, other) * share)
        cap = LEVELS.index(self._rule["name_and"][what])
        return _Second(item_name(kind, roles), kind, count, chance, cap)

    def _tries(self, place: int, other: int) -> int:
        """How many values of that kind chance could have brought: those of the line if both stand in one, otherwise
        those of the window."""
        anchor, second = self._hits[place], self._hits[other]
        if anchor[LINE] == second[LINE]:
            begin, end = sorted((anchor[BEGIN], second[BEGIN]))
            between = (self._hits[one] for one in self._nearby.between(begin, end + 1))
            return max(1, sum(1 for one in between if one[KIND] == second[KIND]))
        return max(1, self._nearby.kinds_near(place)[second[KIND]])


def rule_name(kind: int, roles: int) -> str:
    """What ``name_and`` in ``parameters.yaml`` calls a second item."""
    if kind == ADDRESS:
        return "address" if roles & 1 else BLOCK
    return {BIRTH: "birth_date", PHONE: "phone", EMAIL: "email", POSTAL: "postal_code", KANA: "kana"}.get(kind, "name")


def item_name(kind: int, roles: int) -> str:
    """The item (``law/items.yaml``) that a hit in these roles is, the first of several; an address without its last
    number goes by ``BLOCK``."""
    if kind == ADDRESS:
        return "address" if roles & 1 else BLOCK
    return next((name for role, name in enumerate(ROLES[kind]) if roles >> role & 1), ROLES[kind][0])


def shared_by(arounds: Iterable[Mapping[int, int]]) -> Counter[int]:
    """Of how many policies each hit stands beside a name, from the items around it of each policy."""
    return Counter(other for around in arounds for other in around)
