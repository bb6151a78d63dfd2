"""The limit of a wrap-up, and the timer that ends one whose agent forgets it."""

from __future__ import annotations

from centralino.application import retired
from centralino.application.app import App
from centralino.application.ports import Timer
from centralino.domain.contacts.model import Contact


def timer(app: App, contact: Contact) -> Timer | None:
    """Return what is sent before the part of a contact's agent ends; ``None`` without a part.

    Its delay is the limit of the queue in which the agent got the contact.
    """
    segment = contact.segment
    if segment is None:
        return None
    limit = retired.rules_of(app, segment.queue).wrap_up_ms
    return Timer("wrapup", contact.id, segment.rid, limit)
