"""Every kind of file: read, or listed with its reason; bombs refused; nothing raises."""

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sekisho.kernel.content import REASONS, Contents, Table, Text
from sekisho.sources.files.extract import read_file
from sekisho.sources.files.limits import Limits
from tests.sources.files import make

ROWS = [["証券番号", "契約者名"], ["A-1234567", "山田太郎"]]
CSV = "\r\n".join(",".join(row) for row in ROWS).encode("cp932")


def texts(contents: Contents) -> dict[str, str]:
    return {piece.part: piece.text for piece in contents.pieces if isinstance(piece, Text)}


def tables(contents: Contents) -> dict[str, list[list[str]]]:
    return {piece.part: piece.rows for piece in contents.pieces if isinstance(piece, Table)}


def unread(contents: Contents) -> list[tuple[str, str]]:
    return [(one.part, one.reason) for one in contents.unread]


def test_part_names_go_inwards() -> None:
    inner = make.zipped({"満期.xlsx": make.workbook({"Sheet1": [list(row) for row in ROWS]})})
    contents = read_file("一覧.zip", make.zipped({"内.zip": inner}), "attachment[2]:一覧.zip")
    assert tables(contents) == {"attachment[2]:一覧.zip!内.zip!満期.xlsx!Sheet1": ROWS}
    assert texts(contents) == {
        "attachment[2]:一覧.zip!内.zip.name": "内.zip",
        "attachment[2]:一覧.zip!内.zip!満期.xlsx.name": "満期.xlsx",
    }
    assert list(tables(read_file("a.csv", CSV, ""))) == ["a.csv"]


@pytest.mark.parametrize("codec", ["utf_8", "utf_8_sig", "cp932", "utf_16", "euc_jp"])
@pytest.mark.parametrize(("name", "delimiter"), [("a.csv", ","), ("a.tsv", "\t"), ("a.csv", ";"), ("A.CSV", "|")])
def test_delimited_files(name: str, delimiter: str, codec: str) -> None:
    raw = "\r\n".join(delimiter.join(row) for row in [*ROWS, ["A-2", "ご契約のしおり"]]).encode(codec)
    assert tables(read_file(name, raw, "p")) == {"p": [*ROWS, ["A-2", "ご契約のしおり"]]}


def test_text_stays_text_and_content_beats_the_name() -> None:
    assert texts(read_file("a.txt", "山田\t太郎\r\n".encode("cp932"), "p")) == {"p": "山田\t太郎\r\n"}
    assert list(tables(read_file("report.txt", make.workbook({"S": [["a"]]}), "p"))) == ["p!S"]
    assert unread(read_file("a.csv", b"\x89PNG\r\n\x1a\n", "p")) == [("p", "no_text")]


def test_html_saved_as_xls() -> None:
    raw = "<html><meta charset=shift_jis><table><tr><td>証券番号<td>名</tr><tr><td>A-1<td>山田</table>".encode("cp932")
    assert tables(read_file("a.xls", raw, "p")) == {"p!table[1]": [["証券番号", "名"], ["A-1", "山田"]]}


def test_cp932_names_in_zip() -> None:
    assert list(tables(read_file("a.zip", make.cp932_zip("満期一覧.csv", CSV), "p"))) == ["p!満期一覧.csv"]


@pytest.mark.parametrize("name", ["a.csv.gz", "a.csv.bz2", "a.csv.xz", "a.tgz"])
def test_compressed_streams(name: str) -> None:
    if name == "a.tgz":
        made = io.BytesIO()
        with tarfile.open(fileobj=made, mode="w") as archive:
            info = tarfile.TarInfo("満期/a.csv")
            info.size = len(CSV)
            archive.addfile(info, io.BytesIO(CSV))
        assert tables(read_file(name, gzip.compress(made.getvalue()), "p")) == {"p!a.tar!満期/a.csv": ROWS}
        return
    pack = {"gz": gzip.compress, "bz2": bz2.compress, "xz": lzma.compress}[name.rpartition(".")[2]]
    assert tables(read_file(name, pack(CSV), "p")) == {"p!a.csv": ROWS}
    cut = read_file(name, pack(CSV * 50)[:-9], "p")
    assert ("p!a.csv", "broken") in unread(cut) or ("p", "broken") in unread(cut)


