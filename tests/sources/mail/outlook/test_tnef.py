"""winmail.dat as the mail reader sees it."""

import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sekisho.kernel.content import Contents, Text
from sekisho.sources.files.extract import read_file
from sekisho.sources.mail.message import read_message
from sekisho.sources.mail.outlook import properties as mapi
from sekisho.sources.mail.outlook.convert import to_rfc822
from tests.sources.mail.outlook import make
from tests.sources.mail.outlook.make import Mail, person, usual


def read(raw: bytes) -> dict[str, str]:
    return texts(read_message(to_rfc822(raw)).contents)


def texts(contents: Contents) -> dict[str, str]:
    return {piece.part: piece.text for piece in contents.pieces if isinstance(piece, Text)}


@pytest.mark.parametrize("ansi", ["", "cp932"])
def test_a_message_with_files(ansi: str) -> None:
    mail = usual(attachments=[
        ({mapi.ATTACH_NAME: "ICHIRA~1.TXT", mapi.ATTACH_LONG_NAME: "満期一覧表.txt"}, "A-1234567 山田".encode()),
        ({mapi.DISPLAY_NAME: "転送元"}, usual(attachments=[({mapi.ATTACH_LONG_NAME: "内側.txt"}, b"inside")])),
    ])  # fmt: skip
    mail.values[0x8005] = "名前のある値"
    mail.values[0x8006] = ["一", "二"]
    message = read_message(to_rfc822(make.tnef(mail, ansi=ansi)))
    found = texts(message.contents)
    assert (message.subject, message.sender) == ("満期のご案内", "sato@kou.example.jp")
    assert message.recipients == [("to", "aoba@aoba.example.jp")]
    assert message.at is not None and message.at.isoformat() == "2024-11-21T18:10:45+09:00"
    assert found["body"] == "契約者 山田太郎 様\n証券番号 A-1234567"
    assert found["attachment[1].name"] == "満期一覧表.txt"
    assert found["attachment[1]:満期一覧表.txt"] == "A-1234567 山田"
    assert found["message[1]!attachment[1]:内側.txt"] == "inside"
    assert message.contents.unread == []


def test_old_attributes_without_properties() -> None:
    raw = make.tnef(Mail(), ansi="cp932", legacy={
        0x00008000: struct.pack("<4H", 4, 24, 3, 21) + "甲\0".encode("cp932") + b"SMTP:sato@example.jp\0",
        0x00018004: "満期\0".encode("cp932"), 0x0002800C: "山田太郎\0".encode("cp932"),
        0x00038005: struct.pack("<7H", 2024, 11, 21, 9, 10, 45, 4),
    })  # fmt: skip
    message = read_message(to_rfc822(raw))
    assert (message.sender, message.subject) == ("sato@example.jp", "満期")
    assert message.at is not None and message.at.isoformat() == "2024-11-21T18:10:45+09:00"
    assert texts(message.contents)["body"] == "山田太郎"


def test_as_an_attachment_every_content_is_named_by_its_place() -> None:
    mail = usual(attachments=[({mapi.ATTACH_LONG_NAME: "一覧.csv"}, "A-1234567,山田\nA-1,鈴木\n".encode("cp932"))])
    mail.values[mapi.HTML] = "<p>別紙</p>".encode()
    contents = read_file("winmail.dat", make.tnef(mail), "attachment[1]:winmail.dat")
    assert {piece.part for piece in contents.pieces} >= {
        "attachment[1]:winmail.dat!subject", "attachment[1]:winmail.dat!body", "attachment[1]:winmail.dat!body.html",
        "attachment[1]:winmail.dat!attachment[1]:一覧.csv",
    }  # fmt: skip
    assert contents.unread == []


def test_recipients_from_the_table() -> None:
    mail = usual(recipients=[person("緑", "midori@midori.example.jp", 2), person("青葉", "/O=KOU/CN=AOBA", kind="EX")])
    message = read_message(to_rfc822(make.tnef(mail)))
    assert message.recipients == [("cc", "midori@midori.example.jp"), ("to", "/o=kou/cn=aoba")]


def test_a_cut_off_stream_is_read_as_far_as_it_goes_and_listed() -> None:
    raw = make.tnef(usual(attachments=[({mapi.ATTACH_LONG_NAME: "a.txt"}, b"A-1234567" * 20)]))
    message = read_message(to_rfc822(raw[: raw.index(b"A-1234567A-") + 90]))
    assert "山田太郎" in texts(message.contents)["body"]
    assert ("body[2]", "broken") in {(one.part, one.reason) for one in message.contents.unread}


def test_messages_inside_messages_end_somewhere() -> None:
    mail = usual()
    for _ in range(25):
        mail = usual(attachments=[({}, mail)])
    assert {one.reason for one in read_message(to_rfc822(make.tnef(mail))).contents.unread} == {"too_deep"}


RAW = make.tnef(usual(attachments=[({}, usual()), ({mapi.ATTACH_LONG_NAME: "a.txt"}, b"abc")]))


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.integers(0, len(RAW) - 1), st.integers(0, 255)), max_size=20), st.integers(4, len(RAW)))
def test_damage_is_read_or_listed(changes: list[tuple[int, int]], end: int) -> None:
    raw = bytearray(RAW)
    for at, byte in changes:
        raw[at] = byte
    assert len(to_rfc822(bytes(raw[:end]))) < 4 * len(RAW)
