"""An invented industry with a large policy ledger, for measuring accuracy and speed.

Nothing here is real: names are combined from own lists (``tools.names``), telephone numbers have exchanges that
begin with 0 (never assigned in Japan), mail addresses end in example domains. As in real ledgers each insurer writes
its columns in its own way (spaces inside names, half-width kana, hyphens, full-width house numbers).
"""

import csv
import unicodedata
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from tools.names import CORPORATE_STEMS, CORPORATE_TRADES, Name, given_names, surnames

Column = np.ndarray
FIRST_BIRTH, LAST_BIRTH = date(1930, 1, 1), date(2005, 12, 31)
AGENCIES = 10
"""Number of agencies; the first handles a tenth of the policies and sends the mail."""


@dataclass(frozen=True, slots=True)
class Insurer:
    """One insurer, how its policy numbers are made, and how it writes its ledger."""

    insurer_id: str
    name: str
    short: str
    alias: str
    line: str
    pattern: str
    """``#`` digit, ``@`` letter; anything else stands for itself. Empty: no ledger of this insurer is held."""
    name_gap: str = "\u3000"
    half_kana: bool = False
    bare_phone: bool = False
    house: str = "{}丁目{}番{}号"


INSURERS = (
    Insurer("KOU", "甲損害保険", "甲損保", "KOU損保", "nonlife", "KA########"),
    Insurer("OTSU", "乙損害保険", "乙損保", "オツ損害", "nonlife", "##########", "", True, True, "{}-{}-{}"),
    Insurer("TEI", "丁火災海上保険", "丁火災", "TEI火災", "nonlife", "@@@#######", " ", False, False, "{}－{}－{}"),
    Insurer("BO", "戊損害保険", "戊損保", "BO損保", "nonlife", "####-####", "\u3000", True, True, "{}-{}-{}"),
    Insurer("HEI", "丙生命保険", "丙生命", "HEI生命", "life", "H#########"),
)
NO_LEDGER = Insurer("KI", "己損害保険", "己損保", "KI損保", "nonlife", "")
"""An insurer that is known but whose ledger is not held: only tables can tell its policies."""
RECIPIENT = Insurer("KANOE", "庚損害保険", "庚損保", "KANOE損保", "nonlife", "")
"""The insurer whose staff receives everything that is planted; it underwrites nothing, so nothing is its business."""

PLACES = [
    prefecture + city
    for prefecture, cities in {
        "東京都": "世田谷区 杉並区 大田区 八王子市 町田市 江戸川区 練馬区 三鷹市",
        "神奈川県": "横浜市港北区 横浜市西区 川崎市中原区 藤沢市 小田原市",
        "大阪府": "大阪市北区 堺市西区 豊中市 高槻市 岸和田市",
        "愛知県": "名古屋市千種区 豊田市 岡崎市 一宮市",
        "福岡県": "福岡市早良区 北九州市小倉北区 久留米市",
        "北海道": "札幌市白石区 旭川市 函館市",
        "埼玉県": "さいたま市浦和区 川越市 所沢市 越谷市",
        "京都府": "京都市左京区 宇治市",
        "広島県": "広島市安佐南区 福山市",
        "宮城県": "仙台市青葉区 石巻市",
    }.items()
    for city in cities.split()
]
TOWNS = """\
本町 栄町 緑町 中央 旭町 桜台 松が丘 美しが丘 南町 北町 若葉台 富士見町 新町 元町 大手町 東山 西原 青葉台 泉町
花園""".split()  # noqa: SIM905
BUILDINGS = """\
コーポ青葉 メゾン緑 グランハイツ ハイム桜 第二光荘 サニーコート""".split()  # noqa: SIM905
MAIL_WORDS = """\
sakura kaede hinata midori aozora nagisa tsubasa hikari minato asahi komachi yuzu""".split()  # noqa: SIM905
MAIL_DOMAINS = ("home.example.jp", "mail.example.com", "post.example.net")
AREAS = ("03", "06", "045", "052", "092", "011", "0422", "0463")


def half_width(kana: str) -> str:
    """Katakana → half-width katakana; other characters stay."""
    return "".join(_HALF.get(c, c) for c in kana)


