"""What findings tell about the incident that is opened on them: causes, character, medium, period, a first title, and
the tasks that follow (REQUIREMENTS A7, B8). People may say otherwise for each of these.
"""

from collections.abc import Mapping
from datetime import date

import pyarrow as pa

from sekisho.findings.model import UNRESOLVED
from sekisho.incidents.model import Incident, Medium, Task, TaskKind
from sekisho.kernel.bulk import in_memory
from sekisho.kernel.errors import InputError
from sekisho.law.causes import causes

_MEDIA = {"mail": Medium.MAIL, "access": Medium.SYSTEM, "scope": Medium.SYSTEM, "delivery": Medium.SYSTEM}

_STRICTER = "leak"
_NAMED = 2
"""How many causes a title names."""


def incident_of(findings: pa.Table, *, own_party: str, known_on: date, title: str = "") -> Incident:
    """An incident as the findings have it. Raises ``InputError`` when there is none that was decided."""
    con = in_memory()
    try:
        con.register("findings", findings)
        con.execute(
            "CREATE TEMP TABLE decided AS FROM findings WHERE NOT starts_with(ground_missing, $unresolved)",
            {"unresolved": UNRESOLVED},
        )
        counted = con.execute("SELECT cause, count(*) FROM decided WHERE cause <> '' GROUP BY cause").fetchall()
        days = con.execute(
            'SELECT min(substr("at", 1, 10)), max(substr("at", 1, 10)) FROM decided WHERE "at" <> \'\''
        ).fetchone()
        characters = _most_first(con.execute("SELECT legal_character, count(*) FROM decided GROUP BY 1").fetchall())
        channels = _most_first(con.execute("SELECT channel, count(*) FROM decided GROUP BY 1").fetchall())
    finally:
        con.close()
    if not characters:
        why = "none of these findings has been decided" if findings.num_rows else "no finding concerns this party"
        raise InputError(why, remedy="settle what is unresolved first, name another party, or open it by hand")
    known = list(causes())
    if strange := sorted({cause for cause, _ in counted} - set(known)):
        raise InputError(f"unknown cause {strange[0]!r} in the findings", remedy=f"use one of {', '.join(known)}")
    found = tuple(sorted((cause for cause, _ in counted), key=known.index))
    first, last = (date.fromisoformat(day) if day else None for day in days or (None, None))
    return Incident(
        number=0,
        title=title or title_of(found, first, last),
        own_party=own_party,
        causes=found,
        # Where no cause tells it, the character that asks for more; people may say otherwise (incident set).
        legal_character=next(filter(None, characters), _STRICTER),
        medium=_MEDIA.get(channels[0], Medium.OTHER),
        known_on=known_on,
        first_day=first,
        last_day=last,
    )


def title_of(found: tuple[str, ...], first: date | None, last: date | None) -> str:
    """A title that tells causes and period."""
    known = causes()
    named = "・".join(known[code].ja for code in found[:_NAMED]) or "原因を特定できない事案"
    if len(found) > _NAMED:
        named += f" ほか{len(found) - _NAMED}種"
    if first is None or last is None:
        return named
    months = [f"{day.year}年{day.month}月" for day in (first, last)]
    return f"{named} ({'〜'.join(dict.fromkeys(months))})"


def tasks_of(findings: pa.Table, names: Mapping[str, str]) -> list[Task]:
    """An interview with every agency concerned; recovery and a confirmation of deletion from every recipient.

    Exposure alone (channel ``scope``: could see) asks for no recovery: nobody is known to have taken anything.
    """
    con = in_memory()
    try:
        con.register("findings", findings)
        con.execute(
            """CREATE TEMP TABLE decided AS SELECT *, insurer_id || chr(31) || policy_no AS policy FROM findings
               WHERE NOT starts_with(ground_missing, $unresolved)""",
            {"unresolved": UNRESOLVED},
        )
        agencies = con.execute(
            "SELECT agency_id, count(DISTINCT policy) FROM decided WHERE agency_id <> '' GROUP BY 1 ORDER BY 1"
        ).fetchall()
        recipients = con.execute(
            """SELECT recipient_party, count(DISTINCT policy) FROM decided
               WHERE recipient_party NOT IN ('', '?') AND channel <> 'scope' GROUP BY 1 ORDER BY 1"""
        ).fetchall()
    finally:
        con.close()
    tasks = [
        Task(
            0,
            TaskKind.INTERVIEW,
            agency,
            f"{names.get(agency, agency)}へのヒアリング (経緯・範囲・原因、{count:,}契約)",
        )
        for agency, count in agencies
    ]
    for party, count in recipients:
        name = names.get(party, party)
        tasks.append(Task(0, TaskKind.RECOVERY, party, f"{name}が受け取った情報の回収 ({count:,}契約)"))
        tasks.append(Task(0, TaskKind.DELETION, party, f"{name}の削除確認書の受領 ({count:,}契約)"))
    return tasks


def _most_first(counted: list[tuple[str, int]]) -> list[str]:
    return [value for value, _ in sorted(counted, key=lambda one: (-one[1], one[0]))]
