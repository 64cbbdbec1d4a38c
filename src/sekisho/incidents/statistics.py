"""Own incidents by cause and medium beside the published ones (B11; FACTS §4; seed 003).

An incident of several causes is counted once under each category (延べ); shares are of the number of incidents. Small
numbers are said plainly: below ``comparable_from`` no shares are shown, above it every share has its 95 % interval.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib import resources
from math import sqrt
from typing import Any

import pyarrow as pa
import yaml

from sekisho.incidents.model import Incident

DIMENSIONS = ("causes", "media")
_Z95 = 1.959964


@dataclass(frozen=True, slots=True)
class Case:
    """One incident as it is counted: categories of cause (() when unknown) and of medium ("" when unknown)."""

    causes: tuple[str, ...]
    medium: str


@dataclass(frozen=True, slots=True)
class Published:
    """Figures that somebody published. ``counts``: only the categories that were published."""

    name: str
    total: int
    source: str
    as_of: date
    counts: Mapping[str, int]

    def share(self, category: str) -> float | None:
        """0–1, or None where nothing was published."""
        count = self.counts.get(category)
        return None if count is None else count / self.total


@dataclass(frozen=True, slots=True)
class Group:
    """Counted incidents under a name. ``total``: those whose category is known; ``unknown``: the others."""

    name: str
    total: int
    unknown: int
    counts: Mapping[str, int]

    def share(self, category: str) -> float | None:
        """0–1, or None when there are too few incidents to speak of shares."""
        return self.counts.get(category, 0) / self.total if self.is_comparable else None

    def interval(self, category: str) -> tuple[float, float] | None:
        """Between what a share may really lie (Wilson, 95 %); None when there are too few."""
        if not self.is_comparable:
            return None
        n, p = self.total, self.counts.get(category, 0) / self.total
        middle = (p + _Z95**2 / (2 * n)) / (1 + _Z95**2 / n)
        half = _Z95 / (1 + _Z95**2 / n) * sqrt(p * (1 - p) / n + _Z95**2 / (4 * n * n))
        return max(0.0, min(p, middle - half)), min(1.0, max(p, middle + half))

    @property
    def is_comparable(self) -> bool:
        return self.total >= int(_data()["comparable_from"])


@dataclass(frozen=True, slots=True)
class Comparison:
    """One dimension: its categories in order, the counted groups, the published figures."""

    dimension: str
    ja: str
    categories: Mapping[str, str]
    groups: tuple[Group, ...]
    published: tuple[Published, ...]

    def notes(self) -> list[str]:
        """What the reader must know."""
        said = []
        for group in self.groups:
            if not group.is_comparable:
                said.append(
                    f"{group.name}: {group.total:,}件では割合を比べられません "
                    f"({int(_data()['comparable_from'])}件から割合を示します)"
                )
            if group.unknown:
                said.append(f"{group.name}: {self.ja}の分からない {group.unknown:,}件は数えていません")
            if sum(group.counts.values()) > group.total:
                said.append(f"{group.name}: 複数の{self.ja}がある事案は、それぞれに1件と数えています (延べ)")
        said.append("公表値は全業種の、報道・公表された事案の件数です。自社の数え方とは母集団が違います")
        missing = [one.name for one in self.published if len(one.counts) < len(self.categories) - 1]
        if missing:
            said.append(f"{'、'.join(missing)}は一部の区分だけが分かっています (空欄は0ではありません)")
        return said

    def differences(self) -> list[str]:
        """Where the first group's interval leaves out the latest published share."""
        if not self.groups or not self.published:
            return []
        own, latest = self.groups[0], self.published[0]
        said = []
        for code, ja in self.categories.items():
            interval, share = own.interval(code), latest.share(code)
            if interval is not None and share is not None and not interval[0] <= share <= interval[1]:
                more = "多い" if share < interval[0] else "少ない"
                said.append(
                    f"{ja}は{latest.name}より{more} "
                    f"({own.counts.get(code, 0) / own.total:.1%}、95%の区間 {interval[0]:.1%}〜{interval[1]:.1%}、"
                    f"公表値 {share:.1%})"
                )
        return said

    def as_table(self) -> pa.Table:
        """A row for each category: code, name, count and share of each group, share of each publication."""
        codes = list(self.categories)
        columns: dict[str, pa.Array] = {
            "category": pa.array(codes, pa.string()),
            "name": pa.array(list(self.categories.values()), pa.string()),
        }
        for group in self.groups:
            columns[f"{group.name} 件数"] = pa.array([group.counts.get(code, 0) for code in codes], pa.int64())
            columns[f"{group.name} 割合"] = pa.array([group.share(code) for code in codes], pa.float64())
        for one in self.published:
            columns[f"{one.name} 割合"] = pa.array([one.share(code) for code in codes], pa.float64())
        return pa.table(columns)

    def as_json(self) -> dict[str, Any]:
        """One JSON document."""
        return {
            "dimension": self.dimension,
            "rows": self.as_table().to_pylist(),
            "totals": {group.name: group.total for group in self.groups},
            "unknown": {group.name: group.unknown for group in self.groups},
            "published": [
                {"name": one.name, "total": one.total, "source": one.source, "as_of": one.as_of.isoformat()}
                for one in self.published
            ],
            "notes": self.notes(),
            "differences": self.differences(),
        }


def cases_of(incidents: Iterable[Incident]) -> list[Case]:
    """How incidents of ours are counted."""
    return [case_of(incident.causes, incident.medium.value) for incident in incidents]


def case_of(cause_codes: Iterable[str], medium: str) -> Case:
    """Cause codes (``law/causes``) and a medium (``incidents.model.Medium``) in the published categories."""
    causes, media = _data()["causes"]["ours"], _data()["media"]["ours"]
    found = dict.fromkeys(causes[code]["category"] for code in cause_codes if code in causes)
    return Case(tuple(found), media[medium]["category"] if medium in media else "")


def compare(dimension: str, groups: Sequence[tuple[str, Sequence[Case]]]) -> Comparison:
    """Count each named group by ``dimension`` (``DIMENSIONS``) and set the published figures beside."""
    section = _data()[dimension]
    return Comparison(
        dimension=dimension,
        ja=section["ja"],
        categories=section["categories"],
        groups=tuple(_group(name, dimension, cases) for name, cases in groups),
        published=tuple(Published(**one) for one in section["published"]),
    )


def categories(dimension: str) -> Mapping[str, str]:
    """Category codes and names of a dimension."""
    names: dict[str, str] = _data()[dimension]["categories"]
    return names


def our_mapping(dimension: str) -> Mapping[str, Mapping[str, str]]:
    """Our codes, each with its category and, where it is a supposition, why."""
    mapping: dict[str, dict[str, str]] = _data()[dimension]["ours"]
    return mapping


def _group(name: str, dimension: str, cases: Sequence[Case]) -> Group:
    found = [case.causes if dimension == "causes" else ((case.medium,) if case.medium else ()) for case in cases]
    known = [codes for codes in found if codes]
    return Group(name, len(known), len(found) - len(known), Counter(code for codes in known for code in codes))


@cache
def _data() -> dict[str, Any]:
    loaded = yaml.safe_load(
        resources.files("sekisho.incidents").joinpath("statistics.yaml").read_text(encoding="utf-8")
    )
    if not isinstance(loaded, dict):
        raise TypeError("incidents/statistics.yaml must be a mapping")
    return loaded
