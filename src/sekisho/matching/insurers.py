"""Which insurer a cell, a caption or a sentence names: by id, name, alias or the usual shortening (甲損害保険 →
甲損保)."""

import re
from collections.abc import Mapping, Sequence

from sekisho.kernel.folding import STANDARD, folded
from sekisho.matching.parameters import parameters, words

_NOT_NAME = re.compile(r"[^0-9A-Z\u3005\u3007\u30a1-\u30fe\u3400-\u9fff]+")
CONTAINED_MIN = 3
"""Shorter aliases (甲, KOU) must be the whole cell; longer ones may stand inside it."""
CACHE_MAX = 10_000


def compact(text: str) -> str:
    """Folded text without anything but letters, digits, kana and kanji."""
    return _NOT_NAME.sub("", text)


class Insurers:
    """``names``: insurer_id → its names, short names and aliases as written. ``level``: the folding level of the text
    that is asked about."""

    def __init__(self, names: Mapping[str, Sequence[str]], level: str = STANDARD) -> None:
        claims: dict[str, set[str]] = {}
        for insurer_id, written in names.items():
            for alias in _aliases((insurer_id, *written), level):
                claims.setdefault(alias, set()).add(insurer_id)
        self._exact = {alias: owners.pop() for alias, owners in claims.items() if len(owners) == 1}
        inside = sorted((a for a in self._exact if len(a) >= CONTAINED_MIN), key=lambda alias: (-len(alias), alias))
        self._inside = re.compile("|".join(map(_spaced, inside))) if inside else None
        self._known: dict[str, str] = {}

    def resolve(self, cell: str) -> str:
        """The insurer_id that a folded cell or caption names; ``""`` when none."""
        known = self._known.get(cell)
        if known is None:
            known = self._resolve(cell)
            if len(self._known) < CACHE_MAX:
                self._known[cell] = known
        return known

    def _resolve(self, cell: str) -> str:
        plain = compact(cell)
        for alias in (plain, _bare(plain)):
            if alias in self._exact:
                return self._exact[alias]
        found = {insurer_id for _, insurer_id in self.mentions(cell)}
        return found.pop() if len(found) == 1 else ""

    def mentions(self, text: str) -> list[tuple[int, str]]:
        """(position, insurer_id) of every insurer named in folded text."""
        if self._inside is None:
            return []
        return [(hit.start(), self._exact[compact(hit.group())]) for hit in self._inside.finditer(text)]


def _spaced(alias: str) -> str:
    """A pattern for an alias; Latin ones must stand alone. What stands before is looked at behind the first character:
    so every alternative begins with a plain one, and the search skips whatever is none of them."""
    first, rest = re.escape(alias[0]), re.escape(alias[1:])
    return rf"{first}(?<![0-9A-Z]{first}){rest}(?![0-9A-Z])" if alias.isascii() else first + rest


def _bare(name: str) -> str:
    for form in words("legal_forms"):
        name = name.removeprefix(form).removesuffix(form)
    return name


def _aliases(written: Sequence[str], level: str) -> set[str]:
    aliases = set()
    for name in written:
        plain = compact(folded(name, level).replace("(株)", "").replace("㈱", ""))
        bare = _bare(plain)
        aliases |= {plain, bare}
        for long, short in parameters()["insurer_short_forms"]:
            if bare.endswith(folded(long)) and len(bare) > len(long):
                aliases.add(bare.removesuffix(folded(long)) + folded(short))
    return aliases - {""}
