"""``sekisho letters`` and ``sekisho notice``: telling the persons concerned, and the public in their place (B5, B6)."""

import csv
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sekisho.cli.ask import day
from sekisho.cli.incident.dossier import dossier, persons
from sekisho.cli.records import ByOption, NumberArgument, records
from sekisho.cli.report import write_made
from sekisho.cli.show import print_json, say, working
from sekisho.cli.workspace import JsonOption, WorkspaceOption
from sekisho.findings.files import write_csv
from sekisho.incidents.model import Dossier
from sekisho.kernel.clock import today
from sekisho.kernel.errors import InputError
from sekisho.kernel.files import check_writable, whole_file
from sekisho.letters.addressing.barcode import bars_of
from sekisho.letters.addressing.envelopes import placed, stationery
from sekisho.letters.addressing.recipients import Gathered, gathered
from sekisho.letters.model import Held
from sekisho.letters.printing import PrintRun, Settings, print_letters
from sekisho.letters.sending.status import Sent, printed
from sekisho.letters.texts.notice import Notice, desk_lines, handling_agencies, notice, to_publish
from sekisho.letters.texts.notice_pages import as_html, as_text
from sekisho.letters.texts.wording import columns, own_causes, wording
from sekisho.letters.texts.wording_texts import templates
from sekisho.reports.document import Block, Boxed, Document, Grid, Heading, Paragraph, Title

if TYPE_CHECKING:
    from sekisho.store.records.records import Records

HELD = {
    Held.NO_NAME: "氏名がない", Held.NO_ADDRESS: "住所がない", Held.NO_POSTAL_CODE: "郵便番号がない",
    Held.GLYPH: "印字できない文字がある", Held.TOO_LONG: "枠に収まらない", Held.UNKNOWN_POLICY: "契約が台帳にない",
    Held.UNRESOLVED: "検知が未確定",
}  # fmt: skip
BLOCK_MM = (68.0, 29.0)
"""Width and height of the printed address block with its barcode (``letters/printing/layout.yaml``)."""


@contextmanager
def recipients_of(kept: "Records", about: Dossier, *, with_email: bool = False) -> Iterator[Gathered]:
    """Who must be written to in an incident: an insurer tells its own customers, an agency all of them."""
    registry = kept.workspace.registry()
    own = about.incident.own_party
    insurers = (own,) if own in registry.tables["insurers"]["insurer_id"].to_pylist() else ()
    known = persons(kept, about.findings, registry).table
    with gathered(about.findings, registry, known, insurer_ids=insurers, with_email=with_email) as found:
        yield found


