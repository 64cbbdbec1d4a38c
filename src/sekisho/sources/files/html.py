"""HTML to running text and tables, by one pass over its tags.

Own tokeniser instead of a tree: linear on hostile nesting, no loss below a depth limit, and faster than building a
tree that is walked once. Data tables (two columns or more, nothing nested inside) become tables; layout tables stay
running text. Text that a style hides is kept: it was sent, so it was disclosed.
"""

import html
import re
from functools import lru_cache

_COMMENT_OPEN, _COMMENT_CLOSE = "<!--", "-->"
_TAG = re.compile(r"<(/?[A-Za-z][A-Za-z0-9:-]{0,30}|!\[|!|\?)([^<>]*)>?")
_SPACE = re.compile(r"[ \t\r\n\f]+")
_LONG_BLANK = re.compile(r"[ \t]{200,}")
_SILENT = {"script", "style", "template"}
_BREAK = {
    "p",
    "div",
    "br",
    "li",
    "ul",
    "ol",
    "dl",
    "dt",
    "dd",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "tr",
    "table",
    "tbody",
    "thead",
    "tfoot",
    "caption",
    "blockquote",
    "pre",
    "hr",
    "section",
    "article",
    "header",
    "footer",
    "main",
    "aside",
    "nav",
    "address",
    "form",
    "fieldset",
    "title",
    "body",
    "html",
    "head",
    "center",
    "option",
    "select",
    "figure",
}
_META_CHARSET = re.compile(rb"""<meta[^>]{0,300}?charset\s*=\s*["']?\s*([A-Za-z0-9_.:-]{2,40})""", re.IGNORECASE)
_XML_ENCODING = re.compile(rb"""\A\s*<\?xml[^>]{0,100}?encoding\s*=\s*["']([A-Za-z0-9_.:-]{2,40})""")
_ANY_TAG = re.compile(r"<[^<>]*>")
_SPAN = re.compile(r"""colspan\s*=\s*["']?(\d{1,3})""", re.IGNORECASE)
_ATTRIBUTE_TEXT = re.compile(
    r"""\b(?:alt|title|value|content|placeholder)\s*=\s*(?:"([^"]*)"|'([^']*)')""", re.IGNORECASE
)
_SPEAKING_TAGS = {"img", "input", "area", "abbr"}


def declared_charset(raw: bytes) -> str:
    """The charset that a document names in its first 2 kB; "" when none."""
    head = raw[:2048]
    found = _META_CHARSET.search(head) or _XML_ENCODING.search(head)
    return found[1].decode("ascii") if found else ""


def read_html(source: str) -> tuple[str, list[list[list[str]]]]:
    """(running text, data tables in order). Positions in the text count characters of the text, not of the source."""
    source = _without_comments(source)
    reader = _Reader(source)
    try:
        reader.run(_collapsed(source))
    except _SpaceMattersError:
        reader = _Reader()
        reader.run(source)
    return reader.finish()


class _SpaceMattersError(Exception):
    """White space was collapsed where it has a meaning: in a <pre>, or inside a tag whose text is kept."""


def _collapsed(source: str) -> str:
    """White space as a browser shows it, one blank each, for the whole source at once."""
    for character in "\n\r\t\f":
        source = source.replace(character, " ")
    while "  " in source:
        source = source.replace("  ", " ")
    return source


def _without_comments(source: str) -> str:
    start = source.find(_COMMENT_OPEN)
    if start < 0:
        return source
    kept: list[str] = []
    position = 0
    while start >= 0:
        end = source.find(_COMMENT_CLOSE, start + 4)
        if end < 0:
            break  # never closed: nothing is hidden from us
        kept.append(source[position:start])
        position = end + 3
        start = source.find(_COMMENT_OPEN, position)
    kept.append(source[position:])
    return "".join(kept)


class _Grid:
    """One <table> being read."""

    __slots__ = ("nested", "rows", "start")

    def __init__(self, start: int) -> None:
        self.rows: list[list[tuple[int, int, int]]] = []  # (first chunk, last chunk, columns)
        self.nested = False
        self.start = start


