"""RTF documents and mail bodies: text, tables, HTML that was wrapped into RTF, embedded objects.

Own reader: the libraries for it know neither tables nor the charset of fonts nor limits. One pass over the tokens, no
recursion. Hidden, deleted and field text is kept: it was sent.
"""

import binascii
import re
from contextlib import suppress
from dataclasses import dataclass

from sekisho.sources.files.html import read_html
from sekisho.sources.files.job import Job
from sekisho.sources.files.ole_objects import unwrapped
from sekisho.sources.mail.charset import decode

_TOKEN = re.compile(
    rb"\\([A-Za-z]{1,40})(-?[0-9]{1,10})? ?|((?:\\'[0-9A-Fa-f]{2})+)|\\([^A-Za-z])|([{}])|([^\\{}\r\n]+)|[\r\n]+|\\"
)
_NOT_HEX = bytes(set(range(256)) - set(b"0123456789abcdefABCDEF"))
_SKIPPED = frozenset(
    (  # noqa: SIM905  (forty words)
        "fonttbl colortbl stylesheet pict themedata colorschememapping datastore datafield latentstyles listtable "
        "listoverridetable listname rsidtbl revtbl pgptbl xmlnstbl panose falt generator blipuid bkmkstart bkmkend "
        "pnseclvl filetbl sn objclass ftnsep ftnsepc ftncn aftnsep aftnsepc aftncn mhtmltag template fname private "
        "passwordhash docfmt wgrffmtfilter nextfile listpicture defchp defpap pntext oleclsid background"
    ).split()
)
"""Destinations without text of the document. All others are read, known or not: text cannot hide in a new one."""
_WORDS = {
    "par": "\n", "line": "\n", "sect": "\n", "page": "\n", "column": "\n", "softline": "\n", "tab": "\t",
    "emdash": "—", "endash": "–", "emspace": " ", "enspace": " ", "qmspace": " ", "bullet": "•", "lquote": "‘",
    "rquote": "’", "ldblquote": "“", "rdblquote": "”", "nestcell": "\t", "nestrow": "\n",
}  # fmt: skip
_SYMBOLS = {b"~": " ", b"_": "-", b"\n": "\n", b"\r": "\n", b"\t": "\t", b"{": "{", b"}": "}", b"\\": "\\"}
_CHARSETS = {
    77: "mac_roman", 78: "cp932", 128: "cp932", 129: "cp949", 130: "johab", 134: "cp936", 136: "cp950", 161: "cp1253",
    162: "cp1254", 163: "cp1258", 177: "cp1255", 178: "cp1256", 186: "cp1257", 204: "cp1251", 222: "cp874",
    238: "cp1250",
}  # fmt: skip
_STATED = frozenset(_CHARSETS.values())
_EAST_ASIAN = {"cp932", "cp936", "cp949", "cp950"}
_BREAKS_BEFORE = frozenset({"header", "headerl", "headerr", "headerf", "footer", "footerl", "footerr", "footerf",
                            "footnote", "annotation", "title", "author", "subject", "operator", "company", "doccomm",
                            "keywords", "shptxt", "sv", "propname", "staticval", "fldinst"})  # fmt: skip
_CHECK_EVERY = 1 << 14
_MAX_GROUPS = 100_000
_NUMBERS = re.compile(r"[\s0-9.,;:()+-]*\Z")


@dataclass(slots=True)
class _State:
    """What a group inherits and gives back at its end."""

    target: str = ""
    """"" text, "skip", "font" (its table), "object" (hexadecimal data), "tag" (HTML as it was), "value" (of shapes)."""
    charset: str = ""
    skip_after: int = 1
    in_table: bool = False
    suppressed: bool = False
    start: int = 0

    def copy(self) -> "_State":
        return _State(self.target, self.charset, self.skip_after, self.in_table, self.suppressed)


def read_rtf(data: bytes, part: str, job: Job) -> None:
    """Read an RTF document: text as ``part``, tables as ``part!table[n]``, objects as ``part!object[n]``."""
    _Reader(data, part, job).run()


