"""Office files as carriers besides those of ``carriers``: ODS, ODT, PPTX, RTF, XLS (BIFF8), encrypted XLSX and PDF."""

import hashlib
import io
import struct
from xml.sax.saxutils import escape, quoteattr

from tools.accuracy import carriers
from tools.accuracy.carriers import Rows
from tools.accuracy.carriers_ole import Storage, compound_file
from tools.accuracy.carriers_outlook import rtf_text

_ODF = "urn:oasis:names:tc:opendocument:xmlns:"
_HEAD = '<?xml version="1.0" encoding="UTF-8"?>'


def _open_document(kind: str, body: str) -> bytes:
    names = "".join(f' xmlns:{short}="{_ODF}{short}:1.0"' for short in ("office", "text", "table"))
    mime = f"application/vnd.oasis.opendocument.{kind}"
    manifest = (
        f'<manifest:manifest xmlns:manifest="{_ODF}manifest:1.0"><manifest:file-entry manifest:full-path="/" '
        f'manifest:media-type="{mime}"/><manifest:file-entry manifest:full-path="content.xml" '
        'manifest:media-type="text/xml"/></manifest:manifest>'
    )
    content = f"<office:document-content{names}><office:body>{body}</office:body></office:document-content>"
    return carriers.zip_file({
        "mimetype": mime.encode(),
        "content.xml": (_HEAD + content).encode(),
        "META-INF/manifest.xml": (_HEAD + manifest).encode(),
    })  # fmt: skip


def _odf_table(rows: Rows, name: str) -> str:
    lines = [
        "".join(
            f'<table:table-cell office:value-type="string"><text:p>{escape(c)}</text:p></table:table-cell>' for c in row
        )
        for row in rows
    ]
    body = "".join(f"<table:table-row>{line}</table:table-row>" for line in lines)
    return f"<table:table table:name={quoteattr(name)}>{body}</table:table>"


def ods_file(rows: Rows) -> bytes:
    """A spreadsheet with a cover sheet and the list."""
    sheets = _odf_table([["社外秘"]], "表紙") + _odf_table(rows, "一覧")
    return _open_document("spreadsheet", f"<office:spreadsheet>{sheets}</office:spreadsheet>")


def odt_file(lines: list[str], rows: Rows | None = None) -> bytes:
    """Paragraphs (each cut into spans, blanks as ODF writes them) and a table."""
    body = "".join(
        f"<text:p><text:span>{_odf_text(t[: len(t) // 2])}</text:span>{_odf_text(t[len(t) // 2 :])}</text:p>"
        for t in lines
    )
    table = _odf_table([r for r in rows if len(r) > 1], "一覧") if rows else ""
    return _open_document("text", f"<office:text>{body}{table}</office:text>")


def _odf_text(text: str) -> str:
    return escape(text).replace("\t", "<text:tab/>")


_A = "http://schemas.openxmlformats.org/drawingml/2006/main"
_P = "http://schemas.openxmlformats.org/presentationml/2006/main"
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"


def pptx_file(lines: list[str], rows: Rows | None = None) -> bytes:
    """A slide with a text box and a table."""
    paragraphs = "".join(
        f"<a:p><a:r><a:t>{escape(t[: len(t) // 2])}</a:t></a:r><a:r><a:t>{escape(t[len(t) // 2 :])}</a:t></a:r></a:p>"
        for t in lines
    )
    shapes = f"<p:sp><p:txBody><a:bodyPr/>{paragraphs or '<a:p/>'}</p:txBody></p:sp>"
    if rows:
        cells = [
            "".join(f"<a:tc><a:txBody><a:p><a:r><a:t>{escape(c)}</a:t></a:r></a:p></a:txBody></a:tc>" for c in row)
            for row in rows
            if len(row) > 1
        ]
        table = "".join(f"<a:tr>{c}</a:tr>" for c in cells)
        graphic = f"<a:graphic><a:graphicData><a:tbl>{table}</a:tbl></a:graphicData></a:graphic>"
        shapes += f"<p:graphicFrame>{graphic}</p:graphicFrame>"
    names = f'xmlns:a="{_A}" xmlns:p="{_P}" xmlns:r="{_RELATIONS}"'
    formats = "application/vnd.openxmlformats-officedocument.presentationml."
    files = {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" ContentType='
        '"application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/ppt/presentation.xml" ContentType="{formats}presentation.main+xml"/>'
        f'<Override PartName="/ppt/slides/slide1.xml" ContentType="{formats}slide+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="r1" '
        f'Type="{_RELATIONS}/officeDocument" Target="ppt/presentation.xml"/></Relationships>',
        "ppt/presentation.xml": f'<p:presentation {names}><p:sldIdLst><p:sldId id="256" r:id="r1"/></p:sldIdLst>'
        "</p:presentation>",
        "ppt/_rels/presentation.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="r1" '
        f'Type="{_RELATIONS}/slide" Target="slides/slide1.xml"/></Relationships>',
        "ppt/slides/slide1.xml": f"<p:sld {names}><p:cSld><p:spTree>{shapes}</p:spTree></p:cSld></p:sld>",
    }
    return carriers.zip_file({name: (_HEAD + text).encode() for name, text in files.items()})


