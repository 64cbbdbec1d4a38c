"""The disclosure table of seed 001 (別紙1 (2)①), made from findings (B1, B2).

Counting rules (``docs/counting.md``):

* **records** (漏えい件数): one for each policy per agency that the case is counted under and per cause, however often
  and to however many parties it went.
* **agencies**: distinct agencies per cause; the sum over causes is 延べ, the total line also shows the distinct number.
* **note ※2**: a policy of an agency that is a case of both A1 and A2 is counted once, under A1
  (``law/parameters/causes.yaml``, ``counted_once``).
* **persons** (本人の数) are living individuals: policies of corporate holders are not persons; with the registry at
  hand holders are brought together by name and birth date (名寄せ); without it, or where the holder is unknown, the
  largest possible number is given (guideline on act art. 26) and marked as such.
* **unresolved** findings (unknown recipient, unknown insurer) are shown apart and counted nowhere else.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sekisho.incidents.counting.counted import Counted, Lines, count
from sekisho.incidents.counting.encoded import KINDS
from sekisho.incidents.counting.figures import Exposure, Figures, Reach, bits_of, by_cause, exposures, figures_of
from sekisho.incidents.counting.identity import POLICY
from sekisho.incidents.counting.persons import Persons
from sekisho.law.causes import causes
from sekisho.registry.registry import Registry


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table. ``people`` is None where nothing is known of the holders' kind."""

    cause: str
    name: str
    agency_count: int
    record_count: int
    policy_count: int
    people: int
    corporate_count: int
    finding_count: int


@dataclass(frozen=True, slots=True)
class DisclosureTable:
    """Rows per cause, the totals, and what the notes must say."""

    as_of: date
    rows: tuple[Row, ...]
    agency_count_summed: int
    agency_count_distinct: int
    record_count_summed: int
    record_count_distinct: int
    policy_count_distinct: int
    people_distinct: int
    people_are_upper_bound: bool
    corporate_count_distinct: int
    both_causes: tuple[tuple[str, str, int, int], ...]  # kept, dropped, agencies, records counted once
    unresolved: tuple[tuple[str, int, int], ...]  # what is unknown, records, findings
    outside_findings: int  # findings whose recipient is nobody in the registry
    items: tuple[tuple[str, int], ...]  # item code, findings that carry it
    undated_findings: int
    exposure: tuple[Exposure, ...] = ()
    """What could be seen beside what was seen, by cause (seed 002): never added to each other."""
    doubtful_pairs: int = 0
    """Pairs of holders that may be one and that nobody decided yet."""

    def as_json(self) -> dict[str, Any]:
        """The table as one JSON document."""
        content = asdict(self)
        content["as_of"] = self.as_of.isoformat()
        return content


def table_from_json(content: Mapping[str, Any]) -> DisclosureTable:
    """The table that ``DisclosureTable.as_json`` wrote (into JSON and back)."""
    lists: dict[str, Any] = {name: tuple(map(tuple, content[name])) for name in ("both_causes", "unresolved", "items")}
    lists["exposure"] = tuple(
        Exposure(one["cause"], *(Reach(**one[name]) for name in ("could_see", "did_see", "both")))
        for one in content.get("exposure", ())
    )
    rows = tuple(Row(**row) for row in content["rows"])
    return DisclosureTable(**{**content, **lists, "rows": rows, "as_of": date.fromisoformat(content["as_of"])})


def disclosure_table(
    findings: pa.Table, *, as_of: date, registry: Registry | None = None, persons: Persons | None = None
) -> DisclosureTable:
    """Count ``findings`` (schema ``findings.model.FINDINGS``; ``counting.encoded.COLUMNS`` do) whose disclosure
    happened by ``as_of`` (included). ``persons`` (``counting.persons``, with decisions) go before ``registry``.

    Findings without a date are counted, and their number is told: leaving them out would make the figure too small.
    """
    counted = count(findings, as_of, registry, persons)
    return table_of(counted, as_of, persons.doubt_count if persons is not None else 0)


def table_of(counted: Counted, as_of: date, doubtful_pairs: int = 0) -> DisclosureTable:
    """The table of what was counted."""
    rows = _rows(counted)
    whole = figures_of(counted.lines)
    finding = counted.encoded.table
    by_mail = pc.equal(finding["channel"], bits_of(["mail"]))
    return DisclosureTable(
        as_of=as_of,
        rows=rows,
        agency_count_summed=sum(row.agency_count for row in rows),
        agency_count_distinct=whole.agencies,
        record_count_summed=sum(row.record_count for row in rows),
        record_count_distinct=whole.records,
        policy_count_distinct=whole.policies,
        people_distinct=whole.people,
        people_are_upper_bound=not counted.holders_known or _not_brought_together(counted.lines),
        corporate_count_distinct=whole.corporate,
        both_causes=tuple((pair.kept, pair.dropped, pair.agencies, pair.records) for pair in counted.both),
        unresolved=_unresolved(counted),
        outside_findings=int(pc.sum(pc.and_(finding["outside"], by_mail), min_count=0).as_py()),
        items=_items(counted),
        undated_findings=int(counted.lines.undated_count.sum()),
        exposure=exposures(counted),
        doubtful_pairs=doubtful_pairs,
    )


def _not_brought_together(lines: Lines) -> bool:
    """Whether a holder's kind is unknown, or a person's policy stands alone."""
    corporate = lines.kind == KINDS.index("corporate")
    return bool(((lines.kind == 0) | ((lines.basis == POLICY) & ~corporate)).any())


def row_of(cause: str, figures: Figures) -> Row:
    """One line of the table."""
    known = causes()
    return Row(
        cause,
        known[cause].ja if cause in known else "原因を特定できないもの",
        figures.agencies,
        figures.records,
        figures.policies,
        figures.people,
        figures.corporate,
        figures.findings,
    )


def _rows(counted: Counted) -> tuple[Row, ...]:
    """A row for each cause, in the order of the law's table, unknown ones behind."""
    place = {code: at for at, code in enumerate(causes())}
    found = sorted(by_cause(counted), key=lambda row: (place.get(row[0], len(place)), row[0]))
    return tuple(row_of(*row) for row in found)


def _unresolved(counted: Counted) -> tuple[tuple[str, int, int], ...]:
    """What is unknown, and how many policies and findings that concerns."""
    missing = counted.encoded.table["missing"].to_numpy()
    policy = counted.encoded.table["policy"].to_numpy()
    found = [(name, policy[missing == number]) for number, name in enumerate(counted.encoded.missing)]
    return tuple((name, len(np.unique(policies)), len(policies)) for name, policies in found if len(policies))


def _items(counted: Counted) -> tuple[tuple[str, int], ...]:
    """Item code and the number of counted findings that carry it, the most frequent first."""
    finding = counted.encoded.table
    tallied = np.bincount(finding["items"].to_numpy()[counted.line_of >= 0], minlength=len(counted.encoded.items))
    counts: Counter[str] = Counter()
    for number in np.flatnonzero(tallied):
        for item in counted.encoded.items[number].split(";"):
            counts[item] += int(tallied[number])
    counts.pop("", None)
    return tuple(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])))
