"""Charts of incidents: own and published shares of causes and media, side by side (B11). Values stand as text too."""

from math import ceil

from sekisho.incidents.statistics import Comparison, Group, Published
from sekisho.kernel.svg import DARK, INK, LIGHT, MIDDLE, MUTED, PALE, RULE, Drawing, fitted, text_width

WIDTH = 940
LEFT = 232
RIGHT = 90
BAR = 14
GAP = 16
TOP = 92
_FILLS = ((DARK, False), (MIDDLE, False), (PALE, False), (LIGHT, True))


def share_chart(found: Comparison) -> Drawing:
    """Bars of shares for each category: counted groups first, published figures after. A group too small to speak of
    shares has no bars: its counts stand as text."""
    series = [group for group in found.groups if group.is_comparable]
    small = [group for group in found.groups if not group.is_comparable]
    shown: list[Group | Published] = [*series, *found.published]
    band = BAR * len(shown) + (BAR + 4) * bool(small) + GAP
    height = TOP + 18 * len(small) + band * len(found.categories) + 52
    drawing = Drawing(WIDTH, height, f"{found.ja}別の事案の割合", _spoken(found))
    drawing.text(16, 30, f"{found.ja}別の事案", size=19, bold=True)
    _legend(drawing, [f"{one.name} ({one.total:,}件)" for one in shown])
    y = float(TOP)
    for group in small:
        drawing.text(16, y - 6, f"{group.name}: {group.total:,}件では割合を比べられません。件数だけを示します", size=13)
        y += 18
    largest = max((one.share(code) or 0 for one in shown for code in found.categories), default=0)
    top = 0.1 * max(1, ceil(largest * 10))
    scale = (WIDTH - LEFT - RIGHT) / top
    bottom = y + band * len(found.categories)
    for tenth in range(round(top * 10) + 1):
        x = LEFT + tenth * 0.1 * scale
        drawing.line(x, y, x, bottom, RULE)
        drawing.text(x, bottom + 17, f"{tenth * 10}%", size=11, anchor="middle", colour=MUTED)
    for n, (code, ja) in enumerate(found.categories.items()):
        at = y + band * n + GAP / 2
        drawing.text(LEFT - 12, at + (band - GAP) / 2 + 5, fitted(ja, LEFT - 28, 13), anchor="end")
        for group in small:
            drawing.text(LEFT + 6, at + 13, f"{group.name} {group.counts.get(code, 0):,}件", size=12.5, bold=True)
            at += BAR + 4
        for m, one in enumerate(shown):
            _bar(drawing, at + BAR * m, one.share(code), scale, fill=_FILLS[m % len(_FILLS)], label=f"{ja} {one.name}")
    drawing.line(LEFT, y, LEFT, bottom, INK)
    drawing.text(16, height - 12, "公表値は全業種の、報道・公表された事案の件数による割合です", size=12, colour=MUTED)
    return drawing


def _bar(drawing: Drawing, y: float, share: float | None, scale: float, *, fill: tuple[str, bool], label: str) -> None:
    if share is None:
        drawing.text(LEFT + 6, y + 11, "(公表なし)", size=10.5, colour=MUTED)
        return
    colour, hatched = fill
    drawing.rect(
        LEFT, y + 1, share * scale, BAR - 2, colour, stroke=DARK, hatched=hatched, label=f"{label} {share:.1%}"
    )
    drawing.text(LEFT + share * scale + 6, y + 12, f"{share:.1%}", size=11.5)


def _legend(drawing: Drawing, names: list[str]) -> None:
    x = 16.0
    for n, name in enumerate(names):
        fill, hatched = _FILLS[n % len(_FILLS)]
        drawing.rect(x, 46, 18, 13, fill, stroke=DARK, hatched=hatched)
        drawing.text(x + 24, 57, name)
        x += 24 + text_width(name, 13) + 22


def _spoken(found: Comparison) -> str:
    told = []
    for code, ja in found.categories.items():
        parts = [f"{group.name} {group.counts.get(code, 0)}件" for group in found.groups]
        parts += [f"{one.name} {share:.1%}" for one in found.published if (share := one.share(code)) is not None]
        told.append(f"{ja}: {'、'.join(parts)}。")
    return "".join(told)
