"""The settings of a workspace: ``sekisho.toml``, written once with comments, read with the place of every mistake."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from sekisho.incidents.sender import Company, Desk
from sekisho.kernel.errors import InputError
from sekisho.kernel.files import whole_file
from sekisho.registry.headers import HeaderMap

NAME = "sekisho.toml"
KEEP_LOADS = 3

TEMPLATE = f"""\
# Sekisho ワークスペースの設定 / settings of this Sekisho workspace.
# このファイルのあるフォルダがワークスペースです。/ The folder that holds this file is the workspace.

[store]
# 保管する読込み世代数 (現在の世代を含む) / loads kept, the present one included
keep_loads = {KEEP_LOADS}
# 読込みごとの差分 (いつ何が台帳にあったか) を残す年数。書かなければ消しません / years for which is kept what each load
# changed; without it nothing is removed (docs/history.md)
# keep_history_years = 10

# 表のファイル名 (拡張子なし) の読替え / your file names (without ending) → table
[registry.files]
# "保有契約2024" = "policies"

# 見出しの読替え。"" は「そのまま残す」/ your headers → column; "" keeps a column as it is
[registry.headers.policies]
# "扱者" = "producer_id"
# "備考" = ""

# 台帳が手元にない保険会社の証券番号の形: 9 = 数字、A = 英字 / policy numbers of insurers without a ledger here
[policy_numbers]
# KOU = ["A9999999", "999-9999999"]

# 当社 (通知文書・報告書・公表文の差出人) / who answers, in letters, reports and releases
[company]
# party_id = "KOU"
# name = "甲損害保険株式会社"
# representative = "代表取締役社長 関所 太郎"
# department = "お客さま情報管理部"
# postal_code = "100-0000"
# address = "東京都千代田区架空町1-2-3"

# お客さまからのお問い合わせ窓口 / the enquiry desk as the public is told of it
[desk]
# name = "お客さま専用窓口"
# phone = "0120-000-000"
# hours = "9:00～17:00 月曜～金曜 (祝日、年末年始を除く)"
# email = "desk@example.jp"
# url = "https://www.example.jp/"

# 名寄せの鍵を作る秘密のファイル / the secret under which the keys of persons are made (docs/counting.md)
[persons]
key = "persons.key"

# 判定 API の上限 (docs/decisions.md) / limits of the decision API
# [decisions]
# per_second = 2000
"""


@dataclass(frozen=True, slots=True)
class Settings:
    """``headers``: the own header words; ``keep_loads``: how many loads are kept; ``policy_numbers``: insurer_id → the
    shapes of its numbers (``matching.evidence.patterns``); ``all``: the whole document; ``keep_history_years``: how
    long is kept what each load changed (None: for good)."""

    headers: HeaderMap
    keep_loads: int
    policy_numbers: Mapping[str, tuple[str, ...]]
    all: Mapping[str, Any]
    keep_history_years: int | None = None

    @property
    def company(self) -> Company:
        """Who answers for incidents, as ``[company]`` tells."""
        return Company(**{"party_id": "", "name": "", **self.all.get("company", {})})

    @property
    def desk(self) -> Desk:
        """The enquiry desk, as ``[desk]`` tells."""
        return Desk(**self.all.get("desk", {}))


def write_settings(folder: Path, *, invented: bool = False) -> None:
    """Write the commented settings of a new workspace. ``invented``: the examples of company and desk hold."""
    text = TEMPLATE
    if invented:
        begin, end = text.index("[company]"), text.index("# 名寄せの鍵")
        lines = text[begin:end].split("\n")
        text = text[:begin] + "\n".join(one[2:] if " = " in one else one for one in lines) + text[end:]
    with whole_file(folder / NAME) as path:
        path.write_text(text, encoding="utf-8")


def read_settings(folder: Path) -> Settings:
    """The settings. Raises ``InputError`` for a file that is no TOML or says what cannot be."""
    path = folder / NAME
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise InputError(
            f"cannot be read ({error.strerror})", where=str(path), remedy="check who may read it"
        ) from None
    except UnicodeDecodeError:
        raise InputError("is not UTF-8", where=str(path), remedy="save it as UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"is no TOML: {error}", where=str(path), remedy="correct that place") from None
    registry = _section(document, "registry", path)
    for name in ("headers", "files"):
        _section(registry, name, path)
    for table in registry.get("headers", {}):
        _section(registry["headers"], table, path)
    store = _section(document, "store", path)
    keep, years = store.get("keep_loads", KEEP_LOADS), store.get("keep_history_years")
    for name, value in (("keep_loads", keep), ("keep_history_years", years)):
        if value is not None and (type(value) is not int or value < 1):
            raise InputError(
                f"[store] {name} is {value!r}", where=str(path), remedy="write a whole number of 1 or more"
            )
    _check_texts(document, "company", Company, path)
    _check_texts(document, "desk", Desk, path)
    headers = HeaderMap.from_settings(registry, str(path))
    return Settings(headers, keep, _policy_numbers(document, path), document, years)


def _policy_numbers(document: Mapping[str, Any], path: Path) -> dict[str, tuple[str, ...]]:
    given = _section(document, "policy_numbers", path)
    for insurer, listed in given.items():
        if not isinstance(listed, list) or not all(isinstance(one, str) for one in listed):
            raise InputError(
                f"[policy_numbers] {insurer} is no list of patterns",
                where=str(path),
                remedy='write it as KOU = ["A9999999"]: 9 for a digit, A for a letter',
            )
    if not given:
        return {}
    from sekisho.matching.evidence.patterns import check_patterns  # noqa: PLC0415  (it brings the compiler along)

    try:
        check_patterns(given)
    except InputError as error:
        raise InputError(f"[policy_numbers] {error.message}", where=str(path), remedy=error.remedy) from None
    return {insurer: tuple(listed) for insurer, listed in given.items()}


def _check_texts(document: Mapping[str, Any], name: str, kind: type[Company] | type[Desk], path: Path) -> None:
    """A section whose every key is a field of ``kind``, and text."""
    allowed = [field.name for field in fields(kind)]
    for key, value in _section(document, name, path).items():
        if key not in allowed:
            raise InputError(f"[{name}] has no {key!r}", where=str(path), remedy=f"use {', '.join(allowed)}")
        if not isinstance(value, str):
            raise InputError(f"[{name}] {key} is no text", where=str(path), remedy='write it in quotes: "…"')


def _section(document: Mapping[str, Any], name: str, path: Path) -> Mapping[str, Any]:
    section = document.get(name, {})
    if not isinstance(section, dict):
        raise InputError(f"{name} is no section", where=str(path), remedy=f"write it as [{name}]")
    return section
