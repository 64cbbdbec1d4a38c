"""The one view of all secondees: who, what they could see, what they saw, what went home (A9)."""

import duckdb
import pyarrow as pa

from sekisho.entitlement.audit.settling import put_registry
from sekisho.entitlement.script import rule_version
from sekisho.findings.model import FINDINGS
from sekisho.findings.secondees.looking import look
from sekisho.findings.secondees.model import EVENTS, SECONDEES, Evidence, Secondees, Totals, Wanted
from sekisho.findings.secondees.reach import office_scopes, reach
from sekisho.findings.secondees.scripts import run_script, run_text
from sekisho.kernel.bulk import in_memory
from sekisho.kernel.errors import InputError
from sekisho.registry.registry import Registry
from sekisho.registry.schema import TABLES

_NO_LOOKS = """
CREATE TABLE look (secondment_no BIGINT, side VARCHAR, late BOOLEAN, on_date DATE, system VARCHAR, account_id VARCHAR,
  insurer_id VARCHAR, policy_no VARCHAR, action VARCHAR, kind VARCHAR, row_count BIGINT, of_others BOOLEAN,
  verdict VARCHAR);
CREATE TABLE look_count (secondment_no BIGINT, looked_rows BIGINT, looked_policies BIGINT, looked_others BIGINT,
  first_looked_on DATE, last_looked_on DATE, beyond_rows BIGINT, beyond_policies BIGINT, unresolved_rows BIGINT,
  export_rows BIGINT, export_policies BIGINT, export_others BIGINT, export_days BIGINT, unknown_action_rows BIGINT,
  blank_action_rows BIGINT, unknown_insurer_rows BIGINT, home_account_rows BIGINT, rows_after_end BIGINT);
CREATE TABLE covered (secondment_no BIGINT, host_log BOOLEAN, host_log_lacks BOOLEAN);
CREATE TABLE logged (secondment_no BIGINT, logged_days BIGINT);
"""
_EVENTS = """
SELECT e.on_date, c.person_id, c.host_agency_id, e.kind, e.what, e.channel, e.recipient_party,
       CAST(e.row_count AS BIGINT) AS row_count, e.policy_count, e.others_count
FROM event e JOIN chosen c USING (secondment_no)
ORDER BY e.on_date NULLS FIRST, e.place, e.secondment_no, e.what, e.channel, e.recipient_party
"""


def secondees(registry: Registry, wanted: Wanted, evidence: Evidence) -> Secondees:
    """Every secondment that ``wanted`` names, with what ``evidence`` tells of it.

    Raises ``InputError`` for a home, host or person whom the registry does not know, and for a log that cannot be read.
    """
    _check(registry, wanted)
    with in_memory(ordered=False) as con:
        put_registry(con, registry.tables)
        _put_who(con, registry, wanted)
        run_script(con, "who.sql")
        con.register("reached", reach(con, registry.tables, evidence.scopes))
        log = look(con, registry.tables, evidence)
        if log is None:
            run_text(con, _NO_LOOKS)
        con.register("finding", FINDINGS.empty_table() if evidence.findings is None else evidence.findings)
        run_script(con, "took.sql")
        _put_given(con, evidence)
        run_script(con, "view.sql")
        rows = con.sql("SELECT * FROM view_row ORDER BY secondment_no").to_arrow_table()
        return Secondees(
            wanted=wanted,
            rows=rows.select(SECONDEES.names).cast(SECONDEES),
            events=_events(con) if wanted.person else EVENTS.empty_table(),
            totals=_totals(con),
            log=log,
            rule_version=rule_version(),
            registry_version=registry.version,
        )


def _check(registry: Registry, wanted: Wanted) -> None:
    for value, table, column, option in (
        (wanted.home, "insurers", "insurer_id", "--home"),
        (wanted.host, "agencies", "agency_id", "--host"),
        (wanted.person, "people", "person_id", "--person"),
    ):
        if value and value not in registry.tables[table].column(column).to_pylist():
            raise InputError(
                f"no {column} {value!r} in the registry", where=option, remedy=f"give one of the table {table}"
            )
    if wanted.since > wanted.to:
        raise InputError("the first day comes after the last", where="--from", remedy="give it before --to")


def _put_who(con: duckdb.DuckDBPyConnection, registry: Registry, wanted: Wanted) -> None:
    for name, table in (("account_row", "accounts"), ("address_row", "addresses"), ("office_row", "offices")):
        known = registry.tables.get(table)
        con.register(name, TABLES[table].arrow_schema.empty_table() if known is None else known)
    con.execute(
        "CREATE TABLE wanted AS SELECT CAST($1 AS DATE) AS to_day, CAST($2 AS DATE) AS from_day, "
        "$3 AS home, $4 AS host, $5 AS person",
        [wanted.to, wanted.since, wanted.home, wanted.host, wanted.person],
    )


def _put_given(con: duckdb.DuckDBPyConnection, evidence: Evidence) -> None:
    """Which evidence there is. A channel was swept when some finding is of it, anybody's, or when the user says so."""
    told = set(evidence.swept)
    if evidence.findings is not None:
        told |= set(evidence.findings.column("channel").unique().to_pylist())
    con.execute(
        "CREATE TABLE given AS SELECT $1 AS logs, $2 AS scopes, $3 AS mail, $4 AS file, $5 AS access",
        [bool(evidence.logs), evidence.scopes is not None, *(name in told for name in ("mail", "file", "access"))],
    )
    scoped = pa.table({"secondment_no": pa.array([], pa.int64())})
    con.register("office_scope", scoped if evidence.scopes is None else office_scopes(con, evidence.scopes))


def _events(con: duckdb.DuckDBPyConnection) -> pa.Table:
    run_script(con, "timeline.sql")
    return con.sql(_EVENTS).to_arrow_table().cast(EVENTS)


def _totals(con: duckdb.DuckDBPyConnection) -> Totals:
    secondments, people, homes, hosts, taking, summed, distinct, outside, swept = con.execute(
        """SELECT count(*), count(DISTINCT person_id), count(DISTINCT home_insurer_id), count(DISTINCT host_agency_id),
                  count(DISTINCT person_id) FILTER (home_findings > 0), coalesce(sum(home_policies), 0)::BIGINT,
                  (SELECT count(DISTINCT (insurer_id, policy_no)) FROM his_finding WHERE to_home AND decided),
                  (SELECT count(*) FROM outside), (SELECT mail OR file FROM given)
           FROM view_row"""
    ).fetchall()[0]
    return Totals(
        secondments=secondments,
        people=people,
        homes=homes,
        hosts=hosts,
        with_home_findings=taking if swept else None,
        home_policies=distinct if swept else None,
        home_policies_summed=summed if swept else None,
        outside_findings=outside,
    )
