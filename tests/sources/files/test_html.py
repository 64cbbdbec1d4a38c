"""HTML to text and tables."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.sources.files import html
from sekisho.sources.files.html import declared_charset, read_html, strip_tags


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("<p>山田\n太郎様<br>A-1</p>", "山田 太郎様\nA-1"),
        ("<P>a</P><DIV>b</DIV>", "a\nb"),
        ("a<!-- <p>hidden --> b", "a b"),
        ("a<!-- never closed", "a"),
        ("<script>var x</script><style>p{}</style>a<script>", "a"),
        ("&#x5c71;&#30000;&nbsp;&amp;&lt;b&gt;", "山田 &<b>"),
        ("<pre>a  b\n  c</pre>", "a  b\nc"),
        ("佐藤 <sato@aoba.example.jp> 様", "佐藤  sato@aoba.example.jp  様"),
        ("<img alt=\"証券番号 A-1\" src=x><input value='山田'>", "証券番号 A-1  山田"),
        ("1 < 2 and 3 > 2", "1 < 2 and 3 > 2"),
        ("山<b>田</b><wbr>太郎", "山田太郎"),
        ('<p style="display:none">hidden, but sent</p>', "hidden, but sent"),
        ("", ""),
    ],
)
def test_text(source: str, text: str) -> None:
    assert read_html(source)[0] == text


def test_data_tables_leave_the_text_and_layout_tables_stay() -> None:
    text, tables = read_html(
        "<table><tr><td><p>ご担当者様</p>"
        "<table><tr><th>証券番号<th>契約者名<tr><td colspan=2>A-1<br>A-2<tr><td>A-3<td>山田</table>"
        "</td></tr><tr><td>以上</td><td></td></tr></table>"
    )
    assert tables == [[["証券番号", "契約者名"], ["A-1\nA-2", ""], ["A-3", "山田"]]]
    assert text == "ご担当者様\n以上"


def test_a_single_row_or_column_is_no_data_table() -> None:
    assert read_html("<table><tr><td>a<td>b</table>") == ("a\tb", [])
    assert read_html("<table><tr><td>a<tr><td>b</table>") == ("a\nb", [])


def test_a_table_never_closed_is_kept() -> None:
    assert read_html("<table><tr><td>a<td>b<tr><td>c<td>d") == ("", [[["a", "b"], ["c", "d"]]])


@pytest.mark.parametrize(
    ("raw", "charset"),
    [
        (b'<meta charset="shift_jis">', "shift_jis"),
        (b'<META http-equiv="Content-Type" content="text/html; charset=EUC-JP">', "EUC-JP"),
        (b'<?xml version="1.0" encoding="utf-8"?>', "utf-8"),
        (b"<p>", ""),
    ],
)
def test_declared_charset(raw: bytes, charset: str) -> None:
    assert declared_charset(raw) == charset


@given(
    st.text(alphabet="<>/!-ab td\"'=&#;x\n", max_size=200)
    | st.lists(st.sampled_from(["<table>", "<tr>", "<td>", "</td>", "</tr>", "</table>", "x", "<pre>", "</pre>"])).map(
        "".join
    )
)
def test_never_raises_and_loses_no_word(source: str) -> None:
    text, tables = read_html(source)
    shown = text + "".join(cell for table in tables for row in table for cell in row)
    assert shown.count("x") <= source.count("x")


@pytest.mark.parametrize(
    "fill", ["<", "<table><tr><td>", "<!--", "<style>", "<div>", '<img alt="', "&#", " ", "<pre>  "]
)
def test_hostile_markup_ends(fill: str) -> None:
    read_html(fill * (300_000 // len(fill)))


_PIECES = st.lists(
    st.sampled_from(
        [
            "山田", "a  b", "\n", "\t ", "\u3000", "\xa0", "&nbsp; ", "<br>\n", "<p  class='a\nb'>", "<pre>", "</pre>",
            "<img alt='a  b'>", "<img\nalt='a b'>", "<taro@example.jp>", "<taro@example.jp\n x>", "<style>", "</style>",
            "<table>", "<tr>", "<td>", "</td>", "</tr>", "</table>", "<!-- x -->", " " * 250,
        ]
    )
)  # fmt: skip


@given(_PIECES)
def test_collapsing_white_space_at_once_changes_nothing(pieces: list[str]) -> None:
    source = "".join(pieces)
    reader = html._Reader()
    reader.run(html._without_comments(source))
    assert read_html(source) == reader.finish()


def test_strip_tags() -> None:
    assert strip_tags('a<b c="d e">f</b>').split() == ["a", "d", "e", "f"]
