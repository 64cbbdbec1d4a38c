"""Who gets a letter: just the own lines, in postal order, nobody lost; compared with a plain reading."""

from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sekisho.findings.model import FINDINGS
from sekisho.law.items import items
from sekisho.letters.addressing.recipients import addressed, gathered
from sekisho.letters.model import Held, HeldBack, Recipient
from sekisho.registry.registry import Registry
from sekisho.registry.schema import TABLES

WHO = {
    "KOU:KA12345678": ("yamada", "person"),
    "KOU:KA12345679": ("yamada", "person"),
    "KOU:KA22345678": ("takahashi", "person"),
    "KOU:KA32345678": ("reiji", "corporate"),
    "OTSU:OT-9000001": ("watanabe", "person"),
    "OTSU:OT-9000002": ("suzuki", "person"),
    "HEI:H500000001": ("tanaka", "person"),
}


def findings(*lines: dict[str, Any]) -> pa.Table:
    rows = []
    for number, line in enumerate(lines):
        insurer_id, policy_no = line["policy"].split(":")
        rows.append(
            dict.fromkeys(FINDINGS.names, "")
            | {
                "finding_id": str(number),
                "at": line.get("at", "2024-05-01T09:00:00+09:00"),
                "cause": line.get("cause", "A1"),
                "insurer_id": insurer_id,
                "policy_no": policy_no,
                "recipient_party": line.get("to", "OTSU"),
                "agency_id": line.get("agency", "AOBA"),
                "items": line.get("items", "policy_no;holder_name"),
                "ground_missing": line.get("missing", "relation"),
            }
        )
    return pa.Table.from_pylist(rows, schema=FINDINGS)


def persons(who: dict[str, tuple[str, str]]) -> pa.Table:
    rows = [(*policy.split(":"), person, kind) for policy, (person, kind) in who.items()]
    names = ("insurer_id", "policy_no", "person", "kind")
    return pa.table({name: pa.array([row[n] for row in rows], pa.string()) for n, name in enumerate(names)})


def changed(registry: Registry, policy: str, **values: Any) -> Registry:
    """The same registry with other values in one policy."""
    table = registry.tables["policies"]
    rows = table.to_pylist()
    insurer_id, policy_no = policy.split(":")
    for row in rows:
        if (row["insurer_id"], row["policy_no"]) == (insurer_id, policy_no):
            row.update(values)
    return Registry.of(registry.tables | {"policies": pa.Table.from_pylist(rows, schema=table.schema)})


def everyone(found: pa.Table, registry: Registry, **how: Any) -> list[Recipient]:
    with gathered(found, registry, persons(WHO), **how) as mailing:
        return list(mailing.recipients())


def test_one_letter_for_a_person_with_just_the_own_policies(registry: Registry) -> None:
    letters = everyone(
        findings(
            {"policy": "KOU:KA12345679", "to": "OTSU"},
            {"policy": "OTSU:OT-9000001", "to": "KOU"},
            {"policy": "KOU:KA12345678", "to": "HEI", "at": "2024-05-08T09:00:00+09:00", "items": "expiry_date"},
            {"policy": "KOU:KA12345678", "to": "OTSU", "items": "holder_name;policy_no"},
        ),
        registry,
    )
    assert [letter.name for letter in letters] == ["山田 花子", "渡邊 次郎"]
    first, second = letters[0].lines
    assert (first.policy_no, second.policy_no) == ("KA12345678", "KA12345679")
    assert first.insurer == "甲損害保険株式会社"
    assert first.items == ("証券番号", "契約者氏名", "満期日")
    assert first.disclosed_on == "2024年5月1日、2024年5月8日"
    assert first.received_by == "丙生命保険株式会社、乙損害保険株式会社"
    assert first.agency == "青葉保険サービス株式会社"
    assert first.product == "自動車"
    assert letters[0].postal_code == "0000001"
    assert letters[0].email == ""


def test_a_policy_that_two_agencies_gave_away_has_a_line_for_each(registry: Registry) -> None:
    (letter,) = everyone(
        findings({"policy": "KOU:KA22345678"}, {"policy": "KOU:KA22345678", "agency": "MIDORI"}), registry
    )
    assert [line.agency for line in letter.lines] == ["青葉保険サービス株式会社", "みどり保険事務所"]


def test_corporate_holders_are_onchu_and_persons_sama(registry: Registry) -> None:
    letters = everyone(findings({"policy": "KOU:KA32345678"}, {"policy": "KOU:KA22345678"}), registry)
    assert [addressed(letter) for letter in letters] == ["髙橋 一郎 様", "株式会社例示商店 御中"]


def test_a_company_of_unknown_kind_is_known_by_its_name(registry: Registry) -> None:
    ledger = changed(registry, "KOU:KA32345678", holder_kind=None)
    for who in ({}, {"KOU:KA32345678": ("reiji", "unknown")}):
        with gathered(findings({"policy": "KOU:KA32345678"}), ledger, persons(who)) as mailing:
            assert [letter.is_corporate for letter in mailing.recipients()] == [True]


