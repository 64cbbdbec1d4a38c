"""Persons by what became known of them: unions over findings, corporate holders apart, upper bounds said."""

from datetime import date
from typing import Any

import pyarrow as pa

from sekisho.findings.model import FINDINGS
from sekisho.incidents.concerned import Concerned, concerned
from sekisho.incidents.model import HandCount
from sekisho.incidents.table import disclosure_table
from sekisho.registry.registry import Registry

LAST = date(2030, 1, 1)


def findings(*lines: dict[str, Any]) -> pa.Table:
    rows = [
        dict.fromkeys(FINDINGS.names, "")
        | {
            "finding_id": str(number),
            "at": "2024-05-01T09:00:00+09:00",
            "cause": "A1",
            "insurer_id": "KOU",
            "holder_kind": "person",
            "agency_id": "AOBA",
            "items": "policy_no;holder_name",
            "ground_missing": "relation",
        }
        | line
        for number, line in enumerate(lines)
    ]
    return pa.Table.from_pylist(rows, schema=FINDINGS)


def test_a_persons_items_are_all_that_became_known_of_him() -> None:
    found = findings(
        {"policy_no": "1", "items": "policy_no;holder_name"},
        {"policy_no": "1", "items": "policy_no;address", "cause": "A2"},
        {"policy_no": "2", "items": "policy_no"},
    )
    who = concerned(found, as_of=LAST)
    assert dict(who.people) == {("address", "holder_name", "policy_no"): 1, ("policy_no",): 1}
    assert who.causes == ("A1", "A2")
    assert who.items == {"address", "holder_name", "policy_no"}


def test_with_the_registry_two_policies_of_one_person_are_one(registry: Registry) -> None:
    found = findings(
        {"policy_no": "KA12345678", "items": "policy_no"}, {"policy_no": "KA12345679", "items": "holder_name"}
    )
    who = concerned(found, as_of=LAST, registry=registry)
    assert who.people == ((("holder_name", "policy_no"), 1),)
    assert not who.people_are_upper_bound


def test_corporate_holders_are_counted_apart_and_get_letters() -> None:
    found = findings({"policy_no": "1", "holder_kind": "corporate"}, {"policy_no": "2"})
    who = concerned(found, as_of=LAST)
    assert (who.people_count, who.corporate_count, who.addressee_count) == (1, 1, 2)


def test_unresolved_and_later_findings_are_left_out_and_undated_ones_counted() -> None:
    found = findings(
        {"policy_no": "1", "ground_missing": "unresolved:viewer"},
        {"policy_no": "2", "at": "2024-05-02T00:00:00+09:00"},
        {"policy_no": "3", "at": ""},
        {"policy_no": "4", "at": "2024-05-01T23:59:59+09:00"},
    )
    assert concerned(found, as_of=date(2024, 5, 1)).people_count == 2


def test_an_unknown_kind_or_a_missing_registry_makes_it_an_upper_bound(registry: Registry) -> None:
    assert concerned(findings({"policy_no": "1"}), as_of=LAST).people_are_upper_bound
    unknown = findings({"policy_no": "1", "holder_kind": ""})
    assert concerned(unknown, as_of=LAST, registry=registry).people_are_upper_bound
    assert concerned(unknown, as_of=LAST, registry=registry).people_count == 1


def test_the_same_persons_as_in_the_table(registry: Registry) -> None:
    found = findings(*({"policy_no": str(n), "holder_kind": ("person", "corporate", "")[n % 3]} for n in range(9)))
    who, table = concerned(found, as_of=LAST, registry=registry), disclosure_table(found, as_of=LAST, registry=registry)
    assert (who.people_count, who.corporate_count) == (table.people_distinct, table.corporate_count_distinct)


def test_counts_by_hand_alone_are_taken_as_they_are() -> None:
    hand = HandCount("KOU", "AOBA", "G1", records=30, people=28, corporate=2, items=("holder_name", "address"))
    who = concerned(FINDINGS.empty_table(), as_of=LAST, by_hand=[hand])
    assert who == Concerned(((("address", "holder_name"), 28),), 2, ("G1",), False)


def test_counts_that_cannot_be_brought_together_add_up_to_an_upper_bound(registry: Registry) -> None:
    hand = HandCount("KOU", "AOBA", "G1", records=3, people=3, corporate=0)
    both = concerned(findings({"policy_no": "KA12345678"}), as_of=LAST, registry=registry, by_hand=[hand])
    assert (both.people_count, both.people_are_upper_bound) == (4, True)


def test_nothing_found_concerns_nobody() -> None:
    assert concerned(FINDINGS.empty_table(), as_of=LAST) == Concerned()
