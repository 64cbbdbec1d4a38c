"""The files of folders, each as one piece of evidence (REQUIREMENTS A5, A9): what lies on a shared drive, in the folder
of a secondee, on a returned device."""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from sekisho.sources.files.kinds import PST
from sekisho.sources.loose.wrapped import file_item
from sekisho.sources.mail.archive import MessageRef, UnreadArchive, Wanted, is_mbox, messages

_ARCHIVE = "a mail archive: sweep it with `sekisho sweep mail`"


def files(paths: Iterable[str | Path], wanted: Wanted | None = None) -> Iterator[MessageRef | UnreadArchive]:
    """All files below ``paths`` in a stable order, and what is none (links, empty ones, mail archives of many
    messages). Single messages (.eml, .msg) are files like others. Raises ``InputError`` as ``messages``."""
    return messages(paths, wanted=wanted, split=_as_one)


def _as_one(
    path: str, shown: str, head: bytes, status: os.stat_result, most: int
) -> Iterator[MessageRef | UnreadArchive]:
    if head.startswith(PST) or is_mbox(head):
        yield UnreadArchive(shown, "unsupported", _ARCHIVE)
    elif status.st_size > most:
        yield UnreadArchive(shown, "too_big", f"file of {status.st_size >> 20} MiB, limit {most >> 20} MiB")
    else:
        yield MessageRef(shown, path, 0, status.st_size, item=file_item(status))
