"""How fast a queue moves: assignments per time while somebody waits, and how many give up.

It decides what counts as evidence. Time in which nobody waits says nothing about how soon the next
caller is served, so only the time under which callers were waiting is counted: an occurrence and
exposure rate, with old evidence fading as new comes in.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from centralino.domain.promises.spread import Spread

#: The pace is that of about this many of the last assignments.
MEMORY = 60
#: Leaving is rarer and changes less over a day.
LEAVING_MEMORY = 100
#: A contact assigned sooner than this found an agent free: it tells nothing of the pace.
AT_ONCE_MS = 700
_RING_GAIN = 0.05
#: Beyond this place in line the terms of the sum no longer differ; it is cut short.
_LONG_LINE = 2_000


@dataclass(frozen=True, slots=True)
class Pace:
    """Weighted counts of what was seen, and the time in which it was seen.

    Attributes
    ----------
    assigned, busy_ms : float
        Assignments of callers who waited, and the time the head of the line waited for them.
    last_at : int or None
        The last assignment, UTC milliseconds.
    left, waited_ms : float
        Callers who gave up, and the waiting time of all callers together.
    ring_ms : float
        From the assignment to the conversation, on average.
    """

    assigned: float = 1.0
    busy_ms: float = 30_000.0
    last_at: int | None = None
    left: float = 1.0
    waited_ms: float = 1_500_000.0
    ring_ms: float = 0.0

    @property
    def gap_ms(self) -> float:
        """Time between two assignments while somebody waits, on average."""
        return self.busy_ms / self.assigned

    def after_assignment(self, enqueued_at: int, at: int) -> Pace:
        """Return the pace once a contact that came at ``enqueued_at`` was assigned."""
        last = at if self.last_at is None else max(self.last_at, at)
        if at - enqueued_at < AT_ONCE_MS:
            return replace(self, last_at=last)
        since = enqueued_at if self.last_at is None else max(self.last_at, enqueued_at)
        keep = 1 - 1 / MEMORY
        return replace(
            self,
            assigned=self.assigned * keep + 1,
            busy_ms=self.busy_ms * keep + max(0, at - since),
            last_at=last,
        )

    def after_return(self) -> Pace:
        """Return the pace once an assignment came to nothing: the agent declined or missed it."""
        return replace(self, assigned=max(0.5, self.assigned - 1))

    def after_leaving(self) -> Pace:
        """Return the pace once a waiting caller gave up."""
        keep = 1 - 1 / LEAVING_MEMORY
        return replace(self, left=self.left * keep + 1, waited_ms=self.waited_ms * keep)

    def after_waiting(self, together_ms: float) -> Pace:
        """Return the pace once the callers in line have waited that much more, all together."""
        return replace(self, waited_ms=self.waited_ms + max(0.0, together_ms))

    def after_ring(self, ring_ms: int) -> Pace:
        """Return the pace once an agent was reached in that time."""
        return replace(self, ring_ms=self.ring_ms + _RING_GAIN * (max(0, ring_ms) - self.ring_ms))

    def wait(self, position: int, now: int, head_since: int | None) -> Spread:
        """Return how long the caller with ``position`` others ahead still has to wait.

        Each place costs one assignment; those ahead may also give up, so the line before the
        caller shrinks at the rate of both: the queue-length predictor with abandonment of Ibrahim
        and Whitt, "Real-time delay estimation in overloaded multiserver queues with
        abandonments", Management Science 55 (2009) 1729-1742. That the rate itself is an estimate
        from so many assignments widens the result.

        Parameters
        ----------
        position : int
            How many are ahead: 0 for the next one.
        head_since : int or None
            When the first in line came, if somebody waits: the time since the last assignment
            without another one is evidence too.
        """
        open_ms = 0
        if head_since is not None:
            since = head_since if self.last_at is None else max(self.last_at, head_since)
            open_ms = max(0, now - since)
        rate = self.assigned / (self.busy_ms + open_ms)
        leaving = self.left / self.waited_ms
        terms = min(position, _LONG_LINE)
        gaps = [1 / (rate + ahead * leaving) for ahead in range(terms + 1)]
        gaps_beyond = (position - terms) * gaps[-1]
        mean = sum(gaps) + gaps_beyond
        variance = sum(gap * gap for gap in gaps) + gaps_beyond * gaps[-1]
        variance += mean * mean / min(max(self.assigned, 0.5), MEMORY)
        return Spread(mean + self.ring_ms, variance**0.5)
