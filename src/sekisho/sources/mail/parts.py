"""Walking through a message: every part becomes text, tables or an entry in the list of what was not read.

Bodies are read in every variant (multipart/alternative: all), quoted text stays, nested messages are walked like the
outer one, attachments go to ``sources.files``. Parts are named as ``kernel.content`` lays down.
"""

import re

from sekisho.sources.files.html import read_html
from sekisho.sources.files.job import Hint, Job
from sekisho.sources.files.kinds import is_media
from sekisho.sources.mail import mime, smime
from sekisho.sources.mail.charset import decode
from sekisho.sources.mail.compose import PROBLEMS, UNREAD_TYPE
from sekisho.sources.mail.headers import every, first, parameters, subject_of, text
from sekisho.sources.mail.mime import Part

_SIGNATURES = {
    "application/pkcs7-signature",
    "application/x-pkcs7-signature",
    "application/pgp-signature",
    "application/pgp-keys",
}
_SMIME = {"application/pkcs7-mime", "application/x-pkcs7-mime"}
_MESSAGES = {"message/rfc822", "message/global", "message/news"}
_NESTED_HEADERS = ("From", "To", "Cc", "Date")
_BINARY_STARTS = (b"PK\x03\x04", b"%PDF-", b"\xd0\xcf\x11\xe0", b"\x89PNG", b"\xff\xd8\xff", b"\x1f\x8b")
_QUOTES = re.compile(r">+")
_UTF16 = (b"\xff\xfe", b"\xfe\xff")


def open_message(raw: bytes) -> Part:
    """The outermost part of a message, whatever was done to it on the way: byte order marks, UTF-16, bare CR."""
    if raw.startswith(_UTF16):
        raw = raw.decode("utf-16", "replace").encode("utf-8")
    elif raw.startswith(b"\xef\xbb\xbf"):
        raw = raw[3:]
    if b"\n" not in raw:
        raw = raw.replace(b"\r", b"\n")
    return mime.open_part(raw)


def read_parts(raw: bytes, part: str, job: Job) -> None:
    """Read a message that lies inside something else; its parts are named ``part!body`` and so on."""
    root = open_message(raw)
    shown = [f"{name}: {text(value)}" for name in _NESTED_HEADERS for value in every(root.headers, name.lower())]
    job.text(f"{part}!headers", "\n".join(shown))
    walk(root, f"{part}!", job)


def walk(root: Part, prefix: str, job: Job, subject: str | None = None) -> None:
    """Read the subject (where the caller has not read it yet) and all parts of one message into ``job``."""
    if subject is None:
        subject = subject_of(root.headers)
    job.text(f"{prefix}subject", subject)
    if "\ufffd" in subject:
        job.unread(f"{prefix}subject", "undecodable")
    if root.truncated:
        job.unread(f"{prefix}headers", "too_big", "further headers were not read")
    _Walker(prefix, job).part(root)


