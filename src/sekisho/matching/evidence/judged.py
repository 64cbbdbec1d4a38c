"""What a judgement of evidence looks like, and how sure one can be (``docs/matching.md``)."""

from dataclasses import dataclass

LEVELS = ("possible", "probable", "certain")


@dataclass(frozen=True, slots=True)
class Judged:
    """One piece of evidence: a policy row (or −1 with insurer and number as written), where (folded span), items,
    how, and how surely (a place in ``LEVELS``)."""

    row: int
    insurer: str
    number: str
    piece: int
    begin: int
    end: int
    items: int
    matched_by: str
    level: int
