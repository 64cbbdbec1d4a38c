"""``sekisho report N --kind …``: the documents of an incident (B4, A5)."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import pyarrow.compute as pc
import typer

from sekisho.cli.ask import day
from sekisho.cli.incident.dossier import dossier, loaded_registry, persons
from sekisho.cli.incident.duties import judged
from sekisho.cli.incident.stating import keep_figures
from sekisho.cli.records import ByOption, NumberArgument, records
from sekisho.cli.show import print_json, say
from sekisho.cli.workspace import JsonOption, WorkspaceOption
from sekisho.incidents.by_hand import table_by_hand
from sekisho.incidents.model import Dossier
from sekisho.incidents.table import disclosure_table
from sekisho.kernel.clock import today
from sekisho.kernel.errors import InputError
from sekisho.kernel.files import check_writable
from sekisho.reports.document import Document, Workbook
from sekisho.reports.handover import deletion_request, handover_letter, handover_list
from sekisho.reports.pdf import write_pdf
from sekisho.reports.provision import provision_records
from sekisho.reports.questions import questions
from sekisho.reports.regulator import STAGES, Addressed, regulator_report
from sekisho.reports.release import release
from sekisho.reports.word import write_word
from sekisho.reports.workbook import write_workbook

if TYPE_CHECKING:
    from sekisho.store.records.records import Records

Made = Document | Workbook


@dataclass(frozen=True, slots=True)
class Asked:
    """What the command was told, beside the incident."""

    kept: "Records" = field(repr=False)
    insurer: str = ""
    party: str = ""
    to: str = ""
    stage: str = "preliminary"
    together_with: str = ""
    letters_from: str = ""


def _regulator(gathered: Dossier, asked: Asked) -> Made:
    if asked.stage not in STAGES:
        raise InputError(f"unknown stage {asked.stage!r}", where="--stage", remedy=f"one of {', '.join(STAGES)}")
    names = gathered.names
    _, duties = judged(asked.kept, gathered)
    together = names.get(asked.together_with, asked.together_with)
    return regulator_report(
        gathered, duties, Addressed(asked.to, asked.stage, names.get(asked.insurer, asked.insurer), together)
    )


def _of_insurer(kept: "Records", gathered: Dossier, insurer: str) -> Dossier:
    """The part of one insurer: its customers, counted by themselves."""
    if gathered.incident.by_hand:
        mine = tuple(one for one in gathered.incident.by_hand if one.insurer_id == insurer)
        incident = replace(gathered.incident, by_hand=mine)
        return replace(gathered, incident=incident, table=table_by_hand(mine, gathered.as_of))
    theirs = gathered.findings.filter(pc.equal(gathered.findings["insurer_id"], insurer))
    who = persons(kept, theirs, loaded_registry(kept.workspace))
    return replace(gathered, findings=theirs, table=disclosure_table(theirs, as_of=gathered.as_of, persons=who))


def _handover(gathered: Dossier, asked: Asked) -> Made:
    if not asked.insurer:
        raise InputError("for which insurer?", where="--insurer", remedy="name the insurer whose data we received")
    return handover_list(gathered, asked.insurer)


def _handover_letter(gathered: Dossier, asked: Asked) -> Made:
    if not asked.insurer:
        raise InputError("for which insurer?", where="--insurer", remedy="name the insurer whose data we received")
    return handover_letter(gathered, asked.insurer)


def _deletion(gathered: Dossier, asked: Asked) -> Made:
    if not asked.party:
        raise InputError("from whom?", where="--party", remedy="name the party that received our customers' data")
    return deletion_request(gathered, asked.party)


KINDS: dict[str, tuple[str, Callable[[Dossier, Asked], Made]]] = {
    "regulator": ("監督当局への報告 (速報・確報)", _regulator),
    "release": ("公表文と別紙", lambda gathered, asked: release(gathered, letters_from=asked.letters_from)),
    "handover": ("他社情報の引渡し一覧", _handover),
    "handover-letter": ("引渡し一覧の送付状", _handover_letter),
    "deletion": ("削除依頼と削除確認書", _deletion),
    "questions": ("想定問答", lambda gathered, asked: questions(gathered)),
    "provision": (
        "第三者提供・受領の記録",
        lambda gathered, asked: provision_records(gathered, asked.kept.workspace.registry()),
    ),
}


WITH_FIGURES = ("regulator", "release", "questions")


def report(
    number: NumberArgument,
    kind: Annotated[str, typer.Option("--kind", help=", ".join(KINDS))],
    out: Annotated[Path, typer.Option("--out", help=".docx or .pdf; lists .xlsx")],
    as_of: Annotated[str | None, typer.Option("--as-of", help="Figures as of this day (default: today).")] = None,
    insurer: Annotated[str, typer.Option("--insurer", help="Whose customers it is about.")] = "",
    party: Annotated[str, typer.Option("--party", help="Who is asked to delete.")] = "",
    to: Annotated[str, typer.Option("--to", help="To whom the report goes.")] = "",
    stage: Annotated[str, typer.Option("--stage", help="preliminary (速報) or final (確報)")] = "preliminary",
    together_with: Annotated[str, typer.Option("--with", help="Report jointly with this party.")] = "",
    letters_from: Annotated[str, typer.Option("--letters-from", help="When letters begin to go out, in words.")] = "",
    told_to: Annotated[
        str, typer.Option("--told-to", help="Also keep its figures as told to this one (incident state).")
    ] = "",
    by: ByOption = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write a document of an incident. What nobody has entered stays a marked gap, and the gaps are counted."""
    if kind not in KINDS:
        raise InputError(f"unknown kind {kind!r}", where="--kind", remedy=f"one of {', '.join(KINDS)}")
    if told_to and kind not in WITH_FIGURES:
        known = ", ".join(WITH_FIGURES)
        raise InputError(
            f"{kind} tells no figures", where="--told-to", remedy=f"for {known}, or sekisho incident state"
        )
    check_writable(out)
    with records(workspace, by) as kept:
        gathered = dossier(kept, number, day(as_of, "--as-of") if as_of else None)
        if kind == "regulator" and insurer:
            gathered = _of_insurer(kept, gathered, insurer)
        made = KINDS[kind][1](gathered, Asked(kept, insurer, party, to, stage, together_with, letters_from))
        write_made(made, out)
        if told_to:
            stated = keep_figures(kept, gathered, told_to, today())
            say(f"第{stated.number}版の件数として保存しました ({told_to})")
    draft = made.draft if isinstance(made, Document) else ""
    if as_json:
        print_json({"incident": number, "kind": kind, "out": str(out), "draft": draft})
        return
    say(f"{KINDS[kind][0]} → {out}")
    if draft:
        say(f"{draft}: 文書の【】の箇所を、事案に記録してから作り直すか、文書の上で補ってください")


def write_made(made: Made, out: Path) -> None:
    """Write a document or workbook as the ending of ``out`` tells. Raises ``InputError`` for one that does not fit."""
    ending = out.suffix.lower()
    if isinstance(made, Workbook) and ending == ".xlsx":
        write_workbook(made, out)
    elif isinstance(made, Document) and ending == ".docx":
        write_word(made, out)
    elif isinstance(made, Document) and ending == ".pdf":
        write_pdf(made, out)
    else:
        wanted = ".xlsx" if isinstance(made, Workbook) else ".docx or .pdf"
        raise InputError(f"this is written as {wanted}", where="--out", remedy=f"let the name end in {wanted}")
