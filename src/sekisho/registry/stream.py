"""The policies of a registry as a stream of batches, for what must not hold the whole ledger in memory.

A Parquet file is read a group of rows at a time; CSV and XLSX go through the ordinary reader first. Only the columns
asked for are read. Of the registry's checks those run that need no other row and no other table: required columns,
required values, dates and amounts that can be read. One bad row, and nothing counts: after it batches are only
checked, and the end raises with every problem listed.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from sekisho.kernel.errors import InputError
from sekisho.registry.headers import HeaderMap
from sekisho.registry.problems import Problems
from sekisho.registry.raw import RawTable
from sekisho.registry.schema import TABLES, Table
from sekisho.registry.tables import columns_found, find_files, load_table
from sekisho.registry.typed_files import numbered_column, plain_column
from sekisho.registry.values import typed_table

BATCH_ROWS = 1 << 18
_LISTED = 50
_READ_AT_ONCE = 1 << 20
"""Bytes of each column that are read at a time."""


class UnusablePoliciesError(InputError):
    """The policies table has errors. ``problems`` are all that were found."""

    def __init__(self, where: Path, problems: Problems) -> None:
        self.problems = problems
        super().__init__(
            f"{problems.count('error'):,} errors in the policies", where=str(where), remedy="mend them, then run again"
        )

    def listed(self) -> list[str]:
        """The first problems, a line each."""
        errors = [str(problem) for problem in self.problems.listed if problem.severity == "error"]
        more = self.problems.count("error") - len(errors[:_LISTED])
        return errors[:_LISTED] + ([f"… and {more:,} more"] if more > 0 else [])


def policy_count(folder: Path, mapping: HeaderMap | None = None) -> int:
    """How many policies there will be, when that is known beforehand (Parquet), else 0."""
    path = _policies_file(folder, mapping or HeaderMap(), Problems())
    if path.suffix.lower() != ".parquet":
        return 0
    try:
        return int(pq.read_metadata(path).num_rows)
    except (pa.ArrowException, OSError):
        return 0


def policy_batches(
    folder: Path,
    mapping: HeaderMap | None = None,
    columns: Sequence[str] | None = None,
    encoded: Sequence[str] = (),
) -> Iterator[pa.RecordBatch]:
    """The policies in ``folder``, typed as ``registry.Registry`` has them, ``columns`` of them (default: all). Texts
    named in ``encoded`` may come as dictionaries, as Parquet has them: each different value is then read once.

    Raises ``InputError`` when there is no such table, ``UnusablePoliciesError`` at the end when a row is bad.
    """
    words, problems = mapping or HeaderMap(), Problems()
    path = _policies_file(folder, words, problems)
    asked = tuple(columns or (column.name for column in TABLES["policies"].columns))
    batches = _parquet(path, words, asked, problems, frozenset(encoded)) if path.suffix.lower() == ".parquet" else None
    for data in _whole(path, words, problems) if batches is None else batches:
        if problems.count("error"):
            continue
        yield from data.select([name for name in asked if name in data.column_names]).to_batches(BATCH_ROWS)
    if problems.count("error"):
        raise UnusablePoliciesError(path, problems)


def _policies_file(folder: Path, words: HeaderMap, problems: Problems) -> Path:
    path = find_files(folder, words, problems).get("policies")
    if path is None:
        if problems.count("error", "policies"):
            raise UnusablePoliciesError(folder, problems)
        raise InputError(
            "there is no table policies (契約)", where=str(folder), remedy="put policies.parquet or .csv into it"
        )
    return path


def _whole(path: Path, words: HeaderMap, problems: Problems) -> Iterator[pa.Table]:
    loaded = load_table(path, TABLES["policies"], words, problems)
    if loaded is not None:
        yield loaded.data


def _parquet(
    path: Path, words: HeaderMap, asked: tuple[str, ...], problems: Problems, encoded: frozenset[str]
) -> Iterator[pa.Table]:
    table = _only(asked)
    try:
        metadata = pq.read_metadata(path)
        headers = metadata.schema.to_arrow_schema().names
        whole = RawTable("policies", path, "Parquet", headers, [], int)
        found = columns_found(whole, TABLES["policies"], words, problems)
        if found is None:
            return
        names = [column.name for column in table.columns if column.name in found]
        places = {name: place for place, name in enumerate(names)}
        written = [headers[found[name]] for name in names]
        read = [numbered_column if name in encoded else plain_column for name in names]
        numbered = [headers[found[name]] for name in names if name in encoded]
        # reading ahead keeps everything that was read until the file is closed
        options = {"pre_buffer": False, "buffer_size": _READ_AT_ONCE, "read_dictionary": numbered}
        with pq.ParquetFile(path, metadata=metadata, **options) as file:
            first = 0
            for batch in file.iter_batches(BATCH_ROWS, columns=written):
                values = [
                    one(path, header, pa.chunked_array([batch.column(header)]))
                    for one, header in zip(read, written, strict=True)
                ]
                raw = RawTable("policies", path, "Parquet", written, values, lambda row, first=first: first + row + 1)  # type: ignore[misc]
                first += batch.num_rows
                yield typed_table(raw, table, places, problems)
    except (pa.ArrowException, OSError) as error:
        if isinstance(error, PermissionError):
            raise InputError("cannot be read", where=str(path), remedy="check who may read it") from None
        raise InputError("cannot be read as Parquet", where=str(path), remedy="write the file anew") from None


def _only(asked: tuple[str, ...]) -> Table:
    """The policies table with the columns asked for and those without which it is none."""
    table = TABLES["policies"]
    return replace(table, columns=tuple(column for column in table.columns if column.name in asked or column.required))
