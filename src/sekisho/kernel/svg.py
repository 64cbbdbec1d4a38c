"""Drawing with SVG: rectangles, lines and text, for screen and paper alike. What is drawn is decided above.

No script, no style sheet, no embedded font: attributes only, so that a page with a strict content policy may hold it.
The font is that of our own documents where it is at hand, else any without serifs. Every drawing has a title and a
description for those who hear it instead of seeing it. Colours are told apart by people who see no red or green, and
by a printer without colour (dark against light, hatched where two meet).
"""

import hashlib
import unicodedata
from html import escape

INK = "#1a1a1a"
MUTED = "#4d4d4d"
RULE = "#c4c4c4"
DARK = "#004c7f"
MIDDLE = "#5b9bc8"
LIGHT = "#f2c14e"
PALE = "#dfe6ec"
FONT = "Noto Sans JP, sans-serif"


def text_width(content: str, size: float) -> float:
    """About how wide ``content`` is: full-width characters one em, others a little over half."""
    wide = sum(unicodedata.east_asian_width(letter) in "WFA" for letter in content)
    return size * (wide + 0.58 * (len(content) - wide))


def fitted(content: str, width: float, size: float) -> str:
    """``content``, cut with … where it is wider than ``width``."""
    if text_width(content, size) <= width:
        return content
    while content and text_width(content + "…", size) > width:
        content = content[:-1]
    return content + "…"


def round_scale(largest: float, steps: int = 4) -> list[float]:
    """Places for an axis from 0 to at least ``largest``: 0, 1, 2 … of a round number."""
    if largest < 1e-12:
        return [0.0, 1.0]
    power = 1.0
    while power * 10 <= largest / steps:
        power *= 10
    while power > largest / steps:
        power /= 10
    step = next(power * factor for factor in (1, 2, 2.5, 5, 10) if power * factor * steps >= largest)
    count = 0
    while step * count < largest:
        count += 1
    return [step * n for n in range(count + 1)]


class Drawing:
    """A picture under way, ``width`` × ``height`` units."""

    def __init__(self, width: float, height: float, title: str, description: str) -> None:
        self.width = width
        self.height = height
        self.title = title
        self.description = description
        self._shapes: list[str] = []
        self._writing: list[str] = []

    def rect(
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        fill: str,
        *,
        stroke: str = "",
        hatched: bool = False,
        label: str = "",
    ) -> None:
        """A bar. ``label`` is shown when pointed at, and read out."""
        width = max(width, 0.0)
        edge = f' stroke="{stroke}" stroke-width="1"' if stroke else ""
        body = f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" fill="{fill}"{edge}'
        self._shapes.append(f"{body}><title>{escape(label)}</title></rect>" if label else f"{body}/>")
        if hatched:
            self._hatch(x, y, width, height)

    def _hatch(self, x: float, y: float, width: float, height: float) -> None:
        """Slanted lines over a bar, drawn as plain lines: patterns do not survive every converter."""
        at = x - height
        while at < x + width:
            left, right = max(at, x), min(at + height, x + width)
            if right > left:
                bottom, top = y + height - (left - at), y + height - (right - at)
                self.line(left, bottom, right, top, MUTED, width=0.7)
            at += 7

    def line(self, x1: float, y1: float, x2: float, y2: float, colour: str = RULE, *, width: float = 1) -> None:
        self._shapes.append(
            f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" '
            f'stroke="{colour}" stroke-width="{width:g}"/>'
        )

    def text(
        self, x: float, y: float, content: str, *, size: float = 13, anchor: str = "start", bold: bool = False,
        colour: str = INK,
    ) -> None:  # fmt: skip
        """Writing whose base line begins (``start``), has its middle or ``end`` at ``x``."""
        weight = ' font-weight="bold"' if bold else ""
        self._writing.append(
            f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size:g}" text-anchor="{anchor}" fill="{colour}"{weight}>'
            f"{escape(content)}</text>"
        )

    def render(self) -> str:
        """The SVG document."""
        body = "\n".join([*self._shapes, *self._writing])  # writing last: no bar hides a figure
        name = hashlib.sha256((self.title + body).encode()).hexdigest()[:8]
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {self.width:g} {self.height:g}" '
            f'width="{self.width:g}" height="{self.height:g}" role="img" aria-labelledby="t{name} d{name}" '
            f'font-family="{FONT}">\n'
            f'<title id="t{name}">{escape(self.title)}</title>\n<desc id="d{name}">{escape(self.description)}</desc>\n'
            f'<rect width="{self.width:g}" height="{self.height:g}" fill="#ffffff"/>\n{body}\n</svg>\n'
        )
