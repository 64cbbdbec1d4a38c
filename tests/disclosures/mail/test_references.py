"""An agency sweeps with an insurer's index and without its ledger: the same findings, under references (D3)."""

import secrets
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest

from sekisho.disclosures.mail.references import named
from sekisho.findings.identity import identified
from sekisho.matching.index.match_index import MatchIndex
from sekisho.matching.index.references import resolved
from sekisho.registry.registry import Registry
from tests.disclosures.mail.mailroom import LEAK, OTHER, findings, mail, put, swept

LIST = "証券番号,契約者名,保険会社\nKI-7712345,見本 太郎,己損保\nKI-7712346,見本 次郎,己損保\n"
LISTED = {"KI7712345", "KI7712346"}
CONSENTED = "証券番号 OT-9000001 渡邊次郎様 満期日 2024/9/30 です。"


@pytest.fixture
def index(tmp_path: Path, registry: Registry) -> MatchIndex:
    key = secrets.token_bytes(32)
    MatchIndex.build(registry.tables, key).save(tmp_path / "index")
    return MatchIndex.open(tmp_path / "index", key)


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    everybody = "ota@otsu.example.jp, kato@kou.example.jp, hara@hei.example.jp, x@midori.example.jp, y@example.com"
    return put(
        tmp_path / "mail",
        a_eml=mail(1, LEAK, to=everybody),
        b_eml=mail(2, OTHER, to=everybody),
        c_eml=mail(3, CONSENTED, to=everybody),
        d_eml=mail(4, LEAK, to="Hanako@customer.example.jp"),
        e_eml=mail(5, LIST, to=everybody),
    )


def by_index(archive: Path, registry: Registry, index: MatchIndex) -> pa.Table:
    seen = swept([archive], registry, prebuilt=index)
    seen, judged_by = named(seen, registry, index)
    return findings(seen, judged_by)


def test_with_the_ledger_at_hand_nothing_changes(archive: Path, registry: Registry, index: MatchIndex) -> None:
    assert by_index(archive, registry, index).equals(findings(swept([archive], registry), registry))


def test_without_the_ledger_policies_are_references_and_all_else_is_the_same(
    archive: Path, registry: Registry, index: MatchIndex
) -> None:
    whole = findings(swept([archive], registry), registry)
    assert whole.num_rows > 8
    tables = {name: table for name, table in registry.tables.items() if name != "policies"}
    told = by_index(archive, Registry.of(tables), index)
    numbers = set(told.column("policy_no").to_pylist())
    assert {number for number in numbers if not number.startswith(f"ref:{index.index_id}:")} == LISTED
    ledger = registry.tables["policies"].select(["policy_no", "insurer_id"]).to_batches()
    answered, found_count, missing_count = resolved(told, index, ledger)
    assert (found_count, missing_count) == (3, 0)
    assert identified(answered).equals(whole)


def test_half_a_ledger_names_what_it_knows(archive: Path, registry: Registry, index: MatchIndex) -> None:
    policies = registry.tables["policies"]
    half = replace(registry, tables={**registry.tables, "policies": policies.slice(2, 1)})
    told = by_index(archive, half, index)
    numbers = {number for number in told.column("policy_no").to_pylist() if not number.startswith("ref:")}
    assert numbers == {"KA22345678", *LISTED}
    ledger = policies.select(["policy_no", "insurer_id"]).to_batches()
    answered, _, missing_count = resolved(told, index, ledger)
    assert missing_count == 0
    assert identified(answered).equals(findings(swept([archive], registry), registry))
