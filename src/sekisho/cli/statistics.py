"""``sekisho statistics`` and ``sekisho veris``: own incidents beside published figures; exchange with others (B11)."""

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import pyarrow as pa
import pyarrow.compute as pc
import typer
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from sekisho.cli.ask import day
from sekisho.cli.cost_text import below
from sekisho.cli.records import records
from sekisho.cli.show import console, print_json, say
from sekisho.cli.workspace import JsonOption, RegistryOption, WorkspaceOption, find_registry
from sekisho.findings.files import read_findings, write_csv
from sekisho.incidents.charts import share_chart
from sekisho.incidents.concerned import Concerned, concerned
from sekisho.incidents.model import Incident, Medium
from sekisho.incidents.statistics import DIMENSIONS, Case, Comparison, cases_of, compare
from sekisho.incidents.table import disclosure_table
from sekisho.incidents.veris import Imported, read_veris, to_veris
from sekisho.kernel.errors import InputError
from sekisho.kernel.files import check_writable, whole_file
from sekisho.kernel.picture import check_picture, write_picture
from sekisho.law.causes import causes

OWN, OTHERS = "自社", "比べる相手"
LISTED = 20
"""So many unmapped or unread ones are named; the rest is counted."""
CHANNELS = {"mail": Medium.MAIL, "access": Medium.SYSTEM, "scope": Medium.SYSTEM, "delivery": Medium.SYSTEM}

veris_app = typer.Typer(
    help="Incidents in VERIS, to share them with others.", no_args_is_help=True, rich_markup_mode=None
)


@veris_app.callback()
def veris() -> None:
    """Incidents in VERIS, to share them with others."""


