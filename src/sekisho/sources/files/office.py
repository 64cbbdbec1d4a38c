"""Office documents: OOXML (docx, xlsx, pptx …), OpenDocument, and the OLE files of older ones."""

import re

from sekisho.sources.files import sheets
from sekisho.sources.files.job import Job
from sekisho.sources.files.limits import RefusedError
from sekisho.sources.files.ole import Compound
from sekisho.sources.files.xmltext import read_office_xml, refuse_dtd
from sekisho.sources.files.zips import Archive, Member

_WORD = re.compile(r"word/(document|header|footer|footnotes|endnotes|comments)\d*\.xml\Z")
_SLIDES = re.compile(r"ppt/(slides|notesslides|comments)/[^/]+\.xml\Z")
_SHEET_EXTRAS = re.compile(
    r"xl/(comments\d*|comments/[^/]+|threadedcomments/[^/]+|drawings/[^/]+|diagrams/data[^/]*)\.xml\Z"
)
_PIVOT_CACHES = re.compile(r"xl/(pivotcache|externallinks)/[^/]+\.xml\Z")
_EMBEDDED = re.compile(r"(word|xl|ppt)/embeddings/[^/]+\Z|object \d+/content\.xml\Z")
_CACHED_VALUE = re.compile(rb"""\bv=["']([^"']{1,1000})["']|<v>([^<]{1,1000})</v>""")
_NUMBER = re.compile(r"\d+")


def office_kind(archive: Archive) -> str:
    """ "docx", "xlsx", "xlsb", "pptx", "odf" or "" for an ordinary archive."""
    names = {member.path for member in archive.members}
    if "[content_types].xml" in names:
        for kind, sign in (("xlsb", "xl/workbook.bin"), ("xlsx", "xl/workbook.xml")):
            if sign in names:
                return kind
        for kind, folder in (("docx", "word/"), ("xlsx", "xl/"), ("pptx", "ppt/")):
            if any(name.startswith(folder) for name in names):
                return kind
    if "content.xml" in names and "mimetype" in names:
        return "odf"
    return ""


def read_ooxml(kind: str, archive: Archive, data: bytes, part: str, job: Job) -> None:
    """A docx, xlsx, xlsb or pptx whose ZIP has passed the checks. Raises RefusedError."""
    if any(member.encrypted for member in archive.members):
        raise RefusedError("encrypted")
    if kind in {"xlsx", "xlsb"}:
        _read_workbook(archive, data, part, job)
    else:
        _read_parts(archive, _WORD if kind == "docx" else _SLIDES, part, job)
    _read_embedded(archive, part, job)


def _read_parts(archive: Archive, wanted: re.Pattern[str], part: str, job: Job) -> None:
    for member in _select(archive, wanted):
        stem = member.name.rpartition("/")[2].removesuffix(".xml")
        place = part if stem == "document" else f"{part}!{stem}"
        try:
            xml = archive.read(member)
            refuse_dtd(xml)
            read_office_xml(xml, place, job, runs=True)
        except RefusedError as refused:
            job.unread(place, refused.reason, refused.detail)


def _read_workbook(archive: Archive, data: bytes, part: str, job: Job) -> None:
    sheets.check_zipped(archive, job)
    sheets.read_workbook(data, part, job)
    _read_parts(archive, _SHEET_EXTRAS, part, job)
    for member in _select(archive, _PIVOT_CACHES):
        values = _CACHED_VALUE.findall(archive.read(member))
        text = "\n".join((one or other).decode("utf-8", "replace") for one, other in values)
        job.text(f"{part}!{member.name.rpartition('/')[2].removesuffix('.xml')}", text)


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
    return sorted(found, key=lambda member: [int(n) for n in _NUMBER.findall(member.name)] or [0])


def read_open_document(archive: Archive, part: str, job: Job) -> None:
    """An OpenDocument text, presentation or spreadsheet. Raises RefusedError."""
    by_name = {member.name: member for member in archive.members}
    if (manifest := by_name.get("META-INF/manifest.xml")) and b"encryption-data" in archive.read(manifest):
        raise RefusedError("encrypted")
    xml = archive.read(by_name["content.xml"])
    refuse_dtd(xml)
    read_office_xml(xml, part, job, runs=False)


def read_ole(data: bytes, part: str, job: Job) -> None:
    """An OLE file: XLS is read; encrypted Office is listed as such; the rest is listed as not supported."""
    compound = Compound(data)
    names = compound.names()
    if "EncryptedPackage" in names or "EncryptionInfo" in names:
        raise RefusedError("encrypted", "Office document with a password")
    if "Workbook" in names or "Book" in names:
        sheets.check_xls(compound, job)
        sheets.read_workbook(data, part, job)
        return
    if any(name.startswith(("__properties_version", "__substg1.0_")) for name in names):
        raise RefusedError("unsupported", "Outlook message (.msg): listed, not read yet")
    if "WordDocument" in names:
        raise RefusedError("unsupported", "old Word document (.doc)")
    if "PowerPoint Document" in names:
        raise RefusedError("unsupported", "old PowerPoint document (.ppt)")
    raise RefusedError("unsupported", "OLE file")
