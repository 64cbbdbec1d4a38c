"""Who is concerned, by what became known of them: the counts that letters' volume and costs are reckoned from (B9).

Persons are not listed one by one: only how many share the same set of items. A person's set is everything that became
known of him over all findings (the JO model takes the worst item of each person; FACTS §4). Counted like the table:
unresolved findings are left out, holders are brought together where the registry is at hand, and an unknown number is
the largest possible one.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import pyarrow as pa

from sekisho.findings.model import UNRESOLVED
from sekisho.incidents.counting.persons import Persons, persons_of
from sekisho.incidents.model import HandCount
from sekisho.kernel.bulk import in_memory
from sekisho.kernel.errors import InputError
from sekisho.registry.registry import Registry

_MOST_ITEMS = 62
"""A person's items are one integer while counting."""
ItemSet = tuple[str, ...]
"""Item codes, sorted; () when nothing is known of them."""


@dataclass(frozen=True, slots=True)
class Concerned:
    """``people``: (items, how many persons), largest first; ``causes``: cause codes that occur."""

    people: tuple[tuple[ItemSet, int], ...] = ()
    corporate_count: int = 0
    causes: tuple[str, ...] = ()
    people_are_upper_bound: bool = False

    @property
    def people_count(self) -> int:
        return sum(count for _, count in self.people)

    @property
    def addressee_count(self) -> int:
        """Who would get a letter: persons and corporate holders."""
        return self.people_count + self.corporate_count

    @property
    def items(self) -> frozenset[str]:
        """Every item that became known of some person."""
        return frozenset(code for codes, _ in self.people for code in codes)


def concerned(
    findings: pa.Table,
    *,
    as_of: date,
    registry: Registry | None = None,
    by_hand: Iterable[HandCount] = (),
    persons: Persons | None = None,
) -> Concerned:
    """Count persons by item set in ``findings`` (``findings.model.FINDINGS``) up to ``as_of``, and add ``by_hand``.
    ``persons`` (with decisions on doubtful pairs) go before ``registry``.

    Figures counted by hand cannot be brought together with others: persons are added up, and then the number is the
    largest possible."""
    people: Counter[ItemSet] = Counter()
    corporate, codes, unknown = 0, set[str](), False
    con = in_memory()
    try:
        con.register("all_findings", findings)
        holders = persons if persons is not None else persons_of(findings, registry, most_doubts=0)
        con.register("holders", holders.table.select(["insurer_id", "policy_no", "person", "kind", "basis"]))
        con.execute(_DATED, {"as_of": as_of.isoformat(), "unresolved": UNRESOLVED})
        listed = [row[0] for row in con.execute("SELECT DISTINCT items FROM dated").fetchall()]
        bits = {code: bit for bit, code in enumerate(sorted({code for one in listed for code in _codes(one)}))}
        if len(bits) > _MOST_ITEMS:
            raise InputError(
                f"{len(bits)} different items", where="findings", remedy=f"at most {_MOST_ITEMS}: see law/items"
            )
        masks = [sum(1 << bits[code] for code in _codes(one)) for one in listed]
        con.register("masks", pa.table({"items": pa.array(listed, pa.string()), "mask": pa.array(masks, pa.int64())}))
        con.execute(_PER_HOLDER)
        for mask, count in con.execute(
            "SELECT mask, count(*) FROM per_holder WHERE NOT corporate GROUP BY mask"
        ).fetchall():
            people[tuple(code for code, bit in bits.items() if mask >> bit & 1)] += count
        corporate = _one(con.execute("SELECT count(*) FROM per_holder WHERE corporate").fetchone())
        unknown = _one(con.execute("SELECT count(*) FROM per_holder WHERE kind_unknown").fetchone()) > 0
        codes |= {row[0] for row in con.execute("SELECT DISTINCT cause FROM dated WHERE cause <> ''").fetchall()}
    finally:
        con.close()
    hands = tuple(by_hand)
    for hand in hands:
        people[tuple(sorted(set(hand.items)))] += hand.people
        corporate += hand.corporate
        codes.add(hand.cause)
    return Concerned(
        people=tuple(sorted(((items, count) for items, count in people.items() if count), key=lambda p: (-p[1], p[0]))),
        corporate_count=corporate,
        causes=tuple(sorted(codes)),
        people_are_upper_bound=unknown
        or (findings.num_rows > 0 and registry is None and persons is None)
        or len(hands) + (findings.num_rows > 0) > 1,
    )


def _codes(items: str) -> set[str]:
    return {code for code in items.split(";") if code}


def _one(row: tuple[int, ...] | None) -> int:
    return int(row[0]) if row else 0


_DATED = """
CREATE TEMP TABLE dated AS
SELECT f.cause, coalesce(f.items, '') AS items,
       CASE WHEN h.kind IN ('person', 'corporate') THEN h.kind ELSE coalesce(f.holder_kind, '') END AS holder_kind,
       coalesce(h.basis, 'policy') = 'policy' AS is_apart,
       coalesce(h.person, f.insurer_id || chr(31) || f.policy_no) AS holder
FROM all_findings AS f
LEFT JOIN holders AS h ON h.insurer_id = f.insurer_id AND h.policy_no = f.policy_no
WHERE (coalesce(f."at", '') = '' OR substr(f."at", 1, 10) <= $as_of)
  AND NOT starts_with(coalesce(f.ground_missing, ''), $unresolved)
"""

_PER_HOLDER = """
CREATE TEMP TABLE per_holder AS
SELECT holder, holder_kind = 'corporate' AS corporate, bit_or(mask) AS mask,
       bool_or(holder_kind NOT IN ('person', 'corporate') OR (is_apart AND holder_kind <> 'corporate')) AS kind_unknown
FROM dated JOIN masks USING (items) GROUP BY holder, corporate
"""
