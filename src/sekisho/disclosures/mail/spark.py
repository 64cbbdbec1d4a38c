"""The engine of a cluster: the same workers, started on every node by Apache Spark (PySpark ``mapInArrow``).

Each batch of messages is one row, each row one task; a node answers with one row of what it saw. The nodes must see
archives and index under the same paths as this machine, and have the same Sekisho; what does not hold is said, never
guessed away. Reading runs in a process of its own beside Spark's Python worker, so that a message that kills its
reader costs that message and Spark need not try its task again.

The index key travels inside the task (memory and encrypted network only): Spark's own files, web pages, plans and logs
show no content of tasks. On a cluster that does not authenticate and encrypt, nothing is sent. See docs/cluster.md.
"""

import json
import os
import pickle
import platform
import zlib
from collections.abc import Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, ThreadPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from functools import cache, partial
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa

from sekisho.disclosures.mail import processes
from sekisho.disclosures.mail.binding import program
from sekisho.disclosures.mail.journal import as_json, from_json
from sekisho.disclosures.mail.worker import Batch, Engine, Seen, Setting, Task, warm_up
from sekisho.kernel.cluster import Session, check_installed, connected, said
from sekisho.kernel.errors import SekishoError
from sekisho.matching.index.match_index import MatchIndex

_JOB_BATCHES = 8
"""Batches in one Spark job at least: the driver's work for a job (tens of ms) stays small beside reading it."""

_WAITING = 3
"""Batches on their way for each core of the cluster: enough to keep it busy, few enough to keep memory flat."""

_FIRST_SECONDS = 600.0
"""How long to wait for the first answer: nodes start, and may compile. Later answers are not timed."""

_ASKED = pa.schema({"batch": pa.binary()})
_ANSWERED = pa.schema({"host": pa.string(), "refused": pa.string(), "seen": pa.binary()})

_SETTINGS = {"spark.sql.leafNodeDefaultParallelism": "1000000"}  # one task for each row


@contextmanager
def spark(master: str) -> Iterator[Engine]:
    """An engine on the Spark cluster at ``master`` (``spark://host:7077``, ``yarn``, ``k8s://…``, ``local[2]``).

    It connects when it is first used, and lets go of the cluster at the end of the block. Raises SekishoError: Spark is
    not installed, the cluster is out of reach, a node has another version or does not see what it must read;
    InputError: the cluster would carry the index key in the clear.
    """
    check_installed("--engine spark")
    with ExitStack() as at_end:
        session = cache(lambda: at_end.enter_context(connected(master, "sekisho sweep mail", _SETTINGS)))

        def read(batches: Iterable[Batch], setting: Setting) -> Iterator[list[Seen]]:
            # the journal is a file of this machine, and a temporary index is not a node's to remove
            sent = replace(setting, index_folder=os.path.abspath(setting.index_folder), temporary="", journal="")  # noqa: PTH100
            yield from _read(session(), (_absolute(batch) for batch in batches), sent)

        yield read


# --- on the machine that sweeps ---------------------------------------------------------------------------------------


def _absolute(batch: Batch) -> Batch:
    """The nodes work in folders of their own."""
    return tuple(
        task._replace(
            ref=task.ref._replace(path=os.path.abspath(task.ref.path)),  # noqa: PTH100
            neighbours=tuple(ref._replace(path=os.path.abspath(ref.path)) for ref in task.neighbours),  # noqa: PTH100
        )
        for task in batch
    )


