"""Mail: one message for one person, nothing of anybody else, nothing smuggled into its headers."""

import stat
from dataclasses import replace
from datetime import datetime
from email import message_from_bytes
from email.message import Message
from email.policy import default
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.kernel.clock import JST
from sekisho.kernel.errors import InputError
from sekisho.letters.model import Line, Recipient
from sekisho.letters.sending.mailing import body, is_address, masked, message, write_messages
from sekisho.letters.texts.wording import wording
from tests.letters.cast import AS_OF, dossier

AT = datetime(2024, 8, 30, 9, tzinfo=JST)
LINE = Line("KA12345678", "甲損害保険株式会社", ("証券番号", "満期日"), "2024年5月1日", "青葉保険", "乙損保", "自動車")
HANAKO = Recipient("p1", "山田 花子", False, "0000001", "例示県見本市中央2-21-9", (LINE,), "hanako@customer.example.jp")
TARO = Recipient("p2", "髙橋 太郎", False, "0000002", "例示県見本市東町1-1", (LINE,), "taro@customer.example.jp")
TEXT = wording(dossier(), ["A1"], written_on=AS_OF)
SENDER = "notice@kou.example.jp"


def read(recipient: Recipient = HANAKO, **how: object) -> Message:
    values = {"sender": SENDER, "serial": "L-0000001", "at": AT} | how
    made = message(recipient, how.pop("wording", TEXT), **values)  # type: ignore[arg-type]
    return message_from_bytes(made.as_bytes(), policy=default)


def test_the_headers_of_a_message() -> None:
    mail = read()
    assert mail["To"] == "hanako@customer.example.jp"
    assert (mail["Cc"], mail["Bcc"]) == (None, None)
    assert mail["From"] == "甲損害保険株式会社 <notice@kou.example.jp>"
    assert mail["Reply-To"] == "desk@kou.example.jp"
    assert mail["Subject"] == "お客さまの情報の取扱いに関するお詫びとお知らせ (甲損害保険株式会社)"
    assert mail["Date"] == "Fri, 30 Aug 2024 09:00:00 +0900"
    assert mail["Message-ID"].startswith("<L-0000001.")
    assert mail["Message-ID"].endswith("@kou.example.jp>")
    assert mail.get_content_type() == "text/plain"
    assert mail.get_content_charset() == "utf-8"
    assert all(len(line) <= 78 for line in mail.as_bytes().splitlines())


def test_the_text_says_what_the_paper_says() -> None:
    text = read().get_content()  # type: ignore[attr-defined]
    assert text.startswith("山田 花子 様\r\n")
    assert "複数の保険会社の保険を取り扱う代理店" in text
    assert "情報の項目: 証券番号、満期日" in text
    assert "電話番号: 0120-000-0000" in text
    assert "文書番号: L-0000001" in text
    assert "http" not in text


def test_policy_numbers_are_masked_unless_told_otherwise() -> None:
    assert "証券番号: ******5678 (自動車)" in body(HANAKO, TEXT, serial="L-1")
    assert "末尾4文字のほかを伏せて" in body(HANAKO, TEXT, serial="L-1")
    whole = body(HANAKO, TEXT, serial="L-1", mask=False)
    assert "証券番号: KA12345678" in whole
    assert "伏せて" not in whole


@pytest.mark.parametrize(("number", "shown"), [("KA12345678", "******5678"), ("1234", "**34"), ("1", "*"), ("", "")])
def test_masking(number: str, shown: str) -> None:
    assert masked(number) == shown


def test_only_the_desks_page_is_linked() -> None:
    own = replace(TEXT, desk=replace(TEXT.desk, url="https://kou.example.jp/notice"))
    assert "https://kou.example.jp/notice" in body(HANAKO, own, serial="L-1")
    for bad in ("http://kou.example.jp/", "https://kou.example.jp/notice.evil.example.com", "www.example.com"):
        with pytest.raises(InputError, match="not the desk's page"):
            body(HANAKO, replace(own, closing=(f"詳しくは {bad} まで",)), serial="L-1")


