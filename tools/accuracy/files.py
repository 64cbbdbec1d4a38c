"""The kinds of attached files that things are planted into, by name: what each holds and how it is built.

A kind whose library is not installed is left out and told (``MISSING``). The locked kinds need a password.
"""

import importlib.util
import itertools
from collections.abc import Callable
from dataclasses import dataclass

from tools.accuracy import carriers, carriers_office, carriers_outlook, carriers_packed, charsets, units
from tools.accuracy.carriers import Rows

Maker = Callable[[Rows, list[str]], bytes]


@dataclass(frozen=True, slots=True)
class Kind:
    """``holds``: "rows" (a table), "lines" (running text), or "both". ``charset``: what must be writable in it."""

    ending: str
    holds: str
    make: Maker
    charset: str = "utf-8"
    needs: str = ""
    """A library without which it cannot be built."""


@dataclass(frozen=True, slots=True)
class Locked:
    """A kind that is opened with a password; ``make(rows, lines, password)``."""

    ending: str
    holds: str
    make: Callable[[Rows, list[str], str], bytes]
    needs: str = ""


def _tabs(rows: Rows) -> bytes:
    data = charsets.encode(units.lines(rows, "tabs").replace("\n", "\r\n"), "cp932")
    assert data is not None
    return data


def _cp932(rows: Rows) -> bytes:
    return carriers.csv_file(rows, "cp932")


def _wide(rows: Rows) -> Rows:
    """Without title lines: a table of a document has columns."""
    return [row for row in rows if len(row) > 1]


def _item(rows: Rows, lines: list[str]) -> carriers_outlook.Item:
    return carriers_outlook.Item("転送：ご確認", "\n".join(lines), attachments=(("満期一覧.csv", _cp932(rows)),))


_LEVELS = itertools.cycle((0, 1, 2))
_NAME = "満期一覧"

KINDS: dict[str, Kind] = {
    "csv cp932": Kind("csv", "rows", lambda r, _: _cp932(r), "cp932"),
    "csv utf-8": Kind("csv", "rows", lambda r, _: carriers.csv_file(r, "utf-8")),
    "csv utf-8 bom": Kind("csv", "rows", lambda r, _: carriers.csv_file(r, "utf-8-sig")),
    "csv tab cp932": Kind("csv", "rows", lambda r, _: _tabs(r), "cp932"),
    "xlsx": Kind("xlsx", "rows", lambda r, _: carriers.xlsx_file(r)),
    "xls": Kind("xls", "rows", lambda r, _: carriers_office.xls_file(r)),
    "ods": Kind("ods", "rows", lambda r, _: carriers_office.ods_file(r)),
    "docx text": Kind("docx", "lines", lambda _, t: carriers.docx_file(t)),
    "docx table": Kind("docx", "rows", lambda r, _: carriers.docx_file(["満期のお知らせ"], _wide(r))),
    "odt": Kind("odt", "both", lambda r, t: carriers_office.odt_file(t, r)),
    "pptx": Kind("pptx", "both", lambda r, t: carriers_office.pptx_file(t, r)),
    "rtf": Kind("rtf", "both", lambda r, t: carriers_office.rtf_file(t, r)),
    "rtf in code page 932": Kind("rtf", "lines", lambda _, t: carriers_office.rtf_file(t, hexed=True), "cp932"),
    "pdf": Kind("pdf", "both", lambda r, t: carriers.pdf_file([*units.lines(r, "spaces").split("\n"), *t]), "cp932"),
    "zip cp932 name > csv": Kind(
        "zip", "rows", lambda r, _: carriers.zip_file({f"{_NAME}.csv": _cp932(r)}, windows_names=True), "cp932"
    ),
    "zip > zip > xlsx": Kind(
        "zip", "rows",
        lambda r, _: carriers.zip_file(
            {"内側.zip": carriers.zip_file({"満期.xlsx": carriers.xlsx_file(r)}, windows_names=True)}
        ),
    ),
    "zip > docx": Kind(
        "zip", "lines", lambda _, t: carriers.zip_file({f"{_NAME}.docx": carriers.docx_file(t)}, windows_names=True)
    ),
    "7z > csv": Kind(
        "7z", "rows", lambda r, _: carriers_packed.seven_file({f"{_NAME}.csv": _cp932(r)}), "cp932", "py7zr"
    ),
    "lzh > csv": Kind(
        "lzh", "rows", lambda r, _: carriers_packed.lzh_file({f"{_NAME}.csv": _cp932(r)}, level=next(_LEVELS)), "cp932"
    ),
    "rar (stored) > csv": Kind("rar", "rows", lambda r, _: carriers_packed.rar_file({"list.csv": _cp932(r)}), "cp932"),
    "tar.gz > csv": Kind(
        "tar.gz", "rows", lambda r, _: carriers_packed.tar_gz_file({f"{_NAME}.csv": _cp932(r)}), "cp932"
    ),
    "msg": Kind("msg", "both", lambda r, t: carriers_outlook.msg_file(_item(r, t)), "cp932"),
    "msg in code page 932": Kind(
        "msg", "both", lambda r, t: carriers_outlook.msg_file(_item(r, t), unicode=False), "cp932"
    ),
    "winmail.dat (rtf body)": Kind(
        "dat", "both", lambda r, t: carriers_outlook.winmail_dat("\n".join(t), ((f"{_NAME}.csv", _cp932(r)),)), "cp932"
    ),
    "winmail.dat (html body)": Kind(
        "dat", "both",
        lambda r, t: carriers_outlook.winmail_dat("\n".join(t), ((f"{_NAME}.csv", _cp932(r)),), rtf=False), "cp932",
    ),
}  # fmt: skip

LOCKED: dict[str, Locked] = {
    "zip, ZipCrypto > csv": Locked(
        "zip", "rows", lambda r, _, p: carriers_packed.locked_zip({f"{_NAME}.csv": _cp932(r)}, p)
    ),
    "zip, AES > csv": Locked(
        "zip", "rows", lambda r, _, p: carriers_packed.aes_zip({f"{_NAME}.csv": _cp932(r)}, p), "pyzipper"
    ),
    "7z with password > csv": Locked(
        "7z", "rows", lambda r, _, p: carriers_packed.seven_file({f"{_NAME}.csv": _cp932(r)}, p), "py7zr"
    ),
    "xlsx with password": Locked("xlsx", "rows", lambda r, _, p: carriers_office.locked_xlsx(r, p), "msoffcrypto"),
    "pdf with password": Locked("pdf", "lines", lambda _, t, p: carriers_office.locked_pdf(t, p)),
}

_NEEDED = {kind.needs for kind in KINDS.values()} | {kind.needs for kind in LOCKED.values()}
MISSING = sorted(name for name in _NEEDED - {""} if importlib.util.find_spec(name) is None)
"""Libraries that are not installed: their kinds are left out."""


def available() -> list[str]:
    """Names of the kinds that can be built here."""
    return [name for name, kind in KINDS.items() if kind.needs not in MISSING]


def lockable() -> list[str]:
    """Names of the locked kinds that can be built here."""
    return [name for name, kind in LOCKED.items() if kind.needs not in MISSING]
