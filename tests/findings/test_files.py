"""Findings files: same columns, same bytes, harmless in Excel, whole or not at all."""

import stat
from pathlib import Path

import pyarrow as pa
import pytest

from sekisho.findings.files import read_findings, write_findings
from sekisho.findings.model import FINDINGS
from sekisho.kernel.errors import InputError
from sekisho.kernel.files import whole_file


def findings(**changes: str) -> pa.Table:
    row = dict.fromkeys(FINDINGS.names, "") | {
        "finding_id": "00ff",
        "at": "2024-05-20T10:00:00+09:00",
        "channel": "mail",
        "cause": "A1",
        "insurer_id": "KOU",
        "policy_no": "KA00000001",
        "evidence": "a.mbox | <1@example.jp> | body | char 1-11",
    }
    return pa.Table.from_pylist([row | changes], schema=FINDINGS)


@pytest.mark.parametrize("ending", [".parquet", ".csv", ".jsonl"])
def test_what_is_written_is_read_back(tmp_path: Path, ending: str) -> None:
    table = findings(evidence='改行\nと, "引用" と ; を含む')
    write_findings(table, tmp_path / f"f{ending}")
    assert read_findings(tmp_path / f"f{ending}").equals(table)


@pytest.mark.parametrize("ending", [".parquet", ".csv", ".jsonl"])
def test_no_findings_are_a_file_too(tmp_path: Path, ending: str) -> None:
    write_findings(FINDINGS.empty_table(), tmp_path / f"f{ending}")
    assert read_findings(tmp_path / f"f{ending}").num_rows == 0


@pytest.mark.parametrize("ending", [".parquet", ".csv", ".jsonl"])
def test_same_findings_same_bytes(tmp_path: Path, ending: str) -> None:
    for name in ("a", "b"):
        write_findings(findings(), tmp_path / f"{name}{ending}")
    assert (tmp_path / f"a{ending}").read_bytes() == (tmp_path / f"b{ending}").read_bytes()


@pytest.mark.parametrize("cell", ["=1+1", "+81", "-x", "@SUM(A1)", "\t=1"])
def test_no_cell_of_a_csv_is_a_formula_and_reading_gives_it_back(tmp_path: Path, cell: str) -> None:
    write_findings(findings(policy_no=cell), tmp_path / "f.csv")
    assert f"'{cell}" in (tmp_path / "f.csv").read_text(encoding="utf-8-sig")
    assert read_findings(tmp_path / "f.csv").column("policy_no").to_pylist() == [cell]


def test_only_the_owner_may_read_it(tmp_path: Path) -> None:
    write_findings(findings(), tmp_path / "f.csv")
    assert stat.S_IMODE((tmp_path / "f.csv").stat().st_mode) == 0o600


def test_an_interrupted_write_leaves_nothing_and_keeps_what_was_there(tmp_path: Path) -> None:
    write_findings(findings(), tmp_path / "f.csv")
    before = (tmp_path / "f.csv").read_bytes()
    with pytest.raises(KeyboardInterrupt), whole_file(tmp_path / "f.csv") as temporary:
        temporary.write_text("half")
        raise KeyboardInterrupt
    assert (tmp_path / "f.csv").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["f.csv"]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("f.csv", b"", "cannot be read as findings"),
        ("f.csv", b"a,b\n1,2\n", "lacks the columns finding_id"),
        ("f.parquet", b"not parquet", "cannot be read as findings"),
        ("f.jsonl", b"{", "cannot be read as findings"),
        ("f.docx", b"", "findings are written as"),
    ],
)
def test_a_wrong_file_is_named_with_what_to_do(tmp_path: Path, name: str, content: bytes, said: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=said) as caught:
        read_findings(tmp_path / name)
    assert caught.value.where.endswith(name)
    assert caught.value.remedy


def test_a_missing_file_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        read_findings(tmp_path / "f.parquet")


@pytest.mark.parametrize("ending", [".parquet", ".csv", ".jsonl"])
def test_columns_with_few_values_come_as_dictionaries_and_say_the_same(tmp_path: Path, ending: str) -> None:
    table = pa.concat_tables([findings(), findings(cause="A2"), findings(cause="")])
    write_findings(table, tmp_path / f"f{ending}")
    found = read_findings(tmp_path / f"f{ending}", ["cause", "policy_no"], ["cause"])
    assert pa.types.is_dictionary(found["cause"].type)
    assert found.cast(pa.schema([("cause", pa.string()), ("policy_no", pa.string())])).equals(
        table.select(["cause", "policy_no"])
    )
