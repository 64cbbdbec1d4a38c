"""One worker of the mail sweep: a reference to a message in, what the message disclosed out (A1–A5).

Plain data both ways, so that it travels cheaply to any process or machine. ``Task``, ``Batch``, ``Setting``, ``Seen``
and ``Engine`` are the contract of the engines beside this module (``here``, ``processes``, ``spark``).
"""

import hashlib
import os
import shutil
import signal
import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from multiprocessing import parent_process
from pathlib import Path
from typing import Any, NamedTuple

from sekisho.kernel.clock import JST
from sekisho.kernel.content import Contents, Text, Unread
from sekisho.kernel.errors import SekishoError
from sekisho.matching.index.match_index import MatchIndex
from sekisho.matching.matcher import Match, Matcher
from sekisho.sources.files.limits import Deadline, OutOfTimeError, RefusedError, limit_memory
from sekisho.sources.mail.archive import MessageRef
from sekisho.sources.mail.message import Message, read_message
from sekisho.sources.mail.passwords import candidates, may_name_password

WORKER_BYTES = 3 << 30
"""Memory a worker may take beside the mapped index; what needs more is listed as unread (too_big)."""

MATCH_SECONDS = 60.0
"""CPU seconds for matching one message: a hundred times what a list of 10,000 rows needs."""

_AHEAD, _AHEAD_BYTES = 64, 1 << 20
"""Messages, and bytes of them, that are fetched before they are read."""

HANG_SECONDS = 360.0
"""Wall-clock seconds for one message, three times its CPU seconds for reading and matching: a worker that is still at
it hangs in a C library, where no limit of ours reaches it, and is ended by the system (POSIX)."""


class Task(NamedTuple):
    """One message to read. ``number`` comes back in ``Seen.number``. ``locked``: read it with passwords, those of
    ``Setting.passwords`` and those that its ``neighbours`` name (nearest first), besides those it names itself."""

    number: int
    ref: MessageRef
    neighbours: tuple[MessageRef, ...] = ()
    locked: bool = False

    def __reduce__(self) -> tuple[Any, ...]:
        """To another process in a few steps: there is one for each message."""
        return Task, tuple(self)


Batch = tuple[Task, ...]


@dataclass(frozen=True, slots=True)
class Setting:
    """What a worker needs, besides the archives: the index folder and its key, the insurers' names (insurer_id →
    names), the passwords given by the user, patterns of policy numbers (insurer_id → patterns) for insurers whose
    ledger is not at hand. ``temporary``: a folder that is removed should the sweep be killed (an index made for it
    alone); ``journal``: where the messages already read are noted, if the worker can reach it."""

    index_folder: str
    key: bytes = field(repr=False)
    insurers: Mapping[str, tuple[str, ...]]
    passwords: tuple[str, ...] = field(default=(), repr=False)
    patterns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    temporary: str = ""
    journal: str = ""


class Seen(NamedTuple):
    """What one message disclosed. ``matches`` rows follow ``disclosures.model.POLICIES`` after the event id (the row
    is that of the index), ``unread`` rows are (part, reason, detail). ``digest``: of its bytes (b"" when they could
    not be had); ``letter``: of sender, time, subject and body, the same in every mailbox that holds a copy (b"" when
    nothing of it is kept); ``names_password``: its text may name one; ``known``: these bytes were read before and
    nothing else is said."""

    number: int
    archive: str
    message_id: str
    at: datetime | None
    sender: str
    recipients: tuple[str, ...]
    in_reply_to: tuple[str, ...]
    matches: tuple[tuple[str, str, int, int, str, str, str, str], ...]
    unread: tuple[tuple[str, str, str], ...]
    digest: bytes = b""
    letter: bytes = b""
    names_password: bool = False
    known: bool = False

    def __reduce__(self) -> tuple[Any, ...]:
        """To another process in a few steps: there is one for each message."""
        return Seen, tuple(self)

    @staticmethod
    def failed(task: Task, reason: str, detail: str, digest: bytes = b"") -> "Seen":
        """A message that could not be read at all; ``digest`` when its bytes are not to be tried again."""
        gap = ("message", reason, detail)
        return Seen(task.number, task.ref.position, "", None, "", (), (), (), (gap,), digest)

    @staticmethod
    def fatal(task: Task, *, hung: bool = False) -> "Seen":
        """The message whose reading ended the process, or had to be ended from outside. Not tried again where it
        stands (its bytes are not read here: that may be what ended the process)."""
        where = _place_digest(task)
        if hung:
            return Seen.failed(task, "too_slow", "its reader hung; look at this message by hand", where)
        return Seen.failed(task, "broken", "its reader ended unexpectedly; look at this message by hand", where)


def _place_digest(task: Task) -> bytes:
    """In place of a digest of bytes that cannot be had: the message is not tried again where it stands."""
    return hashlib.blake2b(repr(task.ref).encode(errors="replace"), digest_size=16).digest()


