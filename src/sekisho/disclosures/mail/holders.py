"""Who holds the files that a sweep of folders reads, and from whom they came (A5, A9).

This is said by whoever investigates, not by the files. It decides nothing of the reading: told otherwise, the same
sweep judges anew without opening a file again.
"""

import csv
import io
from dataclasses import dataclass, field
from datetime import date, datetime, time
from pathlib import Path

from sekisho.disclosures.mail.worker import Seen
from sekisho.kernel.clock import JST
from sekisho.kernel.errors import InputError
from sekisho.sources.columns import columns, headers_in
from sekisho.sources.loose.wrapped import one_line
from sekisho.sources.mail.charset import decode

_MOST = 10 << 20
_COLUMNS = "holders"


@dataclass(frozen=True, slots=True)
class Held:
    """Who holds the files of a folder, and from whom they came ("": unknown): parties, offices, persons, accounts or
    mail addresses. ``path``: the folder's (or file's) name as shown, "" for all."""

    path: str
    held_by: str
    received_from: str = ""

    def covers(self, place: str) -> bool:
        """Whether ``place`` is this file, or lies in this folder."""
        return not self.path or place == self.path or place.startswith(f"{self.path}/")


@dataclass(frozen=True, slots=True)
class Folders:
    """``held``: who holds what; of several that cover a file the longest path counts. ``at``: the day as of which all
    is judged; None: the day of each file's last change."""

    held: tuple[Held, ...]
    at: date | None = None
    _by_length: tuple[Held, ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_by_length", tuple(sorted(self.held, key=lambda one: -len(one.path))))

    def told(self, seen: Seen) -> Seen:
        """The file as a disclosure: from whom it came to whom it lies with."""
        holder = next((one for one in self._by_length if one.covers(seen.archive)), Held("", ""))
        at = datetime.combine(self.at, time(), JST) if self.at else seen.at
        return seen._replace(
            message_id="",
            at=at,
            sender=holder.received_from,
            recipients=(holder.held_by,) if holder.held_by else (),
            in_reply_to=(),
            matches=tuple((*match[:4], _inside(match[4], seen.archive), *match[5:]) for match in seen.matches),
            unread=tuple((_inside(part, seen.archive), reason, detail) for part, reason, detail in seen.unread),
        )


def _inside(part: str, archive: str) -> str:
    """A part of the message that the file was read as, as a part of the file: ``name`` (its own name and folder),
    ``text``, or what lies in it (a sheet, a member of an archive)."""
    if part == "attachment[1].name":
        return "name"
    rest = part.removeprefix(f"attachment[1]:{one_line(archive)}")
    return rest.removeprefix("!") or "text" if rest != part else part


def read_holders(path: Path) -> tuple[Held, ...]:
    """A table with path, held_by, received_from (CSV, in any charset). Raises ``InputError`` with file:line."""
    try:
        if path.stat().st_size > _MOST:
            raise InputError(f"more than {_MOST >> 20} MiB", where=str(path), remedy="name folders, not single files")
        text = decode(path.read_bytes()).text
    except OSError as error:
        raise InputError(
            f"cannot be read ({error.strerror})", where=str(path), remedy="check the path and its permissions"
        ) from None
    try:
        table = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline="")))
    except csv.Error as error:
        raise InputError(f"is no table ({error})", where=str(path), remedy="save it as CSV") from None
    header = table[0] if table else []
    names = headers_in(_COLUMNS, header)
    for column in columns(_COLUMNS):
        if column.required and column.name not in names:
            raise InputError(
                f"column {column.name} is missing",
                where=f"{path}:1",
                remedy=f"name a column {column.name} (or as in sources/columns.yaml)",
            )
    place = {ours: header.index(written) for ours, written in names.items()}
    found: list[Held] = []
    for line, row in enumerate(table[1:], 2):
        cells = {ours: row[number].strip() if number < len(row) else "" for ours, number in place.items()}
        if not any(cells.values()):
            continue
        if not cells["held_by"]:
            raise InputError("nobody is named in held_by", where=f"{path}:{line}", remedy="name who holds these files")
        folder = cells["path"].replace("\\", "/").strip("/")
        found.append(Held(folder, cells["held_by"], cells.get("received_from", "")))
    if not found:
        raise InputError("no row", where=str(path), remedy="add a row with path, held_by for each folder")
    return tuple(found)