def _half_table() -> dict[str, str]:
    table = {unicodedata.normalize("NFKC", chr(c)): chr(c) for c in range(0xFF66, 0xFF9E)}
    for c in range(0xFF66, 0xFF9E):
        for mark in "ﾞﾟ":
            joined = unicodedata.normalize("NFKC", chr(c) + mark)
            if len(joined) == 1:
                table[joined] = chr(c) + mark
    return table


_HALF = _half_table()


@dataclass(frozen=True, slots=True)
class Policy:
    """One row of the ledger, as plainly as it can be written; variants are made from it."""

    row: int
    insurer: Insurer
    policy_no: str
    surname: Name
    given: Name
    corporate: str
    birth: date | None
    place: str
    town: str
    house: tuple[int, int, int]
    building: str
    phone: str
    mobile: str
    email: str
    expiry: date
    premium: int

    @property
    def holder(self) -> str:
        return self.corporate or self.surname.text + self.given.text


@dataclass(slots=True)
class Ledger:
    """All policies as numpy columns (one entry each policy), and the writing of registry folders from them."""

    table: pa.Table
    parts: dict[str, Column] = field(repr=False)
    numbers: set[str] = field(repr=False)

    def __len__(self) -> int:
        return int(self.table.num_rows)

    def policy(self, row: int) -> Policy:
        """The policy in ``row`` with its parts apart."""
        p = {name: column[row] for name, column in self.parts.items()}
        corporate = str(p["corporate"])
        days = int(p["birth"])
        return Policy(
            row=row,
            insurer=INSURERS[int(p["insurer"])],
            policy_no=str(p["policy_no"]),
            surname=SURNAMES[int(p["surname"])],
            given=GIVEN[int(p["given"])],
            corporate=corporate,
            birth=None if corporate else FIRST_BIRTH + timedelta(days=days),
            place=PLACES[int(p["place"])],
            town=TOWNS[int(p["town"])],
            house=(int(p["house0"]), int(p["house1"]), int(p["house2"])),
            building=str(p["building"]),
            phone=str(p["phone"]),
            mobile=str(p["mobile"]),
            email=str(p["email"]),
            expiry=date(2027, 1, 1) + timedelta(days=int(p["expiry"])),
            premium=int(p["premium"]),
        )

    def rows_of_agency(self, number: int) -> Column:
        """Rows handled by agency ``number`` (0 = the sending one)."""
        return np.flatnonzero(self.parts["agency"] == number)


SURNAMES = surnames()
GIVEN = given_names("M") + given_names("F")


def _zipf(rng: np.random.Generator, size: int, among: int, shift: float) -> Column:
    weights = 1.0 / (np.arange(among) + shift)
    drawn: Column = rng.choice(among, size=size, p=weights / weights.sum())
    return drawn


def _taken(words: list[str] | tuple[str, ...], index: Column) -> Column:
    taken: Column = np.array(words, dtype=object)[index]
    return taken


def _digits(values: Column, width: int) -> Column:
    return np.char.zfill(values.astype(f"U{width}"), width).astype(object)


def _policy_numbers(rng: np.random.Generator, pattern: str, count: int) -> Column:
    """``count`` different numbers of a pattern, in random order; the first digit is never 0."""
    found: Column = np.empty(0, dtype=object)
    while len(found) < count:
        need = int((count - len(found)) * 1.1) + 10
        made = np.full(need, "", dtype=object)
        first = True
        for mark in pattern:
            if mark == "#":
                made = made + rng.integers(1 if first else 0, 10, need).astype("U1").astype(object)
                first = False
            elif mark == "@":
                made = made + np.array(list("BCDFGHJKLMNPQRSTVWXYZ"), dtype=object)[rng.integers(0, 21, need)]
            else:
                made = made + mark
        found = np.array(list(dict.fromkeys([*found.tolist(), *made.tolist()])), dtype=object)
    return found[:count]


