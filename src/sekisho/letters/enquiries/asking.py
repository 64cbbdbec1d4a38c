"""「私は対象ですか」: the caller says who he is first; the answer is yes with his own lines, or one neutral sentence.

Wrong data, too little data and "not concerned" get the same answer, so that nobody can try out who is a customer
(seed 004 <8>: name and address must agree, otherwise no answer at all). Rules, limits and words: ``enquiries.yaml``.
What is logged holds none of the data said: a keyed digest recognises the same caller again, and nothing else.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import cache
from importlib import resources
from typing import Any, Protocol

import yaml

from sekisho.kernel.dates import DateError, parse_date
from sekisho.kernel.errors import InputError
from sekisho.letters.enquiries.callers import address_key, name_key, number_key, phone_key
from sekisho.letters.model import Line

MAX_LENGTH = 200
"""Of each thing a caller says."""


class Outcome(StrEnum):
    """What came of an enquiry. The caller hears no difference between the three neutral ones."""

    CONCERNED = "concerned"
    NOT_FOUND = "not_found"
    MISMATCH = "mismatch"
    """Name and address are there, but something else that was said does not agree."""
    INSUFFICIENT = "insufficient"
    REFUSED = "refused"
    """Over a limit; not looked up."""


@dataclass(frozen=True, slots=True)
class Caller:
    """What the caller says of himself, as the clerk types it; "" for what he does not say."""

    name: str
    address: str
    birth_date: str = ""
    phone: str = ""
    policy_no: str = ""


@dataclass(frozen=True, slots=True)
class Known:
    """A person concerned, with all that is on record of him: every spelling of the name (and kana), every address and
    phone, every policy number."""

    person: str
    names: tuple[str, ...]
    addresses: tuple[str, ...]
    birth_dates: tuple[date, ...]
    phones: tuple[str, ...]
    policy_numbers: tuple[str, ...]
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class LoggedEnquiry:
    """One enquiry as it is kept. ``caller``: keyed digest of name and address; ``said``: which kinds of data were
    given, never the data; ``person``: key of the person told, "" otherwise."""

    at: datetime
    incident: int
    clerk: str
    caller: str
    said: tuple[str, ...]
    outcome: Outcome
    person: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the clerk sees and says. ``lines`` only when concerned. ``log`` is to be kept whatever came of it."""

    concerned: bool
    text: str
    lines: tuple[Line, ...]
    log: LoggedEnquiry


@dataclass(frozen=True, slots=True)
class Limits:
    """How often may be asked: for the same data of a caller, and by one clerk."""

    same_caller: int
    same_caller_within: timedelta
    same_clerk: int
    same_clerk_within: timedelta


class Register(Protocol):
    """The persons concerned by an incident, found by name. Two of one name are told apart by what else is said."""

    def named(self, name: str) -> Sequence[Known]:
        """All persons of a name, or reading of it, however written."""
        ...


class Listed:
    """A register in memory. For a whole incident: ``concerned.Concerned``."""

    def __init__(self, persons: Iterable[Known]) -> None:
        self._by_name: dict[str, list[Known]] = {}
        for known in persons:
            for key in {name_key(name) for name in known.names} - {""}:
                self._by_name.setdefault(key, []).append(known)

    def named(self, name: str) -> Sequence[Known]:
        return self._by_name.get(name_key(name), ())


def enquire(
    register: Register,
    caller: Caller,
    *,
    at: datetime,
    clerk: str,
    incident: int,
    key: bytes,
    before: Iterable[LoggedEnquiry] = (),
    limits: Limits | None = None,
) -> Answer:
    """Look one caller up. ``key``: the secret of the digests (32 bytes, from a file); ``before``: what was logged
    within the longest limit; ``clerk``: who asks. Raises ``InputError`` for a key that is too short, or no clerk."""
    if len(key) < 16 or not clerk:
        raise InputError("an enquiry needs a clerk and a secret key of at least 16 bytes", remedy="sign in first")
    said = tuple(name for name in _SAID if getattr(caller, name).strip())
    digest = caller_digest(caller, key)

    def answered(outcome: Outcome, found: Known | None = None) -> Answer:
        log = LoggedEnquiry(at, incident, clerk, digest, said, outcome, found.person if found else "")
        return Answer(found is not None, answer_words(outcome), found.lines if found else (), log)

    if over_limit(before, digest, clerk, at, limits or default_limits()):
        return answered(Outcome.REFUSED)
    if not _sufficient(said) or any(len(getattr(caller, name)) > MAX_LENGTH for name in _SAID):
        return answered(Outcome.INSUFFICIENT)
    there = [known for known in register.named(caller.name) if _lives_there(known, caller.address)]
    if not there:
        return answered(Outcome.NOT_FOUND)
    agreeing = [known for known in there if _agrees(known, caller)]
    # Two persons to whom all of it fits: nobody may be told the other's lines.
    return answered(Outcome.CONCERNED, agreeing[0]) if len(agreeing) == 1 else answered(Outcome.MISMATCH)


