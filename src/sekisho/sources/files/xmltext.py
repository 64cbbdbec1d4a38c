"""Text and tables out of office XML: WordprocessingML, DrawingML, OpenDocument, SpreadsheetML 2003, and any other.

One streaming pass by local element names, memory flat. Entities are never expanded, DTDs and networks never used:
a document type inside an office part is refused outright, since the formats forbid it (billion laughs).
"""

import io
import re

from lxml import etree

from sekisho.sources.files.job import Job
from sekisho.sources.files.limits import RefusedError

_PARAGRAPH = {"p", "h", "Data"}
_TABLE = {"tbl", "table", "Table"}
_ROW = {"tr", "table-row", "Row"}
_CELL = {"tc", "table-cell", "covered-table-cell", "Cell"}
_RUN = {"t", "delText", "instrText"}
"""Deleted text of tracked changes is still in the file, so it is read."""
_BREAK = {"br", "cr", "line-break"}
_COLUMNS, _ROWS, _EMPTY_ROWS = 16_384, 1_048_576, 65_536
_DTD = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)


def refuse_dtd(xml: bytes) -> None:
    """Raises RefusedError(suspicious) for a document type declaration, in any Unicode form."""
    head = xml[:8192]
    if (b"\x00" in head and _DTD.search(head.replace(b"\x00", b""))) or (b"<!" in xml and _DTD.search(xml)):
        raise RefusedError("suspicious", "office XML with a document type declaration")


def read_office_xml(xml: bytes, part: str, job: Job, *, runs: bool) -> None:
    """Paragraphs as one text, each table as a table. ``runs``: text stands in run elements (OOXML); otherwise it is
    whatever stands inside a paragraph (OpenDocument). Broken XML is read as far as possible and listed."""
    reader = _Reader(runs, job.limits.max_cells)
    try:
        for event, element in etree.iterparse(
            io.BytesIO(xml),
            events=("start", "end"),
            resolve_entities=False,
            no_network=True,
            load_dtd=False,
            huge_tree=False,
            remove_comments=True,
            remove_pis=True,
        ):
            reader.see(event, element)
            if reader.count % 20_000 == 0:
                job.deadline.check()
    except etree.XMLSyntaxError:
        job.unread(part, "broken", "XML damaged, read as far as possible")
    job.text(part, "\n".join(reader.finish()))
    for number, (name, rows) in enumerate(reader.tables, 1):
        job.table(f"{part}!{name or f'table[{number}]'}", rows)


class _Reader:
    def __init__(self, runs: bool, cells_left: int) -> None:
        self.runs = runs
        self.cells_left = cells_left
        self.count = 0
        self.lines: list[str] = []
        self.tables: list[tuple[str, list[list[str]]]] = []
        self.words: list[str] = []
        self.nesting: list[list[list[str]]] = []  # open tables
        self.cells: list[list[str]] = []  # paragraphs of each open cell
        self.paragraphs = 0

    def see(self, event: str, element: "etree._Element") -> None:
        self.count += 1
        tag = element.tag
        if not isinstance(tag, str):
            return
        name = tag.rpartition("}")[2]
        if event == "start":
            self.begin(name)
        else:
            self.end(name, element)

    def begin(self, name: str) -> None:
        if name in _PARAGRAPH:
            self.paragraphs += 1
        elif name in _TABLE:
            self.nesting.append([])
        elif name in _ROW and self.nesting:
            self.nesting[-1].append([])
        elif name in _CELL and self.nesting:
            self.cells.append([])

    def end(self, name: str, element: "etree._Element") -> None:
        if name in _RUN:
            self.words.append(element.text or "")
        elif name in {"tab", "s"}:
            self.words.append("\t" if name == "tab" else " ")
        elif name in _BREAK:
            self.words.append("\n")
        elif name in _PARAGRAPH:
            if not self.runs:
                self.words.append("".join(element.itertext()))
            self.close_paragraph()
        elif name in _CELL and self.nesting and self.cells:
            self.close_cell(element)
        elif name in _TABLE and self.nesting:
            rows = self.nesting.pop()
            while rows and not any(rows[-1]):
                rows.pop()
            if rows:
                self.tables.append((_attribute(element, "}name"), rows))
        elif name in _ROW and self.nesting and self.nesting[-1]:
            self.repeat_row(element)
        if name not in _RUN and (self.runs or name in _PARAGRAPH or not self.paragraphs):
            self.drop(element)

    def close_paragraph(self) -> None:
        self.paragraphs = max(0, self.paragraphs - 1)
        text = "".join(self.words)
        self.words.clear()
        if text:
            (self.cells[-1] if self.cells else self.lines).append(text)

    def close_cell(self, element: "etree._Element") -> None:
        if self.words:
            self.close_paragraph()
        text = "\n".join(self.cells.pop())
        if not self.nesting[-1]:
            self.nesting[-1].append([])
        times = min(int(_attribute(element, "number-columns-repeated") or 1), _COLUMNS)
        self.take(times)
        self.nesting[-1][-1] += [text] * times

    def repeat_row(self, element: "etree._Element") -> None:
        """OpenDocument writes equal rows once, with their number; a million empty ones end most sheets."""
        rows = self.nesting[-1]
        while rows[-1] and not rows[-1][-1]:
            rows[-1].pop()
        times = min(int(_attribute(element, "number-rows-repeated") or 1), _ROWS) - 1
        if rows[-1]:
            self.take(times * len(rows[-1]))
        elif times > _EMPTY_ROWS:
            return
        rows += [rows[-1]] * times

    def take(self, cells: int) -> None:
        self.cells_left -= cells
        if self.cells_left < 0:
            raise RefusedError("too_big", "tables of too many cells")

    @staticmethod
    def drop(element: "etree._Element") -> None:
        """Free what has been read, and the empty shells before it."""
        element.clear(keep_tail=True)
        while element.getprevious() is not None:
            parent = element.getparent()
            if parent is None:
                break
            del parent[0]

    def finish(self) -> list[str]:
        if self.words:
            self.close_paragraph()
        return self.lines


def _attribute(element: "etree._Element", ending: str) -> str:
    """The value of the attribute whose name ends so, in any namespace; "" when there is none."""
    return next((str(value) for name, value in element.attrib.items() if str(name).endswith(ending)), "")
