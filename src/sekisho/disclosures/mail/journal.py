"""The journal of a mail sweep (``journal.sql``): what was read and what came of it, committed batch by batch (A2).

A folder beside the findings, for its owner only. A sweep that is killed at any moment goes on from here; a later one
reads only what is new; and what is written at the end is computed from here alone, so that it does not depend on how
many runs it took. It is bound to what decides the result of reading: another ledger or version needs a new one.
"""

import hashlib
import json
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from importlib import resources
from pathlib import Path

from sekisho.disclosures.mail.worker import Batch, Seen, Task
from sekisho.kernel.errors import InputError
from sekisho.kernel.files import private_folder
from sekisho.sources.mail.archive import MessageRef

BATCH_BYTES = 4 << 20
BATCH_MESSAGES = 500

MATCHES, UNREAD, LOCKED, NAMES_PASSWORD = 1, 2, 4, 8
"""Bits of ``message.kind``: what a message is kept for."""

_FORMAT = "1"
_FILES = ("journal.db", "journal.db-wal", "journal.db-shm")
_SCRATCH = "index-"
_SENDERS_KEPT = 50_000


class Journal:
    """An open journal. One process writes it (``open`` sees to that); workers may look into it."""

    def __init__(self, path: Path, db: sqlite3.Connection) -> None:
        self.path = path
        self.db = db
        self.run = 0
        self._senders: dict[str, int] = {}

    @classmethod
    @contextmanager
    def open(cls, folder: Path, *, again: bool = False) -> Iterator["Journal"]:
        """Open the journal in ``folder``, made if missing; with ``again`` what is in it is thrown away.

        Raises ``InputError`` when another sweep is writing it, or when it cannot be read.
        """
        private_folder(folder)
        lock = _locked(folder)
        try:
            if again:
                for name in _FILES:
                    (folder / name).unlink(missing_ok=True)
            path = folder / "journal.db"
            path.touch(mode=0o600)
            with _spoken_for(folder):
                db = _connect(path)
                journal = cls(path, db)
            try:
                with _spoken_for(folder):
                    yield journal
            finally:
                db.close()
        finally:
            lock.close()

    @contextmanager
    def scratch(self) -> Iterator[Path]:
        """A private folder for the time of the run (an index made for it); what killed runs left goes first."""
        folder = self.path.parent
        for left in folder.glob(f"{_SCRATCH}*"):
            shutil.rmtree(left, ignore_errors=True)
        with tempfile.TemporaryDirectory(prefix=_SCRATCH, dir=folder) as name:
            yield Path(name)

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """All of the block is noted, or nothing."""
        self.db.execute("BEGIN IMMEDIATE")
        try:
            yield self.db
        except BaseException:
            self.db.execute("ROLLBACK")
            raise
        self.db.execute("COMMIT")

    def bind(self, facts: Mapping[str, str]) -> None:
        """Begin a run under ``facts``, what decides the result (words for the user → digest).

        Raises ``InputError`` naming what differs from the run before: its results would not fit.
        """
        before = dict(self.db.execute("SELECT name, value FROM fact"))
        self.run = int(before.pop("run", 0)) + 1
        changed = sorted(name for name in {*facts, *before} if before and facts.get(name) != before.get(name))
        if changed:
            raise InputError(
                f"this sweep was begun with {_listed(changed)} other than now",
                where=str(self.path.parent),
                remedy="add --again to read everything anew, or name another --out",
            )
        with self.writing() as db:
            rows = {**facts, "run": str(self.run)}
            db.executemany("INSERT OR REPLACE INTO fact VALUES (?, ?)", rows.items())
            db.execute("DELETE FROM failed")

    def counts(self) -> tuple[int, int]:
        """Of the files met in this run: messages read, messages in all."""
        found = self.db.execute(
            """SELECT count(p.message), count(*) FROM file AS f JOIN place AS p ON p.file = f.id AND p.listed = f.listed
               WHERE f.run = ?""",
            (self.run,),
        ).fetchone()
        return int(found[0]), int(found[1])

    def was_interrupted(self) -> bool:
        """Whether an earlier run left something unread that it had listed."""
        row = self.db.execute(
            """SELECT 1 FROM file AS f JOIN place AS p ON p.file = f.id AND p.listed = f.listed
               WHERE f.run = ? AND f.listed < ? AND p.message IS NULL LIMIT 1""",
            (self.run, self.run),
        ).fetchone()
        return row is not None

    def batches(self) -> Iterator[Batch]:
        """What is still to be read of the files met in this run, in batches bounded in number and bytes."""
        last, size = 0, 0
        batch: list[Task] = []
        while True:
            rows = self.db.execute(
                """SELECT p.id, f.shown, f.path, p.ref FROM place AS p JOIN file AS f ON f.id = p.file
                   WHERE p.id > ? AND p.message IS NULL AND p.listed = f.listed AND f.run = ?
                   ORDER BY p.id LIMIT ?""",
                (last, self.run, BATCH_MESSAGES),
            ).fetchall()
            for number, shown, path, rest in rows:
                ref = ref_of(shown, path, rest)
                batch.append(Task(number, ref))
                size += ref.length
                if size >= BATCH_BYTES or len(batch) >= BATCH_MESSAGES:
                    yield tuple(batch)
                    batch, size = [], 0
            if not rows:
                break
            last = rows[-1][0]
        if batch:
            yield tuple(batch)

    def note(self, batch: list[Seen]) -> int:
        """Note the results of a batch, in one step; returns how many of them were known already."""
        places: list[tuple[int, int]] = []
        with self.writing() as db:
            for seen in batch:
                if not seen.digest:
                    db.execute("INSERT OR REPLACE INTO failed VALUES (?, ?)", (seen.number, as_json(seen)))
                    continue
                made = None if seen.known else self._note_message(db, seen)
                if made is not None:
                    places.append((made, seen.number))
                    continue
                db.execute(
                    "UPDATE place SET message = (SELECT id FROM message WHERE digest = ?) WHERE id = ?",
                    (seen.digest, seen.number),
                )
            db.executemany("UPDATE place SET message = ? WHERE id = ?", places)
        return sum(seen.known for seen in batch)

    def _note_message(self, db: sqlite3.Connection, seen: Seen) -> int | None:
        """Its new number; None when the same bytes have been noted meanwhile."""
        kind = (
            (MATCHES if seen.matches else 0)
            | (UNREAD if seen.unread else 0)
            | (LOCKED if any(reason == "encrypted" for _, reason, _ in seen.unread) else 0)
            | (NAMES_PASSWORD if seen.names_password else 0)
        )
        sender = self.sender(seen.sender)
        made = db.execute(
            "INSERT OR IGNORE INTO message (digest, mid, sender, kind, seen) VALUES (?, ?, ?, ?, ?)",
            (seen.digest, hash_of(seen.message_id), sender, kind, as_json(seen) if kind else None),
        )
        if made.rowcount != 1:
            return None
        if seen.names_password:
            thread = {hash_of(one) for one in (seen.message_id, *seen.in_reply_to)}
            db.executemany("INSERT INTO thread VALUES (?, ?)", [(mid, made.lastrowid) for mid in thread])
            if seen.at is not None:
                db.execute("INSERT INTO hint VALUES (?, ?, ?)", (sender, int(seen.at.timestamp()), made.lastrowid))
        return made.lastrowid

    def sender(self, address: str) -> int:
        """The number of a sender's address."""
        found = self._senders.get(address)
        if found is None:
            plain = address.encode("utf-8", "replace").decode()
            self.db.execute("INSERT OR IGNORE INTO sender (address) VALUES (?)", (plain,))
            found = int(self.db.execute("SELECT id FROM sender WHERE address = ?", (plain,)).fetchone()[0])
            if len(self._senders) >= _SENDERS_KEPT:
                self._senders.clear()
            self._senders[address] = found
        return found


