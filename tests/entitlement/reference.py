"""The rule once more, naively: plain Python loops over rows, written from docs/rule.md and not from rule.sql.

For tests only. It answers verdict and ground; it is slow, and so plain that one can see that it is right.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

Row = Mapping[str, Any]
World = Mapping[str, Sequence[Row]]
GROUNDS = ("underwriter", "handling", "working", "supervising", "consent", "joint_use", "subject")
MY_NUMBER = 1 << 19


def _in_force(row: Row, day: date) -> bool:
    return row["start"] <= day <= row["end"]


def _rows(world: World, table: str) -> Sequence[Row]:
    return world.get(table, ())


def _person_parties(world: World, person: str, day: date) -> set[str]:
    employers = {e["party_id"] for e in _rows(world, "people") if e["person_id"] == person and _in_force(e, day)}
    if not employers:
        return set()
    hosts = {s["host_agency_id"] for s in _rows(world, "secondments") if s["person_id"] == person and _in_force(s, day)}
    return hosts or employers


def standings(world: World, viewer: str, day: date) -> set[tuple[str | None, str | None]] | None:
    """Pairs (party, person) that the viewer stands for on that day; None: unknown; party None: acts for nobody."""
    parties = {i["insurer_id"] for i in _rows(world, "insurers")} | {g["agency_id"] for g in _rows(world, "agencies")}
    if viewer in parties:
        return {(viewer, None)}
    offices = [o for o in _rows(world, "offices") if o["office_id"] == viewer]
    if offices:
        return {(o["party_id"], None) for o in offices}
    accounts = [a for a in _rows(world, "accounts") if a["account_id"] == viewer]
    if accounts:
        return _account(world, accounts, day)
    if any(viewer == e["person_id"] for e in _rows(world, "people")):
        return _as_person(world, viewer, day)
    return _mailbox(world, viewer, day)


def _account(world: World, accounts: Sequence[Row], day: date) -> set[tuple[str | None, str | None]]:
    live = [a for a in accounts if _in_force(a, day)]
    if not live:
        return {(None, a.get("person_id")) for a in accounts}
    found: set[tuple[str | None, str | None]] = set()
    for account in live:
        if account.get("person_id"):
            found |= _as_person(world, account["person_id"], day)
        else:
            found.add((account["party_id"], None))
    return found


def _as_person(world: World, person: str, day: date) -> set[tuple[str | None, str | None]]:
    return {(party, person) for party in _person_parties(world, person, day)} or {(None, person)}


def _mailbox(world: World, viewer: str, day: date) -> set[tuple[str | None, str | None]] | None:
    if "@" not in viewer:
        return None
    exact = [a for a in _rows(world, "addresses") if a["address"] == viewer and _in_force(a, day)]
    domain = viewer[viewer.index("@") :]
    domains = [a for a in _rows(world, "addresses") if a["address"] == domain and _in_force(a, day)]
    if not exact:
        return {(a["party_id"], None) for a in domains} or None
    found: set[tuple[str | None, str | None]] = set()
    for address in exact:
        person = address.get("person_id")
        if address.get("party_id"):
            found.add((address["party_id"], person))
        elif domains:
            found |= {(a["party_id"], person) for a in domains}
        elif person:
            found |= _as_person(world, person, day)
        else:
            found.add((None, None))
    return found


def _appointed(world: World, insurer: str, agency: str, line: str, day: date) -> bool:
    return any(
        (a["insurer_id"], a["agency_id"], a["line"]) == (insurer, agency, line) and _in_force(a, day)
        for a in _rows(world, "appointments")
    )


def _supervises(world: World, above: str | None, below: str | None, day: date) -> bool:
    return any(
        (s["supervising_agency_id"], s["working_agency_id"]) == (above, below) and _in_force(s, day)
        for s in _rows(world, "supervisions")
    )


def _servants(world: World, policy: Row, day: date) -> list[tuple[str, str | None]]:
    key = (policy["insurer_id"], policy["policy_no"])
    history = [t for t in _rows(world, "transfers") if (t["insurer_id"], t["policy_no"]) == key]
    if not history:
        return [(policy["agency_id"], policy.get("working_agency_id"))]
    return [(t["agency_id"], t.get("working_agency_id")) for t in history if _in_force(t, day)]


def _has_duty(world: World, party: str, person: str | None, policy: Row, day: date) -> bool:
    if person is None:
        return True
    mine = [d for d in _rows(world, "duties") if (d["person_id"], d["party_id"]) == (person, party)]
    if not mine:
        return True
    return any(
        _in_force(d, day)
        and d.get("insurer_id") in (None, policy["insurer_id"])
        and d.get("line") in (None, policy["line"])
        and (d.get("office_id") is None or d["office_id"] == policy.get("office_id"))
        and (not d.get("own_only") or policy.get("producer_id") == person)
        for d in mine
    )


def _given(row: Row, asked: Row) -> bool:
    day = asked["on_date"]
    if not _in_force(row, day):
        return False
    if row.get("withdrawn_on") is not None and day >= row["withdrawn_on"]:
        return False
    if asked["purpose"] is not None and asked["purpose"] != row["purpose"]:
        return False
    return not (asked["items"] & ~row["items_mask"]) and not (asked["items"] & MY_NUMBER)


def party_grounds(world: World, party: str, policy: Row, asked: Row) -> Iterator[str]:
    """The grounds on which this party may hold the policy."""
    day, insurer, line = asked["on_date"], policy["insurer_id"], policy["line"]
    if party == insurer:
        yield "underwriter"
    appointed = _appointed(world, insurer, party, line, day)
    for handling, working in _servants(world, policy, day):
        if party == handling and appointed:
            yield "handling"
        if party == working and _supervises(world, handling, party, day) and appointed:
            yield "working"
        if appointed and (_supervises(world, party, handling, day) or _supervises(world, party, working, day)):
            yield "supervising"
    for consent in _consents(world, policy):
        if consent["recipient_id"] == party and _given(consent, asked):
            yield "consent"
    for joint_use in _rows(world, "joint_uses"):
        members = joint_use["party_ids"].split(";")
        if party != insurer and party in members and insurer in members and _given(joint_use, asked):
            yield "joint_use"


def _consents(world: World, policy: Row) -> list[Row]:
    key = (policy["insurer_id"], policy["policy_no"])
    return [c for c in _rows(world, "consents") if (c["insurer_id"], c["policy_no"]) == key]


def decide(world: World, policy: Row, asked: Row) -> tuple[str, str | None]:
    """Verdict and ground."""
    day, viewer = asked["on_date"], asked["viewer"]
    found = standings(world, viewer, day)
    held: set[str] = set()
    for party, person in found or ():
        if party is not None and _has_duty(world, party, person, policy, day):
            held |= set(party_grounds(world, party, policy, asked))
    persons = {person for _, person in found or () if person}
    for consent in _consents(world, policy):
        if (consent["recipient_id"] in persons or consent["recipient_id"].lower() == viewer) and consent[
            "recipient_id"
        ] not in {party for party, _ in found or ()}:
            held |= {"consent"} if _given(consent, asked) else set()
    if (policy.get("email") or "").lower() == viewer:
        held.add("subject")
    for ground in GROUNDS:
        if ground in held:
            return "entitled", ground
    return ("unresolved" if found is None else "not_entitled"), None
