"""What the room of costs hands on: amounts in three scenarios, lines, an estimate. Yen, whole, as integers."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

SCENARIOS = ("low", "expected", "high")
SCENARIOS_JA = {"low": "低め", "expected": "想定", "high": "高め"}


class Block(StrEnum):
    """The three blocks of cover (seed 003; FACTS §4): every cost belongs to one."""

    LIABILITY = "liability"
    INCIDENT_COSTS = "incident_costs"
    LOST_PROFIT = "lost_profit"


BLOCKS_JA = {Block.LIABILITY: "損害賠償", Block.INCIDENT_COSTS: "事故対応費用", Block.LOST_PROFIT: "利益・営業継続"}


@dataclass(frozen=True, slots=True)
class Spread:
    """A number in the three scenarios, low ≤ expected ≤ high."""

    low: int
    expected: int
    high: int

    def __post_init__(self) -> None:
        if not 0 <= self.low <= self.expected <= self.high:
            raise ValueError(f"not in order: {self.low}, {self.expected}, {self.high}")

    @classmethod
    def same(cls, value: int) -> "Spread":
        return cls(value, value, value)

    def __add__(self, other: "Spread") -> "Spread":
        return Spread(self.low + other.low, self.expected + other.expected, self.high + other.high)

    def __mul__(self, other: "Spread") -> "Spread":
        return Spread(self.low * other.low, self.expected * other.expected, self.high * other.high)

    def of(self, scenario: str) -> int:
        """The number in ``scenario`` (one of ``SCENARIOS``)."""
        return {"low": self.low, "expected": self.expected, "high": self.high}[scenario]

    def as_json(self) -> dict[str, int]:
        return {"low": self.low, "expected": self.expected, "high": self.high}


def summed(spreads: Iterable[Spread]) -> Spread:
    """All of them together."""
    total = Spread.same(0)
    for spread in spreads:
        total += spread
    return total


@dataclass(frozen=True, slots=True)
class Line:
    """One cost: ``code`` is the item of cover it falls under (several lines may share one); ``detail`` tells them
    apart. ``as_of``: the day of the figure's source. ``assumption``: what was supposed, in words for the reader."""

    code: str
    ja: str
    block: Block
    detail: str
    quantity: Spread
    unit: str
    unit_price: Spread
    assumption: str
    source: str
    as_of: date | None

    @property
    def sum(self) -> Spread:
        return self.quantity * self.unit_price


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A cost that is not in the estimate, and why."""

    code: str
    ja: str
    why: str


@dataclass(frozen=True, slots=True)
class Estimate:
    """What an incident may cost. ``notes``: what the reader must know beside the figures."""

    people: int
    corporate_count: int
    people_are_upper_bound: bool
    prices_on: date
    lines: tuple[Line, ...]
    left_out: tuple[LeftOut, ...]
    notes: tuple[str, ...]
    interruption_hours: int | None = None

    @property
    def total(self) -> Spread:
        return summed(line.sum for line in self.lines)

    def by_code(self) -> dict[str, Spread]:
        """The sum of each item, in the order of the lines."""
        sums: dict[str, Spread] = {}
        for line in self.lines:
            sums[line.code] = sums.get(line.code, Spread.same(0)) + line.sum
        return sums

    def by_block(self) -> dict[Block, Spread]:
        """The sum of each block (0 where nothing falls under it)."""
        return {block: summed(line.sum for line in self.lines if line.block == block) for block in Block}

    def as_json(self) -> dict[str, Any]:
        """One JSON document."""
        return {
            "people": self.people,
            "people_are_upper_bound": self.people_are_upper_bound,
            "corporate_count": self.corporate_count,
            "prices_on": self.prices_on.isoformat(),
            "lines": [
                {
                    "code": line.code,
                    "name": line.ja,
                    "block": line.block.value,
                    "detail": line.detail,
                    "quantity": line.quantity.as_json(),
                    "unit": line.unit,
                    "unit_price": line.unit_price.as_json(),
                    "sum": line.sum.as_json(),
                    "assumption": line.assumption,
                    "source": line.source,
                    "as_of": line.as_of.isoformat() if line.as_of else None,
                }
                for line in self.lines
            ],
            "total": self.total.as_json(),
            "by_block": {block.value: spread.as_json() for block, spread in self.by_block().items()},
            "left_out": [{"code": one.code, "name": one.ja, "why": one.why} for one in self.left_out],
            "notes": list(self.notes),
        }
