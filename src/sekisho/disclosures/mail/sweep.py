"""Mail archives → disclosures: read every message once, find the policies in it, note who sent it to whom (A1, A4).

The archives are listed into a journal, what is new is read in batches by an engine (this process, a pool, a cluster),
what came of it is noted batch by batch, mails with encrypted parts are read again with passwords, and the disclosures
are computed from the journal. So a sweep may be killed at any moment, and many small sweeps say what one would.
"""

import secrets
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from sekisho.disclosures.mail.binding import facts_of
from sekisho.disclosures.mail.evidence import MAIL, Evidence
from sekisho.disclosures.mail.here import read_here
from sekisho.disclosures.mail.journal import Journal
from sekisho.disclosures.mail.letters import as_disclosures
from sekisho.disclosures.mail.listing import forget_what_is_elsewhere, gone, list_archives
from sekisho.disclosures.mail.locked import Locked
from sekisho.disclosures.mail.processes import processes
from sekisho.disclosures.mail.worker import Engine, Setting
from sekisho.disclosures.model import Disclosures
from sekisho.matching.index.match_index import MatchIndex
from sekisho.registry.registry import Registry

SMALL_ARCHIVE = 400
"""Below this many messages starting processes costs more than it saves."""

GONE_NAMED = 20

LISTING, READING, OPENING = "listing", "reading", "opening"


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a sweep is. ``stage``: LISTING (finding the messages; ``total`` is 0, unknown), READING, OPENING (mails
    with encrypted parts, read again with passwords). ``known``: messages of ``done`` that were read before."""

    stage: str
    done: int
    total: int
    known: int = 0


Report = Callable[[Progress], None]


def sweep_mail(
    paths: list[Path],
    registry: Registry,
    *,
    evidence: Evidence = MAIL,
    workers: int,
    journal: Path | None = None,
    again: bool = False,
    prebuilt: MatchIndex | None = None,
    passwords: tuple[str, ...] = (),
    patterns: Mapping[str, tuple[str, ...]] | None = None,
    engine: Engine | None = None,
    progress: Report | None = None,
    seconds: dict[str, float] | None = None,
) -> Disclosures:
    """Read every message under ``paths`` that was not read before, and return what all of them disclosed.

    ``evidence``: what the paths hold. ``workers``: processes to use (1 = this one), unless an ``engine`` is given.
    ``journal``: folder that keeps what was read; without one nothing is kept. ``again``: throw away what it keeps.
    ``prebuilt``: use this index (opened from its folder) instead of one made of the registry's policies; then
    ``policies.policy_row`` of the result is a row of that index (``references.named``). ``passwords``: to try on
    encrypted parts. ``patterns``: of policy numbers, by insurer, for those whose ledger is not at hand. ``seconds``
    receives the time of each stage.

    An index made here lives in the journal's folder for the time of the sweep and holds keyed hashes only; its key
    never leaves memory. What a killed sweep leaves of it, the next one takes away.

    Raises ``InputError`` for a path that does not exist, and for a journal begun with another ledger, version or index.
    """
    report = progress or (lambda _: None)
    seconds = {} if seconds is None else seconds
    with (
        _kept_in(journal) as folder,
        Journal.open(folder, again=again) as notes,
        notes.scratch() as temporary,
    ):
        notes.bind({**facts_of(registry, prebuilt, patterns), "the kind of evidence": evidence.name})
        with _timed(seconds, "list"):
            loose = list_archives(paths, notes, lambda done: report(Progress(LISTING, done, 0)), evidence)
        setting = Setting(
            "", b"", registry.insurer_names(), passwords, patterns or {}, journal=str(notes.path.absolute())
        )
        work = _Work(notes, setting, registry, temporary, prebuilt, engine, workers, report, seconds)
        known = work.read_new()
        work.read_locked()
        with _timed(seconds, "collect"):
            forget_what_is_elsewhere(notes)
            ledger = None if prebuilt is not None else registry.tables["policies"]
            found = as_disclosures(notes, ledger, loose, evidence)
            gone_count, gone_files_count, gone_files = gone(notes, GONE_NAMED)
    return replace(
        found, known_count=known, gone_count=gone_count, gone_files_count=gone_files_count, gone_files=gone_files
    )


@contextmanager
def _kept_in(journal: Path | None) -> Iterator[Path]:
    """The journal's folder; without one, a private temporary one."""
    if journal is not None:
        yield journal
        return
    with tempfile.TemporaryDirectory(prefix="sekisho-sweep-") as name:
        yield Path(name)


@dataclass(slots=True)
class _Work:
    """The two readings of a sweep over one index, which is only made when there is something to read."""

    journal: Journal
    setting: Setting
    registry: Registry
    temporary: Path
    prebuilt: MatchIndex | None
    engine: Engine | None
    workers: int
    report: Report
    seconds: dict[str, float]

    def read_new(self) -> int:
        """Read what the journal does not know; returns how many messages of this run were known."""
        done, total = self.journal.counts()
        known = done
        if done == total:
            return known
        self.report(Progress(READING, done, total, known))
        engine, setting = self._engine_for(total - done), self._with_index()
        self.report(Progress(READING, done, total, known))  # from here on it is reading that takes the time
        with _timed(self.seconds, "read_and_match"):
            for batch in engine(self.journal.batches(), setting):
                known += self.journal.note(batch)
                done += len(batch)
                self.report(Progress(READING, done, total, known))
        return known

    def read_locked(self) -> None:
        """Read mails with encrypted parts again, with the passwords there are."""
        locked = Locked(self.journal, self.setting.passwords)
        if not len(locked):
            return
        done = 0
        self.report(Progress(OPENING, done, len(locked)))
        engine, setting = self._engine_for(len(locked)), self._with_index()
        with _timed(self.seconds, "open_locked"):
            for batch in engine(locked.batches(), setting):
                locked.note(batch)
                done += len(batch)
                self.report(Progress(OPENING, done, len(locked)))

    def _engine_for(self, count: int) -> Engine:
        if self.engine is not None:
            return self.engine
        small = self.workers <= 1 or count <= SMALL_ARCHIVE
        # what stopped the run before may be one of the messages: then it must not stop this one
        return read_here if small and not self.journal.was_interrupted() else processes(self.workers)

    def _with_index(self) -> Setting:
        if self.setting.index_folder:
            return self.setting
        if self.prebuilt is not None:
            folder, key = str(self.prebuilt.folder), self.prebuilt.keys.master
            self.setting = replace(self.setting, index_folder=folder, key=key, temporary=str(self.temporary))
            return self.setting
        with _timed(self.seconds, "index"):
            key = secrets.token_bytes(32)
            folder = str(self.temporary / "index")
            MatchIndex.build(self.registry.tables, key).save(Path(folder))
        self.setting = replace(self.setting, index_folder=folder, key=key, temporary=str(self.temporary))
        return self.setting


@contextmanager
def _timed(seconds: dict[str, float], stage: str) -> Iterator[None]:
    started = time.perf_counter()
    try:
        yield
    finally:
        seconds[stage] = seconds.get(stage, 0.0) + time.perf_counter() - started
