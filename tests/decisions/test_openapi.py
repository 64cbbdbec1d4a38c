"""The OpenAPI document describes what is served: the same paths, methods, limits and words."""

import re

from sekisho.decisions.asked import LONGEST, SEMANTICS
from sekisho.decisions.http import Api
from sekisho.decisions.limits import Limits
from sekisho.decisions.openapi import openapi
from sekisho.decisions.vocabulary import vocabulary
from sekisho.law.items import items
from tests.decisions.schema import resolved
from tests.decisions.world import Served


def test_it_has_every_path_and_no_other(shared: Served) -> None:
    document = shared.http.get("/openapi.json").json()
    api = Api(None, shared.clients, Limits(), "https://pdp.example.jp")  # type: ignore[arg-type]
    served = {route.path for route in api.app().routes}  # type: ignore[attr-defined]
    assert set(document["paths"]) == served
    assert document["openapi"].startswith("3.1")
    assert document["servers"] == [{"url": "https://pdp.example.jp"}]
    for path, described in document["paths"].items():
        (method,) = described
        other = "GET" if method == "post" else "POST"
        assert shared.http.request(other, path).status_code == 405
        closed = "security" not in described[method]
        assert shared.http.request(method.upper(), path).status_code == (401 if closed else 200)


def test_its_limits_and_words_are_those_in_force() -> None:
    schemas = openapi("https://pdp.example.jp", Limits(evaluations=7, page=9))["components"]["schemas"]
    assert schemas["EvaluationsRequest"]["properties"]["evaluations"]["maxItems"] == 7
    assert schemas["SearchResponse"]["properties"]["results"]["maxItems"] == 9
    assert schemas["Text"]["maxLength"] == schemas["SubjectType"]["maxLength"] == LONGEST
    options = schemas["EvaluationsRequest"]["properties"]["options"]["properties"]
    assert options["evaluations_semantic"]["enum"] == list(SEMANTICS)
    assert schemas["Items"]["items"]["examples"] == list(items())
    assert schemas["SubjectType"]["examples"] == list(vocabulary().subjects)


def test_every_reference_leads_somewhere(shared: Served) -> None:
    response = shared.http.get("/openapi.json")
    names = set(re.findall(r'"\$ref":\s*"([^"]+)"', response.text))
    assert len(names) > 20
    for name in names:
        assert resolved(response.json(), {"$ref": name})
