"""Whole messages: every part is read, or listed with a reason; nothing raises."""

import base64
import io
import zipfile
from datetime import datetime
from email.message import EmailMessage

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sekisho.kernel.clock import JST
from sekisho.kernel.content import REASONS, Table, Text
from sekisho.sources.files.limits import Limits
from sekisho.sources.mail.message import Message, read_envelope, read_message

HEAD = (
    b"From: =?ISO-2022-JP?B?GyRCOjRGIxsoQg==?= <sato@aoba.example.jp>\r\n"
    b"To: a@kou.example.jp, b@otsu.example.jp\r\nCc: c@hei.example.jp\r\n"
    b"Date: Wed, 1 Apr 2026 09:30:00 +0900\r\nMessage-ID: <1@aoba.example.jp>\r\n"
    b"In-Reply-To: <0@kou.example.jp>\r\nReferences: <9@kou.example.jp> <0@kou.example.jp>\r\n"
)
BODY = "証券番号 A-1234567 山田太郎様 満期日 2026年4月1日"


def texts(message: Message) -> dict[str, str]:
    return {piece.part: piece.text for piece in message.contents.pieces if isinstance(piece, Text)}


def tables(message: Message) -> dict[str, list[list[str]]]:
    return {piece.part: piece.rows for piece in message.contents.pieces if isinstance(piece, Table)}


def unread(message: Message) -> list[tuple[str, str]]:
    return [(one.part, one.reason) for one in message.contents.unread]


def test_the_envelope() -> None:
    raw = HEAD + b"Subject: =?UTF-8?B?5rqA5pyf?=\r\n\r\n"
    message = read_message(raw)
    assert message.message_id == "1@aoba.example.jp"
    assert message.at == datetime(2026, 4, 1, 9, 30, tzinfo=JST)
    assert message.sender == "sato@aoba.example.jp"
    assert message.recipients == [("to", "a@kou.example.jp"), ("to", "b@otsu.example.jp"), ("cc", "c@hei.example.jp")]
    assert message.subject == "満期"
    assert message.in_reply_to == ("0@kou.example.jp", "9@kou.example.jp")
    envelope = read_envelope(raw)
    assert (envelope.message_id, envelope.subject, envelope.at) == (message.message_id, message.subject, message.at)


def test_a_message_without_an_id_gets_one_from_its_content() -> None:
    one, two = read_message(b"Subject: a\n\n"), read_message(b"Subject: b\n\n")
    assert one.message_id.startswith("sha256:")
    assert one.message_id != two.message_id
    assert one.message_id == read_message(b"Subject: a\n\n").message_id


@pytest.mark.parametrize(
    ("codec", "label"),
    [
        ("iso2022_jp", "iso-2022-jp"),
        ("iso2022_jp", "utf-8"),
        ("cp932", "shift_jis"),
        ("cp932", "iso-8859-1"),
        ("cp932", "utf-8"),
        ("euc_jp", "euc-jp"),
        ("utf_8", "iso-2022-jp"),
        ("utf_8", "us-ascii"),
        ("utf_8", ""),
    ],
)
@pytest.mark.parametrize("encoding", ["8bit", "base64", "quoted-printable"])
def test_bodies_in_every_charset(codec: str, label: str, encoding: str) -> None:
    text = f"{BODY}です。よろしくお願いいたします。\r\n"
    raw = text.encode(codec)
    sent = {"8bit": raw, "base64": base64.encodebytes(raw), "quoted-printable": quoted(raw)}[encoding]
    header = f"Content-Type: text/plain; charset={label}\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n".encode()
    message = read_message(HEAD + header + sent)
    assert texts(message)["body"] == text.replace("\r\n", "\n")
    assert unread(message) == []


def quoted(raw: bytes) -> bytes:
    return b"".join(b"=%02X" % byte for byte in raw)


def built() -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "sato@aoba.example.jp", "a@kou.example.jp", "満期一覧"
    message.set_content("> 引用された山田太郎様\n本文です\n")
    message.add_alternative(
        "<html><style>p{}</style><p>表です</p><table><tr><th>証券番号</th><th>契約者名</th></tr>"
        "<tr><td>A-1</td><td>山田&nbsp;太郎</td></tr></table><p>以上</p></html>",
        subtype="html",
    )
    message.add_attachment(
        "証券番号,契約者名\r\nA-2,山田花子\r\n".encode("cp932"),
        maintype="text",
        subtype="csv",
        filename="満期 一覧.csv",
    )
    inner = EmailMessage()
    inner["From"], inner["To"], inner["Subject"] = "yamada@example.com", "sato@aoba.example.jp", "お問合せ"
    inner.set_content("住所変更の件")
    message.add_attachment(inner)
    message.add_attachment(b"\x89PNG\r\n\x1a\n" + bytes(2000), maintype="image", subtype="png", filename="logo.png")
    return message


