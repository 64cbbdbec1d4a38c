"""Files that users write (assumptions, cover): every value is checked; an error names the file and the key."""

import difflib
import tomllib
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from pathlib import Path
from typing import Any

import yaml

from sekisho.kernel.errors import InputError

LARGEST_FILE = 1 << 20
LARGEST_YEN = 10**15
_DEEPEST = 8


class _Strict(yaml.SafeLoader):
    """Refuses a key that stands twice (a limit that silently replaces another) and aliases (none are needed)."""

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            mark = self.get_mark()
            raise yaml.MarkedYAMLError(problem="an alias (*) is not read here", problem_mark=mark)
        return super().compose_node(parent, index)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if not isinstance(key, str):
                raise yaml.MarkedYAMLError(problem=f"the key {key!r} is no word", problem_mark=key_node.start_mark)
            if key in seen:
                raise yaml.MarkedYAMLError(problem=f"{key} stands here twice", problem_mark=key_node.start_mark)
            seen.add(key)
        return super().construct_mapping(node, deep)


def read_settings(path: Path) -> "Section":
    """The content of a YAML or TOML file (by its ending). Raises ``InputError`` naming file and line."""
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise InputError("too large for a file of settings", where=str(path), remedy="it should be a few pages")
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise InputError(f"cannot be read ({error.strerror})", where=str(path), remedy="check the name") from None
    except UnicodeDecodeError:
        raise InputError("is not UTF-8 text", where=str(path), remedy="save it as UTF-8") from None
    try:
        content = tomllib.loads(text) if path.suffix.lower() == ".toml" else yaml.load(text, Loader=_Strict)  # noqa: S506
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"is no TOML: {error}", where=str(path), remedy="mend the line named") from None
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        raise InputError(
            f"is no YAML as we read it: {error.problem}", where=f"{path}:{line}", remedy="mend this line"
        ) from None
    except (yaml.YAMLError, RecursionError, ValueError):
        raise InputError("is no YAML", where=str(path), remedy="compare it with the example") from None
    if not isinstance(content, dict):
        raise InputError("has no keys", where=str(path), remedy="compare it with the example")
    return Section(str(path), "", content)


@dataclass(frozen=True, slots=True)
class Section:
    """A mapping in such a file. ``key`` is its path from the top; every getter checks and names what is wrong."""

    file: str
    key: str
    content: dict[str, Any]

    def where(self, name: str = "") -> str:
        """File and key, for an error."""
        key = ".".join(part for part in (self.key, name) if part)
        return f"{self.file}: {key}" if key else self.file

    def wrong(self, message: str, name: str = "", *, remedy: str) -> InputError:
        """An error about ``name`` here."""
        return InputError(message, where=self.where(name), remedy=remedy)

    def only(self, known: Collection[str]) -> None:
        """Refuse keys that are not ``known``."""
        for name in self.content:
            if name not in known:
                near = difflib.get_close_matches(name, known, n=1)
                hint = f"did you mean {near[0]}? " if near else ""
                raise self.wrong("unknown key", name, remedy=f"{hint}known are {', '.join(known)}")

    def has(self, name: str) -> bool:
        return self.content.get(name) is not None

    def section(self, name: str) -> "Section":
        """The mapping under ``name`` (empty where missing)."""
        value = self.content.get(name)
        if value is None:
            value = {}
        if not isinstance(value, dict) or self.key.count(".") > _DEEPEST:
            raise self.wrong("must hold keys of its own", name, remedy="compare it with the example")
        return Section(self.file, f"{self.key}.{name}" if self.key else name, value)

    def sections(self) -> Iterator[tuple[str, "Section"]]:
        """Every mapping in it by name."""
        for name in self.content:
            yield name, self.section(name)

    def text(self, name: str, default: str = "") -> str:
        value = self.content.get(name)
        if value is None:
            return default
        if not isinstance(value, str):
            raise self.wrong("must be text", name, remedy="put it between quotes")
        return value

    def word(self, name: str, words: Collection[str], default: str) -> str:
        """One of ``words``."""
        value = self.text(name, default)
        if value not in words:
            raise self.wrong(f"{value!r} is not known here", name, remedy=f"use one of {', '.join(words)}")
        return value

    def day(self, name: str) -> date | None:
        value = self.content.get(name)
        if value is None:
            return None
        if isinstance(value, datetime) or not isinstance(value, date):
            raise self.wrong("is no date", name, remedy="write YYYY-MM-DD without quotes")
        return value

    def number(self, name: str, default: Fraction | None = None) -> Fraction | None:
        """A number ≥ 0, exact as written (0.9 is nine tenths)."""
        value = self.content.get(name)
        return default if value is None else self._exact(value, name)

    def yen(self, name: str, default: int | None = None) -> int | None:
        """Whole yen ≥ 0."""
        value = self.number(name)
        if value is None:
            return default
        if value.denominator != 1 or value > LARGEST_YEN:
            raise self.wrong("must be whole, and less than a thousand trillion", name, remedy="write yen as 10_000_000")
        return int(value)

    def three(self, name: str) -> tuple[Fraction, Fraction, Fraction] | None:
        """low ≤ expected ≤ high, or one number for all three."""
        value = self.content.get(name)
        if value is None:
            return None
        if not isinstance(value, dict):
            one = self._exact(value, name)
            return one, one, one
        inner = self.section(name)
        inner.only(("low", "expected", "high"))
        found = [inner.number(scenario) for scenario in ("low", "expected", "high")]
        if any(one is None for one in found):
            raise self.wrong("needs low, expected and high", name, remedy="write all three, or one number for all")
        low, expected, high = (Fraction(one or 0) for one in found)
        if not low <= expected <= high:
            raise self.wrong("low, expected and high are not in order", name, remedy="let low ≤ expected ≤ high")
        return low, expected, high

    def _exact(self, value: object, name: str) -> Fraction:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self.wrong("must be a number", name, remedy="write digits without quotes, as 10_000_000 or 0.9")
        if value != value or value in (float("inf"), float("-inf")) or abs(value) > LARGEST_YEN:  # noqa: PLR0124  (NaN)
            raise self.wrong("is no number we can reckon with", name, remedy="write an ordinary number")
        if value < 0:
            raise self.wrong("is negative", name, remedy="write 0 or more")
        return Fraction(str(value))
