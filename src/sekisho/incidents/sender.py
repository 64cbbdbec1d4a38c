"""Who writes to the persons concerned: plain values apart from the rest, since processes that print letters need
nothing else of an incident."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Desk:
    """The enquiry desk as it is told to the public (seed 001: ＜お問合せ窓口＞)."""

    name: str = ""
    phone: str = ""
    hours: str = ""
    email: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Company:
    """Who answers: as it stands at the head of letters and releases."""

    party_id: str
    name: str
    representative: str = ""
    department: str = ""
    postal_code: str = ""
    address: str = ""
    registration: str = ""
