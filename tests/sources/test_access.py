"""Access logs: every usable row comes through with its place, every other one is listed."""

import gzip
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sekisho.kernel.bulk import in_memory
from sekisho.kernel.clock import JST
from sekisho.kernel.errors import InputError
from sekisho.sources.access import Gap, gaps, read_access_log
from sekisho.sources.logs import LogRead

ENGLISH = "at,account_id,insurer_id,policy_no,action,screen,source_ip,system"
JAPANESE = "日時,ユーザーID,保険会社コード,証券番号,操作,画面名,IPアドレス,システム名"


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        yield connection


def rows(read: LogRead, *names: str) -> list[tuple[object, ...]]:
    table = read.relation.to_arrow_table()
    return [tuple(row[name] for name in names) for row in table.to_pylist()]


def write(path: Path, text: str, codec: str = "utf_8") -> Path:
    path.write_bytes(text.encode(codec))
    return path


@pytest.mark.parametrize(
    "header", [ENGLISH, JAPANESE, ENGLISH.upper(), "ａｔ, Account ID ,insurer_id,policy_no,x,y,z,w"]
)
@pytest.mark.parametrize("codec", ["utf_8", "utf_8_sig", "cp932", "utf_16"])
def test_headers_and_charsets(tmp_path: Path, con: duckdb.DuckDBPyConnection, header: str, codec: str) -> None:
    path = write(tmp_path / "log.csv", f"{header}\r\n2026-04-01 10:00:00,佐藤,KOU,A-1,参照,画面,192.0.2.1,S\r\n", codec)
    read = read_access_log([path], con)
    assert rows(read, "at", "on_date", "account_id", "insurer_id", "policy_no", "log_row") == [
        (datetime(2026, 4, 1, 10, tzinfo=JST), date(2026, 4, 1), "佐藤", "KOU", "A-1", "log.csv:2")
    ]
    assert (read.row_count, read.unread_count, read.unread) == (1, 0, [])


@pytest.mark.parametrize(
    ("written", "instant"),
    [
        ("2026-04-01T10:00:00+09:00", datetime(2026, 4, 1, 10, tzinfo=JST)),
        ("2026-04-01T01:00:00Z", datetime(2026, 4, 1, 10, tzinfo=JST)),
        ("2026-04-01 10:00:00.5", datetime(2026, 4, 1, 10, 0, 0, 500_000, tzinfo=JST)),
        ("2026/4/1 10:00", datetime(2026, 4, 1, 10, tzinfo=JST)),
        ("2026-04-01 10:00:00 JST", datetime(2026, 4, 1, 10, tzinfo=JST)),
        ("20260401100000", datetime(2026, 4, 1, 10, tzinfo=JST)),
        ("2026年4月1日 10時00分00秒", datetime(2026, 4, 1, 10, tzinfo=JST)),
        ("2026-04-01", datetime(2026, 4, 1, tzinfo=JST)),
        ("2026-03-31T15:30:00Z", datetime(2026, 4, 1, 0, 30, tzinfo=JST)),
    ],
)
def test_times(tmp_path: Path, con: duckdb.DuckDBPyConnection, written: str, instant: datetime) -> None:
    path = write(tmp_path / "log.csv", f"{ENGLISH}\n{written},a,KOU,A-1,,,,\n")
    assert rows(read_access_log([path], con), "at", "on_date") == [(instant, date(2026, 4, 1))]


def test_bad_rows_are_listed_with_their_line(tmp_path: Path, con: duckdb.DuckDBPyConnection) -> None:
    path = write(
        tmp_path / "log.csv",
        f"{ENGLISH}\n2026-04-01 10:00,a,KOU,A-1,,,,\nyesterday,a,KOU,A-2,,,,\n2026-04-01 11:00,,KOU,A-3,,,,\n"
        "2026-04-01 12:00,a\n2026-04-01 13:00,a,,,login,,,\n",
    )
    read = read_access_log([path], con)
    assert rows(read, "policy_no", "log_row") == [("A-1", "log.csv:2"), ("", "log.csv:5"), ("", "log.csv:6")]
    assert [(one.log_row, one.detail) for one in read.unread] == [
        ("log.csv:3", "no readable at"),
        ("log.csv:4", "no account_id"),
    ]
    assert (read.row_count, read.unread_count) == (3, 2)