def test_order_is_by_postcode_then_address_then_key(registry: Registry) -> None:
    ledger = changed(registry, "KOU:KA22345678", postal_code="〒０００－０００９")
    ledger = changed(ledger, "KOU:KA32345678", postal_code="000-0001", address="例示県あ市1")
    letters = everyone(findings(*({"policy": policy} for policy in WHO)), ledger)
    assert [letter.person for letter in letters] == ["reiji", "yamada", "watanabe", "suzuki", "tanaka", "takahashi"]
    assert letters[-1].postal_code == "0000009"


def test_another_insurers_data_is_neither_written_nor_used(registry: Registry) -> None:
    who = persons(WHO | {"OTSU:OT-9000001": ("yamada", "person")})
    found = findings({"policy": "KOU:KA12345678"}, {"policy": "OTSU:OT-9000001", "to": "KOU"})
    ledger = changed(registry, "KOU:KA12345678", address=None)
    ledger = changed(ledger, "KOU:KA12345679", address=None)
    with gathered(found, ledger, who, insurer_ids=["KOU"]) as mailing:
        assert list(mailing.recipients()) == []
        assert mailing.held == (HeldBack("yamada", Held.NO_ADDRESS, "KOU/KA12345678"),)
    with gathered(found, ledger, who) as mailing:
        assert [line.insurer for letter in mailing.recipients() for line in letter.lines] == [
            "甲損害保険株式会社", "乙損害保険株式会社",
        ]  # fmt: skip


def test_several_addresses_take_the_latest_policy_and_are_told(registry: Registry) -> None:
    from datetime import date

    ledger = changed(registry, "KOU:KA12345679", address="例示県見本市新町9", start_date=date(2024, 4, 1))
    with gathered(findings({"policy": "KOU:KA12345678"}), ledger, persons(WHO)) as mailing:
        assert [letter.address for letter in mailing.recipients()] == ["例示県見本市新町9"]
        (told,) = mailing.several_addresses
    assert (told.person, told.policy_no, told.address_count) == ("yamada", "KA12345679", 2)


def test_another_way_of_writing_is_no_other_address(registry: Registry) -> None:
    ledger = changed(registry, "KOU:KA12345679", address="例示県 見本市中央２－２１－９")
    with gathered(findings({"policy": "KOU:KA12345678"}), ledger, persons(WHO)) as mailing:
        assert mailing.several_addresses == ()


def test_an_older_policy_helps_out_when_the_latest_has_no_address(registry: Registry) -> None:
    from datetime import date

    ledger = changed(registry, "KOU:KA12345679", address=None, start_date=date(2024, 4, 1))
    (letter,) = everyone(findings({"policy": "KOU:KA12345679"}), ledger)
    assert letter.address == "例示県見本市中央2-21-9"


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"holder_name": "　"}, Held.NO_NAME),
        ({"address": None}, Held.NO_ADDRESS),
        ({"postal_code": "12-34"}, Held.NO_POSTAL_CODE),
    ],
)
def test_what_is_missing_holds_the_letter_back(registry: Registry, values: dict[str, Any], reason: Held) -> None:
    ledger = changed(registry, "KOU:KA22345678", **values)
    with gathered(findings({"policy": "KOU:KA22345678"}), ledger, persons(WHO)) as mailing:
        assert list(mailing.recipients()) == []
        assert mailing.held == (HeldBack("takahashi", reason, "KOU/KA22345678"),)


def test_line_ends_in_a_cell_do_not_reach_the_letter(registry: Registry) -> None:
    ledger = changed(registry, "KOU:KA22345678", holder_name="\t髙橋\r\n一郎　", address="例示県見本市\n東町1-1")
    (letter,) = everyone(findings({"policy": "KOU:KA22345678"}), ledger)
    assert (letter.name, letter.address) == ("髙橋 一郎", "例示県見本市 東町1-1")


def test_a_policy_outside_the_ledger_is_held_back_and_not_lost(registry: Registry) -> None:
    found = findings({"policy": "KOU:XX99999999"}, {"policy": ":Z1", "missing": "unresolved:insurer"})
    with gathered(found, registry, persons(WHO), insurer_ids=["KOU"]) as mailing:
        assert {held.person: held.reason for held in mailing.held} == {
            "KOU/XX99999999": Held.UNKNOWN_POLICY,
            "/Z1": Held.UNKNOWN_POLICY,
        }
        assert mailing.person_count == 2


def test_what_could_not_be_decided_waits_for_a_person(registry: Registry) -> None:
    found = findings(
        {"policy": "KOU:KA22345678", "to": "?outside.example.com", "missing": "unresolved:viewer"},
        {"policy": "KOU:KA12345678", "to": "?", "missing": "unresolved:viewer"},
        {"policy": "KOU:KA12345678"},
    )
    with gathered(found, registry, persons(WHO)) as mailing:
        assert [(held.person, held.reason) for held in mailing.held] == [("takahashi", Held.UNRESOLVED)]
        assert [line.received_by for letter in mailing.recipients() for line in letter.lines] == ["乙損害保険株式会社"]
    letters = everyone(found, registry, unresolved=True)
    assert [line.received_by for letter in letters for line in letter.lines] == [
        "社外の宛先 (特定できていません)、乙損害保険株式会社",
        "社外の宛先",
    ]


