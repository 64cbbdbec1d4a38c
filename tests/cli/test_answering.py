"""From the demo's findings to everything that has to be done, by the commands alone (issue: B1–B9, A11)."""

import json
from pathlib import Path

import pypdfium2
import pytest
from python_calamine import CalamineWorkbook

from tests.cli.conftest import Sekisho


def ok(sekisho: Sekisho, *words: object) -> str:
    ended = sekisho(*words)
    assert ended.status == 0, ended.err
    return ended.out


@pytest.fixture
def opened(sekisho: Sekisho, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The demo, with an incident opened on its findings and what letters need to say."""
    monkeypatch.setenv("SEKISHO_NOW", "2026-07-01T10:00:00+09:00")
    monkeypatch.setenv("SEKISHO_ACTOR", "佐藤")
    ok(sekisho, "demo", "d")
    workspace = Path("d/workspace").absolute()
    monkeypatch.setenv("SEKISHO_WORKSPACE", str(workspace))
    ok(sekisho, "incident", "open", "d/findings.csv", "--known-on", "2026-06-25", "--known-by", "検査部")
    ok(sekisho, "incident", "reason", 1, "取扱いの範囲の誤認")
    ok(sekisho, "incident", "measure", 1, "宛先の確認", "--owner", "業務部", "--due", "2026-12-31")
    ok(sekisho, "incident", "set", 1, "--secondary-damage", "不正に使用された事実は確認されておりません。")
    return workspace


@pytest.mark.slow
def test_letters_are_printed_posted_returned_and_replaced_by_a_notice(sekisho: Sekisho, opened: Path) -> None:
    printed = json.loads(ok(sekisho, "letters", 1, "--out", "letters", "--workers", 1, "--json"))
    table = json.loads(ok(sekisho, "incident", "table", 1, "--json"))
    assert 0 < printed["letters"] <= table["people_distinct"]
    with pypdfium2.PdfDocument(printed["files"][0]) as read:
        assert len(read) == printed["pages"]
        text = read[0].get_textpage().get_text_bounded()
    assert "甲損害保険株式会社" in text
    assert sekisho("notice", 1, "--out", "n.html").status == 2  # everybody can be written to
    ok(sekisho, "mailing", "posted", 1, "--on", "2026-07-02")
    serials = [line.split(",")[0] for line in Path("letters/ledger.csv").read_text("utf-8-sig").splitlines()[1:]]
    back = sekisho("mailing", "returned", 1, "--serial", serials[0], "--serial", "9-9-1", "--reason", "転居先不明",
                   "--on", "2026-07-10")  # fmt: skip
    assert back.status == 1
    assert "返戻 1通" in back.err
    assert "2行目" in back.err
    for ending in ("html", "txt", "docx", "pdf", "csv"):
        ok(sekisho, "notice", 1, "--out", f"n.{ending}")
    assert "<script" not in Path("n.html").read_text(encoding="utf-8")
    assert "保険" in Path("n.txt").read_text(encoding="utf-8")
    ok(sekisho, "mailing", "substitute", 1, "--on", "2026-07-20")
    ok(sekisho, "mailing", "delivered", 1, "--on", "2026-08-20", "--days", 14)
    states = json.loads(ok(sekisho, "mailing", "show", 1, "--json"))[0]["states"]
    assert states["substituted"] == 1
    assert states["delivered"] == printed["letters"] - 1
    assert "返戻" in ok(sekisho, "mailing", "show", 1)
    assert sekisho("mailing", "mark", 1, "told", "--serial", serials[1]).status == 1  # it has been delivered
    ok(sekisho, "mailing", "returned", 1, "--serial", serials[1], "--reason", "宛所不明", "--on", "2026-08-21")
    refused = sekisho("incident", "close", 1, "--reason", "完了")
    assert refused.status == 1
    assert "通知の済んでいない方が 1人" in refused.err
    assert "要否が判断されていません" in refused.err
    ok(sekisho, "mailing", "mark", 1, "told", "--serial", serials[1], "--on", "2026-08-22")
    assert "通知の済んでいない方" not in sekisho("incident", "close", 1, "--reason", "完了").err
    assert sekisho("mailing", "mark", 1, "told", "--serial", "none").status == 2
    ok(sekisho, "mailing", "single", 1, serials[1], "--out", "one.pdf")
    assert b"pdfuaid" in Path("one.pdf").read_bytes()
    ok(sekisho, "mailing", "postage", 1, "--out", "sheet.xlsx")
    rows = CalamineWorkbook.from_path("sheet.xlsx").get_sheet_by_index(0).to_python()
    assert any(f"{printed['letters']}" in row for row in rows)
    ok(sekisho, "mailing", "email", 1, "--out", "eml", "--sender", "desk@example.jp")
    assert len(list(Path("eml").glob("*.eml"))) == printed["letters"]
    assert sekisho("mailing", "email", 1, "--out", "eml", "--sender", "desk@example.jp").status == 2
    ok(sekisho, "verify")


@pytest.mark.slow
def test_letters_refuse_what_would_go_wrong(sekisho: Sekisho, opened: Path) -> None:
    ended = sekisho("letters", 1, "--out", "x", "--envelope", "長3", "--window", "90x45")
    assert ended.status == 2
    assert "mm" in ended.err
    assert sekisho("mailing", "posted", 1).status == 2
    assert sekisho("mailing", "single", 1, "L1", "--out", "x.pdf").status == 2
    ok(sekisho, "incident", "set", 1, "--title", "x")
    Path("own.toml").write_text('[common]\ntitle = "{name}"\n', encoding="utf-8")
    ended = sekisho("letters", 1, "--out", "x", "--wording", "own.toml")
    assert ended.status == 2
    assert "own.toml" in ended.err
    assert not Path("x").exists()


@pytest.mark.slow
def test_an_enquiry_gives_only_what_is_the_callers_own(
    sekisho: Sekisho, opened: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ok(sekisho, "letters", 1, "--out", "letters", "--workers", 1)
    rows = [line.split(",") for line in Path("letters/mailing.csv").read_text("utf-8-sig").splitlines()]
    about = dict(zip(rows[0], rows[1], strict=True))
    answers: list[str] = []
    monkeypatch.setattr("typer.prompt", lambda *_, **__: answers.pop(0))

    def ask(*said: str) -> str:
        answers[:] = said
        return ok(sekisho, "enquiry", "ask", 1)

    neutral = ask(about["宛名"], "東京都千代田区架空町9-9-9", "", "", "")
    assert ask("実在 しない", about["住所"], "1980-01-01", "", "") == neutral
    assert about["宛名"] not in neutral
    logged = json.loads(ok(sekisho, "enquiry", "log", 1, "--json"))
    assert [one["clerk"] for one in logged] == ["佐藤", "佐藤"]
    assert about["宛名"] not in ok(sekisho, "enquiry", "log", 1)
    assert "0120-000-000" in ok(sekisho, "enquiry", "sheet", 1)
    ok(sekisho, "incident", "close", 1, "--reason", "x", "--despite-open-points")
    assert ask("実在 しない", about["住所"], "", "", "") == neutral  # people go on asking
    assert sekisho("letters", 1, "--out", "again").status == 2
    assert not Path("again").exists()
    assert (opened / "enquiries.key").stat().st_mode & 0o777 == 0o600
    ok(sekisho, "verify")


@pytest.mark.slow
def test_figures_are_stated_compared_and_reported(sekisho: Sekisho, opened: Path) -> None:
    ok(sekisho, "incident", "state", 1, "--to", "関東財務局", "--as-of", "2026-05-31")
    ok(sekisho, "incident", "state", 1, "--to", "公表")
    found = json.loads(ok(sekisho, "incident", "compare", 1, 1, 2, "--json"))
    total = next(one for one in found["changes"] if (one["kind"], one["figure"]) == ("total", "records"))
    assert total["after"] - total["before"] == sum(step["came"] - step["went"] for step in total["steps"]) > 0
    assert "第1版" in ok(sekisho, "incident", "compare", 1, 1, 2, "--lines")
    duties = json.loads(ok(sekisho, "incident", "deadlines", 1, "--json"))["duties"]
    assert {duty["state"] for duty in duties} == {"due", "undecided", "not_due"}
    final = next(duty for duty in duties if duty["code"] == "ppc_final")
    assert final["state"] == "undecided"
    ok(sekisho, "incident", "facts", 1, "--fact", "improper_purpose=yes")
    duties = json.loads(ok(sekisho, "incident", "deadlines", 1, "--json"))["duties"]
    final = next(duty for duty in duties if duty["code"] == "ppc_final")
    assert (final["state"], final["dues"][-1]["days"]) == ("due", 60)
    ok(sekisho, "incident", "decide", 1, "ppc_final", "report", "--reason", "出向者の行為")
    assert "行う: 出向者の行為 (佐藤" in ok(sekisho, "incident", "deadlines", 1, "--why")
    assert "行う (2026-07-01)" in ok(sekisho, "incident", "deadlines", 1)
    ok(sekisho, "incident", "facts", 1, "--fact", "provided_by=agency", "--fact", "people_at_most=1,200")
    assert "数えた最大" in sekisho("incident", "facts", 1, "--fact", "people_at_most=1").err
    ok(sekisho, "incident", "facts", 1, "--fact", "people_at_most=1,200")
    assert sekisho("incident", "facts", 1, "--fact", "provided_by=nobody").status == 2
    assert sekisho("incident", "decide", 1, "nothing", "report", "--reason", "x").status == 2
    assert sekisho("incident", "facts", 1, "--fact", "weather=fine").status == 2
    ok(sekisho, "report", 1, "--kind", "release", "--out", "told.docx", "--told-to", "公表")
    assert [one["told_to"] for one in json.loads(ok(sekisho, "incident", "show", 1, "--json"))["statements"]] == [
        "関東財務局", "公表", "公表",
    ]  # fmt: skip
    ok(sekisho, "report", 1, "--kind", "regulator", "--insurer", "OTSU", "--out", "o.docx", "--told-to", "乙損保")
    told = json.loads(ok(sekisho, "incident", "show", 1, "--json"))["statements"]
    assert 0 < told[-1]["table"]["record_count_distinct"] < told[-2]["table"]["record_count_distinct"]
    assert sekisho("report", 1, "--kind", "provision", "--out", "p.xlsx", "--told-to", "x").status == 2
    views = json.loads(ok(sekisho, "incident", "table", 1, "--per-insurer", "--json"))["insurers"]
    assert {one["insurer_id"] for one in views} >= {"KOU", "OTSU"}
    assert "引受保険会社" in ok(sekisho, "incident", "table", 1, "--per-insurer")
    assert "引受保険会社" in ok(sekisho, "incident", "table", "d/findings.csv", "--per-insurer")
    for kind, ending in (("regulator", "docx"), ("release", "pdf"), ("questions", "docx"), ("provision", "xlsx")):
        ok(sekisho, "report", 1, "--kind", kind, "--to", "関東財務局長", "--out", f"{kind}.{ending}")
    ok(sekisho, "report", 1, "--kind", "handover", "--insurer", "OTSU", "--out", "h.xlsx")
    ok(sekisho, "report", 1, "--kind", "deletion", "--party", "OTSU", "--out", "d.pdf")
    assert sekisho("report", 1, "--kind", "handover", "--out", "h.xlsx").status == 2
    assert sekisho("report", 1, "--kind", "release", "--out", "r.xlsx").status == 2
    assert "費用の見積もり" in ok(sekisho, "cost", 1)
    assert "自社" in ok(sekisho, "statistics")
    proposed = json.loads(ok(sekisho, "incident", "propose", "d/findings.csv", "--out", "cases", "--json"))
    assert len(list(Path("cases").glob("*.csv"))) == len(proposed) > 3
    ok(sekisho, "incident", "persons", 1)
    ok(sekisho, "verify")
