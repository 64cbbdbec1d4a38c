"""Who sent it and to whom."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.sources.mail.addresses import addresses, recipients, sender

SATO = "sato@aoba.example.jp"


@pytest.mark.parametrize(
    "written",
    [
        "sato@aoba.example.jp",
        "<SATO@Aoba.Example.JP>",
        "佐藤 <sato@aoba.example.jp>",
        "=?UTF-8?B?5L2Q6Jek?= <sato@aoba.example.jp>",
        "=?UTF-8?Q?Sato,_A?= <sato@aoba.example.jp>",
        '"Sato, A. (Aoba)" <sato@aoba.example.jp>',
        "Sato, A <sato@aoba.example.jp>",
        "sato@aoba.example.jp (佐藤 (青葉))",
        "(note) sato@aoba.example.jp",
        '"boss@evil.example" <sato@aoba.example.jp>',
        "boss@evil.example <sato@aoba.example.jp>",
        '"<boss@evil.example>" <sato@aoba.example.jp>',
        "Aoba: sato@aoba.example.jp;",
        "<mailto:sato@aoba.example.jp>",
        "<@relay.example.com:sato@aoba.example.jp>",
        "'sato@aoba.example.jp'",
        "sato@aoba.example.jp,",
        "undisclosed-recipients:;, sato@aoba.example.jp",
        "=?UTF-8?B?U2F0byA8c2F0b0Bhb2JhLmV4YW1wbGUuanA+?=",
        "sato@aoba.example.jp.",
        '"unclosed <sato@aoba.example.jp>',
    ],
)
def test_one_address(written: str) -> None:
    assert addresses(written.encode()) == [SATO]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("a@example.jp, b@example.jp; c@example.jp", ["a@example.jp", "b@example.jp", "c@example.jp"]),
        ("<a@example.jp> <b@example.jp>", ["a@example.jp", "b@example.jp"]),
        ("a@example.jp b@example.jp", ["a@example.jp", "b@example.jp"]),
        ("Team: A <a@example.jp>, b@example.jp;, c@example.jp", ["a@example.jp", "b@example.jp", "c@example.jp"]),
        ("undisclosed-recipients:;", []),
        ("", []),
        ("</O=AOBA/OU=JP/CN=SATO>", ["/o=aoba/ou=jp/cn=sato"]),
        ("MAILER-DAEMON", ["mailer-daemon"]),
        ("佐藤 花子", ["佐藤 花子"]),
        ('"a b"@example.jp', ["a_b@example.jp"]),
        ("taro@例え.example.jp", ["taro@例え.example.jp"]),
    ],
)
def test_lists_and_odd_ones(written: str, expected: list[str]) -> None:
    assert addresses(written.encode()) == expected


@pytest.mark.parametrize("codec", ["utf_8", "cp932", "iso2022_jp"])
def test_raw_japanese_display_names(codec: str) -> None:
    assert addresses("佐藤表示 <sato@aoba.example.jp>, 能登 <noto@kou.example.jp>".encode(codec)) == [
        SATO,
        "noto@kou.example.jp",
    ]


def test_recipients_keep_field_and_order() -> None:
    headers = [
        ("delivered-to", b"staff@otsu.example.jp"),
        ("to", b"a@kou.example.jp, b@otsu.example.jp"),
        ("cc", b"A <a@kou.example.jp>"),
        ("to", b"a@kou.example.jp"),
        ("bcc", b"c@hei.example.jp"),
        ("x-envelope-to", b"d@hei.example.jp"),
        ("resent-to", b"e@hei.example.jp"),
        ("subject", b"f@hei.example.jp"),
    ]
    assert recipients(headers) == [
        ("envelope", "staff@otsu.example.jp"),
        ("to", "a@kou.example.jp"),
        ("to", "b@otsu.example.jp"),
        ("cc", "a@kou.example.jp"),
        ("bcc", "c@hei.example.jp"),
        ("envelope", "d@hei.example.jp"),
        ("resent-to", "e@hei.example.jp"),
    ]


def test_sender_falls_back() -> None:
    assert sender([("sender", b"s@example.jp"), ("from", b"f@example.jp")]) == "f@example.jp"
    assert sender([("return-path", b"<r@example.jp>"), ("from", b"")]) == "r@example.jp"
    assert sender([("return-path", b"<>")]) == ""


@given(st.binary(max_size=200) | st.text(alphabet='<>,;:()"\\@ a\x00\x01=?', max_size=60).map(str.encode))
def test_never_raises(raw: bytes) -> None:
    for address in addresses(raw):
        assert address


@pytest.mark.parametrize(
    "fill", [b"<", b"(", b'"\\', b"a", b"a@", b"=?a?B?", b"\\", b"a:", b"<<>", b",", b"\xe3", b'"']
)
def test_hostile_headers_end(fill: bytes) -> None:
    addresses(fill * ((1 << 19) // len(fill)))
