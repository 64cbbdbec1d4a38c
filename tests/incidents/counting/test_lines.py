"""Counted lines: what is in them, that figures are functions of them, and their file."""

import hashlib
from datetime import date
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.incidents.counting.cast import LAST, finding, findings, registry_of
from tests.incidents.counting.naive import POLICIES, naive_figures, naive_lines, rows

from sekisho.incidents.counting.counted import count
from sekisho.incidents.counting.figures import by_cause, exposures, figures_of, per_insurer
from sekisho.incidents.counting.lines import KEY, as_of_day, counted_lines, numbered, read_lines, write_lines
from sekisho.incidents.counting.persons import persons_of
from sekisho.incidents.table import disclosure_table
from sekisho.kernel.errors import InputError

NAMES = ("山田 花子", "髙橋 一郎", "渡邊 次郎")
BORN = date(1980, 5, 3)


def lines_of(told: list[dict[str, str]], as_of: date = LAST) -> pa.Table:
    found = findings(told)
    return counted_lines(found, persons_of(found, None), as_of)


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(
    rows(),
    st.sampled_from(("2024-04-30", "2024-05-01", "2030-01-01")),
    st.lists(st.integers(0, 2), min_size=6, max_size=6),
)
def test_every_figure_is_the_naive_one(told: list[dict[str, str]], day: str, owners: list[int]) -> None:
    owner = dict(zip(POLICIES, (NAMES[at] for at in owners), strict=True))
    registry = registry_of(
        *({"policy": policy, "holder_name": name, "birth_date": BORN} for policy, name in owner.items())
    )
    found, as_of = findings(told), date.fromisoformat(day)
    wanted = naive_lines(told, day, owner)
    persons = persons_of(found, registry)
    counted = count(found, as_of, persons=persons)
    lines = counted_lines(found, persons, as_of)
    for figures in (figures_of(counted.lines), figures_of(numbered([lines])[0])):
        assert figures == naive_figures(wanted)
    assert dict(by_cause(counted)) == {
        cause: naive_figures(line for line in wanted if line["cause"] == cause)
        for cause in {line["cause"] for line in wanted}
    }
    for view in per_insurer(counted):
        own = [line for line in wanted if line["insurer_id"] == view.insurer_id]
        assert view.total == naive_figures(own)
        assert dict(view.rows) == {
            cause: naive_figures(line for line in own if line["cause"] == cause)
            for cause in {line["cause"] for line in own}
        }
    assert {view.insurer_id for view in per_insurer(counted)} == {line["insurer_id"] for line in wanted}
    assert disclosure_table(found, as_of=as_of, registry=registry) == disclosure_table(
        found, as_of=as_of, persons=persons
    )
    assert [tuple(line[name] for name in KEY) for line in lines.to_pylist()] == [
        tuple(line[name] for name in KEY) for line in wanted
    ]


def test_a_line_says_what_is_behind_it() -> None:
    (line,) = lines_of(
        [
            finding("KOU:1", finding_id="b", at="2024-05-02T00:10:00+09:00", items="holder_name;premium"),
            finding(
                "KOU:1", finding_id="a", at="2024-04-30T23:59:00+09:00", items="premium;policy_no", channel="access"
            ),
            finding("KOU:1", finding_id="c", at="", items=""),
        ]
    ).to_pylist()
    assert (line["first_on"], line["last_on"], line["undated_count"], line["finding_count"]) == (
        "2024-04-30",
        "2024-05-02",
        1,
        3,
    )
    assert line["findings_sha256"] == hashlib.sha256(b"a\nb\nc").hexdigest()
    assert (line["channels"], line["items"]) == ("access;mail", "policy_no;holder_name;premium")
    assert (line["kind"], line["basis"]) == ("person", "policy")


def test_no_name_stands_in_the_lines() -> None:
    found = findings([finding("KOU:1")])
    registry = registry_of({"policy": "KOU:1", "holder_name": "山田 花子", "birth_date": BORN})
    shown = str(counted_lines(found, persons_of(found, registry), LAST).to_pylist())
    assert not any(word in shown for word in ("山田", "花子", "1980"))