class _Walker:
    """One message level; its parts are numbered across all of its multiparts."""

    __slots__ = ("attachments", "counts", "full", "job", "messages", "prefix")

    def __init__(self, prefix: str, job: Job) -> None:
        self.prefix = prefix
        self.job = job
        self.attachments = 0
        self.messages = 0
        self.counts: dict[str, int] = {}
        self.full = False

    def part(self, part: Part) -> None:
        if not self.room():
            return
        kind = part.main_type
        if kind.startswith("multipart/"):
            if kind == "multipart/encrypted":
                self.job.unread(self.place("body"), "encrypted", part.parameters.get("protocol", "")[:80])
            else:
                self.job.nested(self.prefix + "parts", lambda: self.multipart(part))
        elif kind in _MESSAGES:
            self.job.nested(self.prefix + "parts", lambda: self.message(part))
        elif kind == "message/external-body":
            self.job.unread(self.place("body"), "missing", "message/external-body: the content lies elsewhere")
        elif kind == "message/partial":
            self.partial(part)
        else:
            self.leaf(part)

    def room(self) -> bool:
        """Whether one more part may be read; the first that may not is listed for all of them."""
        if self.job.take_part():
            return True
        if not self.full:
            self.full = True
            self.job.unread(f"{self.prefix}parts", "too_big", f"more than {self.job.limits.max_parts} parts")
        return False

    def place(self, name: str) -> str:
        """``body``, then ``body[2]`` …"""
        number = self.counts[name] = self.counts.get(name, 0) + 1
        return f"{self.prefix}{name}" if number == 1 else f"{self.prefix}{name}[{number}]"

    def multipart(self, part: Part) -> None:
        children, outside, found = mime.children(part, max(self.job.parts_left, 0) + 1)
        if not found:
            if part.raw[part.start : part.end].strip():
                self.job.unread(self.prefix + "parts", "broken", "multipart without boundary, read as text")
                self.body(part, "body", part.content)
            else:
                self.job.unread(self.place("body"), "missing", "empty multipart")
            return
        for number, blob in enumerate(outside):
            if not blob.isspace() and blob:
                self.job.text(self.place("epilogue" if number else "preamble"), decode(blob).text)
        for child in children:
            self.part(child)

    def message(self, part: Part) -> None:
        self.messages += 1
        place = f"{self.prefix}message[{self.messages}]"
        if name := _file_name(part)[1]:
            self.job.text(f"{place}.name", name)
        data = part.content
        if mime.transfer_encoding(part) in {"base64", "quoted-printable"}:
            data = mime.payload(part)[0]
        if data.strip():
            read_parts(data, place, self.job)
        else:
            self.job.unread(place, "missing", "empty message")

    def partial(self, part: Part) -> None:
        number, total = part.parameters.get("number", "?")[:5], part.parameters.get("total", "?")[:5]
        self.job.unread(self.place("body"), "missing", f"message/partial: part {number} of {total}, read by itself")
        if number == "1":
            self.job.nested(self.prefix + "parts", lambda: self.message(part))
        else:
            self.body(part, "body", part.content)

    def leaf(self, part: Part) -> None:
        kind = part.main_type
        disposition, name = _file_name(part)
        if kind == UNREAD_TYPE and not part.content.strip():
            reason, detail = PROBLEMS.get(part.parameters.get("problem", ""), PROBLEMS["damaged"])
            self.job.unread(self.number(name) if name else self.place("body"), reason, detail)
            return
        if kind == "text/rtf" and not name and disposition != "attachment":
            self.job.open("body.rtf", mime.payload(part)[0], self.place("body.rtf"))
            return
        if not name and disposition != "attachment" and (kind.startswith(("text/", "message/")) or not part.headers):
            if kind in {"text/plain", "text/html"} or kind.startswith("message/"):
                data, rest, cut = mime.payload(part)
                if not data.startswith(_BINARY_STARTS) and b"\x00" not in data[:1024]:
                    where = "body.html" if kind == "text/html" else "body" if kind == "text/plain" else "status"
                    self.body(part, where, data, rest, cut)
                    return
            elif kind not in {"text/csv", "text/calendar", "text/rtf", "text/richtext"}:
                self.body(part, "body", *mime.payload(part))
                return
        self.attachment(part, name)

    def body(self, part: Part, where: str, data: bytes, rest: bytes = b"", cut: bool = False) -> None:
        place, job = self.place(where), self.job
        if b"begin" in data and (blocks := mime.uuencoded(data)):
            data = self.take_out(blocks, data)
        decoded = decode(data, part.parameters.get("charset", ""))
        if decoded.doubtful:
            job.unread(place, "undecodable", f"best guess {decoded.charset}")
        if cut:
            job.unread(place, "broken", "base64 cut off, read as far as possible")
        written = decoded.text.replace("\r\n", "\n")
        if where == "body.html" or written[:400].lstrip()[:15].lower().startswith(("<html", "<!doctype html")):
            self.html(place, written)
        else:
            if part.parameters.get("format", "").lower() == "flowed":
                written = unflow(written, delete_space=part.parameters.get("delsp", "").lower() == "yes")
            if "-----BEGIN PGP MESSAGE" in written:
                job.unread(place, "encrypted", "PGP message in the text")
            if "=ybegin line=" in written:
                job.unread(place, "unsupported", "yEnc data in the text")
            job.text(place, written)
        if rest.strip():
            job.text(self.place("epilogue"), decode(rest).text)

    def html(self, place: str, source: str) -> None:
        if len(source) > self.job.limits.max_html_bytes:
            self.job.unread(place, "too_big", "HTML not read to its end")
        written, tables = read_html(source[: self.job.limits.max_html_bytes])
        self.job.text(place, written)
        for number, rows in enumerate(tables, 1):
            self.job.table(f"{place}!table[{number}]", rows)

    def take_out(self, blocks: list[tuple[str, bytes, int, int]], data: bytes) -> bytes:
        """Read uuencoded files inside a text as attachments; returns the text without them."""
        kept: list[bytes] = []
        position = 0
        for name, content, start, end in blocks:
            kept.append(data[position:start])
            position = end
            if self.room():
                self.open(name, content, Hint())
        kept.append(data[position:])
        return b"".join(kept)

    def attachment(self, part: Part, name: str) -> None:
        kind = part.main_type
        if kind in _SIGNATURES or (kind in _SMIME and name.endswith(".p7s")):
            self.job.unread(self.number(name), "no_text", "signature")
            return
        if is_media(kind, mime.peek(part)):
            self.job.unread(self.number(name), "no_text", kind)
            return
        data, rest, cut = mime.payload(part)
        if kind in _SMIME or name.lower().endswith(".p7m"):
            self.smime(part, name, data)
            return
        place = self.open(name, data, Hint(kind, part.parameters.get("charset", ""), part.parameters))
        if cut:
            self.job.unread(place, "broken", "base64 cut off, read as far as possible")
        if rest.strip():
            self.job.text(f"{place}!rest", decode(rest).text)

    def smime(self, part: Part, name: str, data: bytes) -> None:
        """Signed content is read; enveloped (encrypted) content is listed."""
        place = self.number(name)
        content = smime.signed_content(data)
        if content is None:
            reason = "broken" if "signed" in part.parameters.get("smime-type", "") else "encrypted"
            self.job.unread(place, reason, "S/MIME")
        else:
            self.job.nested(place, lambda: read_parts(content, place, self.job))

    def number(self, name: str) -> str:
        """The next attachment's place; its name becomes a piece."""
        self.attachments += 1
        place = f"{self.prefix}attachment[{self.attachments}]"
        self.job.text(f"{place}.name", name)
        return f"{place}:{_last_line(name)}" if name else place

    def open(self, name: str, data: bytes, hint: Hint) -> str:
        place = self.number(name)
        self.job.open(_last_line(name), data, place, hint)
        return place


