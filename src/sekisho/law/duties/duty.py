"""A duty as it was judged: everything it rests on, so that it can be printed, kept, and understood years later."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from sekisho.law.duties.facts import Role
from sekisho.law.duties.plain import as_plain, from_plain


class State(StrEnum):
    """``UNDECIDED``: something that decides it is not known (``Duty.missing``)."""

    DUE = "due"
    NOT_DUE = "not_due"
    UNDECIDED = "undecided"


class Answer(StrEnum):
    """Whether something holds, as far as it is known."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class GroundAnswer:
    """One ground of the law, in its wording of the time, and whether it is met. ``because`` says why in Japanese;
    ``missing`` names the facts that would decide it."""

    code: str
    ja: str
    words: str
    answer: Answer
    because: str
    reference: str
    missing: tuple[str, ...] = ()
    final_days: int = 0


@dataclass(frozen=True, slots=True)
class Due:
    """A day by which something is to be done. ``binding``: laid down by the law; else a figure of a guideline.
    ``counted_on`` is the day as counted, ``on`` the day to act by; ``how`` says how it was computed; ``remark`` what
    is doubtful about it."""

    on: date
    counted_on: date
    days: int
    binding: bool
    how: str
    reference: str
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Duty:
    """One duty of one party (``by``) in a case, or in one insurer's part of it.

    ``force``: obligation | effort | desirable | voluntary | relief. ``dues``: the days, earliest first, also for an
    undecided duty (when it would be due); none where the law names no number of days (``when`` says what it says).
    ``grounds``: every ground that was asked. ``missing``: codes of the unknown facts. ``law_on``: the day whose law was
    applied; ``version``: fingerprint of the data."""

    code: str
    ja: str
    by: Role
    to: str
    force: str
    state: State
    because: str
    when: str
    reference: str
    law_on: date
    version: str
    insurer_id: str = ""
    missing: tuple[str, ...] = ()
    grounds: tuple[GroundAnswer, ...] = ()
    dues: tuple[Due, ...] = ()
    remarks: tuple[str, ...] = ()

    @property
    def last_due(self) -> date | None:
        """The last of its days; None when there is none."""
        return max((due.on for due in self.dues), default=None)

    @property
    def grounds_met(self) -> tuple[str, ...]:
        """Codes of the grounds that are met."""
        return tuple(ground.code for ground in self.grounds if ground.answer is Answer.YES)

    def as_json(self) -> dict[str, Any]:
        """Plain data for a JSON document."""
        plain: dict[str, Any] = as_plain(self)
        return plain

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Duty":
        """From ``as_json``. Raises ``InputError`` for what is no such data."""
        return from_plain(cls, data)
