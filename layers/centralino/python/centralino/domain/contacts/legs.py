"""Legs besides the customer's inbound one: calls we make, and contacts set aside for later.

Outbound: ``DIALING`` while we call the customer, either because an agent took the contact and
waits (agent first) or before anybody is asked (customer first). Asynchronous: ``PARKED`` while an
agent waits for the customer's next message; the slot stays, because the contact comes back to
that agent, and goes when the time is over. What follows a talk, ``POST_CALL``, is in
:mod:`centralino.domain.contacts.lifecycle`.

It decides what a contact becomes; never whom to call, nor when.
"""

from __future__ import annotations

from dataclasses import replace

from centralino.domain.contacts.lifecycle import end_segment
from centralino.domain.contacts.machine import evolve, with_segment
from centralino.domain.contacts.model import Channel, Contact, ContactState, Direction, Segment
from centralino.domain.contacts.offers import holds, still_set_aside, talking_segment
from centralino.domain.errors import OfferEnded, RuleViolation
from centralino.domain.events import Event

#: Channels on which a customer may answer hours later.
ASYNCHRONOUS = frozenset({Channel.CHAT, Channel.EMAIL, Channel.TASK})


def start_dialling(
    contact_id: str,
    *,
    business_unit: str,
    now: int,
    cause: str | None,
    provider: str = "",
    line: str | None = None,
    language: str = "en",
    subject: str | None = None,
) -> Contact:
    """Return the first version of an outbound contact whose customer is called first.

    It has no agent yet: once the customer has answered, it is enqueued like any other.
    """
    return Contact(
        id=contact_id,
        state=ContactState.DIALING,
        business_unit=business_unit,
        version=1,
        sequence=2,
        direction=Direction.OUTBOUND,
        provider=provider,
        line=line,
        language=language,
        subject=subject,
        created_at=now,
        updated_at=now,
        cause=cause,
        events=(Event("ContactStarted"), Event("ContactDialing")),
    )


def dial(contact: Contact, rid: str, agent: str, now: int, cause: str | None) -> Contact:
    """Return the contact DIALING: the agent has taken it, now its customer is called.

    Repeating it changes nothing.

    Raises
    ------
    OfferEnded
        The offer is over, or was never this agent's.
    """
    segment = contact.find_segment(rid)
    if segment is not None and segment.agent == agent and contact.state is not ContactState.OFFERED:
        return contact
    if not holds(contact, rid) or contact.agent != agent:
        raise OfferEnded("this offer has ended")
    opened = segment or Segment(rid, agent, contact.queue or "", accepted_at=now)
    accepted = () if segment is not None else (Event("OfferAccepted"),)
    return evolve(
        contact,
        now,
        cause,
        *accepted,
        Event("ContactDialing"),
        state=ContactState.DIALING,
        expires_at=None,
        segments=with_segment(contact, opened),
    )


def answered(contact: Contact, now: int, cause: str | None) -> Contact:
    """Return the contact after the customer picked up, CONNECTED with the agent who waits.

    Repeating it changes nothing.

    Raises
    ------
    RuleViolation
        The contact is not being dialled (``illegal_transition``), or has no agent yet: it must
        be enqueued (``no_segment``).
    """
    segment = contact.segment
    if segment is not None and segment.connected_at is not None:
        return contact
    if contact.state is not ContactState.DIALING:
        raise RuleViolation("this contact is not being dialled", code="illegal_transition")
    if segment is None:
        raise RuleViolation("no agent waits for this customer", code="no_segment")
    now = max(now, contact.updated_at)
    since = contact.enqueued_at if contact.enqueued_at is not None else contact.created_at
    return evolve(
        contact,
        now,
        cause,
        Event("DialAnswered"),
        Event("ContactConnected", {"waited_ms": max(0, now - since)}),
        state=ContactState.CONNECTED,
        segments=with_segment(contact, replace(segment, connected_at=now)),
    )


def unanswered(contact: Contact, reason: str, now: int, cause: str | None) -> Contact:
    """Return the contact after the customer was not reached.

    With an agent waiting it is WRAPUP, so that the attempt gets its disposition; without one it
    is closed. Repeating it changes nothing.

    Parameters
    ----------
    reason : str
        ``no_answer``, ``busy``, ``machine`` or ``failed``.
    """
    if contact.state is not ContactState.DIALING:
        return contact
    now = max(now, contact.updated_at)
    failed = Event("DialFailed", {"rid": contact.rid, "reason": reason})
    segment = contact.segment
    if segment is None:
        nobody = {"agent_id": None, "rid": None, "disposition": None, "wrapup_ms": None}
        closed = Event("ContactClosed", {"outcome": "system", **nobody})
        return evolve(contact, now, cause, failed, closed, state=ContactState.CLOSED)
    ended, over = end_segment(segment, "system", now)
    return evolve(
        contact,
        now,
        cause,
        failed,
        over,
        state=ContactState.WRAPUP,
        segments=with_segment(contact, ended),
    )


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
