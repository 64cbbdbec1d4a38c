"""From the rows of the rule's views to the values of a judgement. Reads what the rule decided; decides nothing."""

from collections.abc import Iterable, Mapping
from datetime import date

from sekisho.entitlement.engines.base import Session
from sekisho.entitlement.judgement import Condition, Ground, Standing

Row = Mapping[str, object]

_PATHS = """
SELECT x.*, m.insurer_id, m.line
FROM judged_path x
JOIN (SELECT DISTINCT ask_id, insurer_id, line FROM matter) m ON m.ask_id = x.ask_id
ORDER BY x.ground_no, COALESCE(x.party_id, ''), COALESCE(x.person_id, ''), COALESCE(x.served_by, ''),
         COALESCE(x.supervised_by, ''), COALESCE(x.record_id, ''), x.appointment_first, x.supervision_first,
         x.handled_first, x.period_first, x.given_purpose, x.given_items, x.withdrawn_on
"""
_STANDINGS = """
SELECT DISTINCT l.via, w.party_id, w.person_id, w.seconded_from, w.nobody,
       CASE WHEN w.nobody = 'account' THEN l.via_first
            ELSE COALESCE(p.seconded_first, p.employed_first, l.via_first) END AS first_day,
       CASE WHEN w.nobody = 'account' THEN l.via_last
            ELSE COALESCE(p.seconded_last, p.employed_last, l.via_last) END AS last_day,
       CASE WHEN p.seconded_from IS NOT NULL AND w.party_id = p.party_id THEN 1 ELSE 0 END AS acts_for_host
FROM acting w
JOIN viewer_is l ON COALESCE(l.person_id, '') = COALESCE(w.person_id, '')
LEFT JOIN person_acts p ON p.person_id = w.person_id
WHERE COALESCE(w.party_id, '') = COALESCE(l.party_id, p.party_id, '') OR w.nobody = 'account'
ORDER BY w.party_id, w.person_id, first_day
"""
_LEFT = 'SELECT start AS first_day, "end" AS last_day FROM people WHERE person_id = ? ORDER BY 2 DESC, 1 DESC'
_NAMED = {"insurers": "insurer_id", "agencies": "agency_id", "people": "person_id"}

DATED = ("handled", "supervision", "appointment", "period")
PLAIN = ("withdrawal", "purpose", "items", "duty")
FACTS = ("insurer_id", "line", "served_by", "supervised_by", "record_id", "given_purpose")


def grounds_of(session: Session) -> tuple[Ground, ...]:
    """All candidate grounds of the one question in the session, those that hold first."""
    grounds = [_ground(row) for row in session.rows(_PATHS)]
    return tuple(sorted(grounds, key=lambda ground: not ground.holds))


def _ground(row: Row) -> Ground:
    facts = {name: str(row[name]) for name in FACTS if row[name] is not None}
    return Ground(
        name=str(row["ground"]),
        party_id=_text(row["party_id"]),
        person_id=_text(row["person_id"]),
        facts=facts,
        conditions=tuple(_condition(row, name) for name in (*DATED, *PLAIN) if row[f"{name}_met"] is not None),
        missing=_text(row["missing"]),
    )


def _condition(row: Row, name: str) -> Condition:
    first = last = None
    facts: dict[str, str] = {}
    if name in DATED:
        first, last = _day(row[f"{name}_first"]), _day(row[f"{name}_last"])
    elif name == "withdrawal":
        last = _day(row["withdrawn_on"])
    elif name == "items":
        facts["given_items"] = str(row["given_items"])
    return Condition(name, bool(row[f"{name}_met"]), first, last, facts)


def standings_of(session: Session) -> tuple[Standing, ...]:
    """For whom the viewer of the one question stands that day."""
    return tuple(_standing(session, row) for row in session.rows(_STANDINGS))


def _standing(session: Session, row: Row) -> Standing:
    first, last = _day(row["first_day"]), _day(row["last_day"])
    if row["nobody"] == "employment":
        left = session.rows(_LEFT, [row["person_id"]])
        first, last = (_day(left[0]["first_day"]), _day(left[0]["last_day"])) if left else (None, None)
    return Standing(
        via=str(row["via"]),
        party_id=_text(row["party_id"]),
        person_id=_text(row["person_id"]),
        seconded_from=_text(row["seconded_from"]),
        nobody=_text(row["nobody"]),
        acts_for_host=bool(row["acts_for_host"]),
        period=(first, last) if first is not None and last is not None else None,
    )


def names_of(
    session: Session, insurer_id: str, standings: Iterable[Standing], grounds: Iterable[Ground]
) -> dict[str, str]:
    """Names of the parties and persons that the judgement speaks of, by id."""
    ids = {insurer_id}
    for standing in standings:
        ids |= {text for text in (standing.party_id, standing.person_id, standing.seconded_from) if text}
    for ground in grounds:
        ids |= {text for text in (ground.party_id, ground.person_id, *ground.facts.values()) if text}
    wanted = sorted(ids)
    marks = ", ".join("?" * len(wanted))
    found: dict[str, str] = {}
    for table, column in _NAMED.items():
        sql = f"SELECT {column} AS id, MAX(name) AS name FROM {table} WHERE {column} IN ({marks}) GROUP BY {column}"  # noqa: S608
        found |= {str(row["id"]): str(row["name"]) for row in session.rows(sql, wanted) if row["name"]}
    return found


def _day(value: object) -> date | None:
    if value is None or isinstance(value, date):
        return value
    return date.fromisoformat(str(value))


def _text(value: object) -> str | None:
    return None if value is None else str(value)
