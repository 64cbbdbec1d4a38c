"""Messages in which nothing may be found: untouched mail, real sentences, and near misses of ledger records.

Near misses are the ways in which a matcher goes wrong: a name alone, a number with one digit changed, a number inside
a longer one, somebody's name with somebody else's second item, persons who are in no ledger at all.
"""

import json
import random
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from tools.accuracy import charsets, hosts, notations
from tools.accuracy.hosts import Host
from tools.accuracy.notations import BIRTHS, NAMES, PHONES, POLICY_NO, SECOND
from tools.accuracy.units import Source
from tools.ledger import (
    FIRST_BIRTH,
    GIVEN,
    INSURERS,
    LAST_BIRTH,
    RECEIVER,
    SENDER,
    SURNAMES,
    Ledger,
    Policy,
    make_ledger,
)

KINDS = {
    "mail": "real messages, untouched but for the addresses",
    "sentence": "real Japanese sentences, one a message",
    "name": "a ledger name alone",
    "digit": "a policy number with one digit changed",
    "longer": "a policy number inside a longer number",
    "birth": "a ledger name with another birth date",
    "phone": "a ledger name with a phone number one digit off",
    "house": "a ledger name with the neighbour's address",
    "outsider": "a person of no ledger, with name, birth date, phone, address, policy number",
    "outsiders' table": "a table of such persons without insurer column",
}


@dataclass(frozen=True, slots=True)
class Clean:
    """A message without any ledger record; ``kind`` is one of KINDS."""

    ident: str
    kind: str
    raw: bytes
    text: str = ""


def untouched(found: list[Host]) -> Iterator[Clean]:
    for number, host in enumerate(found):
        ident = f"mail-{number:06d}"
        yield Clean(ident, "mail", hosts.readdressed(host.raw, sender=SENDER, recipient=RECEIVER, ident=ident))


def sentences(path: Path) -> Iterator[Clean]:
    """Sentences of a named-entity corpus (JSON list of objects with ``text``)."""
    for number, entry in enumerate(json.loads(path.read_text(encoding="utf-8"))):
        yield _message(f"sentence-{number:06d}", "sentence", entry["text"], charsets.JAPANESE[number % 5])


def near_misses(ledger: Ledger, count: int, seed: int) -> Iterator[Clean]:
    """About ``count`` messages, the kinds of near misses in turn. None of them is a record of the ledger by chance:
    changed numbers and changed pairs are looked up in the ledger first."""
    maker = _NearMisses(ledger, seed)
    makers: list[tuple[str, Callable[[], str]]] = [
        ("name", maker.name), ("name", maker.name), ("digit", maker.digit), ("digit", maker.digit),
        ("longer", maker.longer),
        ("birth", maker.birth), ("birth", maker.birth), ("phone", maker.phone), ("house", maker.house),
        ("outsider", maker.outsider), ("outsider", maker.outsider), ("outsiders' table", maker.table),
    ]  # fmt: skip
    for number in range(count):
        kind, make = makers[number % len(makers)]
        text = make()
        word = kind.split("'")[0]
        yield _message(f"near{word}-{number:06d}", kind, text, "utf-8" if number % 2 else "iso-2022-jp")


def _message(ident: str, kind: str, text: str, charset: str) -> Clean:
    data = charsets.encode(text, charset)
    if data is None:
        charset, data = "utf-8", text.encode()
    head = (
        f"From: {SENDER}\nTo: {RECEIVER}\nDate: Mon, 01 Apr 2024 09:00:00 +0900\n"
        f"Message-ID: <{ident}@planted.example>\n"
        f"Subject: test\nMIME-Version: 1.0\nContent-Type: text/plain; charset={charset}\nContent-Transfer-Encoding: "
    )
    return Clean(
        ident, kind, head.encode() + (b"7bit" if charset == "iso-2022-jp" else b"8bit") + b"\n\n" + data + b"\n", text
    )


