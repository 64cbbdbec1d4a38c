"""What stands in a letter apart from the fixed text: plain strings, the same for printing, for the check and for
the record."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from typing import Any

from sekisho.letters.model import Line, Recipient
from sekisho.letters.printing.fonts.characters import composed

_DOUBLED = {str(digit): sum(divmod(2 * digit, 10)) for digit in range(10)}

Cell = tuple[str, ...]
"""Lines of a cell, each wrapped by itself."""


@dataclass(frozen=True, slots=True)
class Told:
    """The strings of one letter. ``rows``: by policy, by column."""

    serial: str
    postal: str
    address: str
    name: str
    keep_end: int
    """Units at the end of the name that stay together."""
    rows: tuple[tuple[Cell, ...], ...]

    def row_hash(self) -> str:
        """Fingerprint of all that differs from letter to letter: proves later what was printed."""
        cells = (line for row in self.rows for cell in row for line in cell)
        return sha256("\x1f".join((self.serial, self.postal, self.address, self.name, *cells)).encode()).hexdigest()


def tell(recipient: Recipient, serial: str, labels: Mapping[str, Any]) -> Told:
    """The strings of a person's letter."""
    code = recipient.postal_code
    title: str = labels["corporate"] if recipient.is_corporate else labels["person"]
    return Told(
        serial=f"{labels['serial']}　{serial}",
        postal=f"{code[:3]}-{code[3:]}" if code else "",
        address=composed(recipient.address.strip()),
        name=f"{composed(recipient.name.strip())}　{title}",
        keep_end=len(title) + 1,
        rows=tuple(map(_cells, recipient.lines)),
    )


def _cells(line: Line) -> tuple[Cell, ...]:
    number = composed(line.policy_no)
    return (
        (number, *_often(line.product), *_often(line.insurer)),
        _often("、".join(line.items)),
        _often(line.disclosed_on),
        _often(line.agency),
        _often(line.received_by),
    )


@lru_cache(maxsize=20_000)
def _often(text: str) -> Cell:
    """A cell, or no line in it, of a text that comes again in other letters."""
    return (composed(text),) if text else ()


def serial_of(series: str, position: int) -> str:
    """``N12-0000001-8``: series, place in the order (from 1), check digit.

    The check digit (Luhn, ISO/IEC 7812-1 annex B, over the seven digits) catches a mistyped digit and neighbours that
    changed places when a returned letter is entered by hand."""
    digits = f"{position:07d}"
    total = sum(map(int, digits[-2::-2])) + sum(_DOUBLED[digit] for digit in digits[-1::-2])
    return f"{series}-{digits}-{-total % 10}"
