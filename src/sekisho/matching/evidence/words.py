"""``matched_by`` and places of evidence in words for people; the wording is in ``wording.yaml`` (A1: evidence names the
place; ``docs/matching.md``)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import yaml

from sekisho.law.items import items

_VALUE = re.compile(r"([a-z_]+)(?:\((\d+)\))?")
_STEP = re.compile(r"(attachment|message|table)\[(\d+)\](?::(.*)|(\.name))?$", re.DOTALL)
_POSITION = re.compile(r"(?:char (\d+)-(\d+)|row (\d+))$")


@cache
def wording() -> Mapping[str, Any]:
    """The content of ``wording.yaml``."""
    text = resources.files("sekisho.matching.evidence").joinpath("wording.yaml").read_text(encoding="utf-8")
    loaded: Mapping[str, Any] = yaml.safe_load(text)
    return loaded


@dataclass(frozen=True, slots=True)
class Value:
    """One value that a match rests on: its code (an item of ``law/items.yaml`` or a context), its Japanese name, how
    many policies of the ledger have it (None = not counted) and all of it in words."""

    code: str
    name: str
    policies: int | None
    text: str


@dataclass(frozen=True, slots=True)
class Basis:
    """What a ``matched_by`` says: its source (ledger, table, pattern, log), the values, and sentences."""

    source: str
    values: tuple[Value, ...]
    sentences: tuple[str, ...]


def basis(matched_by: str) -> Basis:
    """Read ``matched_by``, e.g. ``ledger:holder_name(12)+birth_date(31)``."""
    words = wording()
    source, _, rest = matched_by.partition(":")
    told = words["sources"].get(source) or words["sources"]["other"].format(matched_by=matched_by)
    values = tuple(_value(code, count) for code, count in _VALUE.findall(rest))
    together = len(values) > 1 and source == "ledger"
    return Basis(source, values, (told, words["together"]) if together else (told,))


def _value(code: str, count: str) -> Value:
    words = wording()
    known = items()
    name = words["contexts"].get(code) if code not in known or not count else None
    name = name or (known[code].ja if code in known else code)
    if not count:
        return Value(code, name, None, words["uncounted"].format(item=name))
    how = next(step["ja"] for step in words["rarity"] if int(count) <= step["to"])
    return Value(code, name, int(count), words["counted"].format(item=name, count=f"{int(count):,}", how=how))


def confidence_words(confidence: str) -> tuple[str, str]:
    """(name, meaning) of a level of confidence in Japanese; the code itself and "" when unknown."""
    known = wording()["confidence"].get(confidence)
    return (known["ja"], known["meaning"]) if known else (confidence, "")


def part_words(part: str) -> str:
    """A part's path (``kernel.content``) in Japanese; what is no path of ours stays as it is."""
    words = wording()["parts"]
    said = []
    for step in part.split("!"):
        plain = step.removesuffix(".html")
        if found := _STEP.match(step):
            kind, number, name, is_name = found.groups()
            text = words[kind].format(number=number)
            said.append(text + (f"「{name}」" if name else words["name"] if is_name else ""))
        elif plain in {"subject", "body"}:
            said.append(words["html"] if plain != step else words[plain])
        elif part == step and step in {"text", "name"}:  # of a file that lies in a folder
            said.append(words[f"file_{step}"])
        else:
            said.append(step)
    joined: str = words["inside"].join(said)
    return joined


def position_words(position: str) -> str:
    """``char 120-131`` or ``row 14`` in Japanese, counted from 1 as people do."""
    words = wording()["positions"]
    found = _POSITION.match(position)
    if found is None:
        return position
    begin, end, row = found.groups()
    text: str = words["row"].format(first=row) if row else words["char"].format(first=int(begin) + 1, last=end)
    return text
