"""The journal holds what was read; the sweep does not."""

import json
import pickle
import tracemalloc
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sekisho.disclosures.mail.journal import Journal, as_json, from_json, hash_of, ref_of, rest_of
from sekisho.disclosures.mail.worker import Batch, Seen, Setting, Task
from sekisho.kernel.clock import JST
from sekisho.registry.registry import Registry
from sekisho.sources.mail.archive import MessageRef
from tests.disclosures.mail.mailroom import mail, mbox, put, swept


def silent(batches: Iterable[Batch], _setting: Setting) -> Iterator[list[Seen]]:
    """An engine that finds nothing, in messages that all differ."""
    for batch in batches:
        yield [
            Seen(task.number, "", f"{task.number}", None, f"{task.number % 9}@example.jp", (), (), (), (),
                 task.number.to_bytes(16, "big"))
            for task in batch
        ]  # fmt: skip


@pytest.mark.slow
def test_memory_does_not_grow_with_the_messages(tmp_path: Path, registry: Registry) -> None:
    peaks = []
    for count in (4_000, 16_000):
        folder = put(tmp_path / f"mail{count}", a_mbox=mbox(mail(1)) * count)
        tracemalloc.start()
        try:
            seen = swept([folder], registry, tmp_path / f"j{count}", engine=silent)
            peaks.append(tracemalloc.get_traced_memory()[1])
        finally:
            tracemalloc.stop()
        assert seen.read_count == count
    assert peaks[1] < 1.25 * peaks[0]


def test_what_is_kept_comes_back_and_names_no_policy_of_the_ledger() -> None:
    seen = Seen(
        number=3,
        archive="a.mbox@35",
        message_id="1@example.jp",
        at=datetime(2024, 2, 1, 10, tzinfo=JST),
        sender="a@example.jp",
        recipients=("b@example.jp",),
        in_reply_to=("0@example.jp",),
        matches=(("", "KA12345678", 5, 3, "body", "char 1-2", "ledger:policy_no", "certain"),
                 ("KI", "KI77", -1, 3, "\ud800.xlsx", "row 2", "table:policy_no+insurer", "probable")),
        unread=(("attachment[1]", "encrypted", ""),),
        letter=b"0123456789abcdef",
        names_password=True,
    )  # fmt: skip
    kept = as_json(seen)
    assert "KA12345678" not in kept
    again = from_json(3, kept)
    assert again.matches[0][1:3] == ("", 5)
    assert again.matches[1] == seen.matches[1]
    assert (again.at, again.unread, again.letter, again.recipients) == (
        seen.at, seen.unread, seen.letter, seen.recipients,
    )  # fmt: skip


@pytest.mark.parametrize(
    "ref",
    [MessageRef("a/b.mbox", "/x/b.mbox", 7, 9, in_mbox=True), MessageRef("a.pst", "/x/\udcff.pst", 0, 9, item="1/2f")],
)
def test_a_reference_comes_back(ref: MessageRef) -> None:
    path = ref.path.encode("utf-8", "surrogateescape")
    assert ref_of(ref.archive, path, rest_of(ref)) == ref
    assert json.loads(rest_of(ref)) == [ref.offset, ref.length, ref.in_mbox, ref.item]


def test_what_travels_between_processes_comes_out_as_it_went_in() -> None:
    ref = MessageRef("a/b.mbox", "/x/b.mbox", 7, 9, in_mbox=True, item="1/2f")
    task = Task(4, ref, (MessageRef("c", "/c", 0, 1),), locked=True)
    seen = Seen(
        4, "a@7", "<1>", datetime(2024, 4, 1, 9, tzinfo=UTC), "s@example.jp", ("r@example.jp",), ("<0>",),
        (("KOU", "KA1", 5, 3, "body", "char 1-2", "number", "certain"),), (("m", "broken", ""),), b"d" * 16, b"l" * 16,
        names_password=True, known=True,
    )  # fmt: skip
    assert pickle.loads(pickle.dumps((ref, task, seen))) == (ref, task, seen)  # noqa: S301


def test_bytes_that_two_workers_read_at_once_are_one_message(tmp_path: Path) -> None:
    with Journal.open(tmp_path / "j") as journal:
        journal.bind({})
        twice = [Seen(n, "a", "<1>", None, "", (), (), (), (("m", "broken", ""),), b"1" * 16) for n in (1, 2)]
        assert journal.note(twice) == 0
        assert journal.db.execute("SELECT count(*) FROM message").fetchone() == (1,)
    assert hash_of("<1>") == hash_of("<1>") != hash_of("<2>")
