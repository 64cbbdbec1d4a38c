"""A glyph's outline with its subroutines written in place (Type 2 charstrings, Adobe Technical Note 5177).

On bytes: numbers are stepped over, calls replaced by what they call, so that hints and curves stay as they are.
fontTools does the same by way of a list of Python objects, in two milliseconds for a glyph; a run needs thousands.
A test compares every outline with fontTools'. Only what a font program may hold for a PDF is allowed: no
arithmetic, no MM operators.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

_STEMS = frozenset({1, 3, 18, 23})
_MASKS = frozenset({19, 20})
_CALL, _RETURN, _ENDCHAR, _GLOBAL_CALL, _ESCAPE = 10, 11, 14, 29, 12
_FLEXES = frozenset({34, 35, 36, 37})
_PLAIN = frozenset({4, 5, 6, 7, 8, 21, 22, 24, 25, 26, 27, 30, 31})
_PLAIN_RUN = re.compile(
    rb"(?:(?:[\x20-\xf6]|[\xf7-\xfe].|\x1c..|\xff....)*[\x04-\x08\x15\x16\x18-\x1b\x1e\x1f])+", re.DOTALL
)
"""Plain operators, each with its numbers: copied as they are."""
_DEEPEST = 10
"""Calls inside each other (Technical Note 5177, appendix B)."""


class UnusualError(Exception):
    """Something that this reader does not know; fontTools may."""


@dataclass(slots=True)
class Inliner:
    """``subroutines``: those of the glyph's private dictionary; ``shared``: the font's."""

    subroutines: Sequence[bytes]
    shared: Sequence[bytes]
    _out: bytearray = field(default_factory=bytearray)
    _numbers: list[tuple[int, int]] = field(default_factory=list)
    """Since the last operator: where each number begins in the output, and its value."""
    _hints: int = 0

    def inlined(self, code: bytes) -> bytes:
        """Raises ``UnusualError``."""
        self._out.clear()
        self._numbers.clear()
        self._hints = 0
        try:
            self._run(code, 0)
        except IndexError:
            raise UnusualError from None
        return bytes(self._out)

    def _run(self, code: bytes, depth: int) -> bool:
        """Copy ``code``; True when the glyph has ended in it."""
        if depth > _DEEPEST:
            raise UnusualError
        out, numbers, at, last = self._out, self._numbers, 0, len(code)
        while at < last:
            run = _PLAIN_RUN.match(code, at)
            if run is not None:
                out += run.group()
                numbers.clear()
                at = run.end()
            while at < last and ((operator := code[at]) >= 32 or operator == 28):
                length, value = _number(code, at)
                numbers.append((len(out), value))
                out += code[at : at + length]
                at += length
            if at >= last:
                return False
            at += 1
            if operator in (_CALL, _GLOBAL_CALL):
                start, value = numbers.pop()
                del out[start:]
                called = self.subroutines if operator == _CALL else self.shared
                number = value + _bias(len(called))
                if number < 0:
                    raise UnusualError
                if self._run(called[number], depth + 1):
                    return True
                continue
            if operator == _RETURN:
                return False
            if operator == _ENDCHAR and len(numbers) < 4:  # with four, an accented character made of two others
                out.append(operator)
                return True
            out.append(operator)
            at += self._stepped_over(operator, code, at)
            numbers.clear()
        return False

    def _stepped_over(self, operator: int, code: bytes, at: int) -> int:
        """Copy what belongs to an operator behind it; give its length."""
        if operator in _PLAIN:
            return 0
        if operator in _STEMS or operator in _MASKS:
            self._hints += len(self._numbers) // 2
            if operator in _STEMS:
                return 0
            length = (self._hints + 7) // 8
        elif operator == _ESCAPE and code[at] in _FLEXES:
            length = 1
        else:
            raise UnusualError
        self._out += code[at : at + length]
        return length


def _number(code: bytes, at: int) -> tuple[int, int]:
    """Length and whole value of the number at ``at``."""
    first = code[at]
    if first < 28 or first > 246:
        if first == 255:
            return 5, int.from_bytes(code[at + 1 : at + 3], "big", signed=True)
        if first > 250:
            return 2, -(first - 251) * 256 - code[at + 1] - 108
        return 2, (first - 247) * 256 + code[at + 1] + 108
    if first == 28:
        return 3, int.from_bytes(code[at + 1 : at + 3], "big", signed=True)
    return 1, first - 139


def _bias(count: int) -> int:
    return 107 if count < 1240 else 1131 if count < 33900 else 32768
