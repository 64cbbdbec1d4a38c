"""Writing measured tables into the documentation: between markers, with date, machine and product version."""

import os
import platform
import re
import subprocess
from datetime import UTC, datetime, timedelta
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

Row = list[str]


def table(header: Row, rows: list[Row]) -> str:
    """A Markdown table; bars inside cells are escaped."""
    shown = [[cell.replace("|", "\\|") for cell in row] for row in rows]
    lines = ["| " + " | ".join(r) + " |" for r in (header, ["---"] * len(header), *shown)]
    return "\n".join(lines)


def aim(what: str, measured: str, wanted: str, *, kept: bool) -> Row:
    """A row of a table of aims: what was wanted, what was measured, and whether that is enough."""
    return [what, wanted, measured, "PASS" if kept else "**FAIL**"]


def aims(rows: list[Row]) -> str:
    """The table of such rows."""
    return table(["aim", "wanted", "measured", ""], rows)


def machine() -> str:
    """Processor, cores and memory, as far as Linux tells."""
    model = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        found = re.search(r"model name\s*:\s*(.+)", info.read_text(encoding="utf-8"))
        model = found.group(1).strip() if found else model
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30
    return f"{model}, {os.cpu_count()} cores, {pages:.0f} GiB, Python {platform.python_version()}"


def product() -> str:
    """Version of the product and of its source."""
    try:
        number = version("sekisho")
    except PackageNotFoundError:
        number = "not installed"
    try:
        command = ["git", "describe", "--always", "--dirty"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        source = done.stdout.strip()
    except OSError:
        source = ""
    return f"sekisho {number}" + (f" ({source})" if source else "")


def heading() -> str:
    """The line that says when, where and with what a page was measured."""
    today = (datetime.now(UTC) + timedelta(hours=9)).date().isoformat()
    load = os.getloadavg()[0]
    return f"Measured {today} on {machine()}; {product()}; load average at the end {load:.1f}."


def write(path: Path, marker: str, title: str, intro: str, body: str) -> None:
    """Put ``body`` between ``<!-- marker -->`` and ``<!-- /marker -->`` of ``path``, making the page if missing."""
    start, end = f"<!-- {marker} -->", f"<!-- /{marker} -->"
    text = path.read_text(encoding="utf-8") if path.exists() else f"# {title}\n\n{intro}\n\n{start}\n{end}\n"
    if start not in text or end not in text:
        text = f"{text.rstrip()}\n\n{start}\n{end}\n"
    before, _, rest = text.partition(start)
    after = rest.partition(end)[2]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"{before}{start}\n{body.strip()}\n{end}{after}", encoding="utf-8")
