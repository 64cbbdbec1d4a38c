"""What findings tell about an incident, and which facts duties are judged by: nothing is left out on the way."""

from dataclasses import replace
from datetime import date

import pyarrow as pa
import pytest

from sekisho.findings.model import FINDINGS
from sekisho.incidents.facts import parts, told_fact
from sekisho.incidents.model import Dossier, Medium
from sekisho.incidents.opening import incident_of, tasks_of
from sekisho.incidents.sender import Company, Desk
from sekisho.incidents.table import disclosure_table
from sekisho.kernel.errors import InputError
from sekisho.registry.registry import Registry

DAY = date(2024, 8, 30)


def findings(*rows: dict[str, str]) -> pa.Table:
    blank = dict.fromkeys(FINDINGS.names, "") | {
        "at": "2024-05-01T09:00:00+09:00", "channel": "mail", "insurer_id": "KOU", "agency_id": "AOBA",
        "recipient_party": "OTSU", "holder_kind": "person", "items": "holder_name", "ground_missing": "relation",
    }  # fmt: skip
    made = [blank | {"finding_id": str(n), "policy_no": str(n)} | row for n, row in enumerate(rows)]
    return pa.Table.from_pylist(made, schema=FINDINGS)


LEAK = {"cause": "B1", "legal_character": "leak"}
GIVEN = {"cause": "A1", "legal_character": "third_party_provision"}
UNKNOWN = {"cause": "", "legal_character": ""}


def dossier(found: pa.Table) -> Dossier:
    incident = incident_of(found, own_party="KOU", known_on=DAY)
    table = disclosure_table(found, as_of=DAY)
    return Dossier(incident, Company("KOU", "甲"), Desk(), DAY, table, found)


def test_an_incident_as_the_findings_have_it() -> None:
    made = incident_of(findings(GIVEN, GIVEN, LEAK), own_party="KOU", known_on=DAY)
    assert (made.causes, made.legal_character, made.medium) == (("A1", "B1"), "third_party_provision", Medium.MAIL)
    assert made.first_day == made.last_day == date(2024, 5, 1)


def test_without_a_cause_the_stricter_character_is_taken() -> None:
    assert incident_of(findings(UNKNOWN), own_party="KOU", known_on=DAY).legal_character == "leak"
    made = incident_of(findings(UNKNOWN, UNKNOWN, GIVEN), own_party="KOU", known_on=DAY)
    assert made.legal_character == "third_party_provision"


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([], "no finding concerns"),
        ([GIVEN | {"ground_missing": "unresolved:viewer"}], "has been decided"),
        ([GIVEN | {"cause": "Z9"}], "unknown cause 'Z9'"),
    ],
)
def test_what_cannot_be_opened_is_said(rows: list[dict[str, str]], said: str) -> None:
    with pytest.raises(InputError, match=said):
        incident_of(findings(*rows), own_party="KOU", known_on=DAY)


def test_exposure_asks_for_no_recovery() -> None:
    seen = findings(GIVEN, LEAK | {"channel": "scope", "recipient_party": "MIDORI"})
    assert {(task.kind.value, task.party_id) for task in tasks_of(seen, {})} == {
        ("interview", "AOBA"), ("recovery", "OTSU"), ("deletion", "OTSU"),
    }  # fmt: skip


def test_each_legal_character_is_judged_by_itself_and_no_finding_is_left_out(registry: Registry) -> None:
    split = parts(dossier(findings(GIVEN, GIVEN, LEAK, UNKNOWN)), registry, DAY)
    counted = {character: facts[0].people_at_most for character, facts in split.items()}
    assert counted == {"third_party_provision": 3, "leak": 1}  # the unknown one goes with the incident


def test_an_agency_answers_for_each_insurer(registry: Registry) -> None:
    about = dossier(findings(LEAK, LEAK | {"insurer_id": "OTSU"}, LEAK | {"insurer_id": "OTSU"}))
    about = replace(about, incident=replace(about.incident, own_party="AOBA"))
    found = parts(about, registry, DAY)["leak"]
    assert [(one.insurer_id, one.people_at_most) for one in found] == [("KOU", 1), ("OTSU", 2)]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("improper_purpose=yes", ("improper_purpose", True)),
        ("encrypted=不明", ("encrypted", None)),
        ("people_passed_on=令和6年8月30日", ("people_passed_on", "2024-08-30")),
        ("people_at_most=1,200", ("people_at_most", 1200)),
        ("provided_by=agency", ("provided_by", "agency")),
        ("own_character=leak", ("own_character", "leak")),
    ],
)
def test_facts_as_people_tell_them(text: str, told: tuple[str, object]) -> None:
    assert told_fact(text) == told


@pytest.mark.parametrize(
    "text",
    [
        "improper_purpose",
        "improper_purpose=maybe",
        "weather=fine",
        "people_at_most=many",
        "own_character=third_party_provision",
    ],
)
def test_what_is_no_fact_is_refused(text: str) -> None:
    with pytest.raises(InputError):
        told_fact(text)
