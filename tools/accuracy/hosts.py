"""Real messages as hosts: finding them, and putting things into copies without touching their other bytes.

The standard library's parser is used only to know where a body stands. A copy keeps every quirk of its host (line
ends, broken headers, odd boundaries); only From, To, Cc, Bcc, Message-ID and, when asked, Subject are replaced.
"""

import email
import mailbox
import re
from dataclasses import dataclass
from email.message import Message
from pathlib import Path

from tools.accuracy import charsets

TELLING = {"from", "to", "date", "subject", "message-id", "received", "mime-version", "return-path"}
REPLACED = (b"from", b"to", b"cc", b"bcc", b"message-id", b"reply-to", b"sender")
MOVED = (b"content-", b"mime-version")
LARGEST = 2 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Host:
    """A real message: where it came from (never published) and its bytes, without an mbox "From " line."""

    name: str
    raw: bytes
    charset: str
    """The first text part's charset as Python knows it; "us-ascii" without label, "" when we cannot write in it."""


def find_hosts(folder: Path) -> list[Host]:
    """All files in ``folder`` that are messages (two telling headers at least), mbox files split into messages."""
    hosts = []
    for path in sorted(folder.rglob("*")):
        if not path.is_file() or path.name.startswith("_LICENSE") or path.stat().st_size > LARGEST:
            continue
        name = str(path.relative_to(folder))
        if path.name.endswith(".mbox.txt"):
            found = [(f"{name}#{n}", box.as_bytes()) for n, box in enumerate(mailbox.mbox(path, create=False))]
        else:
            found = [(name, path.read_bytes())]
        hosts += [host for label, raw in found if (host := _host(label, raw)) is not None]
    return hosts


def _host(name: str, raw: bytes) -> Host | None:
    raw = re.sub(rb"\A(?:\xef\xbb\xbf)?\s*(?:From [^\n]*\n)?", b"", raw, count=1)
    message = email.message_from_bytes(raw)
    if len(TELLING & {key.lower() for key in message}) < 2:
        return None
    part = text_part(message, "text/plain") or text_part(message, "text/html")
    return Host(name, raw, charsets.known(_label(part)) if part is not None else "us-ascii")


def _label(part: Message) -> str | None:
    value = part.get_param("charset")
    return None if value is None else str(value)


def text_part(message: Message, content_type: str) -> Message | None:
    """The first text part of a type that is no attachment and stands in no nested message."""
    if message.get_content_type() == content_type and message.get_filename() is None:
        return None if message.is_multipart() else message
    if message.is_multipart() and message.get_content_maintype() == "multipart":
        for part in message.get_payload():
            if isinstance(part, Message) and (found := text_part(part, content_type)) is not None:
                return found
    return None


def split(raw: bytes) -> tuple[list[bytes], bytes, bytes]:
    """(header fields with their continuation lines, the line end used, body)."""
    match = re.search(rb"\r?\n\r?\n", raw)
    head, body = (raw[: match.start()], raw[match.end() :]) if match else (raw, b"")
    newline = b"\r\n" if b"\r\n" in head else b"\n"
    fields: list[bytes] = []
    for line in re.split(rb"\r?\n", head):
        if line[:1] in (b" ", b"\t") and fields:
            fields[-1] += newline + line
        else:
            fields.append(line)
    return fields, newline, body


def readdressed(raw: bytes, *, sender: str, recipient: str, ident: str, subject: bytes | None = None) -> bytes:
    """``raw`` with other addresses and message-id; nothing else changes but the subject if one is given."""
    fields, newline, body = split(raw)
    dropped = (*REPLACED, b"subject") if subject is not None else REPLACED
    kept = [f for f in fields if f.partition(b":")[0].strip().lower() not in dropped and f]
    new = [b"From: " + sender.encode(), b"To: " + recipient.encode(), f"Message-ID: <{ident}@planted.example>".encode()]
    if subject is not None:
        new.append(b"Subject: " + subject.replace(b"\r\n", newline))
    return newline.join([*new, *kept]) + newline + newline + body


def wrapped(raw: bytes, parts: list[bytes], boundary: str) -> bytes:
    """``raw`` as the first part of a new multipart/mixed message, followed by ``parts`` (whole MIME entities)."""
    fields, newline, body = split(raw)
    moved = [f for f in fields if f.lower().startswith(MOVED)]
    kept = [f for f in fields if f and f not in moved]  # a host without a body ends in an empty field
    mark = b"--" + boundary.encode()
    top = [*kept, b"MIME-Version: 1.0", b'Content-Type: multipart/mixed; boundary="' + boundary.encode() + b'"']
    inner = [f for f in moved if not f.lower().startswith(b"mime-version")]
    first = newline.join([*inner, b"", body]) if inner else newline + body
    pieces = [newline.join(top), b"", mark, first]
    for part in parts:
        pieces += [mark, re.sub(rb"\r?\n", newline, part)]
    return newline.join([*pieces, mark + b"--", b""])


def appended(raw: bytes, content_type: str, block: str) -> tuple[bytes, str] | None:
    """``raw`` with ``block`` written into its first ``content_type`` part, in that part's own charset and transfer
    encoding; also the charset. None when the part is missing or cannot hold the block."""
    message = email.message_from_bytes(raw)
    part = text_part(message, content_type)
    if part is None or part.is_multipart():
        return None
    charset = charsets.known(_label(part))
    newline = b"\r\n" if b"\r\n" in raw else b"\n"
    if charset and content_type == "text/html":
        block = "".join(c if charsets.encode(c, charset) is not None else f"&#{ord(c)};" for c in block)
    planted = charsets.encode(block, charset) if charset else None
    # not get_payload(): that would decode 8-bit bytes with loss
    old = str(vars(part)["_payload"]).encode("ascii", "surrogateescape")
    encoding = str(part.get("content-transfer-encoding", "7bit")).strip().lower()
    if (
        planted is None
        or (old and raw.count(old) != 1)
        or (message.is_multipart() and (not old.strip() or _holds_boundary(message, old)))
        or encoding not in {"7bit", "8bit", "binary", "base64", "quoted-printable"}
    ):
        return None
    data = _joined(decoded(part), planted.replace(b"\n", newline), newline, content_type)
    new = charsets.transfer(data, encoding)
    if not old:
        return raw.rstrip(b"\r\n") + newline + newline + new, charset
    return raw.replace(old, new + (newline if not new.endswith(b"\n") else b""), 1), charset


def _holds_boundary(message: Message, text: bytes) -> bool:
    """Whether a boundary stands in a part: the parser took it for text, and what follows would be in no part."""
    marks = [mark for part in message.walk() if (mark := part.get_boundary())]
    return any(
        line.startswith(b"--") and line[2:].startswith(mark.encode()) for mark in marks for line in text.splitlines()
    )


def decoded(part: Message) -> bytes:
    """A leaf part's bytes after its transfer encoding."""
    data = part.get_payload(decode=True)
    return data if isinstance(data, bytes) else b""


def _joined(data: bytes, planted: bytes, newline: bytes, content_type: str) -> bytes:
    """``planted`` behind the text (before ``</body>`` in HTML)."""
    if content_type == "text/html" and (end := re.search(rb"</body\s*>", data, re.IGNORECASE)):
        return data[: end.start()] + newline + planted + newline + data[end.start() :]
    return data + newline + planted + newline
