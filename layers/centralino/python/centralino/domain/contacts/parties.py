"""The third party of a contact: how its child contact begins, answers and ends.

A party invited from a queue waits in that queue like anybody. One invited by name is offered to
that agent in the very write that makes it, and to nobody else: when the offer ends, so does the
party. An outside number is dialled. The number itself is never stored.

It decides what a child becomes; the parent's side is :mod:`centralino.domain.contacts.transfers`.
"""

from __future__ import annotations

from typing import Any

from centralino.domain.contacts.lifecycle import end_segment
from centralino.domain.contacts.machine import evolve, with_segment, without_segment
from centralino.domain.contacts.model import (
    CONFERENCE,
    TALKING,
    Contact,
    ContactState,
    Decision,
    Direction,
)
from centralino.domain.contacts.offers import offered_event
from centralino.domain.contacts.transfers import Line
from centralino.domain.errors import RuleViolation
from centralino.domain.events import Event
from centralino.domain.ids import offer_id


def waiting_party(
    parent: Contact,
    child_id: str,
    kind: str,
    line: Line,
    *,
    until: int,
    now: int,
    cause: str | None,
) -> Contact:
    """Return the first version of a party that waits in a queue for any agent but the asking one.

    Parameters
    ----------
    until : int
        Till when the asking agent is not offered it, UTC milliseconds.
    """
    return _first(
        parent,
        child_id,
        kind,
        {"to": "queue", "to_queue": line.queue, "to_agent": None},
        [Event("ContactEnqueued")],
        now,
        cause,
        state=ContactState.WAITING,
        **_in(line, now),
        tried={parent.agent: until} if parent.agent else {},
    )


def offered_party(
    parent: Contact,
    child_id: str,
    kind: str,
    line: Line,
    agent: str,
    *,
    decision: Decision,
    expires_at: int,
    now: int,
    cause: str | None,
) -> Contact:
    """Return the first version of a party meant for one agent, ringing there."""
    return _first(
        parent,
        child_id,
        kind,
        {"to": "agent", "to_queue": line.queue, "to_agent": agent},
        [offered_event(decision)],
        now,
        cause,
        state=ContactState.OFFERED,
        **_in(line, now),
        preferred=agent,
        rid=offer_id(child_id, 1),
        agent=agent,
        expires_at=expires_at,
        decision=decision,
    )


def dialled_party(
    parent: Contact,
    child_id: str,
    kind: str,
    *,
    subject: str | None,
    now: int,
    cause: str | None,
) -> Contact:
    """Return the first version of an outside party that is being called for the asking agent.

    Parameters
    ----------
    subject : str or None
        Opaque name of who is called.
    """
    return _first(
        parent,
        child_id,
        kind,
        {"to": "number", "to_queue": None, "to_agent": None},
        [Event("ContactDialing")],
        now,
        cause,
        state=ContactState.DIALING,
        direction=Direction.OUTBOUND,
        subject=subject,
        rid=offer_id(child_id, 1),
        agent=parent.agent,
    )


def end_party(child: Contact, reason: str, by: str, now: int, cause: str | None) -> Contact:
    """Return the child after the party has gone, or is not wanted any more.

    An agent who talked goes on to the wrap-up; everything else ends at once. Repeating it
    changes nothing.

    Parameters
    ----------
    reason : str
        ``cancelled``, ``party_left``, ``customer_left``, or why nobody was reached.
    by : str
        Who ended the talk, if there was one: ``caller``, ``agent`` or ``system``.
    """
    state, ended = child.state, Event("ConsultEnded", {"reason": reason})
    if child.ended or state is ContactState.WRAPUP:
        return child
    now = max(now, child.updated_at)
    if state in (ContactState.WAITING, ContactState.OFFERED):
        return _given_up(child, reason, ended, now, cause)
    segment = child.segment
    if state in TALKING and segment is not None:
        over, event = end_segment(segment, by, now)
        return evolve(
            child,
            now,
            cause,
            event,
            ended,
            state=ContactState.WRAPUP,
            segments=with_segment(child, over),
        )
    told = [ended]
    if state is ContactState.DIALING:
        told.insert(0, Event("DialFailed", {"rid": child.rid, "reason": reason}))
    nobody = {"agent_id": None, "rid": None, "disposition": None, "wrapup_ms": None}
    outcome = "handled" if state in TALKING else "system"
    closed = Event("ContactClosed", {"outcome": outcome, **nobody})
    return evolve(child, now, cause, *told, closed, state=ContactState.CLOSED)


def answer(child: Contact, now: int, cause: str | None) -> Contact:
    """Return the outside party CONNECTED: it has picked up. Repeating it changes nothing."""
    if child.state in TALKING:
        return child
    if child.state is not ContactState.DIALING:
        raise RuleViolation("this party is not being called", code="illegal_transition")
    events = [Event("DialAnswered")]
    if child.kind == CONFERENCE:
        events.append(Event("ConferenceJoined", {"agent_id": None}))
    return evolve(child, now, cause, *events, state=ContactState.CONNECTED)


def _first(
    parent: Contact,
    child_id: str,
    kind: str,
    to: dict[str, Any],
    events: list[Event],
    now: int,
    cause: str | None,
    **fields: Any,
) -> Contact:
    asked = Event("ConsultStarted", {"agent_id": parent.agent, "rid": parent.rid, **to})
    told = (Event("ContactStarted"), asked, *events)
    common: dict[str, Any] = {
        "channel": parent.channel.work,
        "direction": parent.direction,
        "provider": parent.provider,
        "line": parent.line,
        "language": parent.language,
    }
    return Contact(
        id=child_id,
        business_unit=parent.business_unit,
        version=1,
        sequence=len(told),
        parent=parent.id,
        kind=kind,
        created_at=now,
        updated_at=now,
        cause=cause,
        events=told,
        **{**common, **fields},
    )


def _in(line: Line, now: int) -> dict[str, Any]:
    return {
        "pool": line.pool,
        "queue": line.queue,
        "plan": line.plan,
        "shard": line.shard,
        "priority": line.priority,
        "tier": line.tier,
        "enqueued_at": now,
        "virtual_time": line.virtual_time(now),
        "leg": 1,
    }


def _given_up(child: Contact, reason: str, ended: Event, now: int, cause: str | None) -> Contact:
    since = child.enqueued_at if child.enqueued_at is not None else child.created_at
    ringing = child.state is ContactState.OFFERED
    stage = "ringing" if ringing else "queue"
    events = [ended, Event("ContactAbandoned", {"stage": stage, "waited_ms": now - since})]
    if ringing:
        rescinded = {"agent_id": child.agent, "rid": child.rid, "reason": reason}
        events.insert(0, Event("OfferRescinded", rescinded))
    return evolve(
        child,
        now,
        cause,
        *events,
        state=ContactState.ABANDONED,
        rid=None,
        agent=None,
        expires_at=None,
        segments=without_segment(child, child.rid),
    )
