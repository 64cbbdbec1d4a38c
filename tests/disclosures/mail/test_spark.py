"""The engine of a cluster finds what one machine finds, on a real standalone cluster of two workers on 127.0.0.1."""

import base64
import importlib.util
import json
import re
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.demo import write_industry
from sekisho.disclosures.mail import spark
from sekisho.disclosures.mail.worker import Seen, Task
from sekisho.kernel.errors import SekishoError
from sekisho.matching.index.match_index import MatchIndex
from sekisho.registry.registry import Registry
from sekisho.sources.mail.archive import MessageRef
from tests.disclosures.mail.crashing import FATAL
from tests.disclosures.mail.on_cluster import KEY, PASSWORD
from tests.standalone import LIMIT, ROOT, Cluster, cluster, missing

needs_spark = pytest.mark.skipif(bool(missing()), reason=f"needs {missing()}")


def program(*words: object) -> list[str]:
    return [sys.executable, "-m", "tests.disclosures.mail.on_cluster", *map(str, words)]


def ended(there: Cluster, *words: object) -> "subprocess.CompletedProcess[str]":
    """Run one of the programs to its end."""
    return subprocess.run(
        program(*words), env=there.environment, cwd=ROOT, capture_output=True, text=True, timeout=5 * LIMIT, check=False
    )


def read_so_far(out: Path) -> int:
    """Messages that the journal beside ``out`` holds; 0 while there is none."""
    path = out.with_name(f"{out.name}.sweep") / "journal.db"
    with suppress(sqlite3.Error), closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as db:
        return int(db.execute("SELECT count(*) FROM place WHERE message IS NOT NULL").fetchone()[0])
    return 0


def until(there: Callable[[], bool]) -> None:
    end = time.monotonic() + 5 * LIMIT
    while not there():
        assert time.monotonic() < end, "it did not come to that"
        time.sleep(0.02)


# --- without a cluster ------------------------------------------------------------------------------------------------


def test_without_spark_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    with pytest.raises(SekishoError, match=r"pip install 'sekisho\[spark\]'"), spark.spark("spark://127.0.0.1:1"):
        pass


def test_without_java_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: object())
    monkeypatch.setattr(shutil, "which", lambda _name: None)
    monkeypatch.delenv("JAVA_HOME", raising=False)
    with pytest.raises(SekishoError, match="default-jre-headless"), spark.spark("spark://127.0.0.1:1"):
        pass


def test_a_node_that_does_not_see_the_archive_is_named(tmp_path: Path) -> None:
    here, gone = tmp_path / "here.eml", tmp_path / "gone.eml"
    here.touch()
    tasks = {number: Task(number, MessageRef(path.name, str(path), 0, 1)) for number, path in ((1, here), (2, gone))}
    unseen = {number: spark._pack([Seen.failed(task, "missing", "")]) for number, task in tasks.items()}
    assert [seen.number for seen in spark._checked("n7", "", unseen[2], tasks)] == [2], "it is not here either"
    with pytest.raises(SekishoError, match=r"node n7.*here\.eml"):
        spark._checked("n7", "", unseen[1], tasks)


def test_a_node_does_not_take_over_what_belongs_to_this_machine() -> None:
    batch = (Task(1, MessageRef("a.eml", "a.eml", 0, 1), (MessageRef("b.eml", "b.eml", 0, 1),)),)
    ((task,),) = [spark._absolute(batch)]
    assert [Path(ref.path) for ref in (task.ref, *task.neighbours)] == [Path.cwd() / "a.eml", Path.cwd() / "b.eml"]


TEXT = st.text(st.characters(), max_size=5)
MATCHES = st.tuples(TEXT, st.just(""), st.integers(0, 2**31), st.integers(-1, 2**20), TEXT, TEXT, TEXT, TEXT)


@given(
    st.lists(
        st.builds(
            Seen,
            *(st.integers(0, 2**62), TEXT, TEXT, st.none(), TEXT),
            *(st.lists(part, max_size=3).map(tuple) for part in (TEXT, TEXT, MATCHES, st.tuples(TEXT, TEXT, TEXT))),
            digest=st.binary(max_size=16),
            letter=st.binary(max_size=16),
            names_password=st.booleans(),
            known=st.just(False),
        ),
        max_size=3,
    )
)
def test_what_a_node_saw_arrives_as_it_was(batch: list[Seen]) -> None:
    assert spark._unpack(spark._pack(batch)) == batch


