"""``sekisho mailing``: what became of the letters: posted, delivered, returned, replaced by publication (B5, B6)."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich import box
from rich.table import Table
from rich.text import Text

from sekisho.cli.ask import day
from sekisho.cli.incident.dossier import dossier
from sekisho.cli.letters import HELD, recipients_of
from sekisho.cli.records import ByOption, NumberArgument, records
from sekisho.cli.show import console, print_json, say
from sekisho.cli.workspace import JsonOption, WorkspaceOption
from sekisho.kernel.clock import now, today
from sekisho.kernel.errors import InputError, SekishoError
from sekisho.kernel.files import check_writable, whole_file
from sekisho.letters.addressing.barcode import bars_of
from sekisho.letters.addressing.postage import Plan, count_sheet
from sekisho.letters.model import Recipient
from sekisho.letters.printing import Settings, single_letter
from sekisho.letters.sending.mailing import write_messages
from sekisho.letters.sending.returns import by_reason, entered, scanned
from sekisho.letters.sending.status import Sent, assumed_delivered, reasons, states, step, summary, to_substitute
from sekisho.letters.texts.wording import columns, own_causes, wording
from sekisho.reports.document import Sheet, Workbook
from sekisho.reports.workbook import write_workbook

if TYPE_CHECKING:
    from sekisho.store.records.mailings import Mailings

app = typer.Typer(help="What became of the letters.", no_args_is_help=True, rich_markup_mode=None)
Which = Annotated[int | None, typer.Option("--mailing", help="The number of the mailing (default: the latest).")]
OnOption = Annotated[str | None, typer.Option("--on", help="The day (default: today).")]


@app.callback()
def mailing() -> None:
    """What became of the letters."""


def _which(mailings: "Mailings", which: int | None) -> int:
    there = mailings.all()
    if not there:
        raise InputError("no letters have been printed yet", remedy="sekisho letters N --out DIR")
    return which or there[-1].number


@app.command()
def show(number: NumberArgument, workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """The mailings of an incident, and how many letters are in which state."""
    with records(workspace) as kept:
        mailings = kept.mailings(number)
        found = [(one, summary(mailings.letters(one.number))) for one in mailings.all()]
        held = mailings.held()
    if as_json:
        print_json(
            [{"mailing": one.number, "folder": one.folder, "letters": one.letter_count, "held": one.held_count,
              "states": dict(told.states), "reasons": dict(told.reasons)} for one, told in found]
        )  # fmt: skip
        return
    out = console()
    if not found:
        out.print("通知文書はまだ作成していません (sekisho letters N --out DIR)")
        return
    for one, told in found:
        head = f"\n発送 {one.number}  {one.made_at:%Y-%m-%d}  {one.letter_count:,}通  {one.folder}"
        out.print(Text(head, style="bold"))
        shown = Table(box=box.SIMPLE_HEAD, pad_edge=False)
        shown.add_column("状態")
        shown.add_column("通数", justify="right")
        for code, state in states().items():
            shown.add_row(state.ja, f"{told.states.get(code, 0):,}")
        out.print(shown)
        for code, count in told.reasons.items():
            out.print(f"  返戻の理由: {reasons()[code].ja} {count:,}通")
    counts = {reason: sum(1 for one in held if one.reason is reason) for reason in HELD}
    out.print("保留: " + ("、".join(f"{HELD[r]} {n:,}件" for r, n in counts.items() if n) or "なし"))


@app.command()
def posted(
    number: NumberArgument, on: OnOption = None, which: Which = None, by: ByOption = None,
    workspace: WorkspaceOption = None,
) -> None:  # fmt: skip
    """All printed letters of a mailing have been posted."""
    _step_all(number, "printed", "posted", on, which, by, workspace)


@app.command()
def delivered(
    number: NumberArgument,
    on: OnOption = None,
    days: Annotated[int | None, typer.Option("--days", min=1, help="Posted so long ago and not come back.")] = None,
    which: Which = None,
    by: ByOption = None,
    workspace: WorkspaceOption = None,
) -> None:
    """Posted letters that have not come back for some days count as delivered."""
    with records(workspace, by) as kept:
        mailings = kept.mailings(number)
        chosen = _which(mailings, which)
        changed = assumed_delivered(mailings.letters(chosen), day(on, "--on"), days=days)
        if changed:
            mailings.update(chosen, changed, "配達とみなしました (返戻なし)")
    say(f"{len(changed):,}通を配達済みとみなしました")


@app.command()
def returned(
    number: NumberArgument,
    scans: Annotated[
        Path | None, typer.Argument(metavar="FILE", help="One reading a line: barcode or serial, and the reason.")
    ] = None,
    serial: Annotated[list[str] | None, typer.Option("--serial", help="A serial, typed; may be repeated.")] = None,
    reason: Annotated[str, typer.Option("--reason", help="For lines that name none: 宛所不明, 受取拒否 …")] = "",
    on: OnOption = None,
    which: Which = None,
    by: ByOption = None,
    workspace: WorkspaceOption = None,
) -> None:
    """Enter returned mail (返戻) by barcode or serial. What fits no letter, or several, is listed (exit 1)."""
    lines = [*(scanned(scans) if scans else []), *(serial or [])]
    if not lines:
        raise InputError("no returned mail is named", remedy="give a scanner's file, or --serial")
    with records(workspace, by) as kept:
        mailings = kept.mailings(number)
        chosen = _which(mailings, which)
        found = entered(lines, mailings.letters(chosen), day(on, "--on"), reason=reason)
        if found.letters:
            mailings.update(chosen, found.letters, "返戻を登録しました")
    known = f" (登録済み {len(found.repeated):,}行)" if found.repeated else ""
    say(f"返戻 {len(found.letters):,}通を登録しました{known}")
    for words, count in by_reason(found).items():
        say(f"  {words}: {count:,}通")
    for one in found.unassigned:
        say(f"  {one.line}行目: {one.why}" + (f" ({', '.join(one.serials)})" if one.serials else ""))
    if found.unassigned:
        raise SekishoError(f"{len(found.unassigned)} lines were not assigned", remedy="enter them by serial (--serial)")


@app.command()
def substitute(
    number: NumberArgument, on: OnOption = None, which: Which = None, by: ByOption = None,
    workspace: WorkspaceOption = None,
) -> None:  # fmt: skip
    """Letters that came back for good have been replaced by publication (sekisho notice)."""
    with records(workspace, by) as kept:
        mailings = kept.mailings(number)
        chosen = _which(mailings, which)
        when = day(on, "--on")
        changed = [step(one, "substituted", when) for one in to_substitute(mailings.letters(chosen))]
        if changed:
            mailings.update(chosen, changed, "公表をもって通知に代えました")
    say(f"{len(changed):,}通を公表による代替措置としました")


@app.command()
def mark(
    number: NumberArgument,
    to: Annotated[str, typer.Argument(metavar="STATE", help="told, reissued, substituted, withdrawn …")],
    serial: Annotated[list[str], typer.Option("--serial", help="The letters; may be repeated.")],
    on: OnOption = None,
    which: Which = None,
    by: ByOption = None,
    workspace: WorkspaceOption = None,
) -> None:
    """Say what became of single letters: sent anew, told by telephone, published instead, withdrawn."""
    when = day(on, "--on")
    with records(workspace, by) as kept:
        mailings = kept.mailings(number)
        chosen = _which(mailings, which)
        there = {one.serial: one for one in mailings.letters(chosen)}
        if strange := [one for one in serial if one not in there]:
            raise InputError(f"mailing {chosen} has no letter {strange[0]!r}", remedy=f"sekisho mailing show {number}")
        changed = [step(there[one], to, when) for one in dict.fromkeys(serial)]
        mailings.update(chosen, changed, states()[to].ja)
    say(f"{len(changed):,}通を「{states()[to].ja}」にしました")


@app.command()
def postage(
    number: NumberArgument,
    out: Annotated[Path, typer.Option("--out", help="The count sheet (.xlsx).")],
    grams: Annotated[int, typer.Option("--grams", min=1, help="What one letter weighs.")] = 20,
    on: OnOption = None,
    tariff: Annotated[Path | None, typer.Option("--postage", help="Your own prices and discounts (YAML).")] = None,
    which: Which = None,
    workspace: WorkspaceOption = None,
) -> None:
    """The count sheet (内訳票) of a mailing and what posting it costs."""
    check_writable(out)
    with records(workspace) as kept:
        mailings = kept.mailings(number)
        sent = mailings.letters(_which(mailings, which))
    pairs = ((one.postal_code, one.has_bars) for one in sent)
    found = count_sheet(pairs, Plan(grams), posted_on=day(on, "--on"), tariff=tariff)
    head, *rows = found.rows()
    write_workbook(Workbook("内訳票", (Sheet("内訳票", tuple(head), rows, widths=(14, 10, 10, 12, 16)),)), out)
    say(f"{found.pieces:,}通、概算 {found.yen:,}円 → {out}")


@app.command()
def email(
    number: NumberArgument,
    out: Annotated[Path, typer.Option("--out", help="A new folder for the .eml files.")],
    sender: Annotated[str, typer.Option("--sender", help="The From address.")],
    workspace: WorkspaceOption = None,
) -> None:
    """The letters as mail (.eml), for those with a mail address in the ledger; policy numbers are masked."""
    with records(workspace) as kept:
        about = dossier(kept, number)
        causes = own_causes(about)
        words = wording(about, causes, written_on=today())
        with recipients_of(kept, about, with_email=True) as found:
            numbered = {one.person: f"{number}-E-{n:06}" for n, one in enumerate(found.recipients(), 1)}
            made = write_messages(
                found.recipients(), words, out, sender=sender, serial_of=lambda one: numbered[one.person], at=now(),
                columns=columns(causes),
            )  # fmt: skip
    say(f"電子メール {len(made.written):,}通 → {out} (アドレスのない方 {len(made.without):,}人)")


@app.command()
def single(
    number: NumberArgument,
    serial: Annotated[str, typer.Argument(metavar="SERIAL", help="The serial on the letter.")],
    out: Annotated[Path, typer.Option("--out", help="The PDF to write.")],
    workspace: WorkspaceOption = None,
) -> None:
    """One letter as an accessible PDF (PDF/A-2a, PDF/UA-1), for a screen reader or to send it once more."""
    check_writable(out)
    with records(workspace) as kept:
        letter = next((one for one in kept.mailings(number).every_letter() if one.serial == serial), None)
        if letter is None:
            raise InputError(f"incident {number} has no letter {serial!r}", remedy=f"sekisho mailing show {number}")
        about = dossier(kept, number)
        causes = own_causes(about)
        words = wording(about, causes, written_on=letter.since or today())
        with recipients_of(kept, about) as found:
            recipient = _of(found.recipients(), letter)
    heads = ["証券番号・保険種目\n引受保険会社", "対象となった情報の項目", "時期", *columns(causes)]
    made = single_letter(recipient, words, serial, settings=Settings(bars=bars_of, layout={"labels": {"heads": heads}}))
    with whole_file(out) as temporary:
        temporary.write_bytes(made)
    say(f"→ {out}")


def _of(recipients: "object", letter: Sent) -> Recipient:
    for one in recipients:  # type: ignore[attr-defined]
        if one.person == letter.person:
            return one  # type: ignore[no-any-return]
    raise SekishoError(
        f"the person of letter {letter.serial} is no longer in the findings", remedy="print the letters anew"
    )


def _step_all(
    number: int, before: str, to: str, on: str | None, which: int | None, by: str | None, workspace: Path | None
) -> None:
    when = day(on, "--on")
    with records(workspace, by) as kept:
        mailings = kept.mailings(number)
        chosen = _which(mailings, which)
        changed = [step(one, to, when) for one in mailings.letters(chosen) if one.state == before]
        if changed:
            mailings.update(chosen, changed, states()[to].ja)
    say(f"{len(changed):,}通を「{states()[to].ja}」にしました")
