"""The record of what was told to whom: JSON lines in a hash chain, one file for each day, only ever added to.

Each line ends with the SHA-256 over the hash of the line before and its own text, so that a line that was changed,
taken out or put in breaks the chain (``log_check``). With a key (``log_key``) it is the HMAC-SHA256 of the same, and
stands there as ``hmac``: then nobody without the key can write the chain anew. Once a record is under a key, it stays
so. Before a caller hears an answer its lines are on the disk
(``durable`` = ``answer``) or at least with the operating system (``second``: synced once a second; a crash of the
*machine* may lose that second, a crash of the program loses nothing).

A line that was cut short (killed while writing) is left where it is, and the next line says so: its length and digest.
REQUIREMENTS D2, A16/C16.
"""

import fcntl
import hashlib
import hmac
import json
import os
import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any, NamedTuple

from sekisho.kernel.clock import now
from sekisho.kernel.errors import InputError, SekishoError
from sekisho.kernel.files import private_folder

BEGINNING = "0" * 64
ANSWER, SECOND = "answer", "second"
_FILE = re.compile(r"\d{4}-\d{2}-\d{2}\.jsonl")
_HASH, _HMAC = b',"hash":"', b',"hmac":"'  # as long as each other
_TAIL = len(_HASH) + 64 + len(b'"}')
_LOOK_BACK = 1 << 20
_NAME_KEY = "name the file of the key: SEKISHO_RECORD_KEY, or record_key in [decisions] of sekisho.toml"
_MOVE = "keep the folder as evidence: run sekisho decisions verify, then move the folder away; a new record begins"


@dataclass(frozen=True, slots=True)
class Head:
    """The end of the chain: number and hash of its last line."""

    n: int
    hash: str


def files(folder: Path) -> list[Path]:
    """The files of the record, oldest first."""
    if not folder.is_dir():
        return []
    return sorted(path for path in folder.iterdir() if _FILE.fullmatch(path.name))


class Line(NamedTuple):
    """A line of the record: its text, its hash, and whether that is under a key."""

    text: bytes
    hash: str
    keyed: bool

    def follows(self, previous: str, key: bytes | None) -> bool:
        """Whether it follows from the line with the hash ``previous``."""
        if self.keyed and key is None:
            raise InputError("the record is under a key, and none is named", where="record_key", remedy=_NAME_KEY)
        return hmac.compare_digest(chained(previous, self.text, key if self.keyed else None), self.hash)


def split(line: bytes) -> Line | None:
    """A line (without its end) as text and hash; None when it has no hash where it should be."""
    text, tail = line[:-_TAIL], line[-_TAIL:]
    mark = tail[: len(_HASH)]
    if not text or mark not in (_HASH, _HMAC) or not tail.endswith(b'"}'):
        return None
    return Line(text, tail[len(_HASH) : -2].decode("ascii", "backslashreplace"), mark == _HMAC)


def chained(previous: str, text: bytes, key: bytes | None = None) -> str:
    """The hash of the line with this text that follows the line with the hash ``previous``."""
    if key is not None:
        return hmac.digest(key, previous.encode() + text, "sha256").hex()
    return hashlib.sha256(previous.encode() + text).hexdigest()


