"""Figures of an incident that no sweep found, as somebody counted them: from options, or from a CSV file."""

import csv
from pathlib import Path
from typing import Any

from sekisho.incidents.model import HandCount
from sekisho.kernel.errors import InputError
from sekisho.law.causes import causes
from sekisho.law.items import codes_of, mask_of
from sekisho.registry.values import split_words

COLUMNS = ("insurer_id", "agency_id", "cause", "records", "people", "corporate", "items")
_MOST_LINES = 100_000


def hand_counts(
    counts: Path | None, *, insurer: str, agency: str, cause: str | None, records: int | None, people: int | None,
    corporate: int, items: str,
) -> tuple[HandCount, ...]:  # fmt: skip
    """The figures told by options or by a file; none when neither was given. Raises ``InputError`` with the place."""
    given = (cause, records, people)
    if counts is not None:
        if any(value is not None for value in given):
            raise InputError("figures in options and in a file", where="--counts", remedy="give one of the two")
        return _from_file(counts)
    if all(value is None for value in given):
        return ()
    if cause is None or records is None:
        raise InputError("--cause and --records belong together", remedy="give both (and --people)")
    told = {"cause": cause, "records": records, "people": records if people is None else people}
    return (_checked({**told, "insurer_id": insurer, "agency_id": agency, "corporate": corporate, "items": items}, ""),)


def _from_file(path: Path) -> tuple[HandCount, ...]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            lines = list(zip(csv.DictReader(file), range(2, _MOST_LINES + 2), strict=False))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(
            f"cannot be read ({type(error).__name__})", where=str(path), remedy=f"a CSV with {', '.join(COLUMNS)}"
        ) from None
    if not lines:
        raise InputError("holds no line", where=str(path), remedy=f"a CSV with {', '.join(COLUMNS)}")
    return tuple(_checked(line, f"{path}:{number}") for line, number in lines)


def _checked(line: dict[str, Any], where: str) -> HandCount:
    strange = set(line) - set(COLUMNS)
    lacking = {"cause", "records", "people"} - set(line)
    if strange or lacking:
        wrong = [*(f"{name} is no column" for name in map(str, strange)), *(f"{name} is missing" for name in lacking)]
        raise InputError("; ".join(sorted(wrong)), where=where, remedy=f"use {', '.join(COLUMNS)}")
    if line["cause"] not in causes():
        raise InputError("unknown cause", where=where or "--cause", remedy=f"one of {', '.join(causes())}")
    numbers = {name: _number(line.get(name) or 0, name, where) for name in ("records", "people", "corporate")}
    if numbers["people"] + numbers["corporate"] == 0:
        raise InputError("nobody is concerned", where=where or "--people", remedy="give the largest possible number")
    return HandCount(
        insurer_id=line.get("insurer_id") or "",
        agency_id=line.get("agency_id") or "",
        cause=line["cause"],
        items=codes_of(mask_of(split_words(line.get("items") or ""))),
        **numbers,
    )


def _number(value: object, name: str, where: str) -> int:
    text = str(value).replace(",", "").strip()
    if not text.isascii() or not text.isdigit():
        raise InputError(f"{name} is no number", where=where or f"--{name}", remedy="write digits")
    return int(text)
