"""An invented ledger of the fixed cast, indexed once for all tests of this folder."""

from datetime import date
from typing import Any

import pyarrow as pa
import pytest

from sekisho.kernel.content import Table, Text
from sekisho.matching.index.match_index import MatchIndex
from sekisho.matching.matcher import Match, Matcher

KEY = b"sixteen byte key"
INSURERS = {
    "KOU": ("甲損害保険株式会社", "甲損保", "甲"),
    "OTSU": ("乙損害保険株式会社", "乙損保"),
    "HEI": ("丙生命保険株式会社",),
}
COLUMNS = {
    "policy_no": pa.string(), "insurer_id": pa.string(), "holder_name": pa.string(), "holder_kana": pa.string(),
    "birth_date": pa.date32(), "postal_code": pa.string(), "address": pa.string(), "phone": pa.string(),
    "mobile": pa.string(), "fax": pa.string(), "email": pa.string(), "insured_name": pa.string(),
    "beneficiary_name": pa.string(), "start_date": pa.date32(), "expiry_date": pa.date32(), "premium": pa.int64(),
}  # fmt: skip
TAKAHASHI = {
    "policy_no": "KA1234567", "insurer_id": "KOU", "holder_name": "髙橋 太郎", "holder_kana": "ﾀｶﾊｼ ﾀﾛｳ",
    "birth_date": date(1980, 3, 4), "postal_code": "100-0001", "phone": "03-0000-1234", "mobile": "090-0000-5678",
    "address": "東京都千代田区丸の内二丁目21番9号 青葉ビル3F", "email": "Taro@example.jp", "insured_name": "髙橋 花子",
    "expiry_date": date(2026, 4, 1), "premium": 52340,
}  # fmt: skip
YAMAGUCHI = {
    "policy_no": "1234567890", "insurer_id": "OTSU", "holder_name": "山口虹", "birth_date": date(1992, 1, 8),
    "address": "宮城県仙台市青葉区一番町1-2-3", "phone": "022-000-5678",
}  # fmt: skip
AOBA = {
    "policy_no": "H0001-00001", "insurer_id": "HEI", "holder_name": "株式会社青葉商事", "phone": "022-000-1111",
}  # fmt: skip
YAMADA = {"holder_name": "山田 次郎", "birth_date": date(1971, 12, 3)}
TWICE_KOU = YAMADA | {"policy_no": "AB-778899", "insurer_id": "KOU", "expiry_date": date(2026, 7, 1)}
TWICE_OTSU = YAMADA | {"policy_no": "AB778899", "insurer_id": "OTSU", "expiry_date": date(2026, 9, 1)}
LEDGER = [TAKAHASHI, YAMAGUCHI, AOBA, TWICE_KOU, TWICE_OTSU]


def policies(rows: list[dict[str, Any]]) -> pa.Table:
    """A policies table of these rows."""
    return pa.table({name: pa.array([row.get(name) for row in rows], kind) for name, kind in COLUMNS.items()})


def index_of(rows: list[dict[str, Any]]) -> MatchIndex:
    return MatchIndex.build({"policies": policies(rows)}, KEY)


@pytest.fixture(scope="session")
def index() -> MatchIndex:
    return index_of(LEDGER)


@pytest.fixture(scope="session")
def matcher(index: MatchIndex) -> Matcher:
    return Matcher(index, INSURERS)


class Finder:
    """Short hand: what is found in one text or table."""

    def __init__(self, matcher: Matcher) -> None:
        self._matcher = matcher

    @property
    def index(self) -> MatchIndex:
        return self._matcher.index

    def text(self, text: str, part: str = "body") -> list[Match]:
        return self._matcher.match([Text(part, text)])

    def table(self, *rows: list[str], part: str = "attachment[1]:一覧.xlsx!Sheet1") -> list[Match]:
        return self._matcher.match([Table(part, list(rows))])


@pytest.fixture(scope="session")
def find(matcher: Matcher) -> Finder:
    return Finder(matcher)
