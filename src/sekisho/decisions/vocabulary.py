"""The words of the decision API (``vocabulary.yaml``), and the reason of an answer in words."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import yaml

from sekisho.entitlement.explain import LANGUAGES
from sekisho.entitlement.explain import wording as rule_wording
from sekisho.entitlement.judgement import ENTITLED

POLICY = "policy"
VIEWER = "viewer"


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """``subjects``: type → as what the rule must have read the id (empty: anything). ``searched``: types that subject
    search answers."""

    subjects: Mapping[str, frozenset[str]]
    searched: frozenset[str]
    resources: frozenset[str]
    actions: tuple[str, ...]


@cache
def vocabulary() -> Vocabulary:
    words = _document()
    return Vocabulary(
        subjects={name: frozenset(words["subjects"][name].get("via", ())) for name in words["subjects"]},
        searched=frozenset(words["searched_subjects"]),
        resources=frozenset(words["resources"]),
        actions=tuple(words["actions"]),
    )


@cache
def reason(verdict: str, ground: str | None, missing: str | None) -> dict[str, str]:
    """Why, in each language: the ground that holds, or what is missing."""
    words, rule = _document(), rule_wording()
    if verdict == ENTITLED:
        what = rule["grounds"][ground]["name"]
    else:
        what = words["missing"].get(missing) or rule["missing"][missing]
    return {lang: str(words["reason"][verdict][lang]).format(what=what[lang]) for lang in LANGUAGES}


@cache
def _document() -> dict[str, Any]:
    source = resources.files("sekisho.decisions").joinpath("vocabulary.yaml")
    loaded: dict[str, Any] = yaml.safe_load(source.read_text(encoding="utf-8"))
    return loaded
