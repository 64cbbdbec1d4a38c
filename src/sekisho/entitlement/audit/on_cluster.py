"""A log that one machine does not hold, narrowed on a Spark cluster to the rows that have to be judged (A7, A8; D5).

As ``access`` on one machine. The rule is asked here what it allows at all; the nodes read the log once for its days and
once for the rows that this does not cover, and the ledger's keys from its own Parquet file. What they send back is
settled and judged here as ever: the findings are the same, byte for byte. ``docs/cluster.md``.
"""

from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from sekisho.disclosures.logs import VIEWER, disclosed
from sekisho.disclosures.model import Disclosures
from sekisho.entitlement.audit.access import ALLOWED, STINT_OF, allow_ahead, read_of, settle_kept
from sekisho.entitlement.audit.settling import classify, put_registry, rule_over_classes, script_of
from sekisho.entitlement.engines import spark
from sekisho.entitlement.engines.spark import SparkSession, relations
from sekisho.entitlement.inputs import DAY, NUMBER, TEXT
from sekisho.kernel.bulk import in_memory
from sekisho.kernel.cluster import check_installed, connected
from sekisho.kernel.errors import InputError, SekishoError
from sekisho.registry.registry import Registry
from sekisho.sources import logs_spark
from sekisho.sources.logs import span_of
from sekisho.sources.logs_spark import parquet_logs, rows_of

MOST_ROWS = 20_000_000
"""So many rows that have to be judged may come back from the cluster: some 4 GiB here."""
MOST_SENT = 1_000_000
"""So many policies may be sent to the nodes, through Spark's process here, where they cannot read them themselves."""

_SETTINGS = {
    **spark.SETTINGS,
    **logs_spark.SETTINGS,
    "spark.driver.maxResultSize": "0",  # MOST_ROWS is the limit
}
_LOGS = {"access": "access", "delivery": "deliveries"}
_COUNTED = pa.schema([("system", TEXT), ("on_date", DAY), ("row_count", NUMBER)])
_KEY_COLUMNS = (
    "insurer_id",
    "policy_no",
    "agency_id",
    "working_agency_id",
    "line",
    "office_id",
    "producer_id",
)
"""What tells policies apart (``class_of.sql``); where they came from (``source``) matters to no log."""


def sweep_on_cluster(
    channel: str,
    paths: list[Path],
    registry: Registry,
    master: str,
    *,
    policies: Path | None = None,
    most_rows: int = MOST_ROWS,
) -> Disclosures:
    """As ``disclosures.logs.sweep_access`` ("access") and ``sweep_deliveries`` ("delivery"), of Parquet files that
    every node sees under the same path. ``policies``: the file that the registry's policies were read from; where it is
    Parquet and says what was loaded, the nodes read it. Raises InputError: no Parquet, more than ``most_rows`` rows
    come back; SekishoError: the cluster."""
    check_installed("--engine spark")
    viewer = VIEWER[channel]
    con = in_memory(ordered=False)
    try:
        shapes, unread = parquet_logs(_LOGS[channel], paths, con)
        put_registry(con, registry.tables)
        classify(con, registry.tables)
        rule = rule_over_classes(con, registry.tables)
        first, last = span_of(_LOGS[channel], [file for shape in shapes for file in shape.opened])
        allow_ahead(con, rule, first, last)
        file = read_by_nodes(policies, registry.tables["policies"])
        with connected(master, f"sekisho sweep {_LOGS[channel]}", _SETTINGS) as session, relations(session) as there:
            rows, names = rows_of(session, _LOGS[channel], shapes)
            there.add("log_line", rows)
            there.put("log_file", names)
            _count_days(there, con, channel)
            _put_classes(there, con, session, file)
            _keep(there, con, viewer, most_rows)
        settle_kept(con, viewer, rule)
        return disclosed(con, read_of(con, viewer, unread), registry, channel)
    finally:
        con.close()


def read_by_nodes(path: Path | None, loaded: pa.Table) -> Path | None:
    """``path``, when it is Parquet whose rows are those that were ``loaded``, in the columns that matter: the nodes may
    read it then. None: the loader changed something (header words, blanks), or there is no such file."""
    if path is None or path.suffix != ".parquet" or not path.is_file():
        return None
    there = pq.read_schema(path)
    return path if all(_same(path, there, name, loaded) for name in _KEY_COLUMNS) else None


def _same(path: Path, there: pa.Schema, name: str, loaded: pa.Table) -> bool:
    """Whether this column of the file says what was loaded, an empty text being the same as none."""
    if name not in loaded.column_names or (name not in there.names and name in _KEY_COLUMNS[:2]):
        return False
    mine = pc.fill_null(loaded.column(name).cast(pa.string()), "")
    if name not in there.names:
        return not pc.any(pc.not_equal(mine, "")).as_py()
    if there.field(name).type not in (pa.string(), pa.null()):
        return False
    column = pq.read_table(path, columns=[name]).column(0)
    return bool(pc.fill_null(column.cast(pa.string()), "").equals(mine))


