"""The disclosure table of an incident that was counted by hand: the same shape, so that every document can be made."""

from collections.abc import Sequence
from datetime import date

from sekisho.incidents.model import HandCount
from sekisho.incidents.table import DisclosureTable, Row
from sekisho.law.causes import causes


def table_by_hand(counts: Sequence[HandCount], as_of: date) -> DisclosureTable:
    """The figures as they were told. Persons of several lines are added: nobody can bring them together by name, so
    with more than one line the number is the largest possible."""
    order = list(causes())
    rows = []
    for code in sorted({one.cause for one in counts}, key=order.index):
        of_cause = [one for one in counts if one.cause == code]
        records = sum(one.records for one in of_cause)
        rows.append(
            Row(
                cause=code,
                name=causes()[code].ja,
                agency_count=len({one.agency_id for one in of_cause} - {""}),
                record_count=records,
                policy_count=records,
                people=sum(one.people for one in of_cause),
                corporate_count=sum(one.corporate for one in of_cause),
                finding_count=0,
            )
        )
    items: dict[str, int] = {}
    for one in counts:
        for item in one.items:
            items[item] = items.get(item, 0) + one.records
    return DisclosureTable(
        as_of=as_of,
        rows=tuple(rows),
        agency_count_summed=sum(row.agency_count for row in rows),
        agency_count_distinct=len({one.agency_id for one in counts} - {""}),
        record_count_summed=sum(row.record_count for row in rows),
        record_count_distinct=sum(row.record_count for row in rows),
        policy_count_distinct=sum(row.policy_count for row in rows),
        people_distinct=sum(row.people for row in rows),
        people_are_upper_bound=len(counts) > 1,
        corporate_count_distinct=sum(row.corporate_count for row in rows),
        both_causes=(),
        unresolved=(),
        outside_findings=0,
        items=tuple(sorted(items.items(), key=lambda item: (-item[1], item[0]))),
        undated_findings=0,
    )
