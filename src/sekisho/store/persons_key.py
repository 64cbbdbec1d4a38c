"""The secret under which keys of holders are made (``incidents.counting.persons``): who has a list of keys but not this
file cannot find out by trying names and birth dates whom they stand for.

A file of 64 hexadecimal digits (0600), made with the workspace. ``SEKISHO_PERSONS_KEY`` or ``key`` in ``[persons]`` of
``sekisho.toml`` name it; a workspace that was made before there was one has none, and its keys stay as they are.
"""

import os
import re
import secrets
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from sekisho.kernel.errors import InputError
from sekisho.kernel.keyfile import make_key_file, read_key_file

NAME = "persons.key"
ENVIRONMENT = "SEKISHO_PERSONS_KEY"
_KEY = re.compile(r"[0-9a-fA-F]{64}")
_LONGEST = 1024


def make_persons_key(folder: Path) -> None:
    """The key of a new workspace; one that is there already stays."""
    with suppress(FileExistsError):
        make_key_file(folder / NAME, f"{secrets.token_hex(32)}\n".encode())


def persons_key(settings: Mapping[str, Any], folder: Path) -> bytes:
    """The key of the workspace in ``folder`` (a relative path: from there); empty when it never had one. Raises
    ``InputError`` when it is named but cannot be read: other keys would silently match nothing that was kept."""
    section = settings.get("persons", {})
    given = os.environ.get(ENVIRONMENT) or (section.get("key") if isinstance(section, dict) else None)
    if given is None and (folder / NAME).exists():
        given = NAME
    if given is None:
        return b""
    if not isinstance(given, str) or not given:
        raise InputError("names no file", where="[persons] key", remedy=f'write key = "{NAME}"')
    path = folder / given
    remedy = "restore it from where you keep it: decisions, letters and figures told stand under its keys"
    try:
        text = read_key_file(path, _LONGEST).decode("ascii", "replace").strip()
    except OSError as error:
        raise InputError(f"cannot be read ({error.strerror})", where=str(path), remedy=remedy) from None
    if not _KEY.fullmatch(text):
        raise InputError("is no key: 64 hexadecimal digits", where=str(path), remedy=remedy)
    return bytes.fromhex(text)
