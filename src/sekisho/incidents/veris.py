"""Incidents in VERIS, in which incidents are shared: ours written, others' read for the statistics (B11).

What is written holds no free text and no names unless asked for: an exchange file goes to other companies. Our own
cause and medium go with it under ``plus.sekisho``, so that reading it back loses nothing.
"""

import json
import uuid
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import yaml

from sekisho.incidents.concerned import Concerned
from sekisho.incidents.model import Incident, Medium
from sekisho.incidents.statistics import Case, case_of, our_mapping
from sekisho.kernel.errors import InputError
from sekisho.law.causes import causes

LARGEST_FILE = 64 << 20
MOST_INCIDENTS = 500_000
_NAMESPACE = uuid.UUID("6f0a7f2e-0c0e-5c53-9a53-1f0d6b6f7a11")


def to_veris(
    incident: Incident,
    who: Concerned,
    *,
    records: int | None = None,
    own_is_agency: bool = False,
    free_text: bool = False,
) -> dict[str, Any]:
    """``incident`` as a VERIS incident. ``free_text``: with title and outline as people wrote them (they may name
    somebody). Raises ``InputError`` for an incident without a known cause."""
    vocabulary = _data()
    known = [code for code in incident.causes if code in vocabulary["causes"]]
    if not known:
        raise InputError(
            "an incident without a cause cannot be written in VERIS",
            where=f"incident {incident.number}",
            remedy=f"give it one of {', '.join(vocabulary['causes'])}",
        )
    rows = [vocabulary["causes"][code] for code in known]
    day = incident.first_day or incident.known_on
    told = "; ".join(causes()[code].what for code in known)
    return {
        "schema_version": vocabulary["schema_version"],
        "incident_id": str(
            uuid.uuid5(_NAMESPACE, f"{incident.own_party}|{incident.number}|{incident.known_on}|{known}")
        ),
        "source_id": "sekisho",
        "security_incident": "Confirmed",
        "summary": f"{incident.title}\n{incident.outline}".strip() if free_text else told,
        "timeline": {"incident": {"year": day.year, "month": day.month, "day": day.day}},
        "victim": vocabulary["victim"] | ({"victim_id": incident.own_party} if free_text else {}),
        "actor": _actors(rows, own_is_agency),
        "action": _actions(rows),
        "asset": {"assets": [{"variety": vocabulary["media"][incident.medium.value]}], "cloud": ["Unknown"]},
        "attribute": _attributes(rows, who, records),
        "discovery_method": {"unknown": True},
        "plus": {
            "sekisho": {
                "causes": known,
                "medium": incident.medium.value,
                "legal_character": incident.legal_character,
                "people_are_upper_bound": who.people_are_upper_bound,
            }
        },
    }


def _actors(rows: list[dict[str, Any]], own_is_agency: bool) -> dict[str, Any]:
    actors: dict[str, Any] = {}
    for row in rows:
        kind = "internal" if row["actor"] == "partner" and own_is_agency else row["actor"]
        motives = actors.get(kind, {}).get("motive", [])
        actors[kind] = {"motive": _with(motives, row["motive"])} | (
            {"country": ["JP"]} if kind == "partner" else {"variety": ["Unknown"]}
        )
    return actors


def _actions(rows: list[dict[str, Any]]) -> dict[str, Any]:
    actions: dict[str, Any] = {}
    for row in rows:
        one = actions.setdefault(row["action"], {"variety": [], "vector": []})
        one["variety"] = _with(one["variety"], row["variety"])
        one["vector"] = _with(one["vector"], row["vector"])
    return actions


def _attributes(rows: list[dict[str, Any]], who: Concerned, records: int | None) -> dict[str, Any]:
    varieties: dict[str, int] = {}
    for codes, count in who.people:
        for variety in {_data()["data"].get(code, _data()["data"]["usual"]) for code in codes or ("",)}:
            varieties[variety] = varieties.get(variety, 0) + count
    confidentiality: dict[str, Any] = {
        "data_disclosure": "Yes" if any(row["disclosed"] == "Yes" for row in rows) else "Potentially",
        "data": [{"variety": variety, "amount": count} for variety, count in sorted(varieties.items())]
        or [{"variety": _data()["data"]["usual"]}],
        "data_victim": ["Customer"],
    }
    total = records if records is not None else who.people_count
    if total:
        confidentiality["data_total"] = total
    attributes: dict[str, Any] = {"confidentiality": confidentiality}
    lost = sorted({row["availability"] for row in rows if "availability" in row})
    if lost:
        attributes["availability"] = {"variety": lost}
    return attributes


def _with(values: list[str], value: str) -> list[str]:
    return values if value in values else [*values, value]


@dataclass(frozen=True, slots=True)
class Unmapped:
    """An incident whose cause or medium has no place in ours: which one, and its own words for it."""

    place: str
    what: str
    words: str