class _Reader:
    def __init__(self, data: bytes, part: str, job: Job) -> None:
        self.data = data
        self.part = part
        self.job = job
        self.state = _State()
        self.stack: list[_State] = []
        self.html = b"\\fromhtml" in data[:4096]
        self.default = ""
        self.fonts: dict[int, str] = {}
        self.font = 0
        self.pending = bytearray()
        self.to_skip = 0
        self.starred = False
        self.text: list[str] = []
        self.cell: list[str] = []
        self.row: list[str] = []
        self.rows: list[list[str]] = []
        self.tables = 0
        self.objects = 0
        self.hexadecimal: list[bytes] = []

    def run(self) -> None:
        data, position, count, end = self.data, 0, 0, len(self.data)
        while position < end:
            for found in _TOKEN.finditer(data, position):
                count += 1
                if not count % _CHECK_EVERY:
                    self.job.deadline.check()
                word, number, byte, symbol, brace, run = found.groups()
                if word is not None:
                    if word == b"bin":
                        position = found.end() + max(0, int(number or 0))
                        self.binary(data[found.end() : position])
                        break
                    self.word(word.decode("ascii"), number)
                elif byte is not None:
                    self.eight_bit(binascii.unhexlify(byte.replace(b"\\'", b"")))
                elif run is not None:
                    self.run_of_text(run)
                elif brace is not None:
                    if brace == b"{":
                        self.open_group()
                    else:
                        self.close_group()
                elif symbol is not None:
                    self.symbol(symbol)
            else:
                break
        self.finish()

    # --- groups -----------------------------------------------------------------------------------------------------

    def open_group(self) -> None:
        self.to_skip = 0
        self.starred = False
        if len(self.stack) >= _MAX_GROUPS:
            return
        self.stack.append(self.state)
        self.state = self.state.copy()

    def close_group(self) -> None:
        self.to_skip = 0
        if not self.stack:
            return
        closing = self.state
        if closing.target == "object" and self.stack[-1].target != "object":
            self.object()
        if closing.target == "value" and self.stack[-1].target != "value":
            self.flush()
            if _NUMBERS.match("".join(self.text[closing.start :])):
                del self.text[closing.start :]
        after = self.stack.pop()
        if (closing.charset, closing.target, closing.in_table) != (after.charset, after.target, after.in_table):
            self.flush()
        self.state = after

    def destination(self, word: str) -> None:
        """Some words say what the group that they begin is for."""
        state = self.state
        if word == "fonttbl":
            state.target = "font"
        elif word == "objdata":
            self.flush()
            state.target = "object"
        elif word == "htmltag" and self.html:
            self.flush()
            state.target = "tag"
        elif word in _SKIPPED:
            self.flush()
            state.target = "skip"
        elif word in _BREAKS_BEFORE:
            self.put("\n")
            if word == "sv":
                self.flush()
                state.target, state.start = "value", len(self.text)

    # --- tokens -----------------------------------------------------------------------------------------------------

    def word(self, word: str, number: bytes | None) -> None:
        value = int(number) if number else None
        if word == "u" and value is not None:
            self.put(chr(value & 0xFFFF))
            self.to_skip = self.state.skip_after
            return
        if self.to_skip:
            self.to_skip -= 1
            return
        state = self.state
        if state.target in {"skip", "object"}:
            return
        if state.target == "font":
            self.font_table(word, value)
        elif word in _WORDS:
            self.put(_WORDS[word])
        elif word in {"cell", "row"}:
            self.flush()
            if word == "cell":
                self.end_cell()
            else:
                self.end_row()
        else:
            self.setting(word, value)

    def setting(self, word: str, value: int | None) -> None:
        state = self.state
        match word:
            case "f" | "af" if value is not None:
                self.use(self.fonts.get(value, self.default))
            case "plain":
                self.use(self.fonts.get(self.font, self.default))
            case "uc":
                state.skip_after = min(max(value or 0, 0), 10) if value is not None else 1
            case "pard":
                self.place(in_table=False)
            case "intbl":
                self.place(in_table=value != 0)
            case "itap":
                self.place(in_table=bool(value))
            case "htmlrtf":
                self.flush()
                state.suppressed = value != 0
            case "ansicpg" if value is not None:
                self.default = "utf-8" if value == 65001 else f"cp{value}"
                self.use(self.default)
            case "deff" if value is not None:
                self.font = value
            case "mac" | "pc" | "pca":
                self.default = {"mac": "mac_roman", "pc": "cp437", "pca": "cp850"}[word]
            case _:
                self.destination(word)

    def font_table(self, word: str, value: int | None) -> None:
        if word == "f" and value is not None:
            self.state.start = value
            if self.stack:
                self.stack[-1].start = value
        elif word == "fcharset" and value is not None and len(self.fonts) < 10_000:
            charset = _CHARSETS.get(value, "")
            self.fonts[self.state.start] = charset or (self.default if self.default in _EAST_ASIAN else "cp1252")
        elif word == "cpg" and value:
            self.fonts[self.state.start] = f"cp{value}"

    def place(self, *, in_table: bool) -> None:
        if in_table != self.state.in_table:
            self.flush()
            self.state.in_table = in_table

    def use(self, charset: str) -> None:
        if charset != self.state.charset:
            self.flush()
            self.state.charset = charset

    def symbol(self, symbol: bytes) -> None:
        if symbol == b"*":
            self.starred = True
            return
        if self.to_skip:
            self.to_skip -= 1
            return
        if symbol in _SYMBOLS:
            self.put(_SYMBOLS[symbol])

    def run_of_text(self, run: bytes) -> None:
        if self.to_skip:
            skipped = min(self.to_skip, len(run))
            self.to_skip -= skipped
            run = run[skipped:]
        if self.state.target == "object":
            self.hexadecimal.append(run)
        elif self.state.target not in {"skip", "font"} and not self.hidden():
            self.pending += run

    def eight_bit(self, run: bytes) -> None:
        skipped = min(self.to_skip, len(run))
        self.to_skip -= skipped
        if self.state.target not in {"skip", "font", "object"} and not self.hidden():
            self.pending += run[skipped:]

    def binary(self, content: bytes) -> None:
        if self.to_skip:
            self.to_skip -= 1
        elif self.state.target == "object":
            self.hexadecimal.append(binascii.hexlify(content))

    def hidden(self) -> bool:
        """Of HTML wrapped into RTF only what is HTML is wanted; the rest is the same once more."""
        return self.html and self.state.suppressed and self.state.target != "tag"

    # --- output -----------------------------------------------------------------------------------------------------

    def put(self, text: str) -> None:
        if self.state.target in {"skip", "font", "object"} or self.hidden():
            return
        if text.isascii() and len(self.pending) < 4096:
            self.pending += text.encode("ascii")
            return
        self.flush()
        self.emit(text)

    def flush(self) -> None:
        if self.pending:
            raw = bytes(self.pending)
            self.pending.clear()
            self.emit(raw.decode("ascii") if raw.isascii() else self.decoded(raw))

    def decoded(self, raw: bytes) -> str:
        """By the charset of the font where it is more than Western, else (programs are careless there) by the bytes."""
        charset = self.state.charset or self.default
        if charset in _STATED:
            with suppress(UnicodeDecodeError):
                return raw.decode(charset)
        return decode(raw, charset).text

    def emit(self, text: str) -> None:
        if self.state.in_table and not self.html:
            self.cell.append(text)
            return
        if self.rows and text.strip():
            self.end_table()
        self.text.append(text)

    def end_cell(self) -> None:
        self.row.append(_joined(self.cell).strip())
        self.cell.clear()

    def end_row(self) -> None:
        if self.cell:
            self.end_cell()
        if self.row:
            self.rows.append(self.row)
            self.row = []

    def end_table(self) -> None:
        rows, self.rows = self.rows, []
        if len(rows) > 1 and max(map(len, rows)) > 1:
            self.tables += 1
            self.job.table(f"{self.part}!table[{self.tables}]", rows)
            self.text.append("\n")
        else:
            self.text += ["\n".join("\t".join(row) for row in rows), "\n"]

    def object(self) -> None:
        """An embedded file, written as hexadecimal digits."""
        digits = b"".join(self.hexadecimal).translate(None, _NOT_HEX)
        self.hexadecimal = []
        data = binascii.unhexlify(digits[: len(digits) & ~1])
        if not data:
            return
        self.objects += 1
        place = f"{self.part}!object[{self.objects}]"
        if not self.job.take_part():
            if self.objects == 1 or self.job.parts_left == -1:
                self.job.unread(place, "too_big", "further embedded objects not looked at")
            return
        name, content = unwrapped(data)
        self.job.text(f"{place}.name", name if name != "object" else "")
        self.job.open(name, content, place)

    def finish(self) -> None:
        self.flush()
        if self.state.target == "object":
            self.object()
        self.end_row()
        if self.rows:
            self.end_table()
        written = _joined(self.text)
        if not self.html:
            self.job.text(self.part, written)
            return
        limit = self.job.limits.max_html_bytes
        if len(written) > limit:
            self.job.unread(self.part, "too_big", "HTML not read to its end")
        text, tables = read_html(written[:limit])
        self.job.text(self.part, text)
        for number, rows in enumerate(tables, 1):
            self.job.table(f"{self.part}!table[{number}]", rows)


def _joined(pieces: list[str]) -> str:
    """The pieces as one text; surrogates, which RTF writes one by one, become the characters that they mean."""
    text = "".join(pieces).replace("\x00", "")
    try:
        text.encode("utf-16-le")
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text
