"""``sekisho explain``: one finding in words."""

import csv
import json
from pathlib import Path

import pytest

from sekisho.entitlement.explain import wording as rule_wording
from sekisho.findings.files import read_findings, write_findings
from tests.cli.conftest import Sekisho


@pytest.fixture(params=["f.parquet", "f.csv", "f.jsonl"])
def findings(request: pytest.FixtureRequest, sekisho: Sekisho, leak: Path, registry_folder: Path) -> Path:
    path = Path(request.param)
    ended = sekisho("sweep", "mail", leak, "--registry", registry_folder, "--out", path)
    assert ended.status == 0, ended.err
    return path


def only_id(path: Path) -> str:
    (finding_id,) = read_findings(path).column("finding_id").to_pylist()
    return str(finding_id)


def test_it_says_where_what_how_rare_how_sure_and_what_was_missing(sekisho: Sekisho, findings: Path) -> None:
    ended = sekisho("explain", findings, only_id(findings))
    assert ended.status == 0, ended.err
    for said in (
        "KOU の契約 KA12345678", "OTSU", "A1", "leak.eml", "Message-ID leak@aoba.example.jp", "本文 ",
        "契約台帳と照合しました", "証券番号: この値をもつ契約は台帳に 1 件 (ほかにない値)", "契約者氏名: ",
        "確実 (certain)", "999 件以上", "保有・閲覧してはならない", rule_wording()["missing"]["relation"]["ja"],
    ):  # fmt: skip
        assert said in ended.out, said
    (version,) = read_findings(findings).column("rule_version").to_pylist()
    assert version in ended.out


def test_the_place_is_counted_as_people_count(sekisho: Sekisho, findings: Path) -> None:
    told = json.loads(sekisho("explain", findings, only_id(findings), "--json").out)
    text = "更改のご案内です。証券番号 KA12345678 山田花子様 満期日 2024/9/30"
    first = text.index("KA12345678") + 1
    assert told["evidence"]["place"] == f"本文 {first} 文字目から {first + 9} 文字目"
    assert told["matched"]["source"] == "ledger"
    first_value = told["matched"]["values"][0]
    assert (first_value["code"], first_value["policies"]) == ("policy_no", 1)
    assert told["missing"] == {"verdict": "保有・閲覧してはならない", "code": "relation",
                               "text": rule_wording()["missing"]["relation"]["ja"]}  # fmt: skip


def test_an_unknown_id_and_a_missing_file_are_named(sekisho: Sekisho, findings: Path) -> None:
    unknown = sekisho("explain", findings, "0123")
    assert (unknown.status, unknown.out) == (2, "")
    assert "0123" in unknown.err and "finding_id" in unknown.err
    assert sekisho("explain", "none.csv", "0123").status == 2


def test_what_a_hostile_file_name_says_is_text(sekisho: Sekisho, findings: Path) -> None:
    table = read_findings(findings)
    column = [text.replace("leak.eml", "[red]\x1b[2J.eml") for text in table.column("evidence").to_pylist()]
    place = table.schema.get_field_index("evidence")
    write_findings(table.set_column(place, "evidence", [column]), Path("hostile.jsonl"))
    ended = sekisho("explain", "hostile.jsonl", only_id(findings))
    assert ended.status == 0
    assert "[red]" in ended.out and "\x1b[2J" not in ended.out


def test_a_row_of_a_log(sekisho: Sekisho, registry_folder: Path) -> None:
    Path("log.csv").write_text(
        "at,account_id,insurer_id,policy_no,action\n2024-02-01T10:00:00+09:00,acc-aoki,KOU,KA99999999,view\n",
        encoding="utf-8",
    )
    sekisho("sweep", "access", "log.csv", "--registry", registry_folder, "--out", "f.csv")
    (row,) = csv.DictReader(Path("f.csv").read_text(encoding="utf-8-sig").splitlines())
    ended = sekisho("explain", "f.csv", row["finding_id"])
    assert "log.csv:2" in ended.out and "アクセス履歴" in ended.out
    assert "判断できない。足りないもの: 契約がわからない" in ended.out
