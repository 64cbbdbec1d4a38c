"""The text of the rule, its version, and its statements in order."""

import hashlib
import re
from dataclasses import dataclass
from functools import cache
from importlib import resources


@dataclass(frozen=True, slots=True)
class View:
    """One ``CREATE VIEW name AS select`` of ``rule.sql``."""

    name: str
    select: str


@cache
def rule_text() -> str:
    """``rule.sql`` as it stands."""
    return resources.files("sekisho.entitlement").joinpath("rule.sql").read_text(encoding="utf-8")


@cache
def rule_version() -> str:
    """The first 12 hex digits of the SHA-256 of ``rule.sql``: shown with every answer (REQUIREMENTS D4)."""
    return hashlib.sha256(rule_text().encode()).hexdigest()[:12]


@cache
def views() -> tuple[View, ...]:
    """The views of the rule, in the order in which they build on one another."""
    found = []
    for statement in statements(rule_text()):
        match = re.fullmatch(r"\s*CREATE VIEW (\w+) AS\s+(.*)", statement, re.DOTALL)
        if match is None:
            raise ValueError(f"rule.sql: only CREATE VIEW statements are expected, not {statement.strip()[:60]!r}")
        found.append(View(name=match[1], select=match[2].strip()))
    return tuple(found)


def statements(text: str) -> tuple[str, ...]:
    """The statements of a script of ours, without comments. Our scripts have no semicolon or ``--`` inside a text."""
    code = re.sub(r"--[^\n]*", "", text)
    return tuple(part.strip() for part in re.split(r";\s*(?:\n|$)", code) if part.strip())
