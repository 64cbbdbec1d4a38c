"""CSV as it comes: encodings, delimiters, quoted newlines, and the right line in every message."""

from pathlib import Path

import pytest

from sekisho.kernel.errors import InputError
from sekisho.registry.csv_file import read_csv
from sekisho.registry.problems import Problems
from sekisho.registry.raw import RawTable


def read(path: Path, content: bytes | str) -> tuple[RawTable | None, list[str]]:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    problems = Problems()
    raw = read_csv(path, "people", problems)
    return raw, [str(problem).replace(str(path.parent) + "/", "") for problem in problems.listed]


def rows(raw: RawTable | None) -> list[tuple[object, ...]]:
    assert raw is not None
    return list(zip(*(column.to_pylist() for column in raw.columns), strict=True))


@pytest.mark.parametrize(("encoding", "label"), [("utf-8", "UTF-8"), ("utf-8-sig", "UTF-8 (BOM)"), ("cp932", "CP932")])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_encodings_are_told_apart(tmp_path: Path, encoding: str, label: str, newline: str) -> None:
    text = newline.join(["氏名,カナ", "髙橋 ①,ﾀｶﾊｼ", "佐藤～,サトウ", ""])
    raw, problems = read(tmp_path / "a.csv", text.encode(encoding))
    assert raw
    assert (raw.encoding, raw.headers, problems) == (label, ["氏名", "カナ"], [])
    assert rows(raw) == [("髙橋 ①", "ﾀｶﾊｼ"), ("佐藤～", "サトウ")]


@pytest.mark.parametrize("lines_before", [0, 3, 400_000])
def test_an_undecodable_byte_is_reported_with_its_line(tmp_path: Path, lines_before: int) -> None:
    good = "氏名,備考として長い見出し\n" + "山田,あ\n" * lines_before
    with pytest.raises(InputError) as raised:
        read(tmp_path / "a.csv", good.encode() + b"\xff,x\n")
    assert raised.value.where.endswith(f"a.csv:{lines_before + 2}")
    assert raised.value.message == "byte 0xff cannot be read as UTF-8 or CP932"


def test_damaged_cp932_is_reported_too(tmp_path: Path) -> None:
    with pytest.raises(InputError) as raised:
        read(tmp_path / "a.csv", "氏名,備考\n山田,あ\n".encode("cp932") + b"\x82\x20,x\n")
    assert raised.value.where.endswith("a.csv:3")


@pytest.mark.parametrize("byte", [0x80, 0xA0, 0xFD, 0xFF])
def test_bytes_that_are_no_character_are_not_let_through(tmp_path: Path, byte: int) -> None:
    with pytest.raises(InputError) as raised:
        read(tmp_path / "a.csv", "氏名,備考\n山田,あ\n".encode("cp932") + bytes([byte]) + b",x\n")
    assert raised.value.where.endswith("a.csv:3")
    assert raised.value.message.startswith(f"byte 0x{byte:02x} cannot be read")


def test_gaiji_of_cp932_are_kept(tmp_path: Path) -> None:
    raw, _ = read(tmp_path / "a.csv", "氏名,備考\n山田,".encode("cp932") + b"\xf0\x40\n")
    assert rows(raw) == [("山田", "\ue000")]


def test_utf16_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is UTF-16 → save it as UTF-8"):
        read(tmp_path / "a.csv", "a\tb\n".encode("utf-16"))


def test_tabs_delimit_when_the_header_has_them(tmp_path: Path) -> None:
    raw, _ = read(tmp_path / "a.csv", "a\tb\n1,5\t2\n")
    assert rows(raw) == [("1,5", "2")]


def test_ends_are_trimmed_and_empty_is_null(tmp_path: Path) -> None:
    raw, _ = read(tmp_path / "a.csv", 'a,b\n 1\u3000,""\n"  ",2\n')
    assert rows(raw) == [("1", None), (None, "2")]


def test_rows_that_hold_nothing_are_left_out_and_lines_stay_right(tmp_path: Path) -> None:
    raw, problems = read(tmp_path / "a.csv", "\n\na,b\n1,2\n,\n\n3,4\n,5\n , \n")
    assert raw
    assert problems == []
    assert rows(raw) == [("1", "2"), ("3", "4"), (None, "5")]
    assert [raw.line_of(row) for row in range(3)] == [4, 7, 8]


def test_lines_are_those_of_the_file_when_values_hold_newlines(tmp_path: Path) -> None:
    raw, _ = read(tmp_path / "a.csv", 'a,b\n1,"x\ny"\n3,4\n')
    assert raw
    assert rows(raw) == [("1", "x\ny"), ("3", "4")]
    assert [raw.line_of(row) for row in range(2)] == [2, 4]


def test_rows_of_a_wrong_width_are_reported_and_left_out(tmp_path: Path) -> None:
    raw, problems = read(tmp_path / "a.csv", 'a,b\n1,2\n1,2,3\n\n4\n5,"6"\n')
    assert rows(raw) == [("1", "2"), ("5", "6")]
    assert raw
    assert raw.line_of(1) == 6
    remedy = 'put a value that holds a delimiter or a line break into "…"'
    assert problems == [
        f"a.csv:3: has 3 fields, the header has 2 → {remedy}",
        f"a.csv:5: has 1 fields, the header has 2 → {remedy}",
    ]


def test_a_quotation_mark_that_is_never_closed_swallows_nothing_in_silence(tmp_path: Path) -> None:
    _, problems = read(tmp_path / "a.csv", 'a,b\n1,2\n3,"4\n5,6\n7,8\n')
    assert len(problems) == 1
    assert problems[0].startswith('a.csv:3: a quotation mark " is never closed')


@pytest.mark.parametrize("content", ["", "\n\n", "\ufeff"])
def test_an_empty_file_is_an_error(tmp_path: Path, content: str) -> None:
    raw, problems = read(tmp_path / "a.csv", content)
    assert raw is None
    assert problems == ["a.csv: is empty → give it a header row, or remove it"]


@pytest.mark.parametrize("content", ["a,b", "a,b\n", "a,b\r\n", "\na,b"])
def test_a_header_alone_is_an_empty_table(tmp_path: Path, content: str) -> None:
    raw, problems = read(tmp_path / "a.csv", content)
    assert raw
    assert (raw.headers, raw.row_count, problems) == (["a", "b"], 0, [])


def test_the_last_line_needs_no_newline(tmp_path: Path) -> None:
    raw, _ = read(tmp_path / "a.csv", "a,b\n1,2")
    assert rows(raw) == [("1", "2")]
    assert raw
    assert raw.line_of(0) == 2
