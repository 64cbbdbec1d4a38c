"""Finding the messages in a mail archive: EML, mbox, Maildir, MSG, PST/OST, in any arrangement of folders.

Messages come as light references that another process can read by itself. What is no mail is named with a reason,
never passed over in silence; only known litter (``litter.yaml``) is (REQUIREMENTS A1).
"""

import mmap
import os
import re
import stat
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from fnmatch import fnmatch
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from sekisho.kernel.errors import InputError
from sekisho.sources.files.kinds import OLE, PST, TNEF
from sekisho.sources.files.limits import Limits, RefusedError
from sekisho.sources.loose.wrapped import is_wrapped, place_of, wrapped
from sekisho.sources.mail.outlook.convert import is_outlook, to_rfc822
from sekisho.sources.mail.outlook.pst import item_as_rfc822, list_items

_HEAD = 2048
_READ = os.O_RDONLY | getattr(os, "O_BINARY", 0)
_ITEM_BYTES = 1 << 15
"""What an item of an Outlook store is taken to need, for dividing the work."""
_STUFFED = re.compile(rb"^>(>*From )", re.MULTILINE)
_FROM_DATE = re.compile(rb"From [^\n]{0,300}?\d{1,2}:\d{2}(?::\d{2})?\b[^\n]{0,60}?\b(?:19|20)\d\d\b")
_HEADER_LINE = re.compile(rb"(?:>?From |[!-9;-~]{1,100}[ \t]*:)")
_TWO_HEADERS = re.compile(rb"[!-9;-~]{1,100}[ \t]*:[^\n]*\n(?:[ \t][^\n]*\n)*[!-9;-~]{1,100}[ \t]*:")
_MAIL_HEADER = re.compile(
    rb"^(?:from|to|cc|bcc|subject|date|received|message-id|return-path|mime-version|delivered-to|reply-to|sender|"
    rb"x-mailer|x-original-to|content-type|content-transfer-encoding|in-reply-to|dkim-signature|received-spf)[ \t]*:",
    re.IGNORECASE | re.MULTILINE,
)
_EMLX_START = re.compile(rb"\s*(\d{1,10})[ \t]*\r?\n")
_MAIL_ENDINGS = (".eml", ".emlx")


class MessageRef(NamedTuple):
    """Where one message lies.

    ``archive``: name of the file relative to what the user gave; ``path``: the file to open; ``offset`` and
    ``length``: bytes in it; ``in_mbox``: ">From " lines are unescaped on reading. ``item``: an item of an Outlook
    store, as its folders and number in hexadecimal (then ``length`` is a guess), or what ``loose.wrapped`` must know of
    evidence that is no mail.
    """

    archive: str
    path: str
    offset: int
    length: int
    in_mbox: bool = False
    item: str = ""

    def __reduce__(self) -> tuple[Any, ...]:
        """To another process in a few steps: there is one for each message."""
        return MessageRef, tuple(self)

    @property
    def position(self) -> str:
        """The archive name, and for a message in an mbox ``@offset``, for an item of an Outlook store ``#item``, for
        a row of a table ``:line``: enough for a person to find it again."""
        if self.item:
            return f"{self.archive}{place_of(self.item)}" if is_wrapped(self.item) else f"{self.archive}#{self.item}"
        return f"{self.archive}@{self.offset}" if self.in_mbox else self.archive

    def read(self) -> bytes:
        """The bytes of the message (RFC 822, whatever it lies in). Raises OSError when the file has vanished or may
        not be read any more."""
        if self.item:
            if is_wrapped(self.item):
                return wrapped(self.archive, self.path, self.item, self._bytes())
            return item_as_rfc822(self.path, self.item)
        raw = self._bytes()
        if is_outlook(raw):
            return to_rfc822(raw)
        return _STUFFED.sub(rb"\1", raw) if self.in_mbox and b">From " in raw else raw

    def _bytes(self) -> bytes:
        parts: list[bytes] = []
        handle = os.open(self.path, _READ)  # the hot path: a file object would cost more than the reading
        try:
            os.lseek(handle, self.offset, os.SEEK_SET)
            left = self.length
            while left > 0 and (block := os.read(handle, left)):
                parts.append(block)
                left -= len(block)
        finally:
            os.close(handle)
        return parts[0] if len(parts) == 1 else b"".join(parts)


@dataclass(frozen=True, slots=True)
class UnreadArchive:
    """A file or folder (or a message in an mbox: ``archive@offset``) that was not read; ``reason`` as in REASONS."""

    archive: str
    reason: str
    detail: str = ""


