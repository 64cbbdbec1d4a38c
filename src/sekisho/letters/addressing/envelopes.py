"""Will the address stay in the window? The geometry of envelope, window, folded sheet and printed block.

The sheet is smaller than the envelope and slides in it by the difference (*play*). The block must be whole in the
window at every place that the sheet can take, with a margin of its own: so block ≤ window − play − twice the margin.
The other way round, whatever may ever come to lie in the window must be free of other print: a policy number in the
window would be the next leak. Data and sources: ``envelopes.yaml``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import yaml

from sekisho.kernel.entries import check_entries
from sekisho.kernel.errors import InputError

SHEET_WIDTH = 210
"""A4."""


@dataclass(frozen=True, slots=True)
class Area:
    """A rectangle in millimetres from the left and upper edge of what it lies on."""

    left: float
    top: float
    width: float
    height: float

    @property
    def right(self) -> float:
        return self.left + self.width

    @property
    def bottom(self) -> float:
        return self.top + self.height


@dataclass(frozen=True, slots=True)
class Placement:
    """A combination that works. ``block``: where on the sheet the address block is printed; ``keep_clear``: what of the
    sheet can come to lie in the window and must stay free of anything else. ``is_standard``: 定形."""

    envelope: str
    window: str
    fold: str
    block: Area
    keep_clear: Area
    is_standard: bool

    def layout(self, *, margin: float = 20, gap: float = 5) -> dict[str, dict[str, float]]:
        """The places on the sheet, in millimetres, as the layout of letters names them: the address block, what the
        window may see, the sender beside it (up to ``margin`` from the right edge), the text ``gap`` below it."""
        right, bottom = self.keep_clear.right, self.keep_clear.bottom
        return {
            "address": {
                "left": self.block.left,
                "top": self.block.top,
                "width": self.block.width,
                "height": self.block.height,
            },
            "window": {"right": right, "bottom": bottom},
            "sender": {"left": right, "width": SHEET_WIDTH - margin - right},
            "body": {"top": bottom + gap},
        }


@dataclass(frozen=True, slots=True)
class Verdict:
    """One combination: its ``placement``, or None and ``why`` not. ``room``: the largest block that would do."""

    envelope: str
    window: str
    fold: str
    room: tuple[float, float]
    placement: Placement | None
    why: str = ""


_SIZE = {"width": None, "height": None}
_SHAPE = {
    "reference?": None, "effective_from?": None, "seen_on?": None,
    "clear": None, "smallest_window": _SIZE, "from_edges": None,
    "folds": {"*": {**_SIZE, "note?": None}},
    "envelopes": {"*": {**_SIZE, "name?": None, "class": None, "folds": None, "note?": None}},
    "windows": {"*": {**_SIZE, "left": None, "top": None, "note?": None}},
    "barcode?": dict.fromkeys(("bars", "least_points", "most_points", "pitch", "bar", "long")),
    "block": _SIZE,
}  # fmt: skip
"""Of ``envelopes.yaml``, and of a user's own file."""


@dataclass(frozen=True, slots=True)
class Stationery:
    """What ``envelopes.yaml`` (or a user's file of the same shape) holds."""

    envelopes: Mapping[str, Mapping[str, Any]]
    windows: Mapping[str, Area]
    folds: Mapping[str, Mapping[str, Any]]
    clear: float
    from_edges: float
    smallest_window: tuple[float, float]
    smallest_block: tuple[float, float]
    barcode: Mapping[str, float]


