"""The fixed part of a letter, laid out by Typst once for each number of rows, and where its empty places are."""

import json
import re
import shutil
import tempfile
import weakref
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import typst

from sekisho.kernel.errors import InputError, SekishoError
from sekisho.letters.model import Wording
from sekisho.letters.printing.design import Design
from sekisho.letters.printing.fonts.characters import composed
from sekisho.letters.printing.fonts.faces import Faces, Typefaces, UnprintableError
from sekisho.letters.printing.reader import texts_of
from sekisho.letters.printing.typst_pdf import Drawn, Part, pages_of

TEMPLATE = Path(__file__).with_name("letter.typ")
PAGE_HEIGHT = 841.8898
Runs = list[list[str]]
"""Text as ``letter.typ`` takes it: [family, text] of each stretch; family "" is the surrounding one."""


@dataclass(frozen=True, slots=True)
class Spot:
    """An empty place: page (from 0) and its upper left corner in points, y from below as in a PDF."""

    page: int
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Layout:
    """A letter with a number of rows: its pages, what they are drawn with, the spots by key, rows by number."""

    pages: tuple[Drawn, ...]
    parts: Mapping[str, Part]
    address: Spot
    rows: tuple[Spot, ...]
    footers: tuple[Spot, ...]
    continued: tuple[Spot, ...]
    """Heads of the second page and all after it."""
    texts: tuple[str, ...]
    """The fixed text of each page as it is read from Typst's own file, without blanks."""


