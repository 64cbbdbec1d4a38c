"""Count files: what one company tells the association of its count, without any customer's data (A11, seed 000).

YAML or JSON by the ending, strictly checked when read: unknown or missing words, wrong types and figures that cannot be
are refused with their place. A figure that was not counted is left out, which is not 0.
"""

import json
import re
from collections.abc import Hashable
from dataclasses import asdict, dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Any

import yaml

from sekisho.incidents.table import DisclosureTable
from sekisho.kernel.errors import InputError
from sekisho.kernel.files import whole_file
from sekisho.law.causes import causes as law_causes

FORMAT = 1
LARGEST = 256 * 1024
"""Bytes of a count file (a technical limit)."""
_MOST_NOTES, _LONGEST = 50, 500
_ID = re.compile(r"[\w.\-]{1,64}")


class Answer(StrEnum):
    """What a company answered when asked."""

    LEAKS = "leaks"
    NONE = "none"
    """Looked, and found no leak."""
    OPEN = "open"
    """Still looking: no answer yet."""


class Unit(StrEnum):
    """What one of the company's headline figure is."""

    RECORDS = "records"
    POLICIES = "policies"
    PERSONS = "persons"


@dataclass(frozen=True, slots=True)
class CauseCount:
    """One cause; a figure that was not counted is None."""

    cause: str
    agencies: int | None = None
    records: int | None = None
    policies: int | None = None
    persons: int | None = None
    corporate: int | None = None


@dataclass(frozen=True, slots=True)
class Total:
    """Over all causes, without counting twice; a figure that was not counted is None."""

    agencies_distinct: int | None = None
    records: int | None = None
    policies: int | None = None
    persons: int | None = None
    corporate: int | None = None


@dataclass(frozen=True, slots=True)
class CountFile:
    """One company's count. ``place`` is the file it was read from."""

    company_id: str
    company_name: str
    as_of: date
    answer: Answer
    unit: Unit
    causes: tuple[CauseCount, ...] = ()
    total: Total = Total()
    persons_at_most: bool = False
    notes: tuple[str, ...] = ()
    place: str = ""

    @property
    def agencies_summed(self) -> int | None:
        """延べ agencies; None when a cause did not count them."""
        counts = [one.agencies for one in self.causes if one.agencies is not None]
        return sum(counts) if len(counts) == len(self.causes) else None

    def as_document(self) -> dict[str, Any]:
        """What is written, without what was not counted."""
        return {
            "sekisho_count_file": FORMAT,
            "company": {"id": self.company_id, "name": self.company_name},
            "as_of": self.as_of.isoformat(),
            "answer": str(self.answer),
            "unit": str(self.unit),
            "causes": [_told(asdict(one)) for one in self.causes],
            "total": _told(asdict(self.total)),
            "persons_at_most": self.persons_at_most,
            "notes": list(self.notes),
        }


def _told(figures: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in figures.items() if value is not None}


def count_file_of(
    table: DisclosureTable,
    company_id: str,
    company_name: str,
    *,
    unit: Unit = Unit.RECORDS,
    notes: tuple[str, ...] = (),
) -> CountFile:
    """The count file of a table (``incidents.table``)."""
    rows = tuple(
        CauseCount(row.cause, row.agency_count, row.record_count, row.policy_count, row.people, row.corporate_count)
        for row in table.rows
    )
    total = Total(
        table.agency_count_distinct,
        table.record_count_distinct,
        table.policy_count_distinct,
        table.people_distinct,
        table.corporate_count_distinct,
    )
    answer = Answer.LEAKS if rows else Answer.OPEN if table.unresolved else Answer.NONE
    return CountFile(
        company_id, company_name, table.as_of, answer, unit, rows, total, table.people_are_upper_bound, notes
    )


