"""Do the tables agree with each other: known ids, keys, periods, relations that contradict (issue: registry checks).

Values were read and typed before (``values.py``); here whole columns are compared, in Arrow and DuckDB, so that ten
million policies are checked in seconds. Only rows found wrong are turned into messages.
"""

from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass
from functools import partial

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sekisho.kernel.bulk import in_memory
from sekisho.registry.problems import Problem, Problems, Severity, shown
from sekisho.registry.schema import ID_COLUMN, TABLES, Column, Kind, Table
from sekisho.registry.tables import Loaded
from sekisho.registry.values import Rows, report, rows_where, split_words

_POSTAL = r"^\d{7}$"
_PHONE = r"^(\+81|0)\d{9,10}$"
_SAMPLES = 3
_ORDER = "correct one of the days; both ends belong to the period"
_ADD_SUPERVISION = "add it to supervisions, or clear the column"


@dataclass(frozen=True, slots=True)
class _Checks:
    """Everything a check needs: the tables, where to report, and DuckDB over the tables (with ``row_no``)."""

    loaded: dict[str, Loaded]
    unusable: Set[str]
    problems: Problems
    con: duckdb.DuckDBPyConnection

    def add(  # noqa: PLR0917
        self, table: str, row: int, kind: str, message: str, remedy: str, severity: Severity = "error"
    ) -> None:
        where = self.loaded[table].raw.where(row)
        self.problems.add(Problem(severity, kind, table, where, message, remedy))

    def add_rows(  # noqa: PLR0917
        self, table: str, rows: Sequence[int], kind: str, say: Callable[[int], str], remedy: str, severity: Severity
    ) -> None:
        if not rows:
            return
        raw = self.loaded[table].raw

        def make(row: int) -> Problem:
            return Problem(severity, kind, table, raw.where(row), say(row), remedy)

        self.problems.add_many(severity, kind, table, rows, make)

    def line(self, table: str, row: int) -> int:
        return self.loaded[table].raw.line_of(row)

    def value(self, table: str, column: str, row: int) -> str:
        value = self.loaded[table].data.column(column)[row].as_py()
        return shown(None if value is None else str(value))

    def rows(self, sql: str) -> list[int]:
        return [int(row) for (row,) in self.con.execute(sql).fetchall()]


def check(loaded: dict[str, Loaded], unusable: Set[str], problems: Problems) -> None:
    """Report everything in which the tables contradict themselves or each other.

    ``unusable``: tables that have a file which could not be used; what refers to them is not held against them.
    """
    with in_memory() as con:
        for name, table in TABLES.items():
            data = loaded[name].data.select([c.name for c in table.columns]) if name in loaded else _empty(table)
            row_no = pa.array(np.arange(data.num_rows, dtype=np.int64))
            con.register(f"{name}_arrow", data.append_column("row_no", row_no))
            con.execute(f'create view "{name}" as select * from "{name}_arrow"')  # noqa: S608  (names of our schema)
        checks = _Checks(loaded, unusable, problems, con)
        for name in loaded:
            table = TABLES[name]
            _references(checks, table)
            _duplicate_keys(checks, table)
            _period_order(checks, table)
            if table.relation:
                _overlaps(checks, table)
        _one_namespace(checks)
        _relations(checks)
        _policies(checks)


def _empty(table: Table) -> pa.Table:
    """An empty table with the columns of the schema only."""
    return pa.schema([(column.name, column.arrow_type) for column in table.columns]).empty_table()


def _references(checks: _Checks, table: Table) -> None:
    """Every id must stand in the table it refers to."""
    own = checks.loaded[table.name]
    for column in table.columns:
        if not column.refers_to or column.name not in own.positions or checks.unusable & set(column.refers_to):
            continue
        known = _known_ids(checks, column)
        values = own.data.column(column.name)
        if column.kind is Kind.IDENTIFIERS:
            texts = values.to_pylist()
            names = set(known.to_pylist())
            rows: Sequence[int] = [r for r, text in enumerate(texts) if not names.issuperset(split_words(text or ""))]
        else:
            unknown = pc.and_(pc.invert(pc.is_in(values, value_set=known)), values.is_valid())
            if not column.strict:
                unknown = pc.and_not(unknown, pc.match_substring(values, "@"))
            rows = rows_where(unknown).tolist()
        where = " or ".join(column.refers_to)
        report(
            checks.problems,
            own.raw,
            column,
            own.positions[column.name],
            rows,
            "unknown_id",
            lambda _, where=where: (f"is not in {where}", f"correct it, or add it to {where}"),  # type: ignore[misc]
            "error" if column.strict else "warning",
        )


def _known_ids(checks: _Checks, column: Column) -> pa.Array:
    known = [
        checks.loaded[name].data.column(ID_COLUMN[name]).combine_chunks()
        for name in column.refers_to
        if name in checks.loaded
    ]
    return pa.concat_arrays(known) if known else pa.array([], pa.string())


