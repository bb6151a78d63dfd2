"""A customer who was rung first and has answered: waits for an agent, or leaves before one comes.

From the answer on it is a call like any other; only its end before an agent was found is an
attempt in vain, and not an abandoned call: the customer did not call.
"""

from __future__ import annotations

from dataclasses import replace

from centralino.application import parties
from centralino.application.app import App
from centralino.application.callbacks import following, items, timing
from centralino.application.changes import Change, change_contact
from centralino.application.ports import Timer
from centralino.application.routing import nudge_or_drain
from centralino.domain.callbacks.model import Outcome
from centralino.domain.callbacks.rules import after
from centralino.domain.contacts import callback_calls as calling
from centralino.domain.contacts import callbacks
from centralino.domain.contacts.model import Contact


def admit(app: App, contact_id: str, attempt: str, call: str, cause: str | None) -> Change[Contact]:
    """Let a customer who was rung first, and has answered, wait in the old place."""
    change = change_contact(
        app, contact_id, lambda c: calling.admit(c, attempt, call, app.clock.now(), cause)
    )
    after_ = change.after
    if change.made and after_.pool is not None:
        items.forget_ringing(app, after_)
        nudge_or_drain(app, after_.pool, cause, fresh=[after_])
    return change


def over(app: App, contact_id: str, outcome: Outcome, cause: str | None) -> Change[Contact]:
    """Note that a waiting customer is not there any more; the next attempt follows by the rules.

    One who is in a conversation by now, or whose callback has ended, is left alone.
    """

    def step(contact: Contact) -> Contact:
        if not contact.answers_callback:
            return contact
        rules, now = timing.rules_of(app, contact), app.clock.now()
        allowed = timing.times_of(app, contact.queue or "").next
        then = after(callbacks.pending(contact), outcome, rules, now, allowed)
        changed = calling.left(contact, outcome, then, now, cause)
        if contact.accepted and contact.rid is not None:
            app.timers.send([Timer("room", contact.id, contact.rid, parties.ROOM_MS)])
        timing.arm(app, changed)
        return changed

    change = change_contact(app, contact_id, step)
    if change.made:
        following.drop_agent(app, change.before)
        if outcome is Outcome.MACHINE:
            following.leave_message(app, replace(change.before, rid=None))
        following.followed(app, change, cause)
    return change
