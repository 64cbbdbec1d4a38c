"""The roll-up of many companies for eyes, in the words of an association's interim report (seed 000)."""

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from sekisho.incidents.counting.rollup import RollUp, UnitSum
from sekisho.reports.rollup import TITLE, UNITS, cells_of, headline, notes, others_of, told


def print_roll_up(rolled: RollUp, out: Console) -> None:
    """Print it: who answered, a table for each unit, the notes."""
    out.print(f"\n[bold]{TITLE}[/bold] (各社の回答による)\n")
    out.print(Text(headline(rolled)), soft_wrap=True)
    for unit in rolled.units:
        out.print(_table(unit))
    below = Table.grid(padding=(0, 1))
    for number, note in enumerate(notes(rolled), start=1):
        below.add_row(Text(f"※{number}", no_wrap=True), Text(note, overflow="fold"))
    out.print(below)
    out.print()


def _table(unit: UnitSum) -> Table:
    word = UNITS[unit.unit]
    shown = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_footer=True, padding=(0, 1, 0, 0))
    shown.add_column("原因", footer="", no_wrap=True)
    shown.add_column(f"({word}で数えた{len(unit.companies):,}社)", footer="合計 (延べ)", overflow="fold", min_width=20)
    for name, footer in (("会社", ""), (f"延べ\n{word}数", f"{unit.figure:,}{word}")):
        shown.add_column(name, justify="right", footer=footer, no_wrap=True)
    others = others_of(unit)
    for heading, _ in others:
        shown.add_column(heading, justify="right", no_wrap=True)
    for cause in unit.causes:
        shown.add_row(*cells_of(unit, cause), *(told(getattr(cause, name), cause) for _, name in others))
    return shown