Engine = Callable[[Iterable[Batch], Setting], Iterator[list[Seen]]]
"""Reads all batches, in any order, and gives each one's results as they come; pulls batches only as it needs them."""


@dataclass(slots=True)
class _Open:
    """What this process keeps open between batches."""

    matcher: Matcher
    setting: Setting
    journal: sqlite3.Connection | None = None
    watched: bool = False


_open: _Open | None = None


def open_worker(setting: Setting) -> None:
    """Prepare a worker process: memory and time are bounded, and it does not outlive the sweep."""
    mapped = sum(file.stat().st_size for file in Path(setting.index_folder).glob("**/*") if file.is_file())
    limit_memory(WORKER_BYTES + mapped)
    threading.Thread(target=_end_with_parent, args=(setting.temporary,), daemon=True).start()
    open_here(setting)
    if _open is not None and hasattr(signal, "setitimer"):
        signal.signal(signal.SIGALRM, signal.SIG_DFL)  # the default action ends the process, even inside C code
        _open.watched = True


def open_here(setting: Setting) -> None:
    """Prepare this process to read batches: map the shared index."""
    global _open  # noqa: PLW0603  (one matcher per process is the point)
    index = MatchIndex.open(Path(setting.index_folder), setting.key)
    _open = _Open(Matcher(index, setting.insurers, setting.patterns), setting, _journal(setting.journal))


def close_here() -> None:
    """Let go of what ``open_here`` opened."""
    global _open  # noqa: PLW0603
    if _open is not None and _open.journal is not None:
        _open.journal.close()
    _open = None


def _journal(path: str) -> sqlite3.Connection | None:
    """The sweep's journal, for looking only; None on a machine that does not have it (then messages are read again,
    with the same result)."""
    if not path or not Path(path).is_file():
        return None
    return sqlite3.connect(f"{Path(path).absolute().as_uri()}?mode=ro", uri=True, isolation_level=None)


