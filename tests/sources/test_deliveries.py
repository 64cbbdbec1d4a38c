"""Deliveries."""

from pathlib import Path

import duckdb
import pytest

from sekisho.kernel.errors import InputError
from sekisho.sources.deliveries import read_deliveries


def test_deliveries(tmp_path: Path) -> None:
    path = tmp_path / "d.csv"
    path.write_text(
        "配信日時,会社コード,証券番号,宛先代理店,配信先,種別\n2026-04-01,KOU,A-1,AOBA,MIDORI,満期\n2026-04-01,KOU,A-2,AOBA,,満期\n",
        encoding="cp932",
    )
    with duckdb.connect() as con:
        read = read_deliveries(path, con)
        assert read.relation.project(
            "insurer_id, policy_no, addressed_agency_id, viewer_id, kind, log_row"
        ).fetchall() == [("KOU", "A-1", "AOBA", "MIDORI", "満期", "d.csv:2")]
        assert [(one.log_row, one.detail) for one in read.unread] == [("d.csv:3", "no viewer_id")]


def test_a_missing_column_is_named(tmp_path: Path) -> None:
    path = tmp_path / "d.csv"
    path.write_text("at,insurer_id,policy_no,viewer_id,kind\n", encoding="utf-8")
    with duckdb.connect() as con, pytest.raises(InputError, match="addressed_agency_id"):
        read_deliveries([path], con)
