"""Who gets a letter, and what stands in it: one per person, with just that person's own policies.

Nothing is lost on the way: every person behind the findings is either a recipient or held back with the reason
(``Gathered.person_count`` = recipients + held back). Seed 001: 現時点で情報漏えいが確認されたお客さまに通知文書を発送;
住所を確認できない、個人を特定できないお客さま → ``notice``. Guideline 3-5-4-3: each only what concerns himself.

Bulk is DuckDB's: a million policies and 204,783 persons are joined, ordered and handed out in a stream.
"""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from itertools import groupby
from typing import Any

import duckdb
import pyarrow as pa

from sekisho.findings.model import UNRESOLVED
from sekisho.kernel.bulk import in_memory
from sekisho.kernel.dates import in_words
from sekisho.kernel.folding import folded
from sekisho.law.items import items
from sekisho.letters.addressing.gathering import GATHERED, HELD, ORDERED, ROWS, SEVERAL
from sekisho.letters.model import Held, HeldBack, Line, Recipient
from sekisho.registry.names import company_words
from sekisho.registry.registry import Registry

_ROWS_AT_A_TIME = 20_000
_DAYS_NAMED = 3
"""More days than these are told as first, last and number."""


@dataclass(frozen=True, slots=True)
class SeveralAddresses:
    """A person whose policies carry different addresses: written to at that of the latest policy (``insurer_id``,
    ``policy_no``). Somebody should look."""

    person: str
    insurer_id: str
    policy_no: str
    address_count: int


class Gathered:
    """The recipients of one mailing, and what did not become one. Close it, or use it in ``with``.

    ``person_count`` = ``recipient_count`` + ``len(held)``."""

    def __init__(self, con: duckdb.DuckDBPyConnection, names: "_Names") -> None:
        self._con = con
        self._names = names
        self.held = tuple(HeldBack(person, Held(reason), detail) for person, reason, detail in _all(con, HELD))
        self.several_addresses = _several(con)
        self.recipient_count = int(_all(con, "SELECT count(*) FROM written")[0][0])
        self.person_count = int(_all(con, "SELECT count(*) FROM everybody")[0][0])

    def recipients(self) -> Iterator[Recipient]:
        """Everybody who is written to, by postcode, then address, then key; the lines by insurer, policy, agency."""
        rows = self._rows()
        for person, own in groupby(rows, key=lambda row: row[0]):
            lines = list(own)
            _, name, corporate, postal_code, address, email = lines[0][:6]
            yield Recipient(
                person=person,
                name=name,
                is_corporate=corporate,
                postal_code=postal_code,
                address=address,
                lines=tuple(self._names.line(row[6:]) for row in lines),
                email=email,
            )

    def ask(self, query: str, values: dict[str, Any] | None = None) -> list[tuple[Any, ...]]:
        """Rows of a query over the tables of ``gathering``; for look-ups beside the stream."""
        with self._con.cursor() as asking:
            return asking.execute(query, values or {}).fetchall()

    def line(self, row: tuple[Any, ...]) -> Line:
        """A row of ``gathering.OWN_LINES`` (without the person) in words."""
        return self._names.line(row)

    def keep_name_keys(self, table: pa.Table) -> None:
        """Keep the comparable names (``key``, ``person``) beside the tables of ``gathering``, as ``name_keys``."""
        with self._con.cursor() as writing:
            writing.register("given", table)
            writing.execute("CREATE OR REPLACE TABLE name_keys AS SELECT * FROM given")

    def _rows(self) -> Iterator[tuple[Any, ...]]:
        with self._con.cursor() as reading:
            reading.execute(ROWS)
            while rows := reading.fetchmany(_ROWS_AT_A_TIME):
                yield from rows

    def close(self) -> None:
        self._con.close()

    def __enter__(self) -> "Gathered":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def gathered(
    findings: pa.Table,
    registry: Registry,
    persons: pa.Table,
    *,
    insurer_ids: Collection[str] = (),
    unresolved: bool = False,
    with_email: bool = False,
) -> Gathered:
    """Gather who must be written to about ``findings`` (columns of ``findings.model.FINDINGS``).

    ``persons``: who is behind each policy (columns insurer_id, policy_no, person, kind: person | corporate | unknown).
    ``insurer_ids``: only policies of these insurers; another insurer's customer data is then neither written nor used
    to find an address (each insurer tells its own customers). ``unresolved``: also what could not be decided;
    otherwise persons of whom only such findings exist are held back as ``Held.UNRESOLVED``.
    ``with_email``: fill in mail addresses.
    """
    con = in_memory()
    try:
        con.register("findings", findings)
        con.register("policies", registry.tables["policies"])
        con.register("persons", persons.select(["insurer_id", "policy_no", "person", "kind"]))
        con.register("chosen_insurers", pa.table({"insurer_id": pa.array(sorted(insurer_ids), pa.string())}))
        con.register("companies", pa.table({"word": list(company_words())}))
        con.execute("SET VARIABLE unresolved = ?", [UNRESOLVED])
        con.execute("SET VARIABLE with_unresolved = ?", [unresolved])
        con.execute("SET VARIABLE with_email = ?", [with_email])
        con.execute("SET VARIABLE every_insurer = ?", [not insurer_ids])
        for statement in GATHERED + ORDERED:
            con.execute(statement)
        return Gathered(con, _Names(registry))
    except BaseException:
        con.close()
        raise


