"""What secondees could see: what the rule lets each see for his host, and what scopes show beyond that (A9, A10).

As of one day for each secondment: its last one, or the last asked for. All secondments with the same day are asked
together (``entitlement.audit.scopes``): the rule is never asked for one person after the other.
"""

from collections.abc import Mapping
from datetime import date

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from sekisho.entitlement.audit.scopes import audited
from sekisho.sources.scopes import SCHEMA

REACH = pa.schema(
    [
        ("secondment_no", pa.int64()),
        ("acts", pa.bool_()),  # whether the rule knows him as acting for the host that day
        ("may_see_own", pa.int64()),
        ("may_see_others", pa.int64()),
        ("may_see_insurers", pa.int64()),
        ("scope_policies", pa.int64()),  # null without scopes
        ("scope_beyond", pa.int64()),
        ("scope_beyond_others", pa.int64()),
    ]
)

_REACHED = """
WITH may AS (
  SELECT s.secondment_no, c.class_no, c.insurer_id, c.policy_count, c.insurer_id <> s.home_insurer_id AS of_others
  FROM secondment s JOIN allowed a ON a.viewer = s.person_id JOIN class c ON c.class_no = a.class_no
), shown AS (
  SELECT DISTINCT v.secondment_no, x.class_no
  FROM his_viewer v JOIN covered x ON x.viewer_id = v.viewer_id
), seen AS (
  SELECT w.secondment_no, c.policy_count, c.insurer_id <> s.home_insurer_id AS of_others, m.class_no IS NULL AS beyond
  FROM shown w JOIN class c ON c.class_no = w.class_no JOIN secondment s ON s.secondment_no = w.secondment_no
  LEFT JOIN may m ON m.secondment_no = w.secondment_no AND m.class_no = w.class_no
), by_rule AS (
  SELECT secondment_no, sum(policy_count) FILTER (NOT of_others) AS own, sum(policy_count) FILTER (of_others) AS others,
         count(DISTINCT insurer_id) FILTER (of_others) AS insurers
  FROM may GROUP BY secondment_no
), by_scope AS (
  SELECT secondment_no, sum(policy_count) AS policies, sum(policy_count) FILTER (beyond) AS beyond,
         sum(policy_count) FILTER (beyond AND of_others) AS beyond_others
  FROM seen GROUP BY secondment_no
)
SELECT s.secondment_no,
       EXISTS (FROM viewer_standing v WHERE v.viewer = s.person_id AND v.party_id = s.host_agency_id) AS acts,
       coalesce(r.own, 0) AS may_see_own, coalesce(r.others, 0) AS may_see_others,
       coalesce(r.insurers, 0) AS may_see_insurers,
       CASE WHEN $scoped THEN coalesce(p.policies, 0) END AS scope_policies,
       CASE WHEN $scoped THEN coalesce(p.beyond, 0) END AS scope_beyond,
       CASE WHEN $scoped THEN coalesce(p.beyond_others, 0) END AS scope_beyond_others
FROM secondment s LEFT JOIN by_rule r USING (secondment_no) LEFT JOIN by_scope p USING (secondment_no)
ORDER BY s.secondment_no
"""


def reach(con: duckdb.DuckDBPyConnection, tables: Mapping[str, pa.Table], scopes: pa.Table | None) -> pa.Table:
    """``REACH`` of every secondment of ``chosen`` in ``con`` (``who.sql``). ``scopes``: None when none are given.

    Of the scopes those count that name the host itself or an account of his that is in force that day. The rule is
    asked for the person, not for an account: an account that bears his number shall not stand for him.
    """
    days = [row[0] for row in con.execute("SELECT DISTINCT last_day FROM chosen ORDER BY 1").fetchall()]
    found = [_reached(con, tables, scopes, on) for on in days]
    return pa.concat_tables(found) if found else REACH.empty_table()


_VIEWERS = """
SELECT secondment_no, host_agency_id AS viewer_id FROM chosen WHERE last_day = $on
UNION SELECT c.secondment_no, c.person_id FROM chosen c WHERE last_day = $on
UNION SELECT c.secondment_no, h.account_id FROM chosen c JOIN his_account h USING (secondment_no)
WHERE c.last_day = $on AND $on BETWEEN h.start AND h."end"
ORDER BY 1, 2
"""


def _reached(
    con: duckdb.DuckDBPyConnection, tables: Mapping[str, pa.Table], scopes: pa.Table | None, on: date
) -> pa.Table:
    asked = con.sql("SELECT * FROM chosen WHERE last_day = $on ORDER BY secondment_no", params={"on": on})
    secondments = asked.to_arrow_table()
    viewers = con.sql(_VIEWERS, params={"on": on}).to_arrow_table()
    named = SCHEMA.empty_table() if scopes is None else _of(scopes, viewers)
    people = sorted(set(secondments.column("person_id").to_pylist()))
    without_accounts = {name: table for name, table in tables.items() if name != "accounts"}
    with audited(named, without_accounts, on, viewers=people) as audit:
        audit.register("secondment", secondments)
        audit.register("his_viewer", viewers)
        told = audit.sql(_REACHED, params={"scoped": scopes is not None})
        return told.to_arrow_table().cast(REACH)


def _of(scopes: pa.Table, viewers: pa.Table) -> pa.Table:
    return scopes.filter(pc.is_in(scopes.column("viewer_id"), value_set=viewers.column("viewer_id").combine_chunks()))


def office_scopes(con: duckdb.DuckDBPyConnection, scopes: pa.Table) -> pa.Table:
    """Secondments at whose host an office has scopes of its own: at which office somebody works who is another
    company's, no table says."""
    con.register("scope_row", scopes)
    return con.sql(
        """SELECT DISTINCT c.secondment_no FROM chosen c
           JOIN office_row o ON o.party_id = c.host_agency_id
           JOIN scope_row s ON s.viewer_id = o.office_id AND c.last_day BETWEEN s.start AND s."end" """
    ).to_arrow_table()
