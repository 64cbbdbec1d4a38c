"""Office documents: OOXML (docx, xlsx, pptx …), OpenDocument, and the OLE files of older ones."""

import re

from sekisho.sources.files import officelock, powerpoint97, sheets, word97
from sekisho.sources.files.job import Job
from sekisho.sources.files.limits import RefusedError
from sekisho.sources.files.ole import Compound
from sekisho.sources.files.ole_objects import read_contents
from sekisho.sources.files.xmltext import read_office_xml, refuse_dtd
from sekisho.sources.files.zips import Archive, Member
from sekisho.sources.mail.outlook.convert import to_rfc822
from sekisho.sources.mail.outlook.msg import is_message
from sekisho.sources.mail.parts import read_parts

_WORD = re.compile(
    r"word/((document|header|footer|footnotes|endnotes|comments)\d*|glossary/document|diagrams/data[^/]*)\.xml\Z"
)
_SLIDES = re.compile(r"ppt/((slides|notesslides|comments)/[^/]+|diagrams/data[^/]*)\.xml\Z")
_SHEET_EXTRAS = re.compile(
    r"xl/(comments\d*|comments/[^/]+|threadedcomments/[^/]+|drawings/[^/]+|diagrams/data[^/]*)\.xml\Z"
)
_CACHES = re.compile(r"xl/(pivotcache|externallinks)/[^/]+\.xml\Z|(word|xl|ppt)/charts/chart[^/]*\.xml\Z")
_EMBEDDED = re.compile(r"(word|xl|ppt)/embeddings/[^/]+\Z|object \d+/content\.xml\Z")
_CACHED_VALUE = re.compile(rb"""\bv=["']([^"']{1,1000})["']|<(?:c:)?v>([^<]{1,1000})</""")
_NUMBER = re.compile(r"\d+")


def read_ooxml(kind: str, archive: Archive, data: bytes, part: str, job: Job, *, careful: bool) -> None:
    """A docx, xlsx, xlsb or pptx whose ZIP has passed the checks. ``careful``: look at the size of a workbook before
    it is opened. Raises RefusedError."""
    if any(member.encrypted for member in archive.members):
        raise RefusedError("encrypted")
    if kind in {"xlsx", "xlsb"}:
        if careful:
            sheets.check_zipped(archive, job)
        _read_workbook(archive, data, part, job)
    else:
        _read_parts(archive, _WORD if kind == "docx" else _SLIDES, part, job)
    _read_caches(archive, part, job)
    _read_embedded(archive, part, job)


def _read_parts(archive: Archive, wanted: re.Pattern[str], part: str, job: Job) -> None:
    for member in _select(archive, wanted):
        stem = member.name.rpartition("/")[2].removesuffix(".xml")
        place = part if member.path == "word/document.xml" else f"{part}!{stem}"
        try:
            xml = archive.read(member)
            refuse_dtd(xml)
            read_office_xml(xml, place, job, runs=True)
        except RefusedError as refused:
            job.unread(place, refused.reason, refused.detail)


def _read_workbook(archive: Archive, data: bytes, part: str, job: Job) -> None:
    sheets.read_workbook(data, part, job)
    _read_parts(archive, _SHEET_EXTRAS, part, job)


def _read_caches(archive: Archive, part: str, job: Job) -> None:
    """Values that pivot tables, charts and links to other files keep of data that may not be in this file."""
    for member in _select(archive, _CACHES):
        place = f"{part}!{member.name.rpartition('/')[2].removesuffix('.xml')}"
        try:
            values = _CACHED_VALUE.findall(archive.read(member))
        except RefusedError as refused:
            job.unread(place, refused.reason, refused.detail)
            continue
        job.text(place, "\n".join((one or other).decode("utf-8", "replace") for one, other in values))


def _read_embedded(archive: Archive, part: str, job: Job) -> None:
    for member in _select(archive, _EMBEDDED):
        name = member.name.rpartition("/")[2]
        place = f"{part}!{name}"
        if not job.take_part():
            job.unread(part, "too_big", "further embedded objects not looked at")
            return
        try:
            data = archive.read(member)
        except RefusedError as refused:
            job.unread(place, refused.reason, refused.detail)
            continue
        job.open(name, data, place)


def _select(archive: Archive, wanted: re.Pattern[str]) -> list[Member]:
    found = [member for member in archive.members if wanted.match(member.path)]
    if len(found) < 2:
        return found
    return sorted(found, key=lambda member: [int(n) for n in _NUMBER.findall(member.name)] or [0])


def read_open_document(archive: Archive, part: str, job: Job) -> None:
    """An OpenDocument text, presentation or spreadsheet. Raises RefusedError."""
    by_name = {member.name: member for member in archive.members}
    if (manifest := by_name.get("META-INF/manifest.xml")) and b"encryption-data" in archive.read(manifest):
        raise RefusedError("encrypted")
    xml = archive.read(by_name["content.xml"])
    refuse_dtd(xml)
    read_office_xml(xml, part, job, runs=False)


def read_ole(data: bytes, part: str, job: Job, *, careful: bool) -> None:
    """An OLE file: XLS is read; encrypted Office is opened if a password fits; the rest is listed as not supported."""
    compound = Compound(data)
    if (plain := officelock.opened(compound, data, job)) is not None:
        job.open("", plain, part)
        return
    if not {"Workbook", "Book"}.isdisjoint(compound.root().streams):
        if careful:
            sheets.check_xls(compound, job)
        sheets.read_workbook(data, part, job)
        return
    root = compound.root()
    if is_message(root):
        read_parts(to_rfc822(data), part, job)
    elif word97.STREAM in root.streams:
        word97.read_word97(compound, part, job)
    elif powerpoint97.STREAM in root.streams:
        powerpoint97.read_powerpoint97(compound, part, job)
    elif not read_contents(root, part, job):
        raise RefusedError("unsupported", "OLE file")
