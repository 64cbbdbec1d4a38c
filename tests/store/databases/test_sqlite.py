"""The workspace's database in SQLite: its own troubles, and what only a file has."""

import sqlite3
from pathlib import Path

import pytest
from tests.registry.small import TABLES as SMALL
from tests.registry.small import write
from tests.store.looking import AFTER, policy_numbers

from sekisho.kernel.errors import InputError, SekishoError
from sekisho.store import Workspace
from sekisho.store.databases import sqlite
from sekisho.store.databases.sqlite import NAME


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace.create(tmp_path / "ws")


def test_indexes_are_used_and_the_my_number_is_nowhere(workspace: Workspace, tables: Path) -> None:
    write(
        tables,
        policies="policy_no,insurer_id,agency_id,line,holder_name,個人番号\nKA-0001,KOU,AOBA,損保,山田,983205673214\n",
    )
    workspace.load(tables)
    con = workspace.connect()
    plan = con.execute("explain query plan select * from policies where policy_no = 'x'").fetchone()
    assert "USING INDEX" in plan[3]
    con.close()
    assert b"983205673214" not in (workspace.folder / NAME).read_bytes()


def test_the_database_is_gone(workspace: Workspace) -> None:
    (workspace.folder / NAME).unlink()
    with pytest.raises(InputError, match=r"has no sekisho.db"):
        Workspace.open(workspace.folder)


def test_the_connection_reads_and_may_hold_temporary_tables(workspace: Workspace, tables: Path) -> None:
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


def test_a_damaged_database_is_named(workspace: Workspace) -> None:
    (workspace.folder / NAME).write_bytes(b"no database at all" * 100)
    with pytest.raises(SekishoError, match=r"sekisho.db: this is no database → restore it"):
        workspace.current()


def test_a_newer_format_is_refused(workspace: Workspace) -> None:
    con = sqlite3.connect(workspace.folder / NAME)
    con.execute("pragma user_version = 99")
    con.close()
    with pytest.raises(InputError, match="was made by a newer Sekisho"):
        workspace.current()


def test_another_writer_holds_the_database(workspace: Workspace, tables: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = workspace.load(tables)
    monkeypatch.setattr("sekisho.store.databases.sqlite._WAIT_SECONDS", 0.05)
    other = sqlite3.connect(workspace.folder / NAME, isolation_level=None)
    other.execute("begin immediate")
    with pytest.raises(SekishoError, match=r"another program is writing to the database → wait"):
        workspace.load(write(tables, policies=AFTER))
    other.execute("rollback")
    other.close()
    assert workspace.current().load_id == first.load_id
    assert [p.name for p in (workspace.folder / "loads").iterdir()] == [first.load_id]


def test_the_database_is_full(workspace: Workspace, tables: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = workspace.load(tables)
    con = sqlite3.connect(workspace.folder / NAME)
    pages = con.execute("pragma page_count").fetchone()[0]
    con.close()
    rows = "".join(f"P{n},KOU,AOBA,nonlife,{'山田' * 50},,\n" for n in range(2_000))
    plain = sqlite._open

    def small(path: Path, mode: str) -> sqlite3.Connection:
        opened = plain(path, mode)
        opened.execute(f"pragma max_page_count = {pages + 5}")
        return opened

    monkeypatch.setattr(sqlite, "_open", small)
    with pytest.raises(SekishoError, match="there is no space left on the disk"):
        workspace.load(write(tables, policies=SMALL["policies"] + rows))
    monkeypatch.setattr(sqlite, "_open", plain)
    assert workspace.current().load_id == first.load_id
    assert [len(numbers) for numbers in policy_numbers(workspace)] == [2, 2]
