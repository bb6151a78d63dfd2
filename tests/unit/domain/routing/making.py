"""Small pools for the matcher's tests: contacts, agents and rules in a line each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from centralino.application.ports import AvailableEntry, WaitingEntry
from centralino.domain.configuration.model import (
    Configuration,
    Plan,
    ProfileQueue,
    Queue,
    RoutingProfile,
    Step,
)
from centralino.domain.configuration.pools import compile_pools
from centralino.domain.contacts.model import Channel
from centralino.domain.routing.decide import decide
from centralino.domain.routing.model import (
    AvailablePages,
    Matching,
    Snapshot,
    WaitingPages,
)

NOW = 1_000_000_000_000
VOICE, CHAT = Channel.VOICE, Channel.CHAT

Result = Matching[WaitingEntry, AvailableEntry]


def rules(
    profiles: Mapping[str, Sequence[str | ProfileQueue]] | None = None,
    *,
    plans: Iterable[Plan] = (),
    **of_queues: object,
) -> Configuration:
    """Return rules for these profiles; ``of_queues`` is the same for every queue."""
    profiles = profiles or {"p": ["q"]}
    served = {
        name: tuple(q if isinstance(q, ProfileQueue) else ProfileQueue(q) for q in queues)
        for name, queues in profiles.items()
    }
    by_id = {plan.id: plan for plan in (Plan("voice"), Plan("chat", CHAT), *plans)}
    names = sorted({q.queue for queues in served.values() for q in queues})
    queues = {
        name: Queue(name, "demo", plans=tuple(by_id), **of_queues)  # type: ignore[arg-type]
        for name in names
    }
    made = {name: RoutingProfile(name, queues_) for name, queues_ in served.items()}
    return Configuration(1, queues, made, by_id, compile_pools(queues, made), {}, {})


def skilled(plan: str, *steps: tuple[int, dict[str, int]], prefer_ms: int = 0) -> Plan:
    """Return a voice plan with these steps, each (after seconds, skills)."""
    made = tuple(Step(after * 1000, skills) for after, skills in steps) or (Step(),)
    return Plan(plan, VOICE, made, prefer_ms)


def waiting(
    contact: str,
    *,
    queue: str = "q",
    plan: str = "voice",
    waited: float = 10,
    tier: int = 5,
    place: int | None = None,
    channel: Channel = VOICE,
    version: int = 2,
    tried: Mapping[str, int] | None = None,
    preferred: str | None = None,
) -> WaitingEntry:
    """Return a contact that has waited this many seconds; ``place`` overrides its virtual time."""
    enqueued_at = NOW - round(waited * 1000)
    return WaitingEntry(
        contact=contact,
        version=version,
        queue=queue,
        plan=plan,
        channel=channel,
        tier=tier,
        virtual_time=enqueued_at if place is None else place,
        enqueued_at=enqueued_at,
        tried=tried or {},
        preferred=preferred,
    )


def free(
    agent: str,
    *,
    profile: str = "p",
    idle: float = 10,
    skills: Mapping[str, int] | None = None,
    capacity: Mapping[Channel, int] | None = None,
    used: Mapping[Channel, int] | None = None,
    exclusive: frozenset[Channel] = frozenset({VOICE}),
    taken: int = 0,
    last: float | None = None,
    version: int = 3,
) -> AvailableEntry:
    """Return an agent idle for, and last offered something, so many seconds ago."""
    return AvailableEntry(
        agent=agent,
        version=version,
        pool="q",
        profile=profile,
        shard=0,
        idle_since=NOW - round(idle * 1000),
        skills=skills or {},
        capacity=capacity or {VOICE: 1},
        used=used or {},
        exclusive=exclusive,
        taken=taken,
        last_offer_at=0 if last is None else NOW - round(last * 1000),
    )


def snapshot(
    contacts: Iterable[WaitingEntry],
    agents: Iterable[AvailableEntry],
    *,
    more: Iterable[str] = (),
    reachable: Iterable[str] = (),
) -> Snapshot[WaitingEntry, AvailableEntry]:
    """Return a snapshot; partitions are named ``queue/plan`` and by profile."""
    lines: dict[tuple[str, str], list[WaitingEntry]] = {}
    for contact in contacts:
        lines.setdefault((contact.queue, contact.plan), []).append(contact)
    desks: dict[str, list[AvailableEntry]] = {}
    for agent in agents:
        desks.setdefault(agent.profile, []).append(agent)
    ongoing = set(more)
    return Snapshot(
        {
            f"{queue}/{plan}": WaitingPages(queue, plan, entries, f"{queue}/{plan}" in ongoing)
            for (queue, plan), entries in lines.items()
        },
        {
            profile: AvailablePages(
                profile,
                frozenset(channel for entry in entries for channel in entry.capacity),
                entries,
                profile in ongoing,
            )
            for profile, entries in desks.items()
        },
        frozenset(reachable),
    )


def match(
    contacts: Iterable[WaitingEntry],
    agents: Iterable[AvailableEntry],
    configuration: Configuration | None = None,
    *,
    now: int = NOW,
    reachable: Iterable[str] = (),
) -> Result:
    """Decide on everything there is."""
    shown = snapshot(contacts, agents, reachable=reachable)
    return decide(shown, now, configuration or rules())


def pairs(matching: Result) -> dict[str, str]:
    """Return who got whom, by contact."""
    return {a.contact.contact: a.agent.agent for a in matching.assignments}
