"""The loaded tables as Parquet, one folder for each load: there whole or not at all, readable by the owner only."""

import os
import shutil
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from sekisho.kernel.errors import SekishoError
from sekisho.kernel.files import private_folder, sync_folder
from sekisho.registry.schema import TABLES

NAME = "loads"
_UNFINISHED = ".part"


def write_load(folder: Path, load_id: str, tables: Mapping[str, pa.Table]) -> None:
    """Write ``folder/<load_id>/*.parquet``; the folder gets its name only when all of it is on the disk."""
    private_folder(folder)
    unfinished = folder / f"{load_id}{_UNFINISHED}"
    try:
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(mode=0o700)
        for name, table in tables.items():
            path = unfinished / f"{name}.parquet"
            handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
            with os.fdopen(handle, "wb") as file:
                pq.write_table(table, file, compression="zstd", write_page_checksum=True)
                file.flush()
                os.fsync(file.fileno())
        sync_folder(unfinished)
        shutil.rmtree(folder / load_id, ignore_errors=True)  # of a load that never came into force
        unfinished.rename(folder / load_id)
        sync_folder(folder)
    except BaseException as error:
        shutil.rmtree(unfinished, ignore_errors=True)
        if isinstance(error, OSError):
            raise SekishoError(
                f"cannot write the loaded tables ({error.strerror or error})",
                where=str(folder),
                remedy="make room or check who may write here, then load again; the previous load is in force",
            ) from None
        raise


def read_load(folder: Path, load_id: str) -> dict[str, pa.Table]:
    """The tables of a load. Raises ``SekishoError`` when a file is missing, damaged or of another schema."""
    return {name: _read(folder / load_id / f"{name}.parquet", table.arrow_schema) for name, table in TABLES.items()}


def read_columns(folder: Path, load_id: str, table: str, columns: Collection[str]) -> pa.Table:
    """Some columns of one table of a load: those of ``columns`` that it has. Raises ``SekishoError`` as above."""
    return _content(folder / load_id / f"{table}.parquet", columns)


def all_but(folder: Path, keep: Collection[str]) -> list[Path]:
    """All loads but those to keep, unfinished ones too."""
    if not folder.is_dir():
        return []
    return [entry for entry in folder.iterdir() if entry.name not in keep and entry.is_dir() and not entry.is_symlink()]


def prune(others: Iterable[Path]) -> None:
    """Remove these loads. Who is reading one goes on reading it."""
    for entry in others:
        shutil.rmtree(entry, ignore_errors=True)


def _read(path: Path, schema: pa.Schema) -> pa.Table:
    table = _content(path)
    if any(
        field.name not in table.column_names or table.schema.field(field.name).type != field.type for field in schema
    ):
        raise SekishoError(
            "was written by another version of Sekisho", where=str(path), remedy="load the registry again"
        )
    return table


def _content(path: Path, columns: Collection[str] | None = None) -> pa.Table:
    try:
        with pq.ParquetFile(path, page_checksum_verification=True) as file:
            return file.read(columns=None if columns is None else list(columns))
    except (OSError, pa.ArrowException) as error:
        what = "is missing" if isinstance(error, FileNotFoundError) else "cannot be read; it may be damaged"
        raise SekishoError(what, where=str(path), remedy="load the registry again") from None
