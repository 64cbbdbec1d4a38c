"""A workspace, on either database: made once, found from below, loaded whole or not at all, private."""

import json
import stat
from contextlib import closing
from datetime import date
from pathlib import Path

import pyarrow as pa
import pytest
from tests.registry.small import write
from tests.store.looking import AFTER, policy_numbers

from sekisho.kernel.errors import InputError, SekishoError
from sekisho.registry import read_registry
from sekisho.registry.schema import TABLES
from sekisho.store import Workspace


class TestMaking:
    def test_it_is_private(self, workspace: Workspace, tables: Path, database: str) -> None:
        assert workspace.is_new
        workspace.load(tables)
        con = workspace.connect()  # the write-ahead log and its index are there while it is open
        paths = [workspace.folder, *workspace.folder.rglob("*")]
        own = {"sqlite": {"sekisho.db", "sekisho.db-wal"}, "postgres": {"sekisho.postgres"}}[database]
        assert {p.name for p in paths} >= {"sekisho.toml", "loads", "policies.parquet", *own}
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
    @pytest.fixture
    def database(self) -> str:
        """One is enough: nothing is asked of it here."""
        return "sqlite"

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


class TestLoading:
    def test_the_database_and_parquet_hold_the_registry(
        self, workspace: Workspace, tables: Path, database: str
    ) -> None:
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
        with closing(workspace.connect()) as con:
            found = con.execute("select line, expiry_date, premium, has_claim, phone from policies").fetchone()
            days = con.execute('select start, "end" from supervisions').fetchone()
            mask = con.execute("select items_mask from joint_uses").fetchone()
        stored = {"sqlite": lambda day: day.isoformat(), "postgres": lambda day: day}[database]
        assert found == ("nonlife", stored(date(2025, 3, 31)), 12000, True, None)
        assert days == (stored(date(2021, 4, 1)), stored(date(9999, 12, 31)))
        assert mask == (1,)

    def test_every_table_and_column_is_there_but_the_my_number(self, workspace: Workspace, tables: Path) -> None:
        workspace.load(tables)
        with closing(workspace.connect()) as con:
            for name, table in TABLES.items():
                columns = [column[0] for column in con.execute(f'select * from "{name}"').description]
                assert columns == [field.name for field in table.arrow_schema if field.name != "my_number"]

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
        with closing(workspace.connect()) as con:
            rows = con.execute("select load_id, at, source, counts from loads order by number").fetchall()
        assert [row[0] for row in rows] == ids
        assert {row[1:3] for row in rows} == {("2026-04-01T09:00:00+09:00", str(tables))}
        counts = rows[-1][3] if isinstance(rows[-1][3], dict) else json.loads(rows[-1][3])
        assert counts == workspace.current().counts
        assert counts["policies"] == 3

    def test_the_settings_translate_headers(self, workspace: Workspace, tables: Path) -> None:
        write(tables, agencies="agency_id,商号名\nAOBA,青葉\nMIDORI,みどり\n")
        assert not workspace.load(tables).ok
        (workspace.folder / "sekisho.toml").write_text('[registry.headers.agencies]\n"商号名" = "name"\n')
        assert workspace.load(tables).ok

    def test_nothing_was_loaded_yet(self, workspace: Workspace) -> None:
        for act in (workspace.registry, workspace.connect, workspace.rule, workspace.current):
            with pytest.raises(InputError, match="nothing has been loaded yet → load the tables with"):
                act()

    def test_who_reads_sees_one_load_while_another_is_made(
        self, workspace: Workspace, tables: Path, database: str
    ) -> None:
        workspace.load(tables)
        begin = {"sqlite": "begin", "postgres": "begin isolation level repeatable read"}[database]
        with closing(workspace.connect()) as before, closing(workspace.connect()) as looking:
            before.execute(begin)
            assert before.execute("select count(*) from policies").fetchone() == (2,)
            looking.execute(begin)
            assert looking.execute("select count(*) from loads").fetchone() == (1,)
            workspace.load(write(tables, policies=AFTER))
            assert before.execute("select count(*) from policies").fetchone() == (2,)
            assert looking.execute("select count(*) from policies").fetchone() == (2,)  # a table not yet looked at
            before.execute("commit")
            assert before.execute("select count(*) from policies").fetchone() == (3,)

    def test_the_rule_answers_from_one_load(self, workspace: Workspace, tables: Path) -> None:
        workspace.load(tables)
        day = date(2024, 5, 1)
        with workspace.rule() as first:
            assert first.rule.may("AOBA", "KA-0002", on=day).entitled
            workspace.load(write(tables, policies=AFTER))
            assert first.rule.visible("AOBA", on=day).num_rows == 2
        with workspace.rule() as second:
            assert second.rule.visible("AOBA", on=day).num_rows == 3
        assert first.load is not None and second.load == workspace.current() != first.load

    def test_whoever_reads_cannot_write(self, workspace: Workspace, tables: Path) -> None:
        workspace.load(tables)
        with closing(workspace.connect()) as con, pytest.raises(Exception, match=r"read-?only"):
            con.execute("delete from policies")

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
