"""Data items (証券番号, 契約者氏名, …) that a disclosure may carry, and their bit masks.

In bulk an item set is one integer, so that "covered by a consent to these items" is a bit operation on every engine.
Source: ``parameters/items.yaml`` (seeds 001 and 002 list the items that leaked; act art. 2(3) the special-care ones).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from sekisho.kernel.errors import InputError
from sekisho.law.load import parameters


@dataclass(frozen=True, slots=True)
class Item:
    """One kind of data. ``columns`` are the header words under which lists carry it (unfolded)."""

    code: str
    ja: str
    bit: int
    special_care: bool
    property_risk: bool
    columns: tuple[str, ...]


@cache
def items() -> dict[str, Item]:
    """All items by code, in bit order."""
    rows = parameters("items")["items"]
    return {
        row["code"]: Item(
            code=row["code"],
            ja=row["ja"],
            bit=1 << position,
            special_care=bool(row.get("special_care", False)),
            property_risk=bool(row.get("property", False)),
            columns=tuple(str(word) for word in row["columns"]),
        )
        for position, row in enumerate(rows)
    }


def mask_of(codes: Iterable[str]) -> int:
    """The bit mask of item codes or Japanese item names. Raises ``InputError`` for an unknown one."""
    by_name = {item.ja: item for item in items().values()} | items()
    mask = 0
    for code in codes:
        item = by_name.get(code.strip())
        if item is None:
            raise InputError(
                f"unknown item {code.strip()!r}",
                remedy=f"use one of {', '.join(items())} (or its Japanese name)",
            )
        mask |= item.bit
    return mask


def codes_of(mask: int) -> tuple[str, ...]:
    """The item codes of a bit mask, in bit order."""
    return tuple(item.code for item in items().values() if mask & item.bit)


ALL_ITEMS = -1
"""Mask of a consent or joint use that names no items: it covers every one."""
