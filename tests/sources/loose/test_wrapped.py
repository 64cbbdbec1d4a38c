"""A file or a row as a message: what it says of itself comes from outside, and nothing in it can change that (A9)."""

import json
import os
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.kernel.clock import JST
from sekisho.kernel.content import Text
from sekisho.sources.files.limits import RefusedError
from sekisho.sources.loose.files import files
from sekisho.sources.loose.wrapped import Shape, as_address, fields, from_address, row_item, wrapped
from sekisho.sources.mail.archive import MessageRef, UnreadArchive
from sekisho.sources.mail.message import read_message


def only(found: list[MessageRef | UnreadArchive]) -> MessageRef:
    (ref,) = found
    assert isinstance(ref, MessageRef)
    return ref


@given(st.text(min_size=1).filter(lambda text: text.strip() == text and "@" not in text))
def test_an_account_comes_back_as_it_was_written(account: str) -> None:
    assert from_address(as_address(account).lower()) == account.encode("utf-8", "replace").decode("utf-8")


def test_a_file_is_its_bytes_its_name_and_its_day(tmp_path: Path) -> None:
    place = tmp_path / "share" / "営業" / "一覧.csv"
    place.parent.mkdir(parents=True)
    place.write_bytes("証券番号,契約者名\r\nKA12345678,山田 花子\r\n".encode("cp932"))
    os.utime(place, ns=(0, int(datetime(2024, 2, 1, 10, tzinfo=JST).timestamp()) * 10**9))
    ref = only(list(files([tmp_path / "share"])))
    assert ref.position == "share/営業/一覧.csv"
    message = read_message(ref.read())
    assert (message.sender, message.recipients, message.at) == ("", [], datetime(2024, 2, 1, 10, tzinfo=JST))
    assert [piece.part for piece in message.contents.pieces] == [
        "attachment[1].name", "attachment[1]:share/営業/一覧.csv"
    ]  # fmt: skip
    assert not message.contents.unread


def test_a_disk_without_a_clock_gives_no_day(tmp_path: Path) -> None:
    place = tmp_path / "a.txt"
    place.write_text("KA12345678")
    os.utime(place, (0, 315_532_800))
    assert read_message(only(list(files([place]))).read()).at is None


@pytest.mark.parametrize(
    "name", ['x"; filename="y.txt', "a\nTo: evil@example.com\n\nb.txt", "=?utf-8?q?a?=.txt", "!a!.txt"]
)
def test_a_hostile_name_stays_a_name(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("To: evil@example.com\r\n\r\nKA12345678")
    message = read_message(only(list(files([tmp_path / name]))).read())
    assert (message.sender, message.recipients) == ("", [])
    assert any(isinstance(piece, Text) and "KA12345678" in piece.text for piece in message.contents.pieces)


def test_mail_archives_are_named_and_left_to_the_sweep_of_mail(tmp_path: Path) -> None:
    (tmp_path / "box").write_bytes(
        b"From a@example.jp Thu Feb  1 10:00:00 2024\nFrom: a@example.jp\nTo: b@example.jp\n\nx\n"
    )
    (found,) = list(files([tmp_path / "box"]))
    assert isinstance(found, UnreadArchive) and found.reason == "unsupported" and "sweep mail" in found.detail


def test_what_a_row_says_of_itself() -> None:
    shape = Shape("csv", {"at": 0, "sender": 1, "recipients": 2, "subject": 3, "body": 4})
    row = '2024-02-01T10:00:00+09:00,u-Sato,"OTSU;b@otsu.example.jp",件名,"一行目\n\nTo: evil@example.com"'
    message = read_message(wrapped("m.csv", "/nowhere/m.csv", row_item(shape, 7), row.encode()))
    assert from_address(message.sender) == "u-Sato"
    assert [from_address(one) for _, one in message.recipients] == ["OTSU", "b@otsu.example.jp"]
    assert (message.subject, message.at) == ("件名", datetime(2024, 2, 1, 10, tzinfo=JST))
    assert [piece.text for piece in message.contents.pieces if isinstance(piece, Text) and piece.part == "body"] == [
        "一行目\n\nTo: evil@example.com"
    ]


@pytest.mark.parametrize("written", ["x\r\nBcc: evil@example.com", "x\n\nbody"])
def test_a_header_cannot_be_smuggled_in(written: str) -> None:
    shape = Shape("json", {})
    for key in ("sender", "recipients", "subject", "at", "message_id", "in_reply_to"):
        row = {"at": "2024-02-01", "sender": "a", "recipients": "b", key: written}
        message = read_message(wrapped("m", "/nowhere/m", row_item(shape, 1), json.dumps(row).encode()))
        assert all("evil@example.com" not in from_address(one) or key == "recipients" for _, one in message.recipients)


def test_attached_files_lie_beside_the_table_or_are_missing(tmp_path: Path) -> None:
    folder = tmp_path / "export"
    (folder / "files").mkdir(parents=True)
    (folder / "files" / "a.txt").write_text("KA12345678")
    (tmp_path / "secret.txt").write_text("KA99999999")
    (folder / "link.txt").symlink_to(tmp_path / "secret.txt")
    shape = Shape("csv", {"at": 0, "sender": 1, "recipients": 2, "attachments": 3})
    row = "2024-02-01,a,b,files\\a.txt;../secret.txt;/etc/passwd;link.txt;none.pdf"
    message = read_message(wrapped("m.csv", str(folder / "m.csv"), row_item(shape, 2), row.encode()))
    texts = [piece.text for piece in message.contents.pieces if isinstance(piece, Text)]
    assert "KA12345678" in texts and "KA99999999" not in texts
    assert [gap.reason for gap in message.contents.unread] == ["missing"] * 4


@pytest.mark.parametrize("raw", [b"[1]", b"not json", b'"text"', b"[" * 100_000])
def test_what_is_no_row_is_refused(raw: bytes) -> None:
    with pytest.raises(RefusedError):
        fields(Shape("json", {}), raw)


def test_a_long_message_is_read_to_its_end() -> None:
    shape = Shape("csv", {"at": 0, "sender": 1, "recipients": 2, "body": 3})
    told = fields(shape, b"2024-02-01,a,b," + b"x" * 300_000 + b"KA12345678")
    assert told["body"].endswith("KA12345678")
