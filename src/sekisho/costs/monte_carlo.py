"""How the total might spread if every line fell somewhere between its low and high: a simulation, and what it is not.

Each line's quantity and price are drawn from a PERT distribution over low, expected, high (or a triangular one), from a
fixed seed, so that the same input gives the same figures.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from sekisho.costs.cover import Cover
from sekisho.costs.model import Estimate, Line, Spread
from sekisho.costs.settlement import settle_losses

SEED = 20240830
DRAWS = 10_000
SETTLED_DRAWS = 2_000
"""Draws that a policy is settled on: each one is reckoned to the yen, line by line."""
PERCENTILES = (5, 25, 50, 75, 95, 99)
SHAPES = ("pert", "triangular")
WHAT_IT_IS_NOT = (
    "これは前提の幅を混ぜ合わせた計算で、実際に起きる確率ではありません",
    "項目は互いに無関係に動くものとしています。実際には悪いことは重なりやすく、上の端はもっと高くなり得ます",
    "低め・高めの外に出ることや、見積もりに入れていない費用は含みません",
)


@dataclass(frozen=True, slots=True)
class Range:
    """Percentiles of the total; ``stays``: of what stays with the company under each cover, by its name."""

    draws: int
    seed: int
    shape: str
    total: tuple[tuple[int, int], ...]
    mean: int
    stays: tuple[tuple[str, tuple[tuple[int, int], ...]], ...]

    def as_json(self) -> dict[str, Any]:
        """One JSON document."""
        return {
            "draws": self.draws,
            "seed": self.seed,
            "shape": self.shape,
            "total": {f"p{percent}": yen for percent, yen in self.total},
            "mean": self.mean,
            "stays": {name: {f"p{percent}": yen for percent, yen in table} for name, table in self.stays},
            "what_it_is_not": list(WHAT_IT_IS_NOT),
        }


def simulate(
    found: Estimate, covers: Sequence[Cover] = (), *, draws: int = DRAWS, seed: int = SEED, shape: str = "pert"
) -> Range:
    """Draw every line of ``found`` ``draws`` times. ``shape`` is one of ``SHAPES``."""
    random = np.random.default_rng(seed)
    by_code: dict[str, npt.NDArray[np.float64]] = {}
    for line in found.lines:
        drawn = _line(random, line, draws, shape)
        by_code[line.code] = by_code.get(line.code, np.zeros(draws)) + drawn
    total = sum(by_code.values(), np.zeros(draws))
    some = min(draws, SETTLED_DRAWS)
    heads = {"voucher": found.people, "voucher_corporate": found.corporate_count}
    stays = []
    for cover in covers:
        left = [
            settle_losses(
                cover, {code: int(by_code[code][n]) for code in by_code}, heads=heads, hours=found.interruption_hours
            ).stays
            for n in range(some)
        ]
        stays.append((cover.name, _percentiles(np.array(left, np.float64))))
    return Range(draws, seed, shape, _percentiles(total), int(total.mean()) if draws else 0, tuple(stays))


def _line(random: np.random.Generator, line: Line, draws: int, shape: str) -> npt.NDArray[np.float64]:
    return np.rint(_draw(random, line.quantity, draws, shape)) * np.rint(_draw(random, line.unit_price, draws, shape))


def _draw(random: np.random.Generator, spread: Spread, draws: int, shape: str) -> npt.NDArray[np.float64]:
    low, middle, high = float(spread.low), float(spread.expected), float(spread.high)
    if low == high:
        return np.full(draws, low)
    if shape == "triangular":
        return random.triangular(low, middle, high, draws)
    first = 1 + 4 * (middle - low) / (high - low)
    return low + (high - low) * random.beta(first, 6 - first, draws)


def _percentiles(values: npt.NDArray[np.float64]) -> tuple[tuple[int, int], ...]:
    return tuple((percent, int(np.percentile(values, percent))) for percent in PERCENTILES)
