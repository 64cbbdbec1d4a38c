"""The fixed text of a letter: chosen by cause, filled with the facts of the incident, checked for what the law demands.

A notice to the person must carry five of the nine report items (act art. 26(2), Enforcement Rules art. 10). The text
lies in ``wording.toml``, editable by a file of the user's (``wording_texts``); the facts come from the incident. Every
fault is told at once: facts that are missing, duty items without text.
"""

from collections.abc import Mapping, Sequence
from datetime import date

from sekisho.incidents.model import Dossier
from sekisho.incidents.sender import Company, Desk
from sekisho.kernel.dates import in_words
from sekisho.kernel.errors import InputError
from sekisho.letters.model import Wording
from sekisho.letters.texts.wording_texts import (
    AFTER_TABLE,
    BEFORE_TABLE,
    FACTS,
    PLACEHOLDER,
    SECTIONS,
    Templates,
    duty_items,
    in_sequence,
    templates,
)

_SCOPE = ("C1", "C2", "C3")
_RECEIVED = "A3"
"""Other insurers' customers, whose data came to us: their insurer tells them."""


def form_of(cause: str, *, looked_at: bool = False) -> str:
    """The form for a cause: C1–C3 share two, by whether the data was looked at or only could be."""
    if cause in _SCOPE:
        return "C_did" if looked_at else "C_could"
    return cause


def own_causes(dossier: Dossier) -> tuple[str, ...]:
    """The causes of the incident by which own customers are concerned (without A3)."""
    return tuple(cause for cause in dossier.incident.causes if cause != _RECEIVED)


def wording(
    dossier: Dossier,
    causes: Sequence[str],
    *,
    written_on: date,
    looked_at: bool = False,
    known: Templates | None = None,
) -> Wording:
    """The text of the letter to persons concerned by ``causes``: outline and cause of each, the rest once.

    ``looked_at``: for C1–C3, these persons' data was in fact looked at. Raises ``InputError`` listing every fact that
    is missing and every duty item without text, and for A3 (persons are told by their own insurer)."""
    texts = known or templates()
    told = [(form, _facts(dossier, cause)) for cause, form in _forms(causes, texts, looked_at=looked_at).items()]
    _check_duty_items(texts, [form for form, _ in told])
    filled = _filled(texts, told)
    given = texts.common.get("headings", {})
    headings = in_sequence({one: given[one] for one in (*BEFORE_TABLE, *AFTER_TABLE) if filled[one] and given.get(one)})
    return Wording(
        title=_filled_title(texts, told),
        opening=(*filled["greeting"], *_headed(filled, headings, BEFORE_TABLE)),
        closing=(*_headed(filled, headings, AFTER_TABLE), *filled["closing"]),
        date_line=japanese_day(written_on),
        company=_named_company(dossier.company),
        desk=reachable(dossier.desk),
    )


def columns(causes: Sequence[str], *, looked_at: bool = False, known: Templates | None = None) -> tuple[str, str]:
    """What stands over the columns of the agency and of those to whom the data went; where the causes differ in it,
    the words that fit all."""
    texts = known or templates()
    told = {texts.text(form, "columns") for form in _forms(causes, texts, looked_at=looked_at).values()}
    words = told.pop() if len(told) == 1 else tuple(texts.common["columns"])
    if len(words) != 2:
        raise InputError("columns must be two words", where=texts.where, remedy="copy letters/texts/wording.toml")
    return words[0], words[1]


def sections(
    dossier: Dossier, causes: Sequence[str], *, looked_at: bool = False, known: Templates | None = None
) -> Mapping[str, tuple[str, ...]]:
    """The filled sections by name (``wording_texts.SECTIONS``), as they are told to the public: what is said of the
    reader's own policies in a letter (``public_outline`` of a form) is said in general. Raises as ``wording``."""
    texts = known or templates()
    told = [(form, _facts(dossier, cause)) for cause, form in _forms(causes, texts, looked_at=looked_at).items()]
    _check_duty_items(texts, [form for form, _ in told])
    return _filled(texts, told, public=True)


def reachable(desk: Desk) -> Desk:
    """The desk, if it can be told to the public. Raises ``InputError`` without a way to ask, or without hours."""
    missing = [] if desk.phone or desk.email or desk.url else ["電話番号 (またはメールアドレス・ホームページ)"]
    missing += [] if desk.hours or not desk.phone else ["受付時間"]
    if missing:
        raise InputError(
            f"the enquiry desk has no {', '.join(missing)}",
            where="お問い合わせ窓口",
            remedy="enter the desk before anybody is told to call it",
        )
    return desk


