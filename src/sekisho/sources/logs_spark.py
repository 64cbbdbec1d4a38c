"""Logs as Parquet, read by the nodes of a Spark cluster: the same columns, times and places of rows as ``logs`` reads.

Which files there are and what their columns mean is found out on this machine, by their footers alone and by the code
that reads them on one machine; the nodes read the rows. A time written as text is read on the nodes by DuckDB, as here:
for such logs they need the same Sekisho.
"""

import importlib
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache, reduce
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import duckdb
import pyarrow as pa

from sekisho.kernel.cluster import kind_of
from sekisho.kernel.errors import InputError
from sekisho.sources.columns import columns
from sekisho.sources.logfiles import LogFile, open_log
from sekisho.sources.logs import INSTANT, UnreadRow, chosen_headers, log_files

Frame = Any
"""``pyspark.sql.DataFrame``: an extra."""

_AS_TEXT = frozenset({"string", "bigint", "int", "smallint", "tinyint", "boolean", "void"})
"""Types whose text is the same in Spark and DuckDB."""

_SPACES = "".join(chr(code) for code in range(0x3001) if unicodedata.category(chr(code)) == "Zs")
"""What DuckDB's ``trim`` takes away; Spark's takes only the first of them."""

SETTINGS = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.legacy.parquet.nanosAsLong": "true",  # Spark has no nanoseconds, but pandas writes them
}
"""What the session must be told."""

_REMEDY = "let every node see it under the same path, without * ? [ ] { } in it and without _ at its beginning"

_LOCAL = "^file:/+"
"""Spark writes the beginning of the same path in two ways."""

_AT = {
    "text": ("string",),
    "local": ("timestamp_ntz", "timestamp", "date", "bigint"),
    "instant": ("timestamp", "bigint"),
}


@dataclass(slots=True)
class Shape:
    """Parquet files with the same columns. ``headers``: ours → theirs; ``at``: what kind of time theirs is; ``files``:
    path → the name shown; ``opened``: the same files, opened on this machine."""

    headers: dict[str, str | None]
    at: str
    files: dict[str, str] = field(default_factory=dict)
    opened: list[LogFile] = field(default_factory=list)


def parquet_logs(
    log: str, paths: Iterable[str | Path], con: duckdb.DuckDBPyConnection
) -> tuple[list[Shape], list[UnreadRow]]:
    """What lies there, and the files that are no log. Raises InputError as ``logs.read_log``, and for a log that is not
    Parquet: its rows have no places that several readers could agree on."""
    shapes: dict[tuple[str, ...], Shape] = {}
    unread: list[UnreadRow] = []
    given = [Path(path) for path in paths]
    for path, shown in log_files(given):
        try:
            with path.open("rb") as file:
                head = file.read(65_536)
            if head.strip() and not head.startswith(b"PAR1"):
                remedy = "write it as Parquet, or leave out --engine spark"
                raise InputError("a cluster reads Parquet only", where=shown, remedy=remedy)
            opened = open_log(path, shown, con)
        except (duckdb.Error, OSError) as error:
            raise InputError(
                f"cannot be read ({type(error).__name__})", where=shown, remedy="check that the file is whole"
            ) from None
        if isinstance(opened, str):
            unread.append(UnreadRow(shown, opened))
            continue
        headers = chosen_headers(log, opened)
        types = dict(zip(opened.rows.columns, map(str, opened.rows.types), strict=True))
        key = tuple(f"{name}={header}:{types.get(header or '')}" for name, header in headers.items())
        at = opened.kinds.get(headers["at"] or "", "text")
        shape = shapes.setdefault(key, Shape(headers, at))
        shape.files[str(path.absolute())] = shown
        shape.opened.append(opened)
    if not shapes:
        where = ", ".join(map(str, given))
        raise InputError("there is no log here", where=where, remedy="give Parquet files with rows")
    return list(shapes.values()), unread


