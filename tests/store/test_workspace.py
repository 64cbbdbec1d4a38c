"""A workspace: made once, found from below, loaded whole or not at all, private."""

import os
import signal
import sqlite3
import stat
import subprocess
import sys
from datetime import date
from pathlib import Path

import pyarrow as pa
import pytest
from tests.registry.small import TABLES as SMALL
from tests.registry.small import write

from sekisho.kernel.errors import InputError, SekishoError
from sekisho.registry import read_registry
from sekisho.registry.schema import TABLES
from sekisho.store import Workspace

AFTER = SMALL["policies"] + "KA-0003,KOU,AOBA,nonlife,鈴木,,\n"


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SEKISHO_WORKSPACE", raising=False)
    monkeypatch.delenv("SEKISHO_DATABASE_URL", raising=False)
    monkeypatch.setenv("SEKISHO_NOW", "2026-04-01T09:00:00+09:00")


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace.create(tmp_path / "ws")


@pytest.fixture
def tables(tmp_path: Path) -> Path:
    return write(tmp_path / "registry")


def policy_numbers(workspace: Workspace) -> tuple[list[str], list[str]]:
    """What SQLite and what Parquet hold."""
    con = workspace.connect()
    try:
        in_sqlite = [row[0] for row in con.execute("select policy_no from policies order by 1")]
    finally:
        con.close()
    return in_sqlite, workspace.registry().tables["policies"]["policy_no"].to_pylist()


class TestMaking:
    def test_it_is_private(self, workspace: Workspace, tables: Path) -> None:
        assert workspace.is_new
        workspace.load(tables)
        con = workspace.connect()  # the write-ahead log and its index are there while it is open
        paths = [workspace.folder, *workspace.folder.rglob("*")]
        assert {p.name for p in paths} >= {"sekisho.toml", "sekisho.db", "sekisho.db-wal", "loads", "policies.parquet"}
        for path in paths:
            assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path
        con.close()

    def test_one_that_is_there_is_left_as_it_is(self, workspace: Workspace, tables: Path) -> None:
        workspace.load(tables)
        (workspace.folder / "sekisho.toml").write_text("[store]\nkeep_loads = 7\n")
        again = Workspace.create(workspace.folder)
        assert not again.is_new
        assert again.settings().keep_loads == 7
        assert len(policy_numbers(again)[0]) == 2

    def test_a_folder_with_other_files_is_refused_and_left_alone(self, tmp_path: Path) -> None:
        (tmp_path / "letter.txt").touch()
        with pytest.raises(InputError, match="is not empty and no workspace"):
            Workspace.create(tmp_path)
        assert [p.name for p in tmp_path.iterdir()] == ["letter.txt"]

    def test_a_file_is_refused(self, tmp_path: Path) -> None:
        (tmp_path / "f").touch()
        with pytest.raises(InputError, match="is a file, not a folder"):
            Workspace.create(tmp_path / "f")

    def test_one_left_half_made_is_finished(self, workspace: Workspace) -> None:
        (workspace.folder / "sekisho.toml").unlink()
        assert Workspace.create(workspace.folder).is_new
        assert Workspace.open(workspace.folder).settings()