def test_every_part_has_its_name() -> None:
    message = read_message(built().as_bytes())
    assert texts(message) == {
        "subject": "満期一覧",
        "body": "> 引用された山田太郎様\n本文です\n",
        "body.html": "表です\n以上",
        "attachment[1].name": "満期 一覧.csv",
        "message[1]!headers": "From: yamada@example.com\nTo: sato@aoba.example.jp",
        "message[1]!subject": "お問合せ",
        "message[1]!body": "住所変更の件\n",
        "attachment[2].name": "logo.png",
    }
    assert tables(message) == {
        "body.html!table[1]": [["証券番号", "契約者名"], ["A-1", "山田 太郎"]],
        "attachment[1]:満期 一覧.csv": [["証券番号", "契約者名"], ["A-2", "山田花子"]],
    }
    assert unread(message) == [("attachment[2]:logo.png", "no_text")]


def test_an_image_by_label_only_is_read_as_what_it_is() -> None:
    message = EmailMessage()
    message.add_attachment(b"A-1,Yamada\nA-2,Suzuki\n", maintype="image", subtype="png", filename="x.csv")
    assert "attachment[1]:x.csv" in tables(read_message(message.as_bytes()))


def test_several_bodies_are_numbered_and_trailing_text_is_read() -> None:
    raw = (
        b"Content-Type: multipart/mixed; boundary=b\n\nbefore\n--b\n\none\n--b\nContent-Type: text/plain\n\ntwo\n"
        b"--b\nContent-Type: text/html\n\n<p>three\n--b--\nlist footer A-9\n"
    )
    message = read_message(raw)
    assert texts(message) == {
        "preamble": "before",
        "body": "one",
        "body[2]": "two",
        "body.html": "three",
        "epilogue": "list footer A-9\n",
    }


def test_format_flowed_is_joined() -> None:
    raw = (
        "Content-Type: text/plain; charset=utf-8; format=flowed; delsp=yes\n\n"
        "証券番号 A-123 \n4567\n> 引用 \n> された\n>> 深い\n-- \n署名\n"
    ).encode()
    assert texts(read_message(raw))["body"] == "証券番号 A-1234567\n> 引用された\n>> 深い\n-- \n署名\n"


def test_uuencoded_files_in_a_text() -> None:
    raw = b"Subject: x\n\nhello\nbegin 644 list.csv\n" + b'+82QB"C$L,@H`\n' + b"`\nend\nbye\n"
    message = read_message(raw)
    assert texts(message)["body"] == "hello\n\nbye\n"
    assert texts(message)["attachment[1].name"] == "list.csv"


@pytest.mark.parametrize(
    ("head", "body", "expected"),
    [
        (b"Content-Type: multipart/encrypted; boundary=b", b"--b\n\nVersion: 1\n--b--", ("body", "encrypted")),
        (b"Content-Type: application/pkcs7-mime; name=smime.p7m", b"MIIB", ("attachment[1]:smime.p7m", "encrypted")),
        (b"Subject: x", b"-----BEGIN PGP MESSAGE-----\n\nabc", ("body", "encrypted")),
        (b"Content-Type: multipart/mixed", b"text without parts", ("parts", "broken")),
        (b"Content-Type: multipart/mixed; boundary=b", b"", ("body", "missing")),
        (b"Content-Type: message/external-body; access-type=url", b"", ("body", "missing")),
        (b"Content-Type: message/partial; number=2; total=3", b"rest", ("body", "missing")),
        (
            b"Content-Type: application/ms-tnef; name=winmail.dat",
            b"\x78\x9f\x3e\x22",
            ("attachment[1]:winmail.dat!body", "broken"),
        ),
        (b"Content-Type: application/x-7z; name=a.7z", b"7z\xbc\xaf\x27\x1c", ("attachment[1]:a.7z", "broken")),
        (b"Content-Type: application/octet-stream; name=a", b"", ("attachment[1]:a", "missing")),
        (b"Subject: x", b"=ybegin line=128 size=1 name=a\n", ("body", "unsupported")),
        (b"Content-Type: message/rfc822", b"", ("message[1]", "missing")),
        (b"Content-Transfer-Encoding: base64", b"5bGx5", ("body", "broken")),
        (b"Subject: x", b"\x83\x84\xff\xfe\xfd\x81 text", ("body", "undecodable")),
    ],
)
def test_what_cannot_be_read_is_listed(head: bytes, body: bytes, expected: tuple[str, str]) -> None:
    assert expected in unread(read_message(head + b"\n\n" + body))


def test_signed_messages_are_read() -> None:
    raw = (
        b"Content-Type: multipart/signed; boundary=b; protocol=application/pgp-signature\n\n--b\n\nsigned A-1\n"
        b"--b\nContent-Type: application/pgp-signature; name=signature.asc\n\n-----BEGIN PGP SIGNATURE-----\n--b--\n"
    )
    message = read_message(raw)
    assert texts(message)["body"] == "signed A-1"
    assert unread(message) == [("attachment[1]:signature.asc", "no_text")]


