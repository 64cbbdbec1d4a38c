"""The policy ledger of the invented industry: built by columns, so that a million policies take seconds.

Every insurer writes its policy numbers in a pattern of its own (there is no public standard). Policy 0 is the one the
README asks about: 山田太郎's motor policy with 甲損害保険, handled by 青葉保険サービス.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from sekisho.demo.cast import LINE, PEOPLE, Row
from sekisho.demo.dice import Dice, Ints
from sekisho.demo.names import BLOCKS, COMPANIES, MEN, SURNAMES, TOWNS, WOMEN, half_width

# insurer, handling agency, working agency, share
_SEGMENTS = [
    ("KOU", "AOBA", "", 14), ("KOU", "AOBA", "MIDORI", 4), ("KOU", "MIDORI", "", 2), ("KOU", "SAKURA", "", 9),
    ("KOU", "KOMOREBI", "", 5), ("KOU", "TSUBAME", "", 4),
    ("OTSU", "AOBA", "", 10), ("OTSU", "SAKURA", "", 6), ("OTSU", "HINATA", "", 5), ("OTSU", "HINATA", "ASAGIRI", 2),
    ("OTSU", "SEIRYU", "", 4), ("OTSU", "ASAGIRI", "", 2),
    ("TEI", "AOBA", "", 7), ("TEI", "SAKURA", "", 4), ("TEI", "HINATA", "", 4), ("TEI", "SEIRYU", "", 2),
    ("HEI", "AOBA", "", 6), ("HEI", "SAKURA", "", 3), ("HEI", "SAKURA", "KAEDE", 2), ("HEI", "KAEDE", "", 1),
    ("HEI", "HINATA", "", 3), ("HEI", "NAGISA", "", 2),
    ("BO", "AOBA", "", 3), ("BO", "HINATA", "", 2), ("BO", "NAGISA", "", 2),
]  # fmt: skip
Segment = tuple[str, str, str]
"""Insurer, handling agency, working agency ("" = none)."""
SEGMENTS: list[Segment] = [(insurer, agency, working) for insurer, agency, working, _ in _SEGMENTS]

FEWEST = 1_000
MOST = 9_000_000
"""Fewer leave some planted case without policies; more would repeat policy and telephone numbers."""

_GATEWAY_INSURERS = ("OTSU", "TEI", "BO")
_GATEWAY_AGENCIES = ("AOBA", "SAKURA", "HINATA")
_PRODUCTS = {
    "nonlife": ["自動車保険", "火災保険", "傷害保険", "賠償責任保険"],
    "life": ["終身保険", "医療保険", "がん保険", "個人年金保険"],
}
_DAY = np.timedelta64(1, "D")


@dataclass(frozen=True, slots=True)
class Ledger:
    """The policies and what the planting of leaks needs to know about them.

    ``segment`` gives for each row its place in SEGMENTS; ``alone`` is true where the holder has no other policy (so
    that his name and birth date mean this policy and no other).
    """

    table: pa.Table
    segment: Ints
    alone: npt.NDArray[np.bool_]

    def rows(self, insurer: str, agency: str, working: str = "") -> Ints:
        """Row numbers of a segment."""
        return np.flatnonzero(self.segment == SEGMENTS.index((insurer, agency, working)))

    def policies(self, rows: Sequence[int] | Ints) -> list[dict[str, Any]]:
        """These rows as dictionaries, in this order."""
        return list(self.table.take(pa.array(rows, pa.int64())).to_pylist())


def build_ledger(dice: Dice, count: int) -> Ledger:
    """``count`` policies. Rows are drawn independently of ``count``: a bigger industry begins with the smaller one."""
    rows = np.arange(count, dtype=np.int64)
    segment = _segments(dice, rows)
    shared = (rows % 2 == 1) & (dice.column("shared holder", rows, 100) < 24)
    holder = np.where(shared, rows - 1, rows)
    alone = np.ones(count, dtype=np.bool_)
    alone[rows[shared]] = alone[rows[shared] - 1] = False
    insurers = _spread([s[0] for s in SEGMENTS], segment)
    life = np.array([LINE[s[0]] == "life" for s in SEGMENTS])[segment]
    columns: dict[str, pa.Array] = {
        "policy_no": _policy_numbers(dice, rows, segment),
        "insurer_id": insurers,
        "agency_id": _spread([s[1] for s in SEGMENTS], segment),
        "working_agency_id": _spread([s[2] for s in SEGMENTS], segment),
        **_producers(dice, rows, segment),
        "line": _spread([LINE[s[0]] for s in SEGMENTS], segment),
        "product": _products(dice, rows, life),
        "source": _spread(
            ["gateway" if s[0] in _GATEWAY_INSURERS and s[1] in _GATEWAY_AGENCIES else "own" for s in SEGMENTS],
            segment,
        ),
        **_holders(dice, holder, segment),
        **_terms(dice, rows, life),
    }
    return Ledger(pa.table(columns), segment, alone)


def _segments(dice: Dice, rows: Ints) -> Ints:
    """A segment for each row by share; row 0 is fixed."""
    shares = np.array([share for *_, share in _SEGMENTS])
    drawn = np.searchsorted(np.cumsum(shares), dice.column("segment", rows, int(shares.sum())), side="right")
    drawn[0] = 0
    return drawn.astype(np.int64)


def _spread(words: Sequence[str], index: Ints) -> pa.Array:
    return pa.array(list(words), pa.string()).take(pa.array(index))


def _glued(*pieces: pa.Array | str) -> pa.Array:
    return pc.binary_join_element_wise(*pieces, "")


def _digits(numbers: Ints, width: int) -> pa.Array:
    """Numbers with leading zeros."""
    return _spread([f"{n:0{width}d}" for n in range(10**width)], numbers)


def _policy_numbers(dice: Dice, rows: Ints, segment: Ints) -> pa.Array:
    """甲 K101-0000000000 · 乙 84-0000000000-0 · 丁 TB0000000000 · 丙 312-0000000000 · 戊 50000000-000.

    Seven digits make them unique, three more make them as rare among all such strings as real ones are."""
    number = (rows * 3_676_909 + 1_234_567 + dice.seed * 7_919) % 10_000_000
    seven = _glued(_digits(number // 10_000, 3), _digits(number % 10_000, 4))
    three = _digits(dice.column("number end", rows, 1_000), 3)
    ten = _glued(seven, three)
    product = _digits(dice.column("number prefix", rows, 3) + 1, 1)
    forms = {
        "KOU": _glued("K10", product, "-", ten),
        "OTSU": _glued("84-", ten, "-", _digits(number % 7, 1)),
        "TEI": _glued("TB", ten),
        "HEI": _glued("31", product, "-", ten),
        "BO": _glued("5", seven, "-", three),
    }
    insurer = np.array([s[0] for s in SEGMENTS])[segment]
    result = forms["KOU"]
    for code in ("OTSU", "TEI", "HEI", "BO"):
        result = pc.if_else(pa.array(insurer == code), forms[code], result)
    return result


def _producers(dice: Dice, rows: Ints, segment: Ints) -> dict[str, pa.Array]:
    """Who sold it, and the office he belongs to: somebody of the handling agency."""
    sellers = [p for p in PEOPLE if p.role == "募集人"]
    by_agency: dict[str, list[int]] = {}
    for at, person in enumerate(sellers):
        by_agency.setdefault(person.party, []).append(at)
    choice = dice.column("producer", rows, 2**20)
    seller = np.zeros(len(rows), dtype=np.int64)
    for at, (_, agency, _) in enumerate(SEGMENTS):
        mine = segment == at
        candidates = np.array(by_agency[agency])
        seller[mine] = candidates[choice[mine] % len(candidates)]
    return {
        "producer_id": _spread([p.person_id for p in sellers], seller),
        "office_id": _spread([p.office for p in sellers], seller),
    }


def _products(dice: Dice, rows: Ints, life: npt.NDArray[np.bool_]) -> pa.Array:
    drawn = dice.column("product", rows, 4)
    drawn[0] = 0
    return _spread(_PRODUCTS["nonlife"] + _PRODUCTS["life"], drawn + np.where(life, 4, 0))


def _holders(dice: Dice, holder: Ints, segment: Ints) -> dict[str, pa.Array]:
    """Everything about the holder follows from his number, so that two policies of one person agree."""
    corporate = dice.column("corporate", holder, 100) < 8
    corporate[holder == 0] = False
    surname = (dice.column("surname", holder, 2**20) ** 2 * len(SURNAMES)) >> 40
    woman = dice.column("sex", holder, 2) == 1
    given = np.where(woman, len(MEN) + dice.column("woman", holder, len(WOMEN)), dice.column("man", holder, len(MEN)))
    surname[holder == 0] = SURNAMES.index(("山田", "ヤマダ"))
    given[holder == 0] = MEN.index(("太郎", "タロウ"))
    woman[holder == 0] = False
    company = dice.column("company", holder, len(COMPANIES))
    names, givens = SURNAMES, MEN + WOMEN
    whole = pa.array(corporate)

    def either(company_word: list[str], surnames: list[str], given_names: list[str], space: str) -> pa.Array:
        person = _glued(_spread(surnames, surname), space, _spread(given_names, given))
        return pc.if_else(whole, _spread(company_word, company), person)

    full = either([k for _, k in COMPANIES], [k for _, k in names], [k for _, k in givens], "　")
    half = either(
        [half_width(k) for _, k in COMPANIES],
        [half_width(k) for _, k in names],
        [half_width(k) for _, k in givens],
        " ",
    )
    delivers_half_width = np.array([s[0] in ("TEI", "BO") for s in SEGMENTS])[segment]
    birth = np.datetime64("1936-01-01") + dice.column("birth", holder, 25_000) * _DAY
    birth[holder == 0] = np.datetime64("1977-03-04")
    nobody = pa.scalar(None, pa.string())
    return {
        "holder_name": either([w for w, _ in COMPANIES], [w for w, _ in names], [w for w, _ in givens], "　"),
        "holder_kana": pc.if_else(pa.array(delivers_half_width), half, full),
        "holder_kind": pc.if_else(whole, "corporate", "person"),
        "birth_date": pc.if_else(whole, pa.scalar(None, pa.date32()), pa.array(birth.astype("datetime64[D]"))),
        "sex": pc.if_else(whole, nobody, pc.if_else(pa.array(woman), "女", "男")),
        **_contacts(dice, holder, whole),
    }


def _contacts(dice: Dice, holder: Ints, whole: pa.Array) -> dict[str, pa.Array]:
    """Addresses in towns that do not exist; 03-0xxx-xxxx and 090-0xxx-xxxx, which are never assigned; unique."""
    town = dice.column("town", holder, len(TOWNS))
    spot = [dice.column(f"spot {n}", holder, limit) + 1 for n, limit in enumerate((9, 30, 20))]
    lot = _glued(_numbers(spot[0]), "-", _numbers(spot[1]), "-", _numbers(spot[2]))
    block = dice.column("block", holder, len(BLOCKS) * 3)
    flat = _glued("　", _spread(BLOCKS, block % len(BLOCKS)), _numbers(100 + spot[2]))
    housed = pc.if_else(pa.array((block >= len(BLOCKS)) | (block == 0)), "", flat)
    exchange = _digits(holder // 9_000, 3)
    line = _digits(1_000 + holder * 7_919 % 9_000, 4)
    mobile = _glued("090-0", exchange, "-", line)
    return {
        "postal_code": _glued("000-", _digits(town * 10 + spot[0], 4)),
        "address": _glued(_spread(TOWNS, town), lot, housed),
        "phone": _glued("03-0", exchange, "-", line),
        "mobile": pc.if_else(whole, "", mobile),
        "email": _glued("kyaku", _digits(holder // 10_000, 3), _digits(holder % 10_000, 4), "@mail.example.jp"),
    }


def _numbers(values: Ints) -> pa.Array:
    return pc.cast(pa.array(values), pa.string())


def _terms(dice: Dice, rows: Ints, life: npt.NDArray[np.bool_]) -> dict[str, pa.Array]:
    """Nonlife runs a year, life many; life without an end is an open one."""
    nonlife_start = np.datetime64("2025-05-01") + dice.column("start", rows, 330) * _DAY
    life_start = np.datetime64("2001-04-01") + dice.column("start", rows, 8_700) * _DAY
    start = np.where(life, life_start, nonlife_start)
    end = nonlife_start + 365 * _DAY
    yen = (dice.column("premium", rows, 900) + 12) * 130
    return {
        "start_date": pa.array(start.astype("datetime64[D]")),
        "expiry_date": pc.if_else(pa.array(life), pa.scalar(None, pa.date32()), pa.array(end.astype("datetime64[D]"))),
        "premium": pa.array(yen),
        "has_claim": pc.if_else(pa.array(dice.column("claim", rows, 100) < 6), "true", "false"),
    }


def transfer_rows(ledger: Ledger) -> list[Row]:
    """丁's policies that つばめ handled until 2026-04-30 and 清流 handles from the day after."""
    numbers = ledger.table.column("policy_no").take(pa.array(ledger.rows("TEI", "SEIRYU"))).to_pylist()
    return [
        {"policy_no": number, "insurer_id": "TEI", "agency_id": agency, "start": start, "end": end}
        for number in numbers
        for agency, start, end in (("TSUBAME", "2010-04-01", "2026-04-30"), ("SEIRYU", "2026-05-01", ""))
    ]
