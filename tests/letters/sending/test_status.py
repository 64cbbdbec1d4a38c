"""The way of a letter: every step that the data allows and none other; returned mail entered from a scanner's file."""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.kernel.errors import InputError, SekishoError
from sekisho.letters.addressing.barcode import bars, printed_number
from sekisho.letters.model import Recipient
from sekisho.letters.sending.returns import MAX_LENGTH, Unassigned, by_reason, entered, scanned
from sekisho.letters.sending.status import (
    Sent,
    assumed_delivered,
    printed,
    reason_of,
    reasons,
    states,
    step,
    summary,
    to_substitute,
)

DAY = date(2024, 9, 30)
POSTED = date(2024, 9, 2)


def letter(serial: str = "L-0000001", person: str = "yamada", address: str = "中央2-21-9", **more: object) -> Sent:
    values = {"state": "posted", "since": POSTED} | more
    return Sent(serial, person, "0000001", printed_number(address), has_bars=True, **values)  # type: ignore[arg-type]


@pytest.mark.parametrize("start", list(states()))
@pytest.mark.parametrize("to", list(states()))
def test_only_the_steps_of_the_data(start: str, to: str) -> None:
    before = letter(state=start)
    if to in states()[start].next:
        after = step(before, to, DAY, reason="moved")
        assert (after.state, after.since) == (to, DAY)
    else:
        with pytest.raises(SekishoError, match=f"after {start} comes"):
            step(before, to, DAY, reason="moved")


def test_the_data_is_whole() -> None:
    assert all(after in states() for state in states().values() for after in state.next)
    assert {reason.then for reason in reasons().values()} <= {"substitute", "look"}


def test_a_step_is_not_before_the_last_one() -> None:
    assert step(letter(), "delivered", POSTED).state == "delivered"
    with pytest.raises(SekishoError, match="is before that"):
        step(letter(), "delivered", POSTED - timedelta(days=1))


def test_a_return_needs_its_reason() -> None:
    with pytest.raises(InputError, match="moved \\(転居先不明\\)"):
        step(letter(), "returned", DAY)
    with pytest.raises(InputError, match="is no state"):
        step(letter(), "lost", DAY)


def test_the_reason_stays_when_it_is_made_public_instead() -> None:
    back = step(letter(), "returned", DAY, reason="moved")
    assert step(back, "substituted", DAY).reason == "moved"


@pytest.mark.parametrize(("wait", "state"), [(20, None), (21, "delivered"), (22, "delivered")])
def test_what_does_not_come_back_counts_as_delivered(wait: int, state: str | None) -> None:
    found = assumed_delivered([letter(), letter("L-2", state="printed")], POSTED + timedelta(days=wait))
    assert [one.state for one in found] == ([state] if state else [])


def test_who_cannot_be_reached_any_more() -> None:
    back = [step(letter(f"L-{n}"), "returned", DAY, reason=code) for n, code in enumerate(reasons())]
    assert [one.reason for one in to_substitute(back)] == ["moved", "forwarding_ended"]


def test_the_summary_counts_every_letter() -> None:
    every = [letter("L-1"), letter("L-2", state="printed"), step(letter("L-3"), "returned", DAY, reason="moved")]
    counted = summary(every)
    assert counted.states == {"posted": 1, "printed": 1, "returned": 1}
    assert counted.reasons == {"moved": 1}
    assert "返戻: 1通" in counted.lines()
    assert counted.lines()[-1] == "合計: 3通"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("あて所に尋ねあたりません", "unknown"),
        ("転居先不明", "moved"),
        ("MOVED", "moved"),
        ("受取拒絶", "refused"),
        ("保管期間が経過しましたので", "kept"),
        ("", ""),
        ("雨にぬれた", ""),
    ],
)
def test_reasons_as_they_stand_on_the_slip(text: str, code: str) -> None:
    assert reason_of(text) == code


def test_a_printed_letter_knows_its_bars() -> None:
    one = Recipient("yamada", "山田 花子", False, "0000001", "例示県見本市中央2-21-9", ())
    assert printed(one, "L-1", DAY) == Sent("L-1", "yamada", "0000001", "2-21-9", True, "printed", DAY)
    whole_town = printed(replace(one, postal_code="0000000"), "L-2", DAY)
    assert (whole_town.number, whole_town.has_bars) == ("", False)


