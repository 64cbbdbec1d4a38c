"""Passwords that mails name (PPAP), and the file in which a user gives some."""

from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sekisho.kernel.content import Contents, Table, Text
from sekisho.kernel.errors import InputError
from sekisho.sources.files.limits import Limits
from sekisho.sources.mail import passwords
from sekisho.sources.mail.message import Message, read_message
from sekisho.sources.mail.passwords import (
    MAX_CANDIDATES,
    MAX_GIVEN,
    candidates,
    habit_passwords,
    may_name_password,
    read_password_file,
)
from tests.sources.files import make, make_archives
from tests.sources.files.test_extract import texts


def said(text: str) -> Contents:
    return Contents([Text("body", text)])


@pytest.mark.parametrize(
    ("text", "password"),
    [
        ("添付ファイルのパスワードは以下の通りです。\n\nパスワード：Ab12cd\n", "Ab12cd"),
        ("解凍パスワードは「やまだ2024」です。", "やまだ2024"),
        ("PW: x9!kQ-7z", "x9!kQ-7z"),
        ("pass：Ab12", "Ab12"),
        ("解凍PW→ Zx-9_8;", "Zx-9_8"),
        ("Password is S3cret!.", "S3cret!"),
        ("The password for the attached file is: hunter2, regards", "hunter2"),
        ('Use the following password: "Open Sesame"', "Open Sesame"),
        ("パスワードをお知らせします。\n\n  【aB3$efGh】\n", "aB3$efGh"),
        ("ファイル名: a.zip\nパスワード\n----------\nQwer1234\n----------", "Qwer1234"),
        ("ﾊﾟｽﾜｰﾄﾞ：ａｂｃ１２３", "abc123"),
        ("ＰＡＳＳＷＯＲＤ　＝　Ｋｏｕ－２０２４", "Kou-2024"),
        ("Ab12がパスワードです", "Ab12"),
        ("パスは2024kouです", "2024kou"),
        ("パスワード : (a1b2c3)", "a1b2c3"),
        ("【パスワード】 tokyo-2024", "tokyo-2024"),
        ("パスワード:Ab#1<>x", "Ab#1<>x"),
        ("パスワード：Ab12.", "Ab12."),
        ("パスワードは 12345 、ファイル名は b.zip です", "12345"),
        ("■解凍キー\r\n・ kou+otsu=1\r\n", "kou+otsu=1"),
        ("ファイル1のパスワード：aaa111\nファイル2のパスワード：bbb222", "bbb222"),
        ("パスワードは弊社電話番号の下4桁です。\n-- \nTEL 03-0000-1234", "1234"),
        ("暗証番号は郵便番号(ハイフンなし)です。 〒100-0001", "1000001"),
    ],
)
def test_wordings(text: str, password: str) -> None:
    assert password in candidates(said(text))
    assert may_name_password(said(text))


def test_the_likeliest_comes_first() -> None:
    text = "契約一覧 list.zip をお送りします。\nパスワード：Ab12cd\n担当 03-0000-1234 sato@example.jp"
    assert candidates(said(text))[0] == "Ab12cd"


def test_tables_name_passwords_too() -> None:
    contents = Contents([Table("body!table[1]", [["ファイル", "パスワード"], ["a.zip", "Ab12cd"]])])
    assert "Ab12cd" in candidates(contents)


def test_texts_without_one() -> None:
    contents = said("山田様の件、password なしでお送りします。\n満期 A-1234567\n" * 3)
    assert len(candidates(contents)) <= MAX_CANDIDATES
    quiet = said("コンパスとパスタの会、ipad、Ab12cd、compass\n" * 50)
    assert candidates(quiet) == []
    assert not may_name_password(quiet)


def test_the_number_is_bounded() -> None:
    assert (
        len(candidates(said("\n".join(f"パスワード: {number} x{number}" for number in range(5000))))) == MAX_CANDIDATES
    )


@given(
    st.lists(
        st.sampled_from(
            ["パスワード", "PW", ":", "「", "」", "\n", "Ab12", "電話 03-0000-1234", " ", "は", "ﾊﾟ", "\ud83d"]
        )
    )
)
def test_any_text(words: list[str]) -> None:
    found = candidates(said("".join(words)))
    assert len(found) == len(set(found)) <= MAX_CANDIDATES


def test_dates_as_passwords() -> None:
    late = datetime(2026, 11, 20, 16, 30, tzinfo=UTC)  # the next day in Japan
    found = habit_passwords(late)
    assert found[:3] == ["20261121", "261121", "1121"]
    assert "20261120" in found
    assert habit_passwords(None) == []


