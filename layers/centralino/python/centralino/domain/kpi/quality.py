"""Quality evaluations: the weighted score, and whether evaluators agree with each other.

Decides how the criteria of a form add up and how agreement is measured. Never decides what a good
contact is: criteria and weights are the centre's.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations

from centralino.domain.kpi.definitions import Kpi, Number, Parameters, Unit, count, each


@dataclass(frozen=True, slots=True)
class Mark:
    """One criterion of an evaluation: a score out of ``best``, with its weight."""

    criterion: str
    score: float
    best: float
    weight: float = 1.0

    def __post_init__(self) -> None:
        """Reject a mark off its scale."""
        if self.best <= 0 or not 0 <= self.score <= self.best:
            raise ValueError(f"{self.criterion}: score {self.score} is not 0 to {self.best}")
        if self.weight < 0:
            raise ValueError(f"{self.criterion}: weight {self.weight} is negative")


@dataclass(frozen=True, slots=True)
class Evaluation:
    """One evaluator's form about one contact."""

    contact_id: str
    evaluator: str
    marks: tuple[Mark, ...]

    @property
    def contact_ids(self) -> tuple[str, ...]:
        """The contact evaluated."""
        return (self.contact_id,)


@dataclass(frozen=True, slots=True)
class EvaluatorPair:
    """Two evaluators' marks of one criterion of one contact, each as a share of the best."""

    contact_id: str
    criterion: str
    first: float
    second: float

    @property
    def contact_ids(self) -> tuple[str, ...]:
        """The contact evaluated twice."""
        return (self.contact_id,)


def pairs(evaluations: Iterable[Evaluation]) -> list[EvaluatorPair]:
    """Pair up the marks that different evaluators gave the same criterion of the same contact."""
    found: dict[tuple[str, str], dict[str, float]] = {}
    for evaluation in evaluations:
        for mark in evaluation.marks:
            given = found.setdefault((evaluation.contact_id, mark.criterion), {})
            given[evaluation.evaluator] = mark.score / mark.best
    return [
        EvaluatorPair(contact, criterion, a, b)
        for (contact, criterion), given in sorted(found.items())
        for a, b in combinations((given[e] for e in sorted(given)), 2)
    ]


def interval_alpha(units: Iterable[Sequence[float]]) -> float | None:
    """Return Krippendorff's alpha for interval data: agreement beyond chance, 1 at best.

    Parameters
    ----------
    units
        For each thing judged, the values its judges gave; units with fewer than two are left out.

    Returns
    -------
    float or None
        None when nothing was judged twice or every value is the same, for then chance itself
        would agree always.

    Notes
    -----
    K. Krippendorff, "Computing Krippendorff's Alpha-Reliability" (2011), with the squared
    difference as metric.
    """
    judged = [tuple(values) for values in units if len(values) >= 2]
    everything = [value for values in judged for value in values]
    observed = sum(_spread(values) / (len(values) - 1) for values in judged)
    expected = _spread(everything)
    if not everything or expected == 0:
        return None
    return 1 - (len(everything) - 1) * observed / expected


def _spread(values: Sequence[float]) -> float:
    """Sum of squared differences over ordered pairs, in one pass about the mean."""
    if not values:
        return 0.0
    mean = sum(values) / len(values)
    return 2 * len(values) * sum((value - mean) ** 2 for value in values)


def _earned(fact: Evaluation, _: Parameters) -> Number:
    return sum(mark.weight * mark.score / mark.best for mark in fact.marks)


def _possible(fact: Evaluation, _: Parameters) -> Number:
    return sum(mark.weight for mark in fact.marks)


QUALITY_KPIS: tuple[Kpi[Evaluation] | Kpi[EvaluatorPair], ...] = (
    Kpi(
        name="quality_score",
        version=1,
        facts=Evaluation,
        unit=Unit.POINTS,
        formula="100 x sum(weight x score / best) / sum(weight)",
        description_en="How good were the contacts that were evaluated?",
        description_it="Quanto sono stati buoni i contatti valutati?",
        numerator=_earned,
        denominator=_possible,
        scale=100,
    ),
    Kpi(
        name="quality_agreement",
        version=1,
        facts=EvaluatorPair,
        unit=Unit.RATIO,
        formula="pairs of evaluators with the same mark / pairs on the same criterion and contact",
        description_en="How often do two evaluators give the same mark?",
        description_it="Quante volte due valutatori danno lo stesso voto?",
        numerator=count(lambda f: f.first == f.second),
        denominator=each,
    ),
)
