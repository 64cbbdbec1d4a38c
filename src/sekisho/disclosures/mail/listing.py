"""Which messages there are: the archives' files compared with the journal, what is new or changed noted in it (A2).

A file that is as it was is not opened. One that has changed is listed anew; whether its messages are new is then told
by their bytes (``worker``). A file that a run does not meet stays in the journal, and with it what was found there:
evidence once seen is not lost because a mailbox was moved or deleted.
"""

import os
import time
from collections.abc import Callable
from pathlib import Path

from sekisho.disclosures.mail.evidence import MAIL, Evidence
from sekisho.disclosures.mail.journal import Journal, rest_of
from sekisho.sources.mail.archive import MessageRef, UnreadArchive

_AT_A_TIME = 5_000
_NOTED_TOGETHER = 500
_SECONDS = 0.2


def list_archives(
    paths: list[Path], journal: Journal, progress: Callable[[int], None] | None = None, evidence: Evidence = MAIL
) -> list[UnreadArchive]:
    """Note every message under ``paths`` in the journal, in the stable order of the archives; what is no file at all
    (links, folders without permission) is returned. ``progress`` receives the messages listed so far."""
    listing = _Listing(journal)
    journal.db.execute("BEGIN IMMEDIATE")
    try:
        told = time.monotonic()
        for count, found in enumerate(evidence.find(paths, listing.wanted), 1):
            if isinstance(found, MessageRef):
                listing.message(found)
            else:
                listing.gap(found)
            if count % _AT_A_TIME == 0:
                # a large mailbox may be half listed here: its `listed` is 0 until its end
                listing.note()
                journal.db.execute("COMMIT")
                journal.db.execute("BEGIN IMMEDIATE")
            if progress is not None and time.monotonic() - told > _SECONDS:
                progress(count)
                told = time.monotonic()
        listing.end_file()
    finally:
        listing.note()
        journal.db.execute("COMMIT")  # what is listed is listed, whatever stopped us
    return listing.loose


class _Listing:
    """The file that is being listed, and where it stands."""

    def __init__(self, journal: Journal) -> None:
        self.loose: list[UnreadArchive] = []
        self._journal = journal
        self._rank = 0
        self._places: list[tuple[int, int, int, str]] = []
        self._file = 0
        self._shown = ""
        self._seq = 0
        self._certain = True

    def wanted(self, shown: str, path: str, status: os.stat_result) -> bool:
        """Whether this file has to be listed; notes that it is there."""
        self.end_file()
        journal, db = self._journal, self._journal.db
        self._rank += 1
        plain = _plain(shown)
        name, stamp = plain, f"{status.st_size}:{status.st_mtime_ns}:{status.st_ino}:{status.st_ctime_ns}"
        known = db.execute("SELECT id, stamp, listed, run FROM file WHERE name = ?", (name,)).fetchone()
        while known is not None and known[3] == journal.run:  # two names that cannot be told apart in Unicode
            name += "~"
            known = db.execute("SELECT id, stamp, listed, run FROM file WHERE name = ?", (name,)).fetchone()
        here = (os.fsencode(path), stamp, journal.run, self._rank)
        if known is None:
            made = db.execute(
                "INSERT INTO file (path, stamp, run, rank, name, shown, listed) VALUES (?, ?, ?, ?, ?, ?, 0)",
                (*here, name, plain),
            )
            self._begin(int(made.lastrowid or 0), shown)
            return True
        file, before, listed, _ = known
        fresh = listed > 0 and before == stamp
        db.execute(
            "UPDATE file SET path = ?, stamp = ?, run = ?, rank = ?, listed = ? WHERE id = ?",
            (*here, listed if fresh else 0, file),
        )
        if not fresh:
            # what was never read is listed anew; what was read stays as evidence
            db.execute("DELETE FROM place WHERE file = ? AND message IS NULL", (file,))
            db.execute("DELETE FROM gap WHERE file = ?", (file,))
            self._begin(file, shown)
        return not fresh

    def _begin(self, file: int, shown: str) -> None:
        self._file, self._shown, self._seq, self._certain = file, shown, 0, True

    def message(self, ref: MessageRef) -> None:
        self._places.append((self._file, self._journal.run, self._seq, rest_of(ref)))
        self._seq += 1
        if len(self._places) >= _NOTED_TOGETHER:
            self.note()

    def note(self) -> None:
        """Write down the messages met since the last time. Interrupted, it may lose some (their file is listed anew),
        but never writes one twice."""
        met, self._places = self._places, []
        self._journal.db.executemany("INSERT INTO place (file, listed, seq, ref) VALUES (?, ?, ?, ?)", met)

    def gap(self, found: UnreadArchive) -> None:
        parts = (f"{self._shown}@", f"{self._shown}#", f"{self._shown}:")
        inside = found.archive == self._shown or found.archive.startswith(parts)
        if not self._file or not inside:
            self.loose.append(found)
            return
        if found.reason in {"no_permission", "broken"} and self._seq == 0:
            self._certain = False
        self._journal.db.execute(
            "INSERT INTO gap VALUES (?, ?, ?, ?, ?)",
            (self._file, self._journal.run, _plain(found.archive), found.reason, found.detail),
        )

    def end_file(self) -> None:
        """All messages of the file under way are noted. One that could not even be opened (a fault that may pass)
        is listed anew in the next run."""
        if not self._file:
            return
        self.note()
        db, run = self._journal.db, self._journal.run
        db.execute("UPDATE file SET listed = ? WHERE id = ?", (run, self._file))
        if not self._certain:
            db.execute("UPDATE file SET stamp = '' WHERE id = ?", (self._file,))
        self._file, self._shown = 0, ""


