"""What some bytes are: by their content first, by their name second; labels are not trusted."""

import re
from dataclasses import dataclass
from functools import cache

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
TNEF = b"\x78\x9f\x3e\x22"
PST = b"!BDN"


@dataclass(frozen=True, slots=True)
class Kind:
    """``reader``: the reader's name, or a reason of kernel.content.REASONS; ``what``: for people."""

    reader: str
    what: str


_MAGIC: list[tuple[int, bytes, Kind]] = [
    (0, b"PK\x03\x04", Kind("zip", "ZIP")),
    (0, b"PK\x05\x06", Kind("zip", "ZIP")),
    (0, b"PK00PK\x03\x04", Kind("zip", "ZIP")),
    (0, OLE, Kind("ole", "OLE")),
    (0, b"{\\rtf", Kind("rtf", "RTF document")),
    (0, b"\x1f\x8b", Kind("gzip", "gzip")),
    (0, b"BZh", Kind("bzip2", "bzip2")),
    (0, b"\xfd7zXZ\x00", Kind("xz", "xz")),
    (257, b"ustar", Kind("tar", "tar")),
    (0, b"7z\xbc\xaf\x27\x1c", Kind("7z", "7z archive")),
    (0, b"Rar!\x1a\x07", Kind("rar", "RAR archive")),
    (0, b"MSCF", Kind("cab", "CAB archive")),
    (0, b"ISc(", Kind("unsupported", "InstallShield CAB archive")),
    (2, b"-lh", Kind("lzh", "LZH archive")),
    (2, b"-lz", Kind("lzh", "LZH archive")),
    (0, b"\x1f\x9d", Kind("compress", "compress (.Z)")),
    (0, b"\x28\xb5\x2f\xfd", Kind("zstd", "Zstandard")),
    (0, b"!<arch>\n", Kind("ar", "ar archive")),
    (0, b"070702", Kind("cpio", "cpio archive")),
    (0, b"070701", Kind("cpio", "cpio archive")),
    (0, b"070707", Kind("cpio", "cpio archive")),
    (0, b"\x71\xc7", Kind("cpio", "cpio archive")),
    (0, b"\xc7\x71", Kind("cpio", "cpio archive")),
    (0, TNEF, Kind("tnef", "Outlook TNEF (winmail.dat)")),
    (0, PST, Kind("pst", "Outlook store (PST/OST)")),
    (0, b"P5\n", Kind("picture", "image")),
    (0, b"\x89PNG\r\n\x1a\n", Kind("no_text", "image")),
    (0, b"\xff\xd8\xff", Kind("no_text", "image")),
    (0, b"GIF8", Kind("no_text", "image")),
    (0, b"II*\x00", Kind("no_text", "image")),
    (0, b"MM\x00*", Kind("no_text", "image")),
    (0, b"8BPS", Kind("no_text", "image")),
    (0, b"\x00\x00\x01\x00", Kind("no_text", "image")),
    (0, b"\xd7\xcd\xc6\x9a", Kind("no_text", "image")),
    (40, b" EMF", Kind("no_text", "image")),
    (4, b"ftyp", Kind("no_text", "image, sound or film")),
    (0, b"RIFF", Kind("no_text", "image, sound or film")),
    (0, b"OggS", Kind("no_text", "sound")),
    (0, b"ID3", Kind("no_text", "sound")),
    (0, b"fLaC", Kind("no_text", "sound")),
    (0, b"#!AMR", Kind("no_text", "sound")),
    (0, b"MThd", Kind("no_text", "sound")),
    (0, b"\x1aE\xdf\xa3", Kind("no_text", "film")),
    (0, b"\x00\x00\x01\xba", Kind("no_text", "film")),
    (0, b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", Kind("no_text", "film")),
    (0, b"FWS", Kind("unsupported", "Flash")),
    (0, b"CWS", Kind("unsupported", "Flash")),
    (0, b"\x7fELF", Kind("unsupported", "program")),
    (0, b"wOFF", Kind("no_text", "font")),
]
_MEDIA_TYPES = ("image/", "audio/", "video/", "font/")
_NAMES = {
    "eml": Kind("message", "mail"),
    "emlx": Kind("message", "mail"),
    "mht": Kind("message", "web archive"),
    "mhtml": Kind("message", "web archive"),
    "csv": Kind("csv", "CSV"),
    "tsv": Kind("csv", "TSV"),
    "tab": Kind("csv", "TSV"),
    "htm": Kind("html", "HTML"),
    "html": Kind("html", "HTML"),
    "xhtml": Kind("html", "HTML"),
}
_TYPES = {
    "text/csv": Kind("csv", "CSV"),
    "text/comma-separated-values": Kind("csv", "CSV"),
    "text/tab-separated-values": Kind("csv", "TSV"),
    "text/html": Kind("html", "HTML"),
    "message/rfc822": Kind("message", "mail"),
    "message/global": Kind("message", "mail"),
}
_HTML_START = re.compile(
    rb"\s*(?:<!--.{0,500}?-->\s*)?<(?:!doctype\s+html|html|head|body|table|meta|div)\b", re.IGNORECASE | re.DOTALL
)
_XML_START = re.compile(rb"\s*<\?xml\b")
_BINARY = bytes((*range(9), *range(0x0E, 0x1B), *range(0x1C, 0x20), 0x7F))
_SAMPLE = 4096


def extension(name: str) -> str:
    """The ending of a file name in lower case, without the dot; "" when there is none."""
    return name.rpartition(".")[2].strip().lower() if "." in name else ""


@cache
def _candidates() -> list[list[tuple[int, bytes, Kind]]]:
    """By the first byte of a file: the marks it may bear, in their order."""
    return [[entry for entry in _MAGIC if entry[0] or entry[1][0] == first] for first in range(256)]


def kind_of(name: str, data: bytes, content_type: str = "") -> Kind:
    """What ``data`` is. ``data`` may be only its first bytes where just media are to be told apart."""
    for offset, magic, kind in _candidates()[data[0]] if data else ():
        if data.startswith(magic, offset):
            return kind
    if b"%PDF-" in data[:1024]:
        return Kind("pdf", "PDF")
    if data.startswith(b"MZ") and b"\x00" in data[:64]:
        return Kind("zip", "self-extracting ZIP") if b"PK\x05\x06" in data[-66_000:] else Kind("unsupported", "program")
    if data.startswith(b"BM") and data[6:10] == b"\x00\x00\x00\x00":
        return Kind("no_text", "image")
    if data.startswith((b"-----BEGIN PGP MESSAGE", b"-----BEGIN PKCS7")):
        return Kind("encrypted", "PGP or S/MIME message")
    return _text_kind(name, data, content_type)


def _text_kind(name: str, data: bytes, content_type: str) -> Kind:
    head = data[:_SAMPLE]
    ending = extension(name)
    if not _is_text(head):
        if content_type.startswith(_MEDIA_TYPES) or _mpeg_sound(head):
            return Kind("no_text", "image, sound or film")
        return Kind("unsupported", "unknown binary format")
    if ending in _NAMES:
        return _NAMES[ending]
    if _HTML_START.match(head):
        return Kind("html", "HTML")
    if _XML_START.match(head) or content_type == "image/svg+xml":
        return Kind("xml", "XML")
    return _TYPES.get(content_type, Kind("text", "text"))


def office_kind(names: set[str]) -> str:
    """ "docx", "xlsx", "xlsb", "pptx", "odf" or "" for an ordinary archive. ``names`` of its members, in lower case."""
    if "[content_types].xml" in names:
        for kind, sign in (("xlsb", "xl/workbook.bin"), ("xlsx", "xl/workbook.xml")):
            if sign in names:
                return kind
        for kind, folder in (("docx", "word/"), ("xlsx", "xl/"), ("pptx", "ppt/")):
            if any(name.startswith(folder) for name in names):
                return kind
    if "content.xml" in names and "mimetype" in names:
        return "odf"
    return ""


def is_media(content_type: str, head: bytes) -> bool:
    """Whether a part that says it is an image, sound or film is one: then it need not be decoded."""
    return content_type.startswith(_MEDIA_TYPES) and kind_of("", head, content_type).reader == "no_text"


def _is_text(head: bytes) -> bool:
    """Text in any charset, UTF-16 included: hardly any control characters."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return True
    control = len(head) - len(head.translate(None, _BINARY))
    if not control:
        return True
    zeros = head.count(0)
    if zeros * 5 > len(head) and control == zeros:  # UTF-16 without a mark
        odd = head[1::2].count(0)
        return max(odd, zeros - odd) > zeros * 0.95
    return control * 50 < len(head)


def _mpeg_sound(head: bytes) -> bool:
    return len(head) > 2 and head[0] == 0xFF and head[1] & 0xE6 in {0xE2, 0xE4, 0xE6}
