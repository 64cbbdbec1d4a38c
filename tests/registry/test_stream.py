"""Policies as a stream: the same values as the registry has, group by group; bad rows named, none let through."""

from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sekisho.kernel.errors import InputError
from sekisho.registry import stream
from sekisho.registry.registry import Registry
from sekisho.registry.stream import UnusablePoliciesError, policy_batches, policy_count


@pytest.fixture
def ledger(registry: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> pa.Table:
    """The policies of the fixed cast as Parquet in groups of two rows, read three at a time."""
    table = registry.tables["policies"]
    pq.write_table(table, tmp_path / "policies.parquet", row_group_size=2)
    monkeypatch.setattr(stream, "BATCH_ROWS", 3)
    return table


def test_parquet_is_read_in_groups_and_typed_as_the_registry_has_it(ledger: pa.Table, tmp_path: Path) -> None:
    found = list(policy_batches(tmp_path))
    assert max(batch.num_rows for batch in found) <= 3
    assert pa.Table.from_batches(found).equals(ledger)
    assert policy_count(tmp_path) == ledger.num_rows


def test_only_what_is_asked_for(ledger: pa.Table, tmp_path: Path) -> None:
    (one,) = {tuple(batch.schema.names) for batch in policy_batches(tmp_path, columns=("insurer_id", "policy_no"))}
    assert sorted(one) == ["insurer_id", "policy_no"]


def test_texts_may_come_as_dictionaries(ledger: pa.Table, tmp_path: Path) -> None:
    asked = ("insurer_id", "line", "holder_kind", "office_id", "policy_no", "expiry_date")
    columns = {name: ledger.column(name) for name in ledger.column_names}
    columns["line"] = pa.chunked_array([[" 生保", "life", *ledger.column("line").to_pylist()[2:]]])
    columns["office_id"] = pa.chunked_array([["", *ledger.column("office_id").to_pylist()[1:]]])
    pq.write_table(pa.table(columns), tmp_path / "policies.parquet", row_group_size=2)
    plain = pa.Table.from_batches(policy_batches(tmp_path, columns=asked))
    found = list(policy_batches(tmp_path, columns=asked, encoded=asked))
    assert [pa.types.is_dictionary(found[0].column(name).type) for name in ("insurer_id", "line")] == [True, True]
    assert pa.concat_tables([pa.table(batch).cast(plain.schema) for batch in found]).equals(plain)


def test_csv_through_the_ordinary_reader(registry: Registry) -> None:
    folder = Path(__file__).parents[1] / "fixtures" / "registry"
    found = pa.Table.from_batches(policy_batches(folder))
    assert found.equals(registry.tables["policies"].select(found.column_names))
    assert policy_count(folder) == 0


def test_a_bad_row_is_named_with_its_line_and_ends_the_stream(ledger: pa.Table, tmp_path: Path) -> None:
    numbers = ledger.column("policy_no").to_pylist()
    numbers[4] = " "
    days: list[str | None] = [None] * len(numbers)
    days[6] = "令和九九年"
    bad = ledger.set_column(0, "policy_no", pa.array(numbers))
    bad = bad.set_column(bad.column_names.index("start_date"), "start_date", pa.array(days))
    pq.write_table(bad, tmp_path / "policies.parquet", row_group_size=2)
    got = []
    with pytest.raises(UnusablePoliciesError, match="2 errors") as error:
        got.extend(policy_batches(tmp_path))
    lines = error.value.listed()
    assert [line.split(": ")[0].rpartition(":")[2] for line in lines] == ["5", "7"]
    assert sum(batch.num_rows for batch in got) <= 3, "nothing after the first bad row"


def test_missing_columns_tables_and_broken_files(ledger: pa.Table, tmp_path: Path) -> None:
    pq.write_table(ledger.drop(["holder_name"]), tmp_path / "policies.parquet")
    with pytest.raises(UnusablePoliciesError) as error:
        list(policy_batches(tmp_path))
    assert "holder_name" in error.value.listed()[0]
    (tmp_path / "policies.parquet").write_bytes(b"PAR1 no")
    with pytest.raises(InputError, match="Parquet"):
        list(policy_batches(tmp_path))
    assert policy_count(tmp_path) == 0
    (tmp_path / "policies.parquet").unlink()
    (tmp_path / "insurers.csv").write_text("insurer_id,name,kind\n")
    with pytest.raises(InputError, match="no table policies"):
        list(policy_batches(tmp_path))


def test_days_are_days(ledger: pa.Table, tmp_path: Path) -> None:
    (first, *_) = policy_batches(tmp_path, columns=("birth_date",))
    assert first.column("birth_date")[0].as_py() == date(1980, 5, 3)
