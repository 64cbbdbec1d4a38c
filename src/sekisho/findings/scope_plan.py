"""What a change of scopes would open and close, before it is made; and the smallest scopes that suffice (A6, D1)."""

from dataclasses import dataclass
from datetime import date

import duckdb
import pyarrow as pa

from sekisho.entitlement.audit.scopes import audited
from sekisho.entitlement.script import rule_version
from sekisho.findings.scope_audit import ScopeAudit, counted, summed_up
from sekisho.registry.registry import Registry
from sekisho.sources.scopes import SCHEMA

CHANGES = pa.schema(
    [
        ("change", pa.string()),  # opens | closes
        ("within_rule", pa.bool_()),
        ("viewer_id", pa.string()),
        ("agency_id", pa.string()),
        ("insurer_id", pa.string()),
        ("line", pa.string()),
        ("missing", pa.string()),  # what the rule misses; "" within the rule
        ("policy_count", pa.int64()),
    ]
)
MISSING = pa.schema(
    [("viewer_id", pa.string()), ("agency_id", pa.string()), ("insurer_id", pa.string()), ("line", pa.string()),
     ("policy_count", pa.int64())]
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Amount:
    """Of (viewer, policy) pairs: how many, and what is in them."""

    pair_count: int
    viewer_count: int
    policy_count: int
    customer_count: int
    by_insurer: tuple[tuple[str, int], ...]  # distinct policies


@dataclass(frozen=True, slots=True)
class ScopePlan:
    """``opens`` and ``closes``: what changes; ``opens_beyond``: the part of it that exceeds the rule; ``after``: the
    audit of the proposal as a whole; ``lacks``: what viewers named in it may see by the rule and still do not.
    ``changes`` and ``missing``: the same row by row (``CHANGES``, ``MISSING``)."""

    on: date
    opens: Amount
    opens_beyond: Amount
    closes: Amount
    after: ScopeAudit
    lacks: Amount
    changes: pa.Table
    missing: pa.Table

    @property
    def refused(self) -> bool:
        """Whether the proposal exceeds the rule, newly or still."""
        return self.after.total is not None or bool(self.after.unresolved)


def plan_scopes(current: pa.Table, proposed: pa.Table, registry: Registry, on: date) -> ScopePlan:
    """Compare two settings of the same system (``sources.scopes.SCHEMA``), as of ``on``."""
    with counted(proposed, registry, on) as con:
        after = summed_up(con, registry, on)
    shift = current.num_rows
    moved = proposed.set_column(0, "scope_no", pa.array(range(shift, shift + proposed.num_rows), pa.int64()))
    with counted(pa.concat_tables([current.cast(SCHEMA), moved.cast(SCHEMA)]), registry, on) as con:
        for name, which in (("before", "<"), ("behind", ">=")):
            seen = f"SELECT DISTINCT viewer_id, class_no FROM covered WHERE scope_no {which} {shift}"  # noqa: S608
            con.execute(f"CREATE TABLE {name} AS {seen}")
        con.execute(_CHANGED)
        return ScopePlan(
            on=on,
            opens=_amount(con, "FROM changed WHERE change = 'opens'"),
            opens_beyond=_amount(con, "FROM changed WHERE change = 'opens' AND NOT within_rule"),
            closes=_amount(con, "FROM changed WHERE change = 'closes'"),
            after=after,
            lacks=_amount(con, "FROM lacking"),
            changes=con.sql(_CHANGES).to_arrow_table().cast(CHANGES),
            missing=con.sql(_MISSING).to_arrow_table().cast(MISSING),
        )


_CHANGED = """
CREATE TABLE changed AS
SELECT d.change, a.viewer IS NOT NULL AS within_rule, d.viewer_id, d.class_no,
       CASE WHEN a.viewer IS NULL THEN coalesce(o.missing, w.nobody, 'relation') ELSE '' END AS missing
FROM (
  SELECT 'opens' AS change, * FROM (FROM behind EXCEPT FROM before)
  UNION ALL
  SELECT 'closes', * FROM (FROM before EXCEPT FROM behind)
) d
LEFT JOIN allowed a ON a.viewer = d.viewer_id AND a.class_no = d.class_no
LEFT JOIN open_pair o ON o.viewer = d.viewer_id AND o.class_no = d.class_no
LEFT JOIN viewer_now w ON w.viewer = d.viewer_id;
CREATE VIEW lacking AS
SELECT viewer AS viewer_id, class_no FROM allowed ANTI JOIN behind
  ON behind.viewer_id = allowed.viewer AND behind.class_no = allowed.class_no;
"""
_CHANGES = """
SELECT change, within_rule, viewer_id, agency_id, insurer_id, line, missing, sum(policy_count)::BIGINT AS policy_count
FROM changed JOIN class USING (class_no) GROUP BY ALL
ORDER BY change DESC, within_rule, viewer_id, agency_id, insurer_id, line, missing
"""
_MISSING = """
SELECT viewer_id, agency_id, insurer_id, line, sum(policy_count)::BIGINT AS policy_count
FROM lacking JOIN class USING (class_no) GROUP BY ALL ORDER BY ALL
"""


def _amount(con: duckdb.DuckDBPyConnection, source: str) -> Amount:
    pairs, viewers = con.execute(
        f"SELECT coalesce(sum(policy_count), 0)::BIGINT, count(DISTINCT viewer_id) "  # noqa: S608
        f"FROM (SELECT viewer_id, class_no {source}) JOIN class USING (class_no)"
    ).fetchall()[0]
    customers = con.execute(
        f"SELECT count(DISTINCT h.holder) FROM (SELECT DISTINCT class_no {source}) JOIN class_of k USING (class_no) "  # noqa: S608
        "JOIN holder h ON h.insurer_id = k.insurer_id AND h.policy_no = k.policy_no"
    ).fetchall()[0][0]
    insurers = con.execute(
        f"SELECT insurer_id, sum(policy_count)::BIGINT FROM (SELECT DISTINCT class_no {source}) "  # noqa: S608
        "JOIN class USING (class_no) GROUP BY insurer_id ORDER BY insurer_id"
    ).fetchall()
    return Amount(pairs, viewers, sum(count for _, count in insurers), customers, tuple(insurers))


@dataclass(frozen=True, slots=True)
class SmallestScopes:
    """``scopes``: rows (``SCHEMA``) that show every viewer all he may see and nothing else. ``left_over``: what a scope
    cannot say without saying too much (``MISSING``: a consent for one policy, …); those are to be given one by one."""

    scopes: pa.Table
    left_over: pa.Table
    rule_version: str


def smallest_scopes(registry: Registry, on: date, viewers: list[str]) -> SmallestScopes:
    """The smallest scopes for these viewers as of ``on``. Each row names agency, insurer and line: what comes later is
    not opened in advance."""
    with audited(SCHEMA.empty_table(), registry.tables, on, viewers=viewers) as con:
        con.execute(_CELLS)
        rows = con.sql(_SMALLEST).to_arrow_table()
        left = con.sql(_LEFT_OVER).to_arrow_table().cast(MISSING)
    numbers = pa.array(range(rows.num_rows), pa.int64())
    whole = rows.append_column("scope_no", numbers).append_column("place", pa.array([""] * rows.num_rows, pa.string()))
    return SmallestScopes(whole.select(SCHEMA.names).cast(SCHEMA), left, rule_version())


_CELLS = """
CREATE TABLE wide_cell AS      -- an insurer's whole line
SELECT a.viewer, '' AS subject_agency_id, c.insurer_id, c.line
FROM (SELECT insurer_id, line, count(*) AS all_count FROM class GROUP BY ALL) t
JOIN class c USING (insurer_id, line) JOIN allowed a USING (class_no)
GROUP BY ALL HAVING count(*) = any_value(t.all_count);
CREATE TABLE cell AS           -- an agency's policies of one insurer and line
SELECT a.viewer, v.agency_id AS subject_agency_id, c.insurer_id, c.line
FROM (SELECT v.agency_id, c.insurer_id, c.line, count(*) AS all_count
      FROM class_served v JOIN class c USING (class_no) GROUP BY ALL) t
JOIN class_served v ON v.agency_id = t.agency_id
JOIN class c ON c.class_no = v.class_no AND c.insurer_id = t.insurer_id AND c.line = t.line
JOIN allowed a ON a.class_no = c.class_no
WHERE NOT EXISTS (FROM wide_cell w WHERE w.viewer = a.viewer AND w.insurer_id = c.insurer_id AND w.line = c.line)
GROUP BY ALL HAVING count(*) = any_value(t.all_count);
CREATE TABLE chosen AS FROM wide_cell UNION ALL FROM cell;
"""
_SMALLEST = """
SELECT viewer AS viewer_id, subject_agency_id, insurer_id, 'contracts' AS kind, line,
       DATE '0001-01-01' AS start, DATE '9999-12-31' AS "end"
FROM chosen ORDER BY ALL
"""
_LEFT_OVER = """
SELECT a.viewer AS viewer_id, c.agency_id, c.insurer_id, c.line, sum(c.policy_count)::BIGINT AS policy_count
FROM allowed a JOIN class c USING (class_no)
WHERE NOT EXISTS (
  FROM chosen x JOIN class_served v ON v.agency_id = x.subject_agency_id
  WHERE x.viewer = a.viewer AND v.class_no = c.class_no AND x.insurer_id = c.insurer_id AND x.line = c.line)
AND NOT EXISTS (
  FROM wide_cell x WHERE x.viewer = a.viewer AND x.insurer_id = c.insurer_id AND x.line = c.line)
GROUP BY ALL ORDER BY ALL
"""
