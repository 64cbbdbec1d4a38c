"""What makes two policies one person's (名寄せ).

* a person: folded name and birth date; without birth date name and address, or name and phone; never a name alone
* a corporation: folded name with its form of company written out, and its address or phone: the same name may be
  registered again at another place (商業登記法 27条), and nobody's data may go to another of the same name
* neither: the policy itself, which makes the number the largest possible (guideline on act art. 26)

Holders are one across insurers. My Number is not used and not read. All of it in whole columns, compared as numbers.
"""

from dataclasses import dataclass
from datetime import date
from functools import partial

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from sekisho.incidents.counting.encoded import KINDS, Encoded, at_once
from sekisho.incidents.counting.rules import rules
from sekisho.incidents.counting.texts import Texts
from sekisho.kernel.folding import folded
from sekisho.matching.forms import address_column, name_column, phone_column
from sekisho.registry.registry import Registry

BASES = ("policy", "birth_date", "address", "phone", "name")
"""What makes a holder one, by number. ``name``: a corporation of which no more is known."""
POLICY, BIRTH_DATE, ADDRESS, PHONE, NAME = range(len(BASES))

_TELLING_DIGITS = 3
"""So many digits besides 0 must a phone number have: 0000000000 stands for none."""


@dataclass(frozen=True, slots=True)
class Holders:
    """For each policy of ``encoded`` by its number: its row in the ledger (−1: the ledger does not know it), kind
    (number of KINDS, 0 = unknown), basis (number of BASES), and the identity: a number that is the same for policies of
    one holder; −1 where the basis is the policy."""

    row: npt.NDArray[np.int64]
    kind: npt.NDArray[np.int64]
    basis: npt.NDArray[np.int64]
    identity: npt.NDArray[np.int64]
    written: "Written | None" = None


@dataclass(frozen=True, slots=True)
class Written:
    """The forms of the holders' fields, a row for each holder's policy (null: not there, or not usable). ``names`` and
    ``kana``, as in the ledger, are for the doubtful pairs."""

    name: pa.Array
    birth: pa.Array
    address: pa.Array
    phone: pa.Array
    mobile: pa.Array
    names: pa.ChunkedArray
    kana: pa.ChunkedArray | None

    def value(self, basis: npt.NDArray[np.int64]) -> pa.Array:
        """As text, what makes each holder one beside the name, where its basis is of BASES."""
        texts = [column.cast(pa.string()) for column in (self.birth, self.address, self.first_phone())]
        none = pa.nulls(len(basis), pa.string())
        return pc.choose(pa.array(basis), none, *texts, none)

    def first_phone(self) -> pa.Array:
        return pc.coalesce(self.phone, self.mobile)


def holders_of(found: Encoded, registry: Registry | None, *, every_field: bool = False) -> Holders:
    """The holders of the policies in ``found``; without a registry nothing is known of them. ``every_field``: address
    and phone of all, not only of those whom nothing else makes one."""
    count = found.policy_count
    row, identity = np.full(count, -1, np.int64), np.full(count, -1, np.int64)
    kind, basis = np.zeros(count, np.int64), np.full(count, POLICY, np.int64)
    if registry is None or not count:
        return Holders(row, kind, basis, identity)
    policies = registry.tables["policies"]
    row = rows_in(found, policies)
    known = np.flatnonzero(row >= 0)
    kinds = pc.index_in(_column(policies, "holder_kind"), pa.array(KINDS, pa.string())).fill_null(0)
    kind[known] = kinds.to_numpy()[row[known]]
    written = _written(policies, row[known], kind[known], every_field)
    basis[known] = _bases(written, kind[known])
    identity[known] = _identities(written, kind[known], basis[known])
    return Holders(row, kind, basis, identity, written)


def rows_in(found: Encoded, policies: pa.Table) -> npt.NDArray[np.int64]:
    """For each policy of ``found`` by its number the row of the ledger that holds it; −1 = none."""
    insurers = pa.array(found.insurers, pa.string())

    def numbered(batch: pa.RecordBatch) -> npt.NDArray[np.int64]:
        insurer = pc.index_in(batch["insurer_id"], insurers).fill_null(-1).to_numpy(zero_copy_only=False)
        named = batch["policy_no"].is_valid().to_numpy(zero_copy_only=False)
        return found.known.places(batch["policy_no"], np.where(named, insurer, -1).astype(np.int64))

    batches = policies.select(["insurer_id", "policy_no"]).to_batches(_BATCH)
    numbers = np.concatenate([np.zeros(0, np.int64), *at_once(*(partial(numbered, batch) for batch in batches))])
    rows = np.flatnonzero(numbers >= 0)
    found_at = np.full(found.policy_count, -1, np.int64)
    found_at[numbers[rows][::-1]] = rows[::-1]  # of several rows the first
    return found_at


