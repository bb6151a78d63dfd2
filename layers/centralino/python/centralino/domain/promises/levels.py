"""Between which levels of its forecast the next window lies: two loops that calibrate it.

* Slowly, over days: ``early`` and ``late`` of the snapshot are the levels that held so far. They
  follow the online quantile rule of Gibbs and Candès, "Adaptive conformal inference under
  distribution shift", NeurIPS 2021 (see :mod:`centralino.domain.promises.learning`).
* Fast, within the half-hour: what failed, and what is likely to fail of what is open, is held
  against the budget of the half-hour, and the next window is made wider or narrower by the
  difference. This is the error integration of Angelopoulos, Candès and Tibshirani, "Conformal PID
  control for time series prediction", NeurIPS 2023, with a bounded integrator that begins anew
  every half-hour.

The fast loop would rather move the beginning of a window than its end: whoever then falls outside
is answered sooner than told. It makes the end later when the budget is overdrawn, and when so many
windows are open that they would overdraw it by failing together.

Where waits are so long that their outcome is known only after the half-hour, there is nothing to
correct by. Windows wide enough for every slowing of the line would then all hold, which is as
wrong as failing: such windows say nothing. So a few callers are told a lower or an upper half of
the forecast, in turn; whichever way the line goes, about as many of these fail.
"""

from __future__ import annotations

from statistics import NormalDist

from centralino.domain.promises.budget import Budget, budget_of
from centralino.domain.promises.model import EARLY_SHARE, LATE_SHARE, MISS_SHARE, Snapshot
from centralino.domain.promises.spread import EDGE, Spread

#: How much of the budget's deviation the next window makes good.
GAIN = 0.5
#: Open announcements tend to fail together; so much of their joint deviation is reserved.
RESERVE = 0.9
#: Overdrawn by this many announcements, the end of the window is as late as it ever gets.
OVERDRAWN = 1.2
#: The shares that may fail at the end of a window at its latest, and at its beginning.
LEAST_LATE = 0.001
LEAST_EARLY, MOST_EARLY = 0.001, 0.6
#: Shares of the half-hour's announcements that may have failed, when the line stands still, and
#: that must have failed whatever it does. A tenth lies between them.
MOST_FAILED, LEAST_FAILED = 0.13, 0.07
#: A window's end goes from usual to latest within this many failures of the limit.
_NEAR = 2.0
_HALF_A_FAILURE = 0.5
#: Failures still missing, for each announcement to come, at which they are made up for: where
#: outcomes will still be known in time, and where they will not.
_HURRY, _HURRY_BLIND = 0.2, 0.8
_LEAST_WIDTH = 0.1
_NORMAL = NormalDist()


def levels(snapshot: Snapshot, forecast: Spread, now: int) -> tuple[float, float]:
    """Return the levels of this forecast at which the next window begins and ends."""
    budget = budget_of(snapshot, now, _NORMAL.cdf(_end(snapshot, LEAST_LATE)))
    late = late_share(budget)
    low = _begin(snapshot, early_share(budget, late))
    high = _end(snapshot, late)
    if now + forecast.mean > budget.ends_at:
        short, long = _missing(budget)
        if max(0.0, short) + max(0.0, long) > _HURRY_BLIND * budget.to_come:
            low, high = (0.0, high) if short >= long else (_begin(snapshot, LEAST_EARLY), 0.0)
    return _NORMAL.cdf(min(low, high - _LEAST_WIDTH)), _NORMAL.cdf(high)


def late_share(budget: Budget) -> float:
    """Return the share of such windows that may end too early.

    Examples
    --------
    >>> fresh = Budget(0, 0, 40.0, 0.0, 0.0, 0, 0, 0, 0)
    >>> late_share(fresh) == LATE_SHARE
    True
    """
    left = 1 - _overdraft(budget) / OVERDRAWN
    may_fail = MOST_FAILED * (budget.announced + budget.to_come) - _HALF_A_FAILURE
    room = (may_fail - budget.missed - budget.stalled) / _NEAR
    return LEAST_LATE + (LATE_SHARE - LEAST_LATE) * min(1.0, max(0.0, min(left, room)))


def early_share(budget: Budget, late: float) -> float:
    """Return the share of such windows that may begin too late."""
    share = MISS_SHARE - GAIN * _overdraft(budget) - late
    total = budget.announced + budget.to_come
    if LEAST_FAILED * total - budget.missed - budget.at_risk > _HURRY * budget.to_come:
        share = MOST_EARLY
    return min(max(share, LEAST_EARLY), MOST_EARLY)


def _overdraft(budget: Budget) -> float:
    """Return by how many failed announcements the half-hour is over its budget, or under it."""
    failed = budget.missed + budget.at_risk + RESERVE * budget.together
    return failed - MISS_SHARE * budget.announced


def _missing(budget: Budget) -> tuple[float, float]:
    """Return how many failures would be missing if waits turned out short, and if long."""
    least = LEAST_FAILED * (budget.announced + budget.to_come)
    return least - budget.short, least - budget.long


def _begin(snapshot: Snapshot, early: float) -> float:
    return _z(early) + _z(snapshot.early) - _z(EARLY_SHARE)


def _end(snapshot: Snapshot, late: float) -> float:
    return _z(1 - late) + _z(snapshot.late) - _z(1 - LATE_SHARE)


def _z(probability: float) -> float:
    return _NORMAL.inv_cdf(min(max(probability, EDGE), 1 - EDGE))
