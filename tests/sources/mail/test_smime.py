"""Content of opaque signatures."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.sources.mail.smime import signed_content

START = bytes.fromhex("3080 06092a864886f70d010702 a080 3080 020101 06092a864886f70d010701")


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"\xa0\x80\x24\x80\x04\x03abc\x04\x02de\x00\x00", b"abcde"),
        (b"\xa0\x05\x04\x03abc", b"abc"),
        (b"\xa0\x82\x00\x05\x04\x81\x03abc", b"abc"),
        (b"\x31\x00", None),
        (b"\xa0\x05\x05\x03abc", None),
        (b"", None),
        (b"\xa0\x89", None),
    ],
)
def test_signed_content(content: bytes, expected: bytes | None) -> None:
    assert signed_content(START + content) == expected


@given(st.binary(max_size=60))
def test_never_raises(content: bytes) -> None:
    signed_content(START + content)
    signed_content(content)
