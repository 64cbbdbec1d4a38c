"""What a print run may be told."""

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sekisho.kernel.errors import InputError
from sekisho.letters.model import Recipient

Bars = Callable[[Recipient], str]
"""The customer barcode of a recipient as digits 1 to 4, a bar each; "" when none may be printed. A function of a
module: it is called in other processes."""
_SERIES = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,19}")
_ENDINGS = {".csv", ".parquet"}
_TAKEN = ("mailing.csv", "held.csv")
"""The other lists of a run."""


def no_bars(recipient: Recipient) -> str:
    """No barcode."""
    del recipient
    return ""


@dataclass(frozen=True, slots=True)
class Settings:
    """``series``: begins every serial (``N12``); ``fonts``: files asked before all others; ``layout``: values of
    ``layout.yaml`` to change, by part and name; ``whole_pages``: every so-manieth page is read back with its fixed text
    too (of every page, all that was filled in)."""

    series: str = "L"
    letters_per_file: int = 5000
    workers: int = field(default_factory=lambda: os.cpu_count() or 1)
    fonts: tuple[Path, ...] = ()
    layout: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    bars: Bars = no_bars
    ledger: str = "ledger.csv"
    whole_pages: int = 200

    def check(self) -> None:
        """Raises ``InputError`` for a value that cannot be."""
        if not _SERIES.fullmatch(self.series):
            raise InputError("is no series", where="series", remedy="use up to 20 letters, digits and hyphens")
        for name, least, most in (("letters_per_file", 1, 100_000), ("workers", 1, 256), ("whole_pages", 1, 10**9)):
            if not least <= getattr(self, name) <= most:
                raise InputError(f"must be from {least} to {most}", where=name, remedy="choose another number")
        if self.ledger in _TAKEN or Path(self.ledger).suffix not in _ENDINGS or Path(self.ledger).name != self.ledger:
            raise InputError("is no name for a ledger", where="ledger", remedy="end it in .csv or .parquet")
