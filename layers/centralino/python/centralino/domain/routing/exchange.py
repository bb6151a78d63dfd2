"""Making room: moving contacts already matched so that one more can be served.

A contact may find all its agents taken by contacts that others could serve as well. Moving those
along (an augmenting path) serves one contact more and takes nobody's turn: whoever was matched
stays matched, only with another agent.

Why order stays fair. Contacts are matched in order of service. If an older contact was left
without an agent, every agent it could have had is held, however one moves contacts about, by
contacts that came before it; a later exchange cannot reach those agents, or it could have been
made for the older contact. That argument needs three limits, kept here:

- only contacts of the present block (tier and priority) move, along the block's own edges;
- contacts placed individually (they set agents aside, or prefer one) never move;
- a contact moves only between like channels, and never through agents for whom a contact of
  another channel was left unserved: freeing them could have served that one.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from itertools import count
from typing import Any, TypeAlias

from centralino.domain.contacts.model import Channel, Decision
from centralino.domain.routing.demands import Demand
from centralino.domain.routing.lanes import Lanes
from centralino.domain.routing.model import Assignment, AvailableAgent, WaitingContact
from centralino.domain.routing.records import moved
from centralino.domain.routing.seats import Seating

#: Whose contact is to have the place that is given up, and which places it could be.
Way: TypeAlias = "tuple[Demand | None, int]"

# Makes a named tuple without the call of Python that its own way takes: there are many.
_new = tuple.__new__


class Matched:
    """What is matched so far, in order of service.

    Attributes
    ----------
    assignments : list of Assignment
    places : list of int
        The place each assignment has for now.
    movers : list of Demand or None
        Whose contact it is, where it may yet get another place.
    """

    __slots__ = ("assignments", "movers", "places")

    def __init__(self) -> None:
        self.assignments: list[Assignment[Any, Any]] = []
        self.places: list[int] = []
        self.movers: list[Demand | None] = []

    def add(
        self,
        contact: WaitingContact,
        agent: AvailableAgent,
        why: Decision,
        place: int,
        mover: Demand | None = None,
    ) -> None:
        """Add the next assignment."""
        self.assignments.append(_new(Assignment, (contact, agent, why)))
        self.places.append(place)
        self.movers.append(mover)


class Exchange:
    """The assignments of a block that may still be moved. Sets are those of the base rank."""

    def __init__(self, matched: Matched, seating: Seating, lanes: Lanes) -> None:
        """Begin a block; ``matched`` goes on growing."""
        self._matched = matched
        self._seating = seating
        self._lanes = lanes
        self._known = len(matched.places)
        # The places that contacts of a demand hold, by demand: of those who may have other
        # places left to take, and of those who have none and therefore never will.
        self._ample: dict[Demand, int] = {}
        self._dry: dict[Demand, int] = {}
        # Which assignment holds a place.
        self._holder: dict[int, int] = {}
        self._failed: dict[Channel, int] = {}

    def make_room(
        self, demand: Demand, *, aside: Sequence[str] = (), only: str | None = None
    ) -> int | None:
        """Free one place for a contact of this demand by moving others along.

        Parameters
        ----------
        aside : sequence of str
            Agents the contact itself may not have; the moved contacts are not bound by it.
        only : str, optional
            The one agent it may have.

        Returns
        -------
        int or None
            The number of the freed place, which already counts a contact of this channel.
        """
        self._catch_up()
        channel = demand.channel
        base = self._lanes.base
        reach = (demand.reach if only is None else base.of([only])) & ~base.of(aside)
        came: dict[Demand, Way] = {}
        seen = self._barred(channel)
        queue: deque[Demand | None] = deque([None])
        while queue:
            source = queue.popleft()
            fresh = (reach if source is None else source.reach) & ~seen
            seen |= fresh
            if not fresh:
                continue
            for other in self._reached(self._ample, fresh, channel):
                if other.eligible & other.lane.free:
                    came[other] = source, self._ample[other] & fresh
                    return self._move(other, came)
                self._dry[other] = self._ample.pop(other)
            for other in self._reached(self._dry, fresh, channel):
                if other not in came:
                    came[other] = source, self._dry[other] & fresh
                    queue.append(other)
        self._failed[channel] = self._failed.get(channel, 0) | reach
        if only is None and not aside:
            demand.spent = True
            # Whatever was reached leads nowhere either.
            for other in came:
                other.spent = True
                del self._dry[other]
        return None

    def _move(self, demand: Demand, came: dict[Demand, Way]) -> int:
        """Move one contact of every demand on the path, from its free end backwards."""
        matched, entries, base = self._matched, self._seating.entries, self._lanes.base
        place: int | None = None
        here: Demand | None = demand
        while here is not None:
            source, shared = came[here]
            bit = shared.bit_length() - 1
            left = base.places[bit]
            index = self._holder.pop(left)
            contact, _, before = matched.assignments[index]
            if place is None:
                able = here.eligible & here.lane.free
                place = self._lanes.take(here.lane, here.choose(contact, able))
            why = moved(before, entries[place].agent, entries[left].agent)
            matched.assignments[index] = Assignment(contact, entries[place], why)
            matched.places[index] = place
            self._holder[place] = index
            group = self._dry if here in self._dry else self._ample
            group[here] ^= 1 << bit | 1 << base.bits[place]
            here, place = source, left
        assert place is not None
        return place

    def _catch_up(self) -> None:
        matched, bits, known = self._matched, self._lanes.base.bits, self._known
        ample, dry = self._ample, self._dry
        places = matched.places[known:]
        for place, mover in zip(places, matched.movers[known:], strict=True):
            if mover is not None and not mover.spent:
                group = dry if mover in dry else ample
                group[mover] = group.get(mover, 0) | 1 << bits[place]
        self._holder.update(zip(places, count(known)))
        self._known += len(places)

    @staticmethod
    def _reached(held: dict[Demand, int], places: int, channel: Channel) -> list[Demand]:
        """Return the demands of a channel whose contacts hold some of these places."""
        found = [demand for demand, its in held.items() if its & places]
        return [demand for demand in found if demand.channel is channel]

    def _barred(self, channel: Channel) -> int:
        """Return the places for which a contact of another channel was left without an agent."""
        barred = 0
        for other, failed in self._failed.items():
            if other is not channel:
                barred |= failed
        return barred
