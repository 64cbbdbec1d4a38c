"""Every version of the rows with one key: what they said, from which load until which the registry said so."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from sekisho.entitlement.inputs import REGISTRY
from sekisho.kernel.errors import InputError, SekishoError
from sekisho.registry.schema import TABLES, Kind
from sekisho.store import loads as kept
from sekisho.store.databases.base import Load
from sekisho.store.history.past import Past

Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Version:
    """One row as it was believed. ``number`` from 1, in the order in which they came; ``since``: the load that brought
    it (``brought`` False: it was there already when the history begins); ``until``: the load that no longer had it,
    None: still believed; ``replaces``: the version that went with the load that brought this one, the most alike."""

    number: int
    row: dict[str, Any]
    since: Load
    brought: bool
    until: Load | None
    replaces: int | None

    def differences(self, before: "Version") -> list[tuple[str, Any, Any]]:
        """(column, before, now) where the two differ."""
        return [(name, before.row[name], value) for name, value in self.row.items() if before.row[name] != value]


@dataclass(frozen=True, slots=True)
class Versions:
    """``begins``: the load with which the history begins; ``complete``: that is the first load of all."""

    table: str
    key: dict[str, str]
    versions: tuple[Version, ...]
    begins: Load
    complete: bool


def table_named(word: str) -> str:
    """The table of that name, English or Japanese. Raises ``InputError``."""
    for name in REGISTRY:
        if word in (name, TABLES[name].ja):
            return name
    offered = ", ".join(f"{name} ({TABLES[name].ja})" for name in REGISTRY)
    raise InputError("no table with a history has this name", where=word, remedy=f"name one of {offered}")


def key_columns(table: str) -> tuple[str, ...]:
    """The columns that name the thing a row is about (``registry.schema``: key, else relation, else the ids it must
    have), of those that the rule reads; a policy is named by insurer and number."""
    described = TABLES[table]
    ids = tuple(
        column.name
        for column in described.columns
        if column.required and column.kind in (Kind.IDENTIFIER, Kind.ADDRESS)
    )
    named = [name for name in described.key or described.relation or ids if name in REGISTRY[table]]
    policy = TABLES["policies"].key
    if set(policy) <= set(named):
        named = [*policy, *(name for name in named if name not in policy)]
    return tuple(named)


def versions_of(past: Past, table: str, key: Sequence[str]) -> Versions:
    """All versions of the rows whose first key columns are ``key``, since the history begins.

    Raises ``InputError`` for a key that was never there, ``SekishoError`` for damaged files.
    """
    columns = key_columns(table)
    if not 0 < len(key) <= len(columns):
        raise InputError(
            f"a row of {table} is named by {', '.join(columns)}",
            where=" ".join(key) or "KEY",
            remedy="give one to all of these, in this order",
        )
    wanted = {name: value.lower() if name == "address" else value for name, value in zip(columns, key, strict=False)}
    begin = past.first_of_chain()
    names, start, changes = _read(past, table, wanted, begin)
    told = _Told(past, names)
    told.begin(begin, start)
    for position, (came, went) in enumerate(changes, begin + 1):
        told.step(position, came, went)
    if not told.versions:
        since = past.loads[begin]
        raise InputError(
            f"no such row has been known since {since.at}",
            where=f"{table} {' '.join(key)}",
            remedy="check how the registry writes it" + ("" if begin == 0 else "; nothing is kept from before"),
        )
    return Versions(table, wanted, told.finished(), past.loads[begin], begin == 0)


def _read(
    past: Past, table: str, key: dict[str, str], begin: int
) -> tuple[list[str], Counter[Row], list[tuple[Counter[Row], Counter[Row]]]]:
    """Columns; the rows with this key at the beginning; what came and went with each load after it."""
    last = len(past.loads) - 1
    changes = [past.changed(table, position - 1, position) for position in range(begin + 1, last + 1)]
    position, snapshot = _snapshot(past, table, begin)
    every = [snapshot, *(found for sides in changes for side in sides for found in side)]
    names = [name for name in REGISTRY[table] if all(name in found.column_names for found in every)]
    steps = [(_rows(came, names, key), _rows(went, names, key)) for came, went in changes]
    start = _rows([snapshot], names, key)
    for came, went in reversed(steps[: position - begin]):
        start.update(went)
        start.subtract(came)
    if any(count < 0 for count in start.values()):
        raise past.misfit(table, begin)
    return names, start, steps


def _snapshot(past: Past, table: str, begin: int) -> tuple[int, pa.Table]:
    """The newest kept load of the chain that can be read. Raises ``SekishoError`` when there is none."""
    trouble: SekishoError | None = None
    for position in sorted(past.snapshots(), reverse=True):
        if position < begin:
            continue
        try:
            load_id = past.loads[position].load_id
            return position, kept.read_columns(past.workspace / kept.NAME, load_id, table, tuple(REGISTRY[table]))
        except SekishoError as error:
            trouble = trouble or error
    raise trouble or past.misfit(table, begin)


def _rows(tables: Sequence[pa.Table], names: list[str], key: dict[str, str]) -> Counter[Row]:
    """The rows with this key, each with how often it is there."""
    found: Counter[Row] = Counter()
    for table in tables:
        mask = None
        for name, value in key.items():
            equal = pc.equal(table.column(name), value)
            mask = equal if mask is None else pc.and_(mask, equal)
        for row in table.filter(mask).select(names).to_pylist():
            found[tuple(row.values())] += 1
    return found


class _Told:
    """The versions found so far, load by load."""

    def __init__(self, past: Past, names: list[str]) -> None:
        self._past, self._names = past, names
        self._open: dict[Row, list[int]] = {}
        self.versions: list[Version] = []

    def begin(self, position: int, rows: Counter[Row]) -> None:
        for row in _each(rows):
            self._add(row, position, position == 0, None)

    def step(self, position: int, came: Counter[Row], went: Counter[Row]) -> None:
        load = self._past.loads[position]
        gone = []
        for row in _each(went):
            number = self._open[row].pop(0)
            old = self.versions[number - 1]
            self.versions[number - 1] = Version(number, old.row, old.since, old.brought, load, old.replaces)
            gone.append((number, row))
        for row in _each(came):
            alike = max(gone, key=lambda old: _alike(old[1], row), default=None)
            if alike is not None:
                gone.remove(alike)
            self._add(row, position, True, alike[0] if alike else None)

    def finished(self) -> tuple[Version, ...]:
        return tuple(self.versions)

    def _add(self, row: Row, position: int, brought: bool, replaces: int | None) -> None:
        number = len(self.versions) + 1
        values = dict(zip(self._names, row, strict=True))
        self.versions.append(Version(number, values, self._past.loads[position], brought, None, replaces))
        self._open.setdefault(row, []).append(number)


def _each(rows: Counter[Row]) -> list[Row]:
    return sorted(rows.elements(), key=lambda row: [str(value) for value in row])


def _alike(one: Row, other: Row) -> int:
    return sum(a == b for a, b in zip(one, other, strict=True))
