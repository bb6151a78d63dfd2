"""Callers and agents: what they do, and when, as functions are triggered by it.

A caller presses a digit and waits, an agent's page acknowledges and its agent accepts; a
conversation lasts as long as given, then come the hang-up and the disposition.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from random import Random
from typing import Any

from centralino.application import agents, calls, offers
from centralino.application.app import App
from centralino.application.ports import Item
from centralino.application.routing import nudge_or_drain
from centralino.domain import ids
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
from centralino.domain.errors import Conflict, NotFound, OfferEnded
from centralino.domain.telephony.commands import CallProgressed, WaitContinued
from cli.bench.latency.cloud import Cloud

POOL = QUEUE = "service"
PROFILE = "everybody"
SKILLS = ("bills", "faults", "moves", "sales")
PROVIDER = "simulator"
_KEY = b"latency" * 5
#: From the offer on the page to its acknowledgment, to the answer, and the wrap-up at the end.
ACK_MS = 40.0
ANSWER_MS = (1_000.0, 3_000.0)
WRAP_UP_MS = 10_000.0
#: How often the carrier asks what a waiting caller should hear.
LOOP_MS = calls.WAIT_LOOP_S * 1000.0


def configuration() -> Configuration:
    """Return the rules of the benchmarks: one queue, a plan per skill, one profile for all."""
    plans = {skill: Plan(skill, steps=(Step(0, {skill: 1}),)) for skill in SKILLS}
    queues = {QUEUE: Queue(QUEUE, "bench", plans=SKILLS)}
    profiles = {PROFILE: RoutingProfile(PROFILE, (ProfileQueue(QUEUE),))}
    pools = compile_pools(queues, profiles)
    return Configuration(1, queues, profiles, plans, pools, {}, {})


@dataclass(slots=True)
class Caller:
    """One caller: the contact in the menu, the skill needed, and how long things last, in ms."""

    contact: str
    call: str
    skill: str
    handling_ms: float
    patience_ms: float | None
    accepted: bool = False
    gone: bool = False


class People:
    """Everybody in one run."""

    def __init__(self, cloud: Cloud, seed: int) -> None:
        self._cloud = cloud
        self._scheduler = cloud.scheduler
        self._random = Random(f"people-{seed}")
        self._callers: dict[str, Caller] = {}
        self._hired = 0
        cloud.page = self._seen

    # ------------------------------------------------------------------ before the run

    def hire(self, skills: tuple[str, str], *, idle_for: float | None = None) -> str:
        """Store an agent with a page open; ``idle_for`` makes one ready for that long already."""
        agent_id = ids.AGENT + ids.crockford(self._hired)
        self._hired += 1
        made = Agent(
            agent_id,
            AgentState.OFFLINE,
            "bench",
            POOL,
            PROFILE,
            skills=dict.fromkeys(skills, 1),
        )
        world, now = self._cloud.world, self._cloud.world.clock.now()
        agent = machine.register(made, now, None)
        world.store.save_agent(agent)
        world.operations.put(Item(agents.connections(agent_id), f"conn#{agent_id}"))
        world.operations.put(Item(f"conn#{agent_id}", "agent", {"agent": agent_id}))
        if idle_for is not None:
            since = now - int(idle_for)
            ready = machine.set_state(agent, AgentState.ROUTABLE, None, since, None)
            world.store.save_agent(replace(ready, updated_at=now))
        return agent_id

    def ring(self, skill: str, handling_ms: float, patience_ms: float | None = None) -> Caller:
        """Store a contact that hears the menu."""
        world = self._cloud.world
        call = f"CA{len(self._callers):032d}"
        contact_id = ids.contact_id(_KEY, PROVIDER, call)
        world.store.save_contact(
            lifecycle.start(
                contact_id,
                business_unit="bench",
                provider=PROVIDER,
                call=call,
                now=world.clock.now(),
                cause="ring",
            )
        )
        caller = Caller(contact_id, call, skill, handling_ms, patience_ms)
        self._callers[contact_id] = caller
        return caller

    # ------------------------------------------------------------------ during the run

    def becomes_free(self, agent_id: str, at: float) -> None:
        """Let an agent become ready in a while (ms from now)."""

        def work(app: App) -> None:
            agents.set_state(app, agent_id, AgentState.ROUTABLE, None, "sign-in")

        self._scheduler.after(
            at,
            lambda: self._cloud.invoke("agent_api", "sign_in", work, agent=agent_id, via="http"),
        )

    def presses(self, caller: Caller, at: float) -> None:
        """Let a caller leave the menu for the queue in a while (ms from now)."""

        def work(app: App) -> None:
            _enqueue(app, caller)

        def arrive() -> None:
            self._webhook("enqueue", work, caller)
            self._scheduler.after(LOOP_MS, lambda: self._loop(caller))
            if caller.patience_ms is not None:
                self._scheduler.after(caller.patience_ms, lambda: self._give_up(caller))

        self._scheduler.after(at, arrive)

    def _loop(self, caller: Caller) -> None:
        if caller.accepted or caller.gone:
            return
        command = WaitContinued(caller.contact, caller.call, "loop")
        self._webhook("wait_loop", lambda app: _quietly(calls.keep_waiting, app, command), caller)
        self._scheduler.after(LOOP_MS, lambda: self._loop(caller))

    def _give_up(self, caller: Caller) -> None:
        if not caller.accepted:
            caller.gone = True
            self._hang_up(caller, "abandon")

    def _hang_up(self, caller: Caller, purpose: str) -> None:
        command = CallProgressed(PROVIDER, caller.call, "completed", True, message="hang-up")
        self._webhook(purpose, lambda app: calls.progress(app, command, _KEY), caller)

    def _webhook(self, purpose: str, work: Any, caller: Caller) -> None:
        self._cloud.invoke("call_events", purpose, work, contact=caller.contact, via="http")

    def _seen(self, agent_id: str, frame: Mapping[str, Any]) -> None:
        if frame["type"] != "offer":
            return
        contact, rid = str(frame["contact_id"]), str(frame["rid"])
        about: dict[str, Any] = {"contact": contact, "agent": agent_id}

        def acknowledge(app: App) -> None:
            found = agents.agent_of(app, agent_id)
            offers.acknowledge(app, found, rid, "ack")

        def accept(app: App) -> None:
            try:
                after = offers.accept(app, agent_id, contact, rid, "accept")
            except OfferEnded:
                return
            self._talk(self._callers[after.id], agent_id)

        self._scheduler.after(
            ACK_MS,
            lambda: self._cloud.invoke("realtime", "ack", acknowledge, via="page.message", **about),
        )
        self._scheduler.after(
            self._random.uniform(*ANSWER_MS),
            lambda: self._cloud.invoke("agent_api", "accept", accept, via="http", **about),
        )

    def _talk(self, caller: Caller, agent_id: str) -> None:
        caller.accepted = True
        about: dict[str, Any] = {"contact": caller.contact, "agent": agent_id}

        def dispose(app: App) -> None:
            agents.dispose(app, agent_id, caller.contact, "resolved", "dispose")

        ends = max(0.0, caller.handling_ms - WRAP_UP_MS)
        self._scheduler.after(ends, lambda: self._hang_up(caller, "hang_up"))
        self._scheduler.after(
            ends + WRAP_UP_MS,
            lambda: self._cloud.invoke("agent_api", "dispose", dispose, via="http", **about),
        )


def _enqueue(app: App, caller: Caller) -> None:
    """Do what the webhook of the menu's answer does once the flow says where to wait."""
    contact = calls.known(app, caller.contact, caller.call)
    if contact.ended:
        return
    after = lifecycle.enqueue(
        contact, pool=POOL, queue=QUEUE, plan=caller.skill, now=app.clock.now(), cause="press"
    )
    try:
        app.store.save_contact(after)
    except Conflict:
        return  # the caller has hung up meanwhile
    nudge_or_drain(app, POOL, "press", fresh=[after])


def _quietly(work: Any, *rest: Any) -> None:
    try:
        work(*rest)
    except NotFound:
        return
