"""``sekisho incident table``: the disclosure table of seed 001 from findings (B1, B2)."""

from pathlib import Path
from typing import Annotated

import pyarrow as pa
import typer

from sekisho.cli.ask import day
from sekisho.cli.incident.dossier import dossier
from sekisho.cli.records import records
from sekisho.cli.show import console, print_json, say
from sekisho.cli.table_text import print_table, table_as_rows
from sekisho.cli.workspace import JsonOption, RegistryOption, WorkspaceOption, find_registry
from sekisho.findings.files import read_findings, write_csv
from sekisho.incidents.counting.encoded import COLUMNS
from sekisho.incidents.table import disclosure_table
from sekisho.kernel.files import whole_file


def table(
    findings: Annotated[
        list[str], typer.Argument(metavar="N|FINDINGS…", help="An incident, or files written by `sekisho sweep`.")
    ],
    as_of: Annotated[str | None, typer.Option("--as-of", help="Count what had happened by this day.")] = None,
    csv: Annotated[Path | None, typer.Option("--csv", help="Write the table to this CSV file as well.")] = None,
    registry: RegistryOption = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Agencies and records by cause, persons and corporate holders, as of a day."""
    if len(findings) == 1 and findings[0].isdigit():
        with records(workspace) as kept:
            known = find_registry(registry, None) if registry else None
            counted = dossier(kept, int(findings[0]), day(as_of, "--as-of"), known).table
    else:
        found = pa.concat_tables([read_findings(Path(name), COLUMNS) for name in findings])
        known = find_registry(registry, workspace) if registry or workspace else None
        counted = disclosure_table(found, as_of=day(as_of, "--as-of"), registry=known)
    if csv is not None:
        with whole_file(csv) as temporary:
            write_csv(table_as_rows(counted), temporary)
        say(f"→ {csv}")
    if as_json:
        print_json(counted.as_json())
    else:
        print_table(counted, console())
