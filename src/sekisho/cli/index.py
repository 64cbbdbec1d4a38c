"""``sekisho index …``: the keyed match index of a ledger, made, extended, verified, shown; references turned back."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich import box
from rich.progress import BarColumn, MofNCompleteColumn, SpinnerColumn, TaskID, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar
from rich.table import Table
from rich.text import Text

from sekisho.cli.show import console, notes, print_json, say
from sekisho.cli.workspace import JsonOption
from sekisho.findings.files import check_ending, read_findings, write_findings
from sekisho.findings.identity import identified
from sekisho.kernel.errors import InputError
from sekisho.kernel.files import check_writable
from sekisho.kernel.folding import LEVELS
from sekisho.matching.index.append import add_policies
from sekisho.matching.index.build import READING, Progress, build_index
from sekisho.matching.index.collect import CODED, NEEDED
from sekisho.matching.index.folder import Header, new_root, read_header
from sekisho.matching.index.keys import Keys, key_path, read_key, read_or_make_key
from sekisho.matching.index.match_index import open_index
from sekisho.matching.index.references import resolved
from sekisho.registry.stream import UnusablePoliciesError, policy_batches, policy_count

app = typer.Typer(
    help="The keyed match index: find a ledger's policies without having the ledger.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

FIELD_NAMES = {
    "policy_no": "証券番号", "name": "氏名", "kana": "カナ", "birth_date": "生年月日", "phone": "電話番号",
    "email": "メールアドレス", "address": "住所", "postal_code": "郵便番号",
}  # fmt: skip
FEW = 10_000
"""With fewer policies the fixed part of the index is most of it."""
MANY = 4.0
"""Times 1e-9: above this chance of a wrong hit a new build is recommended."""

RegistryArgument = Annotated[
    Path, typer.Argument(metavar="REGISTRY_DIR", readable=False, help="The folder with the table policies.")
]
IndexArgument = Annotated[Path, typer.Argument(metavar="INDEX", readable=False, help="The folder of the index.")]
IndexOption = Annotated[Path, typer.Option("--index", readable=False, help="The folder of the index.")]
KeyOption = Annotated[
    Path | None,
    typer.Option("--key", readable=False, help="The key file (default: $SEKISHO_INDEX_KEY, else INDEX.key beside it)."),
]


@app.command()
def build(
    registry: RegistryArgument,
    out: Annotated[Path, typer.Option("--out", help="The folder to make.")],
    key: KeyOption = None,
    kanji: Annotated[
        str, typer.Option("--kanji", metavar="|".join(LEVELS), help="Which variant characters count as the same.")
    ] = "standard",
    as_json: JsonOption = False,
) -> None:
    """Make the index of a ledger, and its key file unless there is one."""
    if kanji not in LEVELS:
        raise InputError(f"{kanji!r} is no level", where="--kanji", remedy=f"use one of {', '.join(LEVELS)}")
    count = policy_count(registry)
    key_file = key_path(new_root(out), key)
    secret, is_new = read_or_make_key(key_file)
    try:
        with _problems_listed(), _progress("台帳を読んでいます", count) as report:
            batches = policy_batches(registry, columns=NEEDED, encoded=CODED)
            header = build_index(batches, out, secret, folding=kanji, progress=report)
    except BaseException:
        if is_new:  # the key of nothing
            key_file.unlink(missing_ok=True)
        raise
    if as_json:
        print_json(_facts(header, out) | {"key_file": str(key_file), "key_is_new": is_new})
        return
    say(f"索引を作成しました: {out} (契約 {header.rows:,} 件、{_size(header.bytes)}、索引ID {header.index_id})")
    say(f"鍵ファイル: {key_file}" + (" (新しく作成。索引と一緒に置かず、別に保管してください)" if is_new else ""))


@app.command()
def add(registry: RegistryArgument, index: IndexOption, key: KeyOption = None, as_json: JsonOption = False) -> None:
    """Add the policies that are not in the index yet (by number and insurer); whoever is using it is not disturbed."""
    secret = read_key(key_path(index, key))
    with _problems_listed(), _progress("台帳を読んでいます", policy_count(registry)) as report:
        header, added = add_policies(
            policy_batches(registry, columns=NEEDED, encoded=CODED), index, secret, progress=report
        )
    if as_json:
        print_json(_facts(header, index) | {"added": added})
        return
    say(f"追加した契約 {added:,} 件、索引の契約 {header.rows:,} 件 (第 {header.generation} 世代)")
    _advise(header)


@app.command()
def verify(index: IndexArgument, key: KeyOption = None, as_json: JsonOption = False) -> None:
    """Prove that every file of the index is as it was written, and that the key is its key."""
    opened = open_index(index, key_path(index, key))
    if as_json:
        print_json({"index": str(index), "index_id": opened.index_id, "rows": opened.rows, "verified": True})
    else:
        say(f"索引は書き込まれた時のままです: {index} (契約 {opened.rows:,} 件、索引ID {opened.index_id})")


@app.command()
def show(index: IndexArgument, key: KeyOption = None, as_json: JsonOption = False) -> None:
    """What the index says about itself. Needs no key; with --key the header is proven genuine first."""
    header, _ = read_header(index, Keys(read_key(key)) if key is not None else None)
    if as_json:
        print_json(_facts(header, index))
        return
    out = console()
    out.print(Text(f"\n索引 {header.index_id}", style="bold") + Text(f"  {index}"))
    out.print(f"契約 {header.rows:,} 件 · {_size(header.bytes)} · 1契約あたり {_each(header.bytes, header)}")
    out.print(f"漢字の同一視: {header.folding} · 形式 {header.sekisho_index} · 作成 sekisho {header.sekisho}\n")
    fields = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    fields.add_column("項目")
    for heading in ("値 (延べ)", "索引のキー", "容量", "1契約あたり"):
        fields.add_column(heading, justify="right", no_wrap=True)
    for name, facts in header.fields.items():
        fields.add_row(
            FIELD_NAMES.get(name, name), f"{facts['entries']:,}", f"{facts['keys']:,}", _size(facts["bytes"]),
            _each(facts["bytes"], header),
        )  # fmt: skip
    rest = header.bytes - sum(facts["bytes"] for facts in header.fields.values())
    fields.add_row("その他 (日付・保険料の印、扱者など)", "", "", _size(rest), _each(rest, header))
    out.print(fields)
    generations = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    for heading in ("世代", "契約", "日時"):
        generations.add_column(heading, justify="left" if heading == "日時" else "right")
    for line in header.history:
        generations.add_row(str(line["generation"]), f"{line['rows']:,}", str(line["at"]))
    out.print(generations)
    _advise(header)


@app.command()
def resolve(
    findings: Annotated[Path, typer.Argument(metavar="FINDINGS", help="Findings of a sweep against the index.")],
    registry: Annotated[Path, typer.Option("--registry", readable=False, help="The ledger the index was made from.")],
    index: IndexOption,
    out: Annotated[Path, typer.Option("--out", help="Findings file: .parquet, .csv or .jsonl.")],
    key: KeyOption = None,
    as_json: JsonOption = False,
) -> None:
    """Turn the references of findings (ref:…) into policy numbers, at the insurer who has the ledger."""
    check_ending(out)
    check_writable(out)
    told = read_findings(findings)
    opened = open_index(index, key_path(index, key))
    with _problems_listed(), _progress("契約を照合しています") as report:
        answered, found, missing = resolved(
            told, opened, policy_batches(registry, columns=("policy_no", "insurer_id")), report
        )
    write_findings(identified(answered), out)  # a finding with its number is that of a sweep with the ledger
    if as_json:
        print_json({"out": str(out), "findings": answered.num_rows, "resolved": found, "not_in_ledger": missing})
    else:
        say(f"証券番号に戻した契約 {found:,} 件 → {out}")
        if missing:
            say(f"台帳に見つからない契約 {missing:,} 件は ref:… のままです (索引の作成後に台帳から除かれた契約など)")
    if missing:
        raise typer.Exit(1)


@contextmanager
def _problems_listed() -> Iterator[None]:
    """Bad rows of the ledger go to the screen of its owner, line by line, before the error itself."""
    try:
        yield
    except UnusablePoliciesError as error:
        for line in error.listed():
            say(line)
        raise


@contextmanager
def _progress(title: str, total: int = 0) -> Iterator[Progress]:
    """A bar for each stage with the time left, on stderr, only when that is a terminal. ``total``: of the first."""
    shown = notes()
    if not shown.is_terminal:
        yield lambda stage, done, in_all: None
        return
    counting = (BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Bar(SpinnerColumn(), TextColumn("{task.description}"), *counting, console=shown, transient=True) as bar:
        tasks: dict[str, TaskID] = {}

        def show(stage: str, done: int, in_all: int) -> None:
            if stage not in tasks:
                for task in tasks.values():
                    bar.remove_task(task)
                tasks[stage] = bar.add_task(title if stage == READING else "索引を並べています", total=None)
            bar.update(tasks[stage], completed=done, total=in_all or (total if stage == READING else 0) or None)

        yield show


def _facts(header: Header, folder: Path) -> dict[str, object]:
    return {
        "index": str(folder),
        "index_id": header.index_id,
        "format": header.sekisho_index,
        "sekisho": header.sekisho,
        "kanji": header.folding,
        "rows": header.rows,
        "bytes": header.bytes,
        "generation": header.generation,
        "generations": header.history,
        "fields": header.fields,
        "wrong_hit_chance": {name: _chance(facts) for name, facts in header.fields.items()},
    }


def _chance(facts: dict[str, int]) -> float:
    """How likely a value that is not in the ledger is taken for one that is, before the filter (a tenth with it)."""
    return facts["keys"] / 2.0 ** (facts["bits"] + 32)


def _advise(header: Header) -> None:
    if any(_chance(facts) > MANY * 1e-9 for facts in header.fields.values()):
        say("索引が作成時よりずっと大きくなっています。sekisho index build で作り直すことをお勧めします")


def _each(size: int, header: Header) -> str:
    return f"{size / header.rows:.1f} バイト" if header.rows >= FEW else "—"


def _size(size: int) -> str:
    for unit, power in (("GiB", 30), ("MiB", 20), ("KiB", 10)):
        if size >= 1 << power:
            return f"{size / (1 << power):.1f} {unit}"
    return f"{size} B"
