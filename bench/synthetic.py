"""A synthetic ledger of any size, made in Arrow batches without a Python loop over rows.

Every value is a function of the row's number (a counter-based generator), so that a hundred million rows need no
memory, any row can be made again alone, and the first million rows are the same in a ledger of any size. Names are
drawn with the weights of ``tools.ledger`` (the first of them are common); nothing here is real.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from tools.ledger import AGENCIES, AREAS, GIVEN, INSURERS, MAIL_DOMAINS, MAIL_WORDS, PLACES, SURNAMES, TOWNS
from tools.names import CORPORATE_STEMS, CORPORATE_TRADES

BATCH = 1 << 20
Numbers = np.ndarray
_PATTERNS = ("KA##########", "############", "@@@#########", "####-########", "H###########")
"""Policy numbers as long as those of insurers of this size: at 100 million policies one in 500 such strings is one."""
_STREAMS = """\
insurer agency surname given corporate birth place town house area phone mobile email expiry premium
has_phone has_mobile has_email stem trade letters again whom""".split()  # noqa: SIM905
_FIRST_BIRTH, _BIRTHS = date(1930, 1, 1), 27_758
_EPOCH = date(1970, 1, 1)


def _mixed(rows: Numbers, stream: str) -> Numbers:
    """64 well-mixed bits for each row (SplitMix64), different for each stream."""
    with np.errstate(over="ignore"):
        x = rows.astype(np.uint64) * np.uint64(len(_STREAMS) + 1) + np.uint64(_STREAMS.index(stream) + 1)
        x *= np.uint64(0x9E3779B97F4A7C15)
        x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        mixed: Numbers = x ^ (x >> np.uint64(31))
    return mixed


def _below(rows: Numbers, stream: str, limit: int) -> Numbers:
    drawn: Numbers = (_mixed(rows, stream) % np.uint64(limit)).astype(np.int64)
    return drawn


def _chance(rows: Numbers, stream: str, share: float) -> Numbers:
    hit: Numbers = _mixed(rows, stream) < np.uint64(int(share * 2**64) - 1)
    return hit


@cache
def _cumulated(among: int, shift: float) -> Numbers:
    weights = 1.0 / (np.arange(among) + shift)
    cumulated: Numbers = np.cumsum(weights / weights.sum())
    return cumulated


def _zipf(rows: Numbers, stream: str, among: int, shift: float) -> Numbers:
    uniform = _mixed(rows, stream).astype(np.float64) / 2.0**64
    drawn: Numbers = np.minimum(np.searchsorted(_cumulated(among, shift), uniform), among - 1)
    return drawn


@cache
def _words(name: str) -> pa.Array:
    """The word lists, as Arrow arrays to take from."""
    houses = [f"{a}丁目{b}番{c}号" for a in range(1, 10) for b in range(1, 40) for c in range(1, 30)]
    lists: dict[str, list[str]] = {
        "surname": [n.text for n in SURNAMES],
        "surname_kana": [n.kana for n in SURNAMES],
        "given": [n.text for n in GIVEN],
        "given_kana": [n.kana for n in GIVEN],
        "place": PLACES,
        "town": TOWNS,
        "house": houses,
        "area": [f"{area}-0" for area in AREAS],
        "mobile": ["090-0", "080-0", "070-0"],
        "mail": [f"{word}." for word in MAIL_WORDS],
        "domain": [f"@{domain}" for domain in MAIL_DOMAINS],
        "stem": CORPORATE_STEMS,
        "trade": CORPORATE_TRADES,
        "insurer": [i.insurer_id for i in INSURERS],
        "line": [i.line for i in INSURERS],
        "agency": [f"AG{n}" for n in range(AGENCIES)],
    }
    return pa.array(lists[name], pa.string())


def _taken(name: str, index: Numbers) -> pa.Array:
    return _words(name).take(pa.array(index))


def _joined(*parts: Any, gap: str = "") -> pa.Array:
    return pc.binary_join_element_wise(*parts, gap)


def _fixed(columns: list[Numbers]) -> pa.Array:
    """Strings of one width from their characters' codes, a column for each place."""
    rows, width = len(columns[0]), len(columns)
    codes = np.empty((rows, width), np.uint8)
    for place, column in enumerate(columns):
        codes[:, place] = column
    offsets = np.arange(0, (rows + 1) * width, width, dtype=np.int32)
    return pa.StringArray.from_buffers(rows, pa.py_buffer(offsets), pa.py_buffer(codes))


