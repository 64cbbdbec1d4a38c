"""Reading any file by what it is: the way in to all readers of this folder.

``read_file`` never raises on bad content; whatever was not read stands in ``Contents.unread`` (REQUIREMENTS A1).
"""

import re
from collections.abc import Callable

from sekisho.kernel.content import Contents
from sekisho.sources.files import office, plain, streams, zips
from sekisho.sources.files.html import declared_charset
from sekisho.sources.files.job import NO_HINT, Hint, Job
from sekisho.sources.files.kinds import kind_of
from sekisho.sources.files.limits import Limits, OutOfTimeError, RefusedError
from sekisho.sources.files.pdf import read_pdf
from sekisho.sources.files.xmltext import read_office_xml, refuse_dtd, strip_tags
from sekisho.sources.mail.parts import read_parts

DEFAULT_LIMITS = Limits()

_OFFICE_XML_2003 = re.compile(rb"schemas-microsoft-com:office:spreadsheet|schemas\.microsoft\.com/office/word/2003")


def read_file(name: str, data: bytes, part: str, limits: Limits = DEFAULT_LIMITS) -> Contents:
    """Text, tables and what could not be read of one file.

    ``name`` is only a hint, content decides; ``part`` is put before every part named in the result ("" for a file
    that stands alone: then parts begin with the file name). Never raises on bad content.
    """
    job = Job(limits, read_into)
    guarded(job, part, lambda: read_into(name, data, part or name, job, NO_HINT))
    return job.contents


def guarded(job: Job, part: str, read: Callable[[], None]) -> None:
    """Run a reader under the job's time limit; running out of time or memory is listed for ``part``."""
    try:
        with job.deadline.alarm():
            read()
    except OutOfTimeError:
        job.unread(part, "too_slow", f"more than {job.limits.seconds:g} CPU seconds; the rest was not read")
    except (MemoryError, RecursionError):
        job.unread(part, "too_big", "memory")


def read_into(name: str, data: bytes, part: str, job: Job, hint: Hint) -> None:
    """Read one file into ``job``: an ``Opener``. Raises only OutOfTimeError."""
    job.deadline.check()
    if not data:
        job.unread(part, "missing", "empty")
        return
    try:
        job.take_bytes(len(data))
        _dispatch(name, data, part, job, hint)
    except RefusedError as refused:
        job.unread(part, refused.reason, refused.detail)
    except (MemoryError, RecursionError):
        job.unread(part, "too_big", "memory")
    except Exception as error:  # a reader's own failure must not end the sweep
        job.unread(part, "broken", type(error).__name__)


def _dispatch(name: str, data: bytes, part: str, job: Job, hint: Hint) -> None:
    kind = kind_of(name, data, hint.content_type)
    match kind.reader:
        case "text":
            plain.read_text(data, part, job, hint.charset)
        case "csv":
            plain.read_csv(data, part, job, hint.charset)
        case "html":
            plain.read_markup(data, part, job, hint.charset)
        case "xml":
            _read_xml(data, part, job, hint)
        case "message":
            read_parts(data, part, job)
        case "pdf":
            read_pdf(data, part, job)
        case "zip":
            _read_zip(data, part, job)
        case "ole":
            office.read_ole(data, part, job)
        case "tar":
            streams.read_tar(data, part, job)
        case "gzip" | "bzip2" | "xz":
            streams.read_compressed(kind.reader, name, data, part, job)
        case reason:
            raise RefusedError(reason, kind.what)


def _read_zip(data: bytes, part: str, job: Job) -> None:
    archive = zips.Archive(data, job)
    match office.office_kind(archive):
        case "":
            zips.read_members(archive, part, job)
        case "odf":
            office.read_open_document(archive, part, job)
        case kind:
            office.read_ooxml(kind, archive, data, part, job)


def _read_xml(data: bytes, part: str, job: Job, hint: Hint) -> None:
    if _OFFICE_XML_2003.search(data[:4096]):
        refuse_dtd(data)
        read_office_xml(data, part, job, runs=b"/word/" in data[:4096])
        return
    charset = hint.charset or declared_charset(data)
    job.text(part, strip_tags(plain.decoded(data, part, job, charset)))
