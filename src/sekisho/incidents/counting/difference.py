"""Two countings compared: why each figure changed, and every line that came, went or moved (seeds 000, 001: figures
change from disclosure to disclosure).

A figure counts elements (agencies, policies, holders, agency × policy) of the lines of a scope (a cause, an insurer,
all). Every element that is new or gone has exactly one reason, that of the lines it stands in; so the reasons add up to
the change, and this is checked each time.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from importlib import resources

import duckdb
import pyarrow as pa

from sekisho.incidents.counting.counted import Lines
from sekisho.incidents.counting.decisions import Decided, Decision
from sekisho.incidents.counting.figures import Figures, figures_by, figures_of
from sekisho.incidents.counting.lines import as_of_day, numbered
from sekisho.kernel.bulk import in_memory
from sekisho.kernel.errors import SekishoError
from sekisho.law.causes import counted_once

REASONS = {
    "new_evidence": "新たに見つかった",
    "happened_since": "前回の時点より後に起きた",
    "counted_once": "注※2により数える原因が変わった",
    "recaused": "原因の判定が変わった",
    "agency": "数える代理店が変わった",
    "decided": "名寄せの判断 (同一人か否か) による",
    "parted": "名寄せの判断を取り消した、または別人と判断した",
    "holder_data": "契約者の登録情報が変わった",
    "kind": "契約者の種別 (個人・法人) が変わった",
    "after_as_of": "今回の時点より後に起きたもの",
    "not_found": "今回の検知にはない",
    "evidence": "同じ契約の検知が増えた・減った",
}
"""Why something changed: code → in words. An element of several lines has the first that fits, in this order."""

LISTED = pa.schema(
    [
        ("what", pa.string()),  # came | went | moved | changed
        ("reason", pa.string()),
        ("insurer_id", pa.string()),
        ("policy_no", pa.string()),
        ("cause_before", pa.string()),  # null where the line is new
        ("cause", pa.string()),  # null where it is gone
        ("agency_before", pa.string()),
        ("agency_id", pa.string()),
        ("person_before", pa.string()),
        ("person", pa.string()),
        ("finding_count_before", pa.int64()),
        ("finding_count", pa.int64()),
    ]
)


@dataclass(frozen=True, slots=True)
class Step:
    """One reason of a change: what it brought and what it took."""

    reason: str
    came: int
    went: int


@dataclass(frozen=True, slots=True)
class Change:
    """One figure (a field of ``Figures``) of one scope: ``kind`` cause | insurer | total, ``name`` its code or id."""

    kind: str
    name: str
    figure: str
    before: int
    after: int
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """``changes``: all figures that changed. ``lines``: LISTED, every line that is not the same, sorted."""

    before: date
    after: date
    changes: tuple[Change, ...]
    lines: pa.Table

    def change(self, figure: str, kind: str = "total", name: str = "") -> Change | None:
        """The change of one figure; None when it did not change."""
        wanted = (kind, name, figure)
        return next((one for one in self.changes if (one.kind, one.name, one.figure) == wanted), None)


_SCOPES = {"cause": "cause", "insurer": "insurer_id", "total": "''"}
_ELEMENTS = {
    "agencies": ("agency_id", "agency_id <> ''", "line_reason"),
    "records": ("agency_id || chr(31) || insurer_id || chr(31) || policy_no", "true", "line_reason"),
    "policies": ("insurer_id || chr(31) || policy_no", "true", "line_reason"),
    "people": ("person", "kind <> 'corporate'", "holder_reason"),
    "corporate": ("person", "kind = 'corporate'", "holder_reason"),
}
"""Figure → what it counts, of which lines, and whose reason it has."""


def difference(before: pa.Table, after: pa.Table, decisions: Iterable[Decision] = ()) -> Difference:
    """Compare two tables of counted lines (``lines.counted_lines``, ``read_lines``). ``decisions``: those by which
    ``after`` was counted; they tell which holders became one by decision, and which are no longer.

    Raises ``InputError`` when one of them is no such table, or decisions contradict each other.
    """
    days = as_of_day(before), as_of_day(after)
    decisions = tuple(decisions)
    with in_memory() as con:
        con.register("before_lines", before.replace_schema_metadata(None))
        con.register("after_lines", after.replace_schema_metadata(None))
        con.register("renamed", _renamed(decisions))
        con.register("parted", _parted(decisions))
        con.register("once", _once())
        con.register("reason_order", pa.table({"reason": list(REASONS), "place": list(range(len(REASONS)))}))
        text = resources.files("sekisho.incidents.counting").joinpath("difference.sql").read_text(encoding="utf-8")
        for name, day in zip(("before_day", "after_day"), days, strict=True):
            text = text.replace(f"${name}", f"'{day.isoformat()}'")
        con.execute(text)
        lines = con.sql(_LISTED).to_arrow_table().cast(LISTED)
        changes = _changes(con, before, after)
    return Difference(*days, changes, lines)


def _renamed(decisions: Iterable[Decision]) -> pa.Table:
    renamed = Decided(decisions).renamed()
    columns = {"person": list(renamed), "counted_as": list(renamed.values())}
    return pa.table({name: pa.array(values, pa.string()) for name, values in columns.items()})


def _parted(decisions: Iterable[Decision]) -> pa.Table:
    """Pairs that people decided to be two holders, each way round."""
    pairs = [pair for one in sorted(Decided(decisions).different()) for pair in (one, one[::-1])]
    columns = {"person_before": [pair[0] for pair in pairs], "person": [pair[1] for pair in pairs]}
    return pa.table({name: pa.array(values, pa.string()) for name, values in columns.items()})


def _once() -> pa.Table:
    """The pairs of note ※2, each way round."""
    pairs = [pair for kept, dropped in counted_once() for pair in ((kept, dropped), (dropped, kept))]
    columns = {"cause_before": [pair[0] for pair in pairs], "cause": [pair[1] for pair in pairs]}
    return pa.table({name: pa.array(values, pa.string()) for name, values in columns.items()})


_LISTED = """
SELECT what, reason, insurer_id, policy_no, cause_before, cause, agency_before, agency_id, person_before, person,
       finding_count_before, finding_count
