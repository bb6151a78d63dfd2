"""Places in the order of a strategy, as bits.

A set of places is one whole number with a bit for each, the highest for the first in order. Whom
a contact accepts is then the intersection of three such sets: who serves its queue, whose skills
are enough, who has room. Each is known beforehand, so that choosing an agent is one ``&`` and one
look for the highest bit, however many agents are taken or not eligible.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from itertools import repeat

from centralino.domain.configuration.model import Plan, Queue
from centralino.domain.contacts.model import Channel
from centralino.domain.routing.ordering import in_order
from centralino.domain.routing.seats import NOTHING, Post, Seating
from centralino.domain.routing.strategies import LINEAR, ROUND_ROBIN, Key, key_of, order_of

#: How many places in order are looked at for agents a decision may name.
LOOK = 64

_NO, _YES = b"01"
#: Classes that a byte tells apart.
_BYTE = 256


class Rank:
    """Places in the order of a strategy.

    Attributes
    ----------
    queue : str or None
        The queue for whose agents alone this is an order.
    places : list of int
        The number of each place, by bit.
    """

    def __init__(
        self, seating: Seating, key: Key, queue: str | None = None, numbers: Sequence[int] = ()
    ) -> None:
        """Rank all places, or those of the agents who serve a queue: these numbers."""
        entries, turns = seating.entries, seating.turns
        posts, abilities = seating.posts, seating.abilities
        if queue is None:
            numbers = range(len(entries))
            keys = list(map(key, entries, turns, posts, abilities))
        else:
            keys = [key(entries[n], turns[n], posts[n], abilities[n]) for n in numbers]
        ids = seating.ids
        order = in_order(keys, lambda index: ids[numbers[index]])
        # The first has the highest bit.
        order.reverse()
        self.queue = queue
        self.places = order if queue is None else [numbers[index] for index in order]
        self._seating = seating
        self._everybody = (1 << len(order)) - 1
        self._serving: dict[tuple[str, int, int | None], int] = {}
        self._meeting: dict[int, int] = {}

    @cached_property
    def bits(self) -> dict[int, int]:
        """The bit of each place, by its number."""
        return {place: bit for bit, place in enumerate(self.places)}

    def serving(self, queue: str, level: int, age: int | None = None) -> int:
        """Return who gives a queue this priority and sees its contacts at this age (ms)."""
        key = (queue, level, age)
        known = self._serving.get(key)
        if known is None:
            chosen = [
                (way := post.serves.get(queue)) is not None
                and way.priority == level
                and (age is None or way.delay_ms <= age)
                for post in self._seating.all_posts
            ]
            known = self._everybody if all(chosen) else self._posts.among(chosen)
            self._serving[key] = known
        return known

    def meeting(self, need: int) -> int:
        """Return who satisfies a need, by the need's index."""
        known = self._meeting.get(need)
        if known is None:
            chosen = [need in ability.met for ability in self._seating.all_abilities]
            known = self._everybody if all(chosen) else self._abilities.among(chosen)
            self._meeting[need] = known
        return known

    def free(self, channel: Channel) -> int:
        """Return where agents stand who have room on a channel."""
        free = self._seating.free
        return _number([_YES if channel in free[place] else _NO for place in self.places])

    def of(self, agents: Iterable[str]) -> int:
        """Return all places of some agents, as far as they are ranked here."""
        places = 0
        for agent in agents:
            for place in self._seating.places(agent):
                if place in self.bits:
                    places |= 1 << self.bits[place]
        return places

    def names(self, places: int, most: int, but: int = -1) -> list[tuple[str, str]]:
        """Name the agents of the first in order, within the :data:`LOOK` nearest places.

        Parameters
        ----------
        but : int, optional
            A place (bit) of the set that is not meant.
        """
        beyond = places.bit_length() - LOOK
        if beyond < 0:
            beyond = 0
        near = places >> beyond
        if but >= beyond:
            near ^= 1 << but - beyond
        named = self._named
        found = []
        while near and most:
            bit = near.bit_length() - 1
            near ^= 1 << bit
            found.append(named[beyond + bit])
            most -= 1
        return found

    @cached_property
    def _named(self) -> list[tuple[str, str]]:
        """How decisions name whom a place belongs to; many do, so it is made once."""
        ids = self._seating.ids
        return list(zip([ids[place] for place in self.places], repeat("rk")))

    @cached_property
    def _posts(self) -> _Classes:
        posts = self._seating.posts
        return _Classes([posts[place].number for place in self.places])

    @cached_property
    def _abilities(self) -> _Classes:
        abilities = self._seating.abilities
        return _Classes([abilities[place].number for place in self.places])


