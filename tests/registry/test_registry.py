"""The registry as a whole: all or nothing, the same whatever file it came from."""

import random
from datetime import date
from itertools import pairwise
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from tests.registry.small import TABLES, write
from tests.registry.test_typed_files import workbook

from sekisho.registry import Registry, read_registry


def read(folder: Path) -> Registry:
    registry, report = read_registry(folder)
    assert registry, report.text()
    return registry


def test_nothing_is_half_loaded(tmp_path: Path) -> None:
    folder = write(tmp_path / "r", agencies="agency_id,name\nAOBA,\nMIDORI,みどり\n")
    registry, report = read_registry(folder)
    assert registry is None
    assert not report.ok
    assert report.version == ""
    assert {t.loaded for t in report.tables} == {0}
    assert report.text().endswith("nothing loaded: 1 errors, 0 warnings")


def test_the_version_is_that_of_the_content_not_of_the_file(tmp_path: Path) -> None:
    csv = read(write(tmp_path / "csv"))
    cp932 = read(write(tmp_path / "cp932", policies=TABLES["policies"].replace("\n", "\r\n").encode("cp932")))
    rows = [line.split(",") for line in TABLES["policies"].splitlines()]
    write(tmp_path / "xlsx", policies=None)
    workbook(tmp_path / "xlsx" / "policies.xlsx", s=rows)  # type: ignore[arg-type]
    write(tmp_path / "parquet", policies=None)
    pq.write_table(
        pa.table({
            name: [date.fromisoformat(value) for value in values] if name.endswith("_date") else list(values)
            for name, *values in zip(*rows, strict=True)
        }),
        tmp_path / "parquet" / "契約.parquet",
        row_group_size=1,
    )  # fmt: skip
    versions = {r.version for r in (csv, cp932, read(tmp_path / "xlsx"), read(tmp_path / "parquet"))}
    assert len(versions) == 1
    assert len(csv.version) == 64


def test_every_change_makes_another_version(tmp_path: Path) -> None:
    changes = [
        {},
        {"agencies": TABLES["agencies"].replace("青葉", "若葉")},
        {"agencies": TABLES["agencies"].replace("name", "name,備考").replace("社\n", "社,\n").replace("所\n", "所,\n")},
        {"appointments": TABLES["appointments"].replace("2024-03-31", "2024-03-30")},
        {"appointments": TABLES["appointments"].replace("2024-03-31", "")},
        {"policies": "\n".join([TABLES["policies"].splitlines()[i] for i in (0, 2, 1)]) + "\n"},
    ]
    versions = {read(write(tmp_path / str(n), **change)).version for n, change in enumerate(changes)}
    assert len(versions) == len(changes)


def test_moving_a_character_to_the_next_value_changes_the_version() -> None:
    def version(*names: str | None) -> str:
        return Registry.of(
            {"agencies": pa.table({"agency_id": ["1", "2"], "name": pa.array(names, pa.string())})}
        ).version

    assert len({version("ab", "c"), version("a", "bc"), version("abc", ""), version("abc", None)}) == 4


def test_chunks_do_not_matter_to_the_version() -> None:
    table = pa.table({"agency_id": [str(n) for n in range(50)], "name": ["青葉" if n % 3 else None for n in range(50)]})
    rnd = random.Random(7)
    cuts = [0, *sorted(rnd.sample(range(1, 50), 5)), 50]
    pieces = pa.concat_tables([table.slice(a, b - a) for a, b in pairwise(cuts)])
    assert Registry.of({"agencies": pieces}).version == Registry.of({"agencies": table}).version


def test_rows_keep_their_order(tmp_path: Path) -> None:
    lines = [f"P{n:05d},KOU,AOBA,nonlife,山田" for n in random.Random(3).sample(range(99_999), 5_000)]
    registry = read(
        write(tmp_path / "r", policies="\n".join(["policy_no,insurer_id,agency_id,line,holder_name", *lines]))
    )
    assert registry.tables["policies"]["policy_no"].to_pylist() == [line.split(",")[0] for line in lines]
