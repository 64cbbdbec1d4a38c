"""The packing of RTF bodies."""

import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sekisho.sources.mail.outlook.compressed_rtf import decompressed
from tests.sources.mail.outlook.make import packed_rtf


def test_the_example_of_the_specification() -> None:
    """MS-OXRTFCP 4.1.1 and 4.1.2."""
    packed = bytes.fromhex(
        "2d0000002b0000004c5a4675f1c5c7a703000a007263706731323542320af32068656c090020627705b06c647d0a800fa0"
    )
    assert decompressed(packed) == (b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n", True)
    crossing = bytes.fromhex("1a0000001c0000004c5a4675e2d44b51410004205758595a0d6e7d010eb0")
    assert decompressed(crossing) == (b"{\\rtf1 WXYZWXYZWXYZWXYZWXYZ}", True)


@settings(deadline=None)
@given(st.binary(max_size=300) | st.text("ab\\par ", max_size=400).map(str.encode))
def test_there_and_back(rtf: bytes) -> None:
    assert decompressed(packed_rtf(rtf)) == (rtf, True)


def test_beyond_the_window() -> None:
    rtf = b"".join(b"\\par line %d of many" % number for number in range(600))
    assert len(rtf) > 2 * 4096
    assert decompressed(packed_rtf(rtf)) == (rtf, True)


def test_unpacked_and_damaged() -> None:
    assert decompressed(struct.pack("<II4sI", 15, 3, b"MELA", 0) + b"abc") == (b"abc", True)
    whole = packed_rtf(b"abcdefghij")
    assert decompressed(whole[:20])[1] is False
    assert decompressed(b"short") == (b"", False)
    assert decompressed(struct.pack("<II4sI", 15, 3, b"????", 0) + b"abc") == (b"", False)


@settings(deadline=None)
@given(st.binary(max_size=400), st.integers(0, 1 << 32))
def test_whatever_comes_is_bounded(content: bytes, size: int) -> None:
    raw = struct.pack("<II4sI", len(content) + 12, size & 0xFFFFFFFF, b"LZFu", 0) + content
    assert len(decompressed(raw)[0]) <= 17 * len(content)


@pytest.mark.parametrize("distance", [1, 2, 3])
def test_a_reference_may_reach_into_what_it_writes(distance: int) -> None:
    rtf = (b"xyz"[:distance]) * 9
    assert decompressed(packed_rtf(rtf)) == (rtf, True)
