"""A document as Word (.docx): editable, A4, Japanese fonts named so that Word and LibreOffice find their own."""

from datetime import datetime
from pathlib import Path
from typing import Any

import docx
from docx.enum.section import WD_ORIENT
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor

from sekisho.kernel.clock import now
from sekisho.kernel.files import whole_file
from sekisho.reports.document import Boxed, Document, Grid, Heading, NewPage, Notes, Paragraph, Points, Title

BODY, HEAD = "游明朝", "游ゴシック"
_ALIGN = {
    "left": WD_ALIGN_PARAGRAPH.LEFT,
    "right": WD_ALIGN_PARAGRAPH.RIGHT,
    "center": WD_ALIGN_PARAGRAPH.CENTER,  # of cells
}
_SIZES = {1: 14, 2: 11.5, 3: 10.5}
_WIDTH_MM = 160.0
_SHADE = "EEF1F4"


def write_word(document: Document, path: Path) -> None:
    """Write ``document`` as .docx (0600, whole or not at all)."""
    made = docx.Document()
    _page(made)
    _styles(made)
    properties = made.core_properties
    properties.title, properties.language, properties.author = document.title, document.language, ""
    properties.created = properties.modified = _stamp(now())
    if document.draft:
        _write(made.sections[0].header.paragraphs[0], document.draft, size=9, font=HEAD)
    for block in document.blocks:
        _ADD[type(block)](made, block)
    with whole_file(path) as temporary:
        made.save(str(temporary))


def _stamp(instant: datetime) -> datetime:
    return instant.replace(tzinfo=None, microsecond=0)


def _page(made: Any) -> None:
    section = made.sections[0]
    section.orientation = WD_ORIENT.PORTRAIT
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.left_margin = section.right_margin = Mm(25)
    section.top_margin, section.bottom_margin = Mm(25), Mm(22)
    footer = section.footer.paragraphs[0]
    footer.alignment = WD_ALIGN_PARAGRAPH.CENTER
    _field(footer, "PAGE")


def _styles(made: Any) -> None:
    normal = made.styles["Normal"]
    normal.font.size = Pt(10.5)
    _fonts(normal.element.get_or_add_rPr(), BODY)
    normal.paragraph_format.space_after = Pt(4)
    normal.paragraph_format.line_spacing = 1.35
    for level, size in _SIZES.items():
        style = made.styles[f"Heading {level}"]
        style.font.size, style.font.bold, style.font.color.rgb = Pt(size), level == 1, RGBColor(0x1A, 0x1A, 0x1A)
        _fonts(style.element.get_or_add_rPr(), HEAD)
        style.paragraph_format.space_before, style.paragraph_format.space_after = Pt(14 if level == 1 else 8), Pt(4)
        style.paragraph_format.keep_with_next = True


def _fonts(properties: Any, name: str) -> None:
    """Name the font for Latin and East Asian text alike: otherwise Word falls back to a Latin default."""
    fonts = properties.find(qn("w:rFonts"))
    if fonts is None:
        fonts = OxmlElement("w:rFonts")
        properties.insert(0, fonts)
    for attribute in ("w:asciiTheme", "w:hAnsiTheme", "w:eastAsiaTheme", "w:cstheme"):
        fonts.attrib.pop(qn(attribute), None)
    for attribute in ("w:ascii", "w:hAnsi", "w:eastAsia", "w:cs"):
        fonts.set(qn(attribute), name)


def _write(paragraph: Any, text: str, *, size: float | None = None, font: str | None = None) -> Any:
    run = paragraph.add_run(text)
    if size is not None:
        run.font.size = Pt(size)
    if font is not None:
        _fonts(run._element.get_or_add_rPr(), font)
    return run


def _field(paragraph: Any, code: str) -> None:
    run = paragraph.add_run()
    for kind, text in (("begin", None), (None, code), ("end", None)):
        if kind is None:
            element = OxmlElement("w:instrText")
            element.text = text
        else:
            element = OxmlElement("w:fldChar")
            element.set(qn("w:fldCharType"), kind)
        run._element.append(element)


