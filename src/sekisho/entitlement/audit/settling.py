"""Very many pairs of viewer and policies, few questions to the rule (``settling.sql``, ``questions.sql``; D1, D5)."""

from collections.abc import Mapping
from importlib import resources

import duckdb
import pyarrow as pa

from sekisho.entitlement.audit.classes import TOLD_APART, number_classes
from sekisho.entitlement.inputs import ANSWER, REGISTRY, TEXT, fitted
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
    for statement in script_of(name):
        con.execute(statement)


def script_of(name: str) -> tuple[str, ...]:
    """The statements of one of the scripts beside this module."""
    return statements(resources.files("sekisho.entitlement.audit").joinpath(name).read_text(encoding="utf-8"))


def put_registry(con: duckdb.DuckDBPyConnection, tables: Mapping[str, pa.Table]) -> None:
    """The registry's tables, with the columns that the rule reads."""
    for name, columns in REGISTRY.items():
        con.register(name, fitted(tables.get(name), columns))


def classify(
    con: duckdb.DuckDBPyConnection,
    tables: Mapping[str, pa.Table],
    viewers: str | None = None,
    *,
    by_source: bool = False,
) -> None:
    """``class`` and ``class_of`` (``classes.sql``) from the tables of the registry, which are registered. ``viewers``:
    a select of the viewers asked about; the policies that are theirs by their mail address (ground 7) are classes by
    themselves then. Without it nobody's address is regarded: what the rule allows on this ground alone stays open.
    ``by_source``: also tell policies apart that came by the gateway; the rule does not, causes do."""
    named = f"lower(email) IN (SELECT lower(viewer) FROM ({viewers}))" if viewers else "FALSE"  # noqa: S608
    con.execute(f"CREATE TABLE addressed AS SELECT insurer_id, policy_no, email FROM policies WHERE {named}")  # noqa: S608
    run_script(con, "classes.sql")
    policies = fitted(tables.get("policies"), dict.fromkeys(("policy_no", *TOLD_APART), TEXT))
    if not by_source:
        at = policies.column_names.index("source")
        policies = policies.set_column(at, "source", pa.nulls(policies.num_rows, TEXT))
    number_classes(con, policies)


def rule_over_classes(con: duckdb.DuckDBPyConnection, tables: Mapping[str, pa.Table]) -> Rule:
    """The rule over one policy of each class, as it reads it: what is not told apart is left out."""
    policies = con.sql(
        """SELECT c.policy_no, c.insurer_id, nullif(c.agency_id, '') AS agency_id,
                  nullif(c.working_agency_id, '') AS working_agency_id, nullif(c.producer_id, '') AS producer_id,
                  nullif(c.office_id, '') AS office_id, nullif(c.line, '') AS line, a.email
           FROM class c LEFT JOIN addressed a ON a.insurer_id = c.insurer_id AND a.policy_no = c.own_no"""
    ).to_arrow_table()
    return Rule.over_registry({**tables, "policies": policies})


def settle(con: duckdb.DuckDBPyConnection, rule: Rule) -> None:
    """Ask the rule (``rule_over_classes``) for all of ``seen_pair``: the table ``open_pair`` (viewer, class_no,
    first_day, last_day, verdict, party_id, missing) has what it does not allow; everything else it allows, on every day
    of the pair."""
    con.execute(
        """CREATE TABLE viewer_span AS
           SELECT viewer, min(first_day) AS first_day, max(last_day) AS last_day FROM seen_pair GROUP BY viewer"""
    )
    find_stints(con, rule)
    run_script(con, "pairs.sql")
    ask(con, rule)
    con.execute(f"CREATE TABLE open_pair AS {_OPEN}")


def find_stints(con: duckdb.DuckDBPyConnection, rule: Rule) -> None:
    """For whom the viewers of ``viewer_span`` are asked, from day to day: the tables ``stint`` and ``asked_party``."""
    run_script(con, "settling.sql")
    con.register("stood", rule.standings(con.sql("SELECT viewer, day AS on_date FROM viewer_day").to_arrow_table()))
    con.execute(
        """CREATE TABLE standing AS
           SELECT viewer, on_date AS day, min(party_id) AS party_id, count(DISTINCT party_id) AS party_count
           FROM stood GROUP BY viewer, on_date"""
    )
    run_script(con, "stints.sql")


def ask(con: duckdb.DuckDBPyConnection, rule: Rule) -> None:
    """Ask for all of ``asked_pair``: the tables ``question`` and ``verdict_of``."""
    run_script(con, "questions.sql")
    con.register("answered", rule.judge(con.sql(_ASKED).to_arrow_table()).cast(ANSWER))
    con.execute("CREATE TABLE verdict_of AS SELECT * FROM answered")
