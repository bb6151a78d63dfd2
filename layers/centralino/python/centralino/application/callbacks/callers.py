"""Customers who call while they are to be called back, as the relay sees them.

It only notices; a timer does what follows. Nothing here may stop the relay: what it misses is a
customer who is called although they have just called, and one who is on the line is busy.
"""

from __future__ import annotations

from collections.abc import Sequence

from centralino.application.app import App
from centralino.application.callbacks import items, wishes
from centralino.domain.contacts.model import Contact, Direction
from centralino.domain.errors import CentralinoError

_TURNS = frozenset({"ContactStarted", "ContactConnected"})


def seen(app: App, contacts: Sequence[Contact]) -> list[str]:
    """Return the contacts whose turn concerns a request of their customer, each once."""
    found: dict[str, None] = {}
    for contact in contacts:
        if contact.id not in found and _turns(contact) and _asked(app, contact):
            found[contact.id] = None
    return sorted(found)


def _turns(contact: Contact) -> bool:
    """Tell whether a customer has just called, met an agent, or left without one."""
    if contact.subject is None or contact.parent is not None or contact.callback is not None:
        return False
    if contact.direction is not Direction.INBOUND:
        return False
    met = any(segment.connected_at is not None for segment in contact.segments)
    told = {event.type for event in contact.events}
    return bool(told & _TURNS) or (contact.ended and not met)


def _asked(app: App, contact: Contact) -> bool:
    own = wishes.callback_contact(contact.id)
    try:
        asked = items.requests_of(app, contact.subject or "", contact.business_unit)
        # What it asked for itself began in the write that ended it: it never held that.
        return any(request != own for request in asked)
    except CentralinoError as error:
        app.log.warning("callbacks_not_looked_up", contact_id=contact.id, code=error.code)
        return False
