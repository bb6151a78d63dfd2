"""Whether a queue takes contacts now: its hours, and how many wait in it already."""

from __future__ import annotations

from itertools import islice

from centralino.application.app import App
from centralino.application.waiting import entries
from centralino.domain.configuration.hours import is_open, opening
from centralino.domain.configuration.model import Configuration, Queue
from centralino.domain.configuration.overflow import FULL, State
from centralino.domain.configuration.pools import waiting_partitions
from centralino.domain.errors import RuleViolation


def state(app: App, configuration: Configuration) -> State:
    """Return how the queues of a configuration stand at this moment."""

    def opens(queue: Queue) -> bool:
        return is_open(configuration.hours_of(queue.id), app.clock.now(), app.holidays)

    return State(opens, lambda queue, limit: _holds(app, configuration, queue, limit))


def closes_at(app: App, configuration: Configuration, queue: Queue) -> int | None:
    """Return when an open queue next closes, UTC milliseconds; ``None``: not in sight."""
    hours = configuration.hours_of(queue.id)
    found = opening(hours, app.clock.now(), app.holidays) if hours is not None else None
    return found.changes_at if found is not None and found.open else None


def require_room(app: App, configuration: Configuration, queue: Queue) -> None:
    """Refuse a queue to an agent who asks for it while it takes no contacts.

    Raises
    ------
    RuleViolation
        It is closed (``queue_closed``) or full (``queue_full``).
    """
    now = state(app, configuration)
    if not now.open(queue):
        raise RuleViolation("this queue is closed now", code="queue_closed")
    if any(way.when == FULL and now.full(queue, way.limit) for way in queue.overflow):
        raise RuleViolation("this queue is full now", code="queue_full")


def _holds(app: App, configuration: Configuration, queue: Queue, limit: int) -> bool:
    """Tell whether so many contacts wait in a queue; reads no further than that.

    The index may lag by some milliseconds: of a crowd that comes at once a few more get in.
    """
    pool = configuration.pool_of(queue.id).id
    partitions = waiting_partitions(configuration, pool)
    own = [key for key, (name, _) in partitions.items() if name == queue.id]

    def count(key: str) -> int:
        return sum(1 for _ in islice(entries(app.store, key, limit), limit))

    return sum(app.fan_out(count, own)) >= limit
