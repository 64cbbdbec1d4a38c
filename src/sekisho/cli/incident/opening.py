"""``sekisho incident open | add | remove | close | reopen``."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import pyarrow as pa
import typer

from sekisho.cli.ask import day
from sekisho.cli.incident.dossier import dossier
from sekisho.cli.incident.duties import judged
from sekisho.cli.incident.hand import hand_counts
from sekisho.cli.records import ByOption, NumberArgument, records
from sekisho.cli.show import print_json, say
from sekisho.cli.workspace import JsonOption, WorkspaceOption
from sekisho.findings.files import read_findings
from sekisho.findings.perspective import seen_by
from sekisho.incidents.closing import open_points
from sekisho.incidents.model import Incident, Medium
from sekisho.incidents.opening import incident_of, tasks_of, title_of
from sekisho.kernel.errors import InputError, SekishoError
from sekisho.law.causes import causes
from sekisho.law.duties import State
from sekisho.letters.sending.status import states
from sekisho.store.workspace import Workspace

if TYPE_CHECKING:
    from sekisho.store.records.records import Records

Reason = Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why.")]


def open_incident(
    findings: Annotated[
        list[str] | None, typer.Argument(metavar="[FINDINGS…]", help="Files of `sekisho sweep`.")
    ] = None,
    known_on: Annotated[
        str | None, typer.Option("--known-on", help="The day on which any department knew: day 1 of every deadline.")
    ] = None,
    known_by: Annotated[str, typer.Option("--known-by", help="Which department that was.")] = "",
    title: Annotated[str, typer.Option("--title", help="What to call it.")] = "",
    party: Annotated[str | None, typer.Option("--party", help="Who answers (default: party_id of [company]).")] = None,
    cause: Annotated[str | None, typer.Option("--cause", help="By hand: the cause (G1 …).")] = None,
    medium: Annotated[str | None, typer.Option("--medium", help="By hand: paper, fax, portable, device …")] = None,
    insurer: Annotated[str, typer.Option("--insurer", help="By hand: whose customers.")] = "",
    agency: Annotated[str, typer.Option("--agency", help="By hand: whose case.")] = "",
    count: Annotated[int | None, typer.Option("--records", min=0, help="By hand: how many records.")] = None,
    people: Annotated[int | None, typer.Option("--people", min=0, help="By hand: how many persons.")] = None,
    corporate: Annotated[int, typer.Option("--corporate", min=0, help="By hand: how many corporate holders.")] = 0,
    items: Annotated[str, typer.Option("--items", help="By hand: 契約者氏名;住所 … or item codes.")] = "",
    counts: Annotated[Path | None, typer.Option("--counts", help="By hand: a CSV with several such lines.")] = None,
    every: Annotated[
        bool, typer.Option("--all", help="Keep findings that concern other parties only (default: --party's side).")
    ] = False,
    outline: Annotated[str, typer.Option("--outline", help="What happened, in words.")] = "",
    by: ByOption = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Open an incident on findings, or by hand (lost paper, mis-sent FAX, theft, disposal …)."""
    room = Workspace.open(workspace)
    if known_on is None:
        raise InputError(
            "on which day did you know?", where="--known-on", remedy="name it: every deadline is counted from it"
        )
    known, answers = day(known_on, "--known-on"), party or room.settings().company.party_id
    if not answers:
        raise InputError("who answers for it?", where="--party", remedy="name it, or set party_id under [company]")
    tables = [(name, _side(name, None if every else answers)) for name in findings or ()]
    by_hand = hand_counts(
        counts, insurer=insurer, agency=agency, cause=cause, records=count, people=people, corporate=corporate,
        items=items,
    )  # fmt: skip
    if tables and by_hand:
        raise InputError("findings and figures by hand in one incident", remedy="open one incident for each")
    if tables:
        made = incident_of(pa.concat_tables([t for _, t in tables]), own_party=answers, known_on=known, title=title)
    elif by_hand:
        found = tuple(dict.fromkeys(one.cause for one in by_hand))
        made = Incident(
            0, title or title_of(found, None, None), answers, found, causes()[found[0]].legal_character,
            _medium(medium), known, by_hand=by_hand,
        )  # fmt: skip
    else:
        raise InputError(
            "nothing to open it on", remedy="give findings files, or --cause, --records and --people for one by hand"
        )
    made = replace(made, known_by=known_by, outline=outline)
    with records(workspace, by) as kept:
        opened = kept.open(made, tables)
        if tables:
            kept.add_tasks(opened.number, tasks_of(kept.findings(opened.number), room.registry().party_names()))
    if as_json:
        print_json({"incident": opened.number, "title": opened.title})
    else:
        say(f"事案 {opened.number} を登録しました: {opened.title}")
        say(f"次に: sekisho incident show {opened.number} / sekisho incident deadlines {opened.number}")