def test_the_same_findings_in_any_order_give_the_same_file(tmp_path: Path) -> None:
    told = [finding(f"KOU:{n % 7}", finding_id=f"f{n}", items=f"policy_no;item{n % 3}") for n in range(40)]
    first = write_lines(lines_of(told), tmp_path)
    second = write_lines(lines_of(told[::-1]), tmp_path)
    assert first == second
    assert first.line_count == 7
    assert [path.name for path in tmp_path.iterdir()] == [f"{first.sha256}.parquet"]
    assert first.path.stat().st_mode & 0o777 == 0o600
    again = read_lines(first.path, first.sha256)
    assert again.equals(lines_of(told), check_metadata=True)
    assert as_of_day(again) == LAST


def test_a_file_that_was_changed_is_refused(tmp_path: Path) -> None:
    written = write_lines(lines_of([finding("KOU:1")]), tmp_path)
    content = bytearray(written.path.read_bytes())
    content[len(content) // 2] ^= 1
    written.path.write_bytes(content)
    with pytest.raises(InputError, match="SHA-256"):
        read_lines(written.path, written.sha256)
    with pytest.raises(InputError, match="cannot be read"):
        read_lines(tmp_path / "none.parquet", written.sha256)


def test_another_table_is_no_counted_lines() -> None:
    with pytest.raises(InputError, match="no counted lines"):
        as_of_day(pa.table({"cause": ["A1"]}))


def test_persons_of_other_findings_are_refused() -> None:
    with pytest.raises(InputError, match="1 policies"):
        counted_lines(findings([finding("KOU:1")]), persons_of(findings([]), None), LAST)


def test_what_could_be_seen_and_what_was_seen_are_two_figures() -> None:
    told = [finding(f"KOU:{n}", cause="C1", channel="scope", recipient_party="MIDORI") for n in range(5)]
    told += [finding(f"KOU:{n}", cause="C1", channel="access", recipient_party="MIDORI") for n in (3, 4, 9)]
    told += [finding("KOU:1")]
    found = findings(told)
    (exposure,) = exposures(count(found, LAST))
    assert (exposure.cause, exposure.could_see.policies, exposure.did_see.policies, exposure.both.policies) == (
        "C1",
        5,
        3,
        2,
    )
    assert disclosure_table(found, as_of=LAST).exposure == (exposure,)
    assert disclosure_table(found, as_of=LAST).rows[1].record_count == 6


# Seed 001, 別紙1 (2)① and 別紙2: 151社 204,783件, of which 2社 10件 are of both causes; 5社 12,339件.
def test_the_table_of_seed_001() -> None:
    first = pa.array(range(204_783))
    sizes = {"A1": (204_783, 151), "A2": (10, 2), "B1": (12_339, 5)}
    tables = []
    for cause, (size, agencies) in sizes.items():
        numbers = [str(n) for n in (range(size) if cause != "B1" else range(300_000, 300_000 + size))]
        rows = findings([finding("KOU:0", cause=cause, finding_id="x")]).take(pa.array([0] * size))
        # the ten of A2 are policies of A1's first two agencies: 0, 1, 151, 152 …
        places = [n % 151 for n in range(size)] if cause == "A1" else [n % agencies for n in range(size)]
        if cause == "A2":
            numbers = [str(n // 2 * 151 + n % 2) for n in range(size)]
        rows = rows.set_column(rows.schema.get_field_index("policy_no"), "policy_no", pa.array(numbers))
        agency = [f"{'H' if cause == 'B1' else 'A'}{place}" for place in places]
        tables.append(rows.set_column(rows.schema.get_field_index("agency_id"), "agency_id", pa.array(agency)))
    assert len(first) == sizes["A1"][0]
    table = disclosure_table(pa.concat_tables(tables), as_of=date(2024, 8, 30))
    assert [(row.cause, row.agency_count, row.record_count) for row in table.rows] == [
        ("A1", 151, 204_783),
        ("B1", 5, 12_339),
    ]
    assert table.both_causes == (("A1", "A2", 2, 10),)
    assert (table.agency_count_summed, table.agency_count_distinct, table.record_count_distinct) == (156, 156, 217_122)
