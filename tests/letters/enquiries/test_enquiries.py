"""Am I concerned? Only who proves himself hears yes; everybody else hears one and the same sentence."""

from dataclasses import fields, replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.incidents.sender import Desk
from sekisho.kernel.errors import InputError
from sekisho.letters.addressing.recipients import gathered
from sekisho.letters.enquiries.asking import (
    MAX_LENGTH,
    Answer,
    Caller,
    Known,
    Limits,
    Listed,
    LoggedEnquiry,
    Outcome,
    caller_digest,
    enquire,
    outcomes,
)
from sekisho.letters.enquiries.callers import address_key, name_key, number_key, phone_key
from sekisho.letters.enquiries.concerned import Concerned
from sekisho.letters.enquiries.desk_sheet import desk_sheet
from sekisho.letters.model import Line
from sekisho.registry.registry import Registry
from tests.letters.addressing.test_recipients import WHO, changed, findings, persons
from tests.letters.cast import dossier

AT = datetime(2024, 9, 2, 10, tzinfo=UTC)
KEY = b"k" * 32
LINE = Line("KA12345678", "甲損害保険株式会社", ("証券番号",), "2024年5月1日", "青葉", "乙損")
HANAKO = Known(
    "hanako",
    ("山田 花子", "ヤマダ ハナコ"),
    ("例示県見本市中央2-21-9",),
    (date(1980, 5, 3),),
    ("03-0000-1234", "090-0000-5678"),
    ("KA12345678", "KA-12345679"),
    (LINE,),
)
TARO = Known(
    "taro", ("髙橋 太郎",), ("例示県見本市東町1-1",), (), (), ("KA22345678",), (replace(LINE, policy_no="KA22345678"),)
)
REGISTER = Listed([HANAKO, TARO])
GOOD = Caller("山田花子", "見本市中央二丁目２１番９号", birth_date="昭和55年5月3日")
LIMITS = Limits(3, timedelta(hours=24), 5, timedelta(hours=1))


def asked(caller: Caller, **how: object) -> Answer:
    values = {"at": AT, "clerk": "clerk-1", "incident": 1, "key": KEY} | how
    return enquire(REGISTER, caller, **values)  # type: ignore[arg-type]


def test_who_proves_himself_hears_yes_and_just_his_own_lines() -> None:
    answer = asked(GOOD)
    assert answer.concerned
    assert answer.lines == (LINE,)
    assert answer.log.person == "hanako"
    assert answer.log.said == ("name", "address", "birth_date")


@pytest.mark.parametrize(
    "caller",
    [
        replace(GOOD, birth_date="", phone="０９０－００００－５６７８"),
        replace(GOOD, birth_date="", phone="+81 3-0000-1234"),
        replace(GOOD, birth_date="", policy_no="ka 1234 5678"),
        replace(GOOD, name="ヤマダ　ハナコ 様"),
        replace(GOOD, address="〒000-0001 例示県見本市中央2丁目21－9"),
        Caller("高橋太郎", "例示県見本市東町一番地の一", birth_date="1990-01-01", policy_no="KA22345678"),
    ],
)
def test_other_ways_of_saying_the_same(caller: Caller) -> None:
    assert asked(caller).concerned


REFUSED = [
    (replace(GOOD, name="山田花代"), Outcome.NOT_FOUND),
    (replace(GOOD, address="見本市中央2-21-8"), Outcome.NOT_FOUND),
    (replace(GOOD, address="見本市中央2-21-90"), Outcome.NOT_FOUND),
    (replace(GOOD, address="見本市"), Outcome.NOT_FOUND),
    (replace(GOOD, birth_date="1980-05-04"), Outcome.MISMATCH),
    (replace(GOOD, birth_date="きのう"), Outcome.MISMATCH),
    (replace(GOOD, phone="03-0000-9999"), Outcome.MISMATCH),
    (replace(GOOD, policy_no="KA22345678"), Outcome.MISMATCH),
    (replace(GOOD, birth_date=""), Outcome.INSUFFICIENT),
    (replace(GOOD, name=" "), Outcome.INSUFFICIENT),
    (replace(GOOD, address=""), Outcome.INSUFFICIENT),
    (replace(GOOD, address="x" * (MAX_LENGTH + 1)), Outcome.INSUFFICIENT),
    # Nothing on record but the policy number: a birth date that cannot be compared proves nothing.
    (Caller("高橋太郎", "例示県見本市東町1-1", birth_date="1990-01-01"), Outcome.MISMATCH),
    (Caller("鈴木 一", "例示県見本市北町5-5", birth_date="1990-01-01"), Outcome.NOT_FOUND),
]


@pytest.mark.parametrize(("caller", "outcome"), REFUSED)
def test_everybody_else_hears_one_and_the_same_sentence(caller: Caller, outcome: Outcome) -> None:
    answer = asked(caller)
    nobody = asked(Caller("無関係 太郎", "例示県見本市南町9-9", birth_date="2000-01-01"))
    assert answer.log.outcome is outcome
    assert (answer.concerned, answer.text, answer.lines) == (False, nobody.text, ())
    assert answer.log.person == ""


def test_two_persons_to_whom_all_of_it_fits_are_not_mixed_up() -> None:
    twin = replace(HANAKO, person="other", lines=(replace(LINE, policy_no="KA99999999"),))
    answer = enquire(Listed([HANAKO, twin]), GOOD, at=AT, clerk="c", incident=1, key=KEY)
    assert (answer.concerned, answer.log.outcome) == (False, Outcome.MISMATCH)


