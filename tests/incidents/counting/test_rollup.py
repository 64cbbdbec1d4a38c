"""Count files and their roll-up (A11, seed 000)."""

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.incidents.counting.cast import finding, findings

from sekisho.incidents.counting.count_file import (
    LARGEST,
    Answer,
    CauseCount,
    CountFile,
    Total,
    Unit,
    count_file_of,
    read_count_file,
    write_count_file,
)
from sekisho.incidents.counting.rollup import Sum, roll_up
from sekisho.incidents.table import disclosure_table
from sekisho.kernel.errors import InputError

DAY = date(2024, 8, 30)


def company(name: str, answer: Answer = Answer.LEAKS, unit: Unit = Unit.RECORDS, **told: Any) -> CountFile:
    rows = told.pop("causes", (CauseCount("B1", agencies=1, records=10, persons=8),) if answer == Answer.LEAKS else ())
    return CountFile(name, f"{name}生命", told.pop("as_of", DAY), answer, unit, rows, **told)


def test_the_interim_report_of_seed_000() -> None:
    leaking = [company(f"L{n:02}", causes=(CauseCount("B1", records=23_000 if n else 31_000),)) for n in range(18)]
    others = [company(f"N{n:02}", Answer.NONE) for n in range(23)]
    rolled = roll_up([*leaking, *others])
    assert (rolled.asked, rolled.answered, rolled.with_leaks, rolled.without_leaks) == (41, 41, 18, 23)
    (unit,) = rolled.units
    assert (unit.figure, unit.causes[0].company_count, unit.causes[0].records) == (422_000, 18, Sum(422_000, 18))
    assert unit.causes[0].agencies == Sum(0, 0)


def test_different_units_are_never_added() -> None:
    rolled = roll_up([company("KOU"), company("OTSU"), company("HEI", unit=Unit.PERSONS)])
    assert [(one.unit, one.figure, one.companies) for one in rolled.units] == [
        (Unit.RECORDS, 20, ("KOU", "OTSU")),
        (Unit.PERSONS, 8, ("HEI",)),
    ]


def test_what_receivers_tell_stands_beside_the_sum() -> None:
    rolled = roll_up([company("KOU", causes=(CauseCount("A1", records=5), CauseCount("A3", records=7)))])
    assert [(cause.cause, cause.figure, cause.mirror) for cause in rolled.units[0].causes] == [
        ("A1", 5, False),
        ("A3", 7, True),
    ]
    assert rolled.units[0].figure == 5


def test_who_did_not_answer_and_other_days_are_told() -> None:
    files = [
        company("KOU"),
        company("OTSU", Answer.OPEN),
        company("HEI", as_of=date(2024, 9, 1)),
        company("KI", Answer.NONE),
    ]
    rolled = roll_up(files, asked=["KOU", "OTSU", "HEI", "BO"])
    assert (rolled.asked, rolled.answered, rolled.with_leaks) == (4, 2, 2)  # KI was not asked: named, in no figure
    assert (rolled.open, rolled.missing, rolled.unasked) == (("OTSU",), ("BO",), ("KI",))
    assert rolled.as_of == ((DAY, ("KOU",)), (date(2024, 9, 1), ("HEI",)))


def test_two_files_of_one_company_are_refused() -> None:
    with pytest.raises(InputError, match="KOU has a file already"):
        roll_up([company("KOU"), company("KOU")])
    with pytest.raises(InputError, match="twice"):
        roll_up([company("KOU")], asked=["KOU", "KOU"])


@pytest.mark.parametrize("ending", ["yaml", "yml", "json"])
def test_a_table_is_written_and_read_again(tmp_path: Path, ending: str) -> None:
    told = [finding("KOU:1"), finding("KOU:2", agency_id="SAKURA"), finding("KOU:2", cause="B1")]
    counted = count_file_of(disclosure_table(findings(told), as_of=DAY), "KOU", "甲損保", notes=("調査継続中",))
    path = tmp_path / f"kou.{ending}"
    write_count_file(counted, path)
    again = read_count_file(path)
    assert again.as_document() == counted.as_document()
    assert (again.answer, again.agencies_summed, again.total.agencies_distinct) == (Answer.LEAKS, 3, 2)
    assert again.total.records == 3
    assert "KOU:1" not in path.read_text(encoding="utf-8")
    assert path.stat().st_mode & 0o777 == 0o600


def test_no_findings_are_no_leaks() -> None:
    counted = count_file_of(disclosure_table(findings([]), as_of=DAY), "KOU", "甲損保")
    assert (counted.answer, counted.causes) == (Answer.NONE, ())


def test_what_is_not_settled_is_not_told_as_no_leak() -> None:
    table = disclosure_table(findings([finding("KOU:1", ground_missing="unresolved:recipient")]), as_of=DAY)
    assert count_file_of(table, "KOU", "甲損保").answer == Answer.OPEN