def write_count_file(counted: CountFile, path: Path) -> None:
    """Write ``counted`` as YAML or JSON by the ending (0600, whole or not at all)."""
    document = counted.as_document()
    if _is_json(path):
        text = json.dumps(document, ensure_ascii=False, indent=2) + "\n"
    else:
        text = yaml.safe_dump(document, allow_unicode=True, sort_keys=False)
    with whole_file(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def read_count_file(path: Path) -> CountFile:
    """Read and check a count file. Raises ``InputError`` that names the place of what is wrong."""
    place = str(path)
    try:
        if path.stat().st_size > LARGEST:
            raise InputError(f"is larger than {LARGEST:,} bytes", where=place, remedy="give a count file")
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise InputError(f"cannot be read ({error.strerror})", where=place, remedy="check its name") from None
    except UnicodeDecodeError:
        raise InputError("is not UTF-8", where=place, remedy="save it as UTF-8") from None
    try:
        loaded = json.loads(text, object_pairs_hook=_no_twice) if _is_json(path) else yaml.load(text, _Loader)  # noqa: S506
    except _TwiceError as error:
        raise InputError(f"{error} is there twice", where=place, remedy="keep one of them") from None
    except (ValueError, yaml.YAMLError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        at = f"{place}:{mark.line + 1}" if mark else place
        raise InputError("is neither well-formed YAML nor JSON", where=at, remedy="mend it, or write it anew") from None
    return _checked(_Fields(loaded, place, ""), place)


def _is_json(path: Path) -> bool:
    if path.suffix.lower() not in (".yaml", ".yml", ".json"):
        raise InputError("count files are YAML or JSON", where=str(path), remedy="let the name end in .yaml or .json")
    return path.suffix.lower() == ".json"


def is_short_text(value: object) -> bool:
    """Whether ``value`` is a text that may be shown on a terminal: short, on one line, without control characters."""
    return isinstance(value, str) and len(value) <= _LONGEST and value.isprintable()


class _TwiceError(ValueError):
    """A word that stands twice in one mapping."""


def _no_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise _TwiceError(repr(name)[:80])
        found[name] = value
    return found


class _Loader(yaml.SafeLoader):
    """YAML without aliases and without words given twice."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            event = self.peek_event()  # type: ignore[no-untyped-call]
            raise yaml.composer.ComposerError(None, None, "aliases are not read", event.start_mark)
        return super().compose_node(parent, index)

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Hashable, Any]:
        names = [self.construct_object(key, deep=True) for key, _ in node.value]
        seen: set[Hashable] = set()
        for name in names:
            if isinstance(name, Hashable):  # what is not, the loader refuses itself
                if name in seen:
                    raise _TwiceError(repr(name)[:80])
                seen.add(name)
        return super().construct_mapping(node, deep)


class _Fields:
    """A mapping of a document, taken apart word by word; whatever is wrong is said with its place."""

    def __init__(self, value: Any, place: str, path: str) -> None:
        self._place, self._path = place, path
        if not isinstance(value, dict):
            raise self.wrong("", "is no mapping of words to values", "see docs/counting.md, count files")
        self._left = dict(value)

    def wrong(self, name: str, what: str, remedy: str) -> InputError:
        at = ".".join(part for part in (self._path, name) if part)
        return InputError(what, where=f"{self._place}: {at}" if at else self._place, remedy=remedy)

    def take(self, name: str, default: Any = ...) -> Any:
        if name not in self._left and default is ...:
            raise self.wrong(name, "is missing", "add it; see docs/counting.md, count files")
        return self._left.pop(name, default)

    def inner(self, name: str, value: Any) -> "_Fields":
        return _Fields(value, self._place, ".".join(part for part in (self._path, name) if part))

    def text(self, name: str, default: Any = ..., *, identifier: bool = False) -> str:
        value = self.take(name, default)
        if not isinstance(value, str) or not is_short_text(value) or (identifier and not _ID.fullmatch(value)):
            raise self.wrong(name, "is no id" if identifier else "is no short text on one line", "write it in quotes")
        return value

    def count(self, name: str) -> int | None:
        value = self.take(name, None)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 10**12:
            raise self.wrong(name, "is no count", "write a whole number from 0 on, or leave it out if not counted")
        return value

    def flag(self, name: str) -> bool:
        value = self.take(name, False)
        if not isinstance(value, bool):
            raise self.wrong(name, "is neither true nor false", "write true or false")
        return value

    def choice(self, name: str, kind: type[StrEnum]) -> Any:
        value = self.take(name)
        try:
            return kind(value)
        except ValueError:
            words = ", ".join(kind)
            raise self.wrong(name, f"is none of {words}", f"write one of {words}") from None

    def list(self, name: str, most: int) -> list[Any]:
        value = self.take(name, [])
        if not isinstance(value, list) or len(value) > most:
            raise self.wrong(name, f"is no list of at most {most}", "write a list")
        return value

    def day(self, name: str) -> date:
        value = self.take(name)
        try:
            return date.fromisoformat(value) if isinstance(value, str) else date(value.year, value.month, value.day)
        except (ValueError, AttributeError):
            raise self.wrong(name, "is no day", "write YYYY-MM-DD") from None

    def nothing_left(self) -> None:
        for name in self._left:
            raise self.wrong(str(name)[:80], "is not known here", "take it out, or mend its spelling")


def _checked(fields: _Fields, place: str) -> CountFile:
    version = fields.take("sekisho_count_file")
    if version is True or version != FORMAT:
        raise fields.wrong("sekisho_count_file", f"is not {FORMAT}", f"write it anew in version {FORMAT}")
    company = fields.inner("company", fields.take("company"))
    company_id, name = company.text("id", identifier=True), company.text("name")
    company.nothing_left()
    as_of, answer, unit = fields.day("as_of"), fields.choice("answer", Answer), fields.choice("unit", Unit)
    listed = fields.list("causes", 100)
    rows = tuple(_cause(fields.inner(f"causes[{at}]", row), unit) for at, row in enumerate(listed))
    whole = fields.inner("total", fields.take("total", {}))
    total = Total(*(whole.count(figure) for figure in Total.__slots__))
    whole.nothing_left()
    at_most = fields.flag("persons_at_most")
    notes = tuple(fields.list("notes", _MOST_NOTES))
    if not all(is_short_text(note) for note in notes):
        remedy = f"write texts of up to {_LONGEST} characters on one line"
        raise fields.wrong("notes", "holds something that is no short text", remedy)
    fields.nothing_left()
    found = CountFile(company_id, name, as_of, answer, unit, rows, total, at_most, notes, place)
    _consistent(found, fields)
    return found


def _cause(fields: _Fields, unit: Unit) -> CauseCount:
    code = fields.text("cause")
    if code and code not in law_causes():
        raise fields.wrong("cause", "is no code of a cause", 'take one from the glossary (docs/glossary.md), or ""')
    row = CauseCount(code, *(fields.count(figure) for figure in CauseCount.__slots__[1:]))
    fields.nothing_left()
    if getattr(row, unit) is None:
        raise fields.wrong(str(unit), "is missing, and it is the unit of this file", "add it, or name another unit")
    return row


def _consistent(found: CountFile, fields: _Fields) -> None:
    """What the figures say must fit together."""
    codes = [row.cause for row in found.causes]
    if len(set(codes)) < len(codes):
        raise fields.wrong("causes", "names a cause twice", "add its figures together")
    if (found.answer == Answer.LEAKS) != bool(found.causes):
        what = f"is {found.answer}, with {len(codes)} causes counted"
        raise fields.wrong("answer", what, "mend the answer or the causes")
    for name, of_cause in zip(Total.__slots__, CauseCount.__slots__[1:], strict=True):
        whole = getattr(found.total, name)
        each = [getattr(row, of_cause) for row in found.causes]
        if whole is not None and None not in each and not max(each, default=0) <= whole <= sum(each):
            remedy = "give the distinct number: at least that of the largest cause, at most the sum"
            raise fields.wrong(f"total.{name}", "does not fit the causes", remedy)
