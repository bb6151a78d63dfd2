"""The ``Delivery`` port over one way for each kind of message, and the outbox for a laptop.

Whoever sends tells three failures apart: not sent, perhaps sent, and refused.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

from centralino.application.ports import Clock, Item, Operations
from centralino.application.ports.delivery import Kind, Message
from centralino.domain.errors import CentralinoError

OUTBOX = "outbox"
_KEEP_S = 24 * 3600


class Way(Protocol):
    """Sends messages of one kind."""

    def send(self, message: Message) -> str:
        """See :meth:`Delivery.send`."""
        ...


class Ways:
    """The port ``Delivery``: a way for each kind, made when first used."""

    def __init__(self, ways: Mapping[Kind, Callable[[], Way]]) -> None:
        self._ways = ways

    def offers(self, kind: Kind) -> bool:
        """See :meth:`Delivery.offers`."""
        return kind in self._ways

    def send(self, message: Message) -> str:
        """See :meth:`Delivery.send`."""
        if not self.offers(message.kind):
            raise CentralinoError(f"no {message.kind} is sent here", code="delivery_not_set_up")
        return self._ways[message.kind]().send(message)


class Outbox:
    """Keeps for a day what would have been sent: for a deployment that reaches nobody."""

    def __init__(self, operations: Operations, clock: Clock) -> None:
        self._operations = operations
        self._clock = clock

    def send(self, message: Message) -> str:
        """Keep a message."""
        now = self._clock.now()
        about = {
            "kind": str(message.kind),
            "to": message.to,
            "sender": message.sender,
            "language": message.language,
            "subject": message.subject,
            "text": message.text,
            "purpose": message.purpose,
            "at": now,
        }
        key = f"{now:013d}#{message.id}"
        self._operations.put(Item(OUTBOX, key, about, ttl=now // 1000 + _KEEP_S))
        return key

    def kept(self) -> list[Item]:
        """Return what is kept, the latest first."""
        return self._operations.list(OUTBOX)[::-1]
