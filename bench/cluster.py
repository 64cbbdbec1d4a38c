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
       CAST(at AT TIME ZONE 'Asia/Tokyo' AS DATE) AS on_date, CAST(0 AS BIGINT) AS items,
       CAST(NULL AS VARCHAR) AS purpose
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
    with cluster(folder / "cluster") as there:
        before = _cpu_of(there.folder)
        far = _run(there.environment, folder, "--run", "spark", "--master", there.master)
        time.sleep(5)  # until the workers know that their executors have ended
        far["nodes_cpu_s"] = _cpu_of(there.folder) - before
    print(json.dumps({"duckdb": here, "spark": far, "equal": equal(folder)}, indent=1))


def prepare(folder: Path, questions: int, policies: int) -> None:
    write_industry(folder / "registry", policies)
    write_log(folder / "log", questions, policies)
    with duckdb.connect() as con:
        con.execute(f"COPY ({_ASKED.format(log=folder / 'log')}) TO '{folder / 'asked.parquet'}'")


def on_duckdb(folder: Path) -> dict[str, Any]:
    start = time.monotonic()
    tables = {name: pq.read_table(folder / "registry" / f"{name}.parquet") for name in REGISTRY}
    rule = Rule.over_registry(tables)
    loaded = time.monotonic()
    asked = pq.read_table(folder / "asked.parquet")
    answers = rule.judge(asked)
    ended = time.monotonic()
    pq.write_table(answers, folder / "duckdb.parquet")
    return {"load_s": loaded - start, "judge_s": ended - loaded}


def on_spark(folder: Path, master: str) -> dict[str, Any]:
    start = time.monotonic()
    with connected(master, "sekisho bench", SETTINGS) as session:
        engine = SparkEngine(session, {name: str(folder / "registry" / f"{name}.parquet") for name in REGISTRY})
        loaded = time.monotonic()
        seconds = []
        for number in range(2):  # the first time code is compiled and files are cold
            begun = time.monotonic()
            with engine.answers(str(folder / "asked.parquet")) as answers:
                answers.write.parquet(str(folder / f"spark{number}.parquet"))
            seconds.append(time.monotonic() - begun)
    return {"load_s": loaded - start, "judge_s": seconds}


def equal(folder: Path) -> bool:
    expected = pq.read_table(folder / "duckdb.parquet")
    found: pa.Table = pq.read_table(folder / "spark1.parquet").cast(expected.schema).sort_by("ask_id")
    return bool(found == expected)


def _run(environment: dict[str, str], folder: Path, *words: str) -> dict[str, Any]:
    before = os.times()
    done = subprocess.run(
        [sys.executable, "-m", "bench.cluster", str(folder), *words],
        env=environment, cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    after = os.times()
    if done.returncode:
        raise SystemExit(done.stderr[-5000:])
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    used = after.children_user + after.children_system - before.children_user - before.children_system
    return {**told, "cpu_s": used}


def _cpu_of(folder: Path) -> float:
    """CPU seconds of the processes that work in this folder (master, workers), with their ended children."""
    ticks = 0
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and (entry / "cwd").readlink().is_relative_to(folder):
                ticks += sum(map(int, (entry / "stat").read_text().rpartition(")")[2].split()[11:15]))
        except OSError:
            continue
    return ticks / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    main()
