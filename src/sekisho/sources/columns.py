"""The columns of the tables that systems export, and the headers they are known by (``columns.yaml``)."""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib import resources

import yaml


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a log format and the headers it is known by, folded."""

    name: str
    required: bool
    headers: frozenset[str]


@cache
def columns(log: str) -> tuple[Column, ...]:
    """The columns of ``log`` ("access", "deliveries", "messages") from columns.yaml, ``at`` first."""
    loaded = yaml.safe_load(resources.files("sekisho.sources").joinpath("columns.yaml").read_text(encoding="utf-8"))
    return tuple(
        Column(name, bool(entry["required"]), frozenset(map(fold_header, entry["headers"])))
        for name, entry in loaded[log].items()
    )


def fold_header(written: str) -> str:
    """Headers are compared without regard to width, case, spaces and underscores."""
    return "".join(unicodedata.normalize("NFKC", written).lower().replace("_", "").split())


def headers_in(log: str, given: Iterable[str]) -> dict[str, str]:
    """Our columns → the header that stands for it among those ``given`` (the first, of several); only those there."""
    there = {fold_header(header): header for header in reversed(list(given))}
    found = {
        column.name: next((there[name] for name in sorted(column.headers) if name in there), None)
        for column in columns(log)
    }
    return {name: header for name, header in found.items() if header is not None}
