"""What each load keeps: any sequence of loads can be rebuilt; killed at any moment; kept as long as is asked."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.store.history.worlds import LATER, LOADS, Made, multiset, registry_folder

from sekisho.entitlement.inputs import REGISTRY, fitted
from sekisho.kernel.errors import InputError, SekishoError
from sekisho.registry import read_registry
from sekisho.store import Workspace, history, loads
from sekisho.store.databases.base import Load
from sekisho.store.history.compare import compare
from sekisho.store.history.versions import versions_of

WORDS = st.sampled_from(["KOU", "AOBA", "MIDORI", None])
ROWS = {
    "policies": st.tuples(WORDS, WORDS, WORDS),
    "offices": st.tuples(WORDS, WORDS, WORDS),
}
TABLES = st.fixed_dictionaries({name: st.lists(row, max_size=5) for name, row in ROWS.items()})

Worlds = list[dict[str, list[tuple[str | None, ...]]]]


def arrow(world: Mapping[str, list[tuple[str | None, ...]]]) -> dict[str, pa.Table]:
    """Tables with rows from a few words, also the same row twice, and empty cells."""
    tables = {name: fitted(None, columns) for name, columns in REGISTRY.items()}
    for name, rows in world.items():
        columns = list(REGISTRY[name])[:3]
        filled = pa.table({c: pa.array([row[i] for row in rows], pa.string()) for i, c in enumerate(columns)})
        tables[name] = fitted(filled, REGISTRY[name])
    return tables


@pytest.mark.slow
@given(worlds=st.lists(TABLES, min_size=1, max_size=5), keep=st.integers(1, 3))
@settings(max_examples=25, deadline=None)
def test_every_load_of_any_sequence_can_be_rebuilt(worlds: Worlds, keep: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        made: list[Load] = []
        for number, world in enumerate(worlds):
            tables = arrow(world)
            counts = {table: rows.num_rows for table, rows in tables.items()}
            load = Load(f"load-{number}", f"2026-04-{number + 1:02}T09:00:00+09:00", "x", "v", counts)
            loads.write_load(folder / loads.NAME, load.load_id, tables)
            history.record(folder, load, tables, made)
            made.append(load)
            loads.prune(loads.all_but(folder / loads.NAME, [kept.load_id for kept in made[-keep:]]))
        past = history.Past.of(folder, made)
        for load, world in zip(made, worlds, strict=True):
            assert multiset(past.tables(load)) == multiset(arrow(world)), load.load_id
        _versions_are_those_of_the_loads(past, worlds)
        _comparisons_are_those_of_the_loads(past, worlds)


def _versions_are_those_of_the_loads(past: history.Past, worlds: Worlds) -> None:
    """The versions of a key that were believed under a load are the rows with that key in its own table."""
    for insurer in ("KOU", "AOBA", "MIDORI"):
        rows = [[row for row in world["policies"] if row[1] == insurer] for world in worlds]
        if not any(rows):
            continue
        versions = versions_of(past, "policies", [insurer]).versions
        for number, wanted in enumerate(rows):
            believed = [
                tuple(version.row.values())[:3]
                for version in versions
                if past.position(version.since) <= number
                and (version.until is None or number < past.position(version.until))
            ]
            assert Counter(believed) == Counter(wanted)


def _comparisons_are_those_of_the_loads(past: history.Past, worlds: Worlds) -> None:
    for one, before in zip(past.loads, worlds, strict=True):
        found = compare(past, one, past.loads[-1])
        for name, of in multiset(arrow(worlds[-1])).items():
            gone = multiset(arrow(before))[name]
            more, less = (
                (multiset({name: side}, [name])[name] for side in (found[name].added, found[name].removed))
                if name in found
                else (Counter(), Counter())
            )
            assert (more, less) == (of - gone, gone - of)


KILLED = """
import os, signal, sys
from sekisho.store import Workspace, history
from sekisho.store.databases.sqlite import SqliteWriter
from sekisho.store.history import files

def die(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)

moment = sys.argv[3]
if moment == "while the history is written":
    plain = files._write
    def write(path, content):
        plain(path, content)
        die()
    files._write = write
elif moment == "before the history gets its name":
    files.sync_folder = die
