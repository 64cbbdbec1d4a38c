"""An incident and all that is kept with it: plain values, that the store keeps and letters, reports and costs read.

Text is what people wrote, in their words; days are days in Japan. Who an id stands for, is told by ``Dossier.names``.
Source: seeds 000, 001 (別紙1: 概要, 影響, 原因, 今後の対応), 002, 003; act art. 26; Enforcement Rules art. 8.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any

import pyarrow as pa

from sekisho.incidents.sender import Company, Desk
from sekisho.incidents.table import DisclosureTable


class Medium(StrEnum):
    """By what the data went (the media of the JNSA statistics)."""

    MAIL = "mail"
    PAPER = "paper"
    PORTABLE = "portable"
    DEVICE = "device"
    INTERNET = "internet"
    SYSTEM = "system"
    FAX = "fax"
    SPOKEN = "spoken"
    OTHER = "other"

    @property
    def ja(self) -> str:
        """Its name on screen and paper."""
        return _MEDIA[self]


_MEDIA = {
    Medium.MAIL: "電子メール", Medium.PAPER: "紙媒体", Medium.PORTABLE: "可搬媒体", Medium.DEVICE: "端末",
    Medium.INTERNET: "インターネット", Medium.SYSTEM: "システム", Medium.FAX: "FAX", Medium.SPOKEN: "口頭",
    Medium.OTHER: "その他",
}  # fmt: skip


class TaskKind(StrEnum):
    """What has to be done by, or with, a party."""

    INTERVIEW = "interview"
    """ヒアリング: what happened there (seed 002)."""
    RECOVERY = "recovery"
    """回収: the data is brought back from the recipient."""
    DELETION = "deletion"
    """削除確認: the recipient confirms that it was deleted."""
    REPORT = "report"
    NOTICE = "notice"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class HandCount:
    """Figures of an incident that no sweep found (lost paper, mis-sent FAX, theft, disposal …), as somebody counted
    them. ``items``: item codes (``law/items``)."""

    insurer_id: str
    agency_id: str
    cause: str
    records: int
    people: int
    corporate: int
    items: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Incident:
    """Findings, or figures counted by hand, grouped to be answered for.

    ``own_party`` answers for it; ``known_on`` is the day on which *any* of its departments knew (day 1 of every
    deadline). ``number`` is given by the store (0: not stored yet)."""

    number: int
    title: str
    own_party: str
    causes: tuple[str, ...]
    legal_character: str
    medium: Medium
    known_on: date
    known_by: str = ""
    first_day: date | None = None
    last_day: date | None = None
    outline: str = ""
    secondary_damage: str = ""
    """二次被害又はそのおそれの有無及びその内容."""
    publication: str = ""
    """公表の実施状況."""
    response: str = ""
    """本人への対応の実施状況."""
    other: str = ""
    by_hand: tuple[HandCount, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)
    """What people told of the case beyond the count, as ``law.duties.Facts`` names it (``incidents.facts``)."""
    opened_at: datetime | None = None
    closed_at: datetime | None = None
    close_reason: str = ""

    @property
    def is_open(self) -> bool:
        return self.closed_at is None


@dataclass(frozen=True, slots=True)
class Event:
    """A line of the timeline."""

    at: datetime
    text: str
    actor: str = ""


@dataclass(frozen=True, slots=True)
class Reason:
    """原因分析: why it could happen; ``cause`` is the code it belongs to ("": the incident as a whole)."""

    text: str
    cause: str = ""


@dataclass(frozen=True, slots=True)
class Measure:
    """再発防止策 and other measures. ``done_on`` is None while it is planned."""

    number: int
    text: str
    cause: str = ""
    owner: str = ""
    due: date | None = None
    done_on: date | None = None


@dataclass(frozen=True, slots=True)
class Task:
    """Something that must be done with one party before the incident may be closed."""

    number: int
    kind: TaskKind
    party_id: str
    text: str
    owner: str = ""
    due: date | None = None
    done_on: date | None = None
    result: str = ""


@dataclass(frozen=True, slots=True)
class Statement:
    """A snapshot: the figures that were told to somebody, as of a day, never changed afterwards.

    ``counted_sha256`` is the fingerprint of the file that holds, line by line, what was counted."""

    number: int
    as_of: date
    told_to: str
    told_on: date | None
    unit: str
    table: DisclosureTable
    counted_sha256: str
    rule_versions: tuple[str, ...]
    registry_version: str
    made_at: datetime


@dataclass(frozen=True, slots=True)
class Dossier:
    """Everything a document about an incident may need. ``findings`` has the columns of ``findings.model.FINDINGS``
    (empty for one by hand); ``names`` gives the name of every party id in it."""

    incident: Incident
    company: Company
    desk: Desk
    as_of: date
    table: DisclosureTable
    findings: pa.Table
    names: Mapping[str, str] = field(default_factory=dict)
    events: tuple[Event, ...] = ()
    reasons: tuple[Reason, ...] = ()
    measures: tuple[Measure, ...] = ()
    tasks: tuple[Task, ...] = ()
    statements: tuple[Statement, ...] = ()
