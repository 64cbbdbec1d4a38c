"""The public notice of handling agencies in place of letters to those who cannot be reached (act art. 26(2) proviso).

Seed 001: 住所を確認できないお客さま、および個人を特定できないお客さま: 取扱代理店名を公開し、通知に代える.
What the letter would have said is said here too (guideline 3-5-4-5 ※2): outline, items, cause, secondary damage, other;
and where to ask. A plain value, as text and as HTML (``notice_pages``); Word and PDF are the reports' business.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import pyarrow as pa
import yaml

from sekisho.findings.model import UNRESOLVED
from sekisho.incidents.model import Dossier
from sekisho.incidents.sender import Company, Desk
from sekisho.kernel.bulk import in_memory
from sekisho.kernel.entries import check_entries
from sekisho.kernel.errors import InputError
from sekisho.law.items import items
from sekisho.letters.model import Held, HeldBack
from sekisho.letters.sending.status import SUBSTITUTE, Sent, reasons
from sekisho.letters.texts.wording import japanese_day, own_causes, reachable, sections
from sekisho.letters.texts.wording_texts import Templates, in_sequence
from sekisho.registry.registry import Registry


@dataclass(frozen=True, slots=True)
class Agency:
    """One handling agency by its registered name."""

    agency_id: str
    name: str
    registration_no: str


@dataclass(frozen=True, slots=True)
class Handled:
    """Who handled the policies of those who cannot be reached: ``agencies`` by name, how many policies have none that
    is known, the codes of the items concerned."""

    agencies: tuple[Agency, ...]
    unplaced_count: int
    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """A heading with its paragraphs."""

    key: str
    heading: str
    paragraphs: tuple[str, ...]
    after: tuple[str, ...] = ()
    """What follows the list or table of this section."""


@dataclass(frozen=True, slots=True)
class Notice:
    """The notice as it is published. No number of persons per agency stands in it, and nobody's name.

    ``agencies`` stand in the section ``agencies``, the desk in the section ``desk``. ``unplaced_count``: policies of
    these persons of which no agency is known."""

    title: str
    date_line: str
    lead: tuple[str, ...]
    sections: tuple[Section, ...]
    agencies: tuple[Agency, ...]
    columns: tuple[str, str, str]
    desk: Desk
    company: Company
    unplaced_count: int


_UNREACHABLE = (Held.UNKNOWN_POLICY, Held.NO_NAME, Held.NO_ADDRESS, Held.NO_POSTAL_CODE)


def to_publish(held: Iterable[HeldBack], letters: Iterable[Sent]) -> set[str]:
    """The persons who are told by publication: no address or nobody known (seed 001), returned for good, and those
    whose letter was closed so. Not: undecided findings (decide first), glyphs and lengths (print by other means)."""
    return {back.person for back in held if back.reason in _UNREACHABLE} | {
        letter.person
        for letter in letters
        if letter.state == "substituted"
        or (letter.state == "returned" and reasons()[letter.reason or "other"].then == SUBSTITUTE)
    }


def handling_agencies(
    findings: pa.Table,
    registry: Registry,
    persons: pa.Table,
    unreached: Collection[str],
    *,
    insurer_ids: Collection[str] = (),
    unresolved: bool = False,
) -> Handled:
    """The handling agencies of the policies of ``unreached`` persons in ``findings``.

    ``unreached``: keys of ``recipients`` (held back, or returned for good); a policy outside the ledger is known there
    as ``insurer/policy``. The agency is the one that the customer knows: it handles the policy in the ledger; only for
    a policy outside the ledger it is the agency of the finding.
    """
    con = in_memory()
    try:
        con.register("findings", findings)
        con.register("persons", persons.select(["insurer_id", "policy_no", "person"]))
        con.register("policies", registry.tables["policies"])
        con.register("agencies", registry.tables["agencies"])
        con.register("unreached", pa.table({"person": pa.array(sorted(unreached), pa.string())}))
        con.register("chosen", pa.table({"insurer_id": pa.array(sorted(insurer_ids), pa.string())}))
        con.execute(_TOUCHED, {"unresolved": "" if unresolved else UNRESOLVED, "every": not insurer_ids})
        named = con.execute(_AGENCIES).fetchall()
        unplaced = con.execute("SELECT count(DISTINCT policy) FROM touched WHERE agency_id = ''").fetchone()
        codes = {
            code for (text,) in con.execute("SELECT DISTINCT items FROM touched").fetchall() for code in text.split(";")
        }
    finally:
        con.close()
    known = [code for code in items() if code in codes]
    return Handled(tuple(Agency(*row) for row in named), int(unplaced[0]) if unplaced else 0, tuple(known))


_TOUCHED = """
CREATE TEMP TABLE touched AS
SELECT f.insurer_id || '/' || f.policy_no AS policy, f.items,
       coalesce(nullif(p.agency_id, ''), nullif(f.agency_id, ''), '') AS agency_id
