"""Costs and cover for eyes: what it may come to, why, and what insurance pays, on one screen after the other."""

import re
from collections.abc import Sequence

import pyarrow as pa
from rich import box
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from sekisho.costs.cover import Cover
from sekisho.costs.damages import awards, told_otherwise
from sekisho.costs.model import BLOCKS_JA, SCENARIOS, SCENARIOS_JA, Block, Estimate, Line, Spread
from sekisho.costs.money import about, yen
from sekisho.costs.monte_carlo import WHAT_IT_IS_NOT, Range
from sekisho.costs.settlement import Settlement
from sekisho.kernel.dates import in_words

LETTERS = "ABCD"
"""The policies compared, in the order of the command line."""
WIDE = 96
NAME, AMOUNT = 18, 16
"""Columns of the screen: from where quantities stand in the table; for a name and for an amount of ten digits."""


def print_estimate(found: Estimate, out: Console) -> None:
    """The lines by block, the total, then every assumption and source, and what is not in it."""
    at_most = "最大 " if found.people_are_upper_bound else ""
    out.print(
        f"\n[bold]費用の見積もり[/bold]  本人 {at_most}{found.people:,}人、法人 {found.corporate_count:,}社"
        f"  ({in_words(found.prices_on)}の料金)\n"
    )
    shown = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_footer=True, padding=(0, 1, 0, 0))
    shown.add_column("", footer="", no_wrap=True)
    shown.add_column("項目", footer="合計", overflow="fold")
    wide = out.width >= WIDE
    if wide:
        shown.add_column("数 × 単価 (想定)", overflow="fold")
    for scenario in SCENARIOS:
        shown.add_column(SCENARIOS_JA[scenario], justify="right", no_wrap=True, footer=yen(found.total.of(scenario)))
    for block in Block:
        lines = [(n, line) for n, line in enumerate(found.lines, start=1) if line.block == block]
        if lines:
            shown.add_row("", Text(BLOCKS_JA[block], style="bold"))
        for n, line in lines:
            name = f"{line.ja}\n  {line.detail}" if line.detail else line.ja
            times = [_times(line)] if wide else []
            shown.add_row(f"※{n}", name, *times, *(yen(line.sum.of(scenario)) for scenario in SCENARIOS))
    out.print(shown)
    below("前提と出典", [(f"※{n}", _why(line)) for n, line in enumerate(found.lines, start=1)], out)
    below("見積もりに入れていない費用", [("・", f"{one.ja}: {one.why}") for one in found.left_out], out)
    below("お読みになる前に", [("・", note) for note in found.notes], out)


def _times(line: Line) -> str:
    return f"{line.quantity.expected:,}{line.unit} × {yen(line.unit_price.expected)}"


def _why(line: Line) -> str:
    told = [f"{_range(line.quantity, line.unit)} × {_range(line.unit_price, '円')}"]
    if line.assumption:
        told.append(line.assumption)
    day = f" ({line.as_of.isoformat()})" if line.as_of else ""
    return f"{'。'.join(told)}。[{line.source or '出典なし'}{day}]"


def _range(spread: Spread, unit: str) -> str:
    """One number, or the three of the scenarios."""
    three = dict.fromkeys((spread.low, spread.expected, spread.high))
    return "・".join(f"{n:,}" for n in ((spread.low, spread.expected, spread.high) if len(three) > 1 else three)) + unit


def below(title: str, rows: Sequence[tuple[str, str]], out: Console) -> None:
    """Marked remarks, wrapped as Japanese is: anywhere but before a closing mark or inside a number or word."""
    if not rows:
        return
    if title:
        out.print(Text(title, style="bold"))
    indent = max(cell_len(mark) for mark, _ in rows) + 1
    for mark, said in rows:
        for n, line in enumerate(wrapped(said, max(20, out.width - indent))):
            out.print(Text(" " * indent if n else mark + " " * (indent - cell_len(mark))) + Text(line), soft_wrap=True)
    out.print()


def wrapped(text: str, width: int) -> list[str]:
    """``text`` in lines of at most ``width`` cells (a single longer word is left whole)."""
    lines, line = [], ""
    for piece in _PIECES.findall(text):
        if line and cell_len(line + piece.rstrip()) > width:
            lines.append(line.rstrip())
            line = piece.lstrip()
        else:
            line += piece
    return [*lines, line.rstrip()] if line.strip() else lines or [""]


_PIECES = re.compile(r"[(「『\[〔]*(?:[\w.,+%-]*[\w%]|.)[、。,.)」』\]〕・ー円人件社%]*\s*", re.ASCII | re.DOTALL)


def print_awards(people: int, out: Console) -> None:
    """What courts awarded, beside the model."""
    out.print("[bold]参考: 裁判で認められた1人あたりの額[/bold]\n")
    shown = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    shown.add_column("裁判例", overflow="fold")
    shown.add_column("判決", no_wrap=True)
    shown.add_column("1人あたり", justify="right", no_wrap=True)
    shown.add_column(f"{people:,}人なら", justify="right", no_wrap=True)
    for award in awards():
        judged = f"{award.court.split(' ')[0]} {award.decided_on.isoformat()}"
        name = f"{award.ja} 機微な項目" if award.sensitive else award.ja
        shown.add_row(name, judged, yen(award.yen), about(award.yen * people))
    out.print(shown)
    below("", [(f"seed {told.seed}", told.note) for told in told_otherwise()], out)


