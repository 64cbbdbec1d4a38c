"""A sweep against a prebuilt index: from rows of the index to policies that the rule can judge (D3).

Where the registry has the policy itself, it goes by its number. Where it has not (an agency sweeps with an insurer's
index), it goes by a reference that only who has the ledger can turn back, and the index tells what the rule must know
of it: insurer, agencies, line. Consents and transfers of such a policy are found by the keyed hash of its number, and
so is whether a recipient is the customer himself.
"""

from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from sekisho.disclosures.model import POLICIES, Disclosures
from sekisho.kernel.compiled import compiled
from sekisho.matching.index import columns
from sekisho.matching.index.columns import Column, Seen
from sekisho.matching.index.hashing import find
from sekisho.matching.index.match_index import MatchIndex
from sekisho.matching.parameters import word_array, words
from sekisho.registry.registry import Registry

_NAME_A_POLICY = ("consents", "transfers")
"""Tables of the registry that name a policy by number and insurer."""


def named(seen: Disclosures, registry: Registry, index: MatchIndex) -> tuple[Disclosures, Registry]:
    """What was seen, its policies named, and the registry to judge it by.

    In: ``policies.policy_row`` is a row of ``index``, −1 as ever. Out: it is a row of the returned registry's policies,
    which are those of ``registry`` and behind them the references.
    """
    rows = seen.policies.column("policy_row").to_numpy()
    wanted = np.unique(rows[rows >= 0])
    ledger = registry.tables["policies"]
    places = _places_in(ledger, index, wanted)
    foreign = wanted[places < 0]
    places[places < 0] = ledger.num_rows + np.arange(len(foreign))
    tables = dict(registry.tables)
    if len(foreign):
        told = index.policies(foreign.tolist())
        told = told.append_column("email", _addresses(seen, index, foreign))
        tables["policies"] = pa.concat_tables([ledger, _fitted(told, ledger.schema)])
        for name in _NAME_A_POLICY:
            tables[name] = _referred(tables[name], index, foreign)
    return _renumbered(seen, rows, wanted, places, tables["policies"]), replace(registry, tables=tables)


def _places_in(ledger: pa.Table, index: MatchIndex, wanted: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """The row of the ledger of each wanted row of the index (the first, of several); −1 where there is none."""
    places = np.full(len(wanted), -1, np.int64)
    if not (ledger.num_rows and len(wanted)):
        return places
    found = index.rows_of(ledger.select(["policy_no", "insurer_id"]))
    at = np.minimum(np.searchsorted(wanted, found), len(wanted) - 1)
    hit = np.flatnonzero(wanted[at] == found)[::-1]  # backwards: the first one stays
    places[at[hit]] = hit
    return places


def _fitted(told: pa.Table, schema: pa.Schema) -> pa.Table:
    """The columns of the ledger, empty where the index does not tell."""
    return pa.table(
        [
            told.column(column.name).cast(column.type)
            if column.name in told.column_names
            else pa.nulls(told.num_rows, column.type)
            for column in schema
        ],
        schema=schema,
    )


def _referred(table: pa.Table, index: MatchIndex, foreign: npt.NDArray[np.int64]) -> pa.Table:
    """The table with references in place of the numbers of foreign policies."""
    if not table.num_rows:
        return table
    found = index.rows_of(table.select(["policy_no", "insurer_id"]))
    ours = np.isin(found, foreign)
    if not ours.any():
        return table
    numbers = table.column("policy_no").to_pylist()
    for place in np.flatnonzero(ours).tolist():
        numbers[place] = index.reference(int(found[place]))
    place = table.schema.get_field_index("policy_no")
    return table.set_column(place, table.schema.field(place), pa.array(numbers, pa.string()))


def _addresses(seen: Disclosures, index: MatchIndex, foreign: npt.NDArray[np.int64]) -> pa.Array:
    """For each foreign policy the recipient of a mail whose address is its customer's own, null where there is none:
    the only address that the rule asks for, and one that the evidence shows already."""
    viewers = seen.recipients.column("viewer").unique()
    keys = Column(pa.table({"email": viewers}), "email").hash(
        columns.EMAIL, index.states, word_array(words("legal_forms")), Seen(columns.EMAIL), index.folding
    )
    spans = np.zeros((len(viewers), 2), np.int64)
    _spans(index.store.words, index.store.starts, keys.hashes, spans)
    own: dict[int, str] = {}
    for viewer, (low, high) in zip(viewers.to_pylist(), spans.tolist(), strict=True):
        for row in np.intersect1d(index.store.refs[low:high] >> np.uint32(2), foreign).tolist():
            own.setdefault(row, viewer)
    return pa.array([own.get(row) for row in foreign.tolist()], pa.string())


@compiled
def _spans(words: Any, starts: Any, hashes: Any, spans: Any) -> None:
    for place in range(len(hashes)):
        if hashes[place]:
            spans[place, 0], spans[place, 1] = find(words, starts, columns.EMAIL, hashes[place])


def _renumbered(
    seen: Disclosures,
    rows: npt.NDArray[np.int64],
    wanted: npt.NDArray[np.int64],
    places: npt.NDArray[np.int64],
    policies: pa.Table,
) -> Disclosures:
    """Rows of the index become rows of ``policies``; insurer and number are those that stand there."""
    if not len(wanted):
        return seen
    matched = rows >= 0
    there = np.full(len(rows), -1, np.int64)
    there[matched] = places[np.searchsorted(wanted, rows[matched])]
    table = seen.policies.set_column(POLICIES.get_field_index("policy_row"), "policy_row", pa.array(there, pa.int64()))
    taken = policies.take(pa.array(np.where(matched, there, 0), pa.int64()))
    for name in ("insurer_id", "policy_no"):
        written, known = table.column(name).to_pylist(), taken.column(name).to_pylist()
        told = [one if ours else other for one, other, ours in zip(known, written, matched.tolist(), strict=True)]
        table = table.set_column(POLICIES.get_field_index(name), name, pa.array(told, pa.string()))
    return replace(seen, policies=table.cast(POLICIES))
