"""Pieces of a message in, matches with policies out (``docs/architecture.md``: matching).

One compiled pass over the whole message; Python only runs where there is something to decide. A common mail without
customer data costs a fraction of parsing it.
"""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache

import numpy as np
import numpy.typing as npt

from sekisho.kernel.content import Table, Text
from sekisho.kernel.folding import STANDARD, code_points_into, folded, joined_kana, table
from sekisho.kernel.folding_compiled import scripts
from sekisho.law.items import items, mask_of
from sekisho.matching.evidence.judge import Judge
from sekisho.matching.evidence.judged import LEVELS, Judged
from sekisho.matching.evidence.nearby import Nearby
from sekisho.matching.evidence.patterns import Patterns
from sekisho.matching.index.columns import prefix_of
from sekisho.matching.index.hashing import make_beginnings
from sekisho.matching.index.match_index import MatchIndex
from sekisho.matching.insurers import Insurers, compact
from sekisho.matching.lists.rows import Area, Row
from sekisho.matching.lists.tables import Reader
from sekisho.matching.parameters import parameters, word_array, words
from sekisho.matching.scan.beginnings import first_marks, numbers_like, pair_marks
from sekisho.matching.scan.finders import LOOKED_AT
from sekisho.matching.scan.hits import BEGIN, HIT_COLUMNS
from sekisho.matching.scan.names import AFTER_FIRST, BEFORE_LAST, HEAD_FIRST, JOINER, LOOK, Words
from sekisho.matching.scan.pairs import ANCHOR, OTHER_HIT
from sekisho.matching.scan.places import PADDING
from sekisho.matching.scan.reading import (
    COUNTS,
    CUT,
    HEADS,
    HITS,
    LABELS,
    LENGTH,
    NUMBER_LABELS,
    NUMBERS,
    PAIRS,
    SCRATCH,
    read,
)

_FIRST_HITS = 4096


@dataclass(frozen=True, slots=True)
class Match:
    """One policy in one part of a message.

    ``policy_row`` ≥ 0 is the row of the registry's policies table (take insurer and number from there; ``policy_no`` is
    the squeezed number as it stands in the text, ``""`` when matched without it). −1: read from a list without a
    ledger; then ``insurer_id`` is resolved if the name is known, else as written, ``""`` when the list does not tell,
    and ``policy_no`` is as written, squeezed (``""``: the list has no number, the row is told by ``position``).
    ``items`` is a mask of ``law/items.py``; ``position`` is ``char 120-131`` or ``row 14``.
    """

    policy_row: int
    insurer_id: str
    policy_no: str
    part: str
    position: str
    items: int
    matched_by: str
    confidence: str