class TestFinding:
    def test_by_argument_environment_or_from_below(
        self, workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert Workspace.open(workspace.folder).folder == workspace.folder
        below = workspace.folder / "a" / "b"
        below.mkdir(parents=True)
        monkeypatch.chdir(below)
        assert Workspace.open().folder == workspace.folder
        other = Workspace.create(tmp_path / "other")
        monkeypatch.setenv("SEKISHO_WORKSPACE", str(other.folder))
        assert Workspace.open().folder == other.folder
        assert Workspace.open(workspace.folder).folder == workspace.folder

    def test_there_is_none(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)
        with pytest.raises(InputError, match="no workspace here or above → name one, or make one"):
            Workspace.open()
        with pytest.raises(InputError, match="is no workspace → make one with: sekisho init DIR"):
            Workspace.open(tmp_path)

    def test_the_database_is_gone(self, workspace: Workspace) -> None:
        workspace.database_path.unlink()
        with pytest.raises(InputError, match=r"has no sekisho.db"):
            Workspace.open(workspace.folder)

    def test_postgresql_is_not_there_yet(self, workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("SEKISHO_DATABASE_URL", "postgresql://u:secret@db/x")
        for act in (Workspace.open, Workspace.create):
            with pytest.raises(InputError, match="PostgreSQL is not yet supported in this version") as raised:
                act(workspace.folder)
            assert "secret" not in str(raised.value)


class TestLoading:
    def test_sqlite_and_parquet_hold_the_registry(self, workspace: Workspace, tables: Path) -> None:
        write(
            tables,
            policies="policy_no,insurer_id,agency_id,line,holder_name,満期日,保険料,事故,個人番号,備考\n"
            "KA-0001,KOU,AOBA,損保,山田,令和7年3月31日,12000,有,983205673214,x\n",
            joint_uses="joint_use_id,party_ids,purpose,items,start\nJ1,KOU;AOBA,支払,証券番号,2024-04-01\n",
        )
        report = workspace.load(tables)
        assert report.ok, report.text()
        assert report.load_id == f"20260401T090000-{report.version[:8]}"
        registry, _ = read_registry(tables)
        assert registry
        kept = workspace.registry()
        assert kept.version == registry.version == workspace.current().version
        assert all(kept.tables[name].equals(registry.tables[name]) for name in TABLES)
        con = workspace.connect()
        con.row_factory = sqlite3.Row
        row = dict(con.execute("select * from policies").fetchone())
        assert {name: row[name] for name in ("line", "expiry_date", "premium", "has_claim", "phone")} == {
            "line": "nonlife", "expiry_date": "2025-03-31", "premium": 12000, "has_claim": 1, "phone": None,
        }  # fmt: skip
        assert con.execute('select start, "end" from supervisions').fetchone()[:] == ("2021-04-01", "9999-12-31")
        assert con.execute("select items_mask from joint_uses").fetchone()[0] == 1
        con.close()
        assert b"983205673214" not in workspace.database_path.read_bytes()

    def test_every_table_and_column_is_there(self, workspace: Workspace, tables: Path) -> None:
        workspace.load(tables)
        con = workspace.connect()
        for name, table in TABLES.items():
            columns = [row[1] for row in con.execute(f'pragma table_info("{name}")')]
            assert columns == [field.name for field in table.arrow_schema if field.name != "my_number"]
        plan = con.execute("explain query plan select * from policies where policy_no = 'x'").fetchone()
        assert "USING INDEX" in plan[3]
        con.close()

    def test_a_load_with_errors_changes_nothing(self, workspace: Workspace, tables: Path) -> None:
        first = workspace.load(tables)
        report = workspace.load(write(tables, policies="policy_no\n1\n"))
        assert not report.ok
        assert report.load_id == ""
        assert workspace.current().load_id == first.load_id
        assert [len(numbers) for numbers in policy_numbers(workspace)] == [2, 2]

    def test_the_next_load_replaces_it_and_the_history_stays(self, workspace: Workspace, tables: Path) -> None:
        (workspace.folder / "sekisho.toml").write_text("[store]\nkeep_loads = 2\n")
        ids = [workspace.load(tables).load_id, workspace.load(tables).load_id]
        ids.append(workspace.load(write(tables, policies=AFTER)).load_id)
        assert len(set(ids)) == 3
        assert [len(numbers) for numbers in policy_numbers(workspace)] == [3, 3]
        assert {p.name for p in (workspace.folder / "loads").iterdir()} == set(ids[1:])
        con = workspace.connect()
        rows = con.execute("select load_id, at, source, counts from loads order by number").fetchall()
        con.close()
        assert [row[0] for row in rows] == ids
        assert {row[1:3] for row in rows} == {("2026-04-01T09:00:00+09:00", str(tables))}
        assert '"policies": 3' in rows[-1][3]

    def test_the_settings_translate_headers(self, workspace: Workspace, tables: Path) -> None:
        write(tables, agencies="agency_id,商号名\nAOBA,青葉\nMIDORI,みどり\n")
        assert not workspace.load(tables).ok
        (workspace.folder / "sekisho.toml").write_text('[registry.headers.agencies]\n"商号名" = "name"\n')
        assert workspace.load(tables).ok

    def test_nothing_was_loaded_yet(self, workspace: Workspace) -> None:
        for act in (workspace.registry, workspace.connect, workspace.current):
            with pytest.raises(InputError, match="nothing has been loaded yet → load the tables with"):
                act()

    def test_the_connection_reads_and_may_hold_temporary_tables(self, workspace: Workspace, tables: Path) -> None:
        workspace.load(tables)
        con = workspace.connect()
        con.execute("create temp table asked (viewer text)")
        con.execute("insert into asked values ('AOBA')")
        con.execute(
            "create temp view v as select a.viewer, p.policy_no from asked a join policies p on p.agency_id = a.viewer"
        )
        assert len(con.execute("select * from v").fetchall()) == 2
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            con.execute("delete from policies")
        con.close()

    def test_who_reads_sees_one_load_while_another_is_made(self, workspace: Workspace, tables: Path) -> None:
        workspace.load(tables)
        con = workspace.connect()
        con.execute("begin")
        assert con.execute("select count(*) from policies").fetchone() == (2,)
        workspace.load(write(tables, policies=AFTER))
        assert con.execute("select count(*) from policies").fetchone() == (2,)
        con.execute("commit")
        assert con.execute("select count(*) from policies").fetchone() == (3,)
        con.close()

    def test_days_are_days_and_types_are_kept(self, workspace: Workspace, tables: Path) -> None:
        workspace.load(tables)
        policies = workspace.registry().tables["policies"]
        assert policies["expiry_date"][0].as_py() == date(2025, 4, 1)
        assert policies.schema.field("has_claim").type == pa.bool_()


class TestTrouble:
    def test_a_damaged_parquet_file_is_noticed(self, workspace: Workspace, tables: Path) -> None:
        load_id = workspace.load(tables).load_id
        path = workspace.folder / "loads" / load_id / "policies.parquet"
        content = bytearray(path.read_bytes())
        content[20] ^= 0xFF
        path.write_bytes(content)
        with pytest.raises(SekishoError, match=r"policies.parquet: cannot be read; .* → load the registry again"):
            workspace.registry()
        path.unlink()
        with pytest.raises(SekishoError, match=r"policies.parquet: is missing → load the registry again"):
            workspace.registry()

    def test_a_damaged_database_is_named(self, workspace: Workspace) -> None:
        workspace.database_path.write_bytes(b"no database at all" * 100)
        with pytest.raises(SekishoError, match=r"sekisho.db: this is no database → restore it"):
            workspace.current()

    def test_a_newer_format_is_refused(self, workspace: Workspace) -> None:
        con = sqlite3.connect(workspace.database_path)
        con.execute("pragma user_version = 99")
        con.close()
        with pytest.raises(InputError, match="was made by a newer Sekisho"):
            workspace.current()

    def test_another_writer_holds_the_database(
        self, workspace: Workspace, tables: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        first = workspace.load(tables)
        monkeypatch.setattr("sekisho.store.database._WAIT_SECONDS", 0.05)
        other = sqlite3.connect(workspace.database_path, isolation_level=None)
        other.execute("begin immediate")
        with pytest.raises(SekishoError, match=r"another program is writing to the database → wait"):
            workspace.load(write(tables, policies=AFTER))
        other.execute("rollback")
        other.close()
        assert workspace.current().load_id == first.load_id
        assert [p.name for p in (workspace.folder / "loads").iterdir()] == [first.load_id]

    def test_the_disk_is_full_while_tables_are_written(
        self, workspace: Workspace, tables: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        first = workspace.load(tables)

        def full(*_: object, **__: object) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr("sekisho.store.loads.pq.write_table", full)
        with pytest.raises(SekishoError, match=r"No space left on device.*the previous load is in force"):
            workspace.load(write(tables, policies=AFTER))
        assert workspace.current().load_id == first.load_id
        assert [p.name for p in (workspace.folder / "loads").iterdir()] == [first.load_id]
        assert [len(numbers) for numbers in policy_numbers(workspace)] == [2, 2]

    def test_the_database_is_full(self, workspace: Workspace, tables: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        first = workspace.load(tables)
        con = sqlite3.connect(workspace.database_path)
        pages = con.execute("pragma page_count").fetchone()[0]
        con.close()
        rows = "".join(f"P{n},KOU,AOBA,nonlife,{'山田' * 50},,\n" for n in range(2_000))
        from sekisho.store import database

        plain = database._open

        def small(path: Path, mode: str) -> sqlite3.Connection:
            opened = plain(path, mode)
            opened.execute(f"pragma max_page_count = {pages + 5}")
            return opened

        monkeypatch.setattr(database, "_open", small)
        with pytest.raises(SekishoError, match="there is no space left on the disk"):
            workspace.load(write(tables, policies=SMALL["policies"] + rows))
        monkeypatch.setattr(database, "_open", plain)
        assert workspace.current().load_id == first.load_id
        assert [len(numbers) for numbers in policy_numbers(workspace)] == [2, 2]


KILLED = """
import os, signal, sys
from sekisho.store import Workspace, database, loads

def die(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)

moment = sys.argv[3]
if moment == "while Parquet is written":
    plain = loads.pq.write_table
    written = []
    def write_table(*a, **k):
        plain(*a, **k)
        written.append(1)
        if len(written) == 5:
            die()
    loads.pq.write_table = write_table
elif moment == "before Parquet gets its name":
    loads.Path.rename = die
elif moment == "before the tables are replaced":
    database.replace_tables = die
elif moment == "while the tables are replaced":
    plain = database._fill
    def fill(con, table, data):
        plain(con, table, data)
        if table.name == "policies":
            die()
    database._fill = fill
elif moment == "before the commit":
    plain = database.replace_tables
    def replace(*a):
        plain(*a)
        die()
    database.replace_tables = replace
elif moment == "after the commit":
    loads.prune = die
Workspace.open(sys.argv[1]).load(sys.argv[2])
"""


@pytest.mark.parametrize(
    ("moment", "policy_count"),
    [
        ("while Parquet is written", 2),
        ("before Parquet gets its name", 2),
        ("before the tables are replaced", 2),
        ("while the tables are replaced", 2),
        ("before the commit", 2),
        ("after the commit", 3),
    ],
)
def test_killed_at_any_moment_one_load_is_in_force(
    workspace: Workspace, tables: Path, moment: str, policy_count: int
) -> None:
    first = workspace.load(tables)
    write(tables, policies=AFTER)
    ended = subprocess.run(
        [sys.executable, "-c", KILLED, str(workspace.folder), str(tables), moment],
        env={**os.environ, "SEKISHO_NOW": "2026-04-02T09:00:00+09:00"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ended.returncode == -signal.SIGKILL, ended.stderr
    assert [len(numbers) for numbers in policy_numbers(workspace)] == [policy_count] * 2
    assert (workspace.current().load_id == first.load_id) == (policy_count == 2)
    # The next load works and sweeps up what was left behind.
    assert workspace.load(tables).ok
    assert [len(numbers) for numbers in policy_numbers(workspace)] == [3, 3]
    con = workspace.connect()
    known = {row[0] for row in con.execute("select load_id from loads")}
    con.close()
    assert {p.name for p in (workspace.folder / "loads").iterdir()} == known
