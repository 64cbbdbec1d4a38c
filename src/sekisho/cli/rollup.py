"""``sekisho incident count-file`` and ``roll-up``: a company's count, and the roll-up of many (A11)."""

from pathlib import Path
from typing import Annotated

import pyarrow as pa
import typer

from sekisho.cli.ask import day
from sekisho.cli.rollup_text import print_roll_up
from sekisho.cli.show import console, print_json, say
from sekisho.cli.workspace import JsonOption, RegistryOption, WorkspaceOption, find_registry
from sekisho.findings.files import read_findings
from sekisho.incidents.counting.count_file import Unit, count_file_of, read_count_file, write_count_file
from sekisho.incidents.counting.encoded import COLUMNS
from sekisho.incidents.counting.rollup import roll_up as rolled_up
from sekisho.incidents.table import disclosure_table
from sekisho.kernel.errors import InputError
from sekisho.registry.registry import Registry

_COMPANIES_MAX = 10_000


def attach(app: typer.Typer) -> None:
    """Put both commands under ``sekisho incident``."""
    app.command("count-file")(count_file)
    app.command("roll-up")(roll_up)


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
    found = pa.concat_tables([read_findings(path, COLUMNS) for path in findings])
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
    as_json: JsonOption = False,
) -> None:
    """Roll up many companies' count files: asked, answered, with leaks, 延べ by cause."""
    rolled = rolled_up([read_count_file(path) for path in _listed(files)], _asked(asked))
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
