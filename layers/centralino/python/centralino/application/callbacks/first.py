"""Ringing a customer before an agent is found (customer first).

It is rung once an agent is likely to be free for them, and in any case in time for what they were
promised.
"""

from __future__ import annotations

from centralino.application.app import App
from centralino.application.callbacks import dialling, items, readiness, timing, turns
from centralino.application.changes import change_contact
from centralino.domain.callbacks.model import CallbackState
from centralino.domain.contacts import callback_calls as calling
from centralino.domain.contacts import callbacks
from centralino.domain.contacts.model import Contact
from centralino.domain.errors import TransientDependency


def due(app: App, contact: Contact, cause: str | None) -> bool:
    """Ring a customer whose time has come, or see to it that they are looked at again.

    Tells whether the contact was changed.
    """
    now = app.clock.now()
    if callbacks.pending(contact).paced_at is None and not readiness.ready(app, contact):
        moment = now + readiness.again_ms(app, contact)
        if items.note_look(app, contact.id, moment):
            timing.arm_at(app, contact.id, moment)
        return False
    number = items.number_of(app, contact.id, contact.queue)
    if number is None:
        gone = CallbackState.EXPIRED
        return dialling.conclude(app, contact.id, gone, "number_gone", cause).made
    if not turns.has_come(app, contact, cause):
        return True
    dialling.arm(app, contact)
    change = change_contact(
        app, contact.id, lambda c: calling.dial_alone(c, app.clock.now(), cause)
    )
    if change.made:
        _note(app, change.after)
        dialling.ring(app, change.after, number, cause)
    return change.made


def _note(app: App, contact: Contact) -> None:
    """Count the customer among those being rung; who is not counted may be rung beside others."""
    try:
        items.note_ringing(app, contact)
    except TransientDependency as error:
        app.log.warning("ringing_not_noted", contact_id=contact.id, code=error.code)
