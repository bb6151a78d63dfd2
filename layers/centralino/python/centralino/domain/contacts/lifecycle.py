"""Beginning, queueing and ending of a contact, as seen from the customer's side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from centralino.domain.contacts.machine import evolve, with_segment, without_segment
from centralino.domain.contacts.model import (
    DEFAULT_TIER,
    TALKING,
    Channel,
    Contact,
    ContactState,
    Direction,
    FlowPosition,
    Segment,
)
from centralino.domain.errors import RuleViolation
from centralino.domain.events import Event


def start(
    contact_id: str,
    *,
    business_unit: str,
    now: int,
    cause: str | None,
    provider: str = "",
    call: str | None = None,
    line: str | None = None,
    language: str = "en",
    subject: str | None = None,
    flow: FlowPosition | None = None,
    channel: Channel = Channel.VOICE,
) -> Contact:
    """Return the first version of an inbound contact, in its flow."""
    return Contact(
        id=contact_id,
        state=ContactState.IVR,
        business_unit=business_unit,
        version=1,
        sequence=1,
        channel=channel,
        direction=Direction.INBOUND,
        provider=provider,
        call=call,
        line=line,
        language=language,
        subject=subject,
        flow=flow,
        created_at=now,
        updated_at=now,
        cause=cause,
        events=(Event("ContactStarted"),),
    )


def move_in_flow(contact: Contact, position: FlowPosition, now: int, cause: str | None) -> Contact:
    """Return the contact at another step of its flow. No event: a step is not a business fact."""
    if contact.state is not ContactState.IVR:
        raise RuleViolation("the contact has left its flow", code="illegal_transition")
    return evolve(contact, now, cause, flow=position)


def enqueue(
    contact: Contact,
    *,
    pool: str,
    queue: str,
    plan: str,
    now: int,
    cause: str | None,
    shard: int = 0,
    priority: int = 0,
    tier: int = DEFAULT_TIER,
    sla_offset_ms: int = 0,
    boost_ms: int = 0,
    preferred: str | None = None,
    before: Sequence[Event] = (),
) -> Contact:
    """Return the contact WAITING in a queue.

    Its place is ``virtual_time = now + SLA offset - boost``, fixed here once and kept through
    declines, time-outs and conversion to a callback.

    Parameters
    ----------
    before : sequence of Event
        What led here, such as queues that could not take it.
    """
    return evolve(
        contact,
        now,
        cause,
        *before,
        Event("ContactEnqueued"),
        state=ContactState.WAITING,
        pool=pool,
        queue=queue,
        plan=plan,
        shard=shard,
        priority=priority,
        tier=tier,
        enqueued_at=max(now, contact.updated_at),
        virtual_time=now + sla_offset_ms - boost_ms,
        leg=contact.leg + 1,
        preferred=preferred,
    )


def self_serve(contact: Contact, now: int, cause: str | None) -> Contact:
    """Return the contact closed because its flow gave the customer what was asked for."""
    if contact.state is not ContactState.IVR:
        raise RuleViolation("the contact has left its flow", code="illegal_transition")
    closed = Event("ContactClosed", {"outcome": "self_served", **_no_agent()})
    return evolve(contact, now, cause, closed, state=ContactState.CLOSED)


def hang_up(contact: Contact, by: str, now: int, cause: str | None) -> Contact:
    """Return the contact after its call has ended.

    Parameters
    ----------
    by : str
        ``caller``, ``agent`` or ``system``.

    Returns
    -------
    Contact
        The same object when the call had already ended: a repeated hang-up changes nothing.
    """
    state = contact.state
    if contact.ended or state is ContactState.WRAPUP:
        return contact
    if state is ContactState.IVR:
        return _abandon(contact, "menu", ContactState.CLOSED, now, cause)
    if state is ContactState.WAITING:
        return _abandon(contact, "queue", ContactState.ABANDONED, now, cause)
    if state is ContactState.OFFERED:
        return _abandon(contact, "ringing", ContactState.ABANDONED, now, cause)
    if state is ContactState.POST_CALL:
        return _end_post_call(contact, now, cause)
    if state in TALKING or state in (ContactState.PARKED, ContactState.DIALING):
        return _end_talk(contact, by, now, cause)
    raise RuleViolation(f"a contact that is {state} has no call", code="illegal_transition")


def wrap_up(
    contact: Contact, rid: str, disposition: str | None, now: int, cause: str | None
) -> Contact:
    """Return the contact with the wrap-up of one segment done.

    The contact closes with its last live segment. Repeating it changes nothing.

    Raises
    ------
    RuleViolation
        The segment's talk is not over (``still_talking``) or there is no such segment
        (``no_segment``).
    """
    segment = contact.find_segment(rid)
    if segment is None:
        raise RuleViolation("this contact has no such segment", code="no_segment")
    if segment.wrapped_at is not None:
        return contact
    if segment.ended_at is None:
        raise RuleViolation("the conversation is not over", code="still_talking")
    now = max(now, contact.updated_at)
    done = replace(segment, wrapped_at=now, disposition=disposition)
    segments = with_segment(contact, done)
    facts = {
        "agent_id": segment.agent,
        "rid": rid,
        "disposition": disposition,
        "wrapup_ms": now - segment.ended_at,
    }
    if segment.queue != contact.queue:
        # The contact was handed on to another queue; the wrap-up is still this one's.
        facts["queue"] = segment.queue
    if contact.state is ContactState.WRAPUP and not any(s.live for s in segments):
        closed = Event("ContactClosed", {"outcome": "handled", **facts})
        return evolve(contact, now, cause, closed, state=ContactState.CLOSED, segments=segments)
    return evolve(contact, now, cause, Event("ContactWrapupEnded", facts), segments=segments)


def _no_agent() -> dict[str, None]:
    return {"agent_id": None, "rid": None, "disposition": None, "wrapup_ms": None}


def _abandon(
    contact: Contact, stage: str, end: ContactState, now: int, cause: str | None
) -> Contact:
    since = contact.enqueued_at if contact.enqueued_at is not None else contact.created_at
    events = [Event("ContactAbandoned", {"stage": stage, "waited_ms": max(0, now - since)})]
    if stage == "ringing":
        rescinded = {"agent_id": contact.agent, "rid": contact.rid, "reason": "caller_left"}
        events.insert(0, Event("OfferRescinded", rescinded))
    return evolve(
        contact,
        now,
        cause,
        *events,
        state=end,
        rid=None,
        agent=None,
        expires_at=None,
        segments=without_segment(contact, contact.rid),
    )


def end_segment(segment: Segment, by: str, now: int) -> tuple[Segment, Event]:
    """Return a segment whose talk is over, and the event that says so."""
    hold_ms = segment.hold_until(now)
    connected_at = segment.connected_at if segment.connected_at is not None else now
    ended = replace(
        segment, ended_at=now, ended_by=by, hold_ms=hold_ms, held_since=None, lost_at=None
    )
    return ended, Event(
        "ContactWrapupStarted",
        {
            "agent_id": segment.agent,
            "rid": segment.rid,
            "ended_by": by,
            "talk_ms": max(0, now - connected_at - hold_ms),
            "hold_ms": hold_ms,
        },
    )


def _end_talk(contact: Contact, by: str, now: int, cause: str | None) -> Contact:
    segment = contact.segment
    if segment is None:
        raise RuleViolation("nobody is on this contact", code="illegal_transition")
    now = max(now, contact.updated_at)
    ended, event = end_segment(segment, by, now)
    segments = with_segment(contact, ended)
    if contact.post_call and by == "agent":
        started = Event("PostCallStarted")
        return evolve(
            contact, now, cause, event, started, state=ContactState.POST_CALL, segments=segments
        )
    return evolve(contact, now, cause, event, state=ContactState.WRAPUP, segments=segments)


def _end_post_call(contact: Contact, now: int, cause: str | None) -> Contact:
    if any(s.live for s in contact.segments):
        return evolve(contact, now, cause, state=ContactState.WRAPUP)
    last = contact.segments[-1] if contact.segments else None
    closed = Event(
        "ContactClosed",
        {
            "outcome": "handled",
            "agent_id": last.agent if last else None,
            "rid": last.rid if last else None,
            "disposition": last.disposition if last else None,
            "wrapup_ms": None,  # already told by ContactWrapupEnded
        },
    )
    return evolve(contact, now, cause, closed, state=ContactState.CLOSED)
