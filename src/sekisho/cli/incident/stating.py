"""``sekisho incident state | compare | persons | same``: figures told, what changed since, and who is one person."""

from datetime import date
from typing import TYPE_CHECKING, Annotated

import typer
from rich import box
from rich.table import Table
from rich.text import Text

from sekisho.cli.ask import day
from sekisho.cli.incident.dossier import dossier, loaded_registry, persons
from sekisho.cli.records import ByOption, NumberArgument, records
from sekisho.cli.show import console, print_json, say
from sekisho.cli.workspace import JsonOption, WorkspaceOption
from sekisho.incidents.counting.difference import REASONS, Difference, difference
from sekisho.incidents.counting.doubts import WHY
from sekisho.incidents.counting.lines import counted_lines
from sekisho.incidents.model import Dossier, Statement
from sekisho.kernel.clock import now, today
from sekisho.kernel.dates import in_words
from sekisho.kernel.errors import InputError

if TYPE_CHECKING:
    from sekisho.store.records.records import Records

FIGURES = {"agencies": "代理店", "records": "件数", "policies": "契約", "people": "本人", "corporate": "法人"}


def state(
    number: NumberArgument,
    to: Annotated[str, typer.Option("--to", help="To whom these figures are told.")],
    as_of: Annotated[str | None, typer.Option("--as-of", help="Figures as of this day (default: today).")] = None,
    on: Annotated[str | None, typer.Option("--on", help="The day on which they are told (default: today).")] = None,
    unit: Annotated[str, typer.Option("--unit", help="What the main figure counts: 件, 人, 契約.")] = "件",
    by: ByOption = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Keep the figures that are told to somebody, with what was counted line by line. They never change afterwards."""
    with records(workspace, by) as kept:
        gathered = dossier(kept, number, day(as_of, "--as-of") if as_of else None)
        made = keep_figures(kept, gathered, to, day(on, "--on") if on else today(), unit)
    if as_json:
        print_json({"incident": number, "statement": made.number, "counted_sha256": made.counted_sha256})
        return
    told = f"{made.table.record_count_distinct:,}{unit} ({in_words(made.as_of)}時点、{to})"
    say(f"第{made.number}版として保存しました: {told}")
    if made.number > 1:
        say(f"前の版との違い: sekisho incident compare {number} {made.number - 1} {made.number}")


def keep_figures(kept: "Records", gathered: Dossier, to: str, on: date, unit: str = "件") -> Statement:
    """Keep the figures of a dossier as told ``to`` somebody ``on`` a day, with what was counted line by line."""
    registry = loaded_registry(kept.workspace)
    lines = counted_lines(gathered.findings, persons(kept, gathered.findings, registry), gathered.as_of)
    told = Statement(
        number=0,
        as_of=gathered.as_of,
        told_to=to,
        told_on=on,
        unit=unit,
        table=gathered.table,
        counted_sha256="",
        rule_versions=tuple(sorted(set(gathered.findings["rule_version"].to_pylist()))),
        registry_version=registry.version if registry else "",
        made_at=now(),
    )
    return kept.state(gathered.incident.number, told, lines)


def compare(
    number: NumberArgument,
    first: Annotated[int, typer.Argument(metavar="A", help="A statement.")],
    second: Annotated[int, typer.Argument(metavar="B", help="A later one.")],
    every: Annotated[bool, typer.Option("--lines", help="Also every line that came, went or moved.")] = False,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Why the figures of two statements differ, reason by reason; the reasons add up to the difference."""
    with records(workspace) as kept:
        before, after = kept.statement(number, first), kept.statement(number, second)
        found = difference(kept.counted(before), kept.counted(after), kept.decisions())
    if as_json:
        print_json(
            {
                "before": found.before,
                "after": found.after,
                "changes": [
                    {"kind": c.kind, "name": c.name, "figure": c.figure, "before": c.before, "after": c.after,
                     "steps": [{"reason": s.reason, "came": s.came, "went": s.went} for s in c.steps]}
                    for c in found.changes
                ],
                "lines": found.lines.to_pylist() if every else found.lines.num_rows,
            }
        )  # fmt: skip
        return
    _print_difference(found, first, second, every)


def _print_difference(found: Difference, first: int, second: int, every: bool) -> None:
    out = console()
    days = [in_words(one) for one in (found.before, found.after)]
    out.print(f"\n[bold]第{first}版 ({days[0]}時点) → 第{second}版 ({days[1]}時点)[/bold]\n")
    if not found.changes:
        out.print("件数は変わっていません")
    shown = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name, justify in (("範囲", "left"), ("数", "left"), ("前", "right"), ("後", "right"), ("理由", "left")):
        shown.add_column(name, justify=justify)  # type: ignore[arg-type]
    for change in found.changes:
        scope = "合計" if change.kind == "total" else f"{change.name}"
        why = "、".join(f"{REASONS.get(s.reason, s.reason)} +{s.came:,} −{s.went:,}" for s in change.steps)
        shown.add_row(
            scope, FIGURES.get(change.figure, change.figure), f"{change.before:,}", f"{change.after:,}", Text(why)
        )
    if found.changes:
        out.print(shown)
    if every:
        for row in found.lines.to_pylist():
            out.print(Text("  ".join(str(value) for value in row.values() if value not in ("", None))))
    elif found.lines.num_rows:
        out.print(f"変わった行 {found.lines.num_rows:,}件は --lines で表示します")


def show_persons(number: NumberArgument, workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """Pairs of holders that may be one person, for somebody to decide (名寄せ)."""
    with records(workspace) as kept:
        known = persons(kept, kept.findings(number), loaded_registry(kept.workspace))
    if as_json:
        print_json({"count": known.doubt_count, "pairs": known.doubts.to_pylist()})
        return
    out = console()
    if known.doubt_count == 0:
        out.print("同じ方かもしれない組はありません")
        return
    out.print(f"同じ方かもしれない組 {known.doubt_count:,}件 (強いものから)")
    out.print("判断を記録する: sekisho incident same 鍵 鍵 --yes または --no\n")
    left_out = known.doubt_count - known.doubts.num_rows
    if left_out:
        out.print(f"このほか {left_out:,}組は、これらの判断を記録すると表示されます\n")
    for row in known.doubts.to_pylist():
        policies = [f"{row[f'{side}_insurer_id']} {row[f'{side}_policy_no']}" for side in ("left", "right")]
        why = "、".join(WHY.get(code, code) for code in row["why"].split(";"))
        out.print(Text(f"{row['left']} {row['right']}\n    {' / '.join(policies)}\n    {why}"))


def same(
    left: Annotated[str, typer.Argument(metavar="KEY", help="The key of one person (incident persons).")],
    right: Annotated[str, typer.Argument(metavar="KEY", help="The key of the other.")],
    yes: Annotated[bool | None, typer.Option("--yes/--no", help="One person, or two.")] = None,
    reason: Annotated[str, typer.Option("--reason", help="Why.")] = "",
    by: ByOption = None,
    workspace: WorkspaceOption = None,
) -> None:
    """Decide that two keys are one person, or two. Every count from now on knows it; told figures stay."""
    if yes is None:
        raise InputError("one person or two?", where="--yes/--no", remedy="say which")
    with records(workspace, by) as kept:
        kept.decide_pair(left, right, yes, reason)
    say("同じ方として数えます" if yes else "別の方として数えます")
