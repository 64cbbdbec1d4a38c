"""Passwords that the texts of a mail name, and the file in which a user gives some.

In Japan an encrypted attachment is mostly followed by its password, in the same mail or the next (PPAP). To look into
such attachments (REQUIREMENTS A1) is to collect whatever could be that password. Recall counts, not precision: a wrong
candidate costs a trial. Wordings and patterns: ``passwords.yaml``. No password is ever written anywhere.
"""

import os
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import yaml

from sekisho.kernel.clock import JST
from sekisho.kernel.content import Contents, Text
from sekisho.kernel.errors import InputError

MAX_CANDIDATES = 50
MAX_GIVEN = 200
_MAX_FILE_BYTES = 1 << 20
_MAX_PASSWORD = 128
_MAX_PIECE, _MAX_TEXT = 50_000, 400_000
_MAX_LINES = 200
_LINES_AFTER = 3
_TOKEN = re.compile(r"[!-~]{3,64}")
_NAMES = re.compile(
    r"https?:|.*\.(?:zip|7z|xlsx?|docx?|pptx?|pdf|lzh|exe|csv|txt)\Z|[\w.+-]+@[\w-]+\.[\w.-]+\Z", re.IGNORECASE
)
_OPENING = "\"'`<([{「『【:"
_CLOSING = "\"'`>)]}」』】。.,;:!"
_WIDE = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}
"""ASCII → its full-width form."""
_JAPANESE = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]")


@dataclass(frozen=True, slots=True)
class PasswordFile:
    """Passwords that a user gives. ``readable_by_others``: the file's mode lets others read it."""

    passwords: tuple[str, ...]
    readable_by_others: bool


