"""Invented files for the tests, made on the spot."""

import io
import struct
import zipfile

import xlsxwriter


def zipped(members: dict[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", compression) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return made.getvalue()


def cp932_zip(name: str, content: bytes) -> bytes:
    """A ZIP as Windows makes it: names in CP932, no UTF-8 flag."""
    stand_in = "n" * len(name.encode("cp932"))
    return zipped({stand_in: content}).replace(stand_in.encode(), name.encode("cp932"))


def workbook(sheets: dict[str, list[list[object]]], hidden: tuple[str, ...] = ()) -> bytes:
    made = io.BytesIO()
    book = xlsxwriter.Workbook(made, {"in_memory": True, "default_date_format": "yyyy-mm-dd"})
    for name, rows in sheets.items():
        sheet = book.add_worksheet(name)
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
        if name in hidden:
            sheet.hide()
    book.close()
    return made.getvalue()


def ole(streams: dict[str, bytes]) -> bytes:
    """A compound file (512-byte sectors) with streams of at least 4,096 bytes each."""
    sectors: list[bytes] = []
    chains: list[int] = []
    entries = [_entry("Root Entry", 5, 0xFFFFFFFE, 0, child=1)]
    for name, content in streams.items():
        padded = content.ljust(max(4096, -(-len(content) // 512) * 512), b"\0")
        start = len(sectors)
        for at in range(0, len(padded), 512):
            sectors.append(padded[at : at + 512])
            chains.append(len(sectors))
        chains[-1] = 0xFFFFFFFE
        entries.append(_entry(name, 2, start, len(padded)))
    entries += [bytes(128)] * (-len(entries) % 4)
    directory = len(sectors)
    table = b"".join(entries)
    for at in range(0, len(table), 512):
        sectors.append(table[at : at + 512])
        chains.append(len(sectors))
    chains[-1] = 0xFFFFFFFE
    fat_at = len(sectors)
    chains.append(0xFFFFFFFD)
    assert len(chains) <= 128
    sectors.append(struct.pack("<128I", *chains, *[0xFFFFFFFF] * (128 - len(chains))))
    header = bytearray(512)
    header[:8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
    struct.pack_into("<HHHHH", header, 24, 0x3E, 3, 0xFFFE, 9, 6)
    struct.pack_into("<II", header, 44, 1, directory)
    struct.pack_into("<IIIII", header, 56, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0)
    struct.pack_into("<109I", header, 76, fat_at, *[0xFFFFFFFF] * 108)
    return bytes(header) + b"".join(sectors)


def _entry(name: str, kind: int, start: int, size: int, child: int = 0xFFFFFFFF) -> bytes:
    raw = bytearray(128)
    written = name.encode("utf-16-le") + b"\0\0"
    raw[: len(written)] = written
    struct.pack_into("<HBB III", raw, 64, len(written), kind, 1, 0xFFFFFFFF, 0xFFFFFFFF, child)
    struct.pack_into("<II", raw, 116, start, size)
    return bytes(raw)


def biff(cells: list[tuple[int, int, str]], password: bool = False) -> bytes:
    """The Workbook stream of an XLS file with one sheet of text cells."""

    def record(kind: int, content: bytes) -> bytes:
        return struct.pack("<HH", kind, len(content)) + content

    bof = record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0005, 0x0DBB, 0x07CC, 0, 6))
    if password:
        bof += record(0x002F, bytes(6))
    end = record(0x000A, b"")
    name = "一覧".encode("utf-16-le")
    size = len(record(0x0085, bytes(8) + name))
    offset = len(bof) + size + len(end)
    bound = record(0x0085, struct.pack("<IBBBB", offset, 0, 0, 2, 1) + name)
    sheet = record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0010, 0x0DBB, 0x07CC, 0, 6))
    for row, column, text in cells:
        written = text.encode("utf-16-le")
        sheet += record(0x0204, struct.pack("<HHHHB", row, column, 0, len(text), 1) + written)
    return bof + bound + end + sheet + end


def docx(body: str, extra: dict[str, bytes] | None = None) -> bytes:
    """A Word document; ``body`` is the XML inside w:body."""
    document = (
        '<?xml version="1.0"?><w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">'
        f"<w:body>{body}</w:body></w:document>"
    )
    return zipped({"[Content_Types].xml": b"<Types/>", "word/document.xml": document.encode(), **(extra or {})})


def pdf(text: str = "Policy A-1234567", pages: int = 1, *, blank: bool = False) -> bytes:
    """A PDF whose first page says ``text`` (ASCII); further pages show a square, or nothing."""
    stream = f"BT /F1 12 Tf 72 720 Td ({text}) Tj ET".encode()
    square = b"72 720 100 100 re f"
    kids = " ".join(f"{4 + number} 0 R" for number in range(pages))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {pages} >>".encode(),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    for number in range(pages):
        contents = f"/Contents {4 + pages + (number > 0)} 0 R" if number == 0 or not blank else ""
        objects.append(
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] "
            f"/Resources << /Font << /F1 3 0 R >> >> {contents} >>".encode()
        )
    objects += [b"<< /Length %d >>\nstream\n%s\nendstream" % (len(one), one) for one in (stream, square)]
    return _pdf_file(objects)


def _pdf_file(objects: list[bytes]) -> bytes:
    made, offsets = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, 1):
        offsets.append(len(made))
        made += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    xref = len(made)
    made += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    made += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    return made + b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, xref)


