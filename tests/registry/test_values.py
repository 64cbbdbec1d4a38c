"""Values of each kind, and what is said of those that do not fit."""

from datetime import date
from pathlib import Path

import pyarrow as pa
import pytest
from tests.registry.small import write

from sekisho.kernel.periods import FIRST_DAY, LAST_DAY
from sekisho.law.items import ALL_ITEMS, mask_of
from sekisho.registry import read_registry
from sekisho.registry.schema import TABLES, Kind
from sekisho.registry.values import choice_words, flag_words, split_words

HEAD = "policy_no,insurer_id,agency_id,line,holder_name"


def policies(tmp_path: Path, header: str, *values: str) -> tuple[pa.Table | None, list[str]]:
    lines = [f'P{number},KOU,AOBA,nonlife,山田,"{value}"' for number, value in enumerate(values)]
    folder = write(tmp_path / "r", policies="\n".join([f"{HEAD},{header}", *lines, ""]))
    registry, report = read_registry(folder)
    errors = [str(p).removeprefix(f"{folder}/") for p in report.problems.listed if p.severity == "error"]
    return registry and registry.tables["policies"], errors


def test_days_in_every_form(tmp_path: Path) -> None:
    table, _ = policies(tmp_path, "満期日", "2025-03-31", "R7.3.31", "令和７年３月３１日", "", "2025/03/31 0:00")
    assert table
    assert table["expiry_date"].to_pylist() == [date(2025, 3, 31)] * 3 + [None, date(2025, 3, 31)]


def test_a_wrong_day_names_line_header_value_and_remedy(tmp_path: Path) -> None:
    table, errors = policies(tmp_path, "契約始期", "2025-03-31", "令和九九年", "2025-02-30")
    assert table is None
    assert errors == [
        'policies.csv:3: 契約始期 "令和九九年" is no date → write YYYY-MM-DD or 令和N年N月N日',
        'policies.csv:4: 契約始期 "2025-02-30" is no day of the calendar → write YYYY-MM-DD or 令和N年N月N日',
    ]


def test_yen(tmp_path: Path) -> None:
    table, _ = policies(tmp_path, "保険料", "12000", "12,000円", "¥12,000", "１２０００", "12000.00", "-500", "")
    assert table
    assert table["premium"].to_pylist() == [12000] * 5 + [-500, None]


@pytest.mark.parametrize("text", ["12.5", "約1万", "1,2", "9" * 30, "9" * 19])
def test_what_is_no_amount(tmp_path: Path, text: str) -> None:
    _, errors = policies(tmp_path, "保険料", text)
    assert len(errors) == 1
    assert "is no whole number of yen" in errors[0]


@pytest.mark.parametrize("flag", [True, False])
def test_flags_in_every_wording(tmp_path: Path, flag: bool) -> None:
    table, _ = policies(tmp_path, "事故有無", *flag_words(flag))
    assert table
    assert set(table["has_claim"].to_pylist()) == {flag}


def test_choices_in_every_wording(tmp_path: Path) -> None:
    table, _ = policies(tmp_path, "個人・法人区分", *choice_words("person"), *choice_words("corporate"), "ＰＥＲＳＯＮ")
    assert table
    persons, companies = len(choice_words("person")), len(choice_words("corporate"))
    assert table["holder_kind"].to_pylist() == ["person"] * persons + ["corporate"] * companies + ["person"]


def test_every_choice_has_its_own_words() -> None:
    for table in TABLES.values():
        for column in table.columns:
            if column.kind is Kind.CHOICE:
                words = [word for choice in column.choices for word in choice_words(choice)]
                assert len(words) == len(set(words))
                assert set(column.choices) <= set(words)


def test_a_choice_of_another_column_is_wrong(tmp_path: Path) -> None:
    _, errors = policies(tmp_path, "source", "person")
    assert errors == ['policies.csv:2: source "person" is not one of own, gateway → write own or gateway']


