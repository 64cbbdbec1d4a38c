"""Files that hold a secret: made for their owner only, never overwritten, and read only while nobody else may."""

import os
from pathlib import Path

from sekisho.kernel.errors import InputError


def make_key_file(path: Path, content: bytes) -> None:
    """A new file (0600) with ``content``, on the disk when this returns. Raises FileExistsError when there is one
    already, OSError when it cannot be made."""
    handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | getattr(os, "O_BINARY", 0), 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def read_key_file(path: Path, most: int) -> bytes:
    """The first ``most`` bytes of the file. Raises ``InputError`` when other users may read it (where the system
    tells), OSError when it cannot be read."""
    with path.open("rb") as file:
        mode = os.fstat(file.fileno()).st_mode
        content = file.read(most)
    if os.name == "posix" and mode & 0o077:
        raise InputError("others may read this key file", where=str(path), remedy=f"run: chmod 600 {path}")
    return content
