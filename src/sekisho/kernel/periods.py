"""Periods of whole days. Both ends belong to the period; an open end is the far sentinel.

Sentinels instead of NULL keep every comparison in the rule's SQL the same on every engine.
"""

from dataclasses import dataclass
from datetime import date

FIRST_DAY = date(1, 1, 1)
LAST_DAY = date(9999, 12, 31)


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """From ``start`` to ``end``, both included."""

    start: date = FIRST_DAY
    end: date = LAST_DAY

    def covers(self, day: date) -> bool:
        return self.start <= day <= self.end

    def __str__(self) -> str:
        start = "" if self.start == FIRST_DAY else self.start.isoformat()
        end = "" if self.end == LAST_DAY else self.end.isoformat()
        return f"{start}–{end}" if start or end else "always"
