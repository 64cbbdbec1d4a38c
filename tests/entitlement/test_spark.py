"""The rule on a cluster answers as on one machine: a real standalone master with two workers on 127.0.0.1."""

import json
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sekisho.entitlement.dialects import created
from sekisho.entitlement.engines import spark
from sekisho.entitlement.engines.duck import DuckEngine
from sekisho.entitlement.rule import Rule
from sekisho.kernel.errors import InputError
from tests.entitlement.on_cluster import SCRIPT, UNAPPOINTED
from tests.entitlement.test_cases import load_cases, load_world, question_of
from tests.entitlement.test_reference import DAYS
from tests.entitlement.united import MARK, united
from tests.entitlement.world import arrow_tables, questions
from tests.standalone import LIMIT, ROOT, Cluster, cluster, missing

WORLDS = 300

# --- without a cluster ------------------------------------------------------------------------------------------------


SECURE = {"spark.io.encryption.enabled": "true", **spark.SETTINGS}


@pytest.mark.parametrize("setting", ["io.encryption.enabled", "eventLog.enabled", "sql.parquet.filterPushdown"])
def test_a_session_that_would_leave_data_in_files_is_refused(setting: str) -> None:
    conf = {name: value for name, value in SECURE.items() if name != f"spark.{setting}"}
    with pytest.raises(
        InputError, match=rf"spark\.{setting}=\w+: Spark would leave customers' data in files.*SETTINGS"
    ):
        spark.SparkEngine(_session("local[2]", conf), {})


def test_a_session_in_the_clear_is_refused() -> None:
    with pytest.raises(InputError, match=r"spark\.authenticate"):
        spark.SparkEngine(_session("spark://192.0.2.1:7077", SECURE), {})


def _session(master: str, conf: dict[str, str]) -> SimpleNamespace:
    return SimpleNamespace(sparkContext=SimpleNamespace(getConf=lambda: conf, master=master))


def test_a_script_is_views_and_tables_made_of_selects() -> None:
    kept, unappointed = created(SCRIPT, "spark")
    assert (kept.name, kept.stored, unappointed.name, unappointed.stored) == ("kept", True, "unappointed", False)
    assert "MATERIALIZED" not in kept.select
    assert "a.`end` >= n.since" in unappointed.select
    for other in ("DELETE FROM policies", "CREATE TABLE empty (a text)", "SELECT 1"):
        with pytest.raises(ValueError, match="only CREATE"):
            created(other, "spark")


class Pretended:
    """In place of Spark: keeps what it is told. Every query gives a frame, which is this again."""

    def __init__(self) -> None:
        self.catalog = self
        self.views: list[str] = []
        self.dropped: list[str] = []

    def sql(self, _text: str, **_options: object) -> "Pretended":
        return self

    def createOrReplaceTempView(self, name: str) -> None:  # noqa: N802  (Spark's word)
        self.views.append(name)

    def dropTempView(self, name: str) -> None:  # noqa: N802
        self.dropped.append(name)


def test_a_view_is_made_when_a_query_reads_it_and_all_are_dropped_at_the_end() -> None:
    there = Pretended()
    session = spark.SparkSession(there)
    session.frame("SELECT * FROM policy_candidate")
    assert there.views == [], "without questions there are no views of the rule"
    session.add("asked", there)
    session.frame("SELECT * FROM policy_candidate")
    session.frame("SELECT * FROM policy_ambiguous")
    assert there.views == ["asked", "policy_candidate", "policy_ambiguous"]
    session.close()
    assert there.dropped == there.views[::-1]


def test_a_script_takes_nobodys_place() -> None:
    session = spark.SparkSession(Pretended())
    session.add("policies", Pretended())
    with pytest.raises(ValueError, match="a relation policies already"):
        session.script("CREATE TEMP VIEW policies AS SELECT 1 AS one")


# --- on a cluster -----------------------------------------------------------------------------------------------------


@pytest.mark.skipif(bool(missing()), reason=f"needs {missing()}")
@pytest.mark.slow
def test_on_a_real_cluster(tmp_path: Path) -> None:
    """One test, because the cluster takes longer to start than all the rest."""
    data = tmp_path / "data"
    cases = arrow_tables(load_world()), questions([question_of(case) for case in load_cases()])
    worlds = united(WORLDS)
    wanted = _a_set(*worlds)
    insurers = worlds[0]["insurers"].column("insurer_id").to_pylist()
    notes = pa.table({"insurer_id": insurers, "note": ["a@b", "none", None] * WORLDS, "since": [DAYS[2]] * 3 * WORLDS})
    (tmp_path / "cluster").mkdir()
    _written(data / "cases", *cases)
    _written(data / "worlds", *worlds)
    pq.write_table(notes, data / "notes.parquet")
    (data / "sets.json").write_text(json.dumps(wanted, default=str), encoding="utf-8")
    with cluster(tmp_path / "cluster") as two_workers:
        ended = _run(two_workers, data)
        assert ended.returncode == 0, ended.stderr + two_workers.logs()
        showing = [path for path in two_workers.folder.rglob("*") if path.is_file() and _shows(path.read_bytes())]
        assert any(two_workers.folder.glob("work1/*/*/stderr")), "both workers took part"
    assert showing == []
    assert not _shows(ended.stderr.encode())
    told = json.loads((data / "told.json").read_text("utf-8"))
    assert (told["left"], told["views"]) == (0, 0)
    _answers_are_equal(data, cases, worlds)
    _sets_are_equal(data / "worlds", worlds[0], wanted, told["worlds"]["may"])
    _scripts_are_equal(data / "worlds", worlds[0], notes, told["worlds"]["unappointed"])
    _what_is_wrong_is_told_without_values(told["refused"])


