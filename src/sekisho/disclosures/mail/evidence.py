"""The kinds of evidence that are read as messages: mail, files of a folder, messages of a system (A1, A5, A9).

Reading, journal and matching are the same for all. A kind says how its messages are found, and how what was read of one
is told as a disclosure: who let it go, who holds it, since when, and where a person finds it again.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from sekisho.disclosures.mail.holders import Folders
from sekisho.disclosures.mail.worker import Seen
from sekisho.sources.loose.files import files
from sekisho.sources.loose.messages import rows
from sekisho.sources.loose.wrapped import from_address
from sekisho.sources.mail.archive import MessageRef, UnreadArchive, Wanted, messages

Find = Callable[[list[Path], Wanted], Iterator[MessageRef | UnreadArchive]]


@dataclass(frozen=True, slots=True)
class Evidence:
    """``name``: in the journal; ``channel``: of ``disclosures.model.EVENTS``; ``find``: all messages under paths;
    ``told``: what was read of one (``archive`` is its place), as it is to be told."""

    name: str
    channel: str
    find: Find
    told: Callable[[Seen], Seen]


MAIL = Evidence("mail", "mail", lambda paths, wanted: messages(paths, wanted=wanted), lambda seen: seen)


def _accounts(seen: Seen) -> Seen:
    """Of a row: whoever is named by account, again as the system names him."""
    return seen._replace(sender=from_address(seen.sender), recipients=tuple(map(from_address, seen.recipients)))


MESSAGES = Evidence("messages", "mail", rows, _accounts)


def in_folders(folders: Folders) -> Evidence:
    """Files that lie in folders."""
    return Evidence("files", "file", files, folders.told)
