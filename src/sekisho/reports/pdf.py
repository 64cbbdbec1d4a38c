"""A document as PDF, set by Typst: Japanese line breaking and spacing, tagged (PDF/UA-1) and for archives (PDF/A-2a).

Fonts come with the package ``pylopdf-fonts-jp``; those of the system fill in for characters that it lacks.
"""

import json
from dataclasses import fields
from importlib import resources
from pathlib import Path
from typing import Any

import typst

from sekisho.kernel.clock import today
from sekisho.kernel.errors import SekishoError
from sekisho.kernel.files import whole_file
from sekisho.reports.document import Block, Boxed, Document, Grid, Heading, NewPage, Notes, Paragraph, Points, Title


def write_pdf(document: Document, path: Path) -> None:
    """Write ``document`` as PDF (0600, whole or not at all). Raises ``SekishoError`` when it cannot be set."""
    content = pdf_bytes(document)
    with whole_file(path) as temporary:
        temporary.write_bytes(content)


def pdf_bytes(document: Document) -> bytes:
    """The document as PDF."""
    day = today()
    data = {
        "title": document.title,
        "draft": document.draft,
        "day": [day.year, day.month, day.day],
        "blocks": [_plain(block) for block in document.blocks],
    }
    template = resources.files("sekisho.reports").joinpath("page.typ").read_bytes()
    try:
        made = typst.compile(  # type: ignore[misc]
            template,
            font_paths=[str(resources.files("pylopdf_fonts_jp"))],
            sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
            pdf_standards=["a-2a", "ua-1"],
        )
    except typst.TypstError as error:  # its text may repeat the document
        raise SekishoError(
            f"the document cannot be set as PDF ({type(error).__name__})",
            remedy="write it as .docx, and report it",
        ) from None
    return bytes(made)


def _plain(block: Block) -> dict[str, Any]:
    plain = {"kind": _KINDS[type(block)], **{field.name: getattr(block, field.name) for field in fields(block)}}
    if isinstance(block, Grid):
        plain["numeric"] = sorted(block.numeric)
        plain["widths"] = block.widths or (1,) * len(block.header)
    return plain


_KINDS = {
    Title: "title", Heading: "heading", Paragraph: "paragraph", Points: "points", Notes: "notes", Grid: "grid",
    Boxed: "boxed", NewPage: "new-page",
}  # fmt: skip
