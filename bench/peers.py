"""Named-entity recognition as a peer: Microsoft Presidio with a Japanese model, on a sample of the same text → table
"peers". Small, because it is some ten thousand times slower: megabytes per CPU-second tell the rest."""

import json
import random
from dataclasses import asdict, dataclass

from bench.archive import CLAUSES, OPENINGS
from bench.index import best
from bench.measure import run
from bench.scan import insurer_names, open_index
from bench.stock import Stock, checked, say
from bench.synthetic import Record, records, rows_of_sender
from sekisho.kernel.content import Text
from sekisho.matching.matcher import Matcher
from tools import page

SAMPLE = 250


@dataclass(frozen=True, slots=True)
class Sample:
    """A mail body that names one policyholder."""

    text: str
    name: str
    policy_no: str


def _samples(policies: int) -> list[Sample]:
    rng = random.Random(11)
    people = [r for r in records(rows_of_sender(policies, 4 * SAMPLE)) if r.birth is not None]
    return [_sample(rng, people[number]) for number in range(min(SAMPLE, len(people)))]


def _sample(rng: random.Random, person: Record) -> Sample:
    born = f"{person.birth:%Y年%-m月%-d日}"
    said = (
        f"{person.holder}様（生年月日 {born}）の満期更改の件、ご確認をお願いいたします。",
        f"契約者名：{person.holder}\n生年月日：{born}",
        f"担当:{person.holder}様の件、生年月日{born}で照会しました。",
    )[rng.randrange(3)]
    before, after = ("".join(rng.choices(CLAUSES, k=rng.randrange(2, 6))) for _ in range(2))
    return Sample(f"{rng.choice(OPENINGS)}{before}\n{said}\n{after}", person.holder, person.policy_no)


def measure(stock: Stock) -> str:
    """The table, as Markdown."""
    count = stock.options.sizes[0]
    samples = _samples(min(count, 1_000_000))
    megabytes = sum(len(s.text.encode()) for s in samples) / 1e6
    rows = [_ours(stock, count, samples, megabytes), *_presidio(stock, samples, megabytes)]
    setting = (
        f"{len(samples)} mail bodies of the archive's wording ({megabytes * 1000:.0f} kB), each with a policyholder's "
        "name and birth date, in three ways\nof writing; one core. Found: for us the right policy, for recognition the "
        "exact span of the name."
    )  # fmt: skip
    head = ["what", "MB / CPU-s", "found", "of", "start-up, CPU-s", "what it tells"]
    return "\n\n".join([page.heading(), setting, page.table(head, rows)])


def _ours(stock: Stock, count: int, samples: list[Sample], megabytes: float) -> list[str]:
    matcher = Matcher(open_index(stock, count), insurer_names())
    pieces = [[Text("body", sample.text)] for sample in samples]
    rows = rows_of_sender(min(count, 1_000_000), 4 * SAMPLE)
    known = {record.policy_no: row for record, row in zip(records(rows), rows, strict=True)}
    found = 0
    for sample, piece in zip(samples, pieces, strict=True):
        wanted = known[sample.policy_no]
        found += any(match.policy_row == wanted for match in matcher.match(piece))
    seconds = best(lambda: [matcher.match(piece) for piece in pieces])
    return [
        f"sekisho, {count:,} policies",
        f"{megabytes / seconds:,.1f}",
        str(found),
        str(len(samples)),
        "",
        "whose policy",
    ]


def _presidio(stock: Stock, samples: list[Sample], megabytes: float) -> list[list[str]]:
    python = stock.options.peers_python
    if not python.exists():
        return [["Presidio", "not run", "", "", "", f"no {python}: `make bench` makes it"]]
    say("  Presidio and GiNZA")
    path = stock.folder / "samples.json"
    path.write_text(json.dumps([asdict(s) for s in samples], ensure_ascii=False), encoding="utf-8")
    rows = []
    for what, label in (
        ("presidio", "Microsoft Presidio {} with ja_ginza {}"),
        ("ginza", "spaCy {} with ja_ginza {} alone"),
    ):
        done = checked(run([str(python), "-m", "bench.recognise", what, str(path)], stock.out), what, {0})
        told = json.loads(done.output)
        rows.append([
            label.format(*told["versions"]), f"{megabytes / told['seconds']:.4f}", str(told["found"]),
            str(len(samples)),
            f"{told['start']:.1f}", f"that somebody is named ({told['persons']} names in all)",
        ])  # fmt: skip
    return rows
