"""The mail sweep survives what its readers do not, and leaves nothing behind when it is stopped."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from sekisho.disclosures.mail import sweep as mail
from sekisho.sources.mail.archive import MessageRef
from tests.disclosures.mail import crashing

REGISTRY = Path(__file__).parents[1] / "fixtures" / "registry"
LIMIT = 120


@pytest.mark.slow
def test_a_message_that_kills_its_reader_costs_that_message_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mail, "read_batch", crashing.read_batch)
    monkeypatch.setattr(mail, "open_worker", crashing.open_worker)
    refs = [(number, MessageRef("a.mbox", "a.mbox", number, 1)) for number in range(12)]
    batches = [tuple(refs[start : start + 4]) for start in range(0, 12, 4)]
    seen = {one.number: one for batch in mail._read_in_processes(batches, ("", b"", {}), 2) for one in batch}
    assert sorted(seen) == list(range(12))
    assert [number for number, one in seen.items() if one.unread] == [crashing.FATAL]
    assert seen[crashing.FATAL].unread[0][1] == "broken"


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_stopped_in_the_middle_nothing_is_left(tmp_path: Path, how: signal.Signals) -> None:
    archive, temporary, results = (tmp_path / name for name in ("mail", "tmp", "results"))
    for folder in (archive, temporary, results):
        folder.mkdir()
    for number in range(20_000):
        (archive / f"{number}.eml").write_bytes(
            b"From: aoki@aoba.example.jp\r\nTo: ota@otsu.example.jp\r\nMessage-ID: <%d@aoba.example.jp>\r\n\r\n"
            b"KA12345678\r\n" % number
        )
    command = (sys.executable, "-m", "sekisho", "sweep", "mail", str(archive), "--workers", "2")
    options = ("--registry", str(REGISTRY), "--out", str(results / "f.csv"))
    running = subprocess.Popen(
        [*command, *options], env={**os.environ, "TMPDIR": str(temporary)}, stderr=subprocess.PIPE, text=True
    )
    until(lambda: any(temporary.glob("sekisho-index-*/*")))
    running.send_signal(how)
    _, told = running.communicate(timeout=LIMIT)
    assert running.returncode == (130 if how == signal.SIGINT else -how), told
    assert list(results.iterdir()) == []
    if how == signal.SIGINT:
        assert "Traceback" not in told
        assert list(temporary.iterdir()) == []
        assert "nothing half-written" in told


def until(there: Callable[[], bool]) -> None:
    """Wait for a condition; fail after LIMIT seconds."""
    for _ in range(LIMIT * 10):
        if there():
            return
        time.sleep(0.1)
    pytest.fail("it did not come to that")
