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

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

import duckdb
import pyarrow as pa

from sekisho.findings.model import UNRESOLVED
from sekisho.kernel.bulk import in_memory
from sekisho.kernel.folding import folded
from sekisho.law.causes import causes, counted_once
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

    def as_json(self) -> dict[str, Any]:
        """The table as one JSON document."""
        content = asdict(self)
        content["as_of"] = self.as_of.isoformat()
        return content


def table_from_json(content: Mapping[str, Any]) -> DisclosureTable:
    """The table that ``DisclosureTable.as_json`` wrote (into JSON and back)."""
    lists = {name: tuple(map(tuple, content[name])) for name in ("both_causes", "unresolved", "items")}
    rows = tuple(Row(**row) for row in content["rows"])
    return DisclosureTable(**{**content, **lists, "rows": rows, "as_of": date.fromisoformat(content["as_of"])})


def disclosure_table(findings: pa.Table, *, as_of: date, registry: Registry | None = None) -> DisclosureTable:
    """Count ``findings`` (schema ``findings.model.FINDINGS``) whose disclosure happened by ``as_of`` (included).

    Findings without a date are counted, and their number is told: leaving them out would make the figure too small.
    """
    con = in_memory()
    try:
        con.register("all_findings", findings)
        con.register("cause_order", _cause_order())
        con.register("holders", _holders(findings, registry))
        con.register("counted_once", _counted_once())
        con.execute(_DATED, {"as_of": as_of.isoformat(), "unresolved": UNRESOLVED})
        con.execute("CREATE TEMP TABLE decided AS SELECT * FROM dated WHERE NOT unresolved")
        con.execute(_COUNTED)
        return _read_table(con, as_of, registry is not None)
    finally:
        con.close()


_DATED = """
CREATE TEMP TABLE dated AS
SELECT f.*, coalesce(h.holder, f.policy) AS holder,
       starts_with(f.ground_missing, $unresolved) AS unresolved
FROM (SELECT *, insurer_id || chr(31) || policy_no AS policy FROM all_findings) AS f
LEFT JOIN holders AS h ON h.insurer_id = f.insurer_id AND h.policy_no = f.policy_no
WHERE f."at" = '' OR substr(f."at", 1, 10) <= $as_of
"""

_COUNTED = """
CREATE TEMP TABLE counted AS
SELECT f.* FROM decided AS f
WHERE NOT EXISTS (  -- note ※2: this agency's policy is already counted under another cause
  SELECT 1 FROM counted_once AS o JOIN decided AS k ON k.cause = o.kept
  WHERE o.dropped = f.cause AND k.agency_id = f.agency_id AND k.policy = f.policy)
"""

_COUNTS = """
  count(DISTINCT nullif(agency_id, '')) AS agency_count,
  count(DISTINCT agency_id || chr(31) || policy) AS record_count,
  count(DISTINCT policy) AS policy_count,
  count(DISTINCT CASE WHEN holder_kind <> 'corporate' THEN holder END) AS people,
  count(DISTINCT CASE WHEN holder_kind = 'corporate' THEN holder END) AS corporate_count,
  count(*) AS finding_count
"""