@pytest.mark.parametrize(
    ("days", "words"),
    [
        (["2024-05-01"], "2024年5月1日"),
        (["2024-05-03", "2024-05-01", "2024-05-02"], "2024年5月1日、2024年5月2日、2024年5月3日"),
        ([f"2024-05-{day:02d}" for day in range(1, 5)], "2024年5月1日から2024年5月4日までの4日"),
        ([""], "日付を特定できていません"),
        (["", "2024-05-01"], "2024年5月1日ほか (日付を特定できていないものがあります)"),
    ],
)
def test_days_in_words(registry: Registry, days: list[str], words: str) -> None:
    found = findings(*({"policy": "KOU:KA22345678", "at": day and f"{day}T09:00:00+09:00"} for day in days))
    (letter,) = everyone(found, registry)
    assert letter.lines[0].disclosed_on == words


def test_mail_addresses_only_where_they_are_wanted(registry: Registry) -> None:
    found = findings({"policy": "KOU:KA12345678"})
    assert everyone(found, registry, with_email=True)[0].email == "hanako@customer.example.jp"


def test_no_findings_no_letters(registry: Registry) -> None:
    with gathered(FINDINGS.empty_table(), registry, persons(WHO)) as mailing:
        assert (list(mailing.recipients()), mailing.held, mailing.person_count) == ([], (), 0)


# Against a plain reading --------------------------------------------------------------------------------------------

NUMBERS = st.integers(0, 7)
LINES = st.lists(
    st.fixed_dictionaries(
        {
            "policy": NUMBERS.map(lambda n: f"{'KOU' if n % 2 else 'OTSU'}:P{n}"),
            "agency": st.sampled_from(["AOBA", "MIDORI"]),
            "to": st.sampled_from(["HEI", "KI", "?x.example.com"]),
            "at": st.sampled_from(["", "2024-05-01T09:00:00+09:00", "2024-06-01T09:00:00+09:00"]),
            "items": st.sampled_from(["policy_no", "holder_name;policy_no", "premium", ""]),
            "missing": st.sampled_from(["relation", "unresolved:viewer"]),
        }
    ),
    max_size=12,
)
POLICIES = st.lists(
    st.fixed_dictionaries(
        {
            "holder_name": st.sampled_from(["山田 花子", "", "株式会社例示"]),
            "address": st.sampled_from(["例示県見本市1", "例示県見本市2", None]),
            "postal_code": st.sampled_from(["000-0001", "0000002", None]),
        }
    ),
    min_size=6,
    max_size=6,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(LINES, POLICIES, st.lists(st.sampled_from(["p1", "p2", "p3"]), min_size=8, max_size=8))
def test_against_a_plain_reading(
    registry: Registry, lines: list[dict[str, Any]], policies: list[dict[str, Any]], keys: list[str]
) -> None:
    rows = [
        dict.fromkeys(TABLES["policies"].arrow_schema.names)
        | {"policy_no": f"P{n}", "insurer_id": "KOU" if n % 2 else "OTSU", "agency_id": "AOBA", "line": "nonlife"}
        | policy
        for n, policy in enumerate(policies)
    ]
    schema = TABLES["policies"].arrow_schema
    ledger = Registry.of(registry.tables | {"policies": pa.Table.from_pylist(rows, schema=schema)})
    who = {f"{'KOU' if n % 2 else 'OTSU'}:P{n}": (keys[n], "person") for n in range(8)}
    found = findings(*lines)
    with gathered(found, ledger, persons(who)) as mailing:
        letters = list(mailing.recipients())
        assert {letter.person for letter in letters}.isdisjoint({held.person for held in mailing.held})
        assert len(letters) == mailing.recipient_count
        assert len(letters) + len(mailing.held) == mailing.person_count == len({who[line["policy"]] for line in lines})
    assert letters == sorted(letters, key=lambda letter: (letter.postal_code, letter.address, letter.person))
    told = {
        (letter.person, line.policy_no, line.agency): set(line.items) for letter in letters for line in letter.lines
    }
    assert told == plainly(lines, who, {letter.person for letter in letters})


def plainly(
    lines: list[dict[str, Any]], who: dict[str, tuple[str, str]], written: set[str]
) -> dict[tuple[str, str, str], set[str]]:
    names = {"AOBA": "青葉保険サービス株式会社", "MIDORI": "みどり保険事務所"}
    told: dict[tuple[str, str, str], set[str]] = {}
    for line in lines:
        person = who[line["policy"]][0]
        if person in written and not line["missing"].startswith("unresolved:"):
            key = (person, line["policy"].split(":")[1], names[line["agency"]])
            told.setdefault(key, set()).update(items()[code].ja for code in line["items"].split(";") if code)
    return told
