"""From the header words of a file to the columns of ``schema.TABLES``, and from its file name to the table.

The usual Japanese words stand in ``headers.yaml``; a workspace's ``sekisho.toml`` adds its own, which go first::

    [registry.files]
    "保有契約2024" = "policies"
    [registry.headers.policies]
    "扱者" = "producer_id"
    "備考" = ""            # not one of ours: keep it as it is
"""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Any

import yaml

from sekisho.kernel.errors import InputError
from sekisho.registry.schema import SCOPES, TABLES


@dataclass(frozen=True, slots=True)
class HeaderMap:
    """A user's own words. ``headers``: table → header → column ("" = no column of ours); ``files``: file name without
    ending → table."""

    headers: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)

    @staticmethod
    def from_settings(settings: Mapping[str, Any], where: str = "sekisho.toml") -> "HeaderMap":
        """From the ``[registry]`` section of the settings. Raises ``InputError`` for an unknown table or column."""
        headers: Mapping[str, Any] = settings.get("headers", {})
        files: Mapping[str, Any] = settings.get("files", {})
        known = TABLES | {SCOPES.name: SCOPES}
        for table, words in headers.items():
            _known(table, known, f"[registry.headers.{table}]", "table", where)
            columns = [column.name for column in known[table].columns]
            for word, column in words.items():
                _known(column, ["", *columns], f'[registry.headers.{table}] "{word}"', "column", where)
        for stem, table in files.items():
            _known(table, TABLES, f'[registry.files] "{stem}"', "table", where)
        return HeaderMap(headers, files)

    def table_of(self, stem: str) -> str | None:
        """The table that a file name (without ending) means, or None."""
        own = {same_word(word): table for word, table in self.files.items()}
        word = same_word(stem)
        return own.get(word) or _file_words().get(word)

    def columns_of(self, table: str, headers: list[str]) -> list[str | None]:
        """For each header of a file the column it means, or None."""
        own = {same_word(word): column for word, column in self.headers.get(table, {}).items()}
        words = _header_words()[table] | own
        return [words.get(same_word(header)) or None for header in headers]


def same_word(word: str) -> str:
    """The form in which headers and values are compared: NFKC, no case, no spaces, no underscores."""
    folded = unicodedata.normalize("NFKC", word).casefold()
    return "".join(char for char in folded if not char.isspace() and char not in "_\ufeff")


def usual_headers(table: str, column: str) -> tuple[str, ...]:
    """The header words of ``headers.yaml`` for a column, the English name not among them."""
    data = _data()
    own = data["tables"][table].get(column, [])
    return tuple(str(word) for word in [*own, *(w for w in data["shared"].get(column, []) if w not in own)])


def usual_files(table: str) -> tuple[str, ...]:
    """The file names of ``headers.yaml`` for a table, the English name not among them."""
    return tuple(_data()["tables"][table]["files"])


def _known(name: object, known: Any, place: str, what: str, where: str) -> None:
    if name not in known:
        raise InputError(
            f"{place} names {what} {str(name)!r}, which there is not",
            where=where,
            remedy=f"use one of {', '.join(str(k) for k in known if k)}",
        )


@cache
def _data() -> dict[str, Any]:
    text = resources.files("sekisho.registry").joinpath("headers.yaml").read_text(encoding="utf-8")
    loaded: dict[str, Any] = yaml.safe_load(text)
    return loaded


@cache
def _header_words() -> dict[str, dict[str, str]]:
    """Table → word → column. A table's own words go before the shared ones, the English names before all."""
    words: dict[str, dict[str, str]] = {}
    for name, table in (TABLES | {SCOPES.name: SCOPES}).items():
        own, shared = _data()["tables"][name], _data()["shared"]
        found: dict[str, str] = {}
        for source in (shared, own):
            for column in table.columns:
                found.update({same_word(str(word)): column.name for word in source.get(column.name, [])})
        words[name] = found | {same_word(column.name): column.name for column in table.columns}
    return words


@cache
def _file_words() -> dict[str, str]:
    words = {same_word(str(file)): name for name in TABLES for file in _data()["tables"][name]["files"]}
    return words | {same_word(name): name for name in TABLES}