class Lane:
    """The places of a rank where an agent stands who has room on a channel, in ``free``."""

    __slots__ = ("channel", "free", "rank")

    def __init__(self, rank: Rank, channel: Channel) -> None:
        self.rank = rank
        self.channel = channel
        self.free = rank.free(channel)


class Lanes:
    """The lanes of a matching, made on first use and kept in step with what is taken.

    ``open`` is how many agents have room at all.
    """

    def __init__(self, seating: Seating) -> None:
        self._seating = seating
        self._ranks: dict[str, Rank] = {}
        self._base: Rank | None = None
        self._lanes: dict[tuple[str, Channel], Lane] = {}
        self._of_post: dict[Post, list[Lane]] = {}
        self._simple = False
        self.open = seating.agents
        self.usual_ids = seating.usual_ids

    @property
    def base(self) -> Rank:
        """A rank of all places, whatever its order: sets of different lanes compare in it."""
        if self._base is None:
            self._base = Rank(self._seating, key_of(LINEAR))
        return self._base

    def lane(self, queue: Queue, plan: Plan, channel: Channel) -> Lane:
        """Return the lane of a queue's strategy; queues of one strategy share it."""
        order = order_of(queue.strategy, queue.id, plan.steps[0].skills)
        known = self._lanes.get((order, channel))
        if known is None:
            rank = self._ranks.get(order)
            if rank is None:
                rank = self._ranks[order] = self._rank(order, queue, plan)
            known = self._lanes[order, channel] = Lane(rank, channel)
            self._of_post.clear()
            # Most pools: one order, one contact at a time.
            self._simple = self._seating.single and len(self._lanes) == 1
        return known

    def take(self, lane: Lane, bit: int) -> int:
        """Let the agent standing at a place (bit) take a contact; return the place's number."""
        seating, place = self._seating, lane.rank.places[bit]
        if self._simple:
            lane.free ^= 1 << bit
            seating.free[place] = NOTHING
            self.open -= 1
            return place
        if seating.single:
            seating.free[place] = NOTHING
            self.open -= 1
            for other in self._showing(seating.posts[place]):
                if other.channel is lane.channel:
                    other.free ^= 1 << other.rank.bits[place]
            return place
        before = seating.free[place]
        left = seating.take(place, lane.channel)
        for other in self._showing(seating.posts[place]):
            if other.channel in before:
                bits = other.rank.bits
                other.free ^= 1 << bits[place]
                if other.channel in left:
                    other.free |= 1 << bits[place + 1]
        if not left:
            self.open -= 1
        return place

    def _showing(self, post: Post) -> list[Lane]:
        """Return the lanes in which agents of a profile stand."""
        known = self._of_post.get(post)
        if known is None:
            known = self._of_post[post] = [
                lane
                for lane in self._lanes.values()
                if lane.rank.queue is None or lane.rank.queue in post.serves
            ]
        return known

    def _rank(self, order: str, queue: Queue, plan: Plan) -> Rank:
        seating = self._seating
        if order.startswith(ROUND_ROBIN):
            # A ring is in the order of ids, like the base of such a pool, but for its beginning.
            ring = [n for n in reversed(self.base.places) if queue.id in seating.posts[n].serves]
            return Rank(seating, key_of(order, pivot=self._last_offered(ring)), queue.id, ring)
        rank = Rank(seating, key_of(order, wanted=plan.steps[0].skills))
        self._base = self._base or rank
        return rank

    def _last_offered(self, ring: list[int]) -> str | None:
        """Return the agent that was offered something last: the ring goes on behind it."""
        entries = self._seating.entries
        last = max([(entries[n].last_offer_at, entries[n].agent) for n in ring], default=(0, ""))
        return last[1] if last[0] > 0 else None


class _Classes:
    """The class of every place; a choice of classes becomes a set of places without a loop."""

    __slots__ = ("_numbers",)

    def __init__(self, numbers: list[int]) -> None:
        """Take the number of each place's class, by bit."""
        self._numbers = bytes(numbers) if max(numbers, default=0) < _BYTE else numbers

    def among(self, chosen: Sequence[bool]) -> int:
        """Return the places of the classes chosen; ``chosen`` is in the order of their numbers."""
        digits = bytes([_YES if yes else _NO for yes in chosen])
        if isinstance(self._numbers, bytes):
            return _number(self._numbers.translate(digits.ljust(_BYTE, b"0")))
        return _number(list(map(digits.__getitem__, self._numbers)))


def _number(digits: Sequence[int]) -> int:
    """Return the number with these binary digits (as characters), the lowest bit first."""
    return int(bytes(digits[::-1]) or b"0", 2)
