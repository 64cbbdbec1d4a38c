"""Everyday mail round the planted cases: most without customer data or to those entitled to it, one in fifty an A1.

Written in blocks so that a hundred thousand mails need neither much time nor memory.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from sekisho.demo.attachments import csv_file, xlsx_file
from sekisho.demo.cast import AGENCY_NAME, DOMAIN, DUTIES, LEAVER, LINE, PEOPLE, SECONDEE_ADDRESS, WORKING
from sekisho.demo.dice import Ints, Roll
from sekisho.demo.filler import filler
from sekisho.demo.lists import FEW, USUAL, Policy, as_bullets, as_html, as_text, rows_of
from sekisho.demo.mailroom import MailRoom, address_of, party_of, sign
from sekisho.demo.mime import BYTES_PER_CHARACTER, Draft, writes
from sekisho.demo.policies import SEGMENTS, Segment
from sekisho.kernel.clock import JST

_BLOCK = 500
_QUARTER_MINUTES = 91 * 9 * 60
_OVERHEAD = 700
"""Bytes of header and MIME around a small body, about."""
_HTML_BYTES = 5
"""Per character of a table in HTML (tags and Japanese, quoted-printable), about."""

_KINDS = {
    "chatter": 34,
    "to_insurer": 20,
    "to_agency": 16,
    "to_branches": 10,
    "to_holder": 10,
    "names_only": 6,
    "to_working": 2,
    "leak": 2,
}
_CHARSETS = ["iso2022_jp"] * 10 + ["utf-8"] * 7 + ["cp932"] * 2 + ["euc_jp"]
_SUBJECTS = [
    "ご連絡",
    "ご確認のお願い",
    "Re: お打ち合わせ",
    "更改の件",
    "ご契約の件",
    "今月の予定",
    "Re: ご相談",
    "書類の件",
]
_MULTI_CARRIER = ("AOBA", "SAKURA", "HINATA")
_LIMITED = {row["person_id"] for row in DUTIES}


@dataclass(frozen=True, slots=True)
class _Plan:
    """What a mail is to be, before its policies are looked up."""

    number: int
    kind: str
    segment: Segment
    rows: Ints
    other: str  # leak, names_only: the insurer that must not have it


class Traffic:
    """Everyday mail of the quarter. ``sizes``: smallest and biggest size of a mail in bytes, about."""

    def __init__(self, room: MailRoom, sizes: tuple[int, int] | None) -> None:
        self.room = room
        self.sizes = sizes
        self.kinds = [kind for kind, share in _KINDS.items() for _ in range(share)]
        # 丁's policies at 清流 changed hands inside the quarter: left to the planted cases.
        self.pools = {
            segment: rows
            for segment in SEGMENTS
            if segment[:2] != ("TEI", "SEIRYU") and len(rows := room.ledger.rows(*segment))
        }
        self.free = {segment: free for segment, rows in self.pools.items() if len(free := room.unused(rows))}
        self.staff: dict[str, list[str]] = {}
        for person in PEOPLE:
            name = person.mail.split("@")[0]
            # secondees write in the planted cases only: what they send home would be of another cause
            if name != LEAVER and name not in SECONDEE_ADDRESS and person.person_id not in _LIMITED:
                self.staff.setdefault(party_of(name), []).append(name)

    def drafts(self, count: int) -> Iterator[Draft]:
        """``count`` mails; what leaks in them is added to the planted findings as it is written."""
        for start in range(0, count, _BLOCK):
            rolls = [self.room.dice.roll(f"mail {n}") for n in range(start, min(start + _BLOCK, count))]
            plans = [self._plan(start + at, roll) for at, roll in enumerate(rolls)]
            policies = self.room.ledger.policies(np.concatenate([plan.rows for plan in plans]))
            taken = 0
            for plan, roll in zip(plans, rolls, strict=True):
                yield self._write(plan, policies[taken : taken + len(plan.rows)], roll)
                taken += len(plan.rows)

    def _plan(self, number: int, roll: Roll) -> _Plan:
        kind = roll.pick(self.kinds)
        pools = self.free if kind in ("leak", "names_only") else self.pools
        segments = [s for s in pools if _suits(kind, s)]
        segment = roll.pick(segments)
        others = [i for i in ("KOU", "OTSU", "TEI") if i != segment[0]]
        limit = {"chatter": 0, "to_holder": 1, "names_only": 2}.get(kind, 14)
        wanted = 0 if limit == 0 else roll.between(1, limit)
        pool = pools[segment]
        chosen = sorted({int(pool[roll.below(len(pool))]) for _ in range(wanted)})
        return _Plan(number, kind, segment, np.array(chosen, dtype=np.int64), roll.pick(others))

    def _write(self, plan: _Plan, policies: Sequence[Policy], roll: Roll) -> Draft:
        sender, to, cc = self._addresses(plan, policies, roll)
        minute = roll.below(_QUARTER_MINUTES)
        day, rest = divmod(minute, 9 * 60)
        draft = Draft(
            message_id=f"t{plan.number:07d}@{address_of(sender).split('@')[1]}",
            at=datetime(2026, 4, 1, 9, tzinfo=JST) + timedelta(days=day, minutes=rest),
            sender=address_of(sender),
            to=to,
            cc=cc,
            subject=roll.pick(_SUBJECTS),
            text="",
            charset=roll.pick(_CHARSETS),
            extended_names=roll.below(3) == 0,
        )
        lead = _fill(draft, plan.kind, policies, roll)
        if not writes(lead + draft.html, draft.charset):
            draft.charset = "utf-8"
        wanted = roll.between(*self.sizes) if self.sizes else 0
        have = _OVERHEAD + sum(len(a.content) * 4 // 3 for a in draft.attachments)
        have += int(len(lead) * BYTES_PER_CHARACTER[draft.charset]) + len(draft.html) * _HTML_BYTES
        missing = int((wanted - have) / BYTES_PER_CHARACTER[draft.charset])
        draft.text = f"お疲れさまです。\n\n{lead}{filler(roll, max(missing, 80))}\n{sign(sender)}"
        if plan.kind == "leak":
            self.room.leak(draft, "A1", policies, [plan.other], agency=plan.segment[1])
        return draft

    def _addresses(self, plan: _Plan, policies: Sequence[Policy], roll: Roll) -> tuple[str, list[str], list[str]]:
        """Sender (local part), To and Cc."""
        insurer, agency, working = plan.segment
        at_agency = roll.pick(self.staff[agency])
        if plan.kind in ("leak", "to_branches") or (plan.kind == "to_working" and agency == "AOBA"):
            at_agency = self.staff[agency][0]  # the head office
        branches = [f"honsha@{DOMAIN[agency]}"] if agency in DOMAIN else [address_of(at_agency)]
        to_own, to_other = self._at_insurer(insurer, roll), self._at_insurer(plan.other, roll)
        routes: dict[str, tuple[str, list[str], list[str]]] = {
            "to_agency": (self.staff[insurer][0], [address_of(at_agency)], []),
            "to_branches": (at_agency, branches, [address_of(name) for name in self.staff[agency][1:3]]),
            "to_working": (at_agency, [address_of(name) for name in self.staff.get(working, [])[:1]], []),
            "to_holder": (at_agency, [policy["email"] for policy in policies[:1]], []),
            "names_only": (self.staff[agency][0], [to_other], []),
            "leak": (at_agency, branches, [to_own, to_other]),
        }
        return routes.get(plan.kind, (at_agency, [to_own], []))

    def _at_insurer(self, insurer: str, roll: Roll) -> str:
        if roll.below(4) == 0:
            return f"tantou{roll.between(1, 20)}@{DOMAIN[insurer]}"
        return address_of(roll.pick(self.staff[insurer]))


def _suits(kind: str, segment: Segment) -> bool:
    """Whether a mail of this kind can be about policies of this segment."""
    insurer, agency, working = segment
    match kind:
        case "to_working":
            return working != ""
        case "leak":
            return agency in _MULTI_CARRIER and not working and LINE[insurer] == "nonlife"
        case "to_branches":
            return agency in _MULTI_CARRIER
        case "names_only":
            return agency not in WORKING and agency in AGENCY_NAME
        case _:
            return True


def _fill(draft: Draft, kind: str, policies: Sequence[Policy], roll: Roll) -> str:
    """Put the policies into body, HTML or attachment; returns the text that leads."""
    if not policies:
        return ""
    if kind == "names_only":
        return "、".join(f"{p['holder_name'].replace('　', ' ')}様" for p in policies) + "のお宅へ伺う予定です。\n"
    if kind == "to_holder":
        return f"{policies[0]['holder_name']}様\n証券番号 {policies[0]['policy_no']} の満期のご案内です。\n"
    rows = rows_of(policies, roll.pick((USUAL, FEW)), style=roll.below(3))
    match roll.below(10):
        case 0 | 1:
            draft.attachments.append(csv_file("一覧.csv", rows))
        case 2:
            draft.attachments.append(xlsx_file("一覧.xlsx", rows, title="契約一覧"))
        case 3:
            draft.html = as_html("一覧は次のとおりです。", rows)
        case 4 | 5 | 6:
            return as_bullets(rows) + "\n"
        case _:
            return as_text(rows, roll.pick(("\t", "　", "  "))) + "\n"
    return "一覧をお送りします。\n"
