"""Files that only their owner reads, and that are there whole or not at all.

Customer data passes through here: files are 0600, folders 0700, and a half-written result never stands under its
final name, whether the program fails, is interrupted or is killed.
"""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from sekisho.kernel.errors import InputError


def private_folder(path: Path) -> Path:
    """Make ``path`` (and its parents) if missing, readable by the owner only, and return it."""
    try:
        for parent in reversed(path.parents):  # mkdir(parents=True) would make them readable for others
            if not parent.exists():
                parent.mkdir(mode=0o700, exist_ok=True)
        path.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise InputError(
            f"cannot make this folder ({error.strerror})",
            where=str(path),
            remedy="choose a folder that you may write to",
        ) from None
    return path


def check_writable(path: Path) -> None:
    """Raise ``InputError`` now, before hours of work, if no file can be written at ``path``."""
    if not path.parent.is_dir():
        raise InputError("no such folder", where=str(path.parent), remedy="make it first")
    if path.is_dir() or not os.access(path.parent, os.W_OK | os.X_OK):
        raise InputError("cannot be written", where=str(path), remedy="name a file in a folder that you may write to")


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Give a temporary path beside ``path``; on success it becomes ``path`` in one step, on any failure it is removed.

    The file is 0600. Raises ``InputError`` when the folder does not exist or may not be written to.
    """
    folder = path.parent
    if path.is_dir():
        raise InputError("is a folder, not a file", where=str(path), remedy="name a file to write")
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=folder)
    except OSError as error:
        raise InputError(
            f"cannot write here ({error.strerror})",
            where=str(folder),
            remedy="make the folder first, or choose one that you may write to",
        ) from None
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        temporary.chmod(0o600)
        with temporary.open("rb") as written:
            os.fsync(written.fileno())
        temporary.replace(path)
    except BaseException:
        with suppress(OSError):
            temporary.unlink()
        raise


def sync_folder(folder: Path) -> None:
    """What was made, renamed or removed in ``folder`` is on the disk when this returns."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
