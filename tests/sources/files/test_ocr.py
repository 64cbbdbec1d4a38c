"""Text recognition: off by itself, bounded when on. The program is played by a script."""

import stat
import sys
from pathlib import Path

import pytest

from sekisho.sources.files import ocr
from sekisho.sources.files.extract import read_file
from sekisho.sources.files.limits import Limits
from tests.sources.files import make
from tests.sources.files.test_extract import texts, unread

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the script needs a POSIX shell")

ON = Limits(ocr_pages=2)


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "tesseract"
    monkeypatch.setattr(ocr, "PROGRAM", str(path))
    return path


def script(path: Path, lines: str) -> None:
    path.write_text(f"#!/bin/sh\n{lines}\n")
    path.chmod(stat.S_IRWXU)


def test_it_is_off_unless_asked_for(program: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script(program, "echo read")
    assert unread(read_file("a.pdf", make.pdf(pages=2), "p")) == [("p", "no_text")]
    assert unread(read_file("a.pgm", b"P5\n1 1\n255\n\x00", "p")) == [("p", "no_text")]
    assert ocr.as_asked(Limits()) == Limits()
    monkeypatch.setenv("SEKISHO_OCR", "1")
    assert ocr.as_asked(Limits()).ocr_pages == ocr.PAGES


def test_pages_without_text_are_recognised_in_their_place(program: Path) -> None:
    script(program, 'head -c 15 | tr "\\n" " "; echo 山田')
    contents = read_file("a.pdf", make.pdf(pages=3), "p", ON)
    assert texts(contents) == {"p!page[1]": "Policy A-1234567", "p!page[2]": "P5 1700 2200 25山田\n"}
    assert [(one.reason, one.detail) for one in contents.unread] == [("no_text", "scanned or drawn pages: 3 of 3")]


@pytest.mark.parametrize(
    ("lines", "reason", "words"),
    [
        ("cat > /dev/null; exit 1", "no_text", "failed"),
        ("cat > /dev/null; echo", "no_text", "no text recognised"),
        ("exec sleep 60", "too_slow", "stopped"),
    ],
)
def test_what_goes_wrong_is_listed(
    program: Path, monkeypatch: pytest.MonkeyPatch, lines: str, reason: str, words: str
) -> None:
    monkeypatch.setattr(ocr, "_PAGE_SECONDS", 1.0)
    script(program, lines)
    contents = read_file("a.pdf", make.pdf(pages=2), "p", ON)
    assert unread(contents) == [("p!page[2]", reason)]
    assert words in contents.unread[0].detail


def test_without_the_program_the_page_is_listed(program: Path) -> None:
    assert not program.exists()
    assert unread(read_file("a.pdf", make.pdf(pages=2), "p", ON)) == [("p!page[2]", "no_text")]
