"""Contacts and agents in the states the contract is about, made by the domain's own rules."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any, TypeVar

from centralino.application.ports import AvailableEntry, Claim, Store, WaitingEntry
from centralino.domain.agents import machine
from centralino.domain.agents.model import Agent, AgentState
from centralino.domain.contacts import lifecycle
from centralino.domain.contacts.model import Channel, Contact, Decision, FlowPosition
from centralino.domain.ids import offer_id

R = TypeVar("R")

POOL = "pool-1"
QUEUE = "sales"
PLAN = "voice-it"


def contact_id(number: int = 1) -> str:
    """A contact id of the product's shape."""
    return f"ct_{number:026d}"


def agent_id(number: int = 1) -> str:
    """An agent id of the product's shape."""
    return f"ag_{number:026d}"


def started(now: int, number: int = 1, channel: Channel = Channel.VOICE) -> Contact:
    """A contact in its flow: version 1."""
    return lifecycle.start(
        contact_id(number),
        business_unit="demo",
        now=now,
        cause="CA0/1",
        provider="twilio",
        call=f"CA{number:032d}",
        line="main-it",
        language="it",
        subject=f"su_{number:026d}",
        flow=FlowPosition("main", 3, "welcome"),
        channel=channel,
    )


def waiting(
    store: Store,
    now: int,
    number: int = 1,
    *,
    channel: Channel = Channel.VOICE,
    **enqueue: Any,
) -> Contact:
    """A stored contact that waits."""
    first = started(now, number, channel)
    store.save_contact(first)
    rules: dict[str, Any] = {"pool": POOL, "queue": QUEUE, "plan": PLAN, **enqueue}
    second = lifecycle.enqueue(first, now=now, cause="CA0/2", **rules)
    store.save_contact(second)
    return second


def routable(
    store: Store,
    now: int,
    number: int = 1,
    *,
    capacity: Mapping[Channel, int] | None = None,
    exclusive: frozenset[Channel] = frozenset({Channel.VOICE}),
) -> Agent:
    """A stored agent that can take a contact."""
    blank = Agent(
        id=agent_id(number),
        state=AgentState.OFFLINE,
        business_unit="demo",
        pool=POOL,
        profile="all",
        skills={"it": 5, "fatturazione à rate": 3},
        capacity=capacity or {Channel.VOICE: 1},
        exclusive=exclusive,
    )
    first = machine.register(blank, now, "admin")
    store.save_agent(first)
    second = machine.set_state(first, AgentState.ROUTABLE, None, now, "page")
    store.save_agent(second)
    return second


def waiting_entry(store: Store, contact: Contact) -> WaitingEntry:
    """What the index shows of a waiting contact."""
    entries = store.waiting(contact.waiting_partition or "").entries
    return next(entry for entry in entries if entry.contact == contact.id)


def available_entry(store: Store, agent: Agent) -> AvailableEntry:
    """What the index shows of an available agent."""
    entries = store.available(agent.available_partition or "", limit=100).entries
    return next(entry for entry in entries if entry.agent == agent.id)


def claim_of(contact: WaitingEntry, agent: AvailableEntry, now: int) -> Claim:
    """The claim of two entries."""
    return Claim(
        contact=contact,
        agent=agent,
        rid=offer_id(contact.contact, contact.version + 1),
        expires_at=now + 20_000,
        decision=decision(agent.agent),
        now=now,
    )


def decision(chosen: str, others: int = 4) -> Decision:
    """A decision record with up to five candidates."""
    reasons = ("busy", "skill", "level", "recent")
    rest = tuple((agent_id(900 + n), reasons[n]) for n in range(others))
    return Decision("longest_idle", 1, ((chosen, "chosen"), *rest))


def at_once(count: int, work: Any) -> list[Any]:
    """Run ``work(0)`` to ``work(count - 1)`` in threads that begin together."""
    barrier = Barrier(count)

    def begin(number: int) -> Any:
        barrier.wait()
        return work(number)

    with ThreadPoolExecutor(count) as threads:
        return list(threads.map(begin, range(count)))
