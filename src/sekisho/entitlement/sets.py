"""Whole visible sets, asked of the rule: what a viewer may hold (``list``), and who may hold a policy (``who``).

Neither is a second rule. A query on the small relations names *candidates*, surely all and usually few more; the rule
judges them. Policies that nothing tells apart for this viewer (same insurer, agencies and line, and the same office
and producer where a duty asks for them) have one answer, so one of each such *class* is asked for all. Policies with a
history of their own (transfers, consents to this viewer, the viewer's own mail address) are asked one by one.
REQUIREMENTS D1; DESIGN §4; ``docs/adr/0006-whole-sets-by-class.md``.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc

from sekisho.entitlement.engines.base import Engine, Session, in_parts
from sekisho.entitlement.inputs import ANSWER, ASKED, TEXT
from sekisho.kernel.errors import InputError

ALLOWED = pa.schema(
    [("insurer_id", TEXT), ("policy_no", TEXT), ("party_id", TEXT), ("person_id", TEXT), ("ground", TEXT)]
)
"""One row for each policy that the viewer may hold, sorted by insurer and number."""

HOLDERS = pa.schema(
    [
        ("kind", TEXT),
        ("viewer", TEXT),
        ("party_id", TEXT),
        ("person_id", TEXT),
        ("seconded_from", TEXT),
        ("ground", TEXT),
    ]
)
"""One row for each party, person and own mail address of the holder (``kind``: party, person, address; where asked for,
office and account) that may hold the policy, sorted."""

_CLASS = ("insurer_id", "agency_id", "working_agency_id", "line", "office_id", "producer_id")
_OWN = ("consent", "subject")
_KEY = ("insurer_id", "policy_no")
_STANDS = pa.schema([("party_id", TEXT), ("person_id", TEXT)])
_POLICY = pa.schema([(name, TEXT) for name in (*_KEY, *_CLASS[1:])])
_CANDIDATE = _POLICY.append(pa.field("moved", pa.bool_()))
_JUDGE = "SELECT ask_id, verdict, party_id, person_id, seconded_from, ground, missing FROM answer ORDER BY ask_id"


@dataclass(frozen=True, slots=True)
class Asking:
    """How a set is asked for: as of which day, for which items (bit mask, 0 = holding at all) and purpose."""

    on: date
    items: int = 0
    purpose: str | None = None

    def questions(self, pairs: Sequence[tuple[str, str | None, str | None]]) -> pa.Table:
        """(viewer, insurer_id, policy_no) → the table ``asked``, numbered from 0."""
        count = len(pairs)
        columns = {
            "ask_id": range(count),
            "viewer": [pair[0] for pair in pairs],
            "insurer_id": [pair[1] for pair in pairs],
            "policy_no": [pair[2] for pair in pairs],
            "on_date": [self.on] * count,
            "items": [self.items] * count,
            "purpose": [self.purpose] * count,
        }
        return pa.table({name: pa.array(columns[name], type=kind) for name, kind in ASKED.items()})


def visible(engine: Engine, viewer: str, asking: Asking) -> pa.Table:
    """The policies that ``viewer`` may hold (``ALLOWED``). Raises ``InputError`` for a viewer nobody knows that day
    and who is no holder's mail address."""
    viewer = viewer.lower() if "@" in viewer else viewer
    with engine.asking(asking.questions([(viewer, None, None)])) as session:
        stands = session.arrow("SELECT DISTINCT party_id, person_id FROM acting ORDER BY 1, 2", _STANDS)
        parties = _texts(stands, "party_id")
        persons = _texts(stands, "person_id")
        near = _served_near(session, parties)
        single = _single(session, viewer, near, [*parties, *persons])
        common, moved = _common(session, parties, persons, near)
    if not stands.num_rows and not single.num_rows:
        raise InputError(
            f"the registry does not know this viewer on {asking.on.isoformat()}",
            where="VIEWER",
            remedy="name a party, office, person, account or mail address of the registry, or add it there",
        )
    single = pa.concat_tables([single, moved]).group_by(list(_KEY), use_threads=False).aggregate([]).select(list(_KEY))
    if single.num_rows:
        common = common.join(single, list(_KEY), join_type="left anti")
    classes = _representatives(common)
    asked = [(viewer, *key) for key in zip(*(classes.column(name).to_pylist() for name in _KEY), strict=True)]
    asked += [(viewer, *key) for key in zip(*(single.column(name).to_pylist() for name in _KEY), strict=True)]
    answered = answers(engine, asking.questions(asked))
    of_class = answered.slice(0, classes.num_rows)
    told = pa.table({**{name: classes.column(name) for name in _CLASS}, **_columns(of_class)})
    many = common.join(told.filter(pc.equal(told.column("verdict"), "entitled")), list(_CLASS), join_type="inner")
    of_single = answered.slice(classes.num_rows)
    few = pa.table({**{name: single.column(name) for name in _KEY}, **_columns(of_single)})
    few = few.filter(pc.equal(few.column("verdict"), "entitled"))
    found = pa.concat_tables([table.select(ALLOWED.names).cast(ALLOWED) for table in (many, few)])
    return found.sort_by([(name, "ascending") for name in _KEY])


