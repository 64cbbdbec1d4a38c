"""Findings as files: Parquet, CSV or JSON lines by the ending; the same findings give the same bytes.

A CSV is opened in Excel by people in a hurry: a cell that would be taken as a formula gets a leading apostrophe,
which reading takes away again.
"""

import csv
import json
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from sekisho.findings.model import FINDINGS
from sekisho.kernel.errors import InputError
from sekisho.kernel.files import whole_file
from sekisho.kernel.spreadsheets import as_written, write_rows

ENDINGS = (".parquet", ".csv", ".jsonl", ".ndjson")
_ROWS_AT_A_TIME = 50_000


def check_ending(path: Path) -> None:
    """Raise ``InputError`` unless findings can be written to a file of this ending (before hours of work)."""
    if path.suffix.lower() not in ENDINGS:
        raise InputError(
            "findings are written as Parquet, CSV or JSON lines",
            where=str(path),
            remedy="let the name end in .parquet, .csv or .jsonl",
        )


def write_findings(findings: pa.Table, path: Path) -> None:
    """Write ``findings`` (0600, whole or not at all)."""
    check_ending(path)
    with whole_file(path) as temporary:
        if path.suffix.lower() == ".parquet":
            pq.write_table(findings, temporary, compression="zstd", row_group_size=100_000)
        elif path.suffix.lower() == ".csv":
            write_csv(findings, temporary)
        else:
            with temporary.open("w", encoding="utf-8", newline="\n") as out:
                for batch in findings.to_batches(_ROWS_AT_A_TIME):
                    out.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in batch.to_pylist())


def write_csv(table: pa.Table, path: Path) -> None:
    """Write any table of text as CSV that Excel opens rightly and harmlessly."""
    batches = ([column.to_pylist() for column in batch.columns] for batch in table.to_batches(_ROWS_AT_A_TIME))
    write_rows(path, table.column_names, (row for columns in batches for row in zip(*columns, strict=True)))


def read_findings(path: Path, columns: Sequence[str] | None = None, few: Sequence[str] = ()) -> pa.Table:
    """Read findings of any of the three kinds, or just some ``columns`` of them. ``few``: columns with few different
    values, which come as dictionaries: that takes a third of the time. Raises ``InputError`` naming what is wrong with
    the file."""
    check_ending(path)
    wanted = FINDINGS.names if columns is None else list(columns)
    try:
        if path.suffix.lower() == ".parquet":
            there = columns and [name for name in wanted if name in pq.read_schema(path).names]
            table = pq.read_table(path, columns=there, read_dictionary=[*few])
        elif path.suffix.lower() == ".csv":
            table = _read_csv(path)
        else:
            table = _read_json_lines(path)
    except FileNotFoundError:
        raise InputError("no such file", where=str(path), remedy="run `sekisho sweep … --out` first") from None
    except (OSError, pa.ArrowInvalid, ValueError) as error:
        raise InputError(
            f"cannot be read as findings ({type(error).__name__})",
            where=str(path),
            remedy="give a file that `sekisho sweep … --out` wrote",
        ) from None
    missing = [name for name in wanted if name not in table.column_names]
    if missing:
        raise InputError(
            f"lacks the columns {', '.join(missing)}",
            where=str(path),
            remedy="give a file that `sekisho sweep … --out` wrote",
        )
    fields = [FINDINGS.field(name) for name in wanted]
    as_numbers = pa.dictionary(pa.int32(), pa.string())
    return table.select(wanted).cast(
        pa.schema([field.with_type(as_numbers) if field.name in few else field for field in fields])
    )


def _read_csv(path: Path) -> pa.Table:
    with path.open(encoding="utf-8-sig", newline="") as source:
        rows = list(csv.reader(source))
    if not rows:
        raise ValueError("empty")
    columns = list(zip(*rows[1:], strict=True)) if len(rows) > 1 else [()] * len(rows[0])
    return pa.table(
        {
            name: pa.array([as_written(cell) for cell in column], pa.string())
            for name, column in zip(rows[0], columns, strict=True)
        }
    )


def _read_json_lines(path: Path) -> pa.Table:
    with path.open(encoding="utf-8") as source:
        rows = [json.loads(line) for line in source if line.strip()]
    return pa.Table.from_pylist(rows) if rows else FINDINGS.empty_table()
