"""Cutting messages into parts, with the standard library's parser as oracle on well-formed mail."""

import email
from email.message import EmailMessage, Message

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.sources.mail import mime


def leaves(part: mime.Part) -> list[tuple[str, bytes]]:
    if part.main_type.startswith("multipart/"):
        children, _, found = mime.children(part, 100)
        if found:
            return [leaf for child in children for leaf in leaves(child)]
    if part.main_type == "message/rfc822":
        return leaves(mime.open_part(part.content.lstrip(b"\r\n")))
    return [(part.main_type, mime.payload(part)[0])]


def oracle(message: Message) -> list[tuple[str, bytes]]:
    if message.is_multipart():
        return [leaf for child in message.get_payload() for leaf in oracle(child)]  # type: ignore[union-attr, arg-type]
    payload = message.get_payload(decode=True)
    assert isinstance(payload, bytes)
    return [(message.get_content_type(), payload)]


texts = st.text(alphabet="abc山田 \n-=.", max_size=80)


@st.composite
def messages(draw: st.DrawFn, depth: int = 0) -> EmailMessage:
    message = EmailMessage()
    message["Subject"] = draw(st.text(alphabet="ab 山", max_size=20))
    message["To"] = "sato@aoba.example.jp"
    message.set_content(draw(texts), cte=draw(st.sampled_from(["base64", "quoted-printable"])))
    if draw(st.booleans()):
        message.add_alternative(draw(texts), subtype="html")
    for number in range(draw(st.integers(0, 3))):
        message.add_attachment(
            draw(st.binary(max_size=60)), maintype="application", subtype="octet-stream", filename=f"{number}.bin"
        )
    if depth < 2 and draw(st.booleans()):
        message.add_attachment(draw(messages(depth + 1)))
    return message


@given(messages(), st.booleans())
def test_the_same_parts_as_the_standard_library(message: EmailMessage, crlf: bool) -> None:
    raw = message.as_bytes()
    if crlf:
        raw = raw.replace(b"\n", b"\r\n")
    expected = oracle(email.message_from_bytes(raw))
    assert leaves(mime.open_part(raw)) == expected


def test_headers_fold_repeat_and_end() -> None:
    part = mime.open_part(b"Received: a\r\n\tb\r\nRECEIVED : c\r\nTo: x\r\n\r\nbody\r\n")
    assert part.headers == [("received", b"a\tb"), ("received", b"c"), ("to", b"x")]
    assert part.content == b"body\r\n"


@pytest.mark.parametrize(
    ("raw", "names", "content"),
    [
        (b"To: x\nno header line\nmore\n", ["to"], b"no header line\nmore\n"),
        (b"just text\n", [], b"just text\n"),
        (b"\n\nTo: x\n\nbody", ["to"], b"body"),
        (b"From a@b Wed Apr  1 09:00:00 2026\nTo: x\n\nbody", ["to"], b"body"),
        (b">From a@b Wed Apr  1 09:00:00 2026\nTo: x\n\nbody", ["to"], b"body"),
        (b"To: x\n", ["to"], b""),
        (b"To: x", ["to"], b""),
        (b"", [], b""),
    ],
)
def test_odd_header_blocks(raw: bytes, names: list[str], content: bytes) -> None:
    part = mime.open_part(raw)
    assert [name for name, _ in part.headers] == names
    assert part.content == content


MULTIPART = b'Content-Type: multipart/mixed; boundary="=b"\n\n'


def contents(body: bytes, header: bytes = MULTIPART) -> tuple[list[bytes], list[bytes], bool]:
    children, outside, found = mime.children(mime.open_part(header + body), 100)
    return [child.content for child in children], outside, found


def test_preamble_epilogue_and_spaces_after_the_boundary() -> None:
    assert contents(b"pre\n--=b  \n\none\n--=b\n\ntwo\n--=b--  \npost\n") == (
        [b"one", b"two"],
        [b"pre", b"post\n"],
        True,
    )


