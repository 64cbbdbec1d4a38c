"""What became of each letter: printed → posted → delivered or returned (返戻) → sent anew, or made public instead.

Pure functions over values; the store keeps them. Which step may follow which, and the reasons on returned mail, are
data (``status.yaml``). Seed 001: 住所を確認できないお客さま … 公開することで、通知に代えさせていただきます.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache
from importlib import resources
from typing import Any

import yaml

from sekisho.kernel.errors import InputError, SekishoError
from sekisho.kernel.folding import folded
from sekisho.letters.addressing.barcode import bars, printed_number
from sekisho.letters.model import Recipient

SUBSTITUTE = "substitute"
"""Of a reason: the letter cannot be delivered any more; the person is told by publication."""


@dataclass(frozen=True, slots=True)
class State:
    """A state of a letter and the states that may follow it; ``settled``: nothing more has to be done for it."""

    code: str
    ja: str
    next: tuple[str, ...]
    settled: bool = False


@dataclass(frozen=True, slots=True)
class ReturnReason:
    """Why mail came back. ``then``: substitute, or look (somebody should look first)."""

    code: str
    ja: str
    words: tuple[str, ...]
    then: str


@dataclass(frozen=True, slots=True)
class Sent:
    """One letter. ``serial`` stands on it; ``postal_code`` and ``number`` are what its barcode says (``number`` as
    ``barcode.printed_number``), ``has_bars`` whether it carries one. ``state`` since ``since``; ``reason`` of a return.
    """

    serial: str
    person: str
    postal_code: str = ""
    number: str = ""
    has_bars: bool = False
    state: str = "printed"
    since: date | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Summary:
    """How many letters are in which state, and of those that came back, why."""

    states: Mapping[str, int]
    reasons: Mapping[str, int]
    total: int

    def lines(self) -> list[str]:
        """In words, in the order of the way of a letter; states in which none is, are shown too."""
        told = [f"{state.ja}: {self.states.get(code, 0):,}通" for code, state in states().items()]
        told += [f"　返戻の理由 {reasons()[code].ja}: {count:,}通" for code, count in self.reasons.items()]
        return [*told, f"合計: {self.total:,}通"]


def printed(recipient: Recipient, serial: str, on: date, *, individual: bool = False) -> Sent:
    """A letter as it leaves the printer. ``individual``: as for ``barcode.bars``."""
    has_bars = bool(bars(recipient.postal_code, recipient.address, individual=individual))
    number = printed_number(recipient.address, individual=individual) if has_bars else ""
    return Sent(serial, recipient.person, recipient.postal_code, number, has_bars, _content()["first"], on)


def step(letter: Sent, to: str, on: date, *, reason: str = "") -> Sent:
    """The letter in its next state. Raises ``InputError`` for a state or reason that does not exist, ``SekishoError``
    for one that may not follow, a day before the last one, and a return without a reason."""
    here = f"letter {letter.serial}"
    if to not in states():
        raise InputError(f"{to!r} is no state of a letter", where=here, remedy=f"use one of {', '.join(states())}")
    now = states()[letter.state]
    if to not in now.next:
        follows = " or ".join(f"{code} ({states()[code].ja})" for code in now.next) or "nothing; make a new letter"
        raise SekishoError(
            f"is {letter.state} ({now.ja}) and cannot become {to} ({states()[to].ja})",
            where=here,
            remedy=f"after {letter.state} comes {follows}",
        )
    if letter.since is not None and on < letter.since:
        raise SekishoError(
            f"has been {letter.state} since {letter.since}; {on} is before that",
            where=here,
            remedy="enter the day on which it happened",
        )
    if to == "returned" and reason not in reasons():
        raise InputError(
            "a returned letter needs the reason that stands on it",
            where=here,
            remedy=f"use one of {', '.join(f'{code} ({why.ja})' for code, why in reasons().items())}",
        )
    return replace(letter, state=to, since=on, reason=reason if to == "returned" else letter.reason)


def assumed_delivered(letters: Iterable[Sent], on: date, *, days: int | None = None) -> list[Sent]:
    """Those posted letters that by ``on`` have not come back for ``days`` (as in ``status.yaml``), as delivered."""
    wait = timedelta(days=_content()["delivered_after_days"] if days is None else days)
    return [
        step(letter, "delivered", on)
        for letter in letters
        if letter.state == "posted" and letter.since is not None and letter.since + wait <= on
    ]


def to_substitute(letters: Iterable[Sent]) -> list[Sent]:
    """Returned letters whose reason says that the person cannot be reached: to be told by publication."""
    return [
        letter
        for letter in letters
        if letter.state == "returned" and reasons()[letter.reason or "other"].then == SUBSTITUTE
    ]


def summary(letters: Iterable[Sent]) -> Summary:
    """Counts by state; reasons of those that have come back and are not yet settled."""
    every = list(letters)
    back = Counter(letter.reason for letter in every if letter.state == "returned")
    return Summary(
        states=dict(Counter(letter.state for letter in every)),
        reasons={code: back[code] for code in reasons() if back[code]},
        total=len(every),
    )


def reason_of(text: str) -> str:
    """The code of a reason from its code, its Japanese name, or what the slip says; "" when it is none of them."""
    plain = folded(text).replace(" ", "")
    if not plain:
        return ""
    for code, reason in reasons().items():
        if plain == folded(code):
            return code
        if any(folded(word) in plain for word in reason.words):
            return code
    return ""


@cache
def states() -> dict[str, State]:
    """All states by code."""
    return {
        code: State(code, row["ja"], tuple(row["next"]), bool(row.get("settled", False)))
        for code, row in _content()["states"].items()
    }


@cache
def reasons() -> dict[str, ReturnReason]:
    """All reasons of returned mail by code."""
    return {
        code: ReturnReason(code, row["ja"], tuple(row["words"]), row["then"])
        for code, row in _content()["reasons"].items()
    }


@cache
def _content() -> dict[str, Any]:
    text = resources.files("sekisho.letters.sending").joinpath("status.yaml").read_text(encoding="utf-8")
    loaded: dict[str, Any] = yaml.safe_load(text)
    return loaded
