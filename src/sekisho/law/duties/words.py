"""Japanese words for the codes of a judgement, as screens and papers show them."""

from sekisho.law.duties.duty import Answer, State
from sekisho.law.duties.facts import Role

STATES = {State.DUE: "要", State.UNDECIDED: "未定", State.NOT_DUE: "不要"}
BY = {Role.INSURER: "保険会社", Role.AGENCY: "代理店", Role.BOTH: "保険会社・代理店"}
ANSWERS = {Answer.YES: "当たる", Answer.NO: "当たらない", Answer.UNKNOWN: "分からない"}