def _phones(rng: np.random.Generator, size: int) -> tuple[Column, Column]:
    """Hyphenated fixed and mobile numbers; a part of the rows has none ("")."""
    areas = _taken(AREAS, rng.integers(0, len(AREAS), size))
    eight = _digits(rng.integers(0, 10**7, size), 8)  # the exchange begins with 0: unassigned
    fixed = [
        f"{a}-{e[: 6 - len(a)]}-{d}"
        for a, e, d in zip(areas, eight, _digits(rng.integers(0, 10**4, size), 4), strict=True)
    ]
    kinds = _taken(("090", "080", "070"), rng.integers(0, 3, size))
    mobile = [f"{k}-{e[:4]}-{e[4:]}" for k, e in zip(kinds, _digits(rng.integers(0, 10**7, size), 8), strict=True)]
    phone = np.where(rng.random(size) < 0.75, np.array(fixed, dtype=object), "")
    return phone, np.where(rng.random(size) < 0.6, np.array(mobile, dtype=object), "")


def _people(rng: np.random.Generator, size: int) -> dict[str, Column]:
    corporate = np.where(
        rng.random(size) < 0.05,
        "株式会社"
        + _taken(CORPORATE_STEMS, rng.integers(0, len(CORPORATE_STEMS), size))
        + _taken(SURNAME_TEXT, rng.integers(0, len(SURNAME_TEXT), size))
        + _taken(CORPORATE_TRADES, rng.integers(0, len(CORPORATE_TRADES), size)),
        "",
    )
    phone, mobile = _phones(rng, size)
    words = _taken(MAIL_WORDS, rng.integers(0, len(MAIL_WORDS), size))
    serial = np.arange(size).astype("U8").astype(object)
    email = words + "." + serial + "@" + _taken(MAIL_DOMAINS, rng.integers(0, 3, size))
    rooms = (
        _taken(BUILDINGS, rng.integers(0, len(BUILDINGS), size))
        + rng.integers(101, 909, size).astype("U3").astype(object)
        + "号室"
    )
    return {
        "surname": _zipf(rng, size, len(SURNAMES), 40.0),
        "given": rng.permutation(len(GIVEN))[_zipf(rng, size, len(GIVEN), 200.0)],
        "corporate": corporate,
        "birth": rng.integers(0, (LAST_BIRTH - FIRST_BIRTH).days + 1, size),
        "place": rng.integers(0, len(PLACES), size),
        "town": rng.integers(0, len(TOWNS), size),
        "house0": rng.integers(1, 10, size),
        "house1": rng.integers(1, 40, size),
        "house2": rng.integers(1, 30, size),
        "building": np.where(rng.random(size) < 0.3, rooms, ""),
        "phone": phone,
        "mobile": mobile,
        "email": np.where(rng.random(size) < 0.6, email, ""),
    }


SURNAME_TEXT = [n.text for n in SURNAMES[:200]]


def make_ledger(policies: int, seed: int = 1) -> Ledger:
    """A ledger of ``policies`` rows; the same seed gives the same ledger. About 15 % of the rows belong to somebody
    who has another policy too."""
    rng = np.random.default_rng(seed)
    person = np.arange(policies)
    again = rng.random(policies) < 0.15
    person[again] = rng.integers(0, policies, int(again.sum()))
    parts = {name: column[person] for name, column in _people(rng, policies).items()}
    parts["insurer"] = rng.integers(0, len(INSURERS), policies)
    parts["agency"] = rng.integers(0, AGENCIES, policies)
    parts["expiry"] = rng.integers(0, 365, policies)
    parts["premium"] = rng.integers(80, 4000, policies) * 100
    numbers = np.empty(policies, dtype=object)
    for index, insurer in enumerate(INSURERS):
        mine = parts["insurer"] == index
        numbers[mine] = _policy_numbers(rng, insurer.pattern, int(mine.sum()))
    parts["policy_no"] = numbers
    return Ledger(_written(parts), parts, set(numbers.tolist()))


