"""What records are asked for and answer with, beside the values of ``incidents.model``."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class KeptFindings:
    """A file of findings of an incident. ``number`` names it in the incident."""

    number: int
    source: str
    sha256: str
    row_count: int
    added_at: datetime


@dataclass(frozen=True, slots=True)
class Judgement:
    """A duty as somebody decided it: ``decision`` is report | not | done; with the facts and the judgement of the law
    as they stood then (``Facts.as_json``, ``Duty.as_json``)."""

    duty: str
    decision: str
    reason: str
    facts: Sequence[Mapping[str, Any]]
    duties: Sequence[Mapping[str, Any]]
    actor: str = ""
    at: datetime | None = None
