"""Legs left over in a conversation that has ended, and how they are found.

Whoever ends a call also ends its legs; but a process may die in between, the carrier may not have
answered, and a leg may begin to ring after everybody has gone. So a timer, sent before the end is
written, has the carrier asked once more for what is still there. By then every ring is over.

A customer in a post-call step is not a leftover, up to :data:`POST_CALL_MS`; one who was left with
an outside number may talk to it for as long as they like.
"""

from __future__ import annotations

from centralino.application.app import App
from centralino.application.ports import Timer
from centralino.domain.contacts.model import Contact, ContactState

#: Longer than any leg may ring.
REAP_MS = 30_000
#: A wrap-up whose limit comes no later than this has its timer look for legs as well.
SOON_MS = 120_000
POST_CALL_MS = 600_000
#: Clocks of two processes differ by less.
EARLY_MS = 1_000


def timers(
    app: App, contact: Contact, wrap_up_ms: int | None, *, post_call: bool = False
) -> list[Timer]:
    """Return what to send before the end of a contact is written, besides a wrap-up's timer.

    Nothing for one that no leg can have been rung for, or whose wrap-up is over soon enough: a
    message more for each call would find nothing in nearly all of them.

    Parameters
    ----------
    wrap_up_ms : int or None
        The limit of the wrap-up that begins; ``None``: none does.
    """
    if not app.media.joins(contact) or (contact.decision is None and contact.rid is None):
        return []
    if wrap_up_ms is not None and REAP_MS <= wrap_up_ms <= SOON_MS and not post_call:
        return []
    delay = POST_CALL_MS if post_call else REAP_MS
    # A contact whose offers have all ended has no rid; what it is about is its conversation.
    return [Timer("legs", contact.id, contact.rid or contact.id, delay)]


def reap(app: App, contact_id: str, rid: str) -> None:
    """End what is left of a conversation whose contact has ended; what goes on is let be.

    Raises
    ------
    TransientDependency
        It is unknown whether all legs have ended: the timer must come again.
    """
    contact = app.store.contact(contact_id)
    if contact is None or not over(contact) or not app.media.joins(contact):
        return
    if contact.parent is None:
        app.media.hang_up(contact)
        return
    parent = app.store.contact(contact.parent)
    if parent is None or parent.find_segment(rid) is None:
        # Else the party has taken the customer over, and this is the leg of that talk.
        app.media.drop_agent(contact, rid)


def over(contact: Contact) -> bool:
    """Tell whether nobody belongs into the contact's conversation any more."""
    return contact.ended or contact.state is ContactState.WRAPUP


def post_call_over(contact: Contact, now: int) -> bool:
    """Tell whether a customer has been in a post-call step for too long."""
    if contact.state is not ContactState.POST_CALL or contact.party is not None:
        return False
    ended = max((s.ended_at for s in contact.segments if s.ended_at is not None), default=now)
    return now >= ended + POST_CALL_MS - EARLY_MS