def _digits(values: Numbers, width: int) -> list[Numbers]:
    """The codes of the digits, the highest first."""
    rest, columns = values.astype(np.uint64), []
    for _ in range(width):
        rest, last = np.divmod(rest, np.uint64(10))
        columns.append(last.astype(np.uint8) + np.uint8(48))
    return columns[::-1]


def _policy_numbers(rows: Numbers, insurer: Numbers) -> pa.Array:
    """Different numbers for all rows: a permutation of the row numbers written in the insurer's pattern."""
    parts, places = [], []
    for number, pattern in enumerate(_PATTERNS):
        mine = np.flatnonzero(insurer == number)
        parts.append(_numbered(rows[mine], pattern))
        places.append(mine)
    back = np.empty(len(rows), np.int64)
    back[np.concatenate(places)] = np.arange(len(rows))
    return pa.concat_arrays(parts).take(pa.array(back))


def _numbered(rows: Numbers, pattern: str) -> pa.Array:
    count = pattern.count("#")
    # a multiplier that neither 2 nor 5 divides is a permutation modulo a power of ten
    values = (rows.astype(np.uint64) * np.uint64(7_368_787) + np.uint64(123_456_789)) % np.uint64(10**count)
    digits, letters = iter(_digits(values, count)), _mixed(rows, "letters")
    columns: list[Numbers] = []
    for place, mark in enumerate(pattern):
        if mark == "#":
            columns.append(next(digits))
        elif mark == "@":
            columns.append((letters >> np.uint64(8 * place)) % np.uint64(26) + np.uint64(65))
        else:
            columns.append(np.full(len(rows), ord(mark)))
    return _fixed(columns)


def _where(hit: Numbers, values: pa.Array) -> pa.Array:
    return pc.if_else(pa.array(hit), values, pa.scalar(None, values.type))


