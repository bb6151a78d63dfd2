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
from collections.abc import Callable

from centralino.domain.contacts.model import Decision
from centralino.domain.routing.demands import Demand
from centralino.domain.routing.model import WaitingContact
from centralino.domain.routing.records import moved
from centralino.domain.routing.seats import Kind, Seat


class Pair:
    """A contact and the seat it has for now; ``movable`` when it may yet get another."""

    __slots__ = ("below", "contact", "decision", "demand", "movable", "seat")

    def __init__(
        self,
        contact: WaitingContact,
        seat: Seat,
        demand: Demand,
        decision: Decision,
        movable: bool,
    ) -> None:
        self.contact = contact
        self.seat = seat
        self.demand = demand
        self.decision = decision
        self.movable = movable
        # The pair of the same kind and demand that was held before this one.
        self.below: Pair | None = None


class Exchange:
    """The movable pairs of a block, by kind and demand."""

    def __init__(self, pairs: list[Pair]) -> None:
        """Begin a block; ``pairs`` goes on growing as contacts are matched."""
        self._pairs = pairs
        self._known = len(pairs)
        self._held: dict[Kind, dict[Demand, Pair]] = {}

    def make_room(
        self,
        demand: Demand,
        allowed: Callable[[Seat], bool] | None = None,
        kinds: list[Kind] | None = None,
    ) -> tuple[Seat, bool] | None:
        """Free one seat for a contact of this demand by moving others along.

        Parameters
        ----------
        allowed : callable, optional
            Which seats the contact itself may have; the moved contacts are not bound by it.
        kinds : list of Kind, optional
            Where to look first, when not at the demand's own kinds.

        Returns
        -------
        (Seat, bool) or None
            The freed seat, which already counts a contact of this channel, and whether the seat
            at the other end of the path still has room.
        """
        self._catch_up()
        came: dict[Demand, tuple[Demand | None, Kind, Pair]] = {}
        seen: set[Kind] = set()
        queue: deque[tuple[Demand | None, list[Kind]]] = deque([(None, kinds or demand.kinds)])
        while queue:
            source, reach = queue.popleft()
            for kind in reach:
                if kind in seen or (kind.failed and kind.failed - {demand.channel}):
                    continue
                if source is not None or allowed is None:
                    seen.add(kind)
                for other, last in self._held.get(kind, _NOTHING).items():
                    if other in came or other.spent or other.channel is not demand.channel:
                        continue
                    pair = last if source is not None else _first(last, allowed)
                    if pair is None:
                        continue
                    came[other] = (source, kind, pair)
                    free = other.best(pair.contact)
                    if free is not None:
                        return self._move(other, free, came)
                    queue.append((other, other.kinds))
        if allowed is None:
            # Whatever was reached leads nowhere either.
            for other in came:
                other.spent = True
        return None

    def _move(
        self,
        demand: Demand,
        seat: Seat,
        came: dict[Demand, tuple[Demand | None, Kind, Pair]],
    ) -> tuple[Seat, bool]:
        """Move one contact of every demand on the path, from its free end backwards."""
        has_room = seat.take(demand.channel)
        here: Demand | None = demand
        while here is not None:
            source, kind, pair = came[here]
            left = pair.seat
            self._release(kind, here, pair)
            pair.decision = moved(pair.decision, seat, left)
            pair.seat = seat
            self._hold(pair, here)
            here, seat = source, left
        return seat, has_room

    def _catch_up(self) -> None:
        for pair in self._pairs[self._known :]:
            if pair.movable:
                self._hold(pair, pair.demand)
        self._known = len(self._pairs)

    def _hold(self, pair: Pair, demand: Demand) -> None:
        held = self._held.get(pair.seat.kind)
        if held is None:
            held = self._held[pair.seat.kind] = {}
        pair.below = held.get(demand)
        held[demand] = pair

    def _release(self, kind: Kind, demand: Demand, pair: Pair) -> None:
        held = self._held[kind]
        above = held[demand]
        if above is not pair:
            while above.below is not None and above.below is not pair:
                above = above.below
            above.below = pair.below
        elif pair.below is not None:
            held[demand] = pair.below
        else:
            del held[demand]


def _first(pair: Pair | None, allowed: Callable[[Seat], bool] | None) -> Pair | None:
    """Return the newest of these pairs whose seat the asking contact may have."""
    if allowed is not None:
        while pair is not None and not allowed(pair.seat):
            pair = pair.below
    return pair


_NOTHING: dict[Demand, Pair] = {}
