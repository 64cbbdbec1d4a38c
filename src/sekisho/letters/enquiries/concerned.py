"""The persons concerned by an incident as a register for enquiries, also those who could not be written to.

Held beside the recipients in DuckDB; a look-up reads the few rows of one name, so that 204,783 persons need no memory.
"""

from collections.abc import Sequence

import pyarrow as pa

from sekisho.letters.addressing.gathering import NAMES, ON_RECORD, OWN_LINES
from sekisho.letters.addressing.recipients import Gathered
from sekisho.letters.enquiries.asking import Known
from sekisho.letters.enquiries.callers import name_key

MAX_NAMESAKES = 200
"""More of one name are not compared: then only the serial of a letter helps."""


class Concerned:
    """A register (``enquiries.Register``) over what was gathered; it lives as long as that is open."""

    def __init__(self, mailing: Gathered) -> None:
        self._mailing = mailing
        rows = mailing.ask(NAMES)
        mailing.keep_name_keys(
            pa.table(
                {
                    "key": pa.array([name_key(name) for _, name in rows], pa.string()),
                    "person": pa.array([person for person, _ in rows], pa.string()),
                }
            )
        )

    def named(self, name: str) -> Sequence[Known]:
        """All persons of a name or of its reading."""
        key = name_key(name)
        if not key:
            return ()
        asked = "SELECT DISTINCT person FROM name_keys WHERE key = $key ORDER BY person LIMIT $most"
        persons = [row[0] for row in self._mailing.ask(asked, {"key": key, "most": MAX_NAMESAKES})]
        lines: dict[str, list[tuple[object, ...]]] = {}
        for person, *row in self._mailing.ask(OWN_LINES, {"persons": persons}):
            lines.setdefault(person, []).append(tuple(row))
        return tuple(
            Known(
                person=person,
                names=(*(names or ()), *(kana or ())),
                addresses=tuple(addresses or ()),
                birth_dates=tuple(days or ()),
                phones=(*(phones or ()), *(mobiles or ())),
                policy_numbers=tuple(numbers or ()),
                lines=tuple(self._mailing.line(row) for row in lines[person]),
            )
            for person, names, kana, addresses, days, phones, mobiles, numbers in self._mailing.ask(
                ON_RECORD, {"persons": persons}
            )
        )
