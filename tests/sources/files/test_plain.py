"""Delimiters and quotation marks."""

import pytest

from sekisho.sources.files.extract import read_file
from sekisho.sources.files.plain import sniff_delimiter
from tests.sources.files.test_extract import tables, unread


@pytest.mark.parametrize(
    ("text", "delimiter"),
    [
        ("a,b,c\n1,2,3", ","),
        ("a\tb,x\n1\t2", "\t"),
        ("a;b;c\n1,5;2;3\n", ";"),
        ("a|b\n1|2", "|"),
        ('"a;b;c",d\n"e;f",g', ","),
        ("title\n\na,b,c\n1,2,3\n4,5,6", ","),
        ("alone", ","),
        ("", ","),
    ],
)
def test_sniff(text: str, delimiter: str) -> None:
    assert sniff_delimiter(text) == delimiter


def test_quotes_line_breaks_and_long_cells() -> None:
    raw = b'a,"b\nc ""d""",e\r\n' + b"x" * 200_000 + b",y,z\n"
    rows = tables(read_file("a.csv", raw, "p"))["p"]
    assert rows[0] == ["a", 'b\nc "d"', "e"]
    assert len(rows[1][0]) == 200_000


def test_a_quotation_mark_never_closed_swallows_nothing() -> None:
    raw = b'a,b\n1,"two\n' + b"3,four\n" * 1000
    rows = tables(read_file("a.csv", raw, "p"))["p"]
    assert len(rows) == 1002
    assert rows[-1] == ["3", "four"]


def test_undecodable_bytes_are_listed_and_the_rest_read() -> None:
    raw = "証券番号,契約者名\nA-1,山田太郎\n".encode("cp932") + b"A-2,\x81\xff\xff\x85\n"
    contents = read_file("a.csv", raw, "p")
    assert tables(contents)["p"][1] == ["A-1", "山田太郎"]
    assert unread(contents) == [("p", "undecodable")]


def test_a_cell_of_hundreds_of_lines_comes_from_a_lost_quotation_mark() -> None:
    rows = "".join(f"A-{number},山田\n" for number in range(6_000))
    assert len(tables(read_file("a.csv", ('x,"never closed\n' + rows).encode(), "p"))["p"]) == 6_001
    cell = '"' + "line\n" * 150 + '",y\n'
    assert len(tables(read_file("a.csv", (cell * 3).encode(), "p"))["p"]) == 3
