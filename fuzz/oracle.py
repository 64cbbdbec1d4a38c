"""What must hold for whatever a reader is given: it does not raise, it is quick, it answers in its own types, and
nothing vanishes: what it was given is in the pieces or listed as unread."""

import time
from collections.abc import Callable
from typing import Any

from sekisho.kernel.content import REASONS, Contents, Table, Text
from sekisho.sources.files.limits import Limits

LIMITS = Limits(
    max_message_bytes=4 << 20, max_parts=200, max_member_bytes=8 << 20, max_total_bytes=32 << 20,
    ratio_floor=1 << 20, max_cells=200_000, max_pages=100, max_html_bytes=2 << 20, seconds=2.0,
)  # fmt: skip
"""Small limits, so that they are met often; the time limit is a fifth of what counts as too slow."""
SLOW = 5 * LIMITS.seconds
"""CPU seconds for one input, after which it counts as a failure."""


class BrokenPromiseError(Exception):
    """A reader answered, but not as promised. The message names the promise only: it tells failures apart."""


def promised(kept: object, promise: str) -> None:
    """Raise BrokenPromiseError when it was not kept."""
    if not kept:
        raise BrokenPromiseError(promise)


def timed(read: Callable[[], Any]) -> Any:
    """The answer of ``read``; too slow a one is a failure."""
    started = time.process_time()
    answer = read()
    promised(time.process_time() - started < SLOW, "answers within the time limit")
    return answer


def writable(*texts: str) -> None:
    """Texts must go into UTF-8 files and Arrow tables."""
    for text in texts:
        promised(isinstance(text, str), "texts are str")
        try:
            text.encode("utf-8")
        except UnicodeEncodeError:
            raise BrokenPromiseError("texts can be written as UTF-8") from None


def check_contents(contents: Contents) -> None:
    """Pieces and gaps are of their types, with known reasons, and can be written."""
    for piece in contents.pieces:
        writable(piece.part)
        if isinstance(piece, Text):
            writable(piece.text)
            continue
        promised(isinstance(piece, Table), "pieces are texts or tables")
        promised(all(isinstance(row, list) for row in piece.rows), "a table's rows are lists")
        for row in piece.rows:
            writable(*row)
    for gap in contents.unread:
        promised(gap.reason in REASONS, "reasons are those of kernel.content")
        writable(gap.part, gap.detail)


def shown(contents: Contents) -> str:
    """All text of the pieces, one after the other."""
    texts = []
    for piece in contents.pieces:
        texts += [piece.text] if isinstance(piece, Text) else ["\t".join(row) for row in piece.rows]
    return "\n".join(texts)


def nothing_lost(data: bytes, contents: Contents) -> None:
    """Something was given: something is answered. A few blanks or a byte order mark are nothing."""
    given = data.strip(b" \t\r\n\x0b\x0c\x1a\x00\xff\xfe\xef\xbb\xbf")
    promised(len(given) < 8 or contents.pieces or contents.unread, "what is given is read or listed")


def same_twice(data: bytes, first: object, again: Callable[[], object]) -> None:
    """Every eighth input is read twice: the answers must be equal, unless the time ran out, which is nobody's fault."""
    if sum(data[:64]) % 8 == 0:
        told = (repr(first), repr(again()))
        promised(told[0] == told[1] or "too_slow" in "".join(told), "the same input gives the same answer")
