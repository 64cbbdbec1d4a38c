"""The room where planted mails are written: unused policies, addresses, consents, and what is expected to be found."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

import numpy as np
import numpy.typing as npt

from sekisho.demo.cast import AGENCY_NAME, NAME, PERSON, SECONDEE_ADDRESS, Row
from sekisho.demo.dice import Dice, Ints
from sekisho.demo.lists import Policy
from sekisho.demo.mime import Attachment, Draft
from sekisho.demo.planted import ExpectedFinding, Harmless, Planted
from sekisho.demo.policies import Ledger
from sekisho.kernel.clock import JST

BRANCHES = ["mihon@aoba.example.jp", "reiji@aoba.example.jp", "kakuu@aoba.example.jp"]
_PARTY_NAME = NAME | AGENCY_NAME


def at(day: str, time: str = "09:30", zone: tzinfo = JST) -> datetime:
    """An instant of the demo's quarter, e.g. ``at("04-06")``."""
    return datetime.fromisoformat(f"2026-{day}T{time}:00").replace(tzinfo=zone)


def address_of(name: str) -> str:
    """Where a person is written to: at his host while seconded, else at work."""
    return SECONDEE_ADDRESS.get(name, PERSON[name].mail)


def party_of(name: str) -> str:
    """For whom a person acts in the demo's quarter."""
    return {"sato": "AOBA", "ito": "SAKURA"}.get(name, PERSON[name].party)


def sign(name: str) -> str:
    """A signature. Its telephone number ends below 1000: no holder has such a one."""
    person = PERSON[name]
    return f"--\n{_PARTY_NAME[party_of(name)]}\n{person.name}\nTEL 03-0000-00{len(name):02d}\n{address_of(name)}\n"


@dataclass(frozen=True, slots=True)
class Consents:
    """The consents that planted mails turn on, and the policies they are for."""

    estimate: Policy  # 甲's policy of 青葉; consent to 乙 from 2026-04-15
    withdrawn: Policy  # the same from 2026-04-01, withdrawn on 2026-05-10
    few_items: Policy  # the same, only number, name and expiry

    def rows(self) -> list[Row]:
        """Rows of the table consents."""
        base = {"insurer_id": "KOU", "recipient_id": "OTSU", "purpose": "他社見積の取得", "end": "2027-03-31"}
        items = "policy_no;holder_name;expiry_date"
        return [
            {"policy_no": self.estimate["policy_no"], "items": "", "start": "2026-04-15", "withdrawn_on": "",
             "evidence": "同意書 2026-04-15", **base},
            {"policy_no": self.withdrawn["policy_no"], "items": "", "start": "2026-04-01", "withdrawn_on": "2026-05-10",
             "evidence": "同意書 2026-04-01", **base},
            {"policy_no": self.few_items["policy_no"], "items": items, "start": "2026-04-01", "withdrawn_on": "",
             "evidence": "同意書 2026-04-01", **base},
        ]  # fmt: skip


class MailRoom:
    """Hands out policies (each at most once) and drafts, and notes what is to be found."""

    def __init__(self, dice: Dice, ledger: Ledger, planted: Planted) -> None:
        self.dice = dice
        self.roll = dice.roll("mail room")
        self.ledger = ledger
        self.planted = planted
        self.drafts: list[Draft] = []
        self._used = np.zeros(ledger.table.num_rows, dtype=np.bool_)
        self._used[0] = True  # the README's policy, planted by hand
        self.yamada = ledger.policies([0])[0]
        self.consents = Consents(*self.take("KOU", "AOBA", 3))

    def take(self, insurer: str, agency: str, count: int, *, working: str = "") -> list[Policy]:
        """``count`` unused policies of persons who hold no other, of this insurer and agency."""
        rows = self.ledger.rows(insurer, agency, working)
        rows = rows[self.ledger.alone[rows] & ~self._used[rows]][: count * 2 + 20]
        found = [
            (row, policy)
            for row, policy in zip(rows, self.ledger.policies(rows), strict=True)
            if policy["holder_kind"] == "person"
        ][:count]
        if len(found) < count:
            raise AssertionError(f"too few policies of {insurer} at {agency}")
        self._used[[row for row, _ in found]] = True
        return [policy for _, policy in found]

    def any_of(self, *wanted: tuple[str, str, int]) -> list[Policy]:
        """Several ``take``s in one list."""
        return [policy for insurer, agency, count in wanted for policy in self.take(insurer, agency, count)]

    def write(
        self, key: str, sender: str, to: Sequence[str], when: datetime, text: str, *,
        subject: str, cc: Sequence[str] = (), bcc: Sequence[str] = (), charset: str = "iso2022_jp",
        html: str = "", attachments: Sequence[Attachment] = (), in_reply_to: str = "",
    ) -> Draft:  # fmt: skip
        """Write a mail from a person of the cast (``sender``: local part) to names of the cast or bare addresses."""
        address = address_of(sender)
        draft = Draft(
            message_id=f"{key}@{address.split('@')[1]}",
            at=when,
            sender=address,
            to=[_address(name) for name in to],
            cc=[_address(name) for name in cc],
            bcc=[_address(name) for name in bcc],
            subject=subject,
            text=f"{text}\n{sign(sender)}",
            html=html,
            charset=charset,
            attachments=list(attachments),
            in_reply_to=in_reply_to,
            names={address: PERSON[sender].name.replace("　", " ")},
            extended_names=len(self.drafts) % 3 == 2,
        )
        self.drafts.append(draft)
        return draft

    def unused(self, rows: Ints) -> Ints:
        """Those of ``rows`` that no planted case uses."""
        free: npt.NDArray[np.bool_] = ~self._used[rows]
        return rows[free]

    def leak(
        self, draft: Draft, cause: str, policies: Sequence[Policy], recipients: Sequence[str], *, agency: str = ""
    ) -> None:
        """Expect a finding for each policy × recipient party, its own insurer left out. ``agency`` "": the handling."""
        for policy in policies:
            for recipient in recipients:
                if recipient != policy["insurer_id"]:
                    self.planted.findings.append(
                        ExpectedFinding(
                            "mail", cause, policy["insurer_id"], policy["policy_no"], recipient,
                            agency or policy["agency_id"], draft.message_id, not recipient.startswith("?"),
                        )
                    )  # fmt: skip

    def harmless(self, draft: Draft, why: str) -> None:
        """Note that this mail must bring no finding."""
        self.planted.harmless.append(Harmless(draft.message_id, why))


def _address(name: str) -> str:
    return name if "@" in name else address_of(name)
