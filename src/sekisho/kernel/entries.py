"""Files of a user's own, entry by entry: what is misspelt or left out is told by name, not passed over."""

from collections.abc import Mapping, Sequence
from typing import Any

from sekisho.kernel.errors import InputError

Shape = Mapping[str, Any] | Sequence[Any] | None
"""What a place may hold. A mapping: its entries by name (``name?`` may be left out, ``*`` is any name); a list with one
shape: a list of such; ``None``: anything."""


def check_entries(content: object, shape: Shape, *, where: str, at: str = "") -> None:
    """Raise ``InputError`` with the file ``where``, the place in it and the names that are known there."""
    if isinstance(shape, Mapping):
        if not isinstance(content, Mapping):
            raise InputError(f"{at or 'the file'} must hold named entries", where=where, remedy=_names(shape))
        _check_names(content, shape, where, at)
        for name, value in content.items():
            check_entries(value, _inside(shape, str(name)), where=where, at=f"{at}.{name}".lstrip("."))
    elif shape is not None:
        if not isinstance(content, list):
            raise InputError(f"{at} must be a list", where=where)
        for number, value in enumerate(content, 1):
            check_entries(value, shape[0], where=where, at=f"{at}[{number}]")


def _check_names(content: Mapping[Any, Any], shape: Mapping[str, Any], where: str, at: str) -> None:
    inside = f" in {at}" if at else ""
    if "*" not in shape:
        known = {name.rstrip("?") for name in shape}
        unknown = [str(name) for name in content if str(name) not in known]
        if unknown:
            raise InputError(f"unknown{inside}: {', '.join(unknown)}", where=where, remedy=_names(shape))
    missing = [name for name in shape if not name.endswith("?") and name != "*" and name not in content]
    if missing:
        raise InputError(f"missing{inside}: {', '.join(missing)}", where=where, remedy=_names(shape))


def _inside(shape: Mapping[str, Any], name: str) -> Shape:
    found: Shape = shape.get(name, shape.get(f"{name}?", shape.get("*")))
    return found


def _names(shape: Mapping[str, Any]) -> str:
    known = [name.rstrip("?") for name in shape if name != "*"]
    return f"use {', '.join(known)}" if known else "copy the file that comes with Sekisho"
