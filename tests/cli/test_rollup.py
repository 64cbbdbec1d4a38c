"""``sekisho incident count-file`` and ``roll-up``."""

import json
from pathlib import Path

import docx
import pytest
from typer.testing import CliRunner

from sekisho.cli.incident import app
from sekisho.findings.files import write_findings
from sekisho.kernel.errors import InputError
from tests.incidents.counting.cast import finding, findings

REGISTRY = Path(__file__).parents[1] / "fixtures" / "registry"


def run(*words: str | Path) -> str:
    done = CliRunner().invoke(app, [str(word) for word in words], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.stdout


@pytest.fixture
def counted(tmp_path: Path) -> Path:
    folder = tmp_path / "counted"
    folder.mkdir()
    write_findings(findings([finding("KOU:1"), finding("KOU:2", cause="B1")]), tmp_path / "findings.parquet")
    write_findings(findings([]), tmp_path / "none.parquet")
    for company, source in (("KOU", "findings"), ("HEI", "none")):
        words = ("--company", company, "--as-of", "2024-08-30", "--out", folder / f"{company}.yaml")
        run("count-file", tmp_path / f"{source}.parquet", *words)
    return folder


def test_the_roll_up_says_who_answered_and_what(counted: Path) -> None:
    shown = run("roll-up", counted)
    assert "2社に照会し、2社が回答。1社で漏えい (延べ2件)を確認、1社では漏えいは確認されていません。" in shown
    assert "2024年8月30日時点" in shown
    assert "出向者による事案" in shown


def test_who_was_asked_comes_from_a_list(counted: Path, tmp_path: Path) -> None:
    (tmp_path / "asked.txt").write_text("KOU\nHEI\nOTSU\n", encoding="utf-8")
    told = json.loads(
        run("roll-up", counted / "KOU.yaml", counted / "HEI.yaml", "--asked", tmp_path / "asked.txt", "--json")
    )
    assert (told["asked"], told["answered"], told["missing"]) == (3, 2, ["OTSU"])
    assert told["units"][0]["figure"] == 2


def test_name_and_persons_come_from_the_registry(tmp_path: Path) -> None:
    write_findings(findings([finding("KOU:KA12345678"), finding("KOU:KA12345679")]), tmp_path / "f.csv")
    words = ("--company", "KOU", "--out", tmp_path / "kou.json", "--registry", REGISTRY, "--json")
    told = json.loads(run("count-file", tmp_path / "f.csv", *words))
    assert told["company"] == {"id": "KOU", "name": "甲損害保険株式会社"}
    assert (told["total"]["records"], told["total"]["persons"], told["persons_at_most"]) == (2, 1, False)


def test_a_folder_without_count_files(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds no count files"):
        run("roll-up", tmp_path)


def test_the_roll_up_as_a_document(counted: Path, tmp_path: Path) -> None:
    run("roll-up", counted, "--out", tmp_path / "r.docx")
    run("roll-up", counted, "--out", tmp_path / "r.pdf")
    read = docx.Document(str(tmp_path / "r.docx"))
    assert any("2社に照会し、2社が回答" in paragraph.text for paragraph in read.paragraphs)
    cells = [[cell.text for cell in row.cells] for row in read.tables[0].rows]
    assert cells[1][:4] == ["A1", "代理店による事案", "1社", "1件"]
    assert cells[-1][3] == "2件"
