"""Which queue takes the contacts of one that the rules in force no longer have.

A queue is removed only once nobody waits in it, but a process that has not heard of the new rules
may still put somebody there. That contact must not be lost. It decides where it goes; it moves
nobody.
"""

from __future__ import annotations

from collections.abc import Iterator

from centralino.domain.configuration.model import Configuration, Queue
from centralino.domain.contacts.model import Channel


def heir(older: Configuration, newer: Configuration, queue: str, channel: Channel) -> str | None:
    """Return the queue of ``newer`` for contacts on this channel that waited in ``queue``.

    It is the queue itself while it is there; else the first of these that takes the channel: the
    queues it overflowed into, those of its business unit that shared agents with it, any other of
    its business unit. Never one of another business unit: its agents work under another contract.
    """
    if queue in newer.queues:
        return queue
    gone = older.queues.get(queue)
    if gone is None:
        return None
    fitting = (name for name in _candidates(older, newer, gone) if _takes(newer, name, channel))
    return next(fitting, None)


def _candidates(older: Configuration, newer: Configuration, gone: Queue) -> Iterator[str]:
    yield from (way.queue for way in gone.overflow if way.queue is not None)
    own = [q.id for q in newer.queues.values() if q.business_unit == gone.business_unit]
    near = {name for pool in older.pools.values() if gone.id in pool.queues for name in pool.queues}
    yield from sorted(own, key=lambda name: (name not in near, name))


def _takes(rules: Configuration, name: str, channel: Channel) -> bool:
    queue = rules.queues.get(name)
    if queue is None or not any(name in pool.queues for pool in rules.pools.values()):
        return False
    plans = (rules.plans.get(plan) for plan in queue.plans)
    return any(plan is not None and plan.channel.work is channel.work for plan in plans)
