"""A sweep that is stopped, however, leaves nothing half-done, and goes on where it was (A2)."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path

import pytest

from tests.disclosures.mail.mailroom import LEAK, locked_zip, mail, mbox, put

REGISTRY = Path(__file__).parents[1].parent / "fixtures" / "registry"
LIMIT = 120

pytestmark = [pytest.mark.slow, pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")]

DYING = """
import os, signal, sys
from sekisho.disclosures.mail import journal, listing, locked, letters, sweep
from sekisho.findings import files
journal.BATCH_MESSAGES = 10
listing._AT_A_TIME = 30

def dies(owner, name, calls):
    real = getattr(owner, name)
    left = [calls]
    def work(*args, **named):
        left[0] -= 1
        if left[0] < 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return real(*args, **named)
    setattr(owner, name, work)

{hook}
from sekisho.cli.main import run
run()
"""

POINTS = {
    "while listing": 'dies(listing._Listing, "message", 75)',
    "before the first batch": 'dies(journal.Journal, "note", 0)',
    "inside the third batch, half of it written": 'dies(journal.Journal, "_note_message", 25)',
    "while opening what is locked": 'dies(locked.Locked, "note", 0)',
    "while forgetting": 'dies(sweep, "forget_what_is_elsewhere", 0)',
    "before the findings are written": 'dies(files, "write_csv", 1)',
}


def sweep(folder: Path, archive: Path, hook: str = "") -> subprocess.CompletedProcess[str]:
    words = ["sekisho", "sweep", "mail", str(archive), "--workers", "1", "--registry", str(REGISTRY), "--out"]
    script = f"import sys; sys.argv = {[*words, str(folder / 'f.csv')]!r}\n" + DYING.format(hook=hook)
    return subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=LIMIT, check=False)


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    mails = [mail(number, LEAK if number % 3 == 0 else "hello", minute=number % 90) for number in range(90)]
    return put(
        tmp_path_factory.mktemp("archive") / "mail",
        a_mbox=mbox(*mails),
        b_eml=mail(200, "添付", attached=locked_zip("hiraku-7531")),
        c_eml=mail(201, "パスワード: hiraku-7531", minute=4),
        d_eml=mail(202, "添付", attached=locked_zip("nemo"), to="hara@hei.example.jp"),
        e_bin=b"\0no mail",
        f_mbox=mbox(*mails[:5]),
    )


@pytest.fixture(scope="module")
def undisturbed(archive: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, bytes]:
    folder = tmp_path_factory.mktemp("undisturbed")
    ended = sweep(folder, archive)
    assert ended.returncode == 1, ended.stderr
    assert "1 件" in ended.stderr
    found = (folder / "f.csv").read_bytes()
    assert found.count(b"\r\n") == 1 + 30 + 1
    return found, (folder / "f.unread.csv").read_bytes()


@pytest.mark.parametrize("hook", POINTS.values(), ids=POINTS.keys())
def test_killed_at_any_moment_it_goes_on(
    archive: Path, undisturbed: tuple[bytes, bytes], tmp_path: Path, hook: str
) -> None:
    killed = sweep(tmp_path, archive, hook)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert not (tmp_path / "f.csv").exists()
    ended = sweep(tmp_path, archive)
    assert ended.returncode == 1, ended.stderr
    if "_note_message" in hook:
        assert "続きから再開します: 20 件は読み取り済み、残り 78 件" in ended.stderr
    assert (tmp_path / "f.csv").read_bytes() == undisturbed[0]
    assert (tmp_path / "f.unread.csv").read_bytes() == undisturbed[1]
    assert not list((tmp_path / "f.csv.sweep").glob("index-*")), "the index of the killed sweep is taken away"


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_a_pool_stopped_in_the_middle_leaves_no_index_and_goes_on(tmp_path: Path, how: signal.Signals) -> None:
    archive, temporary, results = (tmp_path / name for name in ("mail", "tmp", "results"))
    for folder in (archive, temporary, results):
        folder.mkdir()
    put(archive, a_mbox=mbox(*(mail(number, LEAK if number % 50 == 0 else "hello") for number in range(12_000))))
    command = (sys.executable, "-m", "sekisho", "sweep", "mail", str(archive), "--workers", "2")
    options = ("--registry", str(REGISTRY), "--out", str(results / "f.csv"))
    environment = {**os.environ, "TMPDIR": str(temporary)}
    # Ctrl-C is ignored by whatever a shell starts in the background: these tests, perhaps, but not what they stop.
    inherited = signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        running = subprocess.Popen([*command, *options], env=environment, stderr=subprocess.PIPE, text=True)
    finally:
        signal.signal(signal.SIGINT, inherited)
    until(lambda: noted(results / "f.csv.sweep" / "journal.db") >= 1_000)
    running.send_signal(how)
    _, told = running.communicate(timeout=LIMIT)
    assert running.returncode == (130 if how == signal.SIGINT else -how), told
    assert [path.name for path in results.iterdir()] == ["f.csv.sweep"]
    until(lambda: list(temporary.iterdir()) == [])
    if how == signal.SIGINT:
        assert "Traceback" not in told
        assert "nothing half-written" in told
    ended = subprocess.run([*command, *options], env=environment, stderr=subprocess.PIPE, text=True, check=True)
    assert "続きから再開します" in ended.stderr
    assert (results / "f.csv").read_bytes().count(b"\r\n") == 1 + 240


def noted(journal: Path) -> int:
    """Messages noted so far."""
    with suppress(sqlite3.Error), closing(sqlite3.connect(f"{journal.as_uri()}?mode=ro", uri=True)) as db:
        return int(db.execute("SELECT count(*) FROM message").fetchone()[0])
    return 0


def until(there: Callable[[], bool]) -> None:
    """Wait for a condition; fail after LIMIT seconds."""
    for _ in range(LIMIT * 10):
        if there():
            return
        time.sleep(0.1)
    pytest.fail("it did not come to that")