def _duplicate_keys(checks: _Checks, table: Table) -> None:
    if not table.key:
        return
    keys = ", ".join(table.key)
    present = " and ".join(f"{column} is not null" for column in table.key)
    firsts = dict(
        checks.con.execute(
            f"""select t.row_no, d.first from "{table.name}" t
                join (select {keys}, min(row_no) as first from "{table.name}" where {present}
                      group by all having count(*) > 1) d using ({keys})
                where t.row_no > d.first order by t.row_no"""  # noqa: S608
        ).fetchall()
    )
    checks.add_rows(
        table.name,
        list(firsts),
        "duplicate_key",
        lambda row: (
            f"{_key_text(checks, table, table.key, row)} is there already, in line"
            f" {checks.line(table.name, firsts[row])}"
        ),
        "keep one of the rows",
        "error",
    )


def _key_text(checks: _Checks, table: Table, columns: Sequence[str], row: int) -> str:
    return " ".join(f"{name} {checks.value(table.name, name, row)}" for name in columns)


def _period_order(checks: _Checks, table: Table) -> None:
    pairs = [("start", "end")] if table.has_period else []
    if table.has("expiry_date"):
        pairs.append(("start_date", "expiry_date"))
    own = checks.loaded[table.name]
    for start, end in pairs:
        wrong = rows_where(pc.less(own.data.column(end), own.data.column(start)))
        say = partial(_order_text, checks, table, start, end)
        checks.add_rows(table.name, wrong.tolist(), "period_order", say, _ORDER, "error")


def _order_text(checks: _Checks, table: Table, start: str, end: str, row: int) -> str:
    days = [f"{name} {checks.value(table.name, name, row)}" for name in (end, start)]
    return " is before ".join(days)


def _overlaps(checks: _Checks, table: Table) -> None:
    """Rows of the same relation whose periods overlap: an error where they contradict, else a warning.

    Each row is held against the earlier row that lasts longest. Of any set of overlapping rows that contradict, at
    least one is found that way.
    """
    keys = ", ".join(table.relation)
    differ = " or ".join(
        f"(t.{column} is not null and e.{column} is not null and t.{column} <> e.{column})" for column in table.one_of
    )
    # A row without a value in such a column contradicts nobody and must hide nobody: the columns are looked at apart.
    found: dict[int, tuple[int, bool]] = {}
    for column in (*table.one_of, None):
        valued = f"and {column} is not null" if column else ""
        rows = checks.con.execute(
            f"""with ordered as (
                    select *, arg_max(row_no, "end") over (partition by {keys} order by start, "end", row_no
                        rows between unbounded preceding and 1 preceding) as earlier
                    from "{table.name}" where "end" >= start {valued})
                select t.row_no, e.row_no, {differ or "false"}
                from ordered t join "{table.name}" e on e.row_no = t.earlier
                where e."end" >= t.start order by t.row_no"""  # noqa: S608
        ).fetchall()
        for row, earlier, contradicts in rows:
            if row not in found or (contradicts and not found[row][1]):
                found[row] = (earlier, bool(contradicts))
    for contradicts, severity in ((True, "error"), (False, "warning")):
        chosen = sorted(row for row, (_, contradiction) in found.items() if contradiction is contradicts)
        checks.add_rows(
            table.name,
            chosen,
            "contradiction" if contradicts else "overlap",
            lambda row: _overlap_text(checks, table, row, *found[row]),
            "end the earlier period the day before the later one begins",
            severity,  # type: ignore[arg-type]
        )


def _overlap_text(checks: _Checks, table: Table, row: int, earlier: int, contradicts: bool) -> str:
    what = _key_text(checks, table, table.relation, row)
    line = checks.line(table.name, earlier)
    if not contradicts:
        return f"the period of {what} overlaps that of line {line}"
    one_of = " and ".join(table.one_of)
    return f"{what} has another {one_of} in line {line} at the same time"


def _one_namespace(checks: _Checks) -> None:
    """Insurers and agencies are parties alike: an id must not name both."""
    for row in checks.rows(
        "select a.row_no from agencies a semi join insurers i on a.agency_id = i.insurer_id order by 1"
    ):
        message = f"agency_id {checks.value('agencies', 'agency_id', row)} is an insurer's id too"
        checks.add("agencies", row, "shared_id", message, "give the agency another id in all tables")


def _relations(checks: _Checks) -> None:
    for row in checks.rows(
        "select row_no from supervisions where supervising_agency_id = working_agency_id order by 1"
    ):
        agency = checks.value("supervisions", "working_agency_id", row)
        checks.add("supervisions", row, "own_supervisor", f"{agency} supervises itself", "correct one of the two ids")
    for row in checks.rows("select row_no from addresses where person_id is null and party_id is null order by 1"):
        checks.add("addresses", row, "no_owner", "the address belongs to nobody", "fill in person_id or party_id")
    if "people" not in checks.unusable:
        _secondments(checks)
    if "policies" in checks.loaded:
        _unknown_policies(checks)


