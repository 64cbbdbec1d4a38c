"""What an AuthZEN request asks of the rule. Plain functions: a JSON object in, questions or ``Refusal`` out.

    subject  {type: party|office|person|account|address|viewer, id}           → the viewer
    action   {name, properties?: {items?, purpose?}}
    resource {type: "policy", id, properties?: {insurer_id?, items?}}         → the policy
    context  {at?: day or instant, items?, purpose?}

Unknown members are ignored, as AuthZEN demands. A type or name that nobody knows is no error of form: the answer to it
is "cannot be decided" (``Ask.unknown``). REQUIREMENTS D2; OpenID AuthZEN Authorization API 1.0.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any, NamedTuple, TypeVar

from sekisho.decisions.refusal import Refusal
from sekisho.decisions.vocabulary import vocabulary
from sekisho.entitlement.questions import Question
from sekisho.kernel.clock import day_in_japan
from sekisho.kernel.errors import InputError
from sekisho.law.items import mask_of

EXECUTE_ALL, FIRST_DENY, FIRST_PERMIT = "execute_all", "deny_on_first_deny", "permit_on_first_permit"
SEMANTICS = (EXECUTE_ALL, FIRST_DENY, FIRST_PERMIT)
LONGEST = 256
"""Characters of an id, name, type or purpose. A mail address has 254 at most; policy numbers are far shorter."""

_REQUIRED: Mapping[str, Sequence[str]] = {"subject": ("type", "id"), "action": ("name",), "resource": ("type", "id")}
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}")
_MOST_ITEMS = 64

Document = Mapping[str, Any]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Ask:
    """One question with the words it was asked in. ``kind``: the subject's type; ``unknown``: what of the words nobody
    knows (subject_type, action, resource_type), so that the rule need not be asked."""

    question: Question
    kind: str
    action: str
    unknown: str | None = None


@dataclass(frozen=True, slots=True)
class Search:
    """A search: ``ask`` with the sought part left out (its id or name is empty). ``dated``: it named its day."""

    ask: Ask
    token: str | None
    limit: int | None
    dated: bool


def evaluation(document: Document, today: date) -> Ask:
    """The question of a single evaluation. Raises ``Refusal`` (400) for what is missing or of a wrong type."""
    return _ask(
        _subject(document.get("subject")),
        _action(document.get("action")),
        _resource(document.get("resource")),
        _context(document.get("context"), today),
    )


def evaluations(document: Document, today: date, most: int) -> tuple[str, list[Ask | Refusal]] | None:
    """The semantic and the questions of a batch; None without any (then it is a single evaluation).

    What is wrong with one question is that question's refusal; what is wrong with the whole is raised.
    """
    semantic = _semantic(document)
    listed = document.get("evaluations")
    if listed is None or listed == []:
        return None
    if not isinstance(listed, list):
        raise Refusal(400, "evaluations must be an array")
    if len(listed) > most:
        raise Refusal(413, f"more than {most} evaluations in one request")
    defaults = _Defaults(document, today)
    return semantic, [defaults.question(given) for given in listed]


def search(document: Document, sought: str, today: date) -> Search:
    """A search for subjects, resources or actions (``sought``)."""
    token, limit = _page(document)
    context = _context(document.get("context"), today)
    ask = _ask(
        _subject(document.get("subject"), () if sought == "subject" else ("id",)),
        None if sought == "action" else _action(document.get("action")),
        _resource(document.get("resource"), () if sought == "resource" else ("id",)),
        context,
    )
    return Search(ask, token, limit, context.dated)


class _Defaults:
    """The four at the top of a batch: each stands for an evaluation that has none of its own, read once for all."""

    def __init__(self, document: Document, today: date) -> None:
        self._given = {name: document.get(name) for name in ("subject", "action", "resource", "context")}
        for name, value in self._given.items():
            _object(value, name)
        self._today = today
        self._read: dict[str, Any] = {}

    def question(self, given: object) -> Ask | Refusal:
        if not isinstance(given, dict):
            return Refusal(400, "an evaluation must be an object")
        try:
            return _ask(
                self._part(given.get("subject"), "subject", _subject),
                self._part(given.get("action"), "action", _action),
                self._part(given.get("resource"), "resource", _resource),
                self._part(given.get("context"), "context", self._context),
            )
        except Refusal as refusal:
            return refusal

    def _context(self, value: object) -> "_Context":
        return _context(value, self._today)

    def _part(self, own: object, name: str, read: Callable[[object], T]) -> T:
        """As a whole from the evaluation, else from the request; a type, id or name that the evaluation's own leaves
        out is the request's too (certification scenario, 3.2.7)."""
        if own is None:
            if name not in self._read:
                self._read[name] = read(self._given[name])
            found: T = self._read[name]
            return found
        default = self._given[name]
        if default and name in _REQUIRED and isinstance(own, dict):
            lacking = {key: default[key] for key in _REQUIRED[name] if own.get(key) is None and key in default}
            own = {**own, **lacking} if lacking else own
        return read(own)


class _Action(NamedTuple):
    name: str
    items: int
    purpose: str | None


class _Resource(NamedTuple):
    kind: str
    id: str
    insurer_id: str | None
    items: int


class _Context(NamedTuple):
    on: date
    items: int
    purpose: str | None
    dated: bool


