"""The folder of an index: its header, its files, whether they are whole, and which generation is in force.

``index.json`` is the header: format, folding, counts, and a keyed BLAKE2b of every file and of itself. It comes last,
under its final name in one step: an index without it is half-built and never taken for one. Each generation has a
folder of its own (``g000001`` …) with a copy of its header, so that whoever reads one goes on reading it while the
next is put in force.
"""

import json
import os
import re
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from sekisho.kernel.errors import InputError, SekishoError
from sekisho.kernel.files import private_folder, whole_file
from sekisho.matching.index.keys import Keys

try:
    import fcntl
except ImportError:  # Windows: two builders at once are not held apart
    fcntl = None  # type: ignore[assignment]

FORMAT = 2
HEADER = "index.json"
HEADER_MAX = 4 << 20
_CHUNK = 1 << 26
_GENERATION = re.compile(r"g\d{6}")
_PART = re.compile(r"\.g\d{6}\.part")
_LOCK = ".lock"
_BUILD = "build it with `sekisho index build`"


@dataclass(frozen=True, slots=True)
class FileFact:
    """One file: type and number of its values, and its keyed digest."""

    kind: str
    length: int
    mac: str = ""

    @property
    def size(self) -> int:
        """Bytes."""
        return np.dtype(self.kind).itemsize * self.length


@dataclass(frozen=True, slots=True)
class Header:
    """What an index says about itself. ``fields``: name → entries, keys, bytes, bits of the bucket number.
    ``history``: one line for each generation. ``joiners``: signs inside policy numbers. Nothing of a customer."""

    sekisho_index: int
    sekisho: str
    index_id: str
    generation: int
    folding: str
    rows: int
    joiners: str
    nonce: str
    check: str
    fields: dict[str, dict[str, int]]
    history: list[dict[str, Any]]
    files: dict[str, FileFact]

    @property
    def name(self) -> str:
        """The folder of this generation."""
        return f"g{self.generation:06d}"

    @property
    def bytes(self) -> int:
        """Size of all files."""
        return sum(fact.size for fact in self.files.values())

    def mac(self, keys: Keys) -> str:
        """The keyed digest of the header itself."""
        return keys.mac(json.dumps(asdict(self), sort_keys=True, ensure_ascii=True).encode())

    def write(self, folder: Path, keys: Keys) -> None:
        """Put the header into ``folder`` in one step."""
        document = asdict(self) | {"mac": self.mac(keys)}
        with whole_file(folder / HEADER) as path:
            path.write_text(json.dumps(document, indent=1, ensure_ascii=True) + "\n", encoding="utf-8")


def read_header(folder: Path, keys: Keys | None) -> tuple[Header, Path]:
    """The header in ``folder`` and the folder of its files. With ``keys`` it is proven genuine.

    Raises ``InputError``: no index, half-built, another format, the wrong key, a damaged header.
    """
    document = _document(folder)
    version = document.get("sekisho_index")
    if isinstance(version, int) and version > FORMAT:
        raise InputError(
            f"this index was made by a newer Sekisho (format {version}, this one knows {FORMAT})",
            where=str(folder),
            remedy="install that version",
        )
    if version != FORMAT:
        raise InputError("this index has another, older format", where=str(folder), remedy=f"{_BUILD} anew")
    if keys is not None and not keys.fits(document.get("check")):
        raise InputError(
            "this is not the key of this index",
            where=str(folder),
            remedy="give the key file it was built with (--key FILE)",
        )
    try:
        mac = document.pop("mac")
        files = {name: FileFact(**fact) for name, fact in document.pop("files").items()}
        header = Header(files=files, **document)
        genuine = keys is None or mac == header.mac(keys)
        generation = folder / header.name
        for fact in files.values():
            np.dtype(fact.kind)
    except (KeyError, TypeError, ValueError, AttributeError):
        raise damaged(folder / HEADER) from None
    if not genuine:
        raise damaged(folder / HEADER)
    return header, folder if folder.name == header.name and not generation.is_dir() else generation


def damaged(path: Path) -> InputError:
    """The error for a file that is not as it was written."""
    return InputError("this file of the index is damaged or was changed", where=str(path), remedy="copy the index anew")


def check_sizes(header: Header, base: Path) -> None:
    """Every file is there in its length (what is mapped and missing would end the process). Raises ``InputError``."""
    for name, fact in header.files.items():
        path = base / name
        try:
            size = path.stat().st_size
        except OSError:
            size = -1
        if size != fact.size:
            raise damaged(path)


def verify_files(header: Header, base: Path, keys: Keys) -> None:
    """Every file is as it was written, byte for byte. Raises ``InputError`` naming the first that is not."""
    check_sizes(header, base)
    for name, mac in macs(base, list(header.files), keys).items():
        if mac != header.files[name].mac:
            raise damaged(base / name)


