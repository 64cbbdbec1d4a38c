"""Is the record unbroken, and what does it say? Reads it only; a server may be writing it meanwhile."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from sekisho.decisions.log import BEGINNING, Head, files, read_line, split
from sekisho.kernel.clock import day_in_japan
from sekisho.kernel.errors import InputError


@dataclass(frozen=True, slots=True)
class Checked:
    """What ``check`` found. ``breaks``: where the chain does not hold (``file:line: what``); ``torn``: lines that were
    cut short and are accounted for by the line after; ``unfinished``: bytes of a last line that has no end yet;
    ``begins``: number before the first line (0 = the very beginning is there). ``unkeyed``: lines that are under no
    key: of these only a noted head shows that nobody wrote them anew."""

    lines: int
    files: int
    begins: int
    head: Head
    torn: int
    unfinished: int
    breaks: tuple[str, ...]
    unkeyed: int = 0
    known_head: bool | None = None


def check(folder: Path, known: Head | None = None, key: bytes | None = None) -> Checked:
    """Follow the chain through every line. ``known``: a head noted earlier, which must still be in it: without a key
    only that shows that nobody wrote the whole chain anew, and only it that nobody cut off its end. ``key``: of the
    record; then its last line must be under it. Raises ``InputError`` when the record is under a key and none is
    given."""
    walk = _Walk(known, key)
    paths = files(folder)
    for path in paths:
        walk.file(path)
    if key is not None and walk.lines and not walk.keyed:
        walk.breaks.append("no line is under the key: the record is from before the key, or was written anew without")
    return Checked(
        lines=walk.lines,
        files=len(paths),
        begins=walk.begins or 0,
        head=Head(walk.n, walk.last),
        torn=walk.torn,
        unfinished=walk.unfinished,
        breaks=tuple(walk.breaks),
        unkeyed=walk.unkeyed,
        known_head=None if known is None else walk.met,
    )


class _Walk:
    def __init__(self, known: Head | None, key: bytes | None) -> None:
        self.key, self.keyed = key, False
        self.known, self.met = known, known is not None and known.n == 0 and known.hash == BEGINNING
        self.n, self.last = 0, BEGINNING
        self.begins: int | None = None
        self.lines = self.torn = self.unfinished = self.unkeyed = 0
        self.breaks: list[str] = []

    def file(self, path: Path) -> None:
        waiting: tuple[int, bytes] | None = None  # a line that does not follow: the next one may account for it
        with path.open("rb") as file:
            for number, raw in enumerate(file, 1):
                line, ended = (raw[:-1], True) if raw.endswith(b"\n") else (raw, False)
                if waiting is not None and not self._accounts_for(line, waiting[1]):
                    self._broken(path, waiting)
                    waiting = None
                if self._follows(line):
                    waiting = None
                elif not ended:
                    self.unfinished = len(line)
                else:
                    waiting = (number, line)
        if waiting is not None:
            self._broken(path, waiting)

    def _follows(self, line: bytes) -> bool:
        parts = split(line)
        if parts is None:
            return False
        document = read_line(line)
        n = document.get("n")
        if self.begins is None and document.get("kind") == "file" and type(n) is int:
            self.begins, self.last = n - 1, str(document.get("previous"))  # older files may be archived
            self.n = self.begins
        if n != self.n + 1 or (self.keyed and not parts.keyed) or not parts.follows(self.last, self.key):
            return False
        self.n, self.last = self.n + 1, parts.hash
        self.keyed = parts.keyed
        self.lines += 1
        self.unkeyed += not parts.keyed
        self.begins = self.begins or 0
        if self.known is not None and self.known == Head(self.n, parts.hash):
            self.met = True
        return True

    def _accounts_for(self, line: bytes, torn: bytes) -> bool:
        document = read_line(line)
        said = (document.get("kind"), document.get("torn_bytes"), document.get("torn_sha256"))
        if said != ("recovered", len(torn), hashlib.sha256(torn).hexdigest()):
            return False
        self.torn += 1
        return True

    def _broken(self, path: Path, waiting: tuple[int, bytes]) -> None:
        number, line = waiting
        self.breaks.append(f"{path.name}:{number}: does not follow from the line before")
        parts, n = split(line), read_line(line).get("n")
        if parts is not None and type(n) is int:  # go on from there, to find every place
            self.n, self.last = n, parts.hash


def entries(
    folder: Path,
    *,
    viewer: str | None = None,
    policy_no: str | None = None,
    client: str | None = None,
    first: date | None = None,
    last: date | None = None,
) -> Iterator[dict[str, Any]]:
    """The lines of the record, oldest first, that fit all of what is given. Raises ``InputError`` for a line that is
    none (``check`` says more)."""
    wanted = {"viewer": viewer, "policy_no": policy_no, "client": client}
    for path in files(folder):
        if first is not None and path.stem < first.isoformat():
            continue
        with path.open("rb") as file:
            for number, raw in enumerate(file, 1):
                found = read_line(raw)
                if not found:
                    if raw.endswith(b"\n") and not _next_recovers(path, number):
                        raise InputError(
                            "is no line of the record",
                            where=f"{path}:{number}",
                            remedy="run sekisho decisions verify",
                        )
                    continue
                if last is not None and day_in_japan(datetime.fromisoformat(found["at"])) > last:
                    return
                if all(value is None or found.get(name) == value for name, value in wanted.items()):
                    yield found


def _next_recovers(path: Path, number: int) -> bool:
    with path.open("rb") as file:
        for at, raw in enumerate(file, 1):
            if at == number + 1:
                return read_line(raw).get("kind") == "recovered"
    return False
