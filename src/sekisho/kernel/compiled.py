"""Compiling the few inner loops that Python is too slow for.

The machine code is kept on disk so that only the first run pays for it: in the package's ``__pycache__`` if that is
writable, otherwise in the user's cache folder, otherwise not at all (a read-only container compiles anew). Its folder
is named after the content of all compiled sources: compiled functions contain one another, and Numba by itself only
notices a change in the file of the outermost, so that an upgrade could run with yesterday's code.
"""

import hashlib
import os
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numba
import numba.core.config as settings

_CACHE_DIR = "CACHE_DIR"
_PACKAGE = Path(__file__).resolve().parent.parent


def compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    """``function`` as machine code; it must hold only what Numba's nopython mode knows. Frees the interpreter lock."""
    folder = _folder()
    before = getattr(settings, _CACHE_DIR)
    setattr(settings, _CACHE_DIR, str(folder or before))
    try:
        return numba.njit(cache=folder is not None, nogil=True, error_model="numpy")(function)
    finally:
        setattr(settings, _CACHE_DIR, before)


@cache
def _folder() -> Path | None:
    """A private folder for the machine code of just these sources; None when there is nowhere to write."""
    digest = hashlib.sha256(numba.__version__.encode())
    for path in sorted(_PACKAGE.rglob("*.py")):
        source = path.read_bytes()
        if b"@compiled" in source:
            digest.update(source)
    name = f"numba-{digest.hexdigest()[:16]}"
    user = Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "sekisho"
    for parent in (_PACKAGE / "__pycache__", user):
        folder = parent / name
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except (OSError, RuntimeError):
            continue
        if os.access(folder, os.W_OK):
            return folder
    return None
