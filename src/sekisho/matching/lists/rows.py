"""A row of a list and where lists are looked for: the values that pass from reading lists to judging them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a list: its span and the span of its policy-number cell in the folded text, the squeezed number (or
    ``""``), the insurer (id when ``known``, otherwise as written, ``""`` when not told) and the items it carries.

    ``own``: the insurer stands in the row itself, not in a caption or section line. ``sure``: the header leaves no
    doubt that policies are listed. ``record``: labels with values, whose end is less firm than that of a table's row.
    """

    piece: int
    begin: int
    end: int
    number: str
    number_begin: int
    number_end: int
    insurer: str
    known: bool
    items: int
    own: bool = False
    sure: bool = True
    record: bool = False


@dataclass(frozen=True, slots=True)
class Area:
    """A piece of the message in folded text. ``grid``: cells of a table (tab-separated), not running text."""

    piece: int
    begin: int
    end: int
    grid: bool
    part: str
