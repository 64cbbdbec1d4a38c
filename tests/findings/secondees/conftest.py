"""The fixed cast with accounts for 佐藤 (乙損保 → 青葉, 2022-04-01 to 2024-09-30), as tables to be changed."""

import csv
import io
import shutil
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest

from sekisho.findings.model import FINDINGS
from sekisho.registry.registry import Registry, read_registry

REGISTRY = Path(__file__).parents[2] / "fixtures" / "registry"
ACCOUNTS = """account_id,system,person_id,party_id,start,end
acc-aoki,agency-system,aoki,AOBA,,
acc-sato,agency-system,sato,AOBA,2022-04-01,2024-09-30
acc-kato,kou-core,kato,KOU,,
"""

World = Callable[..., Registry]
Log = Callable[..., Path]


@pytest.fixture
def world(tmp_path: Path) -> World:
    """``world(accounts=…, secondments=…)``: the registry with these tables (CSV text) in place of the fixture's."""

    def build(**tables: str) -> Registry:
        folder = tmp_path / "registry"
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(REGISTRY, folder)
        for name, text in {"accounts": ACCOUNTS, **tables}.items():
            (folder / f"{name}.csv").write_text(text, encoding="utf-8")
        known, report = read_registry(folder)
        assert known is not None, report.text()
        return known

    return build


@pytest.fixture
def log(tmp_path: Path) -> Log:
    """``log("2023-05-01T10:00,acc-sato,KOU,KA12345678,参照", …)``: an access log of the agency system."""

    def write(*lines: str, system: str = "agency-system", name: str = "access.csv") -> Path:
        out = io.StringIO()
        rows = csv.writer(out)
        rows.writerow(["at", "account_id", "insurer_id", "policy_no", "action", "system"])
        rows.writerows([*line.split(","), system] for line in lines)
        (tmp_path / name).write_text(out.getvalue(), encoding="utf-8")
        return tmp_path / name

    return write


def findings(*rows: tuple[str, ...]) -> pa.Table:
    """Findings: (at, channel, cause, insurer, policy, sender_person, recipient_party[, ground_missing])."""
    told = []
    for number, row in enumerate(rows):
        at, channel, cause, insurer, policy, person, recipient, *rest = row
        told.append(
            dict.fromkeys(FINDINGS.names, "")
            | {
                "finding_id": f"f{number}", "at": at, "channel": channel, "cause": cause,
                "insurer_id": insurer, "policy_no": policy, "sender_party": "AOBA", "sender_person": person,
                "recipient_party": recipient, "agency_id": "AOBA", "ground_missing": rest[0] if rest else "relation",
            }
        )  # fmt: skip
    return pa.Table.from_pylist(told, schema=FINDINGS)
