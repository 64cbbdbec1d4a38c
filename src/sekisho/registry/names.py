"""Short forms of insurers' and agencies' names, so that 甲損保 is known as 甲損害保険株式会社 (``names.yaml``)."""

import unicodedata
from collections import Counter
from functools import cache
from importlib import resources
from typing import Any

import pyarrow as pa
import yaml

from sekisho.registry.values import split_words


def forms_of(table: pa.Table, id_column: str) -> dict[str, tuple[str, ...]]:
    """id → name, aliases and derived short forms, longest first. A derived form that two rows share is given to none;
    names and aliases are kept as the registry has them."""
    rows = table.select([id_column, "name", "aliases"]).to_pylist()
    given = {row[id_column]: [row["name"], *split_words(row["aliases"] or "")] for row in rows}
    derived = {key: {form for word in words for form in short_forms(word)} for key, words in given.items()}
    owners = Counter(form for key, forms in derived.items() for form in forms | set(given[key]))
    return {
        key: tuple(sorted({*words, *(f for f in derived[key] if owners[f] == 1)}, key=lambda form: (-len(form), form)))
        for key, words in given.items()
    }


def short_forms(name: str) -> set[str]:
    """The short forms of one name: without its form of company, and with the usual shorter endings."""
    bare = unicodedata.normalize("NFKC", name).strip()
    for word in _data()["company"]:
        bare = bare.removeprefix(word).removesuffix(word).strip()
    forms = {bare}
    for ending, shorter in _data()["endings"].items():
        if bare.endswith(ending) and bare != ending:
            forms.update(bare.removesuffix(ending) + short for short in shorter)
            break
    return {form for form in forms if form and form != name}


def company_words() -> tuple[str, ...]:
    """The words that tell a company (株式会社, (有) …)."""
    return tuple(_data()["company"])


@cache
def _data() -> dict[str, Any]:
    text = resources.files("sekisho.registry").joinpath("names.yaml").read_text(encoding="utf-8")
    loaded: dict[str, Any] = yaml.safe_load(text)
    return loaded