_BATCH = 1 << 18


def _column(table: pa.Table, name: str) -> pa.ChunkedArray:
    if name not in table.column_names:
        return pa.chunked_array([pa.nulls(table.num_rows, pa.string())])
    return table[name]


def _written(policies: pa.Table, rows: npt.NDArray[np.int64], kind: npt.NDArray[np.int64], every: bool) -> Written:
    """The fields in their one form; address and phone only where the birth date does not do, or of ``every`` row."""
    corporate = pa.array(kind == KINDS.index("corporate"))
    birth = _birth_dates(_column(policies, "birth_date").take(pa.array(rows)).combine_chunks(), corporate)
    all_rows = pa.array(rows)
    wanted = all_rows if every else pa.array(rows, mask=_valid(birth))

    def taken(name: str, which: pa.Array) -> pa.ChunkedArray:
        return _column(policies, name).take(which)

    (name, names), address, (phone, mobile) = at_once(
        lambda: _names(taken("holder_name", all_rows), corporate),
        lambda: address_column(taken("address", wanted)),
        lambda: tuple(_usable_phones(taken(name, wanted)) for name in ("phone", "mobile")),
    )
    return Written(name, birth, address, phone, mobile, names, taken("holder_kana", all_rows) if every else None)


def _names(names: pa.ChunkedArray, corporate: pa.Array) -> tuple[pa.Array, pa.ChunkedArray]:
    """Names in their one form, and as they are written."""
    found = name_column(names)
    if not pc.any(corporate).as_py():
        return found, names
    of_companies = found.filter(corporate)
    for short, full in rules().corporate_forms:
        of_companies = pc.replace_substring(of_companies, folded(short), folded(full))
    return pc.replace_with_mask(found, corporate, of_companies), names


def _birth_dates(days: pa.Array, corporate: pa.Array) -> pa.Array:
    """Days as numbers; null where there is none, or one that old systems write for none."""
    if not pa.types.is_date32(days.type):
        days = days.cast(pa.date32())
    none = pa.array([date.fromisoformat(day) for day in rules().no_birth_dates], pa.date32())
    no_day = pc.or_(pc.is_in(days, none), corporate)
    return pc.if_else(no_day, pa.scalar(None, pa.date32()), days).cast(pa.int32())


def _usable_phones(column: pa.Array) -> pa.Array:
    """Phone numbers in their one form that can tell people apart."""
    phones = phone_column(column)
    telling = pc.greater_equal(pc.utf8_length(pc.replace_substring(phones, "0", "")), _TELLING_DIGITS)
    return pc.if_else(telling, phones, pa.scalar(None, phones.type))


def _bases(written: Written, kind: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    there = [_valid(column) for column in (written.birth, written.address, written.first_phone())]
    alone = kind == KINDS.index("corporate")
    basis = np.select([*there, alone], [BIRTH_DATE, ADDRESS, PHONE, NAME], POLICY)
    return np.where(_valid(written.name), basis, POLICY).astype(np.int64)


def _identities(written: Written, kind: npt.NDArray[np.int64], basis: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Name and what goes with it as one number; the same number is the same holder."""
    place = np.where(basis == ADDRESS, 0, -1).astype(np.int64)
    call = np.where(basis == PHONE, 0, -1).astype(np.int64)
    value = np.maximum(Texts(written.address, place).numbers, Texts(written.first_phone(), call).numbers)
    value = np.where(basis == BIRTH_DATE, written.birth.fill_null(0).to_numpy(zero_copy_only=False), value).astype(
        np.int64
    )
    value -= value.min(initial=0)
    corporate = (kind == KINDS.index("corporate")).astype(np.int64)
    beside = (value * len(BASES) + basis) * 2 + corporate
    return Texts(written.name, np.where(basis == POLICY, -1, beside)).numbers


def _valid(column: pa.Array) -> npt.NDArray[np.bool_]:
    return np.asarray(column.is_valid().to_numpy(zero_copy_only=False), bool)
