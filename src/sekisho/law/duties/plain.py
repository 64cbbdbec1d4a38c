"""Values as plain data (JSON) and back, so that a judgement can be kept with the facts that were known.

Handles frozen dataclasses whose fields are text, numbers, days, codes (``StrEnum``), tuples of these, other such
dataclasses, and None.
"""

import types
from dataclasses import MISSING, fields, is_dataclass
from datetime import date
from enum import StrEnum
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from sekisho.kernel.errors import InputError

T = TypeVar("T")


def as_plain(value: Any) -> Any:
    """Dictionaries, lists, text, numbers and None; days as ISO text."""
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: as_plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, tuple):
        return [as_plain(part) for part in value]
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, StrEnum) else value


def from_plain(kind: type[T], data: Any, where: str = "") -> T:
    """The dataclass that ``as_plain`` wrote. Absent fields take their default; raises ``InputError`` for an unknown
    field, a missing one that has no default, or a value of another kind (named by field, never repeated)."""
    where = where or kind.__name__
    if not isinstance(data, dict):
        raise InputError("is no mapping of fields", where=where, remedy="give a JSON object")
    hints = get_type_hints(kind)
    known = {field.name: field for field in fields(kind)}  # type: ignore[arg-type]
    if unknown := sorted(str(name) for name in data.keys() - known.keys()):
        raise InputError(f"unknown field {unknown[0]!r}", where=where, remedy=f"use {', '.join(known)}")
    for name, field in known.items():
        if name not in data and field.default is MISSING:
            raise InputError(f"the field {name!r} is missing", where=where, remedy="write it")
    return kind(**{name: _read(hints[name], value, f"{where}.{name}") for name, value in data.items()})


def _read(hint: Any, value: Any, where: str) -> Any:
    origin = get_origin(hint)
    if origin in (Union, types.UnionType):
        if value is None and type(None) in get_args(hint):
            return None
        (hint,) = [part for part in get_args(hint) if part is not type(None)]
        return _read(hint, value, where)
    if origin is tuple:
        if not isinstance(value, list | tuple):
            raise _wrong(where, "a list")
        return tuple(_read(get_args(hint)[0], part, f"{where}[{number}]") for number, part in enumerate(value))
    if is_dataclass(hint):
        return from_plain(hint, value, where)  # type: ignore[arg-type]
    return _day(value, where) if hint is date else _scalar(hint, value, where)


def _scalar(hint: Any, value: Any, where: str) -> Any:
    if issubclass(hint, StrEnum):
        return _code(hint, value, where)
    if not isinstance(value, hint) or (hint is int and isinstance(value, bool)):
        raise _wrong(where, {str: "text", bool: "true or false", int: "a whole number"}[hint])
    return value


def _day(value: Any, where: str) -> date:
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError):
        raise _wrong(where, "a day like 2026-11-02") from None


def _code(kind: type[StrEnum], value: Any, where: str) -> StrEnum:
    try:
        return kind(value)
    except ValueError:
        raise _wrong(where, f"one of {', '.join(kind)}") from None


def _wrong(where: str, wanted: str) -> InputError:
    return InputError("has a value of another kind", where=where, remedy=f"write {wanted}")
