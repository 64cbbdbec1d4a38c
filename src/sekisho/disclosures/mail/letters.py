"""From the journal to disclosures: each mail once, however many mailboxes hold a copy of it (A1, A3, A4).

Copies of one mail (same Message-ID, same ``Seen.letter``) are one event: what the insurers count is a disclosure, not
a file. Its recipients are those of all copies (a sender's copy knows the Bcc, a recipient's the delivery); its place is
the first one, in the order of the archives, and the others are named beside it. Mails of the same Message-ID that
differ in content stay separate.

Everything is computed from the journal in an order that does not depend on when what was read.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

import pyarrow as pa

from sekisho.disclosures.mail.evidence import MAIL, Evidence
from sekisho.disclosures.mail.journal import LOCKED, MATCHES, UNREAD, Journal, from_json, hash_of, ref_of
from sekisho.disclosures.mail.worker import Seen
from sekisho.disclosures.model import Disclosures
from sekisho.kernel.clock import day_in_japan
from sekisho.sources.mail.archive import UnreadArchive

PLACES_NAMED = 3
"""Of the further places of a mail so many are named, the rest counted: a circular may lie in a thousand mailboxes."""

# CROSS JOIN: in this order, for only messages have an index that fits
_IN_ORDER = """
SELECT m.id, m.kind, m.seen, f.shown, f.path, p.ref, f.run = :run AND p.listed = f.listed AS present
FROM place AS p CROSS JOIN message AS m ON m.id = p.message CROSS JOIN file AS f ON f.id = p.file
WHERE m.kind & :kind
"""


@dataclass(slots=True)
class _Letter:
    """One mail: its first copy, and what the others add."""

    seen: Seen
    recipients: set[str] = field(default_factory=set)
    places: list[str] = field(default_factory=list)
    answers: dict[str, None] = field(default_factory=dict)


def as_disclosures(
    journal: Journal, ledger: pa.Table | None, loose: list[UnreadArchive], evidence: Evidence = MAIL
) -> Disclosures:
    """The facts of everything that the journal holds. A policy of the ledger goes by the number that the ledger
    writes, however the mail wrote it; without a ledger it has no name yet, only its row. ``loose``: what the archives
    hold beside files."""
    letters = list(_letters(journal, evidence))
    senders = _senders(journal, letters)
    insurers = None if ledger is None else ledger.column("insurer_id")
    numbers = None if ledger is None else ledger.column("policy_no")
    events: list[tuple[object, ...]] = []
    recipients: list[tuple[object, ...]] = []
    policies: list[tuple[object, ...]] = []
    unread: list[tuple[str, str, str, str, str]] = [(one.archive, "", "", one.reason, one.detail) for one in loose]
    for number, letter in enumerate(letters):
        seen = letter.seen
        unread.extend((seen.archive, seen.message_id, *gap) for gap in seen.unread)
        if not seen.matches:
            continue
        parent = next((senders[one] for one in map(hash_of, letter.answers) if one in senders), "")
        at = seen.at.isoformat() if seen.at else ""
        day = day_in_japan(seen.at) if seen.at else None
        also = _also(letter.places)
        events.append((number, evidence.channel, at, day, seen.sender, parent, seen.archive, seen.message_id, also))
        # a draft, or a copy without its Bcc: to whom it went is unknown, which is an answer of its own
        recipients.extend((number, address) for address in sorted(letter.recipients) or ("",))
        for insurer_id, policy_no, row, *rest in seen.matches:
            if row >= 0 and insurers is not None and numbers is not None:
                insurer_id, policy_no = insurers[row].as_py(), numbers[row].as_py()  # noqa: PLW2901
            policies.append((number, insurer_id, policy_no, row, *rest))
    unread.extend((source, "", "", reason, detail) for source, reason, detail in _gaps(journal))
    unread.extend((seen.archive, "", *gap) for seen in _failed(journal) for gap in seen.unread)
    read_count = journal.counts()[1]
    return Disclosures.of(events, recipients, policies, sorted(unread), read_count)


def _letters(journal: Journal, evidence: Evidence) -> Iterator[_Letter]:
    """The mails that disclosed something or could not be read in full, in the order of their first places."""
    rows = _in_order(journal, MATCHES | UNREAD)
    letters: dict[tuple[object, ...], _Letter] = {}
    for kind, kept, position in rows:
        seen = from_json(0, kept)._replace(archive=position)
        if kind & LOCKED:
            seen = _opened(journal, seen)
        seen = evidence.told(seen)
        key = (seen.letter or position, seen.message_id, seen.matches, seen.unread)
        letter = letters.setdefault(key, _Letter(seen))
        letter.recipients.update(seen.recipients)
        letter.places.append(position)
        letter.answers.update(dict.fromkeys(seen.in_reply_to))
    return iter(letters.values())


def _in_order(journal: Journal, kind: int) -> Iterator[tuple[int, str, str]]:
    """Kind, JSON and position of the messages of a kind, place by place: those that are there in the order of the
    archives, then those that are gone by the name of their file; a gone place only where there is no other."""
    rows = journal.db.execute(
        f"""{_IN_ORDER} ORDER BY present DESC, CASE WHEN f.run = :run THEN f.rank ELSE 0 END, f.shown, p.listed DESC,
            p.seq""",
        {"run": journal.run, "kind": kind},
    )
    there: set[int] = set()
    for message, bits, kept, shown, path, rest, present in rows:
        if present:
            there.add(message)
        elif message in there:
            continue
        yield bits, kept, ref_of(shown, path, rest).position


def _opened(journal: Journal, seen: Seen) -> Seen:
    """The mail as read with passwords. Should that reading have failed, what the first one found stands."""
    row = journal.db.execute("SELECT seen FROM opened WHERE letter = ?", (seen.letter,)).fetchone()
    if row is None:
        return seen
    second = from_json(0, row[0])
    unread = second.unread if second.letter else (*seen.unread, *second.unread)
    return seen._replace(matches=second.matches or seen.matches, unread=unread)


def _senders(journal: Journal, letters: list[_Letter]) -> dict[int, str]:
    """Who sent the messages that these answer, by hashed Message-ID; of several the first in order."""
    with journal.writing() as db:
        db.execute("CREATE TEMP TABLE asked (mid INTEGER PRIMARY KEY)")
        try:
            answered = {(hash_of(one),) for letter in letters if letter.seen.matches for one in letter.answers}
            db.executemany("INSERT INTO asked VALUES (?)", answered)
            rows = db.execute(
                """SELECT m.mid, s.address, min((f.run <> :run OR p.listed <> f.listed) * (1 << 61)
                                                + f.rank * (1 << 32) + p.seq) AS first
                   FROM place AS p CROSS JOIN message AS m ON m.id = p.message CROSS JOIN asked AS a ON a.mid = m.mid
                   JOIN sender AS s ON s.id = m.sender JOIN file AS f ON f.id = p.file
                   WHERE s.address <> '' GROUP BY m.mid""",
                {"run": journal.run},
            ).fetchall()
        finally:
            db.execute("DROP TABLE asked")
    return {mid: address for mid, address, _ in rows}


def _gaps(journal: Journal) -> Iterator[tuple[str, str, str]]:
    yield from journal.db.execute(
        """SELECT g.source, g.reason, g.detail FROM gap AS g JOIN file AS f ON f.id = g.file
           WHERE g.listed = f.listed AND f.run = ?""",
        (journal.run,),
    )


def _failed(journal: Journal) -> Iterator[Seen]:
    for place, kept in journal.db.execute("SELECT place, seen FROM failed"):
        yield from_json(place, kept)


def _also(places: list[str]) -> str:
    """The further places of a mail, for people to look there."""
    more = places[1:]
    named = "; ".join(more[:PLACES_NAMED])
    rest = len(more) - PLACES_NAMED
    return f"also in {named}" + (f" and {rest} more" if rest > 0 else "") if more else ""
