"""``sekisho incident table``: the disclosure table of seed 001 from findings (B1, B2)."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import pyarrow as pa
import typer
from rich import box
from rich.table import Table

from sekisho.cli.ask import day
from sekisho.cli.incident.dossier import dossier, loaded_registry, persons
from sekisho.cli.records import records
from sekisho.cli.show import console, print_json, say
from sekisho.cli.table_text import print_table, table_as_rows
from sekisho.cli.workspace import JsonOption, RegistryOption, WorkspaceOption, find_registry
from sekisho.findings.files import read_findings, write_csv
from sekisho.incidents.counting.counted import count
from sekisho.incidents.counting.encoded import COLUMNS, FEW
from sekisho.incidents.counting.figures import InsurerView, per_insurer
from sekisho.incidents.table import disclosure_table
from sekisho.kernel.files import whole_file


def table(
    findings: Annotated[
        list[str], typer.Argument(metavar="N|FINDINGS…", help="An incident, or files written by `sekisho sweep`.")
    ],
    as_of: Annotated[str | None, typer.Option("--as-of", help="Count what had happened by this day.")] = None,
    csv: Annotated[Path | None, typer.Option("--csv", help="Write the table to this CSV file as well.")] = None,
    by_insurer: Annotated[bool, typer.Option("--per-insurer", help="Also each insurer's own customers.")] = False,
    registry: RegistryOption = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Agencies and records by cause, persons and corporate holders, as of a day."""
    when = day(as_of, "--as-of")
    if len(findings) == 1 and findings[0].isdigit():
        with records(workspace) as kept:
            gathered = dossier(kept, int(findings[0]), when, find_registry(registry, None) if registry else None)
            who = persons(kept, gathered.findings, loaded_registry(kept.workspace))
        counted, views = gathered.table, per_insurer(count(gathered.findings, when, persons=who)) if by_insurer else ()
    else:
        found = pa.concat_tables([read_findings(Path(name), COLUMNS, FEW) for name in findings])
        known = find_registry(registry, workspace) if registry or workspace else None
        counted = disclosure_table(found, as_of=when, registry=known)
        views = per_insurer(count(found, when, known)) if by_insurer else ()
    if csv is not None:
        with whole_file(csv) as temporary:
            write_csv(table_as_rows(counted), temporary)
        say(f"→ {csv}")
    if as_json:
        insurers = [{"insurer_id": one.insurer_id, **asdict(one.total)} for one in views]
        print_json(counted.as_json() | ({"insurers": insurers} if by_insurer else {}))
        return
    print_table(counted, console())
    if by_insurer:
        _print_insurers(views)


def _print_insurers(views: Sequence[InsurerView]) -> None:
    """Each insurer's own customers: a case over several insurers is told to each with its own figures."""
    shown = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in ("引受保険会社", "代理店", "件数", "契約", "本人", "法人"):
        shown.add_column(name, justify="left" if name == "引受保険会社" else "right")
    for one in views:
        total = one.total
        figures = (f"{total.agencies:,}社", f"{total.records:,}件", f"{total.policies:,}", f"{total.people:,}人")
        shown.add_row(one.insurer_id or "不明", *figures, f"{total.corporate:,}")
    console().print(shown)
