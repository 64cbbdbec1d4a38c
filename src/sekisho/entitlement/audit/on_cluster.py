"""A log that one machine does not hold, narrowed on a Spark cluster to the rows that have to be judged (A7, A8; D5).

As ``access`` on one machine, with the same SQL: the nodes read the log, once for who looked at which class of policies
in which days, once for the rows with an open answer. The rule is asked here, for the few questions that come of it, and
what the nodes send back is judged here as ever: the findings are the same, byte for byte. ``docs/cluster.md``.
"""

from collections.abc import Mapping
from pathlib import Path

import duckdb
import pyarrow as pa

from sekisho.disclosures.logs import VIEWER, disclosed
from sekisho.disclosures.model import Disclosures
from sekisho.entitlement.audit.access import find_open, looked, passed
from sekisho.entitlement.audit.settling import classify, put_registry
from sekisho.entitlement.engines import spark
from sekisho.entitlement.engines.spark import SparkEngine, SparkSession
from sekisho.entitlement.inputs import DAY, FLAG, NUMBER, TEXT
from sekisho.kernel.bulk import in_memory
from sekisho.kernel.cluster import check_installed, connected
from sekisho.kernel.errors import InputError
from sekisho.registry.registry import Registry
from sekisho.sources import logs_spark
from sekisho.sources.logs import UNREAD_LISTED, LogRead, UnreadRow, unusable_as, usable_if
from sekisho.sources.logs_spark import parquet_logs, rows_of

MOST_ROWS = 20_000_000
"""So many rows may come back from the cluster, of what was looked at and of what is to be judged: some 4 GiB here."""

_SETTINGS = {
    **spark.SETTINGS,
    **logs_spark.SETTINGS,
    "spark.driver.maxResultSize": "0",  # MOST_ROWS is the limit
}
_LOGS = {"access": "access", "delivery": "deliveries"}
_COUNTED = pa.schema([("system", TEXT), ("on_date", DAY), ("usable", FLAG), ("row_count", NUMBER)])
_LOOKED = pa.schema([("viewer", TEXT), ("class_no", pa.int32()), ("first_day", DAY), ("last_day", DAY)])
_UNREAD = pa.schema([("log_row", TEXT), ("detail", TEXT)])


def sweep_on_cluster(
    channel: str, paths: list[Path], registry: Registry, master: str, most_rows: int = MOST_ROWS
) -> Disclosures:
    """As ``disclosures.logs.sweep_access`` ("access") and ``sweep_deliveries`` ("delivery"), of Parquet files that
    every node sees under the same path. Raises InputError: no Parquet, more than ``most_rows`` rows come back;
    SekishoError: the cluster."""
    check_installed("--engine spark")
    con = in_memory(ordered=False)
    try:
        shapes, unread = parquet_logs(_LOGS[channel], paths, con)
        with (
            connected(master, f"sekisho sweep {_LOGS[channel]}", _SETTINGS) as session,
            SparkEngine(session, {}).reading() as there,
        ):
            rows, names = rows_of(session, _LOGS[channel], shapes)
            there.add("log_line", rows)
            there.put("log_file", names)
            log = _read(there, con, channel, unread)
            _narrow(there, con, channel, registry.tables, most_rows)
        return disclosed(con, log, registry, channel)
    finally:
        con.close()


def _read(there: SparkSession, con: duckdb.DuckDBPyConnection, channel: str, unread: list[UnreadRow]) -> LogRead:
    """The view ``log`` of the usable rows there; here, how many rows and days there are, and what cannot be used."""
    usable = usable_if(VIEWER[channel])
    system = "system" if channel == "access" else "''"
    there.script(f"CREATE TEMP VIEW log AS SELECT * FROM log_line WHERE {usable}")  # noqa: S608  (columns of ours)
    counted = there.arrow(
        f"""SELECT {system} AS system, on_date, {usable} AS usable, COUNT(*) AS row_count FROM log_line
            GROUP BY {system}, on_date, {usable}""",  # noqa: S608
        _COUNTED,
    )
    con.register("counted", counted)
    used, left = con.sql(
        """SELECT CAST(coalesce(sum(row_count) FILTER (usable), 0) AS BIGINT),
                  CAST(coalesce(sum(row_count) FILTER (NOT usable), 0) AS BIGINT) FROM counted"""
    ).fetchall()[0]
    listed = list(unread)
    if left:
        found = there.arrow(
            f"""SELECT f.shown || ':' || CAST(l.row_no AS TEXT) AS log_row, {unusable_as(VIEWER[channel])} AS detail
                FROM log_line l JOIN log_file f ON f.path = l.path WHERE NOT ({usable})
                ORDER BY f.shown || ':', l.row_no LIMIT {UNREAD_LISTED}""",  # noqa: S608
            _UNREAD,
        )
        listed += [UnreadRow(row["log_row"], row["detail"]) for row in found.to_pylist()]
    return LogRead(con.sql("SELECT system, on_date FROM counted WHERE usable"), used, listed, left + len(unread))


def _narrow(
    there: SparkSession, con: duckdb.DuckDBPyConnection, channel: str, tables: Mapping[str, pa.Table], most_rows: int
) -> None:
    """The table ``passed`` here, of the rows that have to be judged."""
    viewer = VIEWER[channel]
    put_registry(con, tables)
    classify(con)
    there.put("class_of", con.table("class_of").to_arrow_table())
    con.register("looked", _brought(there, "looked", looked(viewer), _LOOKED, most_rows))
    find_open(con, tables)
    for name in ("open_policy", "closer"):
        there.put(name, con.table(name).to_arrow_table())
    columns = {"at": pa.timestamp("us", "UTC"), "on_date": DAY, viewer: TEXT, "insurer_id": TEXT, "policy_no": TEXT}
    kept = ", ".join(f'p."{name}"' for name in columns)
    placed = f"""SELECT {kept}, f.shown || ':' || CAST(p.row_no AS TEXT) AS log_row
                 FROM ({passed(viewer)}) p JOIN log_file f ON f.path = p.path"""  # noqa: S608
    con.register(
        "passed", _brought(there, "passed", placed, pa.schema([*columns.items(), ("log_row", TEXT)]), most_rows)
    )


def _brought(there: SparkSession, name: str, select: str, schema: pa.Schema, most_rows: int) -> pa.Table:
    """The rows of a query, computed there once and counted before they come here."""
    there.script(f"CREATE TEMP TABLE {name} AS {select}")
    count = there.rows(f"SELECT COUNT(*) AS row_count FROM {name}")[0]["row_count"]  # noqa: S608
    if not isinstance(count, int) or count > most_rows:
        remedy = "sweep the log in parts (months, systems); if one month is too much, see that registry and log fit"
        raise InputError(f"{count:,} rows would come back, more than {most_rows:,}", where="Spark", remedy=remedy)
    return there.arrow(f"SELECT * FROM {name}", schema)  # noqa: S608
