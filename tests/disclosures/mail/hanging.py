"""A reader that hangs inside C code at one message, holding the interpreter. Imported by worker processes."""

import re
import signal
from typing import Any

from sekisho.disclosures.mail import worker
from sekisho.disclosures.mail.worker import Batch, Seen, Setting, Task

FATAL = 5
SECONDS = 2.0


def open_worker(setting: Setting) -> None:
    worker.HANG_SECONDS = SECONDS
    signal.signal(signal.SIGALRM, signal.SIG_DFL)


def read_batch(batch: Batch) -> list[Seen]:
    return [_read(task) for task in batch]


def _read(task: Task) -> Seen:
    with worker._watched(True) as begin:
        begin()
        if task.number == FATAL:
            re.match("(a+)+b", "a" * 60)  # does not come back in our lifetime
        nothing: tuple[Any, ...] = ()
        return Seen(task.number, task.ref.archive, f"<{task.number}>", None, "", nothing, nothing, nothing, nothing)
