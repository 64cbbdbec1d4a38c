"""One print file: letters one after the other, the fixed pages and the fonts in it once."""

from dataclasses import dataclass, field

from sekisho.letters.printing.filling import Filled
from sekisho.letters.printing.fonts.embedding import Codes, Outlines, embed
from sekisho.letters.printing.pdf import Pdf, stream, text
from sekisho.letters.printing.typst_pdf import Drawn, Part

_AT_ONCE = 50
"""Children of a node of the page tree."""
_A4 = b"[0 0 595.2756 841.8898]"


@dataclass(slots=True)
class PrintFile:
    """Collects letters; ``finish`` gives the bytes. Every page draws the fixed part (a form) and then its own text."""

    codes: Codes
    outlines: Outlines
    title: str
    _pdf: Pdf = field(default_factory=Pdf)
    _catalog: int = field(init=False)
    _root: int = field(init=False)
    _resources: int = field(init=False)
    _placed: dict[str, int] = field(default_factory=dict)
    _forms: dict[tuple[str, bytes], tuple[bytes, int]] = field(default_factory=dict)
    _contents: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._catalog, self._root, self._resources = self._pdf.reserve(), self._pdf.reserve(), self._pdf.reserve()

    @property
    def pages(self) -> int:
        return len(self._contents)

    def add(self, letter: Filled) -> int:
        """Add a letter's pages; give the number of its first page (from 1)."""
        first = len(self._contents) + 1
        for drawn, filled in zip(letter.layout.pages, letter.pages, strict=True):
            form = self._form(drawn, letter)
            self._contents.append(self._pdf.add(stream(b"/%b Do\n%b" % (form, filled), page=True)))
        return first

    def _form(self, drawn: Drawn, letter: Filled) -> bytes:
        """The name of the fixed part among the resources; written when it first comes."""
        key = (drawn.resources, drawn.content)
        if key not in self._forms:
            resources = self._part(drawn.resources, letter)
            form = self._pdf.add(
                stream(drawn.content, b"/Type/XObject/Subtype/Form/BBox%b/Resources %d 0 R" % (_A4, resources))
            )
            self._forms[key] = (b"T%d" % len(self._forms), form)
        return self._forms[key][0]

    def _part(self, name: str, letter: Filled) -> int:
        if name not in self._placed:
            part: Part = letter.layout.parts[name]
            numbers = [self._part(other, letter) for other in part.refers_to]
            body = part.pieces[0]
            for number, piece in zip(numbers, part.pieces[1:], strict=True):
                body += b"%d 0 R%b" % (number, piece)
            self._placed[name] = self._pdf.add(body)
        return self._placed[name]

    def finish(self) -> bytes:
        """The whole file. The same letters give the same bytes."""
        pdf = self._pdf
        kids = []
        for at in range(0, len(self._contents), _AT_ONCE):
            contents = self._contents[at : at + _AT_ONCE]
            node = pdf.reserve()
            pages = [pdf.add(b"<</Type/Page/Parent %d 0 R/Contents %d 0 R>>" % (node, one)) for one in contents]
            pdf.put(node, b"<</Type/Pages/Parent %d 0 R/Count %d/Kids[%b]>>" % (self._root, len(pages), _refs(pages)))
            kids.append(node)
        pdf.put(
            self._root,
            b"<</Type/Pages/Count %d/Kids[%b]/MediaBox%b/Resources %d 0 R>>"
            % (self.pages, _refs(kids), _A4, self._resources),
        )
        fonts = embed(pdf, self.codes, self.outlines)
        forms = b"".join(b"/%b %d 0 R" % one for one in self._forms.values())
        pdf.put(self._resources, b"<</Font<<%b>>/XObject<<%b>>>>" % (fonts, forms))
        pdf.put(
            self._catalog,
            b"<</Type/Catalog/Pages %d 0 R/Lang(ja)/ViewerPreferences<</DisplayDocTitle true>>>>" % self._root,
        )
        info = pdf.add(b"<</Title%b/Producer(Sekisho)>>" % text(self.title))
        return pdf.file(self._catalog, info)


def _refs(numbers: list[int]) -> bytes:
    return b" ".join(b"%d 0 R" % number for number in numbers)
