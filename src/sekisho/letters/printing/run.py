"""``print_letters``: recipients in the order of the caller → merged print files, each read back, with ledger and lists.

A run that was killed leaves whole files only; the next one with the same input finds them, checks their
fingerprints and makes the rest, and the same bytes stand at the end. A run that was finished is not run again:
letters would go out twice.
"""

import csv
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

import pyarrow as pa
import pyarrow.parquet as pq

from sekisho.findings.files import harmless
from sekisho.kernel.errors import InputError, SekishoError
from sekisho.kernel.files import private_folder, sync_folder, whole_file
from sekisho.letters.model import HeldBack, Recipient, Wording
from sekisho.letters.printing import press
from sekisho.letters.printing.press import PARTS, Job, Part, Press, read_part
from sekisho.letters.printing.settings import Settings

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

MAILING = "mailing.csv"
HELD = "held.csv"
LEDGER_COLUMNS = ("serial", "person", "file", "first_page", "pages", "row_sha256", "file_sha256", "fonts")
MAILING_COLUMNS = ("文書番号", "ファイル", "先頭ページ", "ページ数", "郵便番号", "住所", "宛名")
HELD_COLUMNS = ("serial", "person", "reason", "detail")
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
    files: list[Path] = []
    held: list[HeldBack] = []
    letters = pages = 0
    for part in _read(parts):
        files += [out / part.file] if part.file else []
        held += part.held_back()
        letters, pages = letters + len(part.rows), pages + part.pages
    kept = {path.name for path in files}
    for old in out.glob("letters-[0-9][0-9][0-9][0-9]*.pdf"):
        if old.name not in kept:  # of a killed run with other input
            old.unlink()
    _write_csv(out / HELD, HELD_COLUMNS, (row for part in _read(parts) for row in part.held))
    _write_csv(out / MAILING, MAILING_COLUMNS, (row for part in _read(parts) for row in _mailing_rows(part)))
    _write_ledger(out / settings.ledger, parts)
    sync_folder(out)
    return PrintRun(tuple(files), out / settings.ledger, out / MAILING, letters, pages, tuple(held))


def _read(parts: list[Path]) -> Iterator[Part]:
    for path in parts:
        part = read_part(path)
        if part is None:
            raise SekishoError("a part of the record is gone", where=str(path), remedy="run again")
        yield part


def _mailing_rows(part: Part) -> Iterator[tuple[object, ...]]:
    for row in part.rows:
        yield row.serial, part.file, row.first_page, row.pages, row.postal_code, row.address, row.name


def _ledger_rows(part: Part) -> Iterator[tuple[object, ...]]:
    for row in part.rows:
        yield (row.serial, row.person, part.file, row.first_page, row.pages, row.row_sha256, part.sha256, part.fonts)


def _write_ledger(path: Path, parts: list[Path]) -> None:
    if path.suffix == ".csv":
        _write_csv(path, LEDGER_COLUMNS, (row for part in _read(parts) for row in _ledger_rows(part)))
        return
    kinds = {"first_page": pa.int64(), "pages": pa.int64()}
    schema = pa.schema([(name, kinds.get(name, pa.string())) for name in LEDGER_COLUMNS])
    with whole_file(path) as temporary, pq.ParquetWriter(temporary, schema, compression="zstd") as writer:
        for part in _read(parts):
            columns = list(zip(*_ledger_rows(part), strict=True)) or [()] * len(schema)
            writer.write_table(pa.table(dict(zip(LEDGER_COLUMNS, map(list, columns), strict=True)), schema=schema))


def _write_csv(path: Path, columns: tuple[str, ...], rows: Iterable[tuple[object, ...]]) -> None:
    """A list that spreadsheets open rightly and harmlessly."""
    with whole_file(path) as temporary, temporary.open("w", encoding="utf-8-sig", newline="") as out:
        writer = csv.writer(out, lineterminator="\r\n")
        writer.writerow(columns)
        writer.writerows([harmless(cell) for cell in row] for row in rows)
