"""The planted truth: which findings a sweep of the demo must bring, and the table that follows from them.

The table is counted here by the words of seed 001 and FACTS §3, apart from the product's own counting, so that one
can be held against the other: records of a cause = distinct (agency, insurer, policy); what is both A1 and A2 is
counted once, under A1 (note ※2); unresolved ones stand apart.
"""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path

from sekisho.kernel.files import whole_file


@dataclass(frozen=True, slots=True, order=True)
class ExpectedFinding:
    """One finding to come. ``evidence``: Message-ID without brackets, or ``access.csv:LINE`` / ``deliveries.csv:LINE``.
    ``recipient_party`` is ``?domain`` for somebody whom the registry does not know (``resolved`` is false then)."""

    channel: str
    cause: str
    insurer_id: str
    policy_no: str
    recipient_party: str
    agency_id: str
    evidence: str
    resolved: bool = True


@dataclass(frozen=True, slots=True, order=True)
class ExpectedUnread:
    """One part that must be listed as unread. ``part`` is the attachment's file name, ``reason`` as in
    ``kernel.content.REASONS``."""

    evidence: str
    part: str
    reason: str


@dataclass(frozen=True, slots=True, order=True)
class Harmless:
    """A planted case that must bring no finding, and why."""

    evidence: str
    why: str


@dataclass(frozen=True, slots=True)
class CauseCount:
    """One row of the table."""

    agencies: int
    records: int


@dataclass(slots=True)
class Planted:
    """All that was planted. ``places`` tells in which file under ``evidence/mail`` a planted message lies."""

    findings: list[ExpectedFinding] = field(default_factory=list)
    unread: list[ExpectedUnread] = field(default_factory=list)
    harmless: list[Harmless] = field(default_factory=list)
    places: dict[str, str] = field(default_factory=dict)
    message_count: int = 0

    def table(self) -> dict[str, CauseCount]:
        """Agencies and records per cause, of the resolved findings."""
        return count(finding for finding in self.findings if finding.resolved)

    def apart(self) -> dict[str, CauseCount]:
        """The same of the unresolved ones."""
        return count(finding for finding in self.findings if not finding.resolved)


def count(findings: Iterable[ExpectedFinding]) -> dict[str, CauseCount]:
    """Distinct agencies and records per cause, note ※2 applied."""
    records: dict[str, set[tuple[str, str, str]]] = {}
    for finding in findings:
        records.setdefault(finding.cause, set()).add((finding.agency_id, finding.insurer_id, finding.policy_no))
    if "A2" in records:
        records["A2"] -= records.get("A1", set())
    return {
        cause: CauseCount(agencies=len({agency for agency, _, _ in found}), records=len(found))
        for cause, found in sorted(records.items())
    }


def write_expected(planted: Planted, path: Path) -> None:
    """Write ``expected.json`` (0600)."""
    document = {
        "message_count": planted.message_count,
        "table": {cause: asdict(row) for cause, row in planted.table().items()},
        "apart": {cause: asdict(row) for cause, row in planted.apart().items()},
        "unread": [asdict(row) for row in sorted(planted.unread)],
        "harmless": [asdict(row) for row in sorted(planted.harmless)],
        "places": dict(sorted(planted.places.items())),
        "findings": [asdict(row) for row in sorted(planted.findings)],
    }
    with whole_file(path) as temporary:
        temporary.write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