def _ask(subject: tuple[str, str], action: _Action | None, resource: _Resource, context: _Context) -> Ask:
    kind, viewer = subject
    words, unknown = vocabulary(), None
    if resource.kind not in words.resources:
        unknown = "resource_type"
    elif kind not in words.subjects:
        unknown = "subject_type"
    elif action is not None and action.name not in words.actions:
        unknown = "action"
    items, purpose = resource.items | context.items, context.purpose
    if action is not None:
        items |= action.items
        if action.purpose and purpose and action.purpose != purpose:
            raise Refusal(400, "action.properties.purpose and context.purpose differ")
        purpose = action.purpose or purpose
    question = Question(viewer, resource.id, resource.insurer_id, context.on, items, purpose)
    return Ask(question, kind, "" if action is None else action.name, unknown)


def _subject(value: object, wanted: Sequence[str] = ("id",)) -> tuple[str, str]:
    """Type and id. What a search leaves open is ignored where it is given."""
    found = _entity(value, "subject", ("type", *wanted))
    if found.get("properties") is not None:
        _object(found["properties"], "subject.properties")
    return found["type"], found["id"] if wanted else ""


def _action(value: object) -> _Action:
    found = _entity(value, "action", ("name",))
    more = found.get("properties")
    if not more:
        _object(more, "action.properties")
        return _Action(found["name"], 0, None)
    more = _object(more, "action.properties")
    return _Action(found["name"], _items(more, "action.properties"), _optional(more, "purpose", "action.properties"))


def _resource(value: object, wanted: Sequence[str] = ("id",)) -> _Resource:
    found = _entity(value, "resource", ("type", *wanted))
    more = found.get("properties")
    insurer_id, items = None, 0
    if more is not None:
        more = _object(more, "resource.properties")
        insurer_id = _optional(more, "insurer_id", "resource.properties")
        items = _items(more, "resource.properties")
    return _Resource(found["type"], found["id"] if wanted else "", insurer_id, items)


def _context(value: object, today: date) -> _Context:
    found = _object(value, "context")
    at = _optional(found, "at", "context")
    on = today if at is None else _day(at)
    return _Context(on, _items(found, "context"), _optional(found, "purpose", "context"), at is not None)


def _entity(found: object, name: str, required: Sequence[str]) -> Document:
    if found is None:
        raise Refusal(400, f"{name} is missing")
    if not isinstance(found, dict):
        raise Refusal(400, f"{name} must be an object")
    for key in required:
        value = found.get(key)
        if type(value) is str and 0 < len(value) <= LONGEST and value.isprintable():
            continue  # as most are; a call less
        if not _plain(value):
            if value is None:
                raise Refusal(400, f"{name}.{key} is missing")
            raise _no_text(value, name, key)
    return found


def _object(value: object, name: str) -> Document:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise Refusal(400, f"{name} must be an object")
    return value


def _optional(document: Document, key: str, name: str) -> str | None:
    value = document.get(key)
    if value is None:
        return None
    if not _plain(value):
        raise _no_text(value, name, key)
    text: str = value
    return text


def _plain(value: object) -> bool:
    """Whether it is a text that may be asked with. Control characters are refused: a NUL ends a text in one database
    and not in another, and means something else in a log than in a question."""
    return (
        type(value) is str
        and 0 < len(value) <= LONGEST
        and (value.isprintable() or _CONTROL.search(value) is None)  # what is printable has none: quickly seen
    )


def _no_text(value: object, name: str, key: str) -> Refusal:
    if not isinstance(value, str):
        return Refusal(400, f"{name}.{key} must be a string")
    return Refusal(400, f"{name}.{key} must have 1 to {LONGEST} characters and no control characters")


def _items(document: Document, name: str) -> int:
    listed = document.get("items")
    if listed is None:
        return 0
    if not isinstance(listed, list) or len(listed) > _MOST_ITEMS or not all(isinstance(one, str) for one in listed):
        raise Refusal(400, f"{name}.items must be an array of at most {_MOST_ITEMS} item codes")
    mask = _mask(tuple(listed))
    if mask is None:
        raise Refusal(400, f"{name}.items names an item that is not known")
    return mask


@lru_cache(maxsize=512)
def _mask(codes: tuple[str, ...]) -> int | None:
    try:
        return mask_of(codes)
    except InputError:
        return None


@lru_cache(maxsize=512)
def _day(text: str) -> date:
    """A day, or the day in Japan of an instant."""
    try:
        if _DAY.fullmatch(text):
            return date.fromisoformat(text)
        if _INSTANT.match(text):
            return day_in_japan(datetime.fromisoformat(text))
    except (ValueError, OverflowError):
        pass
    raise Refusal(400, "context.at is no day (YYYY-MM-DD) and no instant (ISO 8601)")


def _semantic(document: Document) -> str:
    semantic = _object(document.get("options"), "options").get("evaluations_semantic")
    if semantic is None:
        return EXECUTE_ALL
    if semantic not in SEMANTICS:
        raise Refusal(400, f"options.evaluations_semantic must be one of {', '.join(SEMANTICS)}")
    return str(semantic)


def _page(document: Document) -> tuple[str | None, int | None]:
    page = _object(document.get("page"), "page")
    token, limit = page.get("token"), page.get("limit")
    if token is not None and not isinstance(token, str):
        raise Refusal(400, "page.token must be a string")
    if limit is not None and (type(limit) is not int or limit < 0):
        raise Refusal(400, "page.limit must be a whole number of 0 or more")
    return token or None, limit
