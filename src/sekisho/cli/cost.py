"""``sekisho cost``: what an incident may cost, and what insurance pays of it (B9, B10)."""

import dataclasses
from collections import Counter
from pathlib import Path
from typing import Annotated, Any

import pyarrow as pa
import typer

from sekisho.cli.ask import day
from sekisho.cli.cost_text import costs_as_rows, print_awards, print_covers, print_estimate, print_range
from sekisho.cli.incident.dossier import dossier, loaded_registry, persons
from sekisho.cli.records import records
from sekisho.cli.show import console, print_json, say
from sekisho.cli.workspace import JsonOption, RegistryOption, WorkspaceOption, find_registry
from sekisho.costs.assumptions import assumptions
from sekisho.costs.charts import cost_chart, cover_chart
from sekisho.costs.cover import Cover, read_cover
from sekisho.costs.damages import awards, told_otherwise
from sekisho.costs.data import example_text
from sekisho.costs.estimate import estimate
from sekisho.costs.model import SCENARIOS, Estimate
from sekisho.costs.monte_carlo import Range, simulate
from sekisho.costs.settlement import Settlement, settle
from sekisho.findings.files import read_findings, write_csv
from sekisho.incidents.concerned import Concerned, concerned
from sekisho.kernel.errors import InputError
from sekisho.kernel.files import check_writable, whole_file
from sekisho.kernel.picture import check_picture, write_picture
from sekisho.law.causes import causes
from sekisho.law.items import codes_of, mask_of

MOST_COVERS = 4
LARGEST_COUNT = 200_000_000
"""More people than Japan has: a slip of the finger."""
USUAL_ITEMS, USUAL_CAUSE = "policy_no;holder_name;expiry_date", "A1"


