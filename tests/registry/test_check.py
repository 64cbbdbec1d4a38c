"""Tables that contradict themselves or each other: the line, what is wrong, and whether it stops the load."""

from pathlib import Path

import pytest
from tests.registry.small import TABLES, write

from sekisho.registry import read_registry

PERSON = "person_id,name,party_id,start,end\nP-SATO,佐藤,KOU,2010-04-01,\n"
ACCOUNT = "account_id,system,person_id,party_id,start,end\n"
ADDRESS = "address,person_id,party_id,start,end\n"
POLICY = "policy_no,insurer_id,agency_id,line,holder_name"


def said(tmp_path: Path, **tables: str | None) -> list[str]:
    """Errors and warnings, without the folder and the remedy."""
    folder = write(tmp_path / "r", **tables)
    _, report = read_registry(folder)
    return [
        f"{p.severity}: {p.where.removeprefix(f'{folder}/')}: {p.message}"
        for p in report.problems.listed
        if p.severity != "notice"
    ]


def test_the_small_registry_is_right(tmp_path: Path) -> None:
    assert said(tmp_path) == []


@pytest.mark.parametrize(
    ("table", "text", "message"),
    [
        (
            "appointments",
            "insurer_id,agency_id,line,start\nKUO,AOBA,nonlife,2020-04-01\n",
            'error: appointments.csv:2: insurer_id "KUO" is not in insurers',
        ),
        (
            "offices",
            "office_id,party_id,name\nO1,AOBA,本店\nO2,NONE,支店\n",
            'error: offices.csv:3: party_id "NONE" is not in insurers or agencies',
        ),
        (
            "duties",
            "person_id,party_id,start\nP-NONE,AOBA,2020-04-01\n",
            'error: duties.csv:2: person_id "P-NONE" is not in people',
        ),
        (
            "joint_uses",
            "joint_use_id,party_ids,purpose,start\nJ1,KOU;AOBA,支払,2020-04-01\nJ2,KOU;HD,支払,2020-04-01\n",
            'warning: joint_uses.csv:3: party_ids "KOU;HD" is not in insurers or agencies',
        ),
        (
            "consents",
            "policy_no,insurer_id,recipient_id,purpose,start\nKA-0001,KOU,GARAGE,修理,2020-04-01\n"
            "KA-0001,KOU,x@garage.example.jp,修理,2020-04-01\nKA-0001,KOU,P-SATO,修理,2020-04-01\n",
            'warning: consents.csv:2: recipient_id "GARAGE" is not in insurers or agencies or people',
        ),
    ],
)
def test_unknown_ids(tmp_path: Path, table: str, text: str, message: str) -> None:
    assert said(tmp_path, **{table: text}) == [message]


@pytest.mark.parametrize(
    ("table", "head", "rest"),
    [
        ("transfers", "policy_no,insurer_id,agency_id,start", "KOU,AOBA,2020-04-01"),
        ("consents", "policy_no,insurer_id,recipient_id,purpose,start", "KOU,MIDORI,案内,2020-04-01"),
    ],
)
def test_an_unknown_policy_is_a_warning(tmp_path: Path, table: str, head: str, rest: str) -> None:
    assert said(tmp_path, **{table: f"{head}\nKA-0001,{rest}\nKA-9999,{rest}\n"}) == [
        f'warning: {table}.csv:3: insurer_id "KOU" policy_no "KA-9999" is not in policies'
    ]


def test_a_policy_is_moved_to_one_agency_at_a_time(tmp_path: Path) -> None:
    rows = "policy_no,insurer_id,agency_id,start,end\nKA-0001,KOU,AOBA,2020-04-01,2022-03-31\n"
    assert said(tmp_path, transfers=f"{rows}KA-0001,KOU,MIDORI,2022-04-01,\n") == []
    (message,) = said(tmp_path, transfers=f"{rows}KA-0001,KOU,MIDORI,2022-03-31,\n")
    assert message.startswith("error: transfers.csv:3: ")


