"""The twelve invariants of the routing protocol, and two that follow from it, each a function.

Every function takes an :class:`Evidence` and raises :class:`Broken` with what it saw. Those of
:data:`ALWAYS` hold after every single write, crash or message; those of :data:`QUIET` once
nothing is under way. Two invariants compare two moments and are called by name:
:func:`replay_changes_nothing` (10) and :func:`published_gaplessly` (7, on the bus).

Some are about the very write (order, sequences, what a message may change), the others about the
state; none trusts a function of the product where it can count for itself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable

from centralino.domain.agents.model import Agent, AgentState
from centralino.domain.contacts.model import ENDED, TALKING, Contact, ContactState
from centralino.domain.events import Occurrence
from centralino.domain.ids import event_id
from tests.model.broken import require
from tests.model.evidence import (
    ANSWERS,
    TERMINAL,
    Entity,
    Evidence,
    Write,
    eligible,
    has_room,
    live_parts,
)
from tests.model.leg_invariants import lost_implies_timer, only_the_lost_are_given_up

Invariant = Callable[[Evidence], None]
S = ContactState
_BEFORE_QUEUE = frozenset({S.IVR, S.SCHEDULED, S.DIALING})
_QUEUED = frozenset({S.WAITING})
_LIVE = frozenset({S.OFFERED, S.CONNECTED, S.HELD, S.PARKED, S.WRAPUP, S.POST_CALL})


def one_live_assignment(evidence: Evidence) -> None:
    """1. At most one agent is being rung for, or talks with, a contact."""
    name = "one_live_assignment"
    holders: Counter[str] = Counter()
    for agent in evidence.agents.values():
        holders.update(list(agent.slots))
    for rid, count in holders.items():
        require(count == 1, name, f"{rid} has slots with {count} agents")
    for contact in evidence.contacts.values():
        talking = [s.rid for s in contact.segments if s.ended_at is None]
        ringing = {contact.rid} if contact.state is S.OFFERED else set()
        require(len({*talking, *ringing}) <= 1, name, f"{contact.id} is with {talking} {ringing}")
        assigned = contact.state in (S.OFFERED, *TALKING)
        require(
            not assigned or (contact.agent is not None and contact.rid is not None),
            name,
            f"{contact.id} is {contact.state} with {contact.agent}, {contact.rid}",
        )
        rids = [segment.rid for segment in contact.segments]
        require(len(set(rids)) == len(rids), name, f"{contact.id} has a segment twice")


def within_capacity(evidence: Evidence) -> None:
    """2. ``used`` counts the slots, and never exceeds the capacity or shares an exclusive one."""
    name = "within_capacity"
    for agent in evidence.agents.values():
        slots = Counter(slot.channel for slot in agent.slots.values())
        used = {channel: count for channel, count in agent.used.items() if count}
        require(used == dict(slots), name, f"{agent.id} uses {used} for {dict(slots)}")
        for channel, count in slots.items():
            limit = agent.capacity.get(channel, 0)
            require(count <= limit, name, f"{agent.id} has {count} of {limit} {channel}")
        alone = set(slots) & agent.exclusive
        require(not alone or len(slots) == 1, name, f"{agent.id} mixes {sorted(slots)}")


def live_part_has_its_slot(evidence: Evidence) -> None:
    """3. A live (agent, rid) has its slot; a slot without a live part has a pending repair."""
    name = "live_part_has_its_slot"
    live = set()
    for contact in evidence.contacts.values():
        for agent_id, rid in live_parts(contact):
            live.add((agent_id, rid))
            agent = evidence.agents.get(agent_id)
            slot = agent.slots.get(rid) if agent is not None else None
            require(
                slot is not None and slot.contact == contact.id,
                name,
                f"{contact.id} is {contact.state} as {rid}, {agent_id} has no such slot",
            )
    for agent in evidence.agents.values():
        for rid in agent.slots:
            if (agent.id, rid) in live:
                continue
            require(
                (agent.id, rid) in evidence.ended_parts,
                name,
                f"{agent.id} keeps {rid}, which no written event ends: the relay cannot know",
            )
            require(agent.id in evidence.roster, name, f"{agent.id} is not on the sweep's roster")


def offered_implies_timer(evidence: Evidence) -> None:
    """4. Whenever a contact becomes OFFERED, the timer of that rid was durable before."""
    for write in evidence.writes:
        after = write.after
        if isinstance(after, Contact) and after.state is S.OFFERED:
            require(write.timer_sent, "offered_implies_timer", f"no timer for {after.rid} was sent")


def waiting_exactly_when_indexed(evidence: Evidence) -> None:
    """5. Once lag drains, ``waiting`` shows who waits and ``available`` who is free."""
    name = "waiting_exactly_when_indexed"
    if evidence.waiting is not None:
        waits = {c.id: c.version for c in evidence.contacts.values() if c.state is S.WAITING}
        require(evidence.waiting == waits, name, f"{evidence.waiting} shown, {waits} waiting")
    if evidence.available is not None:
        free = {
            a.id: a.version
            for a in evidence.agents.values()
            if a.state is AgentState.ROUTABLE and _any_room(a)
        }
        require(evidence.available == free, name, f"{evidence.available} shown, {free} free")


def place_survives(evidence: Evidence) -> None:
    """6. ``vts`` is set once, by the first enqueue, and survives whatever follows."""
    name = "place_survives"
    for write in evidence.writes:
        before, after = write.before, write.after
        if isinstance(before, Contact) and isinstance(after, Contact):
            if before.virtual_time is None:
                continue
            require(
                after.virtual_time == before.virtual_time,
                name,
                f"{after.id} moved from {before.virtual_time} to {after.virtual_time}",
            )
            lost = any(event.type == "AgentLost" for event in after.events)
            require(after.tier == before.tier or lost, name, f"{after.id} changed its tier unasked")


def counted_writes(evidence: Evidence) -> None:
    """7. ``ver`` rises by one per write; ``seq`` rises by the write's events, without a gap."""
    name = "counted_writes"
    for write in evidence.writes:
        before, after = write.before, write.after
        version = before.version if before is not None else 0
        sequence = before.sequence if before is not None else 0
        require(after.version == version + 1, name, f"{after.id}: {version} -> {after.version}")
        require(
            after.sequence == sequence + len(after.events),
            name,
            f"{after.id}: {len(after.events)} events took {sequence} to {after.sequence}",
        )
        earlier = before.updated_at if before is not None else 0
        require(after.updated_at >= earlier, name, f"{after.id} went back in time")


