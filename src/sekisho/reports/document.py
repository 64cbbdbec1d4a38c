"""A document as plain content, before it is Word, PDF or a workbook: one content, several renderings.

Text is text: nothing in it is markup in any rendering.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Title:
    """What the document is called, over its text."""

    text: str


@dataclass(frozen=True, slots=True)
class Heading:
    """``level`` 1 (a part) to 3 (a point)."""

    text: str
    level: int = 1


@dataclass(frozen=True, slots=True)
class Paragraph:
    """``align``: left | right. ``indent`` in characters; a body paragraph begins with a full-width space."""

    text: str
    align: str = "left"
    indent: int = 0


@dataclass(frozen=True, slots=True)
class Points:
    """A list of points."""

    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Grid:
    """A table. ``numeric``: columns set flush right; ``widths``: shares of the width, one for each column; ``is_form``:
    to be filled in by hand, so its rows are high."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numeric: frozenset[int] = frozenset()
    widths: tuple[float, ...] = ()
    is_form: bool = False


@dataclass(frozen=True, slots=True)
class Notes:
    """Small notes under a table: ※1 …"""

    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Boxed:
    """A framed block (the enquiry desk)."""

    title: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NewPage:
    """What follows begins a new page."""


Block = Title | Heading | Paragraph | Points | Grid | Notes | Boxed | NewPage


@dataclass(frozen=True, slots=True)
class Document:
    """``title`` stands in the document's properties; what is shown is in ``blocks``. ``draft``: words for the header
    while something in it has to be settled ("" when nothing has)."""

    title: str
    blocks: tuple[Block, ...]
    language: str = "ja"
    draft: str = ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet of a workbook: a list that people filter and print. ``numbers``: columns written as numbers; all
    others are text (policy numbers keep their zeros)."""

    name: str
    header: tuple[str, ...]
    rows: Sequence[Sequence[object]]
    numbers: frozenset[int] = frozenset()
    widths: tuple[int, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class Workbook:
    """Sheets in order."""

    title: str
    sheets: tuple[Sheet, ...] = field(default=())
