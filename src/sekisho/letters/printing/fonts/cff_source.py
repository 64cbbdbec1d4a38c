"""The CFF table of a font, read out of the mapped file (Adobe Technical Note 5176): fontTools for its dictionaries, the
outlines by their places. fontTools would hold the table, a name for each glyph and an object for each outline."""

from collections.abc import Sequence
from typing import Any
from weakref import WeakKeyDictionary

from fontTools.cffLib import CFFFontSet, FDSelect

from sekisho.letters.printing.fonts.faces import Face


class Pieces(Sequence[bytes]):
    """An INDEX (chapter 5): pieces by number, taken when asked for."""

    def __init__(self, data: Any, at: int) -> None:
        self._data = data
        self._count = int.from_bytes(data[at : at + 2], "big")
        self._size = data[at + 2] if self._count else 0
        self._places = at + 3
        self._base = self._places + self._size * (self._count + 1) - 1
        self.end = self._base + self._place(self._count) if self._count else at + 2
        """Where the index ends in the file."""

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, number: Any) -> Any:
        if not 0 <= number < self._count:
            raise IndexError(number)
        start, end = self._place(number), self._place(number + 1)
        return self._data[self._base + start : self._base + end]

    def _place(self, number: int) -> int:
        at = self._places + self._size * number
        return int.from_bytes(self._data[at : at + self._size], "big")


class CffSource:
    """The outlines of a CFF font and what is needed to draw them."""

    def __init__(self, face: Face) -> None:
        table = face.font.reader.tables["CFF "]
        self._data, self._start = face.mapped, table.offset
        self.top = opened(face).topDictIndex[0]
        self.outlines = Pieces(self._data, self._start + self.top.rawDict["CharStrings"])
        at = self._start + self._data[self._start + 2]
        for _ in range(3):  # names, top dictionaries, strings
            at = Pieces(self._data, at).end
        self.shared = _Remembered(Pieces(self._data, at))
        """The subroutines of the whole font."""
        self._select = self._selector()

    def _selector(self) -> Sequence[int] | None:
        at = self.top.rawDict.get("FDSelect")
        if at is None:
            return None
        self.top.file.seek(at)
        found: Sequence[int] = FDSelect(self.top.file, len(self.outlines)).gidArray
        return bytes(found)

    def chosen(self, number: int) -> int:
        """Which private dictionary a glyph uses."""
        return self._select[number] if self._select is not None else 0

    def private(self, chosen: int) -> Any:
        """fontTools' view of a private dictionary."""
        return self._font(chosen).Private

    def subroutines(self, chosen: int) -> Sequence[bytes]:
        """The subroutines of a private dictionary."""
        there = self.private(chosen).rawDict.get("Subrs")
        if there is None:
            return ()
        _, place = self._font(chosen).rawDict["Private"]
        return _Remembered(Pieces(self._data, self._start + place + there))

    def _font(self, chosen: int) -> Any:
        return self.top.FDArray[chosen] if "FDArray" in self.top.rawDict else self.top


_DRAWN: WeakKeyDictionary[Face, Any] = WeakKeyDictionary()


def drawn_by_fonttools(face: Face) -> Any:
    """fontTools' own view of the outlines, to compare with; kept, since opening it takes as long as a hundred pages."""
    if face not in _DRAWN:
        _DRAWN[face] = opened(face).topDictIndex[0]
    return _DRAWN[face]


def opened(face: Face) -> Any:
    """fontTools' view of the table, without a copy of it."""
    fonts = CFFFontSet()
    fonts.decompile(_Window(face), None)
    return fonts


class _Remembered(Sequence[bytes]):
    """Pieces that are asked for again and again."""

    def __init__(self, pieces: Pieces) -> None:
        self._pieces = pieces
        self._taken: dict[int, bytes] = {}

    def __len__(self) -> int:
        return len(self._pieces)

    def __getitem__(self, number: Any) -> Any:
        taken = self._taken.get(number)
        if taken is None:
            taken = self._taken[number] = self._pieces[number]
        return taken


class _Window:
    """The table as fontTools reads a file."""

    def __init__(self, face: Face) -> None:
        table = face.font.reader.tables["CFF "]
        self._data, self._start, self._at = face.mapped, table.offset, 0

    def seek(self, at: int, whence: int = 0) -> None:
        self._at = at + (self._at if whence else 0)

    def tell(self) -> int:
        return self._at

    def read(self, count: int) -> bytes:
        start = self._start + self._at
        self._at += count
        return bytes(self._data[start : start + count])