def _title(made: Any, block: Title) -> None:
    paragraph = made.add_paragraph()
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    paragraph.paragraph_format.space_before, paragraph.paragraph_format.space_after = Pt(16), Pt(12)
    _write(paragraph, block.text, size=15, font=HEAD)


def _heading(made: Any, block: Heading) -> None:
    made.add_heading(block.text, level=block.level)


def _paragraph(made: Any, block: Paragraph) -> None:
    paragraph = made.add_paragraph()
    paragraph.alignment = _ALIGN[block.align]
    if block.indent:
        paragraph.paragraph_format.left_indent = Pt(10.5 * block.indent)
    _write(paragraph, block.text)


def _points(made: Any, block: Points) -> None:
    for item in block.items:
        paragraph = made.add_paragraph(style="List Bullet")
        paragraph.paragraph_format.space_after = Pt(2)
        _write(paragraph, item)


def _notes(made: Any, block: Notes) -> None:
    for number, item in enumerate(block.items, 1):
        paragraph = made.add_paragraph()
        paragraph.paragraph_format.left_indent, paragraph.paragraph_format.first_line_indent = Pt(24), Pt(-24)
        paragraph.paragraph_format.space_after = Pt(1)
        _write(paragraph, f"※{number} {item}", size=9)


def _grid(made: Any, block: Grid) -> None:
    table = made.add_table(rows=1, cols=len(block.header), style="Table Grid")
    table.alignment = WD_TABLE_ALIGNMENT.CENTER
    table.autofit = False
    shares = block.widths or (1.0,) * len(block.header)
    widths = [Mm(_WIDTH_MM * share / sum(shares)) for share in shares]
    _repeat(table.rows[0])
    for place, text in enumerate(block.header):
        _cell(table.rows[0].cells[place], text, widths[place], center=True, shade=True)
    for row in block.rows:
        line = table.add_row()
        cells = line.cells
        if block.is_form:
            line.height = Mm(14)
        for place, text in enumerate(row):
            _cell(cells[place], text, widths[place], right=place in block.numeric)
    made.add_paragraph().paragraph_format.space_after = Pt(0)


def _cell(cell: Any, text: str, width: Any, *, center: bool = False, right: bool = False, shade: bool = False) -> None:
    cell.width = width
    paragraph = cell.paragraphs[0]
    paragraph.paragraph_format.space_after, paragraph.paragraph_format.line_spacing = Pt(1), 1.15
    paragraph.alignment = _ALIGN["center" if center else "right" if right else "left"]
    _write(paragraph, text, size=9.5, font=HEAD if shade else None)
    if shade:
        fill = OxmlElement("w:shd")
        fill.set(qn("w:val"), "clear")
        fill.set(qn("w:fill"), _SHADE)
        cell._element.get_or_add_tcPr().append(fill)


def _repeat(row: Any) -> None:
    """The header of a table stands on every page that the table reaches; no row is cut in two."""
    mark = OxmlElement("w:tblHeader")
    mark.set(qn("w:val"), "true")
    row._tr.get_or_add_trPr().append(mark)


def _boxed(made: Any, block: Boxed) -> None:
    table = made.add_table(rows=1, cols=1, style="Table Grid")
    table.alignment = WD_TABLE_ALIGNMENT.CENTER
    cell = table.rows[0].cells[0]
    _write(cell.paragraphs[0], block.title, font=HEAD)
    for line in block.lines:
        _write(cell.add_paragraph(), line)
    made.add_paragraph().paragraph_format.space_after = Pt(0)


def _new_page(made: Any, _block: NewPage) -> None:
    made.add_page_break()


_ADD: dict[type, Any] = {
    Title: _title, Heading: _heading, Paragraph: _paragraph, Points: _points, Notes: _notes, Grid: _grid, Boxed: _boxed,
    NewPage: _new_page,
}  # fmt: skip
