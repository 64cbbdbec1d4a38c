"""Text recognition for scanned pages of PDF files, by the program Tesseract: off unless SEKISHO_OCR=1.

It takes seconds of CPU time a page, and reads what is printed, not what is written by hand; a page that gave no text is
still listed. Only pictures that our own PDF reader rendered are given to it. Tesseract runs as a process of its own,
with limits on time, memory and files.
"""

import os
import shutil
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import replace

from sekisho.sources.files.job import Job
from sekisho.sources.files.limits import MIB, Limits, RefusedError

if sys.platform != "win32":
    import resource

SWITCH = "SEKISHO_OCR"
PROGRAM = "tesseract"
LANGUAGES = "jpn+eng"
PAGES = 20
"""Pages of one PDF that are recognised."""
SECONDS = 100.0
"""CPU seconds for a message when pages are recognised, in place of ``Limits.seconds``."""
_PAGE_SECONDS = 30.0
_MEMORY_BYTES = 1024 * MIB
_KEPT = ("PATH", "TESSDATA_PREFIX", "SYSTEMROOT", "TEMP", "TMP")


def as_asked(limits: Limits) -> Limits:
    """The limits with text recognition, if the environment asks for it."""
    return replace(limits, ocr_pages=PAGES, seconds=SECONDS) if os.environ.get(SWITCH) == "1" else limits


def read_picture(data: bytes, part: str, job: Job) -> None:
    """The text on a picture, as one text. Raises RefusedError(no_text, too_slow)."""
    if not job.limits.ocr_pages:
        raise RefusedError("no_text", "image")
    program = shutil.which(PROGRAM)
    if program is None:
        raise RefusedError("no_text", f"scanned page: the program {PROGRAM} is not installed")
    job.deadline.check()
    started = time.monotonic()
    try:
        text = _recognised(program, data, min(_PAGE_SECONDS, job.deadline.left()))
    finally:
        job.deadline.spend(time.monotonic() - started)
    if not text.strip():
        raise RefusedError("no_text", "scanned page: no text recognised")
    job.text(part, text)


def _recognised(program: str, data: bytes, seconds: float) -> str:
    command = [program, "stdin", "stdout", "-l", LANGUAGES, "-c", "preserve_interword_spaces=1"]
    environment = {name: os.environ[name] for name in _KEPT if name in os.environ} | {"OMP_THREAD_LIMIT": "1"}
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment
    ) as process:
        _limit(process.pid, seconds)
        try:
            out, _ = process.communicate(data, timeout=seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            raise RefusedError("too_slow", "scanned page: text recognition was stopped") from None
        except BaseException:
            process.kill()
            raise
    if process.returncode != 0:
        raise RefusedError("no_text", f"scanned page: {PROGRAM} failed (exit {process.returncode}; {LANGUAGES})")
    return out.decode("utf-8", "replace").replace("\f", "")


def _limit(pid: int, seconds: float) -> None:
    if sys.platform == "linux":
        for kind, most in (
            (resource.RLIMIT_AS, _MEMORY_BYTES),
            (resource.RLIMIT_CPU, int(seconds) + 2),
            (resource.RLIMIT_FSIZE, 0),
            (resource.RLIMIT_CORE, 0),
        ):
            with suppress(OSError, ValueError):
                resource.prlimit(pid, kind, (most, most))
