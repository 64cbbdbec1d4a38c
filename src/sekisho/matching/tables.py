"""Lists read as lists: header row → columns → rows, each attributed to its insurer, with or without a ledger of it.

Works on folded text in which the cells of a table stand between tabs and its rows in lines, so that sheets, CSV and
lists in a mail body take one path. The scanner has already marked the lines with two or more header words (*heads*)
and the words followed by a colon (*labels*); nothing is parsed without them. REQUIREMENTS A2.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import zip_longest

from sekisho.kernel.folding import folded
from sekisho.law.items import items
from sekisho.matching.insurers import Insurers, compact
from sekisho.matching.parameters import parameters, words

_QUOTE = re.compile(r"^\s*(?:[>][ ]?)+")
_SEPARATORS = (r"\t", r"\|", "│", ",", "、", r" ?/ ?", r" {2,}", r" +")
_BRACKETED = re.compile(r"[(\[【〔<][^)\]】〕>]*[)\]】〕>]")
_DATE = re.compile(
    r"^(?:\d{4}|[MTSHR]\d{1,2}|(?:明治|大正|昭和|平成|令和).{1,3})[-/.年]\d{1,2}[-/.月]\d{1,2}日?(?:[ T].*)?$"
)
_PHONE = re.compile(r"^\(?0\d{1,4}[-() ]+\d{1,4}[-) ]+\d{3,4}$")
_FRACTION = re.compile(r"^(\d+)\.0+$")
_EMPTY = re.compile(r"[-\s*―]*")
_VALUE_END = re.compile(r" / |\t|\n|[【〔|;]| {2,}|・(?=\S{2,10}[:=])")
_NUMBER_SIGNS = re.compile(r"[^0-9A-Z]+")
BLANK_LINES = 2
STRAY_LINES = 3
"""In running text a list ends after so many lines that are no rows of it."""
LABEL_GAP = 200
ROWS_MAX = 1_000_000
HEADER_MAX = 40


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a list: its span and the span of its policy-number cell in the folded text, the squeezed number (or
    ``""``), the insurer (id when ``known``, otherwise as written, ``""`` when not told) and the items it carries."""

    piece: int
    begin: int
    end: int
    number: str
    number_begin: int
    number_end: int
    insurer: str
    known: bool
    items: int


@dataclass(frozen=True, slots=True)
class Columns:
    """How the rows of one list read: what separates cells, and the item bit of each column (0 = none of ours)."""

    separator: str
    bits: list[int]

    @property
    def mask(self) -> int:
        """All items of the list."""
        return sum(set(self.bits))


@dataclass(frozen=True, slots=True)
class Area:
    """A piece of the message in folded text. ``grid``: cells of a table (tab-separated), not running text."""

    piece: int
    begin: int
    end: int
    grid: bool
    part: str


@cache
def _head_words() -> dict[str, int]:
    known = {compact(folded(word)): item.bit for item in items().values() for word in item.columns}
    return {word: bit for word, bit in known.items() if word}  # a bare sign such as 〒 leaves nothing


@cache
def _bit(code: str) -> int:
    return items()[code].bit


@cache
def _total_words() -> frozenset[str]:
    return frozenset(words("total_words"))


def head_item(cell: str) -> int:
    """The item bit of a folded header cell; 0 when it names none. Brackets, units and blanks do not matter."""
    return _head_item(cell) if len(cell) <= HEADER_MAX else 0


@cache
def _head_item(cell: str) -> int:
    known = _head_words()
    for form in (compact(cell), compact(_BRACKETED.sub("", cell))):
        for plain in (form, form.removeprefix("ゴ").removeprefix("御"), form.removesuffix("欄")):
            if plain in known:
                return known[plain]
        if form.startswith("証券番号") or form.endswith("証券番号"):
            return _bit("policy_no")
    return 0