class _NearMisses:
    def __init__(self, ledger: Ledger, seed: int) -> None:
        self._rng = random.Random(seed)
        self._source = Source(ledger, seed + 1)
        self._numbers = {n.replace("-", "") for n in ledger.numbers}
        parts = ledger.parts
        code = (parts["surname"].astype("int64") * len(GIVEN) + parts["given"]) * 100_000
        self._births = set((code + parts["birth"]).tolist())
        self._phones = {p for name in ("phone", "mobile") for p in parts[name].tolist()}
        houses = zip(
            code.tolist(), parts["town"].tolist(), parts["house0"].tolist(), parts["house1"].tolist(), strict=True
        )
        self._houses = Counter(houses)
        self._strangers = make_ledger(20_000, seed=seed + 4711)
        self._next_stranger = iter(range(len(self._strangers)))

    def _name(self, policy: Policy) -> str:
        made = notations.pick(self._rng, policy, NAMES)
        assert made is not None
        return made[1]

    def _in_births(self, policy: Policy, days: int) -> bool:
        code = SURNAMES.index(policy.surname) * len(GIVEN) + GIVEN.index(policy.given)
        return code * 100_000 + days in self._births

    def name(self) -> str:
        name = self._name(self._source.person())
        return self._rng.choice([
            f"{name}様よりお電話がありました。折り返しお願いします。",
            f"担当：{name}",
            f"本日の会議は{name}さんと伺います。よろしくお願いいたします。\n2024年4月1日 10時 会議室3",
            f"株式会社青空商事　営業部　{name}\n〒100-0000 東京都千代田区丸の内9-9-9\nTEL 03-9999-0000",
        ])  # fmt: skip

    def digit(self) -> str:
        while True:
            policy = self._source.record()
            number = notations.bare(policy)
            at = self._rng.choice([i for i, c in enumerate(number) if c.isdigit()])
            changed = number[:at] + str((int(number[at]) + self._rng.randrange(1, 10)) % 10) + number[at + 1 :]
            if changed not in self._numbers:
                break
        shown = changed[:4] + "-" + changed[4:] if "-" in policy.policy_no else changed
        return notations.number_text(shown, self._rng.randrange(20))

    def longer(self) -> str:
        digits = "".join(c for c in self._source.record().policy_no if c.isdigit())
        before, after = str(self._rng.randrange(1, 1000)), str(self._rng.randrange(10, 1000))
        return self._rng.choice(
            ["送り状番号 {}", "注文番号：{}", "http://www.example.com/?id={}", "伝票{}の件"]
        ).format(before + digits + after)

    def birth(self) -> str:
        while True:
            policy, days = self._source.person(), self._rng.randrange((LAST_BIRTH - FIRST_BIRTH).days)
            if not self._in_births(policy, days):
                break
        written = next(t for w in self._shuffled(BIRTHS) if (t := w(_with_birth(policy, days))) is not None)
        return notations.pair_text(self._name(policy), written, "birth date", self._rng.randrange(20))

    def phone(self) -> str:
        while True:
            policy = self._source.person()
            number = policy.phone or policy.mobile
            changed = number[:-1] + str((int(number[-1]) + self._rng.randrange(1, 10)) % 10) if number else ""
            if changed and changed not in self._phones:
                break
        return notations.pair_text(self._name(policy), changed, "phone", self._rng.randrange(20))

    def house(self) -> str:
        while True:
            policy = self._source.person()
            house = (policy.house[0], policy.house[1] + self._rng.randrange(1, 9), policy.house[2])
            code = (SURNAMES.index(policy.surname) * len(GIVEN) + GIVEN.index(policy.given)) * 100_000
            if not any(
                key[0] == code and key[2:] == house[:2]
                for key in ((code, t, *house[:2]) for t in range(20))
                if key in self._houses
            ):
                break
        written = policy.place + policy.town + "{}-{}-{}".format(*house)
        return notations.pair_text(self._name(policy), written, "address", self._rng.randrange(20))

    def _stranger(self) -> Policy:
        """Somebody of another ledger who is, with no second item, in ours."""
        while True:
            policy = self._strangers.policy(next(self._next_stranger))
            known = policy.birth is None or self._in_births(policy, (policy.birth - FIRST_BIRTH).days)
            known = (
                known
                or notations.bare(policy) in self._numbers
                or not {policy.phone, policy.mobile} & self._phones <= {""}
            )
            if not known:
                return policy

    def outsider(self) -> str:
        policy = self._stranger()
        lines = [f"お名前：{self._name(policy)}　様"]
        for label, table in (
            ("証券番号", POLICY_NO),
            ("生年月日", BIRTHS),
            ("住所", SECOND["address"]),
            ("電話", PHONES),
        ):
            made = notations.pick(self._rng, policy, table)
            if made is not None:
                lines.append(f"{label}：{made[1]}")
        return "\n".join(lines)

    def table(self) -> str:
        rows = [self._stranger() for _ in range(2)]
        body = [f"{p.policy_no}\t{self._name(p)}\t{p.birth}\t{p.phone}" for p in rows]
        return "\n".join(["受付一覧", "受付番号\t氏名\t生年月日\t電話", *body])

    def _shuffled(self, table: dict[str, notations.Writer]) -> list[notations.Writer]:
        writers = list(table.values())
        self._rng.shuffle(writers)
        return writers


def _with_birth(policy: Policy, days: int) -> Policy:
    assert policy.insurer in INSURERS
    return replace(policy, birth=FIRST_BIRTH + timedelta(days=days))
