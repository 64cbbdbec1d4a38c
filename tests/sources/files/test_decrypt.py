"""Passwords: what is tried, in which order, how often, and that a part keeps its name."""

import pytest

from sekisho.kernel.content import Unread
from sekisho.sources.files import decrypt, officelock
from sekisho.sources.files.extract import read_file
from sekisho.sources.files.job import Job
from sekisho.sources.files.limits import Limits, RefusedError
from tests.sources.files import make, make_archives
from tests.sources.files.test_extract import tables, texts, unread

TEXT = {"満期.txt": b"A-1234567"}
BOOK = make.workbook({"一覧": [["証券番号"], ["A-1234567"]]})


def job(*passwords: str, limits: Limits | None = None) -> Job:
    return Job(limits or Limits(), lambda *_: None, passwords)


# -- trials ------------------------------------------------------------------------------------------------------------


def test_passwords_are_tried_in_order_and_the_one_that_fits_comes_first_next_time() -> None:
    tried: list[str] = []

    def open_with(password: str) -> str | None:
        tried.append(password)
        return "open" if password == "c" else None

    work = job("a", "b", "a", "c", "d")
    assert decrypt.fitting(work, "X", open_with, ("",)) == "open"
    assert tried == ["", "a", "b", "c"]
    assert work.passwords == ["c", "a", "b", "d"]


def test_trials_are_bounded_in_number_and_time() -> None:
    with pytest.raises(RefusedError) as refused:
        decrypt.fitting(job(*map(str, range(1000))), "X", lambda _: None)
    assert refused.value.detail == f"X; {decrypt.MAX_TRIALS} of 1000 passwords tried"
    work = job("a", "b", limits=Limits(seconds=0.1))

    def slow(_: str) -> None:
        while work.deadline.left() > 0.04:
            pass

    with pytest.raises(RefusedError) as refused:
        decrypt.fitting(work, "X", slow)
    assert refused.value.detail == "X; 1 of 2 passwords tried"


# -- ZIP ---------------------------------------------------------------------------------------------------------------

ZIPS = {
    "traditional": make_archives.locked_zip(TEXT, b"Ab12"),
    "traditional, sizes after the data": make_archives.locked_zip(TEXT, b"Ab12", sizes_after=True),
    "aes-128": make_archives.aes_zip(TEXT, b"Ab12", 128),
    "aes-192": make_archives.aes_zip(TEXT, b"Ab12", 192),
    "aes-256": make_archives.aes_zip(TEXT, b"Ab12"),
}


@pytest.mark.parametrize("raw", ZIPS.values(), ids=list(ZIPS))
def test_zip(raw: bytes) -> None:
    contents = read_file("a.zip", raw, "p", passwords=("wrong", "Ab12"))
    assert texts(contents) == {"p!満期.txt.name": "満期.txt", "p!満期.txt": "A-1234567"}
    for passwords in ((), ("wrong", "Ab1", "ab12")):
        contents = read_file("a.zip", raw, "p", passwords=passwords)
        assert texts(contents) == {"p!満期.txt.name": "満期.txt"}
        (gap,) = contents.unread
        assert (gap.part, gap.reason) == ("p!満期.txt", "encrypted")
        assert gap.detail.endswith(f"; {len(passwords)} passwords tried")


def test_zip_passwords_in_cp932_and_utf_8() -> None:
    for raw in ("損保ソ".encode("cp932"), "損保ソ".encode()):
        contents = read_file("a.zip", make_archives.locked_zip(TEXT, raw), "p", passwords=("損保ソ",))
        assert texts(contents)["p!満期.txt"] == "A-1234567"


def test_an_archive_that_stays_closed_does_not_cost_a_trial_for_every_member() -> None:
    raw = make_archives.locked_zip({f"{turn}.txt": b"x" for turn in range(5)}, b"Ab12")
    details = [gap.detail for gap in read_file("a.zip", raw, "p", passwords=("wrong",)).unread]
    assert details == ["ZIP; 1 passwords tried"] * 3 + ["ZIP; passwords tried on its first members only"] * 2


