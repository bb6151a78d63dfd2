"""What customers said when asked: satisfaction, recommendation, effort, resolution.

Decides how answers on each scale turn into a figure. Never decides who is asked.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from centralino.domain.kpi.definitions import Kpi, Measure, Number, Parameters, Unit


class Question(StrEnum):
    """What was asked."""

    CSAT = "csat"
    NPS = "nps"
    CES = "ces"
    RESOLVED = "resolved"


_SCALES = {
    Question.CSAT: (1, 5),
    Question.NPS: (0, 10),
    Question.CES: (1, 7),
    Question.RESOLVED: (0, 1),
}


@dataclass(frozen=True, slots=True)
class SurveyAnswer:
    """One answer: CSAT 1 to 5, NPS 0 to 10, CES 1 (hard) to 7 (easy), resolved 0 or 1."""

    contact_id: str
    question: Question
    score: int

    def __post_init__(self) -> None:
        """Reject a score outside its scale."""
        low, high = _SCALES[self.question]
        if not low <= self.score <= high:
            raise ValueError(
                f"contact {self.contact_id}: {self.question} {self.score} is not {low} to {high}"
            )

    @property
    def contact_ids(self) -> tuple[str, ...]:
        """The contact the customer was asked about."""
        return (self.contact_id,)


def _scored(question: Question, points: Callable[[int], int | None]) -> Measure[SurveyAnswer]:
    def measure(fact: SurveyAnswer, _: Parameters, /) -> Number | None:
        return points(fact.score) if fact.question is question else None

    return measure


def _one(_: int) -> int:
    return 1


def _promoter_balance(score: int) -> int:
    if score >= 9:
        return 1
    return -1 if score <= 6 else 0


def _figure(
    name: str,
    question: Question,
    unit: Unit,
    formula: str,
    english: str,
    italian: str,
    points: Callable[[int], int | None],
    scale: Number = 1,
) -> Kpi[SurveyAnswer]:
    return Kpi(
        name=name,
        version=1,
        facts=SurveyAnswer,
        unit=unit,
        formula=formula,
        description_en=english,
        description_it=italian,
        numerator=_scored(question, points),
        denominator=_scored(question, _one),
        scale=scale,
    )


SURVEY_KPIS: tuple[Kpi[SurveyAnswer], ...] = (
    _figure(
        "csat",
        Question.CSAT,
        Unit.RATIO,
        "scores 4-5 / responses",
        "How many customers were satisfied?",
        "Quanti clienti sono rimasti soddisfatti?",
        lambda score: 1 if score >= 4 else None,
    ),
    _figure(
        "csat.mean",
        Question.CSAT,
        Unit.SCORE,
        "sum of scores / responses",
        "What satisfaction score did customers give, on average?",
        "Che voto di soddisfazione hanno dato i clienti, in media?",
        lambda score: score,
    ),
    _figure(
        "nps",
        Question.NPS,
        Unit.POINTS,
        "%(9-10) - %(0-6)",
        "Would customers recommend us, promoters less detractors?",
        "I clienti ci consiglierebbero, promotori meno detrattori?",
        _promoter_balance,
        100,
    ),
    _figure(
        "ces",
        Question.CES,
        Unit.SCORE,
        "mean of 1-7",
        "How easy was it for the customer, on average?",
        "Quanto è stato facile per il cliente, in media?",
        lambda score: score,
    ),
    _figure(
        "ces.easy",
        Question.CES,
        Unit.RATIO,
        "scores >= 5 / responses",
        "How many customers found it easy?",
        "Per quanti clienti è stato facile?",
        lambda score: 1 if score >= 5 else None,
    ),
    _figure(
        "fcr.survey",
        Question.RESOLVED,
        Unit.RATIO,
        "customers who said the issue was resolved / responses",
        "How many customers said the issue was resolved the first time?",
        "Quanti clienti dicono che il problema è stato risolto al primo contatto?",
        lambda score: 1 if score == 1 else None,
    ),
)
