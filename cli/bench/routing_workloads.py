"""Pools at a moment of shortage: who waits, who is free, under which rules.

Demand is Zipf's: the second queue has half the callers of the first, the third a third. Every
other routing profile serves one queue, the rest several. Nobody draws a queue that no profile
serves.
"""

from __future__ import annotations

import json
import random
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from centralino.adapters import wire
from centralino.application.ports import AvailableEntry, WaitingEntry
from centralino.domain.agents.model import Agent, AgentState
from centralino.domain.configuration.model import (
    Configuration,
    Plan,
    ProfileQueue,
    Queue,
    RoutingProfile,
    Step,
)
from centralino.domain.configuration.pools import (
    available_partitions,
    channels_of,
    compile_pools,
    waiting_partitions,
)
from centralino.domain.contacts.model import Channel, Contact, ContactState
from centralino.domain.ids import AGENT, CONTACT, crockford
from centralino.domain.routing.model import AvailablePages, Snapshot, WaitingPages

NOW = 1_700_000_000_000
SKILLS = ("it", "en", "de", "fr")
#: Nobody waits longer: the last step of every plan is reached after half of it.
LONGEST_WAIT_MS = 120_000


@dataclass(frozen=True, slots=True)
class Shape:
    """What a pool looks like.

    Attributes
    ----------
    wide : int
        How many queues every other profile serves; the rest serve one.
    skills : bool
        Whether a contact needs one of four skills, at level 3, after 30 s at 2, after 60 s not
        at all, and an agent has two, at levels from 1 to 5. Else nobody needs any.
    tried : float
        The share of contacts that were offered to an agent a moment ago, who did not take them.
    """

    contacts: int
    agents: int
    queues: int
    profiles: int
    wide: int
    skills: bool = True
    tried: float = 0.0
    strategy: str = "longest_idle"


@dataclass(frozen=True, slots=True)
class Moment:
    """A pool at :data:`NOW`."""

    configuration: Configuration
    snapshot: Snapshot[WaitingEntry, AvailableEntry]

    @property
    def contacts(self) -> list[WaitingEntry]:
        """Everybody who waits."""
        return [entry for pages in self.snapshot.waiting.values() for entry in pages.entries]

    @property
    def agents(self) -> list[AvailableEntry]:
        """Everybody who is free."""
        return [entry for pages in self.snapshot.available.values() for entry in pages.entries]


def moment(shape: Shape, seed: int) -> Moment:
    """Return a pool of this shape: the same for the same seed."""
    dice = random.Random(seed)
    rules = _rules(shape, dice)
    agents = [_agent(shape, rules, dice) for _ in range(shape.agents)]
    contacts = [_contact(shape, rules, agents, dice) for _ in range(shape.contacts)]
    return Moment(rules, _snapshot(rules, contacts, agents))


def _rules(shape: Shape, dice: random.Random) -> Configuration:
    names = [f"q{number:02d}" for number in range(shape.queues)]
    profiles = {}
    for number in range(shape.profiles):
        served = dice.sample(names, 1 if number % 2 else shape.wide)
        profile = RoutingProfile(f"p{number:02d}", tuple(map(ProfileQueue, served)))
        profiles[profile.id] = profile
    if shape.skills:
        plans = [Plan(skill, Channel.VOICE, _easing(skill)) for skill in SKILLS]
    else:
        plans = [Plan("voice")]
    by_id = {plan.id: plan for plan in plans}
    reached = {way.queue for profile in profiles.values() for way in profile.queues}
    queues = {
        name: Queue(name, "demo", plans=tuple(by_id), strategy=shape.strategy)
        for name in names
        if name in reached
    }
    return Configuration(1, queues, profiles, by_id, compile_pools(queues, profiles), {}, {})


def _easing(skill: str) -> tuple[Step, ...]:
    return Step(0, {skill: 3}), Step(30_000, {skill: 2}), Step(60_000)


def _agent(shape: Shape, rules: Configuration, dice: random.Random) -> Agent:
    profile = dice.choice(list(rules.profiles.values()))
    known = dice.sample(SKILLS, 2) if shape.skills else []
    return Agent(
        id=AGENT + crockford(dice.getrandbits(128)),
        state=AgentState.ROUTABLE,
        business_unit="demo",
        pool=rules.pool_of_profile(profile.id).id,
        profile=profile.id,
        version=dice.randint(2, 99),
        skills={skill: dice.randint(1, 5) for skill in known},
        capacity=dict(profile.capacity),
        exclusive=profile.exclusive,
        idle_since=NOW - dice.randrange(600_000),
        taken=dice.randrange(60),
        last_offer_at=NOW - dice.randrange(600_000, 3_600_000),
    )


def _contact(
    shape: Shape, rules: Configuration, agents: list[Agent], dice: random.Random
) -> Contact:
    queues = list(rules.queues)
    queue = dice.choices(queues, [1 / rank for rank in range(1, len(queues) + 1)])[0]
    enqueued_at = NOW - dice.randrange(LONGEST_WAIT_MS)
    tried = {dice.choice(agents).id: NOW + 15_000} if dice.random() < shape.tried else {}
    return Contact(
        id=CONTACT + crockford(dice.getrandbits(128)),
        state=ContactState.WAITING,
        business_unit="demo",
        version=2,
        pool=rules.pool_of(queue).id,
        queue=queue,
        plan=dice.choice(list(rules.plans)),
        enqueued_at=enqueued_at,
        virtual_time=enqueued_at,
        tried=tried,
    )


def _snapshot(
    rules: Configuration, contacts: Iterable[Contact], agents: Iterable[Agent]
) -> Snapshot[WaitingEntry, AvailableEntry]:
    """Return what a drain that read everything would show the matcher."""
    waiting = _partitions([wire.contact_item(contact) for contact in contacts], "wpk", "wsk")
    available = _partitions([wire.agent_item(agent) for agent in agents], "apk", "ask")
    lines: dict[str, WaitingPages[WaitingEntry]] = {}
    desks: dict[str, AvailablePages[AvailableEntry]] = {}
    for pool in rules.pools:
        for key, (queue, plan) in waiting_partitions(rules, pool).items():
            entries = [wire.waiting_entry(item) for item in waiting.get(key, ())]
            lines[key] = WaitingPages(queue, plan, entries)
        channels = channels_of(rules, pool)
        for key, (profile, free) in available_partitions(rules, pool, channels).items():
            there = [wire.available_entry(item) for item in available.get(key, ())]
            desks[key] = AvailablePages(profile, free, there)
    return Snapshot(lines, desks)


def _partitions(items: list[dict[str, Any]], key: str, order: str) -> dict[str, Any]:
    """Return the items by index partition, in key order, each as new as if it had been read."""
    found = defaultdict(list)
    for item in sorted(items, key=lambda item: str(item[order])):
        found[item[key]].append(item)
    return {name: json.loads(json.dumps(listed)) for name, listed in found.items()}
