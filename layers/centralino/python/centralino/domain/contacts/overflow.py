"""A contact that a queue could not take, or keeps no longer: sent on, or turned away.

It decides what the contact becomes; :mod:`centralino.domain.configuration.overflow` decides where
it goes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from centralino.domain.configuration.overflow import Diversion
from centralino.domain.contacts.machine import evolve
from centralino.domain.contacts.model import Contact, ContactState
from centralino.domain.contacts.transfers import Line
from centralino.domain.errors import RuleViolation
from centralino.domain.events import Event


def overflowed(diversions: Sequence[Diversion], waited_ms: int = 0) -> list[Event]:
    """Return what is told of these diversions; only the first one's queue was waited in."""
    return [
        Event(
            "ContactOverflowed",
            {
                "queue": diversion.queue,
                "when": diversion.when,
                "action": diversion.action,
                "to_queue": diversion.to,
                "waited_ms": 0 if index else waited_ms,
            },
        )
        for index, diversion in enumerate(diversions)
    ]


def turn_away(
    contact: Contact, diversions: Sequence[Diversion], now: int, cause: str | None
) -> Contact:
    """Return the contact OVERFLOWED: it hears the message of the last diversion, and that is all.

    Raises
    ------
    RuleViolation
        It is in neither its flow nor a queue (``illegal_transition``).
    """
    last = diversions[-1]
    return evolve(
        contact,
        now,
        cause,
        *overflowed(diversions, waited(contact, now)),
        state=ContactState.OVERFLOWED,
        queue=last.queue,
        overflowed=last.when,
    )


def led_away(contact: Contact) -> Contact:
    """Return the contact marked as led into a dialogue: it is not led again in this leg.

    The mark is written with the dialogue's first step.
    """
    return replace(contact, asked_leg=contact.leg)


def was_led(contact: Contact) -> bool:
    """Tell whether the contact has been led into a dialogue in this leg."""
    return contact.asked_leg == contact.leg


def waited(contact: Contact, now: int) -> int:
    """Return how long a contact has waited in its queue, in ms; 0 where it waits in none."""
    if contact.state is not ContactState.WAITING or contact.enqueued_at is None:
        return 0
    return max(0, now - contact.enqueued_at)


def send_on(
    contact: Contact, diversion: Diversion, line: Line, now: int, cause: str | None
) -> Contact:
    """Return the contact WAITING in another line, a leg further.

    It has waited once already: its place is the one it had, or that of somebody joining the new
    line now where that line is the faster one.
    """
    if contact.state is not ContactState.WAITING:
        raise RuleViolation("the contact waits in no queue", code="illegal_transition")
    now = max(now, contact.updated_at)
    return evolve(
        contact,
        now,
        cause,
        *overflowed([diversion], waited(contact, now)),
        Event("ContactEnqueued"),
        pool=line.pool,
        queue=line.queue,
        plan=line.plan,
        shard=line.shard,
        priority=line.priority,
        tier=min(contact.tier, line.tier),
        virtual_time=line.kept_place(contact, now),
        enqueued_at=now,
        leg=contact.leg + 1,
        preferred=None,
    )
