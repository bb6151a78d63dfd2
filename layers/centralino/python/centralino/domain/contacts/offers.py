"""The offer: a contact shown to one agent, under a lease named by ``rid``.

Every answer is conditional on ``rid``: the first one wins, later ones either repeat it (and
change nothing) or find the offer ended.
"""

from __future__ import annotations

from dataclasses import replace

from centralino.domain.callbacks.model import CallbackState, callback_id, moved
from centralino.domain.contacts.machine import evolve, with_segment, without_segment
from centralino.domain.contacts.model import (
    CONFERENCE,
    TALKING,
    Contact,
    ContactState,
    Decision,
    Segment,
)
from centralino.domain.errors import OfferEnded, RuleViolation
from centralino.domain.events import Event
from centralino.domain.ids import offer_id


def offer(
    contact: Contact,
    agent: str,
    *,
    expires_at: int,
    decision: Decision,
    now: int,
    cause: str | None,
) -> Contact:
    """Return the contact claimed for an agent: what the claim's write makes of it."""
    if contact.state is not ContactState.WAITING:
        raise RuleViolation(f"a contact that is {contact.state} cannot be offered")
    return evolve(
        contact,
        now,
        cause,
        offered_event(decision),
        state=ContactState.OFFERED,
        rid=offer_id(contact.id, contact.version + 1),
        agent=agent,
        expires_at=expires_at,
        acknowledged_at=None,
        decision=decision,
    )


def offered_event(decision: Decision) -> Event:
    """Return the event of a claim: why this agent, and what stood against the others."""
    return Event(
        "ContactOffered",
        {
            "decision": {
                "rule": decision.rule,
                "step": decision.step,
                "candidates": [list(c) for c in decision.candidates],
            }
        },
    )


def acknowledge(contact: Contact, rid: str, now: int, cause: str | None) -> Contact:
    """Return the contact whose offer is known to have reached the agent's page."""
    if not holds(contact, rid) or contact.acknowledged_at is not None or contact.accepted:
        return contact
    return evolve(contact, now, cause, acknowledged_at=now)


def accept(
    contact: Contact, rid: str, agent: str, now: int, cause: str | None, *, joined: bool
) -> Contact:
    """Return the contact accepted by the agent it is offered to.

    Parameters
    ----------
    joined : bool
        True where the media need no joining (a page-to-page call, a chat): the contact is
        CONNECTED at once. Otherwise it stays OFFERED until both legs have joined.

    Raises
    ------
    OfferEnded
        The offer was answered, withdrawn or timed out, or was never this agent's.
    """
    segment = contact.find_segment(rid)
    if segment is not None and segment.agent == agent:
        return contact
    if not holds(contact, rid) or contact.agent != agent:
        raise OfferEnded("this offer has ended")
    opened = Segment(rid=rid, agent=agent, queue=contact.queue or "", accepted_at=now)
    if joined:
        return _connect(contact, opened, now, cause)
    return evolve(
        contact,
        now,
        cause,
        Event("OfferAccepted"),
        segments=with_segment(contact, opened),
    )


def connect(contact: Contact, rid: str, now: int, cause: str | None) -> Contact:
    """Return the contact CONNECTED: caller and agent are in the same conversation."""
    segment = contact.find_segment(rid)
    if segment is not None and segment.connected_at is not None:
        return contact
    if segment is None or not holds(contact, rid):
        raise OfferEnded("this offer has ended")
    return _connect(contact, segment, now, cause)


def decline(
    contact: Contact, rid: str, agent: str, reason: str, until: int, now: int, cause: str | None
) -> Contact:
    """Return the contact WAITING again in its place, after the agent said no.

    A declined offer that is declined again changes nothing; one already accepted cannot be
    declined.
    """
    if contact.agent == agent and holds(contact, rid) and not contact.accepted:
        return _requeue(contact, "OfferDeclined", reason, until, now, cause)
    if contact.find_segment(rid) is not None:
        raise OfferEnded("this offer was accepted")
    if agent in contact.tried or contact.ended:
        return contact
    raise OfferEnded("this offer has ended")


def time_out(contact: Contact, rid: str, until: int, now: int, cause: str | None) -> Contact:
    """Return the contact WAITING again because nobody answered in time (RONA)."""
    if not holds(contact, rid) or contact.accepted:
        return contact
    return _requeue(contact, "OfferTimedOut", "no_answer", until, now, cause)


