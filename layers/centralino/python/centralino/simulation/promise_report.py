"""How good announced waits were: coverage, sharpness, and the score that weighs the two.

Decides the figures. Coverage is held against the true virtual wait: for a caller who left, the
moment they would have been answered had they stayed. The interval score is that of Gneiting and
Raftery, "Strictly proper scoring rules, prediction, and estimation", JASA 102 (2007) 359-378: width
plus 2/alpha times the distance by which the truth lies outside; smaller is better.

The rival is what many centres announce: the wait of the last caller served (the LES predictor of
Ibrahim and Whitt, 2009), with the quantiles of its own last errors as the interval's ends.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from centralino.domain.kpi.promises import Promise, PromiseKind, Verdict, judge
from centralino.domain.promises.model import HALF_HOUR_MS, MISS_SHARE, half_hour

#: A half-hour with fewer announcements is too small to be judged by its coverage.
LEAST_ANNOUNCED = 30


@dataclass(slots=True)
class Announced:
    """One announcement of the simulation and what became of it. UTC milliseconds.

    Attributes
    ----------
    served_at : int or None
        When the caller was answered or, having left, would have been; ``None`` while unknown.
    left_at : int or None
        When the caller gave up.
    rival : (float, float) or None
        The interval made of the last caller's wait, where there were errors to make it of.
    """

    contact: str
    made_at: int
    window_start: int
    window_end: int
    rival: tuple[float, float] | None = None
    served_at: int | None = None
    left_at: int | None = None


@dataclass(frozen=True, slots=True)
class HalfHour:
    """Announcements of one half-hour and how many held.

    ``start_s`` is counted from the beginning of the day, or of the run where there is no day.
    """

    start_s: int
    announced: int
    covered: int

    @property
    def coverage(self) -> float:
        """Share of the announcements whose window held the true wait."""
        return self.covered / self.announced


@dataclass(frozen=True, slots=True)
class PromiseReport:
    """Figures of all announcements of a run. Shares from 0 to 1, times in seconds.

    Attributes
    ----------
    coverage, late : float or None
        Windows that held the true virtual wait; callers who would have been answered after it.
    interval_score_s, width_s : float or None
        Mean interval score and mean width of the windows.
    compared : int
        Announcements for which the rival had an interval too; the next three are about these.
    rival_coverage, rival_score_s, score_compared_s : float or None
        The rival's coverage and score, and the score of the windows on the same callers.
    kept, broken, void : int
        The same promises as the KPI ``promise_kept.wait`` judges them.
    unknown : int
        Callers who left and whose virtual wait never became known; in no other figure.
    snapshot_writes : int
        How often the queues' snapshots were written for it.
    """

    announced: int
    covered: int
    coverage: float | None
    late: float | None
    width_s: float | None
    interval_score_s: float | None
    compared: int
    rival_coverage: float | None
    rival_score_s: float | None
    score_compared_s: float | None
    kept: int
    broken: int
    void: int
    unknown: int
    snapshot_writes: int
    half_hours: tuple[HalfHour, ...]

    @property
    def busy_half_hours(self) -> tuple[HalfHour, ...]:
        """Half-hours with enough announcements to be judged."""
        return tuple(h for h in self.half_hours if h.announced >= LEAST_ANNOUNCED)


def promise_report(
    outcomes: Sequence[Announced], now: int, *, origin_ms: int = 0, snapshot_writes: int = 0
) -> PromiseReport:
    """Return the figures of these announcements as known at ``now``.

    Parameters
    ----------
    origin_ms : int
        What half-hours are counted from, UTC milliseconds.
    snapshot_writes : int
        How often snapshots were written.
    """
    known = [o for o in outcomes if o.served_at is not None]
    verdicts = [_verdict(o, now) for o in outcomes]
    rivals = [o for o in known if o.rival is not None]
    by_half_hour: dict[int, list[Announced]] = {}
    for outcome in known:
        by_half_hour.setdefault(half_hour(outcome.made_at), []).append(outcome)
    covered = sum(map(holds, known))
    return PromiseReport(
        announced=len(known),
        covered=covered,
        coverage=_mean([holds(o) for o in known]),
        late=_mean([_served(o) > o.window_end for o in known]),
        width_s=_mean([(o.window_end - o.window_start) / 1000 for o in known]),
        interval_score_s=_mean([_score(o) for o in known]),
        compared=len(rivals),
        rival_coverage=_mean([_rival_holds(o) for o in rivals]),
        rival_score_s=_mean([_rival_score(o) for o in rivals]),
        score_compared_s=_mean([_score(o) for o in rivals]),
        kept=verdicts.count(Verdict.KEPT),
        broken=verdicts.count(Verdict.BROKEN),
        void=verdicts.count(Verdict.VOID),
        unknown=len(outcomes) - len(known),
        snapshot_writes=snapshot_writes,
        half_hours=tuple(
            HalfHour((number * HALF_HOUR_MS - origin_ms) // 1000, len(told), sum(map(holds, told)))
            for number, told in sorted(by_half_hour.items())
        ),
    )


def interval_score(lower: float, upper: float, truth: float, alpha: float = MISS_SHARE) -> float:
    """Return the interval score of Gneiting and Raftery (2007), in the unit of the interval.

    Examples
    --------
    >>> interval_score(10, 30, 20), interval_score(10, 30, 31)
    (20.0, 40.0)
    """
    missed = max(0.0, lower - truth) + max(0.0, truth - upper)
    return upper - lower + 2 / alpha * missed


def holds(outcome: Announced) -> bool:
    """Tell whether the window held the true wait."""
    return outcome.window_start <= _served(outcome) <= outcome.window_end


def _served(outcome: Announced) -> int:
    assert outcome.served_at is not None
    return outcome.served_at


def _score(outcome: Announced) -> float:
    score = interval_score(outcome.window_start, outcome.window_end, _served(outcome))
    return score / 1000


def _rival_holds(outcome: Announced) -> bool:
    assert outcome.rival is not None
    return outcome.rival[0] <= _served(outcome) - outcome.made_at <= outcome.rival[1]


def _rival_score(outcome: Announced) -> float:
    assert outcome.rival is not None
    return interval_score(*outcome.rival, _served(outcome) - outcome.made_at) / 1000


def _verdict(outcome: Announced, now: int) -> Verdict:
    answered = outcome.served_at if outcome.left_at is None else None
    promise = Promise(
        contact_id=outcome.contact,
        kind=PromiseKind.WAIT,
        made_ms=outcome.made_at,
        window_start_ms=outcome.window_start,
        window_end_ms=outcome.window_end,
        fulfilled_ms=answered,
        withdrawn_ms=outcome.left_at,
    )
    return judge(promise, now)


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None