def japanese_day(day: date | None) -> str:
    """2024年8月30日; "" for None."""
    return "" if day is None else in_words(day)


def _forms(causes: Sequence[str], texts: Templates, *, looked_at: bool) -> dict[str, str]:
    """cause → form."""
    if not causes:
        raise InputError("a letter needs at least one cause", remedy="name the cause of the incident")
    if _RECEIVED in causes:
        raise InputError(
            f"{_RECEIVED} are other insurers' customers",
            where=f"cause {_RECEIVED}",
            remedy="hand the list to those insurers: each tells its own customers",
        )
    forms = {cause: form_of(cause, looked_at=looked_at) for cause in causes}
    unknown = [form for form in forms.values() if form not in texts.forms]
    if unknown:
        raise InputError(
            f"there is no wording for {', '.join(unknown)}",
            where=texts.where,
            remedy=f"write [forms.{unknown[0]}], or use one of {', '.join(texts.forms)}",
        )
    return forms


def _check_duty_items(texts: Templates, forms: Sequence[str]) -> None:
    absent = {
        f"{name} ([forms.{form}] {section})": None
        for form in forms
        for section, name in duty_items().items()
        if not any(paragraph.strip() for paragraph in texts.text(form, section))
    }
    if absent:
        raise InputError(
            f"the letter does not say {', '.join(absent)}",
            where=texts.where,
            remedy="give these sections a text (act art. 26(2), Enforcement Rules art. 10)",
        )


def _facts(dossier: Dossier, cause: str) -> dict[str, str]:
    incident = dossier.incident
    own = [reason.text for reason in dossier.reasons if reason.cause == cause]
    general = [reason.text for reason in dossier.reasons if not reason.cause]
    return {
        "company": dossier.company.name,
        "representative": dossier.company.representative,
        "department": dossier.company.department,
        "desk": dossier.desk.name,
        "phone": dossier.desk.phone,
        "hours": dossier.desk.hours,
        "number": str(incident.number or ""),
        "known_on": japanese_day(incident.known_on),
        "first_day": japanese_day(incident.first_day),
        "last_day": japanese_day(incident.last_day),
        "outline": incident.outline,
        "reason": "\n".join(own or general),
        "secondary_damage": incident.secondary_damage,
        "measures": "".join(f"\n・{measure.text}" for measure in dossier.measures if measure.cause in ("", cause)),
        "response": incident.response,
        "other": incident.other,
    }


def _filled(
    texts: Templates, told: Sequence[tuple[str, Mapping[str, str]]], *, public: bool = False
) -> dict[str, tuple[str, ...]]:
    """Every section with its facts, each paragraph once. What was not recorded is an error, but for measures: where
    none are recorded that paragraph is left out."""
    missing: dict[str, None] = {}
    filled: dict[str, tuple[str, ...]] = {}
    for section in SECTIONS:
        done: dict[str, None] = {}
        for form, facts in told:
            own = texts.text(form, "public_outline") if public and section == "outline" else ()
            for paragraph in own or texts.text(form, section):
                absent = [name for name in PLACEHOLDER.findall(paragraph) if not facts[name].strip()]
                if absent and section == "measures":
                    continue
                missing.update(dict.fromkeys(absent))
                done.update(dict.fromkeys(_fill(paragraph, facts).split("\n")))
        filled[section] = tuple(part for part in done if part.strip())
    if missing:
        raise InputError(
            f"the wording names {', '.join(f'{{{name}}}' for name in missing)}, and nothing is known of it",
            where=f"{texts.where}, {'/'.join(dict.fromkeys(form for form, _ in told))}",
            remedy="enter " + "; ".join(FACTS[name] for name in missing),
        )
    return filled


def _filled_title(texts: Templates, told: Sequence[tuple[str, Mapping[str, str]]]) -> str:
    form, facts = told[0]
    title = _fill("".join(texts.text(form, "title")), facts).strip()
    if not title:
        raise InputError("the letter has no title", where=texts.where, remedy="write title = … under [common]")
    return title


def _headed(
    filled: Mapping[str, tuple[str, ...]], headings: Mapping[str, str], sections: Sequence[str]
) -> tuple[str, ...]:
    told: list[str] = []
    for section in sections:
        if filled[section]:
            told += [headings[section]] if headings.get(section) else []
            told += filled[section]
    return tuple(told)


def _fill(text: str, facts: Mapping[str, str]) -> str:
    return PLACEHOLDER.sub(lambda found: facts[found[1]], text)


def _named_company(company: Company) -> Company:
    if not company.name.strip():
        raise InputError("a letter needs a sender", where="会社の設定", remedy="enter the company's name")
    return company