@dataclass(frozen=True, slots=True)
class Imported:
    """What was read. ``unread``: file, and why it is no VERIS incident."""

    cases: tuple[Case, ...]
    unmapped: tuple[Unmapped, ...] = ()
    unread: tuple[tuple[str, str], ...] = field(default=())


def read_veris(paths: Iterable[Path]) -> Imported:
    """Read VERIS incidents: JSON files with one incident or a list of them, and folders of such.

    Raises ``InputError`` for a path that does not exist; what is no incident is listed, the rest is read."""
    cases: list[Case] = []
    unmapped: list[Unmapped] = []
    unread: list[tuple[str, str]] = []
    for path in _files(paths):
        try:
            documents = _documents(path)
        except ValueError as error:
            unread.append((path.name, str(error)))
            continue
        for number, document in enumerate(documents):
            place = path.name if len(documents) == 1 else f"{path.name}[{number}]"
            if not isinstance(document, dict) or not isinstance(document.get("action"), dict):
                unread.append((place, "no VERIS incident (no action)"))
                continue
            case, missing = _case(document, place)
            cases.append(case)
            unmapped += missing
            if len(cases) > MOST_INCIDENTS:
                raise InputError(
                    f"more than {MOST_INCIDENTS:,} incidents", where=place, remedy="read them in several parts"
                )
    return Imported(tuple(cases), tuple(unmapped), tuple(unread))


def _files(paths: Iterable[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            yield from sorted(found for found in path.rglob("*") if found.suffix.lower() == ".json" and found.is_file())
        elif path.is_file():
            yield path
        else:
            raise InputError("no such file or folder", where=str(path), remedy="name VERIS JSON files or their folder")


def _documents(path: Path) -> list[Any]:
    """The incidents in one file. Raises ``ValueError`` with a reason."""
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise ValueError("too large")
        loaded = json.loads(path.read_bytes())
    except OSError as error:
        raise ValueError(f"cannot be read ({error.strerror})") from None
    except (json.JSONDecodeError, UnicodeDecodeError, RecursionError):
        raise ValueError("no JSON") from None
    return loaded if isinstance(loaded, list) else [loaded]


def _case(document: Mapping[str, Any], place: str) -> tuple[Case, list[Unmapped]]:
    own = _mapping(_mapping(document, "plus"), "sekisho")
    known = [code for code in _texts(own, "causes") if code in our_mapping("causes")]
    medium = own.get("medium")
    if known and isinstance(medium, str) and medium in {one.value for one in Medium}:
        strange = [code for code in _texts(own, "causes") if code not in known]
        return case_of(known, medium), [Unmapped(place, "cause", code[:200]) for code in strange]
    words = _words(document)
    category = next((rule["category"] for rule in _data()["read_causes"] if _fits(rule, words)), "")
    kind = next((rule["medium"] for rule in _data()["read_media"] if _fits(rule, words)), "")
    missing = []
    if not category:
        told = "; ".join(f"{action}: {', '.join(sorted(found))}" for action, found in sorted(words.actions.items()))
        missing.append(Unmapped(place, "cause", told[:200]))
    if not kind:
        missing.append(Unmapped(place, "medium", ", ".join(sorted(words.assets))[:200] or "no asset"))
    return Case((category,) if category else (), case_of((), kind).medium if kind else ""), missing


@dataclass(frozen=True, slots=True)
class _Words:
    """What an incident says, as far as the rules ask."""

    actions: Mapping[str, frozenset[str]]
    assets: frozenset[str]
    actors: frozenset[str]


def _words(document: Mapping[str, Any]) -> _Words:
    actions = _mapping(document, "action")
    assets = _mapping(document, "asset").get("assets")
    return _Words(
        actions={str(name)[:40]: frozenset(_texts(_mapping(actions, name), "variety")) for name in actions},
        assets=frozenset(
            one["variety"]
            for one in (assets if isinstance(assets, list) else [])
            if isinstance(one, dict) and isinstance(one.get("variety"), str)
        ),
        actors=frozenset(_mapping(document, "actor")),
    )


def _fits(rule: Mapping[str, Any], words: _Words) -> bool:
    if "asset" in rule and words.assets.isdisjoint(rule["asset"]):
        return False
    if "actor" in rule and rule["actor"] not in words.actors:
        return False
    if "action" in rule:
        found = words.actions.get(rule["action"])
        return found is not None and ("variety" not in rule or not found.isdisjoint(rule["variety"]))
    return True


def _mapping(document: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = document.get(name)
    return value if isinstance(value, dict) else {}


def _texts(document: Mapping[str, Any], name: str) -> list[str]:
    value = document.get(name)
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []


def vocabulary() -> Mapping[str, Any]:
    """The words of VERIS that we write (``veris.yaml``)."""
    return _data()


@cache
def _data() -> dict[str, Any]:
    loaded = yaml.safe_load(resources.files("sekisho.incidents").joinpath("veris.yaml").read_text(encoding="utf-8"))
    if not isinstance(loaded, dict):
        raise TypeError("incidents/veris.yaml must be a mapping")
    return loaded