def _read_table(con: duckdb.DuckDBPyConnection, as_of: date, has_registry: bool) -> DisclosureTable:
    rows = tuple(
        Row(code, name or "原因を特定できないもの", *counts)
        for code, name, *counts in con.execute(
            f"""SELECT cause, any_value(name), {_COUNTS}
                FROM counted LEFT JOIN cause_order USING (cause)
                GROUP BY cause ORDER BY coalesce(any_value(place), 999), cause"""  # noqa: S608
        ).fetchall()
    )
    total = con.execute(f"SELECT {_COUNTS} FROM counted").fetchone()  # noqa: S608
    assert total is not None  # noqa: S101
    both = []
    for kept, dropped in counted_once():
        agencies, records = con.execute(
            """SELECT count(DISTINCT agency_id), count(DISTINCT agency_id || chr(31) || policy) FROM decided AS f
               WHERE cause = ? AND EXISTS (SELECT 1 FROM decided AS k WHERE k.cause = ?
                     AND k.agency_id = f.agency_id AND k.policy = f.policy)""",
            [dropped, kept],
        ).fetchone() or (0, 0)
        both.append((kept, dropped, agencies, records))
    unresolved = con.execute(
        """SELECT substr(ground_missing, length(?) + 1) AS unknown, count(DISTINCT policy), count(*)
           FROM dated WHERE unresolved GROUP BY unknown ORDER BY unknown""",
        [UNRESOLVED],
    ).fetchall()
    return DisclosureTable(
        as_of=as_of,
        rows=rows,
        agency_count_summed=sum(row.agency_count for row in rows),
        agency_count_distinct=total[0],
        record_count_summed=sum(row.record_count for row in rows),
        record_count_distinct=total[1],
        policy_count_distinct=total[2],
        people_distinct=total[3],
        people_are_upper_bound=not has_registry or _unknown_holders(con) > 0,
        corporate_count_distinct=total[4],
        both_causes=tuple(both),
        unresolved=tuple(unresolved),
        outside_findings=_one(con, "SELECT count(*) FROM dated WHERE channel = 'mail' AND recipient_party LIKE '?_%'"),
        items=tuple(
            con.execute(
                """SELECT item, count(*) FROM (
                     SELECT unnest(string_split(items, ';')) AS item FROM counted) WHERE item <> ''
                   GROUP BY item ORDER BY count(*) DESC, item"""
            ).fetchall()
        ),
        undated_findings=_one(con, "SELECT count(*) FROM counted AS f WHERE f.at = ''"),
    )


def _unknown_holders(con: duckdb.DuckDBPyConnection) -> int:
    return _one(con, "SELECT count(*) FROM counted WHERE holder_kind NOT IN ('person', 'corporate')")


def _one(con: duckdb.DuckDBPyConnection, query: str) -> int:
    row = con.execute(query).fetchone()
    return int(row[0]) if row else 0


def _cause_order() -> pa.Table:
    every = list(causes().values())
    return pa.table(
        {
            "cause": [cause.code for cause in every],
            "name": [cause.ja for cause in every],
            "place": list(range(len(every))),
        }
    )


def _counted_once() -> pa.Table:
    pairs = counted_once()
    return pa.table({"kept": [kept for kept, _ in pairs], "dropped": [dropped for _, dropped in pairs]})


def _holders(findings: pa.Table, registry: Registry | None) -> pa.Table:
    """Who is behind each policy of the findings, as a comparable key: folded name and birth date; a person without
    birth date by name and address or phone, else by policy (never brought together on a name alone)."""
    empty = pa.table({name: pa.array([], pa.string()) for name in ("insurer_id", "policy_no", "holder")})
    if registry is None or findings.num_rows == 0:
        return empty
    con = in_memory()
    try:
        con.register("found", findings.select(["insurer_id", "policy_no"]))
        con.register("policies", registry.tables["policies"])
        rows = con.execute(
            """
            SELECT p.insurer_id, p.policy_no, p.holder_name, coalesce(p.holder_kind, ''),
                   coalesce(CAST(p.birth_date AS VARCHAR), p.address, p.phone, p.mobile, '')
            FROM policies AS p SEMI JOIN found AS f ON f.insurer_id = p.insurer_id AND f.policy_no = p.policy_no
            """
        ).fetchall()
    finally:
        con.close()
    if not rows:
        return empty
    keys = []
    for insurer_id, policy_no, name, kind, second in rows:
        key = folded(name or "").replace(" ", "")
        known = key and (second or kind == "corporate")
        keys.append(f"{key}\x1f{folded(second)}" if known else f"{insurer_id}\x1f{policy_no}")
    return pa.table({"insurer_id": [row[0] for row in rows], "policy_no": [row[1] for row in rows], "holder": keys})
