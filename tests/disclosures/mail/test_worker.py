"""One message's reading and matching: bounded in time, and never fatal for the batch."""

import os
import sqlite3
from pathlib import Path

import pytest

from sekisho.disclosures.mail import worker as mail_worker
from sekisho.kernel.content import Table, Text
from sekisho.sources.mail.archive import MessageRef

RAW = b"From: aoki@aoba.example.jp\r\nTo: Ota@otsu.example.jp\r\nMessage-ID: <1@aoba.example.jp>\r\n\r\nhello\r\n"


class Endless:
    """A matcher that a list made to be slow keeps busy."""

    def match(self, _pieces: list[Text | Table]) -> list[object]:
        while True:
            pass


class Faulty:
    """A matcher with a defect, whose message quotes a customer."""

    def match(self, _pieces: list[Text | Table]) -> list[object]:
        raise ValueError("山田花子")


class Nothing:
    """A matcher that finds nothing."""

    cut = False

    def match(self, _pieces: list[Text | Table]) -> list[object]:
        return []


class Crowded:
    """A matcher that met more coincidences than it tells."""

    cut = True

    def match(self, _pieces: list[Text | Table]) -> list[object]:
        return []


@pytest.fixture
def ref(tmp_path: Path) -> MessageRef:
    (tmp_path / "a.eml").write_bytes(RAW)
    return MessageRef("a.eml", str(tmp_path / "a.eml"), 0, len(RAW))


def read(matcher: object, ref: MessageRef, monkeypatch: pytest.MonkeyPatch) -> mail_worker.Seen:
    setting = mail_worker.Setting("", b"", {})
    monkeypatch.setattr(mail_worker, "_open", mail_worker._Open(matcher, setting))  # type: ignore[arg-type]
    (seen,) = mail_worker.read_batch((mail_worker.Task(0, ref),))
    return seen


@pytest.mark.skipif(os.name != "posix", reason="the alarm is of POSIX")
def test_a_message_that_takes_too_long_is_listed(ref: MessageRef, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mail_worker, "MATCH_SECONDS", 0.05)
    seen = read(Endless(), ref, monkeypatch)
    assert [(part, reason) for part, reason, _ in seen.unread] == [("message", "too_slow")]
    assert seen.message_id == "1@aoba.example.jp", "it is named, so that somebody can look at it"


def test_a_message_whose_coincidences_are_not_all_told_is_listed(
    ref: MessageRef, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = read(Crowded(), ref, monkeypatch)
    assert [(part, reason) for part, reason, _ in seen.unread] == [("message", "too_big")]


def test_a_defect_costs_one_message_and_quotes_nobody(ref: MessageRef, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = read(Faulty(), ref, monkeypatch)
    ((_, reason, detail),) = seen.unread
    assert reason == "broken"
    assert "ValueError" in detail and "山田" not in detail


def test_a_file_that_has_gone_is_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = read(Faulty(), MessageRef("gone.eml", str(tmp_path / "gone.eml"), 0, 9), monkeypatch)
    assert [reason for _, reason, _ in seen.unread] == ["missing"]


def test_what_the_journal_knows_is_not_read_again_and_the_order_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More messages than are fetched at a time: every third is known, one has gone."""
    monkeypatch.setattr(mail_worker, "_AHEAD", 4)
    tasks = []
    for number in range(11):
        path = tmp_path / f"{number}.eml"
        path.write_bytes(RAW.replace(b"<1@", b"<%d@" % number))
        tasks.append(mail_worker.Task(number, MessageRef(path.name, str(path), 0, 1000)))
    (tmp_path / "5.eml").unlink()
    journal = sqlite3.connect(":memory:", isolation_level=None)
    journal.execute("CREATE TABLE message (digest BLOB)")
    raws = [RAW.replace(b"<1@", b"<%d@" % number) for number in range(0, 11, 3)]
    journal.executemany("INSERT INTO message VALUES (?)", [(mail_worker.digest_of(raw),) for raw in raws])
    opened = mail_worker._Open(Nothing(), mail_worker.Setting("", b"", {}), journal)  # type: ignore[arg-type]
    monkeypatch.setattr(mail_worker, "_open", opened)
    seen = mail_worker.read_batch(tuple(tasks))
    journal.close()
    assert [one.number for one in seen] == list(range(11))
    assert [one.number for one in seen if one.known] == [0, 3, 6, 9]
    assert [reason for _, reason, _ in seen[5].unread] == ["missing"]
    assert {one.message_id for one in seen if not one.known} >= {"1@aoba.example.jp", "10@aoba.example.jp"}
    assert len({one.digest for one in seen}) == 11