def _file_name(part: Part) -> tuple[str, str]:
    """(disposition, file name). Where Content-Disposition and Content-Type give different names, both, a line each."""
    disposition, filename = "", ""
    if written := first(part.headers, "content-disposition"):
        disposition, stated = parameters(written)
        filename = stated.get("filename", "")
    name = part.parameters.get("name", "")
    if not (name or filename):
        return disposition.partition(" ")[0], ""
    both = dict.fromkeys(" ".join(one.replace("\x00", "").split()) for one in (name, filename) if one)
    return disposition.partition(" ")[0], "\n".join(one for one in both if one)


def _last_line(name: str) -> str:
    return name.rpartition("\n")[2]


def unflow(written: str, *, delete_space: bool) -> str:
    """Join the soft line breaks of format=flowed (RFC 3676), quoted lines at the same depth included."""
    done: list[str] = []
    pending, depth = "", 0
    for line in written.split("\n"):
        quotes = _QUOTES.match(line)
        level = quotes.end() if quotes else 0
        content = line[level:].removeprefix(" ")
        if pending and level == depth:
            pending += content
        else:
            if pending:
                done.append(pending)
            pending = ("> " if level == 1 else ">" * level + " " if level else "") + content
        depth = level
        if content.endswith(" ") and content != "-- ":
            if delete_space:
                pending = pending[:-1]
            if pending:
                continue
        done.append(pending)
        pending = ""
    if pending:
        done.append(pending)
    return "\n".join(done)
