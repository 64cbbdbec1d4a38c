"""Who is concerned (名寄せ): every policy of the findings with the key of its holder, and the pairs left in doubt.

A key is a pseudonym made of what makes the holder one (``identity``), so that it is the same in every counting. With a
``secret`` nobody who knows a name and a birth date can work it out (``pk…``, ``ck…``); without one he can (``p…``,
``c…``), and the key is as confidential as they are. Decisions of people join keys (``decisions``); those made on keys
without a secret hold under a secret as well.
"""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from sekisho.incidents.counting.decisions import Decided, Decision
from sekisho.incidents.counting.doubts import doubtful_pairs
from sekisho.incidents.counting.encoded import KINDS, Encoded, encoded
from sekisho.incidents.counting.identity import BASES, POLICY, Holders, holders_of, rows_in
from sekisho.kernel.bulk import in_memory
from sekisho.kernel.errors import InputError
from sekisho.registry.registry import Registry

PERSONS = pa.schema(
    [
        ("insurer_id", pa.string()),
        ("policy_no", pa.string()),
        ("person", pa.string()),
        ("kind", pa.string()),  # person | corporate | unknown
        ("basis", pa.string()),  # what makes the holder one: identity.BASES
    ]
)
UNKNOWN = "unknown"
MOST_DOUBTS = 10_000
"""So many doubtful pairs are shown at once (a technical limit; their whole number is told)."""


@dataclass(frozen=True, slots=True)
class Persons:
    """``table``: PERSONS, one row for each policy of the findings, sorted. ``doubts``: DOUBTS, pairs for people to
    decide, the strongest first; ``doubt_count``: all there are."""

    table: pa.Table
    doubts: pa.Table
    doubt_count: int

    @property
    def is_upper_bound(self) -> bool:
        """Whether some holders' kind is unknown, or some persons could not be brought together."""
        apart = pc.and_(pc.equal(self.table["basis"], "policy"), pc.not_equal(self.table["kind"], "corporate"))
        return bool(pc.any(pc.or_(pc.equal(self.table["kind"], UNKNOWN), apart), min_count=0).as_py())

    def holders(self, found: Encoded) -> Holders:
        """The holders of the policies in ``found``."""
        rows = rows_in(found, self.table)
        known = rows >= 0
        mine = self.table.take(pa.array(rows[known]))
        row, identity = np.full(len(rows), -1, np.int64), np.full(len(rows), -1, np.int64)
        kind, basis = np.zeros(len(rows), np.int64), np.full(len(rows), POLICY, np.int64)
        row[known] = rows[known]
        kind[known] = _numbers(pc.index_in(mine["kind"], pa.array(KINDS, pa.string())))
        basis[known] = _numbers(pc.index_in(mine["basis"], pa.array(BASES, pa.string())))
        whole = mine["person"].combine_chunks().dictionary_encode()
        identity[known] = _numbers(whole.indices)
        return Holders(row, kind, basis, identity)

    def keys(self, found: Encoded) -> pa.Array:
        """The holder's key of every policy in ``found``. Raises ``InputError`` when one is not in ``table``."""
        rows = rows_in(found, self.table)
        if (rows < 0).any():
            raise InputError(
                f"{int((rows < 0).sum())} policies of the findings are not in it",
                where="persons",
                remedy="make the persons of the same findings",
            )
        return self.table["person"].combine_chunks().take(pa.array(rows))


def persons_of(
    findings: pa.Table,
    registry: Registry | None,
    decisions: Iterable[Decision] = (),
    *,
    secret: bytes = b"",
    most_doubts: int = MOST_DOUBTS,
) -> Persons:
    """The holders of all policies in ``findings`` (of any day, unresolved ones too).

    Raises ``InputError`` when decisions contradict each other.
    """
    decided = Decided(replace(one, left=keyed(one.left, secret), right=keyed(one.right, secret)) for one in decisions)
    found = encoded(findings, date.max)
    holders = holders_of(found, registry, every_field=True)
    kind = np.where(holders.kind > 0, holders.kind, _told_kinds(found))
    keys = _renamed(_keys(found, holders, secret), decided)
    doubts, doubt_count = doubtful_pairs(found, holders, keys, decided, most_doubts)
    kind_names = pa.array([UNKNOWN, *KINDS[1:]], pa.string()).take(pa.array(kind))
    columns = [*found.policies(), keys, kind_names, pa.array(BASES).take(pa.array(holders.basis))]
    table = pa.Table.from_arrays(columns, schema=PERSONS)
    return Persons(table.sort_by([("insurer_id", "ascending"), ("policy_no", "ascending")]), doubts, doubt_count)


def _told_kinds(found: Encoded) -> npt.NDArray[np.int64]:
    """The kind that the findings tell of each policy's holder: the largest."""
    kinds = np.zeros(found.policy_count, np.int64)
    np.maximum.at(kinds, found.table["policy"].to_numpy(), found.table["kind"].to_numpy())
    return kinds


_PLAIN = re.compile(r"[pc][0-9a-f]{20}")


def keyed(key: str, secret: bytes) -> str:
    """A key made without a secret as it is under ``secret``; any other as it is."""
    if not secret or not _PLAIN.fullmatch(key):
        return key
    digest = hashlib.sha256(f"{secret.hex()}\x1f{key}".encode()).hexdigest()
    return f"{key[0]}k{digest[:20]}"


_KEYS = """
WITH plain AS (
  SELECT place, CASE WHEN corporate THEN 'c' ELSE 'p' END
                || substr(sha256(concat_ws(chr(31), '', basis, first, second)), 1, 20) AS key FROM asked
)
SELECT CASE WHEN $secret = '' THEN key
            ELSE key[1] || 'k' || substr(sha256($secret || chr(31) || key), 1, 20) END AS key
FROM plain ORDER BY place
"""


def _keys(found: Encoded, holders: Holders, secret: bytes) -> pa.Array:
    """The key of every policy's holder, before decisions: of name and what makes him one, or of the policy."""
    first, second = found.policies()
    if holders.written is not None:
        known = holders.row >= 0
        of_known = pa.array(holders.basis[known] != POLICY)
        named = pa.array(holders.basis != POLICY)
        names = holders.written.name.cast(pa.string()).filter(of_known)
        first = pc.replace_with_mask(first, named, names)
        second = pc.replace_with_mask(
            second, named, holders.written.value(holders.basis[known]).filter(of_known).fill_null("")
        )
    asked = {
        "place": pa.array(np.arange(found.policy_count)),
        "basis": pa.array(BASES).take(pa.array(holders.basis)),
        "corporate": pa.array(holders.kind == KINDS.index("corporate")),
        "first": first,
        "second": second,
    }
    with in_memory() as con:
        con.register("asked", pa.table(asked))
        return (
            con.sql(_KEYS, params={"secret": secret.hex()}).to_arrow_table()["key"].combine_chunks().cast(pa.string())
        )


def _renamed(keys: pa.Array, decided: Decided) -> pa.Array:
    """The keys under which holders are counted once decisions are applied."""
    renamed = decided.renamed()
    if not renamed:
        return keys
    at = pc.index_in(keys, pa.array(list(renamed), pa.string()))
    return pc.coalesce(pa.array(list(renamed.values()), pa.string()).take(at), keys)


def _numbers(found: pa.Array | pa.ChunkedArray) -> npt.NDArray[np.int64]:
    """Places as numbers; null is 0."""
    return np.asarray(found.fill_null(0).to_numpy(), np.int64)
