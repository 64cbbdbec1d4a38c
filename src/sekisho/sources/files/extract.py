"""Reading any file by what it is: the way in to all readers of this folder.

``read_file`` never raises on bad content; whatever was not read stands in ``Contents.unread`` (REQUIREMENTS A1).
Text, mail, markup and plain archives are read here, by our own Python; whatever rests on a library in C or Rust or has
a format of its own is read apart, in a process that may be lost (``readers``).
"""

import re
from collections.abc import Callable, Sequence

from sekisho.kernel.content import REASONS, Contents
from sekisho.kernel.errors import SekishoError
from sekisho.sources.files import apart, ocr, plain, streams, zips
from sekisho.sources.files.html import declared_charset, strip_tags
from sekisho.sources.files.job import NO_HINT, Hint, Job
from sekisho.sources.files.kinds import kind_of, office_kind
from sekisho.sources.files.limits import Limits, OutOfTimeError, RefusedError
from sekisho.sources.mail.parts import read_parts
from sekisho.sources.mail.passwords import candidates

_PLAIN = {"text", "csv", "html", "xml", "message"}
"""Readers whose empty result needs no word: there is nothing there."""
DEFAULT_LIMITS = ocr.as_asked(Limits())

_OFFICE_XML_2003 = re.compile(rb"schemas-microsoft-com:office:spreadsheet|schemas\.microsoft\.com/office/word/2003")
_CONTENT_TYPES = b"[Content_Types].xml"
_OPEN_DOCUMENT = b"mimetypeapplication/vnd.oasis.opendocument"


def read_file(
    name: str, data: bytes, part: str, limits: Limits = DEFAULT_LIMITS, passwords: Sequence[str] = ()
) -> Contents:
    """Text, tables and what could not be read of one file.

    ``name`` is only a hint, content decides; ``part`` is put before every part named in the result ("" for a file
    that stands alone: then parts begin with the file name). ``passwords`` are tried where something is encrypted.
    Never raises on bad content; SekishoError when no process for readers can be started.
    """
    job = Job(limits, read_into, passwords)

    def read() -> None:
        job.lockable(lambda: read_into(name, data, part or name, job, NO_HINT))
        if job.locked:
            job.reopen(candidates(job.contents))

    guarded(job, part, read)
    return job.contents


def guarded(job: Job, part: str, read: Callable[[], None]) -> None:
    """Run a reader under the job's time limit; whatever ends it early is listed for ``part``."""
    try:
        with job.deadline.alarm():
            contained(job, part, read)
    except OutOfTimeError:
        job.unread(part, "too_slow", f"more than {job.deadline.seconds:.3g} CPU seconds; the rest was not read")


def contained(job: Job, part: str, read: Callable[[], None]) -> None:
    """Run a reader; a refusal and its own failure are listed for ``part``. Raises only OutOfTimeError, SekishoError."""
    try:
        read()
    except RefusedError as refused:
        job.unread(part, refused.reason, refused.detail)
    except (MemoryError, RecursionError):
        job.unread(part, "too_big", "memory")
    except SekishoError:
        raise
    except Exception as error:  # a reader's own failure must not end the sweep
        job.unread(part, "broken", type(error).__name__)


def read_into(name: str, data: bytes, part: str, job: Job, hint: Hint) -> None:
    """Read one file into ``job``: an ``Opener``. Raises only OutOfTimeError, SekishoError."""
    job.deadline.check()
    if not data:
        job.unread(part, "missing", "empty")
        return

    def read() -> None:
        job.take_bytes(len(data))
        before = _told(job)
        reader = _dispatch(name, data, part, job, hint)
        if reader not in _PLAIN and _told(job) == before:  # a damaged file may look like an empty one: say so
            job.unread(part, "no_text", "nothing to read in it")

    contained(job, part, read)


def _told(job: Job) -> tuple[int, int]:
    return len(job.contents.pieces), len(job.contents.unread)


def _exact_reader(reader: str, data: bytes) -> str:
    """Office documents are ZIP or XML files by their content."""
    if reader == "zip" and (_CONTENT_TYPES in data or data.startswith(_OPEN_DOCUMENT, 30)):
        return "office"
    if reader == "xml" and _OFFICE_XML_2003.search(data[:4096]):
        return "office_xml"
    return reader


def _dispatch(name: str, data: bytes, part: str, job: Job, hint: Hint) -> str:
    """Read by kind; returns which reader it was."""
    kind = kind_of(name, data, hint.content_type)
    if kind.reader in REASONS:
        raise RefusedError(kind.reader, kind.what)
    exact = _exact_reader(kind.reader, data)
    match exact:
        case "text":
            plain.read_text(data, part, job, hint.charset)
        case "csv":
            plain.read_csv(data, part, job, hint.charset)
        case "html":
            plain.read_markup(data, part, job, hint.charset)
        case "xml":
            charset = hint.charset or declared_charset(data)
            job.text(part, strip_tags(plain.decoded(data, part, job, charset)))
        case "message":
            read_parts(data, part, job)
        case "tar":
            streams.read_tar(data, part, job)
        case "gzip" | "bzip2" | "xz" | "zstd" | "compress" as reader:
            streams.read_compressed(reader, name, data, part, job)
        case "zip":
            _read_zip(data, part, job)
        case "picture":
            ocr.read_picture(data, part, job)
        case _:
            apart.read(exact, data, part, job)
    return exact


def _read_zip(data: bytes, part: str, job: Job) -> None:
    archive = zips.Archive(data, job)
    if office_kind({member.path for member in archive.members}):  # though it did not look like one at first sight
        apart.read("office", data, part, job)
    else:
        zips.read_members(archive, part, job)
