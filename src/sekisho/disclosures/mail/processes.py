"""The engine of one machine: a pool of worker processes that share one memory-mapped match index.

A message that kills its reader (a decoder's crash, memory) or hangs in it costs that message, listed as unread, never
the sweep.
"""

import signal
import time
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from itertools import islice
from multiprocessing import get_context

from sekisho.disclosures.mail import worker
from sekisho.disclosures.mail.worker import Batch, Engine, Seen, Setting, open_worker, read_batch, warm_up

_WAITING = 3
"""Batches on their way for each worker: enough to keep it busy, few enough to keep memory flat."""


def processes(workers: int) -> Engine:
    """An engine of this many processes."""

    def read(batches: Iterable[Batch], setting: Setting) -> Iterator[list[Seen]]:
        warm_up(setting)
        yield from _read(iter(batches), setting, workers)

    return read


def _read(batches: Iterator[Batch], setting: Setting, workers: int) -> Iterator[list[Seen]]:
    """Results as they come. When a worker dies, what was under way is read one by one, and a new pool goes on."""
    waiting: deque[Batch] = deque(islice(batches, 1))
    while waiting:
        running: dict[Future[list[Seen]], Batch] = {}
        pool = start_pool(workers, setting)
        try:
            while waiting or running:
                while waiting and len(running) < _WAITING * workers:
                    future = submit(pool, waiting[0])  # may raise: then the batch is still waiting
                    running[future] = waiting.popleft()
                    waiting.extend(islice(batches, 1))
                done, _ = wait(running, return_when=FIRST_COMPLETED)
                for future in done:
                    result = future.result()
                    del running[future]
                    yield result
        except BrokenProcessPool:
            yield from read_one_by_one(list(running.values()), setting)
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def read_one_by_one(batches: list[Batch], setting: Setting) -> Iterator[list[Seen]]:
    """Batches that were under way when a worker died, a message at a time: the fatal one is named, the rest is kept."""
    pool = start_pool(1, setting)
    try:
        for task in (task for batch in batches for task in batch):
            started = time.monotonic()
            try:
                yield submit(pool, (task,)).result()
            except BrokenProcessPool:
                pool.shutdown(wait=False)
                pool = start_pool(1, setting)
                yield [Seen.fatal(task, hung=time.monotonic() - started >= worker.HANG_SECONDS)]
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def submit(pool: ProcessPoolExecutor, batch: Batch) -> Future[list[Seen]]:
    """Have a worker of the pool read a batch; the result raises BrokenProcessPool when that ends the worker."""
    with workers_spared():  # the first one starts the processes
        return pool.submit(read_batch, batch)


def start_pool(workers: int, setting: Setting) -> ProcessPoolExecutor:
    """Worker processes, started with the first batch; a failing start shows as BrokenProcessPool."""
    # spawn: a fork of a process with DuckDB's and Arrow's threads may hang, and Windows has no fork
    return ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=open_worker, initargs=(setting,))


@contextmanager
def workers_spared() -> Iterator[None]:
    """Ctrl-C belongs to the parent: workers started in here inherit the blocked signal and end when told to."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
