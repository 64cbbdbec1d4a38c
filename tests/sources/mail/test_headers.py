"""Encoded words, parameters, dates, identifiers: right ones, wrong ones, hostile ones."""

import base64
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.kernel.clock import JST
from sekisho.sources.mail.headers import date_of, decode_words, message_ids, parameters, parse_date, text


def word(payload: bytes, charset: str, kind: str = "B") -> str:
    encoded = base64.b64encode(payload).decode() if kind == "B" else "".join(f"={byte:02X}" for byte in payload)
    return f"=?{charset}?{kind}?{encoded}?="


@pytest.mark.parametrize("kind", ["B", "Q"])
@pytest.mark.parametrize(
    ("codec", "label"), [("utf_8", "UTF-8"), ("cp932", "Shift_JIS"), ("iso2022_jp", "ISO-2022-JP")]
)
def test_a_subject_split_inside_a_character_is_whole_again(codec: str, label: str, kind: str) -> None:
    raw = "満期のご案内 山田太郎様".encode(codec)
    cuts = [raw[at : at + 7] for at in range(0, len(raw), 7)]
    assert decode_words("\r\n ".join(word(cut, label, kind) for cut in cuts)) == "満期のご案内 山田太郎様"


def test_words_of_different_charsets_and_plain_text_between() -> None:
    written = f"Re: {word('山田'.encode('cp932'), 'x-sjis')} {word('太郎'.encode(), 'utf-8')} (A-1)"
    assert decode_words(written) == "Re: 山田太郎 (A-1)"


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("=?UTF-8?Q?a_b=3D?=", "a b="),
        ("=?utf-8*ja?B?5bGx55Sw?=", "山田"),
        ("=?UTF-8?B?5bGx55Sw?=様", "山田様"),
        ("=?UTF-8?B?5bGx55Sw", "=?UTF-8?B?5bGx55Sw"),
        ("=?UTF-8?B?5bGx55Sw5bGx55S?=", "山田山\ufffd"),
        ("=?UTF-8?Q?is it so??=", "is it so?"),
        ("=?UTF-8?X?abc?=", "=?UTF-8?X?abc?="),
        ("plain", "plain"),
    ],
)
def test_odd_words(written: str, shown: str) -> None:
    assert decode_words(written) == shown


def test_base64_cut_anywhere_between_words() -> None:
    stream = base64.b64encode("満期のご案内です".encode()).decode()
    assert decode_words(f"=?utf-8?B?{stream[:10]}?= =?utf-8?B?{stream[10:]}?=") == "満期のご案内です"


@pytest.mark.parametrize("codec", ["utf_8", "cp932", "iso2022_jp", "euc_jp"])
def test_raw_eight_bit_headers(codec: str) -> None:
    assert text("青葉保険サービスからのご案内です".encode(codec)) == "青葉保険サービスからのご案内です"


def test_folded_headers_are_joined() -> None:
    assert text(b"one\r\n two\n\tthree") == "one two\tthree"


def test_parameters_in_every_way_of_writing() -> None:
    name = "満期一覧表.xlsx"
    percent = "".join(f"%{byte:02X}" for byte in name.encode("cp932"))
    for value in (
        f"attachment; filename*=Shift_JIS'ja'{percent}".encode(),
        f"attachment; filename*0*=Shift_JIS''{percent[:21]};\r\n filename*1*={percent[21:]}".encode(),
        f"attachment; filename*1*={percent[21:]}; filename*0*=Shift_JIS''{percent[:21]}".encode(),
        f'attachment; filename="{word(name.encode("iso2022_jp"), "ISO-2022-JP")}"'.encode(),
        f"attachment; filename={word(name.encode(), 'UTF-8')}".encode(),
        f'attachment; filename="{name}"'.encode(),
        b'attachment; filename="' + name.encode("cp932") + b'"',
        b'attachment; filename="' + name.encode("iso2022_jp") + b'"',
    ):
        assert parameters(value) == ("attachment", {"filename": name}), value