class _Reader:
    """``written``: the source before its white space was collapsed; "" when that is what is read."""

    def __init__(self, written: str = "") -> None:
        self.written = written
        self.position = 0
        self.chunks: list[str] = []
        self.tables: list[list[list[str]]] = []
        self.grids: list[_Grid] = []
        self.open_cell: list[tuple[int, int] | None] = []

    def run(self, source: str) -> None:
        """Read all of ``source``. Raises _SpaceMattersError; what was read is void then."""
        pieces = _TAG.split(source)
        add, role_of = self.chunks.append, _role
        silent, as_is = "", self.written != ""
        if pieces[0]:
            add(_SPACE.sub(" ", pieces[0]))
        tags = iter(pieces)
        next(tags)
        for name, attributes, words in zip(tags, tags, tags, strict=True):
            role = role_of(name)
            if silent:
                if role != "/" + silent:
                    continue
                silent = ""
            elif role == "\n":
                add("\n")
            elif role:
                silent = role if role in _SILENT else ""
                if role in _PREFORMATTED:
                    as_is = role == "pre"
                self.tag(role, name, attributes)
                if silent:
                    continue
            elif attributes.startswith("@"):  # <taro@example.jp>, written without escaping
                add(f" {self.as_written(name + attributes)} ")
            if words:
                add(words if as_is else _SPACE.sub(" ", words))
        if silent:  # never closed: what stands after the last tag is kept
            add(_SPACE.sub(" ", pieces[-1]))

    def as_written(self, tag: str) -> str:
        """``tag``, made sure that no white space in it was collapsed. Raises _SpaceMattersError."""
        if self.written:
            self.position = self.written.find("<" + tag, self.position)
            if self.position < 0:
                raise _SpaceMattersError
        return tag

    def tag(self, role: str, name: str, attributes: str) -> None:
        if role in _TABLE_TAGS:
            if role[-1] not in "dh":  # a cell does not end a line
                self.chunks.append("\n")
            self.table_tag(role, attributes)
        elif role in _PREFORMATTED:
            if self.written:
                raise _SpaceMattersError
            self.chunks.append("\n")
        elif role in _SPEAKING_TAGS and "=" in attributes:
            self.as_written(name + attributes)
            self.chunks += [f" {double or single} " for double, single in _ATTRIBUTE_TEXT.findall(attributes)]

    def table_tag(self, name: str, attributes: str) -> None:
        if name == "table":
            if self.grids:
                self.grids[-1].nested = True
            self.grids.append(_Grid(len(self.chunks)))
            self.open_cell.append(None)
        elif not self.grids:
            return
        elif name in {"tr", "/tr"}:
            self.close_cell()
            if name == "tr":
                self.grids[-1].rows.append([])
        elif name in {"td", "th"}:
            self.close_cell()
            span = _SPAN.search(attributes)
            self.open_cell[-1] = (len(self.chunks), min(int(span[1]), 200) if span else 1)
        elif name in {"/td", "/th"}:
            self.close_cell()
        elif name == "/table":
            self.close_cell()
            self.close_table()

    def close_cell(self) -> None:
        opened = self.open_cell[-1]
        if opened is None:
            return
        if not self.grids[-1].rows:
            self.grids[-1].rows.append([])
        self.grids[-1].rows[-1].append((opened[0], len(self.chunks), opened[1]))
        self.chunks.append("\t")
        self.open_cell[-1] = None

    def close_table(self) -> None:
        grid = self.grids.pop()
        self.open_cell.pop()
        if grid.nested or len(grid.rows) < 2 or max(map(len, grid.rows)) < 2:
            return
        self.tables.append([self.cells(row) for row in grid.rows])
        del self.chunks[grid.start :]
        self.chunks.append("\n")

    def cells(self, row: list[tuple[int, int, int]]) -> list[str]:
        done: list[str] = []
        for first, last, columns in row:
            done.append(_tidy("".join(self.chunks[first:last])))
            done += [""] * (columns - 1)
        return done

    def finish(self) -> tuple[str, list[list[list[str]]]]:
        while self.grids:
            self.close_cell()
            self.close_table()
        return _tidy("".join(self.chunks)), self.tables


_TABLE_TAGS = {"table", "tr", "td", "th", "/table", "/tr", "/td", "/th"}
_PREFORMATTED = {"pre", "/pre"}


@lru_cache(maxsize=2048)
def _role(name: str) -> str:
    """A tag's name in lower case when it means something here, a line break when it means just that, else ""."""
    lower = name.lower()
    if lower in _TABLE_TAGS or lower in _PREFORMATTED or lower.removeprefix("/") in _SILENT | _SPEAKING_TAGS:
        return lower
    return "\n" if lower.removeprefix("/") in _BREAK else ""


def _tidy(text: str) -> str:
    if "&" in text:
        text = html.unescape(text)
    text = text.replace("\xa0", " ").replace("\u200b", "")
    if "          " in text:
        text = _LONG_BLANK.sub(" ", text)
    if "\n" not in text:
        return text.strip(" ")
    first, *lines = text.split("\n")
    lines[-1] = lines[-1].lstrip(" \t")
    kept = [first.rstrip(" \t"), *[line.strip(" \t") for line in lines[:-1]], lines[-1]]
    return "\n".join(filter(None, kept)).strip(" \n")


def strip_tags(source: str) -> str:
    """Any other XML as running text: what stands between and inside the tags' quotes is kept."""
    return _ANY_TAG.sub(_speak, source)


def _speak(tag: "re.Match[str]") -> str:
    values = re.findall(r"\"([^\"]+)\"", tag[0])
    return " " + " ".join(values) + " " if values else " "
