"""Files to attach: what offices send each other, and two that cannot be opened. The same bytes every time."""

import csv
import io
import struct
import zipfile
import zlib
from collections.abc import Sequence
from datetime import datetime
from xml.sax.saxutils import escape

import xlsxwriter

from sekisho.demo.dice import Roll
from sekisho.demo.mime import Attachment, writable

Rows = Sequence[Sequence[str]]

_SPREADSHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_DOCUMENT = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_DAY_ONE = datetime(2026, 4, 1)


def csv_bytes(rows: Rows, encoding: str = "cp932") -> bytes:
    """CSV with CRLF, in the encoding that Excel in Japan writes."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerows(rows)
    return writable(out.getvalue(), encoding).encode(encoding)


def csv_file(name: str, rows: Rows) -> Attachment:
    """A CSV file in CP932."""
    return Attachment(name, csv_bytes(rows), "text/csv")


def xlsx_bytes(rows: Rows, *, title: str = "", sheet: str = "一覧") -> bytes:
    """A workbook; ``title`` stands above the header row, with an empty row between, as people make them."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    book.set_properties({"created": _DAY_ONE})
    page = book.add_worksheet(sheet)
    lead = [[title], []] if title else []
    for at, row in enumerate([*lead, *rows]):
        for column, cell in enumerate(row):
            page.write_string(at, column, cell)
    book.close()
    return out.getvalue()


def xlsx_file(name: str, rows: Rows, *, title: str = "") -> Attachment:
    """An Excel workbook."""
    return Attachment(name, xlsx_bytes(rows, title=title), _SPREADSHEET)


def zip_bytes(files: dict[str, bytes]) -> bytes:
    """A ZIP whose file names are in CP932 without any flag, as Windows in Japan writes them."""
    out = io.BytesIO()
    placeholders: list[tuple[bytes, bytes]] = []
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for at, (name, content) in enumerate(files.items()):
            wanted = name.encode("cp932")
            placeholder = f"@{at}".ljust(len(wanted), "@")[: len(wanted)]
            placeholders.append((placeholder.encode("ascii"), wanted))
            archive.writestr(_entry(placeholder, zipfile.ZIP_DEFLATED), content)
    packed = out.getvalue()
    for placeholder_bytes, wanted in placeholders:
        packed = packed.replace(placeholder_bytes, wanted)
    return packed


def zip_file(name: str, files: dict[str, bytes]) -> Attachment:
    """A ZIP file."""
    return Attachment(name, zip_bytes(files), "application/x-zip-compressed")


def locked_zip(name: str, inner: str, roll: Roll) -> Attachment:
    """A ZIP that says it is encrypted: its flag is set, its content is noise."""
    noise = bytes(roll.below(256) for _ in range(300))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(_entry(inner, zipfile.ZIP_STORED), noise)
    packed = bytearray(out.getvalue())
    for start in (packed.index(b"PK\x03\x04") + 6, packed.index(b"PK\x01\x02") + 8):
        flags = struct.unpack_from("<H", packed, start)[0]
        struct.pack_into("<H", packed, start, flags | 1)
    return Attachment(name, bytes(packed), "application/zip")


def broken_xlsx(name: str, rows: Rows) -> Attachment:
    """A workbook of which the second half got lost."""
    whole = xlsx_bytes(rows)
    return Attachment(name, whole[: len(whole) // 2], _SPREADSHEET)


def _entry(name: str, method: int) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, date_time=(2026, 4, 1, 9, 0, 0))
    entry.compress_type = method
    entry.create_system = 0
    return entry


_CONTENT_TYPES = (
    '<?xml version="1.0" encoding="UTF-8"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    f'<Override PartName="/word/document.xml" ContentType="{_DOCUMENT}.main+xml"/></Types>'
)
_RELATIONS = (
    '<?xml version="1.0" encoding="UTF-8"?>'
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" '
    'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" '
    'Target="word/document.xml"/></Relationships>'
)


def docx_file(name: str, paragraphs: Sequence[str], rows: Rows) -> Attachment:
    """A Word document: paragraphs, then one table."""
    text = "".join(_paragraph(line) for line in paragraphs)
    cells = "".join("<w:tr>" + "".join(f"<w:tc>{_paragraph(cell)}</w:tc>" for cell in row) + "</w:tr>" for row in rows)
    document = (
        '<?xml version="1.0" encoding="UTF-8"?><w:document '
        'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>'
        f"{text}<w:tbl>{cells}</w:tbl><w:p/></w:body></w:document>"
    )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for entry, content in (
            ("[Content_Types].xml", _CONTENT_TYPES),
            ("_rels/.rels", _RELATIONS),
            ("word/document.xml", document),
        ):
            archive.writestr(_entry(entry, zipfile.ZIP_DEFLATED), content.encode("utf-8"))
    return Attachment(name, out.getvalue(), _DOCUMENT)


def _paragraph(text: str) -> str:
    return f'<w:p><w:r><w:t xml:space="preserve">{escape(text)}</w:t></w:r></w:p>'


def pdf_file(name: str, lines: Sequence[str]) -> Attachment:
    """One page of text in a font that every reader of Japanese PDF knows by name (nothing is embedded)."""
    drawn = "".join(
        f"BT /F1 10 Tf 40 {800 - 16 * at} Td <{_utf16(line)}> Tj ET\n" for at, line in enumerate(lines)
    ).encode("ascii")
    packed = zlib.compress(drawn)
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R "
        b"/Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d /Filter /FlateDecode >>\nstream\n%s\nendstream" % (len(packed), packed),
        b"<< /Type /Font /Subtype /Type0 /BaseFont /HeiseiKakuGo-W5 /Encoding /UniJIS-UTF16-H "
        b"/DescendantFonts [6 0 R] >>",
        b"<< /Type /Font /Subtype /CIDFontType0 /BaseFont /HeiseiKakuGo-W5 /CIDSystemInfo "
        b"<< /Registry (Adobe) /Ordering (Japan1) /Supplement 2 >> /DW 1000 /FontDescriptor 7 0 R >>",
        b"<< /Type /FontDescriptor /FontName /HeiseiKakuGo-W5 /Flags 4 /FontBBox [0 -200 1000 900] /ItalicAngle 0 "
        b"/Ascent 800 /Descent -200 /CapHeight 700 /StemV 80 >>",
    ]
    out = bytearray(b"%PDF-1.5\n")
    starts = []
    for at, content in enumerate(objects):
        starts.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (at + 1, content)
    table = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % start for start in starts)
    out += b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, table)
    return Attachment(name, bytes(out), "application/pdf")


def _utf16(text: str) -> str:
    return text.encode("utf-16-be").hex()
