"""The readers that run apart: everything that rests on a library in C or Rust, or has a binary format of its own.

Only the child process imports this module (``apart_child``). A new reader is one line in ``READERS``, under the name
that ``kinds`` gives to its files. A second one for the same kind, ``…, carefully``, is asked when the process was lost
over the first (``apart.CAREFUL``): it looks for a reason before it lets the library try again.
"""

from collections.abc import Callable
from functools import partial

from sekisho.sources.files import office, sheets, zips
from sekisho.sources.files.cab import read_cab
from sekisho.sources.files.job import Job
from sekisho.sources.files.kinds import office_kind
from sekisho.sources.files.lzh import read_lzh
from sekisho.sources.files.pdf import read_pdf
from sekisho.sources.files.rar import read_rar
from sekisho.sources.files.rtf import read_rtf
from sekisho.sources.files.sevenzip import read_seven_zip
from sekisho.sources.files.unixarchives import read_ar, read_cpio
from sekisho.sources.files.xmltext import read_office_xml, refuse_dtd
from sekisho.sources.mail.outlook.convert import to_rfc822
from sekisho.sources.mail.outlook.pst import items_in
from sekisho.sources.mail.parts import read_parts


def read_apart(reader: str, data: bytes, part: str, job: Job) -> None:
    """Read one file by the reader so called. Raises RefusedError, OutOfTimeError and whatever a library raises."""
    READERS[reader](data, part, job)


def _read_office(data: bytes, part: str, job: Job, *, careful: bool = not sheets.BOUNDED) -> None:
    """Office documents in a ZIP. Members called like those of an office document do not make one: then an archive."""
    archive = zips.Archive(data, job)
    match office_kind({member.path for member in archive.members}):
        case "":
            zips.read_members(archive, part, job)
        case "odf":
            office.read_open_document(archive, part, job)
        case kind:
            office.read_ooxml(kind, archive, data, part, job, careful=careful)


def _read_ole(data: bytes, part: str, job: Job, *, careful: bool = not sheets.BOUNDED) -> None:
    office.read_ole(data, part, job, careful=careful)


def _read_office_xml(data: bytes, part: str, job: Job) -> None:
    """Spreadsheets and documents in one XML file (Office 2003)."""
    refuse_dtd(data)
    read_office_xml(data, part, job, runs=b"/word/" in data[:4096])


def _read_tnef(data: bytes, part: str, job: Job) -> None:
    read_parts(to_rfc822(data), part, job)


def _read_store(data: bytes, part: str, job: Job) -> None:
    """An Outlook store that lies inside something else; each item is a message of its own."""
    for item, raw in items_in(data, job.limits.max_member_bytes):
        job.deadline.check()
        if not job.take_part():
            job.unread(part, "too_big", "further items not looked at")
            return
        read_parts(raw, f"{part}!{item}", job)


READERS: dict[str, Callable[[bytes, str, Job], None]] = {
    "7z": read_seven_zip,
    "ar": read_ar,
    "cab": read_cab,
    "cpio": read_cpio,
    "lzh": read_lzh,
    "office": _read_office,
    "office_xml": _read_office_xml,
    "office, carefully": partial(_read_office, careful=True),
    "ole": _read_ole,
    "ole, carefully": partial(_read_ole, careful=True),
    "pdf": read_pdf,
    "pst": _read_store,
    "rar": read_rar,
    "rtf": read_rtf,
    "tnef": _read_tnef,
}
