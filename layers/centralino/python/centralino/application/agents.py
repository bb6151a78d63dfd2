"""Commands of and about agents: presence, connections, hanging up, wrapping up."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol

from centralino.application import frames, lost, offers, parties, retired, staffing_plans
from centralino.application.app import App
from centralino.application.callbacks import dialling as callback_dialling
from centralino.application.changes import change_agent, change_contact
from centralino.application.parties import settle_and_follow
from centralino.application.ports import Clock, ConfigurationSource, Item, Store, Timer
from centralino.application.routing import nudge_or_drain
from centralino.application.talk import end_call
from centralino.domain.agents import machine
from centralino.domain.agents.model import Agent, AgentState
from centralino.domain.contacts import lifecycle
from centralino.domain.contacts.lost import is_lost
from centralino.domain.contacts.model import TALKING, Contact, ContactState, Segment
from centralino.domain.errors import Forbidden, NotFound, RuleViolation

TICKET_S = 60
CONNECTION_S = 2 * 3600 + 600
GRACE_MS = 15_000
#: Under which key, among an agent's connections, the one that closed last is noted.
CLOSED = "closed"
#: Entries of the roster younger than this are left alone: clocks differ by less.
ROSTER_MS = 15 * 60_000


class Registry(Protocol):
    """What registering needs of the outside world: a part of ``App``."""

    @property
    def store(self) -> Store: ...
    @property
    def configuration(self) -> ConfigurationSource: ...
    @property
    def clock(self) -> Clock: ...


@dataclass(frozen=True, slots=True)
class Desk:
    """What an agent's page shows: the agent and the contacts of its slots."""

    agent: Agent
    contacts: tuple[tuple[str, Contact], ...]


def register(app: Registry, agent: Agent, cause: str | None) -> Agent:
    """Create an agent, OFFLINE, in the pool of its routing profile, whatever pool was named."""
    configuration = app.configuration.current()
    configuration.profile(agent.profile)
    placed = replace(agent, pool=configuration.pool_of_profile(agent.profile).id)
    registered = machine.register(placed, app.clock.now(), cause)
    app.store.save_agent(registered)
    return registered


def desk(app: App, agent_id: str) -> Desk:
    """Return the agent with the contacts it holds, by ``rid``."""
    agent = _registered(app, agent_id)
    held = [
        (rid, contact)
        for rid, slot in agent.slots.items()
        if (contact := app.store.contact(slot.contact)) is not None
    ]
    return Desk(agent, tuple(held))


def set_state(
    app: App, agent_id: str, state: AgentState, reason: str | None, cause: str | None
) -> Agent:
    """Go ROUTABLE, NOT_READY or OFFLINE; asking twice changes nothing.

    Who is there works by the rules in force: in the pool of the profile, and from sign-in with
    the profile's capacity.

    Raises
    ------
    RuleViolation
        To become ROUTABLE: the agent's profile is no longer there (``unknown_profile``).
    """
    known = _registered(app, agent_id)
    terms = None if state is AgentState.OFFLINE else terms_of(app, known)
    if terms is None and state is AgentState.ROUTABLE:
        raise RuleViolation("your routing profile is no longer there", code="unknown_profile")
    pool = known.pool if terms is None else terms.pool
    if state is not AgentState.OFFLINE:
        # The sweep walks this roster: an agent is on it before it can hold a slot. Who goes
        # offline stays: leaving here could undo the entry of a sign-in at the same moment.
        app.operations.put(Item(roster(pool), agent_id, {"at": app.clock.now()}))
        if known.state is AgentState.OFFLINE:
            staffing_plans.note_known(app, agent_id, pool, known.profile)
    change = change_agent(
        app,
        agent_id,
        lambda a: machine.set_state(a, state, reason, app.clock.now(), cause, terms=terms),
    )
    agent = change.after
    if change.made:
        app.realtime.push(agent_id, frames.agent_changed(agent, app.clock.now()))
        if agent.available_partition is not None:
            nudge_or_drain(app, pool, cause, fresh=[agent])
    if state is AgentState.OFFLINE:
        # Who leaves does not come back to a talk either.
        for rid, slot in agent.slots.items():
            contact = app.store.contact(slot.contact)
            if contact is not None and is_lost(contact, rid):
                lost.give_on(app, contact, rid, cause)
    return agent