def cost(
    findings: Annotated[
        list[str] | None,
        typer.Argument(metavar="N|FINDINGS…", help="An incident, or files written by `sekisho sweep`."),
    ] = None,
    people: Annotated[
        int | None, typer.Option("--people", help="Instead of findings: so many persons, to size insurance.")
    ] = None,
    corporate: Annotated[int, typer.Option("--corporate", help="With --people: so many corporate holders.")] = 0,
    items: Annotated[
        str | None, typer.Option("--items", help=f"With --people: the items of each (default: {USUAL_ITEMS}).")
    ] = None,
    cause: Annotated[str | None, typer.Option("--cause", help="With --people: the cause code (default: A1).")] = None,
    cover: Annotated[
        list[Path] | None,
        typer.Option("--cover", readable=False, help="A policy's cover (YAML or TOML); repeat it to compare policies."),
    ] = None,
    supposed: Annotated[
        Path | None, typer.Option("--assumptions", readable=False, help="Your own figures (YAML or TOML).")
    ] = None,
    monte_carlo: Annotated[bool, typer.Option("--monte-carlo", help="Also a simulated range of the total.")] = False,
    chart: Annotated[
        Path | None,
        typer.Option("--chart", readable=False, help="Draw the costs into this SVG or PNG file."),
    ] = None,
    cover_picture: Annotated[
        Path | None,
        typer.Option("--cover-chart", readable=False, help="Draw the cover into this SVG or PNG file."),
    ] = None,
    csv: Annotated[Path | None, typer.Option("--csv", readable=False, help="Write the lines to this CSV file.")] = None,
    example: Annotated[
        str | None, typer.Option("--example", help="Print an example file with comments: cover or assumptions.")
    ] = None,
    as_of: Annotated[str | None, typer.Option("--as-of", help="Count what had happened by this day.")] = None,
    prices_on: Annotated[str | None, typer.Option("--prices-on", help="Postage in force on this day.")] = None,
    registry: RegistryOption = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """What an incident may cost (low, expected, high, every assumption shown), and what insurance pays of it."""
    if example is not None:
        _print_example(example)
        return
    covers = _covers(cover or [])
    if cover_picture is not None and not covers:
        raise InputError("there is no cover to draw", where="--cover-chart", remedy="name a policy with --cover")
    for path in (chart, cover_picture):
        if path is not None:
            check_picture(path)
    for path in (chart, cover_picture, csv):
        if path is not None:
            check_writable(path)
    if people is None:
        if corporate or items or cause:
            raise InputError(
                "--corporate, --items and --cause size insurance", where="--people", remedy="give --people N as well"
            )
        who = _from_findings(findings or [], as_of, registry, workspace)
    elif findings:
        raise InputError("findings and --people at once", where="--people", remedy="give one of the two")
    else:
        who = sized(people, corporate, items or USUAL_ITEMS, cause or USUAL_CAUSE)
    found = estimate(who, assumptions(supposed), prices_on=day(prices_on, "--prices-on"))
    if csv is not None:
        with whole_file(csv) as temporary:
            write_csv(costs_as_rows(found), temporary)
        say(f"→ {csv}")
    answer(found, covers, monte_carlo=monte_carlo, chart=chart, cover_picture=cover_picture, as_json=as_json)


def answer(
    found: Estimate,
    covers: list[Cover],
    *,
    monte_carlo: bool,
    chart: Path | None,
    cover_picture: Path | None,
    as_json: bool,
) -> None:
    """Show an estimate with what each cover pays, and write the charts."""
    settled = [[settle(one, found, scenario) for scenario in SCENARIOS] for one in covers]
    simulated = simulate(found, covers) if monte_carlo else None
    if chart is not None:
        write_picture(cost_chart(found), chart)
        say(f"→ {chart}")
    if cover_picture is not None:
        write_picture(cover_chart(settled), cover_picture)
        say(f"→ {cover_picture}")
    if as_json:
        print_json(_document(found, covers, settled, simulated))
        return
    out = console()
    print_estimate(found, out)
    print_awards(found.people, out)
    if settled:
        print_covers(covers, settled, out)
    if simulated is not None:
        print_range(simulated, out)


def _document(
    found: Estimate, covers: list[Cover], settled: list[list[Settlement]], simulated: Range | None
) -> dict[str, Any]:
    document: dict[str, Any] = {
        "estimate": found.as_json(),
        "awards": [dataclasses.asdict(award) | {"decided_on": award.decided_on.isoformat()} for award in awards()],
        "told_otherwise": [dataclasses.asdict(told) for told in told_otherwise()],
    }
    if covers:
        document["covers"] = [
            {"name": one.name, "source": one.source, "premium": one.premium}
            | {"scenarios": {each.scenario: each.as_json() for each in plan}}
            for one, plan in zip(covers, settled, strict=True)
        ]
    if simulated is not None:
        document["monte_carlo"] = simulated.as_json()
    return document


def _from_findings(names: list[str], as_of: str | None, registry: Path | None, workspace: Path | None) -> Concerned:
    if not names:
        raise InputError(
            "nothing to reckon from", remedy="name findings files of sweeps, or --people N to size insurance"
        )
    if len(names) == 1 and names[0].isdigit():
        with records(workspace) as kept:
            about = dossier(kept, int(names[0]), day(as_of, "--as-of"))
            known = persons(kept, about.findings, loaded_registry(kept.workspace))
        return concerned(about.findings, as_of=about.as_of, persons=known, by_hand=about.incident.by_hand)
    found = pa.concat_tables([read_findings(Path(name)) for name in names])
    tables = find_registry(registry, workspace) if registry or workspace else None
    return concerned(found, as_of=day(as_of, "--as-of"), registry=tables)


def sized(people: int, corporate: int, items: str, cause: str) -> Concerned:
    """So many persons with the same items, for sizing insurance before anything has happened."""
    for name, count in (("--people", people), ("--corporate", corporate)):
        if not 0 <= count <= LARGEST_COUNT:
            raise InputError(f"{count:,} is no such number", where=name, remedy=f"write 0 to {LARGEST_COUNT:,}")
    if cause not in causes():
        raise InputError(f"unknown cause {cause!r}", where="--cause", remedy=f"use one of {', '.join(causes())}")
    codes = codes_of(mask_of([part for part in items.split(";") if part]))
    return Concerned(((tuple(sorted(codes)), people),) if people else (), corporate, (cause,))


def _covers(paths: list[Path]) -> list[Cover]:
    """The covers, with names that can be told apart."""
    if len(paths) > MOST_COVERS:
        raise InputError(f"{len(paths)} covers", where="--cover", remedy=f"compare at most {MOST_COVERS} at a time")
    covers = [read_cover(path) for path in paths]
    often = Counter(one.name for one in covers)
    return [
        dataclasses.replace(one, name=f"{one.name} [{n}]") if often[one.name] > 1 else one
        for n, one in enumerate(covers, start=1)
    ]


def _print_example(which: str) -> None:
    if which not in ("cover", "assumptions"):
        raise InputError(f"no example {which!r}", where="--example", remedy="use cover or assumptions")
    typer.echo(example_text(f"{which}_example"), nl=False)