def _end_with_parent(temporary: str) -> None:
    """When the sweep is killed, its workers take away the index made for it (keyed hashes only, but not ours to
    leave) and end."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        if temporary:
            shutil.rmtree(temporary, ignore_errors=True)
        os._exit(1)


def warm_up(setting: Setting) -> None:
    """Compile what the workers will run, once and here: they find it on disk; and a fault in it stops the sweep at
    once, instead of making every message unreadable."""
    sample = Contents([Text("body", "証券番号,契約者名,満期日\nA-1,見本 太郎,2024/1/1\n")])
    Matcher(MatchIndex.open(Path(setting.index_folder), setting.key), setting.insurers, setting.patterns).match(
        sample.pieces
    )
    may_name_password(sample)


def read_batch(batch: Batch) -> list[Seen]:
    """Read and match each message of the batch, in order. Never raises for a message."""
    worker = _open
    assert worker is not None  # noqa: S101
    with _watched(worker.watched) as begin, _looking(worker.journal):
        return [seen for fetched in _fetched(batch, begin) for seen in _read_some(worker, fetched, begin)]


_Fetched = tuple[Task, bytes, bytes, Seen | None]
"""A message, its bytes and their digest; or what is told of it when they could not be had."""


def _fetched(batch: Batch, begin: Callable[[], None]) -> Iterator[list[_Fetched]]:
    """The bytes of the messages, some at a time: so many that asking the journal for them costs little, and so few
    that they take no memory to speak of."""
    some: list[_Fetched] = []
    size = 0
    for task in batch:
        try:
            begin()
            raw = task.ref.read()
            some.append((task, raw, digest_of(raw), None))
            size += len(raw)
        except Exception as error:
            some.append((task, b"", b"", _failure(task, error, b"")))
        if size >= _AHEAD_BYTES or len(some) >= _AHEAD:
            yield some
            some, size = [], 0
    yield some


def _read_some(worker: _Open, fetched: list[_Fetched], begin: Callable[[], None]) -> Iterator[Seen]:
    known = _known(worker.journal, [digest for task, _, digest, _ in fetched if digest and not task.locked])
    for task, raw, digest, failed in fetched:
        if failed is not None:
            yield failed
        elif digest in known and not task.locked:
            yield Seen(task.number, task.ref.position, "", None, "", (), (), (), (), digest, known=True)
        else:
            begin()
            yield _read_one(worker, task, raw, digest)


def _read_one(worker: _Open, task: Task, raw: bytes, digest: bytes) -> Seen:
    try:
        message = _message(worker.setting, task, raw)
        matches = _match(worker.matcher, message.contents)
        return _seen(task, message, matches, digest, raw)
    except Exception as error:
        return _failure(task, error, digest)


def _failure(task: Task, error: Exception, digest: bytes) -> Seen:
    """A message that could not be read, listed. Without a ``digest`` the next run tries again."""
    match error:
        case MemoryError():
            return Seen.failed(task, "too_big", "needs more memory than a reader may take", digest)
        case OSError():
            reason = "missing" if isinstance(error, FileNotFoundError) else "no_permission"
            return Seen.failed(task, reason, error.strerror or type(error).__name__)
        case RefusedError():
            return Seen.failed(task, error.reason, error.detail, digest or _place_digest(task))
        case SekishoError():
            return Seen.failed(task, "broken", error.message, digest)
        case _:
            return Seen.failed(task, "broken", f"the reader failed ({type(error).__name__})", digest)


@contextmanager
def _watched(on: bool) -> Iterator[Callable[[], None]]:
    """Gives what is to be called at the beginning of each message: from then on it may take HANG_SECONDS."""

    def begin() -> None:
        if on:
            signal.setitimer(signal.ITIMER_REAL, HANG_SECONDS)

    try:
        yield begin
    finally:
        if on:
            signal.setitimer(signal.ITIMER_REAL, 0)


@contextmanager
def _looking(journal: sqlite3.Connection | None) -> Iterator[None]:
    """One look into the journal for a whole batch: opened for each message it would cost more than the question."""
    if journal is None:
        yield
        return
    with suppress(sqlite3.Error):
        journal.execute("BEGIN")
    try:
        yield
    finally:
        with suppress(sqlite3.Error):
            journal.execute("ROLLBACK")


def _known(journal: sqlite3.Connection | None, digests: list[bytes]) -> set[bytes]:
    """Those that the journal has, asked for in one question."""
    if journal is None or not digests:
        return set()
    marks = ",".join("?" * len(digests))
    with suppress(sqlite3.Error):  # at worst they are read again
        found = journal.execute(f"SELECT digest FROM message WHERE digest IN ({marks})", digests)  # noqa: S608
        return {digest for (digest,) in found}
    return set()


def _match(matcher: Matcher, contents: Contents) -> list[Match]:
    """The matches; none, and a line in ``unread``, when a list made to be slow uses up the time of its message; not all
    of them, and a line, when it holds more coincidences than are told."""
    try:
        with Deadline(MATCH_SECONDS).alarm():
            matches = matcher.match(contents.pieces)
    except OutOfTimeError:
        contents.unread.append(Unread("message", "too_slow", "comparing it with the ledger takes too long"))
        return []
    if matcher.cut:
        detail = "more policies share what it names than are told; look at this message by hand"
        contents.unread.append(Unread("message", "too_big", detail))
    return matches


def _seen(task: Task, message: Message, matches: list[Match], digest: bytes, raw: bytes) -> Seen:
    names_password = may_name_password(message.contents)
    kept = matches or message.contents.unread or names_password
    return Seen(
        number=task.number,
        archive=task.ref.position,
        message_id=message.message_id,
        at=message.at.astimezone(JST) if message.at else None,
        sender=message.sender.lower(),
        recipients=tuple(sorted({address.lower() for _field, address in message.recipients if address})),
        in_reply_to=message.in_reply_to,
        matches=tuple(
            (m.insurer_id, m.policy_no, m.policy_row, m.items, m.part, m.position, m.matched_by, m.confidence)
            for m in matches
        ),
        unread=tuple((gap.part, gap.reason, gap.detail) for gap in message.contents.unread),
        digest=digest,
        letter=letter_of(raw, message) if kept else b"",
        names_password=names_password,
    )


def digest_of(raw: bytes) -> bytes:
    """By which a message is known again; without the line ends behind it: the last one of a mailbox that grows gets
    one more. 16 bytes."""
    end = len(raw)
    while end and raw[end - 1] in b"\r\n":
        end -= 1
    return hashlib.sha256(memoryview(raw)[:end]).digest()[:16]  # processors have instructions for it


def letter_of(raw: bytes, message: Message) -> bytes:
    """A digest that is the same for every copy of one mail, whatever its way through mail servers added on top:
    over Message-ID, sender, time, subject and the whole body (attachments are in it), with line ends made alike.
    16 bytes. Copies whose *body* a server re-wrote stay separate mails: nothing is merged that may differ."""
    plain = raw.replace(b"\r\n", b"\n").lstrip(b"\n")
    end = plain.find(b"\n\n")
    head = (message.message_id, message.at.isoformat() if message.at else "", message.sender.lower(), message.subject)
    digest = hashlib.blake2b("\x00".join(head).encode("utf-8", "surrogatepass"), digest_size=16)
    if end >= 0:
        digest.update(b"\x00" + plain[end:].strip(b"\n"))
    return digest.digest()


def _message(setting: Setting, task: Task, raw: bytes) -> Message:
    return read_message(raw, passwords=_passwords(setting, task)) if task.locked else read_message(raw)


def _passwords(setting: Setting, task: Task) -> tuple[str, ...]:
    """The passwords to try on a locked message, besides those that it names itself: the user's, its neighbours'."""
    found = dict.fromkeys(setting.passwords)
    for neighbour in task.neighbours:
        with suppress(Exception):  # one that has gone or cannot be read names nothing; it is listed in its own right
            found.update(dict.fromkeys(candidates(read_message(neighbour.read()).contents)))
    return tuple(found)