def _plain(name: str) -> str:
    return name.encode("utf-8", "replace").decode("utf-8")


def forget_what_is_elsewhere(journal: Journal) -> None:
    """Forget places that are not there any more, once all is read: of a file not met in this run, or of a mailbox that
    has changed. Where the message stands nowhere else, its last place stays."""
    with journal.writing() as db:
        db.execute("CREATE TEMP TABLE lost (id INTEGER PRIMARY KEY, file INTEGER, message INTEGER)")
        db.execute(
            """INSERT INTO lost SELECT p.id, p.file, p.message FROM file AS f JOIN place AS p ON p.file = f.id
               WHERE f.run <> ? OR p.listed <> f.listed""",
            (journal.run,),
        )
        # a sweep stopped before it read these, and now their file is not there: should it come back, it is new
        db.execute("UPDATE file SET stamp = '' WHERE id IN (SELECT file FROM lost WHERE message IS NULL)")
        db.execute(
            """DELETE FROM place WHERE id IN (
                 SELECT id FROM lost WHERE message IS NULL OR message IN (
                   SELECT p.message FROM place AS p JOIN file AS f ON f.id = p.file
                   WHERE f.run = ? AND p.listed = f.listed AND p.message IN (SELECT message FROM lost)))""",
            (journal.run,),
        )
        db.execute("DROP TABLE lost")
        db.execute(
            "DELETE FROM file WHERE run <> ? AND NOT EXISTS (SELECT 1 FROM place WHERE place.file = file.id)",
            (journal.run,),
        )
        db.execute("DELETE FROM gap WHERE file NOT IN (SELECT id FROM file)")


def gone(journal: Journal, most: int) -> tuple[int, int, tuple[str, ...]]:
    """What earlier runs read and this one did not meet, after ``forget_what_is_elsewhere``: how many messages, how
    many files, and the first ``most`` of their names."""
    db, run = journal.db, journal.run
    (messages_count,) = db.execute(
        """SELECT count(*) FROM file AS f JOIN place AS p ON p.file = f.id
           WHERE f.run <> ? OR p.listed <> f.listed""",
        (run,),
    ).fetchone()
    (files_count,) = db.execute("SELECT count(*) FROM file WHERE run <> ?", (run,)).fetchone()
    names = db.execute("SELECT shown FROM file WHERE run <> ? ORDER BY shown LIMIT ?", (run, most)).fetchall()
    return int(messages_count), int(files_count), tuple(name for (name,) in names)
