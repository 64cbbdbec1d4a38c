"""The reference scopes of the invented industry's agency system: two of them are set wrong, as in seed 002."""

from datetime import date
from pathlib import Path

from sekisho.demo.archives import write_private
from sekisho.demo.attachments import csv_bytes
from sekisho.findings.scope_plan import smallest_scopes
from sekisho.registry.registry import Registry

HEADS = ("閲覧者コード", "対象代理店コード", "保険会社コード", "情報の種類", "生損保区分", "開始日", "終了日")
WRONG = (
    ("MIDORI", "AOBA", "", "契約情報", "", "2024-04-01", ""),  # the restriction left off: all of AOBA's
    ("KAEDE", "SAKURA", "KOU", "通知", "損保", "2024-04-01", ""),  # notices that are addressed to SAKURA
)
_KINDS = {"contracts": "契約情報", "notices": "通知"}
_LINES = {"life": "生保", "nonlife": "損保"}


def write_scopes(folder: Path, registry: Registry, on: date) -> None:
    """``scopes.csv`` as it is configured (CP932), and ``scopes-fixed.csv`` without what is wrong, into ``folder``."""
    agencies = registry.tables["agencies"].column("agency_id").to_pylist()
    right = [
        [
            row["viewer_id"],
            row["subject_agency_id"],
            row["insurer_id"],
            _KINDS[row["kind"]],
            _LINES[row["line"]],
            "",
            "",
        ]
        for row in smallest_scopes(registry, on, agencies).scopes.to_pylist()
    ]
    fixed = [list(HEADS), *right]
    write_private(folder / "scopes-fixed.csv", csv_bytes(fixed, "cp932"))
    write_private(folder / "scopes.csv", csv_bytes([*fixed, *(list(row) for row in WRONG)], "cp932"))
