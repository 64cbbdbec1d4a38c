"""How a letter looks, read from ``layout.yaml``; a user's own file replaces single values of it."""

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from sekisho.kernel.errors import InputError
from sekisho.letters.printing.fitting import Place

DESIGN = Path(__file__).with_name("layout.yaml")
POINTS = 72 / 25.4
"""Points in a millimetre."""


@dataclass(frozen=True)
class Design:
    """The values of ``layout.yaml``, and the places for text that follow from them (in points)."""

    values: Mapping[str, Any]

    def __getitem__(self, part: str) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self.values[part]
        return found

    @property
    def labels(self) -> Mapping[str, Any]:
        return self["labels"]

    @cached_property
    def postal_place(self) -> Place:
        mine = self["address"]
        return Place(mine["width"] * POINTS, 1000, (mine["postal_size"],), mine["leading"], 1)

    @cached_property
    def address_place(self) -> Place:
        mine = self["address"]
        return Place(mine["width"] * POINTS, 1000, tuple(mine["address_sizes"]), mine["leading"], mine["address_lines"],
                     prefer=frozenset(" \u3000"))  # fmt: skip

    def name_place(self, keep_end: int) -> Place:
        mine = self["address"]
        sizes = tuple(mine["name_sizes"])
        return Place(mine["width"] * POINTS, 1000, sizes, mine["leading"], mine["name_lines"], keep_end)

    @cached_property
    def heights(self) -> tuple[float, ...]:
        """Of rows, in millimetres, from the least."""
        return tuple(self["table"]["heights"])

    @cached_property
    def cell_places(self) -> tuple[tuple[Place, ...], ...]:
        """By height of the row and column."""
        mine = self["table"]
        inset = 2 * mine["padding"]
        return tuple(
            tuple(
                Place(
                    (width - inset) * POINTS,
                    (height - inset) * POINTS,
                    tuple(mine["sizes"]),
                    mine["leading"],
                    prefer=frozenset("、"),
                )
                for width in mine["columns"]
            )
            for height in self.heights
        )

    @cached_property
    def column_starts(self) -> tuple[float, ...]:
        """Of the text of each column, in points from that of the first."""
        widths = self["table"]["columns"]
        return tuple(sum(widths[:number]) * POINTS for number in range(len(widths)))

    @cached_property
    def line_width(self) -> float:
        """Between the side margins, in points."""
        return float((210 - 2 * self["body"]["margin_side"]) * POINTS)

    @cached_property
    def footer_place(self) -> Place:
        mine = self["footer"]
        return Place(self.line_width * 0.8, 1000, tuple(mine["sizes"]), 1.2, 1)


def read_design(changes: Mapping[str, Mapping[str, Any]] | None = None) -> Design:
    """``layout.yaml`` with ``changes`` (part → name → value) over it. Raises ``InputError`` for a name that is
    unknown."""
    values: dict[str, Any] = deepcopy(yaml.safe_load(DESIGN.read_text(encoding="utf-8")))
    for part, changed in (changes or {}).items():
        if part not in values:
            raise InputError(f"no such part: {part}", where="layout", remedy="see layout.yaml")
        for name, value in changed.items():
            if name not in values[part]:
                raise InputError(f"no such value: {part}.{name}", where="layout", remedy="see layout.yaml")
            values[part][name] = value
    design = Design(values)
    _check_window(design)
    return design


def _check_window(design: Design) -> None:
    """Nothing but the address may come to lie in the window: what else could be read there, would be the next leak."""
    address, window = design["address"], design["window"]
    right, bottom = address["left"] + address["width"], address["top"] + address["height"]
    if right > window["right"] or bottom > window["bottom"]:
        raise InputError(
            f"the address block ends at {right:g} × {bottom:g} mm, outside of what the window sees "
            f"({window['right']:g} × {window['bottom']:g} mm)",
            where="layout: address",
            remedy="move or shrink the block",
        )
    if design["sender"]["left"] < window["right"]:
        raise InputError(
            f"the sender ({design['sender']['left']:g} mm from the left) would show in the window, which sees the "
            f"sheet up to {window['right']:g} mm",
            where="layout: sender",
            remedy="move it to the right",
        )
    if design["body"]["top"] < window["bottom"]:
        raise InputError(
            f"the title ({design['body']['top']:g} mm from above) would show in the window, which sees the sheet up to "
            f"{window['bottom']:g} mm",
            where="layout: body.top",
            remedy="move it down",
        )
