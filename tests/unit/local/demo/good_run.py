"""A run without a fault, made with the product's own rules: the log that tests then spoil.

Contacts and agents go through the domain's functions, so their events, versions and sequences are
what the product would have written.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from centralino.adapters import wire
from centralino.contracts import envelope
from centralino.domain import ids
from centralino.domain.agents import machine
from centralino.domain.agents.model import Agent, AgentState
from centralino.domain.contacts import lifecycle, offers
from centralino.domain.contacts.model import Channel, Contact, Decision, FlowPosition
from centralino.domain.events import Occurrence, describe
from local.demo.evidence import Evidence, Write

KEY = b"a key for tests"
NOON = 1_763_812_800_000
CALLS = tuple(f"CA{number:032x}" for number in range(1, 6))


@dataclass
class World:
    """Contacts and agents as they are written, one version after the other."""

    now: int = NOON
    contacts: dict[str, Contact] = field(default_factory=dict)
    agents: dict[str, Agent] = field(default_factory=dict)
    events: list[dict[str, Any]] = field(default_factory=list)
    contact_writes: list[Write] = field(default_factory=list)
    agent_writes: list[Write] = field(default_factory=list)

    def pass_ms(self, milliseconds: int) -> None:
        self.now += milliseconds

    def write_contact(self, contact: Contact) -> Contact:
        self.contacts[contact.id] = contact
        self.contact_writes.append(Write((contact.id,), wire.contact_item(contact)))
        self.events += [published(event) for event in describe(contact)]
        return contact

    def write_agent(self, agent: Agent) -> Agent:
        self.agents[agent.id] = agent
        self.agent_writes.append(Write((agent.id,), wire.agent_item(agent)))
        self.events += [published(event) for event in describe(agent)]
        return agent

    def hire(self, number: int) -> str:
        """Register an agent and let it go routable."""
        agent = Agent(
            id=ids.agent_id(f"00000000-0000-4000-8000-{number:012d}"),
            state=AgentState.OFFLINE,
            business_unit="demo",
            pool="sales",
            profile="all",
        )
        agent = self.write_agent(machine.register(agent, self.now, "seed"))
        self.write_agent(machine.set_state(agent, AgentState.ROUTABLE, None, self.now, "api"))
        return agent.id

    def dial(self, call: str) -> str:
        """Let somebody call and hear the menu."""
        contact = lifecycle.start(
            ids.contact_id(KEY, "twilio", call),
            business_unit="demo",
            now=self.now,
            cause="webhook",
            provider="twilio",
            call=call,
            line="main",
            flow=FlowPosition("welcome", 1, "menu"),
        )
        return self.write_contact(contact).id

    def enqueue(self, contact: str) -> None:
        self.write_contact(
            lifecycle.enqueue(
                self.contacts[contact],
                pool="sales",
                queue="sales",
                plan="voice",
                now=self.now,
                cause="webhook",
            )
        )

    def offer(self, contact: str, agent: str) -> str:
        """Claim, contact and agent in one transaction."""
        decision = Decision("longest_idle", 0, ((agent, "chosen"),))
        offered = offers.offer(
            self.contacts[contact],
            agent,
            expires_at=self.now + 2_000,
            decision=decision,
            now=self.now,
            cause="drain",
        )
        self.write_contact(offered)
        rid = offered.rid or ""
        self.write_agent(machine.take(self.agents[agent], rid, contact, Channel.VOICE, self.now))
        return rid

    def accept(self, contact: str, rid: str) -> None:
        stored = self.contacts[contact]
        agent = stored.agent or ""
        stored = self.write_contact(offers.acknowledge(stored, rid, self.now, "ack"))
        self.pass_ms(300)
        stored = self.write_contact(
            offers.accept(stored, rid, agent, self.now, "api", joined=False)
        )
        self.pass_ms(200)
        self.write_contact(offers.connect(stored, rid, self.now, "webhook"))

    def miss(self, contact: str, rid: str) -> None:
        stored = self.contacts[contact]
        agent = stored.agent or ""
        self.write_contact(offers.time_out(stored, rid, self.now + 30_000, self.now, "timer"))
        self.pass_ms(5)
        self.write_agent(machine.miss(self.agents[agent], rid, machine.RONA, self.now, "timer"))

    def hang_up(self, contact: str, by: str = "caller") -> None:
        stored = self.contacts[contact]
        agent, rid = stored.agent, stored.rid
        after = self.write_contact(lifecycle.hang_up(stored, by, self.now, "webhook"))
        if after.ended and agent is not None and rid is not None:
            self._release(agent, rid, answered=False)

    def wrap_up(self, contact: str, rid: str) -> None:
        stored = self.contacts[contact]
        segment = stored.find_segment(rid)
        assert segment is not None
        self.write_contact(lifecycle.wrap_up(stored, rid, "resolved", self.now, "api"))
        self._release(segment.agent, rid, answered=True)

    def _release(self, agent: str, rid: str, *, answered: bool) -> None:
        self.pass_ms(5)
        stored = self.agents[agent]
        self.write_agent(machine.release(stored, rid, self.now, "api", answered=answered))

    def evidence(self, calls: tuple[str, ...] = CALLS) -> Evidence:
        return Evidence(
            events=[*self.events],
            contacts=list(self.contacts.values()),
            agents=list(self.agents.values()),
            waiting=[],
            contact_writes=[*self.contact_writes],
            agent_writes=[*self.agent_writes],
            ops_writes=[
                Write(("open#1", next(iter(self.contacts))), {"pk": "open#1", "sk": "x"}),
                Write(("heartbeat#sales", "marker"), {"pk": "heartbeat#sales", "sk": "marker"}),
                Write(("conn#1", "agent"), {"pk": "conn#1", "sk": "agent"}),
                Write(("conn#1", "agent"), None),
            ],
            buried=0,
            calls=calls,
        )


def published(occurrence: Occurrence) -> dict[str, Any]:
    """Return an event as the bus delivers it."""
    return {
        "version": "0",
        "id": occurrence.event_id,
        "source": envelope.source(occurrence),
        "detail-type": occurrence.type,
        "account": "000000000000",
        "time": envelope.iso(occurrence.occurred_at),
        "region": "eu-south-1",
        "resources": [],
        "detail": envelope.detail(occurrence),
    }


def good_run() -> World:
    """Five calls: two answered (one after a missed offer), one leaves while ringing, one in the
    menu, one serves itself.
    """
    world = World()
    first, second = world.hire(1), world.hire(2)
    world.pass_ms(1_000)
    answered, missed, ringing, menu, served = (world.dial(call) for call in CALLS)
    world.pass_ms(1_000)
    world.hang_up(menu)
    world.write_contact(lifecycle.self_serve(world.contacts[served], world.now, "webhook"))
    world.enqueue(answered)
    world.pass_ms(100)
    rid = world.offer(answered, first)
    world.accept(answered, rid)
    world.enqueue(missed)
    lost = world.offer(missed, second)
    world.pass_ms(2_000)
    world.miss(missed, lost)
    world.pass_ms(2_000)
    world.hang_up(answered)
    world.pass_ms(1_000)
    world.wrap_up(answered, rid)
    world.pass_ms(10)
    again = world.offer(missed, first)
    world.accept(missed, again)
    world.pass_ms(3_000)
    world.hang_up(missed, by="agent")
    world.pass_ms(500)
    world.wrap_up(missed, again)
    world.pass_ms(10)
    world.enqueue(ringing)
    world.offer(ringing, first)
    world.pass_ms(50)
    world.hang_up(ringing)
    for agent in (first, second):
        world.write_agent(
            machine.set_state(world.agents[agent], AgentState.OFFLINE, None, world.now, "api")
        )
    return world
