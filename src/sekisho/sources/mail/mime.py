"""Cutting a message into its parts, on the bytes, without decoding anything.

Own code instead of the standard library's parser because that is the bottleneck of a sweep (measured figures in
``docs/sources.md``) and slow without bound on hostile nesting; here every pass is linear and limited. The standard
library is the oracle in the tests: on well-formed mail both must see the same parts.
"""

import binascii
import re
from dataclasses import dataclass, field
from functools import lru_cache

from sekisho.sources.mail.headers import Headers, first, parameters

MAX_HEADER_BLOCK = 4 << 20
MAX_HEADERS = 5_000
MAX_BOUNDARY = 300
_SHORT = 100

_BLANK_LINE = re.compile(rb"(?:\A|\n)\r?\n")
_HEADER = re.compile(rb"([!-9;-~]{1,200})[ \t]*:[ \t]*([^\n]*(?:\n[ \t][^\n]*)*)(?:\n|\Z)")
_NAME = re.compile(rb"[!-9;-~]{1,200}[ \t]*")
_SKIPPED = re.compile(rb">?From [^\n]*(?:\n|\Z)")
_LEADING = re.compile(rb"[\r\n]+")
_GUESSED_BOUNDARY = re.compile(rb"(?:\A|\n)--([!-~]{1,200})[ \t]*\r?\n(?=[Cc]ontent-)")
_REST_OF_LINE = re.compile(rb"[ \t]*(?:\r?\n|\r|\Z)")
_BASE64_LINE = re.compile(rb"[ \t]*[A-Za-z0-9+/]+={0,2}[ \t]*(?:\r?\n|\Z)")
_BASE64_NOISE = bytes(set(range(256)) - set(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="))
_BASE64_LETTERS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=\r\n"
_UU_BEGIN = re.compile(rb"^begin(-base64)? [0-7]{3,4} ([^\r\n]{1,300})\r?\n", re.MULTILINE)


@dataclass(slots=True)
class Part:
    """One MIME part: its headers, and where its content stands in ``raw``."""

    headers: Headers
    raw: bytes
    start: int
    end: int
    main_type: str = "text/plain"
    parameters: dict[str, str] = field(default_factory=dict)
    truncated: bool = False

    @property
    def content(self) -> bytes:
        """The content as sent, still in its transfer encoding."""
        return self.raw[self.start : self.end]

    @property
    def size(self) -> int:
        return self.end - self.start


def open_part(raw: bytes, start: int = 0, end: int | None = None, default_type: str = "text/plain") -> Part:
    """Read the headers of the part that lies at ``raw[start:end]``; its content is left alone."""
    end = len(raw) if end is None else end
    headers, body, truncated = _read_headers(raw, start, end)
    part = Part(headers, raw, body, end, default_type, truncated=truncated)
    if written := first(headers, "content-type"):
        kind, part.parameters = parameters(written)
        part.main_type = _known_type(kind, default_type)
    return part


def _known_type(written: str, default_type: str) -> str:
    kind = written.partition(" ")[0].rstrip(",")
    if kind.count("/") == 1 and not kind.startswith("/"):
        return kind
    return "text/html" if kind == "html" else "multipart/mixed" if kind == "multipart" else default_type


def _read_headers(raw: bytes, start: int, end: int) -> tuple[Headers, int, bool]:
    """(headers, start of the content, whether some were left out because there are too many)."""
    if leading := _LEADING.match(raw, start, end):
        if start:  # inside a message an empty line means: no headers
            skip = 2 if raw.startswith(b"\r\n", start) else 1
            return [], min(start + skip, end), False
        start = leading.end()
    stop = min(end, start + MAX_HEADER_BLOCK)
    bare = raw.find(b"\n\n", start, stop)
    crlf = raw.find(b"\n\r\n", start, bare + 1 if bare >= 0 else stop)
    blank = crlf if bare < 0 or 0 <= crlf < bare else bare
    if blank >= 0 and (headers := _clean_headers(raw[start:blank])) is not None:
        return headers, blank + (2 if blank == bare else 3), False
    return _odd_headers(raw, start, stop, end)


def _clean_headers(block: bytes) -> Headers | None:
    """The quick way for a block of nothing but well-formed headers; None when it is not."""
    if b"\r" in block:
        block = block.replace(b"\r\n", b"\n")
    if b"\n " in block or b"\n\t" in block:
        block = block.replace(b"\n ", b" ").replace(b"\n\t", b"\t")
    lines = block.split(b"\n")
    if len(lines) > MAX_HEADERS:
        return None
    headers: Headers = []
    for line in lines:
        name, colon, value = line.partition(b":")
        known = _header_name(name)
        if not known or not colon:
            return None
        headers.append((known, value.strip()))
    return headers


@lru_cache(maxsize=4096)
def _header_name(written: bytes) -> str:
    """A header name in lower case; "" when it cannot be one."""
    return written.rstrip(b" \t").decode("ascii").lower() if _NAME.fullmatch(written) else ""


def _odd_headers(raw: bytes, start: int, stop: int, end: int) -> tuple[Headers, int, bool]:
    """Headers line by line: they end at the first line that is none (or at a limit)."""
    headers: Headers = []
    position = start
    while position < stop:
        found = _HEADER.match(raw, position, stop)
        if found is None:
            skipped = _SKIPPED.match(raw, position, stop)
            if skipped is None:
                break
            position = skipped.end()
            continue
        if len(headers) >= MAX_HEADERS:
            blank = _BLANK_LINE.search(raw, position, end)
            return headers, blank.end() if blank else end, True
        name, value = found.groups()
        headers.append((name.decode("ascii").lower(), value.rstrip(b"\r")))
        position = found.end()
    if position >= stop and stop < end:
        blank = _BLANK_LINE.search(raw, position - 1, end)
        return headers, blank.end() if blank else end, True
    if raw.startswith(b"\r\n", position, end):
        position += 2
    elif raw.startswith(b"\n", position, end):
        position += 1
    return headers, position, False


def children(part: Part, most: int) -> tuple[list[Part], list[bytes], bool]:
    """The parts of a multipart, the texts between them (preamble, epilogue) and whether a boundary was found.

    At most ``most`` parts are opened; the rest is left in the last one's epilogue and must be reported by the caller.
    """
    boundary = part.parameters.get("boundary", "").encode("utf-8", "surrogateescape")[:MAX_BOUNDARY].rstrip()
    cuts = _cuts(part, boundary, most) if boundary else []
    if not cuts and (guessed := _GUESSED_BOUNDARY.search(part.raw, max(0, part.start - 1), part.end)):
        cuts = _cuts(part, guessed[1], most)
    if not cuts:
        return [], [], False
    default = "message/rfc822" if part.main_type == "multipart/digest" else "text/plain"
    parts: list[Part] = []
    outside = [part.raw[part.start : cuts[0][0]]]
    for number, (_, begin, closing) in enumerate(cuts):
        end = cuts[number + 1][0] if number + 1 < len(cuts) else part.end
        if closing:
            outside.append(part.raw[begin:end])
            continue
        parts.append(open_part(part.raw, begin, max(begin, end), default))
    return parts, outside, True


def _cuts(part: Part, boundary: bytes, most: int) -> list[tuple[int, int, bool]]:
    """(end of what stands before, start of what follows, is it the closing one) for every delimiter line."""
    raw, stop, delimiter = part.raw, part.end, b"--" + boundary
    found: list[tuple[int, int, bool]] = []
    at = raw.find(delimiter, part.start, stop)
    while at >= 0:
        rest = at + len(delimiter)
        if at == part.start or raw[at - 1] in b"\r\n":
            closing = raw.startswith(b"--", rest)
            line = _REST_OF_LINE.match(raw, rest + 2 if closing else rest, stop)
            if line is not None:
                before = at - 1 if at > part.start and raw[at - 1] == 0x0A else at
                before -= 1 if before > part.start and raw[before - 1] == 0x0D else 0
                found.append((before, line.end(), closing))
                rest = line.end()
                if len(found) > most:
                    break
        at = raw.find(delimiter, rest, stop)
    return found


# --- transfer encodings ---------------------------------------------------------------------------------------------


def transfer_encoding(part: Part) -> str:
    written = first(part.headers, "content-transfer-encoding")
    return _known_encoding(written) if len(written) <= _SHORT else _encoding(written)


def _encoding(written: bytes) -> str:
    return written.decode("ascii", "replace").strip().strip('"').lower().partition(" ")[0].rstrip(";")


_known_encoding = lru_cache(maxsize=256)(_encoding)
"""The same few values stand in all messages."""


def payload(part: Part) -> tuple[bytes, bytes, bool]:
    """(content without its transfer encoding, text that followed a base64 block, whether the encoding is cut off)."""
    encoding = transfer_encoding(part)
    content = part.content
    match encoding:
        case "base64":
            return _from_base64(content)
        case "quoted-printable":
            return binascii.a2b_qp(content), b"", False
        case "x-uuencode" | "uuencode" | "x-uue" | "uue":
            if found := uuencoded(content):
                return found[0][1], b"", False
    return content, b"", False


def peek(part: Part, size: int = 64) -> bytes:
    """The first bytes of the content, decoded; cheap however big the part is."""
    head = part.raw[part.start : min(part.end, part.start + size * 3)]
    if transfer_encoding(part) == "base64":
        letters = head.translate(None, _BASE64_NOISE).partition(b"=")[0]
        return binascii.a2b_base64(letters[: len(letters) // 4 * 4])
    return head


def _from_base64(content: bytes) -> tuple[bytes, bytes, bool]:
    try:  # as nearly every program writes it: letters, line ends, whole quartets
        letters = content.replace(b"\r", b"").replace(b"\n", b"")
        return binascii.a2b_base64(letters, strict_mode=True), b"", False
    except binascii.Error:
        return _from_odd_base64(content)


def _from_odd_base64(content: bytes) -> tuple[bytes, bytes, bool]:
    rest = b""
    if content.translate(None, _BASE64_LETTERS):
        position = 0
        content = content.lstrip()
        while found := _BASE64_LINE.match(content, position):
            position = found.end()
        content, rest = content[:position], content[position:]
        if not content.strip():
            return rest, b"", True
    letters = content.translate(None, _BASE64_NOISE)
    unpadded = letters.rstrip(b"=")
    if b"=" in unpadded:  # several base64 streams, one after the other
        streams = [stream for stream in unpadded.split(b"=") if stream]
        return b"".join(_unpadded(stream) for stream in streams), rest, False
    return _unpadded(unpadded), rest, len(unpadded) % 4 == 1


def _unpadded(letters: bytes) -> bytes:
    if len(letters) % 4 == 1:
        letters = letters[:-1]
    return binascii.a2b_base64(letters + b"=" * (-len(letters) % 4))


def uuencoded(content: bytes) -> list[tuple[str, bytes, int, int]]:
    """(file name, data, start, end) of every ``begin 644 name`` block in a text."""
    blocks: list[tuple[str, bytes, int, int]] = []
    position = 0
    while found := _UU_BEGIN.search(content, position):
        stop = re.compile(rb"^(?:end|====)[ \t]*\r?$", re.MULTILINE).search(content, found.end())
        finish = stop.end() if stop else len(content)
        lines = content[found.end() : stop.start() if stop else finish]
        data = _from_base64(lines)[0] if found[1] else _from_uu(lines)
        if data:
            blocks.append((found[2].decode("utf-8", "replace"), data, found.start(), finish))
        position = finish
    return blocks


def _from_uu(lines: bytes) -> bytes:
    done: list[bytes] = []
    for line in lines.splitlines():
        if not line or line in {b"`", b" "}:
            continue
        try:
            done.append(binascii.a2b_uu(line))
        except binascii.Error:
            try:  # trailing junk: take as many letters as the count says
                done.append(binascii.a2b_uu(line[: (((line[0] - 32) & 63) * 4 + 5) // 3]))
            except binascii.Error:
                return b"" if not done else b"".join(done)
    return b"".join(done)
