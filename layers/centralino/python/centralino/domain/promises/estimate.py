"""What a waiting caller is told: the place in line, and a window for the answer.

The window is a forecast (:meth:`Pace.wait`) whose two ends are calibrated in two loops:

* slowly, over days: ``early`` and ``late`` are the levels of the forecast that held so far. They
  follow the online quantile rule of Gibbs and Candès, "Adaptive conformal inference under
  distribution shift", NeurIPS 2021 (see :mod:`centralino.domain.promises.learning`);
* fast, within the half-hour: of its announcements a tenth may fail. What failed already, and what
  is likely to fail of those still open, is held against that budget, and the next window is made
  wider or narrower by the difference. This is the error integration of Angelopoulos, Candès and
  Tibshirani, "Conformal PID control for time series prediction", NeurIPS 2023, with a bounded
  integrator that begins anew every half-hour.

The fast loop moves the beginning of the window, which costs little, and leaves its end alone until
the budget is overdrawn. A budget left over is spent on the beginning too: whoever then falls
outside is answered sooner than told.

Decides nothing about words, and never reads a clock or a store.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import inf, sqrt
from statistics import NormalDist

from centralino.domain.promises.model import (
    EARLY_SHARE,
    LATE_SHARE,
    MISS_SHARE,
    Pending,
    Snapshot,
    half_hour,
)
from centralino.domain.promises.spread import EDGE, Spread

#: How much of the budget's deviation the next window makes good.
GAIN = 0.5
#: Open announcements tend to fail together; so much of their joint deviation is reserved.
RESERVE = 0.9
#: Overdrawn by this many announcements, the end of the window is as late as it ever gets.
OVERDRAWN = 1.2
LEAST_LATE = 0.0015
#: What the fast loop may give the beginning of a window to fail.
LEAST_EARLY, MOST_EARLY = 0.001, 0.6
#: Before so many assignments of waiting callers were seen, nothing is known and nothing is said.
LEAST_SEEN = 2.5
MOST_RISK = 0.8
_LEAST_WIDTH = 0.1
_GRAINS = ((60_000, 5_000), (180_000, 10_000), (600_000, 30_000), (inf, 60_000))
_NORMAL = NormalDist()


@dataclass(frozen=True, slots=True)
class Estimate:
    """What can be said to one caller now.

    Attributes
    ----------
    position : int
        Place in line, 1 for the next caller.
    lower_ms, upper_ms : int
        From now to the conversation, at least and at most, in steps a voice can say.
    expected_ms, deviation_ms : int
        The forecast behind it.
    """

    position: int
    lower_ms: int
    upper_ms: int
    expected_ms: int
    deviation_ms: int


def estimate(snapshot: Snapshot, key: int, now: int) -> Estimate:
    """Return what the caller with this order key can be told.

    Examples
    --------
    >>> told = estimate(Snapshot(), key=1_000, now=1_000)
    >>> told.position, told.lower_ms < told.expected_ms < told.upper_ms
    (1, True)
    """
    ahead = snapshot.ahead(key)
    forecast = snapshot.pace.wait(ahead, now, snapshot.head_at)
    earliest, latest = levels(snapshot, overdraft(snapshot, now))
    return Estimate(
        position=ahead + 1,
        lower_ms=spoken_floor(forecast.quantile(earliest)),
        upper_ms=spoken_ceiling(forecast.quantile(latest)),
        expected_ms=round(forecast.mean),
        deviation_ms=round(forecast.deviation),
    )


def knows_enough(snapshot: Snapshot) -> bool:
    """Tell whether the queue was watched for long enough to announce anything."""
    return snapshot.pace.assigned >= LEAST_SEEN


def overdraft(snapshot: Snapshot, now: int) -> float:
    """Return by how many failed announcements this half-hour is over its budget, or under it."""
    announced = failed = 0.0
    if snapshot.half_hour == half_hour(now):
        announced, failed = snapshot.announced, snapshot.missed
    for open_risk in _open_risks(snapshot, now):
        failed += open_risk + RESERVE * sqrt(open_risk * (1 - open_risk))
    return failed - MISS_SHARE * announced


def levels(snapshot: Snapshot, over: float) -> tuple[float, float]:
    """Return the levels of the forecast between which a window lies, given the overdraft."""
    left = min(1.0, max(0.0, 1 - over / OVERDRAWN))
    late = LEAST_LATE + (LATE_SHARE - LEAST_LATE) * left
    early = min(max(MISS_SHARE - GAIN * over - late, LEAST_EARLY), MOST_EARLY)
    # The slow loop moves each end by as much as the forecast proved to be off there.
    low = _z(early) + _z(snapshot.early) - _z(EARLY_SHARE)
    high = _z(1 - late) + _z(snapshot.late) - _z(1 - LATE_SHARE)
    low = min(low, high - _LEAST_WIDTH)
    return _NORMAL.cdf(low), _NORMAL.cdf(high)


def _open_risks(snapshot: Snapshot, now: int) -> Iterator[float]:
    """Yield how likely each open announcement of this half-hour is to fail, as things stand."""
    this = half_hour(now)
    for pending in snapshot.pending:
        if half_hour(pending.made_at) == this:
            yield min(1.0, max(0.0, 1 - _still_holds(snapshot, pending, now)))


def _still_holds(snapshot: Snapshot, pending: Pending, now: int) -> float:
    remaining: Spread = snapshot.pace.wait(snapshot.ahead(pending.key), now, snapshot.head_at)
    return remaining.within(pending.window_start - now, pending.window_end - now)


def spoken_floor(wait_ms: float) -> int:
    """Return a wait rounded down to what a voice says: in steps of 5 s to one minute.

    From one minute on the steps are 10 s, from three 30 s, from ten a minute.
    """
    grain = _grain(wait_ms)
    return int(wait_ms // grain) * grain


def spoken_ceiling(wait_ms: float) -> int:
    """Return a wait rounded up to what a voice says, one step at least."""
    grain = _grain(wait_ms)
    return max(1, -int(-wait_ms // grain)) * grain


def _grain(wait_ms: float) -> int:
    return next(grain for limit, grain in _GRAINS if wait_ms < limit)


def _z(probability: float) -> float:
    return _NORMAL.inv_cdf(min(max(probability, EDGE), 1 - EDGE))
