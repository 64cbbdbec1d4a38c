"""From findings to what is counted, as numbers: one line for each cause × agency × policy, note ※2 applied (seed 001).

Everything that is told of findings is a function of the lines made here.
"""

from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from sekisho.incidents.counting.encoded import KINDS, Encoded, encoded
from sekisho.incidents.counting.identity import Holders, holders_of
from sekisho.incidents.counting.persons import Persons
from sekisho.incidents.counting.tallies import Numbers, in_order, lined
from sekisho.law.causes import counted_once
from sekisho.registry.registry import Registry


@dataclass(frozen=True, slots=True)
class Lines:
    """Columns of equal length, a place for each line; numbers of ``encoded``. ``agency`` is −1 where nobody knows who
    handles the policy; ``record`` the number of agency × policy; ``person`` that of the holder; ``kind`` of KINDS;
    ``channels`` bits."""

    cause: Numbers
    agency: Numbers
    policy: Numbers
    record: Numbers
    insurer: Numbers
    person: Numbers
    kind: Numbers
    basis: Numbers
    finding_count: Numbers
    undated_count: Numbers
    channels: Numbers


@dataclass(frozen=True, slots=True)
class Both:
    """A pair of note ※2: agencies and records that are of both causes, counted under ``kept`` only."""

    kept: str
    dropped: str
    agencies: int
    records: int


@dataclass(frozen=True, slots=True)
class Counted:
    """What was counted by a day. ``line_of``: for every finding its line, −1 where it is undecided or note ※2 leaves it
    out. ``holders_known``: a registry, or persons, were there."""

    encoded: Encoded
    lines: Lines
    both: tuple[Both, ...]
    line_of: Numbers
    holders_known: bool


def count(findings: pa.Table, as_of: date, registry: Registry | None = None, persons: Persons | None = None) -> Counted:
    """Count ``findings`` (at least ``encoded.COLUMNS``) by ``as_of``. ``persons`` go before what the registry tells."""
    found = encoded(findings, as_of)
    holders = persons.holders(found) if persons is not None else holders_of(found, registry)
    lines, both, line_of, _ = lines_of(found, holders)
    return Counted(found, lines, both, line_of, persons is not None or registry is not None)


def lines_of(
    found: Encoded, holders: Holders, part: Numbers | None = None
) -> tuple[Lines, tuple[Both, ...], Numbers, Numbers]:
    """The lines of what is encoded, the pairs of note ※2, the line of each finding, and the part of each line.

    ``part``: a number for each finding (below 0: left out); each part is counted by itself, as if nothing else were
    there."""
    finding = {name: found.table[name].to_numpy().astype(np.int64) for name in _LINED}
    decided = found.table["missing"].to_numpy() < 0
    whole = np.zeros(len(decided), np.int64) if part is None else part
    order = in_order(
        np.flatnonzero(decided & (whole >= 0)),
        [
            (finding["cause"], len(found.causes)),
            (finding["agency"], len(found.agencies)),
            (finding["policy"], found.policy_count),
            (whole, int(whole.max(initial=-1)) + 1),
        ],
    )
    line_of = np.full(len(decided), -1, np.int64)
    made = tuple(np.zeros(len(order), np.int64) for _ in range(7))
    told = (finding[name] for name in _LINED)
    count_of = lined(order, whole, *told, made, line_of)
    first, kind, finding_count, undated_count, channels, group, owner = (column[:count_of] for column in made)
    cause, agency, policy = (finding[name][first] for name in ("cause", "agency", "policy"))
    blank = _number_of("", found.agencies)
    kept, both = _counted_once(found, cause, agency, group, blank)
    told_kind = np.zeros(int(owner.max(initial=-1)) + 1, np.int64)
    for number in range(1, len(KINDS)):
        told_kind[owner[kept & (kind == number)]] = number
    policy, agency = policy[kept], agency[kept]
    known = holders.kind[policy]
    lines = Lines(
        cause=cause[kept],
        agency=np.where(agency == blank, -1, agency),
        policy=policy,
        record=group[kept],
        insurer=found.policy_insurers[policy],
        person=_person_numbers(holders)[policy],
        kind=np.where(known > 0, known, told_kind[owner[kept]]),
        basis=holders.basis[policy],
        finding_count=finding_count[kept],
        undated_count=undated_count[kept],
        channels=channels[kept],
    )
    numbered = np.where(kept, np.cumsum(kept) - 1, -1)
    line_of = np.where(line_of >= 0, numbered[line_of], -1) if count_of else line_of
    return lines, both, line_of, whole[first[kept]]


_LINED = ("policy", "agency", "cause", "kind", "channel", "undated")


def _counted_once(
    found: Encoded, cause: Numbers, agency: Numbers, group: Numbers, blank: int
) -> tuple[npt.NDArray[np.bool_], tuple[Both, ...]]:
    """Note ※2: which lines are kept, and how many were of both causes. A group is an agency's policy."""
    kept = np.ones(len(cause), bool)
    both = []
    for first, second in counted_once():
        under_first = np.zeros(int(group.max(initial=-1)) + 1, bool)
        under_first[group[cause == _number_of(first, found.causes, -2)]] = True
        inside = np.flatnonzero((cause == _number_of(second, found.causes, -2)) & under_first[group])
        kept[inside] = False
        both.append(Both(first, second, len(np.setdiff1d(agency[inside], [blank])), len(inside)))
    return kept, tuple(both)


def _person_numbers(holders: Holders) -> Numbers:
    """A number for the holder of each policy; who cannot be brought together is one for each policy."""
    alone = holders.identity.max(initial=-1) + 1 + np.arange(len(holders.identity))
    return np.where(holders.identity < 0, alone, holders.identity)


def _number_of(text: str, texts: list[str], none: int = -1) -> int:
    return texts.index(text) if text in texts else none