def macs(base: Path, names: list[str], keys: Keys) -> dict[str, str]:
    """The keyed digest of each file, over the digests of its chunks, on all cores."""

    def chunk(name: str, number: int) -> bytes:
        with (base / name).open("rb") as file:
            file.seek(number * _CHUNK)
            # asking for no more than there is: a read makes room for all that is asked for
            return keys.chunk_mac(name, number, memoryview(file.read(min(_CHUNK, sizes[name] - number * _CHUNK))))

    sizes = {name: (base / name).stat().st_size for name in names}
    counts = {name: -(-sizes[name] // _CHUNK) for name in names}
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        parts = {name: [pool.submit(chunk, name, number) for number in range(counts[name])] for name in names}
        return {name: keys.mac(name.encode(), *(part.result() for part in parts[name])) for name in names}


def mapped(header: Header, base: Path) -> dict[str, npt.NDArray[Any]]:
    """The files as arrays, mapped and shared; what is written to them stays in this process."""
    check_sizes(header, base)
    return {
        name: np.memmap(base / name, fact.kind, "c", shape=(fact.length,)).view(np.ndarray)
        if fact.length
        else np.zeros(0, fact.kind)
        for name, fact in header.files.items()
    }


def publish(root: Path, part: Path, header: Header, keys: Keys) -> Header:
    """Put the finished files in ``part`` in force as ``header``'s generation; the one before it is kept for those
    who are reading it, older ones go. Returns the header as written."""
    digests = macs(part, list(header.files), keys)
    files = {name: replace(fact, mac=digests[name]) for name, fact in header.files.items()}
    header = replace(header, files=files)
    header.write(part, keys)
    _sync(part)
    part.rename(root / header.name)
    header.write(root, keys)
    _sync(root)
    kept = {header.name, f"g{header.generation - 1:06d}"}
    for entry in root.iterdir():
        if _GENERATION.fullmatch(entry.name) and entry.name not in kept:
            shutil.rmtree(entry, ignore_errors=True)
    return header


@contextmanager
def unfinished(root: Path, generation: int) -> Iterator[Path]:
    """A private folder for a generation under way; removed on failure, and by the next who builds if killed."""
    for entry in root.iterdir():
        if _PART.fullmatch(entry.name) or (entry.name == f"g{generation:06d}" and entry.is_dir()):
            shutil.rmtree(entry)
    part = root / f".g{generation:06d}.part"
    part.mkdir(mode=0o700)
    try:
        yield part
    except OSError as error:
        raise SekishoError(
            f"the index cannot be written ({error.strerror or type(error).__name__})",
            where=str(root),
            remedy="make room or choose another folder, then run again",
        ) from None
    finally:
        shutil.rmtree(part, ignore_errors=True)


@contextmanager
def locked(root: Path) -> Iterator[None]:
    """Nobody else builds or adds here meanwhile. Raises ``InputError`` when somebody does."""
    with os.fdopen(os.open(root / _LOCK, os.O_CREAT | os.O_WRONLY, 0o600), "w") as file:
        if fcntl is not None:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise InputError(
                    "this index is being written by another run", where=str(root), remedy="wait until it has ended"
                ) from None
        yield


def new_root(folder: Path) -> Path:
    """The folder for a new index: made, or empty but for what a killed build left. Raises ``InputError`` otherwise."""
    private_folder(folder)
    for entry in folder.iterdir():
        if entry.name == HEADER:
            raise InputError(
                "there is an index already",
                where=str(folder),
                remedy="add to it with `sekisho index add`, or name another folder with --out",
            )
        ours = _PART.fullmatch(entry.name) or _GENERATION.fullmatch(entry.name) or entry.name == _LOCK
        if not ours and not entry.name.startswith(f".{HEADER}."):
            raise InputError("this folder is not empty", where=str(folder), remedy="name a new folder with --out")
    return folder


def _document(folder: Path) -> dict[str, Any]:
    path = folder / HEADER
    try:
        with path.open("rb") as file:
            text = file.read(HEADER_MAX + 1)
    except FileNotFoundError:
        with suppress(OSError):
            if any(_PART.fullmatch(entry.name) or _GENERATION.fullmatch(entry.name) for entry in folder.iterdir()):
                raise InputError(
                    "this index is half-built: its building was stopped", where=str(folder), remedy=_BUILD
                ) from None
        raise InputError("no match index here", where=str(folder), remedy=_BUILD) from None
    except OSError as error:
        raise InputError(
            f"no match index can be read here ({error.strerror})",
            where=str(folder),
            remedy="name the folder of an index",
        ) from None
    try:
        document = json.loads(text) if len(text) <= HEADER_MAX else None
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict):
        raise damaged(path)
    return document


def _sync(folder: Path) -> None:
    """The names in a folder are on the disk (not on Windows, which has no such call)."""
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
