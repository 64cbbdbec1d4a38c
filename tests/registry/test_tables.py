"""Folders and files that cannot be used: one clear message each, with a remedy."""

import os
from pathlib import Path

import pytest
from tests.registry.small import TABLES, write
from tests.registry.test_typed_files import workbook

from sekisho.kernel.errors import InputError
from sekisho.registry import HeaderMap, read_registry


def errors(folder: Path, words: HeaderMap | None = None) -> list[str]:
    registry, report = read_registry(folder, words)
    found = [str(p).replace(f"{folder}", "r") for p in report.problems.listed if p.severity == "error"]
    assert (registry is None) == bool(found)
    assert all(table.loaded == 0 for table in report.tables) or not found
    return found


def test_a_missing_folder(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="none: there is no such folder → name the folder of the tables"):
        read_registry(tmp_path / "none")


def test_a_file_in_place_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "r").touch()
    with pytest.raises(InputError, match="r: is a file, not a folder → "):
        read_registry(tmp_path / "r")


@pytest.mark.parametrize("name", [None, ".DS_Store", "~$契約.xlsx", "readme.md"])
def test_a_folder_without_tables(tmp_path: Path, name: str | None) -> None:
    if name:
        (tmp_path / name).touch()
    with pytest.raises(InputError, match=r"holds no table → put insurers.csv"):
        read_registry(tmp_path)


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may read everything")
def test_a_folder_and_a_file_without_permission(tmp_path: Path) -> None:
    folder = write(tmp_path / "r")
    (folder / "policies.csv").chmod(0)
    assert errors(folder) == ["r/policies.csv: cannot be read (Permission denied) → check who may read it"]
    folder.chmod(0)
    try:
        with pytest.raises(InputError, match="cannot be read"):
            read_registry(folder)
    finally:
        folder.chmod(0o700)


def test_a_file_that_may_not_be_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("sekisho.registry.tables.read_csv", refuse)
    folder = write(tmp_path / "r", **{name: None for name in TABLES if name != "insurers"})
    assert errors(folder) == ["r/insurers.csv: cannot be read (Permission denied) → check who may read it"]


def test_insurers_must_be_there_other_tables_need_not(tmp_path: Path) -> None:
    folder = write(tmp_path / "r", **{name: None for name in TABLES if name != "insurers"})
    registry, report = read_registry(folder)
    assert registry
    (notice,) = report.problems.listed
    assert notice.severity == "notice"
    assert "agencies (代理店)" in notice.message
    (folder / "insurers.csv").rename(folder / "agencies.csv")
    assert errors(folder)[-1] == (
        "r: there is no table insurers (保険会社) → put insurers.csv or 保険会社.csv into the folder"
    )


def test_two_files_for_one_table(tmp_path: Path) -> None:
    folder = write(tmp_path / "r")
    (folder / "policies.parquet").touch()
    assert errors(folder) == ["r: policies.csv and policies.parquet are both the table policies → keep one of them"]


def test_a_wrong_header_names_what_is_missing_and_what_stands_there(tmp_path: Path) -> None:
    folder = write(tmp_path / "r", supervisions="上位,working_agency_id,start\nAOBA,MIDORI,2024-04-01\n")
    assert errors(folder) == [
        "r/supervisions.csv:1: column supervising_agency_id (統括代理店コード) is missing; the header reads"
        ' "上位", "working_agency_id", "start" → name it so, or say in sekisho.toml:'
        ' [registry.headers.supervisions] "your header" = "supervising_agency_id"'
    ]
    assert errors(folder, HeaderMap({"supervisions": {"上位": "supervising_agency_id"}})) == []


def test_two_headers_for_one_column(tmp_path: Path) -> None:
    folder = write(tmp_path / "r", agencies="agency_id,name,代理店名\nAOBA,青葉,x\nMIDORI,みどり,y\n")
    assert errors(folder) == [
        'r/agencies.csv:1: "name" and "代理店名" both mean the column name → rename one, or set it aside in'
        ' sekisho.toml: [registry.headers.agencies] "代理店名" = ""'
    ]
    assert errors(folder, HeaderMap({"agencies": {"代理店名": ""}})) == []


def test_a_file_that_is_no_table_is_told_and_an_old_format_is_refused(tmp_path: Path) -> None:
    folder = write(tmp_path / "r")
    (folder / "policy.csv").touch()
    _, report = read_registry(folder)
    assert [(p.severity, p.kind) for p in report.problems.listed if p.severity != "notice"] == [
        ("warning", "unknown_file")
    ]
    (folder / "出向.xls").touch()
    assert errors(folder) == ["r/出向.xls: .xls is not read → save it as .xlsx"]


def test_japanese_file_names_and_headers_in_cp932(tmp_path: Path) -> None:
    folder = write(tmp_path / "r", policies=None, agencies=None)
    (folder / "契約.csv").write_bytes(
        "証券番号,引受保険会社,取扱代理店,生損保,契約者名,契約者カナ\r\n1,KOU,AOBA,損保,山田,ﾔﾏﾀﾞ\r\n".encode("cp932")
    )
    (folder / "代理店.csv").write_bytes("代理店コード,代理店名\r\nAOBA,青葉\r\nMIDORI,みどり\r\n".encode("cp932"))
    registry, report = read_registry(folder)
    assert registry, report.text()
    assert registry.tables["policies"].select(["policy_no", "line", "holder_kana"]).to_pylist() == [
        {"policy_no": "1", "line": "nonlife", "holder_kana": "ﾔﾏﾀﾞ"}
    ]
    assert {t.name: t.encoding for t in report.tables}["policies"] == "CP932"


def test_ids_that_a_spreadsheet_holds_as_numbers_are_told(tmp_path: Path) -> None:
    folder = write(tmp_path / "r", policies=None)
    head = ["policy_no", "insurer_id", "agency_id", "line", "holder_name", "premium"]
    workbook(folder / "policies.xlsx", s=[head, [1001, "KOU", "AOBA", "nonlife", "山田", 12000]])
    registry, report = read_registry(folder)
    assert registry
    assert registry.tables["policies"]["policy_no"].to_pylist() == ["1001"]
    assert [p.message for p in report.problems.listed if p.severity == "warning"] == [
        "policy_no is a number in 1 cells: leading zeros may be lost"
    ]


def test_a_file_that_cannot_be_used_is_told_once_and_the_others_are_still_checked(tmp_path: Path) -> None:
    changes: dict[str, str | bytes | None] = {"people": b"person_id,name\n\xff\n", "agencies": "agency_id\nAOBA\n"}
    folder = write(tmp_path / "r", **changes, offices="office_id,party_id,name\nO1,AOBA,\n")
    # What refers to people and agencies is not called unknown; what is wrong in offices itself is told.
    assert [line.split(" → ")[0].split(";")[0] for line in errors(folder)] == [
        "r/agencies.csv:1: column name (代理店名) is missing",
        "r/offices.csv:2: name (empty) is required",
        "r/people.csv:2: byte 0xff cannot be read as UTF-8 or CP932",
    ]


def test_without_insurers_nothing_else_is_held_against_them(tmp_path: Path) -> None:
    assert [line.split(" → ")[0] for line in errors(write(tmp_path / "r", insurers=None))] == [
        "r: there is no table insurers (保険会社)"
    ]
