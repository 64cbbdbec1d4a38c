"""The pool of workers survives what its readers do not."""

import os
from types import ModuleType

import pytest

from sekisho.disclosures.mail import processes, worker
from sekisho.disclosures.mail.worker import Seen, Setting, Task
from sekisho.sources.mail.archive import MessageRef
from tests.disclosures.mail import crashing, hanging


def read_with(reader: ModuleType, monkeypatch: pytest.MonkeyPatch) -> dict[int, Seen]:
    """Twelve messages in three batches, by two workers of this kind."""
    monkeypatch.setattr(processes, "read_batch", reader.read_batch)
    monkeypatch.setattr(processes, "open_worker", reader.open_worker)
    monkeypatch.setattr(processes, "warm_up", lambda _setting: None)
    tasks = [Task(number, MessageRef("a.mbox", "a.mbox", number, 1)) for number in range(12)]
    batches = [tuple(tasks[start : start + 4]) for start in range(0, 12, 4)]
    results = [one for batch in processes.processes(2)(batches, Setting("", b"", {})) for one in batch]
    assert sorted(one.number for one in results) == list(range(12))
    return {one.number: one for one in results}


@pytest.mark.slow
def test_a_message_that_kills_its_reader_costs_that_message_only(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = read_with(crashing, monkeypatch)
    assert [number for number, one in seen.items() if one.unread] == [crashing.FATAL]
    assert seen[crashing.FATAL].unread[0][1] == "broken"


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="the alarm is of POSIX")
def test_a_message_that_hangs_its_reader_is_given_up_and_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "HANG_SECONDS", hanging.SECONDS)
    seen = read_with(hanging, monkeypatch)
    assert [number for number, one in seen.items() if one.unread] == [hanging.FATAL]
    assert seen[hanging.FATAL].unread[0][1] == "too_slow"
    assert seen[hanging.FATAL].digest, "it is not tried again in the next run"
