"""Configured reference scopes (参照範囲): what a system lets whom see (REQUIREMENTS A6; seed 002; DESIGN §5)."""

from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from sekisho.kernel.errors import InputError
from sekisho.registry.headers import HeaderMap
from sekisho.registry.problems import Problem, Problems
from sekisho.registry.schema import SCOPES
from sekisho.registry.tables import ENDINGS, load_table

SCHEMA = pa.schema(
    [
        ("scope_no", pa.int64()),
        ("viewer_id", pa.string()),
        ("subject_agency_id", pa.string()),  # "" = of every agency
        ("insurer_id", pa.string()),  # "" = of every insurer
        ("kind", pa.string()),  # contracts | notices
        ("line", pa.string()),  # "" = both
        ("start", pa.date32()),
        ("end", pa.date32()),
        ("place", pa.string()),  # file:line
    ]
)


@dataclass(frozen=True, slots=True)
class Scopes:
    """The rows of one file, numbered from 0. ``unknown_columns``: headers that mean nothing to us."""

    table: pa.Table
    unknown_columns: tuple[str, ...] = ()


def read_scopes(path: Path, words: HeaderMap | None = None) -> Scopes:
    """The scopes of a CSV, Excel or Parquet file (English column names, or Japanese headers).

    Raises ``InputError`` naming the first wrong rows with their places: a scope that cannot be read must not be
    passed over, for it may be the one that is set wrong.
    """
    if path.suffix.lower() not in ENDINGS:
        raise InputError("is no table of scopes", where=str(path), remedy="give a .csv, .xlsx or .parquet file")
    if not path.is_file():
        raise InputError("there is no such file", where=str(path), remedy="check the spelling of the path")
    problems = Problems()
    loaded = load_table(path, SCOPES, words or HeaderMap(), problems)
    if loaded is not None:
        for row in _reversed(loaded.data):
            where = loaded.raw.where(row)
            message = "the period ends before it starts"
            problems.add(Problem("error", "period", SCOPES.name, where, message, "correct one of the days"))
    if loaded is None or problems.count("error"):
        _refuse(path, problems)
    assert loaded is not None  # noqa: S101  (refused otherwise)
    count = loaded.data.num_rows
    columns = {name: loaded.data.column(name) for name in SCHEMA.names if name not in ("scope_no", "place")}
    filled = {
        name: column.fill_null("") if pa.types.is_string(column.type) else column for name, column in columns.items()
    }
    places = [f"{path.name}:{loaded.raw.line_of(row)}" for row in range(count)]
    table = pa.table({"scope_no": pa.array(range(count), pa.int64()), **filled, "place": pa.array(places, pa.string())})
    return Scopes(table.select(SCHEMA.names).cast(SCHEMA), tuple(loaded.unknown))


def _reversed(data: pa.Table) -> list[int]:
    starts, ends = (data.column(name).to_pylist() for name in ("start", "end"))
    return [row for row, (start, end) in enumerate(zip(starts, ends, strict=True)) if start > end]


_SHOWN = 10


def _refuse(path: Path, problems: Problems) -> None:
    errors = [problem for problem in problems.listed if problem.severity == "error"]
    lines = "\n  ".join(str(problem) for problem in errors[:_SHOWN])
    more = f"\n  … and {problems.count('error') - _SHOWN:,} more" if problems.count("error") > _SHOWN else ""
    raise InputError(
        f"{problems.count('error'):,} errors in the scopes:\n  {lines}{more}\n",
        where=str(path),
        remedy="mend them, then run again; nothing was audited",
    )
