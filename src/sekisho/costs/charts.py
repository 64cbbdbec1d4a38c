"""Charts of costs: what an incident may cost, and what policies pay of it (B9, B10). Every value stands as text too."""

from collections.abc import Sequence

from sekisho.costs.model import BLOCKS_JA, SCENARIOS, SCENARIOS_JA, Block, Estimate, Spread
from sekisho.costs.money import about
from sekisho.costs.settlement import Settlement
from sekisho.kernel.svg import DARK, INK, LIGHT, MUTED, PALE, RULE, Drawing, fitted, round_scale, text_width

WIDTH = 940
LEFT = 258
RIGHT = 262
ROW = 32
TOP = 78


def cost_chart(found: Estimate) -> Drawing:
    """One bar for each item from its low to its high, with a mark at what is expected. Each block has a scale of its
    own: a letter's cost beside damages would not be seen."""
    groups = _groups(found)
    height = TOP + sum(74 + ROW * len(rows) for _, rows in groups) + 34
    spoken = f"合計 {_three(found.total)}。" + "".join(
        f"{ja} {_three(spread)}。" for _, rows in groups for ja, spread in rows
    )
    drawing = Drawing(WIDTH, height, "漏えい事案の費用の見積もり", spoken)
    drawing.text(16, 30, "費用の見積もり", size=19, bold=True)
    at_most = "最大 " if found.people_are_upper_bound else ""
    drawing.text(
        16,
        53,
        f"本人 {at_most}{found.people:,}人、法人 {found.corporate_count:,}社  合計 {_three(found.total)}",
        size=14,
    )
    _cost_legend(drawing)
    y = float(TOP)
    for title, rows in groups:
        y = _cost_group(drawing, y, title, rows)
    drawing.text(
        16,
        height - 14,
        "目盛りは区分ごとに違います。低め・高めは前提の幅で、起きる確率ではありません",
        size=12,
        colour=MUTED,
    )
    return drawing


def _groups(found: Estimate) -> list[tuple[str, list[tuple[str, Spread]]]]:
    names = {line.code: line.ja for line in found.lines}
    blocks = {line.code: line.block for line in found.lines}
    sums = found.by_code()
    return [
        (BLOCKS_JA[block], rows)
        for block in Block
        if (rows := [(names[code], spread) for code, spread in sums.items() if blocks[code] == block])
    ]


def _cost_legend(drawing: Drawing) -> None:
    x, y = WIDTH - 222, 18
    drawing.rect(x, y, 46, 12, PALE, stroke=DARK)
    drawing.rect(x + 20, y - 2, 5, 16, DARK)
    drawing.text(x + 56, y + 11, "低め ─ 想定 ─ 高め", size=12)


def _cost_group(drawing: Drawing, y: float, title: str, rows: list[tuple[str, Spread]]) -> float:
    drawing.text(16, y + 20, title, size=15, bold=True)
    first, last = y + 34, y + 34 + ROW * len(rows)
    scale = _axis(drawing, first, last, max(spread.high for _, spread in rows))
    for n, (ja, spread) in enumerate(rows):
        middle = first + ROW * n + ROW / 2
        drawing.text(LEFT - 12, middle + 5, fitted(ja, LEFT - 28, 13), anchor="end")
        low, expected, high = (LEFT + scale * value for value in (spread.low, spread.expected, spread.high))
        drawing.rect(low, middle - 7, max(high - low, 1.5), 14, PALE, stroke=DARK, label=f"{ja} {_three(spread)}")
        drawing.rect(expected - 2.5, middle - 10, 5, 20, DARK)
        drawing.text(WIDTH - RIGHT + 14, middle + 5, _three(spread), size=12.5)
    return last + 40


def _axis(drawing: Drawing, top: float, bottom: float, largest: float) -> float:
    """Rules and their figures below; gives the units for one yen."""
    places = round_scale(largest)
    scale = (WIDTH - LEFT - RIGHT) / places[-1]
    for place in places:
        x = LEFT + place * scale
        drawing.line(x, top, x, bottom + 4, RULE)
        drawing.text(x, bottom + 19, about(place), size=11, anchor="middle", colour=MUTED)
    return scale


def _three(spread: Spread) -> str:
    if spread.low == spread.high:
        return about(spread.low)
    return f"{about(spread.low)} ─ {about(spread.expected)} ─ {about(spread.high)}"


def cover_chart(settlements: Sequence[Sequence[Settlement]]) -> Drawing:
    """For each scenario one bar per policy: what is paid, what stays. ``settlements``: per policy, its scenarios. Each
    scenario has a scale of its own: the low one beside the high one would not be seen."""
    band = 30 * len(settlements) + 84
    height = 84 + band * len(SCENARIOS) + 22
    by_scenario = [[plan[n] for plan in settlements] for n in range(len(SCENARIOS))]
    spoken = "".join(
        f"{SCENARIOS_JA[one.scenario]} {one.cover}: 支払われる {about(one.paid)}、自社に残る {about(one.stays)}。"
        for group in by_scenario
        for one in group
    )
    drawing = Drawing(WIDTH, height, "保険で支払われる額と自社に残る額", spoken)
    drawing.text(16, 30, "保険で支払われる額と自社に残る額", size=19, bold=True)
    drawing.rect(16, 46, 18, 13, DARK)
    drawing.text(40, 57, "支払われる")
    drawing.rect(136, 46, 18, 13, LIGHT, stroke=MUTED, hatched=True)
    drawing.text(160, 57, "自社に残る")
    for n, group in enumerate(by_scenario):
        y = 84 + band * n
        drawing.text(16, y + 15, f"{SCENARIOS_JA[SCENARIOS[n]]}  (費用 {about(group[0].loss)})", size=15, bold=True)
        top, bottom = y + 28, y + 28 + 30 * len(group)
        scale = _axis(drawing, top, bottom, group[0].loss)
        for m, one in enumerate(group):
            name = f"{'ABCDEFGH'[m]} {one.cover}" if len(group) > 1 else one.cover
            _cover_bar(drawing, top + 4 + 30 * m, one, scale, name)
        drawing.line(LEFT, top, LEFT, bottom + 4, INK)
    drawing.text(16, height - 12, "目盛りは場合ごとに違います", size=12, colour=MUTED)
    return drawing


def _cover_bar(drawing: Drawing, y: float, one: Settlement, scale: float, name: str) -> None:
    drawing.text(LEFT - 12, y + 16, fitted(name, LEFT - 28, 13), anchor="end")
    paid, stays = one.paid * scale, one.stays * scale
    drawing.rect(LEFT, y, paid, 22, DARK, label=f"{one.cover} 支払われる {one.paid:,}円")
    drawing.rect(LEFT + paid, y, stays, 22, LIGHT, stroke=MUTED, hatched=True, label=f"自社に残る {one.stays:,}円")
    inside = about(one.paid)
    if paid > text_width(inside, 12) + 10:
        drawing.text(LEFT + paid / 2, y + 16, inside, size=12, anchor="middle", colour="#ffffff")
    drawing.text(WIDTH - RIGHT + 14, y + 16, f"支払 {about(one.paid)}、残る {about(one.stays)}", size=12.5)
