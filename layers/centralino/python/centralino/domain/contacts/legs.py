"""Contacts set aside until the customer answers.

``PARKED`` while an agent waits for the customer's next message; the slot stays, because the
contact comes back to that agent, and goes when the time is over. Calls that we make are in
:mod:`centralino.domain.contacts.callback_calls` and :mod:`centralino.domain.contacts.parties`,
what follows a talk, ``POST_CALL``, in :mod:`centralino.domain.contacts.lifecycle`.
"""

from __future__ import annotations

from dataclasses import replace

from centralino.domain.contacts.lifecycle import end_segment
from centralino.domain.contacts.machine import evolve, with_segment
from centralino.domain.contacts.model import Channel, Contact, ContactState
from centralino.domain.contacts.offers import still_set_aside, talking_segment
from centralino.domain.errors import RuleViolation
from centralino.domain.events import Event

#: Channels on which a customer may answer hours later.
ASYNCHRONOUS = frozenset({Channel.CHAT, Channel.EMAIL, Channel.TASK})


def park(contact: Contact, rid: str, until: int, now: int, cause: str | None) -> Contact:
    """Return the contact PARKED until the customer writes again, or ``until`` (UTC ms).

    Parking a parked contact changes nothing.

    Raises
    ------
    RuleViolation
        There is no conversation (``not_talking``), the channel does not wait
        (``not_asynchronous``), or ``until`` is past (``invalid_until``).
    """
    if contact.state is ContactState.PARKED and contact.rid == rid:
        return contact
    talking_segment(contact, rid)
    if contact.channel not in ASYNCHRONOUS:
        raise RuleViolation("somebody on a call cannot be parked", code="not_asynchronous")
    if until <= max(now, contact.updated_at):
        raise RuleViolation("it cannot be parked until a time that is past", code="invalid_until")
    return evolve(
        contact, now, cause, Event("ContactParked"), state=ContactState.PARKED, expires_at=until
    )


def unpark(contact: Contact, rid: str, now: int, cause: str | None) -> Contact:
    """Return the parked contact CONNECTED with its agent again. Repeating it changes nothing."""
    if contact.state is ContactState.CONNECTED and contact.rid == rid:
        return contact
    if contact.state is not ContactState.PARKED or contact.rid != rid:
        raise RuleViolation("this contact is not parked", code="not_parked")
    unparked = Event("ContactUnparked")
    return evolve(contact, now, cause, unparked, state=ContactState.CONNECTED, expires_at=None)


def park_over(contact: Contact, rid: str, now: int, cause: str | None) -> Contact:
    """Return the contact WAITING in its old place after its time in the park is over.

    The agent's part ends without a wrap-up, which frees the slot; the plan may still prefer that
    agent. A contact that has left the park is not touched.
    """
    segment = contact.segment
    if contact.state is not ContactState.PARKED or contact.rid != rid or segment is None:
        return contact
    now = max(now, contact.updated_at)
    ended, over = end_segment(segment, "system", now)
    done = {"agent_id": segment.agent, "rid": rid, "disposition": None, "wrapup_ms": 0}
    return evolve(
        contact,
        now,
        cause,
        over,
        Event("ContactWrapupEnded", done),
        Event("ContactRequeued", {"reason": "park_over"}),
        state=ContactState.WAITING,
        leg=contact.leg + 1,
        enqueued_at=now,
        preferred=segment.agent,
        tried=still_set_aside(contact, now),
        segments=with_segment(contact, replace(ended, wrapped_at=now)),
        rid=None,
        agent=None,
        expires_at=None,
        acknowledged_at=None,
    )
