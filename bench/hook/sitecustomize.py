"""Stack sampling of every process of a sweep, workers included: Python imports this file when it starts.

Only active when ``SEKISHO_BENCH_SAMPLES`` names a folder (``bench`` sets it together with ``PYTHONPATH``). The stack is
looked at every few milliseconds of user time (the clock of all CPU time is the product's own alarm); a sample belongs
to the innermost module of Sekisho on it, and the library called from there is named. Counts are written at the end.
"""

import atexit
import json
import os
import signal
from collections import Counter
from multiprocessing import util
from pathlib import Path
from types import FrameType

EVERY = 0.005
READER = "read_batch"
"""The function under which a message is read and matched; other samples are starting up, index, judging, writing."""

_counts: Counter[str] = Counter()


def _look(_signal: int, frame: FrameType | None) -> None:
    library = ours = ""
    reading = False
    while frame is not None:
        name = str(frame.f_globals.get("__name__", ""))
        if name.startswith("sekisho."):
            ours = ours or name.removeprefix("sekisho.")
        elif not ours and not library:
            library = name.partition(".")[0]
        reading = reading or frame.f_code.co_name == READER
        frame = frame.f_back
    place = f"{ours} › {library}" if library and ours else ours or library
    _counts[f"{'message' if reading else 'around'}|{place}"] += 1


def _write(folder: str) -> None:
    signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    (Path(folder) / f"{os.getpid()}.json").write_text(json.dumps(_counts), encoding="utf-8")


if folder := os.environ.get("SEKISHO_BENCH_SAMPLES"):
    signal.signal(signal.SIGVTALRM, _look)
    signal.setitimer(signal.ITIMER_VIRTUAL, EVERY, EVERY)
    atexit.register(_write, folder)
    # workers of a pool leave without atexit, and forget finalizers that were made before they began their work
    util.register_after_fork(_look, lambda _: util.Finalize(None, _write, args=(folder,), exitpriority=0))
