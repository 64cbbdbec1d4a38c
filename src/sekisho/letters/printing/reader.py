"""Text of PDF pages as PDFium reads it."""

import ctypes

import pypdfium2
import pypdfium2.raw as pdfium

_FORGET = 500
"""Pages after which PDFium is made to forget what it has read; it keeps every object of a file otherwise."""
_ROOM = 65536
"""UTF-16 units of a page's text at first; more when a page has more."""


def squeezed(text: str) -> str:
    """The text without blanks of any kind."""
    return "".join(text.split())


class Reader:
    """Texts of the pages of a PDF, by PDFium. ``data`` is not copied: it must not change meanwhile."""

    def __init__(self, data: bytes | bytearray) -> None:
        self._data = data if isinstance(data, bytes) else (ctypes.c_ubyte * len(data)).from_buffer(data)
        self._document = pypdfium2.PdfDocument(self._data)
        self._read = 0
        self._units = _ROOM
        self._buffer = (ctypes.c_ushort * self._units)()

    def __len__(self) -> int:
        return len(self._document)

    def text(self, number: int) -> str:
        """The text of a page (from 0) in the order in which it is drawn, without blanks."""
        self._read += 1
        if self._read % _FORGET == 0:
            self._document.close()
            self._document = pypdfium2.PdfDocument(self._data)
        page = pdfium.FPDF_LoadPage(self._document.raw, number)
        text = pdfium.FPDFText_LoadPage(page)
        try:
            count = pdfium.FPDFText_CountChars(text)
            if 2 * count + 2 > self._units:
                self._units = 2 * count + 2
                self._buffer = (ctypes.c_ushort * self._units)()
            got = pdfium.FPDFText_GetText(text, 0, count, self._buffer)
            return squeezed(ctypes.string_at(self._buffer, 2 * max(got - 1, 0)).decode("utf-16-le", "replace"))
        finally:
            pdfium.FPDFText_ClosePage(text)
            pdfium.FPDF_ClosePage(page)

    def close(self) -> None:
        self._document.close()


def texts_of(pdf: bytes) -> tuple[str, ...]:
    """The text of every page."""
    reader = Reader(pdf)
    try:
        return tuple(reader.text(number) for number in range(len(reader)))
    finally:
        reader.close()
