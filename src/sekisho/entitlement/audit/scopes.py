"""Configured scopes against the rule, over all viewers × policies without making the product (A6; ``scopes.sql``)."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date

import duckdb
import pyarrow as pa

from sekisho.entitlement.audit.settling import classify, put_registry, rule_over_classes, run_script, settle
from sekisho.entitlement.rule import Rule
from sekisho.kernel.bulk import in_memory

_NAMED = "SELECT viewer_id AS viewer FROM scope UNION SELECT viewer FROM other_viewer"


@contextmanager
def audited(
    scopes: pa.Table, tables: Mapping[str, pa.Table], on: date, *, viewers: Sequence[str] = ()
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection that holds the audit of ``scopes`` (``sources.scopes.SCHEMA``) as of ``on``; ``viewers``: asked
    about although no scope names them. In it:

    ``covered`` (scope_no, viewer_id, kind, class_no), ``allowed`` (viewer, class_no: what the rule allows each viewer
    named by a scope, covered or not), ``excess`` (covered and not allowed: also party_id, missing, verdict,
    supervised), ``class``, ``class_of``, ``scope_now`` and the registry's tables.
    """
    with in_memory(ordered=False) as con:
        put_registry(con, tables)
        con.register("scope", scopes)
        con.execute("CREATE TABLE audit_day AS SELECT CAST(? AS DATE) AS on_date", [on])
        con.register("other_viewer", pa.table({"viewer": pa.array(sorted(viewers), pa.string())}))
        classify(con, tables, _NAMED, by_source=True)
        named = con.sql(f"SELECT viewer, on_date FROM audit_day, ({_NAMED})").to_arrow_table()  # noqa: S608  (ours)
        people_only = Rule.over_registry({name: table for name, table in tables.items() if name != "policies"})
        con.register("standing_now", people_only.standings(named))
        con.execute("CREATE TABLE viewer_standing AS SELECT * FROM standing_now")
        run_script(con, "near.sql")
        run_script(con, "scopes.sql")
        settle(con, rule_over_classes(con, tables))
        run_script(con, "excess.sql")
        yield con
