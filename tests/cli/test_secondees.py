"""``sekisho secondees`` as a user runs it (A9)."""

import csv
import json
import shutil
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import python_calamine

from sekisho.cli.secondees_words import EVENTS, HEADINGS, MARKS, UNKNOWN
from sekisho.findings.files import write_findings
from sekisho.findings.secondees.model import SECONDEES
from tests.cli.conftest import Sekisho
from tests.findings.secondees.conftest import findings

TO = ("--to", "2024-12-31")


@pytest.fixture
def given(tmp_path: Path, registry_folder: Path) -> tuple[str, ...]:
    """Registry, log and findings in the folder of the test; the names and actions in them try to be formulas."""
    folder = tmp_path / "tables"
    shutil.copytree(registry_folder, folder)
    people = (folder / "people.csv").read_text(encoding="utf-8-sig")
    (folder / "people.csv").write_text(people.replace("佐藤 例三", "=佐藤 例三"), encoding="utf-8")
    (folder / "accounts.csv").write_text(
        "account_id,system,person_id,party_id,start,end\nacc-sato,agency-system,sato,AOBA,2022-04-01,\n",
        encoding="utf-8",
    )
    (tmp_path / "log.csv").write_text(
        "at,account_id,insurer_id,policy_no,action,system\n"
        "2023-04-30 10:00,acc-sato,KOU,KA12345678,CSV出力,agency-system\n"
        "2023-04-30 11:00,acc-sato,KOU,KA12345679,=F07,agency-system\n"
        "2024-10-01 09:00,acc-sato,KOU,KA12345679,参照,agency-system\n",
        encoding="utf-8",
    )
    told = findings(("2023-05-01T10:00:00+09:00", "mail", "B1", "KOU", "KA12345678", "sato", "OTSU"))
    write_findings(told, tmp_path / "f.csv")
    return ("--registry", "tables", "--log", "log.csv", "--findings", "f.csv", *TO)


def test_the_table_is_for_a_tired_reader(sekisho: Sekisho, given: tuple[str, ...]) -> None:
    ended = sekisho("secondees", *given)
    assert ended.status == 0, ended.err
    for words in ("出向 1件・出向者 1人・出向元 1社・出向先 1社", "出向元への検知がある出向者 1人、契約 1件 (延べ 1件)",
                  "OTSU→AOBA", "B1 1", "設定 不明", MARKS["used_after_end"], MARKS["account_open_after_end"],
                  UNKNOWN["no_file"], "「=F07」1行", "0件ではありません", "--person"):  # fmt: skip
        assert words in ended.out, words
    assert "None" not in ended.out


