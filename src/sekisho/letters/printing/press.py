"""A worker's press: makes one print file from its part of the recipients, reads it back, and writes down what is in
it."""

import atexit
import gc
import multiprocessing
import os
import pickle
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from multiprocessing import connection
from pathlib import Path

from sekisho.kernel.errors import InputError, SekishoError
from sekisho.kernel.files import sync_folder, whole_file
from sekisho.letters.model import Held, Recipient, Wording
from sekisho.letters.printing.check import Printed, check_file
from sekisho.letters.printing.design import read_design
from sekisho.letters.printing.filling import Filler, HoldBackError
from sekisho.letters.printing.fonts.embedding import Codes, Outlines
from sekisho.letters.printing.fonts.faces import typefaces
from sekisho.letters.printing.fonts.shapes import check_shapes
from sekisho.letters.printing.layout import Typesetter
from sekisho.letters.printing.print_file import PrintFile
from sekisho.letters.printing.record import Part, Row, read_part, write_part
from sekisho.letters.printing.settings import Settings
from sekisho.letters.printing.told import serial_of, tell

PARTS = ".parts"
"""Folder of the parts of the record, until the ledger is written."""
VERSION = 2
"""Of everything that decides what a file looks like; files of another version are made again."""


@dataclass(frozen=True, slots=True)
class Job:
    """Recipients of one file. ``first``: place of the first in the whole order, from 1."""

    number: int
    first: int
    recipients: tuple[Recipient, ...]


class Press:
    """Fonts, layouts and outlines are opened once and serve for all files of a process.

    Raises ``InputError`` when a font, the layout or the wording cannot be used."""

    def __init__(self, wording: Wording, settings: Settings, out: Path) -> None:
        self.wording, self.settings, self.out = wording, settings, out
        self.design = read_design(settings.layout)
        chains = typefaces(settings.fonts)
        self.faces = chains.fields
        self.typesetter = Typesetter(wording, self.design, chains)
        self.outlines = Outlines(self.faces)
        told = (VERSION, repr(wording), settings.series, repr(self.design.values), self.faces.versions,
                self.settings.bars.__module__, self.settings.bars.__qualname__)  # fmt: skip
        self._base = sha256(repr(told).encode()).digest()

    def make(self, job: Job) -> Path:
        """Make the file of a job, or find it made by a run before this one. Gives where its part of the record lies."""
        path = self.out / PARTS / f"{job.number:04d}.json"
        ledger = self.settings.ledger
        fingerprint = self._fingerprint(job)
        before = read_part(path, ledger)
        if before is None or before.fingerprint != fingerprint or not self._still_there(before):
            with _uncollected():
                write_part(path, *self._printed(job, fingerprint), ledger)
        return path

    def _fingerprint(self, job: Job) -> str:
        digest = sha256(self._base)
        digest.update(f"{job.number} {job.first} {len(job.recipients)}".encode())
        for recipient in job.recipients:
            digest.update(repr(recipient).encode("utf-8", "surrogatepass"))
        return digest.hexdigest()

    def _still_there(self, part: Part) -> bool:
        if not part.file:
            return True
        try:
            return sha256((self.out / part.file).read_bytes()).hexdigest() == part.sha256
        except OSError:
            return False

    def _printed(self, job: Job, fingerprint: str) -> tuple[Part, list[Row]]:
        codes = Codes(self.faces)
        filler = Filler(self.design, self.faces, self.typesetter, codes)
        file = PrintFile(codes, self.outlines, self.wording.title)
        letters: list[Printed] = []
        rows: list[Row] = []
        held: list[tuple[str, str, str, str]] = []
        for position, recipient in enumerate(job.recipients, job.first):
            serial = serial_of(self.settings.series, position)
            try:
                _check_whole(recipient, serial)
                told = tell(recipient, serial, self.design.labels)
                bars = _checked_bars(self.settings.bars(recipient))
                letter = filler.fill(told, bars)
            except HoldBackError as reason:
                held.append((serial, recipient.person, reason.reason.value, reason.detail))
                continue
            first = file.add(letter)
            letters.append(Printed(serial, told, bars, first, letter.layout))
            rows.append(Row(serial, recipient.person, first, len(letter.pages), told.row_hash(), told.postal,
                            told.address, told.name))  # fmt: skip
        del filler
        if not letters:
            return Part(fingerprint, "", "", 0, 0, self.faces.versions, tuple(held)), []
        name = f"letters-{job.number:04d}.pdf"
        digest = self._written(self.out / name, file.finish(), letters, codes)
        part = Part(fingerprint, name, digest, len(rows), file.pages, self.faces.versions, tuple(held))
        return part, rows

    def _written(self, path: Path, data: bytes, letters: Sequence[Printed], codes: Codes) -> str:
        """Write the file, read back what lies on the disk, and only then give it its name."""
        with whole_file(path) as temporary:
            temporary.write_bytes(data)
            del data
            read = temporary.read_bytes()
            check_file(read, path.name, letters, codes, self.design, every=self.settings.whole_pages)
            check_shapes(read, path.name, codes, self.faces)
        sync_folder(path.parent)
        return sha256(read).hexdigest()


@contextmanager
def _uncollected() -> Iterator[None]:
    """Without the search for cycles: thousands of values are made here and none of them is in one."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _check_whole(recipient: Recipient, serial: str) -> None:
    if not recipient.lines:
        raise InputError("a recipient without lines", where=f"letter {serial}", remedy="give each at least one policy")
    if not recipient.name.strip():
        raise HoldBackError(Held.NO_NAME, "")
    if not recipient.address.strip():
        raise HoldBackError(Held.NO_ADDRESS, "")


def _checked_bars(bars: str) -> str:
    if bars.strip("1234"):
        raise SekishoError("a barcode is made of the digits 1 to 4", where="bars")
    return bars


_PRESS: list[Press] = []
"""The press of this process, opened with its first task."""
_TOLD: list[tuple[Wording, Settings, Path]] = []
"""What ``start`` was told."""
_AT_WORK = threading.Lock()


def start(wording: Wording, settings: Settings, out: Path) -> None:
    """Make this process a worker. It ends with its parent, after the file that it is making."""
    _TOLD[:] = [(wording, settings, out)]
    heard, told = multiprocessing.Pipe(duplex=False)
    watch = threading.Thread(target=_end_with_parent, args=(heard,), daemon=True)
    watch.start()
    atexit.register(_end_watch, told, watch)


def _end_with_parent(heard: "connection.Connection[None, None]") -> None:
    parent = multiprocessing.parent_process()
    if parent is not None and parent.sentinel in connection.wait([parent.sentinel, heard]):
        with _AT_WORK:
            os._exit(1)


def _end_watch(told: "connection.Connection[None, None]", watch: threading.Thread) -> None:
    """A thread that still waits when Python ends, keeps native libraries from clearing up."""
    told.close()
    watch.join()


def make(packed: bytes) -> Path:
    """A worker's task: a ``Job``, packed by the parent process."""
    job: Job = pickle.loads(packed)  # noqa: S301 (of our own parent)
    with _AT_WORK:
        if not _PRESS:  # here, so that what cannot be used is told as the result of the task
            _PRESS.append(Press(*_TOLD[0]))
        return _PRESS[0].make(job)