def test_unusable_rows_are_listed_file_by_file_in_the_order_of_their_lines(
    tmp_path: Path, con: duckdb.DuckDBPyConnection
) -> None:
    """Whoever reads the log. DuckDB's infinity is no time either."""
    for name in ("b", "a"):
        write(tmp_path / f"{name}.csv", f"{ENGLISH}\n" + "infinity,a,KOU,A-1,,,,\n" * 11)
    read = read_access_log([tmp_path / "b.csv", tmp_path / "a.csv"], con)
    assert [one.log_row for one in read.unread] == [f"{name}.csv:{line}" for name in "ab" for line in range(2, 13)]


def test_nanoseconds_with_a_time_zone_are_instants(tmp_path: Path, con: duckdb.DuckDBPyConnection) -> None:
    written = pa.array([1_775_005_200_000_000_000], pa.timestamp("ns", "UTC"))
    table = pa.table({"at": written, "account_id": ["a"], "insurer_id": ["KOU"], "policy_no": ["A-1"]})
    pq.write_table(table, tmp_path / "log.parquet")
    expected = [(datetime(2026, 4, 1, 10, tzinfo=JST), date(2026, 4, 1))]
    assert rows(read_access_log([tmp_path / "log.parquet"], con), "at", "on_date") == expected


def test_rows_of_wrong_width_in_cp932_are_listed(tmp_path: Path, con: duckdb.DuckDBPyConnection) -> None:
    path = write(tmp_path / "log.csv", f"{JAPANESE}\n2026-04-01,佐藤\n2026-04-01,佐藤,KOU,A-1,,,,\n", "cp932")
    read = read_access_log([path], con)
    assert rows(read, "account_id") == [("佐藤",)]
    assert [one.log_row for one in read.unread] == ["log.csv:2"]
    assert read.unread_count == 1


def test_lines_of_cp932_are_those_of_the_file_in_whatever_order_they_are_kept(tmp_path: Path) -> None:
    """Rows of the wrong width count as lines too."""
    lines = [f"2026-04-01,佐藤,KOU,A-{number},,,," if number % 50_000 else "x,y" for number in range(2, 300_002)]
    path = write(tmp_path / "log.csv", "\n".join([JAPANESE, *lines]) + "\n", "cp932")
    with in_memory(ordered=False) as con:
        read = read_access_log([path], con)
        wrong = read.relation.filter("log_row <> concat('log.csv:', substr(policy_no, 3))")
        assert wrong.aggregate("count(*)").fetchall() == [(0,)]
    assert [row.log_row for row in read.unread] == [f"log.csv:{number}" for number in range(50_000, 300_001, 50_000)]
    assert read.row_count == 300_000 - 6


def test_records_that_are_not_lines_are_counted_as_records(tmp_path: Path, con: duckdb.DuckDBPyConnection) -> None:
    path = write(tmp_path / "log.csv", f'{ENGLISH}\n2026-04-01,a,KOU,A-1,"x\ny",,,\n2026-04-01,a,KOU,A-2,,,,\n')
    assert rows(read_access_log([path], con), "log_row") == [("log.csv#1",), ("log.csv#2",)]


def test_json_lines_keep_their_numbers(tmp_path: Path, con: duckdb.DuckDBPyConnection) -> None:
    lines = [
        '{"at": "2026-04-01T10:00:00+09:00", "account_id": "a", "insurer_id": "KOU", "policy_no": 123, "操作": "x"}',
        "",
        "{broken",
        '{"at": "2026-04-02T10:00:00", "account_id": "b", "insurer_id": "OTSU", "policy_no": "B-1"}',
    ]
    path = tmp_path / "log.jsonl.gz"
    path.write_bytes(gzip.compress("\n".join(lines).encode()))
    read = read_access_log([path], con)
    assert rows(read, "account_id", "policy_no", "action", "log_row") == [
        ("a", "123", "x", "log.jsonl.gz:1"),
        ("b", "B-1", "", "log.jsonl.gz:4"),
    ]
    assert [one.log_row for one in read.unread] == ["log.jsonl.gz:3"]


