"""Queues of waiting calls, as the Enqueue verb fills them.

Decides order, size and the figures a wait URL is told. Never decides who is taken next: the
product takes a call out by redirecting it.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from local.twilio.model import Call, new_sid

if TYPE_CHECKING:
    from local.twilio.exchange import Exchange

MAX_SIZE = 1000


@dataclass(eq=False)
class Member:
    """A call waiting in a queue."""

    call: Call
    queue: Queue
    since: float = field(default_factory=time.time)

    @property
    def waited(self) -> int:
        return round(time.time() - self.since)

    @property
    def position(self) -> int:
        return list(self.queue.members).index(self.call.sid) + 1

    def wait_params(self) -> dict[str, str]:
        """Give what a wait URL is told on top of the call's parameters."""
        return {
            "QueueSid": self.queue.sid,
            "QueuePosition": str(self.position),
            "QueueTime": str(self.waited),
            "AvgQueueTime": str(self.queue.average_wait),
            "CurrentQueueSize": str(len(self.queue.members)),
        }


@dataclass(eq=False)
class Queue:
    """A named queue; its members stand in the order they came."""

    name: str
    sid: str = field(default_factory=lambda: new_sid("QU"))
    max_size: int = MAX_SIZE
    created_at: float = field(default_factory=time.time)
    updated_at: float = field(default_factory=time.time)
    members: dict[str, Member] = field(default_factory=dict)
    left: int = 0
    waited_total: float = 0.0

    @property
    def average_wait(self) -> int:
        """Mean wait of those who have left, 0 before the first has."""
        return round(self.waited_total / self.left) if self.left else 0


class Queues:
    """Every queue of the account."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._by_sid: dict[str, Queue] = {}

    def __iter__(self) -> Iterator[Queue]:
        return iter(self._by_sid.values())

    def find(self, sid: str) -> Queue | None:
        return self._by_sid.get(sid)

    def named(self, name: str) -> Queue | None:
        return next((queue for queue in self if queue.name == name), None)

    def create(self, name: str, max_size: int = MAX_SIZE) -> Queue:
        queue = Queue(name, max_size=max_size)
        self._by_sid[queue.sid] = queue
        return queue

    def enter(self, call: Call, name: str) -> Member | None:
        """Put a call at the end of a queue, made if new; None when the queue is full."""
        queue = self.named(name) or self.create(name)
        if len(queue.members) >= queue.max_size:
            return None
        member = Member(call, queue)
        queue.members[call.sid] = member
        queue.updated_at = member.since
        call.place = member
        call.note("enqueued", name)
        return member

    def leave(self, member: Member, result: str) -> dict[str, str]:
        """Take a call out; give what the action URL is told of its stay."""
        queue = member.queue
        if queue.members.pop(member.call.sid, None) is not None:
            queue.left += 1
            queue.waited_total += time.time() - member.since
            queue.updated_at = time.time()
        if member.call.place is member:
            member.call.place = None
        member.call.note("left the queue", result)
        return {
            "QueueSid": queue.sid,
            "QueueTime": str(member.waited),
            "QueueResult": result,
        }