def holders(
    engine: Engine, policy_no: str, asking: Asking, insurer_id: str | None = None, *, through: bool = False
) -> pa.Table:
    """Everybody who may hold this policy (``HOLDERS``): parties, the people who act for them and have the duty, people
    and addresses with a consent of their own, the holder's own mail address. ``through``: and the offices and accounts
    that stand for one of them.

    Raises ``InputError`` for a policy nobody knows, or a number that several insurers use while none is named.
    """
    with engine.asking(asking.questions([("", insurer_id, policy_no)])) as session:
        policy = _the_policy(session, policy_no, insurer_id)
        parties = _parties_near(session, policy)
        others = _consented(session, policy)
        own = [policy["email"].lower()] if policy["email"] else []
    key = (policy["insurer_id"], policy_no)
    held = _held(engine, asking, key, sorted(parties))
    with engine.asking(asking.questions([])) as session:
        people = _people_of(session, [str(row["party_id"]) for row in held])
        own_of = [*parties, *people, *others] if through else []
        offices = _ids(session, "office_id", "offices", ("party_id",), own_of)
        accounts = _ids(session, "account_id", "accounts", ("party_id", "person_id"), own_of)
    mailboxes = sorted({*own, *(other.lower() for other in others if "@" in other)})
    named = sorted(people | {other for other in others if "@" not in other and other not in parties})
    rows = [{"kind": "party", **row} for row in held]
    rows += [{"kind": "person", **row} for row in _held(engine, asking, key, named)]
    # what a mailbox holds as one of a company's stands there already
    rows += [{"kind": "address", **row} for row in _held(engine, asking, key, mailboxes) if row["ground"] in _OWN]
    rows += [{"kind": "office", **row} for row in _held(engine, asking, key, offices)]
    rows += [{"kind": "account", **row} for row in _held(engine, asking, key, accounts)]
    return pa.Table.from_pylist(rows, schema=HOLDERS)


def _held(engine: Engine, asking: Asking, key: tuple[str, str], viewers: list[str]) -> list[dict[str, object]]:
    """Of these viewers those who may hold the policy, with the ground."""
    found = answers(engine, asking.questions([(viewer, *key) for viewer in viewers])).to_pylist()
    return [{"viewer": viewers[answer["ask_id"]], **answer} for answer in found if answer["verdict"] == "entitled"]


def answers(engine: Engine, asked: pa.Table, extra_policies: pa.Table | None = None) -> pa.Table:
    """One answer (``inputs.ANSWER``) for each question, ordered by ask_id."""
    found = []
    for part in in_parts(engine, asked):
        with engine.asking(part, extra_policies) as session:
            found.append(session.arrow(_JUDGE, ANSWER))
    return found[0] if len(found) == 1 else pa.concat_tables(found).sort_by("ask_id")


def _columns(answered: pa.Table) -> dict[str, pa.ChunkedArray]:
    return {name: answered.column(name) for name in ("verdict", "party_id", "person_id", "ground")}


# --- candidates: which policies could be this viewer's ----------------------------------------------------------------