def _written(folder: Path, tables: dict[str, pa.Table], asked: pa.Table) -> None:
    folder.mkdir(parents=True)
    for name, table in {**tables, "asked": asked}.items():
        pq.write_table(table, folder / f"{name}.parquet")


def _a_set(tables: dict[str, pa.Table], asked: pa.Table) -> dict[str, Any]:
    """A day, a person who may hold something on it, and a policy of his world that he may hold."""
    answers = Rule.over_registry(tables).judge(asked).to_pylist()
    of_persons = [
        question
        for question, answer in zip(asked.to_pylist(), answers, strict=True)
        if answer["person_id"] and answer["verdict"] == "entitled" and question["insurer_id"]
    ]
    first = of_persons[0]
    return {"on": first["on_date"], **{name: first[name] for name in ("viewer", "policy_no", "insurer_id")}}


def _run(there: Cluster, data: Path) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "tests.entitlement.on_cluster", there.master, str(data)]
    return subprocess.run(
        command, env=there.environment, cwd=ROOT, capture_output=True, text=True, timeout=10 * LIMIT, check=False
    )


def _shows(content: bytes) -> bool:
    """Whether a policy number, party, person or mail address of the united worlds stands there."""
    return MARK.encode() in content


def _answers_are_equal(
    data: Path, cases: tuple[dict[str, pa.Table], pa.Table], worlds: tuple[dict[str, pa.Table], pa.Table]
) -> None:
    assert pq.read_table(data / "cases" / "answers.parquet") == Rule.over_registry(cases[0]).judge(cases[1])
    expected = Rule.over_registry(worlds[0]).judge(worlds[1])
    assert expected.num_rows > 9_000
    assert len(set(expected.column("missing").to_pylist())) >= 16
    assert len(set(expected.column("ground").to_pylist())) == 8, "every ground, and none"
    written = pq.read_table(data / "worlds" / "answers.parquet").cast(expected.schema)
    assert written.sort_by("ask_id") == expected


def _sets_are_equal(here: Path, tables: dict[str, pa.Table], wanted: dict[str, Any], judged: dict[str, Any]) -> None:
    rule = Rule.over_registry(tables)
    visible = rule.visible(wanted["viewer"], on=wanted["on"])
    holders = rule.holders(wanted["policy_no"], insurer_id=wanted["insurer_id"], on=wanted["on"])
    assert visible.num_rows and holders.num_rows > 1
    assert pq.read_table(here / "visible.parquet") == visible
    assert pq.read_table(here / "holders.parquet") == holders
    may = rule.may(wanted["viewer"], wanted["policy_no"], insurer_id=wanted["insurer_id"], on=wanted["on"])
    assert judged == json.loads(json.dumps(may.as_json(), default=str))


def _scripts_are_equal(
    here: Path, tables: dict[str, pa.Table], notes: pa.Table, unappointed: list[dict[str, Any]]
) -> None:
    engine = DuckEngine(tables)
    with engine.asking(questions([])) as session:
        connection = session._cursor
        connection.register("notes", notes)
        connection.execute(SCRIPT)
        assert unappointed == session.rows(UNAPPOINTED, [1])
        kept = session.rows("SELECT * FROM kept ORDER BY agency_id, insurer_id")
    assert unappointed
    assert pq.read_table(here / "kept.parquet").sort_by(
        [("agency_id", "ascending"), ("insurer_id", "ascending")]
    ).to_pylist() == [dict(row) for row in kept]


def _what_is_wrong_is_told_without_values(refused: list[str]) -> None:
    assert len(refused) == 4, refused
    assert "column policy_no is bigint → write the column as string" in refused[0]
    assert "nowhere.parquet: policies: cannot read it (PATH_NOT_FOUND)" in refused[1]
    assert "there is no column policy_no" in refused[2]
    assert "the cluster gave up (CAST_INVALID_INPUT)" in refused[3]
    assert not any(name in "".join(refused) for name in ("4711", "KOU"))
