"""Entry of returned mail: a pile of envelopes read by a scanner, one line each, assigned to the letters sent.

A line holds the serial, or the 67 bars (digits 1–4, also upside down), or what the bars say (``0000001 2-21-9``); after
a tab or comma, the reason on the slip. A barcode names a place, not a person: where several letters went to the same
place, the line is set aside with their serials, for somebody to read the name. Nothing is assigned by guessing.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from sekisho.kernel.errors import InputError, SekishoError
from sekisho.kernel.folding import folded
from sekisho.letters.addressing.barcode import BARS, postal_digits, read_bars
from sekisho.letters.sending.status import Sent, reason_of, reasons, states, step

MAX_LINES = 1_000_000
MAX_BYTES = 100_000_000
MAX_LENGTH = 500
"""Longer lines are no reading of a scanner."""

_MAX_NAMED = 10
_SPLIT = re.compile(r"\s*[\t,、]\s*")


@dataclass(frozen=True, slots=True)
class Unassigned:
    """A line that became no entry: where (``line 3``), why, and which letters it may be."""

    line: int
    why: str
    serials: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Returns:
    """``letters``: the letters in their new state, by line. ``repeated``: lines of letters entered already."""

    letters: tuple[Sent, ...]
    unassigned: tuple[Unassigned, ...]
    repeated: tuple[int, ...]


def scanned(path: Path) -> list[str]:
    """The lines of a scanner's file: UTF-8, or CP932 as Excel saves it. Raises ``InputError`` when it cannot be read
    or is larger than ``MAX_BYTES``."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise InputError(f"is larger than {MAX_BYTES:,} bytes", where=str(path), remedy="enter the pile in parts")
        data = path.read_bytes()
    except OSError as error:
        raise InputError(f"cannot be read ({error.strerror})", where=str(path)) from None
    try:
        return data.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError:
        return data.decode("cp932", "replace").splitlines()


def entered(lines: Iterable[str], letters: Iterable[Sent], on: date, *, reason: str = "") -> Returns:
    """Assign every line to a letter and mark it as returned on ``on``. ``reason``: for lines that name none (code or
    words of ``status.yaml``). Empty lines are passed over; every other line is in the result once.

    Raises ``InputError`` for an unknown ``reason`` and for more than ``MAX_LINES`` lines.
    """
    usual = reason_of(reason)
    if reason and not usual:
        raise InputError(f"{reason!r} is no reason of returned mail", remedy=f"use one of {', '.join(reasons())}")
    known = _Known(letters)
    done: dict[str, Sent] = {}
    unassigned: list[Unassigned] = []
    repeated: list[int] = []
    for number, line in enumerate(lines, start=1):
        if number > MAX_LINES:
            raise InputError(f"more than {MAX_LINES:,} lines", remedy="enter the pile in parts")
        if not line.strip("\ufeff \t\r\n\u3000"):
            continue
        found = _assigned(line.strip("\ufeff \t\r\n\u3000"), known, on, usual)
        if isinstance(found, _Aside):
            unassigned.append(Unassigned(number, found.why, found.serials))
        elif found.serial in done or known.by_serial[_serial(found.serial)].state == "returned":
            repeated.append(number)
        else:
            done[found.serial] = found
    return Returns(tuple(done.values()), tuple(unassigned), tuple(repeated))


@dataclass(frozen=True, slots=True)
class _Aside:
    """Why a line is set aside, and which letters it may be."""

    why: str
    serials: tuple[str, ...] = ()


class _Known:
    """The letters by what can be read on them. Those of one place are several."""

    def __init__(self, letters: Iterable[Sent]) -> None:
        self.by_serial: dict[str, Sent] = {}
        self.by_place: dict[tuple[str, str], list[Sent]] = {}
        for letter in letters:
            self.by_serial[_serial(letter.serial)] = letter
            if letter.has_bars:
                self.by_place.setdefault((letter.postal_code, letter.number), []).append(letter)


def _assigned(line: str, known: _Known, on: date, usual: str) -> Sent | _Aside:
    """The letter as returned; one that had been returned before, as it is."""
    if len(line) > MAX_LENGTH:
        return _Aside("読み取り結果として長すぎます")
    read, *rest = _SPLIT.split(line, maxsplit=1)
    why = reason_of(rest[0]) if rest and rest[0] else usual
    if rest and rest[0] and not why:
        return _Aside("返戻理由が分かりません")
    if not why:
        return _Aside("返戻理由がありません")
    found = _letter(read, known)
    if isinstance(found, _Aside) or found.state == "returned":
        return found
    try:
        return step(found, "returned", on, reason=why)
    except SekishoError:
        since = f"{found.since} から" if found.since else ""
        now = states()[found.state].ja
        return _Aside(f"{on} の返戻にできません。この書状は{since}「{now}」です", (found.serial,))


def _letter(read: str, known: _Known) -> Sent | _Aside:
    by_serial = known.by_serial.get(_serial(read))
    if by_serial is not None:
        return by_serial
    digits = "".join(read.split())
    if re.fullmatch(rf"[1-4]{{{BARS - 7},{BARS + 7}}}", digits):
        try:
            bars = read_bars(digits)
        except InputError:
            return _Aside("バーコードの読み取りが不完全です。もう一度読み取るか、書状の番号を入力してください")
        place: tuple[str, str] | None = (bars.postal_code, bars.number)
    else:
        place = _decoded(read)
    if place is None:
        return _Aside("書状の番号でもバーコードでもありません")
    there = known.by_place.get(place, [])
    if not there:
        return _Aside("このバーコードの書状は発送の記録にありません")
    # One of a family may have been entered before: what is still on its way is looked for first.
    open_there = [letter for letter in there if letter.state in ("posted", "delivered")] or there
    if len(open_there) > 1:
        serials = tuple(letter.serial for letter in open_there[:_MAX_NAMED])
        return _Aside(f"同じあて先に{len(open_there)}通あります。氏名を確かめ、書状の番号を入力してください", serials)
    return open_there[0]


def _decoded(read: str) -> tuple[str, str] | None:
    """``000-0001 2-21-9`` or ``00000012-21-9``: what a reader makes of the bars."""
    plain = folded(read)
    found = re.fullmatch(r"〒?(\d{3}-?\d{4})\s*([0-9A-Z-]{0,13})", plain.replace("CC4", "").strip())
    code = postal_digits(found[1]) if found else ""
    return (code, found[2]) if found and code else None


def _serial(text: str) -> str:
    return folded(text).replace(" ", "")


def by_reason(returns: Returns) -> Mapping[str, int]:
    """How many of the entries came back for which reason, in words."""
    counts: dict[str, int] = {}
    for letter in returns.letters:
        name = reasons()[letter.reason].ja
        counts[name] = counts.get(name, 0) + 1
    return counts
