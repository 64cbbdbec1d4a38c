"""The tables of a registry as data: columns, types, keys and references (DESIGN §5).

Reading, checking, the operational database and ``docs/registry.md`` are all derived from ``TABLES``; nothing else
names a column twice. Japanese headers stand in ``headers.yaml``, wordings of values in ``values.yaml``.
"""

from dataclasses import dataclass
from enum import StrEnum

import pyarrow as pa


class Kind(StrEnum):
    """What a column holds, and so how it is read."""

    TEXT = "text"
    IDENTIFIER = "identifier"
    """An id: kept as written (ends trimmed); a number in a spreadsheet becomes its digits."""
    DATE = "date"
    START = "start"
    """First day of a period; empty = the first sentinel of ``kernel.periods``."""
    END = "end"
    """Last day of a period; empty = open, the last sentinel."""
    FLAG = "flag"
    YEN = "yen"
    CHOICE = "choice"
    IDENTIFIERS = "identifiers"
    """Several ids, ``;``-separated."""
    TEXTS = "texts"
    """Several words, ``;``-separated."""
    ITEMS = "items"
    """Item codes or names of ``law/items.py``, ``;``-separated; gives the further column ``items_mask``."""
    ADDRESS = "address"
    """A mail address or ``@domain``, in lower case."""


PARTIES = ("insurers", "agencies")
"""The tables whose ids name a party."""

ARROW: dict[Kind, pa.DataType] = {
    Kind.DATE: pa.date32(),
    Kind.START: pa.date32(),
    Kind.END: pa.date32(),
    Kind.FLAG: pa.bool_(),
    Kind.YEN: pa.int64(),
}
"""Arrow types of the kinds that are not text."""

MASK_COLUMN = "items_mask"


@dataclass(frozen=True, slots=True)
class Column:
    """One column. ``refers_to``: the tables in one of which the id must stand; ``strict``: whether it is an error
    when it does not, else a warning (outsiders may be named; a mail address always may); ``secret``: values are never
    shown in any message."""

    name: str
    ja: str
    kind: Kind = Kind.TEXT
    required: bool = False
    choices: tuple[str, ...] = ()
    refers_to: tuple[str, ...] = ()
    strict: bool = True
    secret: bool = False

    @property
    def arrow_type(self) -> pa.DataType:
        return ARROW.get(self.kind, pa.string())


@dataclass(frozen=True, slots=True)
class Table:
    """One table. ``key``: columns that together name a row (no two rows alike). ``relation``: columns that name the
    thing which the period is about; ``one_of``: columns that must not differ while two rows of the same relation
    overlap (a person has one employer at a time, an address one owner)."""

    name: str
    ja: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()
    relation: tuple[str, ...] = ()
    one_of: tuple[str, ...] = ()
    required: bool = False

    def column(self, name: str) -> Column:
        return next(column for column in self.columns if column.name == name)

    def has(self, name: str) -> bool:
        return any(column.name == name for column in self.columns)

    @property
    def has_period(self) -> bool:
        return any(column.kind is Kind.END for column in self.columns)

    @property
    def arrow_schema(self) -> pa.Schema:
        """Columns and types of the loaded table, without unknown columns."""
        fields = [pa.field(column.name, column.arrow_type) for column in self.columns]
        if any(column.kind is Kind.ITEMS for column in self.columns):
            fields.append(pa.field(MASK_COLUMN, pa.int64()))
        return pa.schema(fields)


LINES = ("life", "nonlife")


def _id(name: str, ja: str, *refers_to: str, required: bool = True, strict: bool = True) -> Column:
    return Column(name, ja, Kind.IDENTIFIER, required, refers_to=refers_to, strict=strict)


def _period(*, start_required: bool = True) -> tuple[Column, Column]:
    return Column("start", "開始日", Kind.START, start_required), Column("end", "終了日", Kind.END)


def _line(*, required: bool = True) -> Column:
    return Column("line", "生損保区分", Kind.CHOICE, required, choices=LINES)


def _text(name: str, ja: str, *, required: bool = False) -> Column:
    return Column(name, ja, required=required)


_POLICIES = Table(
    "policies",
    "契約",
    (
        _id("policy_no", "証券番号"),
        _id("insurer_id", "引受保険会社コード", "insurers"),
        _id("agency_id", "取扱代理店コード", "agencies"),
        _id("working_agency_id", "勤務型代理店コード", "agencies", required=False),
        _id("producer_id", "募集人コード", "people", required=False),
        _id("office_id", "拠点コード", "offices", required=False),
        _line(),
        _text("product", "保険種類"),
        Column("source", "データの出所", Kind.CHOICE, choices=("own", "gateway")),
        _text("holder_name", "契約者名", required=True),
        _text("holder_kana", "契約者カナ"),
        Column("holder_kind", "個人・法人区分", Kind.CHOICE, choices=("person", "corporate")),
        Column("birth_date", "生年月日", Kind.DATE),
        _text("sex", "性別"),
        _text("postal_code", "郵便番号"),
        _text("address", "住所"),
        _text("phone", "電話番号"),
        _text("mobile", "携帯番号"),
        _text("fax", "FAX番号"),
        _text("email", "メールアドレス"),
        _text("insured_name", "被保険者名"),
        _text("beneficiary_name", "受取人名"),
        Column("start_date", "保険始期", Kind.DATE),
        Column("expiry_date", "満期日", Kind.DATE),
        Column("premium", "保険料", Kind.YEN),
        Column("has_claim", "保険事故の有無", Kind.FLAG),
        Column("my_number", "個人番号", secret=True),
    ),
    key=("insurer_id", "policy_no"),
)

