"""The loops of counting, compiled: findings in order, lines made of them, and how many different things each part has.

Everything is a whole number from 0 on, so that sorting is distributing and "seen already?" is one look.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from sekisho.kernel.compiled import compiled

Numbers = npt.NDArray[np.int64]


def in_order(rows: Numbers, columns: Sequence[tuple[Numbers, int]]) -> Numbers:
    """``rows`` sorted by columns (numbers below a size), the most significant last; equal ones stay as they were."""
    for numbers, size in columns:
        if size > 1:
            out = np.empty_like(rows)
            _distribute(numbers, rows, np.zeros(size + 1, np.int64), out)
            rows = out
    return rows


@compiled
def _distribute(numbers: Any, rows: Any, starts: Any, out: Any) -> None:
    for row in rows:
        starts[numbers[row] + 1] += 1
    for number in range(1, len(starts)):
        starts[number] += starts[number - 1]
    for row in rows:
        out[starts[numbers[row]]] = row
        starts[numbers[row]] += 1


@compiled
def lined(  # noqa: PLR0917  (compiled code wants flat arguments)
    rows: Any, part: Any, policy: Any, agency: Any, cause: Any, kind: Any, channel: Any, undated: Any,
    lines: Any, line_of: Any,
) -> Any:  # fmt: skip
    """Sorted findings (``rows``) → lines: of each its first row, the largest kind, the number of findings and of
    undated ones, channels, group (same part, policy and agency) and owner (same part and policy). ``line_of``: for
    every finding its line. Returns how many lines."""
    firsts, kinds, counts, undated_counts, channels, groups, owners = lines
    line = group = owner = last = -1
    for row in rows:
        other_owner = last < 0 or policy[row] != policy[last] or part[row] != part[last]
        other_group = other_owner or agency[row] != agency[last]
        if other_group or cause[row] != cause[last]:
            owner += other_owner
            group += other_group
            line += 1
            last = row
            firsts[line], groups[line], owners[line] = row, group, owner
        line_of[row] = line
        kinds[line] = max(kinds[line], kind[row])
        counts[line] += 1
        undated_counts[line] += undated[row]
        channels[line] |= channel[row]
    return line + 1


@compiled
def tallied(  # noqa: PLR0917  (compiled code wants flat arguments)
    lines: Any, scope: Any, agency: Any, record: Any, policy: Any, person: Any, corporate: Any, finding_count: Any,
    seen: Any, found: Any,
) -> None:  # fmt: skip
    """For each scope how many different agencies, records, policies, people and corporations its lines hold, and the
    sum of their findings, into ``found``. ``lines``: sorted by ``scope``; ``seen``: −1 for each number of the five."""
    agencies, records, policies, people, corporations = seen
    for line in lines:
        at = scope[line]
        if agency[line] >= 0 and agencies[agency[line]] != at:
            agencies[agency[line]] = at
            found[at, 0] += 1
        if records[record[line]] != at:
            records[record[line]] = at
            found[at, 1] += 1
        if policies[policy[line]] != at:
            policies[policy[line]] = at
            found[at, 2] += 1
        holders = corporations if corporate[line] else people
        if holders[person[line]] != at:
            holders[person[line]] = at
            found[at, 4 if corporate[line] else 3] += 1
        found[at, 5] += finding_count[line]