def addressed(recipient: Recipient) -> str:
    """The name as it stands on letter and envelope: 山田 花子 様, 株式会社例示商店 御中."""
    return f"{recipient.name} {'御中' if recipient.is_corporate else '様'}"


class _Names:
    """From codes to words for the reader; the same few combinations come again and again."""

    def __init__(self, registry: Registry) -> None:
        tables = registry.tables
        insurers = dict(_pairs(tables["insurers"], "insurer_id", "name"))
        parties = insurers | dict(_pairs(tables["agencies"], "agency_id", "name"))
        self._insurer: Callable[[str], str] = lambda code: insurers.get(code, code)
        self._agency: Callable[[str], str] = lambda code: parties.get(code, code) or "取扱代理店を特定できていません"
        self._party = cache(lambda codes: _joined_parties(codes, parties))
        self._items = cache(_item_names)

    def line(self, row: tuple[Any, ...]) -> Line:
        insurer_id, policy_no, agency_id, item_sets, days, day_count, undated, parties, product = row
        return Line(
            policy_no=policy_no,
            insurer=self._insurer(insurer_id),
            items=self._items(item_sets),
            disclosed_on=_days(days, day_count, undated),
            agency=self._agency(agency_id),
            received_by=self._party(parties),
            product=product,
        )


def _item_names(item_sets: str) -> tuple[str, ...]:
    """``a;b|b;c`` → the Japanese names of a, b, c, in the order of ``law/items``; an unknown code as it is."""
    codes = set(item_sets.replace("|", ";").split(";")) - {""}
    known = items()
    return (*(item.ja for item in known.values() if item.code in codes), *sorted(codes - set(known)))


def _joined_parties(codes: str, parties: dict[str, str]) -> str:
    names: dict[str, None] = {}
    for code in codes.split("|"):
        if code.startswith("?") or not code:
            names["社外の宛先 (特定できていません)" if code in ("?", "") else "社外の宛先"] = None
        else:
            names[parties.get(code, code)] = None
    return "、".join(names)


def _days(days: list[str], count: int, undated: bool) -> str:
    """2024年5月1日、2024年5月8日; more than three: first, last and how many."""
    written = [in_words(date.fromisoformat(day[:10])) for day in days]
    if not written:
        return "日付を特定できていません"
    text = "、".join(written) if count <= _DAYS_NAMED else f"{written[0]}から{written[-1]}までの{count}日"
    return f"{text}ほか (日付を特定できていないものがあります)" if undated else text


def _several(con: duckdb.DuckDBPyConnection) -> tuple[SeveralAddresses, ...]:
    """Different only in the way of writing is not different."""
    found = []
    for person, insurer_id, policy_no, addresses in _all(con, SEVERAL):
        different = {folded(address).replace(" ", "") for address in addresses}
        if len(different) > 1:
            found.append(SeveralAddresses(person, insurer_id, policy_no, len(different)))
    return tuple(found)


def _pairs(table: pa.Table, key: str, value: str) -> list[tuple[str, str]]:
    return list(zip(table[key].to_pylist(), table[value].to_pylist(), strict=True))


def _all(con: duckdb.DuckDBPyConnection, query: str) -> list[Any]:
    return con.execute(query).fetchall()
