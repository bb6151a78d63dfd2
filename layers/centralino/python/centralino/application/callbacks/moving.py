"""Moving a callback: the new place is taken before the old one is given back.

Dying between the two leaves a place behind which no callback stands; it goes to the next who
asks. The customer is never without a time.
"""

from __future__ import annotations

from centralino.application.app import App
from centralino.application.callbacks import commands as callbacks
from centralino.application.callbacks import following, items, slots, timing, wishes
from centralino.application.changes import change_contact
from centralino.domain.contacts import callback_moves as moving
from centralino.domain.contacts.callback_moves import MOVERS, NewTime
from centralino.domain.contacts.model import Contact
from centralino.domain.errors import InvalidRequest, RuleViolation


def move(app: App, callback_id: str, at: int | None, by: str, cause: str | None) -> Contact:
    """Move a callback to another time; repeating it changes nothing.

    Parameters
    ----------
    at : int or None
        The time that was picked, UTC milliseconds; ``None``: as soon as it is their turn, in the
        place in line they have had since they asked.
    by : str
        ``customer``, ``agent`` or ``supervisor``. What a customer moves before its window is a
        promise taken back; moved by us it is broken.

    Raises
    ------
    NotFound
        There is no such callback (``unknown_callback``).
    RuleViolation
        It has ended (``callback_ended``), the customer is being called (``dialing``), customers
        of the queue are never called (``never_open``), or the time cannot be had: ``time_past``,
        ``time_closed``, ``too_far_ahead`` or ``slot_full``; or it has just been given to another
        queue (``already_reassigned``). Nothing is changed.
    Conflict
        Others kept changing it, or wanted the same time: it may be asked again.
    """
    if by not in MOVERS:
        raise InvalidRequest("only customers, agents and supervisors move callbacks")
    began = app.clock.now()
    contact = callbacks.known(app, callback_id)
    moving.require_movable(contact)
    queue = contact.queue or ""
    slot = slots.slot_of(at)
    if moving.is_at(contact, slot):
        return contact
    to = _new_time(app, contact, at)
    _keep(app, contact, to)
    if to.slot is not None:
        slots.take(app, queue, to.slot, contact.id)

    def step(c: Contact) -> Contact:
        if c.queue != contact.queue:
            raise RuleViolation("somebody has just reassigned it", code="already_reassigned")
        changed = moving.move(c, to, by, app.clock.now(), cause)
        if changed is not c:
            timing.arm(app, changed)
        return changed

    try:
        change = change_contact(app, contact.id, step)
    except RuleViolation:
        if to.slot is not None:
            slots.give_back(app, queue, to.slot, contact.id)
        raise
    before = change.before.callback
    if change.made and before is not None and before.slot is not None:
        # Another move may have brought it back by now: the place is that one's.
        slots.give_back(app, queue, before.slot, contact.id, since=began)
    if change.made:
        following.drop_agent(app, change.before)
        following.followed(app, change, cause)
    if change.made and to.slot is None:
        callbacks.look(app, contact.id, cause)
    return app.store.contact(contact.id) or change.after


def _new_time(app: App, contact: Contact, at: int | None) -> NewTime:
    rules = timing.rules_of(app, contact)
    queue = contact.queue or ""
    zone = timing.times_of(app, queue).zone
    if at is None:
        first, window, _ = wishes.soonest(
            app, queue, contact.tier, contact.virtual_time or 0, rules
        )
        return NewTime(first, first + rules.expire_ms, window, zone=zone)
    window = slots.window(app, queue, at)
    return NewTime(window[0], window[0] + rules.expire_ms, window, window[0], zone)


def _keep(app: App, contact: Contact, to: NewTime) -> None:
    """Keep the number, and the mark of the request, for as long as it may take now.

    Raises
    ------
    RuleViolation
        The number is gone: the callback has just ended (``callback_ended``).
    """
    number = items.number_of(app, contact.id, contact.queue)
    callback = contact.callback
    if number is None or callback is None:
        raise RuleViolation("this callback has ended", code="callback_ended")
    if to.until <= callback.until:
        return
    who = items.customer(app, contact.subject, number)
    topic = f"{contact.business_unit}#{callback.topic}"
    if items.claim(app, who, topic, contact.id, to.until) != contact.id:
        raise RuleViolation("this callback has ended", code="callback_ended")
    items.keep(app, contact.id, contact.queue or "", number, to.until)
