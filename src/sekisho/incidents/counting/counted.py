"""From findings to what is counted, as numbers: one line for each cause × agency × policy, note ※2 applied (seed 001).

Everything that is told of findings is a function of the lines made here.
"""

from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from sekisho.incidents.counting.encoded import KINDS, Encoded, encoded
from sekisho.incidents.counting.identity import Holders, holders_of
from sekisho.incidents.counting.persons import Persons
from sekisho.law.causes import counted_once
from sekisho.registry.registry import Registry

Numbers = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Lines:
    """Columns of equal length, a place for each line; numbers of ``encoded``. ``agency`` is −1 where nobody knows who
    handles the policy; ``person`` the number of the holder; ``kind`` of KINDS; ``channels`` bits."""

    cause: Numbers
    agency: Numbers
    policy: Numbers
    insurer: Numbers
    person: Numbers
    kind: Numbers
    basis: Numbers
    finding_count: Numbers
    undated_count: Numbers
    channels: Numbers


@dataclass(frozen=True, slots=True)
class Both:
    """A pair of note ※2: agencies and records that are of both causes, counted under ``kept`` only."""

    kept: str
    dropped: str
    agencies: int
    records: int


@dataclass(frozen=True, slots=True)
class Counted:
    """What was counted by a day. ``elsewhere``: the policies × agencies of each dropped cause (number) that note ※2
    leaves out, as ``pair_of`` them. ``holders_known``: a registry, or persons, were there."""

    encoded: Encoded
    lines: Lines
    both: tuple[Both, ...]
    elsewhere: dict[int, Numbers]
    holders_known: bool

    def pair_of(self, agency: Numbers, policy: Numbers) -> Numbers:
        """Agency and policy as one number."""
        return agency * max(self.encoded.policy_count, 1) + policy


def count(findings: pa.Table, as_of: date, registry: Registry | None = None, persons: Persons | None = None) -> Counted:
    """Count ``findings`` (at least ``encoded.COLUMNS``) by ``as_of``. ``persons`` go before what the registry tells."""
    found = encoded(findings, as_of)
    holders = persons.holders(found) if persons is not None else holders_of(found, registry)
    return count_encoded(found, holders, holders_known=persons is not None or registry is not None)


def count_encoded(found: Encoded, holders: Holders, *, holders_known: bool) -> Counted:
    """Count what is encoded already."""
    cause, agency, policy, kind, finding_count, undated_count, channels = _decided(found)
    pair = agency * max(found.policy_count, 1) + policy
    kept, both, elsewhere = _counted_once(found, cause, agency, pair)
    agency = np.where(agency == _number_of("", found.agencies), -1, agency)
    told = _told_kinds(found, policy[kept], kind[kept])
    kind = np.where(holders.kind > 0, holders.kind, told)
    policy = policy[kept]
    lines = Lines(
        cause=cause[kept],
        agency=agency[kept],
        policy=policy,
        insurer=(found.pairs // max(len(found.policy_nos), 1))[policy],
        person=_person_numbers(holders)[policy],
        kind=kind[policy],
        basis=holders.basis[policy],
        finding_count=finding_count[kept],
        undated_count=undated_count[kept],
        channels=channels[kept],
    )
    return Counted(found, lines, both, elsewhere, holders_known)


def part_of(found: Encoded, holders: Holders, rows: Numbers) -> tuple[Encoded, Holders]:
    """Those rows of what is encoded, with just their policies and holders."""
    table = found.table.take(pa.array(rows))
    at = table.schema.get_field_index("policy")
    policies, numbers = np.unique(table["policy"].to_numpy(), return_inverse=True)
    part = replace(found, table=table.set_column(at, "policy", pa.array(numbers)), pairs=found.pairs[policies])
    columns = (holders.row, holders.kind, holders.basis, holders.identity)
    return part, Holders(*(column[policies] for column in columns))


def _decided(found: Encoded) -> tuple[Numbers, ...]:
    """The findings that are decided, brought together by cause, agency and policy: those three, kind (of several the
    largest), number of findings, of undated ones, and channels (all of them)."""
    decided = found.table["missing"].to_numpy() < 0
    cause, agency, policy, kind, channel, undated = (
        found.table[name].to_numpy()[decided] for name in ("cause", "agency", "policy", "kind", "channel", "undated")
    )
    agencies, policies = max(len(found.agencies), 1), max(found.policy_count, 1)
    packed = (cause.astype(np.int64) * agencies + agency) * policies + policy
    whole = pa.array(packed).dictionary_encode()
    key, place = whole.dictionary.to_numpy(), whole.indices.to_numpy()
    kinds, channels = np.zeros(len(key), np.int64), np.zeros(len(key), np.int64)
    for number in range(1, len(KINDS)):
        kinds[place[kind == number]] = number
    for bit in np.unique(channel):
        used = np.zeros(len(key), bool)
        used[place[channel == bit]] = True
        channels |= np.where(used, bit, 0)
    counts = np.bincount(place, minlength=len(key)), np.bincount(place[undated], minlength=len(key))
    return key // policies // agencies, key // policies % agencies, key % policies, kinds, *counts, channels


def _counted_once(
    found: Encoded, cause: Numbers, agency: Numbers, pair: Numbers
) -> tuple[npt.NDArray[np.bool_], tuple[Both, ...], dict[int, Numbers]]:
    """Note ※2: which lines are kept, how many were of both causes, and what is left out."""
    kept = np.ones(len(cause), bool)
    both, elsewhere = [], {}
    for first, second in counted_once():
        is_second = np.flatnonzero(cause == _number_of(second, found.causes, -2))
        under_first = pa.array(pair[cause == _number_of(first, found.causes, -2)])
        inside = is_second[pc.is_in(pa.array(pair[is_second]), under_first).to_numpy(zero_copy_only=False)]
        kept[inside] = False
        both.append(
            Both(first, second, len(np.setdiff1d(agency[inside], [_number_of("", found.agencies)])), len(inside))
        )
        if len(inside):
            elsewhere[found.causes.index(second)] = pair[inside]
    return kept, tuple(both), elsewhere


def _told_kinds(found: Encoded, policy: Numbers, kind: Numbers) -> Numbers:
    """The kind that the findings tell of each policy's holder: of several the largest."""
    told = np.zeros(found.policy_count, np.int64)
    for number in range(1, len(KINDS)):
        told[policy[kind == number]] = number
    return told


def _person_numbers(holders: Holders) -> Numbers:
    """A number for the holder of each policy; who cannot be brought together is one for each policy."""
    alone = holders.identity.max(initial=-1) + 1 + np.arange(len(holders.identity))
    return np.where(holders.identity < 0, alone, holders.identity)


def _number_of(text: str, texts: list[str], none: int = -1) -> int:
    return texts.index(text) if text in texts else none
