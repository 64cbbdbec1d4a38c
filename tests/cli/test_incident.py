"""Incidents on the command line, as a clerk keeps them (B1, B8, A7)."""

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Sekisho


@pytest.fixture
def swept(sekisho: Sekisho, registry_folder: Path, leak: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace with the fixed cast, and the findings of one leaking mail."""
    monkeypatch.setenv("SEKISHO_NOW", "2026-04-01T09:00:00+09:00")
    monkeypatch.setenv("SEKISHO_ACTOR", "佐藤")
    assert sekisho("init", "ws").status == 0
    monkeypatch.setenv("SEKISHO_WORKSPACE", str(Path("ws").absolute()))
    assert sekisho("load", registry_folder).status == 0
    ended = sekisho("sweep", "mail", leak, "--out", "findings.csv", "--workers", "1")
    assert ended.status == 0, ended.err
    return Path("findings.csv")


def shown(sekisho: Sekisho, number: int = 1) -> dict:  # type: ignore[type-arg]
    ended = sekisho("incident", "show", number, "--json")
    assert ended.status == 0, ended.err
    return json.loads(ended.out)  # type: ignore[no-any-return]


@pytest.mark.slow
def test_an_incident_from_findings_to_its_end(sekisho: Sekisho, swept: Path) -> None:
    opened = sekisho("incident", "open", swept, "--known-on", "2026-03-30", "--known-by", "検査部", "--party", "KOU")
    assert opened.status == 0, opened.err
    assert "事案 1" in opened.err
    one = shown(sekisho)
    assert one["incident"]["causes"] == ["A1"]
    assert one["incident"]["medium"] == "mail"
    assert one["table"]["record_count_distinct"] == 1
    assert [(task["kind"], task["party_id"]) for task in one["tasks"]] == [
        ("interview", "AOBA"),
        ("recovery", "OTSU"),
        ("deletion", "OTSU"),
    ]
    for words in (
        ("reason", 1, "委託契約の範囲の誤認", "--cause", "A1"),
        ("measure", 1, "複数社を宛先に入れない", "--owner", "教育部", "--due", "令和8年9月1日"),
        ("note", 1, "乙損保に連絡", "--at", "2026-03-31"),
        ("set", 1, "--secondary-damage", "確認されていません"),
        *(("task", 1, "--finish", number, "--result", "済") for number in (1, 2, 3)),
    ):
        assert sekisho("incident", *words).status == 0
    refused = sekisho("incident", "close", 1, "--reason", "完了")
    assert refused.status == 1
    assert "件数が一度も確定されていません" in refused.err
    text = sekisho("incident", "show", 1).out
    assert "青葉" in text
    assert "委託契約の範囲の誤認" in text
    assert "済 2026-04-01" in text
    table = sekisho("incident", "table", 1, "--json")
    assert json.loads(table.out)["record_count_distinct"] == 1
    assert sekisho("incident", "close", 1, "--reason", "完了", "--despite-open-points").status == 0
    assert "終了" in sekisho("incident", "list").out
    assert sekisho("incident", "note", 1, "x").status == 2
    assert sekisho("incident", "reopen", 1, "--reason", "新しい証拠").status == 0


@pytest.mark.slow
def test_a_later_sweep_is_added_and_may_be_taken_out(sekisho: Sekisho, swept: Path) -> None:
    sekisho("incident", "open", swept, "--known-on", "2026-03-30", "--party", "KOU")
    again = sekisho("incident", "add", 1, swept)
    assert again.status == 2
    assert "already" in again.err
    assert sekisho("incident", "remove", 1, 1, "--reason", "訓練のメール").status == 0
    assert shown(sekisho)["table"]["record_count_distinct"] == 0
    assert sekisho("incident", "remove", 1, 1, "--reason", "x").status == 2


def test_an_incident_by_hand(sekisho: Sekisho, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEKISHO_NOW", "2026-04-01T09:00:00+09:00")
    sekisho("init", "ws")
    base = ("incident", "open", "--known-on", "2026-04-01", "--party", "KOU", "--workspace", "ws")
    opened = sekisho(*base, "--cause", "G1", "--records", 3, "--items", "契約者氏名;住所", "--medium", "paper")
    assert opened.status == 0, opened.err
    one = json.loads(sekisho("incident", "show", 1, "--json", "--workspace", "ws").out)
    assert one["incident"]["by_hand"][0] == {
        "insurer_id": "", "agency_id": "", "cause": "G1", "records": 3, "people": 3, "corporate": 0,
        "items": ["holder_name", "address"],
    }  # fmt: skip
    Path("counts.csv").write_text("insurer_id,agency_id,cause,records,people\nKOU,AOBA,G5,10,9\nOTSU,AOBA,G5,5,5\n")
    opened = sekisho(*base, "--counts", "counts.csv", "--medium", "device")
    assert opened.status == 0, opened.err
    assert "盗難" in sekisho("incident", "list", "--workspace", "ws").out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "--known-on"),
        (("--known-on", "2026-04-02", "--cause", "G1", "--records", 1, "--medium", "paper"), "future"),
        (("--known-on", "2026-04-01"), "nothing to open it on"),
        (("--known-on", "2026-04-01", "--cause", "G1", "--records", 1), "--medium"),
        (("--known-on", "2026-04-01", "--cause", "Q1", "--records", 1, "--medium", "paper"), "unknown cause"),
        (("--known-on", "2026-04-01", "--cause", "G1", "--medium", "paper"), "--records"),
        (("--known-on", "2026-04-01", "--cause", "G1", "--records", 0, "--medium", "paper"), "nobody"),
        (("--known-on", "2026-04-01", "--counts", "bad.csv", "--medium", "paper"), "bad.csv:3: people is no number"),
        (("--known-on", "2026-04-01", "--counts", "empty.csv", "--medium", "paper"), "holds no line"),
        (("--known-on", "2026-04-01", "--counts", "other.csv", "--medium", "paper"), "name is no column"),
        (("--known-on", "2026-04-01", "--counts", "none.csv", "--medium", "paper"), "cannot be read"),
        (("none.csv", "--known-on", "2026-04-01"), "no such file"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_and_nothing_is_opened(
    sekisho: Sekisho, monkeypatch: pytest.MonkeyPatch, words: tuple[object, ...], said: str
) -> None:
    monkeypatch.setenv("SEKISHO_NOW", "2026-04-01T09:00:00+09:00")
    sekisho("init", "ws")
    Path("bad.csv").write_text("cause,records,people\nG1,1,1\nG1,1,one\n")
    Path("empty.csv").write_text("")
    Path("other.csv").write_text("name,cause,records,people\nx,G1,1,1\n")
    ended = sekisho("incident", "open", *words, "--party", "KOU", "--workspace", "ws")
    assert ended.status == 2
    assert said in ended.err
    assert json.loads(sekisho("incident", "list", "--json", "--workspace", "ws").out) == []


def test_company_and_desk_are_read_and_checked(sekisho: Sekisho, monkeypatch: pytest.MonkeyPatch) -> None:
    sekisho("init", "ws")
    settings = Path("ws/sekisho.toml")
    settings.write_text(settings.read_text() + "\n[company.x]\ny = 1\n")
    ended = sekisho("incident", "list", "--workspace", "ws")
    assert ended.status == 0  # read only where it is needed
    ended = sekisho("incident", "open", "--known-on", "2026-04-01", "--workspace", "ws")
    assert ended.status == 2
    assert "[company] has no 'x'" in ended.err