# --- on a cluster -----------------------------------------------------------------------------------------------------


@needs_spark
@pytest.mark.slow
def test_on_a_real_cluster(registry: Registry, tmp_path: Path) -> None:
    """One test, because the cluster takes longer to start than all the rest: master, two workers, three drivers."""
    for name in ("cluster", "failing", "killed"):
        (tmp_path / name).mkdir()
    with cluster(tmp_path / "cluster") as two_workers:
        what_fails_is_told_or_costs_one_message_and_no_secret_is_written(two_workers, registry, tmp_path / "failing")
        killed_and_gone_on_with_it_finds_what_one_machine_finds(two_workers, tmp_path / "killed")


def what_fails_is_told_or_costs_one_message_and_no_secret_is_written(
    two_workers: Cluster, registry: Registry, tmp_path: Path
) -> None:
    MatchIndex.build(registry.tables, KEY).save(tmp_path / "index")
    crashed = ended(two_workers, "crash", two_workers.master, tmp_path / "index")
    assert crashed.returncode == 0, crashed.stderr + two_workers.logs()
    told = json.loads(crashed.stdout)
    assert re.match(
        rf"node \S+: there is no index at {tmp_path}/index-elsewhere → .*sekisho index build", told["refused"]
    )
    assert len(told["unread"]) == 12
    assert {number: gaps for number, gaps in told["unread"].items() if gaps} == {str(FATAL): ["broken"]}
    assert [path for path in written(two_workers) if shows(path.read_bytes())] == []
    assert not shows((crashed.stdout + crashed.stderr).encode())


def written(there: Cluster) -> list[Path]:
    """Logs of all machines, and Spark's record of the application, with its plans."""
    found = [path for path in there.folder.rglob("*") if path.is_file()]
    assert any("events" in path.parts for path in found) and any(path.name == "stderr" for path in found)
    return found


def shows(content: bytes) -> bool:
    """Whether a secret of the sweep, or a place in its archive, stands there as it is or as it is usually written."""
    secret = [KEY, KEY.hex().encode(), base64.b64encode(KEY), repr(KEY)[2:-1].encode(), PASSWORD.encode(), b"a.mbox"]
    return any(one in content for one in secret)


def killed_and_gone_on_with_it_finds_what_one_machine_finds(two_workers: Cluster, tmp_path: Path) -> None:
    industry = tmp_path / "industry"
    write_industry(industry, mails=1_200)
    (tmp_path / "passwords").write_text(f"{PASSWORD}\n")
    given_words = (industry / "evidence" / "mail", "--registry", industry / "registry", "--json")
    options = (*given_words, "--passwords", tmp_path / "passwords", "--out")
    here, there = tmp_path / "here.csv", tmp_path / "there.csv"
    alone = ended(two_workers, "sweep", *options, here, "--workers", "1")
    assert alone.returncode == 1, alone.stderr  # some cannot be read, and are listed

    words = ("sweep", *options, there, "--engine", "spark", "--master", two_workers.master)
    with (tmp_path / "log").open("wb") as log:
        first = subprocess.Popen(program(*words), env=two_workers.environment, cwd=ROOT, stdout=log, stderr=log)
        try:
            until(lambda: read_so_far(there) > 0 or first.poll() is not None)
        finally:
            first.kill()
            first.wait(LIMIT)
    before = read_so_far(there)
    second = ended(two_workers, *words)
    assert second.returncode == 1, second.stderr + two_workers.logs()
    assert 0 < before <= json.loads(second.stdout)["known_before"] < json.loads(second.stdout)["read"], (
        "killed in the middle, and nothing read twice",
        (tmp_path / "log").read_text("utf-8"),
    )
    assert there.read_bytes() == here.read_bytes()
    assert there.with_suffix(".unread.csv").read_bytes() == here.with_suffix(".unread.csv").read_bytes()
    assert json.loads(second.stdout)["findings"] == json.loads(alone.stdout)["findings"] > 0
    assert any(reason == "encrypted" for reason in json.loads(alone.stdout)["unread_by_reason"]), "read a second time"