def _read(session: Session, batches: Iterator[Batch], setting: Setting) -> Iterator[list[Seen]]:
    """Results as they come: many small jobs side by side, so that no node waits for the slowest, and this machine
    holds a few batches for each core of the cluster, however long the archive."""
    function = partial(_answer, setting, program())
    threads = ThreadPoolExecutor(1000, thread_name_prefix="sekisho-spark")
    try:
        _first(threads.submit(_job, session, function, [()]))
        running: set[Future[list[list[Seen]]]] = set()
        while True:
            cores = session.sparkContext.defaultParallelism  # nodes come and go
            size = max(_JOB_BATCHES, cores // 4)
            most = max(2, _WAITING * cores // size)
            while len(running) < most and (some := list(islice(batches, size))):
                running.add(threads.submit(_job, session, function, some))
            if not running:
                return
            done, running = wait(running, return_when=FIRST_COMPLETED)
            for future in done:
                yield from future.result()
    finally:
        with suppress(Exception):
            session.sparkContext.cancelAllJobs()
        threads.shutdown(wait=True, cancel_futures=True)


def _first(answer: "Future[list[list[Seen]]]") -> None:
    """Wait for a node that can read at all, before an archive is sent to it."""
    try:
        answer.result(_FIRST_SECONDS)
    except TimeoutError:
        raise SekishoError(
            f"no node of the cluster began to work within {_FIRST_SECONDS:.0f} seconds",
            where="--engine spark",
            remedy="look at the master's page for free cores and memory, and compare spark.executor.memory",
        ) from None


def _job(session: Session, function: Any, batches: list[Batch]) -> list[list[Seen]]:
    """Have the nodes read some batches; what each saw. Raises SekishoError when one of them cannot read."""
    asked = pa.table({"batch": [pickle.dumps(batch) for batch in batches]}, schema=_ASKED)
    schema = "host string, refused string, seen binary"
    try:
        answered = session.createDataFrame(asked).mapInArrow(function, schema).toArrow()
    except Exception as error:
        raise SekishoError(
            f"the cluster gave up ({said(error)})",
            where="--engine spark",
            remedy="look at the executors' logs; run the same command again: it goes on where it was",
        ) from None
    tasks = {task.number: task for batch in batches for task in batch}
    results = [_checked(row["host"], row["refused"], row["seen"], tasks) for row in answered.to_pylist()]
    if tasks:
        raise SekishoError(f"the cluster left out {len(tasks)} messages", where="--engine spark", remedy="run it again")
    return results


def _checked(host: str, refused: str, packed: bytes, tasks: dict[int, Task]) -> list[Seen]:
    """What one node saw; its messages are taken out of ``tasks``. What is missing there but not here is no gap of the
    archive: such a node is not to be trusted with the rest either."""
    if refused:
        raise SekishoError(refused, where=f"node {host}")
    result = _unpack(packed)
    for seen in result:
        task = tasks.pop(seen.number)
        unread = {reason for part, reason, _ in seen.unread if part == "message"}
        if unread & {"missing", "no_permission"} and os.access(task.ref.path, os.R_OK):
            raise SekishoError(
                f"cannot read {task.ref.path}, which this machine can",
                where=f"node {host}",
                remedy="make the archives readable on every node under the same path (a shared file system)",
            )
    return result


# --- on the nodes -----------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Reader:
    """The process that reads for this Python worker of Spark, kept from task to task."""

    setting: Setting
    pool: ProcessPoolExecutor


_reader: _Reader | None = None


def _answer(setting: Setting, version: str, asked: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """One row of answer for each batch. Never raises: Spark would try again, and write the error to its logs."""
    for rows in asked:
        for value in rows.column(0):
            refused, packed = "", b""
            try:
                packed = _pack(_read_batch(pickle.loads(value.as_py()), setting, version))  # noqa: S301  (our own)
            except SekishoError as error:
                refused = str(error)
            except Exception as error:
                refused = f"the reader failed ({type(error).__name__})"
            row = {"host": platform.node(), "refused": refused, "seen": packed}
            yield pa.RecordBatch.from_pylist([row], schema=_ANSWERED)


def _read_batch(batch: Batch, setting: Setting, version: str) -> list[Seen]:
    """As ``worker.read_batch``, in the process beside; when that dies, message by message."""
    reader = _reader if _reader is not None and _reader.setting == setting else _start(setting, version)
    try:
        return processes.submit(reader.pool, batch).result()
    except BrokenProcessPool:
        _start(setting, version)  # raises when it is this node that fails, and not a message
        return [seen for one in processes.read_one_by_one([batch], setting) for seen in one]


def _start(setting: Setting, version: str) -> _Reader:
    """A new reader in place of the one before. Raises SekishoError when this node cannot read as the others do."""
    global _reader  # noqa: PLW0603  (one for each worker of Spark is the point)
    if _reader is not None:
        _reader.pool.shutdown(wait=False)
        _reader = None
    if version != program():
        remedy = "install the same version on every node (the interpreter is PYSPARK_PYTHON's)"
        raise SekishoError("another version of Sekisho is installed here", remedy=remedy)
    if not Path(setting.index_folder).is_dir():
        remedy = "make the index with `sekisho index build` in a folder that every node sees, and sweep with --index"
        raise SekishoError(f"there is no index at {setting.index_folder}", remedy=remedy)
    MatchIndex.open(Path(setting.index_folder), setting.key)
    pool = processes.start_pool(1, setting)
    try:
        with processes.workers_spared():
            pool.submit(warm_up, setting).result()
    except BrokenProcessPool:
        raise SekishoError("the reading process does not start", remedy="look at the executor's log") from None
    _reader = _Reader(setting, pool)
    return _reader


# --- between them -----------------------------------------------------------------------------------------------------


def _pack(batch: list[Seen]) -> bytes:
    """As the journal keeps it: JSON, not pickle, because it comes from a process that read foreign mail."""
    rows = [(seen.number, seen.digest.hex(), as_json(seen)) for seen in batch]
    return zlib.compress(json.dumps(rows).encode("ascii"), 1)


def _unpack(packed: bytes) -> list[Seen]:
    rows = json.loads(zlib.decompress(packed))
    return [from_json(number, kept)._replace(digest=bytes.fromhex(digest)) for number, digest, kept in rows]
