"""``sekisho incident deadlines | facts | decide``: what is due when, on which ground, and what was decided (B3)."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich import box
from rich.table import Table
from rich.text import Text

from sekisho.cli.ask import day
from sekisho.cli.incident.dossier import dossier, loaded_registry
from sekisho.cli.records import ByOption, NumberArgument, records
from sekisho.cli.show import console, print_json, say
from sekisho.cli.workspace import JsonOption, WorkspaceOption
from sekisho.incidents.facts import TELLABLE, parts, strongest, told_fact
from sekisho.incidents.model import Dossier
from sekisho.kernel.clock import today
from sekisho.kernel.dates import in_words
from sekisho.kernel.errors import InputError
from sekisho.law.duties import (
    HEADERS,
    Duty,
    Facts,
    State,
    current_rules,
    duties_by_insurer,
    duties_of,
    lines,
    suggested,
)
from sekisho.store.records.values import Judgement

if TYPE_CHECKING:
    from sekisho.store.records.records import Records

DECISIONS = {"report": "行う", "not": "行わない", "done": "済み"}


def judged(kept: "Records", gathered: Dossier) -> tuple[list[Facts], list[Duty]]:
    """The facts of each part, and every duty that follows from them on the day of the dossier."""
    at = max(gathered.as_of, gathered.incident.known_on)
    every: list[Facts] = []
    duties: list[Duty] = []
    for facts in parts(gathered, loaded_registry(kept.workspace), gathered.as_of).values():
        every += facts
        if len(facts) == 1 and not facts[0].insurer_id:
            duties += duties_of(facts[0], at)
        else:
            duties += [duty for found in duties_by_insurer(facts, at).values() for duty in found]
    return every, strongest(duties)


def deadlines(
    number: NumberArgument,
    at: Annotated[str | None, typer.Option("--at", help="Judged as of this day (default: today).")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Also what is not due, and why not.")] = False,
    why: Annotated[bool, typer.Option("--why", help="With reasons, grounds, and how the days were counted.")] = False,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """What has to be done by when, by whom, to whom, on which ground; what cannot be decided yet, and why."""
    as_of = day(at, "--at") if at else today()
    with records(workspace) as kept:
        gathered = dossier(kept, number, as_of)
        facts, duties = judged(kept, gathered)
        decided = kept.judgements(number)
    if as_json:
        print_json(
            {
                "incident": number,
                "as_of": as_of,
                "facts": [one.as_json() for one in facts],
                "duties": [duty.as_json() for duty in duties],
                "decided": [
                    {n: getattr(one, n) for n in ("duty", "decision", "reason", "actor", "at")} for one in decided
                ],
            }
        )
        return
    shown = duties if everything else [duty for duty in duties if duty.state is not State.NOT_DUE]
    out, one = console(), gathered.incident
    out.print(Text(f"\n事案 {number}  {one.title}", style="bold"))
    out.print(f"知った日 (1日目): {in_words(one.known_on)}    判定日: {in_words(gathered.as_of)}\n")
    if why:
        _print(gathered, shown, decided)
    else:
        _print_short(gathered, shown, decided)
    _print_unknown(gathered, shown)
    if len(shown) < len(duties):
        out.print(f"\n該当しないもの {len(duties) - len(shown)}件は --all で表示します")
    say(f"理由・根拠・期限の数え方: sekisho incident deadlines {number} --why")
    say(f"事実を補う: sekisho incident facts {number} --fact improper_purpose=no …")
    say(f"判断を記録する: sekisho incident decide {number} コード report|not|done --reason …")


def _print_short(gathered: Dossier, shown: list[Duty], decided: list[Judgement]) -> None:
    """One line for each duty; the same duty towards several insurers once, with their names."""
    out = console()
    last = {judgement.duty: judgement for judgement in decided}
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in ("要否", "期限", "すること", "判断"):
        table.add_column(name, overflow="fold")
    merged: dict[tuple[str, ...], list[str]] = {}
    for duty, line in zip(_in_order(shown), lines(shown, gathered.as_of), strict=True):
        told = dict(zip(HEADERS, line, strict=True))
        merged.setdefault((told["要否"], told["期限"], told["すること"], duty.code), []).append(duty.insurer_id)
    for (state, when, what, code), insurers in merged.items():
        named = [one for one in dict.fromkeys(insurers) if one]
        about = f" ({'・'.join(named)} の分)" if len(named) > 1 else ""
        made = f"{DECISIONS[last[code].decision]} ({last[code].at:%Y-%m-%d})" if code in last else ""
        table.add_row(state, Text(when), Text(f"{what}\n[{code}]{about}"), made)
    out.print(table)


def _print_unknown(gathered: Dossier, shown: list[Duty]) -> None:
    """What to find out, so that what is undecided can be decided, and what the causes suggest."""
    out = console()
    names = current_rules().unknowns
    wanted: dict[str, int] = {}
    for duty in shown:
        for code in duty.missing:
            wanted[code] = wanted.get(code, 0) + 1
    if wanted:
        out.print(Text("調べること (これで決まる義務の数)", style="bold"))
        for code, count in sorted(wanted.items(), key=lambda one: -one[1]):
            out.print(Text(f"  {names[code]} ({count})" + (f"  --fact {code}=…" if code in TELLABLE else "")))
    for one in suggested(gathered.incident.causes):
        if one.field not in gathered.incident.facts:
            out.print(Text(f"  原因から推測されること (要確認): {one.field}={one.value}  {one.words}"))


def _print(gathered: Dossier, shown: list[Duty], decided: list[Judgement]) -> None:
    """Each duty with its reason, its ground, and how its days were counted."""
    out = console()
    last = {judgement.duty: judgement for judgement in decided}
    for duty, line in zip(_in_order(shown), lines(shown, gathered.as_of), strict=True):
        told = dict(zip(HEADERS, line, strict=True))
        head = Text.assemble((told["要否"], "bold"), "  ", (told["すること"], "bold"), f"  [{duty.code}]")
        if duty.insurer_id:
            head.append(f"  {gathered.names.get(duty.insurer_id, duty.insurer_id)} の分")
        out.print(head)
        grid = Table.grid(padding=(0, 2))
        grid.add_column(no_wrap=True, min_width=6)
        grid.add_column()
        for name in ("期限", "だれが", "だれに", "理由", "期限の数え方", "根拠"):
            if told[name]:
                grid.add_row(Text(f"  {name}", style="dim"), Text(told[name]))
        if duty.code in last:
            made = last[duty.code]
            words = f"{DECISIONS[made.decision]}: {made.reason} ({made.actor}、{made.at:%Y-%m-%d})"
            grid.add_row(Text("  判断", style="dim"), Text(words))
        out.print(grid)
        out.print()


def _in_order(shown: list[Duty]) -> list[Duty]:
    """The duties in the order in which ``lines`` gives them."""
    order = (State.DUE, State.UNDECIDED, State.NOT_DUE)
    return sorted(shown, key=lambda duty: (order.index(duty.state), duty.last_due or date.max))


def facts(
    number: NumberArgument,
    fact: Annotated[
        list[str] | None, typer.Option("--fact", metavar="NAME=VALUE", help="yes, no, a day, a number.")
    ] = None,
    by: ByOption = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Tell what is known of the case beyond the count (or show it): improper_purpose, encrypted, recovered_unseen …"""
    told = dict(told_fact(text) for text in fact or ())
    with records(workspace, by) as kept:
        gathered = dossier(kept, number)
        together = {**gathered.incident.facts, **told}
        known, _ = judged(kept, replace(gathered, incident=replace(gathered.incident, facts=together)))
        if told:  # only what does not contradict the rest
            kept.change(number, facts=together)
        fewer = _fewer_than_counted(gathered, kept, told)
    if as_json:
        print_json([one.as_json() for one in known])
        return
    for name, value, counted in fewer:
        say(f"{name}={value:,} は、数えた最大 {counted:,} 人より少ない値です")
        say("根拠を sekisho incident note に残してください")
    out = console()
    for one in known:
        shown = Table("事実", "値", box=box.SIMPLE_HEAD, pad_edge=False)
        for name, value in one.as_json().items():
            shown.add_row(name, Text("不明" if value is None else str(value)))
        out.print(shown)


