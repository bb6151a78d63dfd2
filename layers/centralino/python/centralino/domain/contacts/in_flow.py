"""What a call's flow makes of its contact: events beside a move, moves in line, a message left.

It decides what contacts become; the flow's interpreter decides where the call goes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from centralino.domain.contacts import lifecycle
from centralino.domain.contacts.machine import evolve
from centralino.domain.contacts.model import Channel, Contact, ContactState, FlowPosition
from centralino.domain.contacts.transfers import Line
from centralino.domain.errors import RuleViolation
from centralino.domain.events import Event

#: Who has not reached anybody yet, and whose contact can end with a message instead.
_UNSERVED = (ContactState.IVR, ContactState.WAITING)


def told_first(after: Contact, events: Sequence[Event]) -> Contact:
    """Return a version that was just made with these events before its own."""
    return replace(after, events=(*events, *after.events), sequence=after.sequence + len(events))


def move_in_line(
    contact: Contact, position: FlowPosition, language: str, now: int, cause: str | None
) -> Contact:
    """Return a waiting contact at another step of its flow; its place in line is the same."""
    if contact.state is not ContactState.WAITING:
        raise RuleViolation("the contact waits in no queue", code="illegal_transition")
    return evolve(contact, now, cause, flow=position, language=language)


def proved(contact: Contact, events: Sequence[Event], now: int, cause: str | None) -> Contact:
    """Return a contact that has ended with what came of its last step, told late.

    The turn goes on, so that the same message again finds it taken.
    """
    position = contact.flow
    if position is not None:
        position = replace(position, turn=position.turn + 1)
    return evolve(contact, now, cause, *events, flow=position)


def message(contact: Contact, message_id: str, line: Line, now: int, cause: str | None) -> Contact:
    """Return the first version of the contact that a spoken message becomes, WAITING in line."""
    begun = lifecycle.start(
        message_id,
        business_unit=contact.business_unit,
        now=now,
        cause=cause,
        line=contact.line,
        language=contact.language,
        subject=contact.subject,
        channel=Channel.TASK,
    )
    waiting = lifecycle.enqueue(
        replace(begun, previous=contact.id),
        pool=line.pool,
        queue=line.queue,
        plan=line.plan,
        shard=line.shard,
        priority=line.priority,
        tier=line.tier,
        sla_offset_ms=line.sla_offset_ms,
        boost_ms=line.boost_ms,
        now=now,
        cause=cause,
    )
    return replace(told_first(waiting, begun.events), version=begun.version)


def unserved(contact: Contact) -> bool:
    """Tell whether a message ends this contact: an agent who was found meanwhile comes first."""
    return contact.state in _UNSERVED
