"""What was believed when: every load can be rebuilt, corrections do not change what had been answered before."""

import shutil
from contextlib import closing
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.entitlement.world import sqlite_world
from tests.store.history.worlds import LOADS, Made, load_all, multiset

from sekisho.entitlement.inputs import REGISTRY, fitted
from sekisho.entitlement.rule import Rule
from sekisho.kernel.errors import InputError, SekishoError
from sekisho.store import Workspace

BEFORE, AFTER = date(2026, 3, 31), date(2026, 4, 15)
"""The last day of the appointment, as corrected, and a day between the mistake and its correction."""
VIEWERS = ("KOU", "AOBA", "MIDORI", "OTSU", "P-AOBA1", "P-SATO", "hanako@customer.example.jp")


def visible(tables: dict[str, pa.Table], on: date) -> dict[str, list[dict[str, object]]]:
    with closing(sqlite_world(tables)) as connection:
        rule = Rule.over_sqlite(connection)
        return {viewer: rule.visible(viewer, on=on).to_pylist() for viewer in VIEWERS}


class TestCorrections:
    def test_the_answer_of_then_and_the_answer_of_now(self, workspace: Workspace, made: Made) -> None:
        """On 15 April AOBA was told that it may; since the correction the answer is that it might not."""
        answers = [
            Rule.over_registry(workspace.registry_tables_at(load_id).tables).may("AOBA", "K-100", on=AFTER)
            for load_id, _ in made
        ]
        assert [answer.entitled for answer in answers] == [True, False, False]
        assert [answer.missing for answer in answers] == [None, "appointment", "appointment"]

    @pytest.mark.parametrize("on", [BEFORE, AFTER])
    def test_whole_sets_are_those_of_the_registries_that_were_loaded(
        self, workspace: Workspace, made: Made, on: date
    ) -> None:
        sets = []
        for load_id, registry in made:
            believed = workspace.registry_tables_at(load_id)
            assert believed.load.load_id == load_id
            tables = believed.tables
            assert multiset(tables) == multiset(registry)
            sets.append(visible(tables, on))
            originals = {name: fitted(registry.tables[name], columns) for name, columns in REGISTRY.items()}
            assert sets[-1] == visible(originals, on)
        # MIDORI's K-300, and later K-200, through the supervision: as long as AOBA itself is appointed
        counts = [len(of["AOBA"]) for of in sets]
        assert counts == ([3, 3, 3] if on == BEFORE else [3, 0, 0])
        assert [len(of["MIDORI"]) for of in sets] == [1, 1, 2]
        assert [len(of["hanako@customer.example.jp"]) for of in sets] == [1, 1, 1]


class TestWhen:
    @pytest.mark.parametrize(
        ("known", "number"),
        [
            ("2026-04-01T09:00:00+09:00", 0),
            ("2026-04-01T00:00:00Z", 0),
            ("2026-04-01T09:00", 0),
            ("令和8年4月1日", 0),
            ("2026-04-30", 0),
            ("2026-05-01T08:59:59+09:00", 0),
            ("2026-05-01T09:00:00+09:00", 1),
            ("2026-05-01", 1),
            ("2026-06-01", 2),
            ("2026-07-01", 2),
        ],
    )
    def test_an_instant_means_the_load_in_force_then(
        self, workspace: Workspace, made: Made, known: str, number: int
    ) -> None:
        assert workspace.registry_tables_at(known).load.load_id == made[number][0]

    @pytest.mark.parametrize(
        ("known", "said"),
        [
            ("2026-04-01T08:59:59+09:00", "nothing had been loaded by then; the first load is of 2026-04-01T09:00:00"),
            ("2026-03-31", "nothing had been loaded by then"),
            ("2026-07-02", "is still to come"),
            ("2026-07-01T09:00:01+09:00", "is still to come"),
            ("20260401T090000-00000000", "is no load and no instant"),
            ("someday", "is no load and no instant"),
            ("", "is no load and no instant"),
            ("99:99", "is no load and no instant"),
        ],
    )
    def test_what_was_never_known_is_refused(self, workspace: Workspace, made: Made, known: str, said: str) -> None:
        with pytest.raises(InputError, match=said):
            workspace.registry_tables_at(known)


class TestWhatIsKept:
    def test_no_customer_data_but_what_the_rule_reads(self, workspace: Workspace, made: Made) -> None:
        folders = [workspace.folder / "history" / load_id for load_id, _ in made]
        rows = [path for folder in folders for path in folder.rglob("*.parquet")]
        assert {path.name for path in rows} == {
            "appointments.added.parquet", "appointments.removed.parquet",
            "policies.added.parquet", "policies.removed.parquet",
        }  # fmt: skip
        for path in rows:
            columns = set(pq.read_table(path).column_names)
            assert not columns & {"holder_name", "my_number", "備考", "birth_date"}, path
        everything = b"".join(path.read_bytes() for folder in folders for path in folder.rglob("*") if path.is_file())
        for secret in ("983205673214", "山田", "控え"):
            assert secret.encode() not in everything

    def test_the_first_load_is_not_copied(self, workspace: Workspace, made: Made) -> None:
        assert [path.name for path in (workspace.folder / "history" / made[0][0]).iterdir()] == ["change.json"]

    def test_a_change_the_rule_does_not_read_leaves_no_rows(
        self, workspace: Workspace, made: Made, tmp_path: Path
    ) -> None:
        source = tmp_path / "registry2"
        text = (source / "policies.csv").read_text().replace("鈴木 例太", "鈴木 改名")
        (source / "policies.csv").write_text(text)
        report = workspace.load(source)
        assert report.version != made[-1][1].version
        assert [path.name for path in (workspace.folder / "history" / report.load_id).iterdir()] == ["change.json"]
        assert multiset(workspace.registry_tables_at(report.load_id).tables) == multiset(made[-1][1])


