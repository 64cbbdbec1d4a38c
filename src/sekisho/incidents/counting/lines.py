"""What was counted, line by line: one line for each cause × agency × policy, as a table and as a file.

Every figure is a function of these lines, so that two countings can be compared line by line (``difference``). No name
stands in them: a holder is his key (``persons``). The file is Parquet, named by its SHA-256; the same input gives the
same bytes.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from sekisho.incidents.counting.counted import Counted, Lines, count
from sekisho.incidents.counting.encoded import CHANNELS, KINDS
from sekisho.incidents.counting.identity import BASES
from sekisho.incidents.counting.persons import Persons
from sekisho.incidents.counting.tallies import Numbers
from sekisho.incidents.counting.texts import Texts, joined, numbers_of
from sekisho.kernel.bulk import in_memory
from sekisho.kernel.errors import InputError
from sekisho.kernel.files import whole_file
from sekisho.law.items import items as law_items

FORMAT = "sekisho.counted/1"
LINES = pa.schema(
    [
        ("cause", pa.string()),
        ("agency_id", pa.string()),  # "" where nobody knows who handles the policy
        ("insurer_id", pa.string()),
        ("policy_no", pa.string()),
        ("person", pa.string()),  # key of the holder
        ("kind", pa.string()),  # person | corporate | ""
        ("basis", pa.string()),  # what makes the holder one (identity.BASES)
        ("first_on", pa.string()),  # "" where no finding has a day
        ("last_on", pa.string()),
        ("undated_count", pa.int64()),
        ("finding_count", pa.int64()),
        ("findings_sha256", pa.string()),  # of the sorted finding ids, one a line
        ("channels", pa.string()),
        ("items", pa.string()),
    ]
)
"""Sorted by the first four columns, which name a line. The schema's metadata holds ``format`` and ``as_of``."""
KEY = ("cause", "agency_id", "insurer_id", "policy_no")


@dataclass(frozen=True, slots=True)
class Written:
    """A file of lines: its SHA-256, and how many lines."""

    path: Path
    sha256: str
    line_count: int


def counted_lines(findings: pa.Table, persons: Persons, as_of: date) -> pa.Table:
    """LINES of ``findings`` (schema FINDINGS) by ``as_of``; every policy in it must be in ``persons``
    (``persons_of`` the same findings)."""
    counted = count(findings, as_of, persons=persons)
    with in_memory() as con:
        con.register("finding", _finding_details(counted))
        con.register("line", _line_table(counted, persons))
        con.register("item_order", _item_order(counted))
        lines = con.sql(_LINES).to_arrow_table()
    return lines.cast(LINES).replace_schema_metadata({"format": FORMAT, "as_of": as_of.isoformat()})


def _finding_details(counted: Counted) -> pa.Table:
    found = counted.encoded
    number = {name: found.table[name] for name in ("cause", "agency", "policy", "missing", "items")}
    return pa.table(number | {"finding_id": found.findings["finding_id"], "at": found.findings["at"]})


def _line_table(counted: Counted, persons: Persons) -> pa.Table:
    found, lines = counted.encoded, counted.lines
    insurers, policy_nos = found.policies()
    policy = pa.array(lines.policy)
    blank = found.agencies.index("") if "" in found.agencies else -1
    agency = np.where(lines.agency < 0, blank, lines.agency)
    return pa.table(
        {
            "cause": lines.cause,
            "agency": agency,
            "policy": policy,
            "cause_code": pa.array(found.causes, pa.string()).take(pa.array(lines.cause)),
            "agency_id": pa.array(found.agencies, pa.string()).take(pa.array(agency)),
            "insurer_id": insurers.take(policy),
            "policy_no": policy_nos.take(policy),
            "person": persons.keys(found).take(policy),
            "kind": pa.array(KINDS, pa.string()).take(pa.array(lines.kind)),
            "basis": pa.array(BASES, pa.string()).take(pa.array(lines.basis)),
            "undated_count": lines.undated_count,
            "finding_count": lines.finding_count,
            "channels": _channel_texts(lines),
        }
    )


def _channel_texts(lines: Lines) -> pa.Array:
    names = [*CHANNELS, "other"]
    bits, numbers = np.unique(lines.channels, return_inverse=True)
    texts = [";".join(sorted(name for at, name in enumerate(names) if mask & (1 << at))) for mask in bits.tolist()]
    return pa.array(texts, pa.string()).take(pa.array(numbers))


def _item_order(counted: Counted) -> pa.Table:
    """Every item of the findings (number of the list it stands in) with its place in the law's table, others behind."""
    places = {code: at for at, code in enumerate(law_items())}
    rows = [
        (number, item, places.get(item, len(places)))
        for number, items in enumerate(counted.encoded.items)
        for item in sorted(set(items.split(";")) - {""})
    ]
    kinds = (("items", pa.int32()), ("item", pa.string()), ("place", pa.int32()))
    return pa.table({name: pa.array([row[at] for row in rows], kind) for at, (name, kind) in enumerate(kinds)})


