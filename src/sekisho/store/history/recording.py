"""What a load changes, kept at each load: which rows are new and which are gone, of what the rule reads.

Kept are the columns of ``entitlement.inputs.REGISTRY`` alone: what an answer of that day rested on. Names and other
data of customers, My Number and unknown columns are never kept here; of a policy's holder only the mail address, which
the rule reads (ground ``subject``). Records of provision to third parties: act on the protection of personal
information, art. 29 (``law/parameters/record_keeping.yaml``).
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path

import pyarrow as pa

from sekisho.entitlement.inputs import REGISTRY
from sekisho.entitlement.script import rule_version
from sekisho.kernel.clock import now
from sekisho.kernel.errors import SekishoError
from sekisho.law.record_keeping import provision_years
from sekisho.registry.problems import Problem, Problems
from sekisho.store.databases.base import Load
from sekisho.store.history.files import (
    ADDED,
    NAME,
    REMOVED,
    Change,
    TableChange,
    clear,
    forget_rows,
    sweep,
    write_change,
)
from sekisho.store.history.multisets import difference
from sekisho.store.history.past import Past

_RESTORE = "where what was known before still matters, restore that load from a backup of the workspace"


def record(workspace: Path, load: Load, tables: Mapping[str, pa.Table], before: Sequence[Load]) -> Change:
    """Keep what ``load`` changes against the last of ``before`` (all loads so far, oldest first).

    Call it before the load comes into force: what is written belongs to it only when the database says that it is one.
    A load before that cannot be read does not stop the new one; the history then begins anew (``gap``). Raises
    ``SekishoError`` when nothing can be written.
    """
    changes: dict[str, TableChange] = {}
    rows: dict[tuple[str, str], pa.Table] = {}
    gap, known = "", None
    if before:
        try:
            known = Past.of(workspace, before).as_kept(before[-1])
        except SekishoError as error:
            gap = f"the load before it ({before[-1].load_id}) could not be read: {error.message}"
    for name, wanted in REGISTRY.items():
        table = tables[name]
        if known is None:
            changes[name] = TableChange(tuple(wanted), table.num_rows, table.num_rows, 0, {})
            continue
        columns = [column for column in wanted if column in known[name].column_names]
        sides = difference([table.select(columns)], [known[name].select(columns)])
        rows |= {(name, side): found for side, found in zip((ADDED, REMOVED), sides, strict=True) if found.num_rows}
        changes[name] = TableChange(tuple(columns), table.num_rows, sides[0].num_rows, sides[1].num_rows, {})
    follows = None if known is None else before[-1].load_id
    change = Change(load.load_id, follows, gap, rule_version(), changes)
    return write_change(workspace / NAME, change, rows)


def tidy(workspace: Path, made: Change, known: Sequence[Load], keep_years: int | None, problems: Problems) -> None:
    """After a load came into force: sweep up leftovers, remove what was kept long enough, and say so in the report of
    the load. ``known``: all loads, oldest first. Raises nothing: the load stands."""
    folder = workspace / NAME
    if made.gap:
        text = f"the history begins anew with this load: {made.gap}"
        problems.add(Problem("warning", "history_gap", "", str(folder), text, _RESTORE))
    if keep_years is not None and keep_years < provision_years():
        text = (
            f"keep_history_years = {keep_years}: records of provision to third parties are to be kept "
            f"{provision_years()} years (law/parameters/record_keeping.yaml)"
        )
        remedy = "raise it in sekisho.toml, or keep those records elsewhere"
        problems.add(Problem("warning", "history_short", "", str(folder), text, remedy))
    try:
        sweep(folder, {load.load_id for load in known})
        if keep_years is not None:
            _forget_before(_years_ago(now(), keep_years), Past.of(workspace, known), problems)
    except (OSError, SekishoError) as error:
        reason = error.strerror if isinstance(error, OSError) else error.message
        text = f"what is to be removed could not be removed ({reason})"
        problems.add(Problem("warning", "history_kept", "", str(folder), text, "check who may write here"))


def _forget_before(cutoff: datetime, past: Past, problems: Problems) -> None:
    """Remove the rows that are needed only for what was believed before ``cutoff``."""
    folder = past.workspace / NAME
    # The load in force at the cutoff must still be rebuilt from later ones; what led to it need not.
    over = [load for load in past.loads if datetime.fromisoformat(load.at) <= cutoff]
    loads_removed = rows_removed = 0
    try:
        for change in (past.changes[load.load_id] for load in over if load.load_id in past.changes):
            if change.pruned_at is not None:
                clear(folder, change)
            elif change.is_linked:
                forget_rows(folder, change, now().isoformat(timespec="seconds"))
                loads_removed, rows_removed = loads_removed + 1, rows_removed + change.row_count
    finally:
        if loads_removed:
            text = (
                f"removed what {loads_removed:,} loads until {over[-1].at} had changed ({rows_removed:,} rows), kept "
                "longer than keep_history_years; what was known before can no longer be rebuilt"
            )
            problems.add(Problem("notice", "history_removed", "", str(folder), text, ""))


def _years_ago(instant: datetime, years: int) -> datetime:
    """The same day of the calendar ``years`` before; 29 February becomes the 28th; never before the year 1."""
    year = max(instant.year - years, date.min.year)
    try:
        return instant.replace(year=year)
    except ValueError:
        return instant.replace(year=year, day=28)
