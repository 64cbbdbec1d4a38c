"""Cause codes (A1 … G6): what happened, its usual legal character, whose case it is counted as.

Source: ``parameters/causes.yaml`` (FACTS §1 and §3, the seeds, and the act).
"""

from dataclasses import dataclass
from functools import cache

from sekisho.law.load import parameters


@dataclass(frozen=True, slots=True)
class Cause:
    """``counted_under`` tells the agency whose case it is: sender | handling | host | supervising."""

    code: str
    ja: str
    what: str
    legal_character: str
    counted_under: str
    seed: str


@cache
def causes() -> dict[str, Cause]:
    """All causes by code, in the order of the tables."""
    return {row["code"]: Cause(**row) for row in parameters("causes")["causes"]}


@cache
def counted_once() -> tuple[tuple[str, str], ...]:
    """Pairs (kept, dropped): a case of both causes is counted under the first only (seed 001 note ※2)."""
    return tuple((pair["kept"], pair["dropped"]) for pair in parameters("causes")["counted_once"])


@cache
def legal_characters() -> dict[str, str]:
    """Legal character codes and their Japanese names."""
    return dict(parameters("causes")["legal_characters"])
