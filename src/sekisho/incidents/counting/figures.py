"""The figures made of counted lines: by cause, by insurer, in all; and exposure beside access (seed 002)."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sekisho.incidents.counting.counted import Counted, Lines
from sekisho.incidents.counting.encoded import CHANNELS, KINDS
from sekisho.incidents.counting.rules import rules
from sekisho.incidents.counting.tallies import Numbers, in_order, tallied


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


def figures_of(lines: Lines) -> Figures:
    """The figures of all these lines."""
    return figures_by(lines, np.zeros(len(lines.policy), np.int64), 1)[0]


def figures_by(lines: Lines, scope: Numbers, size: int) -> list[Figures]:
    """The figures of the lines of each scope (numbers below ``size``; lines of a number below 0 are left out)."""
    order = in_order(np.flatnonzero(scope >= 0), [(scope, size)])
    columns = (lines.agency, lines.record, lines.policy, lines.person)
    rooms = [int(column.max(initial=-1)) + 1 for column in columns]
    seen = tuple(np.full(room, -1, np.int32) for room in (*rooms, rooms[-1]))
    found = np.zeros((size, 6), np.int64)
    tallied(order, scope, *columns, lines.kind == KINDS.index("corporate"), lines.finding_count, seen, found)
    return [Figures(*row) for row in found.tolist()]


def by_cause(counted: Counted) -> list[tuple[str, Figures]]:
    """Figures of each cause, in no order of its own."""
    causes, lines = counted.encoded.causes, counted.lines
    each = zip(causes, figures_by(lines, lines.cause, len(causes)), strict=True)
    return [(cause, figures) for cause, figures in each if figures.records]


def per_insurer(counted: Counted) -> tuple[InsurerView, ...]:
    """Each insurer's own view, by its id."""
    causes, insurers, lines = counted.encoded.causes, counted.encoded.insurers, counted.lines
    totals = figures_by(lines, lines.insurer, len(insurers))
    cells = figures_by(lines, lines.insurer * len(causes) + lines.cause, len(insurers) * len(causes))
    views = []
    for number, total in enumerate(totals):
        rows = zip(causes, cells[number * len(causes) : (number + 1) * len(causes)], strict=True)
        told = sorted((cause, figures) for cause, figures in rows if figures.records)
        if told:
            views.append(InsurerView(insurers[number], tuple(told), total))
    return tuple(sorted(views, key=lambda view: view.insurer_id))


def exposures(counted: Counted) -> tuple[Exposure, ...]:
    """Exposure beside access for each cause that has either, in the order of the codes."""
    lines, causes = counted.lines, counted.encoded.causes
    could = (lines.channels & bits_of(rules().could_see)) != 0
    did = (lines.channels & bits_of(rules().did_see)) != 0
    reached = [
        [_reach(one) for one in figures_by(lines, np.where(mask, lines.cause, -1), len(causes))]
        for mask in (could, did, could & did)
    ]
    found = [Exposure(cause, *reaches) for cause, *reaches in zip(causes, *reached, strict=True)]
    return tuple(
        sorted((one for one in found if one.could_see.policies or one.did_see.policies), key=lambda one: one.cause)
    )


def bits_of(channels: Sequence[str]) -> int:
    """Channels as a mask of ``encoded.CHANNELS``."""
    return sum(1 << CHANNELS.index(channel) for channel in channels)


def _reach(found: Figures) -> Reach:
    return Reach(found.agencies, found.policies, found.people, found.corporate)
