"""Requests and answers held against the service's own OpenAPI document. As much of JSON Schema as it uses."""

from typing import Any

from tests.decisions.world import Served

USED = {
    "$ref", "anyOf", "type", "enum", "const", "required", "properties", "additionalProperties", "items", "minItems",
    "maxItems", "minLength", "maxLength", "minimum", "description", "examples",
}  # fmt: skip
KINDS: dict[str, type | tuple[type, ...]] = {
    "object": dict, "array": list, "string": str, "boolean": bool, "integer": int,
}  # fmt: skip


def problems(served: Served, path: str, body: object, answer: Any) -> list[str]:
    """What of this exchange the document does not describe. A request that was refused need not fit."""
    document = served.http.get("/openapi.json").json()
    described = document["paths"][path]["post"]
    asked = described["requestBody"]["content"]["application/json"]["schema"]
    told = described["responses"].get(str(answer.status_code)) or described["responses"]["default"]
    told = resolved(document, told)["content"]["application/json"]["schema"]
    found = check(document, told, answer.json(), "answer")
    if answer.status_code in (200, 403) and '"status":400' not in answer.text:
        found += check(document, asked, body, "request")
    return found


def resolved(document: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in schema:
        found: Any = document
        for step in schema["$ref"].removeprefix("#/").split("/"):
            found = found[step]
        schema = found
    return schema


def check(document: dict[str, Any], schema: dict[str, Any], value: object, at: str) -> list[str]:
    schema = resolved(document, schema)
    assert set(schema) <= USED, set(schema) - USED
    if "anyOf" in schema:
        tried = [check(document, one, value, at) for one in schema["anyOf"]]
        return [] if [] in tried else min(tried, key=len)
    kind = KINDS.get(schema.get("type", ""), object)
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        return [f"{at} is no {schema['type']}"]
    if isinstance(value, list):
        found = [f"{at} is too long"] if len(value) > schema.get("maxItems", 1 << 30) else []
        for n, one in enumerate(value):
            found += check(document, schema.get("items", {}), one, f"{at}[{n}]")
        return found
    return members(document, schema, value, at) if isinstance(value, dict) else plain(schema, value, at)


def plain(schema: dict[str, Any], value: object, at: str) -> list[str]:
    """Texts, numbers, true and false."""
    found = []
    if "enum" in schema and value not in schema["enum"]:
        found.append(f"{at} is none of {schema['enum']}")
    if "const" in schema and value != schema["const"]:
        found.append(f"{at} is not {schema['const']}")
    if isinstance(value, str) and not schema.get("minLength", 0) <= len(value) <= schema.get("maxLength", 1 << 30):
        found.append(f"{at} is too short or too long")
    if isinstance(value, int) and value < schema.get("minimum", value):
        found.append(f"{at} is too small")
    return found


def members(document: dict[str, Any], schema: dict[str, Any], value: dict[str, Any], at: str) -> list[str]:
    known, others = schema.get("properties", {}), schema.get("additionalProperties", {})
    found = [f"{at} lacks {name}" for name in schema.get("required", ()) if name not in value]
    for name, one in value.items():
        if name in known and one is not None:
            found += check(document, known[name], one, f"{at}.{name}")
        elif others is False:
            found.append(f"{at} has {name}")
        else:
            found += check(document, others, one, f"{at}.{name}")
    return found