def hang_up(app: App, agent_id: str, contact_id: str, cause: str | None) -> Contact:
    """End the conversation from the agent's side; a repeated hang-up changes nothing.

    In a conference it ends this agent's part alone: leaving one keeps the rest.
    """
    contact = own(app, agent_id, contact_id)
    if contact.parent is not None:
        return _leave_as_party(app, contact, cause)
    if contact.calls_back and contact.agent == agent_id:
        callback_dialling.agent_left(app, contact, cause)
        return own(app, agent_id, contact_id)
    if contact.agent == agent_id and parties.gathered(app, contact):
        return parties.complete(app, contact_id, cause)
    mine = [s for s in contact.segments if s.agent == agent_id]
    if mine and mine[-1].ended_at is not None and contact.rid != mine[-1].rid:
        return contact  # this agent's part is over; the customer's call is somebody else's
    if contact.state in TALKING and contact.agent == agent_id:
        contact = end_call(app, contact_id, by="agent", cause=cause, seen=contact)
    elif not contact.ended and contact.state is not ContactState.WRAPUP:
        raise RuleViolation("there is no conversation to end", code="not_talking")
    # Also on a repeat: the first one may have died before it reached the carrier.
    app.media.hang_up(contact)
    return contact


def _leave_as_party(app: App, contact: Contact, cause: str | None) -> Contact:
    """End a third party's part; the customer stays with whoever asked for it."""
    if contact.ended or contact.state is ContactState.WRAPUP:
        return contact
    if contact.state not in TALKING and contact.state is not ContactState.DIALING:
        raise RuleViolation("there is no conversation to end", code="not_talking")
    return parties.end(app, contact.id, "party_left", by="agent", cause=cause)


def dispose(
    app: App, agent_id: str, contact_id: str, disposition: str, cause: str | None
) -> Contact:
    """File the disposition of this agent's segment, ending its wrap-up.

    Raises
    ------
    RuleViolation
        The queue does not have this disposition (``unknown_disposition``), or the conversation
        is not over (``still_talking``).
    """
    contact = own(app, agent_id, contact_id)
    segment = _segment_of(contact, agent_id)
    if disposition not in retired.rules_of(app, segment.queue).dispositions:
        raise RuleViolation("this queue has no such disposition", code="unknown_disposition")
    return end_wrap_up(app, contact_id, segment.rid, disposition, cause)


def end_wrap_up(
    app: App, contact_id: str, rid: str, disposition: str | None, cause: str | None
) -> Contact:
    """End the wrap-up of a segment, filed or by its limit, and free the agent."""
    change = change_contact(
        app,
        contact_id,
        lambda c: lifecycle.wrap_up(c, rid, disposition, app.clock.now(), cause),
    )
    after = change.after
    if change.made:
        segment = after.find_segment(rid)
        if segment is not None:
            frame = frames.contact_changed(after, rid, app.clock.now())
            app.realtime.push(segment.agent, frame)
        settle_and_follow(app, after, cause)
    return after


def wrap_up_over(app: App, contact_id: str, rid: str, cause: str | None) -> None:
    """End a wrap-up that reached its limit, without a disposition."""
    contact = app.store.contact(contact_id)
    segment = contact.find_segment(rid) if contact is not None else None
    if segment is not None and segment.wrapping:
        end_wrap_up(app, contact_id, rid, None, cause)


# --------------------------------------------------------------------------- connections


def issue_ticket(app: App, agent_id: str, *, registered: bool = True) -> str:
    """Return a single-use ticket to open a connection with, good for 60 s.

    ``registered`` tells that it is for agents alone; a supervisor who is none has a page, too.
    """
    if registered:
        _registered(app, agent_id)
    ticket = app.ids.secret()
    expires = app.clock.now() // 1000 + TICKET_S
    app.operations.put(Item(f"ticket#{ticket}", "ticket", {"agent": agent_id}, ttl=expires))
    return ticket


def connect(app: App, connection: str, ticket: str) -> str:
    """Open a connection with a ticket; return the agent it belongs to.

    Raises
    ------
    Forbidden
        The ticket is unknown, spent or expired (code ``invalid_ticket``).
    """
    taken = app.operations.take(f"ticket#{ticket}", "ticket")
    if taken is None:
        raise Forbidden("the ticket is not valid", code="invalid_ticket")
    agent_id = str(taken.attributes["agent"])
    expires = app.clock.now() // 1000 + CONNECTION_S
    app.operations.put(Item(f"conn#{connection}", "agent", {"agent": agent_id}, ttl=expires))
    app.operations.put(Item(connections(agent_id), f"conn#{connection}", {}, ttl=expires))
    return agent_id