def squeezed_number(cell: str) -> str:
    """The policy number in a folded cell of a policy-number column; ``""`` when it does not look like one."""
    rule = parameters()["table"]
    cell = cell.strip(" '\"")
    whole = _FRACTION.match(cell)
    if whole:
        cell = whole.group(1)
    if _DATE.match(cell) or _PHONE.match(cell):
        return ""
    number = _NUMBER_SIGNS.sub("", cell)
    strange = sum(not (sign.isascii()) for sign in cell)
    long_enough = rule["number_min"] <= len(number) <= rule["number_max"]
    return number if long_enough and strange <= 6 and sum(map(str.isdigit, number)) >= rule["digits_min"] else ""


class Reader:
    """Reads the lists of one message. ``text`` is the whole folded text."""

    def __init__(self, text: str, insurers: Insurers) -> None:
        self._text = text
        self._insurers = insurers

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
        yield from self._records(area, labels)

    # -- lists with a header ------------------------------------------------------------------------------------

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
                columns = Columns(columns.separator, [low or high for low, high in both])
                at = stop + 1
        if not columns.mask & (_bit("policy_no") | _bit("holder_name")):
            return None
        return self._body(area, at, columns, self._caption(area, begin), starts)

    def _body(self, area: Area, at: int, columns: Columns, section: str, starts: set[int]) -> tuple[list[Row], int]:
        """The rows from ``at`` on. ``section``: the insurer that the caption named, until a line of its own names
        another."""
        rows: list[Row] = []
        blank = stray = 0
        while at < area.end and len(rows) < ROWS_MAX:
            begin, stop = at, self._line_end(at, area.end)
            line = self._text[begin:stop]
            if begin in starts and _columns(line, area.grid) is not None:
                return rows, begin
            at = stop + 1
            cells = _split(line, columns.separator, area.grid)
            filled = [cell for _, cell in cells if not _EMPTY.fullmatch(cell)]
            if not filled:
                blank += 1
                if not area.grid and blank > BLANK_LINES:
                    break
                continue
            if len(filled) == 1:
                section = self._insurers.resolve(filled[0]) or section
            row = None if _is_total(filled) else self._row(area, (begin, stop), cells, columns, section)
            if row is not None:
                rows.append(row)
            blank, stray = 0, 0 if row is not None else stray + 1
            if not area.grid and stray >= STRAY_LINES:
                break
        return rows, at

    def _row(
        self, area: Area, line: tuple[int, int], cells: list[tuple[int, str]], columns: Columns, section: str
    ) -> Row | None:
        number, span, written, mask = "", line, "", 0
        policy, insurer = _bit("policy_no"), _bit("insurer")
        if len(cells) <= len(columns.bits) or area.grid:
            for bit, (offset, cell) in zip(columns.bits, cells, strict=False):
                if not bit or _EMPTY.fullmatch(cell):
                    continue
                if bit == policy:
                    found = squeezed_number(cell)
                    if not found or number:
                        continue
                    number, span = found, _span(line[0] + offset, cell)
                elif bit == insurer:
                    written = cell.strip()
                mask |= bit
        if not number and len(cells) != len(columns.bits) and not area.grid and policy in columns.bits:
            # a blank inside a cell of a list that blanks separate: go by what the cells look like
            number, span = self._number_anywhere(line, cells)
            written = next((cell for _, cell in cells if self._insurers.resolve(cell)), "")
            mask = columns.mask if number else mask
        known = self._insurers.resolve(written) if written else section
        if known or written:
            mask |= insurer
        if not number and not (mask & _bit("holder_name") and mask.bit_count() >= 2):
            return None
        return Row(area.piece, *line, number, *span, known or written[:HEADER_MAX], bool(known), mask)

    @staticmethod
    def _number_anywhere(line: tuple[int, int], cells: list[tuple[int, str]]) -> tuple[str, tuple[int, int]]:
        for offset, cell in cells:
            number = squeezed_number(cell)
            if number and cell.isascii() and "," not in cell:
                return number, _span(line[0] + offset, cell)
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
        for level in reversed(folded(area.part).split("!")):
            found = self._insurers.resolve(level.partition(":")[2] or level)
            if found:
                return found
        return ""

    def _line_end(self, at: int, limit: int) -> int:
        stop = self._text.find("\n", at, limit)
        return limit if stop < 0 else stop

    # -- 証券番号：KA… ------------------------------------------------------------------------------------------

    def _records(self, area: Area, labels: Sequence[tuple[int, int, int]]) -> Iterator[Row]:
        found: list[tuple[int, int, int, str]] = []
        seen = 0
        for place, (begin, end, bit) in enumerate(labels):
            following = labels[place + 1][0] if place + 1 < len(labels) else area.end
            at, value = self._value(end, min(following, area.end))
            if not value:
                continue
            if found and ((bit & seen and bit == found[0][2]) or begin - found[-1][1] > LABEL_GAP):
                yield from self._record(area, found)
                found, seen = [], 0
            found.append((at, at + len(value), bit, value))
            seen |= bit
        if found:
            yield from self._record(area, found)

    def _value(self, label_end: int, limit: int) -> tuple[int, str]:
        """(where, value) behind a label: on its line, or alone on the next one."""
        at = label_end
        while at < limit and self._text[at] in " :=】]』〕\t":
            at += 1
        if at < limit and self._text[at] == "\n":
            at += 1
        ends = _VALUE_END.search(self._text, at, limit)
        value = self._text[at : ends.start() if ends else limit].rstrip(" ,、/・([【")
        return at, value if len(value) <= LABEL_GAP and not _EMPTY.fullmatch(value) else ""

    def _record(self, area: Area, found: list[tuple[int, int, int, str]]) -> Iterator[Row]:
        number, span, written, mask = "", (found[0][0], found[-1][1]), "", 0
        for begin, end, bit, value in found:
            if bit == _bit("policy_no"):
                first = value.split(" ")[0] if squeezed_number(value.split(" ")[0]) else value
                number = squeezed_number(first)
                if not number:
                    continue
                span = (begin, end)
            elif bit == _bit("insurer"):
                written = value
            mask |= bit
        if number:
            known = self._insurers.resolve(written) if written else self._caption(area, found[0][0])
            mask |= _bit("insurer") if known or written else 0
            yield Row(
                area.piece, found[0][0], found[-1][1], number, *span, known or written[:HEADER_MAX], bool(known), mask
            )


