"""The texts of letters as they stand in files: read, checked, the user's own laid over those of the package.

A user's TOML file (shape of ``wording.toml``) says only what it says otherwise. Checked when read, not when 204,783
letters are printed: unknown sections and unknown placeholders are refused by name.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from sekisho.kernel.errors import InputError

BEFORE_TABLE = ("outline", "cause", "items")
AFTER_TABLE = ("secondary", "measures", "other")
SECTIONS = ("greeting", *BEFORE_TABLE, *AFTER_TABLE, "closing")
PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_NUMBER = re.compile(r"\A[0-9]+(?=\.)")
_TEXTS = ("title", *SECTIONS, "public_outline", "columns", "headings")
_MAX_BYTES = 1_000_000

FACTS = {
    "company": "会社名 (会社の設定)",
    "representative": "代表者 (会社の設定)",
    "department": "部署 (会社の設定)",
    "desk": "お問い合わせ窓口の名称 (窓口の設定)",
    "phone": "お問い合わせ窓口の電話番号 (窓口の設定)",
    "hours": "お問い合わせ窓口の受付時間 (窓口の設定)",
    "number": "事案の番号",
    "known_on": "事案を知った日",
    "first_day": "最初の発生日 (事案の期間)",
    "last_day": "最後の発生日 (事案の期間)",
    "outline": "事案の概要",
    "reason": "原因 (事案の原因分析)",
    "secondary_damage": "二次被害又はそのおそれの有無及びその内容 (事案)",
    "measures": "再発防止策 (事案の対応)",
    "response": "本人への対応 (事案)",
    "other": "その他参考となる事項 (事案)",
}
"""What may stand in braces, and where its value is entered."""


@dataclass(frozen=True, slots=True)
class Templates:
    """The texts as they stand in the files. ``where`` names the file for messages."""

    common: Mapping[str, Any]
    forms: Mapping[str, Mapping[str, Any]]
    where: str

    def text(self, form: str, section: str) -> tuple[str, ...]:
        """The paragraphs of a section of one form; the form's own, else the common ones."""
        found = self.forms[form].get(section, self.common.get(section, ()))
        return (found,) if isinstance(found, str) else tuple(found)


def templates(path: Path | None = None) -> Templates:
    """The texts of the package, with what the user's TOML file at ``path`` says otherwise.

    Raises ``InputError`` for a file that is no such TOML, names unknown sections or placeholders."""
    own = _own()
    if path is None:
        return own
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise InputError("is too large for a wording", where=str(path), remedy="copy letters/texts/wording.toml")
        content = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise InputError(f"cannot be read ({error.strerror})", where=str(path)) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(
            f"is no TOML in UTF-8 ({error})", where=str(path), remedy="copy letters/texts/wording.toml"
        ) from None
    _check_shape(content, str(path))
    forms = {form: dict(texts) for form, texts in own.forms.items()}
    for form, texts in content.get("forms", {}).items():
        forms[form] = forms.get(form, {}) | texts
    common = dict(own.common) | content.get("common", {})
    common["headings"] = own.common["headings"] | common["headings"]
    merged = Templates(common, forms, str(path))
    _check_placeholders(merged)
    return merged


@cache
def duty_items() -> dict[str, str]:
    """Section → the item of Enforcement Rules art. 10 that it carries. Not a user's choice."""
    return dict(_content()["duty_items"])


@cache
def _own() -> Templates:
    content = _content()
    own = Templates(content["common"], content["forms"], "letters/texts/wording.toml")
    _check_placeholders(own)
    return own


def _check_shape(content: Mapping[str, Any], where: str) -> None:
    tables = [("common", content.get("common", {}))]
    forms = content.get("forms", {})
    if not isinstance(forms, dict):
        raise InputError("[forms] must hold one table for each form", where=where, remedy="write [forms.A1] …")
    tables += [(f"forms.{form}", texts) for form, texts in forms.items()]
    if content.get("duty_items", duty_items()) != duty_items():
        raise InputError("[duty_items] is the law's, not a matter of wording", where=where, remedy="leave it as it is")
    unknown = sorted(set(content) - {"common", "forms", "duty_items", "reference", "effective_from"})
    if unknown:
        raise InputError(f"unknown: {', '.join(unknown)}", where=where, remedy="use [common] and [forms.…]")
    for name, texts in tables:
        if not isinstance(texts, dict):
            raise InputError(f"[{name}] must be a table", where=where, remedy="copy letters/texts/wording.toml")
        for section, text in texts.items():
            _check_text(f"[{name}] {section}", section, text, where)
        known = _content()["common"]["headings"]
        unknown = sorted(set(texts.get("headings", {})) - set(known))
        if unknown:
            raise InputError(
                f"[{name}] headings: unknown {', '.join(unknown)}", where=where, remedy=f"use {', '.join(known)}"
            )


def _check_text(name: str, section: str, text: Any, where: str) -> None:
    if section not in (*_TEXTS, "name"):
        raise InputError(f"{name} is no section", where=where, remedy=f"use one of {', '.join(_TEXTS)}")
    if isinstance(text, dict) is not (section == "headings"):
        raise InputError(f"{name} must be text, or a list of paragraphs (headings: a table)", where=where)
    parts = [text] if isinstance(text, str) else list(text.values()) if isinstance(text, dict) else text
    if not isinstance(parts, list) or not all(isinstance(part, str) for part in parts):
        raise InputError(f"{name} must be text, or a list of paragraphs", where=where)


def _check_placeholders(texts: Templates) -> None:
    unknown = []
    for name, table in (("common", texts.common), *((f"forms.{form}", own) for form, own in texts.forms.items())):
        for section, text in table.items():
            parts = [text] if isinstance(text, str) else text.values() if isinstance(text, dict) else text
            found = {word for part in parts for word in PLACEHOLDER.findall(part)} - set(FACTS)
            unknown += [f"{{{word}}} ([{name}] {section})" for word in sorted(found)]
    if unknown:
        raise InputError(
            f"unknown placeholder {', '.join(unknown)}",
            where=texts.where,
            remedy=f"use one of {', '.join(f'{{{name}}}' for name in FACTS)}",
        )


@cache
def _content() -> dict[str, Any]:
    return tomllib.loads(resources.files("sekisho.letters.texts").joinpath("wording.toml").read_text(encoding="utf-8"))


def in_sequence(headings: Mapping[str, str]) -> dict[str, str]:
    """The headings that are shown, in order: numbers at their beginning are given anew, so that none is skipped where a
    section has nothing to say."""
    return {key: _NUMBER.sub(str(number), text) for number, (key, text) in enumerate(headings.items(), 1)}
