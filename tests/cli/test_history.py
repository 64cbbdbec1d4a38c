"""``--known``, ``loads`` and ``history`` from the outside."""

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Sekisho
from tests.store.history.worlds import LATER, LOADS, registry_folder


@pytest.fixture
def ids(sekisho: Sekisho, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Three loads of a workspace in ``ws``, one of them kept."""
    assert sekisho("init", tmp_path / "ws").status == 0
    monkeypatch.setenv("SEKISHO_WORKSPACE", str(tmp_path / "ws"))
    (tmp_path / "ws" / "sekisho.toml").write_text("[store]\nkeep_loads = 1\n")
    made = []
    for number, (at, words) in enumerate(LOADS):
        monkeypatch.setenv("SEKISHO_NOW", at)
        ended = sekisho("load", registry_folder(tmp_path / f"registry{number}", **words), "--json")
        assert ended.status == 0, ended.err
        made.append(json.loads(ended.out)["load_id"])
    monkeypatch.setenv("SEKISHO_NOW", LATER)
    return made


def test_may_as_it_was_known_then(sekisho: Sekisho, ids: list[str]) -> None:
    question = ("may", "AOBA", "K-100", "--at", "2026-04-15")
    then = sekisho(*question, "--known", "2026-04-20")
    now = sekisho(*question)
    assert then.out.startswith("結論: 保有・閲覧してよい (取扱代理店)")
    assert ids[0] in then.err and "2026-05-01T09:00:00+09:00 まで有効" in then.err
    assert now.out.startswith("結論: 保有・閲覧してはならない")
    told = json.loads(sekisho(*question, "--known", ids[0], "--json").out)
    assert told["verdict"] == "entitled"
    assert (told["load_id"], told["known"], told["known_until"]) == (ids[0], ids[0], LOADS[1][0])
    assert told["rule_version_at_load"] == told["rule_version"]
    told = json.loads(sekisho(*question, "--json").out)
    assert (told["verdict"], told["load_id"], told["known"]) == ("not_entitled", ids[2], None)


def test_list_and_who_as_they_were_known_then(sekisho: Sekisho, ids: list[str]) -> None:
    for known, numbers, load_id in (
        (("--known", ids[0]), ["K-100", "K-200", "K-300"], ids[0]),
        (("--known", "2026-05-15T12:00"), [], ids[1]),
        ((), [], ids[2]),
    ):
        told = json.loads(sekisho("list", "AOBA", "--at", "2026-04-15", *known, "--json").out)
        assert [row["policy_no"] for row in told["policies"]] == numbers
        assert told["load_id"] == load_id
    for known, holds in ((("--known", ids[0]), True), ((), False)):
        told = json.loads(sekisho("who", "K-100", "--at", "2026-04-15", *known, "--json").out)
        assert ("AOBA" in {row["viewer"] for row in told["holders"]}) == holds


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("may", "AOBA", "K-100", "--known", "2026-03-31"), "nothing had been loaded by then"),
        (("list", "AOBA", "--known", "20260401T090000-ffffffff"), "is no load and no instant"),
        (("who", "K-100", "--known", "2027-01-01"), "still to come"),
        (("may", "AOBA", "K-100", "--known", "2026-05-01", "--registry", "registry0"), "has no history"),
        (("history", "polices", "KOU"), "no table with a history has this name"),
        (("history", "policies", "KOU", "K-999"), "no such row has been known"),
        (("loads", "--compare", "2026-03-01", "2026-05-01"), "nothing had been loaded by then"),
        (("loads", "--out", "x.csv"), "name two loads"),
        (("loads", "--compare", "2026-05-01", "2026-06-01", "--out", "x.txt"), "writes CSV only"),
    ],
)
def test_what_cannot_be_answered_says_why(sekisho: Sekisho, ids: list[str], words: tuple[str, ...], said: str) -> None:
    ended = sekisho(*words)
    assert ended.status == 2
    assert ended.out == ""
    assert said in ended.err


def test_the_loads_and_what_they_changed(sekisho: Sekisho, ids: list[str]) -> None:
    shown = sekisho("loads").out
    lines = [next(line for line in shown.splitlines() if load_id in line) for load_id in ids]
    for line, text in zip(lines, ("最初の読込み", "委託 +1 −1", "契約 +1 −1"), strict=True):
        assert text in line
    told = json.loads(sekisho("loads", "--json").out)["loads"]
    assert [one["load_id"] for one in told] == ids
    assert [one["changes"] for one in told[1:]] == [
        {"appointments": {"added": 1, "removed": 1}},
        {"policies": {"added": 1, "removed": 1}},
    ]
    assert [one["can_be_rebuilt"] for one in told] == [True] * 3
    assert [one["until"] for one in told] == [LOADS[1][0], LOADS[2][0], None]


def test_two_loads_compared(sekisho: Sekisho, ids: list[str], tmp_path: Path) -> None:
    ended = sekisho("loads", "--compare", ids[0], ids[2], "--out", tmp_path / "c.csv")
    assert ended.status == 0, ended.err
    assert "委託 appointments" in ended.out and "契約 policies" in ended.out
    rows = (tmp_path / "c.csv").read_text(encoding="utf-8-sig").splitlines()
    assert len(rows) == 5
    assert rows[1] == "appointments,added,KOU,AOBA,nonlife,2020-04-01,2026-03-31,,,,,"
    told = json.loads(sekisho("loads", "--compare", ids[0], ids[1], "--json").out)
    assert told["tables"] == {"appointments": {"added": 1, "removed": 1, "changed": 1}}
    assert "変更なし" in sekisho("loads", "--compare", ids[1], ids[1]).out


def test_the_versions_of_a_row(sekisho: Sekisho, ids: list[str]) -> None:
    shown = sekisho("history", "委託", "KOU", "AOBA", "nonlife").out
    assert "委託 (appointments) KOU AOBA nonlife: 2 版" in shown
    assert "1. からの変更: 終了日 (なし) → 2026-03-31" in shown
    assert f"({ids[0]}) から" in shown and f"({ids[1]}) まで" in shown
    told = json.loads(sekisho("history", "appointments", "KOU", "AOBA", "nonlife", "--json").out)
    assert told["history_begins"]["complete"]
    first, second = told["versions"]
    assert (first["row"]["end"], second["row"]["end"]) == (None, "2026-03-31")
    assert (first["known_from"]["load_id"], first["known_until"]["load_id"]) == (ids[0], ids[1])
    assert second["differences"] == [{"column": "end", "before": None, "after": "2026-03-31"}]


def test_a_load_whose_record_is_damaged_is_named(sekisho: Sekisho, ids: list[str], tmp_path: Path) -> None:
    (tmp_path / "ws" / "history" / ids[1] / "change.json").write_text("{")
    ended = sekisho("loads")
    assert ended.status == 1
    assert "記録が読めません" in ended.out
    assert "change.json: is damaged" in ended.err
    told = json.loads(sekisho("loads", "--json").out)["loads"]
    assert [(one["unreadable"], one["can_be_rebuilt"]) for one in told] == [(False, False), (True, True), (False, True)]
