"""What changed between two loads, of what the rule reads."""

from collections.abc import Mapping
from dataclasses import dataclass

import pyarrow as pa

from sekisho.entitlement.inputs import REGISTRY
from sekisho.store.databases.base import Load
from sekisho.store.history.files import ADDED, REMOVED
from sekisho.store.history.multisets import difference
from sekisho.store.history.past import Past
from sekisho.store.history.versions import key_columns


@dataclass(frozen=True, slots=True)
class Difference:
    """Rows of one table that the later of two loads has more (``added``) and less (``removed``); ``changed_count``:
    keys that stand on both sides, so rather changed than new or gone."""

    added: pa.Table
    removed: pa.Table
    changed_count: int


def compare(past: Past, one: Load, other: Load) -> dict[str, Difference]:
    """Table → what ``other`` has more and less than ``one``; only tables that differ. Either may be the earlier.

    Raises ``InputError`` when one of them can no longer be rebuilt, ``SekishoError`` for damaged files.
    """
    start, target = past.position(one), past.position(other)
    whole = None if past.linked(start, target) else (past.as_kept(one), past.as_kept(other))
    found = {}
    for table in REGISTRY:
        came, went = past.changed(table, start, target) if whole is None else ([whole[1][table]], [whole[0][table]])
        if not came and not went:
            continue
        names = [name for name in REGISTRY[table] if all(name in rows.column_names for rows in (*came, *went))]
        added, removed = difference(*([rows.select(names) for rows in side] for side in (came, went)))
        if added.num_rows or removed.num_rows:
            found[table] = Difference(added, removed, _changed(table, added, removed))
    return found


def as_rows(found: Mapping[str, Difference]) -> pa.Table:
    """All rows of a comparison in one table of text: table, change (added, removed), then every column that one of
    the tables has, for a file."""
    names = list(dict.fromkeys(name for one in found.values() for name in one.added.column_names))
    schema = pa.schema([(name, pa.string()) for name in ("table", "change", *names)])
    parts = [schema.empty_table()]
    for table, one in found.items():
        for side, rows in ((ADDED, one.added), (REMOVED, one.removed)):
            ordered = rows.sort_by([(name, "ascending") for name in rows.column_names])
            columns = {"table": [table] * rows.num_rows, "change": [side] * rows.num_rows}
            columns |= {name: ordered.column(name).cast(pa.string()) for name in ordered.column_names}
            columns |= {name: pa.nulls(rows.num_rows, pa.string()) for name in names if name not in columns}
            parts.append(pa.table({name: columns[name] for name in schema.names}, schema=schema))
    return pa.concat_tables(parts)


def _changed(table: str, added: pa.Table, removed: pa.Table) -> int:
    columns = [name for name in key_columns(table) if name in added.column_names]
    one, other = (rows.group_by(columns).aggregate([]) for rows in (added, removed))
    return int(one.join(other, columns, join_type="inner").num_rows)
