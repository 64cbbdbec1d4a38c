"""Items as messages, whichever file they came from."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sekisho.kernel.content import REASONS
from sekisho.sources.mail.compose import PROBLEMS
from sekisho.sources.mail.message import read_envelope, read_message
from sekisho.sources.mail.outlook import properties as mapi
from sekisho.sources.mail.outlook.properties import Attachment, Item, Properties
from sekisho.sources.mail.outlook.rfc822 import as_rfc822, unread_message


def text(value: str) -> tuple[int, bytes]:
    return mapi.UNICODE, value.encode("utf-16-le", "surrogatepass")


@pytest.mark.parametrize("problem", sorted(PROBLEMS))
def test_every_problem_is_listed_with_its_reason(problem: str) -> None:
    (unread,) = read_message(unread_message(problem)).contents.unread
    assert (unread.reason, unread.detail) == PROBLEMS[problem]
    assert unread.reason in REASONS


NASTY = st.text(st.sampled_from('a山@<>,;:"\\\r\n\0 =?-\ud842'), max_size=40)


@settings(deadline=None)
@given(NASTY, NASTY, NASTY, NASTY)
def test_no_value_can_forge_headers_or_parts(subject: str, name: str, headers: str, file: str) -> None:
    item = Item(
        Properties({mapi.SUBJECT: text(subject), mapi.FROM[0]: text(name), mapi.HEADERS: text(headers)}),
        [Properties({mapi.DISPLAY_NAME: text(name), mapi.RECIPIENT_TYPE: (mapi.INTEGER32, b"\1\0\0\0")})],
        [Attachment(Properties({mapi.ATTACH_LONG_NAME: text(file)}), b"content")],
    )
    raw = as_rfc822(item)
    message = read_message(raw)
    pieces = [piece for piece in message.contents.pieces if piece.part.startswith("attachment[1]:")]
    assert [getattr(piece, "text", "") for piece in pieces] == ["content"]
    assert {one.reason for one in message.contents.unread} <= {"undecodable"}


def test_the_text_of_a_body_cannot_end_its_part() -> None:
    inner = Item(Properties({mapi.BODY: text("inner")}))
    outer = Item(Properties({mapi.SUBJECT: text("a")}), attachments=[Attachment(Properties(), inner)])
    boundary = as_rfc822(inner).split(b'boundary="')[1].split(b'"')[0]
    forged = Item(
        Properties({mapi.SUBJECT: text("x"), mapi.HEADERS: text(f"X: 1\n--{boundary.decode()}--\n")}),
        attachments=[Attachment(Properties(), outer)],
    )
    assert read_envelope(as_rfc822(forged)).subject == "x"
    assert "inner" in [getattr(piece, "text", "") for piece in read_message(as_rfc822(forged)).contents.pieces]


def test_more_headers_than_are_read_do_not_hide_the_content() -> None:
    written = "".join(f"X-{number}: a\n" for number in range(6_000)) + "content-type : text/plain\n:\nno header\n"
    item = Item(Properties({mapi.HEADERS: text(written), mapi.BODY: text("A-1234567")}))
    contents = read_message(as_rfc822(item)).contents
    assert [getattr(piece, "text", "") for piece in contents.pieces] == ["A-1234567"]
    assert [(one.part, one.reason) for one in contents.unread] == [("headers", "too_big")]


def test_the_same_item_gives_the_same_bytes() -> None:
    item = Item(Properties({mapi.SUBJECT: text("満期"), mapi.BODY: text("x" * 1000)}))
    assert as_rfc822(item) == as_rfc822(item)
