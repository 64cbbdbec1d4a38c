"""Of a log of any length, the rows that the rule does not surely allow (A7, A9; D5).

A log is read twice at most: once to see who looked at which class of policies in which days, and once, only the rows of
viewers with something open, to take out what has to be judged row by row. The questions to the log are plain SQL that
DuckDB and Spark share (``on_cluster``).
"""

from collections.abc import Mapping

import duckdb
import pyarrow as pa

from sekisho.entitlement.audit.settling import classify, put_registry, settle


def pass_on(con: duckdb.DuckDBPyConnection, viewer: str, tables: Mapping[str, pa.Table]) -> None:
    """From the view ``log`` (``viewer`` names its column of viewers; insurer_id, policy_no, on_date) make the view
    ``passed``: the rows that the rule does not allow, or that need a closer look (a policy the ledger does not have, a
    mail address). Every row that is left out is allowed: the viewer may hold the policy on that day."""
    put_registry(con, tables)
    classify(con)
    con.execute(f"CREATE TABLE looked AS {looked(viewer)}")
    find_open(con, tables)
    con.execute(f"CREATE VIEW passed AS {passed(viewer)}")


def looked(viewer: str) -> str:
    """Who looked at which class of policies, from when to when: of ``log`` and ``class_of``."""
    return f"""SELECT l.{viewer} AS viewer, k.class_no, min(l.on_date) AS first_day, max(l.on_date) AS last_day
               FROM log l LEFT JOIN class_of k ON k.insurer_id = l.insurer_id AND k.policy_no = l.policy_no
               GROUP BY l.{viewer}, k.class_no"""  # noqa: S608  (a column of ours)


def find_open(con: duckdb.DuckDBPyConnection, tables: Mapping[str, pa.Table]) -> None:
    """Settle what ``looked`` has: the tables ``open_policy`` (viewer, insurer_id, policy_no, first_day, last_day) and
    ``closer`` (viewers of whom some rows have to be looked at one by one)."""
    con.execute(
        "CREATE VIEW seen_pair AS SELECT * FROM looked WHERE class_no IS NOT NULL AND NOT contains(viewer, '@')"
    )
    settle(con, tables)
    # Few policies of few viewers are left: the second look compares the rows with these, not with the whole ledger.
    con.execute(
        """CREATE TABLE open_policy AS
           SELECT o.viewer, k.insurer_id, k.policy_no, o.first_day, o.last_day
           FROM open_pair o JOIN class_of k USING (class_no)"""
    )
    con.execute(
        "CREATE TABLE closer AS SELECT DISTINCT viewer FROM looked WHERE class_no IS NULL OR contains(viewer, '@')"
    )


def passed(viewer: str) -> str:
    """The rows of ``log`` to be judged one by one, each once: of ``open_policy``, ``closer`` and ``class_of``."""
    return f"""SELECT l.* FROM log l SEMI JOIN open_policy p
                 ON p.viewer = l.{viewer} AND p.insurer_id = l.insurer_id AND p.policy_no = l.policy_no
                AND l.on_date BETWEEN p.first_day AND p.last_day
               UNION ALL
               SELECT l.* FROM log l SEMI JOIN closer c ON c.viewer = l.{viewer}
               LEFT JOIN class_of k ON k.insurer_id = l.insurer_id AND k.policy_no = l.policy_no
               WHERE k.class_no IS NULL OR contains(l.{viewer}, '@')"""  # noqa: S608  (a column of ours)
