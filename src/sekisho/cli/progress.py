"""How far a long reading is, on the terminal."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, SpinnerColumn, TaskID, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar
from rich.text import Text

from sekisho.cli.show import notes
from sekisho.disclosures.mail.sweep import LISTING, OPENING, READING, Progress, Report

_STAGES = {LISTING: "対象を数えています", READING: "読んで照合しています", OPENING: "暗号化された添付を開いています"}


@contextmanager
def progress() -> Iterator[Report]:
    """How far a mail sweep is: stage, bar, count, rate, time left, and how many were known already; on stderr, only
    when that is a terminal."""
    shown = notes()
    if not shown.is_terminal:
        yield _Resumed(shown).show
        return
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[count]}"),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(elapsed_when_finished=True),
    )
    with Bar(*columns, console=shown, transient=True) as bar:
        yield _Bar(bar).show


class _Resumed:
    """Says once that a sweep goes on where an earlier one ended."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._said = False

    def show(self, now: Progress) -> None:
        if now.stage == READING and not self._said:
            self._said = True
            if now.done:
                rest = f"{now.done:,} 件は読み取り済み、残り {now.total - now.done:,} 件"
                self._console.print(Text(f"続きから再開します: {rest}"), soft_wrap=True)


class _Bar:
    """The bar of the stage under way; a new stage begins a new one, so that rates are its own."""

    def __init__(self, bar: Bar) -> None:
        self._bar = bar
        self._resumed = _Resumed(bar.console)
        self._stage = ""
        self._task = TaskID(0)
        self._begun = (0.0, 0)

    def show(self, now: Progress) -> None:
        self._resumed.show(now)
        if now.stage != self._stage:
            if self._stage:
                self._bar.remove_task(self._task)
            self._stage, self._begun = now.stage, (time.monotonic(), now.done)
            self._task = self._bar.add_task(_STAGES[now.stage], total=now.total or None, count="", rate="")
            # what was done before this run does not count for the time left
            self._bar.update(self._task, completed=now.done)
            self._bar.reset(self._task, completed=now.done, total=now.total or None)
        elif now.done == self._begun[1]:
            self._begun = (time.monotonic(), now.done)
        count = f"{now.done:,}/{now.total:,} 件" if now.total else f"{now.done:,} 件"
        known = f" (既読 {now.known:,})" if now.known else ""
        seconds, done = time.monotonic() - self._begun[0], now.done - self._begun[1]
        rate = f"{done / seconds:,.0f} 件/秒" if seconds > 1 and done else ""
        self._bar.update(self._task, completed=now.done, total=now.total or None, count=count + known, rate=rate)
