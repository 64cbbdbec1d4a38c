"""The check of a print file finds what is wrong in it, wherever it comes from."""

import zlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from sekisho.kernel.errors import SekishoError
from sekisho.letters.printing import Settings
from sekisho.letters.printing.check import Printed, check_file
from sekisho.letters.printing.filling import Filler
from sekisho.letters.printing.fonts.embedding import Codes
from sekisho.letters.printing.fonts.shapes import check_shapes
from sekisho.letters.printing.pdf import stream
from sekisho.letters.printing.press import Press
from sekisho.letters.printing.print_file import PrintFile
from sekisho.letters.printing.told import serial_of, tell
from tests.letters.printing.cast import BARS, WORDING, people

Made = tuple[bytes, list[Printed], Codes]


@pytest.fixture(scope="module")
def press(tmp_path_factory: pytest.TempPathFactory) -> Press:
    return Press(WORDING, Settings(series="N12"), tmp_path_factory.mktemp("press"))


def made(press: Press, change: Callable[[bytes], bytes] = lambda data: data) -> Made:
    codes = Codes(press.faces)
    filler = Filler(press.design, press.faces, press.typesetter, codes)
    file = PrintFile(codes, press.outlines, "title")
    letters = []
    for position, who in enumerate(people(4), 1):
        told = tell(who, serial_of("N12", position), press.design.labels)
        letter = filler.fill(told, BARS)
        if position == 3:
            letter = replace(letter, pages=tuple(map(change, letter.pages)))
        letters.append(Printed(told.serial, told, BARS, file.add(letter), letter.layout))
    return file.finish(), letters, codes


def check(press: Press, data: bytes, letters: list[Printed], codes: Codes, every: int = 100) -> None:
    check_file(data, "letters-0001.pdf", letters, codes, press.design, every=every)


def test_a_right_file_passes(press: Press) -> None:
    data, letters, codes = made(press)
    check(press, data, letters, codes)
    check_shapes(data, "letters-0001.pdf", codes, press.faces)


@pytest.mark.parametrize(
    "change",
    [
        lambda page: page.replace(b"<0001", b"<0002", 1),
        lambda page: page.replace(b"<0D41", b"<0E41", 1),
        lambda page: page[: page.rindex(b"BT")],
        lambda page: page + b"BT /F0 8 Tf 1 0 0 1 50 50 Tm <0001> Tj ET\n",
    ],
    ids=["another letter", "another bar", "no serial", "something more"],
)
def test_a_page_that_says_something_else_is_found(press: Press, change: Callable[[bytes], bytes]) -> None:
    data, letters, codes = made(press, change)
    with pytest.raises(SekishoError, match=r"letters-0001.pdf, page 3: .*N12-0000003-4"):
        check(press, data, letters, codes)


def test_letters_in_each_others_place_are_found(press: Press) -> None:
    data, letters, codes = made(press)
    swapped = [replace(letters[0], first_page=2), replace(letters[1], first_page=1), *letters[2:]]
    with pytest.raises(SekishoError, match="page 2"):
        check(press, data, swapped, codes)


def test_a_missing_page_is_found(press: Press) -> None:
    data, letters, codes = made(press)
    with pytest.raises(SekishoError, match="pages instead of"):
        check(press, data, letters[:-1], codes)


def test_a_fixed_text_that_is_not_the_one_laid_out_is_found(press: Press) -> None:
    data, letters, codes = made(press)
    wrong = replace(letters[0].layout, texts=("別の文面",))
    with pytest.raises(SekishoError, match="page 1"):
        check(press, data, [replace(letters[0], layout=wrong), *letters[1:]], codes)


def test_another_shape_is_found(press: Press, monkeypatch: pytest.MonkeyPatch) -> None:
    """The text says 辻 with its selector, the glyph is that of another character: only the outline tells."""
    source = press.outlines.sources[0]
    right = type(source).program

    def wrong(self: object, numbers: list[int]) -> bytes:
        return right(self, [*numbers[1:], numbers[0]])  # type: ignore[arg-type]

    monkeypatch.setattr(type(source), "program", wrong)
    data, letters, codes = made(press)
    check(press, data, letters, codes)
    with pytest.raises(SekishoError, match=r"another shape was printed for U\+"):
        check_shapes(data, "letters-0001.pdf", codes, press.faces)


def test_streams_are_what_was_put_in() -> None:
    body = stream(b"BT ET" * 100, b"/Type/XObject")
    assert zlib.decompress(body[body.index(b"stream\n") + 7 : -10]) == b"BT ET" * 100


def test_a_mismatch_leaves_no_file(press: Press, tmp_path: Path) -> None:
    data, letters, codes = made(press, lambda page: page.replace(b"<0001", b"<0002", 1))
    with pytest.raises(SekishoError):
        press._written(tmp_path / "letters-0001.pdf", data, letters, codes)
    assert list(tmp_path.iterdir()) == []
