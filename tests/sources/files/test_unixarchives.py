"""cpio and ar."""

import struct

import pytest

from sekisho.sources.files.extract import read_file
from tests.sources.files.test_extract import texts, unread

MEMBERS = {"満期ソ表.txt": b"A-1234567", "empty/b.txt": b"xyz"}


def newc(members: dict[str, bytes]) -> bytes:
    made = b""
    for name, content in {**members, "TRAILER!!!": b""}.items():
        raw = name.encode("cp932") + b"\0"
        numbers = (1, 0o100644, 0, 0, 1, 0, len(content), 0, 0, 0, 0, len(raw), 0)
        made += b"070701" + b"".join(b"%08X" % number for number in numbers) + raw
        made += b"\0" * (-len(made) % 4) + content
        made += b"\0" * (-len(made) % 4)
    return made


def odc(members: dict[str, bytes]) -> bytes:
    made = b""
    for name, content in {**members, "TRAILER!!!": b""}.items():
        raw = name.encode("cp932") + b"\0"
        made += b"070707" + b"%06o%06o%06o%06o%06o%06o%06o%011o" % (0, 1, 0o100644, 0, 0, 1, 0, 0)
        made += b"%06o%011o" % (len(raw), len(content)) + raw + content
    return made


def binary(members: dict[str, bytes]) -> bytes:
    made = b""
    for name, content in {**members, "TRAILER!!!": b""}.items():
        raw = name.encode("cp932") + b"\0"
        made += struct.pack("<13H", 0o070707, 0, 1, 0o100644, 0, 0, 1, 0, 0, 0, len(raw), 0, len(content))
        made += raw + b"\0" * (len(raw) % 2) + content + b"\0" * (len(content) % 2)
    return made


def ar(members: dict[str, bytes]) -> bytes:
    long = b"".join(name.encode("cp932") + b"/\n" for name in members)
    made = b"!<arch>\n" + ar_head(b"//", long) + long + b"\n" * (len(long) % 2)
    at = 0
    for name, content in members.items():
        made += ar_head(b"/%d" % at, content) + content + b"\n" * (len(content) % 2)
        at += len(name.encode("cp932")) + 2
    return made


def ar_head(name: bytes, content: bytes) -> bytes:
    return (
        name.ljust(16)
        + b"0".ljust(12)
        + b"0".ljust(6) * 2
        + b"644".ljust(8)
        + b"%d" % len(content)
        + b" " * (10 - len(b"%d" % len(content)))
        + b"`\n"
    )


@pytest.mark.parametrize("build", [newc, odc, binary, ar])
def test_members(build: object) -> None:
    raw = build(MEMBERS)  # type: ignore[operator]
    found = texts(read_file("a", raw, "p"))
    assert found["p!満期ソ表.txt"] == "A-1234567"
    assert found["p!empty/b.txt"] == "xyz"
    for end in range(10, len(raw) - 1, 7):
        contents = read_file("a", raw[:end], "p")
        assert contents.unread or build is ar


def test_sizes_that_lie() -> None:
    raw = newc({"a.txt": b"A-1234567"}).replace(b"%08X" % 9, b"7FFFFFFF", 1)
    assert unread(read_file("a.cpio", raw, "p"))[-1] == ("p", "suspicious")
    assert unread(read_file("a.ar", b"!<arch>\n" + b"x" * 100, "p")) == [("p", "broken")]
