"""The files of a registry folder: which of them is which table, read, header understood, columns typed."""

import os
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from sekisho.kernel.errors import InputError
from sekisho.registry.csv_file import read_csv
from sekisho.registry.headers import HeaderMap
from sekisho.registry.problems import Problem, Problems, shown
from sekisho.registry.raw import RawTable
from sekisho.registry.schema import TABLES, Kind, Table
from sekisho.registry.typed_files import read_parquet, read_xlsx
from sekisho.registry.values import typed_table

ENDINGS = (".csv", ".tsv", ".parquet", ".xlsx")
_SAVE_ANEW = {".xls": "xlsx", ".xlsm": "xlsx", ".xlsb": "xlsx", ".ods": "xlsx", ".txt": "csv"}
_HEADERS_SHOWN = 12
_RIGHTS = "check who may read it"


@dataclass(frozen=True, slots=True)
class Loaded:
    """One table with the file it came from. ``positions``: column name → position in ``raw``."""

    raw: RawTable
    data: pa.Table
    positions: dict[str, int]
    unknown: list[str]


def find_files(folder: Path, words: HeaderMap, problems: Problems) -> dict[str, Path]:
    """Table → its file. Raises ``InputError`` when the folder is missing, no folder, unreadable or empty.

    Two files for one table are an error; a file that is no table, or of an unknown ending, is named in a warning.
    """
    try:
        names = sorted(entry.name for entry in os.scandir(folder) if entry.is_file())
    except FileNotFoundError:
        raise InputError("there is no such folder", where=str(folder), remedy="name the folder of the tables") from None
    except NotADirectoryError:
        raise InputError(
            "is a file, not a folder", where=str(folder), remedy="name the folder that holds the tables, one file each"
        ) from None
    except OSError as error:
        raise InputError(
            f"cannot be read ({error.strerror})", where=str(folder), remedy="ask its owner for the right to read it"
        ) from None
    files: dict[str, list[Path]] = {}
    for name in names:
        path = folder / name
        if name.startswith((".", "~$")):
            continue
        table = words.table_of(path.stem)
        ending = path.suffix.lower()
        if table and ending in ENDINGS:
            files.setdefault(table, []).append(path)
        elif ending in ENDINGS or (table and ending in _SAVE_ANEW):
            problems.add(_not_read(path, table, ending))
    if not files:
        raise InputError(
            "holds no table", where=str(folder), remedy="put insurers.csv (保険会社.csv) and the other tables into it"
        )
    for table, paths in files.items():
        if len(paths) > 1:
            problems.add(
                Problem(
                    "error",
                    "two_files",
                    table,
                    str(folder),
                    f"{' and '.join(path.name for path in paths)} are both the table {table}",
                    "keep one of them",
                )
            )
    return {table: paths[0] for table, paths in files.items() if len(paths) == 1}


def load_table(path: Path, table: Table, words: HeaderMap, problems: Problems) -> Loaded | None:
    """Read one file and type its columns, or None when it cannot be used (the reason is in ``problems``)."""
    numbers: list[int] = []
    try:
        match path.suffix.lower():
            case ".xlsx":
                both = read_xlsx(path, table.name, problems)
                raw, numbers = both if both else (None, [])
            case ".parquet":
                raw = read_parquet(path, table.name, problems)
            case _:
                raw = read_csv(path, table.name, problems)
    except InputError as error:
        problems.add(Problem("error", "unreadable", table.name, error.where or str(path), error.message, error.remedy))
        return None
    except OSError as error:
        problems.add(
            Problem("error", "unreadable", table.name, str(path), f"cannot be read ({error.strerror})", _RIGHTS)
        )
        return None
    if raw is None:
        return None
    positions = columns_found(raw, table, words, problems)
    if positions is None:
        return None
    _lost_zeros(raw, table, positions, numbers, problems)
    used = set(positions.values())
    unknown = [header for position, header in enumerate(raw.headers) if position not in used]
    return Loaded(raw, typed_table(raw, table, positions, problems), positions, unknown)


def columns_found(raw: RawTable, table: Table, words: HeaderMap, problems: Problems) -> dict[str, int] | None:
    """Column → position, or None when the header is wrong."""
    positions: dict[str, int] = {}
    place = f"{raw.path}:1"
    wrong = False
    for position, name in enumerate(words.columns_of(table.name, raw.headers)):
        if name is None:
            continue
        if name in positions:
            wrong = True
            first, second = raw.headers[positions[name]], raw.headers[position]
            problems.add(
                Problem(
                    "error",
                    "two_headers",
                    table.name,
                    place,
                    f"{shown(first)} and {shown(second)} both mean the column {name}",
                    f'rename one, or set it aside in sekisho.toml: [registry.headers.{table.name}] "{second}" = ""',
                )
            )
        positions.setdefault(name, position)
    missing = [column for column in table.columns if column.required and column.name not in positions]
    for column in missing:
        problems.add(
            Problem(
                "error",
                "missing_column",
                table.name,
                place,
                f"column {column.name} ({column.ja}) is missing; the header reads {_header_text(raw)}",
                f'name it so, or say in sekisho.toml: [registry.headers.{table.name}] "your header" = "{column.name}"',
            )
        )
    return None if missing or wrong else positions


def _header_text(raw: RawTable) -> str:
    words = ", ".join(shown(header) for header in raw.headers[:_HEADERS_SHOWN])
    return words + (" …" if len(raw.headers) > _HEADERS_SHOWN else "")


def _lost_zeros(raw: RawTable, table: Table, positions: dict[str, int], numbers: list[int], problems: Problems) -> None:
    """Ids, phones and postcodes that a spreadsheet holds as numbers have lost their leading zeros."""
    for name, position in positions.items():
        textual = table.column(name).kind in {Kind.IDENTIFIER, Kind.IDENTIFIERS, Kind.TEXT}
        if textual and position < len(numbers) and numbers[position]:
            problems.add(
                Problem(
                    "warning",
                    "lost_zeros",
                    table.name,
                    str(raw.path),
                    f"{raw.headers[position]} is a number in {numbers[position]} cells: leading zeros may be lost",
                    "format the column as text and fill it anew",
                    raw.headers[position],
                )
            )


def _not_read(path: Path, table: str | None, ending: str) -> Problem:
    if table and ending not in ENDINGS:
        return Problem(
            "error", "unsupported", table, str(path), f"{ending} is not read", f"save it as .{_SAVE_ANEW[ending]}"
        )
    return Problem(
        "warning",
        "unknown_file",
        "",
        str(path),
        "is no table of a registry and is not read",
        f'name it {", ".join(list(TABLES)[:2])} … or say in sekisho.toml: [registry.files] "{path.stem}" = "policies"',
    )
