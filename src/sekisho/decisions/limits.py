"""How much a client may ask, and how long and how large a request may be: ``[decisions]`` in ``sekisho.toml``."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from sekisho.decisions.log import ANSWER, SECOND
from sekisho.decisions.log_key import SETTING
from sekisho.kernel.errors import InputError


@dataclass(frozen=True, slots=True)
class Limits:
    """Every field is a setting of the same name. Times in seconds, sizes in bytes."""

    per_second: int = 2000
    """Evaluations a second that a client may ask for, in the long run. (A search counts as ``search_cost``.)"""
    burst: int = 4000
    """… and at once, after a pause."""
    search_cost: int = 50
    evaluations: int = 1000
    """In one request."""
    page: int = 1000
    """Results in one page of a search."""
    body_bytes: int = 1_048_576
    depth: int = 16
    """Of nested objects and arrays."""
    request_seconds: float = 10.0
    """From the last byte of a request to its answer."""
    search_seconds: float = 30.0
    head_seconds: float = 10.0
    """For a client to send the head of a request, and as much again for its body."""
    head_bytes: int = 16_384
    idle_seconds: float = 30.0
    """An unused connection is closed after that."""
    connections: int = 256
    waiting: int = 20_000
    """Evaluations that may wait for their turn, of all clients together."""
    searches: int = 8
    """… and searches."""
    durable: str = ANSWER
    """``answer``: on the disk before the caller hears it; ``second``: synced once a second."""
    log_requests: bool = True
    """A line on stderr for each request."""


def limits_from(settings: Mapping[str, Any], where: str) -> Limits:
    """The limits that a workspace's settings give. Raises ``InputError`` for what cannot be."""
    section = settings.get("decisions", {})
    if not isinstance(section, dict):
        raise InputError("decisions is no section", where=where, remedy="write it as [decisions]")
    known = {field.name: field for field in fields(Limits)}
    given: dict[str, Any] = {}
    for name, value in section.items():
        if name == SETTING:  # no limit: ``log_key``
            continue
        if name not in known:
            raise InputError(
                f"[decisions] has no setting {name}", where=where, remedy=f"use {', '.join([*known, SETTING])}"
            )
        given[name] = _checked(name, value, type(known[name].default), where)
    found = Limits(**given)
    if found.burst < found.search_cost or found.burst < found.evaluations:
        raise InputError(
            "[decisions] burst is smaller than one search or one full request", where=where, remedy="make it larger"
        )
    return found


def _checked(name: str, value: object, kind: type, where: str) -> object:
    if kind is str:
        if value not in (ANSWER, SECOND):
            raise InputError(f"[decisions] {name} is {value!r}", where=where, remedy=f"write {ANSWER!r} or {SECOND!r}")
        return value
    if kind is bool:
        if type(value) is not bool:
            raise InputError(f"[decisions] {name} is {value!r}", where=where, remedy="write true or false")
        return value
    number = float(value) if kind is float and type(value) is int else value
    if type(number) is not kind or not 0 < number < 1e12:  # type: ignore[operator]
        raise InputError(f"[decisions] {name} is {value!r}", where=where, remedy="write a number above 0")
    return number


class Bucket:
    """What one client may still ask for: fills with ``rate`` a second up to ``burst``."""

    __slots__ = ("_at", "_burst", "_left", "_rate")

    def __init__(self, rate: float, burst: float, at: float) -> None:
        self._rate, self._burst = rate, burst
        self._left, self._at = burst, at

    def take(self, cost: float, at: float) -> float:
        """Take it and return 0; or take nothing and return the seconds until there will be enough."""
        self._left = min(self._burst, self._left + (at - self._at) * self._rate)
        self._at = at
        cost = min(cost, self._burst)
        if cost <= self._left:
            self._left -= cost
            return 0.0
        return (cost - self._left) / self._rate