def add(
    number: NumberArgument,
    findings: Annotated[list[str], typer.Argument(metavar="FINDINGS…", help="Files of `sekisho sweep`.")],
    every: Annotated[bool, typer.Option("--all", help="Keep findings that concern other parties only.")] = False,
    by: ByOption = None,
    workspace: WorkspaceOption = None,
) -> None:
    """Add findings to an incident (a later sweep); findings that it has already count once."""
    with records(workspace, by) as kept:
        answers = None if every else kept.incident(number).own_party
        for source, table in [(name, _side(name, answers)) for name in findings]:
            if table.num_rows == 0:
                say(f"{source}: 追加する検知はありません")
                continue
            added = kept.add_findings(number, source, table)
            say(f"検知 {added.row_count:,}件を追加しました ({added.number}: {source})")
        kept.add_tasks(number, tasks_of(kept.findings(number), kept.workspace.registry().party_names()))


def remove(
    number: NumberArgument,
    which: Annotated[int, typer.Argument(metavar="M", help="The number of the findings file (incident show).")],
    reason: Reason,
    by: ByOption = None,
    workspace: WorkspaceOption = None,
) -> None:
    """Take a file of findings out of the count, with the reason; nothing is deleted."""
    with records(workspace, by) as kept:
        kept.remove_findings(number, which, reason)
    say(f"検知ファイル {which} を事案 {number} の集計から外しました")


def close(
    number: NumberArgument,
    reason: Reason,
    despite: Annotated[bool, typer.Option("--despite-open-points", help="Close although something is open.")] = False,
    by: ByOption = None,
    workspace: WorkspaceOption = None,
) -> None:
    """Close an incident. What has not been done is listed, and nothing is closed (exit 1) unless you say so."""
    with records(workspace, by) as kept:
        points = _open_points(kept, number)
        for point in points:
            say(f"未了: {point}")
        if points and not despite:
            raise SekishoError(
                f"incident {number} has {len(points)} open points",
                remedy="do them, or close it with --despite-open-points; the reason is kept",
            )
        kept.close(number, f"{reason} (未了 {len(points)}件のまま)" if points else reason)
    say(f"事案 {number} を終了しました")


def _open_points(kept: "Records", number: int) -> list[str]:
    """What would be left open: duties nobody decided about, letters under way, and what ``incidents.closing`` names."""
    gathered = dossier(kept, number)
    _, duties = judged(kept, gathered)
    decided = {judgement.duty for judgement in kept.judgements(number)}
    undecided = [
        duty.ja
        for duty in duties
        if duty.state is not State.NOT_DUE and duty.force == "obligation" and duty.code not in decided
    ]
    under_way = sum(1 for letter in kept.mailings(number).every_letter() if not states()[letter.state].settled)
    return open_points(gathered, undecided_duties=list(dict.fromkeys(undecided)), open_letters=under_way)


def reopen(number: NumberArgument, reason: Reason, by: ByOption = None, workspace: WorkspaceOption = None) -> None:
    """Open a closed incident again."""
    with records(workspace, by) as kept:
        kept.reopen(number, reason)
    say(f"事案 {number} を再開しました")


def _side(name: str, party: str | None) -> pa.Table:
    """The findings of a file, from one party's side; how many concern others only is told."""
    every = read_findings(Path(name))
    if party is None:
        return every
    own = seen_by(every, party)
    if own.num_rows < every.num_rows:
        others = every.num_rows - own.num_rows
        say(f"{name}: {every.num_rows:,}件のうち {party} に関わらない {others:,}件を除きました (--all で含めます)")
    return own


def _medium(text: str | None) -> Medium:
    if text is None:
        raise InputError("by what did it go?", where="--medium", remedy=f"one of {', '.join(Medium)}")
    try:
        return Medium(text)
    except ValueError:
        raise InputError(f"unknown medium {text!r}", where="--medium", remedy=f"one of {', '.join(Medium)}") from None
