"""What goes to the screen: messages and progress on stderr, results on stdout."""

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.text import Text

PAGE = 100


def console() -> Console:
    """For results (stdout). Into a file or pipe tables are laid out for PAGE columns."""
    to_screen = sys.stdout.isatty() or "COLUMNS" in os.environ
    return Console(highlight=False, width=None if to_screen else PAGE)


def notes() -> Console:
    """For messages (stderr)."""
    return Console(stderr=True, highlight=False)


def complain(message: str) -> None:
    """An error, on stderr, plain enough for a log file."""
    notes().print(Text("sekisho: ", style="bold red") + Text(message), soft_wrap=True)


def say(message: str) -> None:
    """A remark, on stderr."""
    notes().print(Text(message), soft_wrap=True)


def print_json(document: object) -> None:
    """One JSON document on stdout."""
    sys.stdout.write(json.dumps(document, ensure_ascii=False, indent=2, default=str) + "\n")


@contextmanager
def working(title: str) -> Iterator[None]:
    """A turning sign beside ``title`` for work without countable steps, on stderr, only when that is a terminal."""
    shown = notes()
    if not shown.is_terminal:
        yield
        return
    with shown.status(title):
        yield
