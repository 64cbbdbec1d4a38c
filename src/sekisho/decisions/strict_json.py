"""JSON from strangers: one meaning or none.

RFC 8259 with the limits of I-JSON (RFC 7493), as AuthZEN recommends: UTF-8, no name twice in an object, no lone
surrogates, no numbers beyond a double, no NaN; and not deeper than ``depth``.
"""

import json
import math
import re
from typing import Any

from sekisho.decisions.refusal import Refusal

_STRING = re.compile(r'"(?:[^"\\]|\\.)*"?', re.DOTALL)
_DIGITS = 20
_SHORT = 2_000


class _RejectedError(ValueError):
    pass


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _RejectedError("names a member twice in one object")
    return found


def _integer(digits: str) -> int:
    if len(digits) > _DIGITS:
        raise _RejectedError("holds a number that is too large")
    return int(digits)


def _number(digits: str) -> float:
    value = float(digits)
    if math.isinf(value):
        raise _RejectedError("holds a number that is too large")
    return value


def _constant(name: str) -> Any:
    raise _RejectedError("holds a number that JSON does not have")


_DECODER = json.JSONDecoder(
    object_pairs_hook=_object, parse_int=_integer, parse_float=_number, parse_constant=_constant
)


_PLAIN = json.JSONDecoder(parse_int=_integer, parse_float=_number, parse_constant=_constant)
"""The same but for names: it takes a third of the time, and what it loses is noticed."""
_encoded = json.JSONEncoder(ensure_ascii=False, check_circular=False, separators=(",", ":")).encode


def read_object(body: bytes, depth: int) -> dict[str, Any]:
    """The JSON object that ``body`` is. Raises ``Refusal`` (400) for anything else."""
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        raise Refusal(400, "the body is not UTF-8") from None
    if not text.strip(" \t\r\n"):
        raise Refusal(400, "the body is empty; send a JSON object")
    if text.count("{") + text.count("[") > depth and not _shallow(body, depth) and _depth(text) > depth:
        raise Refusal(400, f"the body is nested deeper than {depth}")
    try:
        found = None if len(text) < _SHORT else _PLAIN.decode(text)
        if found is None or "\\u" in text or text.count(":") != _encoded(found).count(":"):
            found = _DECODER.decode(text)  # with a colon fewer perhaps a name was there twice, and one is lost
        if "\\u" in text:  # the one way to a lone surrogate
            json.dumps(found, ensure_ascii=False).encode("utf-8")
    except _RejectedError as error:
        raise Refusal(400, f"the body {error}") from None
    except UnicodeEncodeError:
        raise Refusal(400, "the body holds half a character (a lone surrogate)") from None
    except (ValueError, RecursionError):
        raise Refusal(400, "the body is not JSON") from None
    if not isinstance(found, dict):
        raise Refusal(400, "the body must be a JSON object")
    return found


_ONE_KIND = bytes.maketrans(b"[]", b"{}")
_NOT_STRUCTURE = bytes(set(range(256)) - set(b'{}[]"\\'))


def _shallow(body: bytes, depth: int) -> bool:
    """Whether it is surely not deeper, seen without a loop over its characters: of the brackets alone the innermost
    pairs are taken out, so many times. False: not sure (a bracket or an escape in a text), or deeper."""
    left = body.translate(_ONE_KIND, _NOT_STRUCTURE).replace(b'""', b"")
    if b'"' in left or b"\\" in left:
        return False
    for _ in range(depth):
        left = left.replace(b"{}", b"")
    return not left


def _depth(text: str) -> int:
    deepest = depth = 0
    for sign in _STRING.sub("", text):
        if sign in "{[":
            depth += 1
            deepest = max(deepest, depth)
        elif sign in "}]":
            depth -= 1
    return deepest
