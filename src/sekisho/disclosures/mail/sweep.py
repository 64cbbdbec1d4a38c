"""Mail archives → disclosures: read every message, find the policies in it, note who sent it to whom (A1, A4).

The work is cut into batches of messages for worker processes that share one memory-mapped match index. A message that
kills its reader (a decoder's crash, memory) costs that message, listed as unread, never the sweep.
"""

import secrets
import signal
import tempfile
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path

import pyarrow as pa

from sekisho.disclosures.mail.worker import Batch, Seen, open_here, open_worker, read_batch, warm_up
from sekisho.disclosures.model import Disclosures
from sekisho.kernel.clock import day_in_japan
from sekisho.matching.index.match_index import MatchIndex
from sekisho.registry.registry import Registry
from sekisho.sources.mail.archive import MessageRef, messages

BATCH_BYTES = 4 << 20
BATCH_MESSAGES = 500
SMALL_ARCHIVE = 400
"""Below this many messages starting processes costs more than it saves."""

Progress = Callable[[int, int], None]
"""Called with (messages done, messages in all)."""

_Setting = tuple[str, bytes, Mapping[str, tuple[str, ...]]]
"""What a worker needs: index folder, its key, the insurers' names."""


@dataclass(slots=True)
class _Collected:
    """What the workers sent back, in the order of the archive."""

    seen: dict[int, Seen] = field(default_factory=dict)
    senders: dict[str, str] = field(default_factory=dict)


def sweep_mail(
    paths: list[Path],
    registry: Registry,
    *,
    workers: int,
    progress: Progress | None = None,
    seconds: dict[str, float] | None = None,
) -> Disclosures:
    """Read every message under ``paths`` and return what each disclosed.

    ``workers``: processes to use (1 = this one). ``seconds`` receives the time of each stage. The index lives in a
    private temporary folder for the time of the sweep and holds keyed hashes only; its key never leaves memory.
    """
    seconds = {} if seconds is None else seconds
    refs: list[MessageRef] = []
    unread: list[tuple[object, ...]] = []
    for found in messages(paths):
        if isinstance(found, MessageRef):
            refs.append(found)
        else:
            unread.append((found.archive, "", "", found.reason, found.detail))
    started = time.perf_counter()
    key = secrets.token_bytes(16)
    with tempfile.TemporaryDirectory(prefix="sekisho-index-") as folder:
        MatchIndex.build(registry.tables, key).save(Path(folder))
        seconds["index"] = time.perf_counter() - started
        started = time.perf_counter()
        setting = (folder, key, registry.insurer_names())
        batches = list(_batches(refs))
        if workers <= 1 or len(refs) <= SMALL_ARCHIVE:
            results = _read_here(batches, setting)
        else:
            warm_up(*setting)
            results = _read_in_processes(batches, setting, workers)
        collected = _collect(results, len(refs), progress)
    seconds["read_and_match"] = time.perf_counter() - started
    return _as_disclosures(collected, registry.tables["policies"], unread, len(refs))


def _batches(refs: list[MessageRef]) -> Iterator[Batch]:
    """Consecutive messages, bounded in number and bytes, each numbered by its place in the archive."""
    batch: list[tuple[int, MessageRef]] = []
    size = 0
    for number, ref in enumerate(refs):
        batch.append((number, ref))
        size += ref.length
        if size >= BATCH_BYTES or len(batch) >= BATCH_MESSAGES:
            yield tuple(batch)
            batch, size = [], 0
    if batch:
        yield tuple(batch)


def _read_here(batches: list[Batch], setting: _Setting) -> Iterator[list[Seen]]:
    open_here(*setting)
    for batch in batches:
        yield read_batch(batch)


def _read_in_processes(batches: list[Batch], setting: _Setting, workers: int) -> Iterator[list[Seen]]:
    """Results as they come; a few batches wait at each worker, so that memory stays flat."""
    waiting = deque(batches)
    while waiting:
        running: dict[Future[list[Seen]], Batch] = {}
        pool = _pool(workers, setting)
        try:
            while waiting or running:
                while waiting and len(running) < 3 * workers:
                    batch = waiting.popleft()
                    with _workers_spared():
                        running[pool.submit(read_batch, batch)] = batch
                done, _ = wait(running, return_when=FIRST_COMPLETED)
                for future in done:
                    result = future.result()
                    del running[future]
                    yield result
        except BrokenProcessPool:
            yield from _read_one_by_one(list(running.values()), setting)
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _read_one_by_one(batches: list[Batch], setting: _Setting) -> Iterator[list[Seen]]:
    """Batches that were under way when a worker died, a message at a time: the fatal one is named, the rest is kept."""
    pool = _pool(1, setting)
    try:
        for message in (message for batch in batches for message in batch):
            try:
                with _workers_spared():
                    result = pool.submit(read_batch, (message,))
                yield result.result()
            except BrokenProcessPool:
                pool.shutdown(wait=False)
                pool = _pool(1, setting)
                yield [Seen.fatal(*message)]
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _pool(workers: int, setting: _Setting) -> ProcessPoolExecutor:
    # spawn: a fork of a process with DuckDB's and Arrow's threads may hang, and Windows has no fork
    return ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=open_worker, initargs=setting)


@contextmanager
def _workers_spared() -> Iterator[None]:
    """Ctrl-C belongs to the parent: workers started in here inherit the blocked signal and end when told to."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _collect(results: Iterator[list[Seen]], total: int, progress: Progress | None) -> _Collected:
    collected = _Collected()
    done = 0
    for batch in results:
        for seen in batch:
            done += 1
            if seen.message_id and seen.sender:
                collected.senders.setdefault(seen.message_id, seen.sender)
            if seen.matches or seen.unread:
                collected.seen[seen.number] = seen
        if progress is not None:
            progress(done, total)
    return collected


def _as_disclosures(
    collected: _Collected, ledger: pa.Table, unread: list[tuple[object, ...]], read_count: int
) -> Disclosures:
    """The tables; a policy of the ledger goes by the number that the ledger writes, however the mail wrote it."""
    insurers, numbers = ledger.column("insurer_id"), ledger.column("policy_no")
    events: list[tuple[object, ...]] = []
    recipients: list[tuple[object, ...]] = []
    policies: list[tuple[object, ...]] = []
    for number in sorted(collected.seen):
        seen = collected.seen[number]
        unread.extend((seen.archive, seen.message_id, *gap) for gap in seen.unread)
        if not seen.matches:
            continue
        parent = next((collected.senders[i] for i in seen.in_reply_to if i in collected.senders), "")
        at = seen.at.isoformat() if seen.at else ""
        day = day_in_japan(seen.at) if seen.at else None
        events.append((number, "mail", at, day, seen.sender, parent, seen.archive, seen.message_id))
        # a draft, or a copy without its Bcc: to whom it went is unknown, which is an answer of its own
        recipients.extend((number, address) for address in seen.recipients or ("",))
        for insurer_id, policy_no, row, *rest in seen.matches:
            named = (insurer_id, policy_no) if row < 0 else (insurers[row].as_py(), numbers[row].as_py())
            policies.append((number, *named, row, *rest))
    return Disclosures.of(events, recipients, policies, unread, read_count)
