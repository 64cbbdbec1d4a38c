"""An Outlook item as an RFC 822 message, so that the one mail reader reads it (REQUIREMENTS A1).

The transport headers are taken over where the item has them, without what they say about MIME parts; what they do not
say is made from the properties. Bodies keep their bytes and name their code page.
"""

import re
from collections.abc import Iterator
from email.utils import format_datetime

from sekisho.kernel.clock import JST
from sekisho.sources.mail.addresses import FIELDS, addresses
from sekisho.sources.mail.compose import boundary_for, part, unread_part
from sekisho.sources.mail.headers import Headers
from sekisho.sources.mail.mime import open_part
from sekisho.sources.mail.outlook import properties as mapi
from sekisho.sources.mail.outlook.compressed_rtf import decompressed
from sekisho.sources.mail.outlook.properties import Attachment, Item, Properties, one_off

_HEADER = re.compile(r"[!-9;-~]{1,100}[ \t]*:")
_TYPE = re.compile(r"(?!message/|multipart/)[a-z0-9.+-]+/[a-z0-9.+-]+")
_HEADER_BYTES = re.compile(rb"[!-9;-~]{1,100}[ \t]*:")
_MIME_HEADER = re.compile(r"(?:content-[^:]*|mime-version|x-ms-tnef-correlator|x-sekisho-[^:]*)[ \t]*:", re.IGNORECASE)
_BREAKS = re.compile(r"\r\n?")
_SPECIALS = re.compile(r"[\s<>()\[\],;:\"\\@=?\x00-\x1f]+")
_NOT_ADDRESS = re.compile(r"[<>\s\x00-\x1f]+")
_MAIL = re.compile(r"IPM\.(?:Note|Schedule|Post|Recall|Outlook\.Recall)\b|REPORT\b|IPM\Z|\Z", re.IGNORECASE)
_TYPES = {1: "To", 2: "Cc", 3: "Bcc"}
_TEXT_TYPES = {mapi.STRING8, mapi.UNICODE}
_SAID_ELSEWHERE = {
    mapi.MESSAGE_CLASS, mapi.SUBJECT, mapi.SUBJECT_PREFIX, mapi.NORMALIZED_SUBJECT, mapi.HEADERS, mapi.MESSAGE_ID,
    mapi.IN_REPLY_TO, mapi.REFERENCES, mapi.BODY, mapi.HTML, *mapi.FROM, *mapi.SENDER, 0x0064, 0x0C1E, 0x0070, 0x5D01,
    0x5D0A, 0x0E28, 0x0E29, 0x6619,
}  # fmt: skip
_MOST_TEXT = 1 << 20


def as_rfc822(item: Item) -> bytes:
    """The bytes of the message. Never raises on odd items."""
    return b"".join(_message(item))


def unread_message(problem: str) -> bytes:
    """A message that consists of nothing but a problem: for a file that could not be opened at all."""
    return as_rfc822(Item(Properties(), problems=[problem]))


def _message(item: Item) -> Iterator[bytes]:
    parts = [*_bodies(item), *(_attachment(one) for one in item.attachments), *map(unread_part, item.problems)]
    boundary = boundary_for(parts)
    # the structure first: whatever the transport headers hold, they cannot take its place
    yield b'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="%s"\r\n' % boundary
    yield _headers(item).encode("utf-8", "replace") + b"\r\n"
    for one in parts:
        yield b"--" + boundary + b"\r\n" + one + b"\r\n"
    yield b"--" + boundary + b"--\r\n"


# --- headers --------------------------------------------------------------------------------------------------------


