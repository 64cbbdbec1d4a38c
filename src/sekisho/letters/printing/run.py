"""``print_letters``: recipients in the order of the caller → merged print files, each read back, with ledger and lists.

A run that was killed leaves whole files only; the next one with the same input finds them, checks their
fingerprints and makes the rest, and the same bytes stand at the end. A run that was finished is not run again:
letters would go out twice.
"""

import os
import pickle
import shutil
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain, islice
from multiprocessing import get_context
from pathlib import Path

from sekisho.kernel.errors import InputError, SekishoError
from sekisho.kernel.files import private_folder, sync_folder
from sekisho.letters.model import HeldBack, Recipient, Wording
from sekisho.letters.printing import press
from sekisho.letters.printing.press import PARTS, Job, Press
from sekisho.letters.printing.record import read_parts, write_held, write_ledger, write_mailing
from sekisho.letters.printing.settings import Settings

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

MAILING = "mailing.csv"
HELD = "held.csv"
_WAITING = 1
"""Files that wait, more than there are workers."""


@dataclass(frozen=True, slots=True)
class PrintRun:
    """What a run made. ``held``: the letters that were not printed, in the order of the recipients."""

    files: tuple[Path, ...]
    ledger: Path
    mailing: Path
    letters: int
    pages: int
    held: tuple[HeldBack, ...]


def print_letters(
    recipients: Iterable[Recipient], wording: Wording, out: Path, *, settings: Settings | None = None
) -> PrintRun:
    """Print a letter for each recipient, in their order, into files of the folder ``out`` (made if missing).

    Raises ``InputError`` for a folder that holds a finished run, a wording or font that cannot be used, a recipient
    without lines; ``SekishoError`` with page and serial when a file read back is not what it had to be."""
    chosen = settings or Settings()
    chosen.check()
    private_folder(out)
    with _alone(out):
        _begin(out, chosen)
        parts = _made(recipients, wording, out, chosen)
        run = _recorded(parts, out, chosen)
        shutil.rmtree(out / PARTS)
    return run


def _begin(out: Path, settings: Settings) -> None:
    """Refuse a finished run; clear away what a killed one left half."""
    if any((out / settings.ledger).with_suffix(ending).exists() for ending in (".csv", ".parquet")):
        shutil.rmtree(out / PARTS, ignore_errors=True)
        raise InputError(
            "letters were printed here already", where=str(out / settings.ledger), remedy="name another folder"
        )
    private_folder(out / PARTS)
    for folder in (out, out / PARTS):
        for left in folder.glob(".*.part"):
            if left.is_file():  # a folder is somebody else's
                left.unlink()


@contextmanager
def _alone(out: Path) -> Iterator[None]:
    """Nobody else prints into this folder meanwhile."""
    with os.fdopen(os.open(out / ".lock", os.O_CREAT | os.O_WRONLY, 0o600), "w") as file:
        if fcntl is not None:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise InputError(
                    "another run prints into this folder", where=str(out), remedy="wait until it has ended"
                ) from None
        yield


def _jobs(recipients: Iterable[Recipient], size: int) -> Iterator[Job]:
    source, number = iter(recipients), 0
    while chunk := tuple(islice(source, size)):
        yield Job(number + 1, number * size + 1, chunk)
        number += 1


def _made(recipients: Iterable[Recipient], wording: Wording, out: Path, settings: Settings) -> list[Path]:
    jobs = _jobs(recipients, settings.letters_per_file)
    first = list(islice(jobs, 2))
    if settings.workers == 1 or len(first) < 2:
        alone = Press(wording, settings, out)
        return [alone.make(job) for job in chain(first, jobs)]
    arguments = (wording, settings, out)
    with ProcessPoolExecutor(
        settings.workers, mp_context=get_context("spawn"), initializer=press.start, initargs=arguments
    ) as pool:
        try:
            return _in_order(pool.submit, chain(first, jobs), settings.workers + _WAITING)
        except BrokenProcessPool:
            raise SekishoError(
                "a worker was ended from outside", where=str(out), remedy="run again: finished files are kept"
            ) from None
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _in_order(submit: Callable[..., Future[Path]], jobs: Iterator[Job], most: int) -> list[Path]:
    """Results in the order of the jobs; only so many jobs are in memory at once, however many recipients there are."""
    running: deque[Future[Path]] = deque()
    done: list[Path] = []
    for job in jobs:
        running.append(submit(press.make, pickle.dumps(job)))  # a quarter of what the objects take
        if len(running) >= most:
            done.append(running.popleft().result())
    done.extend(future.result() for future in running)
    return done


def _recorded(parts: list[Path], out: Path, settings: Settings) -> PrintRun:
    """Ledger and lists out of the parts; the ledger last, since it says that the run is whole."""
    told = list(read_parts(parts, settings.ledger))
    files = tuple(out / part.file for part in told if part.file)
    kept = {path.name for path in files}
    for old in out.glob("letters-[0-9][0-9][0-9][0-9]*.pdf"):
        if old.name not in kept:  # of a killed run with other input
            old.unlink()
    write_held(out / HELD, told)
    write_mailing(out / MAILING, parts)
    write_ledger(out / settings.ledger, parts)
    sync_folder(out)
    letters, pages = sum(part.letters for part in told), sum(part.pages for part in told)
    held = tuple(one for part in told for one in part.held_back())
    return PrintRun(files, out / settings.ledger, out / MAILING, letters, pages, held)
