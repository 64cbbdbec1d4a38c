"""The work of reading one message or file: what was found so far, and how much may still be spent.

One ``Job`` goes down through all levels (message → attachment → archive → sheet), so that the limits hold for all
of it together. It also carries the passwords that may be tried, and remembers what stayed locked: a password is often
named further down than the file that it opens (PPAP: REQUIREMENTS A1).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from sekisho.kernel.content import Contents, Table, Text, Unread
from sekisho.sources.files.limits import Deadline, Limits, RefusedError

TRIAL_SHARE = 0.5
"""Of a job's CPU time, what may be spent on trying passwords in all."""


class Opener(Protocol):
    """How a member is read: ``extract.read_into``."""

    def __call__(self, name: str, data: bytes, part: str, job: "Job", hint: "Hint") -> None: ...


@dataclass(frozen=True, slots=True)
class Hint:
    """What the sender says about some bytes: not trusted, but used where the bytes leave a choice."""

    content_type: str = ""
    charset: str = ""
    parameters: dict[str, str] = field(default_factory=dict)


NO_HINT = Hint()


@dataclass(frozen=True, slots=True)
class _Locked:
    """A file in which something stayed encrypted: how to read it again, and which entries that replaces."""

    read: Callable[[], None]
    depth: int
    pieces: slice
    unread: slice
    parts: int
    size: int


class Job:
    """Collects pieces and spends the limits."""

    __slots__ = (
        "_inside",
        "_locked",
        "_opener",
        "bytes_left",
        "contents",
        "deadline",
        "depth",
        "limits",
        "parts_left",
        "passwords",
        "trial_seconds_left",
    )

    def __init__(self, limits: Limits, opener: Opener, passwords: Sequence[str] = ()) -> None:
        self.limits = limits
        self.passwords = list(dict.fromkeys(passwords))
        """To be tried in this order; one that fits moves to the front (``decrypt.fitting``)."""
        self.trial_seconds_left = limits.seconds * TRIAL_SHARE
        self.contents = Contents()
        self.deadline = Deadline(limits.seconds)
        self.depth = 0
        self.parts_left = limits.max_parts
        self.bytes_left = limits.max_total_bytes
        self._opener = opener
        self._inside = False
        self._locked: list[_Locked] = []

    def limit(self, seconds: float, bytes_left: int, parts_left: int, depth: int) -> None:
        """Go on with what another process has left of the same job."""
        self.deadline = Deadline(seconds)
        self.bytes_left, self.parts_left, self.depth = bytes_left, parts_left, depth

    def text(self, part: str, text: str) -> None:
        """Keep running text, if there is any."""
        if text and not text.isspace():
            self.contents.pieces.append(Text(part, text))

    def table(self, part: str, rows: list[list[str]], first_row: int = 1) -> None:
        if rows:
            self.contents.pieces.append(Table(part, rows, first_row))

    def unread(self, part: str, reason: str, detail: str = "") -> None:
        self.contents.unread.append(Unread(part, reason, detail))

    def take_part(self) -> bool:
        """Count one more part; False when there may be no more."""
        self.parts_left -= 1
        return self.parts_left >= 0

    def take_bytes(self, size: int) -> None:
        """Count bytes that were or will be unpacked. Raises RefusedError(too_big)."""
        if size > self.limits.max_member_bytes:
            raise RefusedError("too_big", f"more than {self.limits.max_member_bytes >> 20} MiB")
        self.bytes_left -= size
        if self.bytes_left < 0:
            raise RefusedError("too_big", f"more than {self.limits.max_total_bytes >> 20} MiB unpacked in all")

    def nested(self, part: str, read: Callable[[], None]) -> None:
        """Run ``read`` one level deeper, or list the part as too deep."""
        if self.depth >= self.limits.max_depth:
            self.unread(part, "too_deep", f"more than {self.limits.max_depth} levels")
            return
        self.depth += 1
        try:
            read()
        finally:
            self.depth -= 1

    def open(self, name: str, data: bytes, part: str, hint: Hint = NO_HINT) -> None:
        """Read a member of a container: whatever it is, it is read or listed."""

        def read() -> None:
            self.nested(part, lambda: self._opener(name, data, part, self, hint))

        if self._inside:
            read()
        else:
            self.lockable(read)

    def lockable(self, read: Callable[[], None]) -> None:
        """Run ``read`` and remember it when something in it stays encrypted, for ``reopen``."""
        pieces, unread = len(self.contents.pieces), len(self.contents.unread)
        parts, size = self.parts_left, self.bytes_left
        self._inside = True
        try:
            read()
        finally:
            self._inside = False
        if any(entry.reason == "encrypted" for entry in self.contents.unread[unread:]):
            replaced = slice(pieces, len(self.contents.pieces)), slice(unread, len(self.contents.unread))
            self._locked.append(_Locked(read, self.depth, *replaced, parts - self.parts_left, size - self.bytes_left))

    @property
    def locked(self) -> bool:
        """Whether something stayed encrypted that further passwords may open."""
        return bool(self._locked)

    def reopen(self, passwords: Sequence[str]) -> None:
        """Read once more what stayed encrypted, now with these passwords first. The result stands where the first
        one stood: the order of parts does not change. What the first reading took of the limits is given back, time
        excepted."""
        if set(passwords) <= set(self.passwords):
            return
        self.passwords = list(dict.fromkeys((*passwords, *self.passwords)))
        contents, depth = self.contents, self.depth
        for locked in reversed(self._locked):  # from the end: earlier places stay where they are
            self.contents, self.depth, self._inside = Contents(), locked.depth, True
            self.parts_left += locked.parts
            self.bytes_left += locked.size
            try:
                locked.read()
            finally:
                again, self.contents, self.depth, self._inside = self.contents, contents, depth, False
                contents.pieces[locked.pieces] = again.pieces
                contents.unread[locked.unread] = again.unread
        self._locked.clear()
