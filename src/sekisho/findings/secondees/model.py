"""One secondment as a row; the questions, the evidence and the answer as plain values."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pyarrow as pa

from sekisho.kernel.periods import FIRST_DAY
from sekisho.sources.access import Gap
from sekisho.sources.logs import UnreadRow

TEXT, DAY, COUNT = pa.string(), pa.date32(), pa.int64()

SECONDEES = pa.schema(
    [
        ("person_id", TEXT),
        ("name", TEXT),
        ("home_insurer_id", TEXT),
        ("host_agency_id", TEXT),
        ("start", DAY),
        ("end", DAY),  # null: open
        ("as_of", DAY),  # the day for which the rule and the scopes are asked: his last one, or the last asked for
        ("accounts", TEXT),  # account (system) of his, `;`-joined
        ("addresses", TEXT),  # his mail addresses, `;`-joined
        ("may_see_own", COUNT),  # policies that the rule lets him see for the host: his home insurer's
        ("may_see_others", COUNT),  # other insurers'
        ("may_see_insurers", COUNT),  # how many other insurers
        ("scope_policies", COUNT),  # what the scopes show the host and his accounts
        ("scope_beyond", COUNT),  # of it: beyond what the rule lets him see
        ("scope_beyond_others", COUNT),
        ("looked_rows", COUNT),  # rows of access logs under his accounts, while seconded
        ("looked_policies", COUNT),
        ("looked_others", COUNT),  # of them: of other insurers than his home
        ("first_looked_on", DAY),
        ("last_looked_on", DAY),
        ("beyond_rows", COUNT),  # rows that the rule does not allow (findings)
        ("beyond_policies", COUNT),
        ("unresolved_rows", COUNT),  # rows that cannot be judged
        ("export_rows", COUNT),
        ("export_policies", COUNT),
        ("export_others", COUNT),
        ("export_days", COUNT),
        ("unknown_action_rows", COUNT),  # rows whose action says nothing that is known here
        ("rows_after_end", COUNT),  # under a host's account, after his secondment
        ("secondment_days", COUNT),  # days of his secondment, of those asked for
        ("logged_days", COUNT),  # of them: days on which every system of his has some row, of anybody
        ("home_findings", COUNT),  # what went to his home insurer (decided findings)
        ("home_policies", COUNT),
        ("home_b1_policies", COUNT),  # on his own initiative
        ("home_b2_policies", COUNT),  # at its request
        ("home_mail_policies", COUNT),
        ("home_file_policies", COUNT),
        ("home_looked_policies", COUNT),  # of those that went home: looked at under his accounts by that day
        ("home_exported_policies", COUNT),  # of those that went home: exported by that day (no proof of the cause)
        ("home_first_on", DAY),
        ("home_last_on", DAY),
        ("home_unresolved", COUNT),  # findings towards it that could not be decided
        ("other_findings", COUNT),  # of his: to others, or what he looked at
        ("marks", TEXT),  # what to look into (MARKS), `;`-joined
        ("unknown", TEXT),  # what cannot be told, and why (UNKNOWN), `;`-joined
    ]
)
"""Sorted by home, host, start, person. A count that the evidence cannot tell is null."""

EVENTS = pa.schema(
    [
        ("on_date", DAY),
        ("person_id", TEXT),
        ("host_agency_id", TEXT),
        ("kind", TEXT),  # secondment_start, account_start, …: the kinds of `timeline.sql`
        ("what", TEXT),  # account and system, action, cause
        ("channel", TEXT),
        ("recipient_party", TEXT),
        ("row_count", COUNT),
        ("policy_count", COUNT),
        ("others_count", COUNT),  # policies of other insurers than his home
    ]
)
"""One person's timeline, in order."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Whose secondments, and which days ("" and the first day: all). ``to``: the last day asked for."""

    to: date
    since: date = FIRST_DAY
    home: str = ""
    host: str = ""
    person: str = ""


@dataclass(frozen=True, slots=True)
class Evidence:
    """``logs``: access logs, files or folders. ``findings``: of sweeps, None when none are given; ``swept``: channels
    that were swept although no finding tells so. ``scopes``: ``sources.scopes.SCHEMA``."""

    logs: Sequence[Path] = ()
    findings: pa.Table | None = None
    swept: frozenset[str] = frozenset()
    scopes: pa.Table | None = None


@dataclass(frozen=True, slots=True)
class LogTold:
    """What the logs cover: system → first and last day; days without any row; rows that could not be read."""

    row_count: int
    systems: tuple[tuple[str, date, date], ...]
    gaps: tuple[Gap, ...]
    unread: tuple[UnreadRow, ...]
    unread_count: int
    unknown_actions: tuple[tuple[str, int], ...]  # actions of secondees' rows that mean nothing here, most rows first


@dataclass(frozen=True, slots=True)
class Totals:
    """Over all rows. Policies went home: distinct, and summed over secondments (延べ); None: not known for anybody.
    ``outside_findings``: findings that name one of these people as sender on a day outside his secondments, or on none.
    """

    secondments: int
    people: int
    homes: int
    hosts: int
    with_home_findings: int | None
    home_policies: int | None
    home_policies_summed: int | None
    outside_findings: int


@dataclass(frozen=True, slots=True)
class Secondees:
    """The answer: ``rows`` (``SECONDEES``), ``events`` (``EVENTS``, of the person asked for; else empty), and what all
    of it rests on."""

    wanted: Wanted
    rows: pa.Table
    events: pa.Table
    totals: Totals
    log: LogTold | None
    rule_version: str
    registry_version: str