_ALL = (
    Table(
        "insurers",
        "保険会社",
        (
            _id("insurer_id", "保険会社コード"),
            _text("name", "保険会社名", required=True),
            Column("kind", "生損保区分", Kind.CHOICE, required=True, choices=LINES),
            _text("group", "グループ"),
            Column("aliases", "別名", Kind.TEXTS),
        ),
        key=("insurer_id",),
        required=True,
    ),
    Table(
        "agencies",
        "代理店",
        (
            _id("agency_id", "代理店コード"),
            _text("name", "代理店名", required=True),
            Column("aliases", "別名", Kind.TEXTS),
            _text("registration_no", "登録番号"),
            _text("contact", "連絡先"),
        ),
        key=("agency_id",),
    ),
    Table(
        "offices",
        "拠点",
        (
            _id("office_id", "拠点コード"),
            _id("party_id", "所属先コード", *PARTIES),
            _text("name", "拠点名", required=True),
            Column("head_office", "本店", Kind.FLAG),
        ),
        key=("office_id",),
    ),
    Table(
        "appointments",
        "委託",
        (
            _id("insurer_id", "保険会社コード", "insurers"),
            _id("agency_id", "代理店コード", "agencies"),
            _line(),
            *_period(),
        ),
        relation=("insurer_id", "agency_id", "line"),
    ),
    Table(
        "supervisions",
        "統括",
        (
            _id("supervising_agency_id", "統括代理店コード", "agencies"),
            _id("working_agency_id", "勤務型代理店コード", "agencies"),
            *_period(),
        ),
        relation=("supervising_agency_id", "working_agency_id"),
    ),
    Table(
        "people",
        "人",
        (
            _id("person_id", "個人コード"),
            _text("name", "氏名", required=True),
            _text("kana", "カナ"),
            _id("party_id", "所属先コード", *PARTIES),
            _id("office_id", "拠点コード", "offices", required=False),
            _text("role", "役割"),
            *_period(),
        ),
        relation=("person_id",),
        one_of=("party_id",),
    ),
    Table(
        "secondments",
        "出向",
        (
            _id("person_id", "個人コード", "people"),
            _id("home_insurer_id", "出向元保険会社コード", "insurers"),
            _id("host_agency_id", "出向先代理店コード", "agencies"),
            *_period(),
        ),
        relation=("person_id",),
        one_of=("home_insurer_id", "host_agency_id"),
    ),
    Table(
        "duties",
        "担当",
        (
            _id("person_id", "個人コード", "people"),
            _id("party_id", "所属先コード", *PARTIES),
            _id("insurer_id", "保険会社コード", "insurers", required=False),
            _line(required=False),
            _id("office_id", "拠点コード", "offices", required=False),
            Column("own_only", "自扱いのみ", Kind.FLAG),
            *_period(),
        ),
    ),
    Table(
        "addresses",
        "メールアドレス",
        (
            Column("address", "メールアドレス", Kind.ADDRESS, required=True),
            _id("person_id", "個人コード", "people", required=False),
            _id("party_id", "所属先コード", *PARTIES, required=False),
            *_period(start_required=False),
        ),
        relation=("address",),
        one_of=("person_id", "party_id"),
    ),
    Table(
        "accounts",
        "アカウント",
        (
            _id("account_id", "アカウント"),
            _id("system", "システム"),
            _id("person_id", "個人コード", "people", required=False),
            _id("party_id", "所属先コード", *PARTIES),
            *_period(start_required=False),
        ),
        relation=("account_id", "system"),
        one_of=("person_id", "party_id"),
    ),
    _POLICIES,
    Table(
        "transfers",
        "移管",
        (
            _id("policy_no", "証券番号"),
            _id("insurer_id", "引受保険会社コード", "insurers"),
            _id("agency_id", "取扱代理店コード", "agencies"),
            _id("working_agency_id", "勤務型代理店コード", "agencies", required=False),
            *_period(),
        ),
        relation=("insurer_id", "policy_no"),
        one_of=("agency_id", "working_agency_id"),
    ),
    Table(
        "consents",
        "同意",
        (
            _id("policy_no", "証券番号"),
            _id("insurer_id", "引受保険会社コード", "insurers"),
            _id("recipient_id", "提供先コード", *PARTIES, "people", strict=False),
            _text("purpose", "利用目的", required=True),
            Column("items", "項目", Kind.ITEMS),
            *_period(),
            Column("withdrawn_on", "撤回日", Kind.DATE),
            _text("evidence", "証跡"),
        ),
    ),
    Table(
        "joint_uses",
        "共同利用",
        (
            _id("joint_use_id", "共同利用コード"),
            Column("party_ids", "共同利用者コード", Kind.IDENTIFIERS, required=True, refers_to=PARTIES, strict=False),
            _text("purpose", "利用目的", required=True),
            Column("items", "項目", Kind.ITEMS),
            *_period(),
        ),
        key=("joint_use_id",),
    ),
)

TABLES: dict[str, Table] = {table.name: table for table in _ALL}
"""All tables by name, in the order in which they are read."""

ID_COLUMN = {"insurers": "insurer_id", "agencies": "agency_id", "offices": "office_id", "people": "person_id"}
"""The column that other tables' ids are looked up in."""

SCOPES = Table(
    "scopes",
    "参照範囲",
    (
        _id("viewer_id", "閲覧者コード"),
        _id("subject_agency_id", "対象代理店コード", required=False),
        _id("insurer_id", "保険会社コード", required=False),
        Column("kind", "情報の種類", Kind.CHOICE, required=True, choices=("contracts", "notices")),
        _line(required=False),
        *_period(start_required=False),
    ),
)
"""Configured reference scopes (参照範囲): what a system lets a viewer see. Evidence, not part of the registry, but read
and checked as its tables are."""
