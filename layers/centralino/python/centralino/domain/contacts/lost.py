"""An agent whose leg ended in mid-talk: the caller stays, and the agent may come back.

A leg that ends without a hang-up is an accident: a reloaded page, a network that went away. For
:data:`REJOIN_MS` the contact stays as it is, with the same segment; the agent's return changes
nothing but the mark. After that, or once the agent says no, the caller goes to the head of the
queue. Time away counts as talk: the customer is on the line and with nobody else.
"""

from __future__ import annotations

from dataclasses import replace

from centralino.domain.contacts.lifecycle import end_segment
from centralino.domain.contacts.machine import evolve, with_segment
from centralino.domain.contacts.model import (
    HEAD_TIER,
    TALKING,
    Channel,
    Contact,
    ContactState,
)
from centralino.domain.contacts.offers import still_set_aside
from centralino.domain.events import Event

#: For how long an agent may come back.
REJOIN_MS = 20_000
#: Channels on which the other side notices at once that nobody is there.
SPOKEN = frozenset({Channel.VOICE, Channel.CALLBACK})


def is_lost(contact: Contact, rid: str) -> bool:
    """Tell whether this agent's leg is gone while its talk goes on."""
    segment = contact.find_segment(rid)
    talking = contact.state in TALKING and contact.rid == rid
    return talking and segment is not None and segment.lost_at is not None


def rejoin_until(contact: Contact) -> int | None:
    """Return until when the agent of this talk may come back; ``None``: nobody is gone."""
    segment = contact.segment
    if segment is None or segment.lost_at is None or contact.state not in TALKING:
        return None
    return segment.lost_at + REJOIN_MS


def lose_leg(contact: Contact, rid: str, now: int, cause: str | None) -> Contact:
    """Return the contact with its agent's leg gone; the same object when it is known, or over."""
    segment = contact.find_segment(rid)
    if contact.state not in TALKING or contact.rid != rid or segment is None:
        return contact
    if segment.lost_at is not None:
        return contact
    now = max(now, contact.updated_at)
    return evolve(
        contact,
        now,
        cause,
        Event("AgentLegLost", {"rejoin_until": now + REJOIN_MS}),
        # The leg that comes back is another one, which everybody hears.
        segments=with_segment(contact, replace(segment, lost_at=now, muted=False)),
    )


def rejoin(contact: Contact, rid: str, now: int, cause: str | None) -> Contact:
    """Return the contact whose agent is back; the same object when that agent is not gone."""
    segment = contact.find_segment(rid)
    if segment is None or segment.lost_at is None or not is_lost(contact, rid):
        return contact
    now = max(now, contact.updated_at)
    return evolve(
        contact,
        now,
        cause,
        Event("AgentRejoined", {"away_ms": now - segment.lost_at}),
        segments=with_segment(contact, replace(segment, lost_at=None)),
    )


def lose_agent(contact: Contact, rid: str, until: int, now: int, cause: str | None) -> Contact:
    """Return the contact at the head of its queue after its agent did not come back.

    The lost segment needs no wrap-up: nobody is there to do it. The same object when the agent is
    in the talk, or the talk is over.

    Parameters
    ----------
    until : int
        Till when this agent is not offered the contact again, UTC milliseconds.
    """
    segment = contact.find_segment(rid)
    if segment is None or not is_lost(contact, rid):
        return contact
    now = max(now, contact.updated_at)
    ended, facts = end_segment(segment, "lost", now)
    gone = replace(ended, wrapped_at=now)
    lost = Event("AgentLost", {k: v for k, v in facts.data.items() if k != "ended_by"})
    return evolve(
        contact,
        now,
        cause,
        lost,
        Event("ContactRequeued", {"reason": "agent_lost"}),
        state=ContactState.WAITING,
        tier=HEAD_TIER,
        leg=contact.leg + 1,
        enqueued_at=now,
        segments=with_segment(contact, gone),
        tried={**still_set_aside(contact, now), segment.agent: until},
        rid=None,
        agent=None,
        expires_at=None,
        # It was the lost agent's page that answered, not the next one's.
        acknowledged_at=None,
    )
