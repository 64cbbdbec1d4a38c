"""The places of one print file filled: strings → drawing operators (ISO 32000-1, 9.4), measured and wrapped before."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from itertools import groupby
from operator import itemgetter

from sekisho.letters.model import Held
from sekisho.letters.printing.design import POINTS, Design
from sekisho.letters.printing.fitting import Fitted, Place, fit
from sekisho.letters.printing.fonts.characters import units
from sekisho.letters.printing.fonts.embedding import BARS, Codes, bar_height, bars_width, coded_bars
from sekisho.letters.printing.fonts.faces import Faces, UnprintableError
from sekisho.letters.printing.layout import Layout, Spot, Typesetter
from sekisho.letters.printing.told import Cell, Told

_REMEMBERED = 4000
"""Most cells, widths and lines that are kept: most of them never come again."""
_ASCENT = 0.88
"""Height of kanji above the base line, as a part of the type size."""


class HoldBackError(Exception):
    """A letter that is not printed: reason and detail."""

    def __init__(self, reason: Held, detail: str) -> None:
        super().__init__(detail)
        self.reason, self.detail = reason, detail


@dataclass(frozen=True, slots=True)
class Filled:
    """A letter ready to be written: its layout, and for each page the operators that fill it."""

    layout: Layout
    pages: tuple[bytes, ...]


@dataclass(slots=True)
class _Sized:
    """A cell, the least height of row (its number) that holds it, and how it is drawn in rows of each height."""

    column: int
    cell: Cell
    height: int
    drawn: dict[int, str] = field(default_factory=dict)


@dataclass(slots=True)
class Filler:
    """Fills letters of one print file. What comes again and again (agencies, insurers, items) is drawn once."""

    design: Design
    faces: Faces
    typesetter: Typesetter
    codes: Codes
    _cells: dict[tuple[int, Cell], _Sized] = field(default_factory=dict)
    _widths: dict[str, int] = field(default_factory=dict)
    _drawn: dict[tuple[str, float], str] = field(default_factory=dict)
    _pens: dict[tuple[float, float], str] = field(default_factory=dict)
    _numbers: dict[tuple[int, int], Fitted | None] = field(default_factory=dict)

    def fill(self, told: Told, bars: str) -> Filled:
        """Raises ``HoldBackError`` when a character cannot be printed or a text does not fit."""
        for known in (self._cells, self._widths, self._drawn, self._pens):
            if len(known) > _REMEMBERED:
                known.clear()
        try:
            return self._filled(told, bars)
        except UnprintableError as missing:
            raise HoldBackError(Held.GLYPH, str(missing)) from None

    def _filled(self, told: Told, bars: str) -> Filled:
        table = self.design["table"]
        if len(told.rows) > table["most_rows"]:
            raise HoldBackError(Held.TOO_LONG, f"rows {len(told.rows)}")
        sized = [[self._sized(column, cell) for column, cell in enumerate(row)] for row in told.rows]
        height = max([cell.height for row in sized for cell in row], default=0)
        layout = self.typesetter.layout(len(told.rows), height)
        address, name = self.fitted_address(told), self.fitted_name(told)
        heads = [self._head(told, spot) for spot in layout.continued]
        pages: list[list[str]] = [[] for _ in layout.pages]
        for page, head in enumerate(heads, 1):
            pages[page].append(head)
        pages[0] += self._address_block(layout.address, told.postal, address, name, bars)
        for row, spot in zip(sized, layout.rows, strict=True):
            pages[spot.page].append(self._row(row, spot, height))
        for spot in layout.footers:
            pages[spot.page].append(self._foot(told.serial, spot, len(layout.pages)))
        return Filled(layout, tuple("".join(page).encode("ascii") for page in pages))

    def fitted_cell(self, column: int, cell: Cell) -> Fitted:
        """A cell as it stands in the least row that holds it. Raises ``HoldBackError``."""
        place = self.design.cell_places[self._sized(column, cell).height][column]
        return self._stacked(cell, place) or Fitted(place.sizes[-1], cell)

    def _sized(self, column: int, cell: Cell) -> _Sized:
        """A cell with the least height of row that holds it; remembered."""
        found = self._cells.get((column, cell))
        if found is None:
            for height, places in enumerate(self.design.cell_places):
                fitted = self._stacked(cell, places[column])
                if fitted is not None:
                    found = self._cells[column, cell] = _Sized(column, cell, height)
                    return found
            raise HoldBackError(Held.TOO_LONG, f"column {column + 1}")
        return found

    def _stacked(self, cell: Cell, place: Place) -> Fitted | None:
        """The lines of a cell one above the other, all at the same size."""
        if len(cell) == 1:
            return fit(cell[0], place, self.faces.advances)
        if not cell:
            return Fitted(place.sizes[0], ())
        widest = max(map(self._width, cell))
        for size in place.sizes:
            if len(cell) * size * place.leading <= place.height and widest * size <= place.width * 1000:
                return Fitted(size, cell)
        for size in place.sizes:
            one = replace(place, sizes=(size,))
            parts = [fit(line, one, self.faces.advances) for line in cell if line]
            lines = [line for part in parts if part is not None for line in part.lines]
            if None not in parts and len(lines) * size * place.leading <= place.height + 0.01:
                return Fitted(size, tuple(lines))
        return None

    def _width(self, line: str) -> int:
        width = self._widths.get(line)
        if width is None:
            width = sum(map(self.faces.advances.__getitem__, units(line)))
            self._widths[line] = width
        return width

    def fitted_address(self, told: Told) -> Fitted:
        fitted = fit(told.address, self.design.address_place, self.faces.advances)
        if fitted is None:
            raise HoldBackError(Held.TOO_LONG, "address")
        return fitted

    def fitted_name(self, told: Told) -> Fitted:
        fitted = fit(told.name, self.design.name_place(told.keep_end), self.faces.advances)
        if fitted is None:
            raise HoldBackError(Held.TOO_LONG, "name")
        return fitted

    def _address_block(self, spot: Spot, postal: str, address: Fitted, name: Fitted, bars: str) -> Iterable[str]:
        """Postcode, address, name and bars from the top of the window's place. Raises ``HoldBackError`` when it is
        too low."""
        mine = self.design["address"]
        leading, y = mine["leading"], spot.y
        drawn = []
        if postal:
            fitted = fit(postal, self.design.postal_place, self.faces.advances)
            if fitted is None:
                raise HoldBackError(Held.TOO_LONG, "postal code")
            drawn.append(self._lines(fitted, spot.x, y, leading))
            y -= fitted.size * leading
        drawn.append(self._lines(address, spot.x, y, leading))
        y -= address.size * leading * len(address.lines) + mine["name_gap"] * POINTS
        drawn.append(self._lines(name, spot.x, y, leading))
        y -= name.size * leading * len(name.lines)
        if bars:
            size = mine["barcode_size"]
            y -= mine["barcode_gap"] * POINTS + bar_height(size)
            drawn.append(f"/{BARS.decode()} {size} Tf 1 0 0 1 {spot.x:.2f} {y:.2f} Tm <{coded_bars(bars)}> Tj\n")
            if bars_width(len(bars), size) > mine["width"] * POINTS:
                raise HoldBackError(Held.TOO_LONG, "barcode")
        if spot.y - y > mine["height"] * POINTS + 0.01:
            raise HoldBackError(Held.TOO_LONG, "address block")
        return ["BT\n", *drawn, "ET\n"]

    def _row(self, row: list[_Sized], spot: Spot, height: int) -> str:
        cells = "".join([cell.drawn.get(height) or self._draw(cell, height) for cell in row])
        return f"q 1 0 0 1 {spot.x:.2f} {spot.y:.2f} cm BT\n{cells}ET Q\n"

    def _draw(self, sized: _Sized, height: int) -> str:
        """A cell drawn from the corner of its row."""
        place = self.design.cell_places[height][sized.column]
        fitted = self._stacked(sized.cell, place)
        if fitted is None:  # never: a higher row has more room
            raise HoldBackError(Held.TOO_LONG, f"column {sized.column + 1}")
        start = self.design.column_starts[sized.column]
        drawn = sized.drawn[height] = self._lines(fitted, start, 0.0, place.leading)
        return drawn

    def _head(self, told: Told, spot: Spot) -> str:
        fitted = fit(told.name, self.design.footer_place, self.faces.advances)
        if fitted is None:
            raise HoldBackError(Held.TOO_LONG, "name")
        return f"BT\n{self._lines(fitted, spot.x, spot.y - 4.5 * POINTS, 1.2)}ET\n"

    def _foot(self, serial: str, spot: Spot, pages: int) -> str:
        fitted = fit(serial, self.design.footer_place, self.faces.advances)
        number = self._fitted_number(spot.page, pages)
        if fitted is None or number is None:
            raise HoldBackError(Held.TOO_LONG, "serial")
        width = self._width(number.lines[0]) * number.size / 1000
        right = spot.x + self.design.line_width - width
        return f"BT\n{self._lines(fitted, spot.x, spot.y, 1.2)}{self._lines(number, right, spot.y, 1.2)}ET\n"

    def _fitted_number(self, page: int, pages: int) -> Fitted | None:
        key = (page, pages)
        if key not in self._numbers:
            text = page_number(self.design, page, pages)
            self._numbers[key] = fit(text, self.design.footer_place, self.faces.advances)
        return self._numbers[key]

    def _lines(self, fitted: Fitted, x: float, y: float, leading: float) -> str:
        """Operators for lines below each other, the upper edge of the first at ``y``."""
        size, drawn = fitted.size, []
        base = y - size * (_ASCENT + (leading - 1) / 2)
        for line in fitted.lines:
            pen = self._pens.get((x, base))
            if pen is None:
                pen = self._pens[x, base] = f"1 0 0 1 {x:.2f} {base:.2f} Tm\n"
            drawn.append(pen + self._shown(line, size))
            base -= size * leading
        return "".join(drawn)

    def _shown(self, line: str, size: float) -> str:
        """Operators that show a line where the pen is."""
        key = (line, size)
        shown = self._drawn.get(key)
        if shown is None:
            shown = self._drawn[key] = self._encoded(units(line), size)
        return shown

    def _encoded(self, cut: list[str], size: float) -> str:
        try:
            return f"/F0 {size} Tf <{''.join(map(self.codes.__getitem__, cut))}> Tj\n"
        except KeyError:
            runs = groupby(map(self.codes.coded, cut), key=itemgetter(0))
            return "".join([f"/F{face} {size} Tf <{''.join([code for _, code in run])}> Tj\n" for face, run in runs])


def page_number(design: Design, page: int, pages: int) -> str:
    text: str = design.labels["page"]
    return text.format(page=page + 1, pages=pages)
