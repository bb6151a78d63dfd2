"""Agents as the matcher handles them: seats, grouped by kind, in lanes sorted by strategy.

Agents who serve the same queues and satisfy the same needs are of one *kind*; rules are checked
per kind, and an agent is touched only when a contact looks for one. Whether an agent has room is
:func:`centralino.domain.agents.model.free_channels`' to say.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterable, Mapping
from typing import TypeAlias

from centralino.domain.agents.model import free_channels
from centralino.domain.configuration.model import Configuration, ProfileQueue
from centralino.domain.contacts.model import Channel
from centralino.domain.routing.model import AvailableAgent
from centralino.domain.routing.strategies import Key

Need: TypeAlias = Mapping[str, int]
Satisfied: TypeAlias = tuple[tuple[int, ...], tuple[tuple[str, int], ...]]
Signature: TypeAlias = tuple[str, Satisfied]
Item: TypeAlias = "tuple[int, str, int, Seat]"

#: Length of the ids we issue: prefix and 26 characters.
USUAL_ID = 29
_FULL = -1
_NO_SKILLS: frozenset[tuple[str, int]] = frozenset()


class Seat:
    """An agent and what this matching has given it so far.

    ``stamp`` rises with every contact taken and is negative once nothing more fits, so that
    sorted lanes recognise what they hold as outdated without being searched.
    """

    __slots__ = ("entry", "extra", "kind", "ranked", "stamp", "used")

    def __init__(self, entry: AvailableAgent, kind: Kind) -> None:
        self.entry = entry
        self.kind = kind
        self.used = entry.used
        self.extra = 0
        self.stamp = 0
        # How decisions about others name this agent; many do, so it is made once.
        self.ranked = (entry.agent, "rk")

    @property
    def in_hand(self) -> int:
        """How many contacts the agent has, those of this matching included."""
        return sum(self.entry.used.values()) + self.extra

    def room(self, channel: Channel) -> bool:
        """Tell whether one more contact of this channel fits."""
        if self.stamp < 0:
            return False
        entry = self.entry
        if not self.used:
            return entry.capacity.get(channel, 0) > 0
        return channel in free_channels(entry.capacity, self.used, entry.exclusive)

    def take(self, channel: Channel) -> bool:
        """Take a contact; tell whether anything else still fits."""
        entry = self.entry
        self.extra += 1
        if not self.used and sum(entry.capacity.values()) == 1:
            # Most agents: one contact and no more. Nothing to work out.
            self.stamp = _FULL
            return False
        count = self.used.get(channel, 0) + 1
        self.used = {**self.used, channel: count}
        if not free_channels(entry.capacity, self.used, entry.exclusive):
            self.stamp = _FULL
            return False
        self.stamp += 1
        self.kind.sorted_by.clear()
        for lane in self.kind.lanes:
            lane.resort(self)
        return True


class Kind:
    """Agents alike: same profile, same needs satisfied.

    Attributes
    ----------
    serves : mapping of queue id to ProfileQueue
    met : frozenset of int
        Indexes of the needs these agents satisfy.
    skills : mapping
        The skills whose level a strategy weighs; else empty.
    failed : set of Channel
        Channels on which a contact eligible here was left without an agent.
    sorted_by : dict
        Items of the seats with room, by order and channel: lanes of several queues share them.
    """

    __slots__ = ("failed", "lanes", "met", "profile", "seats", "serves", "skills", "sorted_by")

    def __init__(
        self, profile: str, serves: Mapping[str, ProfileQueue], met: frozenset[int], skills: Need
    ) -> None:
        self.profile = profile
        self.serves = serves
        self.met = met
        self.skills = skills
        self.seats: list[Seat] = []
        self.lanes: list[Lane] = []
        self.failed: set[Channel] = set()
        self.sorted_by: dict[str, list[Item]] = {}

    def items(self, name: str, channel: Channel, key: Key) -> list[Item]:
        """Return the seats with room on a channel, sorted by a key of this name."""
        known = self.sorted_by.get(name)
        if known is None:
            known = self.sorted_by[name] = sorted(
                (key(seat), seat.entry.agent, seat.stamp, seat)
                for seat in self.seats
                if seat.room(channel)
            )
        return known


class Lane:
    """Seats of several kinds with room on a channel, in the order of a strategy.

    Demands walk it, each with a place of its own: what one passed over, because it is taken or
    not eligible, it need not look at again.
    """

    __slots__ = ("channel", "items", "key", "long_ids")

    def __init__(self, kinds: Iterable[Kind], order: str, channel: Channel, key: Key) -> None:
        self.channel = channel
        self.key = key
        items: list[Item] = []
        name = f"{order}/{channel}"
        for kind in kinds:
            kind.lanes.append(self)
            items += kind.items(name, channel, key)
        # Made of sorted pieces, which is what this sort is fast at.
        items.sort()
        self.items = items
        self.long_ids = any(len(item[1]) > USUAL_ID for item in items)

    def resort(self, seat: Seat) -> None:
        """Put a seat that took a contact and still has room into its new place."""
        if not seat.room(self.channel):
            return
        # Every order only ever puts an agent back for having taken something, so this is at or
        # behind the old place, and no demand can have walked past it.
        insort(self.items, (self.key(seat), seat.entry.agent, seat.stamp, seat))


class Seating:
    """All agents of a snapshot, by kind, in an order that does not depend on the input's."""

    __slots__ = ("by_agent", "by_need", "by_queue", "kinds", "open")

    def __init__(
        self,
        entries: Iterable[AvailableAgent],
        configuration: Configuration,
        needs: list[Need],
        *,
        weighed: frozenset[str],
    ) -> None:
        """Group the agents.

        Parameters
        ----------
        needs : list of mappings
            Every need (skill to level) that a step of a plan in play has.
        weighed : frozenset of str
            Skills whose very level matters, because a strategy weighs it.
        """
        kinds: dict[Signature, Kind] = {}
        # Most agents share profile and skills with others: their kind is looked up, not worked out.
        alike: dict[tuple[str, frozenset[tuple[str, int]]], Kind | None] = {}
        satisfied: dict[frozenset[tuple[str, int]], Satisfied] = {}
        self.by_agent: dict[str, Seat] = {}
        for entry in _newest(entries):
            if not (
                free_channels(entry.capacity, entry.used, entry.exclusive)
                if entry.used
                else any(entry.capacity.values())
            ):
                continue
            same = (entry.profile, frozenset(entry.skills.items()) if entry.skills else _NO_SKILLS)
            try:
                kind = alike[same]
            except KeyError:
                found = satisfied.get(same[1])
                if found is None:
                    found = satisfied[same[1]] = _satisfied(entry.skills, needs, weighed)
                kind = alike[same] = _kind(entry.profile, found, configuration, kinds)
            if kind is not None:
                seat = Seat(entry, kind)
                kind.seats.append(seat)
                self.by_agent[entry.agent] = seat
        self.kinds = [kinds[signature] for signature in sorted(kinds)]
        self.by_queue: dict[str, list[Kind]] = {}
        for kind in self.kinds:
            for queue in kind.serves:
                self.by_queue.setdefault(queue, []).append(kind)
        self.by_need = [
            frozenset(kind for kind in self.kinds if index in kind.met)
            for index in range(len(needs))
        ]
        self.open = len(self.by_agent)


