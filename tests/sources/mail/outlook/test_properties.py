"""Values of MAPI properties."""

from hypothesis import given, settings
from hypothesis import strategies as st

from sekisho.sources.mail.outlook import properties as mapi
from sekisho.sources.mail.outlook.properties import Properties, charset_of, listed_values, one_off, several_texts


def test_a_unicode_text_goes_before_an_eight_bit_one() -> None:
    given_ = Properties(charset="cp932")
    given_.add(mapi.SUBJECT, mapi.STRING8, "満期\0".encode("cp932"))
    assert given_.text(mapi.SUBJECT) == "満期"
    given_.add(mapi.SUBJECT, mapi.UNICODE, "髙橋\r\n\0".encode("utf-16-le"))
    given_.add(mapi.SUBJECT, mapi.UNICODE, b"late")
    assert (given_.text(mapi.SUBJECT), given_.line(mapi.SUBJECT)) == ("髙橋\r\n", "髙橋")


def test_times_out_of_range_are_none() -> None:
    given_ = Properties({1: (mapi.TIME, bytes(8)), 2: (mapi.TIME, b"\xff" * 8), 3: (mapi.INTEGER32, bytes(8))})
    assert [given_.time(one) for one in (1, 2, 3, 4)] == [None] * 4


def test_code_pages() -> None:
    pages = [932, 65001, 50220, 51932, 28592, 1252, 0, 99_999]
    expected = ["cp932", "utf-8", "iso-2022-jp", "euc-jp", "iso-8859-2", "cp1252", "", ""]
    assert [charset_of(page) for page in pages] == expected
    by_language = Properties({mapi.LOCALE: (mapi.INTEGER32, (1041).to_bytes(4, "little"))})
    by_language.settle_charset()
    assert by_language.charset == "cp932"


def test_members_of_a_distribution_list() -> None:
    head = bytes(4) + bytes.fromhex("812b1fa4bea310199d6e00dd010f5402") + b"\0\0"
    wide = head + b"\x01\x80" + "緑\0SMTP\0midori@example.jp\0".encode("utf-16-le")
    narrow = head + b"\x01\x00" + "甲\0SMTP\0kou@example.jp\0".encode("cp932")
    assert one_off(wide) == ("緑", "midori@example.jp")
    assert several_texts(mapi.SEVERAL | mapi.BINARY, [wide, b"?", narrow]) == (
        mapi.UNICODE, "緑 midori@example.jp\n甲 kou@example.jp".encode("utf-16-le"),
    )  # fmt: skip


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_listed_values_are_never_more_than_there_is(raw: bytes) -> None:
    assert sum(map(len, listed_values(raw))) <= len(raw)
    assert one_off(raw) == ("", "")
