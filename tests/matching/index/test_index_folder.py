"""The index as a folder: damaged, foreign, half-built, killed; extended by a day; read without the ledger."""

import json
import os
import shutil
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pyarrow as pa
import pytest

from sekisho.kernel.content import Text
from sekisho.kernel.errors import InputError
from sekisho.matching.index import build, folder, sorting
from sekisho.matching.index.append import add_policies
from sekisho.matching.index.build import build_index
from sekisho.matching.index.folder import HEADER, read_header
from sekisho.matching.index.keys import KEY_BYTES, Keys
from sekisho.matching.index.match_index import MatchIndex, open_index
from sekisho.matching.index.references import resolved
from sekisho.matching.matcher import Match, Matcher
from tests.matching.conftest import AOBA, INSURERS, LEDGER, TAKAHASHI, TWICE_KOU, policies

KEY = bytes(range(KEY_BYTES))
NEW = [
    TAKAHASHI | {"policy_no": "KA7654321", "holder_name": "髙橋 次郎", "birth_date": None, "phone": "03-0000-9999"},
    AOBA
    | {
        "policy_no": "H0001-00002",
        "holder_name": "丸山 桜",
        "email": "sakura@example.jp",
        "address": "札幌市中央区北1-2",
    },
]
TEXTS = [
    "証券番号KA1234567", "高橋太郎 S55.3.4", "青葉商事 022-000-1111", "山口虹 仙台市青葉区一番町1-2-3", "山口虹",
    "KA7654321 満期 2026/4/1", "髙橋次郎 03-0000-9999", "丸山桜 sakura@example.jp", "H0001-00002", "AB-778899 乙損保",
]  # fmt: skip


def batches(rows: list[dict[str, object]], size: int = 2) -> list[pa.RecordBatch]:
    table = policies(rows)
    table = table.append_column("agency_id", pa.array([f"AG{row % 3}" for row in range(len(rows))]))
    return table.to_batches(size)


def matches(index: MatchIndex) -> list[list[Match]]:
    matcher = Matcher(index, INSURERS)
    return [matcher.match([Text("body", text)]) for text in TEXTS]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    build_index(batches(LEDGER), tmp_path / "index", KEY)
    return tmp_path / "index"


