"""Records written as labels with values (証券番号：… / 契約者名：…, 【証券番号】…), read as rows of a list.

The scanner has marked every header word that a colon or bracket follows. A record ends at a blank line, at a second
number or holder, and where the labels are too far apart: what stands behind belongs to somebody else. REQUIREMENTS A2.
"""

import re
from collections.abc import Callable, Iterator, Sequence

from sekisho.matching.insurers import Insurers
from sekisho.matching.lists.cells import HEADER_MAX, is_empty, item_bit, squeezed_number
from sekisho.matching.lists.rows import Area, Row

_VALUE_END = re.compile(r" / |\t|\n|[【〔|;]| {2,}|・(?=\S{2,10}[:=])")
_BLANK_LINE = re.compile(r"\n[ \t>|]*\n")
LABEL_GAP = 200
"""Labels further apart, and longer values, are no record."""

_Labelled = tuple[int, int, int, str]
"""A value: (begin, end, item bit, text)."""


class Records:
    """Reads the records of one message. ``caption(area, at)`` names the insurer told above a place."""

    def __init__(self, text: str, insurers: Insurers, caption: Callable[[Area, int], str]) -> None:
        self._text, self._insurers, self._caption = text, insurers, caption

    def rows(self, area: Area, labels: Sequence[tuple[int, int, int]]) -> Iterator[Row]:
        """The records of ``area`` that have a policy number. ``labels``: (begin, end, item bit)."""
        once = item_bit("policy_no") | item_bit("holder_name")
        found: list[_Labelled] = []
        seen = 0
        for place, (begin, end, bit) in enumerate(labels):
            following = labels[place + 1][0] if place + 1 < len(labels) else area.end
            at, value = self._value(end, min(following, area.end))
            if not value:
                continue
            if found and (
                (bit & seen and (bit & once or bit == found[0][2]))
                or begin - found[-1][1] > LABEL_GAP
                or _BLANK_LINE.search(self._text, found[-1][1], begin)
            ):
                yield from self._record(area, found)
                found, seen = [], 0
            found.append((at, at + len(value), bit, value))
            seen |= bit
        if found:
            yield from self._record(area, found)

    def _value(self, label_end: int, limit: int) -> tuple[int, str]:
        """(where, value) behind a label: on its line, or alone on the next one."""
        at = label_end
        while at < limit and self._text[at] in " :=】]』〕\t":
            at += 1
        if at < limit and self._text[at] == "\n":
            at += 1
        ends = _VALUE_END.search(self._text, at, limit)
        value = self._text[at : ends.start() if ends else limit].rstrip(" ,、/・([【")
        return at, value if len(value) <= LABEL_GAP and not is_empty(value) else ""

    def _record(self, area: Area, found: list[_Labelled]) -> Iterator[Row]:
        number, span, written, mask = "", (0, 0), "", 0
        for begin, end, bit, value in found:
            if bit == item_bit("policy_no"):
                first = value.split(" ")[0] if squeezed_number(value.split(" ")[0]) else value
                number = squeezed_number(first)
                if not number:
                    continue
                span = (begin, end)
            elif bit == item_bit("insurer"):
                written = value
            mask |= bit
        if not number:
            return
        known = self._insurers.resolve(written) if written else self._caption(area, found[0][0])
        mask |= item_bit("insurer") if known or written else 0
        yield Row(
            area.piece, found[0][0], found[-1][1], number, *span, known or written[:HEADER_MAX], bool(known), mask,
            own=bool(written), sure=True, record=True,
        )  # fmt: skip