def stationery(path: Path | None = None) -> Stationery:
    """The envelopes of the package, or those in ``path``. Raises ``InputError`` for a file that says something else."""
    if path is None:
        return _own()
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        check_entries(content, _SHAPE, where=str(path))
        return _read(content)
    except OSError as error:
        raise InputError(f"cannot be read ({error.strerror})", where=str(path)) from None
    except (yaml.YAMLError, UnicodeDecodeError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise InputError(
            f"is no list of envelopes ({type(error).__name__}: {str(error).splitlines()[0]})",
            where=str(path),
            remedy="copy the shape of letters/addressing/envelopes.yaml",
        ) from None


def barcode_size(points: float, known: Stationery | None = None) -> tuple[float, float]:
    """Width and height of the customer barcode in millimetres, without its margin: 8 points → 63.8 × 2.9. Raises
    ``InputError`` for a size that Japan Post does not read."""
    about = (known or stationery()).barcode
    if not about["least_points"] <= points <= about["most_points"]:
        raise InputError(
            f"a customer barcode of {points:g} points is not read",
            remedy=f"use {about['least_points']} to {about['most_points']} points",
        )
    width = ((about["bars"] - 1) * about["pitch"] + about["bar"]) * points / 10
    return round(width, 2), round(about["long"] * points / 10, 2)


def placed(
    envelope: str,
    window: str,
    *,
    block: tuple[float, float] | None = None,
    fold: str = "",
    known: Stationery | None = None,
) -> Placement:
    """Where the address block (width, height in mm; the smallest one unless told) goes on the sheet.

    Raises ``InputError`` for a combination that would lose the address: it names the millimetres that fail and what
    would do."""
    paper = known or stationery()
    _known_names(paper, envelope, window, fold)
    size = block or paper.smallest_block
    verdict = _verdict(paper, envelope, window, fold or paper.envelopes[envelope]["folds"][0], size)
    if verdict.placement is None:
        others = [other for other in verdicts(size, paper) if other.placement is not None]
        better = _suggestion(others, verdict) or "a larger window, or print the address on the envelope"
        raise InputError(verdict.why, where=f"{envelope}, window {window}", remedy=f"use {better}")
    return verdict.placement


def verdicts(block: tuple[float, float] | None = None, known: Stationery | None = None) -> list[Verdict]:
    """Every combination of envelope, fold and window, allowed or not."""
    paper = known or stationery()
    size = block or paper.smallest_block
    return [
        _verdict(paper, envelope, window, fold, size)
        for envelope, about in paper.envelopes.items()
        for fold in about["folds"]
        for window in paper.windows
    ]


def _verdict(paper: Stationery, envelope: str, name: str, fold: str, block: tuple[float, float]) -> Verdict:
    about, sheet, window = paper.envelopes[envelope], paper.folds[fold], paper.windows[name]
    play = (about["width"] - sheet["width"], about["height"] - sheet["height"])
    room = (window.width - play[0] - 2 * paper.clear, window.height - play[1] - 2 * paper.clear)
    why = _wrong_envelope(paper, about, sheet, window, play) or _too_big(envelope, name, block, play, room)
    if why:
        return Verdict(envelope, name, fold, room, None, why)
    # The sheet lies at 0 … play: the window sees it from window − play on.
    left = window.left + paper.clear + (room[0] - block[0]) / 2
    top = window.top + paper.clear + (room[1] - block[1]) / 2
    printed = Area(left, top, *block)
    if printed.right > sheet["width"] or printed.bottom > sheet["height"]:
        why = f"the address block would lie outside the folded sheet ({_mm(sheet['width'], sheet['height'])})"
        return Verdict(envelope, name, fold, room, None, why)
    seen_left, seen_top = max(0.0, window.left - play[0]), max(0.0, window.top - play[1])
    seen = Area(
        seen_left,
        seen_top,
        min(window.right, sheet["width"]) - seen_left,
        min(window.bottom, sheet["height"]) - seen_top,
    )
    placement = Placement(envelope, name, fold, printed, seen, about["class"] == "standard")
    return Verdict(envelope, name, fold, room, placement)


def _wrong_envelope(
    paper: Stationery,
    about: Mapping[str, Any],
    sheet: Mapping[str, Any],
    window: Area,
    play: tuple[float, float],
) -> str:
    """What is wrong before any address is printed."""
    if min(play) < 0:
        return f"the folded sheet ({_mm(sheet['width'], sheet['height'])}) does not go into the envelope"
    least = paper.smallest_window
    if window.width < least[0] or window.height < least[1]:
        return f"the window is {_mm(window.width, window.height)}; Japan Post wants at least {_mm(*least)}"
    edges = (window.left, window.top, about["width"] - window.right, about["height"] - window.bottom)
    if min(edges) < paper.from_edges:
        return f"the window comes within {min(edges):g} mm of the edge; it must keep {paper.from_edges:g} mm"
    return ""


def _too_big(
    envelope: str, window: str, block: tuple[float, float], play: tuple[float, float], room: tuple[float, float]
) -> str:
    over = [
        f"{size - space:g} mm too {word}"
        for size, space, word in zip(block, room, ("wide", "high"), strict=True)
        if size > space
    ]
    if not over:
        return ""
    stays = f"only {_mm(*room)} stay visible" if min(room) > 0 else "nothing is sure to stay visible"
    width, height = window.split("x") if window.count("x") == 1 else (window, "")
    seen = f"{width}×{height}" if height else window
    return (
        f"the address block is {_mm(*block)}; after play of {_mm(*play)} {stays} in the {seen} window of {envelope}: "
        f"{', '.join(over)}"
    )


def _suggestion(others: list[Verdict], refused: Verdict) -> str:
    """The nearest that would do: the same envelope with another window or fold, and another envelope."""
    same = [other for other in others if other.envelope == refused.envelope]
    same.sort(key=lambda other: (other.fold != refused.fold, other.window != refused.window))
    else_where = [other for other in others if other.envelope != refused.envelope]
    else_where.sort(key=lambda other: (other.window != refused.window, other.fold != refused.fold))
    return " or ".join(_named(other, refused) for other in same[:1] + else_where[:1])


def _named(other: Verdict, refused: Verdict) -> str:
    parts = [other.window.replace("x", "×")] if other.window != refused.window else []
    parts += [other.envelope] if other.envelope != refused.envelope else []
    parts += [other.fold] if other.envelope == refused.envelope and other.fold != refused.fold else []
    return " ".join(parts)


def _known_names(paper: Stationery, envelope: str, window: str, fold: str) -> None:
    for name, known, what in (
        (envelope, paper.envelopes, "envelope"),
        (window, paper.windows, "window"),
        (fold, paper.folds, "fold"),
    ):
        if name and name not in known:
            raise InputError(f"{name!r} is no known {what}", remedy=f"use one of {', '.join(known)}")
    if fold and fold not in paper.envelopes[envelope]["folds"]:
        usual = ", ".join(paper.envelopes[envelope]["folds"])
        raise InputError(f"{fold} is not how a sheet goes into {envelope}", remedy=f"use {usual}")


def _mm(width: float, height: float) -> str:
    return f"{width:g}×{height:g} mm"


def _barcode() -> Mapping[str, float]:
    """The size of the barcode is not the user's stationery: his file may leave it out."""
    return _content()["barcode"]  # type: ignore[no-any-return]


@cache
def _own() -> Stationery:
    return _read(_content())


@cache
def _content() -> dict[str, Any]:
    text = resources.files("sekisho.letters.addressing").joinpath("envelopes.yaml").read_text(encoding="utf-8")
    loaded: dict[str, Any] = yaml.safe_load(text)
    return loaded


def _read(content: Mapping[str, Any]) -> Stationery:
    windows = {
        name: Area(*(float(row[key]) for key in ("left", "top", "width", "height")))
        for name, row in content["windows"].items()
    }
    for row in content["envelopes"].values():
        if row["class"] not in ("standard", "other") or not set(row["folds"]) <= set(content["folds"]):
            raise ValueError("an envelope has an unknown class or fold")
        _ = float(row["width"]), float(row["height"]), row["folds"][0]
    for row in content["folds"].values():
        _ = float(row["width"]), float(row["height"])
    return Stationery(
        envelopes=content["envelopes"],
        windows=windows,
        folds=content["folds"],
        clear=float(content["clear"]),
        from_edges=float(content["from_edges"]),
        smallest_window=(float(content["smallest_window"]["width"]), float(content["smallest_window"]["height"])),
        barcode=content.get("barcode") or _barcode(),
        smallest_block=(float(content["block"]["width"]), float(content["block"]["height"])),
    )