def letters(
    number: NumberArgument,
    out: Annotated[Path, typer.Option("--out", help="The folder for the print files.")],
    envelope: Annotated[str, typer.Option("--envelope", help="長3, 長6, 角2")] = "長3",
    window: Annotated[str, typer.Option("--window", help="The window in mm: 90x45, 100x55 …")] = "100x55",
    dated: Annotated[str | None, typer.Option("--date", help="The date on the letters (default: today).")] = None,
    texts: Annotated[Path | None, typer.Option("--wording", help="Your own wording (TOML).")] = None,
    envelopes: Annotated[Path | None, typer.Option("--envelopes", help="Your own envelopes (YAML).")] = None,
    looked_at: Annotated[
        bool, typer.Option("--looked-at", help="Scope cases: the access history shows that the data was looked at.")
    ] = False,
    per_file: Annotated[int, typer.Option("--per-file", help="Letters in one print file.")] = 5000,
    font: Annotated[list[Path] | None, typer.Option("--font", help="A font to look into first.")] = None,
    workers: Annotated[int, typer.Option("--workers", min=1, help="Processes.")] = 2,
    by: ByOption = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Print one letter for each person concerned, with just the own lines; what cannot be printed is held back."""
    written_on = day(dated, "--date") if dated else today()
    place = placed(envelope, window, block=BLOCK_MM, known=stationery(envelopes))
    known = templates(texts)
    with records(workspace, by) as kept:
        kept.open_row(number)  # a closed incident is refused before anything is printed
        about = dossier(kept, number)
        if about.incident.by_hand:
            raise InputError(
                f"incident {number} was counted by hand: nobody is known by name",
                remedy="write to them from the papers, or publish; what was done is noted with sekisho incident note",
            )
        causes = own_causes(about)
        words = wording(about, causes, written_on=written_on, looked_at=looked_at, known=known)
        heads = columns(causes, looked_at=looked_at, known=known)
        kept_mailings = kept.mailings(number)
        series = f"{number}-{len(kept_mailings.all()) + 1}"
        layout: dict[str, Mapping[str, Any]] = {
            **place.layout(),
            "labels": {"heads": ["証券番号・保険種目\n引受保険会社", "対象となった情報の項目", "時期", *heads]},
        }
        settings = Settings(series, per_file, workers, tuple(font or ()), layout, bars_of)
        with recipients_of(kept, about) as found:
            with working("通知文書を組み、印刷ファイルを作っています"):
                run = print_letters(found.recipients(), words, out, settings=settings)
            held = [*found.held, *run.held]
            mailing = kept_mailings.add(out, run.ledger, _sent(found, run, written_on), held)
    if as_json:
        print_json(
            {"incident": number, "mailing": mailing.number, "letters": run.letters, "pages": run.pages,
             "held": [{"person": one.person, "reason": one.reason, "detail": one.detail} for one in held],
             "files": [str(path) for path in run.files], "ledger": str(run.ledger)}
        )  # fmt: skip
        return
    say(f"通知文書 {run.letters:,}通 ({run.pages:,}ページ) を作成し、全ページを読み戻して照合しました → {out}")
    for path in run.files:
        say(f"  {path.name}")
    say(f"発送用の一覧: {run.mailing}  台帳: {run.ledger}")
    if found.several_addresses:
        say(f"契約ごとに住所が異なる方 {len(found.several_addresses):,}人は、最新の契約の住所へ送ります")
    if held:
        say(f"保留 {len(held):,}件 (印刷していません):")
        for reason, words_of in HELD.items():
            count = sum(1 for one in held if one.reason is reason)
            if count:
                say(f"  {words_of}: {count:,}件")
    say(f"次に: sekisho mailing show {number} / sekisho notice {number} --out notice.html")


def _sent(found: Gathered, run: PrintRun, written_on: object) -> Iterator[Sent]:
    """The letters of a run as printed, with what their barcodes say."""
    with run.ledger.open(encoding="utf-8-sig", newline="") as file:
        serials = {row["person"]: row["serial"] for row in csv.DictReader(file)}
    for recipient in found.recipients():
        serial = serials.get(recipient.person)
        if serial is not None:
            yield printed(recipient, serial, written_on)  # type: ignore[arg-type]


def public_notice(
    number: NumberArgument,
    out: Annotated[Path, typer.Option("--out", help=".html, .txt, .docx, .pdf or .csv")],
    published_on: Annotated[str | None, typer.Option("--published-on", help="The day (default: today).")] = None,
    words: Annotated[Path | None, typer.Option("--wording", help="Your own wording (TOML).")] = None,
    texts: Annotated[Path | None, typer.Option("--texts", help="Your own texts of the notice (YAML).")] = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """The public notice of the handling agencies' names, in place of letters to those who cannot be reached."""
    check_writable(out)
    on = day(published_on, "--published-on") if published_on else today()
    with records(workspace) as kept:
        about = dossier(kept, number)
        registry = kept.workspace.registry()
        mailings = kept.mailings(number)
        with recipients_of(kept, about) as found:
            held = {one.person: one for one in (*found.held, *mailings.held())}
        unreached = to_publish(held.values(), mailings.every_letter())
        own = about.incident.own_party
        insurers = (own,) if own in registry.tables["insurers"]["insurer_id"].to_pylist() else ()
        known = persons(kept, about.findings, registry).table
        handled = handling_agencies(about.findings, registry, known, unreached, insurer_ids=insurers)
        made = notice(about, handled, published_on=on, known=templates(words), texts=texts)
    _write_notice(made, out)
    if as_json:
        print_json({"incident": number, "out": str(out), "agencies": [one.agency_id for one in made.agencies]})
    else:
        say(f"取扱代理店 {len(made.agencies):,}社の公表文 ({len(unreached):,}人の通知に代えるもの) → {out}")


def _write_notice(made: Notice, out: Path) -> None:
    ending = out.suffix.lower()
    if ending in {".docx", ".pdf"}:
        write_made(notice_document(made), out)
        return
    with whole_file(out) as temporary:
        if ending == ".html":
            temporary.write_text(as_html(made), encoding="utf-8")
        elif ending == ".txt":
            temporary.write_text(as_text(made), encoding="utf-8")
        elif ending == ".csv":
            import pyarrow as pa  # noqa: PLC0415

            rows = [[str(n), one.name, one.registration_no] for n, one in enumerate(made.agencies, 1)]
            write_csv(pa.table(dict(zip(made.columns, map(list, zip(*rows, strict=True)), strict=True))), temporary)
        else:
            raise InputError(
                "a notice is not written as this", where="--out", remedy="use .html, .txt, .docx, .pdf or .csv"
            )


def notice_document(made: Notice) -> Document:
    """The notice as a document for Word or PDF."""
    blocks: list[Block] = [
        Paragraph(made.date_line, align="right"),
        Paragraph(made.company.name, align="right"),
        Title(made.title),
        *(Paragraph(f"　{text}") for text in made.lead),
    ]
    for section in made.sections:
        blocks += [Heading(section.heading), *(Paragraph(f"　{text}") for text in section.paragraphs)]
        if section.key == "agencies" and made.agencies:
            rows = tuple((str(n), one.name, one.registration_no) for n, one in enumerate(made.agencies, 1))
            blocks.append(Grid(made.columns, rows, widths=(1, 6, 3)))
        if section.key == "desk":
            lines = tuple(f"{name}: {value}" for name, value in desk_lines(made.desk))
            blocks.append(Boxed("お問い合わせ窓口", lines))
        blocks += [Paragraph(f"　{text}") for text in section.after]
    blocks.append(Paragraph("以上", align="right"))
    return Document(made.title, tuple(blocks))