def satisfies(skills: Need, need: Need) -> bool:
    """Tell whether these skills have at least the levels asked for."""
    return all(skills.get(skill, 0) >= level for skill, level in need.items())


def _newest(entries: Iterable[AvailableAgent]) -> Iterable[AvailableAgent]:
    """Return every agent once, in its newest version."""
    listed = list(entries)
    newest = {entry.agent: entry for entry in listed}
    if len(newest) < len(listed):
        for entry in listed:
            if entry.version > newest[entry.agent].version:
                newest[entry.agent] = entry
    return newest.values()


def _satisfied(skills: Need, needs: list[Need], weighed: frozenset[str]) -> Satisfied:
    """Return which needs these skills satisfy, and the levels a strategy weighs."""
    met = tuple(index for index, need in enumerate(needs) if satisfies(skills, need))
    return met, tuple(sorted((skill, skills[skill]) for skill in skills if skill in weighed))


def _kind(
    profile_id: str, found: Satisfied, configuration: Configuration, kinds: dict[Signature, Kind]
) -> Kind | None:
    """Return the kind of an agent; ``None`` when its routing profile was removed."""
    profile = configuration.profiles.get(profile_id)
    if profile is None:
        return None
    signature = (profile_id, found)
    kind = kinds.get(signature)
    if kind is None:
        serves = {served.queue: served for served in profile.queues}
        met, levels = found
        kind = kinds[signature] = Kind(profile_id, serves, frozenset(met), dict(levels))
    return kind
