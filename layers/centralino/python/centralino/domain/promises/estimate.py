"""What a waiting caller is told: the place in line, and a window for the answer.

The window lies between two levels of a forecast (:meth:`Pace.wait`), chosen in
:mod:`centralino.domain.promises.levels`, and its ends are rounded outwards to what a voice says.
Decides nothing about words, and never reads a clock or a store.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf

from centralino.domain.promises.levels import levels
from centralino.domain.promises.model import Snapshot

#: Before so many assignments of waiting callers were seen, nothing is known and nothing is said.
LEAST_SEEN = 2.5
_GRAINS = ((60_000, 5_000), (180_000, 10_000), (600_000, 30_000), (inf, 60_000))


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
    earliest, latest = levels(snapshot, forecast, now)
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
