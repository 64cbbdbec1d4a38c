"""Three loads of one small registry: a mistake, its correction, and a change. What must be believed when."""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import pyarrow as pa
import pytest
from tests.registry.small import write

from sekisho.entitlement.inputs import REGISTRY, fitted
from sekisho.registry import Registry, read_registry
from sekisho.store import Workspace

APPOINTMENTS = (
    "insurer_id,agency_id,line,start,end\nKOU,AOBA,nonlife,2020-04-01,{end}\nKOU,MIDORI,nonlife,2022-04-01,\n"
)
POLICIES = (
    "policy_no,insurer_id,agency_id,line,holder_name,email,my_number,備考\n"
    "K-100,KOU,AOBA,nonlife,山田　花子,hanako@customer.example.jp,983205673214,控え\n"
    "K-200,KOU,{agency},nonlife,鈴木 例太,,,\n"
    "K-300,KOU,MIDORI,nonlife,田中 例子,,,\n"
)
LOADS = (
    # the end of KOU's appointment of AOBA is not known yet
    ("2026-04-01T09:00:00+09:00", {"end": "", "agency": "AOBA"}),
    # a correction: it had ended in March
    ("2026-05-01T09:00:00+09:00", {"end": "2026-03-31", "agency": "AOBA"}),
    # a change: K-200 moves to MIDORI
    ("2026-06-01T09:00:00+09:00", {"end": "2026-03-31", "agency": "MIDORI"}),
)

LATER = "2026-07-01T09:00:00+09:00"

Made = list[tuple[str, Registry]]
"""Each load_id with the registry as its own folder has it."""


def registry_folder(folder: Path, *, end: str, agency: str) -> Path:
    return write(folder, appointments=APPOINTMENTS.format(end=end), policies=POLICIES.format(agency=agency))


def load_all(workspace: Workspace, folder: Path) -> Made:
    """Load the three, from ``folder/registry0`` …"""
    made = []
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("SEKISHO_DATABASE_URL", raising=False)
        for number, (at, words) in enumerate(LOADS):
            patch.setenv("SEKISHO_NOW", at)
            source = registry_folder(folder / f"registry{number}", **words)
            report = workspace.load(source)
            assert report.ok, report.text()
            registry, _ = read_registry(source)
            assert registry is not None
            made.append((report.load_id, registry))
    return made


def multiset(
    tables: dict[str, pa.Table] | Registry, only: Iterable[str] = REGISTRY
) -> dict[str, Counter[tuple[object, ...]]]:
    """What the rule reads of each table, row → how often."""
    given = tables.tables if isinstance(tables, Registry) else tables
    return {name: Counter(map(tuple, _rows(fitted(given.get(name), REGISTRY[name])))) for name in only}


def _rows(table: pa.Table) -> list[tuple[object, ...]]:
    return list(zip(*(column.to_pylist() for column in table.columns), strict=True))