def _span(begin: int, cell: str) -> tuple[int, int]:
    """Where the text of a cell stands, without the blanks around it."""
    bare = cell.strip()
    begin += len(cell) - len(cell.lstrip())
    return begin, begin + len(bare)


def _columns(line: str, grid: bool) -> Columns | None:
    """The separator under which most cells of a header line name items, and those items; None when it is no header."""
    best: Columns | None = None
    score = 1
    for separator in _SEPARATORS[:1] if grid else _SEPARATORS:
        bits = [head_item(cell) for _, cell in _split(line, separator, grid)]
        good = len(set(bits) - {0})
        if good > score:
            best, score = Columns(separator, bits), good
    return best


def _split(line: str, separator: str, grid: bool) -> list[tuple[int, str]]:
    """(offset, cell) of a line; a quote mark and borders at its edges are dropped."""
    if grid:
        cells, at = [], 0
        for cell in line.split("\t"):
            cells.append((at, cell))
            at += len(cell) + 1
        return cells
    begin = quote.end() if (quote := _QUOTE.match(line)) else 0
    end = len(line.rstrip(" "))
    border = separator in {r"\|", "│"}
    while begin < end and (line[begin] in " " or (border and line[begin] in "|│")):
        begin += 1
    if border and end > begin and line[end - 1] in "|│":
        end -= 1
    cells, at = [], begin
    for gap in re.compile(separator).finditer(line, begin, end):
        cells.append((at, line[at : gap.start()]))
        at = gap.end()
    cells.append((at, line[at:end]))
    return cells


def _is_total(filled: list[str]) -> bool:
    return any(_plain_total(cell) for cell in filled[:2])


def _plain_total(cell: str) -> bool:
    plain = compact(cell)
    return plain in _total_words() or any(
        len(word) > 1 and plain.startswith(word) and len(plain) <= len(word) + 6 for word in _total_words()
    )