def fail(
    contact: Contact, rid: str, reason: str, until: int, now: int, cause: str | None
) -> Contact:
    """Return the contact WAITING again because the offer could not be carried out."""
    if not holds(contact, rid):
        return contact
    return _requeue(contact, "OfferFailed", reason, until, now, cause)


def hold(contact: Contact, rid: str, now: int, cause: str | None) -> Contact:
    """Return the contact HELD: the caller hears music, the agent's talk clock stops."""
    segment = talking_segment(contact, rid)
    if contact.state is ContactState.HELD:
        return contact
    held = replace(segment, held_since=now)
    return evolve(
        contact,
        now,
        cause,
        Event("ContactHeld"),
        state=ContactState.HELD,
        segments=with_segment(contact, held),
    )


def resume(contact: Contact, rid: str, now: int, cause: str | None) -> Contact:
    """Return the held contact CONNECTED again."""
    segment = talking_segment(contact, rid)
    if contact.state is ContactState.CONNECTED:
        return contact
    total = segment.hold_until(now)
    back = replace(segment, held_since=None, hold_ms=total)
    return evolve(
        contact,
        now,
        cause,
        Event("ContactResumed", {"held_ms": total - segment.hold_ms}),
        state=ContactState.CONNECTED,
        segments=with_segment(contact, back),
    )


def holds(contact: Contact, rid: str) -> bool:
    """Tell whether this offer is the one in force."""
    return contact.state is ContactState.OFFERED and contact.rid == rid


def talking_segment(contact: Contact, rid: str) -> Segment:
    """Return the segment of ``rid`` if its agent is talking on the contact now.

    Raises
    ------
    RuleViolation
        It is not (code ``not_talking``).
    """
    segment = contact.find_segment(rid)
    if segment is None or contact.rid != rid or contact.state not in TALKING:
        raise RuleViolation("there is no conversation to act on", code="not_talking")
    return segment


def _connect(contact: Contact, segment: Segment, now: int, cause: str | None) -> Contact:
    now = max(now, contact.updated_at)
    talking = replace(segment, connected_at=now)
    waited = now - contact.enqueued_at if contact.enqueued_at is not None else 0
    events = [Event("ContactConnected", {"waited_ms": waited})]
    if contact.kind == CONFERENCE:
        events.append(Event("ConferenceJoined", {"agent_id": segment.agent}))
    callback = contact.callback
    if callback is not None and callback.on_the_line:
        reached = {"callback_id": callback_id(contact.id), "attempt": len(callback.attempts)}
        events.insert(0, Event("CallbackConnected", reached))
        callback = moved(callback, CallbackState.CONNECTED)
    return evolve(
        contact,
        now,
        cause,
        *events,
        state=ContactState.CONNECTED,
        segments=with_segment(contact, talking),
        expires_at=None,
        callback=callback,
    )


def _requeue(
    contact: Contact, event: str, reason: str, until: int, now: int, cause: str | None
) -> Contact:
    agent = contact.agent or ""
    ended = Event(event, {"agent_id": agent, "rid": contact.rid, "reason": reason})
    if contact.parent is not None and contact.preferred is not None:
        return _end_by_name(contact, ended, reason, now, cause)
    callback = contact.callback
    if callback is not None and callback.paced_at is not None:
        # It was kept for the agent who is gone: the next one asks anew.
        callback = replace(callback, paced_at=None)
    return evolve(
        contact,
        now,
        cause,
        ended,
        Event("ContactRequeued", {"reason": reason}),
        callback=callback,
        state=ContactState.WAITING,
        segments=without_segment(contact, contact.rid),
        tried={**still_set_aside(contact, now), agent: until},
        rid=None,
        agent=None,
        expires_at=None,
        acknowledged_at=None,
    )


def _end_by_name(
    contact: Contact, ended: Event, reason: str, now: int, cause: str | None
) -> Contact:
    """Return a party invited by name ABANDONED: nobody else was asked for."""
    since = contact.enqueued_at if contact.enqueued_at is not None else contact.created_at
    waited = max(0, now - since)
    return evolve(
        contact,
        now,
        cause,
        ended,
        Event("ConsultEnded", {"reason": reason}),
        Event("ContactAbandoned", {"stage": "ringing", "waited_ms": waited}),
        state=ContactState.ABANDONED,
        segments=without_segment(contact, contact.rid),
        rid=None,
        agent=None,
        expires_at=None,
    )


def still_set_aside(contact: Contact, now: int) -> dict[str, int]:
    """Return the agents this contact is not to be offered yet, and until when."""
    return {agent: until for agent, until in contact.tried.items() if until > now}