elif moment == "before the commit":
    plain = SqliteWriter.replace
    def replace(*a):
        plain(*a)
        die()
    SqliteWriter.replace = replace
elif moment == "after the commit":
    history.tidy = die
Workspace.open(sys.argv[1]).load(sys.argv[2])
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("moment", "in_force"),
    [
        ("while the history is written", False),
        ("before the history gets its name", False),
        ("before the commit", False),
        ("after the commit", True),
    ],
)
def test_killed_at_any_moment_every_load_can_be_rebuilt(
    workspace: Workspace, made: Made, tmp_path: Path, moment: str, in_force: bool
) -> None:
    source = registry_folder(tmp_path / "again", end="2026-02-28", agency="AOBA")
    ended = subprocess.run(
        [sys.executable, "-c", KILLED, str(workspace.folder), str(source), moment],
        env={**os.environ, "SEKISHO_NOW": LATER},
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert ended.returncode == -signal.SIGKILL, ended.stderr
    registry, _ = read_registry(source)
    assert registry is not None
    expected = [*made, *([(workspace.current().load_id, registry)] if in_force else [])]

    def check() -> None:
        past = workspace.past()
        assert [load.load_id for load in past.loads] == [load_id for load_id, _ in expected]
        for load_id, loaded in expected:
            assert multiset(workspace.registry_tables_at(load_id).tables) == multiset(loaded)

    check()
    # the same again, in the same second: what was left behind is replaced, and the rest swept up
    report = workspace.load(source)
    assert report.ok, report.text()
    expected.append((report.load_id, registry))
    check()
    assert {path.name for path in (workspace.folder / "history").iterdir()} == {load_id for load_id, _ in expected}


def test_the_disk_is_full_while_the_history_is_written(
    workspace: Workspace, made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    before = workspace.current()
    monkeypatch.setattr("sekisho.store.history.files._write", full)
    with pytest.raises(SekishoError, match=r"cannot write the history.*No space left.*the previous load is in force"):
        workspace.load(workspace.folder.parent / "registry0")
    assert workspace.current() == before
    assert {path.name for path in (workspace.folder / "history").iterdir()} == {load_id for load_id, _ in made}


@pytest.mark.slow
def test_loads_at_the_same_time_follow_one_another(workspace: Workspace, made: Made, tmp_path: Path) -> None:
    code = "import sys; from sekisho.store import Workspace; Workspace.open(sys.argv[1]).load(sys.argv[2])"
    running = [
        subprocess.Popen([sys.executable, "-c", code, str(workspace.folder), str(tmp_path / f"registry{number}")])
        for number in (0, 1, 0)
    ]
    assert [process.wait(timeout=120) for process in running] == [0, 0, 0]
    past = workspace.past()
    assert len(past.loads) == 6
    assert past.first_of_chain() == 0
    by_version = {registry.version: registry for _, registry in made}
    for load in past.loads:
        assert multiset(past.tables(load)) == multiset(by_version[load.version])


class TestRetention:
    def keep(self, workspace: Workspace, years: int) -> None:
        (workspace.folder / "sekisho.toml").write_text(f"[store]\nkeep_loads = 1\nkeep_history_years = {years}\n")

    def test_nothing_is_removed_unless_asked(
        self, workspace: Workspace, made: Made, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("SEKISHO_NOW", "2056-05-01T09:00:00+09:00")
        report = workspace.load(workspace.folder.parent / "registry0")
        assert "removed what" not in report.text()
        assert multiset(workspace.registry_tables_at(made[0][0]).tables) == multiset(made[0][1])

    def test_what_was_believed_at_the_cutoff_stays(
        self, workspace: Workspace, made: Made, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self.keep(workspace, 5)
        monkeypatch.setenv(
            "SEKISHO_NOW", "2031-05-01T08:59:59+09:00"
        )  # the second load came a second later, 5 years ago
        report = workspace.load(workspace.folder.parent / "registry0")
        assert "removed what" not in report.text()
        assert multiset(workspace.registry_tables_at(made[0][0]).tables) == multiset(made[0][1])
        monkeypatch.setenv("SEKISHO_NOW", "2031-05-01T09:00:00+09:00")
        text = workspace.load(workspace.folder.parent / "registry0").text()
        assert "removed what 1 loads until 2026-05-01T09:00:00+09:00 had changed (2 rows)" in text
        assert multiset(workspace.registry_tables_at(made[1][0]).tables) == multiset(made[1][1])
        with pytest.raises(
            InputError, match=f"its time to be kept is over; the history begins with the load {made[1][0]}"
        ):
            workspace.registry_tables_at(made[0][0])
        folder = workspace.folder / "history" / made[1][0]
        assert [path.name for path in folder.iterdir()] == ["change.json"]
        change = workspace.past().changes[made[1][0]]
        assert (change.tables["appointments"].added, change.pruned_at) == (1, "2031-05-01T09:00:00+09:00")

    def test_what_a_killed_program_left_is_removed_the_next_time(
        self, workspace: Workspace, made: Made, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self.keep(workspace, 5)
        monkeypatch.setenv("SEKISHO_NOW", "2032-01-01T09:00:00+09:00")
        workspace.load(workspace.folder.parent / "registry0")
        folder = workspace.folder / "history" / made[2][0]
        (folder / "policies.added.parquet").write_bytes(b"left")
        workspace.load(workspace.folder.parent / "registry0")
        assert [path.name for path in folder.iterdir()] == ["change.json"]

    def test_fewer_years_than_the_law_asks_are_named(self, workspace: Workspace, made: Made) -> None:
        source = workspace.folder.parent / "registry0"
        self.keep(workspace, 3)
        assert "keep_history_years" not in workspace.load(source).text()
        self.keep(workspace, 2)
        assert "keep_history_years = 2: records of provision to third parties are to be kept 3 years" in (
            workspace.load(source).text()
        )


def test_the_history_is_private(workspace: Workspace, made: Made) -> None:
    folder = workspace.folder / "history"
    paths = [folder, *folder.rglob("*")]
    assert len(paths) > len(made)
    for path in paths:
        assert path.stat().st_mode & 0o777 == (0o700 if path.is_dir() else 0o600), path
    assert len(LOADS) == len(made)


def test_the_order_of_rows_is_no_change(workspace: Workspace, made: Made, tmp_path: Path) -> None:
    source = tmp_path / "turned"
    shutil.copytree(tmp_path / "registry2", source)
    head, *rows = (source / "policies.csv").read_text().splitlines()
    (source / "policies.csv").write_text("\n".join([head, *reversed(rows)]))
    report = workspace.load(source)
    change = workspace.past().changes[report.load_id]
    assert change.row_count == 0
    assert report.version != made[2][1].version


def test_the_same_load_again_after_one_that_failed_in_the_same_second(
    workspace: Workspace, made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = workspace.folder.parent / "registry0"

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr("sekisho.store.history.files._write", full)
        with pytest.raises(SekishoError):
            workspace.load(source)
    load_id = workspace.load(source).load_id
    assert multiset(workspace.registry_tables_at(load_id).tables) == multiset(made[0][1])


def test_a_column_that_the_rule_reads_anew_does_not_end_the_history(
    workspace: Workspace, made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An earlier version kept fewer columns: what it did not keep is empty in what is rebuilt from it."""
    fewer = {name: columns for name, columns in REGISTRY["policies"].items() if name != "email"}
    with monkeypatch.context() as earlier:
        earlier.setattr("sekisho.store.history.recording.REGISTRY", {**REGISTRY, "policies": fewer})
        earlier.setenv("SEKISHO_NOW", "2026-06-15T09:00:00+09:00")
        workspace.load(workspace.folder.parent / "registry0")
    workspace.load(workspace.folder.parent / "registry2")
    past = workspace.past()
    assert past.first_of_chain() == 0
    originals = [registry for _, registry in (*made, made[0], made[2])]
    for number, (load, registry) in enumerate(zip(past.loads, originals, strict=True)):
        found, expected = multiset(past.tables(load)), multiset(registry)
        if number < 3:  # rebuilt across the step without the mail address
            assert {row[-1] for row in found["policies"]} == {None}
            expected["policies"] = multiset(
                {"policies": registry.tables["policies"].select(list(fewer))}, ["policies"]
            )["policies"]
        assert found == expected, number
