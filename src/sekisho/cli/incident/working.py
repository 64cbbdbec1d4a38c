"""``sekisho incident set | note | reason | measure | task``: the work on an incident, written down as it is done."""

from datetime import datetime
from typing import Annotated, Any

import typer

from sekisho.cli.ask import day
from sekisho.cli.records import ByOption, NumberArgument, records
from sekisho.cli.show import say
from sekisho.cli.workspace import WorkspaceOption
from sekisho.incidents.model import Measure, Task, TaskKind
from sekisho.kernel.clock import JST
from sekisho.kernel.errors import InputError

Words = Annotated[str, typer.Argument(metavar="TEXT", help="In words.")]
Cause = Annotated[str, typer.Option("--cause", help="The cause it belongs to (A1 …).")]
Owner = Annotated[str, typer.Option("--owner", help="Who does it.")]
Due = Annotated[str | None, typer.Option("--due", help="By when.")]
DoneOn = Annotated[str | None, typer.Option("--done-on", help="When it was done.")]
Finish = Annotated[int | None, typer.Option("--finish", metavar="M", help="Number M has been done (--done-on: today).")]


def change(
    number: NumberArgument,
    title: Annotated[str | None, typer.Option("--title")] = None,
    known_on: Annotated[str | None, typer.Option("--known-on", help="The day of knowing.")] = None,
    known_by: Annotated[str | None, typer.Option("--known-by", help="Which department knew.")] = None,
    character: Annotated[
        str | None, typer.Option("--character", help="leak, loss, damage, third_party_provision")
    ] = None,
    outline: Annotated[str | None, typer.Option("--outline", help="概要")] = None,
    damage: Annotated[str | None, typer.Option("--secondary-damage", help="二次被害の有無と内容")] = None,
    publication: Annotated[str | None, typer.Option("--publication", help="公表の実施状況")] = None,
    response: Annotated[str | None, typer.Option("--response", help="本人への対応の実施状況")] = None,
    other: Annotated[str | None, typer.Option("--other", help="その他参考となる事項")] = None,
    by: ByOption = None,
    workspace: WorkspaceOption = None,
) -> None:
    """Change what is written about an incident. The ledger keeps what stood there before."""
    told: dict[str, Any] = {
        "title": title, "known_by": known_by, "legal_character": character, "outline": outline,
        "secondary_damage": damage, "publication": publication, "response": response, "other": other,
        "known_on": None if known_on is None else day(known_on, "--known-on"),
    }  # fmt: skip
    changes = {name: value for name, value in told.items() if value is not None}
    if not changes:
        raise InputError("nothing to change", remedy="name what: see sekisho incident set --help")
    with records(workspace, by) as kept:
        kept.change(number, **changes)
    say(f"事案 {number} を更新しました")


def note(
    number: NumberArgument,
    text: Words,
    at: Annotated[str | None, typer.Option("--at", help="When it happened (default: now).")] = None,
    by: ByOption = None,
    workspace: WorkspaceOption = None,
) -> None:
    """Add a line to the timeline."""
    with records(workspace, by) as kept:
        kept.note(number, text, None if at is None else _instant(at))
    say(f"事案 {number} の経過に記録しました")


def reason(
    number: NumberArgument, text: Words, cause: Cause = "", by: ByOption = None, workspace: WorkspaceOption = None
) -> None:
    """原因分析: add why it could happen."""
    with records(workspace, by) as kept:
        kept.add_reason(number, text, cause)
    say(f"事案 {number} の原因分析に記録しました")


def measure(
    number: NumberArgument,
    text: Annotated[str, typer.Argument(metavar="[TEXT]", help="The measure, in words.")] = "",
    cause: Cause = "",
    owner: Owner = "",
    due: Due = None,
    done_on: DoneOn = None,
    finish: Finish = None,
    by: ByOption = None,
    workspace: WorkspaceOption = None,
) -> None:
    """Add a measure (planned, or done with --done-on); or --finish M."""
    done = None if done_on is None else day(done_on, "--done-on")
    with records(workspace, by) as kept:
        if finish is not None:
            kept.finish_measure(number, finish, done or day(None, "--done-on"))
            say(f"再発防止策 {finish} を実施済みにしました")
            return
        made = kept.add_measure(
            number, Measure(0, text, cause, owner, None if due is None else day(due, "--due"), done)
        )
    say(f"再発防止策 {made.number} を記録しました")


def task(
    number: NumberArgument,
    text: Annotated[str, typer.Argument(metavar="[TEXT]", help="The task, in words.")] = "",
    kind: Annotated[str, typer.Option("--kind", help=", ".join(TaskKind))] = TaskKind.OTHER,
    party: Annotated[str, typer.Option("--party", help="With whom.")] = "",
    owner: Owner = "",
    due: Due = None,
    finish: Finish = None,
    done_on: DoneOn = None,
    result: Annotated[str, typer.Option("--result", help="What came of it.")] = "",
    by: ByOption = None,
    workspace: WorkspaceOption = None,
) -> None:
    """Add a task (interview, recovery, confirmation of deletion …); or --finish M --result TEXT."""
    done = None if done_on is None else day(done_on, "--done-on")
    with records(workspace, by) as kept:
        if finish is not None:
            kept.finish_task(number, finish, done or day(None, "--done-on"), result)
            say(f"作業 {finish} を完了にしました")
            return
        if kind not in tuple(TaskKind):
            raise InputError(f"unknown kind {kind!r}", where="--kind", remedy=f"one of {', '.join(TaskKind)}")
        by_day = None if due is None else day(due, "--due")
        made = kept.add_tasks(number, [Task(0, TaskKind(kind), party, text, owner, by_day, done, result)])
    say(f"作業 {made[0].number} を登録しました" if made else "同じ作業がすでにあります")


def _instant(text: str) -> datetime:
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        found = day(text, "--at")
        return datetime(found.year, found.month, found.day, tzinfo=JST)
    return instant.replace(tzinfo=JST) if instant.tzinfo is None else instant
