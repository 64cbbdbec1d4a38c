"""Drawings as files: SVG or PNG by the ending, whole, for their owner only."""

import struct
from pathlib import Path

import pytest

from sekisho.kernel.errors import InputError
from sekisho.kernel.picture import DOTS_PER_INCH, png, write_picture
from sekisho.kernel.svg import Drawing


def drawing() -> Drawing:
    made = Drawing(200, 100, "甲", "乙")
    made.text(10, 40, "損害賠償 12.3億円")
    made.rect(10, 50, 100, 20, "#004c7f", hatched=True)
    return made


def test_the_ending_decides(tmp_path: Path) -> None:
    for name, begin in (("d.svg", b"<svg"), ("d.PNG", b"\x89PNG")):
        write_picture(drawing(), tmp_path / name)
        assert (tmp_path / name).read_bytes().startswith(begin)
        assert (tmp_path / name).stat().st_mode & 0o777 == 0o600


def test_another_ending_is_refused_and_nothing_is_left(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"\.svg or \.png"):
        write_picture(drawing(), tmp_path / "d.jpg")
    assert list(tmp_path.iterdir()) == []


def test_a_png_has_the_size_of_the_drawing() -> None:
    width, height = struct.unpack(">II", png(drawing())[16:24])
    assert width == pytest.approx(200 * 0.75 * DOTS_PER_INCH / 72, abs=2)
    assert height == pytest.approx(100 * 0.75 * DOTS_PER_INCH / 72, abs=2)
