"""What an agent is to routing: state, skills, capacity and the slots in use.

One item, however many queues the agent serves. "Busy" is never stored: it is derived from the
slots.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from centralino.domain.contacts.model import Channel
from centralino.domain.events import Event

#: Letters of the channels in the ``available`` partition, in the order they are written.
CHANNEL_LETTERS: dict[Channel, str] = {
    Channel.VOICE: "v",
    Channel.CHAT: "c",
    Channel.EMAIL: "e",
    Channel.TASK: "t",
    Channel.CALLBACK: "k",
}


class AgentState(StrEnum):
    """What the agent has declared, or was set to."""

    OFFLINE = "OFFLINE"
    NOT_READY = "NOT_READY"
    ROUTABLE = "ROUTABLE"


@dataclass(frozen=True, slots=True)
class Slot:
    """One unit of an agent's capacity in use. Its phase is read from the contact by ``rid``."""

    contact: str
    channel: Channel
    since: int


@dataclass(frozen=True, slots=True)
class Agent:
    """An agent as routing sees one.

    ``capacity`` and ``used`` count contacts per channel; a contact on an ``exclusive`` channel
    takes the whole agent. ``idle_since`` orders agents, longest idle first.
    """

    id: str
    state: AgentState
    business_unit: str
    pool: str
    profile: str
    version: int = 1
    sequence: int = 0
    reason: str | None = None
    skills: Mapping[str, int] = field(default_factory=dict)
    capacity: Mapping[Channel, int] = field(default_factory=lambda: {Channel.VOICE: 1})
    used: Mapping[Channel, int] = field(default_factory=dict)
    exclusive: frozenset[Channel] = frozenset({Channel.VOICE})
    slots: Mapping[str, Slot] = field(default_factory=dict)
    shard: int = 0
    idle_since: int = 0
    taken: int = 0
    last_offer_at: int = 0
    missed: int = 0
    updated_at: int = 0
    cause: str | None = None
    events: tuple[Event, ...] = ()

    @property
    def correlation(self) -> str:
        """Agents' events are a story of their own."""
        return self.id

    @property
    def free(self) -> frozenset[Channel]:
        """Channels on which one more contact fits now."""
        return free_channels(self.capacity, self.used, self.exclusive)

    @property
    def available_partition(self) -> str | None:
        """Partition of the ``available`` index: only while ROUTABLE with a free channel."""
        if self.state is not AgentState.ROUTABLE or not self.free:
            return None
        return available_partition(self.pool, self.profile, self.free, self.shard)

    @property
    def available_key(self) -> str | None:
        """Sort key of the ``available`` index: longest idle first."""
        if self.available_partition is None:
            return None
        return f"{max(0, self.idle_since):013d}#{self.id}"


def free_channels(
    capacity: Mapping[Channel, int], used: Mapping[Channel, int], exclusive: frozenset[Channel]
) -> frozenset[Channel]:
    """Return the channels on which one more contact fits.

    An exclusive channel in use blocks every other, and needs an agent that has nothing else.
    """
    busy = {channel for channel, count in used.items() if count > 0}
    if busy & exclusive:
        holder = next(iter(busy & exclusive))
        return frozenset({holder} if used[holder] < capacity.get(holder, 0) else ())
    return frozenset(
        channel
        for channel, limit in capacity.items()
        if used.get(channel, 0) < limit and not (channel in exclusive and busy)
    )


def letters(channels: frozenset[Channel]) -> str:
    """Return the free channels as letters, always in the same order."""
    return "".join(letter for channel, letter in CHANNEL_LETTERS.items() if channel in channels)


def available_partition(pool: str, profile: str, free: frozenset[Channel], shard: int) -> str:
    """Return the partition key of the ``available`` index."""
    return f"{pool}#{profile}#{letters(free)}#{shard}"