def agent_of(app: App, connection: str) -> str:
    """Return the agent of an open connection, or raise ``Forbidden``."""
    item = app.operations.get(f"conn#{connection}", "agent")
    if item is None:
        raise Forbidden("this connection is not open", code="unknown_connection")
    return str(item.attributes["agent"])


def disconnect(app: App, connection: str) -> None:
    """Close a connection; after a grace without another one the agent is lost."""
    item = app.operations.get(f"conn#{connection}", "agent")
    if item is None:
        return
    agent_id = str(item.attributes["agent"])
    app.timers.send([Timer("grace", agent_id, connection, GRACE_MS)])
    # The last one to close is whose grace counts: the timer of an earlier one is void.
    expires = app.clock.now() // 1000 + CONNECTION_S
    closed = Item(connections(agent_id), CLOSED, {"connection": connection}, ttl=expires)
    app.operations.put(closed)
    app.operations.delete(connections(agent_id), f"conn#{connection}")
    app.operations.delete(f"conn#{connection}", "agent")


def grace_over(app: App, agent_id: str, connection: str | None, cause: str | None) -> None:
    """Set an agent without any connection NOT_READY, and see to what rang or was talked about.

    Parameters
    ----------
    connection : str or None
        The one whose closing began the grace; once another has closed, or the grace has done its
        work, nothing happens.
    """
    closed = app.operations.get(connections(agent_id), CLOSED)
    if closed is None or closed.attributes["connection"] != connection:
        return
    if app.operations.list(connections(agent_id), "conn#"):
        return
    agent = app.store.agent(agent_id)
    if agent is None:
        return
    if agent.state is AgentState.ROUTABLE:
        set_state(app, agent_id, AgentState.NOT_READY, machine.LOST, cause)
    for rid, slot in agent.slots.items():
        offers.withdraw_unaccepted(app, slot.contact, rid, cause)
        lost.page_gone(app, slot.contact, rid, cause)
    app.operations.delete(connections(agent_id), CLOSED)


def terms_of(app: App, agent: Agent) -> machine.Terms | None:
    """Return what an agent's profile gives by the rules in force; ``None``: it is not there."""
    configuration = app.configuration.current()
    profile = configuration.profiles.get(agent.profile)
    if profile is None:
        return None
    pool = configuration.pool_of_profile(profile.id).id
    return machine.Terms(pool, profile.capacity, profile.exclusive, profile.shards)


def roster(pool: str) -> str:
    """Return the ``ops`` partition that lists a pool's agents who are not offline."""
    return f"roster#{pool}"


def leave_roster(app: App, entry: Item) -> None:
    """Take an agent found offline off the roster, unless it has signed in again meanwhile."""
    since, now = int(entry.attributes.get("at", 0)), app.clock.now()
    if now - since > ROSTER_MS:
        left = Item(entry.pk, entry.sk, {"at": since}, ttl=now // 1000)
        app.operations.put_if(left, "at", since + 1)


def connections(agent_id: str) -> str:
    """Return the ``ops`` partition of an agent's open connections."""
    return f"ag#{agent_id}"


def _registered(app: App, agent_id: str) -> Agent:
    agent = app.store.agent(agent_id)
    if agent is None:
        raise NotFound("you are not registered as an agent", code="unknown_agent")
    return agent


def own(app: App, agent_id: str, contact_id: str) -> Contact:
    """Return a contact this agent has a part in; any other is as good as absent.

    Who asked for a third party has a part in its contact while it lives.
    """
    contact = app.store.contact(contact_id)
    if contact is not None and has_part(contact, agent_id):
        return contact
    if contact is not None and contact.parent is not None:
        parent = app.store.contact(contact.parent)
        if parent is not None and parent.party == contact_id and has_part(parent, agent_id):
            return contact
    raise NotFound("there is no such contact", code="unknown_contact")


def has_part(contact: Contact, agent_id: str) -> bool:
    """Tell whether a contact is, or was, an agent's."""
    return contact.agent == agent_id or any(s.agent == agent_id for s in contact.segments)


def _segment_of(contact: Contact, agent_id: str) -> Segment:
    mine = [s for s in contact.segments if s.agent == agent_id]
    if not mine:
        raise RuleViolation("you have not taken this contact", code="no_segment")
    return next((s for s in mine if s.live), mine[-1])
