"""What is remembered of a queue so that a waiting caller can be told something true.

A :class:`Snapshot` is one small item per queue: the line, how fast it moves, how good the last
announcements were. It is made by :mod:`centralino.domain.promises.learning` and read by
:mod:`centralino.domain.promises.estimate`. Times are UTC milliseconds.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, field
from zlib import crc32

from centralino.domain.promises.pace import Pace
from centralino.domain.promises.spread import Spread

#: Names the method in every promise: another method gets another name.
ESTIMATOR = "pace-1"
#: The share of announcements that may fail, half on either side.
MISS_SHARE = 0.10
EARLY_SHARE = 0.05
LATE_SHARE = MISS_SHARE - EARLY_SHARE
#: Announcements whose outcome is open that a snapshot follows one by one. With more than about
#: twenty a snapshot costs two write units instead of one.
MOST_PENDING = 48
#: Places in line held exactly; of a longer line every second, fourth, ... is.
MOST_MARKS = 40
#: Of so many of the last observations a snapshot knows that it has them.
MOST_SEEN = 32
HALF_HOUR_MS = 1_800_000
_TAG_BITS = 18


@dataclass(frozen=True, slots=True)
class WaitPromise:
    """What a caller was told in one queue leg: the first announcement, and the last one.

    Attributes
    ----------
    leg : int
        The queue leg it belongs to.
    made_at, window_start, window_end : int
        The first announcement and the window it gave: the promise.
    position : int
        The place in line then announced, 1 for the next caller.
    expected_ms, deviation_ms : int
        The forecast behind the window, before it was calibrated: what is learned from.
    said_at, said_position, said_end : int
        The last announcement: nothing worse is said later.
    """

    leg: int
    made_at: int
    window_start: int
    window_end: int
    position: int
    expected_ms: int
    deviation_ms: int
    said_at: int
    said_position: int
    said_end: int

    @property
    def forecast(self) -> Spread:
        """The distribution of the wait as it was forecast."""
        return Spread(max(1, self.expected_ms), max(1, self.deviation_ms))


@dataclass(frozen=True, slots=True)
class Pending:
    """An announcement whose outcome is open.

    ``left_at`` tells that the caller has gone; when they would have been served is still awaited.
    """

    tag: int
    key: int
    made_at: int
    window_start: int
    window_end: int
    expected_ms: int
    deviation_ms: int
    left_at: int | None = None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A queue as its announcements need it.

    Attributes
    ----------
    version : int
        Rises by one per write; a write that is not the next one is refused.
    at : int
        When it was made.
    marks, step, size : tuple of int, int, int
        Order keys of those waiting, of every ``step``-th in line, and how many they are.
    head_at : int or None
        When the first in line came.
    early, late : float
        Levels of the forecast that so far proved to be exceeded by ``1 - EARLY_SHARE`` and by
        ``LATE_SHARE`` of the callers.
    half_hour, announced, missed : int
        The half-hour that is being counted (since 1970), its announcements, those known to have
        failed.
    before : int
        Announcements of the half-hour before.
    pending : tuple of Pending
        Announcements whose outcome is open.
    seen : tuple of int
        Marks of the last observations taken in: one that comes again is recognised.
    """

    version: int = 0
    at: int = 0
    marks: tuple[int, ...] = ()
    step: int = 1
    size: int = 0
    head_at: int | None = None
    pace: Pace = field(default_factory=Pace)
    early: float = EARLY_SHARE
    late: float = 1 - LATE_SHARE
    half_hour: int = 0
    announced: int = 0
    missed: int = 0
    before: int = 0
    pending: tuple[Pending, ...] = ()
    seen: tuple[int, ...] = ()

    def ahead(self, key: int) -> int:
        """Return how many are waiting in front of an order key."""
        return min(self.size, bisect_left(self.marks, key) * self.step)


def order_key(tier: int, queue_tier: int, virtual_time: int) -> int:
    """Return a contact's place in its queue as one number: smaller is served first.

    A queue has one tier; a contact of another one stands before or behind all of them.
    """
    if tier == queue_tier:
        return virtual_time
    return 0 if tier < queue_tier else 1 << 53


def tag(contact: str) -> int:
    """Return a short number by which a snapshot recognises a contact."""
    return _short(contact)


def mark(contact: str, sequence: int) -> int:
    """Return a short number by which a snapshot recognises one event of a contact."""
    return _short(f"{contact}#{sequence}")


def _short(name: str) -> int:
    return crc32(name.encode()) & ((1 << _TAG_BITS) - 1)


def half_hour(at: int) -> int:
    """Return which half-hour since 1970 a moment lies in."""
    return at // HALF_HOUR_MS
