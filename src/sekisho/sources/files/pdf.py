"""Text of PDF documents, page by page (pypdfium2). No OCR: a page without text is listed."""

import pypdfium2

from sekisho.sources.files.job import Job
from sekisho.sources.files.limits import RefusedError

_PASSWORD = "password"  # noqa: S105  (a word in pdfium's error message)


def read_pdf(data: bytes, part: str, job: Job) -> None:
    """Every page as text ``part!page[n]``; attached files are read as members. Raises RefusedError."""
    try:
        document = pypdfium2.PdfDocument(data)
        count = len(document)
    except pypdfium2.PdfiumError as error:
        if _PASSWORD in str(error).lower() or "security" in str(error).lower():
            raise RefusedError("encrypted") from None
        raise RefusedError("broken", "PDF cannot be opened") from None
    try:
        empty, broken = [], []
        for number in range(min(count, job.limits.max_pages)):
            job.deadline.check()
            try:
                text = _page_text(document, number)
            except pypdfium2.PdfiumError:
                broken.append(number + 1)
                continue
            if text.strip():
                job.text(f"{part}!page[{number + 1}]", text)
            else:
                empty.append(number + 1)
        _report(part, job, count, empty, broken)
        _attached(document, part, job)
    finally:
        document.close()


def _page_text(document: pypdfium2.PdfDocument, number: int) -> str:
    page = document[number]
    try:
        text_page = page.get_textpage()
        try:
            return str(text_page.get_text_range()).replace("\r\n", "\n").replace("\ufffe", "")
        finally:
            text_page.close()
    finally:
        page.close()


def _report(part: str, job: Job, count: int, empty: list[int], broken: list[int]) -> None:
    if count > job.limits.max_pages:
        job.unread(part, "too_big", f"pages after {job.limits.max_pages} not read")
    for pages, reason in ((empty, "no_text"), (broken, "broken")):
        if pages:
            job.unread(part, reason, f"{len(pages)} of {count} pages, first: {pages[0]}")


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