def nobody_disappears(evidence: Evidence) -> None:
    """8. Entered = before the queue + waiting + live + ended, and each ended exactly once."""
    name = "nobody_disappears"
    counted = Counter(
        "before" if c.state in _BEFORE_QUEUE
        else "waiting" if c.state in _QUEUED
        else "live" if c.state in _LIVE
        else "ended" if c.state in ENDED
        else "nowhere"
        for c in evidence.contacts.values()
    )  # fmt: skip
    require(counted["nowhere"] == 0, name, f"{counted}")
    require(
        set(evidence.contacts) == set(evidence.entered),
        name,
        f"{len(evidence.entered)} entered, {counted} are there",
    )
    for contact in evidence.contacts.values():
        told = evidence.terminal.get(contact.id, 0)
        require(
            told == int(contact.state in ENDED),
            name,
            f"{contact.id} is {contact.state} and has told its end {told} times",
        )


def nobody_waits_beside_a_free_agent(evidence: Evidence) -> None:
    """9. No contact waits beside an eligible free agent (beyond lag plus one heartbeat)."""
    for contact in evidence.contacts.values():
        for agent in evidence.agents.values():
            require(
                not eligible(contact, agent, evidence.now, evidence.configuration),
                "nobody_waits_beside_a_free_agent",
                f"{contact.id} waits since {contact.enqueued_at}, {agent.id} is free",
            )


def answers_name_their_offer(evidence: Evidence) -> None:
    """10a. A message about one offer, however late or repeated, never ends or takes another."""
    name = "answers_name_their_offer"
    for write in evidence.writes:
        after, before = write.after, write.before
        if write.about is None:
            continue
        if isinstance(after, Contact):
            for event in after.events:
                if event.type in ANSWERS:
                    rid = event.data.get("rid")
                elif event.type in ("OfferAccepted", "ContactConnected"):
                    rid = after.rid
                else:
                    continue
                require(
                    rid == write.about,
                    name,
                    f"{write.command} about {write.about} told {event.type} of {rid}",
                )
            if isinstance(before, Contact) and after.acknowledged_at != before.acknowledged_at:
                rid = after.rid or before.rid
                require(rid == write.about, name, f"{write.about} acknowledged {rid}")
        elif isinstance(before, Agent):
            gone = set(before.slots) - set(after.slots)
            require(gone <= {write.about}, name, f"{write.about} released {sorted(gone)}")


def replay_changes_nothing(before: Evidence, after: Evidence) -> None:
    """10. Any message delivered again gives the same end state."""
    name = "replay_changes_nothing"
    for kind, was, now in (
        ("contact", before.contacts, after.contacts),
        ("agent", before.agents, after.agents),
    ):
        changed = sorted(key for key in {*was, *now} if was.get(key) != now.get(key))
        require(not changed, name, f"{kind}s {changed} changed by messages already delivered")


