"""Text into its place: measured by the fonts' own advances, wrapped by the Japanese rules, made smaller within limits.

Rules (JIS X 4051, the part that matters for single fields): no line begins with a closing bracket, comma, small kana or
sound mark, none ends with an opening bracket; a number or Latin word is not torn unless it is longer than the line.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sekisho.letters.printing.fonts.characters import units

NOT_FIRST = frozenset(
    "、。，．・：；？！゛゜ヽヾゝゞ々ー’”）〕］｝〉》」』】ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮヵヶ,.:;?!)]}｣､｡･ｰﾞﾟ％"
)
NOT_LAST = frozenset("‘“（〔［｛〈《「『【([{｢")
_IN_WORD = frozenset("-./_@+'#&")
_BLANK = " \u3000"

_SLACK = 0.01
"""Points by which a place may be missed: rounding."""

Advances = Mapping[str, int]
"""unit → advance in thousandths of the type size."""


@dataclass(frozen=True, slots=True)
class Place:
    """A place for text: width and height in points, the sizes to try (largest first), leading as a multiple of the
    size, most lines, how many units at the end stay together (``様``), and after which characters a line ends by
    preference (a comma between items, a blank before the name of a building)."""

    width: float
    height: float
    sizes: tuple[float, ...]
    leading: float
    most_lines: int = 1000
    keep_end: int = 0
    prefer: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Fitted:
    """Lines at a size."""

    size: float
    lines: tuple[str, ...]


def fit(text: str, place: Place, advances: Advances) -> Fitted | None:
    """The text at the largest size at which it fits, in one line if that is possible at all; None when it does not fit
    at the smallest. What ``advances`` raises for a unit that cannot be printed, passes through."""
    cut = units(text)
    widths = list(map(advances.__getitem__, cut))
    whole = sum(widths)
    for size in place.sizes:
        if whole * size <= place.width * 1000 and size * place.leading <= place.height + _SLACK:
            return Fitted(size, (text,))
    for size in place.sizes:
        lines = min(place.most_lines, int((place.height + _SLACK) / (size * place.leading)))
        room = place.width * 1000 / size
        if whole > room * lines:
            continue
        for prefer in (place.prefer, frozenset[str]()) if place.prefer else (place.prefer,):
            found = wrapped(cut, widths, room, place.keep_end, prefer)
            if len(found) <= lines:
                return Fitted(size, tuple(found))
    return None


def wrapped(
    cut: Sequence[str], widths: Sequence[int], room: float, keep_end: int = 0, prefer: frozenset[str] = frozenset()
) -> list[str]:
    """Lines no wider than ``room``, as full as the rules allow; blanks at their ends are dropped."""
    lines: list[str] = []
    start, last = 0, len(cut)
    while start < last:
        end, width = start, 0.0
        while end < last and width + widths[end] <= room:
            width += widths[end]
            end += 1
        if end < last:
            end = _break_before(cut, start, max(end, start + 1), last - keep_end, prefer)
        line = "".join(cut[start:end]).rstrip(_BLANK)
        start = end
        while start < last and cut[start] in _BLANK:
            start += 1
        if line:
            lines.append(line)
    return lines


def _break_before(cut: Sequence[str], start: int, end: int, kept: int, prefer: frozenset[str]) -> int:
    """The last place at or before ``end`` where a line may end; ``end`` itself when there is none."""
    latest = min(end, kept) if kept > start else end
    preferred = (at for at in range(latest, start, -1) if cut[at - 1] in prefer)
    allowed = (at for at in range(latest, start, -1) if _may_break(cut[at - 1], cut[at]))
    return next(preferred, 0) or next(allowed, end)


def _may_break(before: str, after: str) -> bool:
    if after[0] in NOT_FIRST or before[0] in NOT_LAST:
        return False
    return not (_in_word(before[0]) and _in_word(after[0]))


def _in_word(character: str) -> bool:
    return character.isascii() and (character.isalnum() or character in _IN_WORD)