def test_keys_name_one_row(tmp_path: Path) -> None:
    rows = (
        f"{POLICY}\nA,KOU,AOBA,nonlife,山田\nA,HEI,AOBA,life,山田\nA,KOU,AOBA,nonlife,鈴木\nA,KOU,AOBA,nonlife,田中\n"
    )
    assert said(tmp_path, policies=rows) == [
        'error: policies.csv:4: insurer_id "KOU" policy_no "A" is there already, in line 2',
        'error: policies.csv:5: insurer_id "KOU" policy_no "A" is there already, in line 2',
    ]


def test_an_id_names_an_insurer_or_an_agency_not_both(tmp_path: Path) -> None:
    agencies = TABLES["agencies"] + "KOU,甲代理店\n"
    assert said(tmp_path, agencies=agencies) == ['error: agencies.csv:4: agency_id "KOU" is an insurer\'s id too']


def test_periods_run_forward_and_may_last_one_day(tmp_path: Path) -> None:
    rows = "supervising_agency_id,working_agency_id,start,end\nAOBA,MIDORI,2024-04-01,2024-04-01\n"
    assert said(tmp_path, supervisions=rows) == []
    rows = "supervising_agency_id,working_agency_id,start,end\nAOBA,MIDORI,2024-04-01,2024-03-31\n"
    assert said(tmp_path, supervisions=rows) == [
        'error: supervisions.csv:2: end "2024-03-31" is before start "2024-04-01"'
    ]
    rows = f"{POLICY},start_date,expiry_date\nA,KOU,AOBA,nonlife,山田,2024-04-01,2023-04-01\n"
    assert said(tmp_path, policies=rows) == [
        'error: policies.csv:2: expiry_date "2023-04-01" is before start_date "2024-04-01"'
    ]


def test_two_employers_at_a_time_contradict_and_one_after_the_other_do_not(tmp_path: Path) -> None:
    head = "person_id,name,party_id,start,end\nP-SATO,佐藤,KOU,2010-04-01,\n"
    after = "P-AOKI,青木,AOBA,2015-04-01,2020-03-31\nP-AOKI,青木,MIDORI,2020-04-01,\n"
    assert said(tmp_path, people=head + after) == []
    same_day = after.replace("2020-04-01", "2020-03-31")
    assert said(tmp_path, people=head + same_day) == [
        'error: people.csv:4: person_id "P-AOKI" has another party_id in line 3 at the same time'
    ]


def test_the_same_employer_twice_is_a_warning(tmp_path: Path) -> None:
    rows = f"{PERSON}P-SATO,佐藤,KOU,2020-04-01,\n"
    assert said(tmp_path, people=rows) == [
        'warning: people.csv:3: the period of person_id "P-SATO" overlaps that of line 2'
    ]


def test_two_secondments_at_a_time_contradict(tmp_path: Path) -> None:
    rows = TABLES["secondments"] + "P-SATO,KOU,MIDORI,2025-03-31,\n"
    assert said(tmp_path, secondments=rows) == [
        'error: secondments.csv:3: person_id "P-SATO" has another home_insurer_id and host_agency_id in line 2'
        " at the same time"
    ]


@pytest.mark.parametrize(
    ("head", "key", "table"), [(ADDRESS, "a@aoba.example.jp", "addresses"), (ACCOUNT, "U1,SYS", "accounts")]
)
def test_an_address_or_account_has_one_owner_at_a_time(tmp_path: Path, head: str, key: str, table: str) -> None:
    after = f"{head}{key},P-SATO,AOBA,2020-04-01,2021-03-31\n{key},P-AOBA1,AOBA,2021-04-01,\n"
    assert said(tmp_path, **{table: after}) == []
    both = after.replace("2021-03-31", "")
    (message,) = said(tmp_path, **{table: both})
    assert message.startswith(f"error: {table}.csv:3: ")
    assert message.endswith("has another person_id and party_id in line 2 at the same time")


def test_a_row_without_person_hides_no_contradiction(tmp_path: Path) -> None:
    rows = f"{ADDRESS}a@aoba.example.jp,,AOBA,2020-01-01,\na@aoba.example.jp,P-SATO,AOBA,2020-01-02,\n"
    rows += "a@aoba.example.jp,P-AOBA1,AOBA,2020-01-03,2020-01-04\n"
    messages = said(tmp_path, addresses=rows)
    assert [m.split(":")[0] + m.split(":")[2] for m in messages] == ["error4", "warning3"]


