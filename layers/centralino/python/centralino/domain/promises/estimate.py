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

The end of a window is never drawn in by the fast loop beyond what one caller in 33 exceeds: a
budget left over is spent on its beginning, so that who falls outside is answered sooner than told.

Decides nothing about words, and never reads a clock or a store.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import sqrt
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
GAIN = 0.8
#: Open announcements tend to fail together; so much of their joint deviation is reserved.
RESERVE = 0.7
#: What the fast loop may give one window to fail.
LEAST_RISK = 0.005
#: Before so many assignments of waiting callers were seen, nothing is known and nothing is said.
LEAST_SEEN = 2.5
MOST_RISK = 0.8
_LEAST_WIDTH = 0.1
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
    earliest, latest = levels(snapshot, risk(snapshot, now))
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


def risk(snapshot: Snapshot, now: int) -> float:
    """Return the probability with which the next window may fail."""
    announced = missed = 0.0
    if snapshot.half_hour == half_hour(now):
        announced, missed = snapshot.announced, snapshot.missed
    open_risks = list(_open_risks(snapshot, now))
    missed += sum(open_risks)
    missed += RESERVE * sum(sqrt(r * (1 - r)) for r in open_risks)
    wanted = MISS_SHARE - GAIN * (missed - MISS_SHARE * announced)
    return min(max(wanted, LEAST_RISK), MOST_RISK)


def levels(snapshot: Snapshot, allowed: float) -> tuple[float, float]:
    """Return the levels of the forecast between which a window with this risk lies."""
    late = min(LATE_SHARE * allowed / MISS_SHARE, LATE_SHARE)
    early = allowed - late
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
    """Return a wait rounded down to what a voice says: 10 s, from 2 min 30 s, from 10 min 60 s."""
    grain = _grain(wait_ms)
    return int(wait_ms // grain) * grain


def spoken_ceiling(wait_ms: float) -> int:
    """Return a wait rounded up to what a voice says, one step at least."""
    grain = _grain(wait_ms)
    return max(1, -int(-wait_ms // grain)) * grain


def _grain(wait_ms: float) -> int:
    if wait_ms < 120_000:
        return 10_000
    return 30_000 if wait_ms < 600_000 else 60_000


def _z(probability: float) -> float:
    return _NORMAL.inv_cdf(min(max(probability, EDGE), 1 - EDGE))
