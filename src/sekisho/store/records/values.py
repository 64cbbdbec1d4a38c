"""What records are asked for and answer with, beside the values of ``incidents.model``."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class KeptFindings:
    """A file of findings of an incident. ``number`` names it in the incident."""

    number: int
    source: str
    sha256: str
    row_count: int
    added_at: datetime


@dataclass(frozen=True, slots=True)
class Pair:
    """Two person keys that somebody decided to be one person (``is_same``) or two."""

    first: str
    second: str
    is_same: bool
    reason: str