def statistics(
    own: Annotated[
        list[Path] | None,
        typer.Argument(metavar="[VERIS…]", readable=False, help="Own incidents in VERIS; without: the workspace's."),
    ] = None,
    beside: Annotated[
        list[Path] | None,
        typer.Option("--beside", readable=False, help="Others' incidents in VERIS, file or folder; repeat it."),
    ] = None,
    chart: Annotated[
        Path | None,
        typer.Option("--chart", readable=False, help="Write charts here: F.svg gives F-causes.svg, F-media.svg."),
    ] = None,
    csv: Annotated[
        Path | None, typer.Option("--csv", readable=False, help="Write the tables to this CSV file.")
    ] = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Own incidents by cause and medium beside the published figures (JNSA 2018, 2015)."""
    read = read_veris(own) if own else None
    others = read_veris(beside) if beside else None
    groups: list[tuple[str, Sequence[Case]]] = [(OWN, read.cases if read else _kept_cases(workspace))]
    if others is not None:
        groups.append((OTHERS, others.cases))
    show_statistics(groups, chart=chart, csv=csv, as_json=as_json)
    for imported in (read, others):
        if imported is not None and not as_json:
            _print_imported(imported, console())


def _kept_cases(workspace: Path | None) -> Sequence[Case]:
    """The incidents of the workspace, as cases."""
    with records(workspace) as kept:
        return cases_of(kept.incidents())


def show_statistics(
    groups: Sequence[tuple[str, Sequence[Case]]], *, chart: Path | None, csv: Path | None, as_json: bool
) -> None:
    """Tables (and charts) of counted groups, each under its name, beside the published figures."""
    compared = [compare(dimension, groups) for dimension in DIMENSIONS]
    for path in (chart, csv):
        if path is not None:
            check_writable(path)
    if chart is not None:
        check_picture(chart)
        for found in compared:
            path = chart.with_name(f"{chart.stem}-{found.dimension}{chart.suffix}")
            write_picture(share_chart(found), path)
            say(f"→ {path}")
    if csv is not None:
        _write_csv(compared, csv)
        say(f"→ {csv}")
    if as_json:
        print_json({found.dimension: found.as_json() for found in compared})
        return
    out = console()
    for found in compared:
        _print_comparison(found, out)


def _print_comparison(found: Comparison, out: Console) -> None:
    out.print(f"\n[bold]{found.ja}別の事案[/bold]\n")
    shown = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0), show_footer=True)
    shown.add_column(found.ja, footer="事案の数", overflow="fold")
    for group in found.groups:
        shown.add_column(f"{group.name}\n件数", justify="right", footer=f"{group.total:,}件", no_wrap=True)
        if group.is_comparable:
            shown.add_column("割合", justify="right", no_wrap=True)
            shown.add_column("95%の区間", justify="right", no_wrap=True)
    for one in found.published:
        shown.add_column(one.name.replace(" ", "\n"), justify="right", footer=f"{one.total:,}件", no_wrap=True)
    for code, ja in found.categories.items():
        cells: list[str] = []
        for group in found.groups:
            cells.append(f"{group.counts.get(code, 0):,}件")
            interval = group.interval(code)
            if interval is not None:
                cells += [f"{group.share(code) or 0:.1%}", f"{interval[0]:.0%}〜{interval[1]:.0%}"]
        cells += ["" if (share := one.share(code)) is None else f"{share:.1%}" for one in found.published]
        shown.add_row(ja, *cells)
    out.print(shown)
    below("公表値との違い", [("・", said) for said in found.differences()], out)
    sources = "、".join(f"{one.source} {one.as_of.isoformat()}" for one in found.published)
    below("", [("・", said) for said in (*found.notes(), f"出典: {sources}")], out)


def _write_csv(compared: Sequence[Comparison], path: Path) -> None:
    tables = []
    for found in compared:
        table = found.as_table()
        table = table.rename_columns(["コード", "名称", *table.column_names[2:]])
        name = pa.array([found.ja] * table.num_rows, pa.string())
        tables.append(table.add_column(0, pa.field("区分", pa.string()), name))
    with whole_file(path) as temporary:
        write_csv(pa.concat_tables(tables), temporary)


@veris_app.command("export")
def export(
    findings: Annotated[
        list[Path], typer.Argument(metavar="FINDINGS…", readable=False, help="Files of `sekisho sweep`.")
    ],
    out: Annotated[Path, typer.Option("--out", readable=False, help="Write the incidents to this JSON file.")],
    known_on: Annotated[str | None, typer.Option("--known-on", help="The day on which it became known.")] = None,
    own_party: Annotated[str, typer.Option("--own-party", help="Who answers for it (party id).")] = "",
    registry: RegistryOption = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Findings as VERIS incidents, one for each cause, without names or free text."""
    check_writable(out)
    found = pa.concat_tables([read_findings(path) for path in findings])
    known = find_registry(registry, workspace) if registry or workspace else None
    on = day(known_on, "--known-on")
    documents = []
    for code in causes():
        chosen = found.filter(pc.equal(found.column("cause"), code))
        table = disclosure_table(chosen, as_of=on, registry=known)
        if not table.rows:
            continue
        who: Concerned = concerned(chosen, as_of=on, registry=known)
        channels = pc.value_counts(chosen.column("channel")).to_pylist()
        channel = max(channels, key=lambda one: (one["counts"], one["values"]))["values"]
        incident = Incident(
            number=0,
            title="",
            own_party=own_party,
            causes=(code,),
            legal_character=causes()[code].legal_character,
            medium=CHANNELS.get(channel, Medium.OTHER),
            known_on=on,
        )
        own_is_agency = known is not None and own_party in set(known.tables["agencies"].column("agency_id").to_pylist())
        documents.append(to_veris(incident, who, records=table.record_count_distinct, own_is_agency=own_is_agency))
    if not documents:
        raise InputError("no finding has a cause", where=str(findings[0]), remedy="sweep with a registry first")
    with whole_file(out) as temporary:
        temporary.write_text(json.dumps(documents, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    if as_json:
        print_json({"incidents": len(documents), "out": str(out)})
    else:
        say(f"{len(documents):,}件の事案をVERISで書きました (名前・自由記述は含みません): {out}")


@veris_app.command("import")
def import_(
    paths: Annotated[list[Path], typer.Argument(metavar="PATH…", readable=False, help="VERIS JSON files or folders.")],
    as_json: JsonOption = False,
) -> None:
    """Read VERIS incidents, and say how many could be mapped to our causes and media, and which could not."""
    read = read_veris(paths)
    if as_json:
        print_json(
            {
                "incidents": len(read.cases),
                "unmapped": [{"place": one.place, "what": one.what, "words": one.words} for one in read.unmapped],
                "unread": [{"place": place, "why": why} for place, why in read.unread],
            }
        )
    else:
        _print_imported(read, console())
    if read.unread:
        raise typer.Exit(1)


def _print_imported(read: Imported, out: Console) -> None:
    missing = Counter(one.what for one in read.unmapped)
    out.print(
        f"VERISの事案 {len(read.cases):,}件を読みました。"
        f"対応づけられなかったもの: 原因 {missing['cause']:,}件、媒体 {missing['medium']:,}件。"
        f"読めなかったもの: {len(read.unread):,}件"
    )
    words = Counter((one.what, one.words) for one in read.unmapped)
    if words:
        shown = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
        shown.add_column("対応づけられなかった言葉", overflow="fold")
        shown.add_column("", no_wrap=True)
        shown.add_column("件数", justify="right")
        for (what, said), count in words.most_common(LISTED):
            shown.add_row(Text(said), "原因" if what == "cause" else "媒体", f"{count:,}")
        out.print(shown)
    rows = [("・", f"{place}: {why}") for place, why in read.unread[:LISTED]]
    if len(read.unread) > LISTED:
        rows.append(("・", f"ほか {len(read.unread) - LISTED:,}件 (--json で全部)"))
    below("読めなかったもの", rows, out)