def pdf_with_notes(field: str, shown: str, hidden: str) -> bytes:
    """A PDF of one page with a form field, a text laid over the page and a note that opens on a click."""

    def stream(text: str, kind: bytes = b"") -> bytes:
        content = f"BT /F1 12 Tf 2 4 Td ({text}) Tj ET".encode()
        return b"<< %s /Length %d >>\nstream\n%s\nendstream" % (kind, len(content), content)

    def note(kind: str, key: str, text: str, y: int) -> bytes:
        return f"<< /Type /Annot /Subtype /{kind} /{key} ({text}) /Rect [72 {y} 300 {y + 20}] /F 4 >>".encode()

    form = b"/Type /XObject /Subtype /Form /BBox [0 0 228 20] /Resources << /Font << /F1 5 0 R >> >>"
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R /AcroForm << /Fields [6 0 R] >> >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Resources << /Font << /F1 5 0 R >> >> /Contents 4 0 R "
        b"/Annots [6 0 R 8 0 R 10 0 R] >>",
        stream("Policy A-1234567"),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        note("Widget /FT /Tx /T (n) /AP << /N 7 0 R >>", "V", field, 600),
        stream(field, form),
        note("FreeText /AP << /N 9 0 R >>", "Contents", shown, 500),
        stream(shown, form),
        note("Text", "Contents", hidden, 400),
    ]
    return _pdf_file(objects)


def xlsb(rows: list[list[str]], name: str = "一覧") -> bytes:
    """A binary workbook ([MS-XLSB]) of one sheet of texts."""

    def record(kind: int, content: bytes = b"") -> bytes:
        number = bytes([kind]) if kind < 0x80 else bytes([kind & 0x7F | 0x80, kind >> 7])
        size = len(content)
        return number + (bytes([size]) if size < 0x80 else bytes([size & 0x7F | 0x80, size >> 7])) + content

    def text(written: str) -> bytes:
        return struct.pack("<I", len(written)) + written.encode("utf-16-le")

    def relation(kind: str, target: str) -> bytes:
        schemas = "http://schemas.openxmlformats.org"
        return (
            f'<Relationships xmlns="{schemas}/package/2006/relationships"><Relationship Id="r1" '
            f'Type="{schemas}/officeDocument/2006/relationships/{kind}" Target="{target}"/></Relationships>'
        ).encode()

    book = struct.pack("<II", 0, 1) + text("r1") + text(name)
    sheet = record(0x81) + record(0x94, struct.pack("<IIII", 0, len(rows) - 1, 0, max(map(len, rows)) - 1))
    sheet += record(0x91)
    for row, cells in enumerate(rows):
        sheet += record(0, struct.pack("<IIHHBI", row, 0, 300, 0, 0, 0))
        sheet += b"".join(record(6, struct.pack("<II", at, 0) + text(cell)) for at, cell in enumerate(cells))
    return zipped(
        {
            "[Content_Types].xml": b"<Types/>",
            "_rels/.rels": relation("officeDocument", "xl/workbook.bin"),
            "xl/workbook.bin": record(0x83) + record(0x8F) + record(0x9C, book) + record(0x90) + record(0x84),
            "xl/_rels/workbook.bin.rels": relation("worksheet", "worksheets/sheet1.bin"),
            "xl/worksheets/sheet1.bin": sheet + record(0x92) + record(0x82),
        }
    )