def policies(rows: Numbers) -> pa.Table:
    """The policies with these row numbers (DESIGN §5: policies). About 15 % belong to somebody who has another one."""
    insurer = _below(rows, "insurer", len(INSURERS))
    numbers = _policy_numbers(rows, insurer)
    agency, expiry, premium = (
        _below(rows, "agency", AGENCIES), _below(rows, "expiry", 365), _below(rows, "premium", 3920),
    )  # fmt: skip
    earlier = (_mixed(rows, "whom") / 2.0**64 * rows).astype(np.int64)
    rows = np.where(_chance(rows, "again", 0.15), earlier, rows)  # from here on: the person's number
    corporate = _chance(rows, "corporate", 0.05)
    surname, given = _zipf(rows, "surname", len(SURNAMES), 40.0), _zipf(rows, "given", len(GIVEN), 200.0)
    person = _joined(_taken("surname", surname), _taken("given", given), gap="\u3000")
    company = _joined(
        pa.scalar("株式会社"), _taken("stem", _below(rows, "stem", len(CORPORATE_STEMS))),
        _taken("surname", surname % 200),
        _taken("trade", _below(rows, "trade", len(CORPORATE_TRADES))),
    )  # fmt: skip
    kana = _joined(_taken("surname_kana", surname), _taken("given_kana", given), gap="\u3000")
    place, town = _below(rows, "place", len(PLACES)), _below(rows, "town", len(TOWNS))
    fixed, mobile = _mixed(rows, "phone"), _mixed(rows, "mobile")
    born = _below(rows, "birth", _BIRTHS).astype(np.int32) + np.int32((_FIRST_BIRTH - _EPOCH).days)
    expires = expiry.astype(np.int32) + np.int32((date(2027, 1, 1) - _EPOCH).days)
    serial = _fixed(_digits(rows.astype(np.int64), 9))
    return pa.table({
        "policy_no": numbers,
        "insurer_id": _taken("insurer", insurer),
        "agency_id": _taken("agency", agency),
        "line": _taken("line", insurer),
        "holder_name": pc.if_else(pa.array(corporate), company, person),
        "holder_kana": _where(~corporate, kana),
        "holder_kind": pc.if_else(pa.array(corporate), pa.scalar("corporate"), pa.scalar("person")),
        "birth_date": _where(~corporate, pa.array(born).cast(pa.date32())),
        "postal_code": _fixed(_digits(1_000_000 + place.astype(np.int64) * 20_000 + town.astype(np.int64) * 137, 7)),
        "address": _joined(
            _taken("place", place), _taken("town", town), _taken("house", _below(rows, "house", 9 * 39 * 29))
        ),
        "phone": _where(_chance(rows, "has_phone", 0.75), _number("area", rows, fixed)),
        "mobile": _where(_chance(rows, "has_mobile", 0.6), _number("mobile", rows, mobile)),
        "email": _where(
            _chance(rows, "has_email", 0.6),
            _joined(_taken("mail", _below(rows, "email", 12)), serial, _taken("domain", _below(rows, "email", 3))),
        ),
        "expiry_date": pa.array(expires).cast(pa.date32()),
        "premium": pa.array(premium * 100 + 8000),
    })  # fmt: skip


def _number(prefixes: str, rows: Numbers, bits: Numbers) -> pa.Array:
    """A telephone number whose exchange begins with 0: never assigned."""
    rest = (bits % np.uint64(10**7)).astype(np.int64)
    columns = _digits(rest, 7)
    columns.insert(3, np.full(len(rows), ord("-")))
    chosen = _below(rows, "area", len(AREAS) if prefixes == "area" else 3)
    return _joined(_taken(prefixes, chosen), _fixed(columns))


def batches(count: int, size: int = BATCH) -> Iterator[pa.Table]:
    """The first ``count`` policies in tables of ``size`` rows."""
    for start in range(0, count, size):
        yield policies(np.arange(start, min(start + size, count), dtype=np.int64))


def write_policies(path: Path, count: int) -> None:
    """A Parquet file of the first ``count`` policies, a batch at a time."""
    writer: pq.ParquetWriter | None = None
    for table in batches(count):
        writer = writer or pq.ParquetWriter(path, table.schema, compression="zstd")
        writer.write_table(table)
    if writer is not None:
        writer.close()


@dataclass(frozen=True, slots=True)
class Record:
    """One policy as text that a mail says about it."""

    policy_no: str
    holder: str
    birth: date | None
    expiry: date
    insurer: str
    insurer_short: str


def records(numbers: list[int]) -> list[Record]:
    """The policies with these row numbers, to write about."""
    names = {i.insurer_id: (i.name, i.short) for i in INSURERS}
    return [
        Record(
            row["policy_no"], row["holder_name"].replace("\u3000", ""), row["birth_date"], row["expiry_date"],
            *names[row["insurer_id"]],
        )
        for row in policies(np.array(numbers, np.int64)).to_pylist()
    ]  # fmt: skip


def rows_of_sender(count: int, wanted: int) -> list[int]:
    """``wanted`` of the first ``count`` rows, of agency 0 (which sends the mail)."""
    rows = np.arange(count, dtype=np.int64)
    mine = rows[_below(rows, "agency", AGENCIES) == 0]
    step = max(1, len(mine) // wanted)
    return [int(row) for row in mine[::step][:wanted]]