# -- the file ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "raw", ["損保2024\nAb 12 \r\n\n#x\nAb 12 \n".encode(code) for code in ("utf-8-sig", "utf-8", "cp932")]
)
def test_the_password_file(tmp_path: Path, raw: bytes) -> None:
    path = tmp_path / "words"
    path.write_bytes(raw)
    path.chmod(0o600)
    given = read_password_file(path)
    assert given.passwords == ("損保2024", "Ab 12 ", "#x")
    assert not given.readable_by_others
    path.chmod(0o640)
    assert read_password_file(path).readable_by_others


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\n\n",
        b"a\0b",
        b"\x81\x20\xff",
        b"x" * 200,
        b"\n".join(b"%d" % number for number in range(MAX_GIVEN + 1)),
        b"x\n" * (1 << 20),
    ],
)
def test_unusable_files(tmp_path: Path, raw: bytes) -> None:
    path = tmp_path / "words"
    path.write_bytes(raw)
    with pytest.raises(InputError) as error:
        read_password_file(path)
    assert str(path) in str(error.value)
    assert "xxx" not in str(error.value)


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        read_password_file(tmp_path / "none")


# -- the whole way: a mail that locks its attachment and names the password ------------------------------------------


def mail(body: str, files: dict[str, bytes], date: str = "Sat, 21 Nov 2026 10:00:00 +0900") -> bytes:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"], message["Date"] = (
        "sato@example.jp",
        "aoba@example.jp",
        "一覧",
        date,
    )
    message.set_content(body)
    for name, content in files.items():
        message.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
    return message.as_bytes()


LOCKED = make_archives.locked_zip({"満期.txt": b"A-1234567"}, b"Ab12cd")
BOOK = make_archives.locked_office(make.workbook({"一覧": [["証券番号"], ["A-1234567"]]}), "Ef34gh")


def gaps(message: Message) -> list[tuple[str, str]]:
    return [(one.part, one.reason) for one in message.contents.unread]


def test_a_password_named_in_the_same_mail_opens_its_attachments_in_their_place() -> None:
    files = {"a.txt": b"before", "b.zip": LOCKED, "c.txt": b"between", "d.xlsx": BOOK, "e.txt": b"after"}
    message = read_message(mail("パスワードは二つです。\n一つ目：Ab12cd\n二つ目：Ef34gh\n", files))
    assert [piece.part for piece in message.contents.pieces] == [
        "subject",
        "body",
        "attachment[1].name",
        "attachment[1]:a.txt",
        "attachment[2].name",
        "attachment[2]:b.zip!満期.txt.name",
        "attachment[2]:b.zip!満期.txt",
        "attachment[3].name",
        "attachment[3]:c.txt",
        "attachment[4].name",
        "attachment[4]:d.xlsx!一覧",
        "attachment[5].name",
        "attachment[5]:e.txt",
    ]
    assert gaps(message) == []


def test_a_password_from_elsewhere_and_none() -> None:
    raw = mail("パスワードは別便でお送りします。", {"b.zip": LOCKED, "c.bin": bytes(300)})
    opened = read_message(raw, passwords=("wrong", "Ab12cd"))
    assert texts(opened.contents)["attachment[1]:b.zip!満期.txt"] == "A-1234567"
    closed = read_message(raw)
    assert gaps(closed) == [("attachment[1]:b.zip!満期.txt", "encrypted"), ("attachment[2]:c.bin", "unsupported")]


def test_the_date_as_the_password() -> None:
    dated = make_archives.locked_zip({"満期.txt": b"A-1234567"}, b"20261121")
    message = read_message(mail("PWは送信日8桁です", {"b.zip": dated}))
    assert gaps(message) == []


def test_a_password_in_an_attached_text_and_a_lock_within_a_lock() -> None:
    inner = make.zipped({"b.zip": LOCKED, "読んで.txt": "解凍パスワード: Ab12cd".encode("cp932")})
    message = read_message(mail("添付の通り", {"a.zip": inner}))
    assert texts(message.contents)["attachment[1]:a.zip!b.zip!満期.txt"] == "A-1234567"


def test_reading_again_does_not_take_the_limits_twice() -> None:
    members = {f"{turn}.txt": b"A-1234567" for turn in range(30)}
    raw = mail("パスワード：Ab12cd", {"b.zip": make_archives.locked_zip(members, b"Ab12cd")})
    message = read_message(raw, Limits(max_parts=35))
    assert gaps(message) == []
    assert len(message.contents.pieces) == 3 + 2 * 30


SIGNS = [
    *"pPaAsSwWdD/ oreパスワード-―ー暗証番号解凍展開復号キ合言葉いﾊﾟｽｐＰａｓＳｗ／ſ\u212a\u0130\n",
    "pass",
    "パス",
    "p/w",
    "ＰＷ",
]


@settings(deadline=None)
@given(st.lists(st.sampled_from(SIGNS), max_size=25).map("".join))
def test_the_quick_look_for_words_sees_what_a_look_for_every_word_sees(text: str) -> None:
    long, short = passwords._plain_words()
    lower = text.lower()
    slow = any(word in lower for word in long) or any(passwords._stands_alone(word, lower) for word in short)
    assert may_name_password(said(text)) == slow