def test_the_message_in_an_opaque_signature_is_read() -> None:
    inner = b"Content-Type: text/plain\r\n\r\nsigned A-1234567\r\n"
    content = b"\xa0" + _der(b"\x04" + _der(inner))
    cms = (
        b"\x30\x80\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02"
        + b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01"
        + content
    )
    raw = (
        b"Content-Type: application/pkcs7-mime; smime-type=signed-data; name=smime.p7m\n"
        b"Content-Transfer-Encoding: base64\n\n" + base64.encodebytes(cms)
    )
    assert texts(read_message(raw))["attachment[1]:smime.p7m!body"] == "signed A-1234567\n"


def _der(content: bytes) -> bytes:
    return bytes((len(content),)) + content


def test_deep_nesting_and_many_parts_are_bounded() -> None:
    deep = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (level, level) for level in range(500))
    assert ("parts", "too_deep") in unread(read_message(deep + b"\nx"))
    many = b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\nx\n" * 5_000
    message = read_message(many)
    assert ("parts", "too_big") in unread(message)
    assert len(texts(message)) < 1_001
    nested = read_message(b"Content-Type: message/rfc822\n\n" * 500 + b"Subject: x\n\n")
    assert "too_deep" in {reason for _, reason in unread(nested)}


def test_a_too_big_message_gives_its_headers() -> None:
    message = read_message(HEAD + b"\r\n" + bytes(2000), Limits(max_message_bytes=1000))
    assert message.sender == "sato@aoba.example.jp"
    assert unread(message) == [("", "too_big")]


def test_time_that_runs_out_is_listed() -> None:
    message = read_message(HEAD + b"Content-Type: text/html\r\n\r\n" + b"<p>x" * 200_000, Limits(seconds=0.01))
    assert ("", "too_slow") in unread(message)
    assert message.contents.unread[-1].detail.startswith("more than 0.01")


def test_encrypted_zip_members_are_listed_and_their_names_read() -> None:
    message = EmailMessage()
    message.add_attachment(encrypted_zip("山田太郎様.csv"), maintype="application", subtype="zip", filename="a.zip")
    result = read_message(message.as_bytes())
    assert unread(result) == [("attachment[1]:a.zip!山田太郎様.csv", "encrypted")]
    assert texts(result)["attachment[1]:a.zip!山田太郎様.csv.name"] == "山田太郎様.csv"


def encrypted_zip(name: str) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr(name, b"x")
    raw = bytearray(made.getvalue())
    raw[6] |= 1
    raw[raw.rfind(b"PK\x01\x02") + 8] |= 1
    return bytes(raw)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\n\n",
        b"\x00" * 100,
        b"Subject: " + b"x" * (1 << 20) + b"\n\nbody",
        b"Subject: a\x00b\nTo: \x00<a@example.jp>\n\nbody\x00",
        b"\xff\xfe" + "Subject: x\n\n山田".encode("utf-16-le"),
        b"\xef\xbb\xbfSubject: x\n\nbody",
        b"Subject: x\r\rbody",
        b"Content-Type: text/plain; charset=\x1b\n\nbody",
    ],
)
def test_odd_messages(raw: bytes) -> None:
    message = read_message(raw)
    assert all(reason in REASONS for _, reason in unread(message))


def test_bare_carriage_returns_and_utf16_are_understood() -> None:
    assert read_message(b"Subject: x\r\rbody").subject == "x"
    assert texts(read_message(b"\xff\xfe" + "Subject: x\r\n\r\n山田".encode("utf-16-le")))["body"] == "山田"


WHOLE = built().as_bytes()


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_never_raises_on_damaged_messages(data: st.DataObject) -> None:
    raw = bytearray(WHOLE)
    for _ in range(data.draw(st.integers(0, 8))):
        at = data.draw(st.integers(0, len(raw) - 1))
        match data.draw(st.sampled_from(["set", "cut", "insert", "repeat"])):
            case "set":
                raw[at] = data.draw(st.integers(0, 255))
            case "cut":
                del raw[at : at + data.draw(st.integers(1, 200))]
            case "insert":
                raw[at:at] = data.draw(
                    st.sampled_from([b"\n\n", b"--", b"\x00", b"\x1b$B", b"=?utf-8?B?", b"PK\x03\x04"])
                )
            case "repeat":
                raw[at:at] = raw[at : at + 300]
        if not raw:
            break
    message = read_message(bytes(raw))
    assert all(reason in REASONS for _, reason in unread(message))
    assert not any(reason == "broken" and part == "" for part, reason in unread(message))


@given(st.binary(max_size=400))
def test_never_raises_on_anything(raw: bytes) -> None:
    message = read_message(raw)
    assert not any(reason == "broken" and part == "" for part, reason in unread(message))
