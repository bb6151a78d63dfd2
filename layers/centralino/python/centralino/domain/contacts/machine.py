"""The contact state machine: which state may follow which, and how a version is made.

Every rule about a contact's life ends in :func:`evolve`. It never decides *whether* something
should happen; the modules beside it do. It refuses what the table does not list.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from centralino.domain.contacts.model import ENDED, Contact, ContactState, Segment
from centralino.domain.errors import RuleViolation
from centralino.domain.events import Event

S = ContactState

#: state -> states that may follow. A state that lists itself may change without moving.
TRANSITIONS: dict[ContactState, frozenset[ContactState]] = {
    # OVERFLOWED straight from the flow: the queue it led to was closed or full.
    S.IVR: frozenset({S.IVR, S.WAITING, S.CLOSED, S.SCHEDULED, S.OVERFLOWED}),
    # A contact that calls back goes to SCHEDULED between attempts, from wherever it is not reached,
    # and can be cancelled or expire there; see callbacks.py. DIALING: the customer is rung first.
    S.SCHEDULED: frozenset({S.SCHEDULED, S.WAITING, S.DIALING, S.CANCELLED, S.EXPIRED}),
    S.WAITING: frozenset(
        {S.WAITING, S.OFFERED, S.ABANDONED, S.EXPIRED, S.OVERFLOWED, S.CLOSED}
        | {S.SCHEDULED, S.CANCELLED}
    ),
    S.OFFERED: frozenset(
        {S.OFFERED, S.CONNECTED, S.DIALING, S.WAITING, S.ABANDONED}
        # CLOSED: who was called first hangs up while it rings an agent, for the last time.
        | {S.SCHEDULED, S.CANCELLED, S.EXPIRED, S.CLOSED}
    ),
    S.DIALING: frozenset(
        {S.DIALING, S.CONNECTED, S.WRAPUP, S.WAITING, S.CLOSED}
        | {S.SCHEDULED, S.CANCELLED, S.EXPIRED}
    ),
    S.CONNECTED: frozenset(
        {S.CONNECTED, S.HELD, S.PARKED, S.WRAPUP, S.WAITING, S.POST_CALL, S.CLOSED}
    ),
    S.HELD: frozenset({S.HELD, S.CONNECTED, S.WRAPUP, S.WAITING, S.POST_CALL, S.CLOSED}),
    S.PARKED: frozenset({S.PARKED, S.CONNECTED, S.WAITING, S.WRAPUP, S.CLOSED}),
    # A post-call leg may end before the agent has finished wrapping up.
    S.POST_CALL: frozenset({S.POST_CALL, S.WRAPUP, S.CLOSED}),
    S.WRAPUP: frozenset({S.WRAPUP, S.CLOSED}),
    # An end is absorbing: only the wrap-up of an earlier segment may still be recorded on it.
    **{end: frozenset({end}) for end in ENDED},
}

#: How long an ended contact stays in the table, in seconds; events outlive it in the archive.
RETENTION_S = 90 * 24 * 3600


def evolve(
    contact: Contact, now: int, cause: str | None, *events: Event, **changes: Any
) -> Contact:
    """Return the next version of a contact.

    Parameters
    ----------
    now : int
        UTC milliseconds. A clock that stepped back is read as not having moved.
    cause : str or None
        Id of the command or message behind the change.
    events
        What this write tells the world, in order.
    changes
        Attributes to replace.

    Raises
    ------
    RuleViolation
        The state machine does not allow the move (code ``illegal_transition``).
    """
    target: ContactState = changes.get("state", contact.state)
    if target not in TRANSITIONS[contact.state]:
        raise RuleViolation(
            f"a contact that is {contact.state} cannot become {target}",
            code="illegal_transition",
        )
    now = max(now, contact.updated_at)
    if target in ENDED and contact.state not in ENDED:
        changes.setdefault("ttl", now // 1000 + RETENTION_S)
    return replace(
        contact,
        version=contact.version + 1,
        sequence=contact.sequence + len(events),
        updated_at=now,
        cause=cause,
        events=events,
        **changes,
    )


def with_segment(contact: Contact, segment: Segment) -> tuple[Segment, ...]:
    """Return the contact's segments with this one in the place of the one it replaces."""
    if contact.find_segment(segment.rid) is None:
        return (*contact.segments, segment)
    return tuple(segment if s.rid == segment.rid else s for s in contact.segments)


def without_segment(contact: Contact, rid: str | None) -> tuple[Segment, ...]:
    """Return the contact's segments less the one of this offer."""
    return tuple(s for s in contact.segments if s.rid != rid)
