"""Duties as rows of a table for a terminal or a page; nothing is decided here, and nothing is coloured."""

from collections.abc import Iterable
from datetime import date

from sekisho.law.calendar import written
from sekisho.law.duties.duty import Duty, State
from sekisho.law.duties.facts import Role
from sekisho.law.duties.rules import Rules, current_rules
from sekisho.law.duties.words import ANSWERS, BY, STATES

HEADERS = ("期限", "要否", "すること", "だれが", "だれに", "根拠", "理由", "期限の数え方")
_ORDER = (State.DUE, State.UNDECIDED, State.NOT_DUE)


def lines(duties: Iterable[Duty], at: date, rules: Rules | None = None) -> tuple[tuple[str, ...], ...]:
    """One row for each duty, as ``HEADERS``: due first, by day, then undecided, then not due. ``at`` is today, for the
    days left."""
    forces = (rules or current_rules()).forces
    ordered = sorted(duties, key=lambda duty: (_ORDER.index(duty.state), duty.last_due or date.max))
    return tuple(_line(duty, at, forces[duty.force]) for duty in ordered)


def explained(duty: Duty, rules: Rules | None = None) -> tuple[str, ...]:
    """One duty with all it rests on, as lines of text: what, why, every ground that was asked, how days were counted,
    and by which version of the data."""
    rules = rules or current_rules()
    rows = [
        f"{duty.ja} ({BY[duty.by]} → {duty.to}): {_state(duty, rules.forces[duty.force])}",
        f"  理由: {duty.because}",
        f"  根拠: {duty.reference}",
    ]
    for ground in duty.grounds:
        rows.append(f"  {ground.code} {ground.ja}: {ANSWERS[ground.answer]} ({ground.because})")
        rows.append(f"    {ground.words} [{ground.reference}]")
    rows += [f"  分かっていないこと: {rules.unknowns[code]}" for code in duty.missing]
    rows.append(f"  いつまでに: {duty.when}")
    for due in duty.dues:
        kind = "期限" if due.binding else "目安"
        rows.append(f"    {kind} {written(due.on)}: {due.how} [{due.reference}]")
        rows += [f"      ※{due.remark}"] if due.remark else []
    rows += [f"  ※{remark}" for remark in duty.remarks]
    rows.append(f"  適用した法令: {duty.law_on.isoformat()} 時点, データ {duty.version}")
    return tuple(rows)


def _state(duty: Duty, force: str) -> str:
    return STATES[duty.state] if duty.force == "obligation" else f"{STATES[duty.state]} ({force})"


def _line(duty: Duty, at: date, force: str) -> tuple[str, ...]:
    party = BY[duty.by] + (f" {duty.insurer_id}" if duty.insurer_id and duty.by is Role.INSURER else "")
    hows = "\n".join([*(due.how + (f" ※{due.remark}" if due.remark else "") for due in duty.dues)])
    because = "\n".join([duty.because, *(f"※{remark}" for remark in duty.remarks)])
    return (_when(duty, at), _state(duty, force), duty.ja, party, duty.to, duty.reference, because, hows)


def _when(duty: Duty, at: date) -> str:
    if duty.state is State.NOT_DUE:
        return "－"
    if not duty.dues:
        return duty.when
    last = duty.dues[-1]
    left = (last.on - at).days
    rest = f"あと{left}日" if left > 0 else ("本日" if left == 0 else f"{-left}日超過")
    kind = "" if last.binding else "目安 "
    if len(duty.dues) > 1 and duty.dues[0].on != last.on:
        return f"{kind}{written(duty.dues[0].on)} ～ {written(last.on)} ({rest})"
    return f"{kind}{written(last.on)} ({rest})"
