"""What configured scopes open beyond the rule: counted by seed 002's kinds, listed, and as disclosures (A6, A12)."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from importlib import resources

import duckdb
import numpy as np
import pyarrow as pa

from sekisho.disclosures.model import EVENTS, POLICIES, RECIPIENTS, UNREAD, Disclosures
from sekisho.entitlement.audit.scopes import audited
from sekisho.entitlement.script import rule_version, statements
from sekisho.findings.judging import party_kinds
from sekisho.kernel.bulk import in_memory
from sekisho.law.causes import causes
from sekisho.registry.registry import Registry

LISTING = pa.schema(
    [
        ("cause", pa.string()),
        ("agency_id", pa.string()),  # whose policies: the handling (supervising) agency
        ("viewer_party", pa.string()),  # who can see them; "" = acts for nobody, or unknown
        ("insurer_id", pa.string()),
        ("line", pa.string()),
        ("missing", pa.string()),
        ("policy_count", pa.int64()),
    ]
)


@dataclass(frozen=True, slots=True)
class CauseCount:
    """One cause. ``agency_count``: agencies whose policies are open (seed 002: 統括代理店); ``pair_count``: the same
    延べ, for each viewer. ``policy_count`` and ``customer_count`` are distinct; ``shown_count`` counts a policy once
    for each viewer. Customers are told apart by name and birth date as written."""

    cause: str
    name: str
    scope_count: int
    viewer_count: int
    agency_count: int
    pair_count: int
    insurer_count: int
    policy_count: int
    shown_count: int
    customer_count: int


@dataclass(frozen=True, slots=True)
class ScopeAudit:
    """``rows`` by cause, ``total`` over all (None when there is no excess). ``unresolved``: viewers that nobody knows
    that day, with the number of policies their scopes cover. ``listing``: ``LISTING``, sorted."""

    on: date
    scope_count: int
    in_force_count: int
    viewer_count: int
    policy_count: int
    rows: tuple[CauseCount, ...]
    total: CauseCount | None
    unresolved: tuple[tuple[str, int], ...]
    listing: pa.Table
    rule_version: str
    registry_version: str

    @property
    def excess_count(self) -> int:
        return self.total.policy_count if self.total else 0


_EACH = """
SELECT cause, count(DISTINCT scope_no), count(DISTINCT coalesce(party_id, viewer_id)), count(DISTINCT agency_id),
       count(DISTINCT (agency_id, coalesce(party_id, viewer_id))), count(DISTINCT insurer_id)
FROM told GROUP BY GROUPING SETS ((cause), ()) ORDER BY cause NULLS LAST
"""
_SHOWN = """
SELECT cause, sum(policy_count) FROM (SELECT DISTINCT cause, viewer_id, class_no, policy_count FROM told)
GROUP BY cause
UNION ALL
SELECT NULL, sum(policy_count) FROM (SELECT DISTINCT viewer_id, class_no, policy_count FROM told)
"""
_POLICIES = """
WITH open_class AS (SELECT DISTINCT cause, class_no FROM told)
SELECT cause, count(*), count(DISTINCT h.holder) FROM open_class JOIN class_of k USING (class_no) JOIN holder h
  ON h.insurer_id = k.insurer_id AND h.policy_no = k.policy_no
GROUP BY cause
UNION ALL
SELECT NULL, count(*), count(DISTINCT h.holder)
FROM (SELECT DISTINCT class_no FROM open_class) JOIN class_of k USING (class_no) JOIN holder h
  ON h.insurer_id = k.insurer_id AND h.policy_no = k.policy_no
"""
_LISTED = """
SELECT cause, agency_id, coalesce(party_id, '') AS viewer_party, insurer_id, line, missing,
       sum(policy_count)::BIGINT AS policy_count
FROM (SELECT DISTINCT cause, agency_id, party_id, insurer_id, line, missing, class_no, policy_count FROM told)
GROUP BY ALL ORDER BY ALL
"""


@contextmanager
def counted(scopes: pa.Table, registry: Registry, on: date) -> Iterator[duckdb.DuckDBPyConnection]:
    """The audit's connection (``entitlement.audit.scopes.audited``) with ``told``: every excess with its cause."""
    with audited(scopes, registry.tables, on) as con:
        con.register("parties", party_kinds(registry))
        con.register("holder", holders(registry))
        for name in ("scope_counts.sql", "causes.sql"):
            text = resources.files("sekisho.findings").joinpath(name).read_text(encoding="utf-8")
            for statement in statements(text):
                con.execute(statement)
        con.execute(
            """CREATE VIEW told AS
               SELECT x.scope_no, x.viewer_id, x.party_id, x.missing, x.verdict, x.class_no,
                      c.insurer_id, c.agency_id, c.line, c.policy_count, k.cause
               FROM excess x JOIN class c USING (class_no)
               JOIN excess_group g ON g.party_id IS NOT DISTINCT FROM x.party_id AND g.supervised = x.supervised
                AND g.source = c.source AND g.line = c.line AND g.verdict = x.verdict AND g.missing = x.missing
               JOIN causes k ON k.group_no = g.group_no
               WHERE x.verdict <> 'unresolved'"""
        )
        yield con


def audit_scopes(scopes: pa.Table, registry: Registry, on: date) -> ScopeAudit:
    """Audit ``scopes`` (``sources.scopes.SCHEMA``) as of ``on``."""
    with counted(scopes, registry, on) as con:
        return summed_up(con, registry, on)


