"""Very many pairs of viewer and policies, few questions to the rule (``settling.sql``, ``questions.sql``; D1, D5)."""

from collections.abc import Mapping
from importlib import resources

import duckdb
import pyarrow as pa

from sekisho.entitlement.inputs import ANSWER, REGISTRY, fitted
from sekisho.entitlement.rule import Rule
from sekisho.entitlement.script import statements

_ASKED = """
SELECT q.ask_id, q.asked_as AS viewer, c.insurer_id, c.policy_no, q.day AS on_date, 0::BIGINT AS items,
       NULL::VARCHAR AS purpose
FROM question q JOIN class c USING (class_no) ORDER BY q.ask_id
"""
_OPEN = """
SELECT s.viewer, s.class_no, greatest(s.first_day, q.day) AS first_day, least(s.last_day, q.last_day) AS last_day,
       a.verdict, a.party_id, a.missing
FROM seen_stint s
JOIN question q ON q.asked_as = s.asked_as AND q.class_no = s.class_no
 AND q.day <= s.last_day AND q.last_day >= s.first_day
JOIN verdict_of a ON a.ask_id = q.ask_id
WHERE a.verdict <> 'entitled'
"""


def run_script(con: duckdb.DuckDBPyConnection, name: str) -> None:
    """Run one of the scripts beside this module."""
    text = resources.files("sekisho.entitlement.audit").joinpath(name).read_text(encoding="utf-8")
    for statement in statements(text):
        con.execute(statement)


def put_registry(con: duckdb.DuckDBPyConnection, tables: Mapping[str, pa.Table]) -> None:
    """The registry's tables, with the columns that the rule reads (and the ``source`` of policies)."""
    for name, columns in REGISTRY.items():
        wanted = {**columns, "source": pa.string()} if name == "policies" else columns
        con.register(name, fitted(tables.get(name), wanted))


def classify(con: duckdb.DuckDBPyConnection) -> None:
    """``class`` and ``class_of`` (``classes.sql``) from the registered tables."""
    run_script(con, "classes.sql")


def settle(con: duckdb.DuckDBPyConnection, tables: Mapping[str, pa.Table]) -> None:
    """Ask the rule for all of ``seen_pair``: the table ``open_pair`` (viewer, class_no, first_day, last_day, verdict,
    party_id, missing) has what it does not allow; everything else it allows, on every day of the pair."""
    run_script(con, "settling.sql")
    rule = Rule.over_registry({**tables, "policies": _as_policies(con)})
    con.register("stood", rule.standings(con.sql("SELECT viewer, day AS on_date FROM viewer_day").to_arrow_table()))
    con.execute(
        """CREATE TABLE standing AS
           SELECT viewer, on_date AS day, min(party_id) AS party_id, count(DISTINCT party_id) AS party_count
           FROM stood GROUP BY viewer, on_date"""
    )
    run_script(con, "questions.sql")
    con.register("answered", rule.judge(con.sql(_ASKED).to_arrow_table()).cast(ANSWER))
    con.execute("CREATE TABLE verdict_of AS SELECT * FROM answered")
    con.execute(f"CREATE TABLE open_pair AS {_OPEN}")


def _as_policies(con: duckdb.DuckDBPyConnection) -> pa.Table:
    """One policy of each class, as the rule reads it: what is not told apart is left out."""
    return con.sql(
        """SELECT policy_no, insurer_id, nullif(agency_id, '') AS agency_id,
                  nullif(working_agency_id, '') AS working_agency_id, nullif(producer_id, '') AS producer_id,
                  nullif(office_id, '') AS office_id, nullif(line, '') AS line
           FROM class"""
    ).to_arrow_table()