def test_never_closed_and_glued_boundaries() -> None:
    assert contents(b"--=b\n\none\n--=b\n\ntwo") == ([b"one", b"two"], [b""], True)
    assert contents(b"--=b\n\none--=b\n--=bx\n--=b--") == ([b"one--=b\n--=bx"], [b"", b""], True)


def test_a_missing_boundary_is_guessed_from_the_parts() -> None:
    body = b"--XYZ\nContent-Type: text/plain\n\none\n--XYZ--\n"
    assert contents(body, b"Content-Type: multipart/mixed\n\n")[0] == [b"one"]
    assert contents(body)[0] == [b"one"]


def test_no_boundary_at_all() -> None:
    assert contents(b"nothing here\n") == ([], [], False)


def part_of(encoding: bytes, content: bytes) -> mime.Part:
    return mime.open_part(b"Content-Transfer-Encoding: " + encoding + b"\n\n" + content)


@pytest.mark.parametrize(
    ("encoding", "content", "expected"),
    [
        (b"base64", b"5bGx55Sw\n", ("山田".encode(), b"", False)),
        (b"BASE64", b"5bGx\r\n55Sw", ("山田".encode(), b"", False)),
        (b"base64", b"5bGx55Sw\n\n_____\nfooter!", ("山田".encode(), b"\n_____\nfooter!", False)),
        (b"base64", b"5bGx5", ("山".encode(), b"", True)),
        (b"base64", b"YQ==\nYg==\n", (b"ab", b"", False)),
        (b"base64", b"  5bGx \n\t55Sw\n", ("山田".encode(), b"", False)),
        (b"base64", b"This is plain text\n", (b"This is plain text\n", b"", True)),
        (b"base64", "そのまま".encode(), ("そのまま".encode(), b"", True)),
        (b"base64", b"", (b"", b"", False)),
        (b"quoted-printable", b"=E5=B1=B1=\n=E7=94=B0", ("山田".encode(), b"", False)),
        (b"x-uuencode", b"begin 644 a.txt\n#86)C\n`\nend\n", (b"abc", b"", False)),
        (b"8bit", b"abc", (b"abc", b"", False)),
        (b"nonsense", b"abc", (b"abc", b"", False)),
    ],
)
def test_transfer_encodings(encoding: bytes, content: bytes, expected: tuple[bytes, bytes, bool]) -> None:
    assert mime.payload(part_of(encoding, content)) == expected


PIECES = st.sampled_from(
    [b"5bGx", b"55Sw\n", b"YQ==", b"YQ=", b"=", b"\n", b"\r\n", b" ", b"A", b"_", b"\n--\nx!", b"\xff"]
)


@given(st.lists(PIECES, max_size=8).map(b"".join))
def test_the_quick_way_reads_base64_as_the_careful_way_does(content: bytes) -> None:
    assert mime._from_base64(content) == mime._from_odd_base64(content)


def test_peek_decodes_only_the_beginning() -> None:
    assert mime.peek(part_of(b"base64", b"iVBORw0KGgoAAAAN" * 1000)).startswith(b"\x89PNG")


def test_uuencoded_blocks() -> None:
    raw = b"text\nbegin 644 one.txt\n#86)C\n`\nend\nmore\nbegin-base64 644 two.txt\nYWJj\n====\nlast\n"
    assert [(name, data) for name, data, _, _ in mime.uuencoded(raw)] == [("one.txt", b"abc"), ("two.txt", b"abc")]
    assert mime.uuencoded(b"begin 644 nothing\nplain words\nend\n") == []


def test_too_many_headers_are_cut_and_said_so() -> None:
    part = mime.open_part(b"a: b\n" * 10_000 + b"\nbody")
    assert part.truncated
    assert len(part.headers) == mime.MAX_HEADERS
    assert part.content == b"body"


@given(st.binary(max_size=300))
def test_never_raises(raw: bytes) -> None:
    part = mime.open_part(MULTIPART + raw)
    mime.children(part, 10)
    mime.payload(part_of(b"base64", raw))
    mime.uuencoded(b"begin 644 x\n" + raw)
