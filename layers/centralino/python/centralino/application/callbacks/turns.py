"""When the next call of a callback may be made: the carrier takes only so many in a second.

It is asked immediately before the call. Who has to wait comes back at a moment that is kept with
the contact, so that looking again in between asks for no other place.
"""

from __future__ import annotations

from centralino.application import pacing
from centralino.application.app import App
from centralino.application.callbacks import timing
from centralino.application.changes import change_contact
from centralino.domain.contacts import callback_calls as calling
from centralino.domain.contacts.model import Contact

#: Who was to come back longer ago than this is not waiting in line any more.
LATE_MS = 30_000


def has_come(app: App, contact: Contact, cause: str | None) -> bool:
    """Tell whether this contact's next call may be made now; else it is looked at when it may."""
    kept = contact.callback.paced_at if contact.callback is not None else None
    if kept is not None and kept > app.clock.now():
        return False
    moment = pacing.reserve(app, contact.provider, waited=kept is not None)
    if moment <= app.clock.now():
        return True
    timing.arm_at(app, contact.id, moment)
    change_contact(app, contact.id, lambda c: calling.pace(c, moment, app.clock.now(), cause))
    return False


def waits(contact: Contact, now: int) -> bool:
    """Tell whether a contact is in line for its next call."""
    kept = contact.callback.paced_at if contact.callback is not None else None
    return kept is not None and now <= kept + LATE_MS