def _headers(item: Item) -> str:
    given = item.properties
    lines = _transport(given)
    there = open_part(("".join(lines) + "\r\n").encode("utf-8", "replace")).headers if lines else []
    names = {name for name, _ in there}
    made = {
        "From": _person(given, mapi.FROM) or _person(given, mapi.SENDER),
        "Subject": given.line(mapi.SUBJECT).lstrip("\x01")
        or given.line(mapi.SUBJECT_PREFIX) + given.line(mapi.NORMALIZED_SUBJECT),
        "Date": _date(given),
        "Message-ID": _identifiers(given.line(mapi.MESSAGE_ID)),
        "In-Reply-To": _identifiers(given.line(mapi.IN_REPLY_TO)),
        "References": _identifiers(given.line(mapi.REFERENCES)),
    }
    sender = _person(given, mapi.SENDER)
    if sender and sender != made["From"] and not lines:
        made["Sender"] = sender
    lines += [f"{name}: {value}\r\n" for name, value in made.items() if value and name.lower() not in names]
    lines += [f"{name}: {value}\r\n" for name, value in _recipients(item, there)]
    return "".join(lines)


def _transport(given: Properties) -> list[str]:
    """The lines of the headers the message was sent with, without those about its MIME structure."""
    written = _BREAKS.sub("\n", given.text(mapi.HEADERS)).replace("\x00", "")
    kept: list[str] = []
    wanted = False
    for line in written.lstrip("\n").split("\n"):
        if line[:1] in {" ", "\t"}:
            if wanted and line.strip():
                kept.append(line + "\r\n")
            continue
        if not line:
            break
        wanted = _HEADER.match(line) is not None and _MIME_HEADER.match(line) is None
        if wanted:
            kept.append(line + "\r\n")
    return kept


def _person(given: Properties, identifiers: tuple[int, int, int, int]) -> str:
    name, address, smtp, entry = identifiers
    return _mailbox(given.line(name), given.line(smtp), given.line(address), given.raw(entry))


def _mailbox(name: str, smtp: str, address: str, entry: bytes) -> str:
    """``Name <address>``: the SMTP address, else what is known (an X.500 name of Exchange), else the name alone."""
    hidden = one_off(entry)[1]
    candidates = (smtp, address, hidden)
    known = next((one for one in candidates if "@" in one), smtp or address or hidden)
    if not known and addresses_only(name):
        known, name = name, ""
    known = _NOT_ADDRESS.sub("", known.strip("'"))
    shown = " ".join(_SPECIALS.sub(" ", name).split())
    if known:
        return f"{shown} <{known}>" if shown else f"<{known}>"
    return shown


def _date(given: Properties) -> str:
    for identifier in (mapi.SUBMITTED, mapi.DELIVERED, mapi.CREATED):
        if instant := given.time(identifier):
            return format_datetime(instant.astimezone(JST))
    return ""


def _identifiers(written: str) -> str:
    return written if not written or "<" in written else f"<{_NOT_ADDRESS.sub('', written)}>"


def _recipients(item: Item, there: Headers) -> Iterator[tuple[str, str]]:
    """The recipients that the transport headers do not name: from the table, else from the display texts."""
    named = {address for name, value in there if name in FIELDS for address in addresses(value)}
    unnamed = max(0, len(item.recipients) - len(named))
    for one in item.recipients:
        kind = one.integer(mapi.RECIPIENT_TYPE) & 0xF
        if not kind and mapi.RECIPIENT_TYPE in one.values:  # the originator
            continue
        field = _TYPES.get(kind, "To")
        mailbox = _mailbox(
            one.line(mapi.DISPLAY_NAME), one.line(mapi.SMTP_ADDRESS), one.line(mapi.ADDRESS), _entry_id(one)
        )
        found = addresses(mailbox.encode("utf-8", "replace"))
        if not mailbox or set(found) <= named:
            continue
        if named and "@" not in (found[0] if found else ""):
            if not unnamed:  # an internal name of somebody whom the headers name by address
                continue
            unnamed -= 1
        yield field, mailbox
    if not item.recipients and not named:
        for field, identifier in (("To", mapi.DISPLAY_TO), ("Cc", mapi.DISPLAY_CC), ("Bcc", mapi.DISPLAY_BCC)):
            for name in item.properties.line(identifier).split(";"):
                address = name.strip().strip("'")
                if shown := address if addresses_only(address) else " ".join(_SPECIALS.sub(" ", name).split()):
                    yield field, shown


