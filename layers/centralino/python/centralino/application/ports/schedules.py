"""The port of wake-ups beyond a timer's reach."""

from __future__ import annotations

from typing import Protocol

from centralino.application.ports.messages import Timer


class Schedules(Protocol):
    """Timers for moments that are further away than a queue can hold a message."""

    def at(self, timer: Timer, moment: int) -> None:
        """Have a timer fire about a moment (UTC ms), up to a minute later.

        Asking again for the same timer and moment makes no second one. It may fire twice or
        never. Raises ``TransientDependency``.
        """
        ...


class NoSchedules:
    """Nothing reaches further than a timer does: the minute sweep finds what is due."""

    def at(self, timer: Timer, moment: int) -> None:
        """Make nothing."""
