"""Opening single log files."""

from pathlib import Path

import duckdb
import pytest

from sekisho.sources.logfiles import open_log


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.csv", b" \n", "empty"),
        ("a.json", b"[{}]", "JSON array"),
        ("a.bin", b"\x01\x00\x02", "no CSV"),
    ],
)
def test_what_is_no_log_says_why(tmp_path: Path, name: str, content: bytes, reason: str) -> None:
    (tmp_path / name).write_bytes(content)
    with duckdb.connect() as con:
        opened = open_log(tmp_path / name, name, con)
    assert isinstance(opened, str)
    assert opened.startswith(reason)


def test_fields_are_as_written(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text('日時;"ユーザー ID"\n1;2\n', encoding="utf-8")
    with duckdb.connect() as con:
        opened = open_log(tmp_path / "a.csv", "a.csv", con)
        assert not isinstance(opened, str)
        assert list(opened.fields) == ["日時", "ユーザー ID"]
        assert opened.rows.select(*opened.fields.values(), "sekisho_row").fetchall() == [("1", "2", 2)]
        assert (opened.place, opened.row_count) == ("a.csv:", 1)
