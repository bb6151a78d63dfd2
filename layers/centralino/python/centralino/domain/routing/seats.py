"""Agents as the matcher handles them: places, one for each contact that still fits.

An agent who may take three more contacts has three places, one after the other. It stands at the
first and goes to the next with every contact it takes, which is also how it moves back in the
order of a strategy. So a place takes one contact at most, and what is matched are contacts and
places.

Agents of one routing profile share a *post*, agents whose skills satisfy the same needs share an
*ability*: rules are checked per post and ability, never per agent. Whether an agent has room is
:func:`centralino.domain.agents.model.free_channels`' to say.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from functools import cached_property

from centralino.domain.agents.model import free_channels
from centralino.domain.configuration.model import Configuration
from centralino.domain.contacts.model import Channel
from centralino.domain.routing.lines import Lines, Need
from centralino.domain.routing.model import AvailableAgent

#: Length of the ids we issue: prefix and 26 characters.
USUAL_ID = 29
NOTHING: frozenset[Channel] = frozenset()


class Post:
    """A routing profile of agents at hand.

    Attributes
    ----------
    number : int
        Its index among those at hand.
    serves : mapping of queue id to ProfileQueue
        How it serves the queues in play; nothing where the profile was removed.
    breadth : int
        How many queues it serves in all.
    """

    __slots__ = ("breadth", "number", "profile", "serves")

    def __init__(
        self, number: int, profile: str, configuration: Configuration, queues: Container[str]
    ) -> None:
        self.number = number
        self.profile = profile
        rules = configuration.profiles.get(profile)
        served = rules.queues if rules is not None else ()
        self.serves = {way.queue: way for way in served if way.queue in queues}
        self.breadth = len(served)


class Ability:
    """What the skills of some agents amount to.

    Attributes
    ----------
    number : int
        Its index among those at hand.
    met : set of int
        Indexes of the needs they satisfy.
    levels : mapping
        The skills whose level a strategy weighs.
    """

    __slots__ = ("levels", "met", "number")

    def __init__(self, number: int, skills: Mapping[str, int], lines: Lines) -> None:
        self.number = number
        self.met = {index for need, index in lines.needs.items() if satisfies(skills, need)}
        self.levels = {skill: skills.get(skill, 0) for skill in lines.weighed}


class Seating:
    """The agents of a snapshot that have room and serve a queue in play, place by place.

    Attributes
    ----------
    entries, posts, abilities : list
        Whose a place is, and what that agent is worth; by the place's number.
    ids : list of str
        The agents' ids, by the place's number.
    turns : list of int
        How many places of the same agent come before a place.
    free : list of frozenset of Channel
        Channels on which the agent standing at a place can take a contact; none at other places.
    agents : int
        How many there are.
    single : bool
        Whether each has one place.
    usual_ids : bool
        Whether no agent's id is longer than those we issue.
    elsewhere : set of str
        Agents with room who serve none of the queues in play.
    all_posts, all_abilities : list
        Those that occur, by their own number.
    """

    def __init__(
        self,
        agents: Iterable[AvailableAgent],
        configuration: Configuration,
        lines: Lines,
        contacts: int,
    ) -> None:
        """Seat the agents for these lines, of so many contacts in all."""
        self._used: dict[int, Mapping[Channel, int]] = {}
        self.all_posts: list[Post] = []
        self.all_abilities: list[Ability] = []
        self.elsewhere: set[str] = set()
        self.entries: list[AvailableAgent] = []
        self.posts: list[Post] = []
        self.free: list[frozenset[Channel]] = []
        # One place more than contacts: having taken them all, an agent still stands at one.
        counts = self._fill(_newest(agents), configuration, lines, contacts + 1)
        self.abilities = self._abilities(lines)
        self.turns = [0] * len(counts)
        self.agents = len(counts)
        self.single = sum(counts) == len(counts)
        if not self.single:
            self._spread(counts)
        self.ids = [entry.agent for entry in self.entries]
        self.usual_ids = max(map(len, self.ids), default=0) <= USUAL_ID

    def _fill(
        self,
        agents: Iterable[AvailableAgent],
        configuration: Configuration,
        lines: Lines,
        most: int,
    ) -> list[int]:
        """Make the columns, a place for each agent; return how many places each should have."""
        # Agents have much in common: what follows from it is looked up, not worked out.
        known_posts: dict[str, Post] = {}
        known: Mapping[Channel, int] | None = None
        channels, count = NOTHING, 0
        entries, posts, free, counts = self.entries, self.posts, self.free, list[int]()
        for entry in agents:
            used = entry.used
            if used or entry.capacity != known:
                known = None if used else entry.capacity
                channels = free_channels(entry.capacity, used, entry.exclusive)
                left = [max(0, limit - used.get(c, 0)) for c, limit in entry.capacity.items()]
                count = max(1, min(sum(left), most))
            if not channels:
                continue
            post = known_posts.get(entry.profile)
            if post is None:
                post = Post(len(self.all_posts), entry.profile, configuration, lines.queues)
                known_posts[entry.profile] = post
                self.all_posts.append(post)
            if not post.serves:
                self.elsewhere.add(entry.agent)
                continue
            entries.append(entry)
            posts.append(post)
            free.append(channels)
            counts.append(count)
        return counts

    def _abilities(self, lines: Lines) -> list[Ability]:
        """Return what each agent's skills amount to: often the same as others do."""
        skills, every = tuple(lines.skills), self.all_abilities
        if not skills:
            every.append(Ability(0, {}, lines))
            return every * len(self.entries)
        known: dict[tuple[int | None, ...], Ability] = {}
        abilities = []
        for entry in self.entries:
            levels = tuple(map(entry.skills.get, skills))
            ability = known.get(levels)
            if ability is None:
                had = {s: level for s, level in zip(skills, levels, strict=True) if level}
                ability = known[levels] = Ability(len(every), had, lines)
                every.append(ability)
            abilities.append(ability)
        return abilities

    @cached_property
    def first(self) -> dict[str, int]:
        """Return the first place of each agent."""
        places = range(len(self.entries))
        return {self.entries[place].agent: place for place in places if not self.turns[place]}

    def stands(self, agent: str) -> int | None:
        """Return where an agent stands, at last if nothing fits any more; ``None``: not here."""
        place = self.first.get(agent)
        if place is not None:
            for place in self.places(agent):
                if self.free[place]:
                    break
        return place

    def places(self, agent: str) -> range:
        """Return the places of an agent, whether it stands there or not."""
        first = self.first[agent]
        end = first + 1
        while end < len(self.turns) and self.turns[end]:
            end += 1
        return range(first, end)

    def take(self, place: int, channel: Channel) -> frozenset[Channel]:
        """Let the agent standing at a place take a contact there; return what still fits then."""
        self.free[place] = NOTHING
        after = place + 1
        if after == len(self.turns) or not self.turns[after]:
            return NOTHING
        entry = self.entries[place]
        used = self._used.get(place, entry.used)
        self._used[after] = used = {**used, channel: used.get(channel, 0) + 1}
        self.free[after] = free_channels(entry.capacity, used, entry.exclusive)
        return self.free[after]

    def _spread(self, counts: list[int]) -> None:
        """Give every agent as many places as counted."""
        owners = [owner for owner, count in enumerate(counts) for _ in range(count)]
        self.turns = [turn for count in counts for turn in range(count)]
        self.entries = [self.entries[owner] for owner in owners]
        self.posts = [self.posts[owner] for owner in owners]
        self.abilities = [self.abilities[owner] for owner in owners]
        self.free = [
            NOTHING if turn else self.free[owner]
            for owner, turn in zip(owners, self.turns, strict=True)
        ]


def satisfies(skills: Mapping[str, int], need: Need) -> bool:
    """Tell whether these skills have at least the levels asked for."""
    short = [skill for skill, level in need if skills.get(skill, 0) < level]
    return not short


def _newest(agents: Iterable[AvailableAgent]) -> Iterable[AvailableAgent]:
    """Return every agent once, in its newest version."""
    listed = list(agents)
    newest = {entry.agent: entry for entry in listed}
    if len(newest) == len(listed):
        return listed
    for entry in listed:
        if entry.version > newest[entry.agent].version:
            newest[entry.agent] = entry
    return newest.values()
