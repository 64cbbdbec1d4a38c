"""Text of PDF documents, page by page, with form fields and annotations (pypdfium2).

A page without text is a scan or a drawing: it goes to text recognition where that is switched on (``ocr``), and is
listed otherwise.
"""

import ctypes

import pypdfium2
import pypdfium2.raw as pdfium

from sekisho.sources.files.decrypt import fitting
from sekisho.sources.files.job import Job
from sekisho.sources.files.limits import RefusedError

_PASSWORD = "password"  # noqa: S105  (a word in pdfium's error message)
_MAX_ANNOTATIONS = 5_000
_SCAN_DPI = 200
_MAX_SCAN_POINTS = 2_500
"""Longest side of a page that is rendered, in points (A1)."""


def read_pdf(data: bytes, part: str, job: Job) -> None:
    """Every page as text ``part!page[n]``; attached files are read as members. Raises RefusedError."""
    document = _open(data, None)
    if document is None:
        document = fitting(job, "PDF with a password", lambda password: _open(data, password))
    try:
        count = len(document)
        empty: list[int] = []
        broken: list[int] = []
        for number in range(1, min(count, job.limits.max_pages) + 1):
            job.deadline.check()
            try:
                if not _read_page(document, number, f"{part}!page[{number}]", job):
                    empty.append(number)
            except pypdfium2.PdfiumError:
                broken.append(number)
        if count > job.limits.max_pages:
            job.unread(part, "too_big", f"pages after {job.limits.max_pages} not read")
        if empty:
            job.unread(part, "no_text", f"scanned or drawn pages: {ranges(empty)} of {count}")
        if broken:
            job.unread(part, "broken", f"pages {ranges(broken)} of {count}")
        _attached(document, part, job)
    finally:
        document.close()


def _open(data: bytes, password: str | None) -> pypdfium2.PdfDocument | None:
    """The document; None when the password does not fit. One that only restricts printing or copying opens without.
    Raises RefusedError."""
    try:
        return pypdfium2.PdfDocument(data, password=password)
    except pypdfium2.PdfiumError as error:
        text = str(error).lower()
        if _PASSWORD in text:
            return None
        if "security" in text:
            raise RefusedError("encrypted", "PDF with an unknown kind of encryption") from None
        raise RefusedError("broken", "PDF cannot be opened") from None


def _read_page(document: pypdfium2.PdfDocument, number: int, part: str, job: Job) -> bool:
    """Read one page; False when nothing on it could be read. Raises PdfiumError."""
    page = document[number - 1]
    try:
        noted = _annotations(page)
        if noted and pdfium.FPDFPage_Flatten(page, pdfium.FLAT_NORMALDISPLAY) == pdfium.FLATTEN_SUCCESS:
            page.close()
            page = document[number - 1]  # with what fields and annotations show as part of the page
        text = _text(page)
        added = "\n".join(one for one in noted if one not in text)
        job.text(part, text)
        job.text(f"{part}!notes", added)
        if text.strip() or added or not pdfium.FPDFPage_CountObjects(page):  # the last: a blank page
            return True
        if job.limits.ocr_pages >= number:
            job.open(f"page[{number}].pgm", _scan(page), part)
            return True
        return False
    finally:
        page.close()


def _text(page: pypdfium2.PdfPage) -> str:
    text_page = page.get_textpage()
    try:
        return str(text_page.get_text_range()).replace("\r\n", "\n").replace("\ufffe", "")
    finally:
        text_page.close()


def _annotations(page: pypdfium2.PdfPage) -> list[str]:
    """What stands in fields and annotations; [""] where they are only shown."""
    found: list[str] = []
    count = min(pdfium.FPDFPage_GetAnnotCount(page), _MAX_ANNOTATIONS)
    for number in range(count):
        if not (annotation := pdfium.FPDFPage_GetAnnot(page, number)):
            continue
        try:
            found += (_string(annotation, key) for key in (b"V", b"Contents"))
        finally:
            pdfium.FPDFPage_CloseAnnot(annotation)
    return [one for one in dict.fromkeys(found) if one] or [""] * min(count, 1)


def _string(annotation: object, key: bytes) -> str:
    size = pdfium.FPDFAnnot_GetStringValue(annotation, key, None, 0)
    if size <= 2:
        return ""
    held = ctypes.create_string_buffer(size)
    pdfium.FPDFAnnot_GetStringValue(annotation, key, ctypes.cast(held, ctypes.POINTER(ctypes.c_ushort)), size)
    return held.raw[: size - 2].decode("utf-16-le", "replace")


def _scan(page: pypdfium2.PdfPage) -> bytes:
    """The page as a grey picture (PGM)."""
    scale = min(1.0, _MAX_SCAN_POINTS / max(*page.get_size(), 1.0)) * _SCAN_DPI / 72
    bitmap = page.render(scale=scale, grayscale=True)
    try:
        rows = bytes(bitmap.buffer)
        packed = b"".join(rows[at : at + bitmap.width] for at in range(0, len(rows), bitmap.stride))
        return b"P5\n%d %d\n255\n%s" % (bitmap.width, bitmap.height, packed)
    finally:
        bitmap.close()


def ranges(numbers: list[int]) -> str:
    """1, 2, 3, 7 → "1-3, 7"; at most a line."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and runs[-1][1] == number - 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    shown = [f"{first}-{last}" if last > first else f"{first}" for first, last in runs[:20]]
    return ", ".join(shown) + (" …" if len(runs) > len(shown) else "")


def _attached(document: pypdfium2.PdfDocument, part: str, job: Job) -> None:
    for number in range(document.count_attachments()):
        if not job.take_part():
            job.unread(part, "too_big", "further attached files not looked at")
            return
        try:
            attachment = document.get_attachment(number)
            name = attachment.get_name()
            data = bytes(attachment.get_data())
        except (pypdfium2.PdfiumError, RuntimeError, ValueError):
            job.unread(f"{part}!attached[{number + 1}]", "broken")
            continue
        place = f"{part}!{name}"
        job.text(f"{place}.name", name)
        try:
            job.take_bytes(len(data))
        except RefusedError as refused:
            job.unread(place, refused.reason, refused.detail)
            continue
        job.open(name, data, place)