def rows_of(session: Any, log: str, shapes: Sequence[Shape]) -> tuple[Frame, pa.Table]:
    """All rows as a DataFrame: the columns of ``logs.read_log``, but in place of ``log_row`` ``path`` and ``row_no``;
    and the names of the files (path, shown). Raises InputError."""
    frames: list[Frame] = []
    files: dict[str, str] = {}
    for shape in shapes:
        try:
            frame = session.read.parquet(*(f"file:{path}" for path in shape.files))
        except Exception as error:
            where = next(iter(shape.files.values()))
            raise InputError(f"Spark cannot read it ({kind_of(error)})", where=where, remedy=_REMEDY) from None
        seen = {unquote(urlsplit(name).path): name for name in frame.inputFiles()}
        if seen.keys() != shape.files.keys():
            odd = min(seen.keys() ^ shape.files.keys())
            raise InputError("Spark takes this name for another", where=shape.files.get(odd, odd), remedy=_REMEDY)
        files |= {re.sub(_LOCAL, "/", name): shape.files[path] for path, name in seen.items()}
        frames.append(_mapped(log, shape, frame))
    names = pa.table({"path": list(files), "shown": list(files.values())})
    return reduce(lambda one, other: one.unionByName(other), frames), names


def _mapped(log: str, shape: Shape, frame: Frame) -> Frame:
    functions = importlib.import_module("pyspark.sql.functions")
    types = dict(frame.dtypes)
    shown = next(iter(shape.files.values()))
    chosen = []
    for column in columns(log):
        header = shape.headers[column.name]
        if header is None:
            chosen.append(functions.lit("").alias(column.name))
            continue
        if types.get(header) not in (_AT[shape.at] if column.name == "at" else _AS_TEXT):
            remedy = "write it as a text" + (" or a timestamp" if column.name == "at" else "")
            raise InputError(f"column {column.name} is {types.get(header)}", where=shown, remedy=remedy)
        quoted = "`" + header.replace("`", "``") + "`"
        if column.name != "at":
            text = functions.expr(f"coalesce(btrim(CAST({quoted} AS STRING), '{_SPACES}'), '')")
        elif shape.at == "text":
            text = functions.timestamp_micros(functions.arrow_udf(_instants, "bigint")(functions.col(quoted)))
        else:
            time = _ROUNDED.format(quoted) if types[header] == "bigint" else f"CAST({quoted} AS TIMESTAMP)"
            text = functions.expr(f"to_utc_timestamp({time}, 'Asia/Tokyo')" if shape.at == "local" else time)
        chosen.append(text.alias(column.name))
    path = functions.expr(f"regexp_replace(_metadata.file_path, '{_LOCAL}', '/') AS path")
    place = [path, functions.expr("_metadata.row_index + 1 AS row_no")]
    return frame.select(*chosen, *place).withColumn("on_date", functions.expr(_DAY))


_ROUNDED = "timestamp_micros(CASE WHEN {0} < 0 THEN {0} - 500 ELSE {0} + 500 END div 1000)"
"""Nanoseconds, as DuckDB takes them."""

_DAY = "date_add(DATE '1970-01-01', CAST(floor((unix_micros(`at`) + 32400000000) / 86400000000) AS INT))"
"""As ``logs`` reckons it."""


def _instants(texts: pa.Array) -> pa.Array:
    """Times as they are written → microseconds since 1970. Runs on the nodes."""
    con = _own_duckdb()
    con.register("written", pa.table({"at": texts}))
    try:
        read = con.sql(f"SELECT epoch_us({INSTANT['text']}) AS micros FROM written").to_arrow_table()  # noqa: S608
    finally:
        con.unregister("written")
    found: pa.Array = read.column("micros").combine_chunks()
    return found


@cache
def _own_duckdb() -> duckdb.DuckDBPyConnection:
    """One for each Python worker, whose rows stay in order."""
    return duckdb.connect(":memory:", config={"threads": 1, "temp_directory": ""})
