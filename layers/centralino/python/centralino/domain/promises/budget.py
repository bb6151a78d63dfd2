"""How many announcements of this half-hour failed, and what would fail if the queue changed.

Of the announcements of a half-hour a tenth may fail: that is its budget. Decides how it stands:
what failed, what is likely to fail of what is still open, and how much of that would fail together.
Callers in one line share their fate: when it slows down all of their windows end too early. So the
open windows are also held against a few scenarios, in each of which every wait turns out at the
same level of its forecast.

It spends nothing; :mod:`centralino.domain.promises.levels` does.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

from centralino.domain.promises.model import HALF_HOUR_MS, Pending, Snapshot, half_hour

#: Levels of the forecast at which everybody's wait is imagined to end; the first half are short.
SCENARIOS = (0.05, 0.15, 0.3, 0.45, 0.55, 0.7, 0.85, 0.95)
_SHORT = len(SCENARIOS) // 2
#: How much of the half-hour before stands for this one's rate of announcements as it begins.
_CARRY = 0.3


@dataclass(frozen=True, slots=True)
class Budget:
    """The announcements of this half-hour.

    Attributes
    ----------
    announced, missed : int
        Announcements so far, and those known to have failed.
    to_come : float
        How many more are expected before it ends, the next one included.
    at_risk, together : float
        Failures expected of the open ones, and their deviation should they fail together.
    stalled : int
        Open ones whose window would end too early if the line all but stood still.
    short, long : int
        Failures, the known ones included, in the kindest of the scenarios in which waits turn
        out shorter, and longer, than the middle of their forecast.
    ends_at : int
        When the half-hour ends, UTC milliseconds.
    """

    announced: int
    missed: int
    to_come: float
    at_risk: float
    together: float
    stalled: int
    short: int
    long: int
    ends_at: int


def budget_of(snapshot: Snapshot, now: int, stall: float) -> Budget:
    """Return how the half-hour of ``now`` stands.

    Parameters
    ----------
    stall : float
        The level of the forecast at which the line all but stands still.
    """
    this = half_hour(now)
    announced, missed, before = _counted(snapshot, this)
    passed = now % HALF_HOUR_MS / HALF_HOUR_MS
    rate = (announced + _CARRY * before) / (passed + _CARRY)
    at_risk = together = 0.0
    stalled = 0
    failing = [missed] * len(SCENARIOS)
    for pending in snapshot.pending:
        if half_hour(pending.made_at) != this:
            continue
        begin, end = _levels_left(snapshot, pending, now)
        risk = min(1.0, max(0.0, 1 - end + begin))
        at_risk += risk
        together += sqrt(risk * (1 - risk))
        stalled += end < stall
        for number, level in enumerate(SCENARIOS):
            failing[number] += not begin <= level <= end
    return Budget(
        announced=announced,
        missed=missed,
        to_come=1 + rate * (1 - passed),
        at_risk=at_risk,
        together=together,
        stalled=stalled,
        short=min(failing[:_SHORT]),
        long=min(failing[_SHORT:]),
        ends_at=(this + 1) * HALF_HOUR_MS,
    )


def _counted(snapshot: Snapshot, this: int) -> tuple[int, int, int]:
    if snapshot.half_hour == this:
        return snapshot.announced, snapshot.missed, snapshot.before
    return 0, 0, snapshot.announced if snapshot.half_hour == this - 1 else 0


def _levels_left(snapshot: Snapshot, pending: Pending, now: int) -> tuple[float, float]:
    """Return the levels of the wait that is left at which an open window begins and ends."""
    left = snapshot.pace.wait(snapshot.ahead(pending.key), now, snapshot.head_at)
    return (
        left.probability(pending.window_start - now),
        left.probability(pending.window_end - now),
    )
