"""Answers to surveys read from the event log: the first of a contact to each question counts."""

from __future__ import annotations

from typing import Any

import pytest

from centralino.domain.kpi.survey_answers import survey_answers
from centralino.domain.kpi.surveys import Question, SurveyAnswer


def answered(contact: str, sequence: int, question: object, score: object) -> dict[str, Any]:
    return {
        "detail-type": "SurveyAnswered",
        "detail": {
            "metadata": {
                "entity_id": contact,
                "sequence": sequence,
                "event_id": f"ev{sequence}",
                "occurred_at": 1_000 * sequence,
            },
            "data": {"question": question, "score": score, "queue": None},
        },
    }


def test_the_first_answer_to_each_question_counts_in_whatever_order_they_come() -> None:
    first, later = answered("a", 3, "csat", 5), answered("a", 7, "csat", 1)
    other, elsewhere = answered("a", 4, "nps", 10), answered("b", 2, "ces", 7)
    expected = [
        SurveyAnswer("a", Question.CSAT, 5),
        SurveyAnswer("a", Question.NPS, 10),
        SurveyAnswer("b", Question.CES, 7),
    ]
    assert survey_answers([later, elsewhere, first, first, other]) == expected


def test_other_events_say_nothing() -> None:
    event = answered("a", 1, "csat", 5)
    assert survey_answers([{**event, "detail-type": "ContactClosed"}]) == []


@pytest.mark.parametrize(
    ("question", "score"), [("csat", 6), ("stars", 3), ("nps", "many"), ("ces", None)]
)
def test_an_answer_outside_its_scale_is_no_event_of_the_contract(
    question: object, score: object
) -> None:
    with pytest.raises(ValueError, match="event a#1 SurveyAnswered"):
        survey_answers([answered("a", 1, question, score)])
