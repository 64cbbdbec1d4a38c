"""One message's reading and matching: bounded in time, and never fatal for the batch."""

import os
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
