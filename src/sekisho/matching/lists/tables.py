"""Lists read as lists: header row → columns → rows, each attributed to its insurer, with or without a ledger of it.

Works on folded text in which the cells of a table stand between tabs and its rows in lines, so that sheets, CSV and
lists in a mail body take one path. The scanner has already marked the lines with two or more header words (*heads*)
and the words followed by a colon (*labels*); nothing is parsed without them. REQUIREMENTS A2.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import zip_longest

from sekisho.kernel.folding import folded
from sekisho.matching.insurers import Insurers
from sekisho.matching.lists.cells import (
    BLANK,
    HEADER_MAX,
    head_item,
    is_empty,
    is_total,
    item_bit,
    speaks_of_insurance,
    squeezed_number,
)
from sekisho.matching.lists.records import Records
from sekisho.matching.lists.rows import Area, Row
from sekisho.matching.parameters import parameters

_QUOTE = re.compile(r"^\s*(?:[>][ ]?)+")
_SEPARATORS = (r"\t", r"\|", "│", ",", "、", r" ?/ ?", r" {2,}", r" +")
_SIGNS = ("\t", "|", "│", ",", "、", "/", "  ", " ")
"""What a line must hold to be separated by each of them."""
_BLANKS = frozenset(_SEPARATORS[-2:])
_BARS = frozenset({r"\|", "│"})
BLANK_LINES = 2
STRAY_LINES = 3
"""In running text a list ends after so many lines that are no rows of it."""
ROWS_MAX = 1_000_000


@dataclass(frozen=True, slots=True)
class Columns:
    """How the rows of one list read: what separates cells, the item bit of each column (0 = none of ours), and whether
    the header leaves no doubt that policies are listed."""

    separator: str
    bits: tuple[int, ...]
    sure: bool

    @property
    def used(self) -> tuple[tuple[int, int], ...]:
        """(place, item bit) of the columns that name items."""
        return _used(self.bits)

    @property
    def mask(self) -> int:
        """All items of the list."""
        return sum(set(self.bits))

    def fits(self, cells: list[tuple[int, str]]) -> bool:
        """Whether a line of running text may be a row. A blank inside a cell makes one more of it where blanks
        separate, an empty cell one less."""
        if self.separator in _BLANKS:
            if item_bit("policy_no") in self.bits:
                return len(cells) > 1 and any(_may_be_number(cell) for _, cell in cells)
            return len(cells) >= len(self.bits)
        return len(cells) > 1


class Reader:
    """Reads the lists of one message. ``text`` is the whole folded text."""

    def __init__(self, text: str, insurers: Insurers) -> None:
        self._text = text
        self._insurers = insurers
        self._records = Records(text, insurers, self._caption)

    def rows(
        self, area: Area, heads: Sequence[tuple[int, int]], labels: Sequence[tuple[int, int, int]]
    ) -> Iterator[Row]:
        """All rows of the lists in ``area``. ``heads``: spans of header lines; ``labels``: (begin, end, item bit)."""
        behind = -1
        starts = {begin for begin, _ in heads}
        for begin, end in heads:
            if begin >= behind:
                read = self._table(area, begin, end, starts)
                if read is not None:
                    rows, behind = read
                    yield from rows
        yield from self._records.rows(area, labels)

    def _table(self, area: Area, begin: int, end: int, starts: set[int]) -> tuple[list[Row], int] | None:
        """(rows, where the list ends) of the list whose header line is [begin, end); None when it is no header."""
        columns = _columns(self._text[begin:end], area.grid)
        if columns is None:
            return None
        at = end + 1
        if at < area.end:  # a header over two rows: the lower one is the finer
            stop = self._line_end(at, area.end)
            lower = _split(self._text[at:stop], columns.separator, area.grid)
            bits = [head_item(cell) for _, cell in lower]
            plain = not any(sum(map(str.isdigit, cell)) >= 3 for _, cell in lower)
            if plain and any(bits) and len(bits) <= len(columns.bits) + 4:
                both = zip_longest(bits, columns.bits, fillvalue=0)
                columns = Columns(columns.separator, tuple(low or high for low, high in both), columns.sure)
                at = stop + 1
        if not columns.mask & (item_bit("policy_no") | item_bit("holder_name")):
            return None
        section = self._caption(area, begin)
        read = self._grid if area.grid else self._lines
        return read(area, at, columns, section, starts)

    def _grid(self, area: Area, at: int, columns: Columns, section: str, starts: set[int]) -> tuple[list[Row], int]:
        """The rows of a sheet from ``at`` to the next header. ``section``: the insurer that the caption named, until a
        line of its own names another."""
        rows: list[Row] = []
        while at < area.end and len(rows) < ROWS_MAX:
            begin, stop = at, self._line_end(at, area.end)
            line = self._text[begin:stop]
            if begin in starts and _columns(line, area.grid) is not None:
                return rows, begin
            at = stop + 1
            cells = line.split("\t")
            filled = [cell for cell in cells if cell.strip(BLANK)]
            if not filled or is_total(filled):
                continue
            if len(filled) == 1:
                section = self._insurers.resolve(filled[0]) or section
            row = self._grid_row(area, (begin, stop), cells, columns, section)
            if row is not None:
                rows.append(row)
        return rows, at

    def _grid_row(
        self, area: Area, line: tuple[int, int], cells: list[str], columns: Columns, section: str
    ) -> Row | None:
        """As ``_row`` for a line of a sheet: sheets are long, and their cells stand where they belong."""
        number, span, written, mask = "", line, "", 0
        policy, insurer = item_bit("policy_no"), item_bit("insurer")
        for place, bit in columns.used:
            if place >= len(cells):
                break
            cell = cells[place]
            if not cell.strip(BLANK):
                continue
            if bit == policy:
                found = "" if number else squeezed_number(cell)
                if not found:
                    continue
                number, span = found, _span(line[0] + sum(map(len, cells[:place])) + place, cell)
            elif bit == insurer:
                written = cell.strip()
            mask |= bit
        return self._finished((area.piece, *line), (number, *span), (written, mask, columns.sure), section)

    def _lines(self, area: Area, at: int, columns: Columns, section: str, starts: set[int]) -> tuple[list[Row], int]:
        """The rows of a list in running text. It ends at a blank line that no row follows (or a line of its own that
        names the insurer of the rows after it), so that a signature is no row and nobody's insurer."""
        rows: list[Row] = []
        blank = stray = 0
        while at < area.end and len(rows) < ROWS_MAX and stray < STRAY_LINES and blank <= BLANK_LINES:
            begin, stop = at, self._line_end(at, area.end)
            line = self._text[begin:stop]
            cells = _split(line, columns.separator, grid=False)
            filled = [cell for _, cell in cells if not is_empty(cell)]
            if filled and blank and not columns.fits(cells) and not self._opens_section(filled, stop, area, columns):
                return rows, begin
            if begin in starts and _columns(line, grid=False) is not None:
                return rows, begin
            at = stop + 1
            if not filled:
                blank += 1
                continue
            if len(filled) == 1:
                section = self._insurers.resolve(filled[0]) or section
            row = None if is_total(filled) or len(cells) == 1 else self._row(
                area, (begin, stop), cells, columns, section
            )  # fmt: skip
            if row is not None:
                rows.append(row)
            blank, stray = 0, 0 if row is not None else stray + 1
        return rows, at

    def _opens_section(self, filled: list[str], stop: int, area: Area, columns: Columns) -> bool:
        """A line that names an insurer, with a row directly under it."""
        if len(filled) > 1 or not self._insurers.resolve(filled[0]):
            return False
        after = self._line_end(stop + 1, area.end)
        cells = _split(self._text[stop + 1 : after], columns.separator, grid=False)
        return columns.fits(cells) and sum(not is_empty(cell) for _, cell in cells) > 1

    def _row(
        self, area: Area, line: tuple[int, int], cells: list[tuple[int, str]], columns: Columns, section: str
    ) -> Row | None:
        number, span, written, mask = "", line, "", 0
        policy, insurer = item_bit("policy_no"), item_bit("insurer")
        if len(cells) <= len(columns.bits):
            for bit, (offset, cell) in zip(columns.bits, cells, strict=False):
                if not bit or not cell.strip(BLANK):
                    continue
                if bit == policy:
                    found = squeezed_number(cell)
                    if not found or number:
                        continue
                    number, span = found, _span(line[0] + offset, cell)
                elif bit == insurer:
                    written = cell.strip()
                mask |= bit
        if not number and len(cells) != len(columns.bits) and policy in columns.bits:
            # a blank inside a cell of a list that blanks separate: go by what the cells look like
            number, span = self._number_anywhere(line, cells)
            written = next((cell for _, cell in cells if self._insurers.resolve(cell)), "")
            mask = columns.mask if number else mask
        return self._finished((area.piece, *line), (number, *span), (written, mask, columns.sure), section)

    def _finished(
        self, place: tuple[int, int, int], number: tuple[str, int, int], told: tuple[str, int, bool], section: str
    ) -> Row | None:
        """The row from its (piece, begin, end), its (number, begin, end) and (insurer as written, items, whether the
        header is sure), with its insurer resolved; None when it tells of no policy."""
        written, mask, sure = told
        known = self._insurers.resolve(written) if written else section
        if known or written:
            mask |= item_bit("insurer")
        if not number[0] and not (mask & item_bit("holder_name") and mask.bit_count() >= 2):
            return None
        insurer = known or written[:HEADER_MAX]
        return Row(*place, *number, insurer, bool(known), mask, own=bool(written), sure=sure)

    @staticmethod
    def _number_anywhere(line: tuple[int, int], cells: list[tuple[int, str]]) -> tuple[str, tuple[int, int]]:
        for offset, cell in cells:
            if _may_be_number(cell):
                return squeezed_number(cell), _span(line[0] + offset, cell)
        return "", line

    def _caption(self, area: Area, begin: int) -> str:
        """The insurer named in the nearest of the lines above, else by the sheet or file name."""
        at = begin
        for _ in range(parameters()["table"]["caption_lines"]):
            if at <= area.begin:
                break
            start = self._text.rfind("\n", area.begin, at - 1) + 1 or area.begin
            found = self._insurers.resolve(self._text[start : at - 1].replace("\t", " "))
            if found:
                return found
            at = start
        return self._insurer_of_part(area.part)

    def _insurer_of_part(self, part: str) -> str:
        for level in _names_in(part):
            found = self._insurers.resolve(level)
            if found:
                return found
        return ""

    def _line_end(self, at: int, limit: int) -> int:
        stop = self._text.find("\n", at, limit)
        return limit if stop < 0 else stop