def addresses_only(written: str) -> bool:
    """Whether a display name is nothing but a mail address."""
    return re.fullmatch(r"[^\s<>()\[\],;:\"\\@]+@[^\s<>()\[\],;:\"\\@]+", written) is not None


def _entry_id(one: Properties) -> bytes:
    return one.raw(mapi.ENTRY_ID) or one.raw(0x5FF7)


# --- bodies ---------------------------------------------------------------------------------------------------------


def _bodies(item: Item) -> Iterator[bytes]:
    given = item.properties
    has_text = has_html = False
    kind, raw = given.values.get(mapi.BODY, (0, b""))
    if raw.strip(b"\x00"):
        has_text = True
        yield _text_part("plain", kind, raw, given.charset)
    kind, raw = given.values.get(mapi.HTML, (0, b""))
    if raw.strip(b"\x00"):
        has_html = True
        internet = mapi.charset_of(given.integer(mapi.INTERNET_CODEPAGE))
        yield _text_part("html", kind, raw, internet or given.charset)
    if packed := given.raw(mapi.RTF):
        rtf, whole = decompressed(packed)
        head = rtf[:2000]
        if not ((has_html and b"\\fromhtml" in head) or (has_text and b"\\fromtext" in head)) and rtf.strip(
            b"\x00 \r\n"
        ):
            yield part("text/rtf", rtf)
        if not whole:
            yield unread_part("damaged-rtf")
    if not _MAIL.match(given.text(mapi.MESSAGE_CLASS)) and (said := _other_texts(given)):
        yield part('text/plain; charset="utf-8"', said.encode("utf-8", "replace"))


def _text_part(subtype: str, kind: int, raw: bytes, charset: str) -> bytes:
    if kind == mapi.UNICODE:
        charset, raw = "utf-8", raw[: len(raw) & ~1].decode("utf-16-le", "replace").encode("utf-8", "replace")
    label = f'; charset="{charset}"' if charset else ""
    return part(f"text/{subtype}{label}", raw.rstrip(b"\x00"))


def _other_texts(given: Properties) -> str:
    """What a contact, an appointment or a task says in its further properties: names, addresses, phones, places."""
    lines: list[str] = []
    size = 0
    for identifier in sorted(given.values):
        if given.values[identifier][0] in _TEXT_TYPES and identifier not in _SAID_ELSEWHERE:
            line = given.text(identifier).strip()
            size += len(line)
            if line and size <= _MOST_TEXT:
                lines.append(line)
    if birthday := given.time(mapi.BIRTHDAY):
        lines.append(f"生年月日 {birthday.astimezone(JST):%Y-%m-%d}")
    return "\n".join(dict.fromkeys(lines))


# --- attachments ----------------------------------------------------------------------------------------------------


def _attachment(attachment: Attachment) -> bytes:
    given, content = attachment.properties, attachment.content
    name = given.line(mapi.ATTACH_LONG_NAME) or given.line(mapi.ATTACH_NAME) or given.line(mapi.DISPLAY_NAME)
    if attachment.problem == "reference":
        name = name or given.line(mapi.ATTACH_LONG_PATH) or given.line(mapi.ATTACH_PATH)
    if isinstance(content, Item):
        return part("message/rfc822", as_rfc822(content), name, encoded=False)
    if content is None:
        return unread_part(attachment.problem or "no-content", name)
    stated = given.line(mapi.ATTACH_TYPE).lower()
    if _is_message(name, stated, content):
        return part("message/rfc822", content, name, encoded=False)
    kind = stated if _TYPE.fullmatch(stated) else "application/octet-stream"
    return part(kind, content, name or "attachment")


def _is_message(name: str, stated: str, content: bytes) -> bool:
    """Whether an attachment is a MIME message by its content as well as by its type; Outlook keeps a clear-signed
    message as an attachment that is the whole MIME structure."""
    if not _HEADER_BYTES.match(content):
        return False
    signed = name.lower() == "smime.p7m" and content[:13].lower() == b"content-type:"
    return signed or stated == "message/rfc822" or stated.startswith("multipart/")
