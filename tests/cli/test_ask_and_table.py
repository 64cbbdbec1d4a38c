"""``may``, ``incident table``, ``init``, ``load``, ``--version`` from the outside."""

import json
from pathlib import Path

import duckdb
import pytest

from tests.cli.conftest import Sekisho


@pytest.fixture
def workspace(sekisho: Sekisho, registry_folder: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "ws"
    assert sekisho("init", folder).status == 0
    ended = sekisho("load", registry_folder, "--workspace", folder)
    assert ended.status == 0, ended.out + ended.err
    return folder


@pytest.mark.parametrize("where", ["workspace", "registry"])
def test_may_gives_the_same_answer_from_workspace_and_from_files(
    sekisho: Sekisho, workspace: Path, registry_folder: Path, where: str
) -> None:
    source = ("--workspace", workspace) if where == "workspace" else ("--registry", registry_folder)
    for viewer, expected in [("KOU", "entitled"), ("OTSU", "not_entitled"), ("aoki", "entitled")]:
        ended = sekisho("may", viewer, "KA12345678", "--at", "2024-02-01", "--json", *source)
        assert ended.status == 0, ended.err
        assert json.loads(ended.out)["verdict"] == expected, viewer


def test_why_names_what_is_missing(sekisho: Sekisho, workspace: Path) -> None:
    short = sekisho("may", "OTSU", "KA12345678", "--at", "2024-02-01", "--workspace", workspace)
    long = sekisho("may", "OTSU", "KA12345678", "--at", "令和6年2月1日", "--why", "--workspace", workspace)
    assert len(short.out.splitlines()) == 1
    assert len(long.out.splitlines()) > 4
    assert long.out.startswith(short.out.strip())


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("may", "NOBODY", "KA12345678"), "viewer"),
        (("may", "KOU", "KA99999999"), "no policy with this number"),
        (("may", "KOU", "KA12345678", "--at", "someday"), "--at"),
        (("may", "KOU", "KA12345678", "--items", "blood_type"), "blood_type"),
        (("may", "KOU", "KA12345678", "--lang", "xx"), "--lang"),
    ],
)
def test_an_unknown_thing_is_no_answer(sekisho: Sekisho, workspace: Path, words: tuple[str, ...], said: str) -> None:
    ended = sekisho(*words, "--workspace", workspace)
    assert ended.status == 2
    assert ended.out == ""
    assert said in ended.err


def test_the_table_from_findings(sekisho: Sekisho, leak: Path, registry_folder: Path) -> None:
    sekisho("sweep", "mail", leak, "--registry", registry_folder, "--out", "f.parquet")
    ended = sekisho(
        *("incident", "table", "f.parquet", "--as-of", "2024-08-30"),
        *("--registry", registry_folder, "--csv", "table.csv"),
    )
    assert ended.status == 0, ended.err
    assert "2024年8月30日時点" in ended.out
    assert "代理店による事案" in ended.out
    assert "漏えいした項目" in ended.out and "証券番号" in ended.out
    assert "代理店による事案,1,1,1,1,0,1" in Path("table.csv").read_text(encoding="utf-8-sig")
    document = json.loads(sekisho("incident", "table", "f.parquet", "--json").out)
    assert document["rows"][0]["record_count"] == 1


def test_an_incident_that_is_not_there_is_said(sekisho: Sekisho, workspace: Path) -> None:
    ended = sekisho("incident", "table", "7", "--workspace", workspace)
    assert ended.status == 2
    assert "there is no incident 7" in ended.err


def test_load_lists_every_bad_row_and_loads_nothing(sekisho: Sekisho, workspace: Path, tmp_path: Path) -> None:
    bad = tmp_path / "bad"
    bad.mkdir()
    (bad / "insurers.csv").write_text("insurer_id,name,kind\nKOU,甲損害保険,nonlife\nX,謎,other\n", encoding="utf-8")
    ended = sekisho("load", bad, "--workspace", workspace)
    assert ended.status == 2
    assert "insurers.csv:3" in ended.out
    assert sekisho("may", "OTSU", "KA12345678", "--at", "2024-02-01", "--workspace", workspace).status == 0, (
        "the earlier load is still in force"
    )


def test_init_leaves_other_folders_alone(sekisho: Sekisho, tmp_path: Path) -> None:
    (tmp_path / "x").mkdir()
    (tmp_path / "x" / "mine.txt").write_text("mine")
    ended = sekisho("init", tmp_path / "x")
    assert ended.status == 2
    assert [path.name for path in (tmp_path / "x").iterdir()] == ["mine.txt"]


