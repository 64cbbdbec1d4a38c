"""A judgement in short lines for people. Says what the rule decided; the wording lies in ``explain.yaml``."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

import yaml

from sekisho.kernel.errors import InputError
from sekisho.kernel.periods import FIRST_DAY, LAST_DAY
from sekisho.law.items import ALL_ITEMS, codes_of
from sekisho.law.items import items as all_items

if TYPE_CHECKING:
    from sekisho.entitlement.judgement import Condition, Ground, Judgement, Standing

LANGUAGES = ("ja", "en")


def ground_names(lang: str = "ja") -> dict[str, str]:
    """What each ground of the rule is called."""
    return {code: str(ground["name"][lang]) for code, ground in wording()["grounds"].items()}


def missing_names(lang: str = "ja") -> dict[str, str]:
    """What can be missing, in words."""
    return {code: str(words[lang]) for code, words in wording()["missing"].items()}


def explain(judgement: Judgement, lang: str = "ja") -> list[str]:
    """Conclusion, question, standing, grounds with their conditions, what is missing, version, references.

    Raises ``InputError`` for another language than ``ja`` or ``en``.
    """
    if lang not in LANGUAGES:
        raise InputError(f"no explanation in {lang!r}", remedy=f"choose one of {', '.join(LANGUAGES)}")
    return list(_Speaker(judgement, lang).lines())


@cache
def wording() -> dict[str, Any]:
    source = resources.files("sekisho.entitlement").joinpath("explain.yaml")
    loaded: dict[str, Any] = yaml.safe_load(source.read_text(encoding="utf-8"))
    return loaded


class _Speaker:
    def __init__(self, judgement: Judgement, lang: str) -> None:
        self._judgement = judgement
        self._lang = lang
        self._words = wording()

    def lines(self) -> Iterator[str]:
        judgement, words = self._judgement, self._words
        ground = self._say(words["grounds"][judgement.ground]["name"]) if judgement.ground else ""
        yield self._labelled("conclusion", self._say(words["verdicts"][judgement.verdict], ground=ground))
        yield self._labelled("question", self._question())
        for standing in judgement.standings:
            yield self._labelled("standing", self._standing(standing))
        if not judgement.standings:
            yield self._labelled("standing", self._say(words["standings"]["unknown"]))
        if judgement.missing:
            yield self._labelled("missing", self._say(words["missing"][judgement.missing]))
        shown = [ground for ground in judgement.grounds if ground.holds or not judgement.entitled]
        for candidate in shown:
            yield from self._ground(candidate)
        if not shown and any(standing.party_id for standing in judgement.standings):
            yield self._labelled("miss", self._say(words["no_ground"]))
        yield self._labelled("rule", judgement.rule_version)
        references = dict.fromkeys(self._words["grounds"][candidate.name]["reference"] for candidate in shown)
        yield self._labelled("reference", " · ".join(references) or "docs/rule.md")

    def _question(self) -> str:
        judgement, words = self._judgement, self._words["question"]
        extra = self._say(words["items"], items=self._items(judgement.items)) if judgement.items else ""
        if judgement.purpose:
            extra += self._say(words["purpose"], purpose=judgement.purpose)
        return self._say(
            words,
            viewer=self._named(judgement.viewer),
            on=judgement.on.isoformat(),
            insurer=self._named(judgement.insurer_id),
            policy_no=judgement.policy_no,
            extra=extra,
        )

    def _standing(self, standing: Standing) -> str:
        kind = standing.via
        if standing.nobody == "account":
            kind = "closed"
        elif standing.nobody == "employment":
            kind = "employment"
        elif standing.seconded_from:
            kind = "seconded" if standing.acts_for_host else "seconded_mailbox"
        elif standing.person_id:
            kind = "mailbox" if kind == "address" else "person"
        return self._say(
            self._words["standings"][kind],
            party=self._named(standing.party_id),
            person=self._named(standing.person_id),
            home=self._named(standing.seconded_from),
            days=self._days(*(standing.period or (None, None))),
        )

    def _ground(self, ground: Ground) -> Iterator[str]:
        words = self._words["grounds"][ground.name]
        facts = self._facts(ground)
        label = "ground" if ground.holds else "miss"
        yield self._labelled(label, f"{self._say(words['name'])}: {self._say(words['link'], **facts)}")
        for condition in ground.conditions:
            if condition.name == "handled" and condition.met and condition.first is None:
                continue  # the ledger's agency, without history: the link says it all
            mark = self._words["marks"]["met" if condition.met else "unmet"]
            yield f"  {mark} {self._condition(condition, facts)}"

    def _condition(self, condition: Condition, facts: dict[str, str]) -> str:
        words = self._words["conditions"][condition.name]
        given = int(condition.facts.get("given_items", ALL_ITEMS))
        return self._say(
            words[self._state(condition, words)],
            **facts,
            first=self._day(condition.first),
            last=self._day(condition.last),
            days=self._days(condition.first, condition.last),
            items=self._items(given),
        )

    def _state(self, condition: Condition, words: dict[str, Any]) -> str:
        if condition.met:
            return "met"
        if "unmet" in words:
            return "unmet"
        if condition.first is None or condition.last is None:
            return "never"
        return "ended" if condition.last < self._judgement.on else "not_yet"

    def _facts(self, ground: Ground) -> dict[str, str]:
        line = ground.facts.get("line", "")
        return {
            "insurer": self._named(ground.facts.get("insurer_id")),
            "party": self._named(ground.party_id),
            "person": self._named(ground.person_id),
            "agency": self._named(ground.facts.get("served_by")),
            "supervisor": self._named(ground.facts.get("supervised_by")),
            "recipient": self._named(ground.facts.get("record_id")),
            "purpose": ground.facts.get("given_purpose", ""),
            "line": self._say(self._words["lines"][line]) if line in self._words["lines"] else line,
        }

    def _labelled(self, label: str, text: str) -> str:
        return f"{self._say(self._words['labels'][label])}: {text}"

    def _say(self, words: dict[str, Any], **facts: str) -> str:
        return str(words[self._lang]).format(**facts)

    def _named(self, identifier: str | None) -> str:
        if not identifier:
            return ""
        name = self._judgement.names.get(identifier)
        return f"{name} ({identifier})" if name else identifier

    def _items(self, mask: int) -> str:
        if mask == ALL_ITEMS:
            return self._say(self._words["all_items"])
        named = [all_items()[code].ja if self._lang == "ja" else code for code in codes_of(mask)]
        return "・".join(named) if self._lang == "ja" else ", ".join(named)

    @staticmethod
    def _day(day: date | None) -> str:
        return day.isoformat() if day else ""

    def _days(self, first: date | None, last: date | None) -> str:
        start = "" if first in (None, FIRST_DAY) else self._day(first)
        end = "" if last in (None, LAST_DAY) else self._day(last)
        return f"{start}–{end}" if start or end else self._say(self._words["always"])
