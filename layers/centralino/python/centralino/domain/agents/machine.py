"""The agent state machine: presence, slots and the answer to missed offers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from zlib import crc32

from centralino.domain.agents.model import Agent, AgentState, Slot
from centralino.domain.contacts.model import Channel
from centralino.domain.errors import RuleViolation
from centralino.domain.events import Event

RONA = "rona"
LOST = "lost"
DEFAULT_REASON = "break"
NO_PROFILE = "no_profile"


@dataclass(frozen=True, slots=True)
class Terms:
    """What an agent's routing profile gives by the rules in force: pool, capacity and shards."""

    pool: str
    capacity: Mapping[Channel, int]
    exclusive: frozenset[Channel]
    shards: int = 1

    def shard_of(self, agent_id: str) -> int:
        """Return the shard of the profile an agent is in: by its id, so it stays there."""
        return crc32(agent_id.encode()) % max(1, self.shards)


def evolve(agent: Agent, now: int, cause: str | None, *events: Event, **changes: Any) -> Agent:
    """Return the next version of an agent. A clock that stepped back has not moved."""
    return replace(
        agent,
        version=agent.version + 1,
        sequence=agent.sequence + len(events),
        updated_at=max(now, agent.updated_at),
        cause=cause,
        events=events,
        **changes,
    )


def register(agent: Agent, now: int, cause: str | None) -> Agent:
    """Return the first version of an agent that an administrator created."""
    return replace(
        agent,
        state=AgentState.OFFLINE,
        version=1,
        sequence=1,
        updated_at=now,
        idle_since=now,
        cause=cause,
        events=(Event("AgentRegistered"),),
    )


def set_state(
    agent: Agent,
    state: AgentState,
    reason: str | None,
    now: int,
    cause: str | None,
    *,
    terms: Terms | None = None,
) -> Agent:
    """Return the agent in the state it asked for.

    Asking for the present state again changes nothing, unless the terms do. Not-ready or offline
    chosen during a conversation applies at once to new offers (the agent leaves the
    ``available`` index) while the slots stay until their segments end.

    Parameters
    ----------
    terms : Terms, optional
        What holds from now on; see :func:`settle`.
    """
    wanted = None if state is not AgentState.NOT_READY else (reason or DEFAULT_REASON)
    if agent.state is state and agent.reason == wanted:
        return agent if terms is None else settle(agent, terms, now, cause)
    became_idle = state is AgentState.ROUTABLE and not agent.slots
    return evolve(
        agent,
        now,
        cause,
        Event("AgentStateChanged", {"previous": str(agent.state)}),
        state=state,
        reason=wanted,
        idle_since=now if became_idle else agent.idle_since,
        missed=0 if state is AgentState.ROUTABLE else agent.missed,
        **(_under(agent, terms) if terms is not None else {}),
    )


def settle(agent: Agent, terms: Terms, now: int, cause: str | None) -> Agent:
    """Return the agent in the pool of its profile; the same object when it is there.

    An agent is one item with one pool, so it leaves the old pool in the write in which it enters
    the new one. Capacity follows at the next sign-in: what was promised for a shift is kept.
    """
    changes = _under(agent, terms)
    return evolve(agent, now, cause, **changes) if changes else agent


def take(agent: Agent, rid: str, contact: str, channel: Channel, now: int) -> Agent:
    """Return the agent holding a slot for an offer: what the claim's write makes of it."""
    if agent.state is not AgentState.ROUTABLE or channel not in agent.free:
        raise RuleViolation("the agent has no room for this contact", code="agent_busy")
    return evolve(
        agent,
        now,
        rid,
        used={**agent.used, channel: agent.used.get(channel, 0) + 1},
        slots={**agent.slots, rid: Slot(contact, channel, now)},
        taken=agent.taken + 1,
        last_offer_at=now,
    )


def move_slot(agent: Agent, rid: str, contact: str, now: int, cause: str | None) -> Agent:
    """Return the agent whose slot of ``rid`` is for another contact from now on.

    A consult that becomes the agent's own conversation keeps its slot; only what it is for
    changes. The same object when there is no such slot, or it is for that contact already.
    """
    slot = agent.slots.get(rid)
    if slot is None or slot.contact == contact:
        return agent
    moved = replace(slot, contact=contact)
    return evolve(agent, now, cause, slots={**agent.slots, rid: moved})


def release(agent: Agent, rid: str, now: int, cause: str | None, *, answered: bool = True) -> Agent:
    """Return the agent without the slot of ``rid``; the same object when it holds none.

    Parameters
    ----------
    answered : bool
        False where the agent never answered: the idle clock then keeps running, so a withdrawn
        offer costs nobody the place in line.
    """
    slot = agent.slots.get(rid)
    if slot is None:
        return agent
    return evolve(agent, now, cause, **_without(agent, rid, slot, now, answered=answered))


def miss(agent: Agent, rid: str, reason: str, now: int, cause: str | None) -> Agent:
    """Return the agent after an offer it did not answer: slot gone, NOT_READY(reason).

    An agent that has meanwhile gone offline stays so.
    """
    slot = agent.slots.get(rid)
    if slot is None:
        return agent
    changes = _without(agent, rid, slot, now, answered=False)
    if agent.state is not AgentState.ROUTABLE:
        return evolve(agent, now, cause, missed=agent.missed + 1, **changes)
    return evolve(
        agent,
        now,
        cause,
        Event("AgentStateChanged", {"previous": str(agent.state)}),
        state=AgentState.NOT_READY,
        reason=reason,
        missed=agent.missed + 1,
        **changes,
    )


def pass_over(agent: Agent, rid: str, now: int, cause: str | None) -> Agent:
    """Return the agent after a missed offer that is overlooked: slot gone, still ROUTABLE.

    The miss is counted, and the idle clock starts anew: others are offered contacts first.
    """
    slot = agent.slots.get(rid)
    if slot is None:
        return agent
    changes = _without(agent, rid, slot, now, answered=False)
    return evolve(agent, now, cause, missed=agent.missed + 1, idle_since=now, **changes)


def _under(agent: Agent, terms: Terms) -> dict[str, Any]:
    """Return what the terms change: the pool, and whoever signs in with empty hands all else."""
    changes: dict[str, Any] = {"pool": terms.pool, "shard": terms.shard_of(agent.id)}
    if agent.state is AgentState.OFFLINE and not agent.slots:
        changes["capacity"] = dict(terms.capacity)
        changes["exclusive"] = terms.exclusive
    return {name: value for name, value in changes.items() if getattr(agent, name) != value}


def _without(agent: Agent, rid: str, slot: Slot, now: int, *, answered: bool) -> dict[str, Any]:
    used = {c: n for c, n in agent.used.items() if c is not slot.channel}
    left = agent.used.get(slot.channel, 0) - 1
    if left > 0:
        used[slot.channel] = left
    changes: dict[str, Any] = {
        "used": used,
        "slots": {r: s for r, s in agent.slots.items() if r != rid},
    }
    if answered:
        changes["idle_since"] = now
        changes["missed"] = 0
    return changes
