"""The work of reading one message or file: what was found so far, and how much may still be spent.

One ``Job`` goes down through all levels (message → attachment → archive → sheet), so that the limits hold for all
of it together.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from sekisho.kernel.content import Contents, Table, Text, Unread
from sekisho.sources.files.limits import Deadline, Limits, RefusedError


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


class Job:
    """Collects pieces and spends the limits."""

    __slots__ = ("_opener", "bytes_left", "contents", "deadline", "depth", "limits", "parts_left")

    def __init__(self, limits: Limits, opener: Opener) -> None:
        self.limits = limits
        self.contents = Contents()
        self.deadline = Deadline(limits.seconds)
        self.depth = 0
        self.parts_left = limits.max_parts
        self.bytes_left = limits.max_total_bytes
        self._opener = opener

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
        self.nested(part, lambda: self._opener(name, data, part, self, hint))
