"""Finding messages: files, folders, mbox, Maildir, and what is none of these."""

import os
import pickle
from pathlib import Path

import pytest

from sekisho.kernel.errors import InputError
from sekisho.sources.files.limits import Limits
from sekisho.sources.mail.archive import MessageRef, UnreadArchive, messages

ONE = b"From: a@example.jp\r\nTo: b@example.jp\r\nSubject: one\r\n\r\nbody\r\n"


def subjects(found: list[MessageRef | UnreadArchive]) -> list[str]:
    return [one.read().partition(b"Subject: ")[2].split()[0].decode() for one in found if isinstance(one, MessageRef)]


def unread(found: list[MessageRef | UnreadArchive]) -> list[tuple[str, str]]:
    return [(one.archive, one.reason) for one in found if isinstance(one, UnreadArchive)]


def mail(subject: str, body: str = "body") -> bytes:
    return f"From: a@example.jp\nTo: b@example.jp\nSubject: {subject}\n\n{body}\n".encode()


def mbox(*mails: bytes) -> bytes:
    return b"".join(b"From a@example.jp Wed Apr  1 09:00:00 2026\n" + one + b"\n" for one in mails)


def test_a_folder_is_walked_in_order(tmp_path: Path) -> None:
    folder = tmp_path / "mail"
    (folder / "b").mkdir(parents=True)
    (folder / "c.eml").write_bytes(mail("three"))
    (folder / "b" / "2.EML").write_bytes(mail("two"))
    (folder / "a").write_bytes(mail("one"))
    found = list(messages([folder]))
    assert subjects(found) == ["one", "two", "three"]
    assert [one.archive for one in found] == ["mail/a", "mail/b/2.EML", "mail/c.eml"]
    assert pickle.loads(pickle.dumps(found)) == found  # noqa: S301


def test_mbox_of_any_name_is_cut_at_its_separators_only(tmp_path: Path) -> None:
    path = tmp_path / "受信箱"
    path.write_bytes(
        mbox(
            mail("one", "text\n\nFrom here on it is body\nstill\n>From quoted\n>>From twice"),
            mail("two", "\nFrom Wed 12:00:00 1999 no header follows\n\n"),
            mail("three"),
        )
    )
    found = list(messages([path]))
    assert subjects(found) == ["one", "two", "three"]
    first = found[0]
    assert isinstance(first, MessageRef)
    assert first.read().endswith(b"\nFrom here on it is body\nstill\nFrom quoted\n>From twice\n")
    positions = [one.position for one in found if isinstance(one, MessageRef)]
    assert positions[0] == "受信箱@43"
    assert len(set(positions)) == 3
    assert path.read_bytes()[first.offset :].startswith(b"From: a@example.jp")


def test_mbox_with_crlf_and_separators_without_dates(tmp_path: Path) -> None:
    path = tmp_path / "box.mbox"
    path.write_bytes((mail("one") + b"\nFrom nobody\n" + mail("two")).replace(b"\n", b"\r\n"))
    path.write_bytes(b"From nobody\r\n" + path.read_bytes())
    assert subjects(list(messages([path]))) == ["one", "two"]


def test_maildir_with_flags_and_control_files(tmp_path: Path) -> None:
    for name in ("cur", "new", "tmp", ".Sent/cur", ".Sent/new"):
        (tmp_path / "M" / name).mkdir(parents=True)
    (tmp_path / "M/cur/1.host:2,S").write_bytes(mail("one"))
    (tmp_path / "M/new/2.host").write_bytes(b"X-Odd: but mail by its place\nSubject: two\n\n")
    (tmp_path / "M/.Sent/cur/3.host:2,RS").write_bytes(mail("three"))
    for name in ("dovecot-uidlist", "dovecot.index.log", "maildirfolder", "subscriptions", ".DS_Store", "Thumbs.db"):
        (tmp_path / "M" / name).write_bytes(b"x")
    found = list(messages([tmp_path / "M"]))
    assert subjects(found) == ["three", "one", "two"]
    assert unread(found) == []


def test_everything_else_is_named(tmp_path: Path) -> None:
    files = {
        "a.msg": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        "b.pst": b"!BDN",
        "c.dat": b"\x78\x9f\x3e\x22",
        "d.xlsx": b"PK\x03\x04",
        "e.txt": b"just a text\n",
        "f.eml": b"",
        "g.url": b"http://example.jp/\nX: y\n",
    }
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    (tmp_path / "z").symlink_to("e.txt")
    found = list(messages([tmp_path]))
    name = tmp_path.name
    assert unread(found) == [
        (f"{name}/b.pst", "broken"),
        (f"{name}/d.xlsx", "unsupported"),
        (f"{name}/e.txt", "unsupported"),
        (f"{name}/f.eml", "missing"),
        (f"{name}/g.url", "unsupported"),
        (f"{name}/z", "unsupported"),
    ]
    outlook = [one for one in found if isinstance(one, MessageRef)]
    assert [one.archive for one in outlook] == [f"{name}/a.msg", f"{name}/c.dat"]
    assert all(b"problem=damaged" in one.read() for one in outlook)


def test_empty_folder_missing_path_and_big_message(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert unread(list(messages([tmp_path / "empty"]))) == [("empty", "missing")]
    with pytest.raises(InputError, match="no such file"):
        messages([tmp_path / "nowhere"])
    (tmp_path / "big.eml").write_bytes(mail("big", "x" * 1000))
    assert unread(list(messages([tmp_path / "big.eml"], Limits(max_message_bytes=500)))) == [("big.eml", "too_big")]


def test_the_same_name_twice_stays_distinct(tmp_path: Path) -> None:
    for folder in ("x", "y"):
        (tmp_path / folder / "mail").mkdir(parents=True)
        (tmp_path / folder / "mail" / "1.eml").write_bytes(ONE)
    found = list(messages([tmp_path / "x" / "mail", tmp_path / "y" / "mail"]))
    assert [one.archive for one in found] == ["mail/1.eml", "mail~2/1.eml"]


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_no_permission_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.eml").write_bytes(ONE)
    (tmp_path / "a.eml").chmod(0)
    (tmp_path / "b").mkdir(mode=0)
    found = unread(list(messages([tmp_path])))
    assert [reason for _, reason in found] == ["no_permission", "no_permission"]


def test_a_permission_error_on_opening_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.eml").write_bytes(ONE)

    def refuse(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", refuse)
    assert unread(list(messages([tmp_path / "a.eml"]))) == [("a.eml", "no_permission")]


def test_apple_mail_files(tmp_path: Path) -> None:
    (tmp_path / "1.emlx").write_bytes(str(len(ONE)).encode() + b"\n" + ONE + b"<?xml plist")
    (found,) = messages([tmp_path / "1.emlx"])
    assert isinstance(found, MessageRef)
    assert found.read() == ONE
