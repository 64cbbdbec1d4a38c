"""Findings → proposed incidents: by family of causes, agency or recipient, and period. People open them.

A family is the letter of the cause code (A1, A2 and A3 are one case, so that note ※2 stays inside it). Findings of one
group lie in one period as long as no gap between two days of it is longer than ``gap_days``. Undated ones join the only
period of their group, else they are a proposal of their own. Unresolved ones are told apart, by what is unknown.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sekisho.findings.model import UNRESOLVED
from sekisho.incidents.counting.counted import lines_of
from sekisho.incidents.counting.encoded import encoded
from sekisho.incidents.counting.figures import Figures, figures_by
from sekisho.incidents.counting.identity import holders_of
from sekisho.incidents.counting.persons import Persons
from sekisho.incidents.counting.rules import rules, title_of
from sekisho.kernel.bulk import in_memory
from sekisho.kernel.errors import InputError
from sekisho.law.causes import causes as law_causes


class By(StrEnum):
    """Whose case it is."""

    AGENCY = "agency"
    RECIPIENT = "recipient"
    FAMILY = "family"
    """All agencies of a family of causes together."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """One proposed incident. ``agency_id`` (``recipient``) is None where it is of several; ``first_day`` is None for
    undated findings only."""

    number: int
    title: str
    causes: tuple[str, ...]
    agency_id: str | None
    recipient: str | None
    first_day: date | None
    last_day: date | None
    finding_count: int
    figures: Figures


@dataclass(frozen=True, slots=True)
class Unresolved:
    """Findings that belong to no incident yet: what is unknown, and their ids, sorted."""

    unknown: str
    finding_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Grouping:
    """``members``: number, finding_id of every finding in a proposal, sorted."""

    proposals: tuple[Proposal, ...]
    unresolved: tuple[Unresolved, ...]
    members: pa.Table

    def finding_ids(self, number: int) -> list[str]:
        """The findings of a proposal."""
        mine = self.members.filter(pc.equal(self.members["number"], number))
        ids: list[str] = mine["finding_id"].to_pylist()
        return ids


def grouped(
    findings: pa.Table,
    *,
    gap_days: int | None = None,
    by: By = By.AGENCY,
    names: Mapping[str, str] | None = None,
    persons: Persons | None = None,
) -> Grouping:
    """Propose incidents for ``findings`` (schema FINDINGS). ``names``: party id → name, for the titles; ``persons``:
    for the number of persons; ``gap_days``: as in ``rules.yaml``, unless told. Raises ``InputError`` for a gap below a
    day."""
    gap_days = rules().gap_days if gap_days is None else gap_days
    if gap_days < 1:
        raise InputError(f"a gap of {gap_days} days", where="gap_days", remedy="give one day or more")
    with in_memory() as con:
        con.register("finding", _told(findings))
        con.execute(_PLACED.format(own=_OWN[by]), {"unresolved": UNRESOLVED, "gap": gap_days})
        con.execute(_NUMBERED)
        groups = con.execute(_GROUPS).fetchall()
        members = con.sql("SELECT number, finding_id FROM numbered ORDER BY number, finding_id").to_arrow_table()
        apart = con.execute(_UNRESOLVED, {"unresolved": UNRESOLVED}).fetchall()
        placed = con.sql("SELECT row, number FROM numbered").to_arrow_table()
    found = encoded(findings, date.max)
    holders = persons.holders(found) if persons is not None else holders_of(found, None)
    part = np.full(findings.num_rows, -1, np.int64)
    part[placed["row"].to_numpy()] = placed["number"].to_numpy() - 1
    lines, _, _, part_of = lines_of(found, holders, part)
    each = figures_by(lines, part_of, len(groups))
    proposals = []
    for (number, causes, own, first, last, finding_count), figures in zip(groups, each, strict=True):
        first_day, last_day = (date.fromisoformat(day) if day else None for day in (first, last))
        ordered = _in_order(causes)
        title = _title(ordered, by, own, _period(first_day, last_day), names or {})
        agency, recipient = (own if by == kind else None for kind in (By.AGENCY, By.RECIPIENT))
        proposals.append(
            Proposal(number, title, ordered, agency, recipient, first_day, last_day, finding_count, figures)
        )
    unresolved = tuple(Unresolved(unknown, tuple(ids)) for unknown, ids in apart)
    return Grouping(tuple(proposals), unresolved, members)


def _told(findings: pa.Table) -> pa.Table:
    """What grouping looks at; what is missing is as empty, so that no finding is lost."""
    names = ("finding_id", "at", "cause", "agency_id", "recipient_party", "ground_missing")
    return pa.table({name: findings[name].fill_null("") for name in names})


_OWN = {By.AGENCY: "agency_id", By.RECIPIENT: "recipient_party", By.FAMILY: "''"}

_PLACED = """
CREATE TABLE placed AS
WITH own AS (
  SELECT row_number() OVER () - 1 AS row, finding_id, cause, substr(cause, 1, 1) AS family, {own} AS own,
         CASE WHEN "at" = '' THEN NULL ELSE CAST(substr("at", 1, 10) AS DATE) END AS day, ground_missing
  FROM finding
), dated AS (
  SELECT *, CASE WHEN day - lag(day) OVER w <= $gap THEN 0 ELSE 1 END AS begins FROM own
  WHERE NOT starts_with(ground_missing, $unresolved) AND day IS NOT NULL
  WINDOW w AS (PARTITION BY family, own ORDER BY day, finding_id, row)
), periods AS (
  SELECT * EXCLUDE (begins), sum(begins) OVER (PARTITION BY family, own ORDER BY day, finding_id, row) AS period
  FROM dated
), last_period AS (SELECT family, own, max(period) AS period FROM periods GROUP BY family, own)
FROM periods
UNION ALL
SELECT o.*, CASE WHEN l.period = 1 THEN 1 ELSE 0 END  -- 0: undated, apart
FROM own AS o LEFT JOIN last_period AS l USING (family, own)
WHERE NOT starts_with(o.ground_missing, $unresolved) AND o.day IS NULL
"""

_NUMBERED = """
CREATE TABLE numbered AS
SELECT p.*, n.number FROM placed AS p JOIN (
  SELECT family, own, period, row_number() OVER (ORDER BY min(day) NULLS LAST, family, own, period) AS number
  FROM placed GROUP BY family, own, period) AS n USING (family, own, period)
