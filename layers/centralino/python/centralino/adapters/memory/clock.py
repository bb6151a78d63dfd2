"""A clock that moves only when told to."""

from __future__ import annotations

#: 2026-01-05T09:00:00Z, a Monday morning: times stay plausible in logs and index keys.
EPOCH_MS = 1_767_603_600_000


class VirtualClock:
    """Virtual UTC time in milliseconds; fractions are kept for event simulations.

    Examples
    --------
    >>> clock = VirtualClock(1_000)
    >>> clock.advance(250)
    >>> clock.now()
    1250
    """

    def __init__(self, start: float = EPOCH_MS) -> None:
        self.time: float = start

    def now(self) -> int:
        """Return UTC milliseconds."""
        return int(self.time)

    def advance(self, milliseconds: float) -> None:
        """Move forward; a negative step is what a server's clock correction looks like."""
        self.time += milliseconds

    def move_to(self, time: float) -> None:
        """Move forward to a time; a time already past changes nothing."""
        self.time = max(self.time, time)
