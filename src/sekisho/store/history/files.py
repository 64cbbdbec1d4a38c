"""The history on disk: beside the loads one folder for each load, with what it changed (docs/history.md).

``history/<load_id>/change.json`` says what it follows, and counts; ``<table>.added.parquet`` and
``<table>.removed.parquet`` hold the rows. Readable by the owner only, there whole or not at all. Which loads there are
is said by the database alone: a folder without a load there is a leftover and is swept up.
"""

import hashlib
import io
import json
import os
import shutil
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from sekisho.kernel.errors import SekishoError
from sekisho.kernel.files import private_folder, sync_folder, whole_file

NAME = "history"
SIDES = ADDED, REMOVED = ("added", "removed")
_MANIFEST = "change.json"
_FORMAT = 1
_UNFINISHED = ".part"
_RESTORE = "restore it from a backup of the workspace; what is in force, and what came later, is not affected"


@dataclass(frozen=True, slots=True)
class TableChange:
    """What a load changed in one table. ``columns``: those that are compared and kept; ``rows``: of the table after it;
    ``digests``: side → SHA-256 of the file with its rows (no file: no row)."""

    columns: tuple[str, ...]
    rows: int
    added: int
    removed: int
    digests: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Change:
    """What a load changed against ``follows``, the load before. Without one it is the first of all, or begins the
    history anew because of ``gap``; then no rows are kept (the load itself holds them). ``pruned_at``: when the rows
    were removed because their time to be kept was over. ``rule_version``: of the rule when the load was made."""

    load_id: str
    follows: str | None
    gap: str
    rule_version: str
    tables: Mapping[str, TableChange]
    pruned_at: str | None = None

    @property
    def is_linked(self) -> bool:
        """Whether one gets from this load to the one before, and back."""
        return self.follows is not None and self.pruned_at is None

    @property
    def row_count(self) -> int:
        return sum(table.added + table.removed for table in self.tables.values()) if self.follows else 0


Rows = Mapping[tuple[str, str], pa.Table]
"""(table, side) → rows; only where there are any."""


def write_change(folder: Path, change: Change, rows: Rows) -> Change:
    """Write ``folder/<load_id>`` and return the change with the digests of its files. The folder gets its name only
    when all of it is on the disk; one of that name, left by a load that never came into force, is replaced.

    Raises ``SekishoError`` when it cannot be written.
    """
    unfinished = folder / f"{change.load_id}{_UNFINISHED}"
    try:
        private_folder(folder)
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(mode=0o700)
        digests: dict[str, dict[str, str]] = {}
        for (table, side), found in rows.items():
            content = _packed(found)
            digests.setdefault(table, {})[side] = hashlib.sha256(content).hexdigest()
            _write(unfinished / _name(table, side), content)
        tables = {name: replace(table, digests=digests.get(name, {})) for name, table in change.tables.items()}
        change = replace(change, tables=tables)
        _write(unfinished / _MANIFEST, _as_json(change))
        sync_folder(unfinished)
        shutil.rmtree(folder / change.load_id, ignore_errors=True)
        unfinished.rename(folder / change.load_id)
        sync_folder(folder)
    except BaseException as error:
        shutil.rmtree(unfinished, ignore_errors=True)
        if isinstance(error, OSError):
            raise SekishoError(
                f"cannot write the history ({error.strerror or error})",
                where=str(folder),
                remedy="make room or check who may write here, then load again; the previous load is in force",
            ) from None
        raise
    return change


def read_change(folder: Path, load_id: str) -> Change | None:
    """What is said of a load, or None for one that was made before there was a history.

    Raises ``SekishoError`` when it cannot be read, is damaged, or was written by a newer version.
    """
    path = folder / load_id / _MANIFEST
    try:
        document: dict[str, Any] = json.loads(path.read_bytes())
        digest, form = document.pop("digest"), document.pop("format")
        if digest != _digest(document):
            raise ValueError
        if form > _FORMAT:
            raise SekishoError("was written by a newer Sekisho", where=str(path), remedy="use that version")
        tables = {
            name: TableChange(**{**table, "columns": tuple(table["columns"])})
            for name, table in document.pop("tables").items()
        }
        return Change(**document, tables=tables)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _unreadable(path, error) from None
    except (ValueError, KeyError, TypeError, AttributeError):
        raise SekishoError("is damaged (its checksum does not fit)", where=str(path), remedy=_RESTORE) from None


def read_rows(folder: Path, change: Change, table: str, side: str) -> pa.Table | None:
    """The rows that a load added to, or removed from, a table; None when there were none.

    Raises ``SekishoError`` when the file is missing, damaged or not the one that was written.
    """
    digest = change.tables[table].digests.get(side) if table in change.tables else None
    if digest is None:
        return None
    path = folder / change.load_id / _name(table, side)
    try:
        content = path.read_bytes()
    except OSError as error:
        raise _unreadable(path, error) from None
    if hashlib.sha256(content).hexdigest() != digest:
        raise SekishoError("is damaged or was changed (its checksum does not fit)", where=str(path), remedy=_RESTORE)
    return pq.read_table(io.BytesIO(content))


def forget_rows(folder: Path, change: Change, at: str) -> Change:
    """Remove the rows of a change and keep its counts; first it is written down that they are gone. Raises ``OSError``
    or ``SekishoError`` when that cannot be done."""
    change = replace(change, pruned_at=at, tables={n: replace(t, digests={}) for n, t in change.tables.items()})
    with whole_file(folder / change.load_id / _MANIFEST) as path:
        path.write_bytes(_as_json(change))
    clear(folder, change)
    return change


def clear(folder: Path, change: Change) -> None:
    """Remove the files of a change whose rows are no longer kept (again, if a program was killed at it)."""
    for entry in (folder / change.load_id).iterdir():
        if entry.name != _MANIFEST:
            entry.unlink()


def sweep(folder: Path, known: Collection[str]) -> None:
    """Remove what belongs to no load of the database: leftovers of loads that were killed. Raises ``OSError``."""
    for entry in folder.iterdir():
        if entry.name not in known and entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry, ignore_errors=True)


def _packed(rows: pa.Table) -> bytes:
    sink = io.BytesIO()
    ordered = rows.sort_by([(name, "ascending") for name in rows.column_names])
    pq.write_table(ordered, sink, compression="zstd")
    return sink.getvalue()


def _write(path: Path, content: bytes) -> None:
    handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _as_json(change: Change) -> bytes:
    document = json.loads(json.dumps(asdict(change)))
    return json.dumps({"format": _FORMAT, **document, "digest": _digest(document)}, indent=1).encode()


def _digest(document: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()


def _unreadable(path: Path, error: OSError) -> SekishoError:
    if isinstance(error, FileNotFoundError):
        return SekishoError("is missing", where=str(path), remedy=_RESTORE)
    return SekishoError(f"cannot be read ({error.strerror})", where=str(path), remedy="check who may read it")


def _name(table: str, side: str) -> str:
    return f"{table}.{side}.parquet"
