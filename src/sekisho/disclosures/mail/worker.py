"""One worker of the mail sweep: raw message in, what it disclosed out. Plain data, so that it travels cheaply."""

import os
import shutil
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from multiprocessing import parent_process
from pathlib import Path

from sekisho.kernel.clock import JST
from sekisho.kernel.content import Contents, Text, Unread
from sekisho.kernel.errors import SekishoError
from sekisho.matching.index.match_index import MatchIndex
from sekisho.matching.matcher import Match, Matcher
from sekisho.sources.files.limits import Deadline, OutOfTimeError, limit_memory
from sekisho.sources.mail.archive import MessageRef
from sekisho.sources.mail.message import read_message

Batch = tuple[tuple[int, MessageRef], ...]

WORKER_BYTES = 3 << 30
"""Private memory a worker may take; what needs more is listed as unread (too_big)."""

MATCH_SECONDS = 60.0
"""CPU seconds for matching one message: a hundred times what a list of 10,000 rows needs."""

_matcher: Matcher | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """What one message disclosed. ``matches`` rows follow ``disclosures.model.POLICIES`` after the event id,
    ``unread`` rows are (part, reason, detail)."""

    number: int
    archive: str
    message_id: str
    at: datetime | None
    sender: str
    recipients: tuple[str, ...]
    in_reply_to: tuple[str, ...]
    matches: tuple[tuple[str, str, int, int, str, str, str, str], ...]
    unread: tuple[tuple[str, str, str], ...]

    @staticmethod
    def failed(number: int, ref: MessageRef, reason: str, detail: str) -> "Seen":
        return Seen(number, ref.position, "", None, "", (), (), (), (("message", reason, detail),))

    @staticmethod
    def fatal(number: int, ref: MessageRef) -> "Seen":
        """The message whose reading ended the process."""
        return Seen.failed(number, ref, "broken", "its reader ended unexpectedly; look at this message by hand")


def open_worker(index_folder: str, key: bytes, insurers: Mapping[str, tuple[str, ...]]) -> None:
    """Prepare a worker process: memory is bounded, and it does not outlive the sweep."""
    limit_memory(WORKER_BYTES)
    threading.Thread(target=_end_with_parent, args=(index_folder,), daemon=True).start()
    open_here(index_folder, key, insurers)


def open_here(index_folder: str, key: bytes, insurers: Mapping[str, tuple[str, ...]]) -> None:
    """Prepare this process to read batches: map the shared index."""
    global _matcher  # noqa: PLW0603  (one matcher per process is the point)
    _matcher = Matcher(MatchIndex.open(Path(index_folder), key), insurers)


def _end_with_parent(index_folder: str) -> None:
    """When the sweep is killed, its workers take away the index (keyed hashes only, but not ours to leave) and end."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        shutil.rmtree(index_folder, ignore_errors=True)
        os._exit(1)


def warm_up(index_folder: str, key: bytes, insurers: Mapping[str, tuple[str, ...]]) -> None:
    """Compile what the workers will run, once and here: they find it on disk; and a fault in it stops the sweep at
    once, instead of making every message unreadable."""
    sample = Text("body", "証券番号,契約者名,満期日\nA-1,見本 太郎,2024/1/1\n")
    Matcher(MatchIndex.open(Path(index_folder), key), insurers).match([sample])


def read_batch(batch: Batch) -> list[Seen]:
    """Read and match each message of the batch, in order. Never raises for a message."""
    assert _matcher is not None  # noqa: S101
    return [_read_one(_matcher, number, ref) for number, ref in batch]


def _match(matcher: Matcher, contents: Contents) -> list[Match]:
    """The matches; none, and a line in ``unread``, when a list made to be slow uses up the time of its message."""
    try:
        with Deadline(MATCH_SECONDS).alarm():
            return matcher.match(contents.pieces)
    except OutOfTimeError:
        contents.unread.append(Unread("message", "too_slow", "comparing it with the ledger takes too long"))
        return []


def _read_one(matcher: Matcher, number: int, ref: MessageRef) -> Seen:
    try:
        message = read_message(ref.read())
        matches = _match(matcher, message.contents)
    except MemoryError:
        return Seen.failed(number, ref, "too_big", "needs more memory than a reader may take")
    except OSError as error:
        reason = "missing" if isinstance(error, FileNotFoundError) else "no_permission"
        return Seen.failed(number, ref, reason, error.strerror or type(error).__name__)
    except SekishoError as error:
        return Seen.failed(number, ref, "broken", error.message)
    except Exception as error:
        return Seen.failed(number, ref, "broken", f"the reader failed ({type(error).__name__})")
    return Seen(
        number=number,
        archive=ref.position,
        message_id=message.message_id,
        at=message.at.astimezone(JST) if message.at else None,
        sender=message.sender.lower(),
        recipients=tuple(sorted({address.lower() for _field, address in message.recipients if address})),
        in_reply_to=message.in_reply_to if matches else (),
        matches=tuple(
            (m.insurer_id, m.policy_no, m.policy_row, m.items, m.part, m.position, m.matched_by, m.confidence)
            for m in matches
        ),
        unread=tuple((gap.part, gap.reason, gap.detail) for gap in message.contents.unread),
    )