FROM compared WHERE reason <> ''
ORDER BY insurer_id, policy_no, coalesce(cause_before, ''), coalesce(cause, ''), coalesce(agency_before, ''),
         coalesce(agency_id, '')
"""


def _changes(con: duckdb.DuckDBPyConnection, before: pa.Table, after: pa.Table) -> tuple[Change, ...]:
    told = _figures(before, after)
    steps: dict[tuple[str, str, str], dict[str, tuple[int, int]]] = {}
    for kind, scope in _SCOPES.items():
        for figure in Figures.__slots__:
            query = _findings_query(scope) if figure == "findings" else _elements_query(scope, *_ELEMENTS[figure])
            for name, reason, came, went in con.execute(query).fetchall():
                steps.setdefault((kind, name, figure), {})[reason] = (int(came), int(went))
    changes = []
    for key in sorted(told):
        old, new = told[key]
        ordered = [Step(reason, *steps.get(key, {})[reason]) for reason in REASONS if reason in steps.get(key, {})]
        if old + sum(step.came - step.went for step in ordered) != new:
            raise SekishoError(
                f"the reasons do not add up to the change of {'/'.join(key)}", remedy="report it; tell neither figure"
            )
        if old != new or ordered:
            changes.append(Change(*key, old, new, tuple(ordered)))
    return tuple(changes)


def _elements_query(scope: str, element: str, where: str, reason: str) -> str:
    """How many elements are only before or only after, by scope and reason."""
    return f"""
      WITH found AS (
        SELECT {scope} AS scope, {element} AS element, bool_or(is_old) AS old, bool_or(NOT is_old) AS new,
               min_by({reason}, place) AS reason
        FROM side LEFT JOIN reason_order AS o ON o.reason = {reason}
        WHERE {where} GROUP BY scope, element)
      SELECT scope, reason, count(*) FILTER (new), count(*) FILTER (old)
      FROM found WHERE old <> new GROUP BY scope, reason
    """  # noqa: S608  (own column names)


def _findings_query(scope: str) -> str:
    """Findings more and fewer, by scope and reason; a line that stays counts what it has more or fewer."""
    return f"""
      WITH each AS (
        SELECT {scope} AS scope, cause, agency_id, insurer_id, policy_no, max(line_reason) AS reason,
               sum(CASE WHEN is_old THEN -finding_count ELSE finding_count END) AS more
        FROM side GROUP BY ALL)
      SELECT scope, CASE WHEN reason = '' THEN 'evidence' ELSE reason END AS why,
             coalesce(sum(more) FILTER (more > 0), 0), coalesce(-sum(more) FILTER (more < 0), 0)
      FROM each WHERE more <> 0 GROUP BY scope, why
    """  # noqa: S608  (own column names)


def _figures(before: pa.Table, after: pa.Table) -> dict[tuple[str, str, str], tuple[int, int]]:
    """(kind, name, figure) → its value before and after."""
    found: dict[tuple[str, str, str], tuple[int, int]] = {}
    for at, (table, lines) in enumerate(zip((before, after), numbered([before, after]), strict=True)):
        for kind, name, figures in _scoped(table, lines):
            for figure in Figures.__slots__:
                old = found.get((kind, name, figure), (0, 0))
                value = getattr(figures, figure)
                found[kind, name, figure] = (value, old[1]) if at == 0 else (old[0], value)
    return found


def _scoped(table: pa.Table, lines: Lines) -> Iterable[tuple[str, str, Figures]]:
    yield "total", "", figures_of(lines)
    for kind, column, numbers in (("cause", "cause", lines.cause), ("insurer", "insurer_id", lines.insurer)):
        for number, figures in enumerate(figures_by(lines, numbers, int(numbers.max(initial=-1)) + 1)):
            if figures.records:
                yield kind, table[column][int((numbers == number).argmax())].as_py(), figures
