"""What has to be done after a case, by whom, to whom, until when, and why: judged from the facts that are known.

``duties_of(facts, at)`` for one party, ``duties_by_insurer(cases, at)`` for a case over several insurers.
The rules are data: ``law/parameters/duties.yaml``, ``report_grounds.yaml``, ``amendments.yaml``, ``holidays.yaml``.
"""

from sekisho.law.duties.duty import Answer, Due, Duty, GroundAnswer, State
from sekisho.law.duties.facts import Facts, Role
from sekisho.law.duties.insurers import duties_by_insurer, together
from sekisho.law.duties.judge import duties_of
from sekisho.law.duties.notes import Change, changes, stated, suggested, to_find_out
from sekisho.law.duties.rules import Rules, current_rules, read_rules
from sekisho.law.duties.text import HEADERS, explained, lines

__all__ = [
    "HEADERS",
    "Answer",
    "Change",
    "Due",
    "Duty",
    "Facts",
    "GroundAnswer",
    "Role",
    "Rules",
    "State",
    "changes",
    "current_rules",
    "duties_by_insurer",
    "duties_of",
    "explained",
    "lines",
    "read_rules",
    "stated",
    "suggested",
    "to_find_out",
    "together",
]
