"""The arrays of an index while they grow: in memory for a small one, straight into files for a big one."""

import os
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa

SYNC_EVERY = 1 << 28
"""Bytes of a file after which it is brought to the disk."""
BLOCK = 1 << 24
"""Values copied at a time."""
_WIDTHS = (np.uint8, np.uint16, np.uint32)


class Pile(Protocol):
    """A growing array of one type."""

    length: int

    def append(self, values: npt.NDArray[Any]) -> None:
        """Put values behind the last."""

    def put(self, at: int, values: npt.NDArray[Any]) -> None:
        """Write over values that are there."""

    def widen(self, kind: Any) -> None:
        """Go on with a wider type of integer."""


class MemoryPile:
    """A growing array in memory."""

    def __init__(self, kind: Any) -> None:
        self._kind = np.dtype(kind)
        self._blocks: list[npt.NDArray[Any]] = []
        self.length = 0

    def append(self, values: npt.NDArray[Any]) -> None:
        self._blocks.append(np.array(values, self._kind))
        self.length += len(values)

    def put(self, at: int, values: npt.NDArray[Any]) -> None:
        whole = self.array()
        whole[at : at + len(values)] = values

    def widen(self, kind: Any) -> None:
        self._kind = np.dtype(kind)
        self._blocks = [self.array().astype(kind)]

    def array(self) -> npt.NDArray[Any]:
        """The array as it is now."""
        if len(self._blocks) != 1:
            self._blocks = [np.concatenate([np.zeros(0, self._kind), *self._blocks])]
        return self._blocks[0]


class FilePile:
    """A growing array in a file (little-endian, nothing else in it)."""

    def __init__(self, path: Path, kind: Any, disk: "Disk | None" = None) -> None:
        self.path, self.kind = path, np.dtype(kind)
        self._disk, self._waiting = disk, 0
        self._file = os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600), "w+b")
        self.length = 0

    def append(self, values: npt.NDArray[Any]) -> None:
        np.ascontiguousarray(values, self.kind).tofile(self._file)
        self.length += len(values)
        self._waiting += len(values) * self.kind.itemsize
        if self._disk is not None and self._waiting >= SYNC_EVERY:
            self._waiting = 0
            self._disk.sync(self._file.fileno())

    def put(self, at: int, values: npt.NDArray[Any]) -> None:
        self._file.seek(at * self.kind.itemsize)
        self._file.write(np.ascontiguousarray(values, self.kind).tobytes())
        self._file.seek(0, os.SEEK_END)

    def widen(self, kind: Any) -> None:
        narrow = self.path.with_name(f"{self.path.name}.narrow")
        self._file.close()
        self.path.rename(narrow)
        wider = FilePile(self.path, kind, self._disk)
        for block in blocks_of(np.memmap(narrow, self.kind, "r") if self.length else np.zeros(0, self.kind)):
            wider.append(block)
        narrow.unlink()
        self._file, self.kind = wider._file, wider.kind

    def close(self) -> None:
        """Flush to the disk, so that the header never names what is not there."""
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()

    def drop(self) -> None:
        """Let go of the file, whatever became of it."""
        with suppress(OSError):
            self._file.close()


class Disk:
    """Brings what was written to the disk while more is made: otherwise the end waits for all of it."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1)
        self._under_way: list[Future[None]] = []

    def sync(self, handle: int) -> None:
        """Begin with an open file."""
        self._under_way.append(self._thread.submit(_synced, os.dup(handle)))

    def close(self) -> None:
        """Wait for all. Raises ``OSError`` where the disk did not take something."""
        for one in self._under_way:
            one.result()
        self.drop()

    def drop(self) -> None:
        """Wait, whatever becomes of it."""
        self._thread.shutdown(wait=True)


def _synced(handle: int) -> None:
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


class MemorySink:
    """Where an index in memory grows."""

    folder: Path | None = None

    def __init__(self) -> None:
        self.piles: dict[str, MemoryPile] = {}

    def pile(self, name: str, kind: Any) -> Pile:
        """A new growing array."""
        self.piles[name] = MemoryPile(kind)
        return self.piles[name]

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Everything that grew."""
        return {name: pile.array() for name, pile in self.piles.items()}


class FolderSink:
    """Where an index in a folder grows: one file for each array."""

    def __init__(self, folder: Path) -> None:
        self.folder: Path | None = folder
        self._at, self._disk = folder, Disk()
        self.piles: dict[str, FilePile] = {}

    def pile(self, name: str, kind: Any) -> Pile:
        """A new growing array in the file ``name``."""
        self.piles[name] = FilePile(self._at / name, kind, self._disk)
        return self.piles[name]

    def close(self) -> dict[str, tuple[str, int]]:
        """Finish the files: name → (type, length)."""
        for pile in self.piles.values():
            pile.close()
        self._disk.close()
        return {name: (pile.kind.str, pile.length) for name, pile in self.piles.items()}

    def drop(self) -> None:
        """Let go of the files, finished or not."""
        for pile in self.piles.values():
            pile.drop()
        self._disk.drop()


Sink = MemorySink | FolderSink


def blocks_of(array: npt.NDArray[Any]) -> Iterable[npt.NDArray[Any]]:
    """The array in pieces that fit into memory."""
    for at in range(0, len(array), BLOCK):
        yield array[at : at + BLOCK]


class Coded:
    """A text column as small numbers, with its different values once (0 = empty). Narrow as long as it can be."""

    def __init__(self, pile: Pile, values: Iterable[str] = ("",), width: int = 1) -> None:
        self._pile = pile
        self._codes = {value: code for code, value in enumerate(values)}
        self._width = width

    @property
    def values(self) -> list[str]:
        """The different values, by their numbers."""
        return list(self._codes)

    def add(self, column: pa.Array | None, rows: int) -> None:
        """Take the values of ``rows`` rows; a column that is not there is empty."""
        if column is None:
            self._pile.append(np.zeros(rows, np.uint8))
            return
        codes = self.numbers(column, learn=True)
        while len(self._codes) > 1 << 8 * self._width:
            self._width *= 2
            self._pile.widen(_WIDTHS[self._width.bit_length() - 1])
        self._pile.append(codes)

    def numbers(self, column: pa.Array, *, learn: bool = False) -> npt.NDArray[np.int64]:
        """The numbers of a column's values; −1 for a value that is not known (or a new number, to ``learn``)."""
        is_encoded = pa.types.is_dictionary(column.type)
        encoded = column if is_encoded else column.cast(pa.string()).dictionary_encode()
        words = encoded.dictionary.to_pylist()
        places = encoded.indices.fill_null(len(words)).to_numpy(zero_copy_only=False)
        if learn:
            for place in _by_appearance(places, words, self._codes) if is_encoded else range(len(words)):
                self._codes.setdefault(words[place], len(self._codes))
        codes = [self._codes.get(word, -1) for word in words]
        found: npt.NDArray[np.int64] = np.array([*codes, 0], np.int64)[places]  # an empty cell is 0
        return found


def _by_appearance(places: npt.NDArray[Any], words: list[str], known: dict[str, int]) -> list[int]:
    """The places in ``words`` that rows have, in the order of the first row of each; [] when all words are known."""
    if all(word in known for word in words):
        return []
    rows = len(places)
    first = np.full(len(words) + 1, rows, np.int64)
    first[places[::-1]] = np.arange(rows - 1, -1, -1)  # of several, the last that is written stays: the first row
    order = np.argsort(first[:-1], kind="stable")
    return [int(place) for place in order if first[place] < rows]