"""

_GROUPS = """
SELECT number, list_sort(list(DISTINCT cause)), any_value(own), coalesce(CAST(min(day) AS VARCHAR), ''),
       coalesce(CAST(max(day) AS VARCHAR), ''), count(*)
FROM numbered GROUP BY number ORDER BY number
"""

_UNRESOLVED = """
SELECT substr(ground_missing, length($unresolved) + 1) AS unknown, list_sort(list(finding_id))
FROM finding WHERE starts_with(ground_missing, $unresolved) GROUP BY unknown ORDER BY unknown
"""


def _in_order(causes: list[str]) -> tuple[str, ...]:
    places = {code: at for at, code in enumerate(law_causes())}
    return tuple(sorted(causes, key=lambda code: (places.get(code, len(places)), code)))


def _title(causes: tuple[str, ...], by: By, own: str, period: str, names: Mapping[str, str]) -> str:
    """「青葉保険サービスによる事案 (A1・A2) 2024年3月〜5月」."""
    known = names.get(own, own)
    agency = known if by == By.AGENCY and known else "複数の代理店" if by != By.AGENCY else "取扱代理店不明"
    told = title_of(causes[0]).format(agency=agency)
    if by == By.RECIPIENT:
        told += f"・{known or '宛先不明'}宛て"
    codes = "・".join(code for code in causes if code)
    return " ".join(part for part in (told, f"({codes})" if codes else "", period) if part)


def _period(first: date | None, last: date | None) -> str:
    if first is None or last is None:
        return "日付不明"
    start = f"{first.year}年{first.month}月"
    if (first.year, first.month) == (last.year, last.month):
        return start
    return f"{start}〜{last.month}月" if first.year == last.year else f"{start}〜{last.year}年{last.month}月"