def test_a_required_value_must_be_there(tmp_path: Path) -> None:
    folder = write(tmp_path / "r", agencies="agency_id,name\nAOBA,\nMIDORI,みどり\n")
    _, report = read_registry(folder)
    assert [str(p) for p in report.problems.listed if p.severity == "error"] == [
        f"{folder}/agencies.csv:2: name (empty) is required → fill it in"
    ]


def test_absent_columns_and_open_periods(tmp_path: Path) -> None:
    registry, _ = read_registry(write(tmp_path / "r", addresses="address,party_id\nJimu@Aoba.example.jp,AOBA\n"))
    assert registry
    assert registry.tables["addresses"].to_pylist() == [
        {"address": "jimu@aoba.example.jp", "person_id": None, "party_id": "AOBA", "start": FIRST_DAY, "end": LAST_DAY}
    ]
    assert registry.tables["offices"].num_rows == 0
    for name, table in TABLES.items():
        loaded = registry.tables[name].schema
        assert [(f.name, f.type) for f in table.arrow_schema] == [(f.name, f.type) for f in loaded][
            : len(table.arrow_schema)
        ]


def test_items_become_a_mask(tmp_path: Path) -> None:
    consents = (
        "policy_no,insurer_id,recipient_id,purpose,items,start\n"
        "KA-0001,KOU,MIDORI,更改案内,policy_no;証券番号、満期日,2024-04-01\nKA-0001,KOU,MIDORI,更改案内,,2024-04-01\n"
    )
    registry, report = read_registry(write(tmp_path / "r", consents=consents))
    assert registry, report.text()
    assert registry.tables["consents"]["items_mask"].to_pylist() == [mask_of(["policy_no", "expiry_date"]), ALL_ITEMS]
    assert registry.tables["consents"]["items"].to_pylist() == ["policy_no;証券番号;満期日", None]


def test_an_unknown_item_is_named(tmp_path: Path) -> None:
    consents = (
        "policy_no,insurer_id,recipient_id,purpose,items,start\nKA-0001,KOU,MIDORI,x,靴のサイズ;満期日,2024-04-01\n"
    )
    _, report = read_registry(write(tmp_path / "r", consents=consents))
    (problem,) = [p for p in report.problems.listed if p.severity == "error"]
    assert "consents.csv:2" in problem.where
    assert "names an unknown item '靴のサイズ'" in problem.message


def test_unknown_columns_are_kept_as_text_under_free_names(tmp_path: Path) -> None:
    agencies = "agency_id,name,備考,備考,,items_mask\nAOBA,青葉,1,2,3,4\nMIDORI,みどり,,,,\n"
    registry, report = read_registry(write(tmp_path / "r", agencies=agencies))
    assert registry
    row = registry.tables["agencies"].to_pylist()[0]
    assert {name: row[name] for name in ("備考", "備考_2", "column_5", "items_mask")} == {
        "備考": "1", "備考_2": "2", "column_5": "3", "items_mask": "4",
    }  # fmt: skip
    assert next(t for t in report.tables if t.name == "agencies").unknown_columns == ("備考", "備考", "", "items_mask")


def test_my_number_is_in_no_message_even_in_the_wrong_column(tmp_path: Path) -> None:
    rows = (
        "P1,KOU,AOBA,nonlife,山田,983205673214,983205673214\nP1,KOU,AOBA,983205673214,山田,2025-01-01,9832-0567-3214\n"
    )
    rows += "983205673214,XX,AOBA,nonlife,山田,,983205673214\n983205673214,XX,AOBA,nonlife,山田,,983205673214\n"
    folder = write(tmp_path / "r", policies=f"{HEAD},満期日,個人番号\n{rows}")
    _, report = read_registry(folder)
    assert report.error_count >= 5
    for text in (report.text(), str(report.as_json())):
        assert "3214" not in text
        assert "9832" not in text


def test_split_words() -> None:
    assert split_words(" a；b 、c,d\ne;; ") == ["a", "b", "c", "d", "e"]
