"""What the action of a log row means: an export, a look, work; or nothing that is known here (``actions.yaml``)."""

import unicodedata
from collections.abc import Iterable
from functools import cache
from importlib import resources

import pyarrow as pa
import yaml

EXPORT = "export"
UNKNOWN = "unknown"
BLANK = "blank"
"""Kinds beside those of the list: an action that has none of its words; a row without an action."""

KINDS = pa.schema([("action", pa.string()), ("kind", pa.string())])


@cache
def _words() -> tuple[tuple[str, tuple[str, ...]], ...]:
    text = resources.files("sekisho.findings.secondees").joinpath("actions.yaml").read_text(encoding="utf-8")
    kinds = yaml.safe_load(text)["kinds"]
    return tuple((kind, tuple(map(_folded, words))) for kind, words in kinds.items())


def _folded(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).lower().replace("_", "").split())


def kind_of(action: str) -> str:
    """The kind of one action as a log writes it."""
    folded = _folded(action)
    if not folded:
        return BLANK
    return next((kind for kind, words in _words() if any(word in folded for word in words)), UNKNOWN)


def kinds_of(actions: Iterable[str]) -> pa.Table:
    """``KINDS`` of these distinct actions."""
    named = sorted(set(actions))
    return pa.table({"action": named, "kind": [kind_of(action) for action in named]}, schema=KINDS)