Wanted = Callable[[str, str, os.stat_result], bool]
"""Asked for each file, (shown name, path, status), before it is opened: False passes over it and all it holds."""


Split = Callable[[str, str, bytes, os.stat_result, int], Iterator[MessageRef | UnreadArchive]]
"""What a file holds, by (path, shown name, its first bytes, status, most bytes of one message)."""


@dataclass(frozen=True, slots=True)
class _Walk:
    """What a walk through folders asks of each file."""

    most: int
    wanted: Wanted
    split: Split


def messages(
    paths: Iterable[str | Path],
    limits: Limits | None = None,
    wanted: Wanted | None = None,
    split: Split | None = None,
) -> Iterator[MessageRef | UnreadArchive]:
    """All messages below ``paths`` in a stable order, and everything that is none; only of files that are ``wanted``.
    ``split``: finds the messages of one file; by default those of mail archives.

    Raises InputError, before anything is yielded, for a path that does not exist.
    """
    given = [Path(path) for path in paths]
    for path in given:
        try:
            path.stat()
        except PermissionError:
            continue
        except OSError:
            raise InputError(
                "there is no such file or folder", where=str(path), remedy="check the spelling of the path"
            ) from None
    walk = _Walk((limits or Limits()).max_message_bytes, wanted or _every, split or _by_content)
    return _all(given, walk)


def _every(_shown: str, _path: str, _status: os.stat_result) -> bool:
    return True


def _noting(wanted: Wanted, asked: list[str]) -> Wanted:
    """``wanted``, noting in ``asked`` that there was a file to ask for: then its folder is not empty."""

    def ask(shown: str, path: str, status: os.stat_result) -> bool:
        if not asked:
            asked.append(shown)
        return wanted(shown, path, status)

    return ask


def _all(given: list[Path], walk: _Walk) -> Iterator[MessageRef | UnreadArchive]:
    names: dict[str, int] = {}
    for path in given:
        name = path.name or path.resolve().name or "archive"
        names[name] = names.get(name, 0) + 1
        shown = name if names[name] == 1 else f"{name}~{names[name]}"
        if path.is_dir():
            asked: list[str] = []
            found = False
            for one in _folder(str(path), shown, replace(walk, wanted=_noting(walk.wanted, asked))):
                found = True
                yield one
            if not found and not asked:
                yield UnreadArchive(shown, "missing", "empty folder")
        else:
            yield from _file(str(path), shown, walk)


def _folder(path: str, shown: str, walk: _Walk) -> Iterator[MessageRef | UnreadArchive]:
    try:
        with os.scandir(path) as entries:
            listed = sorted(entries, key=lambda entry: entry.name)
    except OSError as error:
        yield UnreadArchive(shown, _reason(error), error.strerror or "")
        return
    for entry in listed:
        name = f"{shown}/{entry.name}".encode("utf-8", "replace").decode("utf-8")
        if entry.is_symlink():
            yield UnreadArchive(name, "unsupported", "symbolic link, not followed")
        elif entry.is_dir():
            if not _is_litter(entry.name, "folders"):
                yield from _folder(entry.path, name, walk)
        elif not _is_litter(entry.name, "files"):
            yield from _file(entry.path, name, walk)


def _file(path: str, shown: str, walk: _Walk) -> Iterator[MessageRef | UnreadArchive]:
    try:
        status = os.stat(path)  # noqa: PTH116
        if not stat.S_ISREG(status.st_mode):
            yield UnreadArchive(shown, "unsupported", "no regular file")
            return
        if status.st_size == 0:
            yield UnreadArchive(shown, "missing", "empty file")
            return
        if not walk.wanted(shown, path, status):
            return
        handle = os.open(path, _READ)
        try:
            head = os.read(handle, _HEAD)
        finally:
            os.close(handle)
        yield from walk.split(path, shown, head, status, walk.most)
    except OSError as error:
        yield UnreadArchive(shown, _reason(error), error.strerror or "")


def _by_content(
    path: str, shown: str, head: bytes, status: os.stat_result, most: int
) -> Iterator[MessageRef | UnreadArchive]:
    size = status.st_size
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip(b"\r\n")
    lower = path.lower()
    if is_mbox(head):
        yield from _mbox(path, shown, most)
    elif head.startswith(PST):
        yield from _store(path, shown)
    elif lower.endswith((".pst", ".ost")):
        yield UnreadArchive(shown, "broken", "no Outlook store, though it is called one")
    elif head.startswith(TNEF) or (head.startswith(OLE) and lower.endswith((".msg", ".oft"))):
        yield _ref(shown, path, 0, size, most)
    elif lower.endswith(".emlx") and (counted := _EMLX_START.match(head)):
        yield _ref(shown, path, counted.end(), min(int(counted[1]), size - counted.end()), most)
    elif lower.endswith(_MAIL_ENDINGS) or _in_maildir(path) or _looks_like_mail(start):
        yield _ref(shown, path, 0, size, most)
    else:
        yield UnreadArchive(shown, "unsupported", "neither a message nor a mail archive")


