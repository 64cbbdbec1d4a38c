"""The one clock. Nothing else in Sekisho reads the time, so that a test or a re-run can set it."""

import os
from datetime import date, datetime, timedelta, timezone

from sekisho.kernel.errors import InputError

JST = timezone(timedelta(hours=9), "JST")
"""Japan has no daylight saving time; every rule of Sekisho is asked as of a day in Japan."""


def now() -> datetime:
    """The present instant in Japan; ``SEKISHO_NOW`` (ISO 8601) overrides it for demos and re-runs."""
    fixed = os.environ.get("SEKISHO_NOW")
    if not fixed:
        return datetime.now(JST)
    try:
        instant = datetime.fromisoformat(fixed)
    except ValueError:
        raise InputError(
            f"{fixed!r} is no instant",
            where="SEKISHO_NOW",
            remedy="write ISO 8601, e.g. 2026-04-01T09:00:00+09:00",
        ) from None
    return instant.replace(tzinfo=JST) if instant.tzinfo is None else instant.astimezone(JST)


def today() -> date:
    """The present day in Japan."""
    return now().date()


def day_in_japan(instant: datetime) -> date:
    """The day in Japan on which an instant falls; an instant without zone is taken as Japanese time."""
    return instant.date() if instant.tzinfo is None else instant.astimezone(JST).date()