def test_a_wrong_password_that_passes_the_check_byte_opens_nothing() -> None:
    """One in 256 passes; the stream or the checksum shows it."""
    raw = make_archives.locked_zip({"a.txt": b"A-1234567 " * 30}, b"Ab12")
    wrong = tuple(f"{number}" for number in range(290))
    assert unread(read_file("a.zip", raw, "p", passwords=wrong)) == [("p!a.txt", "encrypted")]


def test_a_damaged_locked_member_is_listed() -> None:
    for raw in ZIPS.values():
        at = raw.index("満期.txt".encode("cp932") if b"AE" not in raw else "満期.txt".encode()) + 40
        damaged = raw[:at] + bytes([raw[at] ^ 255]) + raw[at + 1 :]
        assert read_file("a.zip", damaged, "p", passwords=("Ab12",)).unread


def test_a_locked_bomb_is_refused_by_what_it_declares() -> None:
    raw = make_archives.locked_zip({"a.txt": bytes(30 << 20)}, b"Ab12")
    assert unread(read_file("a.zip", raw, "p", passwords=("Ab12",))) == [("p", "suspicious")]


# -- Office and PDF ----------------------------------------------------------------------------------------------------


def test_office_documents_keep_their_name() -> None:
    raw = make_archives.locked_office(BOOK, "Ab12損")
    assert tables(read_file("a.xlsx", raw, "p", passwords=("wrong", "Ab12損")))["p!一覧"] == [
        ["証券番号"],
        ["A-1234567"],
    ]
    gaps = read_file("a.xlsx", raw, "p", passwords=("wrong",)).unread
    assert gaps == [Unread("p", "encrypted", "Office document with a password; 3 passwords tried")]


def test_workbooks_protected_only_against_changes_open_by_themselves() -> None:
    raw = make_archives.locked_office(BOOK, "VelvetSweatshop")
    assert "p!一覧" in tables(read_file("a.xlsx", raw, "p"))


def test_excel_97() -> None:
    book = make_archives.locked_biff(make.biff([(0, 0, "証券番号"), (1, 0, "A-12345678")]), "Ab12")
    assert len(book) % 4 == 0  # the zeros after it are whole records of nothing
    raw = make.ole({"Workbook": book})
    found = tables(read_file("a.xls", raw, "p", passwords=("wrong", "Ab12")))
    assert found == {"p!一覧": [["証券番号"], ["A-12345678"]]}
    assert unread(read_file("a.xls", raw, "p", passwords=("wrong",))) == [("p", "encrypted")]


def test_a_key_of_endless_rounds_is_refused() -> None:
    info = {"passwordHashAlgorithm": "SHA512", "spinValue": 10_000_000, "passwordSalt": bytes(16)}
    with pytest.raises(RefusedError, match="10,000,000 rounds"):
        officelock._agile_key(info, "a", job())
    with pytest.raises(RefusedError, match="rounds"):
        decrypt.seven_zip_key("a", b"", 40, job())


def test_pdf() -> None:
    raw = make_archives.locked_pdf("A-1234567", b"Ab12")
    assert texts(read_file("a.pdf", raw, "p", passwords=("wrong", "Ab12"))) == {"p!page[1]": "A-1234567"}
    assert read_file("a.pdf", raw, "p", passwords=("x", "y")).unread == [
        Unread("p", "encrypted", "PDF with a password; 2 passwords tried")
    ]
    only_restricted = make_archives.locked_pdf("A-1234567", b"")
    assert texts(read_file("a.pdf", only_restricted, "p")) == {"p!page[1]": "A-1234567"}


def test_no_password_stands_in_a_result() -> None:
    for raw in (*ZIPS.values(), make_archives.locked_office(BOOK, "Ab12"), make_archives.locked_pdf("x", b"Ab12")):
        contents = read_file("a", raw, "p", passwords=("geheim1", "Ab12", "geheim2"))
        assert "geheim" not in repr(contents)
        assert "Ab12" not in repr(contents)
