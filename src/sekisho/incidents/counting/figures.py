"""The figures made of counted lines: by cause, by insurer, in all; and exposure beside access (seed 002)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from sekisho.incidents.counting.counted import Counted, Lines, Numbers
from sekisho.incidents.counting.encoded import CHANNELS, KINDS
from sekisho.incidents.counting.rules import rules

_FEW = 8
"""Numbers are sorted when so many times more are possible, else ticked off."""


@dataclass(frozen=True, slots=True)
class Figures:
    """``agencies`` distinct; ``records`` agency × policy (of one cause: the lines); ``policies`` insurer × policy_no;
    ``people`` living individuals, distinct; ``corporate`` holders, distinct; ``findings`` 延べ."""

    agencies: int
    records: int
    policies: int
    people: int
    corporate: int
    findings: int


@dataclass(frozen=True, slots=True)
class InsurerView:
    """One insurer's own: its policies, and its own persons (a case over several insurers is split per insurer, each
    counts its own persons). ``rows``: by cause; the sums over them are 延べ."""

    insurer_id: str
    rows: tuple[tuple[str, Figures], ...]
    total: Figures

    @property
    def agencies_summed(self) -> int:
        return sum(figures.agencies for _, figures in self.rows)

    @property
    def records_summed(self) -> int:
        return sum(figures.records for _, figures in self.rows)


@dataclass(frozen=True, slots=True)
class Reach:
    """How far something could reach, or did: as in ``Figures``."""

    agencies: int
    policies: int
    people: int
    corporate: int


@dataclass(frozen=True, slots=True)
class Exposure:
    """What could be seen and what was seen, under one cause: two counts that are never added (seed 002). ``both``: of
    what could be seen by configuration, what was seen."""

    cause: str
    could_see: Reach
    did_see: Reach
    both: Reach


def figures_of(lines: Lines, *, one_cause: bool = False) -> Figures:
    """The figures of all these lines; ``one_cause``: they are of one cause, so that each is a record."""
    people = lines.kind != KINDS.index("corporate")
    records = len(lines.policy)
    if not one_cause:
        pairs = (lines.agency + 1) * (int(lines.policy.max(initial=0)) + 1) + lines.policy
        records = int(pc.count_distinct(pa.array(pairs)).as_py())
    return Figures(
        agencies=_distinct(lines.agency[lines.agency >= 0]),
        records=records,
        policies=_distinct(lines.policy),
        people=_distinct(lines.person[people]),
        corporate=_distinct(lines.person[~people]),
        findings=int(lines.finding_count.sum()),
    )


def by_cause(counted: Counted) -> list[tuple[str, Figures]]:
    """Figures of each cause, in no order of its own."""
    causes = counted.encoded.causes
    each = parts(counted.lines, counted.lines.cause)
    return [(causes[cause], figures_of(part, one_cause=True)) for cause, part in each]


def per_insurer(counted: Counted) -> tuple[InsurerView, ...]:
    """Each insurer's own view, by its id."""
    causes, insurers = counted.encoded.causes, counted.encoded.insurers
    views = []
    for insurer, part in parts(counted.lines, counted.lines.insurer):
        rows = sorted((causes[cause], figures_of(one, one_cause=True)) for cause, one in parts(part, part.cause))
        views.append(InsurerView(insurers[insurer], tuple(rows), figures_of(part)))
    return tuple(sorted(views, key=lambda view: view.insurer_id))


def exposures(counted: Counted) -> tuple[Exposure, ...]:
    """Exposure beside access for each cause that has either, in the order of the codes."""
    lines, causes = counted.lines, counted.encoded.causes
    could = (lines.channels & bits_of(rules().could_see)) != 0
    did = (lines.channels & bits_of(rules().did_see)) != 0
    found = []
    for cause in np.unique(lines.cause[could | did]):
        mine = lines.cause == cause
        masks = (could, did, could & did)
        reached = [_reach(figures_of(chosen(lines, mine & mask), one_cause=True)) for mask in masks]
        found.append(Exposure(causes[cause], *reached))
    return tuple(sorted(found, key=lambda one: one.cause))


def parts(lines: Lines, by: Numbers) -> Iterator[tuple[int, Lines]]:
    """The lines of each number of ``by``, smallest first."""
    for number in np.flatnonzero(np.bincount(by)):
        yield int(number), chosen(lines, by == number)


def chosen(lines: Lines, mask: npt.NDArray[np.bool_]) -> Lines:
    """Those lines."""
    return Lines(*(getattr(lines, field.name)[mask] for field in fields(Lines)))


def bits_of(channels: Sequence[str]) -> int:
    """Channels as a mask of ``encoded.CHANNELS``."""
    return sum(1 << CHANNELS.index(channel) for channel in channels)


def _reach(found: Figures) -> Reach:
    return Reach(found.agencies, found.policies, found.people, found.corporate)


def _distinct(numbers: Numbers) -> int:
    """How many different ones; none is below 0."""
    size = int(numbers.max(initial=-1)) + 1
    if len(numbers) * _FEW < size:
        return len(np.unique(numbers))
    seen = np.zeros(size, bool)
    seen[numbers] = True
    return int(np.count_nonzero(seen))