def oldest_first(evidence: Evidence) -> None:
    """11. With no lag, nobody is served before an older eligible contact."""
    for write in evidence.writes:
        require(
            write.overtaken is None,
            "oldest_first",
            f"{write.after.id} was served before {write.overtaken}",
        )


def ended_is_absorbing(evidence: Evidence) -> None:
    """12. Nothing leaves an end, and an end is told once: so is a survey, which follows it."""
    name = "ended_is_absorbing"
    for write in evidence.writes:
        before, after = write.before, write.after
        if isinstance(before, Contact) and isinstance(after, Contact) and before.state in ENDED:
            require(after.state is before.state, name, f"{after.id} left {before.state}")
            again = [event.type for event in after.events if event.type in TERMINAL]
            require(not again, name, f"{after.id} ended again: {again}")
            require(after.ttl == before.ttl, name, f"{after.id} would be kept longer")


def acknowledged_rings_on(evidence: Evidence) -> None:
    """An offer that was acknowledged is not withdrawn for want of an acknowledgment."""
    for write in evidence.writes:
        for event in write.after.events:
            if event.type == "OfferFailed" and event.data["reason"] == "not_acknowledged":
                require(
                    event.data["rid"] not in evidence.acknowledged and not _was_accepted(write),
                    "acknowledged_rings_on",
                    f"{event.data['rid']} was answered and then withdrawn for silence",
                )


def sweep_finds_everyone(evidence: Evidence) -> None:
    """Whoever can hold a slot is on the roster: else the sweep could not repair it."""
    for agent in evidence.agents.values():
        needed = agent.state is not AgentState.OFFLINE or bool(agent.slots)
        require(
            not needed or agent.id in evidence.roster,
            "sweep_finds_everyone",
            f"{agent.id} is {agent.state} with {len(agent.slots)} slots and not on the roster",
        )


def no_slot_without_a_part(evidence: Evidence) -> None:
    """Once every repair is done, each slot belongs to a live part of a contact."""
    live = {part for contact in evidence.contacts.values() for part in live_parts(contact)}
    for agent in evidence.agents.values():
        for rid in agent.slots:
            require(
                (agent.id, rid) in live, "no_slot_without_a_part", f"{agent.id} is stuck in {rid}"
            )


def published_gaplessly(published: Iterable[Occurrence], evidence: Evidence) -> None:
    """7, on the bus: each entity's events came out without a gap, each under one id of its own."""
    name = "published_gaplessly"
    told: dict[str, dict[int, set[str]]] = {}
    for occurrence in published:
        entity = told.setdefault(occurrence.entity_id, {})
        entity.setdefault(occurrence.sequence, set()).add(occurrence.type)
        require(
            occurrence.event_id == event_id(occurrence.entity_id, occurrence.sequence),
            name,
            f"{occurrence.entity_id}#{occurrence.sequence} has another id",
        )
    entities: dict[str, Entity] = {**evidence.contacts, **evidence.agents}
    for entity_id, image in entities.items():
        sequences = told.get(entity_id, {})
        require(
            sorted(sequences) == list(range(1, image.sequence + 1)),
            name,
            f"{entity_id} is at {image.sequence}, told {sorted(sequences)}",
        )
        for sequence, types in sequences.items():
            require(len(types) == 1, name, f"{entity_id}#{sequence} was told as {types}")


#: Hold after every write.
ALWAYS: tuple[Invariant, ...] = (
    one_live_assignment,
    within_capacity,
    live_part_has_its_slot,
    offered_implies_timer,
    lost_implies_timer,
    only_the_lost_are_given_up,
    waiting_exactly_when_indexed,
    place_survives,
    counted_writes,
    nobody_disappears,
    answers_name_their_offer,
    oldest_first,
    ended_is_absorbing,
    acknowledged_rings_on,
    sweep_finds_everyone,
)

#: Hold as well once nothing is under way.
QUIET: tuple[Invariant, ...] = (nobody_waits_beside_a_free_agent, no_slot_without_a_part)


def check(evidence: Evidence, *, quiet: bool = False) -> None:
    """Raise :class:`Broken` for the first invariant that does not hold."""
    for invariant in ALWAYS:
        invariant(evidence)
    if quiet:
        for invariant in QUIET:
            invariant(evidence)


def _any_room(agent: Agent) -> bool:
    return any(
        has_room(agent, Contact("ct_any", S.WAITING, "demo", channel=channel))
        for channel in agent.capacity
    )


def _was_accepted(write: Write) -> bool:
    before = write.before
    return isinstance(before, Contact) and before.accepted
