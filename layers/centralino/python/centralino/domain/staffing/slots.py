"""How many callbacks can be promised in each quarter of an hour of a queue.

A promise is kept by agents who will be there. So a quarter holds what the planned agents can take
beyond the calls that are expected, and never less than the share of them set aside for callbacks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import floor
from statistics import fmean

from centralino.domain.staffing.erlang import most_load

QUARTER_MS = 15 * 60_000
#: From how many same weekdays the load of a quarter is forecast.
WEEKS = 4


@dataclass(frozen=True, slots=True)
class Standard:
    """What a queue's quarters are held to.

    Attributes
    ----------
    handling_ms : int
        Average handling time, wrap-up included.
    target_ms, share : int, float
        Service level: this share of calls answered within the target.
    reserved : float
        Share of what the agents can take that is kept for callbacks, 0 to 1.
    """

    handling_ms: int
    target_ms: int = 20_000
    share: float = 0.8
    reserved: float = 0.1


@dataclass(frozen=True, slots=True)
class Slot:
    """One quarter of an hour, by its beginning in UTC ms.

    Attributes
    ----------
    capacity : int
        Callbacks that can be promised in all.
    promised : int
        Of which are promised.
    """

    start: int
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


def forecast(history: Sequence[int], configured: float) -> float:
    """Return how many calls to expect in a quarter.

    Parameters
    ----------
    history : sequence of int
        Calls offered in the same quarter of the last same weekdays, the latest first; at most
        :data:`WEEKS` count.
    configured : float
        What is expected where there is no history.

    Examples
    --------
    >>> forecast([10, 14, 12, 8, 90], 5)
    11.0
    >>> forecast([], 5)
    5
    """
    return fmean(history[:WEEKS]) if history else configured


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
    most = most_load(agents, standard.handling_ms, standard.target_ms, standard.share)
    able = most * QUARTER_MS / standard.handling_ms
    return floor(max(able - calls, able * standard.reserved))


def slots(
    agents: Mapping[int, int],
    calls: Mapping[int, float],
    promised: Mapping[int, int],
    standard: Standard,
) -> list[Slot]:
    """Return the quarters in which somebody is planned or something is promised, in order.

    Parameters
    ----------
    agents, calls, promised : mapping of quarter to number
        Quarters by their beginning in UTC ms. Agents who are absent are not among them, so that
        what was not yet promised shrinks at once and what was shows as at risk.
    """
    return [
        Slot(
            start,
            capacity(agents.get(start, 0), calls.get(start, 0.0), standard),
            promised.get(start, 0),
        )
        for start in sorted({*agents, *promised})
    ]


def quarter_of(at: int) -> int:
    """Return the beginning of the quarter of an hour in which a time lies, UTC ms."""
    return at - at % QUARTER_MS