ADDRESSES = [
    ("hanako@customer.example.jp", True),
    ("h.a-n+ako@a-b.example.jp", True),
    ("", False),
    ("hanako", False),
    ("hanako@example", False),
    ("a@b.example.jp, c@d.example.jp", False),
    ("a@b.example.jp\r\nBcc: x@y.example.com", False),
    ("<a@b.example.jp>", False),
    ("花子@customer.example.jp", False),
    ("a..b@customer.example.jp", False),
    (f"{'a' * 250}@b.example.jp", False),
]


@pytest.mark.parametrize(("text", "good"), ADDRESSES)
def test_addresses(text: str, good: bool) -> None:
    assert is_address(text) is good
    if not good:
        with pytest.raises(InputError, match="no mail address"):
            read(replace(HANAKO, email=text))


NASTY = st.text(alphabet=st.characters(codec="utf-8"), max_size=40) | st.sampled_from(
    ["x\r\nBcc: a@b.example.com", "x\nBcc: a", 'x" <evil@b.example.com>, "', "x\r\n\r\nbody", "\u2028Bcc: x"]
)


@given(NASTY, NASTY, NASTY)
def test_nothing_entered_becomes_a_header_or_a_recipient(company: str, title: str, name: str) -> None:
    text = replace(TEXT, title=title or "x", company=replace(TEXT.company, name=company or "x"))
    try:
        made = message(replace(HANAKO, name=name), text, sender=SENDER, serial="L-1", at=AT)
    except InputError:
        return  # a link was among it
    mail = message_from_bytes(made.as_bytes(), policy=default)
    assert sorted(mail.keys()) == sorted([
        "From", "To", "Reply-To", "Subject", "Date", "Message-ID", "Auto-Submitted", "Content-Type",
        "Content-Transfer-Encoding", "MIME-Version",
    ])  # fmt: skip
    assert mail["To"] == HANAKO.email
    assert [address.addr_spec for address in mail["From"].addresses] == [SENDER]


@pytest.mark.parametrize(
    ("how", "match"),
    [({"sender": "nobody"}, "sender has no mail address"), ({"serial": "../x"}, "no serial number")],
)
def test_what_cannot_be_sent(how: dict[str, object], match: str) -> None:
    with pytest.raises(InputError, match=match):
        read(**how)


# As files ------------------------------------------------------------------------------------------------------------


def written(tmp_path: Path, *recipients: Recipient):
    serials = {recipient.person: f"L-{number}" for number, recipient in enumerate(recipients, start=1)}
    return write_messages(
        recipients, TEXT, tmp_path / "mail", sender=SENDER, serial_of=lambda one: serials[one.person], at=AT
    )


def test_one_file_for_each_with_nothing_of_the_others(tmp_path: Path) -> None:
    done = written(tmp_path, HANAKO, TARO, replace(TARO, person="p3", email=""), replace(TARO, person="p4", email="x"))
    assert done.written == (("L-1", "p1"), ("L-2", "p2"))
    assert done.without == (("p3", "メールアドレスがありません"), ("p4", "メールアドレスの形式ではありません"))
    files = sorted((tmp_path / "mail").iterdir())
    assert [path.name for path in files] == ["L-1.eml", "L-2.eml"]
    first = message_from_bytes(files[0].read_bytes(), policy=default)
    told = first.as_string() + first.get_content()  # type: ignore[attr-defined]
    assert "髙橋" not in told
    assert "taro@" not in told
    assert stat.S_IMODE(files[0].stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "mail").stat().st_mode) == 0o700


def test_no_mail_goes_twice(tmp_path: Path) -> None:
    written(tmp_path, HANAKO)
    with pytest.raises(InputError, match="no mail must go twice"):
        written(tmp_path, HANAKO)


def test_whole_or_not_at_all(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no serial number"):
        write_messages(
            [HANAKO, TARO], TEXT, tmp_path / "mail", sender=SENDER, at=AT,
            serial_of=lambda one: "L-1" if one is HANAKO else "..",
        )  # fmt: skip
    assert list(tmp_path.iterdir()) == []


def test_one_serial_is_not_given_twice(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="given twice"):
        write_messages([HANAKO, TARO], TEXT, tmp_path / "mail", sender=SENDER, at=AT, serial_of=lambda _: "L-1")
    assert list(tmp_path.iterdir()) == []


def test_the_same_letter_keeps_its_message_id() -> None:
    assert read()["Message-ID"] == read()["Message-ID"]
    assert read()["Message-ID"] != read(TARO)["Message-ID"]
