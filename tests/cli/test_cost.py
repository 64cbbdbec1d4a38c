"""``cost``, ``statistics`` and ``veris`` from the outside."""

import json
from pathlib import Path

import pytest

from sekisho.cli.cost_text import wrapped
from tests.cli.conftest import Sekisho
from tests.kernel.drawn import outside


@pytest.fixture
def findings(sekisho: Sekisho, leak: Path, registry_folder: Path, tmp_path: Path) -> Path:
    out = tmp_path / "findings.csv"
    assert sekisho("sweep", "mail", leak.parent, "--registry", registry_folder, "--out", out).status == 0
    return out


def cover(sekisho: Sekisho, path: Path) -> Path:
    path.write_text(sekisho("cost", "--example", "cover").out, encoding="utf-8")
    return path


def test_the_costs_of_what_was_found(sekisho: Sekisho, findings: Path, registry_folder: Path) -> None:
    ended = sekisho("cost", findings, "--registry", registry_folder, "--prices-on", "2024-08-30")
    assert ended.status == 0, ended.err
    for words in ("本人 1人", "損害賠償金", "1通 × 130円", "前提と出典", "見積もりに入れていない費用", "宇治市"):
        assert words in ended.out
    assert "最大" not in ended.out.splitlines()[1]


def test_without_the_registry_the_number_is_the_largest_possible(sekisho: Sekisho, findings: Path) -> None:
    ended = sekisho("cost", findings)
    assert "本人 最大 1人" in ended.out
    assert "最大値です" in ended.out


def test_one_document_for_machines(sekisho: Sekisho, tmp_path: Path) -> None:
    plan = cover(sekisho, tmp_path / "a.yaml")
    ended = sekisho("cost", "--people", 204_783, "--cover", plan, "--monte-carlo", "--json")
    document = json.loads(ended.out)
    assert document["estimate"]["people"] == 204_783
    assert document["told_otherwise"][0]["awarded_yen"] == 477_000
    expected = document["covers"][0]["scenarios"]["expected"]
    assert expected["paid"] + expected["stays"] == expected["loss"] == document["estimate"]["total"]["expected"]
    assert list(document["monte_carlo"]["total"]) == ["p5", "p25", "p50", "p75", "p95", "p99"]


def test_two_plans_side_by_side_with_their_charts(sekisho: Sekisho, tmp_path: Path) -> None:
    plan = cover(sekisho, tmp_path / "a.yaml")
    ended = sekisho(
        *("cost", "--people", 5_000, "--cover", plan, "--cover", plan, "--monte-carlo"),
        *("--chart", tmp_path / "c.svg", "--cover-chart", tmp_path / "p.svg"),
    )
    assert ended.status == 0, ended.err
    for words in ("(例) [1]", "(例) [2]", "A 自社に残る", "B 自社に残る", "1人につき 500円まで", "確率ではありません"):
        assert words in ended.out, words
    for name in ("c.svg", "p.svg"):
        assert outside((tmp_path / name).read_text(encoding="utf-8")) == []
        assert (tmp_path / name).stat().st_mode & 0o777 == 0o600


def test_examples_are_files_that_are_read(sekisho: Sekisho, tmp_path: Path) -> None:
    own = tmp_path / "own.yaml"
    own.write_text(sekisho("cost", "--example", "assumptions").out, encoding="utf-8")
    assert sekisho("cost", "--people", 10, "--assumptions", own).status == 0