class Matcher:
    """Matches messages against one index. ``insurers``: insurer_id → names and aliases. ``patterns``: insurer_id → how
    its policy numbers look, for insurers whose ledger is not in the index (``evidence.patterns``; raises ``InputError``
    for what is no pattern). Not thread-safe (own buffers)."""

    def __init__(
        self,
        index: MatchIndex,
        insurers: Mapping[str, Sequence[str]],
        patterns: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        self.index = index
        level = getattr(index, "folding", STANDARD)
        self._insurers = Insurers(insurers, level)
        self._patterns = Patterns(patterns or {}, index)
        self._folding = (table(level), scripts(level), joined_kana())
        words, store = _scan_words(), index.store
        words = words._replace(marks=_marks(index), pairs=pair_marks(words.heads, store.words))
        self._look_up = (index.states, store.words, store.starts, store.refs, *words)
        number = list(items()).index("policy_no")
        window = int(parameters()["window"]["characters"])
        self._limits = (mask_of(["policy_no", "holder_name"]), number, window, *numbers_like(index.shapes))
        self._hits = np.zeros((_FIRST_HITS, HIT_COLUMNS), np.int64)
        self._heads = np.zeros((256, 4), np.int64)
        self._labels = np.zeros((1024, 4), np.int64)
        self._pairs = np.zeros((_FIRST_HITS, 4), np.int64)
        self._counts = np.zeros(COUNTS, np.int64)
        self._scratch = (np.zeros(SCRATCH, np.uint32), np.zeros(3, np.int64), np.zeros(3, np.int64))
        self._room(1 << 16)
        self.cut = False
        """Whether the last message held more coincidences than are told (``scan.pairs``): policies may be missing."""

    def _room(self, count: int) -> None:
        self._raw = np.empty(count, np.uint32)  # own and writeable: read-only arrays would compile everything anew
        self._codes = np.empty(count + PADDING, np.uint32)
        self._kinds = np.empty(count + PADDING, np.uint8)
        self._positions = np.empty(count, np.int32)

    def match(self, pieces: Sequence[Text | Table]) -> list[Match]:
        """One match per policy and part, in the order of the message."""
        self.cut = False
        if not pieces:
            return []
        texts = [piece.text if isinstance(piece, Text) else grid_text(piece) for piece in pieces]
        begins, at = [], 0
        for text in texts:
            begins.append(at)
            at += len(text) + 1
        bounds, grids = np.array(begins, np.int64), _grids(tuple([isinstance(piece, Table) for piece in pieces]))
        text = "\n".join(texts)
        if len(text) > len(self._raw):
            self._room(2 * len(text))
        counts = self._read(text, bounds, grids)
        self.cut = counts[CUT] > 0
        if not (counts[PAIRS] or counts[HEADS] or counts[NUMBERS] or counts[NUMBER_LABELS] or self._patterns):
            return []
        return self._decide(pieces, texts, bounds, counts)

    def _read(self, text: str, bounds: npt.NDArray[np.int64], grids: npt.NDArray[np.bool_]) -> list[int]:
        count = len(text)
        while True:
            code_points_into(text, self._raw)  # anew each time: ``read`` writes over them
            read(
                self._raw, count, *self._folding, self._codes, self._kinds, self._positions, bounds, grids,
                *self._look_up, *self._limits,
                self._hits, self._heads, self._labels, self._pairs, *self._scratch, self._counts,
            )  # fmt: skip
            counts: list[int] = self._counts.tolist()
            if (
                counts[HITS] <= len(self._hits) and counts[HEADS] <= len(self._heads)
                and counts[LABELS] <= len(self._labels) and counts[PAIRS] <= len(self._pairs)
            ):  # fmt: skip
                return counts
            for name, which in (("_hits", HITS), ("_heads", HEADS), ("_labels", LABELS), ("_pairs", PAIRS)):
                array = getattr(self, name)
                if counts[which] > len(array):
                    setattr(self, name, np.zeros((2 * counts[which], array.shape[1]), np.int64))

    def _decide(
        self,
        pieces: Sequence[Text | Table],
        texts: list[str],
        bounds: npt.NDArray[np.int64],
        counts: list[int],
    ) -> list[Match]:
        length, count = counts[LENGTH], counts[HITS]
        text = self._codes[:length].tobytes().decode("utf-32-le", "surrogatepass")
        order = np.argsort(self._hits[:count, BEGIN], kind="stable")  # a mail address is found at its @
        hits = self._hits[order].tolist()
        pairs = self._pairs[: counts[PAIRS]].copy()
        back = np.argsort(order)
        pairs[:, ANCHOR], pairs[:, OTHER_HIT] = back[pairs[:, ANCHOR]], back[pairs[:, OTHER_HIT]]
        begins = [*np.searchsorted(self._positions[:length], bounds).tolist(), length + 1]
        rows = self._list_rows(text, pieces, begins, self._heads[: counts[HEADS]], self._labels[: counts[LABELS]])
        nearby = Nearby(self.index, self._insurers, text, begins=begins, hits=hits, pairs=pairs.tolist())
        judge = Judge(nearby, self._patterns)
        return self._merge(list(judge.judge(rows)), pieces, texts, bounds, length)

    def _list_rows(
        self,
        text: str,
        pieces: Sequence[Text | Table],
        begins: list[int],
        found_heads: npt.NDArray[np.int64],
        found_labels: npt.NDArray[np.int64],
    ) -> list[Row]:
        reader = Reader(text, self._insurers)
        heads, labels = found_heads.tolist(), found_labels.tolist()
        bits = [item.bit for item in items().values()]
        rows: list[Row] = []
        for place in sorted({row[3] for row in heads} | {row[3] for row in labels}):
            grid = isinstance(pieces[place], Table)
            area = Area(place, begins[place], begins[place + 1] - 1, grid, pieces[place].part)
            own_heads = [(row[0], row[1]) for row in heads if row[3] == place]
            own_labels = [(row[0], row[1], bits[row[2]]) for row in labels if row[3] == place]
            rows.extend(reader.rows(area, own_heads, own_labels))
        return rows

    def _merge(
        self,
        judged: list[Judged],
        pieces: Sequence[Text | Table],
        texts: list[str],
        bounds: npt.NDArray[np.int64],
        length: int,
    ) -> list[Match]:
        """One match per policy and part: items united, strongest evidence kept, first position."""
        merged: dict[tuple[object, ...], Judged] = {}
        for one in sorted(judged, key=lambda one: (one.piece, one.begin, one.end, one.row, one.number, one.matched_by)):
            part = pieces[one.piece].part
            key: tuple[object, ...] = (part, one.row)
            if one.row < 0:
                key = (part, one.insurer, one.number, one.begin if not one.number else 0)
            first = merged.get(key)
            if first is None:
                merged[key] = one
                continue
            better = one if one.level > first.level else first
            merged[key] = replace(
                first, items=first.items | one.items, level=better.level, matched_by=better.matched_by,
                number=first.number or one.number,
            )  # fmt: skip
        places = _Places(pieces, texts, bounds.tolist(), self._positions[:length])
        where = places.positions(list(merged.values()))
        return [
            Match(
                one.row, one.insurer, one.number, pieces[one.piece].part, position, one.items,
                one.matched_by, LEVELS[one.level],
            )
            for one, position in zip(merged.values(), where, strict=True)
        ]  # fmt: skip


class _Places:
    """Folded spans back to what a person can find: characters of a text, rows of a table."""

    def __init__(
        self,
        pieces: Sequence[Text | Table],
        texts: list[str],
        bounds: list[int],
        positions: npt.NDArray[np.int32],
    ) -> None:
        self._pieces, self._texts, self._bounds, self._positions = pieces, texts, bounds, positions
        self._row_starts: dict[int, list[int]] = {}

    def positions(self, judged: list[Judged]) -> list[str]:
        """``char 120-131`` or ``row 14`` for each."""
        begins = self._positions[np.array([one.begin for one in judged], np.int64)].tolist()
        ends = self._positions[np.array([one.end - 1 for one in judged], np.int64)].tolist()
        return [self._position(one, *span) for one, *span in zip(judged, begins, ends, strict=True)]

    def _position(self, one: Judged, begin: int, last: int) -> str:
        piece = self._pieces[one.piece]
        base = self._bounds[one.piece]
        begin -= base
        if isinstance(piece, Text):
            return f"char {begin}-{last - base + 1}"
        starts = self._row_starts.get(one.piece)
        if starts is None:
            text = self._texts[one.piece]
            starts = [0, *(at + 1 for at, sign in enumerate(text) if sign == "\n")]
            self._row_starts[one.piece] = starts
        return f"row {bisect_right(starts, begin) - 1 + piece.first_row}"


def grid_text(piece: Table) -> str:
    """A table as text: cells between tabs, rows in lines; line breaks and tabs inside cells become blanks."""
    rows = piece.rows
    text = "\n".join(["\t".join(row) for row in rows])
    gaps = sum(map(len, rows)) - len(rows) + rows.count([])
    if text.count("\t") == gaps and text.count("\n") == max(0, len(rows) - 1) and "\r" not in text:
        return text
    return "\n".join("\t".join(" ".join(cell.split()) for cell in row) for row in rows)


@lru_cache(1024)
def _grids(which: tuple[bool, ...]) -> npt.NDArray[np.bool_]:
    """As an array; most messages are made alike. Not read-only: that would compile everything anew."""
    return np.array(which)


@cache
def _scan_words() -> Words:
    before, after = words("before_name")[::-1], words("after_name")  # the short ones first: any of them will do
    heads = sorted(
        {
            (compact(folded(word)), place)
            for place, item in enumerate(items().values())
            for word in item.columns
            if len(compact(folded(word))) >= 2
        },
        key=lambda pair: (pair[0][:2], -len(pair[0]), pair[0]),
    )
    listed = [word for word, _ in heads]
    firsts = [at for at, word in enumerate(listed) if at == 0 or word[:2] != listed[at - 1][:2]]
    many = np.diff([*firsts, len(listed)]).astype(np.uint64)
    prefixes = [
        prefix_of(0, np.uint32(ord(listed[at][0])), np.uint32(ord(listed[at][1])), np.uint32(0)) for at in firsts
    ]
    values = (np.array(firsts, np.uint64) << np.uint64(16)) | many
    head_codes = word_array(tuple(listed))
    head_codes = np.concatenate([head_codes, np.array([[place] for _, place in heads], np.uint32)], axis=1)
    marks = np.zeros(0x10000, np.uint8)
    marks[[ord(word[-1]) for word in before]] |= BEFORE_LAST
    marks[[ord(word[0]) for word in after]] |= AFTER_FIRST
    marks[[ord(word[0]) for word in listed]] |= HEAD_FIRST
    marks[[ord(sign) for sign in LOOKED_AT]] |= LOOK
    table = make_beginnings(np.array(prefixes, np.uint64), values)
    return Words(marks, np.zeros(0, np.uint8), word_array(before), word_array(after), table, head_codes)


def _marks(index: MatchIndex) -> npt.NDArray[np.uint8]:
    marks: npt.NDArray[np.uint8] = _scan_words().marks.copy()
    marks[: len(index.joiners)] |= index.joiners * np.uint8(JOINER)
    marks |= first_marks(index.store.words)
    return marks
