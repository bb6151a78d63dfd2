"""The ports of what is sent: wake-ups, nudges, frames and events."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from centralino.domain.events import Occurrence

#: The furthest a timer reaches: what SQS can delay a message by.
LONGEST_TIMER_MS = 900_000


@dataclass(frozen=True, slots=True)
class Timer:
    """A wake-up. ``kind`` says for what; a timer that finds nothing to do does nothing.

    Attributes
    ----------
    kind : str
        Of an offer: ``offer``, ``ack``, ``join``. Of a talk: ``leg``, ``rejoin``, ``room``,
        ``legs``, ``wrapup``. Of a third party: ``dial``, ``party``. Of a wait: ``overflow``,
        ``heartbeat``. Of a callback: ``callback``, ``customer``. Of a page: ``grace``,
        ``caller``. Of what goes along with a talk: ``recording``, ``listen``,
        ``mute``, ``keys``. Of a message to a customer: ``tell``.
    key : str
        Contact, agent, web call or pool id.
    rid : str or None
        The lease it belongs to (of ``overflow``, the queue leg): the timer is void once another
        one is in force.
    delay_ms : int
        At most :data:`LONGEST_TIMER_MS`.
    hop : int
        How many messages led here; the loop is cut above 200.
    """

    kind: str
    key: str
    rid: str | None = None
    delay_ms: int = 0
    hop: int = 0


class Timers(Protocol):
    """Durable wake-ups."""

    def send(self, timers: Sequence[Timer]) -> None:
        """Make the timers durable before returning. Raises ``TransientDependency``."""
        ...


class Nudges(Protocol):
    """Requests to drain a pool, serialised per pool."""

    def send(self, pool: str, hop: int = 0) -> None:
        """Ask for a drain of this pool. Raises ``TransientDependency``."""
        ...


class Realtime(Protocol):
    """Push to the pages of an agent, or to the page of a web call."""

    def push(self, to: str, frame: Mapping[str, Any]) -> int:
        """Send a frame to every connection of the agent or call; return how many took it.

        Never raises: a page that cannot be reached is found by the missing acknowledgment.
        """
        ...


class Bus(Protocol):
    """The event bus."""

    def publish(self, occurrences: Sequence[Occurrence]) -> list[int]:
        """Publish events; return the indexes of those that were refused."""
        ...