def test_the_same_account_in_two_systems_is_two_accounts(tmp_path: Path) -> None:
    rows = f"{ACCOUNT}U1,A,P-SATO,KOU,2020-01-01,\nU1,B,P-AOBA1,AOBA,2020-01-01,\n"
    assert said(tmp_path, accounts=rows) == []


def test_an_address_belongs_to_somebody(tmp_path: Path) -> None:
    assert said(tmp_path, addresses=f"{ADDRESS}a@aoba.example.jp,,,,\n") == [
        "error: addresses.csv:2: the address belongs to nobody"
    ]


@pytest.mark.parametrize("table", ["appointments", "supervisions"])
def test_the_same_relation_twice_at_a_time_is_a_warning(tmp_path: Path, table: str) -> None:
    lines = TABLES[table].splitlines(keepends=True)
    (message,) = said(tmp_path, **{table: "".join([*lines[:2], lines[1].replace("04-01", "05-01")])})
    assert message.startswith(f"warning: {table}.csv:3: the period of ")


def test_an_agency_does_not_supervise_itself(tmp_path: Path) -> None:
    rows = TABLES["supervisions"] + "AOBA,AOBA,2024-04-01,\n"
    assert said(tmp_path, supervisions=rows) == ['error: supervisions.csv:3: "AOBA" supervises itself']


@pytest.mark.parametrize(
    ("people", "quiet"),
    [
        ("P-SATO,佐藤,KOU,2023-04-01,2025-03-31", True),
        ("P-SATO,佐藤,KOU,2023-04-02,2025-03-31", False),
        ("P-SATO,佐藤,KOU,2023-04-01,2025-03-30", False),
        ("P-SATO,佐藤,OTSU,2010-04-01,", False),
        ("P-SATO,佐藤,KOU,2023-04-01,2024-03-31\nP-SATO,佐藤,KOU,2024-04-01,", True),
    ],
)
def test_a_secondee_is_employed_at_home_all_the_time(tmp_path: Path, people: str, quiet: bool) -> None:
    message = 'warning: secondments.csv:2: "P-SATO" is not employed by "KOU" all this time'
    assert said(tmp_path, people=f"person_id,name,party_id,start,end\n{people}\n") == ([] if quiet else [message])


def test_the_line_goes_with_the_kind_of_insurer(tmp_path: Path) -> None:
    rows = f"{POLICY}\nA,HEI,AOBA,損保,山田\nB,HEI,AOBA,生保,山田\n"
    appointments = "insurer_id,agency_id,line,start\nKOU,AOBA,life,2020-04-01\n"
    assert said(tmp_path, policies=rows, appointments=appointments) == [
        'error: appointments.csv:2: line "life" does not go with the insurer\'s kind',
        'error: policies.csv:2: line "損保" does not go with the insurer\'s kind',
    ]


def test_a_working_agency_without_supervision_is_told_once(tmp_path: Path) -> None:
    rows = f"{POLICY},working_agency_id\nA,KOU,AOBA,nonlife,山田,MIDORI\nB,KOU,AOBA,nonlife,山田,MIDORI\n"
    assert said(tmp_path, policies=rows) == []
    assert said(tmp_path, policies=rows, supervisions="supervising_agency_id,working_agency_id,start\n") == [
        'warning: policies.csv:2: working agency "MIDORI" (2 policies) has no supervision at all'
    ]


def test_postcodes_and_phones_of_a_wrong_shape_are_counted(tmp_path: Path) -> None:
    good = ["100-0001,03-0000-1234", "1000001,0300001234", "１００－０００１,（０３）００００－１２３４", ","]
    bad = ["600001,1234"] * 4
    rows = [f"P{n},KOU,AOBA,nonlife,山田,{v}" for n, v in enumerate([*good, *bad])]
    assert said(tmp_path, policies="\n".join([f"{POLICY},郵便番号,電話番号", *rows, ""])) == [
        "warning: policies.csv: 郵便番号 is not a postcode (7 digits) in 4 rows (lines 6, 7, 8 …)",
        "warning: policies.csv: 電話番号 is not a phone number (10 or 11 digits, 0 first) in 4 rows (lines 6, 7, 8 …)",
    ]
