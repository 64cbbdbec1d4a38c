"""From raw columns to the typed columns of the schema; every value that does not fit is reported with its place.

Few different values stand behind many rows (days, kinds, yes and no), so each different value is read once and spread
over its rows: 和暦 costs no more than ISO.
"""

import re
import unicodedata
from collections.abc import Callable, Sequence
from functools import cache
from importlib import resources
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import yaml

from sekisho.kernel.dates import FORMS, DateError, parse_date
from sekisho.kernel.errors import InputError
from sekisho.kernel.periods import FIRST_DAY, LAST_DAY
from sekisho.law.items import ALL_ITEMS, items, mask_of
from sekisho.registry.headers import same_word
from sekisho.registry.problems import Problem, Problems, Severity, shown
from sekisho.registry.raw import RawTable
from sekisho.registry.schema import MASK_COLUMN, Column, Kind, Table

_SEPARATORS = re.compile(r"[;；、,，\n]+")
_YEN = re.compile(r"[¥\\]?(-?\d{1,3}(?:,\d{3})+|-?\d+)(?:\.0+)?円?", re.ASCII)
_INT64 = 1 << 63

Rows = npt.NDArray[np.int64]


class _BadValueError(ValueError):
    """What is wrong with one value, and the remedy."""

    def __init__(self, message: str, remedy: str) -> None:
        self.remedy = remedy
        super().__init__(message)


def typed_table(raw: RawTable, table: Table, found: dict[str, int], problems: Problems) -> pa.Table:
    """The loaded table: schema columns first, then ``items_mask``, then unknown columns as text.

    ``found``: column name → position in ``raw``. Columns that are absent are null (periods: open).
    """
    arrays: dict[str, pa.ChunkedArray] = {}
    for column in table.columns:
        position = found.get(column.name)
        if position is None:
            arrays[column.name] = _absent(column, raw.row_count)
        else:
            arrays[column.name] = _typed(raw, column, position, problems)
    mask = next((column for column in table.columns if column.kind is Kind.ITEMS), None)
    if mask is not None:
        arrays[MASK_COLUMN] = _masks(raw, mask, arrays[mask.name], found.get(mask.name), problems)
    used = set(found.values())
    for position, header in enumerate(raw.headers):
        if position not in used:
            arrays[_free(header or f"column_{position + 1}", arrays)] = raw.columns[position].cast(pa.string())
    return pa.table(arrays)


def empty_table(table: Table) -> pa.Table:
    """The table of a file that is not there."""
    return table.arrow_schema.empty_table()


def choice_words(choice: str) -> tuple[str, ...]:
    """The wordings in ``values.yaml`` that mean a choice."""
    return tuple(str(word) for word in _words()["choice"][choice])


def flag_words(flag: bool) -> tuple[str, ...]:
    """The wordings in ``values.yaml`` that mean true or false."""
    return tuple(str(word) for word in _words()["flag"]["true" if flag else "false"])


def rows_where(mask: pa.ChunkedArray) -> Rows:
    """Indices at which a boolean column is true."""
    return np.flatnonzero(pc.fill_null(mask, False).to_numpy()).astype(np.int64)


def report(  # noqa: PLR0917
    problems: Problems,
    raw: RawTable,
    column: Column,
    position: int,
    rows: Sequence[int],
    kind: str,
    say: Callable[[str | None], tuple[str, str]],
    severity: Severity = "error",
) -> None:
    """Report the value of ``column`` at ``rows``; ``say`` gives message and remedy for a value (message without it)."""
    header = raw.headers[position] or column.name

    def make(row: int) -> Problem:
        value = raw.columns[position][row].as_py()
        text = None if value is None else str(value)
        message, remedy = say(text)
        return Problem(
            severity,
            kind,
            raw.table,
            raw.where(row),
            f"{header} {shown(text, secret=column.secret)} {message}",
            remedy,
            header,
        )

    problems.add_many(severity, kind, raw.table, rows, make)


def _typed(raw: RawTable, column: Column, position: int, problems: Problems) -> pa.ChunkedArray:
    values = raw.columns[position]
    if column.required:
        empty = rows_where(values.is_null())
        report(problems, raw, column, position, _seq(empty), "empty", lambda _: ("is required", "fill it in"))
    if column.kind not in _READERS:
        values = _texts(values)
    elif values.type != column.arrow_type or pa.types.is_string(values.type):
        values = _read_each(raw, column, position, _texts(values), problems)
    if column.kind is Kind.ADDRESS:
        values = pc.utf8_lower(values)
    return _filled(column, values)


def _texts(values: pa.ChunkedArray) -> pa.ChunkedArray:
    """As text; a dictionary of texts stays one."""
    return values if pa.types.is_dictionary(values.type) else values.cast(pa.string())


