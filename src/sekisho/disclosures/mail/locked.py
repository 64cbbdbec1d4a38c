"""Mails with encrypted parts, read a second time with the passwords that other mails may name (PPAP; A1).

Candidates are mails that answer or refer to one another (a shared Message-ID of the thread), and mails of the same
sender to one of the same people within some days (``passwords.yaml``), nearest first. (What a mail names itself was
tried when it was read first.) Passwords are taken out of the neighbours in the worker, for this one reading; neither
they nor their digests are kept. What is kept is *with what* it was tried (a digest over the neighbours, and one over
the user's passwords that is slow to guess from), so that a later run tries again exactly when there is something new
to try.
"""

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Any

import yaml

from sekisho.disclosures.mail.journal import LOCKED, NAMES_PASSWORD, Journal, as_json, from_json, hash_of, ref_of
from sekisho.disclosures.mail.worker import Batch, Seen, Task
from sekisho.sources.mail.archive import MessageRef

_BATCH = 20
_DAY = 86_400
_SALT = "password salt"


@dataclass(slots=True)
class _Locked:
    """One mail with encrypted parts: its first place that is there, and what its neighbours are found by."""

    ref: MessageRef
    at: int | None
    sender: str
    recipients: set[str] = field(default_factory=set)
    thread: set[int] = field(default_factory=set)


class Locked:
    """What is to be read again, and what came of it. Make it when everything has been read once."""

    def __init__(self, journal: Journal, passwords: tuple[str, ...]) -> None:
        self._journal = journal
        self._given = _slow_digest(journal, passwords)
        self._asked: dict[int, tuple[bytes, bytes]] = {}
        _note_places(journal)
        self._letters = self._locked_letters()
        self._tasks = list(self._wanted())

    def __len__(self) -> int:
        return len(self._tasks)

    def batches(self) -> Iterator[Batch]:
        for start in range(0, len(self._tasks), _BATCH):
            yield tuple(self._tasks[start : start + _BATCH])

    def note(self, batch: list[Seen]) -> None:
        """Keep what was read. What could not be had this time is tried again in the next run."""
        with self._journal.writing() as db:
            for seen in batch:
                letter, tried = self._asked[seen.number]
                if seen.digest:
                    db.execute("INSERT OR REPLACE INTO opened VALUES (?, ?, ?)", (letter, tried, as_json(seen)))

    def _locked_letters(self) -> dict[bytes, _Locked]:
        letters: dict[bytes, _Locked] = {}
        rows = self._journal.db.execute("SELECT id, seen FROM message WHERE kind & ?", (LOCKED,))
        first: dict[bytes, int] = {}
        for message, kept in rows:
            seen = from_json(0, kept)
            place = self._place(message)
            if place is None:  # gone: what was found there before stays
                continue
            order, ref = place
            letter = letters.get(seen.letter)
            if letter is None:
                at = int(seen.at.timestamp()) if seen.at else None
                letter = letters[seen.letter] = _Locked(ref, at, seen.sender)
                first[seen.letter] = order
            elif order < first[seen.letter]:
                letter.ref, first[seen.letter] = ref, order
            letter.recipients.update(seen.recipients)
            letter.thread.update(map(hash_of, (seen.message_id, *seen.in_reply_to)))
        return letters

    def _wanted(self) -> Iterator[Task]:
        """A task for each mail that there is something new to try on; an answer that nothing supports any more is
        forgotten."""
        db = self._journal.db
        before = dict(db.execute("SELECT letter, tried FROM opened"))
        number = 0
        for letter, mail in sorted(self._letters.items()):
            neighbours = self._neighbours(letter, mail)
            if not (neighbours or self._given):
                if letter in before:
                    db.execute("DELETE FROM opened WHERE letter = ?", (letter,))
                continue
            tried = hashlib.blake2b(self._given, digest_size=16)
            for other, _ in neighbours:
                tried.update(other)
            if before.get(letter) == tried.digest():
                continue
            number += 1
            self._asked[number] = (letter, tried.digest())
            yield Task(number, mail.ref, tuple(ref for _, ref in neighbours), locked=True)

    def _neighbours(self, letter: bytes, mail: _Locked) -> list[tuple[bytes, MessageRef]]:
        """Other mails that may name this one's password, nearest first."""
        db, days = self._journal.db, _habit("window_days") * _DAY
        marks = ",".join("?" * len(mail.thread))
        thread = {one for (one,) in db.execute(f"SELECT message FROM thread WHERE mid IN ({marks})", [*mail.thread])}  # noqa: S608
        near: set[int] = set()
        if mail.at is not None and mail.sender:
            near = {
                one
                for (one,) in db.execute(
                    """SELECT message FROM hint WHERE sender = (SELECT id FROM sender WHERE address = ?)
                       AND at BETWEEN ? AND ?""",
                    (mail.sender, mail.at - days, mail.at + days),
                )
            }
        found: dict[bytes, tuple[float, int, MessageRef]] = {}
        for message in thread | near:
            place = self._place(message)
            if place is None:
                continue
            (kept,) = db.execute("SELECT seen FROM message WHERE id = ?", (message,)).fetchone()
            seen = from_json(0, kept)
            if seen.letter == letter or not (message in thread or mail.recipients & set(seen.recipients)):
                continue
            far = abs(seen.at.timestamp() - mail.at) if seen.at and mail.at is not None else float("inf")
            known = found.get(seen.letter)
            if known is None or place[0] < known[1]:
                found[seen.letter] = (far, *place)
        nearest = sorted(found.items(), key=lambda one: (one[1][0], one[0]))[: _habit("neighbours")]
        return [(other, ref) for other, (_, _, ref) in nearest]

    def _place(self, message: int) -> tuple[int, MessageRef] | None:
        """The first place of a message in the order of the archives, and that order; None when it is gone."""
        row = self._journal.db.execute(
            """SELECT t.rank, f.shown, f.path, p.ref FROM standing AS t JOIN place AS p ON p.id = t.place
               JOIN file AS f ON f.id = p.file WHERE t.message = ?""",
            (message,),
        ).fetchone()
        return None if row is None else (int(row[0]), ref_of(*row[1:]))


