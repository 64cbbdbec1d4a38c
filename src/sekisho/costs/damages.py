"""What one person's damages may be: the JO model, and what courts awarded (``damages.yaml``; FACTS §4; B9).

The model: base × (10^(x−1) + 5^(y−1)) × identifiability × social responsibility × response, x and y each the maximum
over the items that became known of the person.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from sekisho.costs.data import data
from sekisho.law.items import items


@dataclass(frozen=True, slots=True)
class Levels:
    """What the items of one person come to: distress ``x``, loss ``y``, identifiability with its reason, and the items
    whose level is our supposition."""

    x: int
    y: int
    identifiability: int
    why: str
    assumed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Award:
    """What a court awarded for one person."""

    code: str
    ja: str
    court: str
    decided_on: date
    yen: int
    sensitive: bool
    note: str
    claimants: int | None = None


@dataclass(frozen=True, slots=True)
class ToldOtherwise:
    """A figure that is told about a case, and what was really awarded."""

    code: str
    seed: str
    told_yen: int
    awarded_yen: int
    claimants: int
    note: str


def jo(x: int, y: int, identifiability: int, social_responsibility: int, response: int) -> int:
    """Yen for one person by the JO model. Raises ``ValueError`` for levels outside 1–3."""
    if x not in (1, 2, 3) or y not in (1, 2, 3):
        raise ValueError(f"levels are 1 to 3, not {x}, {y}")
    model = _model()
    value = model["distress_base"] ** (x - 1) + model["loss_base"] ** (y - 1)
    return int(model["base_yen"] * value * identifiability * social_responsibility * response)


@cache
def levels_of(codes: tuple[str, ...]) -> Levels:
    """The levels of a person of whom the items ``codes`` (``law/items``) became known; where nothing is known of the
    items, not the least but the likely is supposed: name and address (the largest possible figure; FACTS §2)."""
    model = _model()
    codes = codes or tuple(model["unknown"])
    listed = [model["levels"].get(code, model["unlisted"] | {"assumed": True}) for code in codes]
    rule = next(rule for rule in model["identifiability"] if all(_has(codes, need) for need in rule["needs"]))
    return Levels(
        x=max((level["x"] for level in listed), default=1),
        y=max((level["y"] for level in listed), default=1),
        identifiability=rule["value"],
        why=rule["ja"],
        assumed=tuple(code for code, level in zip(codes, listed, strict=True) if level.get("assumed")),
    )


def _has(codes: Iterable[str], need: str) -> bool:
    return not set(_model()["means"][need]).isdisjoint(codes)


def social_responsibility(word: str) -> int:
    """The factor for ``high`` or ``normal``."""
    return int(_model()["social_responsibility"][word])


def response_factor(word: str) -> int:
    """The factor for a response that was ``good``, ``bad`` or ``unknown``."""
    return int(_model()["response"][word])


@cache
def awards() -> tuple[Award, ...]:
    """What courts awarded, oldest first."""
    return tuple(Award(**row) for row in sorted(data("damages")["awards"], key=lambda row: row["decided_on"]))


@cache
def told_otherwise() -> tuple[ToldOtherwise, ...]:
    """Figures that are told of a case and were not awarded."""
    return tuple(ToldOtherwise(**row) for row in data("damages")["published_otherwise"])


def source() -> tuple[str, date]:
    """Where the model stands, and its day."""
    return _model()["source"], _model()["as_of"]


def awards_source() -> tuple[str, date]:
    """Where the awards stand, and the day of the last."""
    return data("damages")["awards_source"], data("damages")["awards_as_of"]


def names_of(codes: Iterable[str]) -> str:
    """Item names for the reader, in the order of ``law/items``."""
    wanted, known = set(codes), items()
    listed = [item.ja for code, item in known.items() if code in wanted]
    return "、".join(listed + sorted(wanted - set(known)))


def _model() -> dict[str, Any]:
    model: dict[str, Any] = data("damages")["jo"]
    return model