def _read_each(
    raw: RawTable, column: Column, position: int, values: pa.ChunkedArray, problems: Problems
) -> pa.ChunkedArray:
    """Read each different value once. Values that cannot be read become null and are reported."""
    read = _READERS[column.kind]
    encoded = pc.dictionary_encode(values).unify_dictionaries()
    words: list[str | None] = encoded.chunk(0).dictionary.to_pylist() if encoded.num_chunks else []
    results: list[Any] = []
    wrong: dict[str | None, _BadValueError] = {}
    for word in words:
        try:
            results.append(None if word is None else read(word, column))
        except _BadValueError as error:
            results.append(None)
            wrong[word] = error
    meant = pa.array(results, column.arrow_type)
    if pa.types.is_dictionary(values.type) and pa.types.is_string(column.arrow_type) and not meant.null_count:
        return pa.chunked_array([pa.DictionaryArray.from_arrays(one.indices, meant) for one in encoded.chunks])
    typed = pa.chunked_array([meant.take(chunk.indices) for chunk in encoded.chunks], column.arrow_type)
    if wrong:
        bad = rows_where(pc.and_(typed.is_null(), values.is_valid()))
        report(
            problems,
            raw,
            column,
            position,
            _seq(bad),
            column.kind.value,
            lambda text: (str(wrong[text]), wrong[text].remedy),
        )
    return typed


def _seq(rows: Rows) -> Sequence[int]:
    return rows  # type: ignore[return-value]


def _date(text: str, _: Column) -> Any:
    try:
        return parse_date(text)
    except DateError as error:
        raise _BadValueError(str(error), f"write {FORMS}") from None


def _flag(text: str, _: Column) -> bool:
    flag = _flag_values().get(same_word(text))
    if flag is None:
        raise _BadValueError("is neither yes nor no", "write true or false")
    return flag


def _yen(text: str, _: Column) -> int:
    found = _YEN.fullmatch("".join(unicodedata.normalize("NFKC", text).split()))
    amount = int(found[1].replace(",", "")) if found and len(found[1]) < 26 else _INT64
    if not -_INT64 <= amount < _INT64:
        raise _BadValueError("is no whole number of yen", "write digits only, e.g. 12000")
    return amount


def _choice(text: str, column: Column) -> str:
    choice = _choice_values().get(same_word(text))
    if choice not in column.choices:
        raise _BadValueError(f"is not one of {', '.join(column.choices)}", f"write {' or '.join(column.choices)}")
    return str(choice)


_READERS: dict[Kind, Callable[[str, Column], Any]] = {
    Kind.DATE: _date,
    Kind.START: _date,
    Kind.END: _date,
    Kind.FLAG: _flag,
    Kind.YEN: _yen,
    Kind.CHOICE: _choice,
    Kind.IDENTIFIERS: lambda text, _: ";".join(split_words(text)),
    Kind.TEXTS: lambda text, _: ";".join(split_words(text)),
    Kind.ITEMS: lambda text, _: ";".join(split_words(text)),
}


def split_words(text: str) -> list[str]:
    """The words of a ``;``-separated value (、 and , separate as well)."""
    return [word.strip() for word in _SEPARATORS.split(text) if word.strip()]


def _masks(
    raw: RawTable, column: Column, values: pa.ChunkedArray, position: int | None, problems: Problems
) -> pa.ChunkedArray:
    masks: dict[str | None, int] = {None: ALL_ITEMS}
    wrong: dict[str | None, str] = {}
    for text in pc.unique(values).to_pylist():
        try:
            masks[text] = mask_of(split_words(text)) if text else ALL_ITEMS
        except InputError as error:
            masks[text] = 0
            wrong[text] = error.message
    texts = values.to_pylist()
    if wrong and position is not None:
        rows = [row for row, text in enumerate(texts) if text in wrong]
        remedy = f"use codes or names of {', '.join(items())}; empty = all"
        report(
            problems,
            raw,
            column,
            position,
            rows,
            "items",
            lambda text: (f"names an {wrong[';'.join(split_words(text or ''))]}", remedy),
        )
    return pa.chunked_array([pa.array([masks[text] for text in texts], pa.int64())])


def _absent(column: Column, count: int) -> pa.ChunkedArray:
    return _filled(column, pa.chunked_array([pa.nulls(count, column.arrow_type)]))


def _filled(column: Column, values: pa.ChunkedArray) -> pa.ChunkedArray:
    if column.kind is Kind.START:
        return pc.fill_null(values, pa.scalar(FIRST_DAY, pa.date32()))
    if column.kind is Kind.END:
        return pc.fill_null(values, pa.scalar(LAST_DAY, pa.date32()))
    return values


def _free(name: str, taken: dict[str, pa.ChunkedArray]) -> str:
    """``name``, numbered when a column of this name is there already."""
    free, number = name, 2
    while free in taken:
        free, number = f"{name}_{number}", number + 1
    return free


@cache
def _words() -> dict[str, Any]:
    text = resources.files("sekisho.registry").joinpath("values.yaml").read_text(encoding="utf-8")
    loaded: dict[str, Any] = yaml.safe_load(text)
    return loaded


@cache
def _flag_values() -> dict[str, bool]:
    return {same_word(str(word)): flag == "true" for flag, words in _words()["flag"].items() for word in words}


@cache
def _choice_values() -> dict[str, str]:
    return {same_word(str(word)): choice for choice, words in _words()["choice"].items() for word in words}
