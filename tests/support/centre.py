"""A small contact centre in memory: the deployed use cases, driven by hand under a virtual clock.

It does what the deployed functions do between use cases and nothing more: fires timers that are
due, drains nudged pools, relays the streams, sweeps when told. Each can be left out, to see what
the others make good.
"""

from __future__ import annotations

from collections.abc import Mapping

from centralino.adapters.memory.world import World, world
from centralino.application import agents, calls, routing, timers
from centralino.application import sweep as sweeping
from centralino.application.relay import Image, relay
from centralino.domain import ids
from centralino.domain.agents.model import Agent, AgentState
from centralino.domain.configuration.model import (
    Configuration,
    Line,
    Plan,
    Pool,
    ProfileQueue,
    Queue,
    RoutingProfile,
)
from centralino.domain.contacts.model import Contact
from centralino.domain.flows.model import Enqueue, Flow, Hangup, Menu
from centralino.domain.telephony import actions as act
from centralino.domain.telephony.commands import (
    CallArrived,
    CallProgressed,
    InputGiven,
    LegJoined,
    LegLeft,
)

KEY = b"k" * 32
NUMBER = "+390200000001"


def text(words: str) -> Mapping[str, str]:
    """Return a sentence in both languages."""
    return {"en": words, "it": f"{words} (it)"}


def configuration() -> Configuration:
    """Return one pool with two queues, three profiles and a menu."""
    queues = {
        name: Queue(name, "demo", plans=("voice",), wrap_up_ms=60_000)
        for name in ("sales", "support")
    }
    profiles = {
        "sales": RoutingProfile("sales", (ProfileQueue("sales"),)),
        "support": RoutingProfile("support", (ProfileQueue("support"),)),
        "all": RoutingProfile("all", (ProfileQueue("sales"), ProfileQueue("support"))),
    }
    flow = Flow(
        "main",
        1,
        "menu",
        {
            "menu": Menu(
                text("press 1, 2 or 3"),
                {"1": "sales", "2": "support", "3": "hours"},
                otherwise="support",
                invalid=text("sorry"),
            ),
            "sales": Enqueue("sales", "voice", text("please hold")),
            "support": Enqueue("support", "voice", text("please hold")),
            "hours": Hangup(text("nine to five")),
        },
    )
    return Configuration(
        version=1,
        queues=queues,
        profiles=profiles,
        plans={"voice": Plan("voice")},
        pools={"main": Pool("main", tuple(queues), tuple(profiles))},
        lines={"it": Line("it", NUMBER, "demo", "main", "it")},
        flows={"main": flow},
    )


class Centre:
    """A contact centre whose agents and callers do what a test says."""

    def __init__(
        self, *, joins: bool = True, seed: int = 0, rules: Configuration | None = None
    ) -> None:
        self.world: World = world(rules or configuration(), joins=joins, seed=seed)
        self.app = self.world.app
        self.stream = self.world.stream.subscribe()

    # ---------------------------------------------------------------- people

    def agent(self, name: str = "ann", profile: str = "sales", *, ready: bool = True) -> str:
        """Register an agent, by default with one page open and routable; return the id."""
        agent_id = ids.AGENT + name
        agents.register(
            self.app, Agent(agent_id, AgentState.OFFLINE, "demo", "main", profile), "admin"
        )
        if ready:
            self.ready(agent_id)
        return agent_id

    def ready(self, agent_id: str) -> None:
        """Make an agent routable."""
        agents.set_state(self.app, agent_id, AgentState.ROUTABLE, None, "api")

    def ring(self, call: str = "CA1", number: str = NUMBER) -> str:
        """Let a customer call; return the contact's id."""
        self.heard = calls.handle(
            self.app, CallArrived("twilio", call, "+393330000001", number, "w"), KEY
        )
        return ids.contact_id(KEY, "twilio", call)

    def press(self, contact_id: str, digits: str, step: str = "menu.0") -> list[act.Action]:
        """Let the caller press digits at a step."""
        call = self.contact(contact_id).call or ""
        return calls.handle(self.app, InputGiven(contact_id, call, step, digits), KEY)

    def queue(self, call: str = "CA1", digits: str = "1") -> str:
        """Let a customer call and choose a queue; return the contact's id."""
        contact_id = self.ring(call)
        self.press(contact_id, digits)
        return contact_id

    def caller_leaves(self, contact_id: str) -> None:
        """Let the caller hang up, as the carrier tells it."""
        call = self.contact(contact_id).call or ""
        calls.handle(self.app, CallProgressed("twilio", call, "completed", True), KEY)

    def agent_joins(self, contact_id: str, rid: str) -> None:
        """Let the agent's leg enter the conversation."""
        self.world.media.join(contact_id, rid)
        calls.handle(self.app, LegJoined(contact_id, "CAagent", rid), KEY)

    def caller_joins(self, contact_id: str) -> None:
        """Let the caller's leg enter the conversation."""
        self.world.media.join(contact_id, None)
        call = self.contact(contact_id).call or ""
        calls.handle(self.app, LegJoined(contact_id, call, None), KEY)

    def agent_leg_leaves(self, contact_id: str, rid: str, reason: str = "hung_up") -> None:
        """Let the agent's leg end."""
        self.world.media.leave(contact_id, rid)
        calls.handle(self.app, LegLeft(contact_id, "CAagent", rid, reason), KEY)

    # ---------------------------------------------------------------- what runs by itself

    def advance(self, milliseconds: int) -> None:
        """Let time pass and fire every timer at its moment, draining nudged pools."""
        end = self.world.clock.time + milliseconds
        while (due := self.world.timers.next_at()) is not None and due <= end:
            self.world.clock.move_to(due)
            for timer in self.world.timers.due():
                timers.fire(self.app, timer, "timer")
            self.drain_nudged()
        self.world.clock.move_to(end)

    def drain_nudged(self) -> None:
        """Do what the routing function does with the nudges that wait."""
        while nudges := self.world.nudges.take():
            for pool in {nudge.pool for nudge in nudges}:
                routing.drain_nudged(self.app, pool, hop=0, cause="nudge")

    def relay(self) -> None:
        """Relay every change since the last time, as the stream's function does."""
        while changes := self.stream.take():
            images = [Image(str(i), change.image) for i, change in enumerate(changes)]
            if relay(self.app, self.world.bus, images) is not None:
                self.stream.redeliver()
        self.drain_nudged()

    def sweep(self) -> dict[str, int]:
        """Run the minute sweep."""
        found = sweeping.sweep(self.app)
        self.drain_nudged()
        return found

    # ---------------------------------------------------------------- looking

    def contact(self, contact_id: str) -> Contact:
        """Return a stored contact."""
        contact = self.world.store.contact(contact_id)
        assert contact is not None
        return contact

    def agent_item(self, agent_id: str) -> Agent:
        """Return a stored agent."""
        agent = self.world.store.agent(agent_id)
        assert agent is not None
        return agent

    def state(self, contact_id: str) -> str:
        """Return where a contact stands."""
        return str(self.contact(contact_id).state)
