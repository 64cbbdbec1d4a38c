"""The barcode as it stands on the paper: bars measured from the pixels of a render at 600 dpi, against the limits
of the manual (郵便番号・バーコードマニュアル: at 8 pt, all measures of 10 pt times 0.8)."""

from pathlib import Path
from typing import Any

import numpy as np
import pypdfium2

from sekisho.letters.model import Recipient
from sekisho.letters.printing import Settings, print_letters
from sekisho.letters.printing.design import read_design
from tests.letters.printing.cast import BARS, WORDING, people

DPI = 600
MM = DPI / 25.4
KINDS = {(True, True): "1", (True, False): "2", (False, True): "3", (False, False): "4"}


def turned(who: Recipient) -> str:
    """A different order of bars for each."""
    at = 2 + int(who.person[1:]) * 3 % 60
    return BARS[:2] + BARS[at:-2] + BARS[2:at] + BARS[-2:]


def page_as_pixels(path: Path, number: int) -> Any:
    document = pypdfium2.PdfDocument(path)
    try:
        page = document[number]
        return page.render(scale=DPI / 72, grayscale=True).to_numpy().reshape(round(297 * MM), -1).copy()
    finally:
        document.close()


def bars_of(pixels: Any) -> list[tuple[int, int, int, int]]:
    """left, right, top, bottom of each bar (all ends inclusive, in pixels) of the lowest thing in the window's
    place."""
    address = read_design()["address"]
    left, top = int((address["left"] - 1) * MM), int(address["top"] * MM)
    dark = pixels[top : top + int((address["height"] + 1) * MM), left : left + int(70 * MM)] < 128
    filled = np.flatnonzero(dark.any(axis=1))
    last = filled[-1]
    first = last
    while dark[first - 1].any():
        first -= 1
    band = dark[first : last + 1]
    columns = np.flatnonzero(band.any(axis=0))
    groups = np.split(columns, np.flatnonzero(np.diff(columns) > 1) + 1)
    return [(int(g[0]), int(g[-1]), int(np.flatnonzero(band[:, g].any(axis=1))[0]),
             int(np.flatnonzero(band[:, g].any(axis=1))[-1])) for g in groups]  # fmt: skip


def test_bars_are_read_back_from_the_paper_and_within_the_limits(tmp_path: Path) -> None:
    who = [one for one in people(9) if len(one.lines) == 1][:6]
    run = print_letters(who, WORDING, tmp_path, settings=Settings(workers=1, bars=turned))
    for number, one in enumerate(who):
        bars = bars_of(page_as_pixels(run.files[0], number))
        assert len(bars) == 67
        lowest, highest = max(bar[3] for bar in bars), min(bar[2] for bar in bars)
        third = (lowest - highest) / 3
        read = "".join(KINDS[top < highest + third / 2, bottom > lowest - third / 2] for _, _, top, bottom in bars)
        assert read == turned(one)
        tall = [((bottom - top + 1) / MM, kind) for (_, _, top, bottom), kind in zip(bars, read, strict=True)]
        assert all(3.40 * 0.8 <= height <= 3.60 * 0.8 + 1 / MM for height, kind in tall if kind == "1")
        assert all(1.05 * 0.8 <= height <= 1.35 * 0.8 + 1 / MM for height, kind in tall if kind == "4")
        assert all(0.50 * 0.8 <= (right - left + 1) / MM <= 0.70 * 0.8 for left, right, _, _ in bars)
        length = (bars[-1][1] - bars[0][0] + 1) / MM
        assert abs(length - 63.84) < 0.1
