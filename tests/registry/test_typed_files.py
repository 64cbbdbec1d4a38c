"""XLSX and Parquet give the same tables as CSV."""

import zipfile
from datetime import date, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter

from sekisho.kernel.errors import InputError
from sekisho.registry import typed_files
from sekisho.registry.problems import Problems
from sekisho.registry.typed_files import read_parquet, read_xlsx


def workbook(path: Path, **sheets: list[list[object]]) -> Path:
    book = xlsxwriter.Workbook(path, {"default_date_format": "yyyy-mm-dd"})
    for name, rows in sheets.items():
        sheet = book.add_worksheet(name)
        for number, row in enumerate(rows):
            for column, value in enumerate(row):
                sheet.write(number, column, value)
    book.close()
    return path


def test_cells_become_text_as_they_were_meant(tmp_path: Path) -> None:
    path = workbook(
        tmp_path / "契約.xlsx",
        Sheet1=[
            [None],
            ["証券番号", "満期日", "保険料", "事故"],
            [123, datetime(2025, 3, 31), 12000.0, True],
            ["0123", "令和7年3月31日", 1.5, False],
            [None, None, None, None],
            ["9", datetime(2025, 3, 31, 16), None, None],
        ],
    )
    both = read_xlsx(path, "policies", Problems())
    assert both
    raw, numbers = both
    assert raw.headers == ["証券番号", "満期日", "保険料", "事故"]
    assert [column.to_pylist() for column in raw.columns] == [
        ["123", "0123", "9"],
        ["2025-03-31", "令和7年3月31日", "2025-03-31 16:00:00"],
        ["12000", "1.5", None],
        ["true", "false", None],
    ]
    assert numbers == [1, 0, 2, 0]
    assert [raw.line_of(row) for row in range(3)] == [3, 4, 6]


def test_the_sheet_named_like_the_table_is_read_and_others_are_told(tmp_path: Path) -> None:
    path = workbook(tmp_path / "p.xlsx", notes=[["x"]], policies=[["policy_no"], ["1"]])
    problems = Problems()
    both = read_xlsx(path, "policies", problems)
    assert both
    assert both[0].headers == ["policy_no"]
    assert [p.message for p in problems.listed] == ["only the sheet 'policies' of 2 is read"]


def test_values_beyond_the_header_are_an_error(tmp_path: Path) -> None:
    problems = Problems()
    read_xlsx(workbook(tmp_path / "p.xlsx", s=[["policy_no"], ["1", "lost"]]), "policies", problems)
    assert [str(p) for p in problems.listed] == [
        f"{tmp_path}/p.xlsx:2: has values beyond the last header → give the column a header, or clear the cells"
    ]


def test_an_empty_sheet_is_an_error(tmp_path: Path) -> None:
    problems = Problems()
    assert read_xlsx(workbook(tmp_path / "p.xlsx", s=[]), "policies", problems) is None
    assert [p.kind for p in problems.listed] == ["empty_file"]


@pytest.mark.parametrize("content", [b"", b"not a workbook", b"PK\x03\x04broken"])
def test_what_is_no_workbook_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "p.xlsx").write_bytes(content)
    with pytest.raises(InputError, match="is no XLSX"):
        read_xlsx(tmp_path / "p.xlsx", "policies", Problems())


def test_an_archive_that_is_no_workbook_is_named(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "p.xlsx", "w") as archive:
        archive.writestr("a.txt", "x")
    with pytest.raises(InputError, match="cannot be read as XLSX"):
        read_xlsx(tmp_path / "p.xlsx", "policies", Problems())


def test_a_workbook_that_unpacks_too_big_is_not_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = workbook(tmp_path / "p.xlsx", s=[["policy_no"]])
    monkeypatch.setattr(typed_files, "MAX_UNPACKED", 100)
    with pytest.raises(InputError, match="unpacks to more than"):
        read_xlsx(path, "policies", Problems())


def test_parquet_types_become_ours(tmp_path: Path) -> None:
    stamps = pa.array([datetime(2024, 8, 30, 15, 0), None], pa.timestamp("us", tz="UTC"))
    table = pa.table(
        {
            "id": pa.array([7, None], pa.int32()),
            "float_id": pa.array([7.0, 7.5]),
            "dictionary": pa.array([" a ", ""]).dictionary_encode(),
            "large": pa.array(["x", "y"], pa.large_string()),
            "stamp": stamps,
            "day": pa.array([date(2024, 8, 30), None], pa.date64()),
            "flag": pa.array([True, None]),
        }
    )
    pq.write_table(table, tmp_path / "p.parquet")
    raw = read_parquet(tmp_path / "p.parquet", "policies", Problems())
    assert raw
    assert raw.line_of(0) == 1
    assert {h: c.to_pylist() for h, c in zip(raw.headers, raw.columns, strict=True)} == {
        "id": [7, None],
        "float_id": ["7", "7.5"],
        "dictionary": ["a", None],
        "large": ["x", "y"],
        "stamp": [date(2024, 8, 31), None],  # 15:00 in London is the next day in Japan
        "day": [date(2024, 8, 30), None],
        "flag": [True, None],
    }


def test_nested_parquet_is_refused(tmp_path: Path) -> None:
    pq.write_table(pa.table({"policy_no": [["a"]]}), tmp_path / "p.parquet")
    with pytest.raises(InputError, match="column 'policy_no' is of type list"):
        read_parquet(tmp_path / "p.parquet", "policies", Problems())


@pytest.mark.parametrize("content", [b"", b"PAR1nonsensePAR1"])
def test_what_is_no_parquet_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "p.parquet").write_bytes(content)
    with pytest.raises(InputError, match="cannot be read as Parquet"):
        read_parquet(tmp_path / "p.parquet", "policies", Problems())
