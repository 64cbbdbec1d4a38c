"""Causes by the decision table ``tests/cases/causes.yaml``, and the two directions (A5)."""

from datetime import date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import yaml

from sekisho.disclosures.model import Disclosures
from sekisho.entitlement.rule import Rule
from sekisho.findings.identity import ALSO, identified
from sekisho.findings.judging import judge
from sekisho.findings.model import FINDINGS
from sekisho.kernel.clock import day_in_japan
from sekisho.kernel.errors import InputError
from sekisho.registry.registry import Registry

CASES = yaml.safe_load((Path(__file__).parents[1] / "cases" / "causes.yaml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def rule(registry: Registry) -> Rule:
    return Rule.over_registry(registry.tables)


def disclosed(case: dict[str, Any], registry: Registry) -> Disclosures:
    """One mail or one view as the sweep would report it."""
    rows = registry.tables["policies"].select(["insurer_id", "policy_no"]).to_pylist()
    row_of = {(row["insurer_id"], row["policy_no"]): number for number, row in enumerate(rows)}
    channel = "mail" if "mail" in case else "access"
    what = case[channel]
    at = what["at"] if isinstance(what["at"], datetime) else datetime.fromisoformat(what["at"])
    viewers = what["to"] if channel == "mail" else [what["account"]]
    event = (
        0,
        channel,
        at.isoformat(),
        day_in_japan(at),
        what.get("from", ""),
        what.get("answers", ""),
        "a.mbox",
        "<1>",
        "",
    )
    policies = []
    for policy in case["policies"]:
        insurer_id, policy_no = policy.split()
        row = row_of.get((insurer_id, policy_no), -1)
        policies.append((0, insurer_id, policy_no, row, 3, "body", "char 0-9", "ledger:policy_no", "certain"))
    return Disclosures.of([event], [(0, viewer) for viewer in viewers], policies, [], 1)


@pytest.mark.parametrize("case", CASES, ids=[case["title"] for case in CASES])
def test_cause(case: dict[str, Any], registry: Registry, rule: Rule) -> None:
    found = judge(disclosed(case, registry), registry, rule).to_pylist()
    told = {(row["policy_no"], row["recipient_party"]): row for row in found}
    expected = {(line["policy"], line["to"]): line for line in case["expect"]}
    assert set(told) == set(expected)
    for key, line in expected.items():
        row = told[key]
        assert (row["cause"], row["agency_id"]) == (line["cause"], line["agency"]), key
        assert row["legal_character"] == line.get("legal", row["legal_character"])
        assert row["ground_missing"] == line.get("missing", row["ground_missing"])
        assert row["confidence"] == line.get("confidence", row["confidence"])


A1 = CASES[0]


def test_recipients_of_one_party_are_one_finding_and_its_people_are_named(registry: Registry, rule: Rule) -> None:
    case = {
        **A1,
        "mail": {**A1["mail"], "to": ["ota@otsu.example.jp", "sales@otsu.example.jp", "sato@otsu.example.jp"]},
    }
    found = [row for row in judge(disclosed(case, registry), registry, rule).to_pylist() if row["insurer_id"] == "KOU"]
    assert [(row["recipient_party"], row["recipient_person"]) for row in found] == [("OTSU", "ota;sato")]


def test_perspective_of_the_one_who_received_makes_it_a3(registry: Registry, rule: Rule) -> None:
    found = judge(disclosed(A1, registry), registry, rule, perspective="OTSU").to_pylist()
    received = [row for row in found if row["recipient_party"] == "OTSU"]
    let_out = [row for row in found if row["insurer_id"] == "OTSU"]
    assert [(row["policy_no"], row["cause"]) for row in received] == [("KA22345678", "A3")]
    assert {row["cause"] for row in let_out} == {"A1", "G6"}
    assert len(found) == len(received) + len(let_out)


def test_perspective_of_the_home_insurer_keeps_its_secondees_case(registry: Registry, rule: Rule) -> None:
    case = next(case for case in CASES if "(B1)" in case["title"])
    found = judge(disclosed(case, registry), registry, rule, perspective="OTSU").to_pylist()
    assert [row["cause"] for row in found] == ["B1"]


def test_an_unknown_perspective_is_refused(registry: Registry, rule: Rule) -> None:
    with pytest.raises(InputError, match="'NOBODY'"):
        judge(disclosed(A1, registry), registry, rule, perspective="NOBODY")


def test_the_order_of_the_evidence_does_not_change_a_byte(registry: Registry, rule: Rule) -> None:
    seen = disclosed(A1, registry)
    turned = Disclosures(
        seen.events,
        seen.recipients.take(pa.array(range(seen.recipients.num_rows - 1, -1, -1))),
        seen.policies.take(pa.array(range(seen.policies.num_rows - 1, -1, -1))),
        seen.unread,
        1,
    )
    first, second = judge(seen, registry, rule), judge(turned, registry, rule)
    assert first.schema == FINDINGS
    assert first.equals(second)


@pytest.mark.parametrize("matched_by", ["table:policy_no+insurer", "pattern:policy_no+context"])
def test_a_policy_without_ledger_is_taken_as_the_senders(registry: Registry, rule: Rule, matched_by: str) -> None:
    day = date(2024, 2, 1)
    events = [(0, "mail", "2024-02-01T10:00:00+09:00", day, "aoki@aoba.example.jp", "", "a.eml", "<1>", "")]
    recipients = [(0, "kato@kou.example.jp"), (0, "ando@aoba.example.jp")]
    seen = [(0, "KI", "K-1", -1, 1, "body", "row 2", matched_by, "probable")]
    found = judge(Disclosures.of(events, recipients, seen, [], 1), registry, rule).to_pylist()
    by_party = {row["recipient_party"]: row for row in found}
    assert by_party["KOU"]["cause"] == "A1"
    assert by_party["KOU"]["agency_id"] == "AOBA"
    assert by_party["AOBA"]["ground_missing"] == "duty", "安藤's duty is KOU only"


def test_a_list_that_does_not_tell_the_insurer_stays_unresolved(registry: Registry, rule: Rule) -> None:
    day = date(2024, 2, 1)
    events = [(0, "mail", "2024-02-01T10:00:00+09:00", day, "aoki@aoba.example.jp", "", "a.eml", "<1>", "")]
    seen = [(0, "", "K-1", -1, 1, "body", "row 2", "table:policy_no", "possible")]
    found = judge(Disclosures.of(events, [(0, "kato@kou.example.jp")], seen, [], 1), registry, rule).to_pylist()
    assert [row["ground_missing"] for row in found] == ["unresolved:insurer"]


def test_a_copy_in_one_more_mailbox_is_the_same_finding(registry: Registry, rule: Rule) -> None:
    seen = disclosed(A1, registry)
    more = seen.events.set_column(seen.events.num_columns - 1, "also", pa.array(["also in b.mbox@0"]))
    copied = Disclosures(more, seen.recipients, seen.policies, seen.unread, 2)
    one, two = (judge(found, registry, rule).to_pylist() for found in (seen, copied))
    assert [row["evidence"] + ALSO + "b.mbox@0" for row in one] == [row["evidence"] for row in two]
    assert [row["finding_id"] for row in one] == [row["finding_id"] for row in two]


def test_ids_can_be_made_anew(registry: Registry, rule: Rule) -> None:
    found = judge(disclosed(A1, registry), registry, rule)
    assert identified(found).equals(found)
    other = found.set_column(
        found.column_names.index("policy_no"), "policy_no", pa.array(["KA-OTHER"] * found.num_rows)
    )
    ids = [set(table.column("finding_id").to_pylist()) for table in (found, identified(other))]
    assert ids[0].isdisjoint(ids[1])
