"""Lists as Excel: filter, frozen header, print titles, A4 landscape; policy numbers stay text, nothing is a formula."""

from pathlib import Path

import xlsxwriter

from sekisho.kernel.files import whole_file
from sekisho.reports.document import Sheet, Workbook

_FONT = "游ゴシック"
_IN_MEMORY = 100_000
"""Longer lists pass through temporary files beside the result, which the library removes at the end."""
_LONGEST_NAME = 31
_FORBIDDEN = str.maketrans(dict.fromkeys("[]:*?/\\", "・"))


def write_workbook(book: Workbook, path: Path) -> None:
    """Write ``book`` as .xlsx (0600, whole or not at all)."""
    with whole_file(path) as temporary:
        is_long = any(len(sheet.rows) > _IN_MEMORY for sheet in book.sheets)
        options = {
            "constant_memory": is_long, "in_memory": not is_long, "tmpdir": str(path.parent),
            "strings_to_formulas": False, "strings_to_numbers": False, "strings_to_urls": False,
        }  # fmt: skip
        with xlsxwriter.Workbook(str(temporary), options) as made:
            made.set_properties({"title": book.title})
            formats = {
                "head": made.add_format(
                    {"font_name": _FONT, "bold": True, "bg_color": "#EEF1F4", "border": 1, "text_wrap": True}
                ),
                "text": made.add_format({"font_name": _FONT, "num_format": "@", "valign": "top", "text_wrap": True}),
                "number": made.add_format({"font_name": _FONT, "num_format": "#,##0", "valign": "top"}),
                "note": made.add_format({"font_name": _FONT, "font_color": "#444444"}),
            }
            for sheet in book.sheets:
                _sheet(made, sheet, formats)


def _sheet(made: "xlsxwriter.Workbook", sheet: Sheet, formats: dict[str, object]) -> None:
    page = made.add_worksheet(sheet.name.translate(_FORBIDDEN)[:_LONGEST_NAME])
    page.set_landscape()
    page.set_paper(9)
    page.fit_to_pages(1, 0)
    page.set_footer("&C&P / &N")
    top = 0
    if sheet.note:
        page.write_string(0, 0, sheet.note, formats["note"])
        top = 1
    for place in range(len(sheet.header)):
        width = sheet.widths[place] if sheet.widths else 16
        page.set_column(place, place, width)
    for place, name in enumerate(sheet.header):
        page.write_string(top, place, name, formats["head"])
    page.freeze_panes(top + 1, 0)
    page.repeat_rows(top)
    count = 0
    for count, row in enumerate(sheet.rows, 1):
        for place, value in enumerate(row):
            if place in sheet.numbers and isinstance(value, int | float):
                page.write_number(top + count, place, value, formats["number"])
            else:
                page.write_string(top + count, place, "" if value is None else str(value), formats["text"])
    page.autofilter(top, 0, top + max(count, 1), len(sheet.header) - 1)
