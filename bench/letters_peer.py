"""The same letters by other libraries, run by the peers' Python: ``python -m bench.letters_peer WHAT DATA OUT FONT``.

No import of Sekisho here. Prints the library's version; exit status 3 when it is not installed.
"""

# ruff: noqa: PLC0415 (each library is imported only when it is asked for)
import html
import importlib.util
import json
import sys
from pathlib import Path
from typing import Any

HEIGHTS = {"1": (0, 2.88), "2": (0.96, 2.88), "3": (0, 1.92), "4": (0.96, 1.92)}
"""Of bars, in millimetres from below."""


def reportlab(letters: dict[str, Any], out: Path, font: str) -> str:
    import reportlab
    from reportlab.lib.enums import TA_CENTER
    from reportlab.lib.pagesizes import A4
    from reportlab.lib.styles import ParagraphStyle
    from reportlab.lib.units import mm
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont
    from reportlab.platypus import Flowable, PageBreak, Paragraph, SimpleDocTemplate, Spacer, Table

    pdfmetrics.registerFont(TTFont("body", font))

    class Bars(Flowable):
        def __init__(self, bars: str) -> None:
            super().__init__()
            self.bars, self.width, self.height = bars, 64 * mm, 3 * mm

        def draw(self) -> None:
            for place, bar in enumerate(self.bars):
                low, high = HEIGHTS[bar]
                self.canv.rect(place * 0.96 * mm, low * mm, 0.48 * mm, (high - low) * mm, stroke=0, fill=1)

    plain = ParagraphStyle("plain", fontName="body", fontSize=10.5, leading=18, wordWrap="CJK", firstLineIndent=10.5)
    small = ParagraphStyle("small", parent=plain, fontSize=8.5, leading=11, firstLineIndent=0)
    title = ParagraphStyle("title", parent=plain, fontSize=14, leading=24, alignment=TA_CENTER, firstLineIndent=0)
    story: list[Any] = []
    for one in letters["people"]:
        story += [Paragraph(html.escape(one[key]), small) for key in ("postal", "address", "name")]
        story += [Bars(one["bars"]), Spacer(1, 20 * mm), Paragraph(letters["title"], title)]
        story += [Paragraph(text, plain) for text in letters["opening"]]
        rows = [letters["heads"], *one["rows"]]
        cells = [[Paragraph(html.escape(cell).replace("\n", "<br/>"), small) for cell in row] for row in rows]
        story.append(Table(cells, colWidths=[width * mm for width in (41, 43, 27, 29.5, 29.5)]))
        story += [Paragraph(text, plain) for text in letters["closing"]]
        story += [Paragraph(letters["desk"], small), Paragraph(one["serial"], small), PageBreak()]
    SimpleDocTemplate(str(out), pagesize=A4, leftMargin=20 * mm, rightMargin=20 * mm).build(story)
    return f"ReportLab {reportlab.__version__}"


def weasyprint(letters: dict[str, Any], out: Path, font: str) -> str:
    import weasyprint

    style = f"@font-face{{font-family:body;src:url(file://{font})}}" + (
        "@page{size:A4;margin:20mm} body{font:10.5pt/1.8 body}"
        "section{break-after:page} td,th{font-size:8.5pt;line-height:1.3;width:33mm;border-top:.4pt solid}"
        "h1{font-size:14pt;text-align:center;margin-top:20mm;font-weight:normal} p{text-indent:1em;margin:.3em 0}"
    )
    pages = []
    for one in letters["people"]:
        bars = "".join(
            f'<rect x="{place * 0.96:.2f}" y="{2.88 - HEIGHTS[bar][1]:.2f}" width=".48" '
            f'height="{HEIGHTS[bar][1] - HEIGHTS[bar][0]:.2f}"/>'
            for place, bar in enumerate(one["bars"])
        )
        svg = f'<svg width="64mm" height="3mm" viewBox="0 0 64 3">{bars}</svg>'
        rows = "".join(
            "<tr>" + "".join(f"<td>{html.escape(cell).replace(chr(10), '<br>')}</td>" for cell in row) + "</tr>"
            for row in [letters["heads"], *one["rows"]]
        )
        before, after = ("".join(f"<p>{text}</p>" for text in letters[key]) for key in ("opening", "closing"))
        pages.append(
            f"<section><div>{one['postal']}<br>{html.escape(one['address'])}<br>{html.escape(one['name'])}</div>{svg}"
            f"<h1>{letters['title']}</h1>{before}<table>{rows}</table>{after}<div>{letters['desk']}</div>{one['serial']}"
            "</section>"
        )
    weasyprint.HTML(string=f"<html lang=ja><style>{style}</style>{''.join(pages)}</html>").write_pdf(str(out))
    return f"WeasyPrint {weasyprint.__version__}"


def main() -> None:
    what, source, out, font = sys.argv[1:]
    if importlib.util.find_spec(what) is None:
        sys.exit(3)
    letters = json.loads(Path(source).read_text(encoding="utf-8"))
    print({"reportlab": reportlab, "weasyprint": weasyprint}[what](letters, Path(out), font))


if __name__ == "__main__":
    main()
