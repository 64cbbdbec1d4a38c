"""Laying messages out as archives: EML files, mbox files and Maildirs, so that each reader has its share."""

import re
from pathlib import Path
from typing import BinaryIO

FORMS = ("eml",) * 8 + ("mbox", "maildir")


class Archive:
    """A folder that takes messages, eight in ten as EML files, one in an mbox file, one in a Maildir."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name in ("eml", "maildir/cur", "maildir/new", "maildir/tmp"):
            (folder / name).mkdir(mode=0o700, parents=True, exist_ok=True)
        self._mbox: BinaryIO = (folder / "all.mbox").open("ab")
        self.count = 0
        self.bytes = 0
        self._form = FORMS[0]

    def add(self, ident: str, raw: bytes, form: str | None = None, *, beside: bool = False) -> None:
        """Write one message; its identity is its file's name too. ``beside``: in the form of the one before."""
        self._form = form = form or (self._form if beside else FORMS[self.count % len(FORMS)])
        self.count += 1
        self.bytes += len(raw)
        if form == "eml":
            (self.folder / "eml" / f"{ident}.eml").write_bytes(raw)
        elif form == "maildir":
            (self.folder / "maildir" / "cur" / f"1711929600.{ident}.host:2,S").write_bytes(raw)
        else:
            self._mbox.write(b"From sender@example.com Mon Apr  1 09:00:00 2024\n")
            self._mbox.write(re.sub(rb"(?m)^(>*From )", rb">\1", raw) + b"\n\n")

    def close(self) -> None:
        self._mbox.close()
