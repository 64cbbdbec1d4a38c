"""Encoding text as the programs of the time did, so that a planted text looks like the host's own.

Python's ``iso2022_jp`` refuses what Windows programs really sent: NEC row 13, IBM extension kanji, half-width kana.
``iso_2022_jp_windows`` writes those as Outlook did (code page 50221).
"""

import base64
import codecs
import quopri

JAPANESE = ("iso-2022-jp", "shift_jis", "cp932", "euc-jp", "utf-8")
_ALIASES = {
    "windows-31j": "cp932",
    "ms932": "cp932",
    "x-sjis": "cp932",
    "shift-jis": "cp932",
    "sjis": "cp932",
    "ascii": "us-ascii",
}
_HALF_FIRST, _HALF_LAST = 0xFF61, 0xFF9F


def _nec_selected() -> dict[str, bytes]:
    """Kanji of the IBM extension → their JIS bytes in the rows NEC gave them (89–92), as code page 50221 does."""
    table = {}
    for lead in (0xED, 0xEE):
        for trail in range(0x40, 0xFD):
            try:
                char = bytes([lead, trail]).decode("cp932")
            except UnicodeDecodeError:
                continue
            table[char] = _jis(lead, trail)
    return table


def _jis(lead: int, trail: int) -> bytes:
    """Shift_JIS byte pair → JIS byte pair."""
    row = (lead - (0x70 if lead <= 0x9F else 0xB0)) * 2
    if trail < 0x9F:
        return bytes([row - 1, trail - (0x20 if trail > 0x7F else 0x1F)])
    return bytes([row, trail - 0x7E])


_NEC = _nec_selected()


def _jis_char(char: str) -> tuple[bytes, bytes]:
    """(escape sequence, bytes) of one character."""
    code = ord(char)
    if code < 0x80:
        return b"\x1b(B", char.encode("ascii")
    if _HALF_FIRST <= code <= _HALF_LAST:
        return b"\x1b(I", bytes([code - _HALF_FIRST + 0x21])
    if char in _NEC:
        return b"\x1b$B", _NEC[char]
    pair = char.encode("cp932")
    return b"\x1b$B", _jis(pair[0], pair[1])


def iso_2022_jp_windows(text: str) -> bytes:
    """``text`` in ISO-2022-JP with Microsoft's extensions; raises UnicodeEncodeError for what those lack."""
    out, now = bytearray(), b"\x1b(B"
    for char in text:
        escape, data = _jis_char(char)
        if escape != now:
            out += escape
            now = escape
        out += data
    return bytes(out if now == b"\x1b(B" else out + b"\x1b(B")


def known(label: str | None) -> str:
    """The Python name of a charset label; "us-ascii" for no label, "" for one we cannot write in."""
    name = (label or "us-ascii").strip().strip("\"'").lower()
    name = _ALIASES.get(name, name)
    try:
        found = codecs.lookup(name)
    except LookupError:
        return ""
    keeps_ascii = found.name not in {"utf-7", "utf-16", "utf-16-le", "utf-16-be", "utf-32"} and "ibm" not in name
    return name if keeps_ascii and getattr(found, "_is_text_encoding", True) else ""


def encode(text: str, charset: str) -> bytes | None:
    """``text`` in ``charset`` (Shift_JIS written as code page 932), or None when it cannot be written there."""
    try:
        if charset == "iso-2022-jp":
            return iso_2022_jp_windows(text)
        return text.encode("cp932" if charset == "shift_jis" else charset)
    except UnicodeEncodeError:
        return None


def transfer(data: bytes, encoding: str) -> bytes:
    """``data`` in a content transfer encoding."""
    if encoding == "base64":
        return base64.encodebytes(data)
    if encoding == "quoted-printable":
        return quopri.encodestring(data)
    return data


def encoded_words(text: str, charset: str, scheme: str = "b") -> bytes:
    """``text`` as RFC 2047 words, short enough each, split between characters."""
    words = []
    for start in range(0, len(text), 12):
        data = encode(text[start : start + 12], charset)
        if data is None:
            raise UnicodeEncodeError(charset, text, start, start + 12, "not in this charset")
        if scheme == "q":
            body = "".join(f"={b:02X}" for b in data)
        else:
            body = base64.b64encode(data).decode("ascii")
        words.append(f"=?{charset}?{scheme}?{body}?=".encode("ascii"))
    return b"\r\n ".join(words)
