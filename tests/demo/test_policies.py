import re

import pyarrow.compute as pc
import pytest

from sekisho.demo.cast import APPOINTMENTS
from sekisho.demo.dice import Dice
from sekisho.demo.policies import SEGMENTS, Ledger, build_ledger, transfer_rows

PATTERNS = {
    "KOU": r"K10[123]-\d{10}",
    "OTSU": r"84-\d{10}-\d",
    "TEI": r"TB\d{10}",
    "HEI": r"31[123]-\d{10}",
    "BO": r"5\d{7}-\d{3}",
}


@pytest.fixture(scope="module")
def ledger() -> Ledger:
    return build_ledger(Dice(1), 20_000)


def test_numbers_follow_the_insurers_patterns_and_are_unique(ledger: Ledger) -> None:
    numbers = ledger.table.column("policy_no").to_pylist()
    assert len(set(numbers)) == len(numbers)
    insurers = ledger.table.column("insurer_id").to_pylist()
    wrong = [n for n, i in zip(numbers, insurers, strict=True) if not re.fullmatch(PATTERNS[i], n)]
    assert wrong == []


def test_contacts_cannot_be_anybodys(ledger: Ledger) -> None:
    assert pc.all(pc.match_substring_regex(ledger.table.column("phone"), r"^03-0\d{3}-\d{4}$")).as_py()
    mobiles = ledger.table.column("mobile")
    assert pc.all(pc.match_substring_regex(mobiles, r"^(090-0\d{3}-\d{4})?$")).as_py()
    assert pc.all(pc.match_substring_regex(ledger.table.column("email"), r"@mail\.example\.jp$")).as_py()


def test_telephone_numbers_of_two_holders_differ(ledger: Ledger) -> None:
    holders = len(set(zip(ledger.table["email"].to_pylist(), ledger.table["phone"].to_pylist(), strict=True)))
    assert pc.count_distinct(ledger.table["phone"]).as_py() == holders


def test_every_handling_agency_is_appointed(ledger: Ledger) -> None:
    appointed = {(row["insurer_id"], row["agency_id"]) for row in APPOINTMENTS}
    assert {(insurer, agency) for insurer, agency, _ in SEGMENTS} <= appointed
    assert {(insurer, working) for insurer, _, working in SEGMENTS if working} <= appointed


def test_alone_means_no_other_policy(ledger: Ledger) -> None:
    emails = ledger.table.column("email").to_pylist()
    once = [emails.count(email) == 1 for email in emails[:300]]
    assert once == ledger.alone[:300].tolist()
    assert 0 < sum(once) < 300


def test_a_bigger_industry_begins_with_the_smaller() -> None:
    assert build_ledger(Dice(5), 3_000).table.slice(0, 1_000).equals(build_ledger(Dice(5), 1_000).table)


def test_the_readmes_policy(ledger: Ledger) -> None:
    yamada = ledger.policies([0])[0]
    assert (yamada["holder_name"], yamada["policy_no"]) == ("山田　太郎", "K103-1242486216")
    assert (yamada["insurer_id"], yamada["agency_id"]) == ("KOU", "AOBA")
    assert ledger.alone[0]


def test_a_transferred_policy_is_always_handled_by_one(ledger: Ledger) -> None:
    rows = transfer_rows(ledger)
    assert len(rows) == 2 * len(ledger.rows("TEI", "SEIRYU"))
    assert {(row["agency_id"], row["start"], row["end"]) for row in rows} == {
        ("TSUBAME", "2010-04-01", "2026-04-30"),
        ("SEIRYU", "2026-05-01", ""),
    }
