"""Files that belong to records: findings and counted lines, in the workspace under the name of their fingerprint.

    WORKSPACE/incidents/<sha256>.parquet

Never changed, never overwritten; whoever reads one checks the fingerprint first.
"""

import hashlib
import secrets
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from sekisho.kernel.errors import SekishoError
from sekisho.kernel.files import private_folder, sync_folder, whole_file

NAME = "incidents"
_CHUNK = 1 << 20


def keep_table(folder: Path, table: pa.Table, write: Callable[[pa.Table, Path], object] | None = None) -> str:
    """Keep ``table`` as Parquet in ``folder/incidents``; its SHA-256. The same table gives the same file."""
    place = private_folder(folder / NAME)
    unnamed = place / f".new-{secrets.token_hex(8)}.parquet"  # two may keep something at once
    with whole_file(unnamed) as temporary:
        if write is None:
            pq.write_table(table, temporary, compression="zstd", write_page_checksum=True)
        else:
            write(table, temporary)
    digest = fingerprint(unnamed)
    unnamed.replace(path_of(folder, digest))
    sync_folder(place)
    return digest


def read_table(folder: Path, digest: str) -> pa.Table:
    """The table that was kept under ``digest``. Raises ``SekishoError`` when the file is missing or was changed."""
    problem = check(folder, digest)
    if problem:
        raise SekishoError(problem, where=str(path_of(folder, digest)), remedy="restore it from a backup")
    return pq.read_table(path_of(folder, digest))


def check(folder: Path, digest: str) -> str:
    """What is wrong with a kept file, or ""."""
    try:
        return "" if fingerprint(path_of(folder, digest)) == digest else "is not what was kept (its SHA-256 differs)"
    except OSError as error:
        return f"cannot be read ({error.strerror})"


def path_of(folder: Path, digest: str) -> Path:
    """Where the file with this fingerprint lies."""
    return folder / NAME / f"{digest}.parquet"


def fingerprint(path: Path) -> str:
    """The SHA-256 of a file."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()
