"""What an AuthZEN request asks of the rule. Plain functions: a JSON object in, questions or ``Refusal`` out.

    subject  {type: party|office|person|account|address|viewer, id}           → the viewer
    action   {name, properties?: {items?, purpose?}}
    resource {type: "policy", id, properties?: {insurer_id?, items?}}         → the policy
    context  {at?: day or instant, items?, purpose?}

Unknown members are ignored, as AuthZEN demands. A type or name that nobody knows is no error of form: the answer to it
is "cannot be decided" (``Ask.unknown``). REQUIREMENTS D2; OpenID AuthZEN Authorization API 1.0.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any

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

_REQUIRED = {"subject": ("type", "id"), "action": ("name",), "resource": ("type", "id")}
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}")
_MOST_ITEMS = 64

Document = Mapping[str, Any]


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
    return _ask(document, today)


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
    for name in (*_REQUIRED, "context"):
        if not isinstance(document.get(name), dict | None):
            raise Refusal(400, f"{name} must be an object")
    return semantic, [_one(document, given, today) for given in listed]


def search(document: Document, sought: str, today: date) -> Search:
    """A search for subjects, resources or actions (``sought``)."""
    token, limit = _page(document)
    ask = _ask(document, today, sought)
    return Search(ask, token, limit, dated=bool((document.get("context") or {}).get("at")))


def _one(defaults: Document, given: object, today: date) -> Ask | Refusal:
    if not isinstance(given, dict):
        return Refusal(400, "an evaluation must be an object")
    try:
        return _ask(_merged(defaults, given), today)
    except Refusal as refusal:
        return refusal


def _merged(defaults: Document, given: Document) -> dict[str, Any]:
    """Each of the four as a whole from the evaluation, else from the request; type, id and name that an evaluation's
    own leaves out are the request's too (certification scenario, 3.2.7)."""
    merged: dict[str, Any] = {
        "context": given["context"] if given.get("context") is not None else defaults.get("context")
    }
    for name, required in _REQUIRED.items():
        own, default = given.get(name), defaults.get(name)
        if own is None:
            own = default
        elif isinstance(own, dict) and default:
            lacking = {key: default[key] for key in required if own.get(key) is None and key in default}
            own = {**own, **lacking} if lacking else own
        merged[name] = own
    return merged


def _ask(document: Document, today: date, sought: str = "") -> Ask:
    subject = _entity(document, "subject", ("type",) if sought == "subject" else ("type", "id"))
    action = _entity(document, "action", ("name",)) if sought != "action" else {}
    resource = _entity(document, "resource", ("type",) if sought == "resource" else ("type", "id"))
    context = _object(document.get("context"), "context")
    of_action = _object(action.get("properties"), "action.properties")
    of_resource = _object(resource.get("properties"), "resource.properties")
    _object(subject.get("properties"), "subject.properties")
    words = vocabulary()
    kind, name = subject["type"], action.get("name", "")
    unknown = None
    if resource["type"] not in words.resources:
        unknown = "resource_type"
    elif kind not in words.subjects:
        unknown = "subject_type"
    elif name not in words.actions and sought != "action":
        unknown = "action"
    at = _optional(context, "at", "context")
    question = Question(
        viewer="" if sought == "subject" else subject["id"],
        policy_no="" if sought == "resource" else resource["id"],
        insurer_id=_optional(of_resource, "insurer_id", "resource.properties"),
        on=today if at is None else _day(at),
        items=_items(of_action, "action.properties")
        | _items(of_resource, "resource.properties")
        | _items(context, "context"),
        purpose=_purpose(of_action, context),
    )
    return Ask(question, kind, name, unknown)


def _entity(document: Document, name: str, required: Sequence[str]) -> Document:
    found = document.get(name)
    if found is None:
        raise Refusal(400, f"{name} is missing")
    if not isinstance(found, dict):
        raise Refusal(400, f"{name} must be an object")
    for key in required:
        value = found.get(key)
        if value is None:
            raise Refusal(400, f"{name}.{key} is missing")
        _check_text(value, f"{name}.{key}")
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
    _check_text(value, f"{name}.{key}")
    return str(value)


def _check_text(value: object, name: str) -> None:
    """Control characters are refused: a NUL ends a text in one database and not in another, and means something else
    in a log than in a question."""
    if not isinstance(value, str):
        raise Refusal(400, f"{name} must be a string")
    if not value or len(value) > LONGEST or _CONTROL.search(value):
        raise Refusal(400, f"{name} must have 1 to {LONGEST} characters and no control characters")


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


def _purpose(action: Document, context: Document) -> str | None:
    told = _optional(action, "purpose", "action.properties")
    also = _optional(context, "purpose", "context")
    if told and also and told != also:
        raise Refusal(400, "action.properties.purpose and context.purpose differ")
    return told or also


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
