"""Containers for planted data: attachments of each kind, built with nothing of the product.

Every maker returns the bytes of a file; ``entity`` makes a MIME part of it. PDF text is written with an identity
character map (so any reader can give the text back without fonts).
"""

import base64
import csv
import io
import zipfile
import zlib
from collections.abc import Callable
from xml.sax.saxutils import escape

import xlsxwriter

from tools.accuracy import charsets

Rows = list[list[str]]


def csv_file(rows: Rows, charset: str) -> bytes:
    """CSV as Excel writes it; characters that ``charset`` lacks become 〓 (only in titles, never in planted data)."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerows(rows)
    return out.getvalue().encode(charset, "replace")


def xlsx_file(rows: Rows) -> bytes:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    book.add_worksheet("表紙").write(0, 0, "社外秘")
    sheet = book.add_worksheet("一覧")
    for number, row in enumerate(rows):
        sheet.write_row(number, 0, row)
    book.close()
    return out.getvalue()


_WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def docx_file(lines: list[str], rows: Rows | None = None) -> bytes:
    """Paragraphs (each split into two runs, as Word does when spelling is checked) and a table."""
    body = "".join(f"<w:p>{_run(t[: len(t) // 2])}{_run(t[len(t) // 2 :])}</w:p>" for t in lines)
    if rows:
        cells = ["".join(f"<w:tc><w:p>{_run(c)}</w:p></w:tc>" for c in row) for row in rows]
        body += "<w:tbl>" + "".join(f"<w:tr>{c}</w:tr>" for c in cells) + "</w:tbl>"
    kinds = "http://schemas.openxmlformats.org/package/2006"
    formats = "application/vnd.openxmlformats-"
    office = f"{formats}officedocument.wordprocessingml.document.main+xml"
    rels = f"{formats}package.relationships+xml"
    files = {
        "[Content_Types].xml": f'<Types xmlns="{kinds}/content-types"><Default Extension="rels" ContentType="{rels}"/>'
        f'<Override PartName="/word/document.xml" ContentType="{office}"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{kinds}/relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/'
        'officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/></Relationships>',
        "word/document.xml": f'<w:document xmlns:w="{_WORD}"><w:body>{body}</w:body></w:document>',
    }
    return zip_file({name: ('<?xml version="1.0" encoding="UTF-8"?>' + text).encode() for name, text in files.items()})


def _run(text: str) -> str:
    return f'<w:r><w:t xml:space="preserve">{escape(text)}</w:t></w:r>'


class _WindowsName(zipfile.ZipInfo):
    """A zip entry whose name is written in code page 932 without the UTF-8 flag, as Windows Explorer does."""

    def _encodeFilenameFlags(self) -> tuple[bytes, int]:  # noqa: N802
        return self.filename.encode("cp932"), self.flag_bits & ~0x800


def zip_file(files: dict[str, bytes], *, windows_names: bool = False) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            info = (_WindowsName if windows_names else zipfile.ZipInfo)(name, (2024, 4, 1, 9, 0, 0))
            archive.writestr(info, data, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def pdf_file(
    lines: list[str], *, seal: Callable[[int, bytes], bytes] | None = None, lock: bytes = b"", ident: bytes = b""
) -> bytes:
    """One page of text; each character is its own code, given back by an identity ToUnicode map. ``seal`` encrypts
    the bytes of object n, ``lock`` is the encryption dictionary that says how."""
    ranges = [f"<{h:02X}00> <{h:02X}FF> <{h:02X}00>" for h in range(256)]
    blocks = [ranges[i : i + 100] for i in range(0, 256, 100)]
    cmap = "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /Own def\n/CMapType 2 def\n"
    cmap += "1 begincodespacerange <0000> <FFFF> endcodespacerange\n"
    cmap += "".join(f"{len(b)} beginbfrange\n" + "\n".join(b) + "\nendbfrange\n" for b in blocks)
    cmap += "endcmap CMapName currentdict /CMap defineresource pop end end"
    # planes beyond the first cannot be shown by two-byte codes: such characters are left out
    shown = ["".join(c for c in line if ord(c) < 0x10000).encode("utf-16-be").hex() for line in lines]
    text = "BT /F1 9 Tf 14 TL 40 800 Td " + " ".join(f"<{s}> Tj T*" for s in shown) + " ET"
    sealed = seal or (lambda _number, data: data)
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R "
        b"/Resources << /Font << /F1 5 0 R >> >> >>",
        _stream(text.encode("ascii"), lambda data: sealed(4, data)),
        b"<< /Type /Font /Subtype /Type0 /BaseFont /Own /Encoding /Identity-H "
        b"/DescendantFonts [6 0 R] /ToUnicode 7 0 R >>",
        b"<< /Type /Font /Subtype /CIDFontType2 /BaseFont /Own /DW 1000 /FontDescriptor 8 0 R "
        b"/CIDSystemInfo << /Registry "
        + _literal(sealed(6, b"Adobe"))
        + b" /Ordering "
        + _literal(sealed(6, b"Identity"))
        + b" /Supplement 0 >> >>",
        _stream(cmap.encode("ascii"), lambda data: sealed(7, data)),
        b"<< /Type /FontDescriptor /FontName /Own /Flags 4 /Ascent 800 /Descent -200 /CapHeight 700 /StemV 80 "
        b"/ItalicAngle 0 /FontBBox [0 -200 1000 800] >>",
        *([lock] if lock else []),
    ]
    out, offsets = bytearray(b"%PDF-1.4\n"), []
    for number, data in enumerate(objects, 1):
        offsets.append(len(out))
        out += f"{number} 0 obj\n".encode() + data + b"\nendobj\n"
    start = len(out)
    out += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n".encode()
    out += b"".join(f"{o:010d} 00000 n \n".encode() for o in offsets)
    trailer = f"trailer << /Size {len(objects) + 1} /Root 1 0 R".encode()
    if lock:
        trailer += f" /Encrypt {len(objects)} 0 R /ID [<{ident.hex()}> <{ident.hex()}>]".encode()
    return bytes(out + trailer + f" >>\nstartxref\n{start}\n%%EOF\n".encode())


def _stream(data: bytes, sealed: Callable[[bytes], bytes]) -> bytes:
    packed = sealed(zlib.compress(data))
    return b"<< /Filter /FlateDecode /Length " + str(len(packed)).encode() + b" >>\nstream\n" + packed + b"\nendstream"


def _literal(data: bytes) -> bytes:
    return b"<" + data.hex().encode() + b">"


def entity(data: bytes, content_type: str, disposition: bytes) -> bytes:
    """A base64 MIME part."""
    head = b"Content-Type: " + content_type.encode() + b"\nContent-Disposition: attachment; " + disposition
    return head + b"\nContent-Transfer-Encoding: base64\n\n" + base64.encodebytes(data)


def named(name: str, style: str) -> bytes:
    """The filename parameter in one of the ways in which programs write Japanese names."""
    if style == "rfc2231":
        return b"filename*=utf-8''" + _percent(name.encode())
    if style == "rfc2231 continued":
        encoded = _percent(name.encode())
        pieces = [encoded[i : i + 45] for i in range(0, len(encoded), 45)]
        pieces = _whole_escapes(pieces)
        return b";\n ".join((b"filename*%d*=" % i) + (b"utf-8''" if i == 0 else b"") + p for i, p in enumerate(pieces))
    if style == "raw cp932":
        return b'filename="' + name.encode("cp932", "replace") + b'"'
    charset = {"rfc2047 iso-2022-jp": "iso-2022-jp", "rfc2047 cp932": "shift_jis", "rfc2047 utf-8": "utf-8"}[style]
    return b'filename="' + charsets.encoded_words(name, charset).replace(b"\r\n", b"\n") + b'"'


NAME_STYLES = ("rfc2231", "rfc2231 continued", "raw cp932", "rfc2047 iso-2022-jp", "rfc2047 cp932", "rfc2047 utf-8")


def _percent(data: bytes) -> bytes:
    return b"".join(bytes([b]) if chr(b).isalnum() and b < 0x80 else b"%%%02X" % b for b in data)


def _whole_escapes(pieces: list[bytes]) -> list[bytes]:
    """Move a %XX that was cut in two to the next piece."""
    whole, rest = [], b""
    for piece in pieces:
        joined = rest + piece
        cut = len(joined)
        if b"%" in joined[-2:]:
            cut = joined.rindex(b"%")
        whole.append(joined[:cut])
        rest = joined[cut:]
    if rest:
        whole[-1] += rest
    return whole


def message_file(text: str, charset: str, subject: str, attachment: bytes | None = None) -> bytes:
    """A whole invented message, to be forwarded as message/rfc822."""
    data = charsets.encode(text, charset)
    assert data is not None
    kind = b'text/plain; charset="' + charset.encode() + b'"'
    encoding = b"7bit" if charset == "iso-2022-jp" else b"8bit"
    head = (
        b"From: old@sender.example.com\nTo: somebody@agency0.example.jp\nDate: Mon, 01 Apr 2024 09:00:00 +0900\n"
        b"Message-ID: <nested@sender.example.com>\nSubject: "
        + charsets.encoded_words(subject, charset)
        + b"\nMIME-Version: 1.0\n"
    )
    body = b"Content-Type: " + kind + b"\nContent-Transfer-Encoding: " + encoding + b"\n\n" + data + b"\n"
    if attachment is None:
        return head + body
    mark = b"----nested"
    inner = mark.join([b"\n--", b"\n" + body + b"\n--", b"\n" + attachment + b"\n--"])
    return head + b'Content-Type: multipart/mixed; boundary="' + mark + b'"\n' + inner + b"--\n"