def audit_with_disclosures(
    scopes: pa.Table, registry: Registry, on: date, source: str
) -> tuple[ScopeAudit, Disclosures]:
    """The same, and every excess as a disclosure (channel ``scope``, one event a scope) for ``findings.judging``.
    ``source``: name of the file."""
    with counted(scopes, registry, on) as con:
        return summed_up(con, registry, on), _disclosures(con, registry, on, source)


def summed_up(con: duckdb.DuckDBPyConnection, registry: Registry, on: date) -> ScopeAudit:
    """The figures of an audit that ``counted`` made."""
    scope_count, in_force, viewers, policies = con.execute(
        """SELECT (SELECT count(*) FROM scope), (SELECT count(*) FROM scope_now),
                  (SELECT count(DISTINCT viewer_id) FROM scope_now),
                  (SELECT coalesce(sum(policy_count), 0) FROM class)"""
    ).fetchall()[0]
    rows = _rows(con)
    unresolved = con.execute(
        """SELECT viewer_id, sum(policy_count)::BIGINT FROM
             (SELECT DISTINCT viewer_id, class_no FROM excess WHERE verdict = 'unresolved') JOIN class USING (class_no)
           GROUP BY viewer_id ORDER BY viewer_id"""
    ).fetchall()
    return ScopeAudit(
        on=on,
        scope_count=scope_count,
        in_force_count=in_force,
        viewer_count=viewers,
        policy_count=int(policies),
        rows=tuple(row for row in rows if row.name != _ALL),
        total=next((row for row in rows if row.name == _ALL and row.policy_count), None),
        unresolved=tuple((viewer, count) for viewer, count in unresolved),
        listing=con.sql(_LISTED).to_arrow_table().cast(LISTING),
        rule_version=rule_version(),
        registry_version=registry.version,
    )


_ALL = "合計 (重複を除く)"


def _rows(con: duckdb.DuckDBPyConnection) -> list[CauseCount]:
    each = {row[0]: row[1:] for row in con.execute(_EACH).fetchall()}
    shown = dict(con.execute(_SHOWN).fetchall())
    policies = {cause: (count, people) for cause, count, people in con.execute(_POLICIES).fetchall()}
    known = causes()
    found = []
    for cause, (scopes, viewers, agencies, pairs, insurers) in each.items():
        policy_count, customer_count = policies.get(cause, (0, 0))
        name = _ALL if cause is None else known[cause].ja if cause in known else "原因を特定できないもの"
        found.append(
            CauseCount(
                cause=cause or "",
                name=name,
                scope_count=scopes,
                viewer_count=viewers,
                agency_count=agencies,
                pair_count=pairs,
                insurer_count=insurers,
                policy_count=policy_count,
                shown_count=int(shown.get(cause) or 0),
                customer_count=customer_count,
            )
        )
    return found


def holders(registry: Registry) -> pa.Table:
    """insurer_id, policy_no → the holder's name and birth date in one text; the policy itself where it has no name."""
    policies = registry.tables["policies"].select(["insurer_id", "policy_no", "holder_name", "birth_date"])
    with in_memory() as con:
        con.register("policies", policies)
        return con.sql(
            """SELECT insurer_id, policy_no,
                      CASE WHEN coalesce(holder_name, '') = '' THEN insurer_id || chr(31) || policy_no
                           ELSE holder_name || chr(31) || coalesce(CAST(birth_date AS VARCHAR), '') END AS holder
               FROM policies"""
        ).to_arrow_table()


def _disclosures(con: duckdb.DuckDBPyConnection, registry: Registry, on: date, source: str) -> Disclosures:
    ledger = registry.tables["policies"].select(["insurer_id", "policy_no"])
    con.register("ledger", ledger.append_column("policy_row", pa.array(np.arange(ledger.num_rows), pa.int64())))
    con.execute("CREATE TABLE exceeding AS SELECT DISTINCT scope_no, viewer_id, kind, class_no FROM excess")
    instant = f"{on.isoformat()}T00:00:00+09:00"
    events = con.sql(
        """SELECT DISTINCT s.scope_no AS event_id, 'scope' AS channel, $at AS "at", CAST($on AS DATE) AS on_date,
                  '' AS sender, '' AS parent_sender, $source AS source, '' AS message_id, '' AS also
           FROM exceeding x JOIN scope s USING (scope_no) ORDER BY 1""",
        params={"at": instant, "on": on, "source": source},
    ).to_arrow_table()
    recipients = con.sql("SELECT DISTINCT scope_no AS event_id, viewer_id AS viewer FROM exceeding ORDER BY 1")
    policies = con.sql(
        """SELECT x.scope_no AS event_id, k.insurer_id, k.policy_no, l.policy_row, 0::BIGINT AS items, x.kind AS part,
                  s.place AS position, 'scope:' || x.kind AS matched_by, 'certain' AS confidence
           FROM exceeding x JOIN class_of k USING (class_no) JOIN scope s USING (scope_no)
           JOIN ledger l ON l.insurer_id = k.insurer_id AND l.policy_no = k.policy_no
           ORDER BY 1, 2, 3"""
    )
    read_count = con.execute("SELECT count(*) FROM scope").fetchall()[0][0]
    return Disclosures(
        events.cast(EVENTS),
        recipients.to_arrow_table().cast(RECIPIENTS),
        policies.to_arrow_table().cast(POLICIES),
        UNREAD.empty_table(),
        read_count,
    )
