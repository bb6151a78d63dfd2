"""What customers said, from the event log alone.

Decides which answer counts: the first of a contact to each question. What it says of the service
is worked out in :mod:`centralino.domain.kpi.surveys`.
"""

from __future__ import annotations

from collections.abc import Iterable

from centralino.domain.kpi.event_log import Event, in_order, reason
from centralino.domain.kpi.surveys import Question, SurveyAnswer

_ANSWERED = "SurveyAnswered"


def survey_answers(events: Iterable[Event]) -> list[SurveyAnswer]:
    """Return the answers of a log, one for each contact and question.

    Parameters
    ----------
    events
        Envelopes in any order; a repeated (entity_id, sequence) counts once.

    Raises
    ------
    ValueError
        An event is not one of the contract, or its score is outside the scale.
    """
    answers: dict[tuple[str, Question], SurveyAnswer] = {}
    for event in in_order(events):
        if event.type != _ANSWERED:
            continue
        try:
            question = Question(event.data["question"])
            answer = SurveyAnswer(event.entity_id, question, int(event.data["score"]))
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(
                f"event {event.entity_id}#{event.sequence} {event.type}: {reason(error)}"
            ) from error
        answers.setdefault((event.entity_id, question), answer)
    return list(answers.values())