def test_demo_leaves_other_folders_alone(sekisho: Sekisho, tmp_path: Path) -> None:
    (tmp_path / "x").mkdir()
    (tmp_path / "x" / "mine.txt").write_text("mine")
    assert sekisho("demo", tmp_path / "x").status == 2
    assert (tmp_path / "x" / "mine.txt").read_text() == "mine"


def test_version(sekisho: Sekisho) -> None:
    assert sekisho("--version").out.startswith("sekisho ")


def test_an_unforeseen_error_shows_no_values(sekisho: Sekisho, monkeypatch: pytest.MonkeyPatch, leak: Path) -> None:
    def broken(*_words: object, **_options: object) -> None:
        raise RuntimeError("山田花子 KA12345678")

    monkeypatch.setattr("sekisho.cli.incident.table.read_findings", broken)
    monkeypatch.delenv("SEKISHO_DEBUG", raising=False)
    ended = sekisho("incident", "table", "f.csv")
    assert ended.status == 1
    assert "RuntimeError" in ended.err
    assert "山田" not in ended.err and "KA12345678" not in ended.err


def test_too_little_memory_is_said_plainly(sekisho: Sekisho, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_words: object, **_options: object) -> None:
        raise duckdb.OutOfMemoryException("could not allocate block for 山田花子")

    monkeypatch.setattr("sekisho.cli.incident.table.read_findings", full)
    ended = sekisho("incident", "table", "f.csv")
    assert ended.status == 1
    assert "not enough memory" in ended.err and "山田" not in ended.err


def test_list_and_who_agree_with_may(sekisho: Sekisho, workspace: Path, registry_folder: Path) -> None:
    for source in (("--workspace", workspace), ("--registry", registry_folder)):
        listed = sekisho("list", "KOU", "--at", "2024-02-01", "--json", *source)
        assert listed.status == 0, listed.err
        numbers = {row["policy_no"] for row in json.loads(listed.out)["policies"]}
        assert "KA12345678" in numbers
        holders = sekisho("who", "KA12345678", "--at", "2024-02-01", "--json", *source)
        viewers = {row["viewer"] for row in json.loads(holders.out)["holders"]}
        for viewer in ("KOU", "OTSU", "aoki"):
            asked = sekisho("may", viewer, "KA12345678", "--at", "2024-02-01", "--json", *source)
            assert (json.loads(asked.out)["verdict"] == "entitled") == (viewer in viewers), viewer


def test_list_and_who_explain_themselves(sekisho: Sekisho, workspace: Path) -> None:
    words = ("--at", "2024-02-01", "--workspace", workspace, "--why")
    told = json.loads(sekisho("list", "MIDORI", *words, "--json").out)
    assert {(why["insurer_id"], why["ground"]) for why in told["why"]} == {
        (row["insurer_id"], row["ground"]) for row in told["policies"]
    }
    assert all(why["verdict"] == "entitled" and why["viewer"] == "MIDORI" for why in told["why"])
    told = json.loads(sekisho("who", "KA12345678", *words, "--json").out)
    assert [why["viewer"] for why in told["why"]] == [row["viewer"] for row in told["holders"]]
    assert (
        "取扱代理店: 青葉保険サービス株式会社 (AOBA) はこの契約の取扱代理店" in sekisho("who", "KA12345678", *words).out
    )


def test_a_list_can_be_written_to_a_file(sekisho: Sekisho, workspace: Path, tmp_path: Path) -> None:
    ended = sekisho("list", "KOU", "--at", "2024-02-01", "--out", tmp_path / "l.csv", "--workspace", workspace)
    assert ended.status == 0, ended.err
    assert (tmp_path / "l.csv").read_text(encoding="utf-8-sig").startswith("insurer_id,policy_no,")
    assert sekisho("list", "KOU", "--out", tmp_path / "l.txt", "--workspace", workspace).status == 2


@pytest.mark.parametrize("words", [("list", "NOBODY"), ("who", "KA99999999")])
def test_a_set_of_something_unknown_is_no_empty_set(sekisho: Sekisho, workspace: Path, words: tuple[str, ...]) -> None:
    ended = sekisho(*words, "--workspace", workspace)
    assert ended.status == 2
    assert ended.out == ""
