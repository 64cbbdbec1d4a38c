"""Writing mail as Japanese mail programs wrote it over thirty years: charsets, encoded headers, file names, nesting.

Written by hand and not with ``email.message``: the demo needs forms that the standard library does not produce
(CP932 bodies, file names in encoded words), the same bytes every time, and a hundred thousand of them in minutes.
"""

import binascii
import quopri
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime
from urllib.parse import quote

_UNWRITABLE = str.maketrans({"𠮷": "吉", "〜": "～"})
_LABEL = {"cp932": "Shift_JIS", "euc_jp": "EUC-JP", "iso2022_jp": "ISO-2022-JP", "utf-8": "UTF-8"}
BYTES_PER_CHARACTER = {"cp932": 2.7, "euc_jp": 2.0, "iso2022_jp": 2.0, "utf-8": 4.05}
"""About, in Japanese text with its transfer encoding: for writing mails of a wished size."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file to attach. ``content_type`` "message/rfc822" attaches a whole message."""

    name: str
    content: bytes
    content_type: str = "application/octet-stream"


@dataclass(slots=True)
class Draft:
    """A message to be written. Addresses are bare; ``names`` gives display names to some of them."""

    message_id: str
    at: datetime
    sender: str
    to: list[str]
    subject: str
    text: str
    cc: list[str] = field(default_factory=list)
    bcc: list[str] = field(default_factory=list)
    html: str = ""
    charset: str = "iso2022_jp"
    attachments: list[Attachment] = field(default_factory=list)
    in_reply_to: str = ""
    names: dict[str, str] = field(default_factory=dict)
    extended_names: bool = False  # RFC 2231 file names instead of encoded words


def writable(text: str, charset: str) -> str:
    """``text`` as a program of that charset sends it: 𠮷 becomes 吉, what is missing then becomes 〓."""
    if writes(text, charset):
        return text
    return "".join(c if writes(c, charset) else "〓" for c in text.translate(_UNWRITABLE))


def writes(text: str, charset: str) -> bool:
    """Whether the charset has all letters of ``text``."""
    try:
        text.encode(charset)
    except UnicodeEncodeError:
        return False
    return True


def write_message(draft: Draft) -> bytes:
    """The message with LF line ends. When its charset lacks a letter the whole message goes as UTF-8."""
    charset = draft.charset
    if not all(writes(text, charset) for text in (draft.text, draft.html, draft.subject)):
        charset = "utf-8"
    head = _head(draft, charset)
    parts = [_text_part(draft.text, "plain", charset)]
    if draft.html:
        parts = [
            _multipart("alternative", [*parts, _text_part(draft.html, "html", charset)], f"alt-{draft.message_id}")
        ]
    for attachment in draft.attachments:
        parts.append(_attached(attachment, charset, extended=draft.extended_names))
    whole = parts[0] if len(parts) == 1 else _multipart("mixed", parts, f"mix-{draft.message_id}")
    return head + b"MIME-Version: 1.0\n" + whole


def _head(draft: Draft, charset: str) -> bytes:
    lines = [
        f"Date: {format_datetime(draft.at)}",
        f"From: {_mailbox(draft.sender, draft, charset)}",
        f"To: {_mailboxes(draft.to, draft, charset)}",
    ]
    if draft.cc:
        lines.append(f"Cc: {_mailboxes(draft.cc, draft, charset)}")
    if draft.bcc:
        lines.append(f"Bcc: {_mailboxes(draft.bcc, draft, charset)}")
    lines += [f"Subject: {encoded_words(draft.subject, charset)}", f"Message-ID: <{draft.message_id}>"]
    if draft.in_reply_to:
        lines += [f"In-Reply-To: <{draft.in_reply_to}>", f"References: <{draft.in_reply_to}>"]
    return "\n".join(lines).encode("ascii") + b"\n"


def _mailboxes(addresses: list[str], draft: Draft, charset: str) -> str:
    return ",\n ".join(_mailbox(address, draft, charset) for address in addresses)


def _mailbox(address: str, draft: Draft, charset: str) -> str:
    name = draft.names.get(address, "")
    if not name:
        return address
    return f"{encoded_words(name, charset if writes(name, charset) else 'utf-8')} <{address}>"


def encoded_words(text: str, charset: str) -> str:
    """RFC 2047: ``text`` as encoded words, cut between characters, one to a line. Plain ASCII stays as it is."""
    if text.isascii():
        return text
    pieces = [text[at : at + 10] for at in range(0, len(text), 10)]
    return "\n ".join(
        f"=?{_LABEL[charset]}?B?{binascii.b2a_base64(piece.encode(charset), newline=False).decode('ascii')}?="
        for piece in pieces
    )


def _text_part(text: str, subtype: str, charset: str) -> bytes:
    if charset == "iso2022_jp":
        encoding, body = "7bit", text.encode(charset)
    elif charset == "euc_jp":
        encoding, body = "8bit", text.encode(charset)
    elif subtype == "html":
        encoding, body = "quoted-printable", quopri.encodestring(text.encode(charset))
    else:
        encoding, body = "base64", _base64(text.encode(charset))
    head = f"Content-Type: text/{subtype}; charset={_LABEL[charset]}\nContent-Transfer-Encoding: {encoding}\n\n"
    return head.encode("ascii") + body + (b"" if body.endswith(b"\n") else b"\n")


def _attached(attachment: Attachment, charset: str, *, extended: bool) -> bytes:
    if attachment.content_type == "message/rfc822":
        return b"Content-Type: message/rfc822\nContent-Disposition: inline\n\n" + attachment.content
    name = attachment.name
    charset = charset if writes(name, charset) else "utf-8"
    if extended:
        value = f"filename*={_LABEL[charset]}''{quote(name.encode(charset))}"
        head = f"Content-Type: {attachment.content_type}\nContent-Disposition: attachment;\n {value}\n"
    else:
        words = encoded_words(name, charset)
        head = (
            f'Content-Type: {attachment.content_type};\n name="{words}"\n'
            f'Content-Disposition: attachment;\n filename="{words}"\n'
        )
    return f"{head}Content-Transfer-Encoding: base64\n\n".encode("ascii") + _base64(attachment.content)


def _multipart(subtype: str, parts: list[bytes], boundary: str) -> bytes:
    boundary = f"={boundary.replace('@', '.')}"
    line = f"--{boundary}".encode("ascii")
    body = b"".join(b"\n" + line + b"\n" + part for part in parts)
    head = f'Content-Type: multipart/{subtype};\n boundary="{boundary}"\n'
    return head.encode("ascii") + body + b"\n" + line + b"--\n"


def _base64(content: bytes) -> bytes:
    return b"".join(binascii.b2a_base64(content[at : at + 57]) for at in range(0, len(content), 57))