def _written(parts: dict[str, Column]) -> pa.Table:
    """The policies table, each insurer's rows in its own way of writing."""
    size = len(parts["insurer"])
    columns = {
        name: np.full(size, "", dtype=object) for name in ("holder_name", "holder_kana", "address", "phone", "mobile")
    }
    family, given = ([n.text for n in SURNAMES], [n.text for n in GIVEN])
    family_kana, given_kana = ([n.kana for n in SURNAMES], [n.kana for n in GIVEN])
    for index, insurer in enumerate(INSURERS):
        mine = np.flatnonzero(parts["insurer"] == index)
        p = {name: column[mine] for name, column in parts.items()}
        width = half_width if insurer.half_kana else str
        gap = " " if insurer.half_kana else "\u3000"
        columns["holder_name"][mine] = _taken(family, p["surname"]) + insurer.name_gap + _taken(given, p["given"])
        columns["holder_kana"][mine] = (
            _taken([width(k) for k in family_kana], p["surname"])
            + gap
            + _taken([width(k) for k in given_kana], p["given"])
        )
        houses = zip(p["house0"], p["house1"], p["house2"], strict=True)
        columns["address"][mine] = (
            _taken(PLACES, p["place"])
            + _taken(TOWNS, p["town"])
            + np.array([insurer.house.format(*h) for h in houses], dtype=object)
            + p["building"]
        )
        for name in ("phone", "mobile"):
            columns[name][mine] = [v.replace("-", "") for v in p[name]] if insurer.bare_phone else p[name]
    company = parts["corporate"] != ""
    columns["holder_name"][company] = parts["corporate"][company]
    columns["holder_kana"][company] = ""
    births = [(FIRST_BIRTH + timedelta(days=d)).isoformat() for d in range((LAST_BIRTH - FIRST_BIRTH).days + 1)]
    expiries = [(date(2027, 1, 1) + timedelta(days=d)).isoformat() for d in range(365)]
    ids = [i.insurer_id for i in INSURERS]
    return pa.table(
        {
            "policy_no": pa.array(parts["policy_no"], pa.string()),
            "insurer_id": pa.array(_taken(ids, parts["insurer"]), pa.string()),
            "agency_id": pa.array(_taken([f"AG{n}" for n in range(AGENCIES)], parts["agency"]), pa.string()),
            "line": pa.array(_taken([i.line for i in INSURERS], parts["insurer"]), pa.string()),
            "holder_name": pa.array(columns["holder_name"], pa.string()),
            "holder_kana": pa.array(columns["holder_kana"], pa.string()),
            "holder_kind": pa.array(np.where(company, "corporate", "person").astype(object), pa.string()),
            "birth_date": pa.array(_taken(births, parts["birth"]), pa.string(), mask=company),
            "address": pa.array(columns["address"], pa.string()),
            "phone": pa.array(columns["phone"], pa.string()),
            "mobile": pa.array(columns["mobile"], pa.string()),
            "email": pa.array(parts["email"], pa.string()),
            "expiry_date": pa.array(_taken(expiries, parts["expiry"]), pa.string()),
            "premium": pa.array(parts["premium"].astype("U9").astype(object), pa.string()),
        }
    )


SENDER, RECEIVER = "jimu@agency0.example.jp", "tanto@kanoe.example.jp"


def write_registry(ledger: Ledger, folder: Path) -> None:
    """The registry folder (DESIGN §5): policies as Parquet, the small tables as CSV. Everything is in force always."""
    write_small_tables(folder)
    pq.write_table(ledger.table, folder / "policies.parquet")


def write_small_tables(folder: Path) -> None:
    """Everything but the policies: who is who."""
    everyone = [*INSURERS, NO_LEDGER, RECIPIENT]
    agencies = [f"AG{n}" for n in range(AGENCIES)]
    since = "1970-01-01"
    _csv(
        folder / "insurers.csv",
        ["insurer_id", "name", "kind", "aliases"],
        [[i.insurer_id, i.name, i.line, f"{i.short};{i.alias}"] for i in everyone],
    )
    _csv(folder / "agencies.csv", ["agency_id", "name"], [[a, f"第{n}保険サービス"] for n, a in enumerate(agencies)])
    _csv(
        folder / "appointments.csv",
        ["insurer_id", "agency_id", "line", "start", "end"],
        [[i.insurer_id, a, i.line, since, ""] for i in everyone for a in agencies],
    )
    people = [["P-JIMU", "事務担当", agencies[0]], ["P-TANTO", "庚の担当", RECIPIENT.insurer_id]]
    _csv(folder / "people.csv", ["person_id", "name", "party_id", "start", "end"], [[*p, since, ""] for p in people])
    _csv(
        folder / "addresses.csv",
        ["address", "person_id", "party_id", "start", "end"],
        [[SENDER, "P-JIMU", agencies[0], since, ""], [RECEIVER, "P-TANTO", RECIPIENT.insurer_id, since, ""]],
    )


def _csv(path: Path, header: list[str], rows: list[list[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows([header, *rows])