def _note_places(journal: Journal) -> None:
    """Where the locked mails and those that may name a password lie now, as the temporary table ``standing``."""
    db = journal.db
    db.execute("CREATE TEMP TABLE IF NOT EXISTS standing (message INTEGER PRIMARY KEY, rank INTEGER, place INTEGER)")
    with journal.writing():
        db.execute("DELETE FROM standing")
        db.execute(
            """INSERT INTO standing SELECT p.message, min(f.rank * (1 << 32) + p.seq), p.id
               FROM place AS p CROSS JOIN message AS m ON m.id = p.message CROSS JOIN file AS f ON f.id = p.file
               WHERE m.kind & ? AND f.run = ? AND p.listed = f.listed GROUP BY p.message""",
            (LOCKED | NAMES_PASSWORD, journal.run),
        )


def _slow_digest(journal: Journal, passwords: tuple[str, ...]) -> bytes:
    """Of the user's passwords, under a salt of this journal, slow to try guesses against; b"" for none."""
    if not passwords:
        return b""
    db = journal.db
    db.execute("INSERT OR IGNORE INTO secret VALUES (?, ?)", (_SALT, os.urandom(16)))
    (salt,) = db.execute("SELECT value FROM secret WHERE name = ?", (_SALT,)).fetchone()
    told = "\x00".join(sorted(set(passwords))).encode("utf-8", "surrogatepass")
    return hashlib.scrypt(told, salt=salt, n=1 << 15, r=8, p=1, maxmem=64 << 20, dklen=32)


@cache
def _habits() -> dict[str, Any]:
    source = resources.files("sekisho.disclosures.mail").joinpath("passwords.yaml").read_text(encoding="utf-8")
    return dict(yaml.safe_load(source))


def _habit(name: str) -> int:
    return int(_habits()[name]["value"])
