"""What a reader of evidence found inside a message or file: text, tables, and what it could not read.

This is the common tongue of ``sources`` (which make it) and ``matching`` (which reads it).
A ``part`` is a path from the message or file inwards, levels joined by ``!``, for example::

    subject
    body                           the text/plain body
    body.html                      the text/html body
    attachment[2]:一覧.zip!満期.xlsx!Sheet1
    message[1]!body                the body of a nested message
    attachment[1].name             an attachment's file name, as text

so that a person can find the place again in the original.
"""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Text:
    """Running text. Positions in it count characters from 0 (Python string index)."""

    part: str
    text: str


@dataclass(frozen=True, slots=True)
class Table:
    """Cells in rows, as written. A row's position is its index from 0 in ``rows``; ``first_row`` is what the user
    sees as the number of ``rows[0]`` in the original (a sheet or CSV file: 1)."""

    part: str
    rows: list[list[str]]
    first_row: int = 1


@dataclass(frozen=True, slots=True)
class Unread:
    """A part that could not be looked into, and why. ``reason`` is one of REASONS; ``detail`` is for people and
    holds no customer data."""

    part: str
    reason: str
    detail: str = ""


REASONS = {
    "encrypted": "暗号化されていて開けない",
    "broken": "壊れていて読めない",
    "unsupported": "対応していない形式",
    "too_big": "大きさの上限を超える",
    "too_deep": "入れ子の上限を超える",
    "too_slow": "時間の上限を超える",
    "suspicious": "展開爆弾の疑い",
    "no_text": "文字を含まない (画像など)",
    "undecodable": "文字コードを判別できない",
    "missing": "本体がない",
    "no_permission": "読む権限がない",
}
"""Reasons for ``Unread`` (code → what a user is told)."""


@dataclass(slots=True)
class Contents:
    """All that was found inside one message or file."""

    pieces: list[Text | Table] = field(default_factory=list)
    unread: list[Unread] = field(default_factory=list)
