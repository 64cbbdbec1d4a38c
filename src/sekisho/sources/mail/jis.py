"""ISO-2022-JP as it is really sent, and the two-byte JIS rows that Python's codecs leave out.

Python's ``iso2022_jp`` and ``euc_jp`` know JIS X 0208 only; Japanese mail has NEC row 13 (①㈱), the IBM extended
kanji (髙﨑) in NEC's rows 89–92, half-width kana by ``ESC ( I``, SO/SI or eight bits, JIS X 0212/0213, lost escape
characters and whole lines in other charsets. All of it is decoded here (REQUIREMENTS A1).
"""

import codecs
import re
from collections.abc import Callable
from functools import cache

_TWO_BYTE_OPEN = re.compile(rb"(\x1b\$[@B][^\x1b\r\n]*)(?=[\r\n])")
_LOST_ESCAPE = re.compile(rb"\$[@B]((?:[\x21-\x7e]{2}){1,200}?)\([BJ]")
_SHIFT_OUT = re.compile(rb"\x0e([\x21-\x7e]*)\x0f?")
_DESIGNATION = re.compile(rb"\x1b(\$\([A-DO-Q]|\$[@AB]|\([BHIJ]|&@|\.[AF])?")
_EIGHT_BITS = re.compile(rb"[\x80-\xff]+(?:[\x40-\x7e][\x80-\xff]+)*[\x40-\x7e]?")
_TABLES = {
    b"(I": ("cp932", b""),
    b"$(D": ("euc_jp", b"\x8f"),
    b"$(O": ("euc_jis_2004", b""),
    b"$(Q": ("euc_jis_2004", b""),
    b"$(P": ("euc_jis_2004", b"\x8f"),
    b"$A": ("gb2312", b""),
    b"$(A": ("gb2312", b""),
    b"$(C": ("euc_kr", b""),
}
"""Designation (without ESC) → codec of its eight-bit form, and that form's leading byte."""
_REPLACEMENT = "\ufffd"


def is_jis(raw: bytes) -> bool:
    """Whether ``raw`` holds an ISO-2022-JP designation of two-byte kanji or half-width kana."""
    return b"\x1b$" in raw or b"\x1b(I" in raw


def restore_lost_escapes(raw: bytes) -> bytes:
    """Put back escape characters that a gateway has removed (``$B;3ED(B`` → ``ESC $ B ; 3 E D ESC ( B``)."""
    return _LOST_ESCAPE.sub(lambda found: b"\x1b$B" + found[1] + b"\x1b(B", raw)


def decode_jis(raw: bytes, eight_bit: Callable[[bytes], str]) -> str:
    """Decode ISO-2022-JP with everything found in the wild; ``eight_bit`` decodes runs in another charset.

    What no table knows becomes U+FFFD. A line that ends inside two-byte mode is closed there (RFC 1468).
    """
    if raw.count(b"\x1b$") > raw.count(b"\x1b("):
        raw = _TWO_BYTE_OPEN.sub(b"\\1\x1b(B", raw)
    if b"\x0e" in raw:
        raw = _SHIFT_OUT.sub(b"\x1b(I\\1\x1b(B", raw)
    try:
        return raw.decode("iso2022_jp")
    except UnicodeDecodeError:
        pass
    if not raw.isascii() or b"\x1b$(" in raw or b"\x1b$A" in raw or b"\x1b." in raw:
        return _by_segments(raw, eight_bit)
    return raw.decode("iso2022_jp_ext", "sekisho.jis")


def _by_segments(raw: bytes, eight_bit: Callable[[bytes], str]) -> str:
    """The slow, complete way: cut at the designations and decode each stretch by its own table."""
    done: list[str] = []
    position, mode = 0, b"(B"
    for found in _DESIGNATION.finditer(raw):
        done.append(_segment(raw[position : found.start()], mode, eight_bit))
        position = found.end()
        if found[1] is None:
            done.append("\x1b")
        elif found[1] not in {b"&@", b".A", b".F"}:
            mode = found[1]
    done.append(_segment(raw[position:], mode, eight_bit))
    return "".join(done)


def _segment(raw: bytes, mode: bytes, eight_bit: Callable[[bytes], str]) -> str:
    if not raw:
        return ""
    if mode in {b"(B", b"(J", b"(H"}:
        return raw.decode("ascii") if raw.isascii() else _mixed(raw, eight_bit)
    high = bytes(byte | 0x80 if 0x20 < byte < 0x7F else byte for byte in raw)
    table = _TABLES.get(mode)
    if table is None:
        return high.decode("euc_jp", "sekisho.jis")
    codec, lead = table
    if lead:  # a second plane: its pairs carry a leading byte in the eight-bit form
        high = re.sub(rb"[\xa1-\xfe]{2}", lambda pair: lead + pair[0], high)
    return high.decode(codec, "replace")


def _mixed(raw: bytes, eight_bit: Callable[[bytes], str]) -> str:
    done: list[str] = []
    position = 0
    for found in _EIGHT_BITS.finditer(raw):
        done += (raw[position : found.start()].decode("ascii"), eight_bit(found[0]))
        position = found.end()
    done.append(raw[position:].decode("ascii"))
    return "".join(done)


@cache
def _extended() -> dict[bytes, str]:
    """JIS pair (seven or eight bits) → character, for the rows that cp932 has and JIS X 0208 has not (13 and 89–92).

    The other rows outside JIS X 0208 were used for gaiji and carriers' pictographs: a well-formed pair there is
    shown as 〓, as Japanese typesetters do, and is no decoding error.
    """
    table: dict[bytes, str] = {}
    for row in (*range(9, 16), *range(85, 95)):
        for cell in range(1, 95):
            for high in (0x20, 0xA0):
                table[bytes((row + high, cell + high))] = "〓"
    for row in (13, 89, 90, 91, 92):
        for cell in range(1, 95):
            lead = (row - 1) // 2 + (0x81 if row <= 62 else 0xC1)
            trail = cell + (0x3F if cell <= 63 else 0x40) if row % 2 else cell + 0x9E
            try:
                character = bytes((lead, trail)).decode("cp932")
            except UnicodeDecodeError:
                continue
            for high in (0x20, 0xA0):
                table[bytes((row + high, cell + high))] = character
    return table


def _repair(error: UnicodeError) -> tuple[str, int]:
    """Codec error handler ``sekisho.jis``: look a refused pair up in the extended rows, else U+FFFD."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    pair = error.object[error.start : error.start + 2]
    character = _extended().get(pair)
    if character is not None:
        return character, error.start + 2
    return _REPLACEMENT, max(error.end, error.start + 1)


codecs.register_error("sekisho.jis", _repair)
