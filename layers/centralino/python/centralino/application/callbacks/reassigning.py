"""Giving a callback to another queue of its business unit, or to an agent who is asked first.

The new queue has it among its open ones before the contact says so, and the old one forgets it
after that: dying in between leaves a mark that lists ignore, never a request that nobody lists.
"""

from __future__ import annotations

from dataclasses import replace

from centralino.application.app import App
from centralino.application.callbacks import commands as callbacks
from centralino.application.callbacks import dialling, items, places, slots, timing
from centralino.application.changes import change_contact
from centralino.domain.contacts import callback_reassign as reassigning
from centralino.domain.contacts.model import Contact
from centralino.domain.errors import NotFound, RuleViolation


def reassign(
    app: App,
    callback_id: str,
    *,
    queue: str | None,
    agent: str | None,
    by: str,
    cause: str | None,
) -> Contact:
    """Give a callback to a queue, to an agent who is asked first, or to both.

    Repeating it changes nothing.

    Parameters
    ----------
    queue : str or None
        Where it waits from now on; where it is, if not given.
    agent : str or None
        Who is asked first, for as long as the plan waits for one; nobody in particular if not
        given.
    by : str
        ``agent`` or ``supervisor``.

    Raises
    ------
    NotFound
        There is no such callback, queue or agent in its business unit.
    RuleViolation
        It has ended (``callback_ended``), the customer is being called (``dialing``), an agent
        has taken it (``already_taken``), neither queue nor agent is given
        (``nowhere_to_reassign``), somebody has just given it to others or moved it
        (``already_reassigned``, ``already_moved``), or its time cannot be had in the other queue
        (``slot_full``, ``time_closed``, ``too_far_ahead``); one that has come already needs no
        place there. Nothing is changed.
    """
    contact = callbacks.known(app, callback_id)
    if queue is None and agent is None:
        raise RuleViolation("neither a queue nor an agent is given", code="nowhere_to_reassign")
    reassigning.require_reassignable(contact)
    old, new = contact.queue or "", queue or contact.queue or ""
    configuration = app.configuration.current()
    found = configuration.queues.get(new)
    if found is None or found.business_unit != contact.business_unit:
        raise NotFound("there is no such queue in this business unit", code="unknown_queue")
    if agent is not None:
        _require_agent(app, contact, agent)
    line = places.line_in(
        configuration, new, contact.plan or "", contact.id, waits=agent is not None
    )
    line = replace(line, preferred=agent)
    if contact.queue == new:
        # The priority and the plan it has stay, but for one that waits for its agent.
        line = replace(line, tier=contact.tier, priority=contact.priority)
    callback = contact.callback
    number = items.number_of(app, contact.id, contact.queue)
    if callback is None or number is None:
        raise RuleViolation("this callback has ended", code="callback_ended")
    takes = callback.slot if new != old and _ahead(app, callback.slot) else None
    if new != old:
        if takes is not None:
            slots.window(app, new, takes)
            slots.take(app, new, takes, contact.id)
        items.given(app, contact.id, old, new, number, callback.until)

    def step(c: Contact) -> Contact:
        if c.queue != contact.queue and c.queue != new:
            raise RuleViolation("somebody else has just reassigned it", code="already_reassigned")
        if c.callback is None or c.callback.slot != callback.slot:
            # The place that was taken here is for the time it had.
            raise RuleViolation("somebody has just moved it", code="already_moved")
        changed = reassigning.reassign(c, line, by, app.clock.now(), cause)
        if changed is not c:
            timing.arm(app, changed)
        return changed

    try:
        change = change_contact(app, contact.id, step)
    except RuleViolation:
        if takes is not None:
            slots.give_back(app, new, takes, contact.id)
        if new != old:
            _stays(app, contact.id, old, new)
        raise
    if new != old:
        _left(app, change.after, old)
    if change.made:
        dialling.followed(app, change, cause)
    return app.store.contact(contact.id) or change.after


def _stays(app: App, contact_id: str, old: str, new: str) -> None:
    """Take back what was kept for giving it away: it was not, or has ended meanwhile."""
    now = app.store.contact(contact_id)
    here = now.queue if now is not None and now.owes_callback else None
    for queue in (old, new):
        if queue != here:
            items.left(app, contact_id, queue)


def _left(app: App, contact: Contact, old: str) -> None:
    """Have what is kept beside the contact follow it."""
    callback = contact.callback
    if callback is None:
        return
    items.left(app, contact.id, old)
    if callback.slot is not None:
        slots.give_back(app, old, callback.slot, contact.id)


def _ahead(app: App, slot: int | None) -> bool:
    return slot is not None and slot >= app.clock.now()


def _require_agent(app: App, contact: Contact, agent_id: str) -> None:
    agent = app.store.agent(agent_id)
    if agent is None or agent.business_unit != contact.business_unit:
        raise NotFound("there is no such agent in this business unit", code="unknown_agent")
