"""Asking a third party into a conversation, by queue, by name, or by telephone number.

Parent, child and, where an agent is asked by name, that agent's slot are one write. What must be
durable before it (the timers) is sent before it; what makes the party hear of it comes after.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from centralino.application import frames, parties, placing, provided
from centralino.application.agents import own
from centralino.application.app import App
from centralino.application.changes import ATTEMPTS
from centralino.application.ports import Timer
from centralino.application.routing import nudge_or_drain
from centralino.domain import ids
from centralino.domain.agents import machine
from centralino.domain.agents.model import Agent
from centralino.domain.contacts import parties as making
from centralino.domain.contacts import transfers
from centralino.domain.contacts.model import (
    CONFERENCE,
    CONSULT,
    TALKING,
    TRANSFER,
    Contact,
    ContactState,
    Decision,
)
from centralino.domain.errors import CentralinoError, Conflict, RuleViolation
from centralino.domain.routing.records import PREFERRED
from centralino.domain.telephony.capabilities import Capability

#: As long as a party waits, its asking agent is not the one it gets.
NOT_ME_MS = 24 * 3_600_000
#: What the provider of a call must be able to do for each kind of party.
_NEEDED = {
    CONSULT: (Capability.HOLD, Capability.CONSULT),
    CONFERENCE: (Capability.MERGE,),
    TRANSFER: (Capability.HOLD, Capability.TRANSFER),
}
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class To:
    """Where to: exactly one of a queue, an agent, an outside number (E.164)."""

    queue: str | None = None
    agent: str | None = None
    number: str | None = None


def invite(
    app: App,
    agent_id: str,
    contact_id: str,
    kind: str,
    to: To,
    key: bytes,
    cause: str | None,
) -> Contact:
    subject = ids.subject_id(key, "phone", to.number) if to.number is not None else None

    def asked() -> tuple[Contact, Contact, Agent | None]:
        contact = own(app, agent_id, contact_id)
        if kind == TRANSFER and has_left(contact, agent_id):
            return contact, contact, None
        rid = in_force(contact, agent_id)
        if contact.party is not None:
            return contact, _same_party(app, contact, kind, to, subject), None
        provided.need(app, contact, *_NEEDED[kind], *([Capability.OUTSIDE] if to.number else []))
        now = app.clock.now()
        child, taker = _new_party(app, contact, kind, to, subject, now, cause)
        after = transfers.invite(
            contact, rid, child.id, hold=kind != CONFERENCE, now=now, cause=cause
        )
        parties.arm_room(app, contact)
        app.store.save_together([after, child], [taker] if taker is not None else [])
        return after, child, taker

    contact, child, taker = again(asked)
    if contact is child:
        return contact
    if contact.state is ContactState.HELD:
        app.media.hold(contact)
    if child.version == 1:
        _start(app, child, taker, to, cause)
    return contact


def _new_party(
    app: App,
    contact: Contact,
    kind: str,
    to: To,
    subject: str | None,
    now: int,
    cause: str | None,
) -> tuple[Contact, Agent | None]:
    """Return the party as it begins, and the agent whose slot it takes if one is asked by name.

    Its timers are durable once this returns, so that nothing is forgotten once it is written.
    """
    child_id = ids.child_id(contact.id, contact.version + 1)
    rid = ids.offer_id(child_id, 1)
    if to.number is not None:
        app.timers.send([Timer("dial", child_id, rid, parties.DIAL_MS)])
        dialled = making.dialled_party(
            contact, child_id, kind, subject=subject, now=now, cause=cause
        )
        return dialled, None
    asker = contact.agent or ""
    if to.agent is not None:
        agent, line = placing.agent_now(app, contact, asker, to.agent)
        timeout = app.configuration.current().queue(line.queue).offer_timeout_ms
        app.timers.send(placing.offer_timers(child_id, rid, timeout))
        child = making.offered_party(
            contact,
            child_id,
            kind,
            line,
            agent.id,
            decision=Decision(PREFERRED, 0, ((agent.id, "pf"),)),
            expires_at=now + timeout,
            now=now,
            cause=cause,
        )
        return child, machine.take(agent, rid, child_id, contact.channel.work, now)
    line = placing.line_to(app, contact, asker, queue=to.queue, agent=None)
    waiting = making.waiting_party(
        contact, child_id, kind, line, until=now + NOT_ME_MS, now=now, cause=cause
    )
    return waiting, None


def _start(app: App, child: Contact, taker: Agent | None, to: To, cause: str | None) -> None:
    """Let the party hear of it: a page, a telephone, or whoever is next in a queue."""
    if taker is not None:
        app.realtime.push(taker.id, frames.offered(child, app.clock.now()))
    elif to.number is not None:
        try:
            app.media.add_number(child, child.rid or "", to.number)
        except CentralinoError:
            parties.end(app, child.id, "failed", by="system", cause=cause)
            raise
    elif child.pool is not None:
        nudge_or_drain(app, child.pool, cause, fresh=[child])


def _same_party(app: App, contact: Contact, kind: str, to: To, subject: str | None) -> Contact:
    """Return the party that is there already if it is the one asked for, else refuse."""
    child = party_of(app, contact)
    same = child.kind == kind and (
        (to.number is not None and child.subject == subject)
        or (to.agent is not None and child.preferred == to.agent)
        or (to.queue is not None and child.queue == to.queue and child.preferred is None)
    )
    if not same:
        raise RuleViolation("a third party takes part already", code="party_present")
    return child


def in_force(contact: Contact, agent_id: str) -> str:
    """Return the part of the agent who is talking to the customer now."""
    segment = contact.segment
    if (
        contact.parent is not None
        or segment is None
        or segment.agent != agent_id
        or contact.state not in TALKING
    ):
        raise RuleViolation("there is no conversation to act on", code="not_talking")
    return segment.rid


def has_left(contact: Contact, agent_id: str) -> bool:
    """Tell whether this agent has left the customer with somebody else already."""
    mine = [s for s in contact.segments if s.agent == agent_id]
    return (
        bool(mine)
        and all(s.ended_at is not None for s in mine)
        and (contact.state is ContactState.POST_CALL or contact.rid != mine[-1].rid)
    )


def party_of(app: App, contact: Contact) -> Contact:
    child = app.store.contact(contact.party) if contact.party is not None else None
    if child is None:
        raise RuleViolation("there is no third party", code="no_party")
    return child


def again(attempt: Callable[[], _T]) -> _T:
    """Do something that reads and writes several items until nobody else gets in between."""
    for left in reversed(range(ATTEMPTS)):
        try:
            return attempt()
        except Conflict:
            if not left:
                raise
    raise Conflict("the contact kept changing")
