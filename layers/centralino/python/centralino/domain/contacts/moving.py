"""A waiting contact that the rules in force look for elsewhere.

It decides what the contact becomes; :mod:`centralino.application.strays` finds it and its place.
"""

from __future__ import annotations

from centralino.domain.contacts.machine import evolve
from centralino.domain.contacts.model import Contact, ContactState, waiting_partition
from centralino.domain.contacts.transfers import Line
from centralino.domain.events import Event

REASON = "rules_changed"


def move(contact: Contact, line: Line, now: int, cause: str | None) -> Contact:
    """Return the contact WAITING where agents look for it, in the place it had.

    In its own queue nothing changes but the partition: same leg, same time of coming. In the
    queue that takes over from one that is gone it begins another leg.

    Returns
    -------
    Contact
        The same object when it no longer waits, or waits there already.
    """
    there = waiting_partition(line.pool, line.queue, line.plan, line.shard)
    if contact.state is not ContactState.WAITING or contact.waiting_partition == there:
        return contact
    another = contact.queue != line.queue
    now = max(now, contact.updated_at)
    return evolve(
        contact,
        now,
        cause,
        Event("ContactRequeued", {"reason": REASON}),
        pool=line.pool,
        queue=line.queue,
        plan=line.plan,
        shard=line.shard,
        leg=contact.leg + 1 if another else contact.leg,
        enqueued_at=now if another else contact.enqueued_at,
    )
