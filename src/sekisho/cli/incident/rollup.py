"""``sekisho incident propose | count-file | roll-up``: incidents proposed; a company's count, and many (A11, B1)."""

from pathlib import Path
from typing import Annotated

import pyarrow as pa
import pyarrow.compute as pc
import typer
from rich import box
from rich.table import Table
from rich.text import Text

from sekisho.cli.ask import day
from sekisho.cli.incident.rollup_text import print_roll_up
from sekisho.cli.report import write_made
from sekisho.cli.show import console, print_json, say
from sekisho.cli.workspace import JsonOption, RegistryOption, WorkspaceOption, find_registry
from sekisho.findings.files import read_findings, write_findings
from sekisho.incidents.counting.count_file import Unit, count_file_of, read_count_file, write_count_file
from sekisho.incidents.counting.encoded import COLUMNS, FEW
from sekisho.incidents.counting.grouping import By, grouped
from sekisho.incidents.counting.persons import persons_of
from sekisho.incidents.counting.rollup import roll_up as rolled_up
from sekisho.incidents.table import disclosure_table
from sekisho.kernel.errors import InputError
from sekisho.kernel.files import private_folder
from sekisho.registry.registry import Registry
from sekisho.reports.rollup import roll_up_report

_COMPANIES_MAX = 10_000


def propose(
    findings: Annotated[list[Path], typer.Argument(metavar="FINDINGS…", help="Files written by `sekisho sweep`.")],
    by: Annotated[By, typer.Option("--group-by", help="Whose case it is.")] = By.AGENCY,
    gap_days: Annotated[
        int | None,
        typer.Option("--gap-days", min=1, help="Days that part two incidents (default: rules.yaml)."),
    ] = None,
    split: Annotated[
        Path | None, typer.Option("--out", help="Write each proposal's findings into this folder, to open it on.")
    ] = None,
    registry: RegistryOption = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Propose incidents for findings: by kind of cause, period and agency; unresolved ones apart."""
    found = pa.concat_tables([read_findings(path) for path in findings])
    known = find_registry(registry, workspace)
    grouping = grouped(
        found, gap_days=gap_days, by=by, names=known.party_names(), persons=persons_of(found, known, most_doubts=0)
    )
    if split is not None:
        private_folder(split)
        for one in grouping.proposals:
            mine = found.filter(pc.is_in(found["finding_id"], pa.array(grouping.finding_ids(one.number))))
            write_findings(mine, split / f"{one.number:03}.csv")
    if as_json:
        print_json(
            [{"number": one.number, "title": one.title, "causes": one.causes, "findings": one.finding_count,
              "records": one.figures.records, "people": one.figures.people} for one in grouping.proposals]
        )  # fmt: skip
        return
    shown = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in ("番号", "事案の案", "件数", "本人", "検知"):
        shown.add_column(name, justify="left" if name == "事案の案" else "right")
    for one in grouping.proposals:
        figures = one.figures
        counts = (f"{figures.records:,}件", f"{figures.people:,}人", f"{one.finding_count:,}")
        shown.add_row(str(one.number), Text(one.title), *counts)
    out = console()
    out.print(shown)
    for apart in grouping.unresolved:
        out.print(f"未確定 ({apart.unknown}): {len(apart.finding_ids):,}件")
    if split is not None:
        say(f"それぞれの検知: {split}/NNN.csv → sekisho incident open {split}/001.csv --known-on 日付")


def count_file(
    findings: Annotated[list[Path], typer.Argument(metavar="FINDINGS…", help="Files written by `sekisho sweep`.")],
    company: Annotated[str, typer.Option("--company", help="Id of the company that counts.")],
    out: Annotated[Path, typer.Option("--out", help="The count file to write (.yaml or .json).")],
    name: Annotated[str | None, typer.Option("--name", help="The company's name, if the registry has none.")] = None,
    as_of: Annotated[str | None, typer.Option("--as-of", help="Count what had happened by this day.")] = None,
    unit: Annotated[Unit, typer.Option("--unit", help="What the headline figure counts.")] = Unit.RECORDS,
    note: Annotated[
        list[str] | None, typer.Option("--note", help="A note for the association; may be repeated.")
    ] = None,
    registry: RegistryOption = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write the company's count, without any customer's data, for a roll-up of many companies."""
    found = pa.concat_tables([read_findings(path, COLUMNS, FEW) for path in findings])
    known = find_registry(registry, workspace) if registry or workspace else None
    table = disclosure_table(found, as_of=day(as_of, "--as-of"), registry=known)
    counted = count_file_of(table, company, name or _name_of(company, known), unit=unit, notes=tuple(note or ()))
    write_count_file(counted, out)
    read_count_file(out)  # what cannot be read again must not be sent
    if as_json:
        print_json(counted.as_document())
    else:
        say(f"→ {out} (お客さまの情報は含まれていません)")


def roll_up(
    files: Annotated[list[Path], typer.Argument(metavar="FILES…", help="Count files, or folders of them.")],
    asked: Annotated[
        Path | None, typer.Option("--asked", help="A text file with the id of each company that was asked, one a line.")
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", help="Also as a document (.docx or .pdf).")] = None,
    as_json: JsonOption = False,
) -> None:
    """Roll up many companies' count files: asked, answered, with leaks, 延べ by cause."""
    rolled = rolled_up([read_count_file(path) for path in _listed(files)], _asked(asked))
    if out is not None:
        write_made(roll_up_report(rolled), out)
        say(f"→ {out}")
    if as_json:
        print_json(rolled.as_json())
    else:
        print_roll_up(rolled, console())


def _name_of(company: str, registry: Registry | None) -> str:
    """The company's name in the registry, else its id."""
    rows = registry.tables["insurers"].select(["insurer_id", "name"]).to_pylist() if registry is not None else []
    return next((str(row["name"]) for row in rows if row["insurer_id"] == company), company)


def _listed(files: list[Path]) -> list[Path]:
    found: list[Path] = []
    for path in files:
        if path.is_dir():
            inside = sorted(one for one in path.iterdir() if one.suffix.lower() in (".yaml", ".yml", ".json"))
            if not inside:
                raise InputError(
                    "holds no count files", where=str(path), remedy="name a folder of .yaml or .json files"
                )
            found += inside
        else:
            found.append(path)
    if len(found) > _COMPANIES_MAX:
        raise InputError(f"{len(found):,} files", where="FILES", remedy=f"give at most {_COMPANIES_MAX:,}")
    return found


def _asked(path: Path | None) -> list[str]:
    if path is None:
        return []
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError):
        raise InputError("cannot be read as text in UTF-8", where=str(path), remedy="give one id a line") from None
    return [line.strip() for line in lines if line.strip()]