def test_a_mail_inside_a_zip() -> None:
    contents = read_file("a.zip", make.zipped({"m.eml": b"Subject: x\nFrom: a@example.jp\n\nA-1234567\n"}), "p")
    assert texts(contents)["p!m.eml!body"] == "A-1234567\n"
    assert texts(contents)["p!m.eml!subject"] == "x"


def test_xls_through_its_own_check() -> None:
    raw = make.ole({"Workbook": make.biff([(0, 0, "証券番号"), (1, 0, "A-1"), (1, 1, "山田")])})
    assert tables(read_file("a.xls", raw, "p")) == {"p!一覧": [["証券番号", ""], ["A-1", "山田"]]}


@pytest.mark.parametrize(
    ("name", "raw", "reason"),
    [
        ("a.docx", make.ole({"EncryptedPackage": b"", "EncryptionInfo": b""}), "encrypted"),
        ("a.xls", make.ole({"Workbook": make.biff([], password=True)}), "encrypted"),
        ("a.doc", make.ole({"WordDocument": b""}), "unsupported"),
        ("a", make.ole({"x": b""}), "unsupported"),
        ("a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(100), "broken"),
        ("a.7z", b"7z\xbc\xaf\x27\x1c\x00", "broken"),
        ("a.lzh", b"\x00\x00-lh5-", "broken"),
        ("a.rar", b"Rar!\x1a\x07\x00", "broken"),
        ("a.cab", b"MSCF\x00", "broken"),
        ("a.exe", b"MZ" + bytes(100), "unsupported"),
        ("a.zip", b"PK\x03\x04 cut off", "broken"),
        ("a.pdf", b"%PDF-1.4 nothing", "broken"),
        ("a.xlsx", make.zipped({"[Content_Types].xml": b"", "xl/workbook.xml": b"<x"}), "broken"),
        ("a.gz", b"\x1f\x8b\x08broken", "broken"),
        ("a.png", b"\x89PNG\r\n\x1a\n", "no_text"),
        ("a.mp4", b"\x00\x00\x00\x18ftypmp42", "no_text"),
        ("a.asc", b"-----BEGIN PGP MESSAGE-----\n", "encrypted"),
        ("a.bin", bytes(range(256)), "unsupported"),
        ("a.txt", b"", "missing"),
        ("a.tar", b"x" * 257 + b"ustar" + bytes(300), "broken"),
    ],
)
def test_what_cannot_be_read_is_listed(name: str, raw: bytes, reason: str) -> None:
    assert unread(read_file(name, raw, "p")) == [("p", reason)]


def test_zip_bombs_are_refused_by_what_they_declare() -> None:
    bomb = make.zipped({"a.txt": bytes(64 << 20)})
    assert unread(read_file("a.zip", bomb, "p")) == [("p", "suspicious")]
    assert unread(read_file("a.xlsx", make.zipped({"[Content_Types].xml": b"", "xl/a.xml": bytes(64 << 20)}), "p")) == [
        ("p", "suspicious")
    ]


def test_zip_bombs_that_lie_are_refused_by_what_they_are() -> None:
    content = bytes(1 << 20)
    raw = bytearray(make.zipped({"a.txt": content}))
    size = raw.find(len(content).to_bytes(4, "little"), raw.rfind(b"PK\x01\x02"))
    raw[size : size + 4] = (1000).to_bytes(4, "little")
    assert unread(read_file("a.zip", bytes(raw), "p")) == [("p!a.txt", "suspicious")]


def test_overlapping_members_count_their_bytes_once() -> None:
    # Many directory entries for one compressed block, as in the well-known 42 kB archive.
    block = make.zipped({"a": bytes(1 << 20)})
    at = block.find(b"PK\x01\x02")
    end = block.find(b"PK\x05\x06")
    directory = block[at:end] * 300
    tail = bytearray(block[end:])
    tail[8:12] = (300).to_bytes(2, "little") * 2
    tail[12:16] = len(directory).to_bytes(4, "little")
    assert unread(read_file("a.zip", block[:at] + directory + bytes(tail), "p")) == [("p", "suspicious")]


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
def test_stream_bombs_are_refused(pack: "type[object]") -> None:
    raw = pack(bytes(32 << 20))  # type: ignore[call-arg]
    assert isinstance(raw, bytes)
    assert unread(read_file("a.gz", raw, "p")) == [("p", "suspicious")]


def test_a_directory_that_would_fill_the_memory_is_not_parsed() -> None:
    raw = bytearray(make.zipped({"a": b"x"}))
    end = raw.rfind(b"PK\x05\x06")
    raw[end + 12 : end + 16] = (100 << 20).to_bytes(4, "little")
    assert unread(read_file("a.zip", bytes(raw), "p")) == [("p", "suspicious")]


def test_nesting_and_number_are_bounded() -> None:
    raw = b"hello"
    for _ in range(30):
        raw = make.zipped({"a.zip" if raw != b"hello" else "a.txt": raw})
    assert unread(read_file("a.zip", raw, "p", Limits(max_depth=5)))[0][1] == "too_deep"
    many = make.zipped({f"{number}.txt": b"x" for number in range(50)})
    contents = read_file("a.zip", many, "p", Limits(max_parts=10))
    assert unread(contents) == [("p", "too_big")]
    assert contents.unread[0].detail.startswith("40 further")


def test_bytes_are_bounded_one_by_one_and_in_all() -> None:
    two = make.zipped({"a.txt": b"x" * 600, "b.txt": b"y" * 600}, zipfile.ZIP_STORED)
    assert unread(read_file("a.zip", two, "p", Limits(max_member_bytes=500))) == [("p", "too_big")]
    assert unread(read_file("a.zip", two, "p", Limits(max_total_bytes=1000)))[0][1] == "too_big"


def test_time_is_bounded() -> None:
    raw = make.zipped({f"{number}.html": b"<p>x" * 50_000 for number in range(20)})
    assert ("p", "too_slow") in unread(read_file("a.zip", raw, "p", Limits(seconds=0.02, max_ratio=100_000)))


def test_damaged_deflate_is_broken() -> None:
    raw = bytearray(make.zipped({"a.txt": b"hello world " * 50}))
    raw[35:41] = b"\xff" * 6
    assert unread(read_file("a.zip", bytes(raw), "p")) == [("p!a.txt", "broken")]


SAMPLES = {
    "a.zip": make.zipped({"a.csv": CSV, "b/c.txt": b"x"}),
    "a.xlsx": make.workbook({"S": [list(row) for row in ROWS]}),
    "a.xls": make.ole({"Workbook": make.biff([(0, 0, "a"), (1, 1, "b")])}),
    "a.docx": make.docx("<w:p><w:r><w:t>A-1</w:t></w:r></w:p>"),
    "a.pdf": make.pdf(),
    "a.gz": gzip.compress(CSV),
    "a.html": b"<table><tr><td>a<td>b<tr><td>c<td>d</table>",
}


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_never_raises_on_damaged_files(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(SAMPLES)))
    raw = bytearray(SAMPLES[name])
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(raw) - 1))
        if data.draw(st.booleans()):
            raw[at] = data.draw(st.integers(0, 255))
        else:
            del raw[at : at + data.draw(st.integers(1, 50))]
        if not raw:
            break
    assert all(reason in REASONS for _, reason in unread(read_file(name, bytes(raw), "p")))


@given(
    st.binary(max_size=200),
    st.sampled_from(
        [b"", b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"%PDF-", b"\x1f\x8b", b"<?xml", b"<html"]
    ),
)
def test_never_raises_on_anything(raw: bytes, start: bytes) -> None:
    assert all(reason in REASONS for _, reason in unread(read_file("x", start + raw, "p")))


def test_a_reader_that_fails_is_listed_not_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zlib, "decompressobj", lambda *_: (_ for _ in ()).throw(RuntimeError("x")))
    assert unread(read_file("a.gz", gzip.compress(b"x"), "p")) == [("p", "broken")]