@pytest.mark.parametrize("kind", [pa.timestamp("us"), pa.timestamp("us", tz="UTC"), pa.string()])
def test_parquet(tmp_path: Path, con: duckdb.DuckDBPyConnection, kind: pa.DataType) -> None:
    local = datetime(2026, 4, 1, 10)
    at = pa.array(
        ["2026-04-01 10:00" if kind == pa.string() else local.replace(tzinfo=JST) if kind.tz else local], kind
    )
    table = pa.table({"日時": at, "account_id": ["a"], "insurer_id": ["KOU"], "policy_no": [12]})
    pq.write_table(table, tmp_path / "log.parquet")
    assert rows(read_access_log([tmp_path / "log.parquet"], con), "at", "policy_no", "log_row") == [
        (datetime(2026, 4, 1, 10, tzinfo=JST), "12", "log.parquet:1")
    ]


def test_a_folder_in_order_with_strangers_listed(tmp_path: Path, con: duckdb.DuckDBPyConnection) -> None:
    folder = tmp_path / "logs"
    (folder / "b").mkdir(parents=True)
    write(folder / "b" / "2.csv", f"{ENGLISH}\n2026-04-02,b,KOU,B,,,,\n")
    write(folder / "a.csv", f"{ENGLISH}\n2026-04-01,a,KOU,A,,,,\n")
    (folder / "c.evtx").write_bytes(b"ElfFile\x00")
    (folder / "d.csv").write_bytes(b"")
    read = read_access_log([folder], con)
    assert rows(read, "log_row") == [("logs/a.csv:2",), ("logs/b/2.csv:2",)]
    assert [one.log_row for one in read.unread] == ["logs/c.evtx", "logs/d.csv"]
    assert read.unread_count == 2


def test_a_hostile_header_and_file_name_do_no_harm(tmp_path: Path, con: duckdb.DuckDBPyConnection) -> None:
    path = write(tmp_path / "x'; DROP TABLE y; --.csv", f'{ENGLISH},"a""; DROP TABLE y"\n2026-04-01,a,KOU,A,,,,,z\n')
    assert rows(read_access_log([path], con), "log_row") == [("x'; DROP TABLE y; --.csv:2",)]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("at,insurer_id,policy_no\n2026-04-01,KOU,A\n", "log.csv:1: column account_id is missing"),
        ("", "there is no log here"),
        ("PAR1 but not really", "cannot be read"),
    ],
)
def test_a_file_that_is_no_log_is_refused(
    tmp_path: Path, con: duckdb.DuckDBPyConnection, content: str, message: str
) -> None:
    with pytest.raises(InputError, match=message):
        read_access_log([write(tmp_path / "log.csv", content)], con)


def test_a_missing_file_is_refused(tmp_path: Path, con: duckdb.DuckDBPyConnection) -> None:
    with pytest.raises(InputError, match="no such file"):
        read_access_log([tmp_path / "nowhere.csv"], con)


def test_gaps_are_shown_per_system(tmp_path: Path, con: duckdb.DuckDBPyConnection) -> None:
    days = {"S": [1, 2, 5, 6, 9], "T": [3, 4], "U": [1]}
    lines = [f"2026-04-{day:02},a,KOU,A,,,,{system}" for system, listed in days.items() for day in listed]
    read = read_access_log([write(tmp_path / "log.csv", "\n".join([ENGLISH, *lines]))], con)
    found = gaps(con, read.relation)
    assert found == [
        Gap("S", date(2026, 4, 3), date(2026, 4, 4)),
        Gap("S", date(2026, 4, 7), date(2026, 4, 8)),
    ]
    assert [gap.day_count for gap in found] == [2, 2]
