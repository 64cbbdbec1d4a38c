"""Pieces of the walk that whole messages do not show."""

import pytest

from sekisho.sources.mail.parts import open_message, unflow


@pytest.mark.parametrize(
    ("written", "joined"),
    [
        ("a \nb\n", "a b\n"),
        ("a \n> b\n", "a \n> b\n"),
        ("> a \n> b\nc", "> a b\nc"),
        (">> a \n> b", ">> a \n> b"),
        ("a\n\nb", "a\n\nb"),
        ("-- \nname", "-- \nname"),
        (" From here \nto there", "From here to there"),
    ],
)
def test_unflow(written: str, joined: str) -> None:
    assert unflow(written, delete_space=False) == joined


def test_unflow_deletes_the_space_where_asked() -> None:
    assert unflow("山田 \n太郎", delete_space=True) == "山田太郎"


@pytest.mark.parametrize("raw", [b"Subject: x\n\nb", b"\xef\xbb\xbfSubject: x\n\nb", b"Subject: x\r\rb"])
def test_open_message(raw: bytes) -> None:
    assert open_message(raw).headers == [("subject", b"x")]