def test_the_same_caller_is_not_tried_out_for_ever() -> None:
    logs: list[LoggedEnquiry] = []
    for day in range(1, 5):
        answer = asked(replace(GOOD, birth_date=f"1980-06-0{day}"), clerk=f"clerk-{day}", before=logs, limits=LIMITS)
        logs.append(answer.log)
    assert [log.outcome for log in logs] == [Outcome.MISMATCH] * 3 + [Outcome.REFUSED]
    assert not asked(GOOD, before=logs, limits=LIMITS).concerned
    assert asked(GOOD, before=logs, limits=LIMITS, at=AT + timedelta(hours=24)).concerned
    assert outcomes(logs)["mismatch"] == 3


def test_limits_do_not_tell_who_is_a_customer() -> None:
    """Somebody who is in no ledger runs into the limit just as a customer does."""
    for caller in (replace(GOOD, birth_date="1980-06-01"), Caller("無関係 太郎", "見本市9-9", phone="03-0000-0000")):
        logs = [asked(caller).log for _ in range(3)]
        assert asked(caller, before=logs, limits=LIMITS).log.outcome is Outcome.REFUSED


def test_a_clerk_who_asks_for_everybody_is_stopped() -> None:
    logs = [asked(replace(GOOD, name=f"名前{n}")).log for n in range(5)]
    assert asked(GOOD, before=logs, limits=LIMITS).log.outcome is Outcome.REFUSED
    assert asked(GOOD, before=logs, limits=LIMITS, at=AT + timedelta(hours=1)).concerned
    assert asked(GOOD, before=logs, limits=LIMITS, clerk="clerk-2").concerned


def test_the_log_holds_nothing_of_what_was_said() -> None:
    log = asked(replace(GOOD, policy_no="KA12345678", phone="090-0000-5678")).log
    told = " ".join(str(getattr(log, field.name)) for field in fields(log))
    for said in ("山田", "花子", "中央", "1980", "5678", "KA1234"):
        assert said not in told
    assert log.caller == caller_digest(replace(GOOD, name="山田 花子"), KEY)
    assert log.caller != caller_digest(GOOD, b"x" * 32)


@pytest.mark.parametrize("how", [{"key": b"short"}, {"clerk": ""}])
def test_no_enquiry_without_clerk_and_key(how: dict[str, object]) -> None:
    with pytest.raises(InputError):
        asked(GOOD, **how)


WORDS = st.text(max_size=30)


@given(st.builds(Caller, WORDS, WORDS, WORDS, WORDS, WORDS))
def test_nothing_said_breaks_it_or_tells_anything(caller: Caller) -> None:
    assert not asked(caller).concerned


def test_the_sheet_beside_the_telephone() -> None:
    logs = [asked(GOOD).log, asked(replace(GOOD, birth_date="1980-06-01")).log, asked(replace(GOOD, name="")).log]
    text = desk_sheet(dossier(), logs=logs).text()
    assert "電話番号: 0120-000-0000" in text
    assert "1. お名前 (フルネーム) とご住所" in text
    assert "複数の保険会社の保険を取り扱う代理店" in text
    assert "対象とお答えしたもの: 1件\n確認できなかったもの: 2件" in text
    assert asked(GOOD).text in text
    assert asked(replace(GOOD, name="別人")).text in text
    with pytest.raises(InputError, match="受付時間"):
        desk_sheet(dossier(desk=Desk(phone="0120-000-0000")))


# The whole incident as a register ---------------------------------------------------------------------------------


def test_the_register_of_an_incident(registry: Registry) -> None:
    found = findings({"policy": "KOU:KA12345678"}, {"policy": "OTSU:OT-9000001", "missing": "unresolved:viewer"})
    with gathered(found, registry, persons(WHO)) as mailing:
        register = Concerned(mailing)
        (known,) = register.named("ヤマダハナコ")
        assert known.person == "yamada"
        assert set(known.policy_numbers) == {"KA12345678", "KA12345679"}
        assert [line.policy_no for line in known.lines] == ["KA12345678"]
        assert register.named("渡邊次郎") == ()
        assert register.named("") == ()
        answer = enquire(register, GOOD, at=AT, clerk="c", incident=1, key=KEY)
        assert [line.policy_no for line in answer.lines] == ["KA12345678"]


def test_who_could_not_be_written_to_may_still_ask(registry: Registry) -> None:
    ledger = changed(registry, "KOU:KA22345678", postal_code=None)
    with gathered(findings({"policy": "KOU:KA22345678"}), ledger, persons(WHO)) as mailing:
        assert mailing.recipient_count == 0
        caller = Caller("髙橋一郎", "見本市東町1-1", birth_date="1975/12/24")
        assert enquire(Concerned(mailing), caller, at=AT, clerk="c", incident=1, key=KEY).concerned


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("例示県見本市中央2-21-9", "見本市中央二丁目二十一番九号", True),
        ("東京都見本区中央2-21-9", "見本区中央2丁目21番地の9", True),
        ("見本市中央2-21-9 ハイツ101号室", "見本市中央２丁目２１番９号ハイツ１０１", True),
        ("見本市中央2-21-9", "見本市中央2-21-9 ハイツ101", False),
        ("見本市中央2-21-9", "見本市中央22-1-9", False),
        ("見本市中央2-1", "見本市東中央2-1", False),
    ],
)
def test_addresses(one: str, other: str, same: bool) -> None:
    assert (address_key(one) == address_key(other)) is same


def test_names_phones_and_numbers() -> None:
    assert name_key("（株）例示商店 御中") == name_key("例示商店株式会社") == name_key("例示商店")
    assert name_key("髙橋　一郎") == name_key("高橋一郎さん")
    assert phone_key("+81-90-0000-5678") == "09000005678"
    assert phone_key("110") == ""
    assert number_key("ｋａ－１２３") == "KA123"
