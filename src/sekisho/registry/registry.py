"""The registry: who is who, dated, as Arrow tables; read from a folder, whole or not at all (DESIGN §5)."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from sekisho.registry.check import check
from sekisho.registry.headers import HeaderMap
from sekisho.registry.names import forms_of
from sekisho.registry.problems import Problem
from sekisho.registry.report import LoadReport, TableReport
from sekisho.registry.schema import TABLES
from sekisho.registry.tables import Loaded, find_files, load_table
from sekisho.registry.values import empty_table


@dataclass(frozen=True, slots=True)
class Registry:
    """``tables``: one Arrow table for each of ``schema.TABLES``; an absent file is an empty table. ``version``: SHA-256
    over the content, the same whether it came from CSV, XLSX or Parquet."""

    tables: Mapping[str, pa.Table]
    version: str

    @staticmethod
    def of(tables: Mapping[str, pa.Table]) -> "Registry":
        """A registry of checked tables; missing ones are empty."""
        whole = {name: tables.get(name, empty_table(table)) for name, table in TABLES.items()}
        return Registry(whole, version_of(whole))

    def party_names(self) -> dict[str, str]:
        """party_id → its full name, of insurers and agencies."""
        tables = ((self.tables["insurers"], "insurer_id"), (self.tables["agencies"], "agency_id"))
        return {
            key: name
            for table, column in tables
            for key, name in zip(table[column].to_pylist(), table["name"].to_pylist(), strict=True)
        }

    def insurer_names(self) -> dict[str, tuple[str, ...]]:
        """insurer_id → name, aliases, and short forms of the name; longest first; no short form is given twice."""
        return forms_of(self.tables["insurers"], "insurer_id")

    def agency_names(self) -> dict[str, tuple[str, ...]]:
        """agency_id → name, aliases, and short forms of the name; longest first."""
        return forms_of(self.tables["agencies"], "agency_id")


def read_registry(folder: Path | str, mapping: HeaderMap | None = None) -> tuple[Registry | None, LoadReport]:
    """Read and check the tables in ``folder``; None when there is any error. ``mapping``: the user's own header words.

    Raises ``InputError`` when the folder itself cannot be used (missing, no folder, no permission, no table in it).
    """
    folder = Path(folder)
    words = mapping or HeaderMap()
    report = LoadReport(str(folder))
    files = find_files(folder, words, report.problems)
    loaded: dict[str, Loaded] = {}
    for name, path in sorted(files.items(), key=lambda item: list(TABLES).index(item[0])):
        table = load_table(path, TABLES[name], words, report.problems)
        if table is not None:
            loaded[name] = table
    _missing(folder, files, report)
    unusable = {table for severity, _, table in report.problems.counts if severity == "error" and table not in loaded}
    check(loaded, unusable, report.problems)
    registry = Registry.of({name: table.data for name, table in loaded.items()}) if report.ok else None
    report.version = registry.version if registry else ""
    report.tables = [_table_report(name, files.get(name), loaded.get(name), report) for name in TABLES]
    return registry, report


def _missing(folder: Path, files: Mapping[str, Path], report: LoadReport) -> None:
    absent: list[str] = []
    failed = {table for severity, _, table in report.problems.counts if severity == "error"}
    for name, table in TABLES.items():
        if name in files or name in failed:
            continue
        if table.required:
            report.problems.add(
                Problem(
                    "error",
                    "missing_table",
                    name,
                    str(folder),
                    f"there is no table {name} ({table.ja})",
                    f"put {name}.csv or {table.ja}.csv into the folder",
                )
            )
        else:
            absent.append(f"{name} ({table.ja})")
    if absent:
        report.problems.add(
            Problem("notice", "absent_tables", "", str(folder), f"no {', '.join(absent)}: taken as empty", "")
        )


def _table_report(name: str, path: Path | None, loaded: Loaded | None, report: LoadReport) -> TableReport:
    rows = loaded.data.num_rows if loaded else 0
    return TableReport(
        name=name,
        ja=TABLES[name].ja,
        file=path.name if path else "",
        rows=rows,
        loaded=rows if report.ok else 0,
        encoding=loaded.raw.encoding if loaded else "",
        unknown_columns=tuple(loaded.unknown) if loaded else (),
        error_count=report.problems.count("error", name),
        warning_count=report.problems.count("warning", name),
    )


def version_of(tables: Mapping[str, pa.Table]) -> str:
    """SHA-256 over names, lengths and bytes of all values, in the order of rows; chunking does not matter."""
    whole = hashlib.sha256()
    for name in sorted(tables):
        table = tables[name]
        for column in sorted(table.column_names):
            whole.update(f"{name}.{column}:{table.num_rows}:".encode())
            whole.update(_column_hash(table.column(column)))
    return whole.hexdigest()


def _column_hash(column: pa.ChunkedArray) -> bytes:
    lengths, values = hashlib.sha256(), hashlib.sha256()
    for chunk in column.chunks:
        if pa.types.is_string(chunk.type):
            lengths.update(pc.fill_null(pc.binary_length(chunk), -1).to_numpy().tobytes())
            filled = pc.fill_null(chunk, "")
            offsets, data = filled.buffers()[1], filled.buffers()[2]
            if len(filled) and data is not None:
                ends = pa.Array.from_buffers(pa.int32(), filled.offset + len(filled) + 1, [None, offsets])
                values.update(memoryview(data)[ends[filled.offset].as_py() : ends[-1].as_py()])
        else:
            lengths.update(chunk.is_valid().cast(pa.int8()).to_numpy().tobytes())
            number = chunk.cast(pa.int8()) if pa.types.is_boolean(chunk.type) else chunk
            values.update(pc.fill_null(_integers(number), 0).to_numpy().tobytes())
    return lengths.digest() + values.digest()


def _integers(chunk: pa.Array) -> pa.Array:
    return chunk.cast(pa.int32()) if pa.types.is_date32(chunk.type) else chunk
