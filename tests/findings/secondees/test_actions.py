"""What actions mean."""

import pytest

from sekisho.findings.secondees.actions import kind_of, kinds_of


@pytest.mark.parametrize(
    "action",
    ["CSV出力", "印刷", "一覧ダウンロード", "ＰＤＦ", "EXPORT", "print_preview", "ｺﾋﾟｰ", "save as"],
)
def test_what_leaves_the_screen_is_an_export(action: str) -> None:
    assert kind_of(action) == "export"


@pytest.mark.parametrize(
    ("action", "kind"), [("参照", "view"), ("契約照会", "view"), ("VIEW", "view"), ("更新", "work")]
)
def test_looks_and_work_are_none(action: str, kind: str) -> None:
    assert kind_of(action) == kind


@pytest.mark.parametrize("action", ["", " ", "　", "_"])
def test_a_row_without_an_action_says_nothing(action: str) -> None:
    assert kind_of(action) == "blank"


def test_what_is_not_in_the_list_is_unknown_not_a_look() -> None:
    assert kind_of("F07") == "unknown"
    assert kinds_of(["F07", "印刷", "F07"]).to_pylist() == [
        {"action": "F07", "kind": "unknown"},
        {"action": "印刷", "kind": "export"},
    ]
