"""How many callbacks can be promised in each quarter of an hour of a queue.

A promise is kept by agents who will be there. So a quarter holds what the planned agents can take
beyond the calls that are expected, and never less than the share of them set aside for callbacks::

    able(N)     = most load of N agents at the service level x 15 min / handling time
    capacity(N) = floor(max(able(N) - calls expected, share x able(N)))
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import floor
from statistics import fmean

from centralino.domain.staffing.erlang import most_load

MINUTE_MS = 60_000
QUARTER_MS = 15 * MINUTE_MS
DAY_MS = 24 * 60 * MINUTE_MS
#: From how many same weekdays the load of a quarter is forecast.
WEEKS = 4
_NEAR = 1e-9


@dataclass(frozen=True, slots=True)
class SlotRules:
    """How the times of a queue are given out.

    Attributes
    ----------
    share : float
        Share of what the agents can take that is kept for callbacks, 0 to 1.
    ahead_ms : int
        How far ahead a time can be had.
    window_ms : int
        How long the window is that a customer is promised, from the slot's beginning.
    volume : float
        Calls expected in a quarter of an hour where the queue has no history.
    handling_ms : int
        Average handling time, wrap-up included.
    most : int or None
        No slot holds more, whatever the agents could take.
    history : bool
        Whether the queue's calls are counted, for the forecast.
    """

    share: float = 0.1
    ahead_ms: int = 14 * DAY_MS
    window_ms: int = 30 * MINUTE_MS
    volume: float = 0.0
    handling_ms: int = 5 * MINUTE_MS
    most: int | None = None
    history: bool = False


@dataclass(frozen=True, slots=True)
class Standard:
    """What a queue's quarters are held to.

    Attributes
    ----------
    handling_ms : int
        Average handling time, wrap-up included.
    target_ms, level : int, float
        Service level: this share of calls answered within the target.
    reserved : float
        Share of what the agents can take that is kept for callbacks, 0 to 1.
    most : int or None
        No slot holds more.
    """

    handling_ms: int
    target_ms: int = 20_000
    level: float = 0.8
    reserved: float = 0.1
    most: int | None = None


@dataclass(frozen=True, slots=True)
class Slot:
    """A time that can be promised, half-open, in UTC milliseconds.

    Attributes
    ----------
    start, end : int
        One quarter of an hour.
    capacity : int
        Callbacks that can be promised in all, as things stand.
    promised : int
        Of which are promised.
    """

    start: int
    end: int
    capacity: int
    promised: int = 0

    @property
    def free(self) -> int:
        """How many more can be promised."""
        return max(0, self.capacity - self.promised)

    @property
    def at_risk(self) -> int:
        """How many were promised that nobody may be there for."""
        return max(0, self.promised - self.capacity)


def forecast(history: Sequence[int | None], configured: float) -> float:
    """Return how many calls to expect in a quarter.

    Parameters
    ----------
    history : sequence of int or None
        Calls offered in the same quarter of the last same weekdays, the latest first; at most
        :data:`WEEKS` count. ``None``: nothing is known of that day, or it was a holiday. A zero
        is a quarter in which nobody called.
    configured : float
        What is expected where there is no history.

    Examples
    --------
    >>> forecast([10, 14, 12, 8, 90], 5)
    11.0
    >>> forecast([10, None, 14, None], 5)
    12.0
    >>> forecast([], 5)
    5.0
    """
    known = [calls for calls in history[:WEEKS] if calls is not None]
    return fmean(known) if known else float(configured)


def capacity(agents: int, calls: float, standard: Standard) -> int:
    """Return how many callbacks a quarter can hold.

    Parameters
    ----------
    agents : int
        Planned for the queue in this quarter.
    calls : float
        Expected in it.

    Examples
    --------
    Fourteen agents keep 80/20 up to 10.8 erlangs of 180 s: 54 calls in a quarter of an hour.

    >>> capacity(14, 50, Standard(180_000, reserved=0))
    4
    >>> capacity(14, 500, Standard(180_000, reserved=0.1))
    5
    >>> capacity(0, 0, Standard(180_000))
    0
    """
    most = most_load(agents, standard.handling_ms, standard.target_ms, standard.level)
    able = most * QUARTER_MS / standard.handling_ms
    fit = floor(max(able - calls, able * standard.reserved) + _NEAR)
    return fit if standard.most is None else min(fit, standard.most)


def present_of(planned: int, absent: int) -> int:
    """Return how many of the planned agents can be counted on while some are absent.

    Examples
    --------
    >>> present_of(6, 2), present_of(1, 3)
    (4, 0)
    """
    return max(0, planned - absent)


def quarter_of(at: int) -> int:
    """Return the beginning of the quarter of an hour in which a time lies, UTC ms."""
    return at - at % QUARTER_MS
