"""What a letter says, and to whom: plain values between gathering (who gets one) and printing (how it looks)."""

from dataclasses import dataclass
from enum import StrEnum

from sekisho.incidents.sender import Company, Desk


@dataclass(frozen=True, slots=True)
class Line:
    """One policy in a letter: what of it became known, when, from where, to whom. All in words for the reader."""

    policy_no: str
    insurer: str
    items: tuple[str, ...]
    disclosed_on: str
    agency: str
    received_by: str
    product: str = ""


@dataclass(frozen=True, slots=True)
class Recipient:
    """One person (or corporate holder) who is written to, with just the own lines.

    ``person``: the key under which counting knows him (``incidents.counting``); ``postal_code``: 7 digits or "";
    ``address`` as in the ledger; ``email`` only where a variant by mail is wanted."""

    person: str
    name: str
    is_corporate: bool
    postal_code: str
    address: str
    lines: tuple[Line, ...]
    email: str = ""


@dataclass(frozen=True, slots=True)
class Wording:
    """The fixed text of a letter. ``closing`` comes after the table. No customer's data stands in it: what differs
    from letter to letter has its own place (name, address, lines, serial)."""

    title: str
    opening: tuple[str, ...]
    closing: tuple[str, ...]
    date_line: str
    company: Company
    desk: Desk


class Held(StrEnum):
    """Why a letter is held back."""

    UNKNOWN_POLICY = "unknown_policy"
    """The policy does not stand in the ledger: nobody knows whose it is (個人を特定できないお客さま)."""
    UNRESOLVED = "unresolved"
    """Whether this disclosure was entitled could not be decided: a person decides first."""
    NO_NAME = "no_name"
    NO_ADDRESS = "no_address"
    NO_POSTAL_CODE = "no_postal_code"
    GLYPH = "glyph"
    """A character, or its prescribed variant, that no installed font can print."""
    TOO_LONG = "too_long"
    """Name, address or lines do not fit their place at the smallest size allowed."""


@dataclass(frozen=True, slots=True)
class HeldBack:
    """A letter that is not printed. ``detail`` names characters by code point (U+9089 U+E0101), never the name."""

    person: str
    reason: Held
    detail: str