GOOD: dict[str, Any] = {
    "sekisho_count_file": 1,
    "company": {"id": "KOU", "name": "甲損保"},
    "as_of": "2024-08-30",
    "answer": "leaks",
    "unit": "records",
    "causes": [{"cause": "A1", "records": 5, "agencies": 2}, {"cause": "B1", "records": 3, "agencies": 1}],
    "total": {"records": 8, "agencies_distinct": 2},
}
WRONG: dict[str, tuple[Callable[[dict[str, Any]], Any], str]] = {
    "another version": (lambda d: d | {"sekisho_count_file": 2}, "sekisho_count_file: is not 1"),
    "no mapping": (lambda d: [d], "is no mapping"),
    "unknown word": (lambda d: d | {"custommers": []}, "custommers: is not known here"),
    "missing": (lambda d: {k: v for k, v in d.items() if k != "unit"}, "unit: is missing"),
    "no day": (lambda d: d | {"as_of": "2024-13-01"}, "as_of: is no day"),
    "no answer": (lambda d: d | {"answer": "yes"}, "answer: is none of leaks, none, open"),
    "no count": (lambda d: d | {"causes": [{"cause": "A1", "records": -1}]}, r"causes\[0\].records: is no count"),
    "true is no count": (lambda d: d | {"causes": [{"cause": "A1", "records": True}]}, "is no count"),
    "no code": (lambda d: d | {"causes": [{"cause": "Z9", "records": 1}]}, r"causes\[0\].cause: is no code"),
    "unit not counted": (lambda d: d | {"unit": "persons"}, r"causes\[0\].persons: is missing, and it is the unit"),
    "cause twice": (lambda d: d | {"causes": [dict(d["causes"][0]) for _ in "12"]}, "names a cause twice"),
    "no leaks with causes": (lambda d: d | {"answer": "none"}, "answer: is none, with 2 causes"),
    "leaks without causes": (lambda d: d | {"causes": []}, "answer: is leaks, with 0 causes"),
    "total above the sum": (lambda d: d | {"total": {"records": 9}}, "total.records: does not fit"),
    "total below a cause": (lambda d: d | {"total": {"agencies_distinct": 1}}, "total.agencies_distinct: does not fit"),
    "control characters": (lambda d: d | {"notes": ["\x1b[2J"]}, "notes: holds something"),
    "company is a list": (lambda d: d | {"company": ["KOU"]}, "company: is no mapping"),
    "strange id": (lambda d: d | {"company": {"id": "../x", "name": "x"}}, "company.id: is no id"),
}


@pytest.mark.parametrize("case", WRONG)
@pytest.mark.parametrize("ending", ["yaml", "json"])
def test_what_is_wrong_is_said_with_its_place(tmp_path: Path, case: str, ending: str) -> None:
    change, message = WRONG[case]
    path = tmp_path / f"kou.{ending}"
    document = change(dict(GOOD))
    path.write_text(json.dumps(document) if ending == "json" else yaml.safe_dump(document), encoding="utf-8")
    with pytest.raises(InputError, match=message) as caught:
        read_count_file(path)
    assert caught.value.where.startswith(str(path))
    assert caught.value.remedy


TEXTS = {
    "a: [": "neither well-formed",
    "a: &x [1]\nb: *x": "neither well-formed",
    "a: 1\na: 2": "'a' is there twice",
    "? [1]\n: 2": "neither well-formed|is not known|is missing",
    "": "is no mapping",
    "[" * 5000: "neither well-formed",
    "!!python/object/apply:os.system [ls]": "neither well-formed",
}


@pytest.mark.parametrize("text", TEXTS)
def test_text_that_is_no_count_file(tmp_path: Path, text: str) -> None:
    path = tmp_path / "kou.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=TEXTS[text]):
        read_count_file(path)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "big.yaml").write_bytes(b"#" * (LARGEST + 1))
    (tmp_path / "sjis.yaml").write_bytes("甲".encode("cp932"))
    (tmp_path / "twice.json").write_text('{"a": 1, "a": 2}', encoding="utf-8")
    for name, message in {
        "none.yaml": "cannot be read",
        "big.yaml": "larger than",
        "sjis.yaml": "not UTF-8",
        "kou.csv": "cannot be read",
        "twice.json": "twice",
    }.items():
        with pytest.raises(InputError, match=message):
            read_count_file(tmp_path / name)
    with pytest.raises(InputError, match="YAML or JSON"):
        write_count_file(company("KOU"), tmp_path / "kou.csv")


counts = st.one_of(st.none(), st.integers(0, 50))
rows = st.dictionaries(
    st.sampled_from(("A1", "A2", "B1", "A3")), st.tuples(counts, st.integers(0, 50), counts, counts, counts), min_size=1
)


@settings(max_examples=50, deadline=None)
@given(st.lists(rows, max_size=6))
def test_sums_are_the_naive_ones(told: list[dict[str, tuple[Any, ...]]]) -> None:
    files = [
        company(f"C{n}", causes=tuple(CauseCount(code, *row) for code, row in each.items()))
        for n, each in enumerate(told)
    ]
    rolled = roll_up(files)
    assert rolled.with_leaks == len(told)
    wanted = {code: [each[code] for each in told if code in each] for each in told for code in each}
    found = {cause.cause: cause for unit in rolled.units for cause in unit.causes}
    assert set(found) == set(wanted)
    for code, mine in wanted.items():
        assert found[code].company_count == len(mine)
        for at, figure in enumerate(("agencies", "records", "policies", "persons", "corporate")):
            known = [row[at] for row in mine if row[at] is not None]
            assert getattr(found[code], figure) == Sum(sum(known), len(known))
    assert sum(unit.figure for unit in rolled.units) == sum(
        row[1] for code, mine in wanted.items() if code != "A3" for row in mine
    )


def test_total_is_left_out_where_it_was_not_counted() -> None:
    assert company("KOU", total=Total(records=10)).as_document()["total"] == {"records": 10}