class TestWorkspacesFromBefore:
    def test_the_history_begins_with_the_next_load_and_says_so(
        self, workspace: Workspace, made: Made, tmp_path: Path
    ) -> None:
        shutil.rmtree(workspace.folder / "history")  # as a workspace from before has none
        with pytest.raises(
            InputError, match=f"no history was kept then; the history begins with the load {made[2][0]}"
        ):
            workspace.registry_tables_at(made[1][0])
        report = workspace.load(tmp_path / "registry0")
        for load_id, registry in ((made[2][0], made[2][1]), (report.load_id, made[0][1])):
            assert multiset(workspace.registry_tables_at(load_id).tables) == multiset(registry)
        with pytest.raises(InputError, match=f"begins with the load {made[2][0]}"):
            workspace.registry_tables_at("2026-05-01")


class TestTrouble:
    def damage(self, path: Path) -> None:
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 0xFF
        path.chmod(0o600)
        path.write_bytes(content)

    @pytest.mark.parametrize("name", ["policies.added.parquet", "policies.removed.parquet", "change.json"])
    def test_a_damaged_file_is_named_and_what_came_later_stands(
        self, workspace: Workspace, made: Made, name: str
    ) -> None:
        self.damage(workspace.folder / "history" / made[2][0] / name)
        with pytest.raises(SekishoError, match=rf"{name}: is damaged.*checksum.*→ restore it from a backup"):
            workspace.registry_tables_at(made[1][0])
        assert multiset(workspace.registry_tables_at(made[2][0]).tables) == multiset(made[2][1])

    def test_a_missing_file_is_named(self, workspace: Workspace, made: Made) -> None:
        (workspace.folder / "history" / made[2][0] / "policies.removed.parquet").unlink()
        with pytest.raises(SekishoError, match=r"policies.removed.parquet: is missing → restore"):
            workspace.registry_tables_at(made[0][0])

    def test_files_that_do_not_fit_together_give_no_answer(self, workspace: Workspace, made: Made) -> None:
        """A load's own tables that were exchanged for others are noticed when a past is rebuilt from them."""
        first, last = (workspace.folder / "history" / made[number][0] for number in (1, 2))
        loads = workspace.folder / "loads" / made[2][0]
        assert first.is_dir() and last.is_dir()
        shutil.copy(loads / "supervisions.parquet", loads / "policies.parquet")
        with pytest.raises(SekishoError, match="does not fit together"):
            workspace.registry_tables_at(made[1][0])

    def test_another_kept_load_helps_where_one_is_damaged(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("SEKISHO_NOW", "2026-07-01T09:00:00+09:00")
        workspace = Workspace.create(tmp_path / "ws")
        found = load_all(workspace, tmp_path)  # three loads are kept
        self.damage(workspace.folder / "loads" / found[1][0] / "policies.parquet")
        assert multiset(workspace.registry_tables_at(found[1][0]).tables) == multiset(found[1][1])
        self.damage(workspace.folder / "loads" / found[2][0] / "policies.parquet")
        report = workspace.load(tmp_path / "registry0")
        assert report.ok and not report.warning_count
        assert multiset(workspace.registry_tables_at(found[2][0]).tables) == multiset(found[2][1])

    def test_a_load_before_that_cannot_be_read_does_not_stop_the_next(
        self, workspace: Workspace, made: Made, tmp_path: Path
    ) -> None:
        self.damage(workspace.folder / "loads" / made[2][0] / "policies.parquet")
        report = workspace.load(tmp_path / "registry0")
        assert report.ok
        assert "the history begins anew with this load" in report.text()
        assert multiset(workspace.registry_tables_at(report.load_id).tables) == multiset(made[0][1])
        with pytest.raises(InputError, match=f"begins with the load {report.load_id}"):
            workspace.registry_tables_at(made[2][0])


def test_the_loads_stand_in_order(workspace: Workspace, made: Made) -> None:
    past = workspace.past()
    assert [load.load_id for load in past.loads] == [load_id for load_id, _ in made]
    assert [load.at for load in past.loads] == [at for at, _ in LOADS]
    assert [past.until(load) for load in past.loads] == [LOADS[1][0], LOADS[2][0], None]
    assert past.first_of_chain() == 0