def over_limit(before: Iterable[LoggedEnquiry], caller: str, clerk: str, at: datetime, limits: Limits) -> bool:
    """Whether this caller's data, or this clerk, has been asked about too often. Refused ones count as well."""
    same_caller = same_clerk = 0
    for log in before:
        age = at - log.at
        same_caller += log.caller == caller and timedelta(0) <= age < limits.same_caller_within
        same_clerk += log.clerk == clerk and timedelta(0) <= age < limits.same_clerk_within
    return same_caller >= limits.same_caller or same_clerk >= limits.same_clerk


def caller_digest(caller: Caller, key: bytes) -> str:
    """Recognises the same name at the same address, whoever asks; says nothing without ``key``."""
    told = f"{name_key(caller.name[:MAX_LENGTH])}\x1f{address_key(caller.address[:MAX_LENGTH])}"
    return hashlib.blake2b(
        told.encode("utf-8", "replace"), key=key[:64], digest_size=16, person=b"sekisho-enquiry"
    ).hexdigest()


def default_limits() -> Limits:
    """The limits of ``enquiries.yaml``."""
    rows = _content()["limits"]
    return Limits(
        rows["same_caller"]["count"],
        timedelta(hours=rows["same_caller"]["within_hours"]),
        rows["same_clerk"]["count"],
        timedelta(hours=rows["same_clerk"]["within_hours"]),
    )


_SAID = ("name", "address", "birth_date", "phone", "policy_no")


def _sufficient(said: Sequence[str]) -> bool:
    rules = _content()
    return set(rules["mandatory"]) <= set(said) and len(set(rules["one_of"]) & set(said)) >= rules["at_least"]


def _lives_there(known: Known, address: str) -> bool:
    said = address_key(address)
    return bool(said) and any(address_key(recorded) == said for recorded in known.addresses)


def _agrees(known: Known, caller: Caller) -> bool:
    """Whatever was said and is on record must agree, and at least one thing must have agreed."""
    checks = (
        _check(caller.birth_date, known.birth_dates, _day, lambda day: day),
        _check(caller.phone, known.phones, phone_key, phone_key),
        _check(caller.policy_no, known.policy_numbers, number_key, number_key),
    )
    return False not in checks and True in checks


def _check(said: str, recorded: Sequence[Any], read: Any, known: Any) -> bool | None:
    """None: nothing said, or nothing on record (seed 004: then it is left out)."""
    if not said.strip() or not recorded:
        return None
    told = read(said)
    return told not in ("", None) and told in {known(value) for value in recorded}


def _day(text: str) -> date | None:
    try:
        return parse_date(text)
    except DateError:
        return None


def answer_words(outcome: Outcome) -> str:
    """What is said to the caller (for ``REFUSED``: to the clerk)."""
    words: Mapping[str, str] = _content()["answers"]
    if outcome is Outcome.CONCERNED:
        return words["concerned"]
    return words["refused"] if outcome is Outcome.REFUSED else f"{words['neutral']}{words['neutral_hint']}"


def sheet_words() -> dict[str, Any]:
    """The texts of the desk's sheet."""
    words: dict[str, Any] = _content()["sheet"]
    return words


@cache
def _content() -> dict[str, Any]:
    text = resources.files("sekisho.letters.enquiries").joinpath("enquiries.yaml").read_text(encoding="utf-8")
    loaded: dict[str, Any] = yaml.safe_load(text)
    return loaded


def outcomes(logs: Iterable[LoggedEnquiry]) -> dict[str, int]:
    """How many enquiries came to what, for the sheet of the desk."""
    counts = dict.fromkeys((outcome.value for outcome in Outcome), 0)
    for log in logs:
        counts[log.outcome.value] += 1
    return counts
