"""Contacts that waited long enough: to another queue, or out of the queue with a word.

A timer looks when a contact's time in its queue is over, and is durable before the contact waits.
Where it lies further away than a timer reaches, or got lost, the minute sweep finds the contact.
"""

from __future__ import annotations

from centralino.application import admission
from centralino.application.app import App
from centralino.application.changes import change_contact
from centralino.application.placing import line_in
from centralino.application.ports import LONGEST_TIMER_MS, Timer, WaitingEntry
from centralino.application.routing import nudge_or_drain
from centralino.domain.configuration.model import Configuration, Queue
from centralino.domain.configuration.overflow import divert, next_look, words
from centralino.domain.contacts import overflow
from centralino.domain.contacts.model import Contact, ContactState
from centralino.domain.errors import NotFound, RuleViolation
from centralino.domain.telephony import phrases

#: An offer that is in force when the time is over is waited for a little longer than it lasts.
_AFTER_OFFER_MS = 1_000


def arm(app: App, contact: Contact, configuration: Configuration) -> None:
    """Send the timer of a contact that waits, or is about to, if its queue has such a rule.

    Raises
    ------
    TransientDependency
        The timer could not be sent: the contact must not be written yet.
    """
    queue = configuration.queues.get(contact.queue or "")
    if queue is None or contact.state is not ContactState.WAITING or contact.parent is not None:
        return
    if contact.owes_callback:
        # Nobody is on the line, or somebody whom we called; it has an expiry of its own.
        return
    if not queue.overflow:
        return
    now = app.clock.now()
    closing = admission.closes_at(app, configuration, queue)
    moment = next_look(queue, closing, contact.enqueued_at or now, now)
    if moment is not None and moment - now <= LONGEST_TIMER_MS:
        app.timers.send([Timer("overflow", contact.id, str(contact.leg), moment - now)])


def due(app: App, entry: WaitingEntry, configuration: Configuration) -> bool:
    """Tell whether a contact found waiting should have left its queue by now."""
    queue = configuration.queues.get(entry.queue)
    if queue is None or not queue.overflow or entry.calls_back:
        return False
    waited = app.clock.now() - entry.enqueued_at
    return divert(configuration, queue.id, waited, admission.state(app, configuration)) is not None


def look(app: App, contact_id: str, leg: str | None, cause: str | None) -> bool:
    """Send a contact on, or away, if its time in the queue is over; tell whether it was.

    A contact that is ringing an agent is looked at again once that offer is over.

    Parameters
    ----------
    leg : str or None
        The queue leg that is asked about: nothing happens in another one. ``None``: whichever.
    """
    configuration = app.configuration.current()
    found = app.store.contact(contact_id)
    if found is None or found.parent is not None or found.owes_callback:
        return False
    if leg is None:
        leg = str(found.leg)
    if str(found.leg) != leg:
        return False
    if found.state is ContactState.OFFERED and not found.accepted:
        rest = max(0, (found.expires_at or 0) - app.clock.now()) + _AFTER_OFFER_MS
        app.timers.send([Timer("overflow", contact_id, leg, min(rest, LONGEST_TIMER_MS))])
        return False
    if found.state is not ContactState.WAITING:
        return False

    def step(contact: Contact) -> Contact:
        if contact.state is not ContactState.WAITING or str(contact.leg) != leg:
            return contact
        return _moved(app, contact, configuration, cause)

    change = change_contact(app, contact_id, step)
    after = change.after
    if not change.made:
        if after.state is ContactState.WAITING and str(after.leg) == leg:
            # Early, or nowhere to go yet: a later moment may lie within a timer's reach.
            arm(app, after, configuration)
        return False
    if after.state is ContactState.OVERFLOWED:
        # Should we die before this, the waiting loop's next turn says the same.
        app.media.bring_caller(after)
    elif after.pool is not None:
        nudge_or_drain(app, after.pool, cause, fresh=[after])
    return True


def farewell(contact: Contact, configuration: Configuration) -> phrases.Texts:
    """Return what a contact hears that was turned away."""
    when = contact.overflowed or ""
    queue: Queue | None = configuration.queues.get(contact.queue or "")
    own = words(queue, when) if queue is not None else None
    return dict(own) if own is not None else phrases.TURNED_AWAY.get(when, phrases.ALL_BUSY)


def _moved(app: App, contact: Contact, configuration: Configuration, cause: str | None) -> Contact:
    now = app.clock.now()
    waited = now - (contact.enqueued_at or now)
    try:
        way = divert(
            configuration, contact.queue or "", waited, admission.state(app, configuration)
        )
        if way is None:
            return contact
        if way.to is None:
            return overflow.turn_away(contact, [way], now, cause)
        line = line_in(configuration, contact, configuration.queue(way.to))
    except (NotFound, RuleViolation) as error:
        # The rules changed under a waiting contact, or that queue takes no such contacts.
        app.log.warning("overflow_impossible", contact_id=contact.id, code=error.code)
        return contact
    after = overflow.send_on(contact, way, line, now, cause)
    arm(app, after, configuration)
    return after
