"""Reading a print file back before it gets its name: every page, with another program's eyes (PDFium).

All that was filled in must be there, on the right page, in order, and nothing else: postcode, address, name,
barcode, every cell of every policy, serial and page number. Blanks do not count: where lines are broken is no part
of what is told. The fixed text is drawn by a form that many pages share; reading it again on each page would take
six times as long. So it is read on the first page that uses a form and on every so-manieth after, and left out of
the copy that all pages are read from. The shapes of rare characters are compared with the font they came from.
"""

import re
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sekisho.kernel.errors import SekishoError
from sekisho.letters.printing.design import Design
from sekisho.letters.printing.filling import page_number
from sekisho.letters.printing.layout import Layout
from sekisho.letters.printing.reader import Reader, squeezed
from sekisho.letters.printing.told import Told

_FORM = re.compile(rb"<</Length (\d+)/Filter/FlateDecode/Type/XObject/Subtype/Form[^>]*>>stream\n")
_NOTHING = zlib.compress(b"q Q")


@dataclass(frozen=True, slots=True)
class Printed:
    """A letter as it must stand in the file."""

    serial: str
    told: Told
    bars: str
    first_page: int
    layout: Layout

    def pages(self, design: Design) -> Iterator[str]:
        """What was filled in on each page, without blanks."""
        told, layout = self.told, self.layout
        for page in range(len(layout.pages)):
            head = [told.postal, told.address, told.name, self.bars] if page == 0 else [told.name]
            rows = zip(told.rows, layout.rows, strict=True)
            cells = [line for row, spot in rows if spot.page == page for cell in row for line in cell]
            foot = [told.serial, page_number(design, page, len(layout.pages))]
            yield squeezed("".join([*head, *cells, *foot]))


def check_file(data: bytes, name: str, letters: Sequence[Printed], design: Design, every: int) -> None:
    """Raises ``SekishoError`` with page and serial where the file is not what it must be."""
    with_fixed, filled = Reader(data), Reader(without_forms(data))
    try:
        expected = sum(len(letter.layout.pages) for letter in letters)
        if len(filled) != expected or len(with_fixed) != expected:
            raise SekishoError(f"has {len(filled)} pages instead of {expected}", where=name)
        seen: set[tuple[str, bytes]] = set()
        for letter in letters:
            for page, wanted in enumerate(letter.pages(design)):
                number = letter.first_page - 1 + page
                _compare(filled.text(number), wanted, name, number, letter.serial)
                drawn = letter.layout.pages[page]
                form = (drawn.resources, drawn.content)
                if form not in seen or number % every == 0:
                    seen.add(form)
                    _compare(with_fixed.text(number), letter.layout.texts[page] + wanted, name, number, letter.serial)
    finally:
        with_fixed.close()
        filled.close()


def _compare(found: str, wanted: str, name: str, number: int, serial: str) -> None:
    if found != wanted:
        raise SekishoError(
            f"what stands there is not what had to be printed ({serial})",
            where=f"{name}, page {number + 1}",
            remedy="nothing of this file was kept; report it with the versions of the fonts",
        )


def without_forms(data: bytes) -> bytes:
    """A copy in which the forms draw nothing; every other byte is the same."""
    copy = bytearray(data)
    for found in _FORM.finditer(data):
        length = int(found.group(1))
        copy[found.end() : found.end() + length] = _NOTHING.ljust(length, b"\0")[:length]
    return bytes(copy)