def test_a_narrow_screen_gets_lines(sekisho: Sekisho, given: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    ended = sekisho("secondees", *given)
    assert "出向元へ(契約): 1 B1 1" in ended.out and "出力した契約: 1 他社 1" in ended.out
    assert "…" not in ended.out


def test_one_person_with_his_timeline(sekisho: Sekisho, given: tuple[str, ...]) -> None:
    ended = sekisho("secondees", *given, "--person", "sato")
    assert ended.status == 0, ended.err
    lines = [" ".join(line.split()) for line in ended.out.splitlines()]
    assert "2023-04-30 出力 CSV出力 1 1 1" in lines
    assert "2023-05-01 出向元への検知 B1 出向者による事案 (メール) → OTSU 1 1 1" in lines
    assert lines.index("2024-09-30 出向の終了 OTSU→AOBA") < lines.index("2024-10-01 出向終了後の閲覧 acc-sato 1 1 1")
    assert "終了日なし: 出向先のアカウント acc-sato (agency-system)" in lines
    assert "原因を示すものではありません" in ended.out


def test_json_has_everything_and_null_for_what_cannot_be_told(sekisho: Sekisho, given: tuple[str, ...]) -> None:
    told = json.loads(sekisho("secondees", *given, "--person", "sato", "--json").out)
    (row,) = told["secondments"]
    assert list(row) == SECONDEES.names
    assert (row["home_mail_policies"], row["home_file_policies"], row["scope_beyond"]) == (1, None, None)
    assert row["accounts"] == ["acc-sato (agency-system)"] and "no_file" in row["unknown"]
    assert told["totals"]["home_policies_summed"] == 1
    assert [event["kind"] for event in told["timeline"] if event["kind"].startswith("home_f")] == ["home_finding"]
    assert told["log"]["systems"] == [{"system": "agency-system", "first": "2023-04-30", "last": "2024-10-01"}]


def test_files_say_unknown_and_hold_no_formulas(sekisho: Sekisho, given: tuple[str, ...], tmp_path: Path) -> None:
    for name in ("s.csv", "s.parquet", "s.xlsx"):
        assert sekisho("secondees", *given, "--person", "sato", "--out", name).status == 0
        assert (tmp_path / name).stat().st_mode & 0o777 == 0o600
    with (tmp_path / "s.csv").open(encoding="utf-8-sig", newline="") as file:
        (row,) = csv.DictReader(file)
    assert (row["name"], row["scope_beyond"], row["home_b2_policies"]) == ("'=佐藤 例三", "unknown", "0")
    table = pq.read_table(tmp_path / "s.parquet")
    assert table.schema.equals(SECONDEES) and table.column("scope_beyond").to_pylist() == [None]
    book = python_calamine.load_workbook(str(tmp_path / "s.xlsx"))
    assert book.sheet_names == ["出向者", "経過", "注"]
    _, heads, cells, *_ = book.get_sheet_by_name("出向者").to_python()
    shown = dict(zip(heads, cells, strict=True))
    assert (shown["氏名"], shown["うち規則を超える"], shown["出向元への契約"]) == ("=佐藤 例三", "不明", 1)


def test_unreadable_rows_end_with_status_1(sekisho: Sekisho, given: tuple[str, ...], tmp_path: Path) -> None:
    with (tmp_path / "log.csv").open("a", encoding="utf-8") as log:
        log.write("someday,acc-sato,KOU,KA12345678,参照,agency-system\n")
    ended = sekisho("secondees", *given)
    assert ended.status == 1
    assert "読めなかった記録 1 行" in ended.err and "log.csv:5" in ended.err


def test_nobody_is_no_error(sekisho: Sekisho, registry_folder: Path) -> None:
    ended = sekisho("secondees", "--registry", registry_folder, "--home", "KOU", *TO)
    assert ended.status == 0 and "台帳にありません" in ended.out


@pytest.mark.parametrize(
    "words",
    [("--home", "AOBA"), ("--person", "nobody"), ("--from", "2025-01-01"), ("--out", "s.txt"), ("--findings", "no.csv"),
     ("--log", "no.csv"), ("--scopes", "no.csv"), ("--swept", "fax"), ("--to", "someday")],
)  # fmt: skip
def test_wrong_input_is_named(sekisho: Sekisho, registry_folder: Path, tmp_path: Path, words: tuple[str, ...]) -> None:
    ended = sekisho("secondees", "--registry", registry_folder, *TO, *words)
    assert ended.status == 2
    assert "Traceback" not in ended.err and ended.err.strip()
    assert not list(tmp_path.glob("s.*"))


def test_every_code_and_column_has_its_words() -> None:
    home = Path(__file__).parents[2] / "src" / "sekisho" / "findings" / "secondees"
    view = (home / "view.sql").read_text(encoding="utf-8")
    for code in (*MARKS, *UNKNOWN):
        assert f"'{code}'" in view, code
    assert list(HEADINGS) == SECONDEES.names
    timeline = (home / "timeline.sql").read_text(encoding="utf-8")
    for kind in EVENTS:
        parts = kind.split("_", 1)
        assert f"'{kind}'" in timeline or (parts[0] in ("host", "home", "other") and f"'_{parts[1]}'" in timeline), kind
