"""RTF documents."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sekisho.kernel.content import Contents, Table, Text
from sekisho.sources.files.job import Hint, Job
from sekisho.sources.files.limits import Limits
from sekisho.sources.files.ole_writer import compound_file
from sekisho.sources.files.rtf import read_rtf


def read(source: bytes) -> Contents:
    def keep(name: str, data: bytes, part: str, job: Job, hint: Hint) -> None:
        del hint
        job.text(part, f"{name}: {data!r}")

    job = Job(Limits(), keep)
    read_rtf(source, "a.rtf", job)
    return job.contents


def text(source: bytes) -> str:
    return "".join(piece.text for piece in read(source).pieces if isinstance(piece, Text))


def quoted(written: str, charset: str = "cp932") -> bytes:
    return b"".join(b"\\'%02x" % byte for byte in written.encode(charset))


FONTS = rb"{\fonttbl{\f0\froman\fcharset0 Times New Roman;}{\f1\fnil\fcharset128 \'82\'6c\'82\'72 Gothic;}}"
HEAD = rb"{\rtf1\ansi\ansicpg932\deff0" + FONTS


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (rb"\f1 " + quoted("髙橋 山田太郎") + rb"\par A-1234567", "髙橋 山田太郎\nA-1234567"),
        (quoted("証券番号"), "証券番号"),
        (rb"\f1\'83A\'83C", "アイ"),  # the second byte of a pair as it is
        (rb"\'8e\'52\f0\f1 \'93\'63", "山田"),
        (rb"\uc1\u23665?\u30000?", "山田"),
        (rb"\uc2\u23665\'8e\'52\uc0\u30000 \u32773 ", "山田者"),
        (rb"\u-10180?\u-8397?", "\U0001f333"),
        (rb"{\v " + quoted("隠し") + rb"}{\deleted x}", "隠しx"),
        (rb"{\field{\*\fldinst HYPERLINK mailto:a@example.jp}{\fldrslt b}}", "\nHYPERLINK mailto:a@example.jpb"),
        (rb"{\info{\author " + quoted("佐藤") + rb"}}x", "\n佐藤x"),
        (rb"{\*\unknowndest kept}{\pict 00ff00}{\*\themedata 00ff}{\stylesheet{\s1 heading;}}", "kept"),
        (rb"a\~b\_c\-d\{\}\\ \emdash\tab x", "a b-cd{}\\ —\tx"),
        (rb"a\bin4 }}}}b", "ab"),
        (rb"{\footnote note}{\header top}", "\nnote\ntop"),
        (rb"{\upr{x}{\*\ud{\u23665?}}}", "x山"),
        (b"no\r\nline\r\nbreaks", "nolinebreaks"),
    ],
)
def test_text(body: bytes, expected: str) -> None:
    assert text(HEAD + body + b"}") == expected


@pytest.mark.parametrize(
    ("charset", "number", "written"),
    [("cp932", 128, "山田太郎"), ("cp936", 134, "张伟先生"), ("cp949", 129, "김철수"), ("cp1251", 204, "Иванов")],
)
def test_a_font_says_how_its_bytes_are_meant(charset: str, number: int, written: str) -> None:
    fonts = rb"{\fonttbl{\f3\fcharset%d Font;}}" % number
    assert text(rb"{\rtf1\ansi\ansicpg1252" + fonts + rb"\f3 " + quoted(written, charset) + b"}") == written


def test_tables_become_tables_and_leave_the_text() -> None:
    row = rb"\trowd\cellx1000\cellx2000\pard\intbl %b\cell %b\cell\row"
    source = (
        HEAD + b"before\\par " + row % (quoted("証券番号"), quoted("契約者")) + row % (b"A-1234567", quoted("山田"))
    )
    source += row % (b"", b"alone") + b"\\pard after}"
    assert read(source).pieces == [
        Table("a.rtf!table[1]", [["証券番号", "契約者"], ["A-1234567", "山田"], ["", "alone"]]),
        Text("a.rtf", "before\n\nafter"),
    ]


def test_a_table_for_layout_stays_text() -> None:
    source = HEAD + rb"\trowd\pard\intbl one\cell two\cell\row\pard after}"
    assert read(source).pieces == [Text("a.rtf", "one\ttwo\nafter")]


def test_html_inside_rtf_is_read_as_html_and_only_once() -> None:
    source = (
        HEAD + rb"\fromhtml1 {\*\htmltag64 <table><tr><td>}\htmlrtf {\htmlrtf0 " + quoted("証券番号")
        + rb"\htmlrtf\f1}\htmlrtf0 {\*\htmltag72 </td><td>name</td></tr><tr><td>}A-1234567"
        + rb"{\*\htmltag72 </td><td>}" + quoted("山田") + rb"{\*\htmltag72 </td></tr></table>}"
        + rb"\htmlrtf\par\htmlrtf0 {\*\htmltag84 &amp;}\htmlrtf &\htmlrtf0 {\*\mhtmltag64 <b>}end}"
    )  # fmt: skip
    contents = read(source)
    assert [piece for piece in contents.pieces if isinstance(piece, Table)] == [
        Table("a.rtf!table[1]", [["証券番号", "name"], ["A-1234567", "山田"]])
    ]
    assert [piece.text.strip() for piece in contents.pieces if isinstance(piece, Text)] == ["&end"]


def test_embedded_objects_are_opened() -> None:
    inner = compound_file({"Package": b"x"})
    names = b"".join(len(name).to_bytes(4, "little") + name for name in (b"Excel.Sheet.8\0", b"", b""))
    wrapped = b"\x01\x05\x00\x00\x02\x00\x00\x00" + names + len(inner).to_bytes(4, "little") + inner
    source = (
        HEAD
        + rb"{\object\objemb{\*\objclass Excel.Sheet.8}{\*\objdata "
        + wrapped.hex().encode()
        + rb"}{\result{\pict 00}}}x}"
    )
    pieces = read(source).pieces
    assert pieces == [Text("a.rtf!object[1]", f"object: {inner!r}"), Text("a.rtf", "x")]


def test_what_is_cut_off_or_nested_without_end_is_read() -> None:
    assert text(HEAD + b"{" * 300_000 + b"A-1234567") == "A-1234567"
    assert text(HEAD + b"A-1234567" + b"}" * 300_000) == "A-1234567"
    assert text(b"{\\rtf1 A\\'8") == "A8"


TOKENS = [
    rb"\intbl", rb"\cell ", rb"\row ", "山".encode("cp932"), rb"\'8e", rb"\u23665?", b"{", b"}", rb"\pard ", b"00ff",
    rb"{\*\objdata ", rb"\bin3 ", rb"\uc3 ", rb"\*", rb"\f1 ", rb"{\fonttbl", rb"{\sv 1", rb"\htmlrtf ", b"x",
    rb"\trowd ",
]  # fmt: skip


@settings(deadline=None)
@given(st.lists(st.sampled_from(TOKENS), max_size=60))
def test_anything_is_read(tokens: list[bytes]) -> None:
    read(HEAD + b"".join(tokens))
