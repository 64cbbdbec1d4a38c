"""What a finished file holds, until ledger and lists of the whole run are joined from it: a part of the record.

The rows are written as they will stand in the lists by the process that made the file; the run only joins them.
"""

import json
import shutil
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NamedTuple

from sekisho.kernel.errors import SekishoError
from sekisho.kernel.files import whole_file
from sekisho.kernel.spreadsheets import MARK, rows_alone, write_rows
from sekisho.letters.model import Held, HeldBack

LEDGER_COLUMNS = ("serial", "person", "file", "first_page", "pages", "row_sha256", "file_sha256", "fonts")
MAILING_COLUMNS = ("文書番号", "ファイル", "先頭ページ", "ページ数", "郵便番号", "住所", "宛名")
HELD_COLUMNS = ("serial", "person", "reason", "detail")
_NUMBERS = ("first_page", "pages")
_MAILING = ".mailing.csv"


class Row(NamedTuple):
    """A letter in the record."""

    serial: str
    person: str
    first_page: int
    pages: int
    row_sha256: str
    postal_code: str
    address: str
    name: str


@dataclass(frozen=True, slots=True)
class Part:
    """What a finished file holds. ``file`` is "" when all its letters were held back."""

    fingerprint: str
    file: str
    sha256: str
    letters: int
    pages: int
    fonts: str
    held: tuple[tuple[str, str, str, str], ...]
    """serial, person, reason, detail"""

    def held_back(self) -> tuple[HeldBack, ...]:
        return tuple(HeldBack(person, Held(reason), detail) for _, person, reason, detail in self.held)


def write_part(path: Path, part: Part, rows: Sequence[Row], ledger: str) -> None:
    """Write a part and its rows beside ``path``, which comes last and says that they are whole. ``ledger``: name of the
    ledger, for its ending."""
    told = [
        (row.serial, row.person, part.file, row.first_page, row.pages, row.row_sha256, part.sha256, part.fonts)
        for row in rows
    ]
    with whole_file(_ledger_of(path, ledger)) as temporary:
        if ledger.endswith(".csv"):
            temporary.write_bytes(rows_alone(told))
        else:
            _write_parquet(temporary, told)
    with whole_file(path.with_suffix(_MAILING)) as temporary:
        temporary.write_bytes(
            rows_alone(
                (row.serial, part.file, row.first_page, row.pages, row.postal_code, row.address, row.name)
                for row in rows
            )
        )
    with whole_file(path) as temporary:
        temporary.write_text(json.dumps(asdict(part), ensure_ascii=False), encoding="utf-8")


def read_part(path: Path, ledger: str) -> Part | None:
    """A part of the record; None when there is none, or none that can be read."""
    try:
        told: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        held = tuple((str(a), str(b), str(c), str(d)) for a, b, c, d in told.pop("held"))
        part = Part(held=held, **told)
    except (OSError, ValueError, TypeError, KeyError):
        return None
    return part if _ledger_of(path, ledger).exists() and path.with_suffix(_MAILING).exists() else None


def read_parts(paths: Iterable[Path], ledger: str) -> Iterator[Part]:
    for path in paths:
        part = read_part(path, ledger)
        if part is None:
            raise SekishoError("a part of the record is gone", where=str(path), remedy="run again")
        yield part


def write_held(path: Path, parts: Iterable[Part]) -> None:
    with whole_file(path) as temporary:
        write_rows(temporary, HELD_COLUMNS, (row for part in parts for row in part.held))


def write_mailing(path: Path, parts: Iterable[Path]) -> None:
    _joined(path, MAILING_COLUMNS, (part.with_suffix(_MAILING) for part in parts))


def write_ledger(path: Path, parts: Iterable[Path]) -> None:
    pieces = [_ledger_of(part, path.name) for part in parts]
    if path.suffix == ".csv":
        _joined(path, LEDGER_COLUMNS, pieces)
        return
    import pyarrow.parquet as pq  # noqa: PLC0415 (40 MB in every process otherwise)

    with whole_file(path) as temporary, pq.ParquetWriter(temporary, _schema(), compression="zstd") as writer:
        for piece in pieces:
            writer.write_table(pq.read_table(piece))


def _ledger_of(part: Path, ledger: str) -> Path:
    return part.with_suffix(f".ledger{Path(ledger).suffix}")


def _joined(path: Path, columns: tuple[str, ...], pieces: Iterable[Path]) -> None:
    with whole_file(path) as temporary, temporary.open("wb") as out:
        out.write(MARK + rows_alone([columns]))
        for piece in pieces:
            with piece.open("rb") as rows:
                shutil.copyfileobj(rows, out)


def _schema() -> Any:
    import pyarrow as pa  # noqa: PLC0415

    return pa.schema([(name, pa.int64() if name in _NUMBERS else pa.string()) for name in LEDGER_COLUMNS])


def _write_parquet(path: Path, rows: Sequence[tuple[object, ...]]) -> None:
    import pyarrow as pa  # noqa: PLC0415
    import pyarrow.parquet as pq  # noqa: PLC0415

    columns = list(zip(*rows, strict=True)) or [()] * len(LEDGER_COLUMNS)
    table = pa.table(dict(zip(LEDGER_COLUMNS, map(list, columns), strict=True)), schema=_schema())
    pq.write_table(table, path, compression="zstd")
