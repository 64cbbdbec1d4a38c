"""What is written by hand must be read by the standard library."""

import email
import email.policy
from datetime import datetime
from email.message import EmailMessage

import pytest

from sekisho.demo.mime import Attachment, Draft, encoded_words, writable, write_message
from sekisho.kernel.clock import JST


def draft(**changes: object) -> Draft:
    base: dict[str, object] = {
        "message_id": "m1@aoba.example.jp",
        "at": datetime(2026, 4, 6, 9, 30, tzinfo=JST),
        "sender": "honma@aoba.example.jp",
        "to": ["mihon@aoba.example.jp", "reiji@aoba.example.jp"],
        "subject": "五月の満期一覧をお送りしますのでご確認ください",
        "text": "各支店 御中\n満期一覧です。\n",
        "names": {"honma@aoba.example.jp": "本間 浩一"},
    }
    return Draft(**(base | changes))  # type: ignore[arg-type]


def read(message: bytes) -> EmailMessage:
    return email.message_from_bytes(message, policy=email.policy.default)


@pytest.mark.parametrize("charset", ["iso2022_jp", "cp932", "euc_jp", "utf-8"])
def test_headers_and_body_in_every_charset(charset: str) -> None:
    message = read(write_message(draft(charset=charset, cc=["takagi@kou.example.jp"])))
    assert message["Subject"] == "五月の満期一覧をお送りしますのでご確認ください"
    assert [a.addr_spec for a in message["To"].addresses] == ["mihon@aoba.example.jp", "reiji@aoba.example.jp"]
    assert message["From"].addresses[0].display_name == "本間 浩一"
    assert message["Date"].datetime == datetime(2026, 4, 6, 9, 30, tzinfo=JST)
    assert "満期一覧です。" in message.get_content()


def test_a_letter_missing_in_the_charset_makes_it_utf8() -> None:
    message = read(write_message(draft(text="𠮷田様\n", charset="iso2022_jp")))
    assert message.get_content_charset() == "utf-8"
    assert message.get_content().strip() == "𠮷田様"


@pytest.mark.parametrize("extended", [False, True])
def test_attachment_names(extended: bool) -> None:
    attached = [Attachment("満期一覧.csv", b"a,b\r\n", "text/csv")]
    for charset in ("cp932", "utf-8"):
        message = read(write_message(draft(charset=charset, attachments=attached, extended_names=extended)))
        (part,) = message.iter_attachments()
        assert part.get_filename() == "満期一覧.csv"
        assert part.get_payload(decode=True) == b"a,b\r\n"


def test_html_beside_the_text() -> None:
    message = read(write_message(draft(charset="utf-8", html="<p>一覧</p>\n")))
    html = message.get_body(("html",))
    assert html is not None
    assert html.get_content().strip() == "<p>一覧</p>"


def test_a_message_in_a_message() -> None:
    inner = write_message(draft(message_id="inner@kou.example.jp", subject="中"))
    message = read(write_message(draft(attachments=[Attachment("", inner, "message/rfc822")])))
    nested = [part for part in message.walk() if part["Message-ID"] == "<inner@kou.example.jp>"]
    assert [part["Subject"] for part in nested] == ["中"]


def test_no_line_of_a_header_is_too_long() -> None:
    assert max(len(line) for line in encoded_words("満" * 80, "iso2022_jp").splitlines()) <= 76


def test_what_an_old_charset_lacks() -> None:
    assert writable("𠮷田と髙橋と😀", "cp932") == "吉田と髙橋と〓"
