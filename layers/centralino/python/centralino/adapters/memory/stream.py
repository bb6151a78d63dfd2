"""The change stream: what was written, to whoever subscribed, in order per item.

Delivery is at least once: a batch that failed is delivered again, ahead of what follows.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from centralino.domain.agents.model import Agent
from centralino.domain.contacts.model import Contact
from centralino.domain.filing import Filed


@dataclass(frozen=True, slots=True)
class Change:
    """One write: the table and the image after it."""

    table: str
    image: Contact | Agent | Filed


class Subscription:
    """One consumer's place in the stream."""

    def __init__(self, table: str | None = None) -> None:
        self._table = table
        self._waiting: deque[Change] = deque()
        self._last: list[Change] = []

    def __len__(self) -> int:
        return len(self._waiting)

    def take(self, limit: int = 100) -> list[Change]:
        """Return the next changes, oldest first."""
        waiting = self._waiting
        self._last = [waiting.popleft() for _ in range(min(limit, len(waiting)))]
        return self._last

    def redeliver(self) -> None:
        """Give the last batch again, as after a failed invocation."""
        self._waiting.extendleft(reversed(self._last))
        self._last = []

    def offer(self, change: Change) -> None:
        """Append a change, if it is of the table subscribed to."""
        if self._table is None or change.table == self._table:
            self._waiting.append(change)


class Stream:
    """The streams of the tables. Nothing is kept for nobody."""

    def __init__(self) -> None:
        self._subscriptions: list[Subscription] = []

    def subscribe(self, table: str | None = None) -> Subscription:
        """Return a new place in the stream, from now on; of one table or of all."""
        subscription = Subscription(table)
        self._subscriptions.append(subscription)
        return subscription

    def publish(self, table: str, image: Contact | Agent | Filed) -> None:
        """Append a write."""
        for subscription in self._subscriptions:
            subscription.offer(Change(table, image))