def print_covers(covers: Sequence[Cover], settled: Sequence[Sequence[Settlement]], out: Console) -> None:
    """What each policy pays at the expected costs, item by item; all scenarios; why not more."""
    out.print("[bold]保険で支払われる額[/bold]\n")
    below("", [(letter, _about(cover)) for letter, cover in zip(LETTERS, covers, strict=False)], out)
    expected = [plan[SCENARIOS.index("expected")] for plan in settled]
    if out.width >= NAME + AMOUNT * (1 + 2 * len(expected)):
        _items([*zip(LETTERS, expected, strict=False)], out)
    else:  # not side by side: one below the other
        for letter, one in zip(LETTERS, expected, strict=False):
            _items([(letter, one)], out)
    _scenarios(settled, out)
    for letter, plan in zip(LETTERS, settled, strict=False):
        one = plan[SCENARIOS.index("expected")]
        below(
            f"{letter} 全額が支払われない理由 (想定)", [("・", f"{x.ja}: {x.why}") for x in one.lines if x.stays], out
        )


def _items(plans: Sequence[tuple[str, Settlement]], out: Console) -> None:
    """What is paid and what stays of each item, plans side by side."""
    first = plans[0][1]
    shown = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_footer=True, padding=(0, 1, 0, 0))
    shown.add_column("想定の費用では", footer="合計", overflow="fold")
    shown.add_column("費用", justify="right", no_wrap=True, footer=yen(first.loss))
    for letter, one in plans:
        shown.add_column(f"{letter} 支払", justify="right", no_wrap=True, footer=yen(one.paid))
        shown.add_column(f"{letter} 残る", justify="right", no_wrap=True, footer=yen(one.stays))
    for n, line in enumerate(first.lines):
        amounts = [yen(amount) for _, one in plans for amount in (one.lines[n].paid, one.lines[n].stays)]
        shown.add_row(line.ja.split(" (")[0], yen(line.loss), *amounts)
    out.print(shown)


def _about(cover: Cover) -> str:
    told = [cover.name, f"年間保険料 {yen(cover.premium)}" if cover.premium is not None else "", cover.source]
    return "、".join(part for part in told if part)


def _scenarios(settled: Sequence[Sequence[Settlement]], out: Console) -> None:
    shown = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    shown.add_column("三つの場合では", no_wrap=True)
    for scenario in SCENARIOS:
        shown.add_column(SCENARIOS_JA[scenario], justify="right", no_wrap=True)
    shown.add_row("費用", *(yen(one.loss) for one in settled[0]))
    for letter, plan in zip(LETTERS, settled, strict=False):
        shown.add_row(f"{letter} 支払われる", *(yen(one.paid) for one in plan))
        shown.add_row(Text(f"{letter} 自社に残る", style="bold"), *(Text(yen(one.stays), style="bold") for one in plan))
    out.print(shown)
    rows = [
        (f"{letter} {SCENARIOS_JA[one.scenario]}:", "、".join(one.limits))
        for letter, plan in zip(LETTERS, settled, strict=False)
        for one in plan
        if one.limits
    ]
    below("区分・契約全体で効いた限度額と免責金額", rows, out)


def print_range(simulated: Range, out: Console) -> None:
    """Percentiles, and what they are not."""
    out.print(f"[bold]合計の幅の試算[/bold] ({simulated.draws:,}回、乱数の種 {simulated.seed})")
    out.print("それぞれの列は、試算のうちその割合がこの額以下だったことを示します\n")
    shown = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    shown.add_column("", no_wrap=True)
    for percent, _ in simulated.total:
        shown.add_column("半分" if percent == 50 else f"{percent}%", justify="right", no_wrap=True)
    shown.add_row("費用", *(about(amount) for _, amount in simulated.total))
    for letter, (_, table) in zip(LETTERS, simulated.stays, strict=False):
        shown.add_row(f"{letter} 自社に残る", *(about(amount) for _, amount in table))
    out.print(shown)
    below("", [("・", said) for said in WHAT_IT_IS_NOT], out)


def costs_as_rows(found: Estimate) -> pa.Table:
    """The lines for a CSV file, then the total, then what is left out and why."""
    head = ("区分", "項目", "内訳", "単位")
    kinds = [f"{what} {SCENARIOS_JA[scenario]}" for what in ("数", "単価", "金額") for scenario in SCENARIOS]
    tail = ("前提", "出典", "出典の日付")
    rows: list[tuple[object, ...]] = [
        (
            *(BLOCKS_JA[line.block], line.ja, line.detail, line.unit),
            *(spread.of(one) for spread in (line.quantity, line.unit_price, line.sum) for one in SCENARIOS),
            *(line.assumption, line.source, line.as_of.isoformat() if line.as_of else ""),
        )
        for line in found.lines
    ]
    blank = ("",) * 6
    rows.append(("", "合計", "", "", *blank, *(found.total.of(one) for one in SCENARIOS), "", "", ""))
    rows += [("見積もりに入れていない", one.ja, "", "", *blank, "", "", "", one.why, "", "") for one in found.left_out]
    rows += [("注", note, "", "", *blank, "", "", "", "", "", "") for note in found.notes]
    columns = (*head, *kinds, *tail)
    return pa.table({name: [str(row[n]) for row in rows] for n, name in enumerate(columns)})
