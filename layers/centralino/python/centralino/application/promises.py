"""What a queued caller is told of place and wait, and the promise this makes.

It decides whether something is due to be said at this turn of the waiting loop; what is said
follows from the queue's snapshot. The announcement is written with the contact before it is heard.
"""

from __future__ import annotations

from centralino.application import snapshots
from centralino.application.app import App
from centralino.domain.configuration.model import Queue
from centralino.domain.contacts.model import Contact, ContactState
from centralino.domain.errors import Conflict, TransientDependency
from centralino.domain.promises.announcing import (
    Announcement,
    first_announcement,
    later_announcement,
    on_record,
    promise_of,
)
from centralino.domain.promises.estimate import estimate, knows_enough
from centralino.domain.promises.model import order_key
from centralino.domain.telephony import phrases


def announce(app: App, contact: Contact, queue: Queue, cause: str | None) -> Announcement | None:
    """Put on record what this caller can be told now, and return it.

    Returns
    -------
    Announcement or None
        ``None``: nothing is due, nothing is known, or the contact has just changed. The caller
        is then told nothing this time.
    """
    rules, now = queue.announce, app.clock.now()
    if contact.state is not ContactState.WAITING or not (rules.position or rules.wait):
        return None
    promise = promise_of(contact)
    if promise is not None and now - promise.said_at < rules.every_ms:
        return None
    try:
        snapshot = snapshots.current(app, queue.id)
        if snapshot is None or not knows_enough(snapshot):
            return None
        told = estimate(
            snapshot, order_key(contact.tier, queue.tier, contact.virtual_time or 0), now
        )
        if promise is None:
            said = first_announcement(contact.leg, told, now)
        else:
            said = later_announcement(promise, told, now)
        hours = app.configuration.current().hours_of(queue.id)
        zone = hours.zone if hours is not None else "UTC"
        app.store.save_contact(on_record(contact, said, now, cause, wait=rules.wait, zone=zone))
    except (Conflict, TransientDependency) as error:
        # Most likely an agent was found meanwhile. What is not on record is not said.
        app.log.info("not_announced", contact_id=contact.id, code=error.code)
        return None
    return said


def expected_ms(app: App, contact: Contact, queue: Queue) -> int | None:
    """Return the wait this caller can expect from now on; ``None`` where nothing can be told."""
    try:
        snapshot = snapshots.current(app, queue.id)
    except TransientDependency:
        return None
    if snapshot is None or not knows_enough(snapshot):
        return None
    place = order_key(contact.tier, queue.tier, contact.virtual_time or 0)
    return estimate(snapshot, place, app.clock.now()).expected_ms


def spoken(said: Announcement, queue: Queue) -> tuple[phrases.Texts, ...]:
    """Return the sentences of an announcement, by language."""
    rules = queue.announce
    texts: list[phrases.Texts] = []
    if said.late and rules.wait:
        texts.append(phrases.WAIT_IS_LATE)
    if rules.position:
        texts.append(phrases.place_in_line(said.position))
    if rules.wait and said.lower_ms is not None and said.upper_ms is not None:
        texts.append(phrases.expected_wait(said.lower_ms, said.upper_ms))
    return tuple(texts)