FROM (SELECT * FROM findings
      WHERE ($every OR insurer_id = '' OR insurer_id IN (SELECT insurer_id FROM chosen))) AS f
LEFT JOIN (SELECT insurer_id, policy_no, min(person) AS person FROM persons GROUP BY insurer_id, policy_no) AS k
  ON k.insurer_id = f.insurer_id AND k.policy_no = f.policy_no
LEFT JOIN policies AS p ON p.insurer_id = f.insurer_id AND p.policy_no = f.policy_no
WHERE coalesce(nullif(k.person, ''), f.insurer_id || '/' || f.policy_no) IN (SELECT person FROM unreached)
  AND (p.policy_no IS NULL OR $unresolved = '' OR NOT starts_with(f.ground_missing, $unresolved))
"""

_AGENCIES = """
SELECT agency_id, coalesce(a.name, agency_id), coalesce(a.registration_no, '')
FROM (SELECT DISTINCT agency_id FROM touched WHERE agency_id <> '') LEFT JOIN agencies AS a USING (agency_id)
ORDER BY 2, 1
"""


def notice(
    dossier: Dossier,
    handled: Handled,
    *,
    published_on: date,
    causes: Sequence[str] = (),
    known: Templates | None = None,
    texts: Path | None = None,
) -> Notice:
    """The notice for an incident. ``handled``: of ``handling_agencies``; ``causes``: those of the incident unless told;
    ``known``: the user's wording of letters, ``texts``: his own notice texts. Raises ``InputError`` when nobody is to
    be told, when facts are missing, or when the enquiry desk has no way to ask or no hours."""
    if not handled.agencies and not handled.unplaced_count:
        raise InputError(
            "there is nobody who must be told by publication",
            remedy="publish when letters are held back, or have come back for good",
        )
    words = _texts(texts)
    told = sections(dossier, causes or own_causes(dossier), known=known)
    names = [items()[code].ja for code in handled.items]
    after = {"agencies": (words["none_known"],) if handled.unplaced_count else ()}
    parts = {
        "outline": told["outline"],
        "items": (words["items_lead"], "、".join(names)) if names else (),
        "cause": told["cause"],
        "secondary": told["secondary"],
        "agencies": (words["agencies_lead"],) if handled.agencies else (),
        "other": told["other"],
        "desk": tuple(words["ask"]),
    }
    shown = [key for key, paragraphs in parts.items() if paragraphs or after.get(key)]
    headings = in_sequence({key: words["headings"][key] for key in shown})
    return Notice(
        title=words["title"],
        date_line=japanese_day(published_on),
        lead=tuple(words["lead"]),
        sections=tuple(Section(key, headings[key], parts[key], after.get(key, ())) for key in shown),
        agencies=handled.agencies,
        columns=(words["table"]["number"], words["table"]["name"], words["table"]["registration"]),
        desk=reachable(dossier.desk),
        company=dossier.company,
        unplaced_count=handled.unplaced_count,
    )


def desk_lines(desk: Desk) -> tuple[tuple[str, str], ...]:
    """What is told of the desk: name of the entry, value."""
    entries = (
        ("窓口", desk.name),
        ("電話番号", desk.phone),
        ("受付時間", desk.hours),
        ("メールアドレス", desk.email),
        ("ホームページ", desk.url),
    )
    return tuple((name, value) for name, value in entries if value)


def _texts(path: Path | None) -> Mapping[str, Any]:
    own = _own()
    if path is None:
        return own
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError):
        raise InputError("cannot be read as YAML", where=str(path), remedy="copy letters/texts/notice.yaml") from None
    named = {key: value if isinstance(value, dict) else None for key, value in own.items()}
    shape = {f"{key}?": names and {f"{name}?": None for name in names} for key, names in named.items()}
    check_entries(content, shape, where=str(path))
    merged = dict(own)
    for key, value in content.items():
        if type(value) is not type(own[key]) or not _is_text(value):
            raise InputError(f"{key} has another shape", where=str(path), remedy="copy letters/texts/notice.yaml")
        merged[key] = own[key] | value if isinstance(value, dict) else value
    return merged


def _is_text(value: Any) -> bool:
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return all(isinstance(part, str) for part in parts)


@cache
def _own() -> dict[str, Any]:
    text = resources.files("sekisho.letters.texts").joinpath("notice.yaml").read_text(encoding="utf-8")
    loaded: dict[str, Any] = yaml.safe_load(text)
    return loaded
