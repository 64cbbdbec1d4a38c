"""Which bytes are taken for Outlook's."""

from sekisho.sources.mail.message import read_message
from sekisho.sources.mail.outlook.convert import is_outlook, to_rfc822
from tests.sources.mail.outlook import make


def test_by_their_first_bytes() -> None:
    for raw in (make.msg(make.usual()), make.tnef(make.usual())):
        assert is_outlook(raw)
        assert read_message(to_rfc822(raw)).subject == "満期のご案内"
    assert not is_outlook(b"Subject: a")