class Log:
    """The record, open for adding. One program at a time has it (a lock says so). Used by one thread."""

    def __init__(self, folder: Path, durable: str = ANSWER, key: bytes | None = None) -> None:
        self._folder = private_folder(folder)
        self._durable, self._key = durable, key
        self._mark = _HASH if key is None else _HMAC
        self._lock = _locked(folder / "lock")
        self._file = -1
        self._synced_at, self._dirty = 0.0, False
        self._broken = False
        self._head, self._name = Head(0, BEGINNING), ""
        try:
            self._open_last()
        except BaseException:
            self.close()
            raise

    @property
    def head(self) -> Head:
        return self._head

    def append(self, records: Sequence[str]) -> None:
        """Add one line for each record (the members of a JSON object, without its braces); when this returns they are
        durable as promised. Raises ``SekishoError`` when they cannot be written: then nothing may be told."""
        if self._broken:
            raise SekishoError("the record could not be written before and is closed", where=str(self._folder))
        at = now()
        name = f"{at:%Y-%m-%d}.jsonl"
        if name > self._name:  # never back: the order of the files is the order of the chain
            self._begin_file(name, at.isoformat(timespec="milliseconds"))
        self._write(records, at.isoformat(timespec="milliseconds"))
        if self._durable == ANSWER or monotonic() - self._synced_at >= 1:
            self.sync()

    def sync(self) -> None:
        """Bring to the disk what is not there yet."""
        if not self._dirty or self._file < 0:
            return
        try:
            os.fdatasync(self._file)
        except OSError as error:  # nobody knows what is on the disk now: the next start looks
            self._broken = True
            raise _unwritable(error, self._folder) from None
        self._dirty, self._synced_at = False, monotonic()

    def close(self) -> None:
        if self._file >= 0:
            with suppress(SekishoError):
                self.sync()
            os.close(self._file)
            self._file = -1
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1

    def _write(self, records: Sequence[str], at: str, before: bytes = b"") -> None:
        n, last = self._head.n, self._head.hash
        lines = [before]
        for record in records:
            n += 1
            text = f'{{"n":{n},"at":"{at}",{record}'.encode()
            last = chained(last, text, self._key)
            lines += (text, self._mark, last.encode(), b'"}\n')
        size = os.fstat(self._file).st_size
        try:
            _write_all(self._file, b"".join(lines))
        except OSError as error:
            try:
                os.ftruncate(self._file, size)  # none of it was told to anybody
            except OSError:
                self._broken = True
            raise _unwritable(error, self._folder) from None
        self._head = Head(n, last)
        self._dirty = True

    def _open_last(self) -> None:
        """Go on where the record ends, and say so if its last line was cut short."""
        torn = b""
        for path in reversed(files(self._folder)):
            found, rest = _end_of(path, self._key)
            if not self._name:
                self._name, torn = path.name, rest
            if found is not None:
                self._head = found
                break
        if not self._name:
            return
        self._file = os.open(self._folder / self._name, os.O_WRONLY | os.O_APPEND)
        if not torn:
            return
        whole = split(torn)
        if whole is not None and whole.follows(self._head.hash, self._key):  # only its end of line is missing
            self._head, torn = Head(self._head.n + 1, whole.hash), b""
        told = f'"kind":"recovered","previous":"{self._head.hash}","torn_bytes":{len(torn)}'
        told += f',"torn_sha256":"{hashlib.sha256(torn).hexdigest()}"'
        self._write([told], _stamp(), before=b"\n")
        self.sync()

    def _begin_file(self, name: str, at: str) -> None:
        if self._file >= 0:
            self.sync()
            os.close(self._file)
            self._file = -1
        try:
            self._file = os.open(self._folder / name, os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600)
            folder = os.open(self._folder, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
        except OSError as error:
            raise _unwritable(error, self._folder) from None
        self._write([f'"kind":"file","previous":"{self._head.hash}"'], at)
        self._name = name


def _end_of(path: Path, key: bytes | None) -> tuple[Head | None, bytes]:
    """The last whole line of a file (None: it has none) and what was cut short after it. Raises ``SekishoError`` when
    that line does not follow from the one before."""
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        start = max(0, size - _LOOK_BACK)
        file.seek(start)
        lines = file.read().split(b"\n")
    torn = lines.pop()
    if start:
        lines = lines[1:]  # the first one begins somewhere before
    if not lines:
        return None, torn
    last = split(lines[-1])
    last_line = read_line(lines[-1])
    before = last_line.get("previous")
    if before is None:
        earlier = next((found for line in reversed(lines[:-1]) if (found := split(line)) is not None), None)
        before = earlier.hash if earlier else None
    if last is None or before is None or not last.follows(str(before), key):
        raise SekishoError(
            "the last line of the record does not follow from the one before", where=str(path), remedy=_MOVE
        )
    return Head(int(last_line["n"]), last.hash), torn


def read_line(line: bytes) -> dict[str, Any]:
    """A line of the record; what is no line of ours is empty."""
    try:
        found = json.loads(line)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _stamp() -> str:
    return now().isoformat(timespec="milliseconds")


def _unwritable(error: OSError, folder: Path) -> SekishoError:
    return SekishoError(
        f"the record cannot be written ({error.strerror or error})",
        where=str(folder),
        remedy="make room on the disk; until then nothing is answered",
    )


def _write_all(file: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(file, view) :]


def _locked(path: Path) -> int:
    handle = os.open(path, os.O_CREAT | os.O_RDWR, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(handle)
        raise SekishoError(
            "another program has the record open", where=str(path.parent), remedy="one decision service for a workspace"
        ) from None
    return handle
