"""Mail archives as they are found: folders of EML files, mbox files, a Maildir."""

import re
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO

from sekisho.demo.mime import Draft, write_message
from sekisho.kernel.files import private_folder

_FROM = re.compile(rb"^(>*From )", re.MULTILINE)
_MANY = 3_000
_PER_MBOX = 10_000


class Archives:
    """Spreads messages over the three kinds. Big archives go mostly into mbox files, for the file system's sake."""

    def __init__(self, folder: Path, total: int) -> None:
        self.folder = private_folder(folder)
        self.many = total > _MANY
        self.count = 0
        self._open = ExitStack()
        self._mbox: BinaryIO | None = None
        for name in ("eml", "Maildir", "Maildir/cur", "Maildir/new", "Maildir/tmp"):
            private_folder(folder / name)

    def add_all(self, drafts: Iterator[Draft]) -> Iterator[tuple[str, str]]:
        """Write every message; yields its id and the file it went to, relative to the folder."""
        with self._open:
            for draft in drafts:
                yield draft.message_id, self._add(draft)

    def _add(self, draft: Draft) -> str:
        number = self.count
        self.count += 1
        message = write_message(draft)
        kind = number % 3 if not self.many or number < 90 or number % 50 == 0 else 1
        if kind == 1:
            return self._to_mbox(draft, message, number)
        if kind == 0:
            place = f"eml/{number // 1000:03d}/{number:06d}.eml"
            message = message.replace(b"\n", b"\r\n")
        else:
            place = f"Maildir/cur/{int(draft.at.timestamp())}.M{number:06d}P1.mail:2,S"
        path = self.folder / place
        if kind == 0 and not path.parent.exists():
            private_folder(path.parent)
        write_private(path, message)
        return place

    def _to_mbox(self, draft: Draft, message: bytes, number: int) -> str:
        place = f"archive-{number // _PER_MBOX + 1:02d}.mbox"
        if self._mbox is None or not self._mbox.name.endswith(place):
            if self._mbox is not None:
                self._mbox.close()
            self._mbox = self._open.enter_context((self.folder / place).open("wb"))
            (self.folder / place).chmod(0o600)
        stamp = draft.at.strftime("%a %b %d %H:%M:%S %Y")
        self._mbox.write(f"From {draft.sender} {stamp}\n".encode("ascii"))
        self._mbox.write(_FROM.sub(rb">\1", message) + b"\n")
        return place


def write_private(path: Path, content: bytes) -> None:
    """Write a file that only its owner may read."""
    path.touch(mode=0o600)
    path.write_bytes(content)
