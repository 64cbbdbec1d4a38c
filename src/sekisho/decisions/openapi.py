"""The OpenAPI 3.1 document of the service: ``openapi.yaml`` with the address and the limits in force."""

from functools import cache
from importlib import resources
from typing import Any

import yaml

from sekisho.decisions.asked import LONGEST
from sekisho.decisions.limits import Limits
from sekisho.decisions.vocabulary import vocabulary
from sekisho.law.items import items


def openapi(url: str, limits: Limits) -> dict[str, Any]:
    """The document, with nothing in it that the service does not do (``tests/decisions/test_openapi.py``)."""
    found = yaml.safe_load(_text())
    found["servers"] = [{"url": url}]
    schemas = found["components"]["schemas"]
    schemas["Text"]["maxLength"] = LONGEST
    schemas["Items"]["items"]["examples"] = list(items())
    schemas["EvaluationsRequest"]["properties"]["evaluations"]["maxItems"] = limits.evaluations
    schemas["SearchResponse"]["properties"]["results"]["maxItems"] = max(limits.page, len(vocabulary().actions))
    schemas["Action"]["properties"]["name"]["examples"] = list(vocabulary().actions)
    schemas["SubjectType"]["examples"] = list(vocabulary().subjects)
    document: dict[str, Any] = found
    return document


@cache
def _text() -> str:
    return resources.files("sekisho.decisions").joinpath("openapi.yaml").read_text(encoding="utf-8")
