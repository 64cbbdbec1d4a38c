"""An audit and a plan of scopes as lines for a person (Japanese)."""

from collections.abc import Iterator

import pyarrow.compute as pc

from sekisho.entitlement.explain import missing_names
from sekisho.findings.scope_audit import CauseCount, ScopeAudit
from sekisho.findings.scope_plan import Amount, ScopePlan

SHOWN = 15
"""Rows of a list on the screen; ``--list`` writes all."""


def audit_lines(found: ScopeAudit, name: str, digest: str) -> Iterator[str]:
    """What was looked at, what exceeds, and upon what the answer rests."""
    yield f"参照範囲の点検 ({found.on} 時点): {name}"
    yield (
        f"設定 {found.scope_count:,} 行 (うち有効 {found.in_force_count:,} 行)、閲覧者 {found.viewer_count:,}、"
        f"台帳の契約 {found.policy_count:,} 件"
    )
    yield ""
    if found.total is None:
        yield "超過 0 件: 規則が認めない契約を参照できる設定はありません"
    else:
        yield from _causes(found)
        yield from _listed(found)
    if found.unresolved:
        yield ""
        yield f"台帳にない閲覧者 {len(found.unresolved):,} (誰が見るか確かめられません):"
        for viewer, count in found.unresolved[:SHOWN]:
            yield f"  {viewer}: 設定が見せる契約 {count:,} 件"
    yield ""
    yield f"規則の版 {found.rule_version}・台帳の版 {found.registry_version[:12]}・設定の SHA-256 {digest[:12]}"


def _causes(found: ScopeAudit) -> Iterator[str]:
    yield f"超過 {found.excess_count:,} 件: 規則が認めない契約を参照できます"
    for row in found.rows:
        yield f"  {row.cause or '—'} {row.name}"
        yield f"     {_counts(row)}"
    assert found.total is not None  # noqa: S101  (the caller looked)
    yield f"  {found.total.name}"
    yield f"     {_counts(found.total)}"


def _counts(row: CauseCount) -> str:
    return (
        f"対象 (統括・取扱) 代理店 {row.agency_count:,}社 (延べ {row.pair_count:,})、閲覧側 {row.viewer_count:,}、"
        f"保険会社 {row.insurer_count:,}、契約 {row.policy_count:,}件 (延べ {row.shown_count:,})、"
        f"契約者 {row.customer_count:,}"
    )


def _listed(found: ScopeAudit) -> Iterator[str]:
    order = pc.sort_indices(found.listing, sort_keys=[("policy_count", "descending")])
    names = missing_names()
    yield ""
    yield "多いものから (すべては --list FILE.csv、契約ごとは --out FILE):"
    for row in found.listing.take(order[:SHOWN]).to_pylist():
        why = names.get(row["missing"], row["missing"])
        yield (
            f"  {row['viewer_party'] or '(誰でもない)'} → {row['agency_id']} 扱いの {row['insurer_id']}: "
            f"{row['policy_count']:,}件  {row['cause'] or '—'} 不足: {why}"
        )
    if found.listing.num_rows > SHOWN:
        yield f"  ほか {found.listing.num_rows - SHOWN:,} 行"


def plan_lines(found: ScopePlan) -> Iterator[str]:
    """What a change opens and closes, and whether it may be made."""
    yield f"参照範囲の変更案 ({found.on} 時点)"
    yield f"  開く: {_amount(found.opens)}"
    if found.opens_beyond.pair_count:
        yield f"    うち規則を超える: {_amount(found.opens_beyond)}"
        for line in _beyond(found):
            yield f"      {line}"
    yield f"  閉じる: {_amount(found.closes)}"
    yield f"  案のままでは見られない (規則は認める): {_amount(found.lacks)}"
    for one in found.missing.slice(0, SHOWN).to_pylist():
        yield (
            f"    {one['viewer_id']}: {one['agency_id']} 扱いの {one['insurer_id']} "
            f"({one['line']}) {one['policy_count']:,}件"
        )
    if found.missing.num_rows > SHOWN:
        yield f"    ほか {found.missing.num_rows - SHOWN:,} 行"
    yield ""
    if not found.refused:
        yield "判定: 変更してよい (変更後の超過 0 件)"
        return
    if found.after.total is not None:
        yield f"判定: 変更してはならない (変更後も規則を超える契約 {found.after.excess_count:,} 件)"
        for row in found.after.rows:
            yield f"  {row.cause or '—'} {row.name}: {_counts(row)}"
    for viewer, count in found.after.unresolved[:SHOWN]:
        yield f"  閲覧者 {viewer} が台帳にありません (設定が見せる契約 {count:,} 件)"


def _amount(amount: Amount) -> str:
    if not amount.pair_count:
        return "なし"
    insurers = "、".join(f"{insurer} {count:,}" for insurer, count in amount.by_insurer[:SHOWN])
    return (
        f"閲覧者 {amount.viewer_count:,}・契約 {amount.policy_count:,}件 (延べ {amount.pair_count:,})・"
        f"契約者 {amount.customer_count:,} [{insurers}]"
    )


def _beyond(found: ScopePlan) -> Iterator[str]:
    names = missing_names()
    wrong = found.changes.filter(
        pc.and_(pc.equal(found.changes.column("change"), "opens"), pc.invert(found.changes.column("within_rule")))
    )
    for row in wrong.slice(0, SHOWN).to_pylist():
        why = names.get(row["missing"], row["missing"])
        yield (
            f"{row['viewer_id']} → {row['agency_id']} 扱いの {row['insurer_id']} ({row['line']}) "
            f"{row['policy_count']:,}件  不足: {why}"
        )
    if wrong.num_rows > SHOWN:
        yield f"ほか {wrong.num_rows - SHOWN:,} 行"
