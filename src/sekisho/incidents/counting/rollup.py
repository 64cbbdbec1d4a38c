"""Many companies' count files rolled up, as an association reports (A11, seed 000: 41 asked, 18 with leaks).

Sums over companies are 延べ: the same customer or agency may stand in several files, and nobody pools customers to find
out. Figures in different units are never added. What a receiver tells of other companies' data (A3) stands beside the
sum, as the owners tell the same leaks.
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from sekisho.incidents.counting.count_file import Answer, CauseCount, CountFile, Unit
from sekisho.incidents.counting.rules import rules
from sekisho.kernel.errors import InputError
from sekisho.law.causes import causes as law_causes


@dataclass(frozen=True, slots=True)
class Sum:
    """A figure added over companies (延べ), and how many of them had counted it."""

    count: int
    companies: int


@dataclass(frozen=True, slots=True)
class CauseSum:
    """One cause over companies of one unit. ``figure``: in the unit; ``mirror``: told by receivers, in no sum."""

    cause: str
    name: str
    company_count: int
    figure: int
    agencies: Sum
    records: Sum
    policies: Sum
    persons: Sum
    corporate: Sum
    mirror: bool


@dataclass(frozen=True, slots=True)
class UnitSum:
    """The companies that count in one unit. ``figure``: 延べ, over causes that are no mirror."""

    unit: Unit
    companies: tuple[str, ...]
    causes: tuple[CauseSum, ...]
    figure: int


@dataclass(frozen=True, slots=True)
class RollUp:
    """``units``: the largest number of companies first. ``as_of``: each day with its companies. ``missing``: asked, but
    no file is there; ``unasked``: a file is there, but nobody asked. ``persons_at_most``: companies whose number of
    persons is the largest possible."""

    asked: int
    answered: int
    with_leaks: int
    without_leaks: int
    open: tuple[str, ...]
    missing: tuple[str, ...]
    unasked: tuple[str, ...]
    units: tuple[UnitSum, ...]
    as_of: tuple[tuple[date, tuple[str, ...]], ...]
    persons_at_most: tuple[str, ...]
    companies: tuple[CountFile, ...]

    def as_json(self) -> dict[str, Any]:
        """The roll-up as one JSON document."""
        told = asdict(self)
        told["companies"] = [company.as_document() for company in self.companies]
        told["as_of"] = {day.isoformat(): list(companies) for day, companies in self.as_of}
        return told


def roll_up(files: Iterable[CountFile], asked: Sequence[str] = ()) -> RollUp:
    """Roll up ``files``. ``asked``: ids of the companies that were asked; none given: those that a file is there of.

    Raises ``InputError`` when a company has two files, or was named twice among those asked.
    """
    by_id: dict[str, CountFile] = {}
    for one in files:
        if one.company_id in by_id:
            first = by_id[one.company_id].place
            raise InputError(
                f"{one.company_id} has a file already: {first}", where=one.place, remedy="give the newer one only"
            )
        by_id[one.company_id] = one
    if len(set(asked)) < len(asked):
        raise InputError("names a company twice", where="asked", remedy="name each company once")
    companies = tuple(by_id[company] for company in sorted(by_id))
    counted = [one for one in companies if not asked or one.company_id in asked]  # others are named, and in no figure
    answered = [one for one in counted if one.answer != Answer.OPEN]
    leaking = [one for one in answered if one.answer == Answer.LEAKS]
    units = [_unit(unit, [one for one in leaking if one.unit == unit]) for unit in Unit]
    days = sorted({one.as_of for one in answered})
    return RollUp(
        asked=len(asked) or len(companies),
        answered=len(answered),
        with_leaks=len(leaking),
        without_leaks=len(answered) - len(leaking),
        open=tuple(one.company_id for one in counted if one.answer == Answer.OPEN),
        missing=tuple(sorted(set(asked) - set(by_id))),
        unasked=tuple(sorted(set(by_id) - set(asked))) if asked else (),
        units=tuple(sorted((unit for unit in units if unit.companies), key=lambda unit: -len(unit.companies))),
        as_of=tuple((day, tuple(one.company_id for one in answered if one.as_of == day)) for day in days),
        persons_at_most=tuple(one.company_id for one in leaking if one.persons_at_most),
        companies=companies,
    )


def _unit(unit: Unit, companies: list[CountFile]) -> UnitSum:
    places = {code: at for at, code in enumerate(law_causes())}
    codes = {row.cause for one in companies for row in one.causes}
    causes = [
        _cause(code, unit, [row for one in companies for row in one.causes if row.cause == code])
        for code in sorted(codes, key=lambda code: (places.get(code, len(places)), code))
    ]
    figure = sum(cause.figure for cause in causes if not cause.mirror)
    return UnitSum(unit, tuple(one.company_id for one in companies), tuple(causes), figure)


def _cause(code: str, unit: Unit, rows: list[CauseCount]) -> CauseSum:
    def summed(name: str) -> Sum:
        counts = [getattr(row, name) for row in rows if getattr(row, name) is not None]
        return Sum(sum(counts), len(counts))

    known = law_causes().get(code)
    return CauseSum(
        cause=code,
        name=known.ja if known else "原因を特定できないもの",
        company_count=len(rows),
        figure=summed(str(unit)).count,
        agencies=summed("agencies"),
        records=summed("records"),
        policies=summed("policies"),
        persons=summed("persons"),
        corporate=summed("corporate"),
        mirror=code in rules().mirror,
    )
