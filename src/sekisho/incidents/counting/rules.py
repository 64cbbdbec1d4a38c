"""What counting goes by, as data (``rules.yaml``, each with its reference)."""

from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import yaml


@dataclass(frozen=True, slots=True)
class Rules:
    """See ``rules.yaml``. ``corporate_forms``: (written, full), longest first."""

    could_see: tuple[str, ...]
    did_see: tuple[str, ...]
    mirror: tuple[str, ...]
    corporate_forms: tuple[tuple[str, str], ...]
    no_birth_dates: tuple[str, ...]
    gap_days: int
    titles: tuple[tuple[str, str], ...]


@cache
def rules() -> Rules:
    """The rules."""
    text = resources.files("sekisho.incidents.counting").joinpath("rules.yaml").read_text(encoding="utf-8")
    loaded: dict[str, Any] = yaml.safe_load(text)
    forms = [(short, full) for full, shorts in loaded["corporate_forms"].items() for short in shorts]
    return Rules(
        tuple(loaded["could_see"]),
        tuple(loaded["did_see"]),
        tuple(loaded["mirror"]),
        tuple(sorted(forms, key=lambda form: (-len(form[0]), form))),
        tuple(loaded["no_birth_dates"]),
        int(loaded["gap_days"]),
        tuple(sorted(loaded["titles"].items(), key=lambda title: (-len(title[0]), title))),
    )


def title_of(cause: str) -> str:
    """The pattern of a title for a cause."""
    return next(pattern for prefix, pattern in rules().titles if cause.startswith(prefix))