def is_mbox(head: bytes) -> bool:
    """Whether a file that begins so is a mailbox."""
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip(b"\r\n")
    return start.startswith(b"From ") and _is_separator(start, 0, trusted=True)


def _ref(
    shown: str, path: str, offset: int, length: int, most: int, *, in_mbox: bool = False
) -> MessageRef | UnreadArchive:
    if length > most:
        where = f"{shown}@{offset}" if in_mbox else shown
        return UnreadArchive(where, "too_big", f"message of {length >> 20} MiB, limit {most >> 20} MiB")
    return MessageRef(shown, path, offset, length, in_mbox)


def _store(path: str, shown: str) -> Iterator[MessageRef | UnreadArchive]:
    """The items of an Outlook store."""
    try:
        for listed in list_items(path):
            if listed.damaged:
                yield UnreadArchive(shown, "broken", listed.damaged)
            else:
                yield MessageRef(shown, path, 0, _ITEM_BYTES, item=listed.item)
    except RefusedError as refused:
        yield UnreadArchive(shown, refused.reason, refused.detail)


def _in_maildir(path: str) -> bool:
    """Whether the file lies in ``cur`` or ``new`` of a Maildir (their sibling is there)."""
    folder = Path(path).parent
    return folder.name in {"cur", "new"} and (folder.parent / ("new" if folder.name == "cur" else "cur")).is_dir()


def _looks_like_mail(start: bytes) -> bool:
    """RFC 822 by content: header lines from the first line on, one of them a mail header."""
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        start = start.decode("utf-16", "replace").encode("utf-8").removeprefix(b"\xef\xbb\xbf").lstrip(b"\r\n")
    if b"\n" not in start:
        start = start.replace(b"\r", b"\n")
    if not _HEADER_LINE.match(start):
        return False
    block = re.split(rb"\n\r?\n", start, maxsplit=1)[0]
    return bool(_MAIL_HEADER.search(block))


# --- mbox -----------------------------------------------------------------------------------------------------------


def _mbox(path: str, shown: str, most: int) -> Iterator[MessageRef | UnreadArchive]:
    """Cut at the "From " lines: mboxo and mboxrd alike; a "From " line inside a body is no cut."""
    with open(path, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:  # noqa: PTH123
        begin = data.find(b"From ")
        while 0 <= begin < len(data):
            offset = data.find(b"\n", begin) + 1
            if offset == 0:
                return
            following = _next_separator(data, offset)
            end = len(data) if following < 0 else following - 1
            yield _ref(shown, path, offset, max(end - offset, 0), most, in_mbox=True)
            begin = following


def _next_separator(data: mmap.mmap, start: int) -> int:
    """Where the next "From " line begins; −1 at the end."""
    position = start - 1
    while (position := data.find(b"\nFrom ", position)) >= 0:
        if _is_separator(data, position + 1):
            return position + 1
        position += 1
    return -1


def _is_separator(data: bytes | mmap.mmap, begin: int, *, trusted: bool = False) -> bool:
    """A "From " line with a date and a header line after it; without a date only after an empty line and before two
    header lines (or as the first line of a file)."""
    line_end = data.find(b"\n", begin, begin + 1000)
    if line_end < 0:
        return False
    after = bytes(data[line_end + 1 : line_end + 1200])
    if not _HEADER_LINE.match(after):
        return False
    if _FROM_DATE.match(data[begin:line_end]) or trusted:
        return True
    before = bytes(data[max(0, begin - 3) : begin])
    return before.endswith((b"\n\n", b"\n\r\n")) and _TWO_HEADERS.match(after) is not None


def _reason(error: OSError) -> str:
    return "no_permission" if isinstance(error, PermissionError) else "broken"


@cache
def _litter() -> dict[str, list[str]]:
    source = resources.files("sekisho.sources.mail").joinpath("litter.yaml").read_text(encoding="utf-8")
    loaded = yaml.safe_load(source)
    return {kind: [pattern.lower() for pattern in loaded[kind]] for kind in ("files", "folders")}


def _is_litter(name: str, kind: str) -> bool:
    lower = name.lower()
    if kind == "files" and lower.endswith(".eml"):
        return lower.startswith("._")
    return any(fnmatch(lower, pattern) for pattern in _litter()[kind])
