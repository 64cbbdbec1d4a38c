"""A log swept on a cluster gives what it gives on one machine, byte for byte: a real standalone master, two workers."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any, cast

import duckdb
import pyarrow as pa
import pytest
from bench.industry import write_industry, write_log

from sekisho.entitlement.audit import on_cluster
from sekisho.entitlement.engines.spark import SparkSession
from sekisho.kernel.bulk import in_memory
from sekisho.kernel.errors import InputError, SekishoError
from sekisho.sources.logs_spark import parquet_logs
from tests.standalone import LIMIT, ROOT, Cluster, cluster, missing

POLICIES = 5_000
ROWS = 20_000
SHOWING = re.compile(rb"N0000\d{6}|p\d+@a\d+\.example\.jp|U\d{5}\b")
"""Numbers of policies, addresses and accounts of the industry."""

# --- without a cluster ------------------------------------------------------------------------------------------------


def test_a_log_that_is_no_parquet_is_refused(tmp_path: Path) -> None:
    (tmp_path / "log.csv").write_text("at,account_id,insurer_id,policy_no\n2026-06-01 10:00,SATO,KOU,1\n", "utf-8")
    with in_memory() as con, pytest.raises(InputError, match=r"log\.csv: a cluster reads Parquet only → .*--engine"):
        parquet_logs("access", [tmp_path / "log.csv"], con)


def test_files_of_one_shape_are_read_together(tmp_path: Path) -> None:
    """Headers, kinds of times and types make the shape; what is no log is told as on one machine."""
    rows = "'SATO' AS account_id, 'KOU' AS insurer_id"
    selects = {
        "a": f"SELECT '2026-06-01 10:00' AS \"at\", {rows}, '1' AS policy_no",
        "b": f"SELECT '2026-06-01 10:00' AS \"at\", {rows}, '1' AS policy_no, 'x' AS remark",
        "c": f"SELECT TIMESTAMP '2026-06-01 10:00:00' AS 日時, {rows}, '1' AS 証券番号",
        "d": f"SELECT '2026-06-01 10:00' AS \"at\", {rows}, 1 AS policy_no",
    }
    (tmp_path / "logs").mkdir()
    with in_memory() as con:
        for name, select in selects.items():
            con.execute(f"COPY ({select}) TO '{tmp_path}/logs/{name}.parquet'")
        (tmp_path / "logs" / "_SUCCESS").touch()
        shapes, unread = parquet_logs("access", [tmp_path / "logs"], con)
    assert [(list(shape.files.values()), shape.at, shape.headers["policy_no"]) for shape in shapes] == [
        (["logs/a.parquet", "logs/b.parquet"], "text", "policy_no"),
        (["logs/c.parquet"], "local", "証券番号"),
        (["logs/d.parquet"], "text", "policy_no"),
    ]
    assert [(row.log_row, row.detail) for row in unread] == [("logs/_SUCCESS", "empty file")]


class There:
    """A session whose every query finds so many rows."""

    def __init__(self, count: int) -> None:
        self.count = count

    def script(self, _text: str) -> None: ...

    def rows(self, _sql: str) -> list[dict[str, object]]:
        return [{"row_count": self.count}]

    def arrow(self, _sql: str, schema: pa.Schema) -> pa.Table:
        return schema.empty_table()


def test_no_more_comes_back_than_this_machine_holds() -> None:
    schema = pa.schema([("viewer", pa.string())])
    assert on_cluster._brought(cast("SparkSession", There(10)), "looked", "SELECT", schema, 10) == schema.empty_table()
    with pytest.raises(InputError, match=r"11 rows would come back, more than 10 → sweep the log in parts"):
        on_cluster._brought(cast("SparkSession", There(11)), "looked", "SELECT", schema, 10)


class Here:
    """DuckDB in place of a session."""

    def __init__(self, con: duckdb.DuckDBPyConnection) -> None:
        self.con = con

    def put(self, name: str, table: pa.Table) -> None:
        self.con.register(name, table)

    def columns(self, name: str) -> list[str]:
        return self.con.table(name).columns

    def script(self, text: str) -> None:
        self.con.execute(text)

    def rows(self, sql: str) -> list[dict[str, object]]:
        return [{"row_count": self.con.execute(sql).fetchall()[0][0]}]

    def arrow(self, sql: str, schema: pa.Schema) -> pa.Table:
        return self.con.sql(sql).to_arrow_table().cast(schema)


def test_a_row_whose_file_has_another_name_there_is_told_and_not_lost() -> None:
    with in_memory() as con, in_memory() as nodes:
        con.execute("CREATE TABLE stint_of (viewer TEXT, first_day DATE, last_day DATE, asked_no INTEGER)")
        con.execute("CREATE TABLE allowed (asked_no INTEGER, class_no INTEGER, first_day DATE, last_day DATE)")
        nodes.execute("SET TimeZone = 'UTC'")
        nodes.execute("CREATE TABLE class_of (insurer_id TEXT, policy_no TEXT, class_no INTEGER)")
        nodes.execute(
            """CREATE TABLE log_line AS
               SELECT 'portal' AS system, DATE '2026-06-01' AS on_date, TIMESTAMPTZ '2026-06-01 10:00:00+09' AS "at",
                      'SATO' AS account_id, 'KOU' AS insurer_id, '1' AS policy_no, path, 7 AS row_no
               FROM (VALUES ('/logs/a.parquet'), ('/logs/b.parquet')) t(path)"""
        )
        nodes.execute("CREATE TABLE log_file AS SELECT '/logs/a.parquet' AS path, 'a.parquet' AS shown")
        there = cast("SparkSession", Here(nodes))
        with pytest.raises(SekishoError, match=r"Spark: 1 rows come from a file whose name .*→ give the files names"):
            on_cluster._keep(there, con, "account_id", 10)
        nodes.execute("DROP TABLE kept")
        nodes.execute("INSERT INTO log_file VALUES ('/logs/b.parquet', 'b.parquet')")
        on_cluster._keep(there, con, "account_id", 10)
        placed = con.execute("SELECT log_row FROM kept ORDER BY 1").fetchall()
    assert placed == [("a.parquet:7",), ("b.parquet:7",)]


# --- on a cluster -----------------------------------------------------------------------------------------------------


@pytest.mark.skipif(bool(missing()), reason=f"needs {missing()}")
@pytest.mark.slow
def test_on_a_real_cluster(tmp_path: Path) -> None:
    """One test, because the cluster takes longer to start than all the rest."""
    write_industry(tmp_path / "registry", POLICIES)
    _write_logs(tmp_path)
    one = _told(_sweep(tmp_path, "access", "one"))
    fed = _told(_sweep(tmp_path, "deliveries", "fed"))
    (tmp_path / "cluster").mkdir()
    with cluster(tmp_path / "cluster") as there:
        many = _told(_sweep(tmp_path, "access", "many", there))
        sent = _told(_sweep(tmp_path, "deliveries", "sent", there))
        showing = [path for path in there.folder.rglob("*") if path.is_file() and SHOWING.search(path.read_bytes())]
    assert showing == []
    for expected, found, names in ((one, many, ("one", "many")), (fed, sent, ("fed", "sent"))):
        assert found == expected
        for ending in ("parquet", "unread.csv"):
            wanted, got = ((tmp_path / f"{name}.{ending}").read_bytes() for name in names)
            assert got == wanted, f"{names[1]}.{ending}"
    _is_worth_comparing(one, fed)


def _write_logs(folder: Path) -> None:
    """Half a year of looks at 5,000 policies and at 500 that the ledger does not have, in files of four shapes."""
    logs = folder / "logs"
    write_log(folder / "plain", ROWS, POLICIES + 500)
    (logs / "other names 他").mkdir(parents=True)
    number = "row_number() OVER () AS n"
    odd = "CASE WHEN n % 97 = 0 THEN NULL WHEN n % 89 = 0 THEN 'soon' WHEN n % 79 = 0 THEN 'infinity'"
    odd += " WHEN n % 5 = 0 THEN strftime(t, '%Y/%m/%d %H:%M')"
    odd += " WHEN n % 7 = 0 THEN strftime(t, '%Y%m%d%H%M%S') WHEN n % 3 = 0 THEN strftime(t, '%Y-%m-%dT%H:%M:%S+0900')"
    odd += " ELSE strftime(t, '%Y-%m-%d %H:%M:%S.%f') || ' JST' END"
    viewer = "CASE WHEN n % 83 = 0 THEN '　' WHEN n % 11 = 0 THEN 'NOBODY' || n % 7 WHEN n % 13 = 0 "
    viewer += "THEN 'p' || n || '@a' || n % 5000 || '.example.jp' ELSE ' ' || account_id || '　' END"
    with duckdb.connect() as con:
        con.execute("SET TimeZone = 'UTC'")
        con.execute(f"CREATE TABLE plain AS SELECT *, {number}, \"at\" AT TIME ZONE 'Asia/Tokyo' AS t "
                    f"FROM '{folder}/plain/000.parquet'")  # fmt: skip
        rest = "insurer_id, policy_no"
        shapes = {
            "typed": f"SELECT \"at\", account_id, {rest}, action, system FROM plain WHERE n % 2 = 0 "
            "AND NOT (t >= TIMESTAMP '2026-03-03' AND t < TIMESTAMP '2026-03-05')",
            "other names 他/text": f"SELECT {odd} AS 日時, {viewer} AS ログインID, "
            "insurer_id || ' ' AS 保険会社コード, "
            "policy_no AS 証券番号, CASE WHEN n % 2 = 0 THEN 7 END AS システム FROM plain WHERE n % 4 = 1",
            "local": f"SELECT CASE WHEN n % 101 <> 0 THEN t END AS Timestamp, account_id AS \"User\", {rest}, "
            "'b' AS system, n % 2 = 0 AS action FROM plain WHERE n % 8 = 3",
            "nanoseconds": f"SELECT CAST(t AS TIMESTAMP_NS) AS datetime, account_id, {rest} FROM plain "
            "WHERE n % 16 = 5",
            "days": f"SELECT CAST(t AS DATE) AS time, t AS \"date.time\", account_id, {rest} FROM plain "
            "WHERE n % 8 = 7",
        }  # fmt: skip
        for name, select in shapes.items():
            con.execute(f"COPY ({select}) TO '{logs / name}.parquet' (ROW_GROUP_SIZE 2048)")
        con.execute(
            "COPY (SELECT t AS delivered_at, insurer_id, policy_no, 'A' || n % 50 AS addressed_agency_id, "
            "CASE WHEN n % 91 = 0 THEN '' ELSE 'A' || hash(n) % 5000 END AS viewer_id, 'pending' AS kind "
            f"FROM plain WHERE n <= 3000) TO '{folder}/feed.parquet'"
        )
    (logs / "_SUCCESS").touch()


def _sweep(folder: Path, what: str, out: str, there: Cluster | None = None) -> "subprocess.CompletedProcess[str]":
    logs = folder / ("logs" if what == "access" else "feed.parquet")
    command = [sys.executable, "-m", "sekisho", "sweep", what, str(logs), "--registry", str(folder / "registry")]
    command += ["--out", str(folder / f"{out}.parquet"), "--json"]
    command += ["--engine", "spark", "--master", there.master] if there else []
    return subprocess.run(
        command,
        env=there.environment if there else None,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=10 * LIMIT,
        check=False,
    )


def _told(ended: "subprocess.CompletedProcess[str]") -> dict[str, Any]:
    """What the command says, but for the names of its files and the time that it took."""
    assert ended.returncode == 1, ended.stderr
    assert not SHOWING.search(ended.stderr.encode())
    told: dict[str, Any] = json.loads(ended.stdout)
    return {name: value for name, value in told.items() if name not in {"out", "unread_file", "seconds"}}


def _is_worth_comparing(access: dict[str, Any], deliveries: dict[str, Any]) -> None:
    """Findings of every kind, rows that cannot be used, and days without any."""
    assert access["read"] > 15_000
    assert access["findings"] > 50
    assert access["unresolved"] > 500
    assert len(access["by_cause"]) > 1
    assert {gap["system"] for gap in access["log_gaps"]} >= {"portal"}
    assert {row["detail"] for row in access["unread"]} == {"no readable at", "no account_id", "empty file"}
    assert deliveries["findings"] > 1_000
    assert {row["detail"] for row in deliveries["unread"]} == {"no viewer_id"}
