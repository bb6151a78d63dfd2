"""Queues that the rules in force no longer have, for contacts that are still about them.

A queue is removed only while it is empty, but a process that has not heard of it yet may still
put a contact there and ring an agent for it. What is under way ends by the rules it began with.
"""

from __future__ import annotations

from centralino.application.app import App
from centralino.domain.configuration.model import Queue

#: How far back rules may have put somebody somewhere: no carrier lets a call last longer.
HORIZON_MS = 24 * 3600 * 1000


def rules_of(app: App, queue: str) -> Queue:
    """Return a queue's rules, those it had last where it is gone.

    Raises
    ------
    NotFound
        There has been no such queue lately (``unknown_queue``).
    """
    current = app.configuration.current()
    if queue not in current.queues:
        for older in app.configuration.superseded(app.clock.now() - HORIZON_MS):
            if queue in older.queues:
                return older.queues[queue]
    return current.queue(queue)