def rtf_file(lines: list[str], rows: Rows | None = None, *, hexed: bool = False) -> bytes:
    """An RTF document: \\u escapes as WordPad writes them, or (``hexed``) code page 932 bytes as older programs do."""
    body = "\n".join(lines)
    table = "".join(
        "\\trowd" + "".join(f"\\cellx{2000 * (n + 1)}" for n in range(len(row))) + "\\intbl "
        + "".join(f"\x00{cell}\x01" for cell in row) + "\x02"
        for row in rows or [] if len(row) > 1
    )  # fmt: skip
    shown = rtf_text(body)
    if hexed:
        shown = "".join(
            c if c.isascii() else "".join(f"\\'{b:02x}" for b in c.encode("cp932", "replace"))
            for c in body.replace("\\", "\\\\").replace("{", "\\{").replace("}", "\\}").replace("\n", "\\par\n")
        )
        shown = (
            "{\\rtf1\\ansi\\ansicpg932\\deff0{\\fonttbl{\\f0\\fnil\\fcharset128 MS Gothic;}}\n\\f0 " + shown + "\\par}"
        )
    if table:
        inner = rtf_text(table.replace("\\", "\x03")).partition("\\f0 ")[2].removesuffix("\\par}")
        inner = inner.replace("\x03", "\\").replace("\x00", "").replace("\x01", "\\cell ").replace("\x02", "\\row\n")
        shown = shown[:-1] + inner + "\\pard\\par}"
    return shown.encode("ascii")


# --- XLS (BIFF8) ------------------------------------------------------------------------------------------------


def _record(kind: int, data: bytes) -> bytes:
    return struct.pack("<HH", kind, len(data)) + data


def _string(text: str, length: str) -> bytes:
    units = text.encode("utf-16-le")
    return struct.pack(f"<{length}B", len(units) // 2, 1) + units


def xls_file(rows: Rows) -> bytes:
    """A workbook of Excel 97: one sheet, every cell a shared string."""
    start = struct.pack("<HHHHII", 0x0600, 0x0005, 0x0DBB, 0x07CC, 0, 6)
    sheet_start = struct.pack("<HHHHII", 0x0600, 0x0010, 0x0DBB, 0x07CC, 0, 6)
    texts: dict[str, int] = {}
    cells = b""
    for r, row in enumerate(rows):
        for c, cell in enumerate(row):
            place = texts.setdefault(cell, len(texts))
            cells += _record(0x00FD, struct.pack("<HHHI", r, c, 15, place))
    wide = max(map(len, rows), default=0)
    sheet = _record(0x0809, sheet_start) + _record(0x0200, struct.pack("<IIHHH", 0, len(rows), 0, wide, 0))
    sheet += cells + _record(0x000A, b"")
    shared = struct.pack("<II", sum(map(len, rows)), len(texts))
    strings: list[bytes] = []
    room = 8224 - len(shared)
    for text in texts:  # strings are not split here: a new CONTINUE record begins before the one that has no room
        data = _string(text, "H")
        if len(data) > room:
            strings.append(shared)
            shared, room = b"", 8224
        shared += data
        room -= len(data)
    strings.append(shared)
    table = b"".join(_record(0x00FC if n == 0 else 0x003C, s) for n, s in enumerate(strings))
    name = _string("一覧", "B")

    def globals_with(offset: int) -> bytes:
        return (
            _record(0x0809, start)
            + _record(0x0042, struct.pack("<H", 1200))
            + _record(0x0085, struct.pack("<IBB", offset, 0, 0) + name)
            + table
            + _record(0x000A, b"")
        )

    book = globals_with(len(globals_with(0))) + sheet
    return compound_file(Storage({"Workbook": book.ljust(4096, b"\x00")}))


# --- with a password --------------------------------------------------------------------------------------------


def locked_xlsx(rows: Rows, password: str) -> bytes:
    """An encrypted workbook (agile encryption, as Excel 2010 and later write it)."""
    from msoffcrypto.format.ooxml import OOXMLFile  # type: ignore[import-not-found]  # noqa: PLC0415

    out = io.BytesIO()
    OOXMLFile(io.BytesIO(carriers.xlsx_file(rows))).encrypt(password, out)
    return out.getvalue()


_PAD = bytes.fromhex("28BF4E5E4E758A4164004E56FFFA01082E2E00B6D0683E802F0CA9FE6453697A")


def _rc4(key: bytes, data: bytes) -> bytes:
    state, j = list(range(256)), 0
    for i in range(256):
        j = (j + state[i] + key[i % len(key)]) & 255
        state[i], state[j] = state[j], state[i]
    out, i, j = bytearray(), 0, 0
    for byte in data:
        i = (i + 1) & 255
        j = (j + state[i]) & 255
        state[i], state[j] = state[j], state[i]
        out.append(byte ^ state[(state[i] + state[j]) & 255])
    return bytes(out)


def _md5(data: bytes) -> bytes:
    return hashlib.md5(data, usedforsecurity=False).digest()


def locked_pdf(lines: list[str], password: str) -> bytes:
    """A PDF that asks for a user password (RC4, 128 bits, revision 3: what most programs wrote for years)."""
    padded = (password.encode("latin-1") + _PAD)[:32]
    ident, rights = bytes(range(16)), -44
    key = _md5(padded)
    for _ in range(50):
        key = _md5(key)
    owner = padded
    for n in range(20):
        owner = _rc4(bytes(b ^ n for b in key), owner)
    key = _md5(padded + owner + struct.pack("<i", rights) + ident)
    for _ in range(50):
        key = _md5(key)
    user = _md5(_PAD + ident)
    for n in range(20):
        user = _rc4(bytes(b ^ n for b in key), user)

    def seal(number: int, data: bytes) -> bytes:
        return _rc4(_md5(key + struct.pack("<I", number)[:3] + b"\x00\x00"), data)

    lock = (
        f"<< /Filter /Standard /V 2 /R 3 /Length 128 /P {rights} /O <{owner.hex()}> /U <{(user + bytes(16)).hex()}> >>"
    ).encode()
    return carriers.pdf_file(lines, seal=seal, lock=lock, ident=ident)
