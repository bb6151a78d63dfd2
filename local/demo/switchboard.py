"""What two simulated people in one conversation know of each other.

Decides which caller is behind a contact an agent is offered, so that both play the same
conversation: how long it takes, who hangs up, who leaves while it rings. Part of the simulation
only; nothing of it enters the report.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from centralino.domain.ids import contact_id
from local.demo.calls import CallPlan, Intent


@dataclass(slots=True)
class Line:
    """A caller on the line. ``ringing`` is set once an agent is being rung for them."""

    plan: CallPlan
    wake: Callable[[], None]
    ringing: bool = False


class Switchboard:
    """The callers on the line, by contact.

    Parameters
    ----------
    key
        The deployment's key of contact ids: a simulator may know it, a caller could not.
    provider
        Who carries the calls.
    """

    def __init__(self, key: bytes, provider: str = "twilio") -> None:
        self._key = key
        self._provider = provider
        self._lines: dict[str, Line] = {}

    def enter(self, sid: str, plan: CallPlan, wake: Callable[[], None]) -> Line:
        """Put a caller on the line; ``wake`` makes the caller look around."""
        line = self._lines[contact_id(self._key, self._provider, sid)] = Line(plan, wake)
        return line

    def plan(self, contact: str) -> CallPlan | None:
        """Return what the caller behind a contact means to do."""
        line = self._lines.get(contact)
        return line.plan if line is not None else None

    def ring(self, contact: str) -> bool:
        """Note that an agent is being rung; tell whether this caller leaves meanwhile."""
        line = self._lines.get(contact)
        if line is None or line.plan.intent is not Intent.LEAVE_WHILE_RINGING:
            return False
        line.ringing = True
        line.wake()
        return True
