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


def read_object(body: bytes, depth: int) -> dict[str, Any]:
    """The JSON object that ``body`` is. Raises ``Refusal`` (400) for anything else."""
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        raise Refusal(400, "the body is not UTF-8") from None
    if not text.strip(" \t\r\n"):
        raise Refusal(400, "the body is empty; send a JSON object")
    if text.count("{") + text.count("[") > depth and _depth(text) > depth:
        raise Refusal(400, f"the body is nested deeper than {depth}")
    try:
        found = _DECODER.decode(text)
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


def _depth(text: str) -> int:
    deepest = depth = 0
    for sign in _STRING.sub("", text):
        if sign in "{[":
            depth += 1
            deepest = max(deepest, depth)
        elif sign in "}]":
            depth -= 1
    return deepest
