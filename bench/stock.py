"""What the parts of the bench work on, made when first asked for: registries, indexes, the archive, decoded texts.

All of it lies in one temporary folder that is removed at the end. An index is built by the product's own command from
a registry folder, and kept for the parts that follow.
"""

import argparse
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tools.ledger import write_small_tables

from bench.archive import Made, make_archive
from bench.floor import messages
from bench.measure import Run, run
from bench.synthetic import write_policies

PRODUCT = [sys.executable, "-m", "sekisho"]
SMALL = 1_000_000
"""The archive speaks of policies among these first ones, so that it fits a ledger of any size."""


@dataclass(frozen=True, slots=True)
class Index:
    """A built index: its folder, its key's file, and how building went."""

    folder: Path
    key: Path
    built: Run

    @property
    def bytes(self) -> int:
        return sum(path.stat().st_size for path in self.folder.rglob("*") if path.is_file())


@dataclass(slots=True)
class Stock:
    """See the module. ``folder``: where everything is made; ``options``: the command line."""

    folder: Path
    options: argparse.Namespace
    _registries: dict[int, Path] = field(default_factory=dict)
    _indexes: dict[int, Index] = field(default_factory=dict)
    _made: Made | None = None

    def __post_init__(self) -> None:
        self.out.mkdir(mode=0o700)

    @property
    def out(self) -> Path:
        """For outputs of measured commands."""
        return self.folder / "out"

    def registry(self, policies: int) -> Path:
        """A registry folder; with 0 policies the small tables alone."""
        if policies not in self._registries:
            folder = self.folder / f"registry-{policies}"
            folder.mkdir(mode=0o700)
            write_small_tables(folder)
            say(f"  writing {policies:,} policies")
            if policies:
                write_policies(folder / "policies.parquet", policies)
            self._registries[policies] = folder
        return self._registries[policies]

    def drop_registry(self, policies: int) -> None:
        """Give back the room of a large registry once its index is built."""
        path = self._registries.pop(policies) / "policies.parquet"
        path.unlink()

    def index(self, policies: int) -> Index:
        """The index of so many policies, built by ``sekisho index build``."""
        if policies not in self._indexes:
            folder = self.folder / f"index-{policies}"
            key = self.folder / f"index-{policies}.key"
            registry = self.registry(policies)
            say(f"  building the index of {policies:,} policies")
            words = ["index", "build", str(registry), "--out", str(folder), "--key", str(key)]
            done = checked(run([*PRODUCT, *words], self.out), "sekisho index build", {0})
            say(f"    {done.wall:.1f} s, {done.cpu:.1f} CPU-s, {done.memory / 2**20:,.0f} MiB")
            self._indexes[policies] = Index(folder, key, done)
            if policies > 10 * SMALL:
                self.drop_registry(policies)
        return self._indexes[policies]

    @property
    def mail(self) -> Path:
        """The archive's folder."""
        folder = self.folder / "mail"
        if self._made is None:
            say(f"  making an archive of {self.options.messages:,} messages")
            folder.mkdir(mode=0o700)
            self._made = make_archive(folder, min(SMALL, self.options.policies), self.options.messages)
        return folder

    @property
    def made(self) -> Made:
        """What the archive holds."""
        assert self.mail.is_dir()
        assert self._made is not None
        return self._made

    def raw(self, most: int) -> Iterator[bytes]:
        """The first messages of the archive."""
        count = 0
        for path in sorted(self.mail.glob("*.mbox")):
            for message in messages(path):
                if count == most:
                    return
                count += 1
                yield message


def checked(done: Run, what: str, good: set[int]) -> Run:
    """``done``, if it ended as it may; otherwise the bench stops and shows why."""
    if done.status not in good:
        raise SystemExit(f"{what} failed ({done.status}):\n{done.errors[-3000:]}")
    return done


def say(text: str) -> None:
    """Progress goes to stderr."""
    print(text, file=sys.stderr, flush=True)
