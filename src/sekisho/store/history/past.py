"""The tables as they were believed at an instant, rebuilt from a load that is still kept and what changed between.

Two times: *valid* time is the day a question is about (``--at``), *knowledge* is what the registry said when
(``--known``). A correction changes what is known, also of days long past; it never changes what had been known before.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from itertools import accumulate
from pathlib import Path

import pyarrow as pa

from sekisho.entitlement.inputs import REGISTRY, fitted
from sekisho.kernel.clock import JST, now
from sekisho.kernel.dates import DateError, parse_date
from sekisho.kernel.errors import InputError, SekishoError
from sekisho.store import loads as kept
from sekisho.store.databases.base import Load
from sekisho.store.history.files import ADDED, NAME, REMOVED, Change, read_change, read_rows
from sekisho.store.history.multisets import difference

_LIST = "see what was loaded when with: sekisho loads"
Tables = dict[str, pa.Table]


@dataclass(frozen=True, slots=True)
class Believed:
    """What the rule reads as it was believed while ``load`` was in force. ``until``: when the next load came (ISO
    8601), None: it still is; ``rule_version``: of the rule when the load was made, None: not known."""

    load: Load
    until: str | None
    rule_version: str | None
    tables: Tables


@dataclass(frozen=True, slots=True)
class Past:
    """The loads of a workspace, oldest first, and what is kept of them. ``changes``: load_id → what it changed, where
    that is known; ``damaged``: load_id → why it is not. ``breaks`` and ``steps``, for each load: how many loads up to
    it are not linked to the one before, and how many rows changed up to it."""

    workspace: Path
    loads: tuple[Load, ...]
    changes: Mapping[str, Change]
    damaged: Mapping[str, SekishoError]
    breaks: Sequence[int]
    steps: Sequence[int]

    @classmethod
    def of(cls, workspace: Path, loads: Sequence[Load]) -> "Past":
        """What is kept of ``loads`` (oldest first), the one in force being the last."""
        changes: dict[str, Change] = {}
        damaged: dict[str, SekishoError] = {}
        for load in loads:
            try:
                change = read_change(workspace / NAME, load.load_id)
            except SekishoError as error:
                damaged[load.load_id] = error
                continue
            if change is not None:
                changes[load.load_id] = change
        ids = [load.load_id for load in loads]
        found = [changes.get(load_id) for load_id in ids]
        linked = [
            change is not None and change.is_linked and change.follows == before
            for change, before in zip(found, [None, *ids], strict=False)
        ]
        breaks = list(accumulate(not link for link in linked))
        steps = list(accumulate(change.row_count if change else 0 for change in found))
        return cls(workspace, tuple(loads), changes, damaged, breaks, steps)

    # --- which load ---------------------------------------------------------------------------------------------------

    def load_at(self, known: str) -> Load:
        """The load that ``known`` names, or that was in force at the instant ``known``; a day means its end, in Japan.

        Raises ``InputError`` for what is neither, for an instant to come, and for one before the first load.
        """
        named = next((load for load in self.loads if load.load_id == known), None)
        if named is not None:
            return named
        instant = _instant(known)
        found = [load for load in self.loads if datetime.fromisoformat(load.at) <= instant]
        if not found:
            first = self.loads[0]
            raise InputError(
                f"nothing had been loaded by then; the first load is of {first.at} ({first.load_id})",
                where=known,
                remedy="name that instant or a later one",
            )
        return found[-1]

    def position(self, load: Load) -> int:
        return self.loads.index(load)

    def until(self, load: Load) -> str | None:
        """When the next load came into force (ISO 8601); None: this one still is."""
        after = self.position(load) + 1
        return self.loads[after].at if after < len(self.loads) else None

    def believed(self, known: str) -> Believed:
        """What was believed then (``load_at``, ``tables``)."""
        load = self.load_at(known)
        change = self.changes.get(load.load_id)
        return Believed(load, self.until(load), change.rule_version if change else None, self.tables(load))

    # --- what can be rebuilt ------------------------------------------------------------------------------------------

    def first_of_chain(self) -> int:
        """Position of the earliest load that is linked without a gap to the one in force."""
        return self.breaks.index(self.breaks[-1])

    def can_rebuild(self, load: Load) -> bool:
        """Whether what was known under this load can still be had (damage of single files shows when they are read)."""
        return any(True for _ in self._ways(self.position(load)))

    def begins(self) -> Load:
        """The earliest load that can be rebuilt."""
        return next((load for load in self.loads if self.can_rebuild(load)), self.loads[-1])

    def linked(self, start: int, target: int) -> bool:
        """Whether one gets from one load to another by what changed between."""
        return self.breaks[start] == self.breaks[target]

    def snapshots(self) -> Iterator[int]:
        """Positions of the loads whose own tables are still kept."""
        for position, load in enumerate(self.loads):
            if (self.workspace / kept.NAME / load.load_id).is_dir():
                yield position

    def _ways(self, target: int) -> Iterator[int]:
        """Positions of kept loads from which ``target`` can be rebuilt, the one with the fewest changes first."""
        found = [start for start in self.snapshots() if self.linked(start, target)]
        yield from sorted(found, key=lambda start: (abs(self.steps[start] - self.steps[target]), -start))

    # --- rebuilding ---------------------------------------------------------------------------------------------------

    def tables(self, load: Load) -> Tables:
        """What the rule reads (``entitlement.inputs.REGISTRY``), as it was believed while ``load`` was in force.

        Raises ``InputError`` when that is before the history begins, ``SekishoError`` when a file is damaged.
        """
        rebuilt = self.as_kept(load)
        return {name: fitted(rebuilt[name], columns) for name, columns in REGISTRY.items()}

    def as_kept(self, load: Load) -> Tables:
        """The same with those columns alone that were kept then (an earlier version may have read fewer)."""
        target = self.position(load)
        trouble: SekishoError | None = None
        for start in self._ways(target):
            try:
                return {name: self._rebuilt(name, start, target) for name in REGISTRY}
            except SekishoError as error:
                trouble = trouble or error
        raise trouble or self._beyond(load)

    def _rebuilt(self, table: str, start: int, target: int) -> pa.Table:
        snapshot = kept.read_columns(
            self.workspace / kept.NAME, self.loads[start].load_id, table, tuple(REGISTRY[table])
        )
        came, went = self.changed(table, start, target)
        columns = [name for name in REGISTRY[table] if all(name in t.column_names for t in (snapshot, *came, *went))]
        snapshot = snapshot.select(columns)
        if came or went:
            came, went = ([found.select(columns).cast(snapshot.schema) for found in side] for side in (came, went))
            snapshot, wrong = difference([snapshot, *came], went)
            if wrong.num_rows:
                raise self.misfit(table, target)
        if snapshot.num_rows != self.loads[target].counts.get(table, 0):
            raise self.misfit(table, target)
        return snapshot

    def changed(self, table: str, start: int, target: int) -> tuple[list[pa.Table], list[pa.Table]]:
        """(what came, what went) in a table on the way from one load to another, load by load; the way must be linked.
        Backwards what a load removed comes, and what it added goes."""
        sides = (ADDED, REMOVED) if start <= target else (REMOVED, ADDED)
        found: tuple[list[pa.Table], list[pa.Table]] = ([], [])
        for position in range(min(start, target) + 1, max(start, target) + 1):
            change = self.changes[self.loads[position].load_id]
            for side, tables in zip(sides, found, strict=True):
                rows = read_rows(self.workspace / NAME, change, table, side)
                if rows is not None:
                    tables.append(rows)
        return found

    def misfit(self, table: str, target: int) -> SekishoError:
        """What to raise when counts or rows under a load are not what they must be."""
        return SekishoError(
            f"what is kept of {table} does not fit together under the load {self.loads[target].load_id}",
            where=str(self.workspace / NAME),
            remedy="restore the workspace from a backup; what is in force is not affected",
        )

    def _beyond(self, load: Load) -> SekishoError:
        after = [later.load_id for later in self.loads[self.position(load) + 1 :]]
        damage = next((self.damaged[load_id] for load_id in after if load_id in self.damaged), None)
        if damage is not None:
            return damage
        first = self.begins()
        pruned = any(self.changes[load_id].pruned_at for load_id in after if load_id in self.changes)
        reason = "its time to be kept is over" if pruned else "no history was kept then"
        return InputError(
            f"what was known under the load {load.load_id} ({load.at}) can no longer be rebuilt: {reason}; "
            f"the history begins with the load {first.load_id} ({first.at})",
            where="--known",
            remedy=f"name that instant or a later one; {_LIST}",
        )


def _instant(text: str) -> datetime:
    """An instant from ISO 8601, or the end of a day. Raises ``InputError``."""
    try:
        found = _read_instant(text)
    except ValueError:
        raise InputError(
            "is no load and no instant",
            where=text,
            remedy=f"write YYYY-MM-DD, YYYY-MM-DDThh:mm or a load_id; {_LIST}",
        ) from None
    if found > now():
        raise InputError(
            "is still to come: nobody knows yet what will be known then", where=text, remedy="name the past"
        )
    return found


def _read_instant(text: str) -> datetime:
    if ":" in text:
        found = datetime.fromisoformat(text.strip())
        return found.replace(tzinfo=JST) if found.tzinfo is None else found
    try:
        day = parse_date(text)
    except DateError as error:
        raise ValueError from error
    return (
        min(datetime.combine(day, time.max, JST), now())
        if day <= now().date()
        else datetime.combine(day, time.max, JST)
    )