def test_nobody_concerned_is_said(sekisho: Sekisho) -> None:
    ended = sekisho("cost", "--people", 0)
    assert ended.status == 0
    assert "対象となる人・法人がいない" in ended.out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "nothing to reckon from"),
        (["7"], "no workspace"),
        (["--people", "-1"], "--people"),
        (["--people", "999999999999"], "--people"),
        (["--people", "1", "--cause", "Z"], "--cause"),
        (["--people", "1", "--items", "血液型"], "unknown item"),
        (["x.csv", "--people", "1"], "--people"),
        (["x.csv", "--corporate", "1"], "--people"),
        (["x.csv", "--cause", "F"], "--people"),
        (["--people", "1", "--cover", "none.yaml"], "none.yaml"),
        (["--people", "1", "--cover-chart", "x.svg"], "--cover-chart"),
        (["--people", "1", "--chart", "no/where.svg"], "no such folder"),
        (["--people", "1", "--prices-on", "someday"], "--prices-on"),
        (["--example", "life"], "--example"),
        (["--people", "1", *["--cover", "a.yaml"] * 5], "at most 4"),
    ],
)
def test_wrong_usage_is_told_where(sekisho: Sekisho, words: list[str], said: str) -> None:
    ended = sekisho("cost", *words)
    assert ended.status == 2
    assert said in ended.err
    assert ended.out == ""


def test_a_contradiction_in_a_cover_file_stops_everything(sekisho: Sekisho, tmp_path: Path) -> None:
    plan = cover(sekisho, tmp_path / "a.yaml")
    plan.write_text(plan.read_text(encoding="utf-8").replace("limit: 10_000_000}", "limit: 40_000_000}", 1), "utf-8")
    ended = sekisho("cost", "--people", 5, "--cover", plan, "--chart", tmp_path / "c.svg")
    assert ended.status == 2
    assert f"{plan}: blocks.incident_costs.items.call_centre.limit: 40,000,000 is more than" in ended.err
    assert not (tmp_path / "c.svg").exists()


def test_findings_go_out_in_veris_and_come_back_as_statistics(
    sekisho: Sekisho, findings: Path, registry_folder: Path, tmp_path: Path
) -> None:
    own = tmp_path / "own.json"
    ended = sekisho("veris", "export", findings, "--registry", registry_folder, "--own-party", "AOBA", "--out", own)
    assert ended.status == 0, ended.err
    (written,) = json.loads(own.read_text(encoding="utf-8"))
    assert written["plus"]["sekisho"]["causes"] == ["A1"]
    assert set(written["actor"]) == {"internal"}, "to the agency its own staff are internal"
    assert "山田" not in own.read_text(encoding="utf-8")
    ended = sekisho("statistics", own, "--chart", tmp_path / "s.svg", "--csv", tmp_path / "s.csv")
    assert ended.status == 0, ended.err
    assert "1件では割合を比べられません" in ended.out
    assert "VERISの事案 1件を読みました" in ended.out
    for name in ("s-causes.svg", "s-media.svg"):
        assert outside((tmp_path / name).read_text(encoding="utf-8")) == []
    assert "JNSA 2018年 割合" in (tmp_path / "s.csv").read_text(encoding="utf-8-sig")
    document = json.loads(sekisho("statistics", own, "--beside", own, "--json").out)
    assert document["media"]["totals"] == {"自社": 1, "比べる相手": 1}


def test_what_could_not_be_read_is_listed_and_ends_with_1(sekisho: Sekisho, tmp_path: Path) -> None:
    (tmp_path / "v").mkdir()
    (tmp_path / "v" / "bad.json").write_text("{", encoding="utf-8")
    (tmp_path / "v" / "odd.json").write_text('{"action": {"unknown": {}}}', encoding="utf-8")
    ended = sekisho("veris", "import", tmp_path / "v")
    assert ended.status == 1
    assert "bad.json: no JSON" in ended.out
    assert "原因 1件、媒体 1件" in ended.out
    document = json.loads(sekisho("veris", "import", tmp_path / "v", "--json").out)
    assert (document["incidents"], len(document["unmapped"]), len(document["unread"])) == (1, 2, 1)


def test_remarks_are_wrapped_without_tearing_figures() -> None:
    said = "認められたのは原告14人に合計477,000円 (13人に35,000円、1人に22,000円) です。"
    for width in range(20, 80):
        lines = wrapped(said, width)
        assert "".join(lines).replace(" ", "") == said.replace(" ", "")
        for figure in ("477,000円", "35,000円", "22,000円)", "(13人"):
            assert any(figure in line for line in lines), (width, figure)
        assert not any(line[0] in "、。)" for line in lines)