def candidates(contents: Contents) -> list[str]:
    """What the texts may name as passwords, likeliest first, at most MAX_CANDIDATES. Never raises."""
    ranked: dict[str, int] = {}
    numbers: list[str] = []
    lines_seen = 0
    texts = list(_texts(contents))
    for text in texts:
        for written in dict.fromkeys((unicodedata.normalize("NFKC", text), text)):
            lines = written.splitlines()
            for at, line in enumerate(lines):
                if lines_seen >= _MAX_LINES:
                    break
                if not (found := list(_words().finditer(line))):
                    continue
                lines_seen += 1
                for rank, one in _in_line(line, found, lines[at + 1 :]):
                    ranked[one] = min(rank, ranked.get(one, rank))
                numbers += _numbers(line, texts)
    ordered = sorted(ranked, key=lambda one: ranked[one])  # a stable sort: as written, within a rank
    return list(dict.fromkeys((*ordered[: MAX_CANDIDATES // 2], *numbers, *ordered[MAX_CANDIDATES // 2 :])))[
        :MAX_CANDIDATES
    ]


def may_name_password(contents: Contents) -> bool:
    """Whether ``candidates`` is worth asking: a cheap look for the words."""
    from sekisho.sources.mail.passwords_compiled import may_hold  # noqa: PLC0415  (loads the compiler)

    texts = list(_texts(contents))
    return may_hold("\n".join(texts), _stems()) and any(map(_may_say_a_word, texts))


def habit_passwords(at: datetime | None) -> list[str]:
    """Passwords made of the date of a mail (Japanese time), as many mails announce without naming them; also of the
    day before, when the file went ahead of this mail."""
    if at is None:
        return []
    day = at.astimezone(JST)
    days = (day, day - timedelta(days=1))
    return list(dict.fromkeys(one.strftime(form) for one in days for form in _wordings()["dates"]))


def read_password_file(path: Path) -> PasswordFile:
    """One password a line, UTF-8 (with or without mark) or CP932; every character of a line counts but its end.

    Raises InputError when it cannot be read, is no text, or holds too many or too long lines; never quotes one.
    """
    try:
        with path.open("rb") as file:
            raw = file.read(_MAX_FILE_BYTES + 1)
            mode = os.fstat(file.fileno()).st_mode
    except OSError as error:
        raise InputError(
            f"cannot be read ({error.strerror})", where=str(path), remedy="name a file with one password a line"
        ) from None
    remedy = f"keep at most {MAX_GIVEN} passwords in it, one a line, in UTF-8 or CP932"
    if len(raw) > _MAX_FILE_BYTES or b"\0" in raw:
        raise InputError("is no list of passwords", where=str(path), remedy=remedy)
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        try:
            text = raw.decode("cp932")
        except UnicodeDecodeError:
            raise InputError("is neither UTF-8 nor CP932", where=str(path), remedy=remedy) from None
    lines = [line.removesuffix("\r") for line in text.split("\n")]
    for number, line in enumerate(lines, 1):
        if len(line) > _MAX_PASSWORD:
            raise InputError("a line too long for a password", where=f"{path}:{number}", remedy=remedy)
    found = tuple(dict.fromkeys(line for line in lines if line))
    if not found:
        raise InputError("holds no password", where=str(path), remedy=remedy)
    if len(found) > MAX_GIVEN:
        raise InputError(f"holds {len(found):,} passwords", where=str(path), remedy=remedy)
    return PasswordFile(found, os.name == "posix" and bool(mode & 0o077))


# -- what texts say ---------------------------------------------------------------------------------------------------


def _texts(contents: Contents) -> Iterator[str]:
    """Texts and tables as lines, bounded."""
    left = _MAX_TEXT
    for piece in contents.pieces:
        if left <= 0:
            return
        if isinstance(piece, Text):
            text = piece.text[: min(_MAX_PIECE, left)]
        else:
            text = "\n".join("\t".join(row) for row in piece.rows[:100])[: min(_MAX_PIECE, left)]
        left -= len(text)
        yield text


def _in_line(line: str, found: list[re.Match[str]], following: list[str]) -> Iterator[tuple[int, str]]:
    """(rank, candidate) for the words found in a line; 0 is the best rank."""
    said = False
    for number, word in enumerate(found):
        end = found[number + 1].start() if number + 1 < len(found) else len(line)
        for one in _after(line[word.end() : end]):
            said = True
            yield 0, one
        yield from ((4, one) for one in _tokens(line[: word.start()]))
    rest = line[found[-1].end() :]
    yield from ((1, one) for one in _bracketed(line))
    yield from ((2, one) for one in _tokens(rest))
    shown = 0
    for after in following[: _LINES_AFTER * 4]:
        bare = after.strip(_wordings()["ornaments"])
        if not bare:
            continue
        for one in _alone(bare):
            yield 3 if said else 1, one
        shown += 1
        if shown >= _LINES_AFTER:
            return


def _after(rest: str) -> Iterator[str]:
    """What stands right after the word, once "は", ":" and the like are taken off."""
    rest = _links().sub("", rest, count=1).strip()
    if not rest:
        return
    yield from _bracketed(rest[:_MAX_PASSWORD], first=True)
    head = rest.split(maxsplit=1)[0]
    for one in dict.fromkeys((_tails().split(head)[0], head)):
        yield from _variants(one)
    if (token := _TOKEN.match(rest)) and token[0] != head:
        yield from _variants(token[0])


def _alone(bare: str) -> Iterator[str]:
    """Candidates on a line without the word: the line itself when it looks like one, brackets, tokens."""
    yield from _bracketed(bare)
    label, colon, rest = bare.partition(":" if ":" in bare else "：")
    if colon and _JAPANESE.search(label):
        yield from _after(rest)
    if len(bare) <= 64 and not any(map(str.isspace, bare)) and (not _JAPANESE.search(bare) or len(bare) <= 16):
        yield from _variants(bare)
    yield from _tokens(bare)


def _tokens(text: str) -> Iterator[str]:
    for token in _TOKEN.findall(text):
        yield from _variants(token)


def _bracketed(text: str, *, first: bool = False) -> Iterator[str]:
    for match in [_brackets().match(text)] if first else _brackets().finditer(text):
        if match and (inside := next((one for one in match.groups() if one), "").strip()):
            yield inside


def _variants(written: str) -> Iterator[str]:
    """As written, and without what may be punctuation round it."""
    written = written.strip()
    bare = written.lstrip(_OPENING).rstrip(_CLOSING)
    for one in dict.fromkeys(
        (bare, written) if bare != written.rstrip(".,;:!") else (written.rstrip(".,;:"), bare, written)
    ):
        if len(one) <= _MAX_PASSWORD and any(map(str.isalnum, one)) and not _NAMES.match(one):
            yield one


def _numbers(line: str, texts: list[str]) -> list[str]:
    """Where the line says that a telephone number or postal code is the password: those in the mail."""
    lower = unicodedata.normalize("NFKC", line).lower()
    found: list[str] = []
    for habit in _wordings()["numbers"]:
        if not any(word in lower for word in habit["words"]):
            continue
        for text in texts:
            for number in re.findall(habit["pattern"], unicodedata.normalize("NFKC", text))[:10]:
                digits = re.sub(r"\D", "", number)
                found += [digits[-4:], digits, number]
    return found[:20]


@cache
def _wordings() -> dict[str, Any]:
    source = resources.files("sekisho.sources.mail").joinpath("passwords.yaml").read_text(encoding="utf-8")
    loaded: dict[str, Any] = yaml.safe_load(source)
    return loaded


@cache
def _plain_words() -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(words that are enough, words to be looked at), in every width that texts use, in lower case."""
    long = tuple(_wordings()["words"])
    short = tuple(_wordings()["short_words"])
    return (*long, "ﾊﾟｽﾜｰﾄﾞ", *(word.translate(_WIDE) for word in long if word.isascii())), (
        *short,
        *(word.translate(_WIDE) for word in short if word.isascii()),
        "ﾊﾟｽ",
    )


def _stands_alone(word: str, text: str) -> bool:
    """Whether a short word stands somewhere in ``text`` (lower case) untouched by letters, digits and kana."""
    at = text.find(word)
    while at >= 0:
        if _words().match(text, at):
            return True
        at = text.find(word, at + 1)
    return False


def _may_say_a_word(text: str) -> bool:
    if not _holds_a_stem(text):
        return False
    words, short = _plain_words()
    lower = text.lower()
    return any(word in lower for word in words) or any(_stands_alone(word, lower) for word in short)


def _holds_a_stem(text: str) -> bool:
    """Nearly all texts hold no stem. A single sign is found or missed in no time: many times faster than making the
    whole text small letters and looking for every word."""
    for first, stems, longest in _stems():
        at = text.find(first)
        while at >= 0:
            if text[at : at + longest].lower().startswith(stems):
                return True
            at = text.find(first, at + 1)
    return False


@cache
def _stems() -> tuple[tuple[str, tuple[str, ...], int], ...]:
    """The fewest words of which every other one contains one: by their first sign, which stands small and large; with
    the length of the longest."""
    listed = {word.lower() for words in _plain_words() for word in words}
    by_first: dict[str, list[str]] = {}
    for word in sorted(word for word in listed if not any(other in word for other in listed - {word})):
        for first in dict.fromkeys((word[0], word[0].upper())):
            by_first.setdefault(first, []).append(word)
    return tuple((first, tuple(stems), max(map(len, stems))) for first, stems in by_first.items())


@cache
def _words() -> re.Pattern[str]:
    long, short = (_any(words) for words in _plain_words())
    return re.compile(rf"{long}|(?<![0-9a-zａ-ｚァ-ヶー]){short}(?![a-zａ-ｚァ-ヶー])", re.IGNORECASE)


@cache
def _links() -> re.Pattern[str]:
    links = _wordings()["links"]
    return re.compile(rf"(?:\s|{_any({*links, *(link.translate(_WIDE) for link in links)})})*", re.IGNORECASE)


@cache
def _tails() -> re.Pattern[str]:
    return re.compile(_any(_wordings()["tails"]))


@cache
def _brackets() -> re.Pattern[str]:
    pairs = ((re.escape(pair[0]), re.escape(pair[1])) for pair in _wordings()["brackets"])
    return re.compile("|".join(rf"{left}([^{left}{right}\n]{{1,64}}){right}" for left, right in pairs))


def _any(words: Any) -> str:
    return "(?:" + "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True)) + ")"
