"""Compound files."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.sources.files.limits import RefusedError
from sekisho.sources.files.ole import Compound
from tests.sources.files import make

RAW = make.ole({"Workbook": b"w" * 5000, "Other": b"o"})


def test_names_and_streams() -> None:
    compound = Compound(RAW)
    assert {"Workbook", "Other", "Root Entry"} <= compound.names()
    assert compound.stream("Book", "Workbook").rstrip(b"\0") == b"w" * 5000
    assert compound.stream("nothing") == b""


def test_a_loop_ends() -> None:
    looped = bytearray(RAW)
    fat = len(looped) - 512
    looped[fat : fat + 4] = (0).to_bytes(4, "little")
    assert len(Compound(bytes(looped)).stream("Workbook")) <= len(RAW)


@given(st.integers(0, len(RAW) - 1), st.integers(0, 255), st.integers(0, len(RAW)))
def test_damage_is_refused_or_read(at: int, byte: int, end: int) -> None:
    raw = bytearray(RAW)
    raw[at] = byte
    try:
        Compound(bytes(raw[:end])).stream("Workbook", "Other")
    except RefusedError as refused:
        assert refused.reason == "broken"


def test_rubbish_is_refused() -> None:
    with pytest.raises(RefusedError):
        Compound(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