def _unknown_policies(checks: _Checks) -> None:
    """Consents and transfers may outlive their policy in the ledger: a warning, so that a mistyped number is seen."""
    for name in ("transfers", "consents"):
        rows = checks.rows(
            f'select t.row_no from "{name}" t anti join policies p using (insurer_id, policy_no) order by 1'  # noqa: S608
        )
        say = partial(_key_text, checks, TABLES[name], ("insurer_id", "policy_no"))
        checks.add_rows(
            name,
            rows,
            "unknown_policy",
            lambda row, say=say: f"{say(row)} is not in policies",  # type: ignore[misc]
            "correct the number, unless the policy is over",
            "warning",
        )


def _secondments(checks: _Checks) -> None:
    """A secondee is employed by the home insurer on the first and the last day of the secondment."""
    covered = """exists (select 1 from people p where p.person_id = s.person_id and p.party_id = s.home_insurer_id
                         and s.{day} between p.start and p."end")"""
    both = " and ".join(covered.format(day=day) for day in ("start", '"end"'))
    for row in checks.rows(f"select row_no from secondments s where not ({both}) order by 1"):  # noqa: S608
        person = checks.value("secondments", "person_id", row)
        home = checks.value("secondments", "home_insurer_id", row)
        checks.add(
            "secondments",
            row,
            "not_employed",
            f"{person} is not employed by {home} all this time",
            "add the employment to people, or correct the period",
            "warning",
        )


def _policies(checks: _Checks) -> None:
    for name in ("appointments", "policies"):
        if name not in checks.loaded:
            continue
        own = checks.loaded[name]
        rows = checks.rows(
            f"""select p.row_no from "{name}" p join insurers i using (insurer_id)
                where p.line <> i.kind order by 1"""  # noqa: S608
        )
        report(
            checks.problems,
            own.raw,
            TABLES[name].column("line"),
            own.positions["line"],
            rows,
            "line_of_insurer",
            lambda _: ("does not go with the insurer's kind", "correct the line here, or the kind in insurers"),
        )
    if "policies" not in checks.loaded:
        return
    if "supervisions" not in checks.unusable:
        _working_agencies(checks)
    _shapes(checks)


def _working_agencies(checks: _Checks) -> None:
    for agency, count, first in checks.con.execute(
        """select working_agency_id, count(*), min(row_no) from policies
           where working_agency_id is not null and not exists (
               select 1 from supervisions s where s.working_agency_id = policies.working_agency_id)
           group by 1 order by 1"""
    ).fetchall():
        message = f"working agency {shown(agency)} ({count:,} policies) has no supervision at all"
        checks.add("policies", first, "no_supervision", message, _ADD_SUPERVISION, "warning")


def _shapes(checks: _Checks) -> None:
    """Postcodes and phones of a wrong shape: counted, a few places named, never the values of all."""
    own = checks.loaded["policies"]
    for name, pattern, what in (
        ("postal_code", _POSTAL, "a postcode (7 digits)"),
        ("phone", _PHONE, "a phone number (10 or 11 digits, 0 first)"),
        ("mobile", _PHONE, "a phone number (10 or 11 digits, 0 first)"),
        ("fax", _PHONE, "a phone number (10 or 11 digits, 0 first)"),
    ):
        if name not in own.positions:
            continue
        values = own.data.column(name)
        rows = _misshapen(values, pattern)
        if len(rows):
            lines = ", ".join(str(own.raw.line_of(int(row))) for row in rows[:_SAMPLES])
            header = own.raw.headers[own.positions[name]]
            more = "" if len(rows) <= _SAMPLES else " …"
            checks.problems.add(
                Problem(
                    "warning",
                    "shape",
                    "policies",
                    str(own.raw.path),
                    f"{header} is not {what} in {len(rows):,} rows (lines {lines}{more})",
                    "correct it if matching by it matters",
                    header,
                )
            )


def _misshapen(values: pa.ChunkedArray, pattern: str) -> Rows:
    """Rows whose value does not fit; only values that do not fit as they are written are folded, which is slow."""
    rows = rows_where(pc.invert(pc.match_substring_regex(pc.replace_substring(values, "-", ""), pattern)))
    folded = pc.utf8_normalize(values.take(pa.array(rows)), form="NFKC")
    plain = pc.replace_substring_regex(folded, r"[\s()‐‑‒–—―−ー-]", "")
    wrong: Rows = rows[pc.invert(pc.match_substring_regex(plain, pattern)).to_numpy()]
    return wrong
