"""Reporting intervals: half-open, in UTC, cut along the local clock.

Decides which interval a fact belongs to and where half-hours and days begin in a time zone. Never
reads a clock and never looks up a zone by name: the caller gives a ``tzinfo``.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import pairwise
from typing import TypeVar

from centralino.domain.kpi.facts import ContactFacts

HALF_HOUR_MS = 30 * 60 * 1000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
T = TypeVar("T")


@dataclass(frozen=True, slots=True, order=True)
class Interval:
    """``start_ms`` belongs to the interval, ``end_ms`` does not. UTC milliseconds."""

    start_ms: int
    end_ms: int

    def __post_init__(self) -> None:
        """Reject an interval nothing can fall into."""
        if self.end_ms <= self.start_ms:
            raise ValueError(f"interval {self.start_ms}..{self.end_ms} is empty")

    def __contains__(self, moment_ms: int) -> bool:
        """Tell whether a moment falls into the interval."""
        return self.start_ms <= moment_ms < self.end_ms

    def overlap_ms(self, start_ms: int, end_ms: int) -> int:
        """Return how much of ``[start_ms, end_ms)`` lies in the interval."""
        return max(0, min(self.end_ms, end_ms) - max(self.start_ms, start_ms))


def local_days(start_ms: int, end_ms: int, zone: tzinfo) -> list[Interval]:
    """Return the local days touching ``[start_ms, end_ms)``.

    A day runs from one local midnight to the next: 23 or 25 hours when the clocks change.
    """
    days = []
    at = _midnight(start_ms, zone)
    while at < end_ms:
        # 36 hours on is always inside the next local day, whatever the clocks do.
        following = _midnight(at + 36 * 3_600_000, zone)
        days.append(Interval(at, following))
        at = following
    return days


def half_hours(start_ms: int, end_ms: int, zone: tzinfo) -> list[Interval]:
    """Return the half-hours of the local clock touching ``[start_ms, end_ms)``."""
    found = []
    for day in local_days(start_ms, end_ms, zone):
        for at in range(day.start_ms, day.end_ms, HALF_HOUR_MS):
            half_hour = Interval(at, min(at + HALF_HOUR_MS, day.end_ms))
            if half_hour.overlap_ms(start_ms, end_ms) > 0:
                found.append(half_hour)
    return found


def placed(facts: ContactFacts) -> int:
    """Place a contact by its enqueue, or by its arrival when it never queued."""
    return facts.placed_ms


def entered(facts: ContactFacts) -> int:
    """Place a contact by its arrival."""
    return facts.entered_ms


def split(
    facts: Iterable[T], intervals: Sequence[Interval], at: Callable[[T], int]
) -> dict[Interval, list[T]]:
    """Share facts out over disjoint intervals; a fact in none of them is left out.

    Parameters
    ----------
    facts
        Facts of any kind.
    intervals
        Disjoint intervals; each is in the result even when nothing falls into it.
    at
        The moment that places a fact, such as ``placed``.

    Raises
    ------
    ValueError
        When two intervals overlap, for a fact would then count twice.
    """
    ordered = sorted(intervals)
    for before, after in pairwise(ordered):
        if after.start_ms < before.end_ms:
            raise ValueError(f"intervals overlap at {after.start_ms}")
    starts = [interval.start_ms for interval in ordered]
    shares: dict[Interval, list[T]] = {interval: [] for interval in ordered}
    for fact in facts:
        moment = at(fact)
        position = bisect_right(starts, moment) - 1
        if position >= 0 and moment in ordered[position]:
            shares[ordered[position]].append(fact)
    return shares


def _midnight(moment_ms: int, zone: tzinfo) -> int:
    """Return the local midnight at or before a moment, as UTC milliseconds."""
    local = datetime.fromtimestamp(moment_ms // 1000, UTC).astimezone(zone)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    return (midnight.astimezone(UTC) - _EPOCH) // timedelta(milliseconds=1)