def _count_days(there: SparkSession, con: duckdb.DuckDBPyConnection, channel: str) -> None:
    """The table ``log_day`` here."""
    system = "system" if channel == "access" else "''"
    counted = there.arrow(
        f"SELECT {system} AS system, on_date, COUNT(*) AS row_count FROM log_line GROUP BY {system}, on_date",  # noqa: S608
        _COUNTED,
    )
    con.register("log_day", counted)


def _put_classes(there: SparkSession, con: duckdb.DuckDBPyConnection, session: Any, file: Path | None) -> None:
    """The relation ``class_of`` there: made by the nodes of the ledger as they read it, else sent to them."""
    if file is None:
        count = con.execute("SELECT count(*) FROM class_of").fetchall()[0][0]
        if count > MOST_SENT:
            raise InputError(
                f"{count:,} policies would pass through Spark's process on this machine, more than {MOST_SENT:,}",
                where="--engine spark",
                remedy="give --registry DIR with a policies.parquet (columns as in the registry format, nothing to be "
                "changed by the loader) where every node sees it",
            )
        there.put("class_of", con.table("class_of").to_arrow_table())
        return
    for name in ("asked_office", "asked_producer", "single", "class"):
        there.put(name, con.table(name).to_arrow_table())
    frame = spark.parquet(session, "policies", file)
    texts = [f"CAST({f'`{name}`' if name in frame.columns else 'NULL'} AS STRING) AS `{name}`" for name in _KEY_COLUMNS]
    there.add("policies", frame.selectExpr(*texts, "CAST(NULL AS STRING) AS source"))
    there.script(";\n".join(script_of("class_of.sql")))


def _keep(there: SparkSession, con: duckdb.DuckDBPyConnection, viewer: str, most_rows: int) -> None:
    """The table ``kept`` here: of the log the rows that what was asked ahead does not cover."""
    for name, schema in (("stint_of", STINT_OF), ("allowed", ALLOWED)):
        there.put(name, con.table(name).to_arrow_table().cast(schema))
    columns = {"system": TEXT, "on_date": DAY, "at": pa.timestamp("us", "UTC"), viewer: TEXT, "insurer_id": TEXT,
               "policy_no": TEXT}  # fmt: skip
    given = {"system": "''"} if "system" not in there.columns("log_line") else {}
    kept = ", ".join(f'{given.get(name, f"l.{chr(34)}{name}{chr(34)}")} AS "{name}"' for name in columns)
    placed = f"""SELECT {kept}, f.shown || ':' || CAST(l.row_no AS TEXT) AS log_row
                 FROM log_line l
                 LEFT JOIN class_of k ON k.insurer_id = l.insurer_id AND k.policy_no = l.policy_no
                 LEFT JOIN stint_of t ON t.viewer = l.{viewer} AND l.on_date BETWEEN t.first_day AND t.last_day
                 LEFT JOIN allowed a ON a.asked_no = t.asked_no AND a.class_no = k.class_no
                  AND l.on_date BETWEEN a.first_day AND a.last_day
                 LEFT JOIN log_file f ON f.path = l.path
                 WHERE a.class_no IS NULL"""  # noqa: S608
    brought = _brought(there, "kept", placed, pa.schema([*columns.items(), ("log_row", TEXT)]), most_rows)
    con.register("kept", all_placed(brought))


def all_placed(kept: pa.Table) -> pa.Table:
    """The rows as they are. Raises SekishoError when one of them has no place: Spark then writes the name of its file
    otherwise than it was told, and a row that cannot be found again proves nothing."""
    lost = kept.column("log_row").null_count
    if lost:
        raise SekishoError(
            f"{lost:,} rows come from a file whose name Spark writes otherwise than it was given",
            where="Spark",
            remedy="give the files names of plain letters and digits, under a path that every node sees, or leave out "
            "--engine spark",
        )
    return kept


def _brought(there: SparkSession, name: str, select: str, schema: pa.Schema, most_rows: int) -> pa.Table:
    """The rows of a query, computed there once and counted before they come here."""
    there.script(f"CREATE TEMP TABLE {name} AS {select}")
    count = there.rows(f"SELECT COUNT(*) AS row_count FROM {name}")[0]["row_count"]  # noqa: S608
    if not isinstance(count, int) or count > most_rows:
        remedy = "sweep the log in parts (months, systems); if one month is too much, see that registry and log fit"
        raise InputError(f"{count:,} rows would come back, more than {most_rows:,}", where="Spark", remedy=remedy)
    return there.arrow(f"SELECT * FROM {name}", schema)  # noqa: S608