@dataclass(slots=True, weakref_slot=True)
class Typesetter:
    """Typst with exactly the fonts of the chain, and the wording as it takes it.

    Raises ``InputError`` when the wording holds something that no font can print."""

    wording: Wording
    design: Design
    typefaces: Typefaces
    _fonts: typst.Fonts = field(init=False)
    _families: dict[Path, str] = field(init=False)
    _laid_out: dict[tuple[int, int], Layout] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        # Typst takes folders, not files: a folder of links holds exactly the fonts that may be used.
        folder = Path(tempfile.mkdtemp(prefix="sekisho-fonts-"))
        weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        links: dict[Path, Path] = {}
        for face in self.typefaces.heading.faces:  # all of them
            if face.path not in links:
                link = folder / f"{len(links):03}{face.path.suffix}"
                _link(face.path, link)
                links[face.path] = link
        self._fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(folder)])
        told = {Path(info.path).resolve(): info.family for info in self._fonts.fonts() if info.path}
        self._families = {path: told[link.resolve()] for path, link in links.items() if link.resolve() in told}
        missing = [path for path in links if path not in self._families]
        if missing:
            raise InputError("Typst cannot use this font", where=str(missing[0]), remedy="choose another font file")

    def layout(self, rows: int, height: int) -> Layout:
        """The letter with so many rows of the ``height``-th height."""
        key = (rows, height)
        if key not in self._laid_out:
            self._laid_out[key] = self._lay_out(rows, height)
        return self._laid_out[key]

    def runs(self, text: str, where: str, heading: bool = False) -> Runs:
        """Text with the family of each stretch. Raises ``InputError`` naming the code point that no font has."""
        return self._runs(text, where, self.typefaces.heading if heading else self.typefaces.body)

    def field_runs(self, text: str, where: str) -> Runs:
        """The same for what differs from letter to letter."""
        return self._runs(text, where, self.typefaces.fields)

    def _runs(self, text: str, where: str, chain: Faces) -> Runs:
        around = (self.typefaces.heading if chain is self.typefaces.heading else self.typefaces.body).faces[0]
        try:
            return [
                ["" if face.path == around.path else self._families[face.path], stretch]
                for face, stretch in chain.runs(composed(text))
            ]
        except UnprintableError as missing:
            raise InputError(
                f"no font has {missing}", where=where, remedy="change the wording or configure a font that has it"
            ) from None

    def fixed(self, mode: str, rows: int, height: int) -> dict[str, Any]:
        """What ``letter.typ`` needs apart from a person's data."""
        told, labels, wording = self.told, self.design.labels, self.wording
        company, desk = wording.company, wording.desk
        postal = f"{labels['sender_postal']}{_dashed(company.postal_code)}" if company.postal_code else ""
        lines = [postal, company.address, company.department, company.representative, company.registration]
        desk_lines = [(labels["phone"], desk.phone, True), (labels["hours"], desk.hours, False),
                      (labels["email"], desk.email, False), (labels["url"], desk.url, False)]  # fmt: skip
        table = dict(self.design["table"]) | {"height": self.design.heights[height]}
        return {
            "mode": mode, "rows": rows, "title": composed(wording.title), "author": composed(company.name),
            "fonts": {"body": self._families[self.typefaces.body.faces[0].path],
                      "heading": self._families[self.typefaces.heading.faces[0].path]},
            "address": self.design["address"], "sender": self.design["sender"], "body": self.design["body"],
            "footer": self.design["footer"], "table": table,
            "labels": {
                "table": told(labels["table"], "labels.table", True),
                "desk": told("　".join(filter(None, (labels["desk"], desk.name))), "labels.desk", True),
                "heads": [told(head, "labels.heads", True) for head in labels["heads"]],
                "end": told(labels["end"], "labels.end"),
            },
            "title_runs": told(wording.title, "title", True), "date": told(wording.date_line, "date_line"),
            "opening": [self._paragraph(one, "opening") for one in wording.opening],
            "closing": [self._paragraph(one, "closing") for one in wording.closing],
            "company": {"name": told(company.name, "company.name"),
                        "lines": [[told(part, "company") for part in line.split(" ")] for line in lines if line]},
            "desk": [{"label": told(label, "labels", True), "value": told(value, "desk", large), "large": large}
                     for label, value, large in desk_lines if value],
        }  # fmt: skip

    def _paragraph(self, text: str, where: str) -> dict[str, Any]:
        body = self.design["body"]
        kinds = {"heading": body["heading"], "centred": body["centred"]}
        kind = next((kind for kind, pattern in kinds.items() if re.fullmatch(pattern, text.strip())), "plain")
        return {"kind": kind, "runs": self.told(text, where, kind == "heading")}

    def told(self, text: str, where: str, heading: bool = False) -> Runs:
        lines = text.split("\n")
        told: Runs = []
        for number, line in enumerate(lines):
            told += ([["", "\n"]] if number else []) + self.runs(line, where, heading)
        return told

    def compiled(
        self, data: dict[str, Any], standards: Sequence[Any], *, tagged: bool, made_at: datetime | None = None
    ) -> tuple[bytes, list[Any]]:
        """The PDF of ``letter.typ`` with this data, and the spots in it. A warning is an error: nothing falls back."""
        inputs = {"data": json.dumps(data, ensure_ascii=False, sort_keys=True)}
        try:
            compiler = typst.Compiler(
                input=str(TEMPLATE), root=str(TEMPLATE.parent), font_paths=self._fonts, sys_inputs=inputs
            )
            pdf, warnings = compiler.compile_with_warnings(
                format="pdf", pdf_standards=list(standards), pdf_tags=tagged, timestamp=made_at or 0
            )
            spots = [] if data["mode"] == "filled" else json.loads(compiler.query("<field>", field="value"))
        except (typst.TypstError, RuntimeError) as error:
            raise SekishoError(f"the letter cannot be laid out: {_first_line(error)}", where="typst") from None
        if warnings or not isinstance(pdf, bytes):
            raise SekishoError(
                f"the letter cannot be laid out exactly: {_first_line(warnings[0] if warnings else 'no PDF')}",
                where="typst",
            )
        return pdf, spots

    def _lay_out(self, rows: int, height: int) -> Layout:
        pdf, told = self.compiled(self.fixed("fields", rows, height), ["1.4"], tagged=False)
        pages, parts = pages_of(pdf)
        by_key: dict[str, list[Spot]] = {}
        for one in told:
            by_key.setdefault(one["key"], []).append(Spot(one["page"] - 1, one["x"], PAGE_HEIGHT - one["y"]))
        found = [by_key[f"row {number}"][0] for number in range(rows)]
        return Layout(
            tuple(pages), parts, by_key["address"][0], tuple(found), tuple(by_key["footer"]),
            tuple(by_key.get("continued", ())), texts_of(pdf),
        )  # fmt: skip


def _link(source: Path, link: Path) -> None:
    try:
        link.symlink_to(source.resolve())
    except OSError:  # systems without links
        shutil.copyfile(source, link)


def _dashed(postal_code: str) -> str:
    return f"{postal_code[:3]}-{postal_code[3:]}" if len(postal_code) == 7 and postal_code.isdigit() else postal_code


def _first_line(error: object) -> str:
    return str(error).strip().partition("\n")[0]
