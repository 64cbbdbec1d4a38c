"""Outlook's own formats as carriers: MSG items (MS-OXMSG) and winmail.dat (MS-OXTNEF), written from the format's
description."""

import struct
from dataclasses import dataclass

from tools.accuracy.carriers_ole import Storage, compound_file

_UNICODE, _ANSI, _BINARY, _LONG, _TIME, _BOOL = 0x1F, 0x1E, 0x102, 0x03, 0x40, 0x0B
_EPOCH_1601 = 116_444_736_000_000_000


@dataclass(frozen=True, slots=True)
class Item:
    """What an Outlook item says. ``attachments``: (long file name, bytes). ``at``: seconds since 1970, UTC."""

    subject: str
    body: str
    sender: str = "old@sender.example.com"
    recipient: str = "somebody@agency0.example.jp"
    html: str = ""
    attachments: tuple[tuple[str, bytes], ...] = ()
    at: int = 1_711_929_600


def msg_file(item: Item, *, unicode: bool = True) -> bytes:
    """A .msg file; ``unicode=False``: strings in code page 932, as Outlook 2002 and older wrote them."""
    root = _properties(
        32, struct.pack("<8xIIII8x", 1, len(item.attachments), 1, len(item.attachments)), unicode,
        texts={
            0x001A: "IPM.Note", 0x0037: item.subject, 0x1000: item.body, 0x0C1F: item.sender, 0x0C1E: "SMTP",
            0x0C1A: item.sender, 0x0E04: item.recipient,
        },
        binaries={0x1013: item.html.encode("utf-8")} if item.html else {},
        longs={0x3FFD: 932, 0x3FDE: 65001},
        times={0x0039: item.at},
    )  # fmt: skip
    root.entries["__nameid_version1.0"] = Storage({f"__substg1.0_{number:04X}0102": bytes(0) for number in (2, 3, 4)})
    root.entries["__recip_version1.0_#00000000"] = _properties(
        8, bytes(8), unicode,
        texts={0x3001: item.recipient, 0x3002: "SMTP", 0x3003: item.recipient, 0x39FE: item.recipient},
        longs={0x0C15: 1, 0x3000: 0},
    )  # fmt: skip
    for number, (name, data) in enumerate(item.attachments):
        root.entries[f"__attach_version1.0_#{number:08X}"] = _properties(
            8, bytes(8), unicode, texts={0x3707: name, 0x3704: f"ATT{number}"}, binaries={0x3701: data},
            longs={0x3705: 1, 0x0E21: number},
        )  # fmt: skip
    return compound_file(root)


def _properties(  # noqa: PLR0917
    header_size: int,
    header: bytes,
    unicode: bool,
    texts: dict[int, str],
    binaries: dict[int, bytes] | None = None,
    longs: dict[int, int] | None = None,
    times: dict[int, int] | None = None,
) -> Storage:
    """A storage with a property stream and one stream for each value of variable length."""
    assert len(header) == header_size
    entries: dict[str, bytes | Storage] = {}
    table = header
    kind = _UNICODE if unicode else _ANSI
    for tag, text in texts.items():
        data = text.encode("utf-16-le") if unicode else text.encode("cp932", "replace")
        entries[f"__substg1.0_{tag:04X}{kind:04X}"] = data
        table += struct.pack("<HHIII", kind, tag, 6, len(data) + (2 if unicode else 1), 0)
    for tag, data in (binaries or {}).items():
        entries[f"__substg1.0_{tag:04X}{_BINARY:04X}"] = data
        table += struct.pack("<HHIII", _BINARY, tag, 6, len(data), 0)
    for tag, number in (longs or {}).items():
        table += struct.pack("<HHIII", _LONG, tag, 6, number, 0)
    for tag, seconds in (times or {}).items():
        table += struct.pack("<HHIQ", _TIME, tag, 6, seconds * 10_000_000 + _EPOCH_1601)
    return Storage({**entries, "__properties_version1.0": table})


# --- winmail.dat ------------------------------------------------------------------------------------------------

_VERSION, _CODEPAGE, _SUBJECT, _MESSAGE_PROPS = 0x00089006, 0x00069007, 0x00018004, 0x00069003
_RENDER, _TITLE, _DATA, _ATTACHMENT_PROPS = 0x00069002, 0x00018010, 0x0006800F, 0x00069005


def winmail_dat(body: str, attachments: tuple[tuple[str, bytes], ...] = (), *, rtf: bool = True) -> bytes:
    """A winmail.dat: the body as (uncompressed) compressed RTF, or as HTML in UTF-8, and attachments with names in
    code page 932 and, in their properties, in Unicode."""
    out = struct.pack("<IH", 0x223E9F78, 1)
    out += _attribute(1, _VERSION, struct.pack("<I", 0x00010000))
    out += _attribute(1, _CODEPAGE, struct.pack("<II", 932, 0))
    if rtf:
        text = rtf_text(body).encode("ascii")
        packed = struct.pack("<IIII", len(text) + 12, len(text), 0x414C454D, 0) + text  # "MELA": stored, not packed
        out += _attribute(1, _MESSAGE_PROPS, _mapi([(_BINARY, 0x1009, packed)]))
    else:
        html = "<html><body>" + body.replace("\n", "<br>\n") + "</body></html>"
        out += _attribute(1, _MESSAGE_PROPS, _mapi([(_LONG, 0x3FDE, 65001), (_BINARY, 0x1013, html.encode("utf-8"))]))
    for name, data in attachments:
        out += _attribute(2, _RENDER, struct.pack("<HIHHI", 1, 0xFFFFFFFF, 0, 0, 0))
        out += _attribute(2, _TITLE, name.encode("cp932", "replace") + b"\x00")
        out += _attribute(2, _DATA, data)
        out += _attribute(2, _ATTACHMENT_PROPS, _mapi([(_UNICODE, 0x3707, name.encode("utf-16-le") + b"\x00\x00")]))
    return out


def _attribute(level: int, ident: int, data: bytes) -> bytes:
    return struct.pack("<BII", level, ident, len(data)) + data + struct.pack("<H", sum(data) & 0xFFFF)


def _mapi(values: list[tuple[int, int, "int | bytes"]]) -> bytes:
    out = struct.pack("<I", len(values))
    for kind, tag, value in values:
        out += struct.pack("<HH", kind, tag)
        if isinstance(value, int):
            out += struct.pack("<I", value)
        else:
            out += struct.pack("<II", 1, len(value)) + value + bytes(-len(value) % 4)
    return out


def rtf_text(body: str) -> str:
    """``body`` as RTF with \\u escapes (surrogate pairs for characters beyond the BMP), ASCII only."""
    out = []
    for char in body:
        if char in "\\{}":
            out.append("\\" + char)
        elif char == "\n":
            out.append("\\par\n")
        elif char == "\t":
            out.append("\\tab ")
        elif char.isascii():
            out.append(char)
        else:
            units = struct.unpack(f"<{len(char.encode('utf-16-le')) // 2}h", char.encode("utf-16-le"))
            out += [f"\\u{unit}?" for unit in units]
    return (
        "{\\rtf1\\ansi\\ansicpg932\\deff0{\\fonttbl{\\f0\\fnil\\fcharset128 MS Gothic;}}\n\\f0 "
        + "".join(out)
        + "\\par}"
    )