def hash_of(message_id: str) -> int:
    """A Message-ID as a number of 64 bits with sign, as SQLite keeps it."""
    raw = hashlib.blake2b(message_id.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(raw, "big", signed=True)


def rest_of(ref: MessageRef) -> str:
    """A reference without the file it lies in, for the column ``place.ref``: a JSON array, written by hand, because
    making an encoder for each message costs more than all else of listing it."""
    item = json.dumps(ref.item) if ref.item else '""'
    return f"[{ref.offset},{ref.length},{'true' if ref.in_mbox else 'false'},{item}]"


def ref_of(shown: str, path: bytes, rest: str) -> MessageRef:
    """The reference again; ``path`` as the system spells it."""
    return MessageRef(shown, os.fsdecode(path), *json.loads(rest))


def as_json(seen: Seen) -> str:
    """What is kept of a message. A policy of the ledger is told by its row alone."""
    matches = [(match[0], "" if match[2] >= 0 else match[1], *match[2:]) for match in seen.matches]
    at = seen.at.isoformat() if seen.at else ""
    row = (
        seen.archive, seen.message_id, at, seen.sender, seen.recipients, seen.in_reply_to, matches, seen.unread,
        seen.letter.hex(), seen.names_password,
    )  # fmt: skip
    return json.dumps(row, separators=(",", ":"))  # ASCII: any half of a surrogate pair survives


def from_json(number: int, kept: str) -> Seen:
    """What was kept, as it was, without the digest."""
    archive, message_id, at, sender, recipients, in_reply_to, matches, unread, letter, names = json.loads(kept)
    return Seen(
        number=number,
        archive=archive,
        message_id=message_id,
        at=datetime.fromisoformat(at) if at else None,
        sender=sender,
        recipients=tuple(recipients),
        in_reply_to=tuple(in_reply_to),
        matches=tuple(tuple(match) for match in matches),
        unread=tuple(tuple(gap) for gap in unread),
        letter=bytes.fromhex(letter),
        names_password=names,
    )


def _connect(path: Path) -> sqlite3.Connection:
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = NORMAL")  # a killed process loses nothing; a power cut at most the last batches
    db.execute("PRAGMA cache_size = -65536")
    if not db.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone():
        script = resources.files("sekisho.disclosures.mail").joinpath("journal.sql").read_text(encoding="utf-8")
        db.executescript(f"BEGIN; {script} PRAGMA user_version = {_FORMAT}; COMMIT;")
    if str(db.execute("PRAGMA user_version").fetchone()[0]) != _FORMAT:
        raise sqlite3.DatabaseError("another format")
    return db


def _locked(folder: Path) -> sqlite3.Connection:
    """Held while the sweep runs; the system lets go of it however the process ends."""
    path = folder / "lock.db"
    try:
        path.touch(mode=0o600)
        lock = sqlite3.connect(path, isolation_level=None, timeout=0)
        lock.execute("BEGIN EXCLUSIVE")
    except (OSError, sqlite3.Error):
        raise InputError(
            "another sweep is writing these findings, or this folder cannot be written",
            where=str(folder),
            remedy="wait for it to end, or name another --out",
        ) from None
    return lock


@contextmanager
def _spoken_for(folder: Path) -> Iterator[None]:
    """A database fault, told as what it means here."""
    try:
        yield
    except sqlite3.Error as error:
        raise InputError(
            f"the journal of this sweep cannot be used ({error})",
            where=str(folder),
            remedy="check the space on the disk, then run again; if it stays so, add --again to read everything anew",
        ) from None


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
