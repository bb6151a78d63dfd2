"""Giving a callback to another queue, or to an agent who is asked first.

The place in line stays, and so does what the customer was promised. Nothing is reassigned once
the customer's phone is being rung, or an agent has taken it: whoever comes first has it.
"""

from __future__ import annotations

from centralino.domain.callbacks.model import CallbackState, callback_id
from centralino.domain.contacts import callbacks
from centralino.domain.contacts.machine import evolve, without_segment
from centralino.domain.contacts.model import Contact, ContactState
from centralino.domain.contacts.transfers import Line
from centralino.domain.errors import RuleViolation
from centralino.domain.events import Event

S = CallbackState
REASON = "reassigned"


def require_reassignable(contact: Contact) -> None:
    """Raise unless the callback may be given to others as it stands.

    Raises
    ------
    RuleViolation
        It calls nobody back (``no_callback``), has ended (``callback_ended``), the customer is
        being called or on the line (``dialing``), or an agent has taken it (``already_taken``).
    """
    if callbacks.pending(contact).state not in (S.SCHEDULED, S.QUEUED, S.HELD):
        raise RuleViolation("the customer is being called", code="dialing")
    if contact.state is ContactState.OFFERED and contact.accepted:
        raise RuleViolation("an agent has taken this callback", code="already_taken")


def reassign(contact: Contact, line: Line, by: str, now: int, cause: str | None) -> Contact:
    """Return the contact in another line, its place kept; where it is already, as it was.

    An agent it was being shown to is free again. One that waits begins a queue leg there.

    Raises
    ------
    RuleViolation
        See :func:`require_reassignable`.
    """
    require_reassignable(contact)
    if (contact.queue, contact.preferred) == (line.queue, line.preferred):
        return contact
    now = max(now, contact.updated_at)
    another = contact.queue != line.queue
    told = [
        *callbacks.rescinded(contact, REASON),
        Event(
            "CallbackReassigned",
            {
                "callback_id": callback_id(contact.id),
                "by": by,
                "from_queue": contact.queue,
                "to_agent": line.preferred,
            },
        ),
    ]
    waits = contact.state in (ContactState.WAITING, ContactState.OFFERED)
    if waits:
        told.append(Event("ContactRequeued", {"reason": REASON}))
    # A leg that was never begun in the old queue is the first one in the new.
    begun = contact.enqueued_at is not None
    return evolve(
        contact,
        now,
        cause,
        *told,
        state=ContactState.WAITING if waits else contact.state,
        pool=line.pool,
        queue=line.queue,
        plan=line.plan,
        shard=line.shard,
        tier=line.tier,
        priority=line.priority,
        virtual_time=line.kept_place(contact, now) if another else contact.virtual_time,
        preferred=line.preferred,
        leg=contact.leg + 1 if another and begun else contact.leg,
        enqueued_at=now if another and waits else contact.enqueued_at,
        rid=None,
        agent=None,
        expires_at=None,
        acknowledged_at=None,
        segments=without_segment(contact, contact.rid) if contact.rid else contact.segments,
    )