def test_a_scanners_file(tmp_path: Path) -> None:
    for encoding in ("utf-8-sig", "cp932"):
        file = tmp_path / "scan.csv"
        file.write_bytes("L-1,転居先不明\r\nL-2,受取拒絶\r\n".encode(encoding))
        assert scanned(file) == ["L-1,転居先不明", "L-2,受取拒絶"]
    with pytest.raises(InputError, match="cannot be read"):
        scanned(tmp_path / "none.csv")


# Entry ------------------------------------------------------------------------------------------------------------


def test_by_serial_by_bars_and_by_what_the_bars_say() -> None:
    letters = [letter("L-1"), letter("L-2", "sato", "東町1-1"), letter("L-3", "suzuki", "西町3-3 B棟")]
    upside_down = bars("0000001", "東町1-1")[::-1].translate(str.maketrans("23", "32"))
    done = entered(["ｌ－１\t転居先不明", f"{upside_down},kept", "〒000-0001 3-3B"], letters, DAY, reason="宛所不明")
    assert [(one.serial, one.state, one.reason) for one in done.letters] == [
        ("L-1", "returned", "moved"),
        ("L-2", "returned", "kept"),
        ("L-3", "returned", "unknown"),
    ]
    assert (done.unassigned, done.repeated) == ((), ())
    assert by_reason(done) == {"転居先不明": 1, "保管期間経過": 1, "あて所に尋ねあたりません": 1}


def test_a_family_at_one_address_needs_the_serial() -> None:
    family = [letter("L-1", "hanako"), letter("L-2", "taro")]
    (aside,) = entered([bars("0000001", "中央2-21-9")], family, DAY, reason="moved").unassigned
    assert aside.serials == ("L-1", "L-2")
    assert "同じあて先に2通" in aside.why


def test_the_last_of_a_family_is_told_by_the_bars() -> None:
    family = [step(letter("L-1", "hanako"), "returned", DAY, reason="moved"), letter("L-2", "taro")]
    done = entered([bars("0000001", "中央2-21-9")], family, DAY, reason="moved")
    assert [one.serial for one in done.letters] == ["L-2"]


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("L-9", "書状の番号でもバーコードでもありません"),
        ("L-1\t雨にぬれた", "返戻理由が分かりません"),
        ("0000002 1-1", "発送の記録にありません"),
        ("1" * 67, "読み取りが不完全"),
        (bars("0000001", "中央2-21-9")[:-3], "読み取りが不完全"),
        ("x" * (MAX_LENGTH + 1), "長すぎます"),
    ],
)
def test_what_cannot_be_assigned_is_listed(line: str, why: str) -> None:
    done = entered(["", line], [letter("L-1")], DAY, reason="moved")
    assert done.letters == ()
    ((number, told),) = [(aside.line, aside.why) for aside in done.unassigned]
    assert number == 2
    assert why in told


def test_no_reason_no_entry() -> None:
    assert entered(["L-1"], [letter("L-1")], DAY).unassigned == (Unassigned(1, "返戻理由がありません"),)
    with pytest.raises(InputError, match="no reason of returned mail"):
        entered([], [], DAY, reason="ぬれた")


def test_a_letter_never_posted_cannot_come_back() -> None:
    (aside,) = entered(["L-1"], [letter("L-1", state="printed")], DAY, reason="moved").unassigned
    assert aside.serials == ("L-1",)
    assert aside.why == "2024-09-30 の返戻にできません。この書状は2024-09-02 から「印刷済み」です"


def test_read_twice_is_entered_once() -> None:
    done = entered(["L-1", "L-1"], [letter("L-1")], DAY, reason="moved")
    assert (len(done.letters), done.repeated) == (1, (2,))
    again = entered(["L-1"], [replace(done.letters[0])], DAY, reason="moved")
    assert (again.letters, again.repeated) == ((), (1,))


@given(st.lists(st.one_of(st.sampled_from(["L-1", "L-2", "0000001 1-1", ""]), st.text(max_size=20))))
def test_every_line_is_accounted_for(lines: list[str]) -> None:
    letters = [letter("L-1"), letter("L-2", "sato", "東町1-1")]
    done = entered(lines, letters, DAY, reason="moved")
    filled = [line for line in lines if line.strip("\ufeff \t\r\n\u3000")]
    assert len(done.letters) + len(done.unassigned) + len(done.repeated) == len(filled)
