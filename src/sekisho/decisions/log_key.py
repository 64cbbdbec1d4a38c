"""The key of the record: who has the record but not the key cannot write its chain anew.

Optional. A file of its own with 64 hexadecimal digits (32 random bytes), named by ``SEKISHO_RECORD_KEY`` or by
``record_key`` in ``[decisions]`` of ``sekisho.toml``, never beside the record. ``docs/adr/0010-decision-api.md``.
"""

import os
import re
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sekisho.kernel.errors import InputError
from sekisho.kernel.files import check_writable
from sekisho.kernel.keyfile import make_key_file, read_key_file

ENVIRONMENT = "SEKISHO_RECORD_KEY"
SETTING = "record_key"
_KEY = re.compile(r"[0-9a-fA-F]{64,256}")
_LONGEST = 1024


def record_key(settings: Mapping[str, Any], workspace: Path) -> bytes | None:
    """The key that environment or settings name (a relative path: from the workspace); None when neither does. Raises
    ``InputError`` for a file that cannot be one, or that others may read."""
    section = settings.get("decisions", {})
    given = os.environ.get(ENVIRONMENT) or (section.get(SETTING) if isinstance(section, dict) else None)
    where = ENVIRONMENT if os.environ.get(ENVIRONMENT) else f"[decisions] {SETTING}"
    if given is None:
        return None
    if not isinstance(given, str) or not given:
        raise InputError(f"{SETTING} is {given!r}", where=where, remedy="name the file that holds the key")
    path = workspace / given
    if path.resolve().is_relative_to((workspace / "decisions").resolve()):
        raise InputError(
            "the key lies beside the record: who copies one has both", where=where, remedy="keep it somewhere else"
        )
    return _read(path)


def make_key(path: Path) -> None:
    """A new key in a new file (0600). Raises ``InputError`` when there is a file already."""
    check_writable(path)
    try:
        make_key_file(path, f"{secrets.token_hex(32)}\n".encode())
    except OSError as error:
        raise InputError(
            f"cannot be made ({error.strerror})", where=str(path), remedy="name a file that is not there yet"
        ) from None


def _read(path: Path) -> bytes:
    remedy = "make one with: sekisho decisions key FILE"
    try:
        text = read_key_file(path, _LONGEST).decode("ascii", "replace").strip()
    except OSError as error:
        raise InputError(f"the key cannot be read ({error.strerror})", where=str(path), remedy=remedy) from None
    if not _KEY.fullmatch(text) or len(text) % 2:
        raise InputError("this is no key of a record", where=str(path), remedy=remedy)
    return bytes.fromhex(text)
