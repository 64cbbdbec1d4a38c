"""The rule on a Spark cluster beside DuckDB, on this one machine: ``python -m bench.cluster FOLDER [--questions N]``.

The same questions, a log's, over the same Parquet files; a standalone master and two workers of one core each, secured
as ``docs/cluster.md`` says. DuckDB has both cores. The answers are compared, row by row. CPU seconds are those of all
processes, because the clock of a busy machine says little; what a cluster costs by starting is told apart.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
from tests.standalone import ROOT, cluster

from bench.industry import write_industry, write_log
from sekisho.entitlement.engines.spark import SETTINGS, SparkEngine
from sekisho.entitlement.inputs import REGISTRY
from sekisho.entitlement.rule import Rule
from sekisho.kernel.cluster import connected

_ASKED = """
SELECT row_number() OVER () - 1 AS ask_id, account_id AS viewer, insurer_id, policy_no,
       DATE '1970-01-01' + CAST(floor((epoch("at") + 9 * 3600) / 86400) AS INTEGER) AS on_date,
       CAST(0 AS BIGINT) AS items, CAST(NULL AS VARCHAR) AS purpose
FROM read_parquet('{log}/*.parquet')
"""


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("folder", type=Path)
    options.add_argument("--questions", type=int, default=100_000)
    options.add_argument("--policies", type=int, default=1_000_000)
    options.add_argument("--run", choices=["duckdb", "spark"])
    options.add_argument("--master", default="")
    given = options.parse_args()
    folder = given.folder.absolute()
    if given.run:
        told = on_duckdb(folder) if given.run == "duckdb" else on_spark(folder, given.master)
        print(json.dumps(told))
        return
    prepare(folder, given.questions, given.policies)
    here = _run(dict(os.environ), folder, "--run", "duckdb")
    (folder / "cluster").mkdir()
    with cluster(folder / "cluster", memory_mib=2048, java="-XX:+UseSerialGC") as there:
        far = _run(there.environment, folder, "--run", "spark", "--master", there.master)
    print(json.dumps({"duckdb": here, "spark": far, "equal": equal(folder)}, indent=1))


def prepare(folder: Path, questions: int, policies: int) -> None:
    write_industry(folder / "registry", policies)
    write_log(folder / "log", questions, policies)
    with duckdb.connect() as con:
        con.execute(f"COPY ({_ASKED.format(log=folder / 'log')}) TO '{folder / 'asked.parquet'}'")


def on_duckdb(folder: Path) -> dict[str, Any]:
    start, cpu = time.monotonic(), time.process_time()
    tables = {name: pq.read_table(folder / "registry" / f"{name}.parquet") for name in REGISTRY}
    rule = Rule.over_registry(tables)
    loaded, cpu_loaded = time.monotonic(), time.process_time()
    asked = pq.read_table(folder / "asked.parquet")
    answers = rule.judge(asked)
    pq.write_table(answers, folder / "duckdb.parquet")
    ended, cpu_ended = time.monotonic(), time.process_time()
    judged = {"judge_s": ended - loaded, "judge_cpu_s": cpu_ended - cpu_loaded}
    return {"load_s": loaded - start, "load_cpu_s": cpu_loaded - cpu, **judged}


def on_spark(folder: Path, master: str) -> dict[str, Any]:
    start = time.monotonic()
    with connected(master, "sekisho bench", SETTINGS) as session:
        engine = SparkEngine(session, {name: str(folder / "registry" / f"{name}.parquet") for name in REGISTRY})
        loaded = time.monotonic()
        driver = Path("/proc") / str(session.sparkContext._gateway.proc.pid)
        runs = []
        for number in range(2):  # the first time code is compiled and files are cold
            begun, nodes, here = time.monotonic(), _cpu_of(folder / "cluster"), _cpu(driver)
            with engine.answers(str(folder / "asked.parquet")) as answers:
                answers.write.parquet(str(folder / f"spark{number}.parquet"))
            nodes, here = _cpu_of(folder / "cluster") - nodes, _cpu(driver) - here
            runs.append({"judge_s": time.monotonic() - begun, "nodes_cpu_s": nodes, "driver_cpu_s": here})
    return {"load_s": loaded - start, "runs": runs}


def equal(folder: Path) -> bool:
    expected = pq.read_table(folder / "duckdb.parquet")
    found: pa.Table = pq.read_table(folder / "spark1.parquet").cast(expected.schema).sort_by("ask_id")
    return bool(found == expected)


def _run(environment: dict[str, str], folder: Path, *words: str) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "bench.cluster", str(folder), *words],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(done.stderr[-5000:])
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told


def _cpu_of(folder: Path) -> float:
    """CPU seconds of the processes that work in this folder (master, workers, executors), with their ended children."""
    total = 0.0
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and (entry / "cwd").readlink().is_relative_to(folder):
                total += _cpu(entry)
        except OSError:  # it has ended
            continue
    return total


def _cpu(process: Path) -> float:
    ticks = (process / "stat").read_text().rpartition(")")[2].split()[11:15]
    return sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    main()
