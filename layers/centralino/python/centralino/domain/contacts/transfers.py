"""Handing a customer on: to a queue, an agent or an outside number, blind or after a talk.

A contact has at most one further party. The party is a **child contact** (``parent``, ``kind``)
that goes through the same machine: it waits, is offered, rings, talks and is wrapped up like any
other. While it lives, the parent names it as ``party``; who the customer is *with* is always the
parent's ``rid``. Only at the moment a transfer is completed do both change, and then together.

============== ====================================================================
``consult``    the customer is held while agent and party talk
``conference`` all three talk
``transfer``   an outside number that takes the customer over as soon as it answers
============== ====================================================================

This module decides what a contact becomes. It never decides who is asked, and touches no call.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from centralino.domain.contacts.lifecycle import end_segment
from centralino.domain.contacts.machine import evolve, with_segment
from centralino.domain.contacts.model import (
    CONFERENCE,
    TALKING,
    TRANSFER,
    Contact,
    ContactState,
    Segment,
)
from centralino.domain.contacts.offers import still_set_aside, talking_segment
from centralino.domain.errors import RuleViolation
from centralino.domain.events import Event

#: States in which a contact may have a further party. POST_CALL: the agent has gone already.
WITH_PARTY = TALKING | {ContactState.POST_CALL}


@dataclass(frozen=True, slots=True)
class Line:
    """A place in a queue: which one, under which plan, and what counts there.

    ``preferred`` is the agent the contact is meant for, for as long as the plan waits for one.
    """

    pool: str
    queue: str
    plan: str
    tier: int
    shard: int = 0
    priority: int = 0
    sla_offset_ms: int = 0
    boost_ms: int = 0
    preferred: str | None = None

    def virtual_time(self, now: int) -> int:
        """Return the place of somebody who joins this line now."""
        return now + self.sla_offset_ms - self.boost_ms

    def kept_place(self, contact: Contact, now: int) -> int:
        """Return the place of a contact that has waited once already and joins this line now.

        It is the one it had, or that of somebody new where this line is the faster one.
        """
        fresh = self.virtual_time(now)
        return fresh if contact.virtual_time is None else min(contact.virtual_time, fresh)


def transfer(
    contact: Contact, rid: str, line: Line, *, until: int, now: int, cause: str | None
) -> Contact:
    """Return the contact WAITING in another line; the agent's own part goes on to its wrap-up.

    The customer has waited once already: the place is the one of the first enqueue, or that of
    somebody joining the new line now where the new line is the faster one.

    Parameters
    ----------
    until : int
        Till when the agent who hands on is not offered this contact, UTC milliseconds.

    Returns
    -------
    Contact
        The same object when this agent has handed it on to this line already.

    Raises
    ------
    RuleViolation
        There is no conversation to hand on (``not_talking``), or a third party takes part in it
        (``party_present``).
    """
    if _handed_on(contact, rid) and (contact.queue, contact.preferred) == (
        line.queue,
        line.preferred,
    ):
        return contact
    segment = _alone_with(contact, rid)
    now = max(now, contact.updated_at)
    told = {
        "kind": "blind",
        "agent_id": segment.agent,
        "rid": rid,
        "to": "agent" if line.preferred else "queue",
        "to_queue": line.queue,
        "to_agent": line.preferred,
    }
    return _back_in_line(
        contact,
        segment,
        [Event("ContactTransferred", told), Event("ContactEnqueued")],
        until,
        now,
        cause,
        pool=line.pool,
        queue=line.queue,
        plan=line.plan,
        shard=line.shard,
        priority=line.priority,
        tier=line.tier,
        virtual_time=line.kept_place(contact, now),
        preferred=line.preferred,
    )


def return_to_queue(
    contact: Contact, rid: str, *, until: int, now: int, cause: str | None
) -> Contact:
    """Return the contact WAITING where it came from, in its old place, without this agent.

    Repeating it changes nothing; it raises what :func:`transfer` raises.
    """
    if _handed_on(contact, rid):
        return contact
    segment = _alone_with(contact, rid)
    requeued = Event("ContactRequeued", {"reason": "returned"})
    now = max(now, contact.updated_at)
    return _back_in_line(contact, segment, [requeued], until, now, cause, preferred=None)


def invite(
    contact: Contact, rid: str, party: str, *, hold: bool, now: int, cause: str | None
) -> Contact:
    """Return the contact with a third party on its way; the customer is held unless told not to.

    Raises
    ------
    RuleViolation
        There is no conversation (``not_talking``), or a party is there already
        (``party_present``).
    """
    segment = _alone_with(contact, rid)
    if not hold or contact.state is ContactState.HELD:
        return evolve(contact, now, cause, party=party)
    held = with_segment(contact, replace(segment, held_since=max(now, contact.updated_at)))
    return evolve(
        contact,
        now,
        cause,
        Event("ContactHeld"),
        state=ContactState.HELD,
        party=party,
        segments=held,
    )


def detach(contact: Contact, party: str, now: int, cause: str | None) -> Contact:
    """Return the contact without this party, else as it was: a held customer stays held.

    The agent, not a hang-up elsewhere, decides when the customer is on the line again.
    """
    if contact.party != party or contact.ended:
        return contact
    return evolve(contact, now, cause, party=None)


def take_back(contact: Contact, party: str, now: int, cause: str | None) -> Contact:
    """Return the contact after the agent has taken the customer back: no party, nobody held."""
    if contact.party != party or contact.state not in TALKING:
        raise RuleViolation("nobody is being consulted", code="no_party")
    return _resumed(contact, now, cause, party=None)


def gather(
    contact: Contact, child: Contact, now: int, cause: str | None
) -> tuple[Contact, Contact]:
    """Return both with the held customer brought into the talk of agent and party."""
    _require_party(contact, child)
    if contact.state is ContactState.CONNECTED:
        return contact, child
    joined = evolve(
        child,
        now,
        cause,
        Event("ConferenceJoined", {"agent_id": _agent_of_party(child)}),
        kind=CONFERENCE,
    )
    return _resumed(contact, now, cause), joined


def complete(
    contact: Contact, child: Contact, now: int, cause: str | None
) -> tuple[Contact, Contact]:
    """Return both after the agent has left the customer with the party.

    With an agent, the party's part becomes the parent's own: the segment moves there under its
    ``rid``, and the child closes. With an outside number the parent is POST_CALL, because our
    part is over while the customer's call is not: it ends once the agent has wrapped up and that
    leg has left, whichever comes last.

    Raises
    ------
    RuleViolation
        The party is not on the line (``party_not_connected``), or is not this contact's
        (``no_party``).
    """
    _require_party(contact, child)
    mine = contact.segment
    if mine is None or contact.state not in TALKING:
        raise RuleViolation("there is no conversation to hand on", code="not_talking")
    now = max(now, contact.updated_at)
    ended, over = _talk_over(mine, now)
    theirs = child.segment
    told = {
        "kind": "blind" if child.kind == TRANSFER else child.kind,
        "agent_id": mine.agent,
        "rid": mine.rid,
        "to": "agent" if theirs else "number",
        "to_queue": child.queue,
        "to_agent": theirs.agent if theirs else None,
    }
    transferred = Event("ContactTransferred", told)
    if theirs is None:
        alone = evolve(
            contact,
            now,
            cause,
            over,
            transferred,
            state=ContactState.POST_CALL,
            segments=with_segment(contact, ended),
            rid=None,
            agent=None,
        )
        return alone, child
    taken = Segment(
        theirs.rid,
        theirs.agent,
        theirs.queue,
        accepted_at=theirs.accepted_at,
        connected_at=now,
        # It is the same leg, and the same microphone.
        muted=theirs.muted,
    )
    after = evolve(
        contact,
        now,
        cause,
        over,
        transferred,
        # The customer waited in no queue for this agent.
        Event("ContactConnected", {"waited_ms": 0}),
        state=ContactState.CONNECTED,
        pool=child.pool,
        queue=child.queue,
        plan=child.plan,
        shard=child.shard,
        party=None,
        rid=taken.rid,
        agent=taken.agent,
        segments=(*with_segment(contact, ended), taken),
    )
    return after, _merged(child, theirs, now, cause)


def still_with(contact: Contact, party: str) -> bool:
    """Tell whether this party still takes part in the contact."""
    return contact.party == party and contact.state in WITH_PARTY


def _merged(child: Contact, segment: Segment, now: int, cause: str | None) -> Contact:
    """Return the child closed: what it was for goes on as its parent."""
    now = max(now, child.updated_at)
    done = replace(segment, ended_at=now, ended_by="agent", wrapped_at=now)
    nobody = {"agent_id": None, "rid": None, "disposition": None, "wrapup_ms": None}
    return evolve(
        child,
        now,
        cause,
        Event("ConsultEnded", {"reason": "completed"}),
        # It names no agent, whose slot goes on with the parent.
        Event("ContactClosed", {"outcome": "handled", **nobody}),
        state=ContactState.CLOSED,
        segments=with_segment(child, done),
    )


def _resumed(contact: Contact, now: int, cause: str | None, **changes: Any) -> Contact:
    """Return the contact CONNECTED, its hold ended if there was one."""
    segment = contact.segment
    if contact.state is not ContactState.HELD or segment is None:
        return evolve(contact, now, cause, **changes)
    total = segment.hold_until(max(now, contact.updated_at))
    back = replace(segment, held_since=None, hold_ms=total)
    resumed = Event("ContactResumed", {"held_ms": total - segment.hold_ms})
    return evolve(
        contact,
        now,
        cause,
        resumed,
        state=ContactState.CONNECTED,
        segments=with_segment(contact, back),
        **changes,
    )


def _back_in_line(
    contact: Contact,
    segment: Segment,
    events: list[Event],
    until: int,
    now: int,
    cause: str | None,
    **changes: Any,
) -> Contact:
    ended, over = _talk_over(segment, now)
    return evolve(
        contact,
        now,
        cause,
        over,
        *events,
        state=ContactState.WAITING,
        leg=contact.leg + 1,
        enqueued_at=now,
        segments=with_segment(contact, ended),
        tried={**still_set_aside(contact, now), segment.agent: until},
        rid=None,
        agent=None,
        expires_at=None,
        acknowledged_at=None,
        **changes,
    )


def _talk_over(segment: Segment, now: int) -> tuple[Segment, Event]:
    ended, event = end_segment(segment, "agent", now)
    # The contact may be in another queue after this write; the wrap-up belongs to this one.
    return ended, Event(event.type, {"queue": segment.queue, **event.data})


def _handed_on(contact: Contact, rid: str) -> bool:
    segment = contact.find_segment(rid)
    return segment is not None and segment.ended_by == "agent" and contact.rid != rid


def _alone_with(contact: Contact, rid: str) -> Segment:
    segment = talking_segment(contact, rid)
    if contact.party is not None:
        raise RuleViolation("a third party takes part already", code="party_present")
    return segment


def _require_party(contact: Contact, child: Contact) -> None:
    if contact.party != child.id:
        raise RuleViolation("there is no third party", code="no_party")
    if child.state is not ContactState.CONNECTED:
        raise RuleViolation("the third party is not on the line yet", code="party_not_connected")


def _agent_of_party(child: Contact) -> str | None:
    return child.segment.agent if child.segment else None
