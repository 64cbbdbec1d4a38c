"""Of a log of any length, the rows that the rule does not surely allow (A7, A9; D5).

A log is read once. Before a long one, the rule is asked what it allows at all (``ahead.sql``); while it is read, every
row of that is only counted by system and day, and all others are kept. What is kept is settled in memory: who looked at
which class of policies from when to when, asked of the rule; only rows with an open answer are judged one by one. The
same answers come out whatever was asked ahead: it says which rows need no look of their own, never which are wrong.
"""

from collections.abc import Mapping
from datetime import date

import duckdb
import pyarrow as pa

from sekisho.entitlement.audit.settling import (
    ask,
    classify,
    find_stints,
    put_registry,
    rule_over_classes,
    run_script,
    settle,
)
from sekisho.entitlement.inputs import DAY, TEXT
from sekisho.entitlement.rule import Rule
from sekisho.sources.logs import BY_PLACE, UNREAD_LISTED, LogRead, OpenLog, UnreadRow, unusable_as, usable_if

AHEAD_FROM = 2_000_000
"""Rows from which asking ahead pays: fewer are kept whole."""

_CANDIDATES = """
SELECT DISTINCT viewer FROM (
  SELECT account_id AS viewer FROM accounts UNION ALL SELECT insurer_id FROM insurers
  UNION ALL SELECT agency_id FROM agencies UNION ALL SELECT office_id FROM offices
) WHERE viewer <> ''
"""
"""Whom logs name as viewers. Whoever looks under another name is settled when he was seen."""

STINT_OF = pa.schema([("viewer", TEXT), ("first_day", DAY), ("last_day", DAY), ("asked_no", pa.int32())])
ALLOWED = pa.schema([("asked_no", pa.int32()), ("class_no", pa.int32()), ("first_day", DAY), ("last_day", DAY)])
"""What ``allow_ahead`` makes."""


def pass_on(
    con: duckdb.DuckDBPyConnection,
    viewer: str,
    tables: Mapping[str, pa.Table],
    log: OpenLog,
    *,
    ahead_from: int = AHEAD_FROM,
) -> LogRead:
    """Read ``log`` (``viewer`` names its column of viewers) and make the view ``passed``: the usable rows that the rule
    does not allow, or that need a closer look (a policy the ledger does not have, a holder's own address). Every row
    that is left out is allowed: the viewer may hold the policy on that day."""
    put_registry(con, tables)
    classify(con, tables)
    # Rows are settled without the spaces around their numbers: with such a number of the ledger none is meant.
    con.execute("DELETE FROM class_of WHERE policy_no <> trim(policy_no) OR insurer_id <> trim(insurer_id)")
    rule = rule_over_classes(con, tables)
    log.rows.create_view("log_line")
    ahead = log.row_count >= ahead_from
    if ahead:
        allow_ahead(con, rule, log.first, log.last)
        _prepare_to_read(con, log.first, log.last)
    con.execute(f"CREATE TABLE log_day AS {_read_once(viewer, log.first, log.last, ahead=ahead)}")
    fields = ", ".join(f"coalesce(trim(s.{name}), '') AS {name}" for name in (viewer, "insurer_id", "policy_no"))
    con.execute(
        f"""CREATE TABLE kept AS
            SELECT system, on_date, s."at" AS "at", {fields}, concat(s.file, s.row_no) AS log_row
            FROM (SELECT system, on_date, unnest(kept) AS s FROM log_day)"""  # noqa: S608  (columns of ours)
    )
    con.execute("ALTER TABLE log_day DROP COLUMN kept")
    settle_kept(con, viewer, rule)
    return read_of(con, viewer, log.unread)


