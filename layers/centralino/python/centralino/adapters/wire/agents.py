"""An agent as a stored item.

Decides the short names and what is left out, under the same rule as for contacts. ``slots`` is
always there, even empty: a claim writes one entry into it without having read the others.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from centralino.adapters.wire.events import events_list, events_of
from centralino.adapters.wire.sizes import IndexShape, Item
from centralino.application.ports import AvailableEntry
from centralino.domain.agents.model import Agent, AgentState, Slot
from centralino.domain.contacts.model import Channel
from centralino.domain.ids import contact_of_offer

AVAILABLE = IndexShape(
    "available", "apk", "ask", ("a",), ("ver", "skills", "cap", "used", "excl", "taken", "loff")
)

_FALSY: tuple[tuple[str, str], ...] = (
    ("sh", "shard"),
    ("idle", "idle_since"),
    ("taken", "taken"),
    ("loff", "last_offer_at"),
    ("miss", "missed"),
    ("at", "updated_at"),
)


def agent_item(agent: Agent) -> Item:
    """Return an agent as stored: short names, plain values, index keys included."""
    item: Item = {
        "a": agent.id,
        "st": agent.state.value,
        "ver": agent.version,
        "seq": agent.sequence,
        "bu": agent.business_unit,
        "pool": agent.pool,
        "prof": agent.profile,
        "cap": counts_map(agent.capacity),
        "excl": sorted(channel.value for channel in agent.exclusive),
        "slots": {rid: slot_map(rid, slot) for rid, slot in agent.slots.items()},
    }
    if agent.reason is not None:
        item["rsn"] = agent.reason
    if agent.cause is not None:
        item["cz"] = agent.cause
    if agent.skills:
        item["skills"] = dict(agent.skills)
    if agent.used:
        item["used"] = counts_map(agent.used)
    for short, name in _FALSY:
        value = getattr(agent, name)
        if value:
            item[short] = value
    if agent.events:
        item["ev"] = events_list(agent.events)
    partition = agent.available_partition
    if partition is not None:
        item["apk"] = partition
        item["ask"] = agent.available_key
    return item


def agent_of(item: Mapping[str, Any]) -> Agent:
    """Return the agent of a stored item: the inverse of :func:`agent_item`."""
    return Agent(
        id=item["a"],
        state=AgentState(item["st"]),
        business_unit=item["bu"],
        pool=item["pool"],
        profile=item["prof"],
        version=item["ver"],
        sequence=item["seq"],
        reason=item.get("rsn"),
        skills=item.get("skills", {}),
        capacity=_counts_of(item["cap"]),
        used=_counts_of(item.get("used", {})),
        exclusive=frozenset(Channel(name) for name in item["excl"]),
        slots={rid: _slot_of(rid, slot) for rid, slot in item["slots"].items()},
        cause=item.get("cz"),
        events=events_of(item.get("ev", ())),
        **{name: item[short] for short, name in _FALSY if short in item},
    )


def available_entry(item: Mapping[str, Any]) -> AvailableEntry:
    """Return an entry of the ``available`` index from what the index projects."""
    pool, profile, _, shard = item["apk"].rsplit("#", 3)
    return AvailableEntry(
        agent=item["a"],
        version=item["ver"],
        pool=pool,
        profile=profile,
        shard=int(shard),
        idle_since=int(item["ask"][:13]),
        skills=item.get("skills", {}),
        capacity=_counts_of(item["cap"]),
        used=_counts_of(item.get("used", {})),
        exclusive=frozenset(Channel(name) for name in item["excl"]),
        taken=item.get("taken", 0),
        last_offer_at=item.get("loff", 0),
    )


def available_entry_of(agent: Agent) -> AvailableEntry:
    """Return the entry that the index will hold of an available agent."""
    return AvailableEntry(
        agent=agent.id,
        version=agent.version,
        pool=agent.pool,
        profile=agent.profile,
        shard=agent.shard,
        idle_since=max(0, agent.idle_since),
        skills=agent.skills,
        capacity=agent.capacity,
        used=agent.used,
        exclusive=agent.exclusive,
        taken=agent.taken,
        last_offer_at=agent.last_offer_at,
    )


def counts_map(counts: Mapping[Channel, int]) -> Item:
    """Return counts per channel as stored."""
    return {channel.value: count for channel, count in counts.items()}


def slot_map(rid: str, slot: Slot) -> Item:
    """Return a slot as stored; the contact is left out where ``rid`` already names it."""
    stored: Item = {"ch": slot.channel.value, "t": slot.since}
    if contact_of_offer(rid) != slot.contact:
        stored["c"] = slot.contact
    return stored


def _slot_of(rid: str, stored: Mapping[str, Any]) -> Slot:
    return Slot(stored.get("c") or contact_of_offer(rid), Channel(stored["ch"]), stored["t"])


def _counts_of(stored: Mapping[str, Any]) -> dict[Channel, int]:
    return {Channel(name): count for name, count in stored.items()}
