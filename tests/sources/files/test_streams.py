"""Compressed streams and tar."""

import gzip
import io
import tarfile

import pyarrow as pa
import pytest

from sekisho.sources.files.extract import read_file
from tests.sources.files.test_extract import texts, unread


@pytest.mark.parametrize(
    ("name", "inner"),
    [
        ("a.txt.gz", "a.txt"),
        ("A.TXT.GZ", "A.TXT"),
        ("a.tgz", "a.tar"),
        ("x/y.gz", "y"),
        ("odd", "odd"),
        (".gz", "content"),
    ],
)
def test_the_inner_name(name: str, inner: str) -> None:
    assert texts(read_file(name, gzip.compress(b"hello"), "p")) == {f"p!{inner}": "hello"}


def test_several_streams_in_one_file_and_trailing_bytes() -> None:
    raw = gzip.compress(b"one ") + gzip.compress(b"two")
    assert texts(read_file("a.gz", raw, "p")) == {"p!a": "one two"}
    assert texts(read_file("a.gz", raw + b"\0\0\0rubbish", "p")) == {"p!a": "one two"}


def test_a_cut_stream_is_read_and_listed() -> None:
    contents = read_file("a.gz", gzip.compress(b"A-1234567 " * 5000)[:-20], "p")
    assert texts(contents)["p!a"].startswith("A-1234567 ")
    assert unread(contents) == [("p!a", "broken")]


def test_tar_names_in_any_charset_and_links_left_alone() -> None:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w", format=tarfile.GNU_FORMAT, encoding="cp932") as archive:
        info = tarfile.TarInfo("満期一覧.txt")
        info.size = 3
        archive.addfile(info, io.BytesIO(b"A-1"))
        link = tarfile.TarInfo("link")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/hostname"
        archive.addfile(link)
    assert texts(read_file("a.tar", made.getvalue(), "p")) == {
        "p!満期一覧.txt.name": "満期一覧.txt",
        "p!満期一覧.txt": "A-1",
    }


def test_zstandard() -> None:
    raw = pa.compress(b"A-1234567 " * 1000, codec="zstd", asbytes=True)
    assert texts(read_file("a.txt.zst", raw, "p")) == {"p!a.txt": "A-1234567 " * 1000}
    assert unread(read_file("a.zst", raw[:20], "p")) == [("p", "broken")]
    bomb = pa.compress(bytes(64 << 20), codec="zstd", asbytes=True)
    assert unread(read_file("a.zst", bomb, "p")) == [("p", "suspicious")]


def lzw(data: bytes, most: int = 16) -> bytes:
    """compress(1) as it was written: codes grow, groups of eight codes, the table starts anew when full."""
    table = {bytes([number]): number for number in range(256)}
    after, width, codes, made = 257, 9, list[int](), bytearray(b"\x1f\x9d" + bytes([0x80 | most]))

    def flush(width: int) -> None:
        bits = sum(code << (width * turn) for turn, code in enumerate(codes))
        made.extend(
            bits.to_bytes(width, "little") if len(codes) == 8 else bits.to_bytes(-(-len(codes) * width // 8), "little")
        )
        codes.clear()

    word = b""
    for byte in data:
        longer = word + bytes([byte])
        if longer in table:
            word = longer
            continue
        codes.append(table[word])
        if after < 1 << most:
            table[longer] = after
            after += 1
        if len(codes) == 8:
            flush(width)
        if after > 1 << width and width < most:  # the reader is one entry behind
            while codes and len(codes) < 8:
                codes.append(0)
            if codes:
                flush(width)
            width += 1
        word = bytes([byte])
    codes.append(table[word])
    flush(width)
    return bytes(made)


def test_compress() -> None:
    data = "".join(f"A-{number * 7919 % 10_000_000:07d},山田\n" for number in range(3000)).encode()
    assert texts(read_file("a.txt.Z", lzw(data), "p")) == {"p!a.txt": data.decode()}
    contents = read_file("a.Z", lzw(data)[:2000], "p")
    assert texts(contents)["p!a"] == data.decode()[: len(texts(contents)["p!a"])]
    assert unread(read_file("a.Z", b"\x1f\x9d\x90\xff\xff\xff", "p")) == [("p", "broken")]