def test_built_by_streaming_it_finds_what_the_one_in_memory_finds(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = matches(MatchIndex.build({"policies": policies(LEDGER)}, KEY))
    assert matches(MatchIndex.open(root, KEY, verify=True)) == whole
    monkeypatch.setattr(sorting, "HELD", 2)  # everything through the spill files
    spilled = root.with_name("spilled")
    build_index(batches(LEDGER), spilled, KEY)
    assert matches(MatchIndex.open(spilled, KEY, verify=True)) == whole
    assert [path.name for path in spilled.rglob("*spill*")] == []


def test_a_day_more_equals_a_build_from_scratch(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sekisho.matching.index.append.BLOCK", 3)
    header, added = add_policies(batches([*LEDGER, *NEW]), root, KEY)
    assert (added, header.rows, header.generation) == (2, 7, 2)
    build_index(batches([*LEDGER, *NEW]), root.with_name("fresh"), KEY)
    merged, fresh = MatchIndex.open(root, KEY, verify=True), MatchIndex.open(root.with_name("fresh"), KEY)
    assert matches(merged) == matches(fresh)
    assert matches(merged)[5:8] != [[], [], []]
    assert merged.numbers.tolist() == fresh.numbers.tolist()
    assert merged.tags.tolist() == fresh.tags.tolist()
    rows = list(range(7))
    assert merged.policies(rows).drop(["policy_no"]) == fresh.policies(rows).drop(["policy_no"])
    assert {name: facts["keys"] for name, facts in header.fields.items()} == {
        name: facts["keys"] for name, facts in read_header(root.with_name("fresh"), None)[0].fields.items()
    }


def test_many_repeated_values_merge_into_their_lists(tmp_path: Path) -> None:
    """Enough of them that the fields are posted: each value once, with a list of references."""
    people = [
        {"policy_no": f"KA{row:07d}", "insurer_id": "KOU", "holder_name": f"山田 {'一二三四五'[row % 5]}郎",
         "birth_date": TAKAHASHI["birth_date"], "insured_name": "鈴木 花子"}
        for row in range(60)
    ]  # fmt: skip
    build_index(batches(people[:40], 7), tmp_path / "merged", KEY)
    add_policies(batches(people[:50], 7), tmp_path / "merged", KEY)
    add_policies(batches(people, 7), tmp_path / "merged", KEY)
    build_index(batches(people, 60), tmp_path / "fresh", KEY)
    merged, fresh = (MatchIndex.open(tmp_path / name, KEY, verify=True) for name in ("merged", "fresh"))
    assert merged.store.refs.tolist() == fresh.store.refs.tolist()
    assert merged.store.starts.tolist() == fresh.store.starts.tolist()


def test_adding_nothing_changes_nothing(root: Path) -> None:
    before = (root / HEADER).read_bytes()
    assert add_policies(batches(LEDGER), root, KEY)[1] == 0
    assert (root / HEADER).read_bytes() == before
    assert sorted(path.name for path in root.iterdir()) == [".lock", "g000001", HEADER]


def test_who_has_the_old_generation_open_goes_on_with_it(root: Path) -> None:
    old = MatchIndex.open(root, KEY)
    assert old.folder is not None
    add_policies(batches([*LEDGER, *NEW]), root, KEY)
    assert [match.policy_row for match in Matcher(old, INSURERS).match([Text("body", "KA7654321 KA1234567")])] == [0]
    assert MatchIndex.open(old.folder, KEY).rows == len(LEDGER), "a worker started later opens the same"
    add_policies(batches([*LEDGER, *NEW, NEW[0] | {"policy_no": "KA7654322"}]), root, KEY)
    assert sorted(path.name for path in root.glob("g*")) == ["g000002", "g000003"], "the oldest is taken away"


def test_an_index_that_has_outgrown_its_width_is_refused(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sekisho.matching.index.append.FULL", 0)
    with pytest.raises(InputError, match="outgrown"):
        add_policies(batches([*LEDGER, *NEW]), root, KEY)
    assert MatchIndex.open(root, KEY, verify=True).rows == len(LEDGER)


def test_every_damaged_file_is_named(root: Path) -> None:
    header, base = read_header(root, Keys(KEY))
    for name in header.files:
        path = base / name
        content = path.read_bytes()
        for spoilt in (content[:-1], content[:-1] + bytes([content[-1] ^ 1]), content + b"\0", None):
            path.unlink() if spoilt is None else path.write_bytes(spoilt)
            with pytest.raises(InputError, match="damaged") as error:
                MatchIndex.open(root, KEY, verify=True)
            assert error.value.where == str(path)
            if spoilt is None or len(spoilt) != len(content):
                with pytest.raises(InputError, match="damaged"):
                    MatchIndex.open(root, KEY)
            path.write_bytes(content)
    MatchIndex.open(root, KEY, verify=True)


def test_a_changed_header_is_not_believed(root: Path) -> None:
    content = (root / HEADER).read_bytes()
    document = json.loads(content)
    for name, value in document.items():
        if name in {"sekisho_index", "check"}:
            continue
        changed = {"rows": 3, "generation": 2, "files": {}, "fields": {}, "history": []}.get(name, f"{value}0")
        (root / HEADER).write_text(json.dumps(document | {name: changed}))
        with pytest.raises(InputError, match="damaged"):
            MatchIndex.open(root, KEY)
        (root / HEADER).write_text(json.dumps({other: one for other, one in document.items() if other != name}))
        with pytest.raises(InputError, match="damaged"):
            MatchIndex.open(root, KEY)
    for spoilt in (b"", content[: len(content) // 2], b"[]", b"\xff" * 10, b"[" * 100_000):
        (root / HEADER).write_bytes(spoilt)
        with pytest.raises(InputError, match="damaged"):
            MatchIndex.open(root, KEY)


def test_wrong_key_and_foreign_formats_have_their_own_words(root: Path, tmp_path: Path) -> None:
    key_file = tmp_path / "key"
    key_file.write_bytes(bytes(KEY_BYTES))
    key_file.chmod(0o600)
    with pytest.raises(InputError, match="not the key of this index"):
        open_index(root, key_file)
    document = json.loads((root / HEADER).read_text())
    for version, said in ((folder.FORMAT + 1, "newer"), (1, "older"), ("x", "older")):
        (root / HEADER).write_text(json.dumps(document | {"sekisho_index": version}))
        with pytest.raises(InputError, match=said):
            MatchIndex.open(root, KEY)


def test_a_half_built_index_is_told_and_built_anew(tmp_path: Path) -> None:
    root = tmp_path / "index"
    kill(root, "publish", [])
    assert any(root.iterdir())
    with pytest.raises(InputError, match="half-built"):
        MatchIndex.open(root, KEY)
    build_index(batches(LEDGER), root, KEY)
    assert sorted(path.name for path in root.iterdir()) == [".lock", "g000001", HEADER]
    with pytest.raises(InputError, match="an index already"):
        build_index(batches(LEDGER), root, KEY)


def test_a_failed_build_leaves_nothing(tmp_path: Path) -> None:
    def failing() -> object:
        yield from batches(LEDGER)
        raise InputError("bad row")

    with pytest.raises(InputError, match="bad row"):
        build_index(failing(), tmp_path / "index", KEY)  # type: ignore[arg-type]
    assert [path.name for path in (tmp_path / "index").iterdir()] == [".lock"]
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "letter.txt").write_text("mine")
    with pytest.raises(InputError, match="not empty"):
        build_index(batches(LEDGER), tmp_path / "other", KEY)


def kill(root: Path, at: str, rows: list[dict[str, object]]) -> None:
    """Build or add in a process that kills itself at a step."""
    program = f"""
        import os, signal
        from pathlib import Path
        from sekisho.matching.index import append, build, folder
        from tests.matching.index.test_index_folder import KEY, LEDGER, NEW, batches
        def end(*_, **__): os.kill(os.getpid(), signal.SIGKILL)
        if {at!r} == "publish": build.publish = append.publish = end
        if {at!r} == "rename": Path.rename = end
        if {at!r} == "header":
            write, count = folder.Header.write, []
            def once(self, *a):
                if count: end()
                count.append(1); write(self, *a)
            folder.Header.write = once
        if {at!r} == "remove": folder.shutil.rmtree = end
        root = Path({str(root)!r})
        if root.exists(): append.add_policies(batches([*LEDGER, *NEW]), root, KEY)
        else: build.build_index(batches(LEDGER), root, KEY)
    """
    place = Path(folder.__file__).parents[4]
    ended = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)], check=False, cwd=Path(__file__).parents[3],
        env=os.environ | {"PYTHONPATH": os.pathsep.join([str(place), "."])}, capture_output=True,
    )  # fmt: skip
    assert ended.returncode == -signal.SIGKILL, ended.stderr.decode()


@pytest.mark.slow
@pytest.mark.parametrize("at", ["publish", "rename", "header", "remove"])
def test_killed_while_adding_it_is_the_old_one_or_the_new(root: Path, at: str) -> None:
    kill(root, at, NEW)
    rows = MatchIndex.open(root, KEY, verify=True).rows
    assert rows == (len(LEDGER) if at != "remove" else len(LEDGER) + len(NEW))
    header, added = add_policies(batches([*LEDGER, *NEW]), root, KEY)
    assert (header.rows, rows + added) == (7, 7)
    MatchIndex.open(root, KEY, verify=True)
    assert list(root.glob(".g*")) == []


def test_two_at_once_are_held_apart(root: Path) -> None:
    with folder.locked(root), pytest.raises(InputError, match="another run"):
        add_policies(batches([*LEDGER, *NEW]), root, KEY)


def test_references_lead_back_to_the_ledger_and_nowhere_else(root: Path) -> None:
    index = MatchIndex.open(root, KEY)
    ledger = policies(LEDGER)
    assert index.rows_of(ledger).tolist() == [0, 1, 2, 3, 4], "AB-778899 of two insurers are two policies"
    assert index.rows_of(ledger.slice(2)).tolist() == [2, 3, 4]
    other = policies([TAKAHASHI | {"insurer_id": "HEI"}, TWICE_KOU | {"policy_no": "ab778899"}, {"policy_no": "?"}])
    assert index.rows_of(other).tolist() == [-1, 3, -1]
    held = index.policies([3, 0])
    assert held.column("policy_no").to_pylist() == [index.reference(3), f"ref:{index.index_id}:0"]
    assert held.column("insurer_id").to_pylist() == ["KOU", "KOU"]
    assert held.column("agency_id").to_pylist() == ["AG0", "AG0"]
    assert held.column("producer_id").to_pylist() == [None, None]
    findings = pa.table({"finding_id": ["a", "b", "c", "d"], "policy_no": [
        index.reference(1), "KA-000", index.reference(4), index.reference(1)]})  # fmt: skip
    told, found, missing = resolved(findings, index, batches(LEDGER[:4]))
    assert told.column("policy_no").to_pylist() == ["1234567890", "KA-000", index.reference(4), "1234567890"]
    assert (found, missing) == (1, 1)
    with pytest.raises(InputError, match="refers to the index"):
        resolved(pa.table({"policy_no": ["ref:00000000:1"]}), index, [])


def test_a_copy_elsewhere_is_the_same_index(root: Path, tmp_path: Path) -> None:
    shutil.copytree(root, tmp_path / "handed over")
    assert matches(MatchIndex.open(tmp_path / "handed over", KEY, verify=True)) == matches(MatchIndex.open(root, KEY))
    assert build.FORMAT == folder.FORMAT
