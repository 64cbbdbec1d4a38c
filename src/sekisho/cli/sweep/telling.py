"""What a sweep found, in words and as a document."""

from collections import Counter
from pathlib import Path

import pyarrow as pa

from sekisho.cli.show import say
from sekisho.disclosures.model import Disclosures
from sekisho.findings.model import UNRESOLVED
from sekisho.kernel.content import REASONS

GAPS_SHOWN = 20
JSON_UNREAD = 1000
"""Unread parts listed in the --json document; the file beside the findings has all of them."""


def _counts(findings: pa.Table) -> tuple[int, int]:
    unresolved = sum(1 for miss in findings.column("ground_missing").to_pylist() if miss.startswith(UNRESOLVED))
    return findings.num_rows - unresolved, unresolved


def summary(seen: Disclosures, findings: pa.Table, out: Path, unread_file: Path) -> dict[str, object]:
    decided, unresolved = _counts(findings)
    return {
        "read": seen.read_count,
        "known_before": seen.known_count,
        "gone": {
            "messages": seen.gone_count,
            "files": seen.gone_files_count,
            "file_names": list(seen.gone_files),
        },
        "disclosing": seen.events.num_rows + seen.settled_count,
        "findings": decided,
        "unresolved": unresolved,
        "by_cause": dict(sorted(Counter(findings.column("cause").to_pylist()).items())),
        "by_confidence": dict(sorted(Counter(findings.column("confidence").to_pylist()).items())),
        "log_gaps": [{"system": system, "first": first, "last": last} for system, first, last in seen.gaps],
        "out": str(out),
        "unread_count": seen.unread.num_rows,
        "unread_by_reason": dict(sorted(Counter(seen.unread.column("reason").to_pylist()).items())),
        "unread": seen.unread.slice(0, JSON_UNREAD).to_pylist(),
        "unread_file": str(unread_file),
    }


def tell(seen: Disclosures, findings: pa.Table, out: Path, unread_file: Path) -> None:
    decided, unresolved = _counts(findings)
    known = f" (うち {seen.known_count:,} 件は以前に読み取り済み)" if seen.known_count else ""
    disclosing = seen.events.num_rows + seen.settled_count
    say(f"読み取り {seen.read_count:,} 件{known}、うち契約情報を含むもの {disclosing:,} 件")
    say(f"検知 {decided:,} 件、確認が必要 {unresolved:,} 件 → {out}")
    for cause, count in sorted(Counter(findings.column("cause").to_pylist()).items()):
        say(f"  {cause or '原因未特定'}: {count:,}")
    if seen.unread.num_rows:
        say(f"読めなかった箇所 {seen.unread.num_rows:,} 件 → {unread_file}")
        for reason, count in Counter(seen.unread.column("reason").to_pylist()).most_common():
            say(f"  {REASONS.get(reason, reason)}: {count:,}")
    if seen.gone_count:
        say(f"以前の読み取りにあり今回見つからないメッセージ {seen.gone_count:,} 件 (検知は残しています)")
        for name in seen.gone_files:
            say(f"  今回見つからないファイル: {name}")
        if seen.gone_files_count > len(seen.gone_files):
            say(f"  ほか {seen.gone_files_count - len(seen.gone_files):,} ファイル")
    if seen.gaps:
        say(f"記録のない期間 {len(seen.gaps):,} か所 (この間の閲覧は確かめられません)")
        for system, first, last in seen.gaps[:GAPS_SHOWN]:
            say(f"  {system}: {first}" + (f" 〜 {last}" if last != first else ""))
    say(f"次に: sekisho incident table {out}")
