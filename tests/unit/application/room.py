"""A pool in memory for tests of routing: contacts that wait, agents that are ready, no calls."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from centralino.adapters.memory.index import Lag
from centralino.adapters.memory.world import World, world
from centralino.application.app import App
from centralino.domain.agents import machine
from centralino.domain.agents.model import Agent, AgentState
from centralino.domain.configuration.model import (
    Configuration,
    Plan,
    ProfileQueue,
    Queue,
    RoutingProfile,
    Step,
)
from centralino.domain.configuration.pools import compile_pools
from centralino.domain.contacts import lifecycle
from centralino.domain.contacts.model import Channel, Contact

T = TypeVar("T")
R = TypeVar("R")
VOICE, CHAT = Channel.VOICE, Channel.CHAT
POOL = "q"


def rules(*, queues: Sequence[str] = ("q",), **of_queues: Any) -> Configuration:
    """Return one pool with a profile for each queue and one for all, voice, chat and an expert."""
    plans = {
        "voice": Plan("voice"),
        "chat": Plan("chat", CHAT),
        "expert": Plan("expert", VOICE, (Step(0, {"tax": 3}), Step(30_000, {}))),
        "own": Plan("own", VOICE, (Step(),), prefer_ms=20_000),
    }
    made = {q: Queue(q, "demo", plans=tuple(plans), **of_queues) for q in queues}
    capacity = {VOICE: 1, CHAT: 3}
    # Agents here mostly have less capacity than their profile: that must not hide them.
    profiles = {q: RoutingProfile(q, (ProfileQueue(q),), capacity) for q in queues}
    profiles["all"] = RoutingProfile("all", tuple(ProfileQueue(q) for q in queues), capacity)
    return Configuration(1, made, profiles, plans, compile_pools(made, profiles), {}, {})


class Room:
    """A world with one pool, and short ways to fill it and look at it."""

    def __init__(
        self,
        configuration: Configuration | None = None,
        *,
        lag: Lag | None = None,
        together: bool = False,
    ) -> None:
        self.rules = configuration or rules()
        self.world: World = world(self.rules, lag=lag)
        self.app: App = self.world.app
        if together:
            self.app = replace(self.app, fan_out=self._together)
        self.count = 0

    def _together(self, work: Callable[[T], R], items: Sequence[T], /) -> list[R]:
        with self.world.meter.together():
            return [work(item) for item in items]

    def wait(
        self, contact: str = "", *, queue: str = "q", plan: str = "voice", **more: Any
    ) -> Contact:
        """Let a contact wait."""
        self.count += 1
        contact = contact or f"ct_{self.count:04d}"
        now = self.app.clock.now()
        begun = lifecycle.start(
            contact,
            business_unit="demo",
            now=now,
            cause=None,
            channel=self.rules.plans[plan].channel,
        )
        self.app.store.save_contact(begun)
        queued = lifecycle.enqueue(
            begun, pool=POOL, queue=queue, plan=plan, now=now, cause=None, **more
        )
        self.app.store.save_contact(queued)
        return queued

    def ready(
        self,
        agent: str,
        *,
        profile: str = "q",
        skills: Mapping[str, int] | None = None,
        capacity: Mapping[Channel, int] | None = None,
        shard: int = 0,
    ) -> Agent:
        """Make an agent that is routable."""
        made = Agent(
            agent,
            AgentState.OFFLINE,
            "demo",
            POOL,
            profile,
            skills=skills or {},
            capacity=capacity or {VOICE: 1},
            shard=shard,
        )
        first = machine.register(made, self.app.clock.now(), None)
        self.app.store.save_agent(first)
        return self.state(first, AgentState.ROUTABLE)

    def state(self, agent: Agent, state: AgentState) -> Agent:
        """Write an agent in another state."""
        after = machine.set_state(agent, state, None, self.app.clock.now(), None)
        self.app.store.save_agent(after)
        return after

    def contact(self, contact: Contact | str) -> Contact:
        """Return a stored contact."""
        found = self.world.store.contact(contact if isinstance(contact, str) else contact.id)
        assert found is not None
        return found

    def agent(self, agent: str) -> Agent:
        """Return a stored agent."""
        found = self.world.store.agent(agent)
        assert found is not None
        return found

    def offered(self) -> dict[str, str | None]:
        """Return who is offered to whom."""
        return {c.id: c.agent for c in self.world.store.contacts() if str(c.state) == "OFFERED"}

    def requests(self, operation: str) -> int:
        """Return how often an operation was asked for."""
        return self.world.meter.of(operation=operation).requests