def test_a_trail_byte_that_looks_like_a_backslash_does_no_harm() -> None:
    assert (
        parameters(b'attachment; filename="' + "契約者一覧表.csv".encode("cp932") + b'"')[1]["filename"]
        == "契約者一覧表.csv"
    )


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (b"", ("", {})),
        (b"TEXT/Plain", ("text/plain", {})),
        (b"text/plain; charset=utf-8; charset=x", ("text/plain", {"charset": "utf-8"})),
        (b'text/plain; name="a;b\\"c"; charset = "utf-8"', ("text/plain", {"name": 'a;b"c', "charset": "utf-8"})),
        (b"text/plain; name=a b.txt", ("text/plain", {"name": "a b.txt"})),
        (b"; charset=utf-8", ("", {"charset": "utf-8"})),
    ],
)
def test_parameters(value: bytes, expected: tuple[str, dict[str, str]]) -> None:
    assert parameters(value) == expected


@pytest.mark.parametrize(
    "written",
    [
        b"Wed, 1 Apr 2026 09:30:00 +0900",
        b"Wed, 1 Apr 2026 00:30:00 GMT",
        b"1 Apr 2026 00:30:00 -0000",
        b"Wed, 01 Apr 26 09:30:00 +0900 (JST)",
        b"Wed, 1 Apr 2026 09:30:00 JST",
        b"Wed, 01 Apr 2026 09:30 +0900",
        b"2026-04-01T09:30:00+09:00",
        b"2026-04-01 09:30:00",
        b"Tue, 31 Mar 2026 19:30:00 EST",
    ],
)
def test_dates(written: bytes) -> None:
    assert parse_date(written) == datetime(2026, 4, 1, 9, 30, tzinfo=JST)


@pytest.mark.parametrize("written", [b"", b"yesterday", b"Wed, 99 Apr 2026 09:30:00 +0900", b"9" * 5000])
def test_no_dates(written: bytes) -> None:
    assert parse_date(written) is None


def test_an_unreadable_date_falls_back_to_the_newest_received() -> None:
    headers = [
        ("received", b"from a by b; Wed, 1 Apr 2026 09:31:00 +0900"),
        ("received", b"from c by d; Wed, 1 Apr 2026 09:30:00 +0900"),
        ("received", b"no date here"),
        ("date", b"soon"),
    ]
    assert date_of(headers) == datetime(2026, 4, 1, 9, 31, tzinfo=JST)
    assert date_of([("date", b"soon")]) is None


def test_message_ids() -> None:
    assert message_ids(b"<a@example.jp> <b@example.jp>\r\n <a@example.jp>") == ("a@example.jp", "b@example.jp")
    assert message_ids(b"bare@example.jp") == ("bare@example.jp",)
    assert message_ids(b"[<[x@example.jp]>]") == ("[x@example.jp]",)
    assert message_ids(b"nothing") == ()


@given(
    st.lists(st.sampled_from([b"<", b">", b"a@b", b" ", b"\x1b", b"\xe3\x81\x82", b"x" * 300]), max_size=6).map(
        b"".join
    )
)
def test_the_quick_way_reads_an_identifier_as_the_careful_way_does(value: bytes) -> None:
    assert message_ids(value) == message_ids(b" " + value)


@given(st.binary(max_size=200))
def test_nothing_raises(raw: bytes) -> None:
    text(raw)
    parameters(raw)
    parse_date(raw)
    message_ids(raw)


@pytest.mark.parametrize("fill", [b";", b'a=";', b"=?a?B?", b"=?utf-8?Q?x", b"x*0*=%", b"\x1b$B", b"$B", b"<", b" "])
def test_a_megabyte_of_anything_takes_linear_time(fill: bytes) -> None:
    # Not a speed test: quadratic behaviour would take hours here, not seconds.
    value = fill * ((1 << 20) // len(fill))
    text(value)
    parameters(value)
    message_ids(value)


_CLOCKS = st.tuples(
    st.sampled_from(["Mon, ", ""]),
    st.integers(0, 32),
    st.sampled_from(["Jan", "feb", "DEC", "Xyz"]),
    st.sampled_from(["2024", "1999", "0099"]),
    st.integers(0, 25),
    st.integers(0, 61),
    st.integers(0, 61),
    st.sampled_from(["+0900", "-0000", "+0000", "-0530", "+9960"]),
    st.sampled_from(["", " (JST)", " (UTC)"]),
)


@given(_CLOCKS)
def test_the_quick_way_reads_a_date_as_the_careful_way_does(parts: tuple[Any, ...]) -> None:
    written = "{}{} {} {} {:02}:{:02}:{:02} {}{}".format(*parts)
    quick = parse_date(written.encode())
    assert quick == parse_date(written.replace(" ", "  ", 3).encode())
    assert quick is None or quick.tzinfo is JST
