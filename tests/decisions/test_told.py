"""Answers and lines of the record are put together of pieces: the same text as from the whole."""

import json
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from sekisho.decisions.asked import Ask
from sekisho.decisions.told import Answer, evaluation, evaluation_text, members, record, told_of
from sekisho.entitlement.questions import Question
from sekisho.law.items import codes_of

names = st.one_of(st.none(), st.sampled_from(["AOBA", '青葉\\"代理店\n\u2028', "\x7f<é>"]))
answers = st.builds(
    Answer,
    verdict=st.just("not_entitled"),
    missing=st.sampled_from(["relation", "duty"]),
    party_id=names,
    person_id=names,
    seconded_from=names,
    insurer_id=names,
) | st.builds(
    Answer,
    verdict=st.just("entitled"),
    ground=st.sampled_from(["handling", "subject"]),
    party_id=names,
    person_id=names,
)
days = st.dates(date(2020, 1, 1), date(2030, 1, 1))
texts = st.sampled_from(["AOBA", '青葉"\\', "view"])
asks = st.builds(
    Ask,
    question=st.builds(
        Question,
        viewer=st.sampled_from(["", "AOBA", '佐藤"']),
        policy_no=st.sampled_from(["", "K-1", "Ｋ\\1"]),
        insurer_id=names,
        on=days,
        items=st.sampled_from([0, 1, 3]),
        purpose=names,
    ),
    kind=texts,
    action=st.sampled_from(["", "view", '見る"']),
)


@given(answer=answers, on=days, load=texts)
def test_an_evaluation(answer: Answer, on: date, load: str) -> None:
    whole = json.dumps(evaluation(answer, on, "0123", load), ensure_ascii=False, separators=(",", ":"))
    assert evaluation_text(answer, on, "0123", load) == whole


@given(ask=asks, answer=answers)
def test_a_line_of_the_record(ask: Ask, answer: Answer) -> None:
    question = ask.question
    whole = members(
        {
            "action": ask.action,
            "type": ask.kind,
            "viewer": question.viewer,
            "on": question.on.isoformat(),
            "items": list(codes_of(question.items)) or None,
            "purpose": question.purpose,
            "insurer_id": answer.insurer_id or question.insurer_id,
            "policy_no": question.policy_no,
            "verdict": answer.verdict,
            "ground": answer.ground,
            "missing": answer.missing,
            "party": answer.party_id,
            "person": answer.person_id,
            "seconded_from": answer.seconded_from,
        }
    )
    assert record(ask, told_of(answer)) == whole
