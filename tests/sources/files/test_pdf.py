"""PDF pages."""

import pytest

from sekisho.sources.files.extract import read_file
from sekisho.sources.files.limits import Limits
from sekisho.sources.files.pdf import ranges
from tests.sources.files import make
from tests.sources.files.test_extract import texts, unread


def test_text_by_page_and_pages_without_text() -> None:
    contents = read_file("a.pdf", make.pdf("Policy A-1234567", pages=4), "p")
    assert texts(contents) == {"p!page[1]": "Policy A-1234567"}
    assert unread(contents) == [("p", "no_text")]
    assert contents.unread[0].detail == "scanned or drawn pages: 2-4 of 4"


def test_a_blank_page_hides_nothing() -> None:
    assert unread(read_file("a.pdf", make.pdf(pages=3, blank=True), "p")) == []


def test_the_number_of_pages_is_bounded() -> None:
    contents = read_file("a.pdf", make.pdf(pages=3), "p", Limits(max_pages=1))
    assert ("p", "too_big") in unread(contents)
    assert texts(contents) == {"p!page[1]": "Policy A-1234567"}


def test_fields_and_annotations_are_read() -> None:
    found = texts(read_file("a.pdf", make.pdf_with_notes("FIELD 1", "SHOWN 2", "NOTE 3"), "p"))
    assert found == {"p!page[1]": "Policy A-1234567 FIELD 1 SHOWN 2", "p!page[1]!notes": "NOTE 3"}


@pytest.mark.parametrize(
    ("numbers", "written"),
    [([3], "3"), ([1, 2, 3, 7, 9, 10], "1-3, 7, 9-10"), (list(range(1, 100, 2)), None)],
)
def test_ranges(numbers: list[int], written: str | None) -> None:
    found = ranges(numbers)
    assert found == written if written else found.endswith("39 …")