def _fewer_than_counted(gathered: Dossier, kept: "Records", told: Mapping[str, Any]) -> list[tuple[str, int, int]]:
    """Numbers told (name, number, number counted) that are smaller than what the findings may amount to."""
    name = "people_at_most"
    if told.get(name) is None:
        return []
    untold = {other: value for other, value in gathered.incident.facts.items() if other != name}
    counted, _ = judged(kept, replace(gathered, incident=replace(gathered.incident, facts=untold)))
    most = max((one.people_at_most or 0 for one in counted), default=0)
    return [(name, told[name], most)] if told[name] < most else []


def decide(
    number: NumberArgument,
    duty: Annotated[str, typer.Argument(metavar="DUTY", help="The code in brackets that `deadlines` shows.")],
    decision: Annotated[str, typer.Argument(metavar="report|not|done", help="What was decided.")],
    reason: Annotated[str, typer.Option("--reason", help="On which ground.")],
    by: ByOption = None,
    workspace: WorkspaceOption = None,
) -> None:
    """Record what was decided about a duty, on which ground, with the facts known at this moment."""
    if decision not in DECISIONS:
        raise InputError(f"unknown decision {decision!r}", remedy=f"one of {', '.join(DECISIONS)}")
    with records(workspace, by) as kept:
        known, duties = judged(kept, dossier(kept, number))
        about = [one for one in duties if one.code == duty]
        if not about:
            codes = ", ".join(dict.fromkeys(one.code for one in duties))
            raise InputError(f"there is no duty {duty!r} in this case", where="DUTY", remedy=f"one of {codes}")
        facts_json, duties_json = [one.as_json() for one in known], [one.as_json() for one in about]
        kept.decide(number, Judgement(duty, decision, reason, facts_json, duties_json))
    say(f"「{about[0].ja}」を{DECISIONS[decision]}と記録しました (この時点の事実とともに保存)")
