"""What secondees did look at and export, of access logs of any length (A7, A9; ``looking.sql``)."""

from collections.abc import Mapping

import duckdb
import pyarrow as pa

from sekisho.entitlement.audit.access import settle_kept
from sekisho.entitlement.audit.settling import classify, rule_over_classes
from sekisho.findings.secondees.actions import UNKNOWN, kinds_of
from sekisho.findings.secondees.model import Evidence, LogTold
from sekisho.findings.secondees.scripts import run_script, run_text
from sekisho.sources.access import gaps, read_access_log
from sekisho.sources.logs import LogRead

ACTIONS_TOLD = 20
"""So many unknown actions are named."""

_ACCOUNTS = """
CREATE TABLE looked_for AS
SELECT DISTINCT a.account_id FROM account_row a JOIN (SELECT DISTINCT person_id FROM chosen) c USING (person_id);
CREATE TABLE account_system AS
SELECT account_id, min(system) AS system FROM account_row GROUP BY account_id HAVING count(DISTINCT system) = 1;
"""
_SYSTEM = "coalesce(nullif(r.system, ''), s.system, '')"
_JOINED = "log_row r LEFT JOIN account_system s ON r.system = '' AND s.account_id = r.account_id"
_DAYS = f"""
CREATE TABLE log_day AS
SELECT {_SYSTEM} AS system, r.on_date, count(*) AS row_count FROM {_JOINED} GROUP BY ALL
"""  # noqa: S608  (our own columns)
_THEIRS = f"""
CREATE TABLE theirs AS
SELECT {_SYSTEM} AS system, r.on_date, r.account_id, r.insurer_id, r.policy_no, r.action,
       count(*) AS row_count, min(r."at") AS "at", max(r."at") AS last_at
FROM {_JOINED} SEMI JOIN looked_for f ON f.account_id = r.account_id GROUP BY ALL
"""  # noqa: S608
_KEPT = """
CREATE TABLE kept AS
WITH sole AS (  -- a number that a row gives without its insurer, where only one insurer has it
  SELECT p.policy_no, min(p.insurer_id) AS insurer_id FROM policies p
  SEMI JOIN (SELECT policy_no FROM theirs WHERE insurer_id = '') t USING (policy_no)
  GROUP BY p.policy_no HAVING count(DISTINCT p.insurer_id) = 1
)
SELECT t.* REPLACE (coalesce(nullif(t.insurer_id, ''), o.insurer_id, '') AS insurer_id)
FROM theirs t LEFT JOIN sole o ON t.insurer_id = '' AND o.policy_no = t.policy_no
"""


def look(con: duckdb.DuckDBPyConnection, tables: Mapping[str, pa.Table], evidence: Evidence) -> LogTold | None:
    """Make ``look_count``, ``covered`` and ``logged`` (``looking.sql``) in ``con``, which holds ``who.sql`` and the
    registry's tables; None: no log was given, and nothing is made. Raises ``InputError`` for a log that cannot be read.
    """
    if not evidence.logs:
        return None
    read = read_access_log(evidence.logs, con)
    read.relation.create_view("log_row")
    run_text(con, _ACCOUNTS)
    con.execute(_DAYS)
    con.execute(_THEIRS)
    con.execute(_KEPT)
    con.execute("DROP TABLE theirs")
    classify(con, tables, "SELECT account_id AS viewer FROM looked_for")
    settle_kept(con, "account_id", rule_over_classes(con, tables))
    actions = [row[0] for row in con.execute("SELECT DISTINCT action FROM kept").fetchall()]
    con.register("action_kind", kinds_of(actions))
    run_script(con, "looking.sql")
    return _told(con, read)


def _told(con: duckdb.DuckDBPyConnection, read: LogRead) -> LogTold:
    systems = con.execute(
        "SELECT system, min(on_date), max(on_date) FROM log_day GROUP BY system ORDER BY 1"
    ).fetchall()
    actions = con.execute(
        f"""SELECT action, sum(row_count)::BIGINT FROM look WHERE kind = '{UNKNOWN}' GROUP BY action
            ORDER BY 2 DESC, 1 LIMIT {ACTIONS_TOLD}"""  # noqa: S608  (ours)
    ).fetchall()
    return LogTold(
        row_count=read.row_count,
        systems=tuple((system, first, last) for system, first, last in systems),
        gaps=tuple(gaps(con, con.table("log_day"))),
        unread=tuple(read.unread),
        unread_count=read.unread_count,
        unknown_actions=tuple((action, count) for action, count in actions),
    )
