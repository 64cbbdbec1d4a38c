"""One measured piece of work of the part "rule", in its own process: ``python -m bench.rule_work WHAT …`` → JSON."""

import json
import sys
import time
from datetime import date
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from sekisho.disclosures.logs import sweep_access
from sekisho.entitlement.audit.access import pass_on
from sekisho.findings.scope_audit import audit_scopes
from sekisho.kernel.bulk import in_memory
from sekisho.registry.registry import Registry
from sekisho.registry.schema import TABLES
from sekisho.registry.values import empty_table
from sekisho.sources.scopes import read_scopes

ON = date(2026, 6, 1)
_COLUMNS = 'account_id, insurer_id, policy_no, "at"'


def registry_of(folder: Path) -> Registry:
    """The invented industry; columns that it lacks are empty."""
    tables = {}
    for name, table in TABLES.items():
        path = folder / f"{name}.parquet"
        found = pq.read_table(path) if path.exists() else empty_table(table)
        for field in table.arrow_schema:
            if field.name not in found.column_names:
                found = found.append_column(field, pa.nulls(found.num_rows, field.type))
        tables[name] = found
    return Registry(tables, "bench")


def _log(con: duckdb.DuckDBPyConnection, folder: Path) -> None:
    con.execute(
        f"""CREATE VIEW log AS SELECT account_id, insurer_id, policy_no,
              DATE '1970-01-01' + CAST(floor((epoch_us("at") + 32400000000) / 86400000000) AS INTEGER) AS on_date
            FROM '{folder}/*.parquet'"""
    )


def scan(folder: Path, _industry: Path) -> dict[str, object]:
    """The floor: reading the columns. (A largest value would be read from the footers alone.)"""
    with in_memory(ordered=False) as con:
        read = ", ".join(f"bit_xor(hash({column}))" for column in _COLUMNS.split(", "))
        return {"rows": con.execute(f"SELECT count(*), {read} FROM '{folder}/*.parquet'").fetchall()[0][0]}


def join(folder: Path, industry: Path) -> dict[str, object]:
    """The bare join of the same columns with the policies, nothing judged."""
    with in_memory(ordered=False) as con:
        _log(con, folder)
        con.execute(f"CREATE TABLE p AS SELECT insurer_id, policy_no, agency_id FROM '{industry}/policies.parquet'")
        started = time.process_time()
        found = con.execute(
            "SELECT count(*), max(account_id), max(on_date), max(agency_id) "
            "FROM log JOIN p USING (insurer_id, policy_no)"
        ).fetchall()
        return {"rows": found[0][0], "join_cpu": time.process_time() - started}


def access(folder: Path, industry: Path) -> dict[str, object]:
    """All rows of the log against the rule, as `sweep access` reads them: times, spaces, places, days without a row.
    What is open is counted row by row."""
    found = sweep_access([folder], registry_of(industry), pass_on)
    return {"read": found.read_count, "open": found.events.num_rows}


def audit(scopes: Path, industry: Path) -> dict[str, object]:
    """Scopes of every agency against the rule, counted by cause, with customers."""
    found = audit_scopes(read_scopes(scopes).table, registry_of(industry), ON)
    return {"excess": found.excess_count, "customers": found.total.customer_count if found.total else 0}


def grouping(_scopes: Path, industry: Path) -> dict[str, object]:
    """The floor of an audit: reading what the rule reads of the policies, once, and counting it by what it says."""
    with in_memory(ordered=False) as con:
        found = con.execute(
            f"""SELECT count(*) FROM (SELECT insurer_id, agency_id, working_agency_id, line, source, count(*)
                                      FROM '{industry}/policies.parquet' GROUP BY ALL)"""
        )
        return {"classes": found.fetchall()[0][0]}


if __name__ == "__main__":
    work = {"scan": scan, "join": join, "access": access, "audit": audit, "grouping": grouping}[sys.argv[1]]
    print(json.dumps(work(Path(sys.argv[2]), Path(sys.argv[3]))))
