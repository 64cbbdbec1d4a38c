"""The load report: all counted, a bound listed, tidy on a terminal."""

import json
import unicodedata
from pathlib import Path

from tests.registry.small import write

from sekisho.registry import read_registry
from sekisho.registry.problems import MAX_LISTED
from sekisho.registry.report import SHOWN_PER_KIND

HEAD = "policy_no,insurer_id,agency_id,line,holder_name,満期日"


def test_all_are_counted_fifty_are_shown_and_a_thousand_are_in_the_json(tmp_path: Path) -> None:
    count = MAX_LISTED + 500
    rows = "".join(f"P{n},KOU,AOBA,nonlife,山田,いつか\n" for n in range(count))
    _, report = read_registry(write(tmp_path / "r", policies=f"{HEAD}\n{rows}"))
    shown = [line for line in report.text().splitlines() if "いつか" in line]
    assert len(shown) == SHOWN_PER_KIND
    assert f"error: … and {count - SHOWN_PER_KIND:,} more like this in policies (see --json)" in report.text()
    document = json.loads(json.dumps(report.as_json(), ensure_ascii=False))
    assert document["error_count"] == count
    assert document["counts"][0] == {"severity": "error", "kind": "date", "table": "policies", "count": count}
    assert len([p for p in document["problems"] if p["kind"] == "date"]) == document["listed_per_kind"] == MAX_LISTED


def test_the_json_of_a_good_load(tmp_path: Path) -> None:
    registry, report = read_registry(
        write(tmp_path / "r", agencies="agency_id,name,備考\nAOBA,青葉,x\nMIDORI,みどり,\n")
    )
    assert registry
    document = report.as_json()
    assert (document["ok"], document["version"]) == (True, registry.version)
    assert document["tables"][1] == {
        "name": "agencies", "ja": "代理店", "file": "agencies.csv", "rows": 2, "loaded": 2, "encoding": "UTF-8",
        "unknown_columns": ("備考",), "error_count": 0, "warning_count": 0,
    }  # fmt: skip


def test_columns_stand_under_each_other_whatever_the_width(tmp_path: Path) -> None:
    folder = write(tmp_path / "r", policies=None)
    (folder / "保有契約一覧.csv").write_text(f"{HEAD}\nP1,KOU,AOBA,nonlife,山田,\n")
    _, report = read_registry(folder)

    def width(text: str) -> int:
        return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)

    lines = report.text().splitlines()
    ends = {width(line[: line.rindex("UTF-8")]) for line in lines if line.endswith("UTF-8")}
    assert len(ends) == 1
    assert "agencies: columns kept" not in report.text()
    assert report.text().endswith("12 rows loaded, 0 warnings")