def allow_ahead(con: duckdb.DuckDBPyConnection, rule: Rule, first: date | None, last: date | None) -> None:
    """What the rule allows from ``first`` to ``last`` (None: nothing): the tables ``stint_of`` (``STINT_OF``: whom a
    viewer is asked for) and ``allowed`` (``ALLOWED``)."""
    con.execute("CREATE SCHEMA ahead")
    con.execute("SET search_path = 'ahead,main'")
    span = "SELECT CAST($1 AS DATE) AS first_day, CAST($2 AS DATE) AS last_day"
    con.execute(f"CREATE TABLE log_span AS FROM ({span}) WHERE first_day <= last_day", [first, last])
    con.execute(f"CREATE TABLE viewer_span AS SELECT viewer, first_day, last_day FROM ({_CANDIDATES}), log_span")  # noqa: S608
    find_stints(con, rule)
    run_script(con, "alike.sql")
    run_script(con, "near.sql")
    run_script(con, "ahead.sql")
    ask(con, rule)
    con.execute(
        """CREATE TABLE asked_no AS
           SELECT asked_as, CAST(row_number() OVER () AS INTEGER) AS asked_no
           FROM (SELECT DISTINCT asked_as FROM asked_pair)"""
    )
    # A viewer as it is written: a name with spaces around it in the registry would be another one here.
    con.execute(
        """CREATE TABLE main.stint_of AS
           SELECT t.viewer, t.first_day, least(t.last_day, w.last_day) AS last_day, n.asked_no
           FROM stint t JOIN asked_no n ON n.asked_as = t.asked_as CROSS JOIN log_span w
           WHERE t.viewer = trim(t.viewer)"""
    )
    con.execute(
        """CREATE TABLE main.allowed AS
           SELECT n.asked_no, q.class_no, q.day AS first_day, least(q.last_day, w.last_day) AS last_day
           FROM question q JOIN verdict_of a ON a.ask_id = q.ask_id JOIN asked_no n ON n.asked_as = q.asked_as
           CROSS JOIN log_span w
           WHERE a.verdict = 'entitled'"""
    )
    con.execute(
        """INSERT INTO main.allowed
           SELECT a.asked_no, k.class_no, a.first_day, a.last_day
           FROM main.allowed a JOIN alike k ON k.as_class_no = a.class_no"""
    )
    con.execute("SET search_path = 'main'")
    con.execute("DROP SCHEMA ahead CASCADE")


def _prepare_to_read(con: duckdb.DuckDBPyConnection, first: date | None, last: date | None) -> None:
    """What ``allow_ahead`` made, as most rows need it: viewers that are asked for one and the same from ``first`` to
    ``last`` (``lasting``) apart from the others (``changing``), and beside the class of a policy (``known``) the agency
    that may hold it all that time."""
    lasts = "first_day = $first AND last_day = $last"
    span = {"first": first, "last": last}
    con.execute(f"CREATE TABLE lasting AS SELECT viewer, asked_no FROM stint_of WHERE {lasts}", span)  # noqa: S608
    con.execute("CREATE TABLE changing AS SELECT t.* FROM stint_of t ANTI JOIN lasting USING (viewer)")
    con.execute(
        f"""CREATE TABLE sure AS
            SELECT a.class_no, a.asked_no
            FROM (SELECT asked_no, class_no FROM allowed WHERE {lasts}) a JOIN class c USING (class_no)
            JOIN lasting g ON g.viewer = c.agency_id AND g.asked_no = a.asked_no""",  # noqa: S608
        span,
    )
    con.execute(
        """CREATE VIEW known AS
           SELECT k.insurer_id, k.policy_no, k.class_no, s.asked_no AS sure_no
           FROM class_of k LEFT JOIN sure s USING (class_no)"""
    )


