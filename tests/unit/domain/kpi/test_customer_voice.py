"""Surveys, resolution and quality."""

from __future__ import annotations

from dataclasses import replace

import pytest

from centralino.domain.kpi import compute, contact_facts
from centralino.domain.kpi.quality import Evaluation, Mark, interval_alpha, pairs
from centralino.domain.kpi.resolution import (
    DAY_MS,
    Resolved,
    ResolvedBy,
    Touch,
    issues,
    look_back,
)
from centralino.domain.kpi.surveys import Question, SurveyAnswer
from tests.unit.domain.kpi.envelopes import Log


def answers(question: Question, *scores: int) -> list[SurveyAnswer]:
    return [SurveyAnswer(f"ct_{n}", question, score) for n, score in enumerate(scores)]


def test_satisfaction() -> None:
    given = answers(Question.CSAT, 5, 4, 3, 1)
    assert compute("csat", given).value == 0.5
    assert compute("csat.mean", given).value == 3.25
    assert compute("csat", given).counted_ids == ("ct_0", "ct_1")


def test_promoters_less_detractors() -> None:
    assert compute("nps", answers(Question.NPS, 10, 9, 8, 7, 6)).value == 20
    assert compute("nps", answers(Question.NPS, 0, 6, 9)).value == pytest.approx(-100 / 3)


def test_effort() -> None:
    given = answers(Question.CES, 7, 5, 4, 1)
    assert compute("ces", given).value == 4.25
    assert compute("ces.easy", given).value == 0.5


def test_each_question_counts_its_own_answers() -> None:
    mixed = [*answers(Question.CSAT, 5), *answers(Question.RESOLVED, 1, 0, 1)]
    assert compute("csat", mixed).denominator == 1
    assert compute("fcr.survey", mixed).value == 2 / 3
    assert compute("nps", mixed).value is None


@pytest.mark.parametrize(
    ("question", "score"),
    [(Question.CSAT, 0), (Question.CSAT, 6), (Question.NPS, 11), (Question.CES, 8)],
)
def test_a_score_off_the_scale_is_refused(question: Question, score: int) -> None:
    with pytest.raises(ValueError, match=f"ct_1: {question} {score} is not"):
        SurveyAnswer("ct_1", question, score)


def test_an_issue_that_comes_back_within_the_window_was_not_resolved() -> None:
    resolved = [
        Resolved("kept", "anna", 0, "bill"),
        Resolved("other_topic", "bruno", 0, "bill"),
        Resolved("back", "carla", 0, "bill"),
        Resolved("back_late", "dino", 0, "bill"),
        Resolved("too_recent", "anna", 10 * DAY_MS, "bill"),
        Resolved("nobody", None, 0, "bill"),
    ]
    touches = [
        Touch("kept", "anna", 0, "bill"),
        Touch("t1", "bruno", DAY_MS, "line"),
        Touch("t2", "carla", 7 * DAY_MS, "bill"),
        Touch("t3", "dino", 7 * DAY_MS + 1, "bill"),
    ]
    value = compute("fcr", look_back(resolved, touches, observed_until_ms=14 * DAY_MS))
    assert (value.numerator, value.denominator) == (3, 4)
    assert value.counted_ids == ("back_late", "kept", "other_topic")
    assert set(value.contact_ids) == {"kept", "other_topic", "back_late", "back", "t2"}
    short = compute("fcr", look_back(resolved, touches, 14 * DAY_MS, days=1))
    assert (short.numerator, short.denominator) == (5, 5)


def test_the_agents_own_mark_is_a_figure_of_its_own() -> None:
    marks = [
        Resolved("ct_1", None, 0, agent_marked=True),
        Resolved("ct_2", None, 0, agent_marked=False),
        Resolved("ct_3", None, 0),
    ]
    value = compute("fcr.agent_marked", look_back(marks, [], DAY_MS))
    assert (value.numerator, value.denominator) == (1, 2)


def test_self_service_that_did_not_help() -> None:
    log = Log()
    for contact, start in (("ct_1", 0), ("ct_2", DAY_MS)):
        log.started(contact, start)
    log.started("ct_3", 0)
    log.add("ct_1", "ContactClosed", 1_000, outcome="self_served")
    log.add("ct_3", "ContactClosed", 1_000, outcome="self_served")
    log.enqueued("ct_2", DAY_MS)
    log.connected("ct_2", DAY_MS, DAY_MS)
    log.finished("ct_2", DAY_MS + 9_000, DAY_MS + 9_000)
    customers = {"ct_1": "anna", "ct_2": "anna", "ct_3": "bruno"}
    resolved, touches = issues(
        replace(fact, customer=customers[fact.contact_id], topic="hours")
        for fact in contact_facts(log.events)
    )
    assert [r.by for r in resolved].count(ResolvedBy.AGENT) == 1
    looked = look_back(resolved, touches, 30 * DAY_MS)
    value = compute("repeat_after_selfservice", looked)
    assert (value.numerator, value.denominator) == (1, 2)
    assert value.counted_ids == ("ct_1", "ct_2")
    assert compute("fcr", looked).value == 1


def test_a_window_of_no_days_is_refused() -> None:
    with pytest.raises(ValueError, match="days must be 1 or more"):
        look_back([], [], 0, days=0)


def form(contact: str, evaluator: str, *scores: float) -> Evaluation:
    weights = (3.0, 1.0)
    marks = zip(("greeting", "answer"), scores, weights, strict=True)
    return Evaluation(contact, evaluator, tuple(Mark(c, s, 5, w) for c, s, w in marks))


def test_quality_is_weighted() -> None:
    value = compute("quality_score", [form("ct_1", "eva", 5, 0), form("ct_2", "eva", 2.5, 2.5)])
    assert value.value == pytest.approx(100 * (3 + 2) / 8)


def test_evaluators_agree_or_not() -> None:
    forms = [
        form("ct_1", "eva", 5, 3),
        form("ct_1", "leo", 5, 4),
        form("ct_1", "pia", 5, 4),
        form("ct_2", "eva", 1, 1),
    ]
    value = compute("quality_agreement", pairs(forms))
    assert (value.numerator, value.denominator) == (4, 6)
    assert value.contact_ids == ("ct_1",)


def test_agreement_beyond_chance_as_its_author_works_it_out() -> None:
    """Krippendorff (2011), section E: four observers, twelve units, interval alpha 0.849."""
    observers = ("123321412...", "123322412 5.3", ".33323422 51.", "123324412 51.")
    rows = [row.replace(" ", "") for row in observers]
    units = [[float(row[u]) for row in rows if row[u] != "."] for u in range(12)]
    assert interval_alpha(units) == pytest.approx(0.849, abs=5e-4)
    assert interval_alpha([[1, 1], [1, 1]]) is None
    assert interval_alpha([[1], [2]]) is None
    assert interval_alpha([[1, 1], [2, 2]]) == 1


@pytest.mark.parametrize(
    ("score", "best", "weight"), [(6, 5, 1), (-1, 5, 1), (1, 0, 1), (1, 5, -1)]
)
def test_a_mark_off_its_scale_is_refused(score: float, best: float, weight: float) -> None:
    with pytest.raises(ValueError, match="greeting"):
        Mark("greeting", score, best, weight)
