"""Reading logs in bulk with DuckDB: CSV, JSON lines or Parquet, a file or a folder, also gzipped.

Shared by ``access`` and ``deliveries``. No Python runs over single rows. A file without a required column is refused
before anything is read; a row without a usable time or actor is listed with its place, never dropped in silence
(REQUIREMENTS A7, A8). File names and headers enter no SQL text.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import duckdb

from sekisho.kernel.errors import InputError
from sekisho.sources.columns import columns, headers_in
from sekisho.sources.logfiles import LogFile, open_log

UNREAD_LISTED = 1_000
"""So many unread rows are listed one by one; all are counted."""


@dataclass(frozen=True, slots=True)
class UnreadRow:
    """A row (``file:line``) or a whole file that could not be used, and why. Holds no customer data."""

    log_row: str
    detail: str


@dataclass(frozen=True, slots=True)
class LogRead:
    """``relation``: the usable rows, read when it is asked; ``row_count`` of them. ``unread``: files that are no log,
    then the first ``UNREAD_LISTED`` unusable rows; ``unread_count``: all of them."""

    relation: duckdb.DuckDBPyRelation
    row_count: int
    unread: list[UnreadRow]
    unread_count: int


@dataclass(frozen=True, slots=True)
class OpenLog:
    """All files of a log, not read yet. ``rows``: every row: ``at`` (timestamptz), ``on_date`` (the day in Japan), the
    other columns as text, ``file`` and ``row_no`` (together the row's place). Names of viewers and policies stand
    there as they are written: empties may be null, and some may have spaces around them. ``row_count``: about how many;
    ``first`` and ``last``: days between which most of them lie, None when that could not be told from a few."""

    rows: duckdb.DuckDBPyRelation
    row_count: int
    first: date | None
    last: date | None
    unread: list[UnreadRow]


def read_log(log: str, paths: Iterable[str | Path], actor: str, con: duckdb.DuckDBPyConnection) -> LogRead:
    """Read all files of one kind of log.

    The relation has ``at`` (timestamptz), ``on_date`` (the day in Japan), the other columns of ``columns(log)`` as
    text ("" when absent) and ``log_row``: ``file:line``, or ``file#record`` in a CSV file where records and lines do
    not agree. ``actor`` is the column without which a row is of no use. Raises InputError for a path that does not
    exist, a missing required column, or a file that cannot be read at all.
    """
    opened, unread = _opened(log, paths, con)
    rest = [column.name for column in columns(log) if column.name != "at"]
    trimmed = ", ".join(f"coalesce(trim({name}), '') AS {name}" for name in rest)
    rows = _united([_mapped(log, file) for file in opened])
    rows = rows.project(f'"at", {trimmed}, concat(file, row_no) AS log_row')
    usable, total = rows.aggregate(f"count(*) FILTER ({usable_if(actor)}), count(*)").fetchall()[0]
    count = total - usable + len(unread)
    if usable < total:
        bad = rows.filter(f"NOT ({usable_if(actor)})").order(BY_PLACE).limit(UNREAD_LISTED)
        listed = bad.project(f"log_row, {unusable_as(actor)}").fetchall()
        unread += [UnreadRow(row, detail) for row, detail in listed]
    return LogRead(_result(log, rows.filter(usable_if(actor))), usable, unread, count)


def open_rows(log: str, paths: Iterable[str | Path], con: duckdb.DuckDBPyConnection) -> OpenLog:
    """The files of one kind of log, opened to be read once. Raises InputError as ``read_log``."""
    opened, unread = _opened(log, paths, con)
    relations = [_as_written(log, file) for file in opened]
    first, last = span_of(log, opened)
    system = "" if any(column.name == "system" for column in columns(log)) else ", '' AS system"
    rows = _united(relations).project(f"* , {_DAY} AS on_date{system}")
    return OpenLog(rows, sum(file.row_count for file in opened), first, last, unread)


def _opened(
    log: str, paths: Iterable[str | Path], con: duckdb.DuckDBPyConnection
) -> tuple[list[LogFile], list[UnreadRow]]:
    """Every file that is a log, and what is none. Raises InputError as ``read_log``."""
    unread: list[UnreadRow] = []
    files: list[LogFile] = []
    given = [Path(path) for path in paths]
    for path, shown in log_files(given):
        try:
            opened = open_log(path, shown, con)
            if isinstance(opened, str):
                unread.append(UnreadRow(shown, opened))
                continue
            unread += [UnreadRow(row, "wrong number of columns") for row in opened.refused]
            chosen_headers(log, opened)
            _mapped(log, opened)  # a column of a kind that cannot be read as its field is told with the file
            files.append(opened)
        except PermissionError:
            raise InputError("may not be read", where=shown, remedy="check who may read it") from None
        except (duckdb.Error, OSError, ValueError) as error:
            raise InputError(
                f"cannot be read ({type(error).__name__})", where=shown, remedy="check that the file is whole"
            ) from None
    if not files:
        where = ", ".join(map(str, given))
        raise InputError("there is no log here", where=where, remedy="give CSV, JSON lines or Parquet files with rows")
    return files, unread


def usable_if(actor: str) -> str:
    """The condition, in SQL, under which a row can be used; and why it cannot (``unusable_as``)."""
    return f"\"at\" IS NOT NULL AND {actor} <> ''"


def unusable_as(actor: str) -> str:
    return f"CASE WHEN \"at\" IS NULL THEN 'no readable at' ELSE 'no {actor}' END"


BY_PLACE = "regexp_replace(log_row, '[0-9]+$', ''), length(log_row), log_row"
"""File by file, and in a file by number: the same rows are listed whoever reads the log, and in whatever order."""


def _result(log: str, rows: duckdb.DuckDBPyRelation) -> duckdb.DuckDBPyRelation:
    rest = ", ".join(column.name for column in columns(log) if column.name != "at")
    return rows.project(f'"at", {_DAY} AS on_date, {rest}, log_row')


def chosen_headers(log: str, file: LogFile) -> dict[str, str | None]:
    """Our columns → the header that the file has for it. Raises InputError when it has none for a required one."""
    there = headers_in(log, file.fields)
    for column in columns(log):
        if column.required and column.name not in there:
            raise InputError(
                f"column {column.name} is missing",
                where=f"{file.shown}:1",
                remedy=f"name a column {column.name} (or as in sources/columns.yaml)",
            )
    return {column.name: there.get(column.name) for column in columns(log)}


def _mapped(log: str, file: LogFile) -> duckdb.DuckDBPyRelation:
    """The file's rows under our column names, texts as they are written."""
    chosen = chosen_headers(log, file)
    fields = [
        (duckdb.ConstantExpression("") if header is None else file.fields[header]).alias(name)
        for name, header in chosen.items()
    ]
    places = file.rows.select(
        *fields, duckdb.ConstantExpression(file.place).alias("file"), duckdb.ColumnExpression("sekisho_row")
    )
    at_kind = file.kinds.get(chosen["at"] or "", "text")
    rest = ", ".join(f"CAST({name} AS VARCHAR) AS {name}" for name in chosen if name != "at")
    return places.project(f'{INSTANT[at_kind]} AS "at", {rest}, file, CAST(sekisho_row AS BIGINT) AS row_no')


_SAMPLE = 1_000
_KEYS = ("account_id", "viewer_id", "insurer_id", "policy_no")
_MARGIN = timedelta(days=400)
_LONG = timedelta(days=1_200)


def _as_written(log: str, file: LogFile) -> duckdb.DuckDBPyRelation:
    """The rows of ``OpenLog``. In a file that fills its columns with spaces they are taken away here."""
    rows = _mapped(log, file)
    names = [column.name for column in columns(log) if column.name != "at"]
    keys = [name for name in names if name in _KEYS]
    changed = " OR ".join(f"{name} <> trim({name})" for name in keys)
    try:
        padded = rows.limit(_SAMPLE).aggregate(f"count(*) FILTER ({changed})").fetchall()[0][0]
    except duckdb.Error as error:
        raise InputError(
            f"cannot be read ({type(error).__name__})", where=file.shown, remedy="check that the file is whole"
        ) from None
    trimmed = [name for name in names if padded or name not in keys]
    rest = ", ".join(f"coalesce(trim({name}), '') AS {name}" if name in trimmed else name for name in names)
    return rows.project(f'"at", {rest}, file, row_no')


def span_of(log: str, files: Sequence[LogFile]) -> tuple[date | None, date | None]:
    """The days of the log: of times by type as Parquet's footers tell them; else, and where these tell of more than
    ``_LONG``, those of the first rows of some files but for the earliest and latest few, with a year around. Rows of
    other days are no error: they only are not settled ahead."""
    relations = [_mapped(log, file) for file in files]
    if all(file.kinds for file in files):
        first, last = _united(relations).filter(_OF_A_CALENDAR).aggregate(f"min({_DAY}), max({_DAY})").fetchall()[0]
        if first is not None and last is not None and last - first <= _LONG:
            return first, last
    step = max(1, len(relations) // 16)
    some = [one.limit(_SAMPLE) for one in (*relations[::step], relations[-1])]
    usual = ", ".join(f"quantile_disc({_DAY}, {share})" for share in (0.02, 0.98))
    first, last = _united(some).filter(_OF_A_CALENDAR).aggregate(usual).fetchall()[0]
    if first is None or last is None:
        return None, None
    low, high = date(1, 1, 1) + _MARGIN, date(9999, 12, 31) - _MARGIN
    return max(first, low) - _MARGIN, min(last, high) + _MARGIN


_DAY = "DATE '1970-01-01' + CAST(floor((epoch_us(\"at\") + 32400000000) / 86400000000) AS INTEGER)"
"""The day in Japan, nine hours ahead all year. Plain arithmetic: time zones cost as much as all the rest of a row."""

_OF_A_CALENDAR = f"{_DAY} BETWEEN DATE '0001-01-01' AND DATE '9999-12-31'"
"""Days that Python has too; the end of open periods (9999-12-31 in UTC) lies beyond in Japan."""

_CLEANED = r"""regexp_replace(replace(trim("at"), '/', '-'), '\s*(JST|日本時間)$', '')"""
_WITH_ZONE = r"'\d\d:\d\d.*(Z|z|[+-]\d{2}:?(\d{2})?)$'"
_COMPACT = "['%Y%m%d%H%M%S', '%Y%m%d %H%M%S', '%Y%m%d', '%Y年%m月%d日 %H時%M分%S秒', '%Y年%m月%d日 %H:%M:%S']"
INSTANT = {
    "text": (
        "CASE WHEN contains(lower(\"at\"), 'inf') THEN NULL "  # DuckDB's infinity is no time of a row
        f"WHEN regexp_matches({_CLEANED}, {_WITH_ZONE}) THEN try_cast({_CLEANED} AS TIMESTAMPTZ) "
        f"ELSE coalesce(try_cast({_CLEANED} AS TIMESTAMP), try_strptime({_CLEANED}, {_COMPACT})) "
        "AT TIME ZONE 'Asia/Tokyo' END"
    ),
    "local": "CAST(\"at\" AS TIMESTAMP) AT TIME ZONE 'Asia/Tokyo'",
    "instant": 'CAST("at" AS TIMESTAMPTZ)',
}
"""An instant without a zone is Japanese time. ``at`` is a reserved word in DuckDB: always quoted."""


def _united(relations: list[duckdb.DuckDBPyRelation]) -> duckdb.DuckDBPyRelation:
    """UNION ALL as a balanced tree: a folder may hold thousands of files."""
    while len(relations) > 1:
        pairs = [relations[at : at + 2] for at in range(0, len(relations), 2)]
        relations = [pair[0].union(pair[1]) if len(pair) == 2 else pair[0] for pair in pairs]
    return relations[0]


def log_files(given: Iterable[Path]) -> Iterator[tuple[Path, str]]:
    """(path, name shown) of all files in a stable order."""
    for path in given:
        if path.is_dir():
            for inner in sorted(path.rglob("*")):
                if inner.is_file() and not inner.is_symlink() and not inner.name.startswith("."):
                    yield inner, inner.relative_to(path.parent).as_posix()
        elif path.is_file():
            yield path, path.name
        else:
            raise InputError(
                "there is no such file or folder", where=str(path), remedy="check the spelling of the path"
            )
