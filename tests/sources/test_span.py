"""The days that a log is taken to be of, before it is read."""

from datetime import date, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sekisho.kernel.bulk import in_memory
from sekisho.kernel.errors import InputError
from sekisho.sources.logs import open_rows

FIRST = datetime(2026, 4, 1, 10)


def span(folder: Path, times: list[object], kind: pa.DataType) -> tuple[date | None, date | None]:
    count = len(times)
    table = {"at": pa.array(times, kind), "account_id": ["a"] * count, "insurer_id": ["KOU"] * count}
    pq.write_table(pa.table({**table, "policy_no": ["1"] * count}), folder / "log.parquet")
    with in_memory() as con:
        opened = open_rows("access", [folder / "log.parquet"], con)
        assert opened.row_count == count
        return opened.first, opened.last


def test_times_by_type_tell_it_exactly(tmp_path: Path) -> None:
    times: list[object] = [FIRST + timedelta(days=day) for day in range(200)]
    assert span(tmp_path, times, pa.timestamp("us")) == (date(2026, 4, 1), date(2026, 10, 17))


@pytest.mark.parametrize("kind", [pa.timestamp("us"), pa.string()])
def test_a_few_odd_times_do_not_widen_it(tmp_path: Path, kind: pa.DataType) -> None:
    times = [FIRST + timedelta(days=day) for day in range(200)] + [datetime(1970, 1, 1), datetime(9999, 12, 31)]
    written = times if kind == pa.timestamp("us") else [time.isoformat() for time in times]
    first, last = span(tmp_path, list(written), kind)
    assert first is not None and date(2024, 1, 1) < first <= date(2026, 4, 1)
    assert last is not None and date(2026, 10, 17) <= last < date(2028, 1, 1)


def test_a_log_without_a_time_has_none(tmp_path: Path) -> None:
    assert span(tmp_path, ["soon", None], pa.string()) == (None, None)


def test_days_beyond_the_calendar_are_passed_over(tmp_path: Path) -> None:
    times: list[object] = [FIRST + timedelta(days=day) for day in range(20)] + [datetime(9999, 12, 31, 23, 59)] * 3
    first, last = span(tmp_path, times, pa.timestamp("us", tz="UTC"))
    assert first is not None and first <= date(2026, 4, 1)
    assert last is not None and date(2026, 4, 20) <= last < date(2028, 1, 1)


def test_a_time_that_is_a_number_is_told_with_its_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"log\.parquet"):
        span(tmp_path, [1_775_000_000], pa.int64())