def _single(session: Session, viewer: str, near: list[str], recipients: list[str]) -> pa.Table:
    """The policies to be asked one by one: moved from or to these agencies, consented to this viewer, or his own."""
    return session.arrow(
        f"""
        SELECT p.insurer_id, p.policy_no
        FROM transfers t JOIN policies p ON p.insurer_id = t.insurer_id AND p.policy_no = t.policy_no
        WHERE t.agency_id IN ({_marks(near)}) OR t.working_agency_id IN ({_marks(near)})
        UNION SELECT p.insurer_id, p.policy_no
        FROM consents k JOIN policies p ON p.insurer_id = k.insurer_id AND p.policy_no = k.policy_no
        WHERE k.recipient_id IN ({_marks(recipients)}) OR lower(k.recipient_id) = ?
        UNION SELECT insurer_id, policy_no FROM policies WHERE lower(email) = ?
        """,  # noqa: S608  (marks only; in no order: SQLite would walk through the whole ledger to sort it)
        _POLICY_KEY,
        [*near * 2, *recipients, viewer, viewer],
    )


_POLICY_KEY = pa.schema([(name, TEXT) for name in _KEY])


def _served_near(session: Session, parties: list[str]) -> list[str]:
    """The parties and every agency that one of them ever supervised."""
    if not parties:
        return []
    below = session.rows(
        f"SELECT DISTINCT working_agency_id AS id FROM supervisions WHERE supervising_agency_id IN ({_marks(parties)})",  # noqa: S608
        parties,
    )
    return sorted({*parties, *(str(row["id"]) for row in below)})


def _common(session: Session, parties: list[str], persons: list[str], near: list[str]) -> tuple[pa.Table, pa.Table]:
    """All policies that a party of the viewer could have: its own as insurer, those it or an agency under it handles or
    works, and those of the insurers with whom it shares a joint use. And the keys of those among them that were ever
    transferred: they have a history of their own."""
    if not parties:
        return _POLICY.empty_table(), _POLICY_KEY.empty_table()
    insurers = sorted({*parties, *_joint_members(session, parties)})
    office, own = _asked_by_duties(session, persons)
    producer = f"CASE WHEN p.producer_id IN ({_marks(persons)}) THEN p.producer_id END" if own else "NULL"
    columns = f"""p.insurer_id, p.policy_no, p.agency_id, p.working_agency_id, p.line,
        {"p.office_id" if office else "NULL"} AS office_id, {producer} AS producer_id,
        CASE WHEN EXISTS (SELECT 1 FROM transfers t WHERE t.insurer_id = p.insurer_id AND t.policy_no = p.policy_no)
             THEN 1 ELSE 0 END AS moved"""  # noqa: S608
    of_insurer, of_agency = f"p.insurer_id IN ({_marks(insurers)})", f"p.agency_id IN ({_marks(near)})"
    # Each policy once, without a comparison of whole rows (UNION).
    branches = (
        (of_insurer, insurers),
        (f"{of_agency} AND NOT {of_insurer}", [*near, *insurers]),
        (
            f"p.working_agency_id IN ({_marks(near)}) AND NOT COALESCE({of_agency}, FALSE) AND NOT {of_insurer}",
            [*near, *near, *insurers],
        ),
    )
    found = session.arrow(
        " UNION ALL ".join(f"SELECT {columns} FROM policies p WHERE {condition}" for condition, _ in branches),  # noqa: S608
        _CANDIDATE,
        [value for _, values in branches for value in [*(persons if own else []), *values]],
    )
    moved = found.filter(found.column("moved")).select(list(_KEY))
    return pa.table([pc.fill_null(found.column(name), "") for name in _POLICY.names], schema=_POLICY), moved


def _joint_members(session: Session, parties: list[str]) -> set[str]:
    listed = [str(row["party_ids"]) for row in session.rows("SELECT party_ids FROM joint_uses")]
    members = [set(text.replace(" ", "").split(";")) for text in listed]  # as the rule reads them
    return {member for group in members if group.intersection(parties) for member in group}


