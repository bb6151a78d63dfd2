"""Where a contact goes that its queue cannot take, or has kept too long. Pure.

A contact is never met with a busy tone: it waits in another queue, or hears why it cannot wait.
Whether a queue is open or full is told from outside; this module decides what follows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from centralino.domain.configuration.model import Configuration, Overflow, Queue

CLOSED = "closed"
FULL = "full"
LATE = "late"
TO_QUEUE = "queue"
MESSAGE = "message"
CALLBACK = "callback"


@dataclass(frozen=True, slots=True)
class State:
    """How to find out about a queue: ``full`` is told the most contacts that may wait in it."""

    open: Callable[[Queue], bool]
    full: Callable[[Queue, int], bool]


class Way(Protocol):
    """A rule, as far as it leads somewhere."""

    @property
    def queue(self) -> str | None: ...

    @property
    def flow(self) -> str | None: ...


@dataclass(frozen=True, slots=True)
class Diversion:
    """A queue did not take a contact, or kept it no longer, and why (``when``).

    ``to`` is the queue it was sent to, ``flow`` the dialogue it was led into; where both are
    ``None`` it hears a message instead.
    """

    queue: str
    when: str
    to: str | None = None
    flow: str | None = None

    @property
    def action(self) -> str:
        """What followed, as the rules call it."""
        if self.to is not None:
            return TO_QUEUE
        return CALLBACK if self.flow is not None else MESSAGE


@dataclass(frozen=True, slots=True)
class Admission:
    """Where a contact that wants to enter a queue ends up.

    Attributes
    ----------
    queue : str or None
        Where it waits; ``None`` where the last diversion leads it into a dialogue, or has it hear
        a message.
    diversions : tuple of Diversion
        The queues that sent it on, in order.
    """

    queue: str | None
    diversions: tuple[Diversion, ...] = ()


def admit(
    configuration: Configuration, queue_id: str, state: State, *, asked: bool = False
) -> Admission:
    """Return where a contact goes that wants to enter this queue now.

    A closed queue without a rule for it turns contacts away with a message: nobody would come.
    A contact is sent to no queue twice: a circle of queues that are all closed or full ends with
    a message, too. So does a caller who has been through a dialogue already (``asked``).

    Raises
    ------
    NotFound
        There is no such queue.
    """
    at, seen = configuration.queue(queue_id), {queue_id}
    diversions: list[Diversion] = []
    while True:
        way = _way_at_the_door(at, state)
        if way is None:
            return Admission(at.id, tuple(diversions))
        to = way.queue if way.action == TO_QUEUE and way.queue not in seen else None
        flow = way.flow if way.action == CALLBACK and not asked else None
        diversions.append(Diversion(at.id, way.when, to, flow))
        if to is None:
            return Admission(None, tuple(diversions))
        at = configuration.queue(to)
        seen.add(to)


def divert(
    configuration: Configuration, queue_id: str, waited_ms: int, state: State
) -> Diversion | None:
    """Return where a contact goes that has waited this long in this queue; ``None``: it stays.

    It stays, too, where the queue it would be sent to is itself closed or full: to be sent away
    after a wait is worse than to go on waiting. A dialogue takes nobody out of line: that is
    for :func:`dialogue`.
    """
    for way in _ways_out(configuration.queue(queue_id), waited_ms, state):
        if way.action == CALLBACK:
            continue
        if way.action == MESSAGE:
            return Diversion(queue_id, way.when)
        if way.queue is not None and _way_at_the_door(configuration.queue(way.queue), state):
            continue
        return Diversion(queue_id, way.when, way.queue)
    return None


def dialogue(
    configuration: Configuration, queue_id: str, waited_ms: int, state: State
) -> Diversion | None:
    """Return the dialogue into which a contact is led that waits in this queue; ``None``: none.

    It keeps its place in line meanwhile.
    """
    queue = configuration.queues.get(queue_id)
    if queue is None or not asks(queue):
        return None
    for way in _ways_out(queue, waited_ms, state):
        if way.action == CALLBACK:
            return Diversion(queue_id, way.when, flow=way.flow)
    return None


def asks(queue: Queue) -> bool:
    """Tell whether a queue leads contacts into a dialogue about being called back."""
    return any(way.action == CALLBACK for way in queue.overflow)


def dialogues_by_queue(ways: Mapping[str, Sequence[Way]]) -> dict[str, set[str]]:
    """Return for each queue the dialogues into which it, or one it sends on to, leads contacts.

    Parameters
    ----------
    ways
        The rules of every queue.
    """
    found: dict[str, set[str]] = {}
    for start in ways:
        flows, seen, ahead = set[str](), set[str](), [start]
        while ahead:
            name = ahead.pop()
            if name in seen:
                continue
            seen.add(name)
            flows |= {way.flow for way in ways.get(name, ()) if way.flow is not None}
            ahead += [way.queue for way in ways.get(name, ()) if way.queue is not None]
        found[start] = flows
    return found


def next_look(queue: Queue, closes_at: int | None, enqueued_at: int, now: int) -> int | None:
    """Return when a contact that entered the queue then may next have to leave it.

    Parameters
    ----------
    closes_at : int or None
        When the queue next closes, UTC milliseconds like the others.
    """
    ways = [way for way in queue.overflow if way.action != CALLBACK]
    moments = [enqueued_at + way.limit for way in ways if way.when == LATE]
    if closes_at is not None and any(way.when == CLOSED for way in ways):
        moments.append(closes_at)
    return min((moment for moment in moments if moment > now), default=None)


def words(queue: Queue, when: str) -> Mapping[str, str] | None:
    """Return the texts a queue has for contacts it turns away; ``None``: none of its own."""
    for way in queue.overflow:
        if way.when == when and way.action in (MESSAGE, CALLBACK) and way.texts:
            return way.texts
    return None


def _ways_out(queue: Queue, waited_ms: int, state: State) -> Iterator[Overflow]:
    """Yield the rules that hold for a contact that waits in a queue, in order."""
    for way in queue.overflow:
        late = way.when == LATE and waited_ms >= way.limit
        if late or (way.when == CLOSED and not state.open(queue)):
            yield way


def _way_at_the_door(queue: Queue, state: State) -> Overflow | None:
    """Return the first of a queue's rules that keeps contacts from entering it now."""
    closed = not state.open(queue)
    for way in queue.overflow:
        if way.when == CLOSED and closed:
            return way
        if way.when == FULL and state.full(queue, way.limit):
            return way
    return Overflow(CLOSED, MESSAGE) if closed else None