def _read_once(viewer: str, first: date | None, last: date | None, *, ahead: bool) -> str:
    """Of all rows by system and day: how many, and those to be kept. The log is compared as it is written: what has
    spaces around it is kept, and compared without them later. Rows of somebody of the agency that surely may, nearly
    all, meet two tables only: the keys of the others are empty for them."""
    row = f"""{{'at': l."at", '{viewer}': l.{viewer}, 'insurer_id': l.insurer_id, 'policy_no': l.policy_no,
                'file': l.file, 'row_no': l.row_no}}"""
    counted = f"SELECT l.system, l.on_date, count(*) AS row_count, list({row})"
    if not ahead:
        return f"{counted} AS kept FROM log_line l GROUP BY l.system, l.on_date"
    within = f"l.on_date BETWEEN DATE '{first}' AND DATE '{last}'" if first and last else "FALSE"
    return f"""{counted} FILTER (l.open_no IS NOT NULL AND a.class_no IS NULL) AS kept
               FROM (
                 SELECT l.*, k.class_no,
                        CASE WHEN t.asked_no = k.sure_no AND {within} THEN NULL
                             ELSE coalesce(t.asked_no, c.asked_no, 0) END AS open_no
                 FROM log_line l
                 LEFT JOIN lasting t ON t.viewer = l.{viewer}
                 LEFT JOIN changing c ON c.viewer = CASE WHEN t.asked_no IS NULL THEN l.{viewer} END
                  AND l.on_date BETWEEN c.first_day AND c.last_day
                 LEFT JOIN known k ON k.insurer_id = l.insurer_id AND k.policy_no = l.policy_no
               ) l
               LEFT JOIN allowed a ON a.asked_no = l.open_no AND a.class_no = l.class_no
                AND l.on_date BETWEEN a.first_day AND a.last_day
               GROUP BY l.system, l.on_date"""  # noqa: S608  (columns of ours)


def settle_kept(con: duckdb.DuckDBPyConnection, viewer: str, rule: Rule) -> None:
    """From the table ``kept`` (system, on_date, at, the viewer, insurer_id, policy_no, log_row) the view ``passed``."""
    con.execute(
        """CREATE TABLE class_seen AS
           SELECT k.* FROM class_of k
           SEMI JOIN (SELECT DISTINCT insurer_id, policy_no FROM kept) l USING (insurer_id, policy_no)"""
    )
    con.execute(
        f"""CREATE VIEW log AS
            SELECT l.*, k.class_no FROM kept l
            LEFT JOIN class_seen k ON k.insurer_id = l.insurer_id AND k.policy_no = l.policy_no
            WHERE {usable_if(f"l.{viewer}")}"""  # noqa: S608
    )
    con.execute(
        f"""CREATE VIEW seen_pair AS
            SELECT {viewer} AS viewer, class_no, min(on_date) AS first_day, max(on_date) AS last_day FROM log
            WHERE class_no IS NOT NULL GROUP BY {viewer}, class_no"""  # noqa: S608
    )
    con.execute("CREATE TABLE looked AS SELECT * FROM seen_pair")
    con.execute("CREATE OR REPLACE VIEW seen_pair AS SELECT * FROM looked")
    settle(con, rule)
    con.execute(
        f"""CREATE VIEW passed AS
            SELECT l.* EXCLUDE (class_no) FROM log l WHERE l.class_no IS NULL
            UNION ALL
            SELECT l.* EXCLUDE (class_no) FROM log l SEMI JOIN open_pair p
              ON p.viewer = l.{viewer} AND p.class_no = l.class_no
             AND l.on_date BETWEEN p.first_day AND p.last_day"""  # noqa: S608
    )


def read_of(con: duckdb.DuckDBPyConnection, viewer: str, unread: list[UnreadRow]) -> LogRead:
    """What was read, of ``log_day`` (system, on_date, row_count) and ``kept``: the days with usable rows, how many rows
    there are, and those that cannot be used."""
    unusable = f"NOT ({usable_if(viewer)})"
    con.execute(
        f"""CREATE TABLE unusable AS
            SELECT system, on_date, count(*) AS row_count FROM kept WHERE {unusable} GROUP BY system, on_date"""  # noqa: S608
    )
    total, left = con.execute(
        """SELECT CAST(coalesce(sum(row_count), 0) AS BIGINT),
                  (SELECT CAST(coalesce(sum(row_count), 0) AS BIGINT) FROM unusable) FROM log_day"""
    ).fetchall()[0]
    listed = con.execute(
        f"SELECT log_row, {unusable_as(viewer)} FROM kept WHERE {unusable} ORDER BY {BY_PLACE} LIMIT {UNREAD_LISTED}"  # noqa: S608
    ).fetchall()
    days = con.sql(
        """SELECT d.system, d.on_date FROM log_day d
           LEFT JOIN unusable u ON u.system = d.system AND u.on_date IS NOT DISTINCT FROM d.on_date
           WHERE d.row_count > coalesce(u.row_count, 0)"""
    )
    return LogRead(days, total - left, unread + [UnreadRow(*row) for row in listed], left + len(unread))