def _may_be_number(cell: str) -> bool:
    return cell.isascii() and "," not in cell and squeezed_number(cell) != ""


def _span(begin: int, cell: str) -> tuple[int, int]:
    """Where the text of a cell stands, without the blanks around it."""
    bare = cell.strip()
    begin += len(cell) - len(cell.lstrip())
    return begin, begin + len(bare)


def _columns(line: str, grid: bool) -> Columns | None:
    """The separator under which most cells of a header line name items, and those items; None when it is no header."""
    best: Columns | None = None
    score = 1
    for separator, sign in zip(_SEPARATORS[:1] if grid else _SEPARATORS, _SIGNS, strict=False):
        if sign not in line:
            continue
        heads = [(head_item(cell), cell) for _, cell in _split(line, separator, grid)]
        good = len({bit for bit, _ in heads} - {0})
        if good > score:
            best = Columns(separator, tuple(bit for bit, _ in heads), speaks_of_insurance(heads))
            score = good
    return best


def _split(line: str, separator: str, grid: bool) -> list[tuple[int, str]]:
    """(offset, cell) of a line; a quote mark and borders at its edges are dropped."""
    if grid:
        return _cells(line)
    begin = quote.end() if (quote := _QUOTE.match(line)) else 0
    end = len(line.rstrip(" "))
    border = separator in _BARS
    while begin < end and (line[begin] in " " or (border and line[begin] in "|│")):
        begin += 1
    if border and end > begin and line[end - 1] in "|│":
        end -= 1
    cells, at = [], begin
    for gap in _pattern(separator).finditer(line, begin, end):
        cells.append((at, line[at : gap.start()]))
        at = gap.end()
    cells.append((at, line[at:end]))
    return cells


def _cells(line: str) -> list[tuple[int, str]]:
    cells, at = [], 0
    for cell in line.split("\t"):
        cells.append((at, cell))
        at += len(cell) + 1
    return cells


@lru_cache(1024)
def _names_in(part: str) -> tuple[str, ...]:
    """The names of sheet, file and archive in a part's path, folded, the innermost first."""
    return tuple(level.partition(":")[2] or level for level in reversed(folded(part).split("!")))


@cache
def _used(bits: tuple[int, ...]) -> tuple[tuple[int, int], ...]:
    return tuple((place, bit) for place, bit in enumerate(bits) if bit)


@cache
def _pattern(separator: str) -> re.Pattern[str]:
    return re.compile(separator)
