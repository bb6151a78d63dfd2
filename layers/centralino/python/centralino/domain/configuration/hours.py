"""Opening hours: a week, holidays and days of their own, in a time zone. Pure.

The dates of a holiday calendar come from outside (they are a library's knowledge); this module
decides whether an instant is open and when that next changes. An interval holds its beginning
and not its end. Days are local: on the night the clocks change, an interval lasts as long as the
clock on the wall says.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import TypeAlias
from zoneinfo import ZoneInfo

Holidays: TypeAlias = "Callable[[str, int], Collection[date]]"
"""Dates of a calendar (``IT``, ``GB-ENG``) in a year."""

MINUTES = 24 * 60
#: How far ahead an opening is looked for: beyond the longest closure anybody configures.
HORIZON_DAYS = 400


@dataclass(frozen=True, slots=True)
class Interval:
    """From ``opens`` up to ``closes``, in minutes of the local day; 1440 is midnight."""

    opens: int
    closes: int


@dataclass(frozen=True, slots=True)
class Hours:
    """When something is open.

    Attributes
    ----------
    zone : str
        IANA name.
    week : tuple of 7 tuples of Interval
        Monday first.
    holidays : str or None
        Calendar whose days are closed.
    days : mapping of ISO date to intervals
        Days that follow neither the week nor the calendar: closed when empty.
    """

    id: str
    zone: str
    week: tuple[tuple[Interval, ...], ...]
    holidays: str | None = None
    days: Mapping[str, tuple[Interval, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Opening:
    """Whether it is open, and when that changes next (``None``: not within the horizon)."""

    open: bool
    changes_at: int | None


def no_holidays(_calendar: str, _year: int) -> Collection[date]:
    """Know no holidays: for hours that name no calendar."""
    return ()


def opening(hours: Hours, now: int, holidays: Holidays = no_holidays) -> Opening:
    """Return whether these hours are open at ``now`` (UTC milliseconds), and until when."""
    for opens, closes in _spans(hours, now, holidays):
        if now < opens:
            return Opening(False, opens)
        if now < closes:
            return Opening(True, closes)
    return Opening(False, None)


def is_open(hours: Hours | None, now: int, holidays: Holidays = no_holidays) -> bool:
    """Tell whether these hours are open; no hours at all are always open."""
    return hours is None or opening(hours, now, holidays).open


def intervals_on(hours: Hours, day: date, holidays: Holidays = no_holidays) -> tuple[Interval, ...]:
    """Return the intervals of a local day: its own, else none on a holiday, else the week's."""
    own = hours.days.get(day.isoformat())
    if own is not None:
        return own
    if hours.holidays is not None and day in holidays(hours.holidays, day.year):
        return ()
    return hours.week[day.weekday()]


def _spans(hours: Hours, now: int, holidays: Holidays) -> Iterator[tuple[int, int]]:
    """Yield open spans in UTC milliseconds from the day before ``now``, adjoining ones joined."""
    zone = ZoneInfo(hours.zone)
    day = datetime.fromtimestamp(now / 1000, zone).date() - timedelta(days=1)
    pending: tuple[int, int] | None = None
    for _ in range(HORIZON_DAYS):
        for interval in sorted(intervals_on(hours, day, holidays), key=lambda i: i.opens):
            span = (_instant(day, interval.opens, zone), _instant(day, interval.closes, zone))
            if pending is None:
                pending = span
            elif span[0] <= pending[1]:
                pending = (pending[0], max(pending[1], span[1]))
            else:
                yield pending
                pending = span
        if pending is not None and pending[1] < _instant(day, MINUTES, zone):
            yield pending
            pending = None
        day += timedelta(days=1)
    if pending is not None:
        yield pending


def _instant(day: date, minute: int, zone: ZoneInfo) -> int:
    if minute >= MINUTES:
        day, minute = day + timedelta(days=1), minute - MINUTES
    local = datetime.combine(day, time(minute // 60, minute % 60), zone)
    return int(local.astimezone(UTC).timestamp() * 1000)
