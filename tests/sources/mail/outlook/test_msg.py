"""Outlook messages as the mail reader sees them."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sekisho.kernel.content import Table, Text
from sekisho.sources.files.extract import read_file
from sekisho.sources.files.ole_writer import compound_file
from sekisho.sources.mail.message import Message, read_message
from sekisho.sources.mail.outlook import properties as mapi
from sekisho.sources.mail.outlook.convert import to_rfc822
from tests.sources.files.make import zipped
from tests.sources.mail.outlook import make
from tests.sources.mail.outlook.make import Mail, person, usual

MAY_5TH_1980 = (326_300_400 + 11_644_473_600) * 10_000_000
"""Midnight in Japan, as FILETIME."""


def read(mail: Mail, *, ansi: str = "") -> Message:
    return read_message(to_rfc822(make.msg(mail, ansi=ansi)))


def texts(message: Message) -> dict[str, str]:
    return {piece.part: piece.text for piece in message.contents.pieces if isinstance(piece, Text)}


def test_a_message_made_from_properties() -> None:
    mail = usual(recipients=[
        person("青葉代理店", "aoba@aoba.example.jp"), person("緑代理店", "midori@midori.example.jp", 2),
        person("控え", "log@kou.example.jp", 3),
    ])  # fmt: skip
    mail.values[mapi.IN_REPLY_TO] = "<zero@kou.example.jp>"
    message = read(mail)
    assert (message.message_id, message.in_reply_to) == ("one@kou.example.jp", ("zero@kou.example.jp",))
    assert message.at is not None and message.at.isoformat() == "2024-11-21T18:10:45+09:00"
    assert message.sender == "sato@kou.example.jp"
    assert message.recipients == [
        ("to", "aoba@aoba.example.jp"), ("cc", "midori@midori.example.jp"), ("bcc", "log@kou.example.jp"),
    ]  # fmt: skip
    assert message.subject == "満期のご案内"
    assert texts(message)["body"] == "契約者 山田太郎 様\n証券番号 A-1234567"
    assert message.contents.unread == []


@pytest.mark.parametrize("codepage", [932, 65001, 0])
def test_eight_bit_texts_in_japanese(codepage: int) -> None:
    mail = usual(attachments=[({mapi.ATTACH_LONG_NAME: "満期一覧表.txt"}, "髙橋".encode("cp932"))])
    mail.values[mapi.CODEPAGE] = codepage
    message = read(mail, ansi="utf-8" if codepage == 65001 else "cp932")
    assert message.subject == "満期のご案内"
    assert texts(message)["body"] == "契約者 山田太郎 様\n証券番号 A-1234567"
    assert texts(message)["attachment[1]:満期一覧表.txt"] == "髙橋"
    assert message.contents.unread == []


def test_transport_headers_go_before_properties_and_lose_their_structure() -> None:
    mail = usual()
    mail.values[mapi.HEADERS] = (
        "Received: from a.example.jp\r\n\tby b.example.jp; Thu, 21 Nov 2024 18:11:00 +0900\r\n"
        "From: Suzuki <suzuki@kou.example.jp>\r\nTo: aoba@aoba.example.jp\r\n"
        "Date: Thu, 21 Nov 2024 18:10:00 +0900\r\nContent-Type: multipart/mixed;\r\n\tboundary=x\r\n"
        "Content-Transfer-Encoding: base64\r\nMIME-Version: 1.0\r\n\r\n"
    )
    message = read(mail)
    assert message.sender == "suzuki@kou.example.jp"
    assert message.recipients == [("to", "aoba@aoba.example.jp")]
    assert message.at is not None and message.at.minute == 10 and message.at.second == 0
    assert message.message_id == "one@kou.example.jp"
    assert message.subject == "満期のご案内"
    assert "山田太郎" in texts(message)["body"]


def test_a_recipient_whom_the_headers_do_not_name_is_added() -> None:
    mail = usual(recipients=[person("青葉", "aoba@aoba.example.jp"), person("密か", "hidden@otsu.example.jp", 3)])
    mail.values[mapi.HEADERS] = "From: sato@kou.example.jp\nTo: aoba@aoba.example.jp\n\n"
    assert read(mail).recipients == [("to", "aoba@aoba.example.jp"), ("bcc", "hidden@otsu.example.jp")]


def test_an_exchange_name_is_replaced_by_the_mail_address_or_kept_as_it_is() -> None:
    name = "/O=KOU/OU=TOKYO/CN=RECIPIENTS/CN=SATO"
    known = person("佐藤, 太郎", name, kind="EX", smtp="sato@kou.example.jp")
    unknown = person("鈴木 <東京>", name.replace("SATO", "SUZUKI"), kind="EX")
    only_name = person("緑代理店", "", 2, kind="EX")
    message = read(usual(recipients=[known, unknown, only_name]))
    assert message.recipients == [
        ("to", "sato@kou.example.jp"), ("to", "/o=kou/ou=tokyo/cn=recipients/cn=suzuki"), ("cc", "緑代理店"),
    ]  # fmt: skip


def test_an_address_hidden_in_a_one_off_identifier_is_found() -> None:
    raw = bytes(4) + bytes.fromhex("812b1fa4bea310199d6e00dd010f5402") + b"\0\0\x01\x80"
    raw += "\0".join(["緑", "SMTP", "midori@midori.example.jp", ""]).encode("utf-16-le")
    assert read(
        usual(recipients=[{mapi.DISPLAY_NAME: "緑", mapi.ENTRY_ID: raw, mapi.RECIPIENT_TYPE: 1}])
    ).recipients == [("to", "midori@midori.example.jp")]


def test_a_recipient_of_an_unknown_kind_is_kept_but_not_the_originator() -> None:
    odd, unsaid, origin = person("甲", "a@example.jp", 9), person("乙", "b@example.jp"), person("丙", "c@example.jp", 0)
    del unsaid[mapi.RECIPIENT_TYPE]
    assert read(usual(recipients=[odd, unsaid, origin])).recipients == [("to", "a@example.jp"), ("to", "b@example.jp")]


def test_without_a_table_the_display_texts_name_the_recipients() -> None:
    mail = usual(recipients=[])
    mail.values[mapi.DISPLAY_TO] = "青葉代理店; 'midori@midori.example.jp'"
    assert read(mail).recipients == [("to", "青葉代理店"), ("to", "midori@midori.example.jp")]


def test_every_body_is_read_but_none_twice() -> None:
    table = "<table><tr><td>証券番号</td><td>契約者</td></tr><tr><td>A-1234567</td><td>山田太郎</td></tr></table>"
    mail = usual()
    mail.values |= {mapi.HTML: f"<html><p>別表</p>{table}</html>".encode("cp932"), mapi.INTERNET_CODEPAGE: 932}
    mail.values[mapi.RTF] = make.packed_rtf(rb"{\rtf1\ansi\ansicpg932\fromhtml1 {\*\htmltag64 <p>}again}")
    message = read(mail)
    assert set(texts(message)) == {"subject", "body", "body.html"}
    assert [piece for piece in message.contents.pieces if isinstance(piece, Table)] == [
        Table("body.html!table[1]", [["証券番号", "契約者"], ["A-1234567", "山田太郎"]])
    ]


def test_a_rtf_body_alone_is_read() -> None:
    mail = usual()
    del mail.values[mapi.BODY]
    written = "".join(f"\\'{byte:02x}" for byte in "山田太郎".encode("cp932")).encode()
    mail.values[mapi.RTF] = make.packed_rtf(rb"{\rtf1\ansi\ansicpg932 " + written + rb"\par A-1234567}")
    message = read(mail)
    assert texts(message)["body.rtf"] == "山田太郎\nA-1234567"
    assert not any(place.startswith("attachment") for place in texts(message))


def test_messages_inside_messages_and_other_files() -> None:
    inner = usual(attachments=[({mapi.ATTACH_LONG_NAME: "内側.txt"}, "乙損害保険".encode())])
    inner.values[mapi.SUBJECT] = "転送元"
    mail = usual(attachments=[
        ({mapi.DISPLAY_NAME: "転送元"}, inner),
        ({mapi.ATTACH_NAME: "ICHIRA~1.CSV", mapi.ATTACH_LONG_NAME: "一覧 (最新).csv"}, "A-1234567,山田\n".encode()),
    ])  # fmt: skip
    message = read(mail)
    parts = {piece.part for piece in message.contents.pieces}
    assert {"message[1]!subject", "message[1]!body", "message[1]!attachment[1]:内側.txt"} <= parts
    assert "attachment[1]:一覧 (最新).csv" in parts
    assert texts(message)["attachment[1].name"] == "一覧 (最新).csv"
    assert "sato@kou.example.jp" in texts(message)["message[1]!headers"]


def test_as_an_attachment_every_content_is_named_by_its_place() -> None:
    mail = usual(attachments=[({mapi.ATTACH_LONG_NAME: "一覧.csv"}, "A-1234567,山田\nA-1,鈴木\n".encode("cp932"))])
    contents = read_file("送付.msg", make.msg(mail), "attachment[1]:送付.msg")
    assert [piece.part for piece in contents.pieces] == [
        "attachment[1]:送付.msg!headers", "attachment[1]:送付.msg!subject", "attachment[1]:送付.msg!body",
        "attachment[1]:送付.msg!attachment[1].name", "attachment[1]:送付.msg!attachment[1]:一覧.csv",
    ]  # fmt: skip
    assert contents.unread == []


def test_an_attachment_that_only_says_it_is_a_message_is_read_as_what_it_is() -> None:
    book = zipped({"一覧.txt": b"A-1234567"})
    mail = usual(attachments=[({mapi.ATTACH_LONG_NAME: "a.eml", mapi.ATTACH_TYPE: "message/rfc822"}, book)])
    assert texts(read(mail))["attachment[1]:a.eml!一覧.txt"] == "A-1234567"


def test_what_an_attachment_hides_is_listed() -> None:
    mail = usual(attachments=[
        ({mapi.ATTACH_LONG_NAME: "図.ole"}, {"Unknown": b"?"}),
        ({mapi.ATTACH_LONG_PATH: r"\\server\一覧.xlsx", mapi.ATTACH_METHOD: 2}, None),
        ({mapi.ATTACH_LONG_NAME: "空"}, None),
    ])  # fmt: skip
    assert [(one.part, one.reason) for one in read(mail).contents.unread] == [
        ("attachment[1]:図.ole", "unsupported"),
        ("attachment[2]:\\\\server\\一覧.xlsx", "missing"),
        ("attachment[3]:空", "missing"),
    ]


def test_an_ole_attachment_is_read_as_the_file_it_holds() -> None:
    message = read(usual(attachments=[({mapi.DISPLAY_NAME: "貼付"}, {"Package": "山田太郎".encode()})]))
    assert "山田太郎" in [piece.text for piece in message.contents.pieces if isinstance(piece, Text)]
    assert message.contents.unread == []


def test_a_contact_says_all_it_holds() -> None:
    contact = Mail({
        mapi.MESSAGE_CLASS: "IPM.Contact", mapi.SUBJECT: "山田太郎", 0x3A08: "03-0000-1234", 0x8005: "東京都千代田区",
        0x9000: ["見込客", "満期"], mapi.BIRTHDAY: MAY_5TH_1980,
    })  # fmt: skip
    assert set(texts(read(contact))["body"].splitlines()) == {
        "03-0000-1234", "東京都千代田区", "見込客", "満期", "生年月日 1980-05-05",
    }  # fmt: skip


def test_a_clear_signed_message_is_read_through() -> None:
    signed = (
        b'Content-Type: multipart/signed; boundary="b"\r\n\r\n--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n'
        + "山田太郎".encode()
        + b"\r\n--b--\r\n"
    )
    mail = usual(attachments=[({mapi.ATTACH_LONG_NAME: "smime.p7m", mapi.ATTACH_TYPE: "multipart/signed"}, signed)])
    assert texts(read(mail))["message[1]!body"] == "山田太郎"


def test_messages_inside_messages_end_somewhere() -> None:
    mail = usual()
    for _ in range(25):
        mail = usual(attachments=[({}, mail)])
    reasons = {one.reason for one in read(mail).contents.unread}
    assert reasons == {"too_deep"}


def test_overlapping_streams_are_suspicious() -> None:
    """Ten attachments that all say they are the one big one would make the message ten times its size."""
    contents = [bytes(60_000), *(bytes(5_000) for _ in range(9))]
    raw = bytearray(make.msg(usual(attachments=[({mapi.ATTACH_LONG_NAME: "a.bin"}, one) for one in contents])))
    entries = [found.start() for found in re.finditer(re.escape("__substg1.0_37010102".encode("utf-16-le")), raw)]
    big = next(raw[at + 116 : at + 124] for at in entries if raw[at + 120 : at + 124] == (60_000).to_bytes(4, "little"))
    for at in entries:
        raw[at + 116 : at + 124] = big
    made = to_rfc822(bytes(raw))
    assert len(made) < 3 * len(raw)
    assert "suspicious" in {one.reason for one in read_message(made).contents.unread}


def test_a_forged_mark_of_an_unread_part_hides_nothing() -> None:
    raw = b"Subject: a\r\nContent-Type: application/x-sekisho-unread; problem=object\r\n\r\nA-1234567"
    assert [piece.text for piece in read_message(raw).contents.pieces if isinstance(piece, Text)][-1] == "A-1234567"


RAW = make.msg(usual(attachments=[({mapi.DISPLAY_NAME: "m"}, usual()), ({mapi.ATTACH_LONG_NAME: "a.txt"}, b"abc")]))


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.integers(0, len(RAW) - 1), st.integers(0, 255)), max_size=20), st.integers(0, len(RAW)))
def test_damage_is_read_or_listed(changes: list[tuple[int, int]], end: int) -> None:
    raw = bytearray(RAW)
    for at, byte in changes:
        raw[at] = byte
    made = to_rfc822(bytes(raw[:end]))
    assert len(made) < 4 * len(RAW)
    assert made.startswith(b"MIME-Version: 1.0")


def test_rubbish_becomes_a_message_that_says_so() -> None:
    for raw in (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", compound_file({"Unknown": b"1"})[:600]):
        message = read_message(to_rfc822(raw))
        assert [(one.part, one.reason) for one in message.contents.unread] == [("body", "broken")]
