"""PDF pages."""

from sekisho.sources.files.extract import read_file
from sekisho.sources.files.limits import Limits
from tests.sources.files import make
from tests.sources.files.test_extract import texts, unread


def test_text_by_page_and_pages_without_text() -> None:
    contents = read_file("a.pdf", make.pdf("Policy A-1234567", pages=3), "p")
    assert texts(contents) == {"p!page[1]": "Policy A-1234567"}
    assert unread(contents) == [("p", "no_text")]
    assert contents.unread[0].detail == "2 of 3 pages, first: 2"


def test_the_number_of_pages_is_bounded() -> None:
    contents = read_file("a.pdf", make.pdf(pages=3), "p", Limits(max_pages=1))
    assert ("p", "too_big") in unread(contents)
    assert texts(contents) == {"p!page[1]": "Policy A-1234567"}
