"""Reading a print file back before it gets its name: every page, with another program's eyes (PDFium).

All that was filled in must be there, on the right page, in order, and nothing else: postcode, address, name,
barcode, every cell of every policy, serial and page number. Blanks do not count: where lines are broken is no part
of what is told.

The file as it is, fixed text and all, is read on the first page that uses a form, on every so-manieth and on the last.
Every page is then read from a copy in memory in which the forms draw nothing and every outline of the fonts is a
square; all other bytes are the same, so that the pages' own contents and the fonts' maps to text are those of the
file. Reading the fixed text again on each page would take six times as long, and PDFium measures the outline of each
character twice, which takes as long as all the rest. Which outlines stand in the file is another check (``shapes``):
they are compared with the fonts they came from.
"""

import re
import zlib
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass

from sekisho.kernel.errors import SekishoError
from sekisho.letters.printing.design import Design
from sekisho.letters.printing.filling import page_number
from sekisho.letters.printing.fonts.cff import plain_program
from sekisho.letters.printing.fonts.embedding import Codes
from sekisho.letters.printing.layout import Layout
from sekisho.letters.printing.reader import Reader, squeezed
from sekisho.letters.printing.told import Told

_FORM = re.compile(rb"<</Length (\d+)/Filter/FlateDecode/Type/XObject/Subtype/Form[^>]*>>stream\n")
_FONT = re.compile(rb"<</Length (\d+)/Filter/FlateDecode(?:/Subtype/CIDFontType0C|/Length1 \d+)>>stream\n")
_NOTHING = zlib.compress(b"q Q")


@dataclass(frozen=True, slots=True)
class Printed:
    """A letter as it must stand in the file."""

    serial: str
    told: Told
    bars: str
    first_page: int
    layout: Layout

    def filled(self, page: int, design: Design) -> str:
        """What was filled in on a page (from 0), without blanks."""
        told, layout = self.told, self.layout
        head = [told.postal, told.address, told.name, self.bars] if page == 0 else [told.name]
        rows = zip(told.rows, layout.rows, strict=True)
        cells = [line for row, spot in rows if spot.page == page for cell in row for line in cell]
        foot = [told.serial, page_number(design, page, len(layout.pages))]
        return squeezed("".join([*head, *cells, *foot]))


def check_file(data: bytes, name: str, letters: Sequence[Printed], codes: Codes, design: Design, *, every: int) -> None:
    """Raises ``SekishoError`` with page and serial where the file is not what it must be."""
    expected = sum(len(letter.layout.pages) for letter in letters)
    with closing(Reader(data)) as reader:
        _count(reader, expected, name)
        seen: set[tuple[str, bytes]] = set()
        for letter in letters:
            for page, drawn in enumerate(letter.layout.pages):
                number = letter.first_page - 1 + page
                form = (drawn.resources, drawn.content)
                if form not in seen or number % every == 0 or number == expected - 1:
                    seen.add(form)
                    wanted = letter.layout.texts[page] + letter.filled(page, design)
                    _compare(reader.text(number), wanted, name, number, letter.serial)
    with closing(Reader(fields_only(data, 1 + max(map(len, codes.used))))) as reader:
        _count(reader, expected, name)
        for letter in letters:
            for page in range(len(letter.layout.pages)):
                number = letter.first_page - 1 + page
                _compare(reader.text(number), letter.filled(page, design), name, number, letter.serial)


def _count(reader: Reader, expected: int, name: str) -> None:
    if len(reader) != expected:
        raise SekishoError(f"has {len(reader)} pages instead of {expected}", where=name)


def _compare(found: str, wanted: str, name: str, number: int, serial: str) -> None:
    if found != wanted:
        raise SekishoError(
            f"what stands there is not what had to be printed ({serial})",
            where=f"{name}, page {number + 1}",
            remedy="nothing of this file was kept; report it with the versions of the fonts",
        )


def fields_only(data: bytes, glyphs: int) -> bytearray:
    """A copy in which the forms draw nothing and all glyphs (so many in a font at most) have the same outline; every
    other byte is the same."""
    copy = bytearray(data)
    for kind, instead in ((_FORM, _NOTHING), (_FONT, zlib.compress(plain_program(glyphs)))):
        for found in kind.finditer(data):
            length = int(found.group(1))
            if len(instead) <= length:
                copy[found.end() : found.end() + length] = instead.ljust(length, b"\0")
    return copy