def _asked_by_duties(session: Session, persons: list[str]) -> tuple[bool, bool]:
    """Whether the duties of these persons tell policies apart by office, and by producer."""
    if not persons:
        return False, False
    rows = session.rows(
        f"SELECT office_id, own_only FROM duties WHERE person_id IN ({_marks(persons)})",  # noqa: S608
        persons,
    )
    return any(row["office_id"] for row in rows), any(row["own_only"] for row in rows)


def _representatives(common: pa.Table) -> pa.Table:
    """One policy of each class."""
    grouped = common.group_by(list(_CLASS), use_threads=False).aggregate([("policy_no", "min")])
    return grouped.rename_columns(
        [*_CLASS, "policy_no"] if grouped.column_names[0] in _CLASS else ["policy_no", *_CLASS]
    )


# --- candidates: who could hold this policy ---------------------------------------------------------------------------


def _the_policy(session: Session, policy_no: str, insurer_id: str | None) -> dict[str, str]:
    rows = session.rows(
        "SELECT insurer_id, agency_id, working_agency_id, email FROM policy_candidate ORDER BY insurer_id"
    )
    if not rows:
        raise InputError(
            "no policy with this number in the registry",
            where="POLICY",
            remedy="check the number as it is written in the policies table",
        )
    if len({row["insurer_id"] for row in rows}) > 1:
        raise InputError(
            f"this policy number exists at several insurers: {', '.join(str(row['insurer_id']) for row in rows)}",
            where="POLICY",
            remedy="name the insurer",
        )
    return {"policy_no": policy_no} | {name: str(value or "") for name, value in rows[0].items()}


def _parties_near(session: Session, policy: dict[str, str]) -> set[str]:
    key = [policy["insurer_id"], policy["policy_no"]]
    moved = session.rows(
        "SELECT agency_id, working_agency_id FROM transfers WHERE insurer_id = ? AND policy_no = ?", key
    )
    serving = {policy["agency_id"], policy["working_agency_id"]}
    serving |= {str(value) for row in moved for value in row.values() if value}
    serving.discard("")
    near = {policy["insurer_id"], *serving, *_joint_members(session, [policy["insurer_id"]])}
    if serving:
        above = session.rows(
            f"SELECT supervising_agency_id AS id FROM supervisions WHERE working_agency_id IN ({_marks(serving)})",  # noqa: S608
            sorted(serving),
        )
        near |= {str(row["id"]) for row in above}
    parties = session.rows("SELECT insurer_id AS id FROM insurers UNION SELECT agency_id FROM agencies")
    return {*near, *_consented(session, policy)} & {str(row["id"]) for row in parties}


def _consented(session: Session, policy: dict[str, str]) -> set[str]:
    rows = session.rows(
        "SELECT DISTINCT recipient_id FROM consents WHERE insurer_id = ? AND policy_no = ?",
        [policy["insurer_id"], policy["policy_no"]],
    )
    return {str(row["recipient_id"]) for row in rows}


def _people_of(session: Session, parties: list[str]) -> set[str]:
    """Everybody ever employed by, or seconded to, one of the parties."""
    if not parties:
        return set()
    rows = session.rows(
        f"SELECT person_id FROM people WHERE party_id IN ({_marks(parties)}) "  # noqa: S608
        f"UNION SELECT person_id FROM secondments WHERE host_agency_id IN ({_marks(parties)})",
        [*parties, *parties],
    )
    return {str(row["person_id"]) for row in rows}


def _ids(session: Session, name: str, table: str, columns: Sequence[str], values: list[str]) -> list[str]:
    """The ids of a table's rows that have one of the values in one of the columns, sorted."""
    found: set[str] = set()
    for at in range(0, len(values), _VALUES):
        part = values[at : at + _VALUES]
        for column in columns:
            rows = session.tuples(f"SELECT {name} FROM {table} WHERE {column} IN ({_marks(part)})", part)  # noqa: S608
            found |= {str(row[0]) for row in rows}
    return sorted(found)


_VALUES = 1000
"""Parameters of one statement: every engine takes so many."""


def _texts(table: pa.Table, column: str) -> list[str]:
    return sorted({value for value in table.column(column).to_pylist() if value})


def _marks(values: Iterable[object]) -> str:
    """Question marks for an IN list; an empty list matches nothing."""
    return ", ".join("?" for _ in values) or "NULL"