_LINES = """
WITH decided AS (SELECT * FROM finding WHERE missing < 0),
behind AS (
  SELECT cause, agency, policy,
         coalesce(min(substr("at", 1, 10)) FILTER ("at" <> ''), '') AS first_on,
         coalesce(max(substr("at", 1, 10)) FILTER ("at" <> ''), '') AS last_on,
         sha256(string_agg(finding_id, chr(10) ORDER BY finding_id)) AS findings_sha256,
         list_sort(list(DISTINCT items)) AS item_lists
  FROM decided GROUP BY cause, agency, policy
), named AS (  -- few different ones: their items are united once
  SELECT item_lists, coalesce(string_agg(item, ';' ORDER BY place, item), '') AS items FROM (
    SELECT DISTINCT item_lists, item, place
    FROM (SELECT item_lists, unnest(item_lists) AS items FROM (SELECT DISTINCT item_lists FROM behind))
    LEFT JOIN item_order USING (items))
  GROUP BY item_lists
)
SELECT l.cause_code AS cause, l.agency_id, l.insurer_id, l.policy_no, l.person, l.kind, l.basis, b.first_on, b.last_on,
       l.undated_count, l.finding_count, b.findings_sha256, l.channels, n.items
FROM line AS l
JOIN behind AS b ON b.cause = l.cause AND b.agency = l.agency AND b.policy = l.policy
JOIN named AS n USING (item_lists)
ORDER BY 1, 2, 3, 4
"""


def as_of_day(lines: pa.Table) -> date:
    """The day by which ``lines`` were counted. Raises ``InputError`` when they are no lines of this format."""
    metadata = lines.schema.metadata or {}
    if metadata.get(b"format") != FORMAT.encode() or not lines.schema.equals(LINES):
        raise InputError(
            "are no counted lines of this format", where="lines", remedy=f"give what was written as {FORMAT}"
        )
    return date.fromisoformat(metadata[b"as_of"].decode())


def write_lines(lines: pa.Table, folder: Path) -> Written:
    """Write ``lines`` into ``folder`` under the name of their SHA-256 (0600, whole or not at all); what is there
    already stays."""
    as_of_day(lines)
    sink = pa.BufferOutputStream()
    pq.write_table(lines, sink, compression="zstd", row_group_size=100_000, store_schema=True)
    content = sink.getvalue()
    sha256 = hashlib.sha256(content).hexdigest()
    path = folder / f"{sha256}.parquet"
    if not path.exists():
        with whole_file(path) as temporary:
            temporary.write_bytes(content)
    return Written(path, sha256, lines.num_rows)


def read_lines(path: Path, sha256: str) -> pa.Table:
    """The lines in ``path``, which must have this SHA-256. Raises ``InputError`` when they are not what was written."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InputError(
            f"cannot be read ({error.strerror})", where=str(path), remedy="restore it from the backup"
        ) from None
    if hashlib.sha256(content).hexdigest() != sha256:
        raise InputError(
            "is not what was counted: its SHA-256 differs", where=str(path), remedy="restore it from the backup"
        )
    lines = pq.read_table(pa.BufferReader(content))
    as_of_day(lines)
    return lines


def numbered(tables: Sequence[pa.Table]) -> list[Lines]:
    """Counted lines as numbers, the same text being the same number in all ``tables``: for figures of written lines."""
    whole = pa.concat_tables([table.replace_schema_metadata(None) for table in tables])
    coded = {name: numbers_of(whole[name]) for name in ("cause", "agency_id", "insurer_id", "person", "basis")}
    policy = Texts(whole["policy_no"], coded["insurer_id"]).numbers
    kind = np.asarray(pc.index_in(whole["kind"], pa.array(KINDS, pa.string())).fill_null(0).to_numpy(), np.int64)
    blank = pc.equal(whole["agency_id"], "").to_numpy()
    every = Lines(
        cause=coded["cause"],
        agency=np.where(blank, -1, coded["agency_id"]),
        policy=policy,
        record=joined(policy, coded["agency_id"]),
        insurer=coded["insurer_id"],
        person=coded["person"],
        kind=kind,
        basis=coded["basis"],
        finding_count=whole["finding_count"].to_numpy(),
        undated_count=whole["undated_count"].to_numpy(),
        channels=_channel_bits(whole["channels"]),
    )
    ends = np.cumsum([0, *(table.num_rows for table in tables)])
    columns = [getattr(every, name) for name in Lines.__slots__]
    return [Lines(*(column[start:end] for column in columns)) for start, end in pairwise(ends)]


def _channel_bits(column: pa.ChunkedArray) -> Numbers:
    if not len(column):
        return np.zeros(0, np.int64)
    names = [*CHANNELS, "other"]
    whole = column.combine_chunks().dictionary_encode()
    bits = [sum(1 << names.index(name) for name in text.split(";")) for text in whole.dictionary.to_pylist()]
    return np.asarray(np.array(bits, np.int64)[whole.indices.to_numpy()], np.int64)
