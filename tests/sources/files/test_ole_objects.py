"""Packages and other wrappings of embedded files."""

import struct

from hypothesis import given, settings
from hypothesis import strategies as st

from sekisho.kernel.content import Text, Unread
from sekisho.sources.files.extract import read_file
from sekisho.sources.files.ole_objects import packaged, unwrapped
from sekisho.sources.files.ole_writer import compound_file


def package(name: str, content: bytes) -> bytes:
    written = name.encode("cp932") + b"\0"
    inner = b"\x02\x00" + written + b"C:\\" + written + b"\x00\x00\x03\x00" + struct.pack("<I", len(written)) + written
    return inner + struct.pack("<I", len(content)) + content


def test_a_package_has_a_name_and_a_content() -> None:
    raw = package("満期一覧.csv", b"A-1234567")
    assert packaged(raw) == ("満期一覧.csv", b"A-1234567")
    assert packaged(struct.pack("<I", len(raw)) + raw) == ("満期一覧.csv", b"A-1234567")
    assert packaged(raw[:-1]) is None


def test_an_ole_1_object_is_unwrapped() -> None:
    names = b"".join(struct.pack("<I", len(one)) + one for one in (b"Package\0", b"", b""))
    raw = package("a.txt", b"A-1234567")
    assert unwrapped(b"\x01\x05\0\0\x02\0\0\0" + names + struct.pack("<I", len(raw)) + raw) == ("a.txt", b"A-1234567")
    assert unwrapped(b"junk") == ("object", b"junk")


def test_a_file_that_only_wraps_another_is_read_through() -> None:
    contents = read_file("a.bin", compound_file({"\x01Ole10Native": bytes(4) + package("一覧.txt", b"A-1234567")}), "")
    assert contents.pieces == [Text("a.bin!一覧.txt.name", "一覧.txt"), Text("a.bin!一覧.txt", "A-1234567")]
    assert read_file("a.bin", compound_file({"?": b"x"}), "").unread == [Unread("a.bin", "unsupported", "OLE file")]


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_anything_is_no_package_or_a_part_of_it(raw: bytes) -> None:
    found = packaged(b"\x02\x00" + raw)
    assert found is None or found[1] in raw
    assert unwrapped(raw)[1] in raw
